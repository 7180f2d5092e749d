"""The sweep against trying every set of nodes: the same lower hull, each point with its proof."""

from __future__ import annotations

from fractions import Fraction
from itertools import chain, combinations, pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.impact.frontier import sweeping
from caudal.impact.frontier.cutting import finest, fitting, last_cut, minimum_cut, residual
from caudal.impact.frontier.kernels import by_tail, components
from caudal.impact.frontier.network import NEVER, Network, merged, on_the_way
from caudal.impact.frontier.parts import solved, whole
from caudal.impact.frontier.shrinking import shrunk
from caudal.impact.frontier.sweeping import Hull, sweep


def network(arcs: list[tuple[int, int, int]], cost: list[int]) -> Network:
    """Arcs as (tail, head, money); -1 is the source, -2 the sink."""
    nodes = len(cost)
    place = {-1: nodes, -2: nodes + 1}
    tail, head, money = zip(*arcs, strict=True) if arcs else ((), (), ())
    return Network(
        np.array([place.get(t, t) for t in tail], np.int32),
        np.array([place.get(h, h) for h in head], np.int32),
        np.array(money, np.int64),
        np.array(cost, np.int64),
        np.arange(nodes, dtype=np.int32),
    )


def swept(net: Network, **keys: float) -> Hull:
    return sweep(net, **keys)


def plain(net: Network) -> list[tuple[int, int]]:
    """The supported points by bisection on the whole network, one cut after another, nothing left out."""
    last, _ = last_cut(net)
    ends = [minimum_cut(net, None), last or minimum_cut(net, fitting(Fraction(1, 2**60), net))]
    found = {(c.cost, c.money) for c in ends}

    def between(left: tuple[int, int], right: tuple[int, int]) -> None:
        if left[1] <= right[1] or left[0] >= right[0]:
            return
        weight = Fraction(left[1] - right[1], right[0] - left[0])
        cut = minimum_cut(net, weight)
        if cut.money + weight * cut.cost < left[1] + weight * left[0]:
            found.add((cut.cost, cut.money))
            between(left, (cut.cost, cut.money))
            between((cut.cost, cut.money), right)

    between(*[(c.cost, c.money) for c in ends])
    return lower_hull(list(found))


def town(seed: int, nodes: int = 120, paths: int = 400) -> Network:
    """A larger network: money on chains from many payers through a few hands to many payees."""
    random = np.random.default_rng(seed)
    tail, head, money = [], [], []
    for _ in range(paths):
        inner = np.minimum((nodes * random.random(random.integers(1, 5)) ** 2).astype(int), nodes - 1)
        way = [nodes, *dict.fromkeys(inner.tolist()), nodes + 1]
        amount = int(random.lognormal(4, 1.5)) + 1
        for a, b in pairwise(way):
            tail.append(a)
            head.append(b)
            money.append(amount)
    arcs = merged(np.array(tail, np.int32), np.array(head, np.int32), np.array(money, np.int64), nodes + 2)
    cost = random.lognormal(4, 2, nodes).astype(np.int64)
    cost[random.random(nodes) < 0.05] = NEVER
    return Network(*arcs, cost, np.arange(nodes, dtype=np.int32))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("large", [0, 10**9])
def test_shrinking_on_the_way_loses_no_point(seed: int, large: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sweeping, "LARGE", large)
    net = town(seed)
    hull = swept(net)
    assert hull.done
    assert len(hull.points) > 10
    assert [(p.harm, p.money) for p in hull.points] == plain(net)


