"""Hot loops over the terms of formulas: arrays in, numbers out.

A term is `base * (largest of what counts - largest of what counts against)`, never below zero. Its parts are
`event * factor`, as rows of `event` and `factor` codes from `start[i]`; those from `split[i]` on count against it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def totals(base: Any, start: Any, split: Any, event: Any, factor: Any, events: Any, factors: Any) -> Any:
    """The sum of all terms in every draw.

    Args:
        events: events x draws, 0 or 1.
        factors: factors x draws.
    """
    draws = events.shape[1]
    total = np.zeros(draws)
    value = np.empty(draws)
    against = np.empty(draws)
    for i in range(len(base)):
        value[:] = 0.0
        for j in range(start[i], split[i]):
            e, f = event[j], factor[j]
            for d in range(draws):
                value[d] = max(value[d], events[e, d] * factors[f, d])
        if split[i] < start[i + 1]:
            against[:] = 0.0
            for j in range(split[i], start[i + 1]):
                e, f = event[j], factor[j]
                for d in range(draws):
                    against[d] = max(against[d], events[e, d] * factors[f, d])
            for d in range(draws):
                total[d] += base[i] * max(value[d] - against[d], 0.0)
        else:
            for d in range(draws):
                total[d] += base[i] * value[d]
    return total


@njit(cache=True, nogil=True)
def ends(base: Any, start: Any, split: Any, event: Any, factor: Any, events: Any, factors: Any) -> Any:
    """Low, mid and high of the sum: no draw lies outside low and high.

    Without parts that count against it a term only rises with its events and factors, so its ends are at theirs. With
    them the highest is at one of two corners: none of the uncertain events that count against it holds, nor counts for
    it; or all hold that count for it, and of those against it only the least.

    Args:
        events: low, mid and high of every event, 3 x events.
        factors: low, mid and high of every factor, 3 x factors.
    """
    total = np.zeros(3)
    value = np.empty(3)
    against = np.empty(3)
    for i in range(len(base)):
        value[:] = 0.0
        for j in range(start[i], split[i]):
            for k in range(3):
                value[k] = max(value[k], events[k, event[j]] * factors[k, factor[j]])
        if split[i] == start[i + 1]:
            for k in range(3):
                total[k] += base[i] * value[k]
            continue
        against[:] = 0.0
        least = np.inf
        for j in range(split[i], start[i + 1]):
            for k in range(3):
                against[k] = max(against[k], events[k, event[j]] * factors[k, factor[j]])
            least = min(least, factors[0, factor[j]])
        without = 0.0
        for j in range(start[i], split[i]):
            e = event[j]
            among = False
            for m in range(split[i], start[i + 1]):
                if event[m] == e:
                    among = True
                    break
            holds = events[0, e] if among else events[2, e]
            without = max(without, holds * factors[2, factor[j]])
        high = max(without - against[0], value[2] - max(against[0], least))
        low = max(value[0] - against[2], 0.0)
        high = max(high, low)
        total[0] += base[i] * low
        total[1] += base[i] * min(max(value[1] - against[1], low), high)
        total[2] += base[i] * high
    return total
