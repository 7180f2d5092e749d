"""Nodes that become one lose no cut: largest flows and cheapest cuts are those of the network left whole."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.impact.frontier.collapsing import collapsed
from caudal.impact.frontier.cutting import _solve, minimum_cut, residual
from caudal.impact.frontier.network import NEVER, Network, on_the_way
from caudal.impact.frontier.shrinking import _held, _joined, solved, whole


@st.composite
def networks(draw):
    """Small networks with ways, circles and dead ends; some whose accounts pass on just what they get."""
    nodes = draw(st.integers(1, 8))
    arcs = draw(st.lists(st.tuples(st.integers(-1, nodes - 1), st.integers(0, nodes), st.integers(1, 9)), max_size=25))
    arcs = [(t if t >= 0 else nodes, h if h < nodes else nodes + 1, m) for t, h, m in arcs if t != h]
    if draw(st.booleans()):
        for node in range(nodes):
            over = sum(m for _, h, m in arcs if h == node) - sum(m for t, _, m in arcs if t == node)
            if over:
                arcs.append((node, nodes + 1, over) if over > 0 else (nodes, node, -over))
    cost = draw(st.lists(st.integers(-1, 12), min_size=nodes, max_size=nodes))
    tail, head, money = (np.array([a[n] for a in arcs], t) for n, t in enumerate((np.int32, np.int32, np.int64)))
    cost = np.array([NEVER if c < 0 else c for c in cost], np.int64)
    return Network(tail, head, money, cost, np.arange(nodes, dtype=np.int32))


@settings(deadline=None)
@given(networks(), st.data())
def test_the_flow_beside_frozen_nodes_is_that_of_the_whole_network(net, data):
    frozen = np.array(data.draw(st.lists(st.booleans(), min_size=net.nodes, max_size=net.nodes)), np.bool_)
    rest = net.without(frozen)
    nothing = np.zeros(net.nodes, np.int64)
    plain = _solve(rest, nothing.astype(np.bool_), nothing, 1, rest.supply + 1)[0]
    assert residual(net, frozen) == plain


@settings(deadline=None)
@given(networks(), st.fractions(0, 4, max_denominator=50), st.fractions(0, 4, max_denominator=50), st.integers(0, 10))
def test_every_weight_of_the_range_keeps_its_cheapest_cut(net, one, other, step):
    least, most = sorted((one, other))
    net = on_the_way(net)
    if not net.nodes:
        return
    part = whole(net)
    count, group = collapsed(part.nodes, part.source, part.sink, *_held(part, least, most))
    assert count == len(set(group.tolist()))
    assert group[part.source] != group[part.sink]
    weight = least + (most - least) * Fraction(step, 10)
    if weight <= 0:
        return
    _, flow = solved(part, weight)
    smaller, _, _ = _joined(part, count, group, flow, flow)
    cut, _ = solved(smaller, weight)
    best = minimum_cut(net, weight)
    assert cut.money + weight * cut.cost == best.money + weight * best.cost
    frozen = np.zeros(net.nodes, np.bool_)
    frozen[cut.frozen] = True
    assert net.cost[cut.frozen].sum() == cut.cost
    assert residual(net, frozen) <= cut.money


def test_a_tree_of_payers_and_payees_is_one_arc():
    """Nine pay one hand, which pays the group, which spends at nine: nothing is left but the arc in the middle."""
    tail = [*([13] * 9), *range(9), 9, 10, *([11] * 2), 12, 12]
    head = [*range(9), *([9] * 9), 10, 11, 12, 14, 14, 14]
    money = [*([5] * 9), *([5] * 9), 40, 40, 15, 25, 10, 5]
    arcs = [np.array(x, t) for x, t in ((tail, np.int32), (head, np.int32), (money, np.float64), (money, np.float64))]
    count, _ = collapsed(15, 13, 14, *arcs)
    assert count == 2
