"""Days, months and times of day of the world's window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from caudal.world.streams import Ints, Reals

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Calendar:
    """The window: its first day and number of days. Days are counted from 0; times are microseconds since 1970 UTC."""

    start: date
    days: int

    @property
    def origin(self) -> int:
        """Microseconds since 1970 at the start of the first day."""
        return (self.start - _EPOCH).days * DAY

    @property
    def end(self) -> int:
        """First microsecond after the window."""
        return self.origin + self.days * DAY

    @property
    def as_of(self) -> date:
        """The day after the last day."""
        return self.start + timedelta(days=self.days)

    @cached_property
    def weekday(self) -> Ints:
        """Day of the week of every day, 0 is Monday; shape (days,)."""
        return (np.arange(self.days) + self.start.weekday()) % 7

    @cached_property
    def _dates(self) -> list[date]:
        return [self.start + timedelta(days=i) for i in range(self.days)]

    @cached_property
    def month_of(self) -> Ints:
        """Month of every day, 0 is the first month of the window; shape (days,)."""
        first = self.start.year * 12 + self.start.month
        return np.array([d.year * 12 + d.month - first for d in self._dates], dtype=np.int64)

    @property
    def months(self) -> int:
        """Number of calendar months the window touches."""
        return int(self.month_of[-1]) + 1

    @cached_property
    def month_names(self) -> Ints:
        """Month of the year, 0 is January, of every month of the window; shape (months,)."""
        return (np.arange(self.months) + self.start.month - 1) % 12

    @cached_property
    def month_ends(self) -> Ints:
        """Last day of the window in every month; shape (months,)."""
        return np.searchsorted(self.month_of, np.arange(self.months), side="right") - 1

    @cached_property
    def month_first(self) -> Ints:
        """Day number of the first of every month; negative or 0 for the first month; shape (months,)."""
        firsts = np.searchsorted(self.month_of, np.arange(self.months))
        firsts[0] -= self.start.day - 1
        return firsts

    def monthly(self, day_of_month: Ints) -> Ints:
        """Day number of the given day (1 to 28) of every month; shape (len(day_of_month), months).

        Days outside the window are outside 0..days-1; a Stage leaves their payments out.
        """
        return self.month_first[None, :] + day_of_month[:, None] - 1

    def working_day(self, day: Ints) -> Ints:
        """The same day, or the Friday before where it falls on a weekend."""
        weekday = (day + self.start.weekday()) % 7
        return day - np.maximum(weekday - 4, 0)

    def weekly(self, weekday: Ints) -> Ints:
        """Day number of the given weekday of every week; shape (len(weekday), weeks)."""
        weeks = self.days // 7 + 1
        first = (weekday - self.start.weekday()) % 7
        return first[:, None] + 7 * np.arange(weeks)[None, :]

    def day_number(self, day: date) -> int:
        """The number of a date; negative before the window."""
        return (day - self.start).days

    def at(self, rng: np.random.Generator, day: Ints, utc: Ints | int, opens: float = 8, closes: float = 18) -> Ints:
        """A time within local opening hours of each day, to the second, kept inside that UTC day."""
        low = np.clip(opens - np.asarray(utc, dtype=np.float64), 0.0, 23.0)
        high = np.clip(closes - np.asarray(utc, dtype=np.float64), low + 0.5, 23.99)
        seconds = (low + (high - low) * rng.beta(2, 2, day.shape)) * 3600
        return self.origin + day * DAY + seconds.astype(np.int64) * SECOND

    def random_days(self, rng: np.random.Generator, count: int, weekend: float = 1.0) -> Ints:
        """`count` days of the window; a weekend day is `weekend` times as likely as another."""
        weights: Reals = np.where(self.weekday >= 5, weekend, 1.0)
        weights = np.cumsum(np.maximum(weights, 1e-9))
        day: Ints = np.searchsorted(weights, rng.random(count) * weights[-1], side="right").clip(0, self.days - 1)
        return day

    def day_of(self, time: Ints) -> Ints:
        """Day number of each time, kept inside the window."""
        return ((time - self.origin) // DAY).clip(0, self.days - 1)
