"""The network that is cut: accounts in their roles, the money between them, and what freezing each of them costs.

Accounts are numbered, and so are nodes. Most accounts have one node; one through which the group's income passes and,
apart from it, money the group has spent has two (see `money`). Freezing an account takes all its nodes away.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caudal.errors import InputError
from caudal.impact.frontier.kernels import by_tail, reached

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]
Flags = NDArray[np.bool_]
Reals = NDArray[np.float64]

NEVER = -1
"""The cost of what cannot be frozen."""

ROOM = 2**60
"""No sum of capacities given to a solver passes this, so that nothing leaves 64 bits."""


@dataclass(frozen=True)
class Network:
    """A network with one source and one sink, arcs that carry money, and nodes that can be frozen at a cost.

    Attributes:
        tail: node an arc leaves, shape (arcs,); `source` for what enters.
        head: node an arc reaches, shape (arcs,); `sink` for what leaves.
        money: capacity of an arc in minor units of the base currency, not negative, shape (arcs,).
        cost: harm of freezing a node, in the unit of the question, or `NEVER`; shape (nodes,).
        owner: number of the account a node belongs to, shape (nodes,).
    """

    tail: Codes
    head: Codes
    money: Ints
    cost: Ints
    owner: Codes

    def __post_init__(self) -> None:
        """Refuse arrays that do not fit together.

        Raises:
            InputError: an arc is negative, leaves the sink or reaches the source, or the sums leave the room there is.
        """
        if len(self.money) and int(self.money.min()) < 0:
            raise InputError("an arc carries less than nothing", file="network", field="money")
        if (self.tail == self.sink).any() or (self.head == self.source).any():
            raise InputError("an arc leaves the sink or reaches the source", file="network")
        if total(self.money) >= ROOM:
            raise InputError("the money adds up to more than 60 bits hold", file="network", field="money")

    @property
    def nodes(self) -> int:
        """How many nodes there are, source and sink apart."""
        return len(self.cost)

    @property
    def source(self) -> int:
        """Where income begins."""
        return self.nodes

    @property
    def sink(self) -> int:
        """Where uses end."""
        return self.nodes + 1

    @cached_property
    def supply(self) -> int:
        """All that leaves the source: no flow is larger."""
        return int(self.money[self.tail == self.source].sum())

    @cached_property
    def through(self) -> Ints:
        """The most that can pass a node: the smaller of what its arcs bring and take, shape (nodes,)."""
        size = self.nodes + 2
        return np.minimum(summed(self.head, self.money, size), summed(self.tail, self.money, size))[: self.nodes]

    def without(self, frozen: Flags) -> Network:
        """The network after these nodes are frozen: arcs that touch them are gone, the nodes stay as numbers."""
        gone = np.append(frozen, [False, False])
        left = ~(gone[self.tail] | gone[self.head])
        return Network(self.tail[left], self.head[left], self.money[left], self.cost, self.owner)


def merged(tail: Codes, head: Codes, money: Ints, size: int) -> tuple[Codes, Codes, Ints]:
    """Arcs by tail and head with parallel ones added up; arcs from a node to itself and empty ones are left out."""
    kept = (tail != head) & (money > 0)
    key = tail[kept].astype(np.int64) * size + head[kept]
    pairs, place = np.unique(key, return_inverse=True)
    amount = summed(place, money[kept], len(pairs))
    return (pairs // size).astype(np.int32), (pairs % size).astype(np.int32), amount


def summed(place: NDArray[Any], amount: Ints, size: int) -> Ints:
    """Exact sums of amounts by place, shape (size,)."""
    added = np.zeros(size, np.int64)
    np.add.at(added, place, amount)
    return added


def total(amounts: Ints) -> int:
    """An exact sum of numbers that are not negative, of any size."""
    return (int((amounts >> 32).sum()) << 32) + int((amounts & 0xFFFFFFFF).sum())


def on_the_way(network: Network) -> Network:
    """The same network without the arcs that lie on no way from the source to the sink; nodes without arcs go as well.

    No flow uses such an arc and no minimal cut has it, so the frontier is the same.
    """
    size = network.nodes + 2
    ahead = reached(*by_tail(network.tail, network.head, size), network.source)
    back = reached(*by_tail(network.head, network.tail, size), network.sink)
    useful = ahead & back
    kept = useful[network.tail] & useful[network.head]
    nodes = np.flatnonzero(useful[: network.nodes])
    place = np.full(size, -1, np.int32)
    place[nodes] = np.arange(len(nodes), dtype=np.int32)
    place[network.source], place[network.sink] = len(nodes), len(nodes) + 1
    return Network(
        place[network.tail[kept]], place[network.head[kept]], network.money[kept], network.cost[nodes],
        network.owner[nodes],
    )  # fmt: skip
