"""Explanations against every path there is: small ledgers, all walks in order of time, shares as fractions."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.tables import EVIDENCE, PATHS
from caudal.tracing import TransferIndex, run_trace
from caudal.tracing.explain import Explainer

CLOSE = 1e-9


def mirrored(rows, direction):
    return rows if direction == "forward" else [(n, t, q, p, x) for n, t, p, q, x in reversed(rows)]


def shares(steps):
    """For each transfer of a pass the part of the payer's balance that it moves; None where it moves nothing."""
    balance, found = {}, []
    for _, _, payer, payee, x in steps:
        if payer == payee or not x:
            found.append(None)
            continue
        before = max(balance.get(payer, 0), x)
        balance[payer], balance[payee] = before - x, balance.get(payee, 0) + x
        found.append(Fraction(x, before))
    return found


def every_path(steps, own, pooled, target):
    """All paths from the group to the target: (amount carried, least payment, ids in the order of the pass)."""
    share, found = shares(steps), []

    def walk(at, amount, least, ids):
        name, _, _, payee, x = steps[at]
        ids, least = [*ids, name], min(least, x)
        if payee in own:
            return
        if payee == target:
            found.append((amount, least, ids))
        if payee in pooled:
            return
        left = amount
        for later in range(at + 1, len(steps)):
            if steps[later][2] == payee and share[later] is not None:
                walk(later, left * share[later], least, ids)
                left -= left * share[later]

    for at, (_, _, payer, payee, x) in enumerate(steps):
        if payer in own and payee not in own and share[at] is not None:
            walk(at, Fraction(x), x, [])
    return found


@st.composite
def questions(draw):
    names = ["acc-a", "acc-b", "acc-c", "acc-d", "acc-e"]
    amount = st.one_of(st.integers(0, 20), st.integers(1, 10**6))
    row = st.tuples(st.integers(0, 6), st.sampled_from(names), st.sampled_from(names), amount)
    rows = [(f"t{n:02d}", *one) for n, one in enumerate(draw(st.lists(row, min_size=1, max_size=11)))]
    rows.append(("tx", 3, "acc-a", "acc-b", draw(st.integers(1, 500))))
    own = {"acc-a", *draw(st.lists(st.sampled_from(names), max_size=1))}
    used = {name for one in rows for name in one[2:4]}
    targets = sorted(used - own)
    pooled = draw(st.lists(st.sampled_from(names), max_size=1))
    return rows, sorted(own), draw(st.sampled_from(targets)) if targets else None, pooled


@settings(max_examples=400, deadline=None)
@given(
    question=questions(),
    direction=st.sampled_from(["forward", "backward"]),
    measure=st.sampled_from(["carried", "widest"]),
    most=st.sampled_from([1, 3, 1000]),
    share=st.sampled_from([0.5, 0.95, 1.0]),
)
def test_agrees_with_all_paths_there_are(table, in_order, question, direction, measure, most, share):
    rows, own, target, pooled = question
    if target is None:
        return
    steps = mirrored(in_order(rows), direction)
    pooled = [name for name in pooled if name not in own]
    everything = every_path(steps, set(own), set(pooled), target)
    wanted = [one for one in everything if one[0] > 0]  # a chain can go on although the money went another way
    explainer = Explainer(TransferIndex.from_transfers(table(rows)), "g", own, direction, pooled)
    found = explainer.explain(target, paths=most, share=share, measure=measure)
    assert found.paths.schema == PATHS.schema
    assert found.transfers.schema == EVIDENCE.schema

    total = sum(amount for amount, _, _ in wanted)
    assert found.amount == pytest.approx(float(total), abs=0.501)
    check_paths(found, wanted if measure == "carried" else everything, direction, measure, most)
    check_transfers(found, wanted, share, float(total))


def check_paths(found, wanted, direction, measure, most):
    by_ids = {tuple(ids): float(amount if measure == "carried" else least) for amount, least, ids in wanted}
    sizes = sorted((size for size in by_ids.values() if size >= 0.5), reverse=True)[:most]
    paths = {}
    for row in found.paths.to_pylist():
        paths.setdefault(row["path"], []).append(row)
    assert [row["step"] for path in paths.values() for row in path] == [
        n for path in paths.values() for n in range(1, len(path) + 1)
    ]
    ours = []
    for path in paths.values():
        ids = [row["transfer_id"] for row in path]
        ours.append(by_ids[tuple(ids if direction == "forward" else reversed(ids))])
        assert path[0]["reached"] == pytest.approx(ours[-1], abs=0.501)
        last = path[-1] if direction == "forward" else path[0]
        assert last["amount"] == last["reached"]
    assert len({tuple(row["transfer_id"] for row in path) for path in paths.values()}) == len(paths)
    assert len(ours) >= sum(size > 0.5 + CLOSE for size in sizes)
    assert ours == pytest.approx(sizes[: len(ours)], rel=CLOSE)
    if measure == "carried":
        assert found.shown == pytest.approx(sum(ours), abs=0.501)
    else:
        assert found.shown is None


