"""Changes to a ledger that must change nothing, or only what they say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.tracing import METHODS, TransferIndex, run_trace


@pytest.fixture(scope="session")
def traced(table):
    """Exposures and attributions of rows as plain sorted rows, for chosen names, methods and directions."""

    def run(rows, groups, pooled=(), **how):
        found = run_trace(TransferIndex.from_transfers(table(rows)), groups, pooled=pooled, **how)
        exposures = [tuple(row.values()) for row in found.exposures.to_pylist()]
        attributions = [tuple(row.values()) for row in found.attributions.to_pylist()]
        return sorted(exposures), sorted(attributions)

    return run


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_the_order_of_rows_in_a_file_does_not_matter(traced, ledgers, group_sets, data):
    rows, groups = data.draw(ledgers), data.draw(group_sets)
    assert traced(data.draw(st.permutations(rows)), groups) == traced(rows, groups)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_the_names_of_accounts_do_not_matter(traced, ledgers, group_sets, data):
    rows, groups = data.draw(ledgers), data.draw(group_sets)
    names = [f"acc-{letter}" for letter in "abcdefg"]
    new = dict(zip(names, data.draw(st.permutations(["", "Ω", "zz", "0", "b c", "acc-a", "ñ"])), strict=True))
    old = {value: key for key, value in new.items()}
    renamed = [(name, time, new[payer], new[payee], amount) for name, time, payer, payee, amount in rows]
    exposures, attributions = traced(renamed, {group: [new[a] for a in own] for group, own in groups.items()})
    back = sorted((old[account], *rest) for account, *rest in exposures)
    assert (back, attributions) == traced(rows, groups)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), shift=st.integers(-(10**12), 10**15))
def test_shifting_time_shifts_times_only(traced, ledgers, group_sets, data, shift):
    rows, groups = data.draw(ledgers), data.draw(group_sets)
    moved = [(name, time + shift, *rest) for name, time, *rest in rows]
    exposures, attributions = traced(moved, groups)
    before, carried = traced(rows, groups)
    assert attributions == carried
    for now, then in zip(exposures, before, strict=True):
        assert now[:9] == then[:9]
        assert [(a - b).total_seconds() * 1e6 for a, b in zip(now[9:11], then[9:11], strict=True)] == [
            pytest.approx(shift, abs=1)
        ] * 2
        assert now[11] == then[11]


@settings(max_examples=60, deadline=None)
@given(data=st.data(), factor=st.integers(2, 64))
def test_scaling_amounts_scales_whole_units_exactly(traced, ledgers, group_sets, data, factor):
    rows, groups = data.draw(ledgers), data.draw(group_sets)
    scaled = [(*row[:4], row[4] * factor) for row in rows if row[4] < 2**40]
    rows = [row for row in rows if row[4] < 2**40]
    exposures, attributions = traced(scaled, groups, methods=["poison", "fifo"])
    before, carried = traced(rows, groups, methods=["poison", "fifo"])
    assert exposures == [(*row[:4], *(factor * amount for amount in row[4:9]), *row[9:]) for row in before]
    assert attributions == [(*row[:4], factor * row[4], row[5]) for row in carried]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_strangers_do_not_matter(traced, ledgers, group_sets, data):
    rows, strangers, groups = data.draw(ledgers), data.draw(ledgers), data.draw(group_sets)
    apart = [(f"s{name}", time, f"x{payer}", f"{payee}x", amount) for name, time, payer, payee, amount in strangers]
    assert traced([*rows, *apart], groups) == traced(rows, groups)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_many_groups_at_once_are_single_runs(traced, ledgers, data):
    rows = data.draw(ledgers)
    own = st.lists(st.sampled_from([f"acc-{letter}" for letter in "abcdefg"]), min_size=1, max_size=2, unique=True)
    groups = {f"g{number:02d}": accounts for number, accounts in enumerate(data.draw(st.lists(own, max_size=11)))}
    together = traced(rows, groups, ["acc-b"])
    alone = [traced(rows, {group: accounts}, ["acc-b"]) for group, accounts in groups.items()]
    assert together == tuple(sorted(row for one in alone for row in one[part]) for part in (0, 1))


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_backward_is_forward_on_the_mirrored_ledger(traced, ledgers, group_sets, data):
    # Mirrored: time runs the other way and payer and payee change places. Times are made distinct here, since the
    # order inside one instant is mirrored with the arrays, not made anew.
    groups = data.draw(group_sets)
    rows = [(row[0], place, *row[2:]) for place, row in enumerate(data.draw(ledgers))]
    mirror = [(name, -time, payee, payer, amount) for name, time, payer, payee, amount in rows]
    for there, here in (("forward", "backward"), ("backward", "forward")):
        exposures, attributions = traced(mirror, groups, ["acc-c"], directions=[there])
        wanted, carried = traced(rows, groups, ["acc-c"], directions=[here])
        assert attributions == [(*row[:2], there, *row[3:]) for row in carried]
        assert len(exposures) == len(wanted)
        for now, then in zip(exposures, wanted, strict=True):
            assert now[:2] + now[3:9] + now[11:] == then[:2] + then[3:9] + then[11:]
            assert [time.timestamp() for time in now[9:11]] == [-time.timestamp() for time in then[10:8:-1]]


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_splitting_a_transfer_changes_its_parts_by_rounding_only(table, ledgers, data):
    # Whole splits only: no ties, so the halves follow one another and together carry what the whole carried, less one
    # unit at most for each further rounding on the way.
    rows = [(row[0], place, *row[2:]) for place, row in enumerate(data.draw(ledgers))]
    halves = []
    for name, time, payer, payee, amount in rows:
        halves += [
            (f"{name}-1", time, payer, payee, amount // 2),
            (f"{name}-2", time, payer, payee, amount - amount // 2),
        ]
    how = {"groups": {"g": ["acc-a"]}, "directions": ["forward"]}
    whole = run_trace(TransferIndex.from_transfers(table(rows)), **how).exposures.to_pylist()
    split = run_trace(TransferIndex.from_transfers(table(halves)), **how).exposures.to_pylist()
    held = {method: {r["account_id"]: r["held"] for r in split if r["method"] == method} for method in METHODS}
    for row in whole:
        found = held[row["method"]].get(row["account_id"], 0)
        if row["method"] != "proportional":
            assert found == row["held"]
        else:
            assert abs(found - row["held"]) <= 4 * len(rows)
