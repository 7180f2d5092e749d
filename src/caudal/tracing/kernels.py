"""The hot loops of tracing: one pass over time-ordered transfers, arrays in and arrays out, no input or output.

Words used here: the *k-th* transfer of a pass is `origin + step * k` of the arrays. Forward, a pass starts at 0 and
steps by 1. Backward, it starts at the last transfer, steps by -1 and is given payee for payer and payer for payee:
the mirrored ledger, without a copy of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
from numba import njit

from caudal.tracing.prefetch import AHEAD, wanted

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Bits = npt.NDArray[np.uint8]
Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """`function` compiled by Numba on first call and kept on disk; whole numbers wrap around at 64 bits."""
    return cast(Function, njit(cache=True, nogil=True, error_model="numpy")(function))


# Where an account met a group: columns of `hot`, written by every transfer, and of `cold`, written seldom. They are
# kept apart so that the numbers of many accounts stay in the processor's cache.
TAINT, INDIRECT, LATEST, REACH = 0, 1, 2, 3
DIRECT, EARLIEST = 0, 1
# REACH is 0 where they never met, 1 for the group's own accounts, and 1 more than the fewest transfers for others.
# EARLIEST and LATEST are times of the first and last attributed transfer as the pass met them.

# Balances of more accounts than this do not fit into the processor's cache.
FAR = 1 << 19

NEXT = 12
"""Transfers between asking memory for what an account met and using it."""

# Guesses below `NEAR` and balances below `WIDE` take the short way in `share`.
NEAR = float(2**50)
WIDE = 2**62


@compiled
def share(taint: int, amount: int, balance: int, part: float) -> int:
    """floor(taint * amount / balance), exact for 0 <= taint, amount <= balance <= 2**63 - 1 and 0 < balance.

    `part` is amount / balance in floats. The product needs up to 126 bits. The short way guesses the quotient in
    floats: five roundings of 2**-53 each keep a guess below 2**50 within 1 of the truth, so the remainder, taken modulo
    2**64, is the true one (it lies within two balances of zero) and says which way to go. The long way multiplies bit
    by bit modulo the balance.
    """
    if amount == balance:
        return taint
    guess = float(taint) * part
    if guess < NEAR and balance < WIDE:
        quotient = int(guess)
        remainder = taint * amount - quotient * balance
        while remainder < 0:
            remainder += balance
            quotient -= 1
        while remainder >= balance:
            remainder -= balance
            quotient += 1
        return quotient
    quotient, remainder = 0, 0
    for bit in range(62, -1, -1):
        quotient += quotient
        if remainder >= balance - remainder:
            remainder -= balance - remainder
            quotient += 1
        else:
            remainder += remainder
        if (amount >> bit) & 1:
            if remainder >= balance - taint:
                remainder -= balance - taint
                quotient += 1
            else:
                remainder += taint
    return quotient


@compiled
def sum_up(payer: Codes, payee: Codes, amount: Ints, received: Ints, paid: Ints) -> int:
    """Add what every account received and paid to `received` and `paid`, shape (accounts,); to itself does not count.

    Returns:
        -1, or the code of the first account whose sum leaves 64 bits.
    """
    for i in range(payer.size):
        p, q, x = payer[i], payee[i], amount[i]
        if p == q:
            continue
        paid[p] += x
        received[q] += x
        if paid[p] < 0:
            return int(p)
        if received[q] < 0:
            return int(q)
    return -1


@compiled
def keep_balances(
    payer: Codes,
    payee: Codes,
    amount: Ints,
    origin: int,
    step: int,
    start: int,
    stop: int,
    balance: Ints,
    shown: Ints,
    found: Ints,
) -> None:
    """Carry the balances over the transfers `start` to `stop` and note what payer and payee held before each.

    Args:
        payer: account codes, shape (transfers,).
        payee: account codes, shape (transfers,).
        amount: minor units, not negative, shape (transfers,).
        origin: place of the first transfer of the pass.
        step: 1 or -1.
        start: first transfer of this call, counted along the pass.
        stop: first transfer after it.
        balance: what the ledger shows on every account, never below 0, shape (accounts,), changed in place.
        shown: shape (at least stop - start,), filled: the payer's balance before it paid, with what this payment lacked
            added to it, so never below the amount; 0 where a transfer moves nothing (no amount, or to itself).
        found: shape (at least stop - start,) and filled with the payee's balance before it received, or empty.
    """
    ahead = payer.size if balance.size < FAR else AHEAD
    noted = found.size > 0
    for k in range(start, stop):
        if k + ahead < payer.size:
            wanted(balance, payer[origin + step * (k + ahead)])
            wanted(balance, payee[origin + step * (k + ahead)])
        i = origin + step * k
        p, q, x = payer[i], payee[i], amount[i]
        if p == q:
            shown[k - start] = 0
            continue
        before = max(balance[p], x)
        shown[k - start] = before if x != 0 else 0
        balance[p] = before - x
        there = balance[q]
        balance[q] = there + x
        if noted:
            found[k - start] = there


@compiled
def meet(hot: Ints, cold: Ints, target: int, group: int, hops: int, moved: int, now: int) -> None:
    """Write down that a block received a group's money from `hops - 1` transfers away."""
    reach = hot[target, group, REACH]
    if reach != 1:
        if reach == 0:
            cold[target, group, EARLIEST] = now
            hot[target, group, REACH] = hops + 1
        elif hops + 1 < reach:
            hot[target, group, REACH] = hops + 1
        hot[target, group, LATEST] = now
    if hops == 1:
        cold[target, group, DIRECT] += moved
    else:
        hot[target, group, INDIRECT] += moved


