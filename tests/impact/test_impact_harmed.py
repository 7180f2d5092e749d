from __future__ import annotations

import re
from datetime import UTC, datetime, time

import pytest

from caudal.tables import COERCION

GROUP = "los-inventados"
CHANNEL = "remittance"


def rows_of(result, **wanted):
    return [r for r in result.affected.to_pylist() if all(r[k] == v for k, v in wanted.items())]


@pytest.fixture
def town(world, days):
    """A boss, an agent that paid him after the day, a clean agent, and people who send money over both."""
    world.bank("agency", "us", "money transfer")
    world.bank("clean agency", "us", "money transfer")
    world.bank("home", "us")
    world.party("boss")
    world.match("boss", GROUP)
    world.party("agent", "Company", "agency", pooled=True)
    world.party("clean agent", "Company", "clean agency", pooled=True)
    for name in ("ana", "berta", "carla"):
        world.party(name, bank="home")
    world.attribute(world.pay("agent", "boss", 50_000, days(3)), GROUP, "backward", 50_000)
    return world


def test_senders_over_an_exposed_agent(town, value, days):
    town.pay("ana", "agent", 10_000, days(5), CHANNEL)
    town.pay("ana", "agent", 20_000, days(-5), CHANNEL)
    town.pay("berta", "clean agent", 40_000, days(5), CHANNEL)
    town.pay("carla", "agent", 80_000, days(5), "wire")
    result = town.assess()
    assert value(result, "harmed.remittance senders.reached", "people") == (1.0, 1.0, 1.0)
    assert value(result, "harmed.remittance senders", "people") == pytest.approx((0.05, 0.30, 0.91))
    assert value(result, "harmed.remittance senders", "amount") == pytest.approx((15.0, 90.0, 273.0))
    assert value(result, "harmed.remittance senders.no other channel", "people") == pytest.approx(
        (0.05 * 0.05, 0.30 * 0.25, 0.91 * 0.75)
    )
    (row,) = rows_of(result, role="remittance sender")
    assert (row["subject_id"], row["amount"], row["before"], row["after"]) == ("ana", 30_000, 20_000, 10_000)


def test_receivers_over_a_blocked_firm_are_stopped(town, value, days):
    town.party("cash house", "Company")
    town.own("boss", "cash house", 0.8)
    town.pay("cash house", "berta", 7_000, days(1), CHANNEL)
    town.pay("ana", "cash house", 5_000, days(1), CHANNEL)
    result = town.assess()
    assert value(result, "harmed.remittance senders", "people") == (1.0, 1.0, 1.0)
    assert value(result, "harmed.remittance receivers", "people") == (0.0, 0.0, 0.0)
    assert "blocked" in rows_of(result, role="remittance sender")[0]["reason"]


def test_the_groups_own_money_is_no_lawful_remittance(town, value, days):
    key = town.pay("ana", "agent", 10_000, days(5), CHANNEL)
    town.attribute(key, GROUP, "forward", 10_000, 3)
    town.pay("boss", "agent", 10_000, days(5), CHANNEL)
    result = town.assess()
    assert value(result, "harmed.remittance senders.reached", "people") == (0.0, 0.0, 0.0)


def test_a_wider_assumption_widens_the_range(town, value, days):
    town.pay("ana", "agent", 10_000, days(5), CHANNEL)
    usual = value(town.assess(), "harmed.remittance senders", "people")
    wide = town.assess(assumptions={"agent_is_cut": {"low": 0.0, "mid": 0.5, "high": 1.0}})
    low, mid, high = value(wide, "harmed.remittance senders", "people")
    assert (low, mid, high) == pytest.approx((0.0, 0.5, 1.0))
    assert low < usual[0] < usual[2] < high
    row = next(r for r in wide.outcomes.to_pylist() if r["measure"] == "harmed.remittance senders")
    assert "set in the scenario" in row["source"]
    assert "low 0, mid 0.5, high 1 (assumption agent_is_cut)" in row["assumption"]


def test_possible_victims(world, value, days):
    for name in ("boss", "collector", "clerk"):
        world.party(name)
    for name in ("bakery", "cafe", "kiosk"):
        world.party(name, "Company")
    world.match("collector", GROUP)
    first = [world.pay(v, "collector", 5_000, days(-3)) for v in ("bakery", "cafe")]
    later = [world.pay("bakery", "collector", 5_000, days(4))]
    world.find("collector", ["bakery", "cafe"], first + later)
    elsewhere = [world.pay("kiosk", "clerk", 5_000, days(4))]
    world.find("clerk", ["kiosk"], elsewhere)
    result = world.assess()
    assert value(result, "harmed.possible victims", "parties") == pytest.approx((1.0, 1.6, 2.0))
    assert value(result, "harmed.possible victims.newly exposed", "parties") == pytest.approx((0.5, 0.8, 1.0))
    assert value(result, "harmed.possible victims.newly exposed", "amount") == pytest.approx((25.0, 40.0, 50.0))
    rows = {r["subject_id"]: r for r in rows_of(result, role="possible victim")}
    assert set(rows) == {"bakery", "cafe"}
    assert (rows["bakery"]["before"], rows["bakery"]["after"]) == (5_000, 5_000)
    assert "1 of them on or after" in rows["bakery"]["reason"]


