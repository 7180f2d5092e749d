"""Harm over time: what of it is still there in each month after the day of the measure.

People look for another channel or another income. Of those who find one in the end a share finds it in any one month
(`finds_channel_monthly`, `finds_income_monthly`); in the first month nobody has yet. What a month's harm is goes by the
outcomes: for remittances the amount over the days of the books, for wages and suppliers the amount a month.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date
from typing import Any

import pyarrow as pa

from caudal.impact.assumptions import Assumption
from caudal.impact.database import Database
from caudal.impact.ranges import Range, Rows
from caudal.impact.terms import Terms, Window
from caudal.tables import HARM_MONTHS

MONTHS = 12
"""How many months are told."""

DAYS = 365.25 / 12
"""A month."""

Left = Callable[[int], Range]


def span(db: Database) -> float:
    """How many months the books last, one at least: from the first to the last transfer."""
    first, last = db.row("SELECT min(time), max(time) FROM t")
    return 1.0 if first is None else max(1.0, ((last - first) / 86_400e6 + 1) / DAYS)


def table(rows: Rows, terms: Terms, months: float) -> pa.Table:
    """The `harm_months` table, from the outcomes found so far; a measure that is not among them is left out."""
    other, channel = terms.scenario.assumption("other_channel"), terms.scenario.assumption("finds_channel_monthly")
    income = terms.scenario.assumption("finds_income_monthly")
    senders, staff = "harmed.remittance senders", "harmed.employees of blocked firms"
    suppliers = "harmed.suppliers of blocked firms"
    cut_off, without = _left(channel, other), _left(income, None)
    told: list[tuple[str, str, str, str, float, Left, tuple[Assumption, ...]]] = [
        ("senders without a channel", senders, "people", "people", 1, cut_off, (channel, other)),
        ("remittances not arriving", senders, "amount", rows.currency, months, cut_off, (channel, other)),
        ("people without wages", staff, "people", "people", 1, without, (income,)),
        ("wages not paid", f"{staff}.a month", "amount", rows.currency, 1, without, (income,)),
        ("suppliers not paid", f"{suppliers}.a month", "amount", rows.currency, 1, without, (income,)),
    ]
    known = {(r["measure"], r["subject_kind"]): r for r in rows.rows}
    day = _day(terms)
    found: list[dict[str, Any]] = []
    for measure, outcome, kind, unit, divisor, left, on in told:
        row = known.get((outcome, kind))
        if row is None:
            continue
        for month in range(1, MONTHS + 1):
            share = left(month)
            found.append(
                {
                    "scenario": rows.scenario,
                    "measure": measure,
                    "unit": unit,
                    "month": month,
                    "first": _later(day, month - 1) if day else None,
                    "low": row["low"] / divisor * share.low,
                    "mid": row["mid"] / divisor * share.mid,
                    "high": row["high"] / divisor * share.high,
                    "assumption": "; ".join([*(a.words for a in on), row["assumption"]]),
                    "source": "; ".join([*(a.source for a in on), row["source"]]),
                }
            )
    return HARM_MONTHS.build(found)


def _left(finds: Assumption, end: Assumption | None) -> Left:
    """The share still without, in a month: those who never find any, and those who have not found it yet."""

    def left(month: int) -> Range:
        def still(share: float, monthly: float) -> float:
            return 1 - share * (1 - (1 - monthly) ** (month - 1))

        low, mid, high = (1.0, 1.0, 1.0) if end is None else (end.low, end.mid, end.high)
        return Range(still(high, finds.high), still(mid, finds.mid), still(low, finds.low))

    return left


def _day(terms: Terms) -> date | None:
    windows = [g.measure for g in terms.groups if g.measure]
    return Window.first(windows).day if windows else None


def _later(day: date, months: int) -> date:
    ahead = day.month - 1 + months
    year, month = day.year + ahead // 12, ahead % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
