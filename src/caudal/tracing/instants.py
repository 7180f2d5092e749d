"""The order of transfers that share one instant: receipts first, as far as the payments allow.

Many ledgers know only the day. Within one instant nothing says who paid first, so the order is a rule:

1. An account whose receipts at this instant do not depend on its own payments at this instant pays after all of them.
   Payers who receive nothing come first (round 0), then those fed by round 0 only, and so on: the round of an account
   is the longest chain of payments that leads to it.
2. Accounts that pay each other in a circle share a round. Payments inside the circle come before those out of it.
   Inside, a payer whose receipts from the circle are all done pays next; when everyone waits, the payment with the
   smallest transfer id goes first.
3. Payments of the same round go by transfer id.

Payments to oneself and payments of nothing feed nobody and are in round 0. The order depends on who paid whom at that
instant and on the transfer ids alone: not on the order of rows in a file, nor on how accounts are numbered.
"""

from __future__ import annotations

import numpy as np

from caudal.tracing.kernels import Codes, Ints, compiled


@compiled
def _circles(nodes: int, head: Ints, follow: Ints, to: Codes) -> tuple[Codes, Codes]:
    """The circle (strongly connected component) of every node, and the nodes with payers' circles after payees'.

    Tarjan's algorithm with its own stack. `follow[head[n]:head[n + 1]]` are the edges out of node n, `to` their ends.
    """
    circle = np.full(nodes, -1, np.int32)
    seen = np.zeros(nodes, np.int32)
    low = np.zeros(nodes, np.int32)
    at = head[:-1].copy()
    path = np.empty(nodes, np.int32)
    waiting = np.empty(nodes, np.int32)
    done = np.empty(nodes, np.int32)
    deep, kept, finished, clock, circles = 0, 0, 0, 0, 0
    for root in range(nodes):
        if seen[root] != 0:
            continue
        path[0], deep = root, 1
        while deep > 0:
            node = path[deep - 1]
            if seen[node] == 0:
                clock += 1
                seen[node] = clock
                low[node] = clock
                waiting[kept] = node
                kept += 1
            step_down = False
            while at[node] < head[node + 1]:
                other = to[follow[at[node]]]
                at[node] += 1
                if seen[other] == 0:
                    path[deep] = other
                    deep += 1
                    step_down = True
                    break
                if circle[other] < 0:
                    low[node] = min(low[node], seen[other])
            if step_down:
                continue
            deep -= 1
            if deep > 0:
                low[path[deep - 1]] = min(low[path[deep - 1]], low[node])
            if low[node] == seen[node]:
                while True:
                    kept -= 1
                    circle[waiting[kept]] = circles
                    done[finished] = waiting[kept]
                    finished += 1
                    if waiting[kept] == node:
                        break
                circles += 1
    return circle, done


@compiled
def _inside(nodes: int, head: Ints, follow: Ints, to: Codes, inner: Codes) -> Ints:
    """The edges inside circles in the order they are paid; `inner[e]` is the payer of edge e, -1 for other edges."""
    pending = np.zeros(nodes, np.int64)
    total = 0
    for edge in range(inner.size):
        if inner[edge] >= 0:
            pending[to[edge]] += 1
            total += 1
    turn = np.empty(total, np.int64)
    placed = np.zeros(inner.size, np.bool_)
    queue = np.empty(nodes, np.int32)
    first, last, count, nearest = 0, 0, 0, 0
    while count < total:
        if first < last:  # a payer whose receipts from the circle are done: all it still has to pay, by id
            node = queue[first]
            first += 1
            start, stop = head[node], head[node + 1]
        else:  # everyone waits: the smallest id goes first
            while inner[nearest] < 0 or placed[nearest]:
                nearest += 1
            start, stop = -1, 0
        for place in range(start, stop):
            edge = nearest if place < 0 else follow[place]
            if inner[edge] < 0 or placed[edge]:
                continue
            placed[edge] = True
            turn[count] = edge
            count += 1
            pending[to[edge]] -= 1
            if pending[to[edge]] == 0:
                queue[last] = to[edge]
                last += 1
    return turn