@compiled
def drop(lost: Ints, group: int, hops: int, moved: int) -> None:
    """Count money that is below the threshold, in halves of 32 bits so that no sum leaves 64."""
    column = 0 if hops == 1 else 2
    lost[group, column] += moved & 0xFFFFFFFF
    lost[group, column + 1] += moved >> 32


@compiled
def spread(
    poison: bool,
    keep: bool,
    dust: int,
    payer: Codes,
    payee: Codes,
    amount: Ints,
    time: Ints,
    first: int,
    origin: int,
    step: int,
    start: int,
    resume: int,
    stop: int,
    shown: Ints,
    pooled: Flags,
    active: Ints,
    mask: Bits,
    block_of: Codes,
    owner: Codes,
    hot: Ints,
    cold: Ints,
    lost: Ints,
    used: int,
    out_transfer: Ints,
    out_group: Bits,
    out_amount: Ints,
    out_hops: Codes,
) -> tuple[int, int, int]:
    """Carry the groups' money over the transfers `resume` to `stop` of the part that `shown` describes.

    Args:
        poison: true attributes whole payments after contact; false the payer's tainted share of its balance.
        keep: whether to write the attributed transfers to the outputs.
        dust: a payment that carries less than this of a group's money arrives clean.
        payer: account codes, shape (transfers,).
        payee: account codes, shape (transfers,).
        amount: minor units, shape (transfers,).
        time: microseconds, shape (transfers,).
        first: place of these arrays in the whole ledger.
        origin: place of the first transfer of the pass.
        step: 1 or -1.
        start: where `shown` begins, counted along the pass.
        resume: first transfer of this call.
        stop: first transfer after it.
        shown: as `keep_balances` filled it for `start` to `stop`.
        pooled: true where tracing stops, shape (accounts,).
        active: a bit for each account, set at least where `mask` is not 0: 64 accounts to a number, so that it stays in
            the cache and most transfers need no more of it; changed in place.
        mask: bit g is set where the account has money of group g to pay on, shape (accounts,), changed in place.
        block_of: block of an account that met any group, 0 for none, shape (accounts,), changed in place.
        owner: account of each block, shape (blocks,), changed in place; block 0 is not used.
        hot: shape (blocks, groups, 4), at most 8 groups, changed in place.
        cold: shape (blocks, groups, 2), changed in place.
        lost: money below the threshold, shape (groups, 4), changed in place: see `drop`.
        used: blocks in use.
        out_transfer: place of each attributed transfer in the ledger, shape (room,), filled.
        out_group: its group, shape (room,), filled.
        out_amount: the attributed part, shape (room,), filled.
        out_hops: fewest transfers from the group to it, itself included, shape (room,), filled.

    Returns:
        The transfer it got to (`stop`, or earlier where blocks or outputs could run full), blocks in use, and
        attributed transfers written.
    """
    groups = hot.shape[1]
    warm, cool = hot.reshape(-1), cold.reshape(-1)  # one index is quicker than three
    count = 0
    for k in range(resume, stop):
        if k + NEXT < stop:
            soon = origin + step * (k + NEXT)
            if (active[payer[soon] >> 6] >> (payer[soon] & 63)) & 1:
                wanted(warm, np.int64(block_of[payer[soon]]) * groups * 4)
                wanted(warm, np.int64(block_of[payee[soon]]) * groups * 4)
        i = origin + step * k
        p = payer[i]
        if (active[p >> 6] >> (p & 63)) & 1 == 0:
            continue
        bits = np.int64(mask[p])
        balance = shown[k - start]
        if bits == 0:  # all of it went on since
            active[p >> 6] &= ~(1 << (p & 63))
            continue
        if balance == 0:
            continue
        if used == owner.size or (keep and count + groups > out_transfer.size):
            return k, used, count
        q, x, now = payee[i], amount[i], time[i]
        part = 0.0 if poison else float(x) / float(balance)
        source, target = np.int64(block_of[p]) * groups, int(block_of[q])
        gone, come = 0, 0
        for group in range(groups):
            if (bits >> group) & 1 == 0:
                continue
            here = (source + group) * 4
            hops = warm[here + REACH]
            there = target * groups + group
            reach = warm[there * 4 + REACH]  # block 0 has met nobody
            moved = x
            if hops == 1:
                if reach == 1:  # money between the group's own accounts stays inside
                    continue
            elif not poison:
                moved = share(warm[here + TAINT], x, balance, part)
                if moved == 0:
                    continue
                left = warm[here + TAINT] - moved
                warm[here + TAINT] = left
                gone |= int(left == 0) << group
            if moved < dust:
                drop(lost, group, hops, moved)
                continue
            if target == 0:
                target = used
                used += 1
                block_of[q] = target
                owner[target] = q
                there = target * groups + group
            if hops == 1:
                cool[there * 2 + DIRECT] += moved
            else:
                warm[there * 4 + INDIRECT] += moved
            if reach != 1:
                warm[there * 4 + LATEST] = now
                if reach == 0:
                    cool[there * 2 + EARLIEST] = now
                    warm[there * 4 + REACH] = hops + 1
                elif hops + 1 < reach:
                    warm[there * 4 + REACH] = hops + 1
                if not poison:
                    warm[there * 4 + TAINT] += moved
                come |= 1 << group
            if keep:
                out_transfer[count] = first + i
                out_group[count] = group
                out_amount[count] = moved
                out_hops[count] = hops
                count += 1
        if gone != 0:
            mask[p] = bits & ~gone
        if come != 0 and not pooled[q]:
            mask[q] |= come
            active[q >> 6] |= 1 << (q & 63)
    return stop, used, count
