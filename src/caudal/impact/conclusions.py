"""Plain sentences, and in how many draws each holds.

Everyone is asked the same. Of each scenario: is each headline number above zero, and is more money hit than lawful
money stopped, or the other way round? Of each ordered pair of scenarios: is each headline number larger, and is there
less of each harm for each unit of each effect? Every pair is asked in both directions, so no answer can be left out by
the choice of a question. Which sentences matter is for the reader.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from caudal.impact.draws import Drawn
from caudal.impact.model import Row
from caudal.impact.unknowns import Reals
from caudal.tables import CONCLUSIONS

HITS = ("blocked", "blocked.held", "blocked.flows.after")
"""What a measure is for, beside every `cut.FLOW`."""

EXPOSES = ("exposed.total", "exposed.domestic", "exposed.foreign", "exposed.secondary sanctions question")
"""Whom it exposes, beside those it is for."""

ALL = "holds in all draws"
NONE = "holds in no draw"
SOME = "turns on what is not known"

Answer = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Asked:
    """One question of one scenario or pair, answered in every draw."""

    question: str
    scenario: str
    other: str
    row: Row
    words: str
    holds: Answer
    equal: Answer
    also: tuple[Row, ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every number in it."""
        return (self.row, *self.also)


def conclusions(drawn: Sequence[Drawn]) -> pa.Table:
    """The table `conclusions` of one scenario or several with the same draws and seed.

    `hangs_on` is what tells draws in which the answer is yes from those in which it is no: the assumption whose draws
    differ most between the two (the area under the curve, Hanley and McNeil 1982), or the unsure items where no
    assumption differs by more than chance.
    """
    if len({(d.values.shape[1], d.seed) for d in drawn}) > 1:
        raise ValueError("scenarios are compared draw by draw: draws and seed must be the same")
    by_name = {d.model.scenario: d for d in drawn}
    ranks = {d.model.scenario: _ranks(d) for d in drawn}
    rows = []
    for asked in [*_singles(drawn), *_pairs(drawn)]:
        sides = [by_name[s] for s in (asked.scenario, asked.other) if s]
        number, draws = int(asked.holds.sum()), len(asked.holds)
        verdict = ALL if number == draws else SOME if number else NONE
        turns = _turns_on(asked, sides, [ranks[s.model.scenario] for s in sides]) if verdict == SOME else None
        tested = _tested(asked, sides)
        rows.append(
            {
                "question": asked.question,
                "scenario": asked.scenario,
                "other": asked.other,
                "measure": asked.row[0],
                "subject_kind": asked.row[1],
                "unit": asked.row[2],
                "sentence": _sentence(asked, number, draws, turns, tested),
                "held": number,
                "equal": int(asked.equal.sum()),
                "draws": draws,
                "verdict": verdict,
                "hangs_on": turns,
                "tested_over": tested,
            }
        )
    return CONCLUSIONS.build(rows)


def headlines(drawn: Sequence[Drawn]) -> tuple[list[Row], list[Row], list[Row]]:
    """The rows that questions are about: what is hit, who is exposed, who is harmed.

    By name alone, never by value: the whole of each effect and each harm (`cut.FLOW`, `harmed.WHO`), not its parts
    (`harmed.WHO.PART`), which stand in `uncertainty` like all others.
    """
    rows = list(dict.fromkeys(row for d in drawn for row in d.model.rows))
    whole = {
        side: [r for r in rows if r[0].split(".")[0] == side and r[0].count(".") == 1] for side in ("cut", "harmed")
    }
    hit = [*(r for r in rows if r[0] in HITS), *whole["cut"]]
    return hit, [r for r in rows if r[0] in EXPOSES], whole["harmed"]


def _values(drawn: Drawn, row: Row) -> Reals:
    """A number in every draw; one that does not arise in a scenario is zero."""
    place = drawn.model.place(row)
    return np.zeros(drawn.values.shape[1]) if place is None else drawn.values[place]


def _called(row: Row) -> str:
    measure, kind, unit = row
    return f"{measure} ({kind})" if unit == "count" else f"{measure} ({unit})"