@compiled
def _one_instant(nodes: int, source: Codes, to: Codes) -> Ints:
    """The order of one instant's transfers, given by id; `source` is -1 where a transfer feeds nobody."""
    edges = source.size
    head = np.zeros(nodes + 1, np.int64)
    for edge in range(edges):
        if source[edge] >= 0:
            head[source[edge] + 1] += 1
    for node in range(nodes):
        head[node + 1] += head[node]
    follow = np.empty(head[nodes], np.int64)
    fill = head[:-1].copy()
    for edge in range(edges):
        if source[edge] >= 0:
            follow[fill[source[edge]]] = edge
            fill[source[edge]] += 1

    circle, done = _circles(nodes, head, follow, to)
    # `done` lists the nodes of a circle side by side, and payees' circles before payers': walking it from the end,
    # a circle's round is final before it is passed on.
    level = np.zeros(nodes, np.int64)  # by circle
    for place in range(nodes - 1, -1, -1):
        node = done[place]
        for at in range(head[node], head[node + 1]):
            other = to[follow[at]]
            if circle[other] != circle[node]:
                level[circle[other]] = max(level[circle[other]], level[circle[node]] + 1)

    inner = np.full(edges, -1, np.int32)
    bucket = np.ones(edges, np.int64)  # twice the round, and one more for payments out of a circle
    size = np.zeros(2 * nodes + 1, np.int64)
    for edge in range(edges):
        node = source[edge]
        if node >= 0:
            bucket[edge] = 2 * level[circle[node]] + 1
            if circle[node] == circle[to[edge]]:
                inner[edge] = node
                bucket[edge] -= 1
        size[bucket[edge] + 1] += 1
    for place in range(2 * nodes):
        size[place + 1] += size[place]
    order = np.empty(edges, np.int64)
    turn = _inside(nodes, head, follow, to, inner)
    for place in range(turn.size):
        edge = turn[place]
        order[size[bucket[edge]]] = edge
        size[bucket[edge]] += 1
    for edge in range(edges):
        if inner[edge] < 0:
            order[size[bucket[edge]]] = edge
            size[bucket[edge]] += 1
    return order


@compiled
def settle(time: Ints, payer: Codes, payee: Codes, amount: Ints, accounts: int) -> Ints:
    """The order in which transfers sorted by (time, transfer id) are traced, as places in the given arrays.

    Args:
        time: microseconds, not falling, shape (transfers,).
        payer: account codes, shape (transfers,).
        payee: account codes, shape (transfers,).
        amount: minor units, shape (transfers,).
        accounts: number of accounts.

    Returns:
        Places, shape (transfers,): `time[order]` is `time`, and within one instant the rule of this module holds.
    """
    count = time.size
    order = np.arange(count)
    fed = np.full(accounts, -1, np.int64)  # the instant an account was last fed in, by its first transfer
    named = np.full(accounts, -1, np.int64)
    local = np.empty(accounts, np.int32)
    start = 0
    while start < count:
        stop = start + 1
        while stop < count and time[stop] == time[start]:
            stop += 1
        for i in range(start, stop):
            if payer[i] != payee[i] and amount[i] != 0:
                fed[payee[i]] = start
        waits = False
        for i in range(start, stop):
            if payer[i] != payee[i] and amount[i] != 0 and fed[payer[i]] == start:
                waits = True
                break
        if waits:
            nodes = 0
            source = np.full(stop - start, -1, np.int32)
            to = np.full(stop - start, -1, np.int32)
            for i in range(start, stop):
                if payer[i] == payee[i] or amount[i] == 0:
                    continue
                for account in (payer[i], payee[i]):
                    if named[account] != start:
                        named[account] = start
                        local[account] = nodes
                        nodes += 1
                source[i - start] = local[payer[i]]
                to[i - start] = local[payee[i]]
            order[start:stop] = start + _one_instant(nodes, source, to)
        start = stop
    return order
