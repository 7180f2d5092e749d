"""The hot loops: strongly connected components (Tarjan 1972), what arcs lead to, and payments as far as funded."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Codes = NDArray[np.int32]


@njit(cache=True)
def components(first: Codes, target: Codes) -> tuple[int, Codes]:
    """How many components a directed graph has, and the one of each node.

    Args:
        first: where each node's arcs begin in `target`, shape (nodes + 1,).
        target: heads of the arcs by tail, shape (arcs,).
    """
    nodes = len(first) - 1
    found = np.full(nodes, -1, np.int32)
    index = np.zeros(nodes, np.int32)  # 1 up in order of discovery; 0: not seen
    low = np.zeros(nodes, np.int32)
    at = np.empty(nodes, np.int32)
    path = np.empty(nodes, np.int32)
    waiting = np.empty(nodes, np.int32)
    count, seen, held = 0, 0, 0
    for root in range(nodes):
        if index[root]:
            continue
        depth = 0
        path[0] = root
        seen += 1
        index[root] = low[root] = seen
        at[root] = first[root]
        waiting[held] = root
        held += 1
        while depth >= 0:
            node = path[depth]
            if at[node] < first[node + 1]:
                after = target[at[node]]
                at[node] += 1
                if not index[after]:
                    seen += 1
                    index[after] = low[after] = seen
                    at[after] = first[after]
                    waiting[held] = after
                    held += 1
                    depth += 1
                    path[depth] = after
                elif found[after] < 0 and index[after] < low[node]:
                    low[node] = index[after]
                continue
            if low[node] == index[node]:
                while True:
                    held -= 1
                    member = waiting[held]
                    found[member] = count
                    if member == node:
                        break
                count += 1
            depth -= 1
            if depth >= 0 and low[node] < low[path[depth]]:
                low[path[depth]] = low[node]
    return count, found


@njit(cache=True)
def by_tail(tail: Codes, head: Codes, nodes: int) -> tuple[Codes, Codes]:
    """Arcs by tail: where each node's arcs begin, and their heads (a counting sort)."""
    first = np.zeros(nodes + 1, np.int32)
    for arc in range(len(tail)):
        first[tail[arc] + 1] += 1
    for node in range(nodes):
        first[node + 1] += first[node]
    place = first[:-1].copy()
    target = np.empty(len(tail), np.int32)
    for arc in range(len(tail)):
        target[place[tail[arc]]] = head[arc]
        place[tail[arc]] += 1
    return first, target


@njit(cache=True)
def reached(first: Codes, target: Codes, start: int) -> NDArray[np.bool_]:
    """The nodes that arcs lead to from one node, itself included; arcs by tail as in `components`, shape (nodes,)."""
    seen = np.zeros(len(first) - 1, np.bool_)
    waiting = np.empty(len(first) - 1, np.int32)
    seen[start] = True
    waiting[0] = start
    held = 1
    while held:
        held -= 1
        node = waiting[held]
        for arc in range(first[node], first[node + 1]):
            if not seen[target[arc]]:
                seen[target[arc]] = True
                waiting[held] = target[arc]
                held += 1
    return seen


@njit(cache=True)
def least_opening(payer: Codes, payee: Codes, amount: NDArray[np.int64], ours: NDArray[np.bool_]) -> NDArray[np.int64]:
    """What each of our accounts must hold at first to make all its payments, in order of time, shape (accounts,)."""
    balance = np.zeros(len(ours), np.int64)
    lowest = np.zeros(len(ours), np.int64)
    for row in range(len(amount)):
        balance[payer[row]] -= amount[row]
        lowest[payer[row]] = min(lowest[payer[row]], balance[payer[row]])
        balance[payee[row]] += amount[row]
    return np.where(ours, -lowest, 0)


@njit(cache=True)
def funded(
    payer: Codes,
    payee: Codes,
    amount: NDArray[np.int64],
    gone: NDArray[np.bool_],
    ours: NDArray[np.bool_],
    opening: NDArray[np.int64],
) -> NDArray[np.int64]:
    """What is still paid when some payments are gone and our accounts pay only what they hold, shape (transfers,)."""
    balance = opening.copy()
    paid = np.zeros(len(amount), np.int64)
    for row in range(len(amount)):
        if gone[row]:
            continue
        paid[row] = min(amount[row], balance[payer[row]]) if ours[payer[row]] else amount[row]
        balance[payer[row]] -= paid[row]
        balance[payee[row]] += paid[row]
    return paid
