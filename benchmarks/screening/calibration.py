"""Is a probability of 60% right six times in ten: reliability tables and the expected calibration error.

Two populations, both of the half asked for, and both judged with the base rate that they have, because that is a thing
a user states (see `caudal.screening.calibration`):

- *labelled*: the labelled pairs. They were picked because they are hard, and about half of them match.
- *screened*: what a screening sees. Clean people against OFAC's individuals give the pairs that are no match; listed
  names written otherwise, in the mix MIX, give those that are, each counted for as many as make the share of listed
  parties one of RATES. Only kept pairs have a probability to be wrong about.

The curve is fitted to the screened pairs of the dev half; what is shipped are its numbers, rounded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from benchmarks.screening import labelled, perturbed
from benchmarks.screening.common import CLEAN_FILES, Setting, parties, table
from benchmarks.screening.metrics import reliability

EXACT_SHARE = 0.5
"""MIX: half of the true matches are written as listed, the other kinds share the other half evenly."""
RATES = (0.001, 0.004, 0.05)
"""Shares of listed parties: the default, and denser ones, where the curve matters more."""
BINS = 10


def _both(said: list[float], true: list[bool], weights: list[float] | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"pairs": len(said)}
    for how in ("equal width", "equal count"):
        bins, error = reliability(said, true, weights, BINS, how)
        found[how] = {"ece": error, "bins": [vars(b) for b in bins]}
    return found


def _labelled(setting: Setting) -> dict[str, Any]:
    pairs = labelled.rows(setting)
    bits = [e.bits for e in labelled.compared(setting, pairs)]
    true = [pair["is_match"] == "true" for pair in pairs]
    share = sum(true) / len(true)
    model = setting.everyone.calibration.at(share)
    return {"share_matching": share, **_both([model.probability(b) for b in bits], true)}


@dataclass
class Population:
    """Kept pairs of a screening: bits, whether true, and what a true one counts for where one party a person is listed.

    Attributes:
        bits, true: per pair. share: of a true pair among all true ones. people: how many were screened.
        lost: share of the true pairs that is not kept.
    """

    bits: list[float]
    true: list[bool]
    share: list[float]
    people: int
    lost: float

    def weights(self, rate: float) -> list[float]:
        """What each pair counts for where this share of the parties is listed."""
        listed = self.people * rate / (1 - rate)
        return [listed * share if true else 1.0 for share, true in zip(self.share, self.true, strict=True)]


def screened(setting: Setting) -> Population:
    """The pairs a screening of the half's clean people and written names keeps."""
    screener = setting.individuals
    names = [row["full_name"] for file in CLEAN_FILES for row in setting.clean_people(file)]
    kept = screener.match(parties(names))
    found = Population(kept["bits"].to_pylist(), [], [], len(names), 0.0)
    found.true = [False] * len(found.bits)
    found.share = [0.0] * len(found.bits)
    asked = perturbed.queries(setting, "people")
    for kind, group in asked.items():
        made = screener.match(parties([q.written for q in group]))
        share = EXACT_SHARE if kind == "exact" else (1 - EXACT_SHARE) / (len(asked) - 1)
        columns = (made[name].to_pylist() for name in ("party_id", "entity_id", "bits"))
        right = [b for q, e, b in zip(*columns, strict=True) if group[int(q[1:])].entity == e]
        found.bits += right
        found.true += [True] * len(right)
        found.share += [share / len(group)] * len(right)
        found.lost += share * (len(group) - len(right)) / len(group)
    return found


def fitted(pairs: Population) -> tuple[float, float]:
    """`per_bit` and `search` of the calibration that fits best, over all RATES at once, each counting alike."""
    x = np.tile(pairs.bits, len(RATES))
    y = np.tile(np.array(pairs.true, float), len(RATES))
    given = np.repeat([math.log2(rate / (1 - rate)) for rate in RATES], len(pairs.bits))
    w = np.concatenate([np.array(pairs.weights(rate)) for rate in RATES])
    slope, search = 1.0, -4.0
    for _ in range(200):  # Newton's method on the weighted log-likelihood, a little ridge against a perfect split
        z = np.clip((slope * x + search + given) * math.log(2), -40, 40)
        p = 1 / (1 + np.exp(-z))
        gradient = np.array([(w * (y - p) * x).sum() - 1e-3 * (slope - 1), (w * (y - p)).sum()]) * math.log(2)
        v = w * p * (1 - p) * math.log(2) ** 2
        curve = np.array([[(v * x * x).sum() + 1e-3, (v * x).sum()], [(v * x).sum(), v.sum() + 1e-9]])
        step = np.linalg.solve(curve, gradient)
        step *= min(1.0, 1.0 / max(abs(step[0]), abs(step[1]) / 10, 1e-9))
        slope, search = slope + step[0], search + step[1]
        if abs(step).max() < 1e-6:
            break
    return float(slope), float(search)


def _screened(setting: Setting) -> dict[str, Any]:
    pairs = screened(setting)
    shipped = setting.individuals.calibration
    found: dict[str, Any] = {"not_kept": pairs.lost, "per_bit": shipped.per_bit, "search": shipped.search, "rates": {}}
    if setting.half == "dev":
        found["fit"] = fitted(pairs)
    for rate in RATES:
        said = [shipped.at(rate).probability(b) for b in pairs.bits]
        found["rates"][str(rate)] = _both(said, pairs.true, pairs.weights(rate))
    return found


def run(setting: Setting) -> dict[str, Any]:
    """Reliability tables and expected calibration errors."""
    on_pairs, on_screen = _labelled(setting), _screened(setting)
    result = {"labelled": on_pairs, "screened": on_screen}
    cases = [(f"labelled pairs ({on_pairs['share_matching']:.0%} match)", on_pairs)]
    for rate in RATES:
        cases.append((f"a screening, {1000 * rate:g} in 1,000 listed", on_screen["rates"][str(rate)]))
    lines = [(name, case["pairs"], case["equal width"]["ece"], case["equal count"]["ece"]) for name, case in cases]
    head = ("population", "pairs", f"ECE, {BINS} bins of equal width", f"ECE, {BINS} bins of equal count")
    print(f"shipped: {on_screen['per_bit']} odds bits per bit, search {on_screen['search']} bits")
    if "fit" in on_screen:
        print("fits best here: {:.3f} per bit, search {:.2f}".format(*on_screen["fit"]))
    table(f"calibration ({setting.half} half)", head, lines)
    for name, case in cases:
        for how in ("equal width", "equal count"):
            rows = [
                (f"{b['low']:.3f}-{b['high']:.3f}", b["pairs"], f"{b['weight']:.1f}", b["said"], b["seen"])
                for b in case[how]["bins"]
            ]
            table(f"reliability, {name}, {how}", ("probability", "pairs", "weight", "said", "seen"), rows)
    return result
