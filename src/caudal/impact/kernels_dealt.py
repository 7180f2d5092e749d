"""Single passes over attributed payments."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def period(time: Any, first: Any, last: Any) -> Any:
    """0 before a day, 2 on or after it, 1 where that is not known."""
    if time >= last:
        return 2
    return 1 if time >= first else 0


@njit(cache=True, nogil=True)
def kinds(group: Any, source: Any, time: Any, day: Any, read: Any, asked: Any, found: Any) -> None:
    """The kind of every row into `found`: its source, and its period by three days (each rows of earliest, latest)."""
    for n in range(len(source)):
        g, s = group[n], source[n]
        if s < 0:
            found[n] = -1
            continue
        later = period(time[n], day[0, g], day[1, g])
        readable = period(time[n], read[0, s], read[1, s])
        found[n] = ((np.int64(s) * 3 + later) * 3 + readable) * 3 + period(time[n], asked[0, g], asked[1, g])


@njit(cache=True, nogil=True)
def weighed(group: Any, source: Any, straight: Any, amount: Any, low: Any, mid: Any, groups: int) -> Any:
    """Of each group's straight rows the amount, and the amount times two weights of the source, in the rows' order."""
    found = np.zeros((3, groups))
    whole = np.zeros(groups, np.int64)
    for n in range(len(source)):
        if straight[n]:
            g, s = group[n], source[n]
            whole[g] += amount[n]
            found[1, g] += amount[n] * low[s]
            found[2, g] += amount[n] * mid[s]
    found[0] = whole
    return found


@njit(cache=True, nogil=True)
def by_source(source: Any, straight: Any, amount: Any, sources: int) -> Any:
    """The straight amount of every source, and whether it has a straight row."""
    total = np.zeros(sources, np.int64)
    some = np.zeros(sources, np.bool_)
    for n in range(len(source)):
        if straight[n]:
            total[source[n]] += amount[n]
            some[source[n]] = True
    return total, some


@njit(cache=True, nogil=True)
def by_kind(kind: Any, side: Any, amount: Any, me: Any, left_out: Any, many: int) -> tuple[Any, Any]:
    """Amount and number of rows of every kind, by side (0 or 1), but those of accounts that are left out."""
    total = np.zeros((many, 2), np.int64)
    count = np.zeros((many, 2), np.int64)
    for n in range(len(kind)):
        k = kind[n]
        if k >= 0 and not left_out[me[n]]:
            s = 1 if side[n] else 0
            total[k, s] += amount[n]
            count[k, s] += 1
    return total, count


SUMS = 7
"""Of every account: in all, straight in, straight out, over others, before, after, readable."""


@njit(cache=True, nogil=True)
def by_account(
    chosen: Any, kind: Any, side: Any, amount: Any, me: Any, left_out: Any, direct: Any, later: Any, readable: Any,
    tops: Any, straight_tops: Any, size: int,
) -> tuple[Any, Any, Any, Any]:  # fmt: skip
    """Of every account its sums, the largest of some weights, of others over straight rows alone, and its state.

    The state is 0 for an account without any row, 1 for one with rows over others alone, 2 for one with straight ones.
    """
    sums = np.zeros((SUMS, size), np.int64)
    top = np.zeros((len(tops), size))
    straight_top = np.zeros((len(straight_tops), size))
    state = np.zeros(size, np.int8)
    for at in range(len(chosen)):
        n = chosen[at]
        k, v, x = kind[n], me[n], amount[n]
        if k < 0 or left_out[v]:
            continue
        sums[0, v] += x
        if later[k] == 0:
            sums[4, v] += x
        elif later[k] == 2:
            sums[5, v] += x
        for w in range(len(tops)):
            top[w, v] = max(top[w, v], tops[w, k])
        if direct[k]:
            state[v] = 2
            sums[1 if side[n] else 2, v] += x
            if readable[k] == 2:
                sums[6, v] += x
            for w in range(len(straight_tops)):
                straight_top[w, v] = max(straight_top[w, v], straight_tops[w, k])
        else:
            state[v] = max(state[v], 1)
            sums[3, v] += x
    return sums, top, straight_top, state


@njit(cache=True, nogil=True)
def by_institution(
    chosen: Any, r: Any, kind: Any, amount: Any, payer: Any, payee: Any, institution: Any, direct: Any, later: Any,
    straight_tops: Any, first: Any, size: int,
) -> tuple[Any, Any, Any]:  # fmt: skip
    """Of every institution its sums, largest weights and state, a payment of two rows counted once.

    Sums: in all, straight, before, after, straight after. Of two rows of one payment the larger amount counts; it is
    straight when either is, and weighs as the heavier. State as for accounts.

    Args:
        first: -1 for every payment; is left as it was.
    """
    sums = np.zeros((5, size), np.int64)
    tops = np.zeros((len(straight_tops), size))
    state = np.zeros(size, np.int8)
    many = len(chosen)
    most = np.zeros(many, np.int64)
    straight = np.zeros(many, np.bool_)
    weight = np.zeros((len(straight_tops), many))
    for at in range(many):
        n = chosen[at]
        if kind[n] < 0:
            continue
        if first[r[n]] < 0:
            first[r[n]] = at
            most[at] = amount[n]
        one, k = first[r[n]], kind[n]
        most[one] = max(most[one], amount[n])
        straight[one] = straight[one] or direct[k]
        for w in range(len(straight_tops)):
            weight[w, one] = max(weight[w, one], straight_tops[w, k])
    for at in range(many):
        n = chosen[at]
        if kind[n] < 0 or first[r[n]] != at:
            continue
        first[r[n]] = -1
        here, there = institution[payer[n]], institution[payee[n]]
        for side in range(2):
            i = here if side == 0 else there
            if i < 0 or (side == 1 and here == there):
                continue
            sums[0, i] += most[at]
            period = later[kind[n]]
            if period == 0:
                sums[2, i] += most[at]
            elif period == 2:
                sums[3, i] += most[at]
            state[i] = max(state[i], 1)
            if straight[at]:
                state[i] = 2
                sums[1, i] += most[at]
                if period == 2:
                    sums[4, i] += most[at]
                for w in range(len(straight_tops)):
                    tops[w, i] = max(tops[w, i], weight[w, at])
    return sums, tops, state


@njit(cache=True, nogil=True)
def sets(owner: Any, member: Any) -> tuple[Any, Any, Any, Any]:
    """Different sets of members, from pairs sorted by owner and then member, each once.

    A set is a place in a tree: the set of all members but the last, and the last.

    Returns:
        owners, the set of each; and for every set the set before it (-1: none) and the member it adds.
    """
    places = {(np.int64(-1), np.int64(-1)): np.int64(-1)}
    owners = np.empty(len(owner), np.int64)
    found = np.empty(len(owner), np.int64)
    before = np.empty(len(owner), np.int64)
    adds = np.empty(len(owner), np.int64)
    many, made = 0, np.int64(0)
    at = np.int64(-1)
    for n in range(len(owner)):
        if n == 0 or owner[n] != owner[n - 1]:
            at = np.int64(-1)
        key = (at, np.int64(member[n]))
        if key in places:
            at = places[key]
        else:
            before[made], adds[made] = at, member[n]
            places[key] = made
            at = made
            made += 1
        if n + 1 == len(owner) or owner[n + 1] != owner[n]:
            owners[many], found[many] = owner[n], at
            many += 1
    return owners[:many], found[:many], before[:made], adds[:made]
