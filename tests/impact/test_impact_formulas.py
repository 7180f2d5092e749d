"""Formulas against a slow evaluation of every combination of events and ends."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.impact.assumptions import Assumption
from caudal.impact.database import connected
from caudal.impact.formulas import exactly, formula, over_threshold
from caudal.impact.unknowns import AFTER, CERTAIN, Item, Unknowns

ASSUMED = {
    name: Assumption(name, low, mid, high, "made up", "made up")
    for name, low, mid, high in (("unknown_day", 0.0, 0.5, 1.0), ("agent", 0.1, 0.3, 0.9), ("other", 0.2, 0.6, 0.7))
}


@pytest.fixture
def unknowns():
    return Unknowns(ASSUMED.__getitem__)


@pytest.fixture(scope="module")
def db():
    with connected("100MB") as database:
        yield database


@st.composite
def ties(draw):
    """Rows (subject, base, event, factor, against): four uncertain events, three factors."""
    bases = draw(st.lists(st.integers(1, 9), min_size=1, max_size=4))
    rows = []
    for subject, base in enumerate(bases):
        own = st.tuples(st.integers(0, 4), st.integers(0, 3))
        counted = draw(st.lists(own, min_size=1, max_size=4))
        # What counts against a subject is a part of what counts for it, with a further factor.
        against = draw(st.lists(st.sampled_from([c for c in counted if c[1] == 0] or [None]), max_size=2))
        rows += [(subject, base, e, f, False) for e, f in counted]
        rows += [(subject, base, e, AFTER, True) for e, _ in filter(None, against)]
    return rows


def slow(rows, holds, shares):
    """The value for one set of events that hold and one share for every assumption."""
    factors = [1.0, shares["unknown_day"], 1 - shares["unknown_day"], shares["agent"] * (1 - shares["other"])]
    total = 0.0
    for subject in {r[0] for r in rows}:
        mine = [r for r in rows if r[0] == subject]
        value = max((holds[e] * factors[f] for _, _, e, f, against in mine if not against), default=0.0)
        taken = max((holds[e] * factors[f] for _, _, e, f, against in mine if against), default=0.0)
        total += mine[0][1] * max(value - taken, 0.0)
    return total


@settings(max_examples=60, deadline=None)
@given(ties())
def test_no_combination_lies_outside_the_ends_and_draws_are_exact(db, rows):
    unknowns = Unknowns(ASSUMED.__getitem__)
    chances = (0.9, 0.5, 0.2)
    codes = [CERTAIN, *(unknowns.item(Item(f"i{n}", c, "made up")) for n, c in enumerate(chances))]
    codes += unknowns.any_of([codes[2:4]])
    assert unknowns.factor("agent", rest=["other"]) == 3
    values = ", ".join(f"({s}, {b}, {codes[e]}, {f}, {a})" for s, b, e, f, a in rows)
    found = formula(db, unknowns, f"FROM (VALUES {values}) v(subject, base, event, factor, against)")
    low, mid, high = found.ends(unknowns)
    assert low <= mid <= high
    lowest = highest = None
    for on in product((0, 1), repeat=3):
        holds = [1, *on, max(on[1:])]
        for day, agent, other in product((0.0, 0.4, 1.0), (0.1, 0.9), (0.2, 0.7)):
            shares = {"unknown_day": day, "agent": agent, "other": other}
            expected = slow(rows, holds, shares)
            events = np.array(holds, np.float32)[np.argsort(codes)][:, None]
            factors = np.array([[1.0], [day], [1 - day], [agent * (1 - other)]])
            assert found.totals(events, factors)[0] == pytest.approx(expected)
            assert low - 1e-9 <= expected <= high + 1e-9
            lowest = expected if lowest is None else min(lowest, expected)
            highest = expected if highest is None else max(highest, expected)
    # Where no assumption both raises and lowers the value, the ends are not only safe but met.
    if not any(r[4] for r in rows) and not {1, 2} <= {r[3] for r in rows}:
        assert (low, high) == (pytest.approx(lowest), pytest.approx(highest))


def test_two_who_are_the_same_event_are_one_draw_and_ends_add_up(db, unknowns):
    item = unknowns.item(Item("someone", 0.4, "made up"))
    assert unknowns.item(Item("someone", 0.4, "made up")) == item
    assert unknowns.item(Item("sure", 1.0, "made up", True)) == CERTAIN
    assert unknowns.any_of([[item], [item, CERTAIN], [item, item]]) == [item, CERTAIN, item]
    people = formula(db, unknowns, f"SELECT 1 AS subject, 5 AS base, {item} AS event")
    assert people.ends(unknowns) == (0.0, 2.0, 5.0)
    assert (people + exactly(3)).ends(unknowns) == (3.0, 5.0, 8.0)
    rest = people.times(unknowns, unknowns.factor(rest=["other"]))
    assert rest.ends(unknowns) == pytest.approx((0.0, 0.8, 4.0))


def test_a_tie_without_event_or_factor_never_holds(db, unknowns):
    found = formula(
        db, unknowns, "FROM (VALUES (1, 7, NULL, 0), (2, 5, 0, NULL), (3, 2, 0, 0)) v(subject, base, event, factor)"
    )
    assert found.ends(unknowns) == (2.0, 2.0, 2.0)
    nothing = formula(db, unknowns, "SELECT 1 AS base, NULL::INTEGER AS event")
    assert nothing.ends(unknowns) == (0.0, 0.0, 0.0)


def test_the_mean_of_events_is_a_factor(unknowns):
    item = unknowns.item(Item("someone", 0.25, "made up"))
    code = unknowns.mean([CERTAIN, item], [1, 3])
    assert unknowns.factor_ends()[:, code] == pytest.approx((0.25, 0.4375, 1.0))
    assert unknowns.mean([], []) == CERTAIN


def test_a_threshold_that_is_assumed(unknowns):
    found = over_threshold(np.array([0.5, 0.1, 0.05, 0.9, 0.3]), unknowns.factor("agent"))
    assert found.ends(unknowns) == (1.0, 3.0, 4.0)


def test_any_by_key(db, unknowns):
    first, second = (unknowns.item(Item(name, 0.5, "made up")) for name in "ab")
    values = f"(1, {first}), (1, {second}), (2, {second}), (3, {CERTAIN}), (3, {first}), (4, {second}), (4, {first})"
    unknowns.any_by(db, "any_table", f"FROM (VALUES {values}) v(key, event)")
    found = dict(db.rows("SELECT key, event FROM any_table"))
    assert found[2] == second
    assert found[3] == CERTAIN
    assert found[1] == found[4] not in (first, second, CERTAIN)
