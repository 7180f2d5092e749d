"""Reachability by flags: the same accounts as poison, for any number of groups, and as a plain walk finds them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.tracing import DIRECTIONS, TransferIndex, reached, run_trace

NAMES = [f"acc-{letter}" for letter in "abcdefg"]


@settings(max_examples=200, deadline=None)
@given(data=st.data(), direction=st.sampled_from(DIRECTIONS), dust=st.sampled_from([0, 1, 3, 10**5]))
def test_a_plain_walk_reaches_the_same(table, ledgers, group_sets, in_order, data, direction, dust):
    rows, groups = data.draw(ledgers), data.draw(group_sets)
    pooled = data.draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=2))
    index = TransferIndex.from_transfers(table(rows))
    found = reached(index, groups, direction, pooled, dust)
    steps = in_order(rows)
    if direction == "backward":
        steps = [(name, time, payee, payer, x) for name, time, payer, payee, x in reversed(steps)]
    wanted = set()
    for group, own in groups.items():
        live, met = set(own), set()
        for _, _, payer, payee, x in steps:
            if payer in live and x >= max(dust, 1) and payee != payer:
                met.add(payee)
                if payee not in pooled:
                    live.add(payee)
        wanted |= {(name, group) for name in met - set(own)}
    rows_of = found.table(index).to_pylist()
    assert {(row["account_id"], row["group_id"]) for row in rows_of} == wanted
    assert len(rows_of) == len(wanted)
    poison = run_trace(index, groups, ["poison"], [direction], pooled, dust=dust).exposures.to_pylist()
    assert {(row["account_id"], row["group_id"]) for row in poison} == wanted


@pytest.mark.parametrize("count", [1, 8, 9, 33, 64, 65, 130])
def test_any_number_of_groups_at_once(table, count):
    rows = [(f"t{n:04d}", n, f"a{n}", f"a{n + 1}", 5) for n in range(count)]
    groups = {f"g{n}": [f"a{n}", "nobody"] for n in range(count)}
    found = reached(TransferIndex.from_transfers(table(rows)), groups)
    names = TransferIndex.from_transfers(table(rows)).accounts.to_pylist()
    for n, codes in enumerate(found.accounts):
        assert {names[code] for code in codes} == {f"a{m}" for m in range(n + 1, count + 1)}
    assert found.unknown_seeds == {group: ["nobody"] for group in groups}


def test_wrong_questions_are_named(table):
    index = TransferIndex.from_transfers(table([("t1", 0, "a", "b", 1)]))
    with pytest.raises(InputError, match="no direction 'up'"):
        reached(index, {"g": ["a"]}, "up")
    with pytest.raises(InputError, match="accounts of group g must be a list"):
        reached(index, {"g": "a"})
    assert reached(index, {"g": ["ghost"], "h": []}).table(index).num_rows == 0
