"""Whom a scenario names, what the law of its authorities does, licences, and what must hold between scenarios."""

from __future__ import annotations

from datetime import date

import pytest

from caudal.errors import InputError
from caudal.impact import FOUR, Scenario, ready_made, scenario_of
from caudal.impact.terms import settle
from caudal.register import law

GOOD = {"name": "made up", "groups": ["los-inventados"], "as_of": date(2025, 6, 30), "authorities": ["SDGT"]}
ANY = {"name": "a licence", "covers": ["remittances"]}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"authorities": "none", "accounts": ["a"]}, "accounts"),
        ({"authorities": "none", "facilitators": ["a"]}, "facilitators"),
        ({"authorities": "none", "institutions": ["a"]}, "institutions"),
        ({"authorities": "none", "members": ["a"]}, "members"),
        ({"authorities": "none", "licences": [ANY]}, "licences"),
        ({"authorities": "none", "effective": date(2025, 3, 1)}, "effective"),
        ({"authorities": "some"}, "authorities"),
        ({"accounts": ["a", "a"]}, "accounts"),
        ({"accounts": "everything"}, "accounts"),
        ({"facilitators": ["p"], "exempt": ["q", "p"]}, "exempt.1"),
        ({"prosecuted": ["p"], "exempt": ["p"]}, "exempt.0"),
        ({"harm_budget": 10}, "harm_budget"),
        ({"accounts": "frontier", "harm_budget": -1}, "harm_budget"),
        ({"effective": "someday"}, "effective"),
        ({"licences": [{"name": "x"}]}, "licences.0.covers"),
        ({"licences": [{"name": "x", "covers": ["gifts"]}]}, "licences.0.covers.0"),
        ({"licences": [ANY | {"form": date(2025, 1, 1)}]}, "licences.0.form"),
        ({"licences": [ANY | {"from": date(2025, 2, 1), "until": date(2025, 2, 1)}]}, "licences.0.until"),
        ({"licences": [ANY | {"until": date(2025, 2, 1)}], "effective": date(2025, 2, 20)}, "licences.0.until"),
        ({"licences": [ANY | {"from": date(2025, 7, 1)}]}, "licences.0.from"),
        ({"licences": [ANY, ANY | {"authorities": ["TCO"]}]}, "licences.1.authorities.0"),
        ({"assumptions": {"made_good": {"low": 0, "mid": 1, "high": 1.1}}}, "assumptions.made_good.high"),
    ],
)  # fmt: skip
def test_a_contradiction_is_named_by_its_key(change, field):
    with pytest.raises(InputError) as error:
        Scenario.load({**GOOD, **change})
    assert error.value.field == field
    assert "\n" not in str(error.value)


def test_numbers_that_are_no_shares_may_be_large():
    wide = {"low": 0, "mid": 2, "high": 40}
    scenario = Scenario.load({**GOOD, "assumptions": {"spare_capacity": wide, "recruit_delay": wide}})
    assert scenario.assumption("recruit_delay").words.endswith("low 0, mid 2, high 40 days (assumption recruit_delay)")


@pytest.fixture
def books(world, days):
    """The boss banks abroad, the front at home; a clerk is paid by the front; an agent sends remittances abroad."""
    world.bank("home")
    world.bank("away", "ve")
    world.bank("agency", "us", "money transfer")
    for name, schema, bank in (
        ("boss", "Person", "away"), ("front", "Company", "home"), ("clerk", "Person", "home"),
        ("mule", "Person", "home"), ("sender", "Person", "home"), ("receiver", "Person", "away"),
        ("shop", "Company", "home"),
    ):  # fmt: skip
        world.party(name, schema, bank)
    world.party("counter", "Company", "agency", pooled=True)
    world.match("boss", "los-inventados")
    world.own("boss", "front", 1.0)
    for n in range(-60, 60, 10):
        keys = [
            world.pay("shop", "mule", 10_000, days(n)),
            world.pay("mule", "front", 9_000, days(n)),
            world.pay("front", "boss", 5_000, days(n)),
            world.pay("boss", "shop", 4_000, days(n)),
        ]
        world.pay("front", "clerk", 1_500, days(n))
        world.pay("sender", "counter", 300, days(n), "remittance")
        world.pay("counter", "receiver", 290, days(n), "remittance")
        straight = world.pay("boss", "counter", 100, days(n))
        for key, direction, amount, hops in (
            (keys[0], "backward", 9_000, 2), (keys[1], "backward", 9_000, 1), (keys[3], "forward", 4_000, 1),
            (straight, "forward", 100, 1),
        ):  # fmt: skip
            world.attribute(key, "los-inventados", direction, amount, hops)
    return world


