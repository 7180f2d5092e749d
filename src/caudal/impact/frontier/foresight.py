"""What the payments before the day would have had one choose, and what that does after it.

The frontier is measured on the payments from the measure's day on, and is chosen by them: it knows what was still to
come. Who decides on the day does not. Here the books end on that day: they are traced again, the network of that time
is swept, and the sets of accounts it gives are measured in the network from the day on, together with accounts that are
the group's own beyond doubt, which cost nothing. Nothing of after the day has a part in the choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pyarrow as pa

from caudal.errors import InputError
from caudal.impact.coded import coded
from caudal.impact.faces import LedgerLike
from caudal.impact.frontier.measuring import Rest
from caudal.impact.frontier.money import Money, start_of
from caudal.impact.frontier.parts import Part, whole
from caudal.impact.frontier.points import Point, knee_of, supported
from caudal.impact.frontier.replay import framed, traced
from caudal.impact.frontier.sweeping import sweep
from caudal.tables import ACCOUNTS

COARSE = 0.05
"""The gap of the sweep: sets are only chosen by it, and measured elsewhere."""

KIND = "foreseen"
"""The kind of such points; their names are `before` with a number."""


@dataclass(frozen=True)
class Foreseen:
    """Sets chosen from the payments before a day.

    Attributes:
        chosen: the sets as the payments before the day show them, by rising harm.
        points: the same as the payments from the day on show them, in the same order.
    """

    chosen: tuple[Point, ...] = ()
    points: tuple[Point, ...] = ()

    def knee(self) -> Point | None:
        """The set at the knee of what was known, measured after the day; None where nothing was known."""
        return self.points[self.chosen.index(knee_of(self.chosen))] if self.points else None

    def within(self, budget: float) -> Point | None:
        """The set that cut most among those of at most that harm, by what was known; measured after the day."""
        fits = [place for place, point in enumerate(self.chosen) if point.harm <= budget]
        return self.points[fits[-1]] if fits else None


def foreseen(
    ledger: LedgerLike,
    books: Money,
    day: date | None,
    *,
    cost: str,
    certainty: Mapping[str, float],
    never: tuple[str, ...] = (),
    mostly: float,
    gap: float = COARSE,
    seconds: float | None = None,
    part: Part | None = None,
) -> Foreseen:
    """The sets that the payments before a day would have had one choose; none where nothing was known.

    Args:
        ledger: the books.
        books: the network from the day on, in which the sets are measured.
        day: the measure's first day; None: there is nothing before it.
        cost, certainty, never, mostly, gap, seconds: as for `compute`. Harm is counted before the day for choosing,
            and after it for measuring.
        part: `whole` of the network of the books, where it is at hand.
    """
    book = coded(ledger)
    early = book.time < start_of(day)
    if day is None or not early.any():
        return Foreseen()
    index, frame = framed(ledger.transfers.filter(pa.array(early)), book)
    seeds = books.ids(np.flatnonzero(books.own))
    accounts = ACCOUNTS.check(ledger.accounts)
    try:
        known = traced(
            index, frame, accounts, seeds, None, cost=cost, certainty=certainty, never=never, mostly=mostly,
        )  # fmt: skip
    except InputError:  # the lists' accounts had not paid or been paid yet
        known = None
    if known is None:
        return Foreseen()
    small = whole(known.network)
    chosen = supported(known, sweep(known.network, gap=gap, seconds=seconds, part=small), part=small)
    places = books.places(known.accounts)
    own = np.flatnonzero(books.own & ~books.fixed)
    sure = [code for code, name in zip(own, books.ids(own), strict=True) if certainty.get(name, 1.0) >= 1]
    sets = [np.union1d(places[point.accounts], sure).astype(np.int64) for point in chosen]
    sets = [accounts[accounts >= 0] for accounts in sets]
    frozen = [books.chosen(accounts)[books.network.owner] for accounts in sets]
    rest = Rest(books.network, np.logical_or.reduce(frozen), part)
    points = [
        Point(f"before {number}", KIND, rest.flow(flags), int(books.harm[accounts].sum()), accounts)
        for number, (accounts, flags) in enumerate(zip(sets, frozen, strict=True))
    ]
    return Foreseen(tuple(replace(p, cut=None) for p in chosen), tuple(points))
