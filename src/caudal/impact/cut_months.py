"""The months of `cut`: which of them lie in the books, what each comes to, and what random draws need of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from caudal.impact.circle import Circle
from caudal.impact.cut_draws import Month
from caudal.impact.cut_flows import FLOWS, MONTH, Money, Reals, busiest, stopped_shares
from caudal.impact.forecast import Ends, Flow, Stops, Swing, flows
from caudal.impact.ranges import Range, minor_units
from caudal.impact.reroute import Assumed, Rerouted, Stopped, reroute
from caudal.tables import CUT

HORIZON = 6
"""Months looked at."""

PAST = 6
"""Months before the day that a forecast is the mean of, at most."""


CASES = ("low", "mid", "high")


@dataclass(frozen=True)
class Drawn:
    """What draws need: the transfers that months are taken from, their amounts by flow, and every month's cases.

    `whole` is all of each flow in every month and `seen` the range of what of it is seen; `swings`, `seen_swings` and
    `whole_swings` say how forecast months move with assumptions.
    """

    base: Money | Circle
    amounts: dict[str, Reals]
    months: dict[str, list[Month]]
    whole: dict[str, list[Month]]
    seen: dict[str, tuple[Ends, ...]]
    swings: dict[str, tuple[Swing, ...]]
    seen_swings: dict[str, tuple[Swing, ...]]
    whole_swings: dict[str, tuple[Swing, ...]]


@dataclass(frozen=True)
class Measure:
    """What a measure does to accounts and transfers, as low, mid and high.

    Attributes:
        stopped: per account the share by which it is stopped: 3 x accounts.
        refused: per transfer of `Money` the share that is refused: 3 x transfers.
        day: its first moment, microseconds.
    """

    stopped: Reals
    refused: Reals
    day: int


BASIS = {
    "books": "months that lie in the books whole as they are, later ones as the mean of these",
    "mean before": "a forecast: the mean of the months before the day, six at most",
    "all": "a forecast: all of the books, scaled to a month",
    "mean after": "the mean of the months after the day",
}


def basis(money: Money | Circle, day: int, end: int) -> tuple[str, int, int, float]:
    """What the months rest on: its name, the first and last moment, and how many months lie between."""
    after = max(0, end - day) // MONTH
    if after:
        return "books", day, day + after * MONTH, float(after)
    last = min(day, end)
    first = int(money.time.min(initial=last))
    before = min(PAST, (last - first) // MONTH)
    if before:
        return "mean before", last - before * MONTH, last, float(before)
    return "all", first, last, max(last - first, 1) / MONTH


def months(
    money: Money, measure: Measure, end: int, assumed: Assumed, scenario: str, currency: str, horizon: int
) -> Months:
    """The `cut` table, of each flow what every month comes to, and what draws need to know."""
    channels = money.channels(assumed("channel_share").mid)
    name, first, last, count = basis(money, measure.day, end)
    within = (money.time >= first) & (money.time < last)
    base = money.between(first, last)
    shares = [stopped_shares(base, s, r[within]) for s, r in zip(measure.stopped, measure.refused, strict=True)]
    most = busiest(money, channels, min(measure.day, end))
    parts = base.parts(channels)
    minor = minor_units(currency)
    rows: list[dict[str, Any]] = []
    sums: dict[str, list[Rerouted]] = {flow: [] for flow in FLOWS}
    laid: dict[str, list[Month]] = {flow: [] for flow in FLOWS}
    for flow in FLOWS:
        amount, carrier = parts[flow]
        used = np.zeros(money.size, np.bool_)
        used[carrier[amount > 0]] = True
        hands = (money.own | channels) if flow != "laundering" else channels
        fixed = [
            (float((most[flow] * (1 - s))[hands].sum()), float(s[hands & used].sum()), float((hands & used).sum()))
            for s in measure.stopped
        ]
        for month in range(1, horizon + 1):
            real = name == "books" and month <= count
            if real:
                here = (base.time >= first + (month - 1) * MONTH) & (base.time < first + month * MONTH)
                scale, based = 1.0, "books"
            else:
                here, scale = np.ones(len(base.time), np.bool_), 1.0 / count
                based = "mean after" if name == "books" else name
            moved = amount[here] * scale
            cases = tuple(
                Stopped(float((moved * share[flow][here]).sum()), *rest)
                for share, rest in zip(shares, fixed, strict=True)
            )
            done = reroute(float(moved.sum()), month, cases, assumed, minor)  # type: ignore[arg-type]
            sums[flow].append(done)
            laid[flow].append(Month(month, cases))  # type: ignore[arg-type]
            whole = Range.exact(done.before)
            rows += _rows(scenario, month, flow, done, whole, Range.exact(0.0), currency, minor, based)
    none: dict[str, tuple[Swing, ...]] = dict.fromkeys(FLOWS, ())
    all_of_it = {
        flow: [Month(n, (Stopped(m.before, 0, 0, 0),) * 3) for n, m in enumerate(sums[flow], 1)] for flow in FLOWS
    }
    seen = {flow: tuple((m.before,) * 3 for m in done) for flow, done in sums.items()}
    return (
        CUT.build(rows),
        sums,
        Drawn(base, {flow: parts[flow][0] for flow in FLOWS}, laid, all_of_it, seen, none, none, none),
    )


Months = tuple[pa.Table, dict[str, list[Rerouted]], Drawn]


def circle_months(
    circle: Circle, measure: Measure, end: int, assumed: Assumed, scenario: str, currency: str, horizon: int
) -> Months:
    """The same from the payments of the group's circle; `measure.refused` is of those."""
    name, first, last, months = basis(circle, measure.day, end)
    within = (circle.time >= first) & (circle.time < last)
    base = circle.between(first, last)
    real = [(base.time >= first + n * MONTH) & (base.time < first + (n + 1) * MONTH) for n in range(int(months))]
    if name != "books":
        real = []
    stops = Stops(measure.stopped, measure.refused[:, within])
    by_flow = flows(circle, base, stops, months, real, min(measure.day, end), horizon, assumed)
    hidden = assumed("unseen_hands")
    beyond = np.interp((hidden.low, hidden.mid, hidden.high), (0.0, 0.5, 1.0), circle.hidden)
    minor = minor_units(currency)
    rows: list[dict[str, Any]] = []
    sums: dict[str, list[Rerouted]] = {flow: [] for flow in FLOWS}
    for flow, found in by_flow.items():
        for month in range(1, horizon + 1):
            before = Range(*found.whole[month - 1])
            unseen = Range(*(np.array(found.whole[month - 1]) * beyond).tolist())
            done = reroute(before.mid, month, found.corner[month - 1], assumed, minor)
            sums[flow].append(done)
            based = "books" if month <= len(real) else "mean after" if name == "books" else name
            rows += _rows(scenario, month, flow, done, before, unseen, currency, minor, based)
    laid = {
        flow: [Month(n, case, pace) for n, (case, pace) in enumerate(zip(f.between, f.pace, strict=True), 1)]
        for flow, f in by_flow.items()
    }
    whole = {flow: _whole(found) for flow, found in by_flow.items()}
    found_most = (1 + beyond).tolist()
    return (
        CUT.build(rows),
        sums,
        Drawn(
            base,
            {flow: found.amounts for flow, found in by_flow.items()},
            laid,
            whole,
            {flow: tuple(ordered(Range(*ends)) for ends in found.whole) for flow, found in by_flow.items()},
            {flow: found.swings for flow, found in by_flow.items()},
            {flow: found.whole_swings for flow, found in by_flow.items()},
            {
                flow: (*found.whole_swings, Swing("unseen_hands", (found_most[0], found_most[1], found_most[2])))
                for flow, found in by_flow.items()
            },
        ),
    )


