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
def largest(start: Any, event: Any, factor: Any, events: Any, factors: Any) -> Any:
    """Of every set of ties the largest in every draw, sets x draws; set i has the ties from `start[i]` on."""
    found = np.zeros((len(start) - 1, events.shape[1]))
    for i in range(len(start) - 1):
        for j in range(start[i], start[i + 1]):
            e, f = event[j], factor[j]
            for d in range(events.shape[1]):
                found[i, d] = max(found[i, d], events[e, d] * factors[f, d])
    return found


@njit(cache=True, nogil=True)
def weighed(row: Any, of: Any, base: Any, values: Any, rows: Any) -> Any:
    """Sums by row of `base` times a row of `values`, rows x draws."""
    found = np.zeros((rows, values.shape[1]))
    for i in range(len(row)):
        for d in range(values.shape[1]):
            found[row[i], d] += base[i] * values[of[i], d]
    return found


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


@njit(cache=True, nogil=True)
def uniforms(key: Any, first: int, count: int) -> Any:
    """Uniform numbers in [0, 1), keys x draws: the SplitMix64 sequence of each key from place `first` on.

    G. L. Steele, D. Lea, C. H. Flood, Fast splittable pseudorandom number generators, OOPSLA 2014. Any place of it is
    computed without those before, so that blocks and subsets of draws agree.
    """
    found = np.empty((len(key), count))
    for i in range(len(key)):
        for d in range(count):
            found[i, d] = _place(key[i], first + d)
    return found


@njit(cache=True, nogil=True)
def bernoulli(
    key: Any, chance: Any, switch: Any, share: Any, common: Any, errs: Any, first: int, count: int, place: Any,
    found: Any,
) -> None:  # fmt: skip
    """Rows `place` of `found` (events x draws): whether each item's uniform number is below its chance.

    The chance of item i is `chance[i] * share[switch[i], d]`. Where `common[d]` is below 1 it is the number of all
    items that `errs` marks.
    """
    for i in range(len(key)):
        for d in range(count):
            uniform = common[d] if errs[i] and common[d] < 1.0 else _place(key[i], first + d)
            found[place[i], d] = uniform < chance[i] * share[switch[i], d]


@njit(cache=True, nogil=True)
def unite(code: Any, start: Any, member: Any, events: Any) -> None:
    """Rows `code` of events: the largest of their members in every column."""
    for i in range(len(code)):
        events[code[i]] = events[member[start[i]]]
        for j in range(start[i] + 1, start[i + 1]):
            for d in range(events.shape[1]):
                events[code[i], d] = max(events[code[i], d], events[member[j], d])


@njit(cache=True, nogil=True)
def _place(key: Any, number: int) -> Any:
    z = np.uint64(key) + (np.uint64(number) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return np.float64(z >> np.uint64(11)) * 1.1102230246251565e-16
