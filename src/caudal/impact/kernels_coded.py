"""The hot loops over coded transfers: ids near one another, what of a payment is income or use, and who meets whom."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

AROUND = 48
"""How many places around the last hit an id is looked for."""

FAR = 1 << 14
"""How many places ahead it is looked for when it is not around, as long as that is not done in vain too often."""


@njit(cache=True, nogil=True)
def same(text: Any, begin: Any, length: Any, keys: Any, key: Any) -> Any:
    """Whether two texts of one length are the same. Ids that lie near differ at their ends."""
    for back in range(length - 1, -1, -1):  # noqa: SIM110 - a kernel
        if text[begin + back] != keys[key + back]:
            return False
    return True


@njit(cache=True, nogil=True)
def walked(starts: Any, text: Any, key_starts: Any, key_text: Any, wanted: Any, found: Any) -> Any:
    """For some texts the place of the same key, near that of the text before or not too far ahead, into `found`.

    Args:
        wanted: which texts, in order.

    Returns:
        how many were found.
    """
    keys = len(key_starts) - 1
    last = -1
    hits = 0
    # Looking ahead costs at most a few passes over all keys.
    left = 4 * keys + FAR
    for at in range(len(wanted)):
        n = wanted[at]
        begin = starts[n]
        length = starts[n + 1] - begin
        place = -1
        for step in range(2 * AROUND):
            # 1 ahead, the same, 2 ahead, 1 back, 3 ahead, ...
            k = last + 1 + (step + 1) // 2 if step % 2 else last + 1 - step // 2
            if k < 0 or k >= keys or key_starts[k + 1] - key_starts[k] != length:
                continue
            if same(text, begin, length, key_text, key_starts[k]):
                place = k
                break
        if place < 0 and left > 0:
            end = min(last + 1 + FAR, keys)
            for k in range(last + 1 + AROUND, end):
                left -= 1
                if key_starts[k + 1] - key_starts[k] == length and same(text, begin, length, key_text, key_starts[k]):
                    place = k
                    break
        if place >= 0:
            found[n] = last = place
            hits += 1
    return hits


@njit(cache=True, nogil=True)
def attributed(rows: Any, forward: Any, amount: Any, size: int) -> Any:
    """What is attributed forward and backward to every transfer; rows below 0 are left out."""
    f = np.zeros(size, np.int64)
    b = np.zeros(size, np.int64)
    for n in range(len(rows)):
        if rows[n] >= 0:
            if forward[n]:
                f[rows[n]] += amount[n]
            else:
                b[rows[n]] += amount[n]
    return f, b


@njit(cache=True, nogil=True)
def parts(
    payer: Any, payee: Any, amount: Any, chosen: Any, f: Any, b: Any, own: Any, turnover: Any, lawful: Any
) -> tuple[Any, Any]:
    """Income and use of every chosen transfer (0 elsewhere), and turnover and lawful flow added up by account.

    Returns them in the arrays f and b: uses in f, income in b.
    """
    for n in range(len(amount)):
        x = amount[n]
        u, v = payer[n], payee[n]
        if not chosen[n] or u == v or x <= 0:
            f[n] = 0
            b[n] = 0
            continue
        if own[u] and own[v]:
            uses, income = x, np.int64(0)
        else:
            uses = min(f[n], x)
            income = min(b[n], x)
            if income > 0 and uses > 0:
                income -= share(income, uses, x)
        f[n] = uses
        b[n] = income
        turnover[u] += x
        turnover[v] += x
        rest = x - income - uses
        lawful[u] += rest
        lawful[v] += rest
    return f, b


@njit(cache=True, nogil=True)
def share(b: Any, f: Any, x: Any) -> Any:
    """b * f // x without leaving 64 bits, for 0 <= b, f <= x."""
    if b < 2**31 and f < 2**31:
        return b * f // x
    left, whole, divisor = np.uint64(0), np.uint64(0), np.uint64(x)
    for bit in range(62, -1, -1):
        left, whole = left << np.uint64(1), whole << np.uint64(1)
        if left >= divisor:
            left -= divisor
            whole += np.uint64(1)
        if (f >> bit) & 1:
            left += np.uint64(b)
            if left >= divisor:
                left -= divisor
                whole += np.uint64(1)
    return np.int64(whole)


@njit(cache=True, nogil=True)
def by_side(side: Any, chosen: Any, size: int) -> tuple[Any, Any]:
    """The chosen transfers by the account on one side: where each account's begin, and their places."""
    first = np.zeros(size + 1, np.int64)
    for n in range(len(side)):
        if chosen[n]:
            first[side[n] + 1] += 1
    for code in range(size):
        first[code + 1] += first[code]
    at = first[:-1].copy()
    place = np.empty(first[size], np.int32)
    for n in range(len(side)):
        if chosen[n]:
            place[at[side[n]]] = n
            at[side[n]] += 1
    return first, place


@njit(cache=True, nogil=True)
def people(payer: Any, payee: Any, chosen: Any, legal: Any, holder: Any, counts: Any, size: int) -> tuple[Any, Any]:
    """How many different holders each account has lawful payments with, and any payments with.

    Args:
        chosen: transfers that count.
        legal: transfers of which some part is lawful.
        holder: number of the holder of every account.
        counts: accounts that stand for people: neither pooled nor the group's own.
    """
    lawful = np.zeros(size, np.int64)
    met = np.zeros(size, np.int64)
    paid, paid_at = by_side(payer, chosen, size)
    got, got_at = by_side(payee, chosen, size)
    holders = 0
    for code in range(size):
        holders = max(holders, holder[code] + 1)
    seen = np.full(holders, -1, np.int32)
    seen_lawful = np.full(holders, -1, np.int32)
    for me in range(size):
        for side in range(2):
            first, place, other = (paid, paid_at, payee) if side == 0 else (got, got_at, payer)
            for k in range(first[me], first[me + 1]):
                n = place[k]
                them = other[n]
                if not counts[them]:
                    continue
                who = holder[them]
                if seen[who] != me:
                    seen[who] = me
                    met[me] += 1
                if legal[n] and seen_lawful[who] != me:
                    seen_lawful[who] = me
                    lawful[me] += 1
    return lawful, met
