"""Listed names written otherwise: how many of the right entities become an alert, beside whom else that disturbs.

People are OFAC's individuals, bodies its companies and organisations, each with at least two words in their name. The
recall of people is given at the fixed threshold, with the false alerts on clean people, and again with the threshold
moved so that exactly 6 of 1,000 clean people alert at most.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from benchmarks.screening import perturb
from benchmarks.screening.common import (
    BODIES,
    CLEAN_FILES,
    SEED,
    Setting,
    best_bits,
    in_half,
    parties,
    per_1000,
    table,
)
from benchmarks.screening.metrics import cut_for_rate, wilson

RATE = 6.0
"""False alerts per 1,000 clean people that the operating point allows."""
RATES = (0.5, 1.0, 2.0, 3.0, 6.0, 10.0)
"""The rates of the trade-off table."""
BELOW = 8.0
"""Bits under the threshold that are kept, so that it can be moved."""


@dataclass(frozen=True)
class Query:
    """A listed entity's name written in one way, and whether the way changed it."""

    kind: str
    entity: str
    listed: str
    written: str


def listed_sample(setting: Setting, what: str) -> list[dict[str, str]]:
    """Listed people or bodies of the half, at most `setting.sample`: entity_id, schema, caption."""
    schemas = ("Person",) if what == "people" else BODIES
    entities = setting.ofac.tables()["entities"].select(["entity_id", "schema", "caption"]).to_pylist()
    pool = [
        e
        for e in entities
        if e["schema"] in schemas and len(e["caption"].split()) >= 2 and e["caption"].isascii()
        if in_half(e["entity_id"], setting.half)
    ]
    return random.Random(f"{SEED}{setting.half}").sample(pool, min(setting.sample, len(pool)))  # noqa: S311


def queries(setting: Setting, what: str) -> dict[str, list[Query]]:
    """The written names per kind, of the sampled entities that the kind fits."""
    found: dict[str, list[Query]] = {}
    for e in listed_sample(setting, what):
        for kind, name in perturb.all_written(e["caption"], person=what == "people", seed=f"{SEED}{setting.half}"):
            found.setdefault(kind, []).append(Query(kind, e["entity_id"], e["caption"], name))
    return {kind: found[kind] for kind in perturb.KINDS if kind in found}


def right_bits(setting: Setting, what: str, asked: list[Query]) -> tuple[list[float | None], list[str]]:
    """Per query the bits of the right entity (None: not kept), and how it comes out: alert, ask, below, lost.

    One kind is one file, so that nobody stands in it twice.
    """
    screener = setting.individuals if what == "people" else setting.bodies
    names = parties([q.written for q in asked], "Person" if what == "people" else "Company")
    matches = screener.match(names, below=BELOW)
    bits: list[float | None] = [None] * len(asked)
    came = ["lost"] * len(asked)
    columns = (matches[name].to_pylist() for name in ("party_id", "entity_id", "bits", "band"))
    for party, entity, score, band in zip(*columns, strict=True):
        at = int(party[1:])
        if asked[at].entity == entity:
            bits[at] = score
            came[at] = band if score >= screener.kept_from() else "lost"
    return bits, came


def clean_bits(setting: Setting) -> tuple[dict[str, list[float]], dict[str, int]]:
    """Best bits of the clean people of each file that have any, and how many people each file holds."""
    best: dict[str, list[float]] = {}
    count: dict[str, int] = {}
    for file in CLEAN_FILES:
        names = [row["full_name"] for row in setting.clean_people(file)]
        best[file] = list(best_bits(setting.individuals.match(parties(names), below=BELOW)).values())
        count[file] = len(names)
    return best, count


def run(setting: Setting) -> dict[str, Any]:
    """Recall by kind at the fixed threshold and at the operating point."""
    best, count = clean_bits(setting)
    pooled, people = [b for file in best.values() for b in file], sum(count.values())
    fixed = setting.individuals.threshold_bits
    cut = max(cut_for_rate(pooled, people, RATE), fixed - BELOW)
    alerts = sum(b >= fixed for b in pooled)
    result: dict[str, Any] = {
        "threshold_bits": fixed,
        "clean_people": people,
        "false_alerts_per_1000": per_1000(alerts, people),
        "moved_threshold_bits": cut,
        "moved_false_alerts_per_1000": per_1000(sum(b >= cut for b in pooled), people),
    }
    of_aim: list[float | None] = []
    for what in ("people", "bodies"):
        lines: list[tuple[Any, ...]] = []
        kinds: dict[str, dict[str, float]] = {}
        for kind, asked in queries(setting, what).items():
            bits, came = right_bits(setting, what, asked)
            if what == "people" and kind in perturb.CONTRACT:
                of_aim += bits
            n = len(asked)
            hit = came.count("alert")
            moved = sum(b is not None and b >= cut for b in bits)
            kinds[kind] = {
                "n": n,
                "alert": hit,
                "ask": came.count("ask"),
                "kept": n - came.count("lost"),
                "moved": moved,
            }
        groups = {
            "all of the aim": [k for k in kinds if k in perturb.CONTRACT],
            "all": list(kinds),
        }
        for name, members in {**{k: [k] for k in kinds}, **groups}.items():
            total = {key: sum(kinds[k][key] for k in members) for key in ("n", "alert", "ask", "kept", "moved")}
            n = total["n"]
            if name not in kinds:
                kinds[name] = total
            low, high = wilson(total["alert"], n)
            kinds[name].update(recall=total["alert"] / n, low=low, high=high, moved_recall=total["moved"] / n)
            lines.append((name, n, total["alert"] / n, total["ask"] / n, total["kept"] / n, total["moved"] / n))
        result[what] = kinds
        head = (what, "n", "alert on the right one", "ask", "kept at all", "moved threshold")
        table(f"names of listed {what} written otherwise ({setting.half} half)", head, lines)
    curve = []
    for rate in RATES:
        at = max(cut_for_rate(pooled, people, rate), fixed - BELOW)
        hits = sum(b is not None and b >= at for b in of_aim)
        curve.append({"rate": rate, "bits": at, "recall": hits / max(len(of_aim), 1)})
    aim = result["people"]["all of the aim"]
    print(
        f"  operating point, {people} clean people: {fixed:.1f} bits gives {result['false_alerts_per_1000']:.2f} false "
        f"alerts per 1,000 and recall {aim['recall']:.3f};\n  moved to {cut:.1f} bits it gives "
        f"{result['moved_false_alerts_per_1000']:.2f} and {aim['moved_recall']:.3f}"
    )
    result["curve"] = curve
    head = ("false alerts per 1,000 clean people at most", "threshold, bits", "recall of people")
    table("trade-off", head, [(f"{c['rate']:g}", f"{c['bits']:.1f}", c["recall"]) for c in curve])
    return result
