"""How the group re-routes what a measure stops: room to spare on its remaining accounts, then recruits at a cost.

Rules, each with an assumption of the same name in `assumptions.toml`:

1. Until the group notices (`notice_days`) what is stopped fails, and nothing takes its place.
2. An account that is left can carry, besides its own, the share `spare_capacity` of its busiest 30 days before.
3. From `recruit_delay` days on the group finds `recruits_per_month` new accounts per 30 days, as a share of the
   accounts it had. Each takes the place of one stopped account and costs `recruit_cost`.
4. Of what is still stopped the share `made_good` is paid, or moved, later all the same.

Where patterns tell which part an account plays (`forecast`), all this happens within a part, and room is held against
what the stopped accounts carried. To the room of accounts that are seen comes that of those nobody sees
(`unseen_hands`).

Low, mid and high are taken so that all of a row errs to one side: the least cut goes with the fewest accounts stopped
and the group that adapts best.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from caudal.impact.assumptions import Assumption
from caudal.impact.ranges import Range

RULES = ("spare_capacity", "notice_days", "recruit_delay", "recruits_per_month", "recruit_cost", "made_good")
"""The assumptions in which the group's adaptation is written down."""

Assumed = Callable[[str], Assumption]


@dataclass(frozen=True)
class Adaptation:
    """How the group adapts, in one case.

    Attributes:
        spare: share of an account's busiest 30 days that it can carry besides its own.
        notice, delay: days until the group notices, and until a recruit can start.
        recruits: new accounts per 30 days, as a share of its own.
        cost: what a recruit costs, in whole units of the base currency.
        made_good: share of what is still stopped that is paid or moved later.
        unseen: accounts nobody sees, as a share of their upper end.
    """

    spare: float
    notice: float
    delay: float
    recruits: float
    cost: float
    made_good: float
    unseen: float = 0.0

    @classmethod
    def of(cls, assumed: Assumed, case: str) -> Adaptation:
        """The case `weak` (the group adapts least), `mid` or `strong`."""
        fast = {"weak": "low", "mid": "mid", "strong": "high"}[case]
        slow = {"weak": "high", "mid": "mid", "strong": "low"}[case]

        def value(name: str, end: str) -> float:
            return float(getattr(assumed(name), end))

        return cls(
            value("spare_capacity", fast),
            value("notice_days", slow),
            value("recruit_delay", slow),
            value("recruits_per_month", fast),
            value("recruit_cost", slow),
            value("made_good", fast),
            value("unseen_hands", fast),
        )

    def heeded(self, month: int) -> Any:
        """Share of a month, counted from 1, in which the group knows and acts."""
        return np.minimum(1.0, np.maximum(0.0, 30.0 * month - self.notice) / 30.0)

    def found(self, month: int) -> Any:
        """Recruits at work on average in a month, as a share of the accounts the group had."""
        start, end = 30.0 * (month - 1), 30.0 * month
        from_day = np.minimum(np.maximum(self.delay, start), end)
        # The number grows in a straight line from the delay on: the mean over the month of max(0, t - delay).
        area = np.where(end > self.delay, ((end - self.delay) ** 2 - (from_day - self.delay) ** 2) / 2, 0.0)
        return self.recruits * area / 30.0 / 30.0


@dataclass(frozen=True)
class Rerouted:
    """One flow, or one part of it, in one month; minor units.

    `net` is stopped less rerouted, `lost` what of it is not made good."""

    before: float
    stopped: Range
    rerouted: Range
    net: Range
    lost: Range
    cost: Range


@dataclass(frozen=True)
class Stopped:
    """What the measure stops of one flow in one month, in one of its cases.

    Attributes:
        amount: what is stopped, minor units.
        spare: the busiest 30 days of the accounts that are left, added up, minor units.
        accounts: how many accounts of the group that carry it are stopped, as a sum of shares.
        had: how many such accounts it had.
    """

    amount: float
    spare: float
    accounts: float
    had: float


GRID = (0.0, 0.25, 0.5, 0.75, 1.0)
"""How far the way past stopped accounts is open again, for the curve of `Ways`."""


