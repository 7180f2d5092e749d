"""The frontier in random draws: what a point does when an own account is not the group's, and who is better then."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_impact_frontier_money import Books

from caudal.errors import InputError
from caudal.impact import frontier
from caudal.impact.draws import draw
from caudal.impact.frontier import drawing
from caudal.impact.frontier.cutting import residual
from caudal.impact.frontier.mixing import left, whose
from caudal.impact.frontier.money import of_books
from caudal.impact.frontier_draws import answers
from caudal.impact.model import Model
from caudal.impact.unknowns import MATCHED, Item, Unknowns
from caudal.tables import FRONTIER_ANSWERS

NAMES = ("a", "b", "c", "d", "e")


def of(books, own, **keys):
    return of_books(books, Books(books.paid, own).traced(), own=own, **keys)


def totals(sheet, held):
    """cut, share and harm of every point, shape (points, 3), when these unsure holders are the group's."""
    events = np.array([[float(h in held)] for h in sheet.holders]).reshape(len(sheet.holders), 1)
    return sheet.totals(events, np.ones((1, 1))).reshape(len(sheet.points), 3)


def drawn_of(found, unsure):
    people = {a: f"p-{a}" for a in unsure}
    return drawing.sheet(found, people, {h: n for n, h in enumerate(sorted(people.values()))})


def test_whose_money_it_is_by_hand():
    """The till gets 60 from the shop and pays the boss 30 of it: that half is the boss's, whoever the till is."""
    books = Books([("shop", "till", 60), ("x", "boss", 40), ("till", "boss", 30), ("till", "z", 30), ("boss", "y", 70)])
    money = of(books, ("boss", "till"))
    code = {n: int(money.codes([n])[0][0]) for n in books.names}
    classes = np.zeros(len(money.accounts), np.int64)
    classes[code["till"]] = 1
    found = whose(money, classes, 2)
    assert found.account[code["boss"]] == pytest.approx([1, 0])
    assert found.account[code["till"]] == pytest.approx([0.5, 0.5])
    assert found.account[code["shop"]] == pytest.approx([0.5, 0.5])
    assert found.account[code["y"]] == pytest.approx([1, 0])
    split = left(money, found, [np.empty(0, np.int64), np.array([code["y"]]), np.array([code["till"]])])
    assert split[0] == pytest.approx([70, 30])
    assert split[1].sum() == pytest.approx(30)
    assert split[2] == pytest.approx([40, 0])


payments = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), st.integers(1, 60)), min_size=2, max_size=12
)


def passed(net, start, stays):
    """Amounts sent on step by step until they stay: the slow way, shape (nodes,)."""
    out = np.zeros((net.nodes + 2, net.nodes + 2))
    np.add.at(out, (net.tail, net.head), net.money.astype(float))
    total = out.sum(axis=1, keepdims=True)
    share = np.divide(out, total, out=np.zeros_like(out), where=total > 0)
    held, moving = np.zeros(net.nodes + 2), start.astype(float)
    for _ in range(3000):
        held[stays] += moving[stays]
        moving = np.where(stays, 0.0, moving) @ share
    return held


@settings(deadline=None, max_examples=40, derandomize=True)
@given(payments, st.sets(st.sampled_from(NAMES), max_size=2), st.sampled_from([0.3, 1.0]))
def test_what_is_left_is_what_is_sent_on_step_by_step(rows, frozen, mostly):
    """From the source to where income turns into use, split by class there, and what of it gets on to the sink."""
    books = Books([row for row in rows if row[0] != row[1]], ("a", "b"))
    try:
        money = of(books, ("a", "b"), mostly=mostly)
    except InputError:
        return
    classes = np.zeros(len(money.accounts), np.int64)
    classes[money.codes(["b"])[0]] = 1
    found = whose(money, classes, 2)
    net, codes = money.network, money.codes(frozen)[0]
    gone = np.append(money.chosen(codes)[net.owner], [False, False])
    turns = np.append(found.turns, [False, False])
    enter = net.tail == net.source
    start = np.bincount(net.head[enter], net.money[enter].astype(float), net.nodes + 2)
    sink = np.arange(net.nodes + 2) == net.sink
    there = passed(net, start, gone | turns | sink)
    want = np.zeros(2)
    for node in np.flatnonzero(turns & ~gone):
        begin = np.zeros(net.nodes + 2)
        begin[node] = there[node]
        want += passed(net, begin, gone | sink)[net.sink] * found.node[node]
    assert left(money, found, [codes])[0] == pytest.approx(want, rel=2e-3, abs=2e-3 * max(1, net.supply))


def test_only_own_accounts_are_someone_elses_in_a_draw():
    books = Books([("shop", "till", 60), ("x", "boss", 40), ("till", "boss", 30), ("boss", "y", 70)], ("boss", "till"))
    found = frontier.compute(books, books.traced(), own=books.own, actual=["boss"], certainty={"till": 0.5}, gap=0)
    sheet = drawn_of(found, ["till", "shop", "of no books"])
    assert sheet.holders == ("p-till",)


def town(rows, hub, before):
    """Payments in a part of the world that touches no other; `a` in it is its hub."""
    return [
        (*((hub if n == "a" else before + n) for n in row[:2]), row[2]) for row in rows if row[0] != row[1]
    ]  # fmt: skip


