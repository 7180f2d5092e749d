"""Hot loops for payments that many make to one account: arrays in, arrays out.

A *relation* is all payments of one payer to one payee; the relations of a payee lie side by side:
`group[g]:group[g + 1]`. `weight` says how much a relation counts (0 to 1).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def in_step(group: Any, start: Any, rows: Any, time: Any, width: int) -> Any:
    """Per relation: the mean share of the group's other relations that pay within `width` of each of its payments.

    Every relation pays at most once in such a time where the interval is longer; more payments count as one each, and
    the share is at most 1. Zero where the group has one relation.
    """
    relations = len(start) - 1
    step = np.zeros(relations, dtype=np.float64)
    for g in range(len(group) - 1):
        first, last = group[g], group[g + 1]
        number = last - first
        if number < 2:
            continue
        moments = np.empty(start[last] - start[first], dtype=np.int64)
        owner = np.empty(len(moments), dtype=np.int64)
        k = 0
        for r in range(first, last):
            for i in range(start[r], start[r + 1]):
                moments[k] = time[rows[i]]
                owner[k] = r
                k += 1
        order = np.argsort(moments, kind="mergesort")
        near = np.zeros(number, dtype=np.int64)  # payments of each relation inside the window
        different, low, high = 0, 0, 0
        for i in range(len(order)):
            now = moments[order[i]]
            while high < len(order) and moments[order[high]] <= now + width:
                o = owner[order[high]] - first
                near[o] += 1
                if near[o] == 1:
                    different += 1
                high += 1
            while moments[order[low]] < now - width:
                o = owner[order[low]] - first
                near[o] -= 1
                if near[o] == 0:
                    different -= 1
                low += 1
            r = owner[order[i]]
            step[r] += (different - 1) / (number - 1) / (start[r + 1] - start[r])
    return step


@njit(cache=True, nogil=True)
def linked(group: Any, payer: Any, out_start: Any, out_payee: Any, accounts: int) -> Any:
    """1 for every relation whose payer pays, or is paid by, another payer of the same group.

    `out_payee[out_start[a]:out_start[a + 1]]` are the payees of account `a`.
    """
    found = np.zeros(len(payer), dtype=np.uint8)
    place = np.full(accounts, -1, dtype=np.int64)
    for g in range(len(group) - 1):
        first, last = group[g], group[g + 1]
        for r in range(first, last):
            place[payer[r]] = r
        for r in range(first, last):
            for i in range(out_start[payer[r]], out_start[payer[r] + 1]):
                other = place[out_payee[i]]
                if other >= 0 and other != r:
                    found[r] = 1
                    found[other] = 1
        for r in range(first, last):
            place[payer[r]] = -1
    return found


@njit(cache=True, nogil=True)
def together(group: Any, moment: Any, seen: Any, weight: Any, width: int) -> Any:
    """Per group the largest share of the weight of its marked relations whose moments lie within `width`.

    Returns:
        share: shape (groups,); known: weight of the marked relations per group.
    """
    groups = len(group) - 1
    share = np.zeros(groups, dtype=np.float64)
    known = np.zeros(groups, dtype=np.float64)
    for g in range(groups):
        size = 0
        for r in range(group[g], group[g + 1]):
            if seen[r]:
                size += 1
                known[g] += weight[r]
        if size == 0 or known[g] <= 0:
            continue
        moments = np.empty(size, dtype=np.int64)
        mass = np.empty(size, dtype=np.float64)
        k = 0
        for r in range(group[g], group[g + 1]):
            if seen[r]:
                moments[k], mass[k] = moment[r], weight[r]
                k += 1
        order = np.argsort(moments, kind="mergesort")
        tail, inside, best = 0, 0.0, 0.0
        for i in range(size):
            inside += mass[order[i]]
            while moments[order[i]] - moments[order[tail]] > width:
                inside -= mass[order[tail]]
                tail += 1
            best = max(best, inside)
        share[g] = min(1.0, best / known[g])
    return share, known


@njit(cache=True, nogil=True)
def spread(group: Any, value: Any, weight: Any) -> Any:
    """Per group the number of different values, weighted: 1 where all have one value, near the weight where none has.

    `value` -1 counts as unknown. Returns (the largest share one value has, weight known).
    """
    groups = len(group) - 1
    top = np.zeros(groups, dtype=np.float64)
    known = np.zeros(groups, dtype=np.float64)
    for g in range(groups):
        first, last = group[g], group[g + 1]
        order = first + np.argsort(value[first:last], kind="mergesort")
        run, before = 0.0, -1
        for r in order:
            if value[r] < 0:
                continue
            known[g] += weight[r]
            run = run + weight[r] if value[r] == before else weight[r]
            before = value[r]
            top[g] = max(top[g], run)
        if known[g] > 0:
            top[g] /= known[g]
    return top, known


@njit(cache=True, nogil=True)
def middle(group: Any, value: Any, weight: Any) -> Any:
    """Per group the weighted median of the values (0 where nothing weighs)."""
    groups = len(group) - 1
    result = np.zeros(groups, dtype=np.float64)
    for g in range(groups):
        first, last = group[g], group[g + 1]
        half = weight[first:last].sum() / 2
        run = 0.0
        for r in first + np.argsort(value[first:last], kind="mergesort"):
            run += weight[r]
            if run >= half and weight[r] > 0:
                result[g] = value[r]
                break
    return result


@njit(cache=True, nogil=True)
def largest_uses(centre: Any, out_start: Any, out_rows: Any, use: Any, amount: Any, skip: Any, most: int) -> Any:
    """Per centre account the share of what it paid out that went to its `most` largest uses, and what it paid out.

    `use` says per transfer what counts as one use: the payee, or -1 for cash.
    """
    share = np.zeros(len(centre), dtype=np.float64)
    whole = np.zeros(len(centre), dtype=np.float64)
    for c in range(len(centre)):
        first, last = out_start[centre[c]], out_start[centre[c] + 1]
        size = 0
        uses = np.empty(last - first, dtype=np.int64)
        sums = np.empty(last - first, dtype=np.float64)
        for i in range(first, last):
            if not skip[out_rows[i]]:
                uses[size], sums[size] = use[out_rows[i]], amount[out_rows[i]]
                whole[c] += sums[size]
                size += 1
        if whole[c] <= 0:
            continue
        order = np.argsort(uses[:size], kind="mergesort")
        total = np.zeros(size, dtype=np.float64)
        k = -1
        for i in range(size):
            if i == 0 or uses[order[i]] != uses[order[i - 1]]:
                k += 1
            total[k] += sums[order[i]]
        total.sort()
        share[c] = total[max(0, size - most) :].sum() / whole[c]
    return share, whole
