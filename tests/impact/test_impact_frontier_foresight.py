"""Sets chosen by the payments before the day: what is known by then, and nothing of what comes after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_impact_frontier_money import OWN, Books

from caudal.errors import InputError
from caudal.impact import Scenario, frontier

DAY = date(2025, 3, 2)
PER_DAY = 1440
"""Payments of `Books` are a minute apart."""

NAMES = [*OWN, "a", "b", "c", "d", "e", "f"]


@dataclass
class Two(Books):
    """Some payments on the day before, some from the day on."""

    after: tuple[tuple[str, str, int], ...] = ()

    def __post_init__(self) -> None:
        quiet = [("nobody", "noone", 1)] * (PER_DAY - len(self.paid))
        self.paid = [*quiet, *self.paid, *self.after]


def two(before: list[tuple[str, str, int]], after: list[tuple[str, str, int]], **keys: Any) -> frontier.Frontier:
    return Two(before, after=tuple(after)).compute(day=DAY, **keys)


def sets(found: frontier.Frontier) -> list[tuple[list[str], int, int]]:
    return [(found.accounts_of(p.name), p.harm, p.money) for p in found.before.points]


def test_a_set_is_chosen_by_what_was_paid_and_measured_by_what_is_paid_then():
    """Both days one hand brings the group its money; it is another on the second."""
    way = [("guest", "left", 100), ("left", "boss", 100), ("boss", "seller", 90)]
    other = [(a.replace("left", "right"), b.replace("left", "right"), n) for a, b, n in way]
    keys = {"never": ["boss", "till", "guest", "seller"]}
    found = two(way, other, **keys)
    assert [(found.accounts_of(p.name), p.money) for p in found.found] == [(["right"], 0)]
    assert sets(found) == [(["left"], 0, found.total)], "freezing the hand of the first day cuts nothing on the second"
    assert found.before.chosen[0].money == 0
    assert found.before.points[0].kind == "foreseen"


def test_what_repeats_is_foreseen_as_it_is_found():
    way = [("guest", "left", 100), ("left", "boss", 100), ("boss", "seller", 90)]
    found = two(way, way, never=["boss", "till", "guest"])
    assert sets(found) == [(["left"], 0, 0)]
    assert sets(found) == [(found.accounts_of(p.name), p.harm, p.money) for p in found.found]


def test_nothing_before_the_day_is_nothing_foreseen():
    way = [("guest", "left", 100), ("left", "boss", 100), ("boss", "seller", 90)]
    none = Books(way).compute(day=date(2025, 3, 1))
    assert none.before.points == ()
    assert none.before.knee() is None
    assert none.before.within(1e9) is None
    assert Books(way).compute().before.points == ()
    stranger = two([("guest", "left", 100)], way)  # the group had neither paid nor been paid
    assert stranger.before.points == ()
    assert two(way, way, foresight=False).before.points == ()


def test_accounts_that_are_the_groups_beyond_doubt_are_frozen_whether_seen_or_not():
    before = [("guest", "left", 100), ("left", "boss", 100), ("boss", "seller", 90)]
    after = [("guest", "till", 50), ("till", "seller", 50)]
    sure = two(before, after)
    assert all("till" in found.accounts_of(p.name) for found in (sure,) for p in found.before.points)
    doubtful = two(before, after, certainty={"till": 0.5})
    assert all("till" not in doubtful.accounts_of(p.name) for p in doubtful.before.points)


def test_the_tables_have_them_and_one_is_opened():
    way = [("guest", "left", 100), ("left", "boss", 100), ("boss", "seller", 90)]
    found = two(way, way, never=["boss"], actual=["boss"])
    rows = [r for r in found.points.to_pylist() if r["kind"] == "foreseen"]
    assert [r["point"] for r in rows] == [p.name for p in found.before.points]
    assert all(r["bound"] <= r["money"] and r["proof_flow"] is None for r in rows)
    knee = found.before.knee()
    assert knee is not None
    assert [r["point"] for r in rows if r["opened"]].count(knee.name) == 1
    assert knee.name in found.measures.column("point").to_pylist()


payments = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(1, 1000)), min_size=1, max_size=20)


@settings(max_examples=30, deadline=None)
@given(payments, payments, payments)
def test_payments_after_the_day_have_no_part_in_the_choice(one: Any, other: Any, further: Any):
    """The same before the day: the same sets, whatever is paid after; as found in books that end on the day."""
    before, after, instead = ([(NAMES[p], NAMES[q], n) for p, q, n in rows] for rows in (one, other, further))
    keys = {"cost": "people", "never": ["f"], "certainty": dict.fromkeys(OWN, 0.9)}
    try:
        first = two(before, after, **keys)
        second = two(before, instead, **keys)
    except InputError:
        return
    # Who has no straight payment at all is not known to be traced: the group's own accounts are given.
    chosen = [[(p.harm, p.money) for p in found.before.chosen] for found in (first, second)]
    assert chosen[0] == chosen[1]
    try:
        ended = Two(before).compute(gap=0.05, rounds=0, **keys)
    except InputError:
        assert chosen[0] == []
        return
    if chosen[0]:
        assert chosen[0] == [(p.harm, p.money) for p in ended.found]


@settings(max_examples=30, deadline=None)
@given(payments, payments)
def test_what_was_foreseen_is_never_better_than_the_bound(one: Any, other: Any):
    before, after = ([(NAMES[p], NAMES[q], n) for p, q, n in rows] for rows in (one, other))
    try:
        found = two(before, after, mostly=0.8)
    except InputError:
        return
    for point in found.before.points:
        assert point.money >= found.bound(point.harm) - 1e-6
        assert point.harm == found.books.harm[point.accounts].sum()


def test_a_scenario_can_ask_for_it():
    asked = Scenario(name="x", accounts="frontier-before", harm_budget=10)
    assert asked.accounts == "frontier-before"
    with pytest.raises(InputError, match="frontier-before"):
        Scenario(name="x", accounts=("a",), harm_budget=10)
