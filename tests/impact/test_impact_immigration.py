from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from caudal.impact.immigration import CAUSES, LEAST, STEP, TIERS, Cell, _hide
from caudal.tables import COERCION, IMMIGRATION

GROUP = "los-inventados"
MANY = 3 * LEAST


def cells(result, **wanted):
    return [r for r in result.immigration.to_pylist() if all(r[k] == v for k, v in wanted.items())]


@pytest.fixture
def town(world, days):
    """A boss who collects from many, a firm of his, a hub that gathers fees."""
    world.party("boss")
    world.match("boss", GROUP)
    world.party("firm", "Company")
    world.own("boss", "firm", 1.0)
    world.party("hub")
    world.pay("boss", "boss", 1, days(-60))
    world.attribute(world.pay("hub", "boss", 100, days(1)), GROUP, "backward", 100)
    return world


def extort(world, days, payers, day=4, amount=20_000, first="shop"):
    names = [world.party(f"{first}{n}", "Company" if n % 2 else "Person") for n in range(payers)]
    world.find("boss", names, [world.pay(name, "boss", amount, days(day)) for name in names])


def funnel(world, days, payers):
    names = [world.party(f"family{n}") for n in range(payers)]
    world.find("hub", names, [world.pay(name, "hub", 380_000, days(5)) for name in names])
    row = world.finding_rows[-1]
    row["typology"], row["roles"] = "funnel account", ["hub", *("payer" for _ in names)]


def employ(world, days, people):
    for n in range(people):
        world.party(f"clerk{n}")
        for month in range(5):
            world.pay("firm", f"clerk{n}", 90_000, days(30 * month - 60))


def test_counted_by_cause_amount_and_what_is_left(town, days):
    extort(town, days, MANY)
    funnel(town, days, MANY)
    employ(town, days, MANY)
    result = town.assess()
    (paid,) = cells(result, cause="paid extortion")
    assert (paid["low"], paid["mid"], paid["high"]) == (MANY / 2, 25, MANY), "half, four fifths and all, to fives"
    assert paid["amount"] == "above USD 100 up to 1,000"
    assert paid["tier"] == "first"
    assert paid["small_exemptions_gone"]
    assert paid["exemptions_left"].startswith("duress, at discretion")
    (fee,) = cells(result, cause="paid a smuggling fee")
    assert (fee["low"], fee["mid"], fee["high"]) == (0, MANY / 2, MANY)
    assert fee["exemptions_left"].startswith("none found unless under duress")
    (work,) = cells(result, cause="works for a blocked firm")
    assert (work["low"], work["mid"], work["high"]) == (MANY,) * 3
    assert work["amount"] == "above USD 1,000 up to 10,000"
    assert all("if they had an immigration matter" in r["assumption"] for r in cells(result))
    assert all("http" in r["source"] for r in cells(result))


def test_paid_before_the_day_the_small_exemptions_hold(town, days):
    extort(town, days, MANY, day=-4)
    (paid,) = cells(town.assess(), cause="paid extortion")
    assert paid["tier"].startswith("third")
    assert not paid["small_exemptions_gone"]
    assert "insignificant" in paid["exemptions_left"]


def test_a_measure_without_a_terrorism_authority_takes_no_exemption_away(town, days):
    extort(town, days, MANY)
    result = town.assess(authorities=["TCO"], effective=days(0))
    (paid,) = cells(result, cause="paid extortion")
    assert paid["tier"].startswith("third")
    assert not paid["small_exemptions_gone"]
    assert paid["high"] == MANY, "the third tier needs no designation: the count is the same, what is left is not"


def test_small_groups_are_not_shown(town, days):
    extort(town, days, LEAST - 1)
    (paid,) = cells(town.assess(), cause="paid extortion")
    assert (paid["low"], paid["mid"], paid["high"], paid["hidden"]) == (None, None, None, True)


def test_one_more_person_changes_a_shown_number_by_a_whole_step_or_not_at_all(town, days, new_world):
    shown = []
    for number in range(LEAST, LEAST + 7):
        world = new_world()
        world.lists.add(GROUP, GROUP, authorities=("FTO", "SDGT"))
        world.party("boss")
        world.match("boss", GROUP)
        extort(world, days, number)
        (paid,) = cells(world.assess(), cause="paid extortion")
        shown.append(paid["high"])
    assert all(value % STEP == 0 for value in shown)
    assert {b - a for a, b in pairwise(shown)} <= {0, STEP}
    assert 0 in {b - a for a, b in pairwise(shown)}


def test_a_single_hidden_cell_hides_another():
    same = [Cell("paid extortion", 0, band, people, 1, 1, 1) for band, people in enumerate((30, LEAST, 3))]
    other = [Cell("other payment", 0, 0, 40, 1, 1, 1)]
    _hide([*same, *other])
    assert [c.hidden for c in (*same, *other)] == [False, True, True, False]
    two = [Cell("paid extortion", 0, band, people, 1, 1, 1) for band, people in enumerate((30, 4, 3))]
    _hide(two)
    assert [c.hidden for c in two] == [False, True, True]


def test_nothing_names_or_leads_to_a_person(town, days):
    extort(town, days, MANY)
    extort(town, days, 3, amount=900, first="kiosk")
    funnel(town, days, MANY)
    employ(town, days, 4)
    for row in town.party_rows:
        row["countries"] = ["ht"]
    result = town.assess()
    columns = set(IMMIGRATION.schema.names)
    assert columns == {
        "scenario", "cause", "amount", "tier", "exemptions_left", "small_exemptions_gone", "low", "mid", "high",
        "hidden", "assumption", "source",
    }  # fmt: skip
    told = json.dumps([{k: v for k, v in r.items() if k not in ("assumption", "source")} for r in cells(result)])
    for kind in (town.party_rows, town.account_rows, town.transfer_rows, town.institution_rows):
        for row in kind:
            for key, value in row.items():
                if key.endswith("_id") or key in ("payer_account", "payee_account", "name"):
                    assert not re.search(rf"\b{re.escape(str(value))}\b", told.replace("blocked firm", ""))
    assert {r["cause"] for r in cells(result)} <= set(CAUSES)
    assert {r["tier"] for r in cells(result)} <= set(TIERS)
    assert all(r["hidden"] or r["high"] % STEP == 0 for r in cells(result))
    shown = [*result.affected.column("reason").to_pylist(), *result.outcomes.column("measure").to_pylist()]
    assert not [text for text in shown if "immigra" in text.lower() or "exemption" in text.lower()]


def test_where_people_come_from_changes_nothing(town, days):
    extort(town, days, MANY)
    before = town.assess().immigration
    for n, row in enumerate(town.party_rows):
        row["countries"] = [("us", "mx", "ht", "ve")[n % 4]]
    assert town.assess().immigration.equals(before)


def test_each_payer_counts_by_its_own_probability(town, days):
    extort(town, days, 4 * LEAST)
    time = datetime(2025, 2, 24, tzinfo=UTC)
    chances = [
        {
            "collector_account": "a-boss", "payer_account": f"a-shop{n}", "probability": 0.75 if n % 2 else 0.25,
            "bits": 1.0, "collector_probability": 1.0, "collector_bits": 9.0, "payments": 1, "amount": 20_000,
            "first": time, "last": time, "reasons": ["made up"],
        }
        for n in range(4 * LEAST)
    ]  # fmt: skip
    (paid,) = cells(town.assess(coercion=COERCION.build(chances)), cause="paid extortion")
    assert (paid["low"], paid["mid"], paid["high"]) == (LEAST, 2 * LEAST, 2 * LEAST)
    assert "coercion_holds" in paid["assumption"]
