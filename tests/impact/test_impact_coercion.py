from __future__ import annotations

from dataclasses import fields
from datetime import date

import pytest

from caudal.impact import Answer, coercion_answers
from caudal.impact.answers import standing, tier
from caudal.register import law

LAWS = ["sanctions", "material support", "civil liability", "immigration", "local law"]
GROUP = "los-inventados"


def answer(law_id: str) -> Answer:
    return next(a for a in coercion_answers() if a.id == law_id)


def rows(result, group=GROUP):
    return {r["law"]: r for r in result.coerced_payment.to_pylist() if r["group_id"] == group}


def test_five_answers_stay_apart():
    assert [a.id for a in coercion_answers()] == LAWS
    names = {f.name for f in fields(Answer)}
    assert not names & {"score", "risk", "weight", "rank"}


def test_each_has_rule_source_settled_and_open():
    for one in coercion_answers():
        assert one.question.endswith("?")
        assert one.rule.endswith(".")
        assert one.settled_points
        assert one.open_points
        assert one.settled.count(one.settled_points[-1]) == 1
        assert all(s.url.startswith("http") and s.text for s in one.sources)
        assert one.source_url == one.sources[0].url
        assert one.before != one.after
        assert one.without
        assert set(one.turns_on) & set(one.by_authority)


def test_every_settled_point_has_a_source_of_its_own():
    for one in coercion_answers():
        for point in one.points:
            assert point.state in ("settled", "open", "not verified")
            assert point.source or point.state != "settled", point.text


def test_what_is_not_verified_is_marked_and_never_settled():
    for one in coercion_answers():
        for text in one.said("not verified"):
            assert f"Not verified: {text}" in one.open
            assert text not in one.settled
        words = " ".join([one.rule, one.settled, one.knowledge, one.duress, one.amount])
        assert "verified" not in words.lower()
        assert "from memory" not in words.lower()
    assert answer("material support").said("not verified")
    assert "never for a person" in answer("immigration").question


def test_they_arise_by_authority():
    assert {a.id for a in coercion_answers() if a.arises({"TCO"})} == {"sanctions"}
    assert {a.id for a in coercion_answers() if a.arises({"FTO", "CA-LTE"})} == set(LAWS)
    assert {a.id for a in coercion_answers() if a.arises({"NPWMD"})} == {"sanctions"}, "any blocking tag of OFAC's"
    assert {a.id for a in coercion_answers() if a.arises({"EU-NEW-PROGRAMME"})} == {"local law"}
    assert not [a for a in coercion_answers() if a.arises({"FINCEN-311"})], "it blocks no property"


def test_the_authorities_named_are_those_the_law_holds():
    for one in coercion_answers():
        for authority in {*one.turns_on, *one.by_authority} - {"TEL"}:
            assert law.held(authority), authority


@pytest.mark.parametrize(
    ("law_id", "piece", "first"),
    [
        ("immigration", "M-H-Z-", date(2016, 6, 9)),
        ("immigration", "A-C-M-", date(2018, 6, 6)),
        ("immigration", "insignificant and for limited material support (79", date(2014, 2, 5)),
        ("sanctions", "correspondent accounts", date(2019, 9, 10)),
        ("sanctions", "Chiquita", date(2007, 3, 19)),
        ("material support", "Lafarge", date(2022, 10, 18)),
        ("civil liability", "Florida", date(2024, 6, 10)),
    ],
)
def test_no_decision_is_cited_before_it_was_made(law_id, piece, first):
    day_before = date.fromordinal(first.toordinal() - 1)
    assert piece in answer(law_id).on(first).settled
    assert piece not in answer(law_id).on(day_before).settled


def test_a_measure_tells_which_of_the_five_arise_and_since_when(world, days):
    world.party("boss")
    world.pay("boss", "boss", 1, days(0))
    found = rows(world.assess())
    assert list(found) == LAWS
    assert {k: r["arises"] for k, r in found.items()} == dict.fromkeys(LAWS[:4], "yes") | {"local law": "no"}
    assert found["material support"]["since"] == days(0)
    assert found["material support"]["not_raised_by"] == ["SDGT"]
    assert found["local law"]["before"] == found["local law"]["after"]
    assert (found["immigration"]["tier_before"], found["immigration"]["tier_on_day"]) == (
        "third, if its acts meet the rule",
        "first",
    )
    assert all(r["sources"] and len(r["sources"]) == len(r["source_urls"]) for r in found.values())


def test_a_measure_without_a_terrorism_authority_leaves_the_tier(world, days):
    world.party("boss")
    world.pay("boss", "boss", 1, days(0))
    found = rows(world.assess(authorities=["TCO"], effective=days(0)))
    assert {k for k, r in found.items() if r["arises"] == "yes"} == {"sanctions"}
    assert found["immigration"]["tier_on_day"].startswith("third")
    assert "needs no designation" in found["immigration"]["after"]


def test_each_authority_counts_from_its_own_day(new_world, days):
    world = new_world()
    world.lists.add(GROUP, GROUP, authorities=("TCO",), effective=days(-900))
    world.lists.designations.append(
        {"entity_id": GROUP, "authority": "FTO", "programme": "FTO", "source": "made up", "effective": days(0)}
    )
    world.lists.designations.append(
        {"entity_id": GROUP, "authority": "CA-LTE", "programme": "x", "source": "made up", "announced": days(5)}
    )
    world.party("boss")
    world.pay("boss", "boss", 1, days(0))
    result = world.assess()
    found = rows(result)
    assert found["sanctions"]["since"] == days(-900)
    assert found["material support"]["since"] == days(0)
    assert found["local law"]["since"] is None
    assert found["local law"]["arises"] == "cannot tell"
    (group,) = result.terms.groups
    arising = [{a.id for a in coercion_answers() if standing(a, group, days(n)) == "yes"} for n in (-901, -1, 0)]
    assert arising == [set(), {"sanctions"}, {"sanctions", "material support", "civil liability", "immigration"}]
    assert [tier(group, days(n)) for n in (-1, 0)] == ["third, if its acts meet the rule", "first"]


def test_the_exclusion_list_is_the_second_tier(new_world, days):
    world = new_world()
    world.lists.add(GROUP, GROUP, authorities=("TEL",))
    world.party("boss")
    world.pay("boss", "boss", 1, days(0))
    result = world.assess()
    assert rows(result)["immigration"]["tier_on_day"] == "second"
    assert rows(result)["material support"]["arises"] == "no"
