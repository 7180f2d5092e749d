"""Bounds hold for every way of spending: checked against all of them on tiny ledgers, and against the default."""

from __future__ import annotations

import random
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.tables import EXPOSURE_BOUNDS
from caudal.tracing import Opening, TransferIndex, run_trace
from caudal.tracing.bounds import exposure_bounds


def bounds(table, rows, own, direction, **options):
    found = exposure_bounds(TransferIndex.from_transfers(table(rows)), {"g": own}, [direction], **options)
    assert found.schema == EXPOSURE_BOUNDS.schema
    return {row["account_id"]: (row["low"], row["high"], row["opening"]) for row in found.to_pylist()}


def attributed(table, rows, own, direction, pooled=(), opening=None):
    """Every account's direct and whole exposure by each method that moves no money twice."""
    index = TransferIndex.from_transfers(table(rows))
    found = run_trace(index, {"g": own}, ["proportional", "fifo"], [direction], pooled, opening=opening)
    return [(r["account_id"], r["direct"], r["direct"] + r["indirect"]) for r in found.exposures.to_pylist()]


@settings(max_examples=300, deadline=None)
@given(
    data=st.data(),
    direction=st.sampled_from(["forward", "backward"]),
    tainted=st.sampled_from([0.0, 0.3, 1.0]),
)
def test_low_is_below_the_default_and_high_above(table, ledgers, data, direction, tainted):
    rows = data.draw(ledgers)
    names = sorted({name for row in rows for name in row[2:4]})
    own = data.draw(st.lists(st.sampled_from([*names, "acc-a"]), min_size=1, max_size=2, unique=True))
    pooled = data.draw(st.lists(st.sampled_from(["acc-b", "acc-c"]), unique=True))
    told = data.draw(st.dictionaries(st.sampled_from(["acc-d", "acc-e", "ghost"]), st.integers(0, 2**40)))
    found = bounds(table, rows, own, direction, pooled=pooled, opening=told, tainted=tainted)
    dealing = {name for row in rows if row[4] and (row[2] in own) != (row[3] in own) for name in row[2:4]}
    ours = {n: int(told[n] * tainted) for n in told if n in dealing and n not in own and n not in pooled}
    for opening in (None, Opening(told), Opening(told, {"g": ours})):
        for account, direct, amount in attributed(table, rows, own, direction, pooled, opening):
            low, high, _ = found.get(account, (0, 0, 0))  # one that only held some at first received none
            assert direct <= low <= amount <= high


def every_outcome(steps, own, opening, tainted, target):
    """Least and most that can come to the target over all whole ways of spending; opening money may be the group's."""

    @cache
    def go(at, purses, arrived):
        if at == len(steps):
            return arrived, arrived
        _, _, payer, payee, x = steps[at]
        if payer == payee or not x:
            return go(at + 1, purses, arrived)
        held = dict(purses)
        clean, taint = held.get(payer, (0, 0))
        choices = [x if payee not in own else 0] if payer in own else range(max(0, x - clean), min(x, taint) + 1)
        ends = []
        for moved in choices:
            after = dict(held)
            if payer not in own:
                after[payer] = (clean - (x - moved), taint - moved)
            if payee not in own:
                mine = after.get(payee, (0, 0))
                after[payee] = (mine[0] + x - moved, mine[1] + moved)
            more = moved if payee == target else 0
            ends.append(go(at + 1, tuple(sorted(after.items())), arrived + more))
        return min(low for low, _ in ends), max(high for _, high in ends)

    purses = {name: (amount - tainted.get(name, 0), tainted.get(name, 0)) for name, amount in opening.items()}
    return go(0, tuple(sorted(purses.items())), 0)


def needed(steps):
    """What every account must have held before the first step."""
    held, lack = {}, {}
    for _, _, payer, payee, x in steps:
        if payer == payee:
            continue
        held[payer] = held.get(payer, 0) - x
        held[payee] = held.get(payee, 0) + x
        lack[payer] = max(lack.get(payer, 0), -held[payer])
    return {name: lack.get(name, 0) for name in held}


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_every_way_of_spending_lies_between_them(table, in_order, direction):
    rng = random.Random(3)
    for _ in range(250):
        rows = [
            (f"t{n}", rng.randrange(4), rng.choice("gabc"), rng.choice("gabc"), rng.randint(0, 4))
            for n in range(rng.randint(1, 7))
        ]
        steps = in_order(rows)
        if direction == "backward":
            steps = [(n, t, q, p, x) for n, t, p, q, x in reversed(steps)]
        opening = needed(steps)
        near = {n for s in steps if s[4] and ("g" in s[2:4]) for n in s[2:4]} - {"g"}
        found = bounds(table, rows, ["g"], direction)
        dirty = bounds(table, rows, ["g"], direction, tainted=1)
        for target in "abc":
            low, high, _ = found.get(target, (0, 0, 0))
            least, most = every_outcome(tuple(steps), frozenset("g"), opening, {}, target)
            assert low <= least <= most <= high
            _, worst = every_outcome(
                tuple(steps), frozenset("g"), opening, {n: opening.get(n, 0) for n in near}, target
            )
            assert worst <= dirty.get(target, (0, 0, 0))[1]
            paid = [s[2] for s in steps if s[4] and s[2] != s[3]]
            if len(set(paid) - {"g"}) == len([p for p in paid if p != "g"]):  # everyone pays once: nothing is lost
                assert (low, high) == (least, most)


def test_a_worked_example(table):
    # A holds 100 of the group's and 60 of a customer's, and pays 80 to B, then 80 to C.
    rows = [("t1", 0, "group", "a", 100), ("t2", 1, "x", "a", 60), ("t3", 2, "a", "b", 80), ("t4", 3, "a", "c", 80)]
    found = bounds(table, rows, ["group"], "forward")
    assert found["a"] == (100, 100, 0)
    assert found["b"] == (20, 80, 0)
    assert found["c"] == (20, 80, 0)
    # With 50 more known to be on it, of which nothing is the group's, less must have gone along.
    assert bounds(table, rows, ["group"], "forward", opening={"a": 50})["b"] == (0, 80, 0)
    # And if all of that 50 were the group's too, A could still pay each of them in full out of it.
    tainted = bounds(table, rows, ["group"], "forward", opening={"a": 50}, tainted=1)
    assert tainted["c"] == (0, 80, 0)
    assert tainted["a"] == (100, 100, 50)


def test_money_that_cannot_be_anything_else_stays_certain(table):
    rows = [("t1", 0, "group", "a", 100), ("t2", 1, "a", "b", 100), ("t3", 2, "b", "c", 70)]
    found = bounds(table, rows, ["group"], "forward")
    assert {name: pair[:2] for name, pair in found.items()} == {"a": (100, 100), "b": (100, 100), "c": (70, 70)}


@pytest.mark.parametrize(
    ("options", "said"),
    [({"tainted": 1.5}, "between 0 and 1"), ({"opening": {"a": -1}}, "opening balance of account a must be 0 or more")],
)
def test_wrong_questions_are_named(table, options, said):
    with pytest.raises(InputError, match=said):
        bounds(table, [("t1", 0, "group", "a", 1)], ["group"], "forward", **options)


def test_balances_beyond_62_bits_are_named(table):
    rows = [("t1", 0, "group", "a", 2**62), ("t2", 1, "a", "b", 1)]
    with pytest.raises(InputError, match="leave 62 bits"):
        bounds(table, rows, ["group"], "forward")
