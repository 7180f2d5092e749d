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

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """`function` compiled by Numba on first call and kept on disk; whole numbers wrap around at 64 bits."""
    return cast(Function, njit(cache=True, nogil=True, error_model="numpy")(function))


# Columns of `books`, one row for each account: what the ledger shows of it so far.
BALANCE, UNEXPLAINED, RECEIVED, PAID = 0, 1, 2, 3

# Columns of `rows`, one row (64 bytes, a cache line) for each account and group that met. Row 0 is never used.
TAINT, DIRECT, INDIRECT, FIRST, LAST, HOPS, ACCOUNT, GROUP = 0, 1, 2, 3, 4, 5, 6, 7
# HOPS is 0 for the group's own accounts and for nobody else.

# Quotients below `NEAR` and balances below `WIDE` take the short way in `share`.
NEAR = float(2**50)
WIDE = 2**62


@compiled
def share(taint: int, amount: int, balance: int) -> int:
    """floor(taint * amount / balance), exact for 0 <= taint, amount <= balance <= 2**63 - 1 and 0 < balance.

    The product needs up to 126 bits. The short way guesses the quotient in floats: five roundings of 2**-53 each
    keep a guess below 2**50 within 1 of the truth, so the remainder, taken modulo 2**64, is the true one (it lies
    within two balances of zero) and says which way to go. The long way multiplies bit by bit modulo the balance.
    """
    if amount == balance:
        return taint
    guess = float(taint) * float(amount) / float(balance)
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
def keep_books(
    payer: Codes,
    payee: Codes,
    amount: Ints,
    origin: int,
    step: int,
    start: int,
    stop: int,
    books: Ints,
    shown: Ints,
) -> int:
    """Carry `books` over the transfers `start` to `stop` and note what each payer held before it paid.

    Args:
        payer: account codes, shape (transfers,).
        payee: account codes, shape (transfers,).
        amount: minor units, not negative, shape (transfers,).
        origin: place of the first transfer of the pass.
        step: 1 or -1.
        start: first transfer of this call, counted along the pass.
        stop: first transfer after it.
        books: shape (accounts, 4), changed in place; columns BALANCE, UNEXPLAINED, RECEIVED, PAID.
        shown: shape (at least stop - start,), filled: the payer's balance before it paid, with the unexplained part of
            this payment in it, so never below the amount; 0 where a transfer moves nothing (no amount, or to itself).

    Returns:
        -1, or the code of the first account whose sums leave 64 bits.
    """
    for k in range(start, stop):
        i = origin + step * k
        p, q, x = payer[i], payee[i], amount[i]
        if p == q or x == 0:
            shown[k - start] = 0
            continue
        balance = books[p, BALANCE]
        if balance < x:
            books[p, UNEXPLAINED] += x - balance
            balance = x
        shown[k - start] = balance
        books[p, BALANCE] = balance - x
        books[p, PAID] += x
        books[q, BALANCE] += x
        books[q, RECEIVED] += x
        if books[p, PAID] < 0:
            return int(p)
        if books[q, RECEIVED] < 0:
            return int(q)
    return -1


@compiled
def spread(
    poison: bool,
    payer: Codes,
    payee: Codes,
    amount: Ints,
    time: Ints,
    origin: int,
    step: int,
    start: int,
    resume: int,
    stop: int,
    shown: Ints,
    pooled: Flags,
    mask: Ints,
    row_of: Codes,
    rows: Ints,
    used: int,
    out_transfer: Ints,
    out_group: Codes,
    out_amount: Ints,
    out_hops: Codes,
) -> tuple[int, int, int]:
    """Carry the groups' money over the transfers `resume` to `stop` of the part that `shown` describes.

    Args:
        poison: true attributes whole payments after contact; false the payer's tainted share of its balance.
        payer: account codes, shape (transfers,).
        payee: account codes, shape (transfers,).
        amount: minor units, shape (transfers,).
        time: microseconds, shape (transfers,).
        origin: place of the first transfer of the pass.
        step: 1 or -1.
        start: where `shown` begins, counted along the pass.
        resume: first transfer of this call.
        stop: first transfer after it.
        shown: as `keep_books` filled it for `start` to `stop`.
        pooled: true where tracing stops, shape (accounts,).
        mask: bit g is set where the account has money of group g to pay on, shape (accounts,), changed in place.
        row_of: row of an account and group in `rows`, 0 for none, shape (accounts, groups), changed in place.
        rows: shape (capacity, 8), changed in place; columns TAINT to GROUP.
        used: rows in use.
        out_transfer: place of each attributed transfer in the arrays, shape (room,), filled.
        out_group: its group, shape (room,), filled.
        out_amount: the attributed part, shape (room,), filled.
        out_hops: fewest transfers from the group to it, itself included, shape (room,), filled.

    Returns:
        The transfer it got to (`stop`, or earlier where `rows` or the outputs could run full), rows in use, and
        attributed transfers written.
    """
    groups = row_of.shape[1]
    count = 0
    for k in range(resume, stop):
        balance = shown[k - start]
        if balance == 0:
            continue
        i = origin + step * k
        p = payer[i]
        bits = mask[p]
        if bits == 0:
            continue
        if used + groups > rows.shape[0] or count + groups > out_transfer.shape[0]:
            return k, used, count
        q, x = payee[i], amount[i]
        group = -1
        while bits != 0:
            group += 1
            here = bits & 1
            bits >>= 1
            if here == 0:
                continue
            source = row_of[p, group]
            own = rows[source, HOPS] == 0
            moved = x if poison or own else share(rows[source, TAINT], x, balance)
            target = row_of[q, group]
            home = target != 0 and rows[target, HOPS] == 0
            if moved == 0 or (own and home):
                continue
            hops = rows[source, HOPS] + 1
            if target == 0:
                target = used
                used += 1
                row_of[q, group] = target
                rows[target, FIRST] = time[i]
                rows[target, LAST] = time[i]
                rows[target, HOPS] = hops
                rows[target, ACCOUNT] = q
                rows[target, GROUP] = group
            elif not home:
                rows[target, FIRST] = min(rows[target, FIRST], time[i])
                rows[target, LAST] = max(rows[target, LAST], time[i])
                rows[target, HOPS] = min(rows[target, HOPS], hops)
            rows[target, DIRECT if own else INDIRECT] += moved
            if not poison and not own:
                rows[source, TAINT] -= moved
                if rows[source, TAINT] == 0:
                    mask[p] &= ~(1 << group)
            if not home:
                if not poison:
                    rows[target, TAINT] += moved
                if not pooled[q]:
                    mask[q] |= 1 << group
            out_transfer[count] = i
            out_group[count] = group
            out_amount[count] = moved
            out_hops[count] = hops
            count += 1
    return stop, used, count
