"""No money is made or lost on the way: laws that hold on every ledger, checked from the tables alone."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.tracing import TransferIndex, flows, run_trace


def by_group(table, name):
    sums = defaultdict(int)
    for row in table.to_pylist():
        sums[row["group_id"], row["direction"], row["method"]] += row[name]
    return sums


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_what_a_group_emits_is_held_elsewhere_or_came_back(table, ledgers, group_sets, data):
    rows, groups = data.draw(ledgers), data.draw(group_sets)
    pooled = data.draw(st.lists(st.sampled_from(["acc-a", "acc-d"]), unique=True))
    found = run_trace(TransferIndex.from_transfers(table(rows)), groups, pooled=pooled)
    ends = {name: (payer, payee) for name, _, payer, payee, _ in rows}
    held = by_group(found.exposures, "held")
    emitted, returned = defaultdict(int), defaultdict(int)
    for row in found.attributions.to_pylist():
        key = (row["group_id"], row["direction"], row["method"])
        payer, payee = ends[row["transfer_id"]]
        if row["direction"] == "backward":
            payer, payee = payee, payer
        own = groups[row["group_id"]]
        assert not (payer in own and payee in own)
        emitted[key] += row["amount"] if payer in own else 0
        returned[key] += row["amount"] if payee in own else 0
    assert {(t.group_id, t.direction, t.method) for t in found.totals} >= set(emitted)
    for total in found.totals:
        key = (total.group_id, total.direction, total.method)
        assert (total.emitted, total.returned, total.held) == (emitted[key], returned[key], held[key])
        assert total.pooled <= total.held
        if total.method != "poison":
            assert emitted[key] == held[key] + returned[key]
            assert total.mixed == 0
        else:
            assert total.mixed >= 0
        if total.direction == "forward":
            paid = sum(x for _, _, p, q, x in rows if p in groups[key[0]] and q not in groups[key[0]])
            assert emitted[key] == paid


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_an_exposure_opens_down_to_its_transfers(table, ledgers, group_sets, data):
    rows, groups = data.draw(ledgers), data.draw(group_sets)
    transfers = table(rows)
    found = run_trace(TransferIndex.from_transfers(transfers), groups)
    facts = {row[0]: row for row in rows}
    opened = defaultdict(lambda: {"direct": 0, "indirect": 0, "times": [], "hops": []})
    for row in found.attributions.to_pylist():
        _, time, payer, payee, amount = facts[row["transfer_id"]]
        if row["direction"] == "backward":
            payer, payee = payee, payer
        own = groups[row["group_id"]]
        assert 0 < row["amount"] <= amount
        if payee not in own:
            into = opened[payee, row["group_id"], row["direction"], row["method"]]
            into["direct" if payer in own else "indirect"] += row["amount"]
            into["times"].append(time)
            into["hops"].append(row["hops"])
    assert len(opened) == found.exposures.num_rows
    for row in found.exposures.to_pylist():
        into = opened[row["account_id"], row["group_id"], row["direction"], row["method"]]
        assert (row["direct"], row["indirect"], row["hops"]) == (into["direct"], into["indirect"], min(into["hops"]))
        times = [round(row[name].timestamp() * 1e6) for name in ("first", "last")]
        assert times == [min(into["times"]), max(into["times"])]
        assert 0 < row["direct"] + row["indirect"] <= row["turnover"]
        assert (row["direct"] > 0) == (row["hops"] == 1)
        assert row["unexplained"] >= 0
        assert row["method"] == "poison" or row["held"] <= row["direct"] + row["indirect"]


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_flows_carry_what_the_attributions_carry(table, ledgers, group_sets, data):
    transfers = table(data.draw(ledgers))
    found = run_trace(TransferIndex.from_transfers(transfers), data.draw(group_sets))
    between = flows(found.attributions, transfers)
    assert by_group(between, "amount") == by_group(found.attributions, "amount")
    assert sum(between.column("count").to_pylist()) == found.attributions.num_rows


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_poison_is_never_below_proportional(table, ledgers, group_sets, data):
    rows, groups = data.draw(ledgers), data.draw(group_sets)
    found = run_trace(TransferIndex.from_transfers(table(rows)), groups, pooled=["acc-c"])
    amounts = {}
    for row in found.exposures.to_pylist():
        key = (row["account_id"], row["group_id"], row["direction"])
        amounts.setdefault(row["method"], {})[key] = row
    poison = amounts.get("poison", {})
    for key, row in amounts.get("proportional", {}).items():
        assert row["direct"] == poison[key]["direct"]
        assert row["indirect"] <= poison[key]["indirect"]
        assert row["held"] <= poison[key]["held"]
        assert row["hops"] >= poison[key]["hops"]


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_poison_reaches_whoever_a_chain_of_payments_reaches(table, ledgers, in_order, data):
    rows = data.draw(ledgers)
    reached = {"acc-a"}
    for _, _, payer, payee, amount in in_order(rows):
        if payer in reached and amount and payer != payee:
            reached.add(payee)
    found = run_trace(TransferIndex.from_transfers(table(rows)), {"g": ["acc-a"]}, ["poison"], ["forward"])
    assert set(found.exposures.column("account_id").to_pylist()) == reached - {"acc-a"}
