"""Labelled pairs of names: F1 at the fixed threshold and area under the ROC curve."""

from __future__ import annotations

import csv
import hashlib
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.screening.common import Setting, table
from benchmarks.screening.metrics import auc, best_f, f_score

HALF = 0.5
"""Base rate of the labelled pairs, roughly: not taken from the half that is judged."""


def is_dev(row: dict[str, str]) -> bool:
    """The half of the labelled pairs that may be looked at: by a hash of both names, in either order."""
    key = "|".join(sorted((row["name1"], row["name2"])))
    return hashlib.blake2b(key.encode(), digest_size=1).digest()[0] % 2 == 0


def rows(setting: Setting, half: str | None = None) -> list[dict[str, str]]:
    """The labelled pairs of a half: schema, name1, name2, is_match and more."""
    half = half or setting.half
    with (setting.data / "names/name_pairs_dev.csv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if half == "both" or is_dev(row) == (half == "dev")]


def entity(schema: str, name: str) -> dict[str, Any]:
    """A party of one name."""
    return {"schema": schema, "properties": {"name": [name]}}


def compared(setting: Setting, pairs: Sequence[dict[str, str]]) -> list[Any]:
    """The evidence of every pair, against the population of OFAC's and the UN's lists."""
    compare = setting.everyone.compare
    return [compare(entity(p["schema"], p["name1"]), entity(p["schema"], p["name2"])) for p in pairs]


def split(pairs: Sequence[dict[str, str]]) -> dict[str, list[int]]:
    """Which pairs are of people, of bodies, of either."""
    people = [i for i, pair in enumerate(pairs) if pair["schema"] == "Person"]
    bodies = [i for i, pair in enumerate(pairs) if pair["schema"] != "Person"]
    return {"people": people, "bodies": bodies, "all": list(range(len(pairs)))}


def run(setting: Setting) -> dict[str, Any]:
    """F1, precision, recall and AUC for people, bodies and both; F1 at the alert line, and at evens.

    The alert line is for a screening, where hardly anybody is listed. Here about half of the pairs match: with that for
    its base rate a screener calls those a match that are at least as likely as not.
    """
    pairs = rows(setting)
    start = time.perf_counter()
    found = compared(setting, pairs)
    took = time.perf_counter() - start
    labels = [pair["is_match"] == "true" for pair in pairs]
    result: dict[str, Any] = {"threshold": setting.everyone.threshold, "pairs_per_second": len(pairs) / took}
    evens = setting.everyone.calibration.at(HALF).bits(0.5)
    result["evens_at_bits"] = evens
    lines = []
    for name, at in split(pairs).items():
        truth, bits = [labels[i] for i in at], [found[i].bits for i in at]
        f1, precision, recall = f_score([found[i].alert for i in at], truth)
        area, (best, cut) = auc(bits, truth), best_f(bits, truth)
        result[name] = {"n": len(at), "f1": f1, "precision": precision, "recall": recall, "auc": area, "best_f1": best}
        result[name]["best_f1_at_bits"] = cut
        result[name]["at_evens"] = dict(
            zip(("f1", "precision", "recall"), f_score([b >= evens for b in bits], truth), strict=True)
        )
        even = result[name]["at_evens"]["f1"]
        lines.append((name, len(at), f1, precision, recall, even, area, best, f"{cut:.1f}"))
    head = ("labelled pairs", "n", "F1", "precision", "recall", "F1 at evens", "AUC", "best F1", "at bits")
    table(
        f"labelled pairs (alert line {setting.everyone.threshold_bits:.1f} bits, evens {evens:.1f} bits), "
        f"{len(pairs) / took:.0f} comparisons a second",
        head,
        lines,
    )
    if setting.show:
        for i in sorted(range(len(pairs)), key=lambda i: -found[i].bits):
            pair = pairs[i]
            if is_dev(pair) and found[i].alert != labels[i]:
                how = "missed" if labels[i] else "false "
                print(f"  {how} {found[i].bits:6.1f} {pair['name1']} | {pair['name2']}", end=" ")
                print([(r.feature, round(r.bits, 1)) for r in found[i].reasons])
    return result
