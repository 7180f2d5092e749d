"""What an account's payments show of its trade: standing payments (fixed and regular), and whether it is a shop."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from caudal.tracing.index import Codes, Ints
from caudal.typologies.books import CARD, Books, Flags, Reals
from caudal.typologies.kernels import rhythm
from caudal.typologies.settings import Settings

PERIODS = ("weekly", "fortnightly", "half-monthly", "monthly")
PERIOD_DAYS = np.array([7.0, 14.0, 15.2, 30.4])
SLACK_DAYS = np.array([1.6, 2.2, 2.5, 4.0])
"""Lengths of the periods and how far an interval may be off: weekends and months of unequal length."""


class Rhythm(NamedTuple):
    """How fixed and periodic every series of payments is (see `kernels.rhythm`).

    `steady` marks those that are both; `begun` two payments alike, a period apart: too few to be sure of one payer.
    """

    usual: Ints
    kind: Codes
    steady: Flags
    begun: Flags


def raw_rhythm(books: Books) -> tuple[Ints, Reals, Codes, Reals]:
    """What `kernels.rhythm` says of every series (usual, fixed, kind, regular); computed once per books."""
    if ("rhythm",) not in books.memo:
        s = books.series
        books.memo["rhythm",] = rhythm(
            s.start, s.rows, books.index.time, books.local, books.currency, 2, PERIOD_DAYS, SLACK_DAYS
        )
    found: tuple[Ints, Reals, Codes, Reals] = books.memo["rhythm",]
    return found


def steady_series(books: Books, settings: Settings) -> Rhythm:
    """The standing payments among `books.series`; card purchases and payments between own accounts are none.

    What counts as fixed and regular is set in `settings.extortion`. Computed once per books.
    """
    own = settings.extortion
    key = ("rhythm", own.min_payments, own.min_fixed, own.min_regular)
    if key not in books.memo:
        s = books.series
        usual, fixed, kind, regular = raw_rhythm(books)
        first, number = s.rows[s.start[:-1]], np.diff(s.start)
        fits = (kind > 0) & (fixed >= own.min_fixed) & (regular >= own.min_regular)
        fits &= ~books.inner[first] & (books.channel[first] != CARD) & ~books.pooled[s.payer]
        steady = fits & (number >= own.min_payments)
        books.memo[key] = Rhythm(usual, kind, steady, fits & ~steady & (number == 2) & (fixed >= 1))
    found: Rhythm = books.memo[key]
    return found


def steady_flow(books: Books, settings: Settings) -> tuple[Ints, Ints]:
    """What every account receives and what it pays in standing payments, base minor units."""
    s, chosen = books.series, steady_series(books, settings).steady
    if not len(chosen):
        return books.received * 0, books.paid * 0
    sums = np.add.reduceat(books.index.amount[s.rows], s.start[:-1])[chosen]
    into = np.bincount(s.payee[chosen], weights=sums, minlength=books.account_count)
    out = np.bincount(s.payer[chosen], weights=sums, minlength=books.account_count)
    return into.astype(np.int64), out.astype(np.int64)


def looks_like_shop(books: Books, settings: Settings) -> Flags:
    """Accounts that many different people pay, or that take cards (numbers in `settings.extortion`)."""
    own = settings.extortion
    return (books.payers_of >= own.shop_customers) | (books.card_receipts >= own.shop_cards)
