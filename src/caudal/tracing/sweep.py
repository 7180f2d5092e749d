"""One pass over the transfers of an index: the state that is kept, and the loop that drives the kernels.

The pass goes in parts of `PART` transfers. For each part the books of all accounts are carried on once, and every
method then reads what the payers held. State is kept by account, and by account and group where both met; nothing but
the attributed transfers grows with the number of transfers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from caudal.errors import InputError
from caudal.tracing.index import TransferIndex
from caudal.tracing.kernels import (
    ACCOUNT,
    BALANCE,
    DIRECT,
    GROUP,
    HOPS,
    INDIRECT,
    TAINT,
    Codes,
    Flags,
    Ints,
    keep_books,
    spread,
)

PART = 1 << 16
"""Transfers in one part: small enough that what is noted of a part stays in the processor's cache."""

AT_ONCE = 62
"""Groups in one pass at most: a bit each in a signed 64-bit mask."""

_ROOM = 1 << 18
_STATE = 1 << 29  # bytes that the table of rows by account and group may take


class Attributed(NamedTuple):
    """Transfers that carried a group's money, in the order they were met: four arrays of the same length."""

    transfer: Ints
    group: Codes
    amount: Ints
    hops: Codes

    @classmethod
    def empty(cls, size: int) -> Attributed:
        """Room for `size` of them, not filled."""
        wide, narrow = np.int64, np.int32
        return cls(np.empty(size, wide), np.empty(size, narrow), np.empty(size, wide), np.empty(size, narrow))

    def cut(self, part: slice, copy: bool = False) -> Attributed:
        """A part of all four arrays, as views unless a copy is asked for."""
        arrays = Attributed(self.transfer[part], self.group[part], self.amount[part], self.hops[part])
        if not copy:
            return arrays
        return Attributed(arrays.transfer.copy(), arrays.group.copy(), arrays.amount.copy(), arrays.hops.copy())


@dataclass
class Spread:
    """Where the money of some groups is after a pass by one method.

    Attributes:
        poison: the method, true for poison, false for proportional.
        mask: bit g is set where the account has money of group g to pay on, shape (accounts,).
        row_of: row of an account and group in `rows`, 0 for none, shape (accounts, groups).
        rows: one row for each account and group that met, shape (capacity, 8).
        used: rows in use; row 0 is not used.
    """

    poison: bool
    mask: Ints
    row_of: Codes
    rows: Ints
    keep: bool
    used: int = 1
    _parts: list[Attributed] = field(default_factory=list)

    @classmethod
    def start(cls, poison: bool, accounts: int, seeds: Sequence[Codes], keep: bool) -> Spread:
        """The state before the first transfer: only the groups' own accounts have a row and a bit."""
        capacity = 1 + sum(len(s) for s in seeds) + _ROOM // 16
        state = cls(
            poison,
            np.zeros(accounts, np.int64),
            np.zeros((accounts, len(seeds)), np.int32),
            np.zeros((capacity, 8), np.int64),
            keep,
        )
        for group, own in enumerate(seeds):
            rows = np.arange(state.used, state.used + len(own))
            state.mask[own] |= 1 << group
            state.row_of[own, group] = rows
            state.rows[rows, ACCOUNT] = own
            state.rows[rows, GROUP] = group
            state.used += len(own)
        return state

    def grow(self, needed: int) -> None:
        """Make room for `needed` more rows."""
        if self.used + needed > len(self.rows):
            larger = np.zeros((2 * len(self.rows) + needed, 8), np.int64)
            larger[: self.used] = self.rows[: self.used]
            self.rows = larger

    def take(self, out: Attributed, count: int) -> None:
        """Keep the first `count` attributed transfers of the buffers."""
        if self.keep and count:
            self._parts.append(out.cut(slice(count), copy=True))

    def attributed(self, backward: bool) -> Attributed:
        """All that was kept, in the order of the index."""
        parts = self._parts or [Attributed.empty(0)]
        everything = Attributed(
            np.concatenate([part.transfer for part in parts]),
            np.concatenate([part.group for part in parts]),
            np.concatenate([part.amount for part in parts]),
            np.concatenate([part.hops for part in parts]),
        )
        return everything.cut(slice(None, None, -1)) if backward else everything

    def own(self) -> Flags:
        """True for the rows in use that belong to a group's own accounts, shape (used - 1,)."""
        flags: Flags = self.rows[1 : self.used, HOPS] == 0
        return flags

    def held(self, books: Ints, pooled: Flags) -> Ints:
        """What each row in use still holds of the group's money, shape (used - 1,); 0 for the group's own accounts.

        By poison an account in contact holds all that the ledger shows on it, and a pooled one all that came in.
        """
        rows = self.rows[1 : self.used]
        if self.poison:
            account = rows[:, ACCOUNT]
            held = np.where(pooled[account], rows[:, DIRECT] + rows[:, INDIRECT], books[account, BALANCE])
        else:
            held = rows[:, TAINT]
        kept: Ints = np.where(self.own(), 0, held)
        return kept


def batches(accounts: int, groups: int) -> Iterable[slice]:
    """The groups in as few passes as the state's memory allows."""
    size = max(1, min(AT_ONCE, _STATE // (4 * max(accounts, 1))))
    return (slice(first, min(first + size, groups)) for first in range(0, groups, size))


def sweep(
    index: TransferIndex,
    seeds: Sequence[Codes],
    pooled: Flags,
    poisons: Sequence[bool],
    keeps: Sequence[bool],
    backward: bool,
) -> tuple[Ints, list[Spread]]:
    """One pass: the books of all accounts, shape (accounts, 4), and where the groups' money went, for each method.

    Args:
        index: the transfers.
        seeds: the groups' own accounts, at most `AT_ONCE` groups.
        pooled: true where tracing stops, shape (accounts,).
        poisons: one pass by poison (true) or proportional (false) each.
        keeps: whether to keep the attributed transfers of each.
        backward: go from the last transfer to the first, with payer and payee swapped.

    Raises:
        InputError: an account's sums leave 64 bits.
    """
    accounts, count = len(index.accounts), len(index)
    payer, payee = (index.payee, index.payer) if backward else (index.payer, index.payee)
    origin, step = (count - 1, -1) if backward else (0, 1)
    books = np.zeros((accounts, 4), np.int64)
    shown = np.empty(PART, np.int64)
    states = [Spread.start(p, accounts, seeds, k) for p, k in zip(poisons, keeps, strict=True)]
    out = Attributed.empty(_ROOM)
    for start in range(0, count, PART):
        stop = min(start + PART, count)
        beyond = keep_books(payer, payee, index.amount, origin, step, start, stop, books, shown)
        if beyond >= 0:
            name = index.accounts[beyond].as_py()
            raise InputError(f"the payments of account {name} add up to more than 64 bits hold", file="transfers")
        for state in states:
            at = start
            while at < stop:
                state.grow(len(seeds) + _ROOM // 16)
                at, state.used, written = spread(
                    state.poison,
                    payer,
                    payee,
                    index.amount,
                    index.time,
                    origin,
                    step,
                    start,
                    at,
                    stop,
                    shown,
                    pooled,
                    state.mask,
                    state.row_of,
                    state.rows,
                    state.used,
                    *out,
                )
                state.take(out, written)
    return books, states
