"""Nodes that become one lose no cut: largest flows and cheapest cuts are those of the network left whole."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.impact.frontier.collapsing import collapsed
from caudal.impact.frontier.cutting import _solve, last_cut, minimum_cut, residual
from caudal.impact.frontier.measuring import Rest
from caudal.impact.frontier.network import NEVER, Network, on_the_way
from caudal.impact.frontier.parts import emptied, narrowed, passing, solved, whole


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
@given(networks(), st.data())
def test_many_sets_are_measured_on_one_network_made_for_them(net, data):
    flags = st.lists(st.booleans(), min_size=net.nodes, max_size=net.nodes)
    some = np.array(data.draw(flags), np.bool_)
    rests = [Rest(net, some), Rest(net, some, whole(net))]
    for _ in range(3):
        frozen = some & np.array(data.draw(flags), np.bool_)
        assert {rest.flow(frozen) for rest in rests} == {residual(net, frozen)}


WEIGHTS = st.fractions(0, 4, max_denominator=50)


@settings(deadline=None)
@given(networks(), WEIGHTS, WEIGHTS, st.integers(0, 10), st.booleans(), st.data())
def test_every_weight_of_the_range_keeps_its_cheapest_cut(net, one, other, step, endless, data):
    least, most = sorted((one, other))
    net = on_the_way(net)
    if not net.nodes:
        return
    part = whole(net)
    if data.draw(st.booleans()):  # whatever harm is, the whole is the same
        costs = data.draw(st.lists(st.integers(0, 12), min_size=net.nodes, max_size=net.nodes))
        net = replace(net, cost=np.where(net.cost == NEVER, NEVER, np.array(costs)))
        part = part.with_costs(net.cost)
    weight = most + step if endless else least + (most - least) * Fraction(step, 10)
    if weight <= 0:
        return
    best = minimum_cut(net, weight)
    for here in (part, narrowed(part, least, None if endless else most)[0]):
        cut, flow = solved(here, weight)
        assert cut.money + weight * cut.cost == best.money + weight * best.cost
        assert net.cost[cut.frozen].sum() == cut.cost
        frozen = np.zeros(net.nodes, np.bool_)
        frozen[cut.frozen] = True
        assert residual(net, frozen) == cut.money
        balance = np.zeros(here.nodes)
        np.add.at(balance, here.head, flow.money)
        np.subtract.at(balance, here.tail, flow.money)
        assert np.isclose(balance[here.sink], float(flow.value))
        assert np.allclose(np.delete(balance, [here.source, here.sink]), 0)
        holds = np.minimum(here.cost * float(weight), here.most)
        assert (passing(here, flow) <= holds + 1e-9).all()
        assert np.isclose(passing(here, flow), holds)[np.isin(here.name, cut.frozen)].all()


@settings(deadline=None)
@given(networks())
def test_the_cheapest_set_that_leaves_nothing_is_that_of_the_whole_network(net):
    (found, floor), (want, least) = emptied(whole(net)), last_cut(net)
    assert floor == least
    assert (found is None) == (want is None)
    if found is not None:
        assert (found.cost, found.flow) == (want.cost, want.flow)
        frozen = np.zeros(net.nodes, np.bool_)
        frozen[found.frozen] = True
        assert residual(net, frozen) == 0
        assert net.cost[found.frozen].sum() == found.cost


def test_a_payer_of_one_and_a_payee_of_one_begin_and_end_there():
    """Nine pay one hand, which pays the boss, who spends at three: five places are left of 28."""
    tail = [*([13] * 9), *range(9), 9, *([10] * 2), 11, 12]
    head = [*range(9), *([9] * 9), 10, 11, 12, 14, 14]
    money = [*([5] * 9), *([5] * 9), 45, 25, 20, 25, 20]
    net = Network(*(np.array(x, t) for x, t in ((tail, np.int32), (head, np.int32), (money, np.int64))),
                  np.full(13, 7), np.arange(13, dtype=np.int32))  # fmt: skip
    part = whole(net)
    assert part.nodes == 5
    assert sorted(np.diff(part.first).tolist()) == [1, 1, 2, 9]
    assert len(part.name) == 13


def test_a_tree_of_payers_and_payees_is_one_arc():
    """Nine pay one hand, which pays the group, which spends at nine: nothing is left but the arc in the middle."""
    tail = [*([13] * 9), *range(9), 9, 10, *([11] * 2), 12, 12]
    head = [*range(9), *([9] * 9), 10, 11, 12, 14, 14, 14]
    money = [*([5] * 9), *([5] * 9), 40, 40, 15, 25, 10, 5]
    arcs = [np.array(x, t) for x, t in ((tail, np.int32), (head, np.int32), (money, np.float64), (money, np.float64))]
    count, _ = collapsed(15, 13, 14, *arcs, False)
    assert count == 2
