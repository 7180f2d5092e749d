"""One minimum cut: which accounts to freeze when one unit of harm weighs as much as so much money.

For the weight L = P/Q (money per unit of harm) every arc gets the capacity Q * money and every node that can be frozen
is split into an arc of capacity P * cost. A minimum cut of that network is a set of frozen nodes F and of arcs that
still carry, with the least Q * money + P * cost. The solver also gives a flow of the same value; that no cut can be
smaller than any flow is the proof that F is best (Ford and Fulkerson 1956). All of it is in whole numbers.

The solver is OR-tools' push-relabel (Cherkassky and Goldberg 1995).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from ortools.graph.python import max_flow

from caudal.errors import InputError
from caudal.impact.frontier.collapsing import collapsed
from caudal.impact.frontier.network import NEVER, ROOM, Codes, Flags, Ints, Network, Reals, merged, total

EXACT = 2**53
"""Whole numbers below this are exact in a double."""


@dataclass(frozen=True)
class Cut:
    """A set of frozen nodes that is best for one weight, with its proof.

    Attributes:
        weight: money per unit of harm, P/Q; None stands for harm that weighs more than any money.
        money: what still flows after freezing, minor units; at most what the cut's arcs carry.
        cost: harm of the frozen nodes.
        flow: value of a flow in the weighed network, in units of 1/Q; equal to Q * money + P * cost.
        frozen: numbers of the frozen nodes, sorted.
    """

    weight: Fraction | None
    money: int
    cost: int
    flow: int
    frozen: Ints


def finest(supply: int) -> int:
    """The largest denominator of a weight for which the weighed money still fits 64 bits."""
    return max(1, ROOM // max(1, supply))


def fitting(weight: Fraction, network: Network) -> Fraction:
    """The nearest weight that the network's amounts leave room for; equal to `weight` where it fits itself."""
    most = finest(network.supply)
    near = weight.limit_denominator(most)
    return near if near > 0 else Fraction(1, most)


def minimum_cut(network: Network, weight: Fraction | None) -> Cut:
    """The best set to freeze for one weight.

    Args:
        network: what is cut.
        weight: money per unit of harm, positive, with a denominator of at most `finest(network.supply)`; None freezes
            what costs nothing only.

    Raises:
        InputError: the weight is not positive or too fine, or the solver gives up.
    """
    if weight is not None and (weight <= 0 or weight.denominator > finest(network.supply)):
        raise InputError(f"the weight {weight} is not positive or too fine for these amounts", field="weight")
    up, down = (weight.numerator, weight.denominator) if weight is not None else (0, 1)
    bound = network.supply * down + 1
    price = _prices(network, up, bound, free_only=weight is None)
    # A node that costs at least all that can pass it is never worth freezing: it needs no arc of its own.
    split = price < np.minimum(network.through, network.supply) * down
    flow, inner, reached = _solve(network, split, price, down, bound)
    exit_reached = reached.copy()
    exit_reached[np.flatnonzero(split)] = reached[inner]
    frozen = np.flatnonzero(split & reached[: network.nodes] & ~exit_reached[: network.nodes])
    across = exit_reached[network.tail] & ~reached[network.head]
    money = int(network.money[across].sum())
    cost = int(network.cost[frozen].sum())
    if flow != money * down + cost * up:
        raise AssertionError(f"a cut of {money * down + cost * up} beside a flow of {flow}")
    return Cut(weight, money, cost, flow, frozen)


