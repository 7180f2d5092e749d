"""The network of a question: arcs that hold money, and prices that hold some more as harm weighs more.

A node that can be frozen is an arc from its entry to its exit. For the weight w it holds w times its harm, and never
more than can pass the node: beyond that, cutting what it gets or pays is no dearer than freezing it. So what an arc
holds grows with the weight, ever slower (it is concave), from nothing to all that can pass. Nodes that have the same
side in some best cut for all of that become one before anything is asked (`collapsing`): an account with one payer
begins where that payer ends. Arcs between the same two nodes become one, with the prices of all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from ortools.graph.python import max_flow

from caudal.errors import InputError
from caudal.impact.frontier.collapsing import collapsed
from caudal.impact.frontier.cutting import EXACT, Cut
from caudal.impact.frontier.grouping import added, paired
from caudal.impact.frontier.kernels_parts import capacities, crossed, held, resorted
from caudal.impact.frontier.network import NEVER, Codes, Flags, Ints, Network, Reals, total

MARGIN = 1e-9
"""What is rounded is taken to be off by this share at most."""

ALWAYS = 1e300
"""Stands for a weight beyond all others."""


@dataclass(frozen=True)
class Part:
    """A network whose arcs hold money and prices of nodes.

    Attributes:
        nodes: how many there are, source and sink among them.
        tail, head: ends of the arcs, shape (arcs,); no two have the same.
        money: what they hold whatever the weight, shape (arcs,).
        first: where each arc's prices begin, shape (arcs + 1,).
        cost: harm of freezing the node a price stands for, shape (prices,).
        most: the most that can pass that node, shape (prices,).
        name: its number in the whole network, shape (prices,).
        supply: no flow is larger, minor units.
        exact: amounts and their sums are exact in doubles.
    """

    nodes: int
    source: int
    sink: int
    tail: Codes
    head: Codes
    money: Ints
    first: Codes
    cost: Ints
    most: Ints
    name: Codes
    supply: int
    exact: bool

    def with_costs(self, cost: Ints) -> Part:
        """The same with other harm of the whole network's nodes; those with `NEVER` must be the same."""
        return replace(self, cost=cost[self.name])

    @property
    def arcs(self) -> Ints:
        """The arc of each price, shape (prices,)."""
        return np.repeat(np.arange(len(self.tail)), np.diff(self.first))

    def holds(self, weight: float, margin: float = 0.0) -> Reals:
        """What arcs hold for a weight, shape (arcs,); at least or at most, as far as a margin above or below 0 goes."""
        found: Reals = held(self.first, self.cost, self.most, self.money, weight, margin, self.exact and margin != 0)
        return found


@dataclass(frozen=True)
class Flow:
    """A flow that proves a cut for one weight: money on the arcs of a part, in minor units (rounded to a double).

    None in its place: it was found on another part.
    """

    weight: Fraction
    value: Fraction
    money: Reals | None


def whole(network: Network, some: Flags | None = None) -> Part:
    """The network with every node that can be frozen split in two, collapsed without loss for whatever they cost.

    Args:
        some: nodes beside which no other is frozen, shape (nodes,); all that can be where left out.
    """
    can = np.flatnonzero(network.cost != NEVER if some is None else some).astype(np.int32)
    size = network.nodes + 2
    leaves = np.arange(size, dtype=np.int32)
    leaves[can] = size + np.arange(len(can), dtype=np.int32)
    arcs = len(network.money)
    money = np.zeros(arcs + len(can), np.int64)
    np.minimum(network.money, network.supply, out=money[:arcs])
    first = np.zeros(arcs + len(can) + 1, np.int32)
    first[arcs:] = np.arange(len(can) + 1, dtype=np.int32)
    part = Part(
        size + len(can),
        network.source,
        network.sink,
        np.concatenate([leaves[network.tail], can]),
        np.concatenate([network.head, leaves[can]]),
        money,
        first,
        network.cost[can],
        np.minimum(network.through[can], network.supply),
        can,
        network.supply,
        2 * total(network.money) < EXACT,
    )
    return _whatever(part, plain=False)


def beside(part: Part, some: Flags) -> Part:
    """The part where only some nodes of the whole network are ever frozen, shape (nodes,); collapsed for that."""
    arc = part.arcs
    chosen = some[part.name]
    settled = added(arc, np.where(chosen, 0, part.most), len(part.tail))
    first = np.zeros(len(part.tail) + 1, np.int32)
    np.cumsum(np.bincount(arc[chosen], minlength=len(part.tail)), out=first[1:])
    return _whatever(
        replace(
            part, money=np.minimum(part.money + settled, part.supply), first=first, cost=part.cost[chosen],
            most=part.most[chosen], name=part.name[chosen],
        )
    )  # fmt: skip


def _whatever(part: Part, plain: bool = True) -> Part:
    """The part collapsed for nodes that cost anything between nothing and more than all."""
    free = replace(part, cost=np.ones(len(part.cost), np.int64))
    return joined(part, *_collapsed(part, free.holds(0.0, -MARGIN), free.holds(ALWAYS, MARGIN), plain))[0]