def test_possible_victims_count_as_far_as_they_are_probable(world, value, days):
    for name in ("boss", "collector"):
        world.party(name)
    for name in ("bakery", "cafe", "kiosk"):
        world.party(name, "Company")
    world.match("collector", GROUP)
    paid = [world.pay(v, "collector", 5_000, days(4)) for v in ("bakery", "cafe", "kiosk")]
    world.find("collector", ["bakery", "cafe", "kiosk"], paid)
    when = datetime.combine(days(4), time(9), UTC)
    rows = [
        {
            "collector_account": "a-collector", "payer_account": f"a-{name}", "probability": p, "bits": 1.0,
            "collector_probability": 0.9, "collector_bits": 9.0, "payments": 1, "amount": 5_000,
            "first": when, "last": when, "reasons": ["made up"],
        }
        for name, p in (("bakery", 0.9), ("cafe", 0.5))
    ]  # fmt: skip
    result = world.assess(coercion=COERCION.build(rows))
    assert value(result, "harmed.possible victims", "parties") == pytest.approx((0.7, 1.4, 1.4))
    assert value(result, "harmed.possible victims", "amount") == pytest.approx((35.0, 70.0, 70.0))
    assert {r["subject_id"] for r in rows_of(result, role="possible victim")} == {"bakery", "cafe", "kiosk"}


def test_a_collector_only_exposed_to_the_group_counts_less(world, value, days):
    for name in ("boss", "collector", "far"):
        world.party(name)
    world.party("bakery", "Company")
    world.match("boss", GROUP)
    paid = world.pay("bakery", "collector", 5_000, days(4))
    world.find("collector", ["bakery"], [paid])
    world.attribute(world.pay("collector", "boss", 5_000, days(5)), GROUP, "backward", 5_000)
    # All it takes in goes on to the boss: in the circle, the group's by half at least; half at least pay so.
    assert value(world.assess(), "harmed.possible victims", "parties") == pytest.approx((0.25, 0.8, 1.0))


def test_those_whom_a_blocked_firm_pays(world, value, days):
    world.party("boss")
    world.match("boss", GROUP)
    world.party("firm", "Company")
    world.own("boss", "firm", 1.0)
    for name in ("clerk", "casual", "once"):
        world.party(name)
    world.party("mill", "Company")
    for month in range(5):
        world.pay("firm", "clerk", 90_000, days(30 * month - 60))
        world.pay("firm", "mill", 10_000 + 1_000 * month, days(30 * month - 60))
    for day, amount in ((-60, 100), (-59, 9_000), (40, 50)):
        world.pay("firm", "casual", amount, days(day))
    world.pay("firm", "once", 5_000, days(1))
    world.pay("boss", "once", 5_000, days(1))
    world.pay("boss", "once", 5_000, days(2))
    result = world.assess()
    assert value(result, "harmed.employees of blocked firms", "people") == (1.0, 1.0, 2.0)
    assert value(result, "harmed.suppliers of blocked firms", "parties") == (0.0, 1.0, 1.0)
    assert value(result, "harmed.employees of blocked firms", "amount")[0] == 4500.0
    assert {r["subject_id"] for r in rows_of(result, role="paid like an employee")} == {"clerk", "casual"}


def test_one_reached_in_two_roles_has_one_row(town, days):
    town.party("collector")
    town.match("collector", GROUP)
    town.find("collector", ["ana"], [town.pay("ana", "collector", 900, days(2))])
    town.pay("ana", "agent", 10_000, days(5), CHANNEL)
    (row,) = rows_of(town.assess(), effect="harmed", subject_id="ana")
    assert row["role"] == "possible victim"
    assert row["amount"] == 10_900
    assert "remittance sender:" in row["reason"]


def test_words_used_of_people(town, days):
    town.party("collector")
    town.match("collector", GROUP, 0.7)
    town.find("collector", ["berta"], [town.pay("berta", "collector", 900, days(2))])
    town.pay("ana", "agent", 10_000, days(5), CHANNEL)
    result = town.assess()
    shown = [*result.affected.column("reason").to_pylist(), *result.affected.column("role").to_pylist()]
    shown += [r["assumption"] for r in result.outcomes.to_pylist() if not r["measure"].startswith("duties.")]
    banned = re.compile(r"immigra|visa|asylum|alien|nationality|ethnic|crimin|terrorist|suspect|guilt|launder", re.I)
    assert not [text for text in shown if banned.search(text)]


def test_keys_are_unique_even_when_ids_collide(world, days):
    world.party("boss")
    world.match("boss", GROUP)
    world.party("same")
    world.account_rows[-1]["account_id"] = "same"
    world.transfer_rows.clear()
    key = world.pay("same", "boss", 100, days(1))
    world.transfer_rows[-1]["payer_account"] = "same"
    world.attribute(key, GROUP, "backward", 100)
    rows = rows_of(world.assess(), effect="exposed")
    keys = [(r["effect"], r["subject_id"], r["group_id"]) for r in rows]
    assert len(set(keys)) == len(keys)
    assert [(r["subject_kind"], r["amount"]) for r in rows if r["subject_id"] == "same"] == [("party", 100)]