def last_cut(network: Network) -> tuple[Cut | None, int]:
    """The cheapest set that leaves nothing, where freezing can do that, and the least that any set leaves.

    Its weight is 0 and its flow a flow in the network of costs, where arcs cannot be cut: equal to the cost.
    """
    floor = residual(network, network.cost != NEVER)
    if floor:
        return None, floor
    bound = total(np.maximum(network.cost, 0)) + 1
    price = np.where(network.cost == NEVER, bound, network.cost)
    uncut = Network(network.tail, network.head, np.minimum(network.money, 1), network.cost, network.owner)
    flow, inner, reached = _solve(uncut, network.cost != NEVER, price, bound, bound)
    frozen = np.flatnonzero(network.cost != NEVER)
    left = reached[: network.nodes]
    frozen = frozen[left[frozen] & ~reached[inner]]
    cost = int(network.cost[frozen].sum())
    if flow != cost:
        raise AssertionError(f"a cut of {cost} beside a flow of {flow}")
    return Cut(Fraction(0), 0, cost, flow, frozen), 0


def residual(network: Network, frozen: Flags) -> int:
    """The largest flow that is left when these nodes are frozen, minor units."""
    gone = np.append(frozen, [False, False])
    left = ~(gone[network.tail] | gone[network.head])
    tail, head, money = network.tail[left], network.head[left], network.money[left]
    low, high = ends(money)
    count, group = collapsed(network.nodes + 2, network.source, network.sink, tail, head, low, high, False)
    # Source and sink come last in a network.
    place = np.empty(count, np.int32)
    inner = np.ones(count, np.bool_)
    inner[[group[network.source], group[network.sink]]] = False
    place[inner] = np.arange(count - 2, dtype=np.int32)
    place[group[network.source]], place[group[network.sink]] = count - 2, count - 1
    tail, head = place[group[tail]], place[group[head]]
    kept = (head != count - 2) & (tail != count - 1)
    tail, head, money = merged(tail[kept], head[kept], money[kept], count)
    nothing = np.zeros(count - 2, np.int64)
    rest = Network(tail, head, money, nothing, nothing.astype(np.int32))
    return _solve(rest, nothing.astype(np.bool_), nothing, 1, rest.supply + 1)[0]


def ends(money: Ints) -> tuple[Reals, Reals]:
    """Amounts as doubles that are surely no more, and no less, whatever their sums; the same where all are exact."""
    whole = money.astype(np.float64)
    if total(money) < EXACT:
        return whole, whole
    return whole * (1 - 1e-9), whole * (1 + 1e-9)


def _prices(network: Network, up: int, bound: int, *, free_only: bool) -> Ints:
    """P * cost of every node, `bound` where it is beyond that or the node cannot be frozen."""
    if free_only:
        return np.where(network.cost == 0, 0, bound).astype(np.int64)
    dear = (network.cost == NEVER) | (network.cost > bound // up)
    return np.where(dear, bound, np.where(dear, 0, network.cost) * up).astype(np.int64)


def _solve(network: Network, split: Flags, price: Ints, down: int, bound: int) -> tuple[int, Codes, Flags]:
    """Value of a maximum flow, the number of each split node's second half, and what the source still reaches."""
    nodes = network.nodes
    halves = np.flatnonzero(split)
    inner = (nodes + 2 + np.arange(len(halves))).astype(np.int32)
    leaves = np.arange(nodes + 2, dtype=np.int32)
    leaves[halves] = inner
    solver = max_flow.SimpleMaxFlow()
    capacity = np.where(network.money > bound // down, bound, network.money * down)
    solver.add_arcs_with_capacity(leaves[network.tail], network.head, capacity)
    solver.add_arcs_with_capacity(halves.astype(np.int32), inner, price[halves])
    # All enters by one arc that is never full, so that no sum inside the solver passes `bound`.
    start = nodes + 2 + len(halves)
    solver.add_arc_with_capacity(start, network.source, bound)
    reached = np.zeros(start + 1, np.bool_)
    reached[network.source] = True
    if not network.supply or not (network.head == network.sink).any():
        return 0, inner, reached
    status = solver.solve(start, network.sink)
    if status != solver.OPTIMAL:
        raise InputError(f"the solver of the minimum cut stopped with {status.name}", file="network")
    reached[np.asarray(solver.get_source_side_min_cut(), np.int64)] = True
    return int(solver.optimal_flow()), inner, reached
