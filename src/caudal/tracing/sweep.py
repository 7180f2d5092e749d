"""One pass over the transfers of an index: the state that is kept, and the loop that drives the kernels.

The pass goes in parts of `PART` transfers. For each part the balances of all accounts are carried on once, and every
method then reads what the payers held. State is kept by account, and by group for the accounts that met any; nothing
but the attributed transfers grows with the number of transfers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from caudal.tracing.index import TransferIndex
from caudal.tracing.kernels import (
    DIRECT,
    EARLIEST,
    INDIRECT,
    LATEST,
    REACH,
    TAINT,
    Bits,
    Codes,
    Flags,
    Ints,
    keep_balances,
    spread,
)

PART = 1 << 16
"""Transfers in one part: small enough that what is noted of a part stays in the processor's cache."""

AT_ONCE = 8
"""Groups in one pass at most: a bit each in a byte."""

_ROOM = 1 << 18
_LINE = 64  # bytes in a line of the processor's cache


class Attributed(NamedTuple):
    """Transfers that carried a group's money, in the order they were met: four arrays of the same length."""

    transfer: Ints
    group: Bits
    amount: Ints
    hops: Codes

    @classmethod
    def empty(cls, size: int) -> Attributed:
        """Room for `size` of them, not filled."""
        return cls(
            np.empty(size, np.int64), np.empty(size, np.uint8), np.empty(size, np.int64), np.empty(size, np.int32)
        )

    def copy_of(self, count: int) -> Attributed:
        """The first `count` of them."""
        part = slice(count)
        return Attributed(
            self.transfer[part].copy(), self.group[part].copy(), self.amount[part].copy(), self.hops[part].copy()
        )


@dataclass(frozen=True)
class Books:
    """What the ledger shows of every account after a pass, base minor units, each of shape (accounts,).

    Attributes:
        balance: what is left on it.
        turnover: all it received (backward: paid).
        unexplained: what it paid beyond what it had been seen receiving (backward: the mirror of it).
    """

    balance: Ints
    turnover: Ints
    unexplained: Ints


@dataclass(frozen=True)
class Meetings:
    """Every account and group that met in a pass, ordered by group and account; arrays of the same length.

    Attributes:
        group: place of the group among those of the pass.
        account: account code.
        own: true for the group's own accounts.
        direct: moved straight between the group and the account.
        indirect: attributed over other accounts (own accounts: what came back to the group).
        held: attributed and still there; 0 for own accounts. By poison an account in contact holds all that the ledger
            shows on it, and a pooled one all that came in.
        first: time of the first attributed transfer, microseconds.
        last: time of the last one.
        hops: fewest transfers between the group and the account, 0 for own accounts.
    """

    group: Ints
    account: Codes
    own: Flags
    direct: Ints
    indirect: Ints
    held: Ints
    first: Ints
    last: Ints
    hops: Ints


