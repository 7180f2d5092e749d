"""The assessment fed by the real rooms before it: register, tracing and typologies."""

from __future__ import annotations

import pytest

from caudal.impact import assess
from caudal.register import Register
from caudal.tables import MATCHES, OWNERSHIP
from caudal.tracing import TransferIndex, run_trace
from caudal.typologies import detect

GROUP = "tren-de-aragua"


@pytest.fixture(scope="module")
def register():
    return Register.load([])


@pytest.fixture
def street(new_world, register, days):
    """A made-up street: twelve shops with customers pay a collector every week, who pays a boss, who buys goods."""
    world = new_world()
    world.bank("home", "us")
    entity = next(e for e in register.group(GROUP).entity_ids)
    for name in ("collector", "boss"):
        world.party(name, bank="home")
        world.match(name, entity)
    world.party("dealer", "Company", "home")
    customers = [world.party(f"customer {n}", bank="home") for n in range(15)]
    shops = [f"shop {n}" for n in range(12)]
    for n, shop in enumerate(shops):
        world.party(shop, "Company", "home")
        for k in range(20):
            world.pay(customers[(n + k) % 15], shop, 11_503 + 137 * k + n, days(10 * k - 100), "card")
        for week in range(-6, 7):
            world.pay(shop, "collector", 5_000, days(7 * week + n % 3))
    for week in range(-6, 7):
        world.pay("collector", "boss", 50_000, days(7 * week + 4))
    world.pay("boss", "dealer", 400_000, days(60))
    return world


def test_built_in_register_trace_and_findings(street, register, value, days):
    groups = {GROUP: ["a-boss", "a-collector"]}
    trace = run_trace(TransferIndex.from_transfers(street.transfers), groups, methods=("proportional",))
    findings = detect(street)
    assert "extortion collector" in findings.column("typology").to_pylist()
    result = assess(
        {"name": "made up", "groups": [GROUP], "authorities": ["FTO", "SDGT"], "as_of": days(130)},
        register,
        street,
        matches=MATCHES.build(street.match_rows),
        exposures=trace.exposures,
        attributions=trace.attributions,
        findings=findings,
        ownership=OWNERSHIP.empty(),
    )
    paid = [t for t in street.transfer_rows if t["payer_account"].startswith("a-shop")]
    after = sum(t["amount_base"] for t in paid if t["time"].date() >= days(0)) / 100
    assert value(result, "exposed.paid.direct.total", "amount")[2] == sum(t["amount_base"] for t in paid) / 100
    assert value(result, "exposed.paid.direct.after", "amount")[2] == after
    assert value(result, "exposed.received.direct.total", "amount")[2] == 4_000.0
    low, mid, high = value(result, "harmed.possible victims", "parties")
    assert (low, mid, high) == pytest.approx((6.0, 9.6, 12.0))
    victims = [r for r in result.affected.to_pylist() if r["role"] == "possible victim"]
    assert {r["subject_id"] for r in victims} == {f"shop {n}" for n in range(12)}


def test_direct_amounts_agree_with_the_exposures_of_tracing(street, register, days):
    """What the attributions say of every account is what the exposures say."""
    groups = {GROUP: ["a-boss", "a-collector"]}
    trace = run_trace(TransferIndex.from_transfers(street.transfers), groups, methods=("proportional",))
    result = assess(
        {"name": "made up", "groups": [GROUP], "authorities": ["FTO", "SDGT"], "as_of": days(130)},
        register,
        street,
        matches=MATCHES.build(street.match_rows),
        exposures=trace.exposures,
        attributions=trace.attributions,
        findings=detect(street),
    )
    exposed = [r for r in result.affected.to_pylist() if (r["effect"], r["subject_kind"]) == ("exposed", "account")]
    shown = {r["subject_id"]: r["amount"] for r in exposed}
    traced: dict[str, int] = {}
    for row in trace.exposures.to_pylist():
        if row["account_id"] not in ("a-boss", "a-collector"):
            traced[row["account_id"]] = traced.get(row["account_id"], 0) + row["direct"] + row["indirect"]
    assert shown == {account: amount for account, amount in traced.items() if amount}