@settings(deadline=None, max_examples=60, derandomize=True)
@given(payments, payments)
def test_where_two_parts_do_not_meet_a_draw_is_what_solving_again_gives(one, two):
    # Large amounts, so that whole minor units do not show.
    paid = [(a, b, amount * 100_000) for a, b, amount in town(one, "boss", "l-") + town(two, "till", "r-")]
    books = Books(paid, ("boss", "till"))
    try:
        found = frontier.compute(
            books, books.traced(), own=books.own, actual=books.own, certainty={"till": 0.5}, gap=0, rounds=0
        )
        again = of(books, ("boss",))
    except InputError:
        return
    sheet = drawn_of(found, ["till"])
    everyone, without = totals(sheet, {"p-till"}), totals(sheet, set())
    flow = residual(again.network, np.zeros(again.network.nodes, np.bool_))
    classes = np.zeros(len(found.books.accounts), np.int64)
    classes[found.books.codes(["till"])[0]] = 1
    whole = whose(found.books, classes, 2)
    frozen_sets = [found.point(name).accounts for name in sheet.points]
    in_proportion = left(found.books, whole, [*frozen_sets, np.empty(0, np.int64)])
    untouched = in_proportion[-1].sum() == pytest.approx(found.total, rel=1e-5, abs=10)
    if untouched:
        assert sheet.flows[0] == pytest.approx(flow, rel=1e-3, abs=100)
    for n, name in enumerate(sheet.points):
        point = found.point(name)
        assert everyone[n, 0] == pytest.approx(found.total - point.money)
        till = int(found.books.codes(["till"])[0][0]) if "till" in found.accounts_of(name) else -1
        assert everyone[n, 2] == pytest.approx(sum(int(found.books.harm[c]) for c in point.accounts if c != till))
        codes = again.codes(found.accounts_of(name))[0]
        frozen = again.chosen(codes)[again.network.owner]
        assert -100 <= without[n, 0] <= everyone[n, 0] + 100
        if untouched and in_proportion[n].sum() == pytest.approx(point.money, rel=1e-5, abs=10):
            # What is left goes on as it was: nothing passes another way, so the split is exact.
            assert without[n, 0] == pytest.approx(flow - residual(again.network, frozen), rel=1e-3, abs=100)
        # Whoever costs nothing at first (no lawful payment) costs nothing here either: it has a price from 1 on.
        lost = [c for c in codes.tolist() if not again.own[c]]
        known = {
            c: int(found.books.codes([i])[0][0]) for c, i in zip(lost, again.ids(np.array(lost, np.int64)), strict=True)
        }
        priced = [c for c in lost if found.books.harm[known[c]] > 0 or found.books.own[known[c]]]
        assert without[n, 2] == pytest.approx(sum(int(again.lawful[c]) for c in priced), rel=1e-3, abs=100)


def test_with_nobody_unsure_every_draw_is_the_point_itself():
    books = Books([("shop", "till", 60), ("x", "boss", 40), ("till", "boss", 30), ("boss", "y", 70), ("q", "y", 9)])
    found = frontier.compute(books, books.traced(), own=books.own, actual=["boss"], gap=0)
    sheet = drawn_of(found, [])
    for row, name in zip(totals(sheet, set()), sheet.points, strict=True):
        point = found.point(name)
        assert row[0] == pytest.approx(found.total - point.money)
        assert row[2] == point.harm
    for row in sheet.rows:
        if row["quantity"] != "share_cut":
            assert row["low"] == row["high"]


def test_better_is_asked_in_both_directions_and_counted_draw_by_draw():
    one = town([("b", "a", 50), ("a", "c", 40), ("b", "c", 7)], "boss", "l-")
    two = town([("e", "b", 5000), ("b", "a", 300), ("a", "c", 300), ("d", "c", 90)], "till", "r-")
    books = Books(one + two, ("boss", "till"))
    found = frontier.compute(books, books.traced(), own=books.own, actual=["till"], certainty={"till": 0.4}, gap=0)
    unknowns = Unknowns(lambda name: SimpleNamespace(name=name, low=0.0, mid=0.5, high=1.0))
    event = unknowns.item(Item("party p-till", 0.4, MATCHED))
    sheet = drawing.sheet(found, {"till": "p-till"}, {"p-till": event})
    drawn = draw(Model("aimed", (), (), unknowns, {"frontier_draws": sheet}), 400, 3)
    table = FRONTIER_ANSWERS.check(answers([drawn])).to_pylist()
    by = {(r["point"], r["other"]): r for r in table}
    values = drawn.sheets["frontier_draws"].reshape(len(sheet.points), 3, 400)
    place = sheet.points.index("actual")
    some, every = np.zeros(400, bool), np.zeros(400, bool)
    for n, name in enumerate(sheet.points):
        if n == place:
            continue
        cut, harm = values[n, 0] - values[place, 0], values[place, 2] - values[n, 2]
        beats = (cut >= 0) & (harm >= 0) & ((cut > 0) | (harm > 0))
        beaten = (cut <= 0) & (harm <= 0) & ((cut < 0) | (harm < 0))
        if name not in sheet.foreseen:
            some |= beats
        every |= beats
        assert by[name, "actual"]["held"] == beats.sum()
        assert by["actual", name]["held"] == beaten.sum()
    assert by["any", "actual"]["held"] == some.sum()
    assert every.sum() + by["none", "actual"]["held"] == 400
    turning = [r for r in table if 0 < r["held"] < 400]
    assert turning, table
    assert all(r["hangs_on"] == "whether party p-till is the listed one" for r in turning)
    assert 0.3 < np.mean(values[place, 2] == values[place, 2].min()) < 0.5, "the till is the group's in 0.4 of draws"
