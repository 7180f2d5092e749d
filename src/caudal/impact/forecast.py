"""What a measure stops of the circle's money, month by month: where patterns tie more accounts to the group.

The rules are those of `cut`, on the payments of the circle (`circle`) in place of what tracing attributes:

- **Stopped.** Money mixes on an account in proportion, from whoever pays the circle to its uses. What an account
  that is stopped would have paid on is stopped with it, further down too.
- **Months to come** begin like the last month seen and return to the mean of all by half each month. They may be as
  slack as the slackest or as busy as the busiest month, and more than that: of n months the next lies outside those
  seen with a chance of 2 / (n + 1), so the range is widened by (n + 1) / (n - 1) on a scale of ratios (`pace`).
- **Hands change.** Accounts that took nothing in the first half of the months seen take a part of the income in the
  second. Such a part will be taken by accounts that take nothing yet, the stopped among them by their number
  (`hands_change`).
- **Held.** What already lies on stopped accounts on the day stays there, whoever takes over.
- **Re-routed** within a part: who collects takes over from who collects, a firm from a firm. How much room others have
  is held against how much the stopped accounts carried. Beside the accounts that are seen there are those that neither
  list nor patterns show (`unseen_hands`). Money that has several stopped accounts on its way must get past each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from caudal.impact.assumptions import Assumption
from caudal.impact.circle import FIRM, PARTS, PASSES, Circle, Held
from caudal.impact.cut_flows import FLOWS, MONTH, Flags, Ints, Network, Reals
from caudal.impact.reroute import GRID, Assumed, Ways

ASSUMED = ("pattern_is_theirs", "plain_is_theirs", "pace", "hands_change", "unseen_hands")
"""Assumptions a forecast rests on besides those of `reroute`."""

FADES = 0.5
"""What of the last month's distance from the mean is left a month later."""

Ends = tuple[float, float, float]
Three = tuple[Ways, Ways, Ways]


@dataclass(frozen=True)
class Stops:
    """What a measure does: per account and per payment of the circle, low, mid and high."""

    stopped: Reals
    refused: Reals


@dataclass(frozen=True)
class Swing:
    """How an amount moves with one assumption while all else is at its middle: its size at low, mid and high."""

    name: str
    ends: Ends


@dataclass(frozen=True)
class Flow:
    """One flow, minor units of a month.

    Attributes:
        whole: per month all of it, low, mid and high.
        corner: per month what is stopped when everything errs to one side.
        between: the same with all assumptions in the middle, so that only who is stopped differs.
        pace: per month by how much it differs from a mean one, at the ends of `pace`; none where it lies in the books.
        whole_pace: the same for all of the flow.
        swings, whole_swings: how what is stopped, and all of it, moves with the other assumptions.
        amounts: per payment, in the middle.
    """

    whole: tuple[Ends, ...]
    corner: tuple[Three, ...]
    between: tuple[Three, ...]
    pace: tuple[Ends | None, ...]
    whole_pace: tuple[Ends | None, ...]
    swings: tuple[Swing, ...]
    whole_swings: tuple[Swing, ...]
    amounts: Reals


