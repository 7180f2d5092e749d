"""The network of one question: smaller and smaller as the range of weights in question narrows.

**Why it may shrink.** Let A be best at the weight a and B at b < a, with flows f and g that prove it. For a weight
w = t * a + (1 - t) * b the mixed flow t * f + (1 - t) * g fits the capacities, for these are linear in the weight; its
value is that far along the chord between both optima. A cut exceeds any flow by what it leaves unused on the arcs it
crosses and what flows back over it. A or B is a cut of value U at w; so a cut at least as good crosses no arc with more
room than d = U - chord, and none against which more flows. Such an arc is an implication: with its tail on the side of
the source, so is its head. Along the range d is a tent that is 0 at a and b, and the room of an arc is linear and not
negative there: it is enough to look where A and B tie. Nodes that imply each other have the same side in every best cut
of the range, and become one. So do, for every weight of the range, a node and the only one it pays, where that arc
holds all the node gets: cutting there is never better than before it. Nothing that is best is lost; the tests compare
with networks left whole. (The first is the fixing of variables by reduced costs, known from integer programming; the
second is folklore of maximum flows.)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from ortools.graph.python import max_flow

from caudal.errors import InputError
from caudal.impact.frontier.collapsing import collapsed
from caudal.impact.frontier.cutting import Cut, ends
from caudal.impact.frontier.kernels import by_tail, components
from caudal.impact.frontier.network import NEVER, Codes, Flags, Ints, Network, Reals, summed


@dataclass(frozen=True)
class Part:
    """A network whose arcs carry money or stand for the freezing of a node.

    Attributes:
        nodes: how many there are, source and sink among them.
        tail, head: ends of the arcs that carry money, shape (arcs,).
        money: what they carry, shape (arcs,).
        entry, exit: ends of the arcs that stand for nodes of the whole network, shape (frozen,).
        cost: harm of freezing these, shape (frozen,).
        name: their numbers in the whole network, shape (frozen,).
        supply: no flow is larger, minor units.
    """

    nodes: int
    source: int
    sink: int
    tail: Codes
    head: Codes
    money: Ints
    entry: Codes
    exit: Codes
    cost: Ints
    name: Codes
    supply: int


@dataclass(frozen=True)
class Flow:
    """A flow that proves a cut for one weight: money on the arcs of a part, in minor units (rounded to a double)."""

    weight: Fraction
    value: Fraction
    money: Reals
    frozen: Reals


def whole(network: Network) -> Part:
    """The network with every node that can be frozen split in two."""
    can = np.flatnonzero(network.cost != NEVER).astype(np.int32)
    size = network.nodes + 2
    leaves = np.arange(size, dtype=np.int32)
    leaves[can] = size + np.arange(len(can), dtype=np.int32)
    return Part(
        size + len(can),
        network.source,
        network.sink,
        leaves[network.tail],
        network.head,
        np.minimum(network.money, network.supply),
        can,
        leaves[can],
        network.cost[can],
        can,
        network.supply,
    )


def solved(part: Part, weight: Fraction) -> tuple[Cut, Flow]:
    """The minimum cut of a part for one weight, and a flow of the same value.

    Raises:
        InputError: the solver gives up.
    """
    up, down = weight.numerator, weight.denominator
    bound = part.supply * down + 1
    dear = (part.cost > bound // up) if up else np.zeros(len(part.cost), np.bool_)
    price = np.where(dear, bound, np.where(dear, 0, part.cost) * up)
    solver = max_flow.SimpleMaxFlow()
    carrying = solver.add_arcs_with_capacity(part.tail, part.head, part.money * down)
    freezing = solver.add_arcs_with_capacity(part.entry, part.exit, price)
    # All enters by one arc that is never full, so that no sum inside the solver passes `bound`.
    solver.add_arc_with_capacity(part.nodes, part.source, bound)
    reached = np.zeros(part.nodes + 1, np.bool_)
    reached[part.source] = True
    value = 0
    if (part.head == part.sink).any() or (part.exit == part.sink).any():
        status = solver.solve(part.nodes, part.sink)
        if status != solver.OPTIMAL:
            raise InputError(f"the solver of the minimum cut stopped with {status.name}", file="network")
        reached[np.asarray(solver.get_source_side_min_cut(), np.int64)] = True
        value = int(solver.optimal_flow())
        flows = (np.asarray(solver.flows(arcs), np.float64) / down for arcs in (carrying, freezing))
    else:
        flows = (np.zeros(len(arcs)) for arcs in (carrying, freezing))
    frozen = reached[part.entry] & ~reached[part.exit]
    money = int(part.money[reached[part.tail] & ~reached[part.head]].sum())
    cost = int(part.cost[frozen].sum())
    if value != money * down + cost * up:
        raise AssertionError(f"a cut of {money * down + cost * up} beside a flow of {value}")
    cut = Cut(weight, money, cost, value, np.sort(part.name[frozen]).astype(np.int64))
    return cut, Flow(weight, Fraction(value, down), *flows)


def shrunk(part: Part, high: Flow, low: Flow, weight: Fraction, best: Fraction) -> tuple[Part, Flow, Flow]:
    """The part without what no cut between two weights decides, and both flows on it.

    Args:
        part: the network of a wider range.
        high: the flow that proves the best cut of the larger weight.
        low: the same for the smaller one.
        weight: where both cuts tie, or nearly.
        best: value of the better of both cuts there, money.
    """
    share = (weight - low.weight) / (high.weight - low.weight)
    spare = float(best - share * high.value - (1 - share) * low.value)
    # Doubles hold the flows to a part in 2**53; what is that near stays undecided.
    spare = spare * (1 + 1e-9) + 1e-12 * part.supply
    at = float(share)
    flow = np.concatenate([high.money, high.frozen]) * at + np.concatenate([low.money, low.frozen]) * (1 - at)
    tail, head = np.concatenate([part.tail, part.entry]), np.concatenate([part.head, part.exit])
    room = np.concatenate([part.money.astype(np.float64), part.cost * float(weight)]) - flow
    ahead, back = room > spare, flow > spare
    only = _only_ways(part, float(low.weight), float(high.weight))
    everyone = np.arange(part.nodes, dtype=np.int32)
    # Whoever is on the sink's side is so with the sink, and on the source's side with the source.
    tails = [tail[ahead], head[back], tail[only], head[only], everyone, np.full(part.nodes, part.sink, np.int32)]
    heads = [head[ahead], tail[back], head[only], tail[only], np.full(part.nodes, part.source, np.int32), everyone]
    count, group = components(*by_tail(np.concatenate(tails), np.concatenate(heads), part.nodes))
    if count <= 0.95 * part.nodes:
        part, high, low = _joined(part, int(count), group, high, low)
    count, group = collapsed(part.nodes, part.source, part.sink, *_held(part, low.weight, high.weight))
    if count > 0.95 * part.nodes:
        return part, high, low
    return _joined(part, int(count), group, high, low)


def _held(part: Part, least: Fraction, most: Fraction) -> tuple[Codes, Codes, Reals, Reals]:
    """Ends of all arcs, and the least and the most they hold in a range of weights."""
    low, high = ends(part.money)
    return (
        np.concatenate([part.tail, part.entry]),
        np.concatenate([part.head, part.exit]),
        # What weighs harm is rounded, and stays on the safe side.
        np.concatenate([low, part.cost * (float(least) * (1 - 1e-9))]),
        np.concatenate([high, part.cost * (float(most) * (1 + 1e-9))]),
    )


def _only_ways(part: Part, least: float, most: float) -> Flags:
    """Arcs that are the only way out of a node and hold all that comes to it, whatever the weight in the range."""
    tail, head = np.concatenate([part.tail, part.entry]), np.concatenate([part.head, part.exit])
    small = np.concatenate([part.money.astype(np.float64), part.cost * least])
    large = np.concatenate([part.money.astype(np.float64), part.cost * most])
    comes = np.bincount(head, large, part.nodes) * (1 + 1e-9)
    ways = np.bincount(tail, minlength=part.nodes)
    comes[part.source] = np.inf
    only: Flags = (ways[tail] == 1) & (small >= comes[tail]) & (head != part.source)
    return only


def _joined(part: Part, count: int, group: Codes, high: Flow, low: Flow) -> tuple[Part, Flow, Flow]:
    """The part with the nodes of each group as one, parallel arcs added up."""
    source, sink = int(group[part.source]), int(group[part.sink])
    tail, head = group[part.tail], group[part.head]
    kept = (tail != head) & (head != source) & (tail != sink)
    key = tail[kept].astype(np.int64) * count + head[kept]
    pairs, place = np.unique(key, return_inverse=True)
    entry, exit_ = group[part.entry], group[part.exit]
    alive = (entry != exit_) & (exit_ != source) & (entry != sink)
    smaller = Part(
        count,
        source,
        sink,
        (pairs // count).astype(np.int32),
        (pairs % count).astype(np.int32),
        np.minimum(summed(place, part.money[kept], len(pairs)), part.supply),
        entry[alive],
        exit_[alive],
        part.cost[alive],
        part.name[alive],
        part.supply,
    )

    def on(flow: Flow) -> Flow:
        money = np.bincount(place, flow.money[kept], len(pairs))
        return replace(flow, money=money.astype(np.float64), frozen=flow.frozen[alive])

    return smaller, on(high), on(low)
