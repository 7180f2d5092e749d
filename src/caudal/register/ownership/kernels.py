"""The hot loops of the 50 Percent Rule: arrays in, arrays out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]


@njit(cache=True)
def group(code: Codes, count: int) -> tuple[Ints, Ints]:
    """A stable counting sort: where each code's rows start, shape (count + 1,), and the rows in order of their code."""
    start = np.zeros(count + 1, np.int64)
    for c in code:
        start[c + 1] += 1
    for c in range(count):
        start[c + 1] += start[c]
    order = np.empty(len(code), np.int64)
    place = start[:-1].copy()
    for row in range(len(code)):
        c = code[row]
        order[place[c]] = row
        place[c] += 1
    return start, order


@njit(cache=True)
def by_owner(
    owner: Codes, asset: Codes, low: Codes, high: Codes, count: int
) -> tuple[Ints, Codes, Codes, Codes, Codes]:
    """Stakes in order of their owner, rows of one owner as they came: start as in `group`, then the four columns."""
    start = np.zeros(count + 1, np.int64)
    for c in owner:
        start[c + 1] += 1
    for c in range(count):
        start[c + 1] += start[c]
    place = start[:-1].copy()
    owners, assets = np.empty_like(owner), np.empty_like(owner)
    lows, highs = np.empty_like(owner), np.empty_like(owner)
    for row in range(len(owner)):
        at = place[owner[row]]
        place[owner[row]] += 1
        owners[at], assets[at], lows[at], highs[at] = owner[row], asset[row], low[row], high[row]
    return start, owners, assets, lows, highs


@njit(cache=True)
def repeated(start: Ints, asset: Codes) -> npt.NDArray[np.bool_]:
    """Which stakes are of a pair of owner and asset that has another stake; grouped by owner as in `fixpoint`."""
    count = len(start) - 1
    first = np.full(count, -1, np.int64)
    found = np.zeros(len(asset), np.bool_)
    for owner in range(count):
        for i in range(start[owner], start[owner + 1]):
            held = first[asset[i]]
            if held >= start[owner]:
                found[held] = True
                found[i] = True
            else:
                first[asset[i]] = i
    return found


@njit(cache=True)
def fixpoint(start: Ints, asset: Codes, share: Codes, listed: Codes, threshold: int) -> tuple[Codes, Ints]:
    """Everyone blocked, starting from the listed, by adding the direct stakes of all who are blocked.

    Each party is taken from the worklist once and each stake is added once, so the time is linear and cycles end.

    Args:
        start: stakes of owner i are start[i]:start[i + 1], shape (parties + 1,).
        asset: owned party of each stake, grouped by owner, shape (stakes,).
        share: size of each stake, parts per million, shape (stakes,).
        listed: codes of the listed parties.
        threshold: a sum from which a party is blocked.

    Returns:
        round: 0 for the listed, else the order in which a party became blocked, from 1; -1 for the rest.
        total: sum of the direct stakes that blocked parties hold in each party.
    """
    count = len(start) - 1
    order = np.full(count, -1, np.int32)
    total = np.zeros(count, np.int64)
    queue = np.empty(count, np.int32)
    tail = 0
    for code in listed:
        if order[code] < 0:
            order[code] = 0
            queue[tail] = code
            tail += 1
    head, rank = 0, 0
    while head < tail:
        owner = queue[head]
        head += 1
        for i in range(start[owner], start[owner + 1]):
            owned = asset[i]
            total[owned] += share[i]
            if order[owned] < 0 and total[owned] >= threshold:
                rank += 1
                order[owned] = rank
                queue[tail] = owned
                tail += 1
    return order, total
