"""Cut: how much of the group's income, laundering and spending a measure stops, month by month.

First what passes accounts that are stopped (`cut_flows`), then what the group gets through all the same (`reroute`). A
month is 30 days, counted from the measure's day. Months that lie in the books whole are taken as they are (`books`);
the rest is their mean (`mean after`). Where no whole month lies after the day, every month is the mean of those before
it, six at most (`mean before`): a forecast from how the group moved its money until then. A scenario without a measure
takes the day on which the register says the group was designated, so that it can be held against others.

Books written after a real measure already show what it stopped; what is counted is then what it would still stop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.impact import books
from caudal.impact.cut_draws import RULES as DRAWN_RULES
from caudal.impact.cut_draws import Cut, Month, touched
from caudal.impact.cut_flows import FLOWS, MONTH, Flags, Ints, Money, Reals, busiest, stopped_shares
from caudal.impact.database import Database
from caudal.impact.exposed import ATTRIBUTED, METHOD
from caudal.impact.faces import LedgerLike
from caudal.impact.formulas import Formula
from caudal.impact.ranges import Range, Rows, minor_units
from caudal.impact.reroute import RULES, Assumed, Rerouted, Stopped, reroute, total
from caudal.impact.scenario import Scenario
from caudal.impact.terms import NEVER, Terms, Window, moment
from caudal.impact.unknowns import Unknowns
from caudal.tables import ATTRIBUTIONS, CUT

HORIZON = 6
"""Months looked at."""

PAST = 6
"""Months before the day that a forecast is the mean of, at most."""

CARRYING = """
SELECT t.r, t.payer, t.payee, t.time, (b - b * f / t.amount)::DOUBLE AS income, f::DOUBLE AS spending
FROM (SELECT r, least(coalesce(sum(amount) FILTER (fwd), 0), any_value(whole)) AS f,
        least(coalesce(sum(amount) FILTER (NOT fwd), 0), any_value(whole)) AS b
      FROM (SELECT att.*, t.amount AS whole FROM att JOIN t USING (r)) GROUP BY r)
    JOIN t USING (r) WHERE t.payer <> t.payee AND t.amount > 0 ORDER BY t.r"""

TURNOVER = """
SELECT code, sum(amount)::DOUBLE AS turnover FROM (
    SELECT payer AS code, amount FROM t WHERE payer <> payee UNION ALL SELECT payee, amount FROM t WHERE payer <> payee)
WHERE code IN (SELECT me FROM att UNION SELECT them FROM att) GROUP BY code"""

CASES = ("low", "mid", "high")


@dataclass(frozen=True)
class Drawn:
    """What draws need: the transfers that months are taken from, their amounts by flow, and every month's cases."""

    base: Money
    amounts: dict[str, Reals]
    months: dict[str, list[Month]]


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


def report(db: Database, rows: Rows, terms: Terms, horizon: int = HORIZON) -> pa.Table:
    """The `cut` table of a scenario, and the outcomes `cut.*`, added up over the months.

    Reads `att`, `t`, `bl`, `carrier` and `refused`: what closes accounts out of caution closes the group's too, by the
    same chance.
    """
    money, order = _read(db)
    stopped = np.zeros((3, money.size))
    for query in (
        "SELECT code, wl, wm, wh FROM bl",
        "SELECT code, low, mid, high FROM carrier WHERE greatest(low, mid, high) > 0",
    ):
        _fill(db, query, stopped, np.arange(money.size))
    refused = np.zeros((3, len(money.time)))
    _fill(db, "SELECT r, wl, wm, wh FROM refused WHERE r IN (SELECT r FROM att)", refused, order)
    _unlicensed(db, refused, order)
    windows = [g.measure for g in terms.groups if g.measure] or [g.designation for g in terms.groups if g.designation]
    first = Window.first([w for w in windows if w.day] or windows).moments[1] if windows else NEVER
    table, sums, drawn = _months(
        money,
        Measure(stopped, refused, first),
        terms.end,
        terms.scenario.assumption,
        rows.scenario,
        rows.currency,
        horizon,
    )
    words = f"{horizon} months of 30 days from the measure's day; {BASIS[_basis(money, first, terms.end)[0]]}"
    adapt = "; ".join(terms.scenario.assumption(name).words for name in RULES)
    sources = "; ".join(dict.fromkeys(terms.scenario.assumption(name).source for name in RULES))
    for flow in FLOWS:
        months = sums[flow]
        before = Range.exact(sum(m.before for m in months))
        stops, net, lost = (total([getattr(m, part) for m in months]) for part in ("stopped", "net", "lost"))
        over = _over(db, rows.unknowns, drawn, flow)
        rows.amount(f"cut.{flow}.in all", before, "", "attributions", f"what the measure could stop; {words}")
        rows.amount(
            f"cut.{flow}.before re-routing",
            over("stopped", stops),
            f"{STATIC}; {words}",
            "attributions, matches",
            words,
        )
        rows.amount(f"cut.{flow}", over("net", net), f"{STATIC}; {adapt}; {words}", sources, words)
        rows.amount(f"cut.{flow}.never made good", over("lost", lost), f"{STATIC}; {adapt}; {words}", sources, words)
    return table