def flows(circle: Circle, base: Circle, stops: Stops, months: float, real: Sequence[Flags], day: int, horizon: int,
          assumed: Assumed) -> dict[str, Flow]:  # fmt: skip
    """Every flow in every month.

    Args:
        circle: all payments, for what accounts carried before.
        base: the payments of the months looked at.
        stops: what the measure does to accounts and to the payments of `base`.
        months: how many months `base` holds.
        real: of every month that is taken as it is, which payments are in it; nothing where all are a forecast.
        day: the moment before which the busiest months are looked for.
        horizon: how many months.
        assumed: gives assumptions by name.
    """
    work = _Work(circle, base, stops, months, day)
    names = ("pattern_is_theirs", "plain_is_theirs")
    held = [Held(*(getattr(assumed(name), end) for name in names)) for end in ("low", "mid", "high")]
    corner = [work.at(held[case], case) for case in range(3)]
    only = [work.at(held[1], case) for case in range(3)]
    turned = {
        name: [work.at(_turned(held[1], name, assumed(name), end), 1) for end in ("low", "mid", "high")]
        for name in names
    }
    change = assumed("hands_change")
    changes = (change.low, change.mid, change.high)
    last = int(base.time.max(initial=0))
    age = (last - base.time) // MONTH
    found = {}
    for flow in FLOWS:
        middle = only[1]
        lying: list[Ends | None] = [None] * min(len(real), horizon)
        paces, wholes = (
            lying + _paces(amount, age, 1 if real else max(1, round(months)), horizon - len(real), assumed("pace"))
            for amount in (middle.amounts[flow] * middle.share, middle.amounts[flow])
        )
        fresh = [work.fresh(case, flow, n) for n, case in enumerate(corner)]
        fresh_only = [work.fresh(case, flow, n) for n, case in enumerate(only)]
        whole, corners, betweens = [], [], []
        for month in range(horizon):
            here = real[month] if month < len(real) else None
            pace, all_pace = paces[month] or (1.0, 1.0, 1.0), wholes[month] or (1.0, 1.0, 1.0)
            scale = months if here is None else 1.0
            whole.append(
                _sorted([_sum_of(c.amounts[flow], here) / scale * p for c, p in zip(corner, all_pace, strict=True)])
            )
            # What new hands take is a forecast: months in the books show who took it.
            more = [0.0 if here is not None else f * c for f, c in zip(fresh, changes, strict=True)]
            corners.append(_ways(corner, flow, scale, pace, more, here, month))
            more = [0.0 if here is not None else f * change.mid for f in fresh_only]
            betweens.append(_ways(only, flow, scale, (1.0, 1.0, 1.0), more, here, month))
        swings, whole_swings = [], []
        for name, three in turned.items():
            added = work.fresh(middle, flow, 1) * change.mid
            swings.append(Swing(name, _ratios([t.total(flow) / months + added for t in three])))
            whole_swings.append(Swing(name, _ratios([float(t.amounts[flow].sum()) for t in three])))
        mean = middle.total(flow) / months
        swings.append(Swing("hands_change", _ratios([mean + work.fresh(middle, flow, 1) * c for c in changes])))
        found[flow] = Flow(
            tuple(whole), tuple(corners), tuple(betweens), tuple(paces), tuple(wholes), tuple(swings),
            tuple(whole_swings), middle.amounts[flow],
        )  # fmt: skip
    return found


@dataclass(frozen=True)
class _Case:
    """One case: amounts of each flow, the share of every payment that is stopped, whole and by part, and rooms."""

    amounts: dict[str, Reals]
    share: Reals
    by_part: Reals
    curves: dict[str, Reals]
    held: dict[str, float]
    spare: Reals
    busiest: Reals
    load: Reals
    accounts: Reals
    had: Reals
    hidden: Ends

    def total(self, flow: str) -> float:
        return float((self.amounts[flow] * self.share).sum())


