from __future__ import annotations

from datetime import date

import pytest

from caudal.errors import InputError
from caudal.impact import Scenario, default_assumptions

GOOD = {"name": "made up", "groups": ["los-inventados"], "as_of": date(2025, 6, 30)}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"gruops": []}, "gruops"),
        ({"name": ""}, "name"),
        ({"name": 3}, "name"),
        ({"groups": ["a", "a"]}, "groups"),
        ({"groups": [""]}, "groups.0"),
        ({"effective": "2025-02-30"}, "effective"),
        ({"effective": date(2025, 7, 1)}, "effective"),
        ({"home": "usa"}, "home"),
        ({"assumptions": {"luck": {"low": 0, "mid": 0, "high": 0}}}, "assumptions.luck"),
        ({"assumptions": {"agent_is_cut": {"low": 0.5, "mid": 0.1, "high": 0.9}}}, "assumptions.agent_is_cut"),
        ({"assumptions": {"agent_is_cut": {"low": 0, "mid": 0.1, "high": 1.2}}}, "assumptions.agent_is_cut.high"),
        ({"assumptions": {"agent_is_cut": {"low": 0, "mid": 0.1}}}, "assumptions.agent_is_cut.high"),
        (
            {"assumptions": {"agent_is_cut": {"low": float("nan"), "mid": 0.1, "high": 1}}},
            "assumptions.agent_is_cut.low",
        ),
        ({"assumptions": {"agent_is_cut": {"low": 0, "mid": 0, "high": 0, "top": 1}}}, "assumptions.agent_is_cut.top"),
    ],
)
def test_a_wrong_key_is_named_by_its_path(change, field):
    with pytest.raises(InputError) as error:
        Scenario.load({**GOOD, **change})
    assert error.value.field == field
    assert "\n" not in str(error.value)


def test_a_missing_key_is_named():
    with pytest.raises(InputError, match="missing") as error:
        Scenario.load({"groups": ["x"]})
    assert error.value.field == "name"


def test_from_toml(tmp_path):
    path = tmp_path / "scenario.toml"
    path.write_text(
        """
        name = "made up"
        groups = ["los-inventados"]
        authorities = ["SDGT"]
        effective = 2025-02-20
        [assumptions.agent_is_cut]
        low = 0.1
        mid = 0.2
        high = 0.3
        """,
        encoding="utf-8",
    )
    scenario = Scenario.load(path)
    assert scenario.effective == date(2025, 2, 20)
    agent = scenario.assumption("agent_is_cut")
    assert (agent.low, agent.mid, agent.high) == (0.1, 0.2, 0.3)
    assert agent.source.startswith("set in the scenario")
    assert Scenario.load(str(path)) == scenario


@pytest.mark.parametrize("text", ["name = ", "name = 'x'\neffective = 2025-02-30", "\xff"])
def test_broken_toml_names_the_file(tmp_path, text):
    path = tmp_path / "scenario.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError) as error:
        Scenario.load(path)
    assert error.value.file == str(path)
    with pytest.raises(InputError, match="no such file"):
        Scenario.load(tmp_path / "none.toml")


def test_every_default_is_a_range_with_text_and_source():
    for name, assumption in default_assumptions().items():
        assert 0 <= assumption.low <= assumption.mid <= assumption.high, name
        assert assumption.allows(assumption.high), name
        assert assumption.text
        assert assumption.source


def test_unknown_names_stop_the_assessment(world, days):
    world.party("someone")
    world.pay("someone", "someone", 1, days(0))
    with pytest.raises(InputError, match="no group") as error:
        world.assess(groups=["los-inventados", "nobody"])
    assert error.value.field == "groups.1"
    with pytest.raises(InputError, match="NOPE") as error:
        world.assess(authorities=["SDGT", "NOPE"])
    assert error.value.field == "authorities.1"
    with pytest.raises(InputError, match="effective") as error:
        world.assess(authorities=["TCO"])
    assert error.value.field == "authorities.0"
    with pytest.raises(InputError, match="a second time") as error:
        world.assess(groups=["los-inventados", "Los Inventados"])
    assert error.value.field == "groups.1"
    with pytest.raises(InputError, match="on or before") as error:
        world.assess(as_of=days(-400), authorities=["SDGT"], effective="designation", groups="all")
    assert error.value.field == "as_of"
    with pytest.raises(InputError, match="before the first payment") as error:
        world.assess(authorities=["SDGT"], effective=days(-1))
    assert error.value.field == "effective"


def test_what_a_scenario_leaves_open_comes_from_the_register(new_world, days):
    world = new_world()
    world.lists.add("g", "g", authorities=("TCO",), effective=days(-200))
    world.lists.add("g-on-another-list", "g", authorities=("SDGT",), effective=days(5))
    world.lists.add("g-undated", "g", authorities=("SDGT",), effective=None)
    world.lists.add("g-later", "g", authorities=("FTO",), effective=days(60))
    world.lists.add("g-ended", "g", authorities=("SDNTK",), effective=days(-300), ended=days(-1))
    world.lists.add("out", "out", authorities=("FTO",), effective=days(-900), ended=days(-800))
    world.party("someone")
    world.pay("someone", "someone", 1, days(0))
    terms = world.assess(groups="all", as_of=days(10)).terms
    (group,) = terms.groups
    assert {a: w.day for a, w in group.authorities.items()} == {"TCO": days(-200), "SDGT": days(5)}
    assert group.window.day == days(-200)
    later = world.assess(groups=["g"], as_of=days(100), authorities=["FTO"]).terms
    assert later.groups[0].window.day == days(60)
    supposed = world.assess(groups=["g"], as_of=days(100), authorities=["UN-SC2653"], effective=days(1)).terms
    assert supposed.groups[0].window.day == days(1)


def test_a_group_not_designated_that_day_blocks_nobody(world, value, days):
    world.party("boss")
    world.party("shop", "Company")
    world.match("boss", "los-inventados")
    key = world.pay("shop", "boss", 10_000, days(-20))
    world.attribute(key, "los-inventados", "backward", 10_000)
    result = world.assess(as_of=days(-1))
    assert value(result, "blocked", "parties") == (0.0, 0.0, 0.0)
    assert value(result, "exposed.paid.direct.before", "amount") == (100.0, 100.0, 100.0)
    assert value(result, "exposed.could have known", "parties") == (0.0, 0.0, 0.0)
    assert result.duties == []


def test_a_listed_entity_can_stand_for_itself(world, value, days):
    world.lists.entities.append(
        {"entity_id": "lone", "schema": "Person", "caption": "Lone", "properties": "{}", "dataset": "x"}
    )
    world.lists.designations.append(
        {"entity_id": "lone", "authority": "SDGT", "programme": "SDGT", "effective": days(0), "source": "made up"}
    )
    world.party("someone")
    world.match("someone", "lone")
    world.pay("someone", "someone", 1, days(0))
    assert value(world.assess(groups=["lone"]), "blocked.listed", "parties") == (1.0, 1.0, 1.0)


def test_no_group_at_all_gives_an_empty_answer(world, value, days):
    world.party("someone")
    world.pay("someone", "someone", 1, days(0))
    result = world.assess(groups=[])
    assert value(result, "blocked", "parties") == (0.0, 0.0, 0.0)
    assert result.affected.num_rows == 0