def _over(db: Database, unknowns: Unknowns, drawn: Drawn, flow: str) -> Callable[[str, Range], Formula]:
    """Makes the formulas of one flow."""
    by = touched(db, unknowns, drawn.base, drawn.amounts[flow])
    places = by.ends(unknowns)
    rules = tuple(unknowns.factor(name) for name in DRAWN_RULES)

    def over(quantity: str, value: Range) -> Formula:
        ends = _ordered(value)
        return Formula((Cut(quantity, tuple(drawn.months[flow]), ends, by, places, rules),))

    return over


STATIC = (
    "money mixes in proportion on its way (tracing); accounts count as far as they are stopped, by the measure or by "
    "cautious institutions (see blocked and harmed)"
)

BASIS = {
    "books": "months that lie in the books whole as they are, later ones as the mean of these",
    "mean before": "a forecast: the mean of the months before the day, six at most",
    "all": "a forecast: all of the books, scaled to a month",
    "mean after": "the mean of the months after the day",
}


def predict(
    ledger: LedgerLike,
    attributions: pa.Table,
    blocked: Mapping[str, float] | Iterable[str],
    day: date,
    *,
    own: Iterable[str] | None = None,
    groups: Iterable[str] | None = None,
    as_of: date | None = None,
    scenario: Scenario | Mapping[str, Any] | Path | str | None = None,
    horizon: int = HORIZON,
    memory_limit: str = "600MB",
) -> pa.Table:
    """The `cut` table for accounts that are stopped from a day on, without a register or a list.

    Args:
        ledger: the books; amounts are read from `amount_base`.
        attributions: the `attributions` table, proportional, both directions.
        blocked: accounts that are stopped whole, or the share of each between 0 and 1.
        day: the measure's first day, midnight UTC.
        own: the group's own accounts; where left out, those that the straight attributions name.
        groups: ids of the groups whose money is meant; all that the table has where left out.
        as_of: later payments are left out; the day of the last payment where left out.
        scenario: gives the assumptions and the name in the table.
        horizon: months looked at.

    Raises:
        InputError: an account is unknown, a share is impossible, or attributions do not belong to the ledger.
    """
    shares = dict(blocked) if isinstance(blocked, Mapping) else dict.fromkeys(blocked, 1.0)
    for account, share in shares.items():
        if not 0 <= share <= 1:
            raise InputError(f"{share} is no share of {account!r}", field="blocked")
    chosen = Scenario.load(scenario) if scenario is not None else Scenario(name="prediction")
    table = ATTRIBUTIONS.check(attributions).filter(pc.equal(attributions.column("method"), METHOD))
    wanted = sorted(set(table.column("group_id").to_pylist()) if groups is None else set(groups))
    table = table.filter(pc.is_in(table.column("group_id"), value_set=pa.array(wanted, pa.string())))
    end = moment(as_of) + 86_400_000_000 if as_of else NEVER
    with books.opened(ledger, end, chosen, memory_limit) as db:
        names = pa.table({"g": pa.array(range(len(wanted)), pa.int32()), "gid": pa.array(wanted, pa.string())})
        picked = table.select(["transfer_id", "group_id", "direction", "amount", "hops"])
        with db.lent(att_in=picked, grp=names):
            db.run(ATTRIBUTED)
            stray = "SELECT transfer_id FROM att_in ANTI JOIN transfers_in USING (transfer_id) LIMIT 1"
            for (transfer,) in db.rows(stray):
                raise InputError(f"the ledger has no transfer {transfer!r}", file="attributions", field="transfer_id")
        codes = dict(db.rows("SELECT account_id, code FROM acct"))
        for account in (*shares, *(own or ())):
            if account not in codes:
                raise InputError(f"{account!r} is no account of the books", field="blocked")
        money, _ = _read(db, None if own is None else [codes[a] for a in own])
        last = int(db.row("SELECT max(time) FROM t")[0] or 0) + 1
    stopped = np.zeros((3, money.size))
    for account, share in shares.items():
        stopped[:, codes[account]] = share
    measure = Measure(stopped, np.zeros((3, len(money.time))), moment(day))
    found, _, _ = _months(money, measure, min(end, last), chosen.assumption, chosen.name, ledger.base_currency, horizon)
    return found


