"""From the books to the frontier, and what one asks of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise

import numpy as np
import pyarrow as pa

from caudal.errors import InputError
from caudal.impact.faces import LedgerLike, Progress
from caudal.impact.frontier.budget import improved
from caudal.impact.frontier.cutting import last_cut, minimum_cut
from caudal.impact.frontier.foresight import Foreseen, foreseen
from caudal.impact.frontier.listing import Holders, differences_table, measures_table, points_table
from caudal.impact.frontier.measuring import Rest
from caudal.impact.frontier.money import MOSTLY, Money, of_books
from caudal.impact.frontier.parts import whole
from caudal.impact.frontier.points import Choice, Point, given, knee_of, lower, supported
from caudal.impact.frontier.replay import replayed
from caudal.impact.frontier.sharing import Shared, shared
from caudal.impact.frontier.sweeping import Hull, sweep
from caudal.tables import FRONTIER_DIFFERENCES, FRONTIER_MEASURES

SWEPT = 0.6
"""What part of the gap that is asked for a sweep may leave; the rest is for accounts that cuts halve."""


@dataclass(frozen=True)
class Frontier:
    """The trade-off between money that still flows and harm.

    Attributes:
        books: the network and what stands behind its numbers.
        hull: what the sweep found, with the gap that is proven; it bounds every set of whole accounts.
        others: cuts with other shares of the harm of accounts with two nodes; they bound sets of whole accounts better.
        total: the group's money through the untouched network, minor units.
        found: the points by rising harm.
        actual: the designation as it was made, where one was given.
        before: sets that the payments before the day would have had one choose.
        holders: who holds the accounts.
        ledger: the books, for `replay`.
        day: the measure's first day.
        budgets: amounts of harm whose best sets are shown.
        shown: how many points `measures` opens.
    """

    books: Money
    hull: Hull
    others: tuple[Shared, ...]
    total: int
    found: tuple[Point, ...]
    actual: Point | None
    before: Foreseen
    holders: Holders
    ledger: LedgerLike
    day: date | None
    budgets: tuple[float, ...]
    shown: int

    @property
    def _all(self) -> tuple[Point, ...]:
        return (*self.found, *self.before.points, *self.within, *([self.actual] if self.actual else []))

    @cached_property
    def within(self) -> tuple[Point, ...]:
        """The best sets found within the budgets that were given; those too small for any set are left out."""
        return tuple(self.best_within(b).point for b in self.budgets if b >= self.found[0].harm)

    @cached_property
    def chosen(self) -> tuple[str, ...]:
        """Names of the points that `measures` opens: spread by money, both ends, the knee, around the actual one."""
        wanted = {self.found[0].name, self.found[-1].name, self.knee().name}
        if self.actual:
            wanted |= {self.actual.name, *(p.name for p in self.nearest())}
        wanted |= {p.name for p in self.within}
        if (foreseen_knee := self.before.knee()) is not None:
            wanted.add(foreseen_knee.name)
        first, last = self.found[0].money, self.found[-1].money
        for step in range(1, self.shown):
            level = first - (first - last) * step / self.shown
            wanted.add(min(self.found, key=lambda p: abs(p.money - level)).name)
            if len(wanted) >= self.shown:
                break
        return tuple(p.name for p in self._all if p.name in wanted)

    @cached_property
    def points(self) -> pa.Table:
        """The table `frontier_points`: every supported point, and the actual designation."""
        return points_table(self.books, self.bound, self.total, self._all, self.chosen)

    @cached_property
    def measures(self) -> pa.Table:
        """The table `frontier_measures` of the chosen points and the actual designation."""
        return pa.concat_tables([FRONTIER_MEASURES.empty(), *(self.measures_of(name) for name in self.chosen)])

    def measures_of(self, name: str) -> pa.Table:
        """The table `frontier_measures` of one point: every account it freezes."""
        actual = self.actual.accounts if self.actual else None
        return measures_table(self.books, self.holders, self.point(name), actual)

    def point(self, name: str) -> Point:
        """A point by its name.

        Raises:
            InputError: there is none of that name.
        """
        for point in self._all:
            if point.name == name:
                return point
        raise InputError(f"the frontier has no point {name!r}", field="point")

    def accounts_of(self, name: str) -> list[str]:
        """Ids of the accounts that a point freezes: what an aimed measure blocks."""
        return self.books.ids(self.point(name).accounts)

    @property
    def share(self) -> float:
        """What no set of whole accounts can take away of the area beyond these points, as a share of it.

        The area lies between no harm and that of the last point, under the line through the points' lower hull; the
        bound is that of the sweep. 0 where no cut halved an account and every point was found.
        """
        corners = lower([(p.harm, p.money) for p in self.found])
        area = sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in pairwise(corners))
        area += corners[0][0] * corners[0][1]
        if not area:
            return 0.0
        edges = {0.0, float(corners[-1][0])} | {p.harm / self.books.grain for p in self.hull.points}
        grid = [x for x in sorted(edges) if x <= corners[-1][0]]
        # The bound is convex, so its value amid a stretch times its length is at most what lies under it.
        fine = [a + (b - a) * step / 8 for a, b in pairwise(grid) for step in range(8)] + grid[-1:]
        least = sum((b - a) * self.bound((a + b) / 2) for a, b in pairwise(fine))
        return max(0.0, (area - least) / area)

    def bound(self, harm: float) -> float:
        """No set of at most that harm leaves less money than this, minor units."""
        parts = harm * self.books.grain
        return max(self.hull.bound_at(parts), *(other.least(parts) for other in self.others), 0.0)

    def nearest(self) -> tuple[Point, ...]:
        """The points to hold the actual designation against: no more harm, and no more money left, where there are."""
        if self.actual is None:
            return ()
        cheaper = [p for p in self.found if p.harm <= self.actual.harm][-1:]
        as_good = [p for p in self.found if p.money <= self.actual.money][:1]
        return tuple({p.name: p for p in (*cheaper, *as_good)}.values())

    @cached_property
    def differences(self) -> pa.Table:
        """The table `frontier_differences`: by name what tells the actual designation from its nearest points."""
        tables = [differences_table(self.books, self.holders, self.actual, p) for p in self.nearest() if self.actual]
        return pa.concat_tables([FRONTIER_DIFFERENCES.empty(), *tables])

    def at(self, harm: float) -> Point:
        """The supported point with the least money among those of at most that harm.

        Raises:
            InputError: even the first point costs more.
        """
        within = [p for p in self.found if p.harm <= harm]
        if not within:
            raise InputError(f"no point costs at most {harm}", field="budget")
        return within[-1]

    def best_within(self, budget: float, *, tries: int = 40) -> Choice:
        """The best set found within a budget of harm, beside a bound that holds for every set within it.

        Args:
            budget: the most harm that may be done.
            tries: how many sets the search between supported points may measure; 0 takes the supported point.

        Raises:
            InputError: the budget is negative.
        """
        if budget < 0:
            raise InputError("a budget of harm is not negative", field="budget")
        self.at(budget)
        point = improved(self.books, self.found, budget, tries)
        return Choice(point, min(float(point.money), self.bound(budget)))

    def replay(self, names: Sequence[str] = (), *, progress: Progress | None = None) -> pa.Table:
        """The table `frontier_replays`: these points re-simulated in time by tracing.

        Args:
            names: of points; where left out the first, the knee, the last and the actual designation.
            progress: called with (points done, points in all).
        """
        usual = [self.found[0], self.knee(), self.found[-1], *([self.actual] if self.actual else [])]
        points = [self.point(name) for name in names] or list({p.name: p for p in usual}.values())
        return replayed(self.ledger, self.books, self.total, points, self.day, progress=progress)

    def proven(self, name: str) -> bool:
        """Solve a point's cut again, on the whole network instead of a shrunken one: true where its value is the same.

        Raises:
            InputError: the point comes from no cut.
        """
        point = self.point(name)
        cut, network = point.cut, self.books.network
        if point.shares:
            network = self.others[point.shares - 1].network(network)
        if cut is None or cut.weight is None:
            raise InputError(f"point {name!r} comes from no cut", field="point")
        if not cut.weight:
            last, _ = last_cut(network)
            return last is not None and last.flow == cut.flow
        return minimum_cut(network, cut.weight).flow == cut.flow

    def knee(self) -> Point:
        """The point that is furthest below the straight line from the first to the last, both axes as shares."""
        return knee_of(self.found)


def compute(
    ledger: LedgerLike,
    attributions: pa.Table,
    day: date | None = None,
    *,
    own: Iterable[str] | None = None,
    groups: Iterable[str] | None = None,
    actual: Iterable[str] | None = None,
    budgets: Iterable[float] = (),
    cost: str = "lawful flow",
    never: Iterable[str] = (),
    certainty: Mapping[str, float] | None = None,
    harm: Mapping[str, int] | None = None,
    mostly: float = MOSTLY,
    gap: float = 0.01,
    seconds: float | None = None,
    foresight: bool = True,
    rounds: int = 2,
    shown: int = 12,
) -> Frontier:
    """The frontier of a group's money in these books from a day on.

    Args:
        ledger: the books; amounts are read from `amount_base`.
        attributions: the `attributions` table, proportional, both directions.
        day: the measure's first day, midnight UTC; the whole ledger where it is left out.
        own: the group's own accounts; where left out, those that the straight attributions name.
        groups: ids of the groups whose money is meant; all that the table has where left out.
        actual: accounts of a designation as it was made, to be shown beside the frontier.
        budgets: amounts of harm for each of which the best set found is shown as a point `budget ...`.
        cost: what harm counts: `lawful flow` (minor units) or `people`.
        never: accounts that cannot be frozen; so are those that the ledger's accounts do not have.
        certainty: chance that an own account is the group's, 1 where not given.
        harm: harm of freezing an account in place of what the books give.
        mostly: accounts of whose turnover at least this share is the group's may turn its income into use.
        gap: share of the area under the frontier that may stay open; the sweep stops when at most `SWEPT` of it is, to
            leave the rest for accounts that cuts halve (`share` says what is open of whole accounts). 0 finds every
            point.
        seconds: stop the sweep after this time; the gap says what is open.
        foresight: also find what the payments before the day would have had one choose.
        rounds: how often shares are set anew for accounts that cuts halve, for each weight.
        shown: how many points `measures` opens.

    Raises:
        InputError: an argument is impossible, or no transfer from that day on carries the group's money.
    """
    never = tuple(never)
    books = of_books(
        ledger, attributions, own=own, groups=groups, day=day, cost=cost, never=never, certainty=certainty,
        harm=harm, mostly=mostly,
    )  # fmt: skip
    net = books.network
    part = whole(net)
    total = Rest(net, np.zeros(net.nodes, np.bool_), part).flow(np.zeros(net.nodes, np.bool_))
    hull = sweep(net, gap=gap * SWEPT, seconds=seconds, part=part)
    others = tuple(shared(net, part, [p.cut for p in hull.points], rounds))
    points = supported(books, hull, others, part)
    made = None if actual is None else given(books, "actual", actual)
    before = Foreseen()
    if foresight:
        before = foreseen(
            ledger, books, day, cost=cost, certainty=certainty or {}, never=never, mostly=mostly,
            seconds=seconds, part=part,
        )  # fmt: skip
    return Frontier(
        books,
        hull,
        others,
        total,
        points,
        made,
        before,
        Holders.of(ledger),
        ledger,
        day,
        tuple(budgets),
        shown,
    )
