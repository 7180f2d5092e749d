"""One pass over the transfers of a ledger: the state that is kept, and the loop that drives the kernels.

The pass goes in parts of `PART` transfers. For each part the balances of all accounts are carried on once, and every
method then reads what the payers held. State is kept by account, and by group for the accounts that met any. Only the
attributed transfers, where they are kept, and the lots of first in, first out can grow with the number of transfers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from caudal.tracing.fifo import Lots, open_lots, spread_lots
from caudal.tracing.flow import Chunk, Flow
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
from caudal.tracing.opening import Start

PART = 1 << 17
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
        unexplained: what it paid beyond what it held at the start and had been seen receiving (backward: the mirror).
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
        method: poison, proportional or fifo.
        dust: a payment that carries less than this of a group's money arrives clean.
        keep: whether attributed transfers are kept.
        active: a bit for each account, set at least where `mask` is not 0, 64 accounts to a number.
        mask: bit g is set where the account has money of group g to pay on, shape (accounts,).
        block_of: block of an account that met any group, 0 for none, shape (accounts,).
        owner: account of each block, shape (capacity,).
        hot: what every transfer changes, shape (capacity, groups, 4).
        cold: what few transfers change, shape (capacity, groups, 2).
        lost: what arrived clean because it was less than `dust`, shape (groups, 4), as `kernels.drop` counts it.
        lots: whose stretches of the accounts' queues are, for fifo only.
        used: blocks in use; block 0 is not used.
    """

    method: str
    dust: int
    keep: bool
    active: Ints
    mask: Bits
    block_of: Codes
    owner: Codes
    hot: Ints
    cold: Ints
    lost: Ints
    lots: Lots | None = None
    used: int = 1
    parts: list[Attributed] = field(default_factory=list)

    @classmethod
    def begin(cls, method: str, dust: int, keep: bool, seeds: Sequence[Codes], start: Start) -> Spread:
        """The state before the first transfer: the groups' own accounts, and what others hold of theirs already."""
        holders = np.unique(np.concatenate([*seeds, *start.accounts]))
        blocks = np.arange(1, len(holders) + 1, dtype=np.int32)
        accounts, capacity, groups = len(start.balance), len(holders) + 1024, len(seeds)
        state = cls(
            method,
            dust,
            keep,
            active=np.zeros(accounts // 64 + 1, np.int64),
            mask=np.zeros(accounts, np.uint8),
            block_of=np.zeros(accounts, np.int32),
            owner=np.zeros(capacity, np.int32),
            hot=_aligned(capacity, groups, 4),
            cold=np.zeros((capacity, groups, 2), np.int64),
            lost=np.zeros((groups, 4), np.int64),
            lots=Lots.start(capacity) if method == "fifo" else None,
            used=len(holders) + 1,
        )
        state.block_of[holders] = blocks
        state.owner[blocks] = holders
        for group, codes in enumerate(seeds):
            state.light(codes, group)
            state.hot[state.block_of[codes], group, REACH] = 1
        return state

    def light(self, codes: Codes, group: int) -> None:
        """Say that these accounts have money of a group to pay on."""
        self.mask[codes] |= 1 << group
        np.bitwise_or.at(self.active, codes >> 6, np.int64(1) << (codes & 63).astype(np.int64))

    def hold(self, start: Start, pooled: Flags, now: int) -> None:
        """Take in what accounts hold of the groups' money before the first transfer, at the time `now`."""
        parts = np.zeros((self.used, len(start.accounts)), np.int64)
        for group, (codes, amounts) in enumerate(zip(start.accounts, start.amounts, strict=True)):
            block = self.block_of[codes]
            parts[block, group] = np.where(pooled[codes], 0, amounts)
            self.hot[block, group, REACH] = 2
            self.hot[block, group, TAINT] = amounts
            self.hot[block, group, LATEST] = self.cold[block, group, EARLIEST] = now
            self.light(codes[~pooled[codes]], group)
        blocks = np.flatnonzero(parts.any(axis=1)).astype(np.int32)
        if self.lots is not None and len(blocks):
            lots = self.lots
            while not open_lots(blocks, parts[blocks], lots.rings, lots.place, lots.length, lots.whose, lots.spare):
                self.lots = lots = Lots.start(len(self.owner), 2 * len(lots.place))

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
        if self.lots is not None:
            self.lots.for_blocks(capacity)

    def carry(self, part: Part, pooled: Flags, out: Attributed) -> None:
        """Carry the groups' money over a part of a pass."""
        chunk, at = part.chunk, part.start
        while at < part.stop:
            if self.used == len(self.owner):
                self.grow()
            given = (
                self.keep,
                self.dust,
                chunk.payer,
                chunk.payee,
                chunk.amount,
                chunk.time,
                chunk.first,
                part.origin,
                part.step,
                part.start,
                at,
                part.stop,
                part.shown,
            )
            state = (
                pooled,
                self.active,
                self.mask,
                self.block_of,
                self.owner,
                self.hot,
                self.cold,
                self.lost,
                self.used,
            )
            lots, before = self.lots, at
            if lots is None:
                at, self.used, written = spread(self.method == "poison", *given, *state, *out)
            else:
                inner = (lots.rings, lots.place, lots.length, lots.whose, lots.spare)
                at, self.used, written = spread_lots(*given, part.found, *state, *inner, *out)
                if at == before and not written and self.used < len(self.owner):
                    lots.grow()
            if written:
                self.parts.append(out.copy_of(written))

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
        if self.method == "poison":
            held = np.where(pooled[account], direct + indirect + held, books.balance[account])
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


class Part(NamedTuple):
    """A stretch of a pass inside a chunk, with what `keep_balances` noted of it (see there for the other names)."""

    chunk: Chunk
    origin: int
    step: int
    start: int
    stop: int
    shown: Ints
    found: Ints


def sweep(
    flow: Flow,
    seeds: Sequence[Codes],
    pooled: Flags,
    methods: Sequence[tuple[str, bool]],
    backward: bool,
    start: Start | None = None,
    dust: int = 0,
    progress: Callable[[int], None] | None = None,
) -> tuple[Books, list[Spread]]:
    """One pass: the books of all accounts, and where the groups' money went, for each method.

    Args:
        flow: the transfers.
        seeds: the groups' own accounts, one to `AT_ONCE` groups.
        pooled: true where tracing stops, shape (accounts,).
        methods: for each its name and whether its attributed transfers are kept.
        backward: go from the last transfer to the first, with payer and payee swapped.
        start: what accounts held before the first transfer of the pass; nothing by default.
        dust: a payment that carries less of a group's money than this arrives clean; 0 or 1 for no threshold.
        progress: called with transfers passed.

    Raises:
        InputError: an account's sums leave 64 bits, or a part of the ledger cannot be read.
    """
    accounts = len(flow.accounts)
    received, paid = flow.turnover
    if start is None:
        nobody, nothing = np.empty(0, np.int32), np.empty(0, np.int64)
        start = Start(np.zeros(accounts, np.int64), [nobody] * len(seeds), [nothing] * len(seeds))
    balance = start.balance.copy()
    states = [Spread.begin(method, dust, keep, seeds, start) for method, keep in methods]
    shown = np.empty(PART, np.int64)
    found = np.empty(PART if any(method == "fifo" for method, _ in methods) else 0, np.int64)
    out = Attributed.empty(_ROOM if any(keep for _, keep in methods) else 0)
    done = 0
    for chunk in flow.chunks(backward):
        count = len(chunk.time)
        origin, step = (count - 1, -1) if backward else (0, 1)
        payer, payee = (chunk.payee, chunk.payer) if backward else (chunk.payer, chunk.payee)
        mirrored = chunk._replace(payer=payer, payee=payee)
        if done == 0 and count:
            for state in states:
                state.hold(start, pooled, int(chunk.time[origin]))
        for begin in range(0, count, PART):
            stop = min(begin + PART, count)
            keep_balances(payer, payee, chunk.amount, origin, step, begin, stop, balance, shown, found)
            for state in states:
                state.carry(Part(mirrored, origin, step, begin, stop, shown, found), pooled, out)
        done += count
        if progress is not None:
            progress(done)
    into, out_of = (paid, received) if backward else (received, paid)
    return Books(balance, into, balance - start.balance - into + out_of), states


def _aligned(*shape: int) -> Ints:
    """Zeros that begin on a cache line, so that two groups of one account share one."""
    size = int(np.prod(shape))
    room = np.zeros(size + _LINE // 8, np.int64)
    skip = -room.ctypes.data % _LINE // 8
    return room[skip : skip + size].reshape(shape)
