"""What is cut, in a random draw: between the cases that are worked out whole, and with the group's adaptation drawn.

How much of a flow gets past stopped accounts is a fixpoint over the whole network, worked out for low, mid and high
alone. In a draw it is read between them: by the amount of the flow that touches an account stopped in that draw, which
is a plain sum of terms, and lies at known places in the three cases. What the group then gets through all the same is
worked out anew with the draw's own adaptation (`caudal.impact.reroute`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from caudal.impact import stopping
from caudal.impact.circle import Circle
from caudal.impact.cut_flows import Money
from caudal.impact.database import Database
from caudal.impact.formulas import Formula
from caudal.impact.reroute import Adaptation, Stopped, Ways, through
from caudal.impact.unknowns import Bits, Ints, Reals, Unknowns

Ends = tuple[float, float, float]
PARTS = ("stopped", "net", "lost")

RULES = ("spare_capacity", "notice_days", "recruit_delay", "recruits_per_month", "unseen_hands", "made_good")


@dataclass(frozen=True)
class Month:
    """One month of a flow, or of a part of it: its number from 1, and what is stopped in the cases low, mid and high.

    `pace` is by how much a month to come differs from a mean one; without it the month lies in the books.
    """

    number: int
    cases: tuple[Stopped, Stopped, Stopped] | tuple[Ways, Ways, Ways]
    pace: Ends | None = None


@dataclass(frozen=True)
class Moves:
    """How an amount moves with an assumption: its factor, its three ends, and the amount there over that at mid."""

    code: int
    at: Ends
    ratio: Ends

    def times(self, factors: Reals) -> Reals:
        """By what the amount is multiplied in every draw."""
        found: Reals = np.interp(factors[self.code], self.at, self.ratio)
        return found


@dataclass(frozen=True)
class Course:
    """A flow month by month in every draw; the outcomes of it are its sums.

    Attributes:
        months: what is stopped in each.
        ranges: for each quantity (stopped, net: what is not re-routed, lost: what is not made good) low, mid and high
            of every month, as worked out for the three cases.
        touched: the amount of the flow that touches stopped accounts.
        places: its value in the three cases.
        rules: codes of the factors of `RULES`, in order.
        moves: how months move with assumptions; multiplied.
        pace: the factor `pace`, and its three ends.
    """

    months: tuple[Month, ...]
    ranges: Mapping[str, tuple[Ends, ...]]
    touched: Formula
    places: Ends
    rules: tuple[int, ...]
    moves: tuple[Moves, ...] = ()
    pace: tuple[int, Ends] | None = None
    _last: list[tuple[Any, Any, dict[str, Reals]]] = field(default_factory=list, repr=False, compare=False)

    def drawn(self, events: Bits | Reals, factors: Reals) -> dict[str, Reals]:
        """Every quantity in every month and draw (months x draws); worked out once for all that ask in turn."""
        if not self._last or self._last[0][0] is not events or self._last[0][1] is not factors:
            self._last[:] = [(events, factors, self._drawn(events, factors))]
        found: dict[str, Reals] = self._last[0][2]
        return found

    def _drawn(self, events: Bits | Reals, factors: Reals) -> dict[str, Reals]:
        place = _between(self.touched.totals(events, factors), self.places)
        spare, notice, delay, recruits, unseen, made_good = (factors[code] for code in self.rules)
        group: Any = Adaptation(spare, notice, delay, recruits, 0.0, made_good, unseen)
        swing = np.ones(factors.shape[1])
        for moves in self.moves:
            swing = swing * moves.times(factors)
        found = {quantity: np.empty((len(self.months), len(swing))) for quantity in self.ranges}
        for n, month in enumerate(self.months):
            case: Any = _case(month, place)
            amount = case.amount * swing
            if month.pace and self.pace:
                amount = amount * np.interp(factors[self.pace[0]], self.pace[1], month.pace)
            of: dict[str, Any] = {"stopped": amount}
            if "net" in self.ranges:
                of["net"] = amount - through(replace(case, amount=amount), month.number, group, case)
                of["lost"] = of["net"] * (1 - made_good)
            for quantity, into in found.items():
                low, _, high = self.ranges[quantity][n]
                into[n] = np.clip(of[quantity], low, high)
        return found

    @property
    def codes(self) -> tuple[Ints, set[int]]:
        """The codes of its events, and of its factors but for those of `RULES`."""
        factors = {code for part in self.touched.parts for code in part.codes[1]}
        return self.touched.events, factors | {moves.code for moves in self.moves} | (
            {self.pace[0]} if self.pace else set()
        )


@dataclass(frozen=True)
class Cut:
    """One outcome of a flow over all months, as a part of a formula: a quantity of its course."""

    quantity: str
    course: Course
    range: Ends
    scale: float = 1.0

    def ends(self, events: Reals, factors: Reals) -> Reals:
        """Low, mid and high."""
        return self.scale * np.array(self.range)

    def totals(self, events: Bits | Reals, factors: Reals) -> Reals:
        """The value in every draw: the sum of its months."""
        low, _, high = self.range
        total: Reals = self.course.drawn(events, factors)[self.quantity].sum(axis=0)
        value: Reals = self.scale * np.clip(total, low, high)
        return value

    def scaled(self, divisor: float) -> Cut:
        """The same in a larger unit."""
        return replace(self, scale=self.scale / divisor)

    @property
    def codes(self) -> tuple[Ints, set[int]]:
        """The codes of its events and of its factors, each once."""
        events, factors = self.course.codes
        rules = self.course.rules
        used = rules if self.quantity == "lost" else rules[:-1] if self.quantity == "net" else ()
        return events, factors | set(used)


SHARE = "share of before"
"""The unit of what is stopped, net and lost as a part of what moves without the measure."""


@dataclass(frozen=True)
class Sheet:
    """The table `cut_draws` of one scenario.

    Attributes:
        seen: of each flow all of it that is seen, by month.
        stopped: of each flow what is stopped, net and lost.
        currency: the base currency; minor: how many minor units one unit of it has.
    """

    seen: Mapping[str, Course]
    stopped: Mapping[str, Course]
    currency: str
    minor: int

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """Every month of every flow and quantity, with the ends that no draw passes."""
        found = []
        for flow, number, quantity, unit, ends in self._all():
            row = {"month": number, "flow": flow, "quantity": quantity, "unit": unit}
            found.append(row | {"low": ends[0], "high": ends[2]})
        return found

    def totals(self, events: Bits | Reals, factors: Reals) -> Reals:
        """rows x draws."""
        found = np.empty((len(self.rows), factors.shape[1]))
        row = 0
        for flow, seen in self.seen.items():
            before = seen.drawn(events, factors)["stopped"]
            parts = {"before": before} | self.stopped[flow].drawn(events, factors)
            for n in range(len(seen.months)):
                for part in parts.values():
                    found[row] = part[n] / self.minor
                    row += 1
                for quantity in PARTS:
                    whole = np.where(before[n] > 0, before[n], 1.0)
                    found[row] = np.minimum(parts[quantity][n] / whole, 1.0)
                    row += 1
        return found

    def _all(self) -> Iterator[tuple[str, int, str, str, Ends]]:
        for flow, seen in self.seen.items():
            ranges = {"before": seen.ranges["stopped"]} | dict(self.stopped[flow].ranges)
            for n, month in enumerate(seen.months):
                for quantity, ends in ranges.items():
                    low, mid, high = (end / self.minor for end in ends[n])
                    yield flow, month.number, quantity, self.currency, (low, mid, high)
                for quantity in PARTS:
                    low, mid, high = ranges[quantity][n]
                    least, middle, most = ranges["before"][n]
                    share = (_share(low, most), _share(mid, middle), _share(high, least))
                    yield flow, month.number, quantity, SHARE, share


def _share(part: float, whole: float) -> float:
    return min(part / whole, 1.0) if whole > 0 else float(part > 0)


def touched(db: Database, unknowns: Unknowns, base: Money | Circle, amount: Reals) -> Formula:
    """The amount of a flow whose payer or payee is stopped: blocked, or closed out of caution with its institution.

    Needs `bhit`, `csig` and `ctie`.
    """
    some = amount > 0
    ends = {"p": base.payer[some], "q": base.payee[some]}
    table = pa.table({"n": np.arange(int(some.sum())), "amount": amount[some], **ends})
    with db.lent(flow_in=table):
        db.run(
            """
            CREATE OR REPLACE TEMP TABLE flow_side AS
            SELECT n, amount, p AS code FROM flow_in UNION ALL SELECT n, amount, q FROM flow_in"""
        )
    query = """
        SELECT n AS subject, amount AS base, sig FROM flow_side JOIN csig USING (code)
        UNION ALL SELECT n, amount, -1 - code FROM flow_side WHERE code IN (SELECT code FROM bhit)"""
    return stopping.by_sets(db, unknowns, query, "FROM ctie UNION ALL SELECT -1 - code, event, factor FROM bhit")


def _between(value: Reals, places: Sequence[float]) -> Reals:
    """Where values lie between the three cases: 0 at low, 1 at mid, 2 at high."""
    low, mid, high = places
    found = np.ones(len(value))
    if low < mid:
        found = np.where(value < mid, np.clip((value - low) / (mid - low), 0.0, 1.0), found)
    if mid < high:
        found = np.where(value > mid, 1.0 + np.clip((value - mid) / (high - mid), 0.0, 1.0), found)
    return found


def _case(month: Month, place: Reals) -> Any:
    """What is stopped in a month when the draws lie at `place` between its three cases."""
    low, mid, high = month.cases
    left = np.clip(1.0 - place, 0.0, 1.0), 1.0 - np.abs(1.0 - place), np.clip(place - 1.0, 0.0, 1.0)

    def at(name: str) -> Any:
        return sum(np.multiply.outer(getattr(c, name), w) for c, w in zip((low, mid, high), left, strict=True))

    if isinstance(mid, Stopped):
        return Stopped(at("amount"), at("spare"), at("accounts"), mid.had)
    parts = {name: at(name) for name in ("amount", "held", "weight", "spare", "busiest", "load", "accounts")}
    return replace(mid, **parts)
