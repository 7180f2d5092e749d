"""The frontier in the random draws: what is drawn of it, and in how many draws a point is better than another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from caudal.impact.aim import Aim
from caudal.impact.conclusions import ALL, NONE, SOME
from caudal.impact.draws import Drawn, Source
from caudal.impact.frontier import drawing
from caudal.impact.listed import party_key
from caudal.impact.unknowns import MATCHED, Bits, Item, Reals, Unknowns
from caudal.tables import FRONTIER_ANSWERS

ACTUAL = "actual"
CALLED = "the designation as made"


def sheet(aim: Aim, unknowns: Unknowns, sure: float) -> drawing.Sheet:
    """What is drawn of a frontier, with the draws of the same possible matches as in every other number."""
    unsure = {account: found for account, found in aim.matched.items() if found[1] < sure}
    party = {account: holder for account, (holder, _) in unsure.items()}
    event = {holder: unknowns.item(Item(party_key(holder), chance, MATCHED)) for holder, chance in unsure.values()}
    return drawing.sheet(aim.frontier, party, event)


@dataclass(frozen=True)
class _Asked:
    """One question: is one side better, in which draws."""

    point: str
    other: str
    words: str
    holds: Bits


def answers(drawn: Sequence[Drawn]) -> pa.Table:
    """The table `frontier_answers`: who is better on both axes, asked in both directions; empty without a frontier.

    Better: no less money cut, no more harm, and one of them so.
    """
    one = next((d for d in drawn if "frontier_draws" in d.sheets), None)
    if one is None:
        return FRONTIER_ANSWERS.empty()
    of: Any = one.model.sheets["frontier_draws"]
    if ACTUAL not in of.points:
        return FRONTIER_ANSWERS.empty()
    values = one.sheets["frontier_draws"].reshape(len(of.points), len(drawing.QUANTITIES), -1)
    cut, harm = values[:, drawing.QUANTITIES.index("cut")], values[:, drawing.QUANTITIES.index("harm")]
    draws = values.shape[2]
    held: Reals | None = None
    rows = []
    for asked in _questions(of.points, of.foreseen, cut, harm):
        number = int(asked.holds.sum())
        verdict = ALL if number == draws else SOME if number else NONE
        turns = None
        if verdict == SOME:
            if held is None:
                held = Source(one.model.unknowns, one.seed).block(0, draws)[0][of.events].astype(np.float64)
            turns = _turns_on(asked.holds, held, of.holders)
        many = f"all {draws:,} draws" if number == draws else f"{number:,} of {draws:,} draws"
        many = many if number else f"none of {draws:,} draws"
        rows.append(
            {
                "cost": of.cost,
                "point": asked.point,
                "other": asked.other,
                "sentence": f"{asked.words}: in {many}" + (f"; it turns on {turns}." if turns else "."),
                "held": number,
                "draws": draws,
                "verdict": verdict,
                "hangs_on": turns,
            }
        )
    return FRONTIER_ANSWERS.build(rows)


def _questions(points: Sequence[str], foreseen: Sequence[str], cut: Reals, harm: Reals) -> Iterator[_Asked]:
    place = points.index(ACTUAL)
    others = [n for n in range(len(points)) if n != place]
    than = drawing.better(cut, harm, place)
    better = f"cuts no less of the group's money than {CALLED} for no more harm, and is not equal to it in both"
    whole = f"{CALLED[0].upper()}{CALLED[1:]} cuts no less of the group's money"
    for name, what, some in (
        ("any", "chosen afterwards", [n for n in others if points[n] not in foreseen]),
        ("any before", "chosen by the payments before the day", [n for n in others if points[n] in foreseen]),
    ):
        if some:
            yield _Asked(name, ACTUAL, f"Some set {what} {better}", np.any(than[some], axis=0))
    yield _Asked("none", ACTUAL, f"No set shown {better}", np.logical_not(np.any(than[others], axis=0)))
    for n in others:
        back = drawing.better(cut[[n, place]], harm[[n, place]], 0)[1]
        yield _Asked(points[n], ACTUAL, f"Point {points[n]} {better}", than[n])
        words = f"{whole} than point {points[n]} for no more harm, and is not equal to it in both"
        yield _Asked(ACTUAL, points[n], words, back)


def _turns_on(holds: Bits, held: Reals, holders: Sequence[str]) -> str:
    """Whose match differs most between the draws with a yes and those with a no."""
    if not len(holders):
        return "no one match alone"
    apart = np.abs(held[:, holds].mean(axis=1) - held[:, ~holds].mean(axis=1))
    return f"whether party {holders[int(apart.argmax())]} is the listed one"
