"""Money across the edge of a group over time, with the designation's day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from caudal.reports.books import Books, Row
from caudal.reports.format import human
from caudal.reports.wording import Wording

BINS = (("day", 21), ("week", 7 * 160), ("month", None))
"""Unit of the time line and the longest period in days it is used for."""


@dataclass(frozen=True)
class Timeline:
    """Money in and out per day, week or month; `steps` hold start, in and out in minor units of the base currency."""

    group_id: str
    unit: str
    steps: list[Row]
    designated: date | None
    title: str
    subtitle: str


def timeline(books: Books, wording: Wording, group_id: str) -> Timeline:
    """The time line of one group. Without attributed money it has no steps."""
    span = books.one("SELECT min(time)::DATE AS first, max(time)::DATE AS last FROM edge WHERE group_id = ?", group_id)
    days = (span["last"] - span["first"]).days if span["first"] else 0
    unit = next(name for name, longest in BINS if longest is None or days <= longest)
    steps = books.rows(
        f"""
        SELECT date_trunc('{unit}', time)::DATE AS start,
               coalesce(sum(attributed) FILTER (direction = 'backward'), 0)::BIGINT AS money_in,
               coalesce(sum(attributed) FILTER (direction = 'forward'), 0)::BIGINT AS money_out
        FROM edge WHERE group_id = ? GROUP BY 1 ORDER BY 1
        """,
        group_id,
    )
    designated = _designated(books, group_id)
    return Timeline(
        group_id=group_id,
        unit=unit,
        steps=steps,
        designated=designated,
        title=_title(books, wording, group_id, designated, unit),
        subtitle=wording.plain(
            f"timeline.subtitle_{unit}", currency=books.currency, first=span["first"] or "–", last=span["last"] or "–"
        ),
    )


def _designated(books: Books, group_id: str) -> date | None:
    """The day of the measure; without one the first day the group's designations have effect."""
    if books.facts.effective is not None:
        return books.facts.effective
    days = [
        d.effective for g in books.facts.groups if g.id == group_id for d in g.designations if d.effective is not None
    ]
    return min(days, default=None)


def _title(books: Books, wording: Wording, group_id: str, designated: date | None, unit: str) -> str:
    group = books.group_name(group_id)
    if designated is not None:
        split = books.one(
            """
            SELECT coalesce(sum(attributed) FILTER (time < ?2), 0)::BIGINT AS before,
                   coalesce(sum(attributed) FILTER (time >= ?2), 0)::BIGINT AS after
            FROM edge WHERE group_id = ?1
            """,
            group_id,
            designated,
        )
        total = split["before"] + split["after"]
        if total:
            return wording.plain(
                "timeline.title_split", share=f"{split['after'] / total:.0%}", group=group, day=designated.isoformat()
            )
    peak = books.rows(
        f"""SELECT date_trunc('{unit}', time)::DATE AS start, sum(attributed)::BIGINT AS total FROM edge
          WHERE group_id = ?
        GROUP BY 1 ORDER BY total DESC, 1 LIMIT 1""",
        group_id,
    )
    if not peak:
        return wording.plain("timeline.title_empty", group=group)
    return wording.plain(
        f"timeline.title_peak_{unit}", group=group, amount=human(peak[0]["total"], books.currency), day=peak[0]["start"]
    )


def ends(step: Row, unit: str) -> date:
    """The last day of a step."""
    start: date = step["start"]
    if unit == "day":
        return start
    if unit == "week":
        return start + timedelta(days=6)
    return (start.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
