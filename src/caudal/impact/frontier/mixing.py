"""Whose money it is: which of the group's accounts the money on the network goes to or came from.

Money mixes on an account in proportion, as in tracing. What passes a node before the group belongs to the own accounts
it ends with, what passes one after the group to those it came from. An account that is mostly the group's, where income
may turn into use, belongs to whom its money comes from and goes to. So every way from source to sink passes someone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from caudal.impact.frontier.money import Money
from caudal.impact.frontier.network import Codes, Flags, Ints, Network, Reals

CLOSE = 1e-4
SWEEPS = 40
"""A fixpoint is reached when no share moves by more than CLOSE, or after so many sweeps."""


@dataclass(frozen=True)
class Whose:
    """Shares by class of own accounts.

    Attributes:
        node: of each node's money, nodes x classes; rows add up to 1 where any way passes an own account.
        account: the same of accounts, by what their nodes carry; class 0 where nothing is known.
        turns: nodes where income may turn into use.
        back: the arcs, against the money.
    """

    node: Reals
    account: Reals
    turns: Flags
    back: _Way


def whose(books: Money, classes: Ints, count: int) -> Whose:
    """Split the money on every node by classes of own accounts.

    Args:
        books: the network and its accounts.
        classes: a class from 0 to `count` - 1 for every account; read for own ones.
        count: how many classes there are.
    """
    net = books.network
    ahead, back = _Way.along(net), _Way.against(net)
    own, mostly = np.flatnonzero(books.own[net.owner]), np.flatnonzero(books.mostly[net.owner])
    fixed = np.zeros((net.nodes + 2, 1), np.bool_)
    value = np.zeros((net.nodes + 2, count))

    def blend(value: Reals) -> Reals:
        came, goes = ahead.mixed(fixed, value), back.mixed(fixed, value)
        found: Reals = came + np.clip(1 - came.sum(axis=1, keepdims=True), 0, 1) * goes
        return found

    # What passes a sure account before or after is the group's, whoever else it passes.
    kind = classes[net.owner[own]]
    fixed[own[kind == 0]] = True
    value[own[kind == 0], 0] = 1.0
    unsure = own[kind != 0]
    if len(unsure):
        sure = np.clip(blend(value[:, :1])[unsure, 0], 0, 1)
        fixed[unsure] = True
        value[unsure, kind[kind != 0]] = 1 - sure
        value[unsure, 0] = sure
    if len(mostly):
        value[mostly] = _whole(blend(value)[mostly])
        fixed[mostly] = True
    node = _whole(blend(value)[: net.nodes])
    weight = (ahead.into + back.into)[: net.nodes]
    account = np.zeros((len(books.accounts), count))
    for n in range(count):
        account[:, n] = np.bincount(net.owner, weight * node[:, n], len(books.accounts))
    # An own account off every way belongs to itself.
    alone = np.flatnonzero(books.own & (account.sum(axis=1) <= 0))
    account[alone, classes[alone]] = 1.0
    return Whose(node, _whole(account), fixed[: net.nodes, 0], back)


def left(books: Money, of: Whose, sets: Sequence[Ints]) -> Reals:
    """What flows past frozen sets of accounts when money goes on in proportion, by class: shape (sets, classes)."""
    net = books.network
    size = net.nodes + 2
    gone = np.zeros((size, len(sets)), np.bool_)
    for n, frozen in enumerate(sets):
        gone[: net.nodes, n] = books.chosen(frozen)[net.owner]
    fixed, value = gone.copy(), np.zeros((size, len(sets)))
    fixed[net.sink], value[net.sink] = True, 1.0
    on = of.back.mixed(fixed, value)[: net.nodes]
    # From the source to where income turns into use; there it is split by class, as far as it goes on.
    enter = net.tail == net.source
    arrived = np.zeros((size, len(sets)))
    arrived[:, :] = np.bincount(net.head[enter], net.money[enter].astype(np.float64), size)[:, None]
    stays = gone | np.append(of.turns, [False, True])[:, None]
    of.back.sent(stays, arrived)
    turned = of.turns[:, None] * arrived[: net.nodes] * on * ~gone[: net.nodes]
    found: Reals = turned.T @ of.node
    return found


def _whole(shares: Reals) -> Reals:
    """Rows that add up to 1; one without anything is of class 0."""
    total = shares.sum(axis=1, keepdims=True)
    found = np.divide(shares, total, out=np.zeros_like(shares), where=total > 0)
    found[total[:, 0] <= 0, 0] = 1.0
    whole: Reals = found
    return whole


@dataclass(frozen=True)
class _Way:
    """The arcs of a network by the node that takes values from the other end.

    Attributes:
        first: where the arcs of each node begin; giver, share: the other end, and its part of the node's money.
        into: money that each node takes.
        order: nodes in the order in which values reach them.
    """

    first: Ints
    giver: Codes
    share: Reals
    into: Reals
    order: Codes

    @classmethod
    def along(cls, net: Network) -> _Way:
        """Heads take from tails."""
        return cls._of(net.tail, net.head, net.money, net.source, net.nodes + 2)

    @classmethod
    def against(cls, net: Network) -> _Way:
        """Tails take from heads."""
        return cls._of(net.head, net.tail, net.money, net.sink, net.nodes + 2)

    @classmethod
    def _of(cls, giver: Codes, taker: Codes, money: Ints, start: int, size: int) -> _Way:
        amount = money.astype(np.float64)
        into = np.bincount(taker, amount, size).astype(np.float64)
        order = np.argsort(taker, kind="stable")
        first = np.searchsorted(taker[order], np.arange(size + 1))
        out = np.argsort(giver, kind="stable")
        begin = np.searchsorted(giver[out], np.arange(size + 1))
        reached = _reached(begin, taker[out], start, size)
        return cls(first, giver[order], amount[order] / np.maximum(into[taker[order]], 1e-300), into, reached)

    def mixed(self, fixed: Flags, value: Reals) -> Reals:
        """The mean of the givers' values at every node, by money, from those that are fixed (nodes x 1 or columns)."""
        found = value.copy()
        for _ in range(SWEEPS):
            if _swept(self.first, self.giver, self.share, self.order, fixed, found) <= CLOSE:
                break
        return found

    def sent(self, stays: Flags, amount: Reals) -> None:
        """Send amounts on from takers to givers until they stay or are gone, in place; nodes x columns.

        It is the other way to work out what `mixed` does: amounts times the values where they come to stay are the
        amounts times what `mixed` makes of those values where they began.
        """
        least = CLOSE * max(1.0, float(amount.sum(axis=0).max(initial=0.0)))
        for _ in range(SWEEPS):
            if _pushed(self.first, self.giver, self.share, self.order[::-1], stays, amount) <= least:
                break


