"""What must be done about blocked property and by when: the register's law of the day, with the days worked out."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from caudal.impact import blocked, holding, workdays
from caudal.impact.database import Database
from caudal.impact.ranges import Rows
from caudal.impact.terms import Terms
from caudal.register import law
from caudal.tables import DUTY_DAYS

TOPICS = ("blocks", "reporting", "records")
"""The topics of the law that ask something of whoever holds blocked property."""


@dataclass(frozen=True)
class Duty:
    """One duty under one authority for one group.

    Attributes:
        topic: blocks, reporting or records.
        text: the duty in the register's words.
        deadline: the period as the law words it, such as `10 business days`; empty where there is none.
        due: that period counted from the effective day; None where there is none or the day is not known.
        coming: for a duty that comes back every year, its days from `due` up to the first after the as-of day.
    """

    group_id: str
    authority: str
    topic: str
    text: str
    deadline: str
    due: date | None
    source: str
    source_url: str | None
    coming: tuple[date, ...] = ()


def duties(terms: Terms) -> list[Duty]:
    """The duties in force on the as-of day, for every group and authority of the scenario."""
    found: list[Duty] = []
    for group in terms.groups:
        for authority, window in sorted(group.authorities.items()):
            # A list names programmes whose law the register does not hold; the report says so.
            for effect in law.effects(authority, terms.as_of) if law.held(authority) else []:
                if effect.topic not in TOPICS:
                    continue
                period = getattr(effect, "deadline", None) or ""
                due = falls_due(period, window.day) if window.day else None
                coming = _coming(due, terms.as_of) if due and period == YEARLY else ()
                found.append(
                    Duty(
                        group.id,
                        authority,
                        effect.topic,
                        effect.text,
                        period,
                        due,
                        effect.source,
                        effect.source_url,
                        coming,
                    )
                )
    return found


YEARLY = "30 September"


def _coming(due: date, as_of: date) -> tuple[date, ...]:
    days = [due]
    while days[-1] <= as_of:
        days.append(date(days[-1].year + 1, due.month, due.day))
    return tuple(days)


def table(db: Database, rows: Rows, terms: Terms) -> pa.Table:
    """The `duty_days` table: every duty for every group, with its days and the accounts it concerns."""
    codes = {g.id: g.code for g in terms.groups}
    ends = {g: blocked.accounts(db, rows.unknowns, {codes[g]}).ends(rows.unknowns) for g in codes}
    found = []
    for duty in duties(terms):
        low, mid, high = ends[duty.group_id]
        days = duty.coming or ((duty.due,) if duty.due else ())
        found.append(
            {
                "scenario": terms.scenario.name,
                "group_id": duty.group_id,
                "authority": duty.authority,
                "topic": duty.topic,
                "text": duty.text,
                "deadline": duty.deadline,
                "due": duty.due,
                "next_due": next((d for d in days if d > terms.as_of), None),
                "days_passed": [d.isoformat() for d in days if d <= terms.as_of],
                "accounts_low": low,
                "accounts_mid": mid,
                "accounts_high": high,
                "source": duty.source,
                "source_url": duty.source_url,
            }
        )
    return DUTY_DAYS.build(found)


def falls_due(deadline: str, effective: date) -> date | None:
    """The day a duty falls due for property that is blocked from the effective day on.

    Knows the periods of 31 CFR 501.601 to .604: a number of business days; the yearly report by 30 September of what
    was held on 30 June; years of keeping records (the earliest end: it runs on while property stays blocked).
    """
    if match := re.fullmatch(r"(\d+) business days", deadline):
        return workdays.after(effective, int(match.group(1)))
    if deadline == "30 September":
        return date(effective.year + (effective > date(effective.year, 6, 30)), 9, 30)
    if match := re.fullmatch(r"(\d+) years", deadline):
        leap_day = (effective.month, effective.day) == (2, 29)
        return date(effective.year + int(match.group(1)), effective.month, 28 if leap_day else effective.day)
    return None


def report(db: Database, rows: Rows, terms: Terms) -> None:
    """The outcomes `duties.*`: how many accounts each duty concerns, with the duty and its day in words.

    One row per authority, topic and deadline; where groups have different effective days, the first due day is given.
    """
    alike: dict[str, list[Duty]] = defaultdict(list)
    for duty in duties(terms):
        alike[f"duties.{duty.authority}.{duty.topic}" + (f".{duty.deadline}" if duty.deadline else "")].append(duty)
    codes = {g.id: g.code for g in terms.groups}
    reported = {codes[d.group_id] for same in alike.values() for d in same if d.deadline == holding.REPORTED}
    holding.report(db, rows, terms, reported)
    for name, same in alike.items():
        texts = list(dict.fromkeys(d.text for d in same))
        days = sorted({d.due for d in same if d.due})
        due = f" Due {days[0]}, counted from the effective day." if len(days) == 1 else ""
        if len(days) > 1:
            due = f" Due from {days[0]} on, counted from each group's effective day."
        sources = list(dict.fromkeys(f"{d.source} {d.source_url or ''}".strip() for d in same))
        words = f"{' '.join(texts)}{due} It concerns the accounts of blocked parties."
        rows.count(
            name,
            "accounts",
            blocked.accounts(db, rows.unknowns, {codes[d.group_id] for d in same}),
            f"{words} {blocked.FIFTY}",
            "; ".join(sources),
            words,
        )