@pytest.mark.parametrize("seed", range(2))
def test_shrinking_is_what_happens(seed: int):
    """Between two neighbours little is left to decide, and the cut that remains is the same as that of the whole."""
    net = town(seed, 300, 1200)
    points = swept(net).points
    left, right = points[len(points) // 2 : len(points) // 2 + 2]
    part = whole(net)
    (_, high), (_, low) = (solved(part, w) for w in (left.cut.weight, right.cut.weight))
    weight = Fraction(left.money - right.money, right.harm - left.harm)
    best = left.money + weight * left.harm
    smaller, on_high, on_low = shrunk(part, high, low, weight, best)
    assert smaller.nodes < part.nodes / 2
    found, _ = solved(smaller, weight)
    assert found.money + weight * found.cost == best == minimum_cut(net, weight).flow / Fraction(weight.denominator)
    for flow in (on_high, on_low):  # still a flow: what enters a node leaves it, and its value is the cut's
        balance = np.zeros(smaller.nodes)
        np.add.at(balance, smaller.head, flow.money)
        np.subtract.at(balance, smaller.tail, flow.money)
        inner = np.setdiff1d(np.arange(smaller.nodes), [smaller.source, smaller.sink])
        assert np.allclose(balance[inner], 0)
        assert balance[smaller.sink] == pytest.approx(float(flow.value))


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 8), st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20))
def test_components_are_those_of_networkx(nodes: int, arcs: list[tuple[int, int]]):
    kept = [(a % nodes, b % nodes) for a, b in arcs]
    tail, head = (np.array([arc[side] for arc in kept], np.int32) for side in (0, 1))
    count, group = components(*by_tail(tail, head, nodes))
    graph = nx.DiGraph(kept)
    graph.add_nodes_from(range(nodes))
    want = {frozenset(c) for c in nx.strongly_connected_components(graph)}
    assert {frozenset(np.flatnonzero(group == g).tolist()) for g in range(count)} == want


def slow_flow(net: Network, frozen: set[int]) -> int:
    """The largest flow without some nodes, by another program."""
    graph = nx.DiGraph()
    graph.add_nodes_from([net.source, net.sink])
    for tail, head, money in zip(net.tail.tolist(), net.head.tolist(), net.money.tolist(), strict=True):
        if tail not in frozen and head not in frozen:
            before = graph.get_edge_data(tail, head, {"capacity": 0})["capacity"]
            graph.add_edge(tail, head, capacity=before + money)
    return int(nx.maximum_flow_value(graph, net.source, net.sink))


def every_set(net: Network) -> dict[frozenset[int], tuple[int, int]]:
    """Harm and money of every set that can be frozen."""
    can = [v for v in range(net.nodes) if net.cost[v] != NEVER]
    sets = chain.from_iterable(combinations(can, n) for n in range(len(can) + 1))
    return {frozenset(s): (int(net.cost[list(s)].sum()), slow_flow(net, set(s))) for s in sets}


