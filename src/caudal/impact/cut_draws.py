"""What is cut, in a random draw: between the cases that are worked out whole, and with the group's adaptation drawn.

How much of a flow gets past stopped accounts is a fixpoint over the whole network, worked out for low, mid and high
alone. In a draw it is read between them: by the amount of the flow that touches an account stopped in that draw, which
is a plain sum of terms, and lies at known places in the three cases. What the group then gets through all the same is
worked out anew with the draw's own adaptation (`caudal.impact.reroute`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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

RULES = ("spare_capacity", "notice_days", "recruit_delay", "recruits_per_month", "unseen_hands", "made_good")


@dataclass(frozen=True)
class Month:
    """One month of a flow, or of a part of it: its number from 1, and what is stopped in the cases low, mid and high.

    `pace` is by how much a month to come differs from a mean one; without it the month lies in the books.
    """

    number: int
    cases: tuple[Stopped, Stopped, Stopped] | tuple[Ways, Ways, Ways]
    pace: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Moves:
    """How an amount moves with an assumption: its factor, its three ends, and the amount there over that at mid."""

    code: int
    at: tuple[float, float, float]
    ratio: tuple[float, float, float]

    def times(self, factors: Reals) -> Reals:
        """By what the amount is multiplied in every draw."""
        found: Reals = np.interp(factors[self.code], self.at, self.ratio)
        return found


@dataclass(frozen=True)
class Cut:
    """One outcome of a flow over all months, as a part of a formula.

    Attributes:
        quantity: stopped, net (what is not re-routed) or lost (what is not made good).
        months: what is stopped in each.
        range: low, mid and high of the outcome, as worked out for the three cases.
        touched: the amount of the flow that touches stopped accounts.
        places: its value in the three cases.
        rules: codes of the factors of `RULES`, in order.
        moves: how months move with assumptions; multiplied.
        pace: the factor `pace`, and its three ends.
    """

    quantity: str
    months: tuple[Month, ...]
    range: tuple[float, float, float]
    touched: Formula
    places: tuple[float, float, float]
    rules: tuple[int, ...]
    scale: float = 1.0
    moves: tuple[Moves, ...] = ()
    pace: tuple[int, tuple[float, float, float]] | None = None

    def ends(self, events: Reals, factors: Reals) -> Reals:
        """Low, mid and high."""
        return self.scale * np.array(self.range)

    def totals(self, events: Bits | Reals, factors: Reals) -> Reals:
        """The value in every draw."""
        place = _between(self.touched.totals(events, factors), self.places)
        total = np.zeros(len(place))
        spare, notice, delay, recruits, unseen, made_good = (factors[code] for code in self.rules)
        swing = np.ones(len(place))
        for moves in self.moves:
            swing = swing * moves.times(factors)
        for month in self.months:
            case: Any = _case(month, place)
            amount = case.amount * swing
            if month.pace and self.pace:
                amount = amount * np.interp(factors[self.pace[0]], self.pace[1], month.pace)
            if self.quantity == "stopped":
                total += amount
                continue
            group: Any = Adaptation(spare, notice, delay, recruits, 0.0, made_good, unseen)
            total += amount - through(replace(case, amount=amount), month.number, group, case)
        if self.quantity == "lost":
            total *= 1 - made_good
        low, _, high = self.range
        return self.scale * np.clip(total, low, high)

    def scaled(self, divisor: float) -> Cut:
        """The same in a larger unit."""
        return replace(self, scale=self.scale / divisor)

    @property
    def codes(self) -> tuple[Ints, set[int]]:
        """The codes of its events and of its factors, each once."""
        factors = {code for part in self.touched.parts for code in part.codes[1]}
        used = self.rules if self.quantity == "lost" else self.rules[:-1] if self.quantity == "net" else ()
        return self.touched.events, factors | set(used) | {moves.code for moves in self.moves} | (
            {self.pace[0]} if self.pace else set()
        )


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
