"""The order inside one instant: receipts first, as far as circles allow."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.tracing import TransferIndex
from caudal.tracing.instants import settle


def order_of(table, rows):
    return TransferIndex.from_transfers(table(rows)).transfer_ids.to_pylist()


def test_a_chain_on_one_day_is_paid_from_its_start(table):
    rows = [("t1", 0, "c", "d", 5), ("t2", 0, "b", "c", 5), ("t3", 0, "a", "b", 5), ("t0", 1, "d", "a", 5)]
    assert order_of(table, rows) == ["t3", "t2", "t1", "t0"]


def test_a_circle_is_paid_before_it_pays_out_and_starts_with_the_smallest_id(table):
    rows = [
        ("t1", 0, "b", "out", 1),
        ("t2", 0, "c", "a", 1),
        ("t3", 0, "b", "c", 1),
        ("t4", 0, "a", "b", 1),
        ("t5", 0, "in", "b", 1),
    ]
    # a, b and c pay in a circle that `in` feeds: t5, then the circle from t2 on (c -> a -> b -> c), then out of it.
    assert order_of(table, rows) == ["t5", "t2", "t4", "t3", "t1"]


def test_payments_to_oneself_and_of_nothing_feed_nobody(table):
    rows = [("t1", 0, "a", "b", 1), ("t2", 0, "b", "a", 0), ("t3", 0, "a", "a", 7), ("t4", 0, "x", "a", 1)]
    order = order_of(table, rows)
    assert order.index("t4") < order.index("t1")


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_order_is_the_reference_order(table, ledgers, in_order, data):
    rows = data.draw(ledgers)
    coarse = [(row[0], row[1] // 5, *row[2:]) for row in rows]
    assert order_of(table, coarse) == [row[0] for row in in_order(coarse)]


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_whoever_is_in_no_circle_pays_after_all_it_receives(table, ledgers, data):
    rows = [(row[0], 0, *row[2:]) for row in data.draw(ledgers)]
    edges = [(payer, payee) for _, _, payer, payee, amount in rows if payer != payee and amount]
    circle = {
        node: tuple(sorted(part)) for part in nx.strongly_connected_components(nx.DiGraph(edges)) for node in part
    }
    facts = {row[0]: row for row in rows}
    order = [facts[name] for name in order_of(table, rows)]
    moving = [(payer, payee) for _, _, payer, payee, amount in order if payer != payee and amount]
    assert sorted(moving) == sorted(edges)
    for place, (payer, _) in enumerate(moving):
        for _, later in moving[place + 1 :]:
            assert later != payer or len(circle[payer]) > 1
    for place, (payer, payee) in enumerate(moving):  # a circle is done with itself before it pays out
        if circle[payer] != circle[payee]:
            rest = moving[place + 1 :]
            assert not any(circle[p] == circle[q] == circle[payer] for p, q in rest)


@pytest.mark.parametrize("length", [1, 2, 3, 200_000])
def test_long_chains_and_circles_are_settled_without_recursion(length):
    payer = np.arange(length, 0, -1, dtype=np.int32)
    payee = (payer - 1).astype(np.int32)
    time, amount = np.zeros(length, np.int64), np.ones(length, np.int64)
    assert (settle(time, payer, payee, amount, length + 1) == np.arange(length)).all()
    assert (settle(time, payee, payer, amount, length + 1) == np.arange(length)[::-1]).all()
    closed = np.where(payee == 0, payer[0], payee).astype(np.int32)
    assert (settle(time, payer, closed, amount, length + 1) == np.arange(length)).all()