@dataclass
class Spread:
    """Where the money of some groups is while a pass goes on, by one method.

    Attributes:
        poison: the method, true for poison, false for proportional.
        keep: whether attributed transfers are kept.
        mask: bit g is set where the account has money of group g to pay on, shape (accounts,).
        block_of: block of an account that met any group, 0 for none, shape (accounts,).
        owner: account of each block, shape (capacity,).
        hot: what every transfer changes, shape (capacity, groups, 4).
        cold: what few transfers change, shape (capacity, groups, 2).
        used: blocks in use; block 0 is not used.
    """

    poison: bool
    keep: bool
    mask: Bits
    block_of: Codes
    owner: Codes
    hot: Ints
    cold: Ints
    used: int = 1
    parts: list[Attributed] = field(default_factory=list)

    @classmethod
    def start(cls, poison: bool, keep: bool, accounts: int, seeds: Sequence[Codes]) -> Spread:
        """The state before the first transfer: only the groups' own accounts are known."""
        own = np.unique(np.concatenate(seeds))
        blocks = np.arange(1, len(own) + 1, dtype=np.int32)
        state = cls(
            poison,
            keep,
            mask=np.zeros(accounts, np.uint8),
            block_of=np.zeros(accounts, np.int32),
            owner=np.zeros(len(own) + 1024, np.int32),
            hot=_aligned(len(own) + 1024, len(seeds), 4),
            cold=np.zeros((len(own) + 1024, len(seeds), 2), np.int64),
            used=len(own) + 1,
        )
        state.block_of[own] = blocks
        state.owner[blocks] = own
        for group, codes in enumerate(seeds):
            state.mask[codes] |= 1 << group
            state.hot[state.block_of[codes], group, REACH] = 1
        return state

    def grow(self) -> None:
        """Make room for more blocks: twice as many, but no more than there are accounts."""
        groups = self.hot.shape[1]
        capacity = min(2 * len(self.owner), len(self.mask) + 1024 + 1)
        owner, hot = np.zeros(capacity, np.int32), _aligned(capacity, groups, 4)
        cold = np.zeros((capacity, groups, 2), np.int64)
        owner[: self.used], hot[: self.used], cold[: self.used] = (
            self.owner[: self.used],
            self.hot[: self.used],
            self.cold[: self.used],
        )
        self.owner, self.hot, self.cold = owner, hot, cold

    def attributed(self, backward: bool) -> Attributed:
        """All that was kept, in the order of the index."""
        parts = self.parts or [Attributed.empty(0)]
        way = slice(None, None, -1) if backward else slice(None)
        return Attributed(
            np.concatenate([part.transfer for part in parts])[way],
            np.concatenate([part.group for part in parts])[way],
            np.concatenate([part.amount for part in parts])[way],
            np.concatenate([part.hops for part in parts])[way],
        )

    def meetings(self, books: Books, pooled: Flags, backward: bool) -> Meetings:
        """Who met which group and with how much, at the end of the pass."""
        owner = self.owner[: self.used]
        by_account = np.argsort(owner[1:]) + 1
        reach = self.hot[by_account, :, REACH]
        group, place = np.nonzero(reach.T)
        block = by_account[place]
        account = owner[block]
        own = reach[place, group] == 1
        direct, indirect = self.cold[block, group, DIRECT], self.hot[block, group, INDIRECT]
        held = self.hot[block, group, TAINT]
        if self.poison:
            held = np.where(pooled[account], direct + indirect, books.balance[account])
        earliest, latest = self.cold[block, group, EARLIEST], self.hot[block, group, LATEST]
        return Meetings(
            group,
            account,
            own,
            direct,
            indirect,
            held=np.where(own, 0, held),
            first=latest if backward else earliest,
            last=earliest if backward else latest,
            hops=reach[place, group] - 1,
        )


def batches(groups: int) -> Iterable[slice]:
    """The groups of each pass."""
    return (slice(first, min(first + AT_ONCE, groups)) for first in range(0, groups, AT_ONCE))


def sweep(
    index: TransferIndex,
    seeds: Sequence[Codes],
    pooled: Flags,
    methods: Sequence[tuple[bool, bool]],
    backward: bool,
) -> tuple[Books, list[Spread]]:
    """One pass: the books of all accounts, and where the groups' money went, for each method.

    Args:
        index: the transfers.
        seeds: the groups' own accounts, one to `AT_ONCE` groups.
        pooled: true where tracing stops, shape (accounts,).
        methods: for each whether it is poison (or proportional) and whether its attributed transfers are kept.
        backward: go from the last transfer to the first, with payer and payee swapped.

    Raises:
        InputError: an account's sums leave 64 bits.
    """
    accounts, count = len(index.accounts), len(index)
    received, paid = index.turnover
    payer, payee = (index.payee, index.payer) if backward else (index.payer, index.payee)
    origin, step = (count - 1, -1) if backward else (0, 1)
    balance = np.zeros(accounts, np.int64)
    shown = np.empty(PART, np.int64)
    states = [Spread.start(poison, keep, accounts, seeds) for poison, keep in methods]
    out = Attributed.empty(_ROOM if any(keep for _, keep in methods) else 0)
    for start in range(0, count, PART):
        stop = min(start + PART, count)
        keep_balances(payer, payee, index.amount, origin, step, start, stop, balance, shown)
        for state in states:
            at = start
            while at < stop:
                if state.used == len(state.owner):
                    state.grow()
                at, state.used, written = spread(
                    state.poison,
                    state.keep,
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
                    state.block_of,
                    state.owner,
                    state.hot,
                    state.cold,
                    state.used,
                    *out,
                )
                if written:
                    state.parts.append(out.copy_of(written))
    into, out_of = (paid, received) if backward else (received, paid)
    return Books(balance, into, balance - into + out_of), states


def _aligned(*shape: int) -> Ints:
    """Zeros that begin on a cache line, so that two groups of one account share one."""
    size = int(np.prod(shape))
    room = np.zeros(size + _LINE // 8, np.int64)
    skip = -room.ctypes.data % _LINE // 8
    return room[skip : skip + size].reshape(shape)