def _singles(drawn: Sequence[Drawn]) -> Iterator[Asked]:
    hit, exposed, harmed = headlines(drawn)
    for one in drawn:
        name = one.model.scenario
        for row in (*hit, *exposed, *harmed):
            above = _more(_values(one, row), np.zeros(one.values.shape[1]))
            yield Asked(f"{_called(row)} above zero", name, "", row, f"{name}: {_called(row)} is above zero", *above)
        for first in hit:
            for second in (r for r in harmed if r[2] == first[2] != "count"):
                for a, b in ((first, second), (second, first)):
                    words = f"{name}: {_called(a)} is more than {_called(b)}"
                    more = _more(_values(one, a), _values(one, b))
                    yield Asked(f"{_called(a)} more than {_called(b)}", name, "", a, words, *more, (b,))


def _pairs(drawn: Sequence[Drawn]) -> Iterator[Asked]:
    hit, exposed, harmed = headlines(drawn)
    for one in drawn:
        for other in drawn:
            if one is other:
                continue
            a, b = one.model.scenario, other.model.scenario
            for row in (*hit, *exposed, *harmed):
                more = _more(_values(one, row), _values(other, row))
                words = f"{a} has more of {_called(row)} than {b}"
                yield Asked(f"more {_called(row)}", a, b, row, words, *more)
            for effect in hit:
                for harm in harmed:
                    # Less harm per effect, as products: no division by a measure that hits nothing.
                    less = _more(
                        _values(other, harm) * _values(one, effect), _values(one, harm) * _values(other, effect)
                    )
                    words = f"{a} has less of {_called(harm)} for each unit of {_called(effect)} than {b}"
                    question = f"less {_called(harm)} per {_called(effect)}"
                    yield Asked(question, a, b, harm, words, *less, (effect,))


def _more(one: Reals, other: Reals) -> tuple[Answer, Answer]:
    """Where one is larger, and where they are equal but for the last bits of sums."""
    noise = 1e-9 * np.maximum(1.0, np.maximum(np.abs(one), np.abs(other)))
    equal = np.abs(one - other) <= noise
    return (one > other) & ~equal, equal


def _ranks(drawn: Drawn) -> dict[str, Reals]:
    """The rank of every draw by each assumption that varies."""
    found = {}
    for name, share in drawn.shares.items():
        if share.min() < share.max():
            found[name] = np.empty(len(share))
            found[name][np.argsort(share, kind="stable")] = np.arange(1.0, len(share) + 1)
    return found


def _turns_on(asked: Asked, sides: Sequence[Drawn], ranks: Sequence[dict[str, Reals]]) -> str:
    """The assumption that best tells the draws with a yes from those with a no; else the unsure items."""
    names, kinds = _grounds(asked, sides)
    yes, count = asked.holds, int(asked.holds.sum())
    pairs = count * (len(yes) - count)
    # Three standard errors of the area when there is no difference are not taken for more than chance.
    best, widest = "", 3 * float(np.sqrt((len(yes) + 1) / (12 * pairs)))
    for name, rank in sorted({name: rank for side in ranks for name, rank in side.items() if name in names}.items()):
        area = (rank[yes].sum() - count * (count + 1) / 2) / pairs
        if abs(area - 0.5) > widest:
            best, widest = name, abs(area - 0.5)
    return best or ", ".join(sorted(kinds)) or "no one assumption alone"


def _grounds(asked: Asked, sides: Sequence[Drawn]) -> tuple[set[str], set[str]]:
    """The assumptions and kinds of unsure items in its numbers."""
    names: set[str] = set()
    kinds: set[str] = set()
    for drawn in sides:
        for place in (drawn.model.place(row) for row in asked.rows):
            if place is not None:
                names |= drawn.model.rests[place][0]
                kinds |= drawn.model.rests[place][1]
    return names, kinds


def _tested(asked: Asked, sides: Sequence[Drawn]) -> str:
    """The ranges of what both sides' numbers rest on, in words."""
    names, kinds = _grounds(asked, sides)
    given = [drawn.model.unknowns.assumption(name) for name in sorted(names) for drawn in sides]
    spans = [f"{a.name} {a.low:g} to {a.high:g}" for a in given if a.low < a.high]
    unsure = [f"{kind} by their probability" for kind in sorted(kinds)]
    return "; ".join([*dict.fromkeys(spans), *unsure])


def _sentence(asked: Asked, number: int, draws: int, turns: str | None, tested: str) -> str:
    tried = f"tried over {tested}" if tested else "nothing in it is unsure"
    if number == draws:
        return f"{asked.words}: in all {draws:,} draws ({tried})."
    if not number:
        same = ", the two being equal in all of them" if asked.equal.all() else ""
        return f"{asked.words}: in none of {draws:,} draws{same} ({tried})."
    return f"{asked.words}: in {number:,} of {draws:,} draws; it turns on {turns}."
