"""The hot loops of a part: what its arcs hold for a weight, and its arcs and prices after nodes became one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def capacities(first: Any, cost: Any, most: Any, money: Any, up: int, down: int, bound: int) -> Any:
    """What arcs hold for the weight up/down, in units of 1/down, exact up to `bound`, shape (arcs,)."""
    found = np.empty(len(money), np.int64)
    for arc in range(len(money)):
        held = min(money[arc] * down, bound)
        for item in range(first[arc], first[arc + 1]):
            price = most[item] * down
            if up == 0:
                price = 0
            elif cost[item] <= bound // up:
                price = min(price, cost[item] * up)
            held = min(held + price, bound)
        found[arc] = held
    return found


@njit(cache=True, nogil=True)
def held(first: Any, cost: Any, most: Any, money: Any, weight: float, margin: float, whole: bool) -> Any:
    """What arcs hold for a weight, in money, shape (arcs,); surely no less where the margin is above 0, no more below.

    Args:
        whole: all amounts and their sums are exact in doubles; weighed harm is then rounded to whole amounts.
    """
    found = np.empty(len(money))
    slack = 1.0 if whole else 1.0 + margin
    for arc in range(len(money)):
        sum_ = money[arc] * slack
        for item in range(first[arc], first[arc + 1]):
            price = cost[item] * weight * (1.0 + margin)
            if whole and margin > 0:
                price = np.ceil(price)
            elif whole and margin < 0:
                price = np.floor(price)
            sum_ += min(price, most[item] * slack)
        found[arc] = sum_
    return found


@njit(cache=True, nogil=True)
def resorted(first: Any, place: Any, size: int) -> tuple[Any, Any]:
    """Where each new arc's prices begin, shape (size + 1,), and the old number of each price, shape (prices,)."""
    start = np.zeros(size + 1, np.int32)
    for arc in range(len(place)):
        if place[arc] >= 0:
            start[place[arc] + 1] += first[arc + 1] - first[arc]
    for arc in range(size):
        start[arc + 1] += start[arc]
    order = np.empty(start[size], np.int32)
    at = start[:-1].copy()
    for arc in range(len(place)):
        if place[arc] >= 0:
            for item in range(first[arc], first[arc + 1]):
                order[at[place[arc]]] = item
                at[place[arc]] += 1
    return start, order


@njit(cache=True, nogil=True)
def crossed(first: Any, cost: Any, most: Any, tail: Any, head: Any, reached: Any, up: int, down: int) -> Any:
    """Which prices are paid in a cut: those of its arcs that cost less than the money they hold up, shape (prices,)."""
    paid = np.zeros(len(cost), np.bool_)
    for arc in range(len(tail)):
        if reached[tail[arc]] and not reached[head[arc]]:
            for item in range(first[arc], first[arc + 1]):
                # A cost beyond this quotient weighs more than the money; the product of what is left fits.
                paid[item] = up == 0 or (cost[item] <= most[item] * down // up and cost[item] * up < most[item] * down)
    return paid


@njit(cache=True, nogil=True)
def implied(
    nodes: int, source: int, sink: int, tail: Any, head: Any, room: Any, flow: Any, spare: float
) -> tuple[Any, Any]:
    """Which sides imply which, as arcs by tail (see `shrinking`): where each node's begin, and their heads.

    With its tail on the source's side an arc with more room than `spare` has its head there, and with its head one
    that more flows on has its tail. Whoever is on the source's side is so with the source; if the sink were, all.
    """
    first = np.zeros(nodes + 1, np.int32)
    for arc in range(len(tail)):
        if room[arc] > spare:
            first[tail[arc] + 1] += 1
        if flow[arc] > spare:
            first[head[arc] + 1] += 1
    for node in range(nodes):
        first[node + 1] += 1
    first[sink + 1] += nodes
    for node in range(nodes):
        first[node + 1] += first[node]
    at = first[:-1].copy()
    target = np.empty(first[nodes], np.int32)
    for arc in range(len(tail)):
        if room[arc] > spare:
            target[at[tail[arc]]] = head[arc]
            at[tail[arc]] += 1
        if flow[arc] > spare:
            target[at[head[arc]]] = tail[arc]
            at[head[arc]] += 1
    for node in range(nodes):
        target[at[node]] = source
        at[node] += 1
        target[at[sink]] = node
        at[sink] += 1
    return first, target
