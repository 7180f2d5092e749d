"""What comes together on an account in a stretch of days: the sum a collector, shell or front then moves on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from caudal.world.economy import World
from caudal.world.stage import Payments
from caudal.world.streams import Ints, Reals, total


@dataclass(frozen=True)
class Pots:
    """Sums received, one row per account and stretch of days: when the last of it came, the account, USD, the fund."""

    time: Ints
    account: Ints
    usd: Reals
    fund: Ints

    def __len__(self) -> int:
        return len(self.time)


def pots(world: World, received: Iterable[Payments], accounts: Ints, days: int) -> Pots:
    """The pots of the given accounts: all that the payments bring them, summed over stretches of `days` days."""
    calendar, size = world.calendar, world.book.accounts
    wanted = np.zeros(size, dtype=bool)
    wanted[accounts] = True
    times, payees, sums = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)], [np.empty(0)]
    sources = []
    for paid in received:
        rows = np.flatnonzero(wanted[paid.payee])
        mine = paid.take(rows)
        sources.append((paid, rows))
        times.append(mine.time)
        payees.append(mine.payee.astype(np.int64))
        sums.append(world.money.usd(mine.amount, mine.currency.astype(np.int64), calendar.day_of(mine.time)))
    time, payee, usd = np.concatenate(times), np.concatenate(payees), np.concatenate(sums)
    keys, place = np.unique(calendar.day_of(time) // days * size + payee, return_inverse=True)
    last = np.zeros(len(keys), dtype=np.int64)
    np.maximum.at(last, place, time)
    fund = world.funds.new(len(keys))
    first = 0
    for paid, rows in sources:
        if paid.feeds is not None:
            paid.feeds[rows] = fund[place[first : first + len(rows)]]
        first += len(rows)
    return Pots(last, keys % size, total(place, usd, len(keys)), fund)