def lower_hull(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Corners of the lower left hull of (harm, money), by harm."""
    least: dict[int, int] = {}
    for harm, money in points:
        least[harm] = min(money, least.get(harm, money))
    hull: list[tuple[int, int]] = []
    best = None
    for harm, money in sorted(least.items()):
        if best is not None and money >= best:
            continue
        best = money
        while len(hull) > 1 and (hull[-1][0] - hull[-2][0]) * (money - hull[-2][1]) <= (harm - hull[-2][0]) * (
            hull[-1][1] - hull[-2][1]
        ):
            hull.pop()
        hull.append((harm, money))
    return hull


@st.composite
def networks(draw: st.DrawFn) -> Network:
    nodes = draw(st.integers(1, 6))
    place = st.integers(0, nodes - 1)
    amount = st.integers(0, 30)
    arcs = draw(st.lists(st.tuples(place, place, amount), max_size=14))
    arcs += draw(st.lists(st.tuples(st.just(-1), place, amount), min_size=1, max_size=4))
    arcs += draw(st.lists(st.tuples(place, st.just(-2), amount), min_size=1, max_size=4))
    arcs += draw(st.lists(st.tuples(st.just(-1), st.just(-2), amount), max_size=1))
    cost = draw(st.lists(st.one_of(st.integers(0, 20), st.just(NEVER)), min_size=nodes, max_size=nodes))
    return network(arcs, cost)


@settings(max_examples=150, deadline=None)
@given(networks(), st.booleans())
def test_every_supported_point_is_found_and_no_other(net: Network, large: bool):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweeping, "LARGE", 0 if large else sweeping.LARGE)
        hull = swept(net)
    assert hull.done
    assert hull.gap == 0
    assert [(p.harm, p.money) for p in hull.points] == lower_hull(list(every_set(net).values()))


def test_the_worked_example_of_the_docs():
    """Shops A and B, the collector M, its uses U and W: nodes 0 to 4."""
    arcs = [(-1, 0, 60), (-1, 1, 40), (0, 2, 60), (1, 2, 40), (2, 3, 70), (2, 4, 30), (3, -2, 70), (4, -2, 30)]
    net = network(arcs, [30, 10, 25, 12, 20])
    hull = swept(net)
    found = [(p.harm, p.money, p.cut.frozen.tolist()) for p in hull.points]
    assert found == [(0, 100, []), (12, 30, [3]), (25, 0, [2])]
    assert [(p.low, p.high) for p in hull.points] == [
        (Fraction(70, 12), None),
        (Fraction(30, 13), Fraction(70, 12)),
        (0, Fraction(30, 13)),
    ]
    for weight, value, frozen in ((6, 100, []), (4, 78, [3]), (2, 50, [2])):
        cut = minimum_cut(net, Fraction(weight))
        assert (cut.flow, cut.frozen.tolist()) == (value, frozen)
    assert weighed_flow(net, Fraction(4)) == 78
    assert min((money, sorted(s)) for s, (harm, money) in every_set(net).items() if harm <= 10) == (60, [1])
    assert round(hull.bound_at(10), 1) == 41.7


@settings(max_examples=60, deadline=None)
@given(networks())
def test_every_point_is_proven_by_a_flow_of_another_program(net: Network):
    for point in swept(net).points:
        cut = point.cut
        assert slow_flow(net, set(cut.frozen.tolist())) == cut.money == residual(net, _flags(net, cut.frozen))
        assert int(net.cost[cut.frozen].sum()) == cut.cost
        if cut.weight:
            assert (
                weighed_flow(net, cut.weight)
                == cut.flow
                == cut.weight.denominator * (cut.money + cut.weight * cut.cost)
            )


def _flags(net: Network, frozen: np.ndarray) -> np.ndarray:
    flags = np.zeros(net.nodes, np.bool_)
    flags[frozen] = True
    return flags


def weighed_flow(net: Network, weight: Fraction) -> int:
    """The dual, from networkx: the largest flow when nodes carry no more than their weighed cost."""
    graph = nx.DiGraph()
    for v, cost in enumerate(net.cost.tolist()):
        graph.add_edge((v, 0), (v, 1), **({} if cost == NEVER else {"capacity": cost * weight.numerator}))
    graph.add_nodes_from([(net.source, 1), (net.sink, 0)])
    for tail, head, money in zip(net.tail.tolist(), net.head.tolist(), net.money.tolist(), strict=True):
        before = graph.get_edge_data((tail, 1), (head, 0), {"capacity": 0})["capacity"]
        graph.add_edge((tail, 1), (head, 0), capacity=before + money * weight.denominator)
    return int(nx.maximum_flow_value(graph, (net.source, 1), (net.sink, 0)))


@settings(max_examples=80, deadline=None)
@given(networks(), st.integers(0, 60), st.sampled_from([0.0, 0.2, 0.8]))
def test_the_bound_within_a_budget_is_never_above_the_best_set(net: Network, budget: int, gap: float):
    hull = swept(net, gap=gap)
    best = min(money for harm, money in every_set(net).values() if harm <= budget)
    assert hull.bound_at(budget) <= best + 1e-9


@settings(max_examples=80, deadline=None)
@given(networks(), st.sampled_from([0.05, 0.3, 0.9]))
def test_an_early_stop_says_how_much_may_be_missing(net: Network, gap: float):
    whole, part = swept(net), swept(net, gap=gap)
    assert part.cuts <= whole.cuts
    assert part.area >= whole.area - 1e-9
    assert part.area - part.gap <= whole.area + 1e-9
    assert part.share <= gap + 1e-12
    found = {(p.harm, p.money) for p in whole.points}
    assert {(p.harm, p.money) for p in part.points} <= found


@settings(max_examples=60, deadline=None)
@given(networks(), st.integers(2, 9), st.integers(2, 9))
def test_other_units_of_money_and_harm_stretch_the_frontier(net: Network, more: int, worse: int):
    stretched = Network(
        net.tail, net.head, net.money * more, np.where(net.cost > 0, net.cost * worse, net.cost), net.owner
    )
    want = [(p.harm * worse, p.money * more) for p in swept(net).points]
    assert [(p.harm, p.money) for p in swept(stretched).points] == want


@settings(max_examples=60, deadline=None)
@given(networks(), st.randoms(use_true_random=False))
def test_the_numbering_of_nodes_and_the_order_of_arcs_do_not_matter(net: Network, random):
    place = list(range(net.nodes))
    random.shuffle(place)
    order = list(range(len(net.money)))
    random.shuffle(order)
    to = np.array([*place, net.source, net.sink], np.int32)
    cost = np.empty_like(net.cost)
    cost[to[: net.nodes]] = net.cost
    other = Network(to[net.tail][order], to[net.head][order], net.money[order], cost, net.owner)
    assert [(p.harm, p.money) for p in swept(other).points] == [(p.harm, p.money) for p in swept(net).points]


@settings(max_examples=80, deadline=None)
@given(networks())
def test_what_lies_on_no_way_can_go(net: Network):
    small = on_the_way(net)
    assert small.nodes <= net.nodes
    assert [(p.harm, p.money) for p in swept(small).points] == [(p.harm, p.money) for p in swept(net).points]


def test_large_amounts_leave_a_gap_that_is_said_or_none():
    """Weights of large amounts do not fit 64 bits exactly; what they cannot decide is left open, and tiny."""
    random = np.random.default_rng(7)
    nodes = 12
    arcs = [(-1, v, int(random.integers(1, 10**14))) for v in range(6)]
    arcs += [(v, w, int(random.integers(1, 10**14))) for v in range(6) for w in range(6, nodes)]
    arcs += [(w, -2, int(random.integers(1, 10**14))) for w in range(6, nodes)]
    net = network(arcs, [int(c) for c in random.integers(1, 10**13, nodes)])
    hull = swept(net)
    assert hull.share < 1e-6
    corners = lower_hull(list(every_set(net).values()))
    assert {(p.harm, p.money) for p in hull.points} <= set(corners)
    area = sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in pairwise(corners))
    assert hull.area - hull.gap <= area * (1 + 1e-12)
    assert area <= hull.area * (1 + 1e-12)


def test_weights_that_do_not_fit_are_refused_or_rounded():
    net = network([(-1, 0, 2**50), (0, -2, 2**50)], [5])
    fine = Fraction(1, finest(net.supply) + 1)
    with pytest.raises(InputError, match="too fine"):
        minimum_cut(net, fine)
    with pytest.raises(InputError, match="not positive"):
        minimum_cut(net, Fraction(0))
    assert fitting(fine, net) == Fraction(1, finest(net.supply))
    assert fitting(Fraction(1, 3), net) == Fraction(1, 3)


@pytest.mark.parametrize(
    ("arcs", "said"),
    [([(-1, 0, -1)], "less than nothing"), ([(-2, 0, 1)], "leaves the sink"), ([(-1, 0, 2**60)], "more than 60 bits")],
)
def test_networks_that_cannot_be_are_refused(arcs: list[tuple[int, int, int]], said: str):
    with pytest.raises(InputError, match=said):
        network(arcs, [1])
