from __future__ import annotations

import pytest


def affected(result, **wanted):
    return [r for r in result.affected.to_pylist() if all(r[k] == v for k, v in wanted.items())]


def test_matches_count_by_how_sure_they_are(world, value, days):
    for name, chance, alert in (("a", 1.0, True), ("b", 0.995, True), ("c", 0.7, True), ("d", 0.9, False)):
        world.party(name)
        world.match(name, "los-inventados", chance, alert)
    world.pay("a", "b", 100, days(1))
    result = world.assess()
    assert value(result, "blocked.listed", "parties") == pytest.approx((2.0, 2.7, 3.0))
    assert value(result, "harmed.possible matches that are someone else", "parties") == pytest.approx((0.0, 0.3, 1.0))
    assert {r["subject_id"] for r in affected(result, effect="blocked", subject_kind="party")} == {"a", "b", "c"}
    for row in affected(result, effect="blocked", subject_kind="party"):
        assert "possible match" in row["reason"]
        assert "a person must confirm it" in row["reason"]


def test_a_transfer_between_two_blocked_accounts_counts_once(world, value, days):
    for name in ("a", "b"):
        world.party(name)
        world.match(name, "los-inventados")
    world.pay("a", "b", 10_000, days(1))
    assert value(world.assess(), "blocked.flows.total", "amount") == (100.0, 100.0, 100.0)


def test_owned_firms_carry_the_chain_in_words(world, value, days):
    world.party("boss")
    world.match("boss", "los-inventados")
    for firm in ("first", "second", "maybe", "not"):
        world.party(firm, "Company")
    world.own("boss", "first", 0.5)
    world.own("first", "second", 0.5)
    world.own("boss", "maybe", 0.4, 0.6)
    world.own("boss", "not", 0.49)
    world.pay("first", "second", 100, days(1))
    result = world.assess()
    assert value(result, "blocked.owned", "parties") == (2.0, 2.0, 3.0)
    rows = {r["subject_id"]: r["reason"] for r in affected(result, effect="blocked", role="owned")}
    assert set(rows) == {"first", "second", "maybe"}
    assert "first" in rows["second"]
    assert "boss" in rows["second"]
    assert "shares do not tell" in rows["maybe"]


def test_stakes_of_others_on_the_lists_are_added(world, value, days):
    world.lists.add("stranger", "another-group")
    for name, entity in (("boss", "los-inventados"), ("other", "stranger")):
        world.party(name)
        world.match(name, entity)
    world.party("firm", "Company")
    world.party("theirs", "Company")
    world.own("boss", "firm", 0.25)
    world.own("other", "firm", 0.25)
    world.own("other", "theirs", 0.9)
    world.pay("firm", "theirs", 100, days(1))
    result = world.assess()
    assert [r["subject_id"] for r in affected(result, effect="blocked", role="owned")] == ["firm"]
    assert value(result, "blocked.listed", "parties") == (1.0, 1.0, 1.0)


def test_an_owner_that_is_an_entity_of_the_list_counts(world, value, days):
    world.party("firm", "Company")
    world.own("los-inventados", "firm", 0.6)
    world.pay("firm", "firm", 100, days(1))
    assert value(world.assess(), "blocked.owned", "parties") == (1.0, 1.0, 1.0)


def test_the_rule_on_ownership_is_american(new_world, value, days):
    world = new_world()
    world.lists.add("los-inventados", "los-inventados", authorities=("CA-LTE",))
    world.party("boss")
    world.match("boss", "los-inventados")
    world.party("firm", "Company")
    world.own("boss", "firm", 0.9)
    world.pay("firm", "firm", 100, days(1))
    result = world.assess()
    assert value(result, "blocked.owned", "parties") == (0.0, 0.0, 1.0)
    assert "a rule of its own" in affected(result, role="owned", subject_kind="party")[0]["reason"]


def test_one_only_tied_to_the_group_counts_in_high_alone(world, value, days):
    world.lists.add("friend", "los-inventados", kind="linked", authorities=())
    world.party("friend party")
    world.match("friend party", "friend")
    world.pay("friend party", "friend party", 1, days(1))
    assert value(world.assess(), "blocked.listed", "parties") == (0.0, 0.0, 1.0)
