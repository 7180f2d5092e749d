"""Exchange rates and the way from US dollars to minor units of a currency."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from caudal.world.calendar import Calendar
from caudal.world.countries import CURRENCIES
from caudal.world.streams import Ints, Reals, stream


@dataclass(frozen=True)
class Money:
    """Rates of every day: `rate[day, currency]` is USD for one unit; one more row than days, for `as_of`."""

    rate: Reals
    calendar: Calendar

    @classmethod
    def walk(cls, seed: int, calendar: Calendar) -> Money:
        """A gentle random walk per currency, rounded to twelve decimals as `rates.csv` writes it."""
        rng = stream(seed, "rates")
        steps = rng.normal(0, 1, (calendar.days + 1, len(CURRENCIES)))
        volatility = np.array([c.volatility for c in CURRENCIES])
        drift = np.array([c.drift for c in CURRENCIES])
        path = np.cumsum(steps * volatility + drift, axis=0)
        path -= path[0]
        per_usd = np.array([c.per_usd for c in CURRENCIES]) * np.exp(path.clip(-3, 8))
        return cls(np.round(1 / per_usd, 12), calendar)

    def minor(self, usd: Reals, currency: Ints, day: Ints, note: bool = False) -> Ints:
        """USD as minor units of each currency on each day, at least one; with `note`, rounded to the handy sum."""
        local = usd / self.rate[day, currency]
        if note:
            local = np.maximum(np.rint(local / NOTE[currency]), 1) * NOTE[currency]
        return np.maximum(np.rint(local * SCALE[currency]), 1).astype(np.int64)

    def usd(self, amount: Ints, currency: Ints, day: Ints) -> Reals:
        """Minor units of each currency as USD at the day's rate."""
        return amount / SCALE[currency] * self.rate[day, currency]

    def csv(self) -> str:
        """`rates.csv`: day, currency, rate (USD for one unit), every day from the first to `as_of`."""
        out = io.StringIO()
        out.write("day,currency,rate\n")
        for number in range(len(self.rate)):
            day = (self.calendar.start + timedelta(days=number)).isoformat()
            for code, rate in zip((c.code for c in CURRENCIES), self.rate[number], strict=True):
                out.write(f"{day},{code},{f'{rate:.12f}'.rstrip('0').rstrip('.')}\n")
        return out.getvalue()


SCALE: Reals = np.array([10.0**c.decimals for c in CURRENCIES])
"""Minor units in one unit of each currency."""

NOTE: Reals = np.array([float(c.note) for c in CURRENCIES])
CASH_LIMIT: Reals = np.array([float(c.cash_limit) for c in CURRENCIES])