def _whole(flow: Flow) -> list[Month]:
    """All of a flow in every month, in the middle and without the pace, as draws need it."""
    found = []
    for number, ((_, middle, _), pace) in enumerate(zip(flow.whole, flow.whole_pace, strict=True), 1):
        amount = middle / pace[1] if pace else middle
        one = Stopped(amount, 0.0, 0.0, 0.0)
        found.append(Month(number, (one, one, one), pace))
    return found


def _rows(
    scenario: str,
    month: int,
    flow: str,
    done: Rerouted,
    before: Range,
    unseen: Range,
    currency: str,
    minor: int,
    basis: str,
) -> list[dict[str, Any]]:
    parts = {
        "before": before,
        "unseen": unseen,
        "stopped": done.stopped,
        "rerouted": done.rerouted,
        "net": done.net,
        "lost": done.lost,
        "cost": done.cost,
    }
    return [
        {"scenario": scenario, "month": month, "flow": flow, "quantity": quantity, "unit": currency, "basis": basis}
        | dict(zip(CASES, ordered(value.scaled(minor)), strict=True))
        for quantity, value in parts.items()
    ]


def ordered(value: Range) -> tuple[float, float, float]:
    """The three, with what sums in another order may have put a bit out of it put right."""
    low, mid, high = sorted((value.low, value.mid, value.high))
    return low, mid, high