@dataclass(frozen=True)
class Ways:
    """What the measure stops of one flow in one month, where it is known which part each account plays.

    Attributes:
        amount: what is stopped, minor units.
        held: what of it lay on stopped accounts before, and stays there.
        curve: what share of `amount` gets through when the way past every stopped account is open by `GRID`.
        weight: per part its share in what is stopped.
        spare: per part the busiest 30 days of the accounts that are left, minor units.
        busiest: per part those of all its accounts.
        load: per part what the stopped accounts carried of all flows in a mean month.
        accounts: per part how many accounts are stopped, as a sum of shares.
        had: how many accounts the group had.
        hidden: how many accounts nobody sees for each that is seen, at 0, 0.5 and 1 of `unseen_hands`.
    """

    amount: float
    held: float
    curve: Any
    weight: Any
    spare: Any
    busiest: Any
    load: Any
    accounts: Any
    had: float
    hidden: tuple[float, float, float]


def reroute(
    before: float,
    month: int,
    cases: tuple[Stopped, Stopped, Stopped] | tuple[Ways, Ways, Ways],
    assumed: Assumed,
    minor: int,
) -> Rerouted:
    """What the group gets through all the same in a month; `cases` are the measure's low, mid and high."""
    weak, mid, strong = (Adaptation.of(assumed, case) for case in ("weak", "mid", "strong"))
    low, middle, high = cases
    least, most = through(low, month, weak, high), through(high, month, strong, low)
    even = through(middle, month, mid, middle)
    net = Range(
        low.amount - through(low, month, strong, low),
        middle.amount - even,
        high.amount - through(high, month, weak, high),
    )
    lost = Range(net.low * (1 - strong.made_good), net.mid * (1 - mid.made_good), net.high * (1 - weak.made_good))
    cost = Range(*sorted(_cost(c, month, a) * minor for c, a in ((low, weak), (middle, mid), (high, strong))))
    return Rerouted(
        before,
        Range(low.amount, middle.amount, high.amount),
        Range(least, even, most),
        net,
        lost,
        cost,
    )


def through(case: Stopped | Ways, month: int, group: Adaptation, left: Stopped | Ways) -> Any:
    """What gets through of a case's stopped money; `left` is the case that says which accounts are left.

    All of them may be arrays over draws.
    """
    if isinstance(case, Ways) and isinstance(left, Ways):
        return _past_parts(case, month, group, left)
    if isinstance(case, Ways) or isinstance(left, Ways):
        raise TypeError("both cases must be of one kind")
    known = case.amount * group.heeded(month)
    spare = np.minimum(known, group.spare * left.spare)
    found = group.found(month) * left.had
    replaced = np.where(found > 0, np.minimum(1.0, found / np.maximum(left.accounts, 1e-12)), 0.0)
    return np.minimum(known, spare + (known - spare) * replaced)


def _past_parts(case: Ways, month: int, group: Adaptation, left: Ways) -> Any:
    """The same where the parts are known: each opens by its own room, then recruits take over what is still shut."""
    hidden = np.interp(group.unseen, (0.0, 0.5, 1.0), left.hidden)
    room = group.spare * (left.spare + hidden * left.busiest)
    opened = np.minimum(1.0, room / np.maximum(left.load, 1e-12))
    found = group.found(month) * left.had * (1 + hidden)
    replaced = np.minimum(1.0, found / np.maximum(left.accounts.sum(axis=0), 1e-12))
    opened = opened + (1 - opened) * replaced
    share = np.interp((left.weight * opened).sum(axis=0), GRID, case.curve)
    return np.maximum(case.amount - case.held, 0.0) * group.heeded(month) * share


def _cost(case: Stopped | Ways, month: int, group: Adaptation) -> float:
    """What the recruits who start in a month cost, whole units: no more than one for each stopped account."""

    def recruited(day: float) -> float:
        return float(min(np.sum(case.accounts), group.recruits * case.had * max(0.0, day - group.delay) / 30.0))

    return group.cost * (recruited(30.0 * month) - recruited(30.0 * (month - 1)))


def total(parts: list[Range]) -> Range:
    """Several ranges added up, end by end."""
    sums = np.array([(p.low, p.mid, p.high) for p in parts]).sum(axis=0) if parts else np.zeros(3)
    return Range(*sums.tolist())
