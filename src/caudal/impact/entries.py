"""The payments that an assessment looks at, as arrays: what is asked of all of them is asked here in one pass.

The database holds the same payments as table `t` for work on sets of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from caudal.impact import kernels_entries as kernels
from caudal.impact.coded import Coded, Codes, Flags, Ints


@dataclass(frozen=True)
class Entries:
    """Payments up to the last moment of an assessment, one entry each, by their place in the ledger.

    Attributes:
        r: their places in the ledger, rising.
        payer, payee: account codes below `size`.
        time: microseconds since 1970-01-01 UTC.
        amount: minor units of the base currency.
        remit, cash, household: what the channel says.
        ref: a number for the reference in the text of a remittance over a pooled account; -1 where there is none.
        size: how many accounts there are.
    """

    r: Codes
    payer: Codes
    payee: Codes
    time: Ints
    amount: Ints
    remit: Flags
    cash: Flags
    household: Flags
    ref: Codes
    size: int

    @classmethod
    def before(cls, end: int, book: Coded, remit: Flags, cash: Flags, household: Flags, ref: Codes) -> Entries:
        """Those of a ledger before a moment; without a copy where the ledger is in order of time."""
        early = book.time < end
        chosen: Any = slice(None)
        if not early.all():
            until = int(early.sum())
            chosen = slice(0, until) if early[:until].all() else early
        r = np.arange(len(book.time), dtype=np.int32)[chosen]
        sides = book.payer[chosen], book.payee[chosen]
        said = remit[chosen], cash[chosen], household[chosen]
        return cls(r, *sides, book.time[chosen], book.amount[chosen], *said, ref[chosen], len(book.accounts))

    @cached_property
    def _turnover(self) -> tuple[Ints, Ints]:
        came, gone = kernels.turnover(self.payer, self.payee, self.amount, self.size)
        return came, gone

    @property
    def came(self) -> Ints:
        """Per account all it received from others, minor units."""
        return self._turnover[0]

    @property
    def gone(self) -> Ints:
        """Per account all it paid to others, minor units."""
        return self._turnover[1]

    @cached_property
    def came_in_cash(self) -> Ints:
        """Per account what it received from others in cash, minor units."""
        paid = np.flatnonzero(self.cash)
        found: Ints = kernels.turnover(self.payer[paid], self.payee[paid], self.amount[paid], self.size)[0]
        return found

    def touching(self, accounts: Flags) -> Ints:
        """The places, in order, of payments of more than nothing between two accounts, one at least chosen."""
        found: Ints = kernels.touching(self.payer, self.payee, self.amount, accounts)
        return found

    def at(self, rows: Ints) -> Ints:
        """The places here of payments by their places in the ledger; -1 for one that lies after the last moment."""
        if len(self.r) and self.r[0] == 0 and int(self.r[-1]) == len(self.r) - 1:
            return np.where((rows >= 0) & (rows < len(self.r)), rows, -1)
        place = np.searchsorted(self.r, rows)
        known = (place < len(self.r)) & (rows >= 0)
        known[known] &= self.r[place[known]] == rows[known]
        return np.where(known, place, -1)