class _Work:
    """Works out cases; each once."""

    def __init__(self, circle: Circle, base: Circle, stops: Stops, months: float, day: int) -> None:
        self._circle, self._base, self._stops, self._months, self._day = circle, base, stops, months, day
        self._known: dict[tuple[Held, int], _Case] = {}

    def at(self, held: Held, case: int) -> _Case:
        """The case of a measure (0 low, 1 mid, 2 high) when the circle is that sure."""
        if (held, case) not in self._known:
            self._known[held, case] = self._made(held, case)
        return self._known[held, case]

    def fresh(self, case: _Case, flow: str, stop: int) -> float:
        """What of a month's income accounts take that take nothing yet, as far as those are stopped by their number."""
        if flow != "income":
            return 0.0
        base, circle = self._base, self._circle
        last = int(base.time.max(initial=0))
        middle = (int(base.time.min(initial=last)) + last) // 2
        amount = case.amounts["income"]
        old = np.bincount(base.payee, amount * (base.time < middle), circle.size)
        late = np.bincount(base.payee, amount * (base.time >= middle), circle.size)
        if not late.sum():
            return 0.0
        new = float(late[old == 0].sum() / late.sum())
        # Firms and those who pass on have another part already; of all who could take in, others have begun to.
        able = circle.inside & (circle.part != FIRM) & (circle.part != PASSES)
        idle = able & (old + late == 0)
        stopped = float((idle * self._stops.stopped[stop]).sum() / max(able.sum(), 1))
        return new * float(amount.sum()) / self._months * stopped

    def _made(self, held: Held, case: int) -> _Case:
        circle, base, stopped = self._circle, self._base, self._stops.stopped[case]
        refused = self._stops.refused[case]
        mixed = circle.mixed(held)
        amounts = base.flows(held, mixed)
        network = Network.of(base, sum(amounts.values(), np.zeros(len(base.time))), refused)
        share = _stopped(base, network, stopped, refused)
        part = np.where(circle.inside, circle.part, len(PARTS) - 1)
        nothing = np.zeros(len(refused))
        by_part = np.array(
            [_stopped(base, network, stopped * (part == p), nothing) if (stopped * (part == p)).any() else nothing
             for p in range(len(PARTS))]
        )  # fmt: skip
        # What one account stops, another behind it may stop as well: the parts share it in proportion.
        together = by_part.sum(axis=0)
        by_part = by_part * np.where(together > 0, share / np.where(together > 0, together, 1.0), 0.0)
        by_part[-1] += np.where(together > 0, 0.0, share)
        weight = circle.weights(held)
        most, mean, left = self._carried(held, mixed)

        def of_parts(values: Reals) -> Reals:
            found: Reals = np.bincount(part[circle.inside], values[circle.inside], len(PARTS)).astype(np.float64)
            return found

        opened = [
            share * 0 if x >= 1 else _stopped(base, network, stopped * (1 - x), refused * (1 - x)) for x in GRID[1:]
        ]
        curves, lies = {}, {}
        gone = np.bincount(base.payer, sum(amounts.values()), circle.size)
        for flow in FLOWS:
            whole = float((amounts[flow] * share).sum())
            through = [0.0, *(1 - float((amounts[flow] * o).sum()) / whole if whole else 1.0 for o in opened)]
            curves[flow] = np.array(through)
            paid = np.bincount(base.payer, amounts[flow], circle.size) * circle.inside
            lies[flow] = float((stopped * left * paid / np.maximum(gone, 1e-9)).sum())
        return _Case(
            amounts, share, by_part, curves, lies,
            spare=of_parts(most * weight * (1 - stopped)),
            busiest=of_parts(most * weight),
            load=of_parts(mean * stopped),
            accounts=of_parts(weight * stopped),
            had=of_parts(weight),
            hidden=circle.hidden,
        )  # fmt: skip

    def _carried(self, held: Held, mixed: Reals) -> tuple[Reals, Reals, Reals]:
        """Per account the most it took within 30 days before the day, what it takes in a mean month, what is left."""
        circle, size = self._circle, self._circle.size
        got, paid = {}, np.zeros(0)
        for name, some in (("all", circle), ("base", self._base)):
            flow = some.flows(held, mixed)
            every = sum((flow[f] for f in FLOWS), np.zeros(len(some.time)))
            got[name] = every * some.inside[some.payee]
            paid = every * some.inside[some.payer] if name == "all" else paid
        mean = np.bincount(self._base.payee, got["base"], size) / self._months
        past = circle.time < self._day
        left = np.bincount(circle.payee, got["all"] * past, size) - np.bincount(circle.payer, paid * past, size)
        if not past.any():
            past = np.ones(len(past), np.bool_)
        time, payee = circle.time[past], circle.payee[past]
        last = min(self._day, int(time.max(initial=0)) + 1)
        key, place = np.unique(payee * 4096 + (last - 1 - time) // MONTH, return_inverse=True)
        most = np.zeros(size)
        if len(key):
            np.maximum.at(most, key // 4096, np.bincount(place, got["all"][past], len(key)))
        return most, mean, np.maximum(left, 0.0)


def _stopped(base: Circle, network: Network, stopped: Reals, refused: Reals) -> Reals:
    """Of every payment the share that is stopped: on the way to its payer, by either side, or on its own way."""
    come = network.arrived(stopped)
    found: Reals = 1.0 - come[base.payer] * (1.0 - stopped[base.payee]) * (1.0 - refused)
    return found


def _ways(
    cases: Sequence[_Case],
    flow: str,
    months: float,
    pace: Ends,
    more: Sequence[float],
    here: Flags | None,
    month: int,
) -> Three:
    """What is stopped of a flow in a month, in the three cases."""
    found = []
    for case, p, added in zip(cases, pace, more, strict=True):
        amount = case.amounts[flow] if here is None else case.amounts[flow] * here
        sums = case.by_part @ amount / months
        stopped = float(sums.sum())
        lies = min(max(case.held[flow] - month * stopped, 0.0), stopped)
        accounts = case.accounts * (stopped + added > 0)
        # What new hands would take is re-routed like what else the stopped accounts of a part do.
        weight = (sums * p + added * accounts / max(float(accounts.sum()), 1e-12)) / max(stopped * p + added, 1e-12)
        found.append(
            Ways(
                stopped * p + added, lies, _open(case.curves[flow]), weight, case.spare, case.busiest, case.load,
                accounts, float(case.had.sum()), case.hidden,
            )
        )  # fmt: skip
    low, mid, high = found
    return low, mid, high


def paces(monthly: Reals, horizon: int, at: Ends) -> list[Ends]:
    """By how much each month to come differs from the mean of those seen.

    Args:
        monthly: sums of the months seen, the last first.
        horizon: how many months to come.
        at: where in the range the three ends lie: 0 is its low, 0.5 its middle, 1 its high end.
    """
    count = len(monthly)
    if count < 2 or not monthly.sum():  # one month shows no range
        return [(1.0, 1.0, 1.0)] * horizon
    sums = monthly / monthly.mean()
    wider = (count + 1) / (count - 1)
    low, high = sums.min() ** wider, sums.max() ** wider
    found = []
    for month in range(horizon):
        mid = 1 + (sums[0] - 1) * FADES**month
        three = np.interp(at, (0.0, 0.5, 1.0), (low, mid, high)).tolist()
        found.append((three[0], three[1], three[2]))
    return found


def _open(curve: Reals) -> Reals:
    """The curve; a straight line where nothing is stopped now, so that there is nothing to learn it from."""
    return curve if curve[-1] > 0 else np.array(GRID)


def _paces(amount: Reals, age: Ints, count: int, horizon: int, assumed: Assumption) -> list[Ends | None]:
    """The same for payments, by their age in months; months after the day are carried on as they are."""
    if horizon <= 0:
        return []
    monthly = np.bincount(np.minimum(age, count - 1), amount, count).astype(np.float64)
    return [*paces(monthly, horizon, (assumed.low, assumed.mid, assumed.high))]


def _turned(held: Held, name: str, assumed: Assumption, end: str) -> Held:
    value = getattr(assumed, end)
    return Held(value, held.plain) if name == "pattern_is_theirs" else Held(held.patterns, value)


def _sum_of(amount: Reals, here: Flags | None) -> float:
    return float(amount.sum() if here is None else amount[here].sum())


def _ratios(three: Sequence[float]) -> Ends:
    low, mid, high = three
    return (low / mid, 1.0, high / mid) if mid > 0 else (1.0, 1.0, 1.0)


def _sorted(three: Sequence[float]) -> Ends:
    low, mid, high = sorted(three)
    return low, mid, high
