"""Arcs between groups of nodes: which there are, and what is added up on each."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def paired(count: int, source: int, sink: int, group: Any, tail: Any, head: Any) -> tuple[Any, Any, Any]:
    """The arcs between groups, parallel ones as one, by tail; and where each arc went, -1 where no cut can have it.

    Args:
        count: how many groups there are.
        source, sink: groups of source and sink.
        group: of each node, shape (nodes,).
        tail, head: nodes, shape (arcs,).
    """
    first = np.zeros(count + 1, np.int64)
    for arc in range(len(tail)):
        t, h = group[tail[arc]], group[head[arc]]
        if cuttable(t, h, source, sink):
            first[t + 1] += 1
    for node in range(count):
        first[node + 1] += first[node]
    kept = first[count]
    order = np.empty(kept, np.int32)
    at = first[:-1].copy()
    for arc in range(len(tail)):
        t, h = group[tail[arc]], group[head[arc]]
        if cuttable(t, h, source, sink):
            order[at[t]] = arc
            at[t] += 1
    place = np.full(len(tail), -1, np.int32)
    mark = np.full(count, -1, np.int64)
    tails, heads = np.empty(kept, np.int32), np.empty(kept, np.int32)
    pairs = 0
    for node in range(count):
        begun = pairs
        for k in range(first[node], first[node + 1]):
            arc = order[k]
            h = group[head[arc]]
            if mark[h] < begun:
                mark[h] = pairs
                tails[pairs] = node
                heads[pairs] = h
                pairs += 1
            place[arc] = mark[h]
    return tails[:pairs].copy(), heads[:pairs].copy(), place


@njit(cache=True, nogil=True)
def added(place: Any, values: Any, size: int) -> Any:
    """Sums of values by place, shape (size,); those at -1 are left out."""
    found = np.zeros(size, values.dtype)
    for arc in range(len(values)):
        if place[arc] >= 0:
            found[place[arc]] += values[arc]
    return found


@njit(cache=True, nogil=True)
def cuttable(tail: int, head: int, source: int, sink: int) -> bool:
    """Whether some cut can have the arc: it leads from one group to another, not into the source or out of the sink."""
    inner = tail != head
    return inner and head != source and tail != sink
