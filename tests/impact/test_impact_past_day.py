"""The built-in register as it was on a past day, under a scenario of that day."""

from __future__ import annotations

from datetime import date

import pytest

from caudal.errors import InputError
from caudal.impact import Scenario, assess, scenario_of
from caudal.impact.terms import Window, settle
from caudal.register import Register

GROUP = "tren-de-aragua"
FIRST = date(2025, 2, 20)
"""The day FTO, SDGT and the Canadian listing took effect."""
BEFORE = date(2025, 2, 19)


def terms_of(day, **keys):
    scenario = Scenario(name="as it was", groups=(GROUP,), as_of=day, **keys)
    return settle(scenario, Register.load([], as_of=day), day)


def framework(day):
    return scenario_of("terrorism-framework", groups=(GROUP,), as_of=day, effective=day)


def test_the_authorities_of_the_first_day():
    (group,) = terms_of(FIRST).groups
    assert group.authorities == dict.fromkeys(("CA-LTE", "FTO", "SDGT"), Window(FIRST, FIRST))
    assert group.designation == Window(FIRST, FIRST)
    assert {d.authority for d in Register.load([], as_of=FIRST).find("Tren de Aragua")[0].designations} == {
        "CA-LTE",
        "FTO",
        "SDGT",
    }


def test_none_the_day_before():
    terms = terms_of(BEFORE)
    (group,) = terms.groups
    assert (group.authorities, group.designation, group.powers, group.stops) == ({}, None, {}, False)
    assert "caudal-tren-de-aragua" not in terms.in_force
    with pytest.raises(InputError, match="no designation in force") as error:
        terms_of(BEFORE, authorities=("FTO",))
    assert error.value.field == "authorities.0"
    with pytest.raises(InputError, match="holds no designation of tren-de-aragua in force that day") as error:
        terms_of(BEFORE, authorities=("FTO", "SDGT"), effective="designation")
    assert error.value.field == "effective"


def test_what_came_later_is_not_known_yet():
    later = date(2025, 2, 25)
    (group,) = terms_of(later).groups
    assert set(group.authorities) == {"AR-REPET", "CA-LTE", "FTO", "SDGT"}
    (group,) = terms_of(date(2025, 2, 24)).groups
    assert set(group.authorities) == {"CA-LTE", "FTO", "SDGT"}


def test_the_framework_names_its_own_authorities_and_the_register_says_since_when_they_hold():
    terms = settle(framework(FIRST), Register.load([], as_of=FIRST), FIRST)
    (group,) = terms.groups
    assert group.authorities == dict.fromkeys(("FTO", "SDGT"), Window(FIRST, FIRST))
    assert {"freeze", "material support", "secondary sanctions"} <= set(group.powers)
    # Supposed a day early, it is a thought: the register holds nothing in force, and the terms say so.
    terms = settle(framework(BEFORE), Register.load([], as_of=BEFORE), BEFORE)
    (group,) = terms.groups
    assert group.authorities == dict.fromkeys(("FTO", "SDGT"), Window(BEFORE, BEFORE))
    assert group.designation is None
    assert "caudal-tren-de-aragua" not in terms.in_force


@pytest.mark.parametrize(("day", "stopped"), [(BEFORE, 0.0), (FIRST, 5.0)])
def test_money_is_stopped_from_that_day_on(new_world, value, day, stopped):
    world = new_world()
    world.party("shop")
    world.party("collector")
    world.match("collector", "caudal-tren-de-aragua")
    world.pay("shop", "collector", 300, BEFORE)
    if day == FIRST:
        world.pay("shop", "collector", 500, FIRST)
    scenario = Scenario(name="as it was", groups=(GROUP,), as_of=day)
    result = assess(scenario, Register.load([], as_of=day), world, **world.inputs)
    assert value(result, "blocked.flows.after", "amount") == (stopped,) * 3
