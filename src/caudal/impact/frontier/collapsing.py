"""Nodes that have the same side in some best cut, whatever the weight in a range: they become one, without loss.

A node with a single arc into it that holds all that leaves it may be on the side of whoever pays it: cutting after it
is never dearer than before it. A node with a single arc out of it that holds all that comes to it may be on the side of
whom it pays. A node that nothing comes to is on the side of the sink, one that nothing leaves on that of the source.
Each is done for all nodes at once and then the other, parallel arcs added up between them, until little is gained; not
both at once, for on a way of equal arcs each may be left uncut, but not all. In books what comes to an account mostly
leaves it, and most accounts have one payer or one payee, so little is left where few accounts can be frozen.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from caudal.impact.frontier.grouping import added, paired

LEAST = 0.03
"""Rounds end when they take away less than this share of the nodes."""


@njit(cache=True, nogil=True)
def collapsed(
    nodes: int, source: int, sink: int, tail: Any, head: Any, small: Any, large: Any, plain: bool
) -> tuple[int, Any]:
    """How many groups of nodes there are, and the group of each.

    Args:
        tail, head: ends of the arcs, shape (arcs,).
        small, large: the least and the most that each holds, whatever the weight, shape (arcs,).
        plain: no two arcs have the same ends, and some cut can have each of them.
    """
    group = np.arange(nodes).astype(np.int32)
    parent = np.empty(nodes, np.int32)
    if not plain:
        tail, head, small, large = _added_up(nodes, source, sink, group, tail, head, small, large)
    live = nodes
    while True:
        before = live
        for after in (False, True):
            # Where `after` is set, arcs are looked at from their other end.
            here, there = (tail, head) if after else (head, tail)
            ways = np.zeros(nodes, np.int32)
            other = np.zeros(nodes, np.int32)
            least = np.zeros(nodes)
            most = np.zeros(nodes)
            far = np.zeros(nodes, np.int32)
            for arc in range(len(tail)):
                ways[here[arc]] += 1
                far[there[arc]] += 1
                least[here[arc]] += small[arc]
                most[there[arc]] += large[arc]
                other[here[arc]] = there[arc]
            dead = source if after else sink
            still = live
            for node in range(nodes):
                parent[node] = node
                if node in (source, sink) or (not ways[node] and not far[node]):
                    continue
                if not ways[node]:
                    parent[node] = dead
                    live -= 1
                elif ways[node] == 1 and other[node] != dead and least[node] >= most[node]:
                    parent[node] = other[node]
                    live -= 1
            if live == still:
                continue
            _rooted(parent)
            for node in range(nodes):
                group[node] = parent[group[node]]
            tail, head, small, large = _added_up(nodes, source, sink, parent, tail, head, small, large)
        if before - live <= LEAST * before:
            break
    return _numbered(group)


@njit(cache=True, nogil=True)
def _rooted(parent: Any) -> None:
    """Every node's parent becomes its root; where parents go in a circle, one of them does."""
    path = np.empty(len(parent), np.int32)
    state = np.zeros(len(parent), np.int8)
    for start in range(len(parent)):
        depth = 0
        node = start
        while state[node] == 0 and parent[node] != node:
            state[node] = 1
            path[depth] = node
            depth += 1
            node = parent[node]
        root = node if state[node] != 2 else parent[node]
        if state[node] == 1:
            parent[node] = node
        for place in range(depth):
            parent[path[place]] = root
            state[path[place]] = 2


@njit(cache=True, nogil=True)
def _numbered(group: Any) -> tuple[int, Any]:
    """Groups by number, in the order of their first nodes."""
    number = np.full(len(group), -1, np.int32)
    found = np.empty(len(group), np.int32)
    count = 0
    for node in range(len(group)):
        if number[group[node]] < 0:
            number[group[node]] = count
            count += 1
        found[node] = number[group[node]]
    return count, found


@njit(cache=True, nogil=True)
def _added_up(
    nodes: int, source: int, sink: int, group: Any, tail: Any, head: Any, small: Any, large: Any
) -> tuple[Any, Any, Any, Any]:
    """The arcs between groups by tail, parallel ones added up; those that no cut can have are left out."""
    tails, heads, place = paired(nodes, source, sink, group, tail, head)
    return tails, heads, added(place, small, len(tails)), added(place, large, len(tails))
