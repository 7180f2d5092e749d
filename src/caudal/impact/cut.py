"""Cut: how much of the group's income, laundering and spending a measure stops, month by month.

First what passes accounts that are stopped (`cut_flows`), then what the group gets through all the same (`reroute`).
Where findings tie further accounts to the group, the payments of its whole circle are looked at (`circle`, `forecast`)
in place of what tracing attributes to the accounts that are known. A month is 30 days, counted from the measure's day.
Months that lie in the books whole are taken as they are (`books`); the rest is their mean (`mean after`). Where no
whole month lies after the day, every month rests on those before it, six at most (`mean before`): a forecast from how
the group moved its money until then. A scenario without a measure takes the day on which the register says the group
was designated, so that it can be held against others.

Books written after a real measure already show what it stopped; what is counted is then what it would still stop.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.impact import books
from caudal.impact.circle import Circle
from caudal.impact.circle import read as read_circle
from caudal.impact.cut_draws import PARTS, Course, Cut, Month, Moves, Sheet, touched
from caudal.impact.cut_draws import RULES as DRAWN_RULES
from caudal.impact.cut_flows import FLOWS, Flags, Ints, Money, Reals
from caudal.impact.cut_months import BASIS, HORIZON, Drawn, Measure, basis, circle_months, months, ordered
from caudal.impact.database import Database
from caudal.impact.exposed import METHOD, attribute
from caudal.impact.faces import LedgerLike
from caudal.impact.forecast import ASSUMED, Swing
from caudal.impact.formulas import Formula
from caudal.impact.ranges import Range, Rows, minor_units
from caudal.impact.reroute import RULES, Assumed, Rerouted
from caudal.impact.scenario import Scenario
from caudal.impact.terms import NEVER, Terms, Window, moment
from caudal.impact.unknowns import Unknowns
from caudal.tables import ATTRIBUTIONS

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


def report(
    db: Database,
    rows: Rows,
    terms: Terms,
    findings: pa.Table | None = None,
    coercion: pa.Table | None = None,
    horizon: int = HORIZON,
) -> pa.Table:
    """The `cut` table of a scenario, and the outcomes `cut.*`, added up over the months.

    Reads `t`, `bl`, `carrier` and `refused`: what closes accounts out of caution closes the group's too, by the
    same chance. Makes `circled` (code): accounts that patterns tie to the group.
    """
    assumed = terms.scenario.assumption
    circle = _circle(db, None, findings, coercion, assumed)
    money, order = (circle, circle.order) if circle else _read(db)
    in_it = np.flatnonzero(circle.inside & ~circle.known) if circle else np.empty(0, np.int64)
    with db.lent(circled_in=pa.table({"code": pa.array(in_it, pa.int64())})):
        db.run("CREATE TABLE circled AS FROM circled_in")
    stopped = np.zeros((3, money.size))
    for query in (
        "SELECT code, wl, wm, wh FROM bl",
        "SELECT code, low, mid, high FROM carrier WHERE greatest(low, mid, high) > 0",
    ):
        _fill(db, query, stopped, np.arange(money.size))
    refused = np.zeros((3, len(money.time)))
    _fill(db, "SELECT r, wl, wm, wh FROM refused", refused, order)
    _unlicensed(db, refused, order)
    windows = [g.measure for g in terms.groups if g.measure] or [g.designation for g in terms.groups if g.designation]
    first = Window.first([w for w in windows if w.day] or windows).moments[1] if windows else NEVER
    measure = Measure(stopped, refused, first)
    given = terms.end, assumed, rows.scenario, rows.currency, horizon
    table, sums, drawn = (
        circle_months(money, measure, *given) if isinstance(money, Circle) else months(money, measure, *given)
    )
    evidence = "attributions, findings" if isinstance(money, Circle) else "attributions"
    words = f"{horizon} months of 30 days from the measure's day; {BASIS[basis(money, first, terms.end)[0]]}"
    taken = [*RULES, *(ASSUMED if isinstance(money, Circle) else ())]
    adapt = "; ".join(assumed(name).words for name in taken)
    sources = "; ".join(dict.fromkeys(assumed(name).source for name in taken))
    held = "; ".join([STATIC, *(assumed(name).words for name in taken[len(RULES) :])])
    seen, stopping = {}, {}
    for flow in FLOWS:
        stopping[flow], seen[flow], whole = _courses(db, rows.unknowns, drawn, flow, sums[flow])

        def over(quantity: str, course: Course = stopping[flow]) -> Formula:
            return Formula((Cut(quantity, course, _added(course.ranges[quantity])),))

        rows.amount(f"cut.{flow}.in all", whole, f"{held}; {words}", evidence, f"what the measure could stop; {words}")
        rows.amount(
            f"cut.{flow}.before re-routing",
            over("stopped"),
            f"{held}; {words}",
            f"{evidence}, matches",
            words,
        )
        rows.amount(f"cut.{flow}", over("net"), f"{STATIC}; {adapt}; {words}", sources, words)
        rows.amount(f"cut.{flow}.never made good", over("lost"), f"{STATIC}; {adapt}; {words}", sources, words)
    rows.sheets["cut_draws"] = Sheet(seen, stopping, rows.currency, minor_units(rows.currency))
    return table


def _courses(
    db: Database, unknowns: Unknowns, drawn: Drawn, flow: str, sums: Sequence[Rerouted]
) -> tuple[Course, Course, Formula]:
    """What is stopped of a flow in every draw, all of it that is seen, and the formula of all of it."""
    by = touched(db, unknowns, drawn.base, drawn.amounts[flow])
    rules = tuple(unknowns.factor(name) for name in DRAWN_RULES)
    given = unknowns.assumption("pace")
    paced = (unknowns.factor("pace"), (given.low, given.mid, given.high))

    def pace(months: list[Month]) -> tuple[int, tuple[float, float, float]] | None:
        return paced if any(m.pace and len(set(m.pace)) > 1 for m in months) else None

    def moves(swings: Iterable[Swing]) -> tuple[Moves, ...]:
        found = []
        for swing in swings:
            if len(set(swing.ends)) > 1:
                a, mid = unknowns.assumption(swing.name), swing.ends[1] or 1.0
                ratio = (swing.ends[0] / mid, 1.0, swing.ends[2] / mid)
                found.append(Moves(unknowns.factor(swing.name), (a.low, a.mid, a.high), ratio))
        return tuple(found)

    months, whole = drawn.months[flow], drawn.whole[flow]
    ranges = {part: tuple(ordered(getattr(month, part)) for month in sums) for part in PARTS}
    stops = Course(tuple(months), ranges, by, by.ends(unknowns), rules, moves(drawn.swings[flow]), pace(months))

    def all_of_it(swings: tuple[Moves, ...], ends: tuple[tuple[float, float, float], ...] | None) -> Course:
        if ends is None:
            factor = [float(np.prod([one.ratio[end] for one in swings])) for end in range(3)]
            reach = [[m.cases[1].amount * (m.pace[e] if m.pace else 1.0) * factor[e] for e in range(3)] for m in whole]
            ends = tuple(ordered(Range(*three)) for three in reach)
        return Course(tuple(whole), {"stopped": ends}, Formula(), (0.0, 0.0, 0.0), rules, swings, pace(whole))

    seen = all_of_it(moves(drawn.seen_swings[flow]), drawn.seen[flow])
    every = all_of_it(moves(drawn.whole_swings[flow]), None)
    return stops, seen, Formula((Cut("stopped", every, _added(every.ranges["stopped"])),))


def _added(months: Sequence[tuple[float, float, float]]) -> tuple[float, float, float]:
    low, mid, high = np.array(months).sum(axis=0).tolist() if len(months) else (0.0, 0.0, 0.0)
    return low, mid, high


STATIC = (
    "money mixes in proportion on its way (tracing); accounts count as far as they are stopped, by the measure or by "
    "cautious institutions (see blocked and harmed)"
)


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
    findings: pa.Table | None = None,
    coercion: pa.Table | None = None,
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
        findings: the `findings` table; without it only known accounts are looked at.
        coercion: the `coercion` table.
        horizon: months looked at.

    Raises:
        InputError: an account is unknown, a share is impossible, or attributions do not belong to the ledger.
    """
    shares = dict(blocked) if isinstance(blocked, Mapping) else dict.fromkeys(blocked, 1.0)
    for account, share in shares.items():
        if not 0 <= share <= 1:
            raise InputError(f"{share} is no share of {account!r}", field="blocked")
    chosen = Scenario.load(scenario) if scenario is not None else Scenario(name="prediction")
    table = ATTRIBUTIONS.check(attributions)
    by_method = table.column("group_id").filter(pc.equal(table.column("method"), METHOD))
    wanted = sorted(set(pc.unique(by_method).to_pylist()) if groups is None else set(groups))
    end = moment(as_of) + 86_400_000_000 if as_of else NEVER
    with books.opened(ledger, end, chosen, memory_limit) as db:
        attribute(db, attributions, {group: code for code, group in enumerate(wanted)})
        codes = dict(db.rows("SELECT account_id, code FROM acct"))
        for account in (*shares, *(own or ())):
            if account not in codes:
                raise InputError(f"{account!r} is no account of the books", field="blocked")
        mine = None if own is None else [codes[a] for a in own]
        money: Money | Circle | None = _circle(db, mine, findings, coercion, chosen.assumption)
        if money is None:
            money, _ = _read(db, mine)
        last = int(db.row("SELECT max(time) FROM t")[0] or 0) + 1
    stopped = np.zeros((3, money.size))
    for account, share in shares.items():
        stopped[:, codes[account]] = share
    measure = Measure(stopped, np.zeros((3, len(money.time))), moment(day))
    given = min(end, last), chosen.assumption, chosen.name, ledger.base_currency, horizon
    if isinstance(money, Circle):
        return circle_months(money, measure, *given)[0]
    return months(money, measure, *given)[0]


def _circle(
    db: Database, own: Iterable[int] | None, findings: pa.Table | None, coercion: pa.Table | None, assumed: Assumed
) -> Circle | None:
    """The group's circle, where findings tie accounts to it."""
    if findings is None or not findings.num_rows:
        return None
    known = db.attributed.near.tolist() if own is None else own
    return read_circle(db, known, findings, coercion, assumed("channel_share").mid)


def _read(db: Database, own: Iterable[int] | None = None) -> tuple[Money, Ints]:
    """The transfers that carry the group's money, and the number (r) of each."""
    size = int(db.row("SELECT count(*) FROM acct")[0])
    with db.lent(att=db.attributed.table()):
        rows, turnover = db.arrow(CARRYING), db.arrow(TURNOVER)
    whole = np.zeros(size)
    whole[turnover.column("code").to_numpy()] = turnover.column("turnover").to_numpy()
    mine: Flags = np.zeros(size, np.bool_)
    mine[db.attributed.near if own is None else list(own)] = True
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
