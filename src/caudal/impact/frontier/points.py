"""Sets of accounts to freeze, and what each of them does when all of it is frozen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from caudal.impact.frontier.cutting import Cut, residual
from caudal.impact.frontier.money import Money
from caudal.impact.frontier.network import Ints
from caudal.impact.frontier.sweeping import Hull


@dataclass(frozen=True)
class Point:
    """A set of accounts to freeze, with what it does.

    Attributes:
        name: its name in the tables: a number by rising harm, `actual`, or `budget` with its amount.
        kind: supported, completed, actual or budget.
        money: group's money that still flows, minor units of the base currency.
        harm: what freezing costs, in minor units or people.
        accounts: numbers of the frozen accounts, sorted.
        low: smallest weight (money per unit of harm) for which the set is proven best; None where it is for none.
        high: largest such weight; None where there is no largest, or it is best for none.
        cut: the minimum cut it comes from, with its proof; None for sets that were given.
    """

    name: str
    kind: str
    money: int
    harm: int
    accounts: Ints
    low: Fraction | None = None
    high: Fraction | None = None
    cut: Cut | None = None


@dataclass(frozen=True)
class Choice:
    """The best found within a budget of harm, and what no set within it can undercut.

    Attributes:
        point: the set of accounts.
        bound: no set of at most that harm leaves less money than this, minor units.
    """

    point: Point
    bound: float

    @property
    def gap(self) -> float:
        """How much money better sets could cut at most beyond this one, minor units."""
        return max(0.0, self.point.money - self.bound)


def evaluated(books: Money, accounts: Ints) -> tuple[int, int]:
    """What still flows when these accounts are frozen, and the harm of that."""
    net = books.network
    frozen = books.chosen(accounts)[net.owner]
    return residual(net, frozen), int(books.harm[accounts].sum())


def supported(books: Money, hull: Hull) -> tuple[Point, ...]:
    """The points of a sweep as sets of whole accounts, by rising harm, none of them beaten by another.

    A cut may freeze one of an account's two nodes. The account is then frozen whole: the point costs more than the cut
    and leaves less, and is called *completed*; the cut stays a bound. Where no account is halved the set is the cut.
    """
    net = books.network
    found: list[Point] = []
    free = np.flatnonzero((books.harm == 0) & ~books.fixed & books.in_network)
    money, harm = evaluated(books, free)
    best: list[Point] = [Point("", "completed", money, harm, free)]
    for at in hull.points:
        accounts = np.unique(net.owner[at.cut.frozen]).astype(np.int64)
        halved = int(net.cost[books.chosen(accounts)[net.owner]].sum()) != at.cut.cost
        money, harm = evaluated(books, accounts) if halved else (at.money, at.harm)
        kind = "completed" if halved else "supported"
        found.append(Point("", kind, money, harm, accounts, at.low, at.high, at.cut))
    for point in sorted(found, key=lambda p: (p.harm, p.money)):
        if point.money < best[-1].money or (point.kind == "supported" and point.harm == best[-1].harm):
            if point.harm == best[-1].harm:
                best.pop()
            best.append(point)
    return tuple(Point(str(n), p.kind, p.money, p.harm, p.accounts, p.low, p.high, p.cut) for n, p in enumerate(best))


def given(books: Money, name: str, ids: Iterable[str]) -> Point:
    """A designation as it was made, on the axes of the frontier.

    Accounts that the books do not have cannot be weighed and fall away; those outside the network cost what they cost
    and cut nothing.
    """
    accounts, _ = books.codes(ids)
    money, harm = evaluated(books, accounts)
    return Point(name, name, money, harm, accounts)
