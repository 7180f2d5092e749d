"""Business days of the United States: weekdays that are no federal holiday (5 U.S.C. 6103)."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

MONDAY, THURSDAY, SATURDAY, SUNDAY = 0, 3, 5, 6


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


def _last(year: int, month: int, weekday: int) -> date:
    day = _nth(year, month, weekday, 4)
    return day + timedelta(days=7) if (day + timedelta(days=7)).month == month else day


@cache
def holidays(year: int) -> frozenset[date]:
    """The federal holidays as observed: one on a Saturday is kept on Friday, one on a Sunday on Monday."""
    fixed = [date(year, 1, 1), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25), date(year + 1, 1, 1)]
    if year >= 2021:
        fixed.append(date(year, 6, 19))
    days = {
        _nth(year, 1, MONDAY, 3),
        _nth(year, 2, MONDAY, 3),
        _last(year, 5, MONDAY),
        _nth(year, 9, MONDAY, 1),
        _nth(year, 10, MONDAY, 2),
        _nth(year, 11, THURSDAY, 4),
    }
    for day in fixed:
        shift = {SATURDAY: -1, SUNDAY: 1}.get(day.weekday(), 0)
        days.add(day + timedelta(days=shift))
    return frozenset(days)


def after(day: date, count: int) -> date:
    """The business day that is `count` business days after `day`, which itself does not count."""
    while count:
        day += timedelta(days=1)
        if day.weekday() < SATURDAY and day not in holidays(day.year):
            count -= 1
    return day