def check_transfers(found, wanted, share, total):
    def alone(ids):
        return float(sum(amount for amount, _, path in wanted if set(path) <= set(ids)))

    ids = found.transfers["transfer_id"].to_pylist()
    assert len(set(ids)) == len(ids)
    if not wanted:
        assert (ids, found.covered) == ([], 0.0)
        return
    assert alone(ids) >= share * total * (1 - CLOSE)
    assert found.covered == pytest.approx(alone(ids) / total, rel=CLOSE)
    if len(ids) > 1:  # without the last of them it is not enough
        assert alone(ids[:-1]) < share * total * (1 + CLOSE)
    # A transfer brings what is on all paths over it; one that a path takes twice there is none.
    brings = {}
    for amount, _, path in wanted:
        for name in path:
            brings[name] = brings.get(name, 0) + amount
    for row in found.transfers.to_pylist():
        assert row["reached"] == pytest.approx(float(brings[row["transfer_id"]]), abs=0.501)
    reached = found.transfers["reached"].to_pylist()
    assert reached == sorted(reached, reverse=True)
    missing = set(brings) - set(ids)
    assert all(brings[name] <= min(brings[i] for i in ids) * (1 + Fraction(1, 10**9)) for name in missing)


def test_the_paths_add_up_to_the_exposure(table):
    rows = [
        ("t1", 0, "group", "a", 60_000),
        ("t2", 0, "group", "b", 40_000),
        ("t3", 1, "customer", "a", 60_000),
        ("t4", 2, "a", "c", 60_000),
        ("t5", 2, "b", "c", 40_000),
        ("t6", 3, "c", "shop", 100_000),
    ]
    index = TransferIndex.from_transfers(table(rows))
    exposure = run_trace(index, {"g": ["group"]}, ["proportional"], ["forward"]).exposures.to_pylist()
    amount = next(row["direct"] + row["indirect"] for row in exposure if row["account_id"] == "shop")
    found = Explainer(index, "g", ["group"]).explain("shop", share=0.5)
    assert found.amount == found.shown == amount == 70_000
    assert [(r["path"], r["transfer_id"], r["amount"], r["reached"]) for r in found.paths.to_pylist()] == [
        (1, "t2", 40_000, 40_000),
        (1, "t5", 40_000, 40_000),
        (1, "t6", 40_000, 40_000),
        (2, "t1", 60_000, 30_000),
        (2, "t4", 30_000, 30_000),
        (2, "t6", 30_000, 30_000),
    ]
    # t6 brings all, then t2 and t5 the greater half of it: that half alone is more than 50%.
    assert found.transfers["transfer_id"].to_pylist() == ["t6", "t2", "t5"]
    assert found.transfers["reached"].to_pylist() == [70_000, 40_000, 40_000]
    assert found.covered == pytest.approx(4 / 7)


def test_a_long_queue_at_a_busy_account_is_searched_not_enumerated(table):
    # 2^30 paths and more run through these; the three largest are found all the same.
    rows, names = [], ["group", *[f"n{step:02d}" for step in range(30)], "end"]
    for step, (payer, payee) in enumerate(itertools.pairwise(names)):
        rows += [(f"t{step:02d}{twin}", 10 * step + twin, payer, payee, 2**20 + twin) for twin in (0, 1)]
    found = Explainer(TransferIndex.from_transfers(table(rows)), "g", ["group"]).explain("end", paths=3)
    assert found.amount == 2**21 + 1
    assert len(found.paths) == 0  # each of them carries 2^21 / 2^31 units: less than half a unit
    wide = Explainer(TransferIndex.from_transfers(table(rows)), "g", ["group"]).explain(
        "end", paths=3, measure="widest"
    )
    assert {row["reached"] for row in wide.paths.to_pylist()} == {2**20 + 1, 2**20}
    assert wide.paths.num_rows == 3 * 31
    assert wide.transfers.num_rows >= 58
    assert found.covered >= 0.95


def test_an_account_the_money_never_reached_has_no_paths(table):
    rows = [("t1", 0, "a", "b", 5), ("t2", 1, "group", "a", 5), ("t3", 2, "x", "group", 5)]
    explainer = Explainer(TransferIndex.from_transfers(table(rows)), "g", ["group"])
    found = explainer.explain("b")
    assert (found.amount, found.shown, found.covered, found.paths.num_rows, found.transfers.num_rows) == (0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("account", "arguments", "said"),
    [
        ("ghost", {}, "account ghost occurs in no transfer"),
        ("group", {}, "account group is the group's own"),
        ("a", {"share": 0}, "share of the exposure must be above 0"),
        ("a", {"share": 1.5}, "share of the exposure must be above 0"),
        ("a", {"paths": 0}, "at least one path"),
        ("a", {"measure": "longest"}, "no measure 'longest'; known are carried, widest"),
    ],
)
def test_wrong_questions_are_named(table, account, arguments, said):
    explainer = Explainer(TransferIndex.from_transfers(table([("t1", 0, "group", "a", 5)])), "g", ["group"])
    with pytest.raises(InputError, match=said):
        explainer.explain(account, **arguments)


def test_a_group_that_is_not_there_is_named(table):
    index = TransferIndex.from_transfers(table([("t1", 0, "group", "a", 5)]))
    with pytest.raises(InputError, match="no account of g occurs"):
        Explainer(index, "g", ["ghost"])
    with pytest.raises(InputError, match="no direction 'up'"):
        Explainer(index, "g", ["group"], "up")
