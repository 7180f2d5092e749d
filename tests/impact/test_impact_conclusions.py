"""Conclusions: asked of all alike, counted draw by draw."""

from __future__ import annotations

import numpy as np
import pytest

from caudal.impact.conclusions import ALL, NONE, SOME, conclusions, headlines
from caudal.impact.draws import draw

GROUP = "los-inventados"


@pytest.fixture
def pair(world, days):
    """Two scenarios: one with the day known, one that counts from a later day; an agent and a sender."""
    world.bank("agency", "us", "money transfer")
    world.bank("home")
    world.party("boss")
    world.party("maybe")
    world.party("agent", "Company", "agency", pooled=True)
    world.party("ana", bank="home")
    world.match("boss", GROUP)
    world.match("maybe", GROUP, 0.5)
    world.attribute(world.pay("agent", "boss", 5_000, days(3)), GROUP, "backward", 5_000)
    world.pay("ana", "maybe", 9_000, days(4))
    early = world.assess(name="early")
    late = world.assess(name="late", effective=days(4))
    return [draw(r.model, 400, 2) for r in (early, late)]


def rows_of(table, **wanted):
    return [r for r in table.to_pylist() if all(r[k] == v for k, v in wanted.items())]


def test_every_question_is_asked_of_both_in_both_directions(pair):
    table = conclusions(pair).to_pylist()
    pairs = {(r["scenario"], r["other"]): set() for r in table}
    for row in table:
        pairs[row["scenario"], row["other"]].add(row["question"])
    assert set(pairs) == {("early", ""), ("late", ""), ("early", "late"), ("late", "early")}
    assert pairs["early", "late"] == pairs["late", "early"]
    assert pairs["early", ""] == pairs["late", ""]
    hit, exposed, harmed = headlines(pair)
    assert len(pairs["early", "late"]) == len(hit) + len(exposed) + len(harmed) + len(hit) * len(harmed)
    assert len({(r["question"], r["scenario"], r["other"]) for r in table}) == len(table)


def test_held_is_counted_draw_by_draw(pair):
    row = ("blocked.flows.after", "amount", "USD")
    one, two = (d.values[d.model.place(row)] for d in pair)
    (found,) = rows_of(conclusions(pair), question="more blocked.flows.after (USD)", scenario="early")
    assert found["held"] == int((one > two + 1e-9).sum()) == 400
    assert (found["verdict"], found["hangs_on"]) == (ALL, None)
    assert "in all 400 draws" in found["sentence"]
    (found,) = rows_of(conclusions(pair), question="more blocked.flows.after (USD)", scenario="late")
    assert (found["held"], found["verdict"]) == (0, NONE)


def test_both_directions_and_equality_make_all_draws(pair):
    table = conclusions(pair).to_pylist()
    held = {(r["question"], r["scenario"], r["other"]): (r["held"], r["equal"]) for r in table}
    for (question, one, other), (number, equal) in held.items():
        if other:
            back, also = held[question, other, one]
            assert equal == also
            assert number + back + equal == 400, question


def test_what_turns_on_a_match_says_so(pair):
    name = "harmed.possible matches that are someone else (parties)"
    (found,) = rows_of(conclusions(pair), question=f"{name} above zero", scenario="early")
    assert found["verdict"] == SOME
    assert 150 < found["held"] < 250
    assert found["hangs_on"] == "possible matches"
    assert f"in {found['held']} of 400 draws; it turns on possible matches" in found["sentence"]


def test_what_turns_on_an_assumption_says_which(world, days):
    world.lists.designations.clear()
    world.lists.designations.append(
        {"entity_id": GROUP, "authority": "SDGT", "programme": "SDGT", "source": "made up", "announced": days(-9)}
    )
    world.party("boss")
    world.match("boss", GROUP)
    world.party("ana")
    world.pay("ana", "boss", 1_000, days(1))
    unknown = world.assess(name="unknown")
    half = world.assess(name="half", assumptions={"unknown_day": {"low": 0.45, "mid": 0.5, "high": 0.55}})
    drawn = [draw(r.model, 500, 2) for r in (unknown, half)]
    (found,) = rows_of(conclusions(drawn), question="more blocked.flows.after (USD)", scenario="unknown")
    assert found["verdict"] == SOME
    assert found["hangs_on"] == "unknown_day"
    assert found["tested_over"] == "unknown_day 0 to 1; unknown_day 0.45 to 0.55"


def test_a_scenario_beside_itself_differs_by_nothing(world, days):
    world.party("maybe")
    world.match("maybe", GROUP, 0.4)
    world.pay("maybe", "maybe", 100, days(1))
    one, two = (world.assess(name=name) for name in ("one", "two"))
    drawn = [draw(r.model, 100, 3) for r in (one, two)]
    assert np.array_equal(drawn[0].values - drawn[1].values, np.zeros_like(drawn[0].values))
    for row in conclusions(drawn).to_pylist():
        if row["other"]:
            assert (row["held"], row["equal"], row["verdict"]) == (0, 100, NONE)
            assert "being equal in all of them" in row["sentence"]


def test_other_draws_are_not_compared(pair):
    with pytest.raises(ValueError, match="the same"):
        conclusions([pair[0], draw(pair[1].model, 400, 9)])
