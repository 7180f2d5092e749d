"""What agents move between their own accounts in the twin: as much as they pay out there."""

from __future__ import annotations

import numpy as np

from caudal.world.economy import World
from caudal.world.remittances import SETTLEMENT, week_ends
from caudal.world.stage import WIRE, Payments
from caudal.world.streams import total
from caudal.world.twin.fates import LARGER, LATE_MONEY, MADE, NO_MONEY, SMALLER, STOPPED, Fates


def settle_again(world: World, paid: Payments, begin: int, fates: Fates) -> None:
    """Scale every weekly settlement from `begin` on by what its desk pays out that week, here and in the base."""
    calendar, size = world.calendar, world.book.accounts
    text = world.texts.known(SETTLEMENT)
    if text is None:
        return
    rows = np.flatnonzero((paid.purpose == text) & (paid.channel == WIRE) & (paid.time >= begin))
    desk = np.zeros(size, dtype=bool)
    desk[world.places.settlement[world.places.settlement >= 0]] = True
    ends = week_ends(calendar)

    def paid_out(payments: Payments) -> np.ndarray:
        out = desk[payments.payer] & (payments.purpose != text)
        day = calendar.day_of(payments.time[out])
        usd = world.money.usd(payments.amount[out], payments.currency[out].astype(np.int64), day)
        return total(np.searchsorted(ends, day) * size + payments.payer[out], usd, len(ends) * size)

    made = np.flatnonzero(fates.in_books)
    twin = Payments(
        fates.time[made], fates.payer[made], fates.payee[made], fates.amount[made],
        *(getattr(paid, n)[made] for n in ("currency", "channel", "purpose", "label", "scheme", "coerced")),
    )  # fmt: skip
    slot = np.searchsorted(ends, calendar.day_of(paid.time[rows])) * size + paid.payee[rows]
    before, after = paid_out(paid)[slot], paid_out(twin)[slot]
    share = np.where(before > 0, after / np.maximum(before, 1e-9), 1.0)
    amount = np.rint(paid.amount[rows] * share).astype(np.int64)
    changed = np.abs(share - 1) > 1e-12
    rows, amount = rows[changed], amount[changed]
    fates.amount[rows] = np.maximum(amount, 1)
    more = amount > paid.amount[rows]
    fates.outcome[rows] = np.where(more, LARGER, np.where(amount > 0, SMALLER, STOPPED))
    fates.cause[rows] = np.where(more, LATE_MONEY, NO_MONEY)
    fates.in_books[rows] = amount > 0
    same = (amount == paid.amount[rows]) & (amount > 0)
    fates.outcome[rows[same]], fates.cause[rows[same]] = MADE, 0