@njit(cache=True, nogil=True)
def _pushed(first: Any, giver: Any, share: Any, order: Any, stays: Any, amount: Any) -> Any:
    """One sweep in place; the largest sum of a column that was sent on by a node twice."""
    columns = amount.shape[1]
    seen = np.zeros(len(first) - 1, np.bool_)
    again = np.zeros(columns)
    for v in order:
        seen[v] = True
        for a in range(first[v], first[v + 1]):
            g = giver[a]
            for c in range(columns):
                if not stays[v, c]:
                    amount[g, c] += share[a] * amount[v, c]
                    if seen[g] and not stays[g, c]:
                        again[c] += share[a] * amount[v, c]
        for c in range(columns):
            if not stays[v, c] and first[v] < first[v + 1]:
                amount[v, c] = 0.0
    return again.max()


@njit(cache=True, nogil=True)
def _reached(begin: Any, target: Any, start: Any, size: Any) -> Any:
    """Nodes by their distance from one, breadth first."""
    seen = np.zeros(size, np.bool_)
    line = np.empty(size, np.int32)
    line[0] = start
    seen[start] = True
    count = 1
    at = 0
    while at < count:
        node = line[at]
        at += 1
        for a in range(begin[node], begin[node + 1]):
            if not seen[target[a]]:
                seen[target[a]] = True
                line[count] = target[a]
                count += 1
    return line[:count]


@njit(cache=True, nogil=True)
def _swept(first: Any, giver: Any, share: Any, order: Any, fixed: Any, found: Any) -> Any:
    """One sweep in place; how far the furthest value moved."""
    columns = found.shape[1]
    one = fixed.shape[1] == 1
    moved = 0.0
    new = np.empty(columns)
    for v in order:
        if first[v] == first[v + 1] or (one and fixed[v, 0]):
            continue
        new[:] = 0.0
        for a in range(first[v], first[v + 1]):
            g = giver[a]
            for c in range(columns):
                new[c] += share[a] * found[g, c]
        for c in range(columns):
            if one or not fixed[v, c]:
                moved = max(moved, abs(new[c] - found[v, c]))
                found[v, c] = new[c]
    return moved
