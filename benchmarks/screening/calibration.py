"""Is a probability of 60% right six times in ten: reliability tables and the expected calibration error.

Two populations, both of the half asked for:

- *labelled*: the labelled pairs. They were picked because they are hard and about half of them match, which the
  screener's prior (1 in 16,384 of the pairs that share a name token) does not know; so the error is given as it is and
  with the prior of the set in its place.
- *screened*: what a screening sees. Clean people against OFAC's individuals give the pairs that are no match; listed
  names written otherwise, in the mix MIX, give those that are. A match counts for as many pairs as make matches as rare
  among the pairs that share a token as the prior says. Only kept pairs have a probability to be wrong about.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from benchmarks.screening import labelled, perturbed
from benchmarks.screening.common import CLEAN_FILES, Part, Setting, parties, table
from benchmarks.screening.metrics import reliability

from caudal.screening.text import tokens

EXACT_SHARE = 0.5
"""MIX: half of the true matches are written as listed, the other kinds share the other half evenly."""
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
    prior = math.log2(share / (1 - share))
    own = [1 / (1 + 2.0 ** -min(max(b + prior, -60), 60)) for b in bits]
    stated = [setting.everyone.weights.probability(b) for b in bits]
    return {"share_matching": share, "stated prior": _both(stated, true), "prior of the set": _both(own, true)}


def token_sharing_pairs(setting: Setting, names: list[str]) -> int:
    """Pairs of a name and a listed person that have a folded token in common."""
    tables = Part(setting.ofac, ["Person"]).tables()["names"].select(["entity_id", "name"]).to_pydict()
    holders: dict[str, set[str]] = {}
    for owner, name in zip(tables["entity_id"], tables["name"], strict=True):
        for token in tokens(name):
            holders.setdefault(token, set()).add(owner)
    return sum(len(set().union(*(holders.get(token, set()) for token in tokens(name)))) for name in names)


@dataclass
class Population:
    """Kept pairs of a screening: bits, probability said, whether true, what each stands for."""

    bits: list[float]
    said: list[float]
    true: list[bool]
    weights: list[float]
    sharing: int
    matches: float
    lost: float


def screened(setting: Setting) -> Population:
    """The pairs a screening of the half's clean people and written names keeps."""
    screener = setting.individuals
    names = [row["full_name"] for file in CLEAN_FILES for row in setting.clean_people(file)]
    kept = screener.match(parties(names))
    sharing = token_sharing_pairs(setting, names)
    matches = sharing * 2.0**screener.weights.prior_bits
    found = Population(kept["bits"].to_pylist(), kept["probability"].to_pylist(), [], [], sharing, matches, 0.0)
    found.true = [False] * len(found.bits)
    found.weights = [1.0] * len(found.bits)
    asked = perturbed.queries(setting, "people")
    for kind, group in asked.items():
        made = screener.match(parties([q.written for q in group]))
        share = EXACT_SHARE if kind == "exact" else (1 - EXACT_SHARE) / (len(asked) - 1)
        each = matches * share / len(group)
        columns = (made[name].to_pylist() for name in ("party_id", "entity_id", "bits", "probability"))
        right = [(b, p) for q, e, b, p in zip(*columns, strict=True) if group[int(q[1:])].entity == e]
        found.bits += [b for b, _ in right]
        found.said += [p for _, p in right]
        found.true += [True] * len(right)
        found.weights += [each] * len(right)
        found.lost += each * (len(group) - len(right))
    return found


def fitted(pairs: Population) -> tuple[float, float]:
    """Slope and bits at evens of the logistic curve that fits best: probability = 1 / (1 + 2^-(slope (bits - at)))."""
    x, y, w = np.array(pairs.bits), np.array(pairs.true, float), np.array(pairs.weights)
    slope, constant = 1.0, -14.0
    for _ in range(100):  # Newton's method on the weighted log-likelihood, a little ridge against a perfect split
        z = np.clip((slope * x + constant) * math.log(2), -40, 40)
        p = 1 / (1 + np.exp(-z))
        gradient = np.array([(w * (y - p) * x).sum() - 1e-3 * (slope - 1), (w * (y - p)).sum()]) * math.log(2)
        v = w * p * (1 - p) * math.log(2) ** 2
        curve = np.array([[(v * x * x).sum() + 1e-3, (v * x).sum()], [(v * x).sum(), v.sum() + 1e-9]])
        step = np.linalg.solve(curve, gradient)
        step *= min(1.0, 1.0 / max(abs(step[0]), abs(step[1]) / 10, 1e-9))
        slope, constant = slope + step[0], constant + step[1]
        if abs(step).max() < 1e-6:
            break
    return float(slope), float(-constant / slope)


def _screened(setting: Setting) -> dict[str, Any]:
    pairs = screened(setting)
    dev = pairs if setting.half == "dev" else screened(replace(setting, half="dev"))
    slope, at = fitted(dev)
    curve = [1 / (1 + 2.0 ** -min(max(slope * (b - at), -60), 60)) for b in pairs.bits]
    return {
        "pairs_sharing_a_token": pairs.sharing,
        "matches_by_the_prior": pairs.matches,
        "matches_not_kept": pairs.lost,
        **_both(pairs.said, pairs.true, pairs.weights),
        "fit on dev": {"slope": slope, "even_at_bits": at, **_both(curve, pairs.true, pairs.weights)},
    }


def run(setting: Setting) -> dict[str, Any]:
    """Reliability tables and expected calibration errors."""
    on_pairs, on_screen = _labelled(setting), _screened(setting)
    result = {"labelled": on_pairs, "screened": on_screen}
    fit = on_screen["fit on dev"]
    cases = (
        ("labelled, stated prior", on_pairs["stated prior"]),
        ("labelled, prior of the set", on_pairs["prior of the set"]),
        ("screened (clean people and written names)", on_screen),
        (f"the same, by a curve fit on dev (slope {fit['slope']:.2f}, even at {fit['even_at_bits']:.1f} bits)", fit),
    )
    lines = [(name, case["pairs"], case["equal width"]["ece"], case["equal count"]["ece"]) for name, case in cases]
    head = ("population", "pairs", f"ECE, {BINS} bins of equal width", f"ECE, {BINS} bins of equal count")
    table(f"calibration ({setting.half} half)", head, lines)
    for name, case in cases[2:]:
        for how in ("equal width", "equal count"):
            rows = [
                (f"{b['low']:.3f}-{b['high']:.3f}", b["pairs"], f"{b['weight']:.1f}", b["said"], b["seen"])
                for b in case[how]["bins"]
            ]
            table(f"reliability, {name}, {how}", ("probability", "pairs", "weight", "said", "seen"), rows)
    return result
