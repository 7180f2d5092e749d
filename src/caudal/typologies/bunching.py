"""Reporting limits that nobody told: the round amounts under which a ledger's own cash bunches.

The bunching estimator of public finance compares the amounts just under a limit with those as far above and below it
(Saez 2010; Kleven 2016). Here it only proposes where to look, in currencies for which no limit is set: whether anybody
structured is judged account by account as with any other limit.
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from caudal.typologies.books import CASH, Books
from caudal.typologies.findings import minor_digits
from caudal.typologies.settings import Settings, Threshold

LEADS = np.array([10, 15, 20, 25, 30, 40, 50, 60, 75])
"""First digits of amounts that laws like for a limit, in tenths."""

LARGE = 0.95
"""Part of all cash amounts that must lie below the band under a limit."""


def own_limits(books: Books, settings: Settings) -> list[Threshold]:
    """At most one limit for each currency without one, read from how the cash amounts bunch.

    A bunch is at least `min_bunch` amounts just under a round one that are `bunch_ratio` times as many as those as far
    above it, and more than those as far below, among the largest twentieth of the cash amounts: laws ask about large
    sums, while small ones bunch for many reasons, such as fees.
    """
    own = settings.structuring
    told = {threshold.currency for threshold in settings.thresholds}
    found = []
    for code, currency in enumerate(books.currencies):
        if currency in told or not currency:
            continue
        amounts = np.sort(books.local[(books.channel == CASH) & (books.currency == code)])
        if len(amounts) < own.min_bunch:
            continue
        powers = 10 ** np.arange(max(len(str(int(amounts[-1]))), 2), dtype=np.int64)
        rounds = np.unique(np.multiply.outer(powers, LEADS))
        edges = [np.floor(rounds * part).astype(np.int64) for part in (2 * own.band - 1, own.band, 1.0, 2 - own.band)]
        below, start, limit, end = (np.searchsorted(amounts, edge) for edge in edges)
        near, over, under = limit - start, end - limit, start - below
        large = below >= LARGE * len(amounts)
        bunched = large & (near >= own.min_bunch) & (near >= own.bunch_ratio * np.maximum(over, 1)) & (near > under)
        if not bunched.any():
            continue
        best = int(np.argmax(np.where(bunched, near / (over + under + 1), 0)))
        whole = Decimal(int(rounds[best])) / 10 ** minor_digits(currency)
        found.append(
            Threshold(
                id=f"bunched-{currency.lower()}",
                name="the round amount under which cash bunches here",
                currency=currency,
                amount=whole,
                source=f"{int(near[best])} cash amounts just under it and {int(over[best])} just above in this ledger; "
                "no law is on record here",
            )
        )
    return found
