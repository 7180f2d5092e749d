"""Harm by kind and over time, counted by hand, and how it moves when the books or the measure change."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from caudal.impact import workdays
from caudal.impact.derisking import KINDS

GROUP = "los-inventados"
CHANNEL = "remittance"


@pytest.fixture
def town(world, days):
    """A bank and an agency that dealt straight with the boss after the day; customers of every kind."""
    world.bank("bank", "us")
    world.bank("agency", "us", "money transfer")
    world.party("boss")
    world.match("boss", GROUP)
    world.party("firm", "Company")
    world.own("boss", "firm", 1.0)
    world.party("agent", "Company", "agency", pooled=True)
    for name, schema in (("grill", "Company"), ("office", "Company"), ("ana", "Person"), ("berta", "Person")):
        world.party(name, schema, "bank")
    world.party("vault", "Company", "bank", pooled=True)
    world.pay("vault", "grill", 9_000, days(1), "cash")
    world.pay("office", "grill", 1_000, days(1))
    world.pay("grill", "office", 1_000, days(1))
    world.pay("ana", "agent", 10_000, days(2), CHANNEL)
    for payer in ("berta", "agent"):
        world.attribute(world.pay(payer, "boss", 50_000, days(3)), GROUP, "backward", 50_000)
    return world


def closed(result, kind):
    rows = {r["measure"]: r for r in result.outcomes.to_pylist()}
    return tuple(rows[f"harmed.accounts closed.{kind}"][end] for end in ("low", "mid", "high"))


def test_accounts_closed_by_kind(town):
    result = town.assess()
    rows = {r["measure"]: r for r in result.outcomes.to_pylist()}
    at_risk = {kind: rows[f"harmed.accounts at risk.{kind}"]["mid"] for kind in KINDS}
    assert at_risk == {
        "payment agents": 1,
        "firms that live on cash": 1,
        "other firms": 1,
        "remittance senders": 1,
        "other people": 1,
        "holders not known": 0,
    }
    assert closed(result, "firms that live on cash") == pytest.approx((0.02, 0.10, 0.40))
    assert closed(result, "other firms") == pytest.approx((0.0, 0.02, 0.20))
    assert closed(result, "payment agents") == pytest.approx((0.05, 0.30, 0.91))
    row = rows["harmed.accounts closed.firms that live on cash"]
    assert "GAO" in row["source"]
    assert "cash_firm_is_cut" in row["assumption"]


def test_a_bank_with_only_earlier_dealings_counts_in_mid_and_one_far_off_in_high(new_world, days):
    for when, hops, expected in ((-3, 1, (0.0, 0.02, 0.20)), (3, 2, (0.0, 0.0, 0.20)), (3, 1, (0.0, 0.02, 0.20))):
        world = new_world()
        world.lists.add(GROUP, GROUP, authorities=("FTO", "SDGT"))
        world.bank("bank", "us")
        world.party("boss")
        world.match("boss", GROUP)
        world.party("far")
        for name in ("ana", "berta"):
            world.party(name, bank="bank")
        payee = "boss" if hops == 1 else "far"
        world.attribute(world.pay("berta", payee, 100, days(when)), GROUP, "backward", 100, hops)
        if hops == 2:
            world.attribute(world.pay("far", "boss", 100, days(when + 1)), GROUP, "backward", 100)
        result = world.assess(assumptions={"bank_cuts_customer": {"low": 0.1, "mid": 0.1, "high": 0.1}})
        people = closed(result, "other people")
        share = [
            x * 2 for x in ((0.1, 0.1, 0.1) if when > 0 and hops == 1 else (0, 0.1, 0.1) if hops == 1 else (0, 0, 0.1))
        ]
        assert people == pytest.approx(tuple(share)), (when, hops, expected)


def test_another_lawful_sender_never_lowers_the_harm(town, days):
    before = harm(town.assess())
    town.party("carla", bank="bank")
    town.pay("carla", "agent", 20_000, days(4), CHANNEL)
    after = harm(town.assess())
    assert set(before) == set(after)
    for key, value in before.items():
        assert all(b <= a + 1e-9 for b, a in zip(value, after[key], strict=True)), key
    assert after["harmed.remittance senders", "people"][1] == pytest.approx(
        2 * before["harmed.remittance senders", "people"][1]
    )


def harm(result):
    return {
        (r["measure"], r["subject_kind"]): (r["low"], r["mid"], r["high"])
        for r in result.outcomes.to_pylist()
        if r["measure"].startswith("harmed.")
    }


def test_wages_and_suppliers_a_month(town, days):
    town.party("clerk")
    for month in range(6):
        town.pay("firm", "clerk", 90_000, days(30 * month - 60))
    result = town.assess()
    rows = {(r["measure"], r["subject_kind"]): r for r in result.outcomes.to_pylist()}
    monthly = rows["harmed.employees of blocked firms.a month", "amount"]
    assert monthly["low"] == monthly["high"] == pytest.approx(6 * 900 / (180 / (365.25 / 12)))
    months = [r for r in result.harm_months.to_pylist() if r["measure"] == "wages not paid"]
    assert [r["month"] for r in months] == list(range(1, 13))
    assert months[0]["first"] == days(0)
    assert months[1]["first"] == date(2025, 3, 20)
    assert (months[0]["low"], months[0]["high"]) == pytest.approx((monthly["low"], monthly["high"]))
    assert months[2]["mid"] == pytest.approx(monthly["mid"] * 0.85**2)
    assert months[2]["low"] == pytest.approx(monthly["low"] * 0.60**2)
    assert months[2]["high"] == pytest.approx(monthly["high"] * 0.95**2)


def test_senders_find_other_channels_month_by_month(town):
    result = town.assess()
    senders = harm(result)["harmed.remittance senders", "people"]
    stuck = harm(result)["harmed.remittance senders.no other channel", "people"]
    months = [r for r in result.harm_months.to_pylist() if r["measure"] == "senders without a channel"]
    first = (months[0]["low"], months[0]["mid"], months[0]["high"])
    assert first == pytest.approx(senders), "in the first month nobody has found one"
    for earlier, later in pairwise(months):
        assert all(later[end] <= earlier[end] for end in ("low", "mid", "high"))
    assert months[-1]["low"] == pytest.approx(stuck[0], rel=1e-6), "in the end only those who never find one"
    assert months[-1]["mid"] > stuck[1]


def test_possible_victims_by_the_law_that_asks(new_world, days):
    world = new_world()
    world.lists.add(GROUP, GROUP, authorities=("TCO",), effective=days(-400))
    world.lists.designations.append(
        {"entity_id": GROUP, "authority": "FTO", "programme": "FTO", "source": "made up", "effective": days(0)}
    )
    world.party("boss")
    world.match("boss", GROUP)
    shops = [world.party(f"shop{n}", "Company") for n in range(4)]
    paid = [world.pay(s, "boss", 5_000, days(n)) for n, s in zip((-3, -2, -1, 4), shops, strict=True)]
    world.find("boss", shops, paid)
    found = harm(world.assess())
    name = "harmed.possible victims.exposed under"
    assert found[f"{name} sanctions", "parties"] == pytest.approx((2.0, 3.2, 4.0)), "designated long before"
    assert found[f"{name} material support", "parties"] == pytest.approx((0.5, 0.8, 1.0)), "only since the day"
    assert found[f"{name} material support", "amount"] == pytest.approx((25, 40, 50))
    assert (f"{name} local law", "parties") not in found
    assert not [m for m, _ in found if "immigration" in m]


def test_what_is_held_reported_and_still_to_come(world, days):
    world.party("boss")
    world.match("boss", GROUP)
    world.party("ana")
    for day, amount in ((-5, 10_000), (2, 20_000), (100, 40_000)):
        world.pay("ana", "boss", amount, days(day))
    world.pay("boss", "ana", 5_000, days(110))
    as_of = days(112)
    result = world.assess(as_of=as_of)
    rows = {(r["measure"], r["subject_kind"]): r for r in result.outcomes.to_pylist()}
    assert rows["duties.payments since the day", "transfers"]["mid"] == 3
    assert rows["duties.payments since the day", "amount"]["mid"] == 650.0
    assert workdays.after(days(2), 10) <= as_of < workdays.after(days(100), 10)
    assert rows["duties.reports due by the as-of day", "transfers"]["mid"] == 1
    assert rows["duties.reports still to come", "transfers"]["mid"] == 2
    assert not [m for m, _ in rows if m.startswith("duties.held on")], "30 June has not come"
    later = world.assess(as_of=date(2026, 10, 15))
    rows = {(r["measure"], r["subject_kind"]): r for r in later.outcomes.to_pylist()}
    assert rows["duties.held on 2025-06-30", "amount"]["mid"] == 650.0
    assert rows["duties.held on 2026-06-30", "amount"]["mid"] == 650.0
    yearly = [r for r in later.duty_days.to_pylist() if r["deadline"] == "30 September"]
    assert yearly
    for row in yearly:
        assert row["due"] == date(2025, 9, 30)
        assert row["days_passed"] == ["2025-09-30", "2026-09-30"]
        assert row["next_due"] == date(2027, 9, 30)
        assert row["accounts_mid"] == 1
        assert row["source_url"].startswith("http")


def test_a_payment_is_due_ten_business_days_after_its_own_day(world, days):
    """The same reports, counted one by one."""
    world.party("boss")
    world.match("boss", GROUP)
    world.party("ana")
    dates = [days(0) + timedelta(days=3 * n) for n in range(20)]
    for day in dates:
        world.pay("ana", "boss", 100, day)
    as_of = days(45)
    rows = {r["measure"]: r["mid"] for r in world.assess(as_of=as_of).outcomes.to_pylist() if r["unit"] == "count"}
    inside = [d for d in dates if d <= as_of]
    assert rows["duties.reports due by the as-of day"] == sum(workdays.after(d, 10) <= as_of for d in inside)
    assert rows["duties.reports still to come"] == sum(workdays.after(d, 10) > as_of for d in inside)


def test_no_measure_blocks_nobody_and_raises_no_answer(town, days):
    """The books still show who pays under what looks like threat; no law of the measure asks about it."""
    town.find("boss", ["ana"], [town.pay("ana", "boss", 5_000, days(1))])
    rows = {(r["measure"], r["subject_kind"]): r["high"] for r in town.assess(authorities="none").outcomes.to_pylist()}
    assert rows["blocked", "parties"] == 0
    assert rows["harmed.possible victims", "parties"] == 1
    assert rows["harmed.possible victims.newly exposed", "parties"] == 0
    assert not [m for m, _ in rows if "exposed under" in m]
    assert not [m for m, kind in rows if m.startswith("harmed.accounts closed") and rows[m, kind]]


def test_an_authority_that_freezes_for_institutions_raises_material_support_too(town, days):
    town.pay("vault", "office", 1, days(-1))
    town.find("boss", ["ana"], [town.pay("ana", "boss", 5_000, days(1))])
    for authorities, expected in ((["FTO"], True), (["TCO"], False)):
        result = town.assess(authorities=authorities, effective=days(0))
        named = {r["measure"] for r in result.outcomes.to_pylist()}
        assert ("harmed.possible victims.exposed under material support" in named) is expected