def narrowed(
    part: Part, least: Fraction, most: Fraction | None, *flows: Flow, free: Flags | None = None
) -> tuple[Part, tuple[Flow, ...]]:
    """The part for a range of weights (None: without end), and flows on it; the same where little is gained.

    Args:
        free: nodes of the whole network that may cost anything, shape (nodes,).
    """
    lower = higher = part
    if free is not None:
        lower = replace(part, cost=np.where(free[part.name], 0, part.cost))
        higher = replace(part, cost=np.where(free[part.name], ALWAYS, part.cost))
    low = lower.holds(float(least), -MARGIN)
    high = higher.holds(ALWAYS if most is None else float(most), MARGIN)
    count, group = _collapsed(part, low, high, True)
    if count > 0.95 * part.nodes:
        return part, flows
    return joined(part, count, group, *flows)


def _collapsed(part: Part, low: Reals, high: Reals, plain: bool) -> tuple[int, Codes]:
    count, group = collapsed(part.nodes, part.source, part.sink, part.tail, part.head, low, high, plain)
    return int(count), group


def joined(part: Part, count: int, group: Codes, *flows: Flow) -> tuple[Part, tuple[Flow, ...]]:
    """The part with the nodes of each group as one, parallel arcs added up, and flows on it."""
    source, sink = int(group[part.source]), int(group[part.sink])
    tail, head, place = paired(count, source, sink, group, part.tail, part.head)
    first, order = resorted(part.first, place, len(tail))
    money = np.minimum(added(place, part.money, len(tail)), part.supply)
    smaller = Part(
        count, source, sink, tail, head, money, first, part.cost[order], part.most[order], part.name[order],
        part.supply, part.exact,
    )  # fmt: skip
    return smaller, tuple(f if f.money is None else replace(f, money=added(place, f.money, len(tail))) for f in flows)


def flowing(part: Part, capacity: Ints, bound: int) -> tuple[int, Flags, Reals]:
    """The largest flow: its value, which nodes the source still reaches, and what each arc carries.

    Args:
        capacity: what each arc holds, shape (arcs,).
        bound: above every flow.

    Raises:
        InputError: the solver gives up.
    """
    reached = np.zeros(part.nodes + 1, np.bool_)
    reached[part.source] = True
    solver = max_flow.SimpleMaxFlow()
    arcs = solver.add_arcs_with_capacity(part.tail, part.head, capacity)
    # All enters by one arc that is never full, so that no sum inside the solver passes `bound`.
    solver.add_arc_with_capacity(part.nodes, part.source, bound)
    if not (part.tail == part.source).any():
        return 0, reached, np.zeros(len(capacity))
    if not (part.head == part.sink).any():
        reached[:] = True
        reached[part.sink] = False
        return 0, reached, np.zeros(len(capacity))
    status = solver.solve(part.nodes, part.sink)
    if status != solver.OPTIMAL:
        raise InputError(f"the solver of the minimum cut stopped with {status.name}", file="network")
    reached[np.asarray(solver.get_source_side_min_cut(), np.int64)] = True
    return int(solver.optimal_flow()), reached, np.asarray(solver.flows(arcs), np.float64)


def solved(part: Part, weight: Fraction) -> tuple[Cut, Flow]:
    """The minimum cut of a part for one weight, and a flow of the same value.

    Raises:
        InputError: the solver gives up.
    """
    up, down = weight.numerator, weight.denominator
    bound = part.supply * down + 1
    capacity = capacities(part.first, part.cost, part.most, part.money, up, down, bound)
    value, reached, flow = flowing(part, capacity, bound)
    paid = crossed(part.first, part.cost, part.most, part.tail, part.head, reached, up, down)
    cost = int(part.cost[paid].sum())
    across = np.flatnonzero(reached[part.tail] & ~reached[part.head])
    price = np.append(0, np.cumsum(np.where(paid, 0, part.most)))
    money = int(part.money[across].sum())
    money += int((price[part.first[across + 1]] - price[part.first[across]]).sum())
    if value != money * down + cost * up:
        raise AssertionError(f"a cut of {money * down + cost * up} beside a flow of {value}")
    cut = Cut(weight, money, cost, value, np.sort(part.name[paid]).astype(np.int64))
    return cut, Flow(weight, Fraction(value, down), flow / down)


def emptied(part: Part) -> tuple[Cut | None, int]:
    """The cheapest set that leaves nothing, where freezing can do that, and the least that any set leaves.

    Its weight is 0 and its flow a flow in the network of costs, where money cannot be cut: equal to the cost.
    """
    floor = solved(part, Fraction(0))[0].money
    if floor:
        return None, floor
    bound = total(part.cost) + 1
    endless = np.iinfo(np.int64).max
    costs = replace(part, most=np.full(len(part.most), endless), money=np.where(part.money > 0, bound, 0))
    capacity = capacities(costs.first, costs.cost, costs.most, costs.money, 1, 1, bound)
    value, reached, _ = flowing(costs, capacity, bound)
    paid = crossed(costs.first, costs.cost, costs.most, costs.tail, costs.head, reached, 0, 1)
    cost = int(part.cost[paid].sum())
    if value != cost:
        raise AssertionError(f"a cut of {cost} beside a flow of {value}")
    return Cut(Fraction(0), 0, cost, value, np.sort(part.name[paid]).astype(np.int64)), 0


def passing(part: Part, flow: Flow) -> Reals:
    """What a flow carries through the node of each price, shape (prices,).

    What an arc carries is shared in proportion to what its money and its prices hold at the flow's weight.
    """
    if flow.money is None:
        raise ValueError("a flow of another part")
    weight = float(flow.weight)
    holds = np.minimum(part.cost * weight, part.most)
    share = flow.money / np.maximum(part.holds(weight), 1e-300)
    found: Reals = holds * np.minimum(share[part.arcs], 1.0)
    return found
