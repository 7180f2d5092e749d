"""Sets of accounts to freeze, and what each of them does when all of it is frozen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from caudal.impact.frontier.cutting import Cut, residual
from caudal.impact.frontier.measuring import Rest
from caudal.impact.frontier.money import Money
from caudal.impact.frontier.network import Ints, summed
from caudal.impact.frontier.parts import Part
from caudal.impact.frontier.sharing import Shared
from caudal.impact.frontier.sweeping import Hull, Supported


@dataclass(frozen=True)
class Point:
    """A set of accounts to freeze, with what it does.

    Attributes:
        name: its name in the tables: a number by rising harm, `actual`, `budget` with its amount, or `before` with
            a number.
        kind: supported, completed, actual, budget or foreseen.
        money: group's money that still flows, minor units of the base currency.
        harm: what freezing costs, in minor units or people.
        accounts: numbers of the frozen accounts, sorted.
        low: smallest weight (money per unit of harm) for which the set is proven best; None where it is for none.
        high: largest such weight; None where there is no largest, or it is best for none.
        cut: the minimum cut it is, with its proof (costs in parts of harm, see `Money.grain`); None if it is none.
        shares: 0 where its cut shares the harm of accounts with two nodes as the network does, else the number of the
            cut with other shares, from 1.
    """

    name: str
    kind: str
    money: int
    harm: int
    accounts: Ints
    low: Fraction | None = None
    high: Fraction | None = None
    cut: Cut | None = None
    shares: int = 0


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


def supported(books: Money, hull: Hull, others: Sequence[Shared] = (), part: Part | None = None) -> tuple[Point, ...]:
    """The points of a sweep and of other cuts as sets of whole accounts, by rising harm, none beaten by another.

    A cut may freeze one of an account's two nodes. The set is then *completed*: by freezing every such account whole,
    only those frozen for at least half of their harm, or only those whose frozen nodes can hold up money that weighs
    all of it; what is best of it stays, and the cut stays a bound. Where no account is halved the set is the cut.

    Args:
        others: cuts with other shares of harm between an account's nodes.
        part: `whole` of the network, where it is at hand.
    """
    net, size = books.network, len(books.accounts)
    found: list[Point] = []
    entire = summed(net.owner, np.maximum(net.cost, 0), size)
    same: list[tuple[Supported, Ints, int]] = []
    sets: dict[bytes, Ints] = {}
    asked = [(at, 0, net.cost) for at in hull.points]
    for number, other in enumerate(others, 1):
        cost = net.cost.copy()
        cost[other.nodes] = other.cost
        asked.append((Supported(other.cut, other.cut.weight, other.cut.weight), number, cost))
    for at, shares, cost in asked:
        held_by = summed(net.owner[at.cut.frozen], cost[at.cut.frozen], size)
        touched = books.chosen(net.owner[at.cut.frozen])
        accounts = np.flatnonzero(touched)
        if int(touched[net.owner].sum()) == len(at.cut.frozen):
            found.append(_of_cut(books, at, accounts, shares))
            continue
        weight = float(at.cut.weight or 0) * books.grain
        held = summed(net.owner[at.cut.frozen], net.through[at.cut.frozen], size)
        worth = touched & (books.harm * weight <= held)
        half = touched & (2 * held_by >= entire)
        if (held_by == entire)[touched].all():
            same.append((at, accounts, shares))
        sets |= {c.tobytes(): c for c in map(np.flatnonzero, (touched, half, worth))}
    free = np.flatnonzero((books.harm == 0) & ~books.fixed & books.in_network)
    sets[free.tobytes()] = free
    known = _measured(books, sets, part)
    for at, accounts, shares in same:
        # Its other nodes cost nothing: where freezing them changes nothing either, the cut is of whole accounts.
        if known[accounts.tobytes()] == at.money:
            found.append(_of_cut(books, at, accounts, shares))
    for key, accounts in sets.items():
        found.append(Point("", "completed", known[key], int(books.harm[accounts].sum()), accounts))
    return best_of(found)


def _of_cut(books: Money, at: Supported, accounts: Ints, shares: int) -> Point:
    low, high = (None if w is None else w * books.grain for w in (at.low, at.high))
    return Point("", "supported", at.money, at.harm // books.grain, accounts, low, high, at.cut, shares)


def _measured(books: Money, sets: dict[bytes, Ints], part: Part | None) -> dict[bytes, int]:
    """What flows beside each of these sets of accounts."""
    net = books.network
    frozen = {key: books.chosen(accounts)[net.owner] for key, accounts in sets.items()}
    rest = Rest(net, np.logical_or.reduce(list(frozen.values())), part)
    return {key: rest.flow(flags) for key, flags in frozen.items()}


def best_of(found: Iterable[Point]) -> tuple[Point, ...]:
    """Those points that no other beats, by rising harm, with their numbers as names."""
    best: list[Point] = []
    for point in sorted(found, key=lambda p: (p.harm, p.money, p.kind != "supported", len(p.accounts))):
        if not best or point.money < best[-1].money:
            best.append(point)
    return tuple(replace(p, name=str(n)) for n, p in enumerate(best))


def knee_of(points: Sequence[Point]) -> Point:
    """The point that is furthest below the straight line from the first to the last, both axes as shares."""
    first, last = points[0], points[-1]
    width, height = max(1, last.harm - first.harm), max(1, first.money - last.money)
    return min(points, key=lambda p: (p.harm - first.harm) / width + (p.money - last.money) / height)


def given(books: Money, name: str, ids: Iterable[str]) -> Point:
    """A designation as it was made, on the axes of the frontier.

    Accounts that the books do not have cannot be weighed and fall away; those outside the network cost what they cost
    and cut nothing.
    """
    accounts, _ = books.codes(ids)
    money, harm = evaluated(books, accounts)
    return Point(name, name, money, harm, accounts)


def lower(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Corners of the lower hull of points by rising harm and falling money."""
    hull: list[tuple[int, int]] = []
    for harm, money in points:
        while len(hull) > 1 and (hull[-1][0] - hull[-2][0]) * (money - hull[-2][1]) <= (harm - hull[-2][0]) * (
            hull[-1][1] - hull[-2][1]
        ):
            hull.pop()
        hull.append((harm, money))
    return hull