def test_unknown_names_are_refused_by_their_key(books):
    for key, name in (
        ("facilitators", "nobody"), ("accounts", "a-nobody"), ("institutions", "no bank"), ("prosecuted", "nobody"),
        ("exempt", "nobody"), ("members", "nobody"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=r"nobody|no bank") as error:
            books.assess(**{key: [name]})
        assert error.value.field == f"{key}.0"
    with pytest.raises(InputError, match="nobody") as error:
        books.assess(licences=[{"name": "x", "parties": ["nobody"]}])
    assert error.value.field == "licences.0.parties.0"
    with pytest.raises(InputError, match="agents") as error:
        books.assess(prosecuted="agents")
    assert error.value.field == "prosecuted"


def test_without_a_designation_there_is_no_day_of_one(new_world, days):
    world = new_world()
    world.lists.add("los-inventados", "los-inventados", authorities=())
    world.party("someone")
    world.pay("someone", "someone", 1, days(0))
    with pytest.raises(InputError, match="no designation") as error:
        world.assess(authorities=["SDGT"], effective="designation")
    assert error.value.field == "effective"


def test_the_law_says_which_institutions_abroad_stop_an_account(books, value):
    """SDGT reaches foreign banks by secondary sanctions, TCO does not: the boss's account there counts by it."""
    strong = books.assess(authorities=["SDGT"])
    weak = books.assess(authorities=["TCO"], effective="designation")
    assert value(strong, "blocked", "parties") == value(weak, "blocked", "parties") == (2.0, 2.0, 2.0)
    assert value(strong, "blocked", "accounts") == (1.25, 1.75, 2.0)
    assert value(weak, "blocked", "accounts") == (1.0, 1.25, 2.0)
    asked = [r["measure"] for r in weak.outcomes.to_pylist()]
    assert "exposed.secondary sanctions question" not in asked
    assert value(strong, "exposed.secondary sanctions question", "institutions")[2] == 1.0


def test_powers_are_those_of_the_law_on_the_day(books):
    def powers(**keys):
        (group,) = settle(Scenario.load({**GOOD, **keys}), books.lists, date(2025, 6, 30)).groups
        return group

    assert {"freeze", "owned", "secondary sanctions"} <= powers().powers.keys()
    both = powers(authorities=["FTO", "SDGT"])
    assert {"agents", "material support", "tier one"} <= both.powers.keys()
    assert powers(authorities=["TCO"], effective="designation").reach("foreign") == (0.0, 0.0, 1.0)
    assert both.reach("foreign") == (1.0, 1.0, 1.0)
    foreign = powers(authorities=["CA-LTE"], effective=date(2025, 3, 1))
    assert foreign.silent
    assert foreign.stops
    refused = powers(authorities=["FINCEN-2313A"], effective=date(2025, 3, 1))
    assert refused.powers.keys() <= {"reject"}
    assert powers(authorities="none").reach("domestic") == (0.0, 0.0, 0.0)
    assert law.powers("FINCEN-2313A", date(2025, 7, 1)) == {}
    assert law.powers("FINCEN-2313A", date(2025, 11, 1)).keys() == {"reject"}


def test_what_no_text_of_the_law_is_held_for_does_not_count_in_low(books, value):
    result = books.assess(authorities=["CA-LTE"], effective="designation")
    assert value(result, "blocked.listed", "parties") == (0.0, 1.0, 1.0)


def test_agents_nobody_named_are_reached_by_the_law_alone(books, value):
    hands = ["a-mule"]
    fto = books.assess(authorities=["FTO"], agents=hands)
    assert value(fto, "blocked.agent", "accounts") == (0.0, 0.25, 1.0)
    sdgt = books.assess(authorities=["SDGT"], agents=hands)
    assert "blocked.agent" not in {r["measure"] for r in sdgt.outcomes.to_pylist()}
    court = books.assess(authorities="none", prosecuted="agents", effective="designation", agents=hands)
    assert value(court, "blocked.prosecuted", "accounts") == (0.1, 0.4, 0.8)
    assert value(court, "blocked", "parties") == (0.0, 0.0, 0.0)
    assert value(court, "exposed.could have known", "amount") == (0.0, 0.0, 0.0)
    assert value(court, "harmed.customers of exposed institutions", "people") == (0.0, 0.0, 0.0)


def test_none_blocks_nothing_and_harms_nobody(books):
    rows = books.assess(authorities="none", agents=["a-mule"]).outcomes.to_pylist()
    for row in rows:
        harm = row["measure"].startswith(("blocked", "duties", "licensed", "refused")) or (
            row["measure"].startswith("harmed.") and row["measure"] != "harmed.possible victims"
        )
        stopped = row["measure"].startswith("cut.") and not row["measure"].endswith("in all")
        if harm or stopped:
            assert row["high"] == 0.0, row["measure"]


def test_named_parties_accounts_and_exemptions(books, value):
    base = books.assess()
    more = books.assess(facilitators=["mule"])
    assert value(more, "blocked.named", "parties") == (1.0, 1.0, 1.0)
    assert value(more, "blocked", "accounts")[0] == value(base, "blocked", "accounts")[0] + 1
    one = books.assess(members=[], accounts=["a-mule"])
    assert value(one, "blocked", "accounts") == value(one, "blocked.named", "accounts") == (1.0, 1.0, 1.0)
    assert value(one, "blocked.listed", "parties") == (0.0, 0.0, 0.0)
    less = books.assess(exempt=["front"])
    assert value(less, "blocked", "accounts") == (0.25, 0.75, 1.0)
    assert value(books.assess(exempt=["away"]), "blocked", "accounts") == (1.0, 1.0, 1.0)
    named = books.assess(members=["los-inventados"])
    assert value(named, "blocked.listed", "parties") == (1.0, 1.0, 1.0)


def test_a_closed_institution_refuses_what_touches_home(books, value):
    result = books.assess(members=[], institutions=["away"], authorities=["FINCEN-2313A"], effective="designation")
    low, mid, high = value(result, "refused.flows.total", "amount")
    assert low == mid == high == pytest.approx(12 * (50 + 40 + 2.9 + 1))
    assert value(result, "harmed.customers of closed institutions", "people") == (2.0, 2.0, 2.0)
    assert value(result, "blocked", "accounts") == (0.0, 0.0, 0.0)
    assert value(result, "cut.spending.before re-routing", "amount")[0] > 0


LICENCES = (
    {"name": "remittances", "covers": ["remittances"]},
    {"name": "wages", "covers": ["wages"]},
    {"name": "everything", "covers": ["everything"]},
    {"name": "the clerk", "parties": ["clerk"]},
    {"name": "winding down", "covers": ["everything"], "until": date(2025, 3, 20)},
    {"name": "the wrong authority", "covers": ["everything"], "authorities": ["SDGT"]},
)


@pytest.mark.parametrize("licence", LICENCES, ids=lambda x: x["name"])
def test_a_licence_never_increases_what_is_blocked_exposed_or_harmed(books, licence):
    keys = {"authorities": ["FTO", "SDGT"], "members": "all", "facilitators": ["counter"]}
    plain = {(r["measure"], r["subject_kind"]): r for r in books.assess(**keys, agents=[]).outcomes.to_pylist()}
    for row in books.assess(**keys, agents=[], licences=[licence]).outcomes.to_pylist():
        before = plain.get((row["measure"], row["subject_kind"]))
        counted = row["measure"].startswith(("harmed.", "exposed.", "blocked."))
        if before and counted and ".before" not in row["measure"] and "could not" not in row["measure"]:
            for end in ("low", "mid", "high"):
                assert row[end] <= before[end] + 1e-9, (row["measure"], end)


def test_a_licence_spares_as_far_as_it_is_used_and_only_under_every_authority_that_freezes(books, value):
    keys = {"authorities": ["FTO", "SDGT"], "facilitators": ["counter"], "agents": []}
    plain = books.assess(**keys)
    free = books.assess(**keys, licences=[LICENCES[0]])
    people = "harmed.remittance senders"
    assert value(plain, people, "people") == (1.0, 1.0, 1.0)
    assert value(free, people, "people") == (0.0, 0.5, 1.0)
    assert value(free, "licensed.flows", "transfers")[0] > 0
    wrong = books.assess(**keys, licences=[LICENCES[5]])
    assert value(wrong, people, "people") == (1.0, 1.0, 1.0)
    assert value(wrong, "licensed.flows", "transfers") == (0.0, 0.0, 0.0)
    paid = books.assess(**keys, licences=[LICENCES[1]])
    employees = "harmed.employees of blocked firms"
    assert value(paid, employees, "people")[1] == value(plain, employees, "people")[1] / 2


def test_winding_down_moves_what_is_blocked_but_spares_nobody_for_good(books, value):
    plain, wind = books.assess(), books.assess(licences=[LICENCES[4]])
    assert value(wind, "blocked.flows.after", "amount")[0] < value(plain, "blocked.flows.after", "amount")[0]
    assert value(wind, "blocked.flows.before", "amount") == value(plain, "blocked.flows.before", "amount")
    employees = "harmed.employees of blocked firms"
    assert value(wind, employees, "people") == value(plain, employees, "people")


def test_one_more_target_never_stops_less_before_re_routing(books, value):
    chosen: list[str] = []
    last = (0.0, 0.0, 0.0)
    for account in ("a-mule", "a-front", "a-boss", "a-shop"):
        chosen.append(account)
        result = books.assess(members=[], accounts=list(chosen))
        for flow in ("income", "laundering", "spending"):
            assert value(result, f"cut.{flow}.before re-routing", "amount")
        now = value(result, "cut.income.before re-routing", "amount")
        assert all(a >= b - 1e-9 for a, b in zip(now, last, strict=True))
        last = now
    assert last[0] > 0


def test_ready_made_scenarios_fill_in_what_they_leave_open():
    assert set(FOUR) <= ready_made().keys()
    for name, scenario in ready_made().items():
        assert scenario.about, name
        found = scenario_of(name, groups=("los-inventados",), as_of=date(2025, 6, 30), effective=date(2025, 3, 1))
        assert found.groups == ("los-inventados",)
        assert found.effective == (None if scenario.effective is None else date(2025, 3, 1))
        for authority in scenario.supposed:
            assert law.held(authority)
    with pytest.raises(InputError, match="no ready-made scenario"):
        scenario_of("terorism")
    with pytest.raises(InputError, match="no such file"):
        scenario_of("missing.toml")


def test_the_order_of_scenarios_changes_no_number(books):
    four = [ready_made()[n].but(groups=("los-inventados",), as_of=date(2025, 6, 30)) for n in FOUR]
    one, other = books.compare(four, ["a-mule"]), books.compare(four[::-1], ["a-mule"])

    def rows(found, name):
        return sorted(found.table(name).to_pylist(), key=str)

    for name in ("outcomes", "affected", "cut"):
        assert rows(one, name) == rows(other, name)
    assert one.names == other.names[::-1]
    side = one.side_by_side()
    assert all(list(r["values"]) == one.names for r in side)
    (blocked,) = [r for r in side if (r["measure"], r["subject_kind"]) == ("blocked", "accounts")]
    assert blocked["values"]["none"] == (0.0, 0.0, 0.0)
    assert one.frontier is not None
    aimed = one.results[FOUR.index("aimed")]
    assert aimed.aim is not None
    assert {r["subject_id"] for r in aimed.affected.to_pylist() if r["role"] == "named account"} == set(
        aimed.aim.accounts
    )


def test_an_aim_by_what_was_known_takes_a_set_of_before_the_day_and_shares_the_frontier(books):
    two = [ready_made()[n].but(groups=("los-inventados",), as_of=date(2025, 6, 30)) for n in ("aimed", "aimed-before")]
    found = books.compare(two, ["a-mule"])
    late, early = (r.aim for r in found.results)
    assert late is not None
    assert early is not None
    assert early.frontier is late.frontier
    assert early.point.kind == "foreseen"
    assert early.point == late.frontier.before.knee()
    assert early.words.startswith("chosen beforehand")
    assert late.words.startswith("chosen afterwards")
    named = {r["subject_id"] for r in found.results[1].affected.to_pylist() if r["role"] == "named account"}
    assert named == set(early.accounts)


def test_two_scenarios_of_one_name_are_refused(books):
    with pytest.raises(InputError, match="two scenarios") as error:
        books.compare(["none", "none"])
    assert error.value.field == "name"
    with pytest.raises(InputError, match="one scenario at least"):
        books.compare([])


def test_a_budget_of_harm_takes_a_point_of_the_frontier_within_it(books):
    keys = {"authorities": ["SDGT"], "members": [], "accounts": "frontier"}
    free, rich = (books.assess(**keys, harm_budget=b).aim for b in (0, 1e6))
    assert free is not None
    assert rich is not None
    assert free.point.harm == 0
    assert free.frontier.before.points, "the payments before the day show something"
    assert rich.point.money <= free.point.money


def test_where_the_books_end_before_the_day_both_aims_are_by_what_was_known(books):
    keys = {"authorities": ["SDGT"], "members": [], "effective": date(2025, 6, 29), "as_of": date(2025, 6, 30)}
    found = [books.assess(accounts=way, **keys).aim for way in ("frontier", "frontier-before")]
    assert found[0] is not None
    assert found[1] is not None
    assert found[0].accounts == found[1].accounts
    assert all(aim.words.startswith("chosen beforehand") for aim in found if aim)
    poor = books.assess(accounts="frontier-before", harm_budget=0, **keys).aim
    assert poor is not None
    assert poor.point.harm == 0
