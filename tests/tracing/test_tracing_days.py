"""Exposure as of a day is the exposure of the ledger cut there, and a split by a day loses nothing."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.tables import BEFORE_AFTER
from caudal.tracing import TransferIndex, run_trace
from caudal.tracing.days import before_after, until

DAY = 86_400_000_000
HALF = DAY // 2


def rows_of(exposures: pa.Table):
    return sorted(tuple(sorted((k, str(v)) for k, v in row.items())) for row in exposures.to_pylist())


@settings(max_examples=100, deadline=None)
@given(data=st.data(), last=st.integers(0, 7))
def test_as_of_a_day_is_the_cut_ledger(table, ledgers, group_sets, data, last):
    rows = [(n, t * HALF, p, q, x) for n, t, p, q, x in data.draw(ledgers)]
    groups = data.draw(group_sets)
    day = date.fromordinal(date(1970, 1, 1).toordinal() + last)
    whole = until(TransferIndex.from_transfers(table(rows)), day)
    cut = TransferIndex.from_transfers(table([row for row in rows if row[1] < (last + 1) * DAY]))
    assert whole.transfer_ids.to_pylist() == cut.transfer_ids.to_pylist()
    mine, theirs = run_trace(whole, groups), run_trace(cut, groups)
    assert rows_of(mine.exposures) == rows_of(theirs.exposures)
    assert mine.attributions.sort_by("transfer_id").num_rows == theirs.attributions.num_rows


@settings(max_examples=100, deadline=None)
@given(data=st.data(), first=st.integers(0, 7), second=st.integers(0, 7))
def test_before_and_after_add_up_and_forward_before_is_as_of_the_day_before(
    table, ledgers, group_sets, data, first, second
):
    rows = [(n, t * HALF, p, q, x) for n, t, p, q, x in data.draw(ledgers)]
    groups = data.draw(group_sets)
    start = date(1970, 1, 1).toordinal()
    days = {
        group: {"FTO": date.fromordinal(start + first), "SDGT": date.fromordinal(start + second)} for group in groups
    }
    index = TransferIndex.from_transfers(table(rows))
    found = run_trace(index, groups)
    split = before_after(found.exposures, found.attributions, table(rows), days)
    assert split.schema == BEFORE_AFTER.schema
    assert split.num_rows == 2 * found.exposures.num_rows
    key = ("account_id", "group_id", "direction", "method")
    exposures = {tuple(r[k] for k in key): r for r in found.exposures.to_pylist()}
    earlier = {}
    for authority, offset in (("FTO", first), ("SDGT", second)):
        then = run_trace(until(index, date.fromordinal(max(1, start + offset - 1))), groups)
        earlier[authority] = {tuple(r[k] for k in key): r for r in then.exposures.to_pylist()}
    for row in split.to_pylist():
        where = tuple(row[k] for k in key)
        whole = exposures[where]
        assert row["direct_before"] + row["direct_after"] == whole["direct"]
        assert row["indirect_before"] + row["indirect_after"] == whole["indirect"]
        assert (row["first_after"] is None) == (row["transfers_after"] == 0)
        since = datetime.combine(row["day"], datetime.min.time(), UTC)
        assert row["first_after"] is None or row["first_after"] >= since
        if row["direction"] == "forward":
            then = earlier[row["authority"]].get(where, Counter())
            assert (row["direct_before"], row["indirect_before"]) == (then["direct"], then["indirect"])


def test_a_payment_on_the_day_itself_is_after(table):
    rows = [("t1", DAY - 1, "group", "a", 5), ("t2", DAY, "group", "a", 7), ("t3", 3 * DAY, "a", "b", 6)]
    index = TransferIndex.from_transfers(table(rows))
    found = run_trace(index, {"g": ["group"]}, ["proportional"], ["forward"])
    split = before_after(found.exposures, found.attributions, table(rows), {"g": {"FTO": date(1970, 1, 2)}})
    got = [
        tuple(r[k] for k in ("account_id", "direct_before", "direct_after", "indirect_before", "indirect_after"))
        for r in split.to_pylist()
    ]
    assert got == [("a", 5, 7, 0, 0), ("b", 0, 0, 0, 6)]
    assert split["transfers_after"].to_pylist() == [1, 1]


def test_groups_without_a_day_have_no_rows(table):
    rows = [("t1", 0, "group", "a", 5)]
    found = run_trace(TransferIndex.from_transfers(table(rows)), {"g": ["group"]})
    for days in ({}, {"g": {}}, {"other": {"FTO": date(2025, 2, 20)}}):
        assert before_after(found.exposures, found.attributions, table(rows), days).num_rows == 0