def _read(db: Database, own: Iterable[int] | None = None) -> tuple[Money, Ints]:
    """The transfers that carry the group's money, and the number (r) of each."""
    size = int(db.row("SELECT count(*) FROM acct")[0])
    rows = db.arrow(CARRYING)
    turnover = db.arrow(TURNOVER)
    whole = np.zeros(size)
    whole[turnover.column("code").to_numpy()] = turnover.column("turnover").to_numpy()
    mine: Flags = np.zeros(size, np.bool_)
    mine[[c for (c,) in db.rows("SELECT DISTINCT them FROM att WHERE hops = 1")] if own is None else list(own)] = True
    payer, payee, time = (rows.column(c).to_numpy().astype(np.int64) for c in ("payer", "payee", "time"))
    income, spending = (rows.column(c).to_numpy() for c in ("income", "spending"))
    return Money(payer, payee, time, income, spending, mine, whole), rows.column("r").to_numpy().astype(np.int64)


def _fill(db: Database, query: str, into: Reals, keys: Ints) -> None:
    """Raise `into` (3 x keys) to the low, mid and high that a query gives for some of the sorted keys."""
    found = db.arrow(query)
    if not found.num_rows or not len(keys):
        return
    columns = [found.column(n).to_numpy() for n in range(4)]
    place = np.searchsorted(keys, columns[0])
    known = (place < len(keys)) & (keys[np.minimum(place, len(keys) - 1)] == columns[0])
    for case in range(3):
        np.maximum.at(into[case], place[known], columns[case + 1][known])


def _unlicensed(db: Database, refused: Reals, order: Ints) -> None:
    """Payments that a licence covers pass: they are not refused. Stopped accounts still hold what is on them."""
    licensed = db.arrow("SELECT DISTINCT r FROM licensed").column("r").to_numpy()
    refused[:, np.isin(order, licensed)] = 0.0


def _basis(money: Money, day: int, end: int) -> tuple[str, int, int, float]:
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


def _months(
    money: Money, measure: Measure, end: int, assumed: Assumed, scenario: str, currency: str, horizon: int
) -> tuple[pa.Table, dict[str, list[Rerouted]], Drawn]:
    """The `cut` table, of each flow what every month comes to, and what draws need to know."""
    channels = money.channels(assumed("channel_share").mid)
    name, first, last, months = _basis(money, measure.day, end)
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
            real = name == "books" and month <= months
            if real:
                here = (base.time >= first + (month - 1) * MONTH) & (base.time < first + month * MONTH)
                scale, basis = 1.0, "books"
            else:
                here, scale = np.ones(len(base.time), np.bool_), 1.0 / months
                basis = "mean after" if name == "books" else name
            moved = amount[here] * scale
            cases = tuple(
                Stopped(float((moved * share[flow][here]).sum()), *rest)
                for share, rest in zip(shares, fixed, strict=True)
            )
            done = reroute(float(moved.sum()), month, cases, assumed, minor)  # type: ignore[arg-type]
            sums[flow].append(done)
            laid[flow].append(Month(month, cases))  # type: ignore[arg-type]
            rows += _rows(scenario, month, flow, done, currency, minor, basis)
    return CUT.build(rows), sums, Drawn(base, {flow: parts[flow][0] for flow in FLOWS}, laid)


def _rows(
    scenario: str, month: int, flow: str, done: Rerouted, currency: str, minor: int, basis: str
) -> list[dict[str, Any]]:
    parts = {
        "before": Range.exact(done.before),
        "stopped": done.stopped,
        "rerouted": done.rerouted,
        "net": done.net,
        "lost": done.lost,
        "cost": done.cost,
    }
    return [
        {"scenario": scenario, "month": month, "flow": flow, "quantity": quantity, "unit": currency, "basis": basis}
        | dict(zip(CASES, _ordered(value.scaled(minor)), strict=True))
        for quantity, value in parts.items()
    ]


def _ordered(value: Range) -> tuple[float, float, float]:
    """The three, with what sums in another order may have put a bit out of it put right."""
    low, mid, high = sorted((value.low, value.mid, value.high))
    return low, mid, high
