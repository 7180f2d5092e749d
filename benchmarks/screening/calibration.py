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
from typing import Any

from benchmarks.screening import labelled, perturbed
from benchmarks.screening.common import CLEAN_FILES, Setting, parties, table
from benchmarks.screening.metrics import reliability

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
    from caudal.screening.screened import PartiesTable, encode_parties  # noqa: PLC0415

    listed = setting.individuals.listed.names
    holders: dict[str, set[int]] = {}
    for owner, name in zip(listed.owner.tolist(), listed.parsed, strict=True):
        for token in name.tokens:
            holders.setdefault(token, set()).add(owner)
    people, _, _ = encode_parties(PartiesTable(parties(names)))
    return sum(len(set().union(*(holders.get(token, set()) for token in name.tokens))) for name in people.parsed)


def _screened(setting: Setting) -> dict[str, Any]:
    names = [row["full_name"] for file in CLEAN_FILES for row in setting.clean_people(file)]
    said = setting.individuals.match(parties(names))["probability"].to_pylist()
    true = [False] * len(said)
    weights = [1.0] * len(said)
    sharing = token_sharing_pairs(setting, names)
    matches = sharing * 2.0**setting.individuals.weights.prior_bits
    asked = perturbed.queries(setting, "people")
    lost = 0.0
    for kind, group in asked.items():
        screened = setting.individuals.match(parties([q.written for q in group]))
        share = EXACT_SHARE if kind == "exact" else (1 - EXACT_SHARE) / (len(asked) - 1)
        each = matches * share / len(group)
        columns = (screened[name].to_pylist() for name in ("party_id", "entity_id", "probability"))
        kept = [p for q, e, p in zip(*columns, strict=True) if group[int(q[1:])].entity == e]
        said += kept
        true += [True] * len(kept)
        weights += [each] * len(kept)
        lost += each * (len(group) - len(kept))
    return {
        "pairs_sharing_a_token": sharing,
        "matches_by_the_prior": matches,
        "matches_not_kept": lost,
        **_both(said, true, weights),
    }


def run(setting: Setting) -> dict[str, Any]:
    """Reliability tables and expected calibration errors."""
    on_pairs, screened = _labelled(setting), _screened(setting)
    result = {"labelled": on_pairs, "screened": screened}
    cases = (
        ("labelled, stated prior", on_pairs["stated prior"]),
        ("labelled, prior of the set", on_pairs["prior of the set"]),
        ("screened (clean people and written names)", screened),
    )
    lines = [(name, case["pairs"], case["equal width"]["ece"], case["equal count"]["ece"]) for name, case in cases]
    head = ("population", "pairs", f"ECE, {BINS} bins of equal width", f"ECE, {BINS} bins of equal count")
    table(f"calibration ({setting.half} half)", head, lines)
    for name, case in cases[1:]:
        for how in ("equal width", "equal count"):
            rows = [
                (f"{b['low']:.3f}-{b['high']:.3f}", b["pairs"], f"{b['weight']:.1f}", b["said"], b["seen"])
                for b in case[how]["bins"]
            ]
            table(f"reliability, {name}, {how}", ("probability", "pairs", "weight", "said", "seen"), rows)
    return result
