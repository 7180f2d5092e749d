"""Shares of an account's harm between its two nodes: any bound, better ones when a cut halves an account."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.impact.frontier.cutting import minimum_cut, residual
from caudal.impact.frontier.network import NEVER, Network, summed
from caudal.impact.frontier.parts import whole
from caudal.impact.frontier.sharing import shared


@st.composite
def paired(draw: st.DrawFn) -> Network:
    """A few accounts with a node on each side of a core of two that cannot be frozen."""
    accounts = draw(st.integers(2, 4))
    nodes = 2 * accounts + 2
    core = [2 * accounts, 2 * accounts + 1]
    amount = st.integers(0, 20)
    rows = [(nodes, v, draw(amount)) for v in range(accounts)]
    rows += [(v, c, draw(amount)) for v in range(accounts) for c in core]
    rows += [(c, accounts + v, draw(amount)) for v in range(accounts) for c in core]
    rows += [(accounts + v, nodes + 1, draw(amount)) for v in range(accounts)]
    cost = [*draw(st.lists(st.integers(0, 40), min_size=2 * accounts, max_size=2 * accounts)), NEVER, NEVER]
    tail, head, money = (np.array(column) for column in zip(*rows, strict=True))
    owner = np.array([*range(accounts), *range(accounts), accounts, accounts + 1], np.int32)
    return Network(tail.astype(np.int32), head.astype(np.int32), money.astype(np.int64), np.array(cost), owner)


@settings(max_examples=120, deadline=None)
@given(paired(), st.fractions(Fraction(1, 20), 3, max_denominator=20))
def test_other_shares_bound_the_same_sets_and_no_worse(net: Network, weight: Fraction):
    before = minimum_cut(net, weight)
    found = shared(net, whole(net), [before], 2)
    halves = np.bincount(net.owner[before.frozen], minlength=8)[:8] == 1
    assert len(found) == bool(halves.any())
    if not found:
        return
    other = found[0].network(net)
    accounts = int(net.owner.max()) - 1
    both = (summed(n.owner, np.maximum(n.cost, 0), accounts + 2).tolist() for n in (net, other))
    assert next(both) == next(both)  # what an account costs stays
    assert (other.cost >= NEVER).all()
    after = minimum_cut(other, weight)
    assert after.flow == found[0].cut.flow >= before.flow
    assert found[0].cut.money * weight.denominator + found[0].cut.cost * weight.numerator == after.flow
    assert other.cost[found[0].cut.frozen].sum() == found[0].cut.cost
    harm = summed(net.owner, np.maximum(net.cost, 0), accounts + 2)
    best = min(
        residual(net, np.isin(net.owner, frozen)) + weight * int(harm[frozen].sum())
        for bits in range(2**accounts)
        for frozen in [[v for v in range(accounts) if bits >> v & 1]]
    )
    assert after.flow <= best * weight.denominator


def test_a_triangle_is_told_apart_from_its_halves():
    """Each of three core accounts joins two of three others: two must be frozen, halves alone would make it one and
    a half."""
    rows = [(9, v, 100) for v in range(3)] + [(3 + v, 10, 100) for v in range(3)]
    for core, (v, w) in enumerate([(0, 1), (1, 2), (2, 0)], 6):
        rows += [(v, core, 50), (core, 3 + w, 50)]
    tail, head, money = (np.array(column) for column in zip(*rows, strict=True))
    owner = np.array([0, 1, 2, 0, 1, 2, 3, 4, 5], np.int32)
    cost = np.array([90, 90, 90, 10, 10, 10, NEVER, NEVER, NEVER])
    net = Network(tail.astype(np.int32), head.astype(np.int32), money.astype(np.int64), cost, owner)
    weight = Fraction(1, 4)
    cut = minimum_cut(net, weight)
    assert cut.cost == 30  # the cheap halves of all three
    (found,) = shared(net, whole(net), [cut], 2)
    assert minimum_cut(found.network(net), weight).flow == found.cut.flow > cut.flow
    # Two whole accounts must go, and no bound may say more; the further weight begins from the shares of this one.
    assert float(found.least(0)) <= 200 * float(weight)
    both = shared(net, whole(net), [minimum_cut(net, weight / 2), cut], 2)
    assert [s.cut.weight for s in both] == [weight, weight / 2]
    for harm, money in ((0, 300), (100, 200), (200, 50), (300, 0)):
        assert all(s.least(harm) <= money for s in both)
