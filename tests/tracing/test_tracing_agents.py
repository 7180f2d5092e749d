"""Who behaves like a group's own hands: reasons from the money and from the holder, innocent look-alikes below them."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.tables import ACCOUNTS, AGENTS, MATCHES, MEMBERSHIPS, OWNERSHIP, PARTIES
from caudal.tracing import TransferIndex, run_trace
from caudal.tracing.agents import agents
from caudal.tracing.passing import passing

HOUR = 3_600_000_000


def piles(steps, within):
    """Amounts passed on in time, and amount times time, for every account, with a list for every pile."""
    pile, passed, stay = {}, {}, {}
    for _, time, payer, payee, x in steps:
        if payer == payee or not x:
            continue
        mine, need = pile.setdefault(payer, []), x
        while need and mine and time - mine[-1][0] <= within:
            took = min(need, mine[-1][1])
            passed[payer] = passed.get(payer, 0) + took
            stay[payer] = stay.get(payer, 0) + took * (time - mine[-1][0])
            need -= took
            mine[-1][1] -= took
            if not mine[-1][1]:
                mine.pop()
        pile.setdefault(payee, []).append([time, x])
    return passed, stay


@settings(max_examples=150, deadline=None)
@given(data=st.data(), within=st.integers(0, 8))
def test_passing_agrees_with_piles_of_receipts(table, ledgers, in_order, data, within):
    rows = data.draw(ledgers)
    index = TransferIndex.from_transfers(table(rows))
    asked = np.array([data.draw(st.booleans()) for _ in range(len(index.accounts))], np.bool_)
    found = passing(index, asked, within)
    passed, stay = piles(in_order(rows), within)
    for code, account in enumerate(index.accounts.to_pylist()):
        moving = [row for row in rows if row[2] != row[3] and row[4]]
        if not asked[code]:
            assert (found.passed[code], found.payers[code], found.payees[code]) == (0, 0, 0)
            continue
        assert found.passed[code] == pytest.approx(passed.get(account, 0))
        if passed.get(account):
            assert found.stay[code] == pytest.approx(stay[account] / passed[account])
        assert found.payers[code] == len({row[2] for row in moving if row[3] == account})
        assert found.payees[code] == len({row[3] for row in moving if row[2] == account})


def ledger():
    """A hand that passes all on in hours, a payroll firm, a landlord, a possible victim, and a pooled account."""
    rows = []
    for day in range(10):
        now = 24 * day * HOUR
        rows += [
            (f"g{day}", now, "group", "hand", 1000),
            (f"h{day}", now + 5 * HOUR, "hand", "boss", 950),
            (f"b{day}", now + 9 * HOUR, "boss", "group", 950),
            (f"r{day}", now, "group", "landlord", 40),
            (f"v{day}", now + HOUR, "victim", "group", 100),
            (f"p{day}", now, "group", "pool", 500),
            (f"w{day}", now, "group", "payroll", 30),
        ]
        rows += [(f"w{day}e{n}", now, f"employer{n}", "payroll", 1000) for n in range(3)]
        rows += [(f"w{day}p{n:02d}", now + 2 * HOUR, "payroll", f"worker{n:02d}", 100) for n in range(30)]
        rows += [(f"r{day}t{n:02d}", now + HOUR, f"tenant{n:02d}", "landlord", 300) for n in range(12)]
        rows += [(f"v{day}i", now, "customer", "victim", 900), (f"v{day}o", now + 20 * HOUR, "victim", "baker", 800)]
    return rows


def books(rows):
    names = sorted({name for row in rows for name in row[2:4]})
    accounts = ACCOUNTS.build(
        [{"account_id": name, "party_id": f"P-{name}", "pooled": name == "pool"} for name in names]
    )
    parties = [
        {
            "party_id": f"P-{name}",
            "schema": "Person",
            "name": name,
            "aliases": [],
            "countries": [],
            "identifiers": [f"ID-{name}-0001"],
            "address": f"{name} street 5",
        }
        for name in names
    ]
    return accounts, parties


@pytest.fixture(scope="module")
def traced(table):
    rows = ledger()
    index = TransferIndex.from_transfers(table(rows))
    found = run_trace(index, {"g": ["group"]}, ["proportional"], pooled=["pool"])
    return index, found.exposures, *books(rows)


def test_hands_stand_above_innocent_look_alikes(traced):
    index, exposures, accounts, _ = traced
    table = agents(index, {"g": ["group"]}, exposures, accounts, least=0)
    assert table.schema == AGENTS.schema
    strength = dict(zip(table["account_id"].to_pylist(), table["strength"].to_pylist(), strict=True))
    assert min(strength["hand"], strength["boss"]) > 0.7
    assert max(strength[name] for name in ("payroll", "landlord", "worker00")) < 0.1
    assert strength["victim"] < 0.2
    assert "pool" not in strength
    assert "group" not in strength
    hand = table.to_pylist()[[r["account_id"] for r in table.to_pylist()].index("hand")]
    assert (hand["share_from"], hand["passed"], hand["hours"]) == (1.0, pytest.approx(0.95), pytest.approx(5.0))
    assert hand["reasons"][0] == "100% of what it received is traced from the group"
    assert "95% of what it received was paid on within 48 hours, after 5.0 on average" in hand["reasons"]
    assert any("passes on what it is given" in text for text in hand["innocent"])


def test_only_rows_with_strength_are_kept_and_every_row_has_an_innocent_reading(traced):
    index, exposures, accounts, _ = traced
    whole = agents(index, {"g": ["group"]}, exposures, accounts, least=0)
    some = agents(index, {"g": ["group"]}, exposures, accounts)
    assert some.to_pylist() == [row for row in whole.to_pylist() if row["strength"] >= 0.2]
    assert all(row["innocent"] and row["reasons"] for row in whole.to_pylist())
    assert whole["strength"].to_pylist() == sorted(whole["strength"].to_pylist(), reverse=True)


def changed(parties, **values):
    return PARTIES.build([{**row, **values.get(row["party_id"][2:], {})} for row in parties])


def stake(owner, asset, kind="owns", share=400_000):
    return {
        "owner_id": owner,
        "asset_id": asset,
        "kind": kind,
        "share_min": share,
        "share_max": share,
        "source": "a register",
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"landlord": {"identifiers": ["id group 0001"]}}, "it shares the identifier id group 0001 with P-group"),
        ({"landlord": {"address": "GROUP Street, 5"}}, "it shares the address GROUP Street, 5 with P-group"),
        ([stake("P-group", "P-landlord")], "P-group owns 40% of it (a register)"),
        ([stake("P-landlord", "P-group")], "it owns 40% of P-group (a register)"),
        ([stake("P-landlord", "P-group", "acts for", 0)], "it acts for P-group (a register)"),
    ],
)
def test_what_ties_the_holder_is_a_reason_with_its_innocent_reading(traced, given, said):
    index, exposures, accounts, parties = traced
    options = (
        {"parties": changed(parties, **given)}
        if isinstance(given, dict)
        else {"parties": changed(parties), "ownership": OWNERSHIP.build(given)}
    )
    table = agents(index, {"g": ["group"]}, exposures, accounts, **options)
    row = next(row for row in table.to_pylist() if row["account_id"] == "landlord")
    assert any(text.startswith(said) for text in row["reasons"])
    assert len(row["innocent"]) >= 2


def test_an_address_of_a_whole_building_says_nothing(traced):
    index, exposures, accounts, parties = traced
    building = {row["party_id"][2:]: {"address": "group street 5"} for row in parties[:20]}
    building |= {"landlord": {"address": "group street 5"}}
    table = agents(index, {"g": ["group"]}, exposures, accounts, parties=changed(parties, **building))
    assert "landlord" not in table["account_id"].to_pylist()


def test_a_weaker_match_with_an_entity_of_the_group_is_a_reason(traced):
    index, exposures, accounts, _ = traced
    base = {"evidence": "{}", "list_version": "x", "screened_at": datetime(2025, 1, 1, tzinfo=UTC), "probability": 0.1}
    matches = MATCHES.build(
        [
            {"party_id": "P-landlord", "entity_id": "e1", "bits": 4.0, "alert": False, **base},
            {"party_id": "P-payroll", "entity_id": "e2", "bits": 4.0, "alert": False, **base},
        ]
    )
    memberships = MEMBERSHIPS.build(
        [{"group_id": "g", "entity_id": "e1", "kind": "linked", "source": "(Linked To: G)"}]
    )
    table = agents(index, {"g": ["group"]}, exposures, accounts, matches=matches, memberships=memberships, least=0.25)
    rows = {row["account_id"]: row for row in table.to_pylist()}
    assert "possible match below the alert threshold with e1 (4.0 bits)" in rows["landlord"]["reasons"][-1]
    assert "payroll" not in rows


@pytest.mark.parametrize("options", [{"within_hours": 0}, {"least": 2}])
def test_wrong_questions_are_named(traced, options):
    index, exposures, accounts, _ = traced
    with pytest.raises(InputError, match="must be above 0 hours"):
        agents(index, {"g": ["group"]}, exposures, accounts, **options)
