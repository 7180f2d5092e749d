"""The faces of tracing: worked examples, what is refused, what is reported."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pyarrow as pa
import pytest

import caudal
from caudal.errors import InputError
from caudal.tables import ATTRIBUTIONS, EXPOSURES
from caudal.tracing import Opening, TransferIndex, run_trace, trace

DAY = 86_400_000_000
# The group pays A 100, a customer pays A 100, A pays B half of what it holds, B pays C and C pays the group.
ROWS = [
    ("t1", 0 * DAY, "group", "a", 100),
    ("t2", 1 * DAY, "customer", "a", 100),
    ("t3", 2 * DAY, "a", "b", 100),
    ("t4", 3 * DAY, "b", "c", 60),
    ("t5", 4 * DAY, "c", "group", 10),
]


def amounts(exposures: pa.Table) -> dict[str, tuple[int, int, int, int]]:
    names = ("direct", "indirect", "held", "hops")
    return {row["account_id"]: tuple(row[name] for name in names) for row in exposures.to_pylist()}


@pytest.fixture
def ledger(table):
    return SimpleNamespace(transfers=table(ROWS), accounts=None)


def test_proportional_carries_the_share_of_the_balance(ledger):
    found = caudal.trace(ledger, {"g": ["group"]})
    assert found.schema == EXPOSURES.schema
    assert amounts(found) == {"a": (100, 0, 50, 1), "b": (0, 50, 20, 2), "c": (0, 30, 25, 3)}
    row = found.to_pylist()[1]
    assert (row["turnover"], row["unexplained"]) == (100, 0)
    assert row["first"] == row["last"] == datetime(1970, 1, 3, tzinfo=UTC)
    assert {row["method"] for row in found.to_pylist()} == {"proportional"}


def test_poison_carries_the_whole_payment_after_contact(ledger):
    found = trace(ledger, {"g": ["group"]}, method="poison")
    assert amounts(found) == {"a": (100, 0, 100, 1), "b": (0, 100, 40, 2), "c": (0, 60, 50, 3)}


def test_fifo_pays_first_what_came_first(ledger, table):
    found = trace(ledger, {"g": ["group"]}, method="fifo")
    # A's first 100 are the group's and go to B whole; B pays 60 of them on, C 10 of those back.
    assert amounts(found) == {"a": (100, 0, 0, 1), "b": (0, 100, 40, 2), "c": (0, 60, 50, 3)}
    swapped = [("t2", 0, "customer", "a", 100), ("t1", 1, "group", "a", 100), *ROWS[2:]]
    late = trace(SimpleNamespace(transfers=table(swapped)), {"g": ["group"]}, method="fifo")
    assert amounts(late) == {"a": (100, 0, 100, 1)}


def test_payments_below_the_threshold_arrive_clean_and_are_counted(ledger):
    index = TransferIndex.from_transfers(ledger.transfers)
    found = run_trace(index, {"g": ["group"]}, directions=["forward"], dust=40)
    held = {(e["method"], e["account_id"]): e["held"] for e in found.exposures.to_pylist()}
    assert held["proportional", "b"] == 20  # 50 came, 30 of them left and were too little to follow
    assert ("proportional", "c") not in held
    assert {t.method: t.dust for t in found.totals} == {"poison": 10, "proportional": 30, "fifo": 10}
    with pytest.raises(InputError, match="threshold is negative"):
        run_trace(index, {"g": ["group"]}, dust=-1)


def test_opening_balances_are_an_assumption_one_may_state(table):
    rows = [("t1", 0, "group", "a", 10), ("t2", 1, "a", "b", 25), ("t3", 2, "b", "c", 5)]
    index = TransferIndex.from_transfers(table(rows))
    how = {"directions": ["forward"], "methods": ["proportional"]}
    clean = run_trace(index, {"g": ["group"]}, opening=Opening({"a": 90}), **how).exposures
    assert amounts(clean) == {"a": (10, 0, 8, 1), "b": (0, 2, 2, 2)}
    theirs = run_trace(index, {"g": ["group"]}, opening=Opening({"a": 90}, {"g": {"a": 90}}), **how)
    assert amounts(theirs.exposures) == {"a": (10, 0, 75, 1), "b": (0, 25, 20, 2), "c": (0, 5, 5, 3)}
    assert theirs.exposures.column("unexplained").to_pylist() == [0, 0, 0]
    (total,) = theirs.totals
    assert (total.emitted, total.opening, total.held, total.mixed) == (10, 90, 100, 0)


@pytest.mark.parametrize(
    ("opening", "said"),
    [
        (Opening({"a": -1}), "balance of account a is negative"),
        (Opening({"a": 2**63}), "balance of account a is more than 64 bits hold"),
        (Opening({"a": 2**63 - 50}), "balance and payments of account a are more than 64 bits hold"),
        (Opening({"a": 5}, {"g": {"a": 6}}), "more than the balance of account a is of group g"),
    ],
)
def test_opening_balances_that_cannot_be_are_named(ledger, opening, said):
    index = TransferIndex.from_transfers(ledger.transfers)
    with pytest.raises(InputError, match=said):
        run_trace(index, {"g": ["group"]}, directions=["forward"], opening=opening)
    with pytest.raises(InputError, match="go with one direction"):
        run_trace(index, {"g": ["group"]}, opening=Opening({}))


def test_backward_goes_from_the_group_to_those_who_fed_it(ledger):
    found = trace(ledger, {"g": ["group"]}, direction="backward")
    # What C paid the group came from B, then A. Mirrored, A's latest receipt answers first for what it paid.
    assert amounts(found) == {"c": (10, 0, 0, 1), "b": (0, 10, 0, 2), "a": (0, 10, 0, 3), "customer": (0, 10, 10, 4)}
    unexplained = dict(
        zip(found.column("account_id").to_pylist(), found.column("unexplained").to_pylist(), strict=True)
    )
    assert unexplained == {"a": 100, "b": 40, "c": 50, "customer": 0}


def test_money_nobody_saw_coming_in_is_clean_and_counted(table):
    rows = [("t1", 0, "group", "a", 10), ("t2", 1, "a", "b", 25), ("t3", 2, "a", "b", 5)]
    ledger = SimpleNamespace(transfers=table(rows))
    found = trace(ledger, {"g": ["group"]})
    assert amounts(found) == {"a": (10, 0, 0, 1), "b": (0, 10, 10, 2)}
    assert found.column("unexplained").to_pylist() == [20, 0]
    assert amounts(trace(ledger, {"g": ["group"]}, method="poison"))["b"] == (0, 30, 30, 2)


def test_money_stops_at_pooled_accounts_and_is_reported_there(ledger):
    ledger.accounts = pa.table({"account_id": ["b", "c"], "pooled": [True, False]})
    assert amounts(trace(ledger, {"g": ["group"]})) == {"a": (100, 0, 50, 1), "b": (0, 50, 50, 2)}
    assert amounts(trace(ledger, {"g": ["group"]}, "poison"))["b"] == (0, 100, 100, 2)
    found = run_trace(TransferIndex.from_transfers(ledger.transfers), {"g": ["group"]}, pooled=["b", "not here"])
    assert [(t.pooled, t.returned) for t in found.totals] == [(100, 0), (50, 0), (100, 0), (60, 0), (10, 0), (10, 0)]


def test_a_group_account_that_is_pooled_still_pays_the_groups_money(ledger):
    ledger.accounts = pa.table({"account_id": ["group"], "pooled": [True]})
    assert amounts(trace(ledger, {"g": ["group"]}))["a"] == (100, 0, 50, 1)


def test_money_between_the_groups_own_accounts_stays_inside(ledger):
    assert amounts(trace(ledger, {"g": ["group", "a"]})) == {"b": (100, 0, 40, 1), "c": (0, 60, 50, 2)}


def test_money_that_comes_back_is_counted_and_attributed_once(ledger):
    found = run_trace(TransferIndex.from_transfers(ledger.transfers), {"g": ["group"]}, ["proportional"], ["forward"])
    (total,) = found.totals
    assert (total.emitted, total.returned, total.held, total.mixed) == (100, 5, 95, 0)
    assert found.attributions.schema == ATTRIBUTIONS.schema
    moved = dict(
        zip(
            found.attributions.column("transfer_id").to_pylist(),
            found.attributions.column("amount").to_pylist(),
            strict=True,
        )
    )
    assert moved == {"t1": 100, "t3": 50, "t4": 30, "t5": 5}


def test_attributions_can_be_left_out(ledger):
    index = TransferIndex.from_transfers(ledger.transfers)
    some = run_trace(index, {"g": ["group"]}, attribute=["proportional"])
    everything = run_trace(index, {"g": ["group"]})
    assert set(some.attributions.column("method").to_pylist()) == {"proportional"}
    assert some.exposures == everything.exposures
    kept = [row for row in everything.attributions.to_pylist() if row["method"] == "proportional"]
    assert some.attributions.to_pylist() == kept


def test_seeds_that_are_not_in_the_ledger_are_reported(ledger):
    index = TransferIndex.from_transfers(ledger.transfers)
    found = run_trace(index, {"g": ["group", "nobody"], "h": ["ghost"], "empty": []})
    assert found.unknown_seeds == {"g": ["nobody"], "h": ["ghost"]}
    assert found.untraced == ["h", "empty"]
    assert set(found.exposures.column("group_id").to_pylist()) == {"g"}
    assert trace(ledger, {"g": ["group"], "h": ["ghost"]}).num_rows == 3


def test_nothing_to_trace_at_all(ledger, table):
    with pytest.raises(InputError, match=r"no account of any group.*ghost"):
        trace(ledger, {"g": ["ghost"], "h": []})
    with pytest.raises(InputError, match="nothing to trace"):
        trace(ledger, {})
    with pytest.raises(InputError, match="nothing to trace"):
        trace(SimpleNamespace(transfers=table([])), {"g": ["group"]})
    found = run_trace(TransferIndex.from_transfers(table([])), {"g": ["group"]})
    assert (found.exposures.num_rows, found.attributions.num_rows, found.totals) == (0, 0, [])
    assert found.exposures.schema == EXPOSURES.schema


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"method": "fifoo"}, "no method 'fifoo'; known are poison, proportional, fifo"),
        ({"direction": "sideways"}, "no direction 'sideways'"),
        ({"groups": {"g": "group"}}, "accounts of group g must be a list"),
    ],
)
def test_wrong_questions_are_named(ledger, arguments, said):
    with pytest.raises(InputError, match=said):
        trace(ledger, **{"groups": {"g": ["group"]}, **arguments})


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_sums_beyond_64_bits_name_the_account(table, direction):
    rows = [("t1", 0, "group", "big", 2**62), ("t2", 1, "big", "x", 5), ("t3", 2, "group", "big", 2**62)]
    with pytest.raises(InputError, match=r"payments of account (big|group) add up to more than 64 bits"):
        trace(SimpleNamespace(transfers=table(rows)), {"g": ["group"]}, direction=direction)


def test_sums_just_inside_64_bits_are_exact(table):
    top = 2**63 - 1
    rows = [("t1", 0, "group", "a", 2**62), ("t2", 1, "x", "a", top - 2**62), ("t3", 2, "a", "b", 2**62 + 12345)]
    found = amounts(trace(SimpleNamespace(transfers=table(rows)), {"g": ["group"]}))
    moved = 2**62 * (2**62 + 12345) // top
    assert found == {"a": (2**62, 0, 2**62 - moved, 1), "b": (0, moved, moved, 2)}


def test_totals_over_many_accounts_do_not_wrap(table):
    rows = [(f"t{n}", n, f"g{n}", f"a{n}", 2**62) for n in range(5)]
    index = TransferIndex.from_transfers(table(rows))
    found = run_trace(index, {"g": [f"g{n}" for n in range(5)]}, ["proportional"], ["forward"])
    assert found.totals[0].emitted == found.totals[0].held == 5 * 2**62


def test_state_grows_with_the_accounts_it_meets(table):
    # More accounts than the first room for them, and more attributed transfers than one buffer.
    wide = 3000
    rows = [(f"a{n:06d}", n, "group", f"acc{n:06d}", 7) for n in range(wide)]
    rows += [(f"b{n:06d}", wide + n, f"acc{n % wide:06d}", f"acc{(n + 1) % wide:06d}", 7) for n in range(300_000)]
    found = run_trace(TransferIndex.from_transfers(table(rows)), {"g": ["group"]}, ["poison"], ["forward"])
    assert found.exposures.num_rows == wide
    assert found.attributions.num_rows == len(rows)
    assert found.attributions.column("amount").unique().to_pylist() == [7]


def test_progress_counts_up_to_the_whole(ledger):
    steps = []
    run_trace(
        TransferIndex.from_transfers(ledger.transfers), {"g": ["group"]}, progress=lambda *step: steps.append(step)
    )
    assert steps == [(5, 10), (10, 10)]
