from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from caudal.errors import InputError

GROUP = "los-inventados"


def rows_of(result, **wanted):
    return [r for r in result.affected.to_pylist() if all(r[k] == v for k, v in wanted.items())]


@pytest.fixture
def boss(world):
    """A ledger with one sure match, whose account a bank in ve keeps."""
    world.bank("home", "us")
    world.bank("away", "ve")
    world.bank("nowhere", None)
    world.party("boss", bank="away")
    world.match("boss", GROUP)
    return world


def test_the_day_begins_at_midnight_utc(boss, value, days):
    boss.party("shop", "Company", "home")
    late = boss.pay("shop", "boss", 100, datetime.combine(days(-1), time(23, 59, 59), UTC))
    early = boss.pay("shop", "boss", 1000, datetime.combine(days(0), time(0, 0), UTC))
    for key, amount in ((late, 100), (early, 1000)):
        boss.attribute(key, GROUP, "backward", amount)
    result = boss.assess()
    assert value(result, "exposed.paid.direct.before", "amount") == (1.0, 1.0, 1.0)
    assert value(result, "exposed.paid.direct.after", "amount") == (10.0, 10.0, 10.0)


def test_what_one_could_have_known(boss, value, days):
    for name, hops, day in (("early", 1, -5), ("late", 1, 5), ("far", 2, 5)):
        boss.party(name, "Company", "home")
        boss.attribute(boss.pay(name, "boss" if hops == 1 else "late", 100, days(day)), GROUP, "backward", 100, hops)
    result = boss.assess()
    assert value(result, "exposed.total", "parties") == (3.0, 3.0, 3.0)
    assert value(result, "exposed.could have known", "parties") == (1.0, 1.0, 1.0)
    assert value(result, "exposed.could not have known from the list", "parties") == (2.0, 2.0, 2.0)
    assert value(result, "exposed.could have known", "amount") == (1.0, 1.0, 1.0)
    reasons = {r["subject_id"]: r["reason"] for r in rows_of(result, effect="exposed", subject_kind="party")}
    assert "could have known" in reasons["late"]
    assert "could not have known from the list" in reasons["early"]
    assert "could not have known from the list" in reasons["far"]


def test_a_member_listed_later_could_be_read_only_later(boss, value, days):
    boss.lists.add("member", GROUP, kind="linked", effective=days(20))
    boss.party("m", bank="home")
    boss.match("m", "member")
    boss.party("shop", "Company", "home")
    for day in (10, 30):
        boss.attribute(boss.pay("shop", "m", 100, days(day)), GROUP, "backward", 100)
    result = boss.assess()
    assert value(result, "exposed.paid.direct.after", "amount") == (2.0, 2.0, 2.0)
    assert value(result, "exposed.could have known", "amount") == (1.0, 1.0, 1.0)


def test_an_unknown_day_gives_a_range(new_world, value, days):
    world = new_world()
    world.lists.add(GROUP, GROUP, announced=days(0))
    world.party("boss")
    world.match("boss", GROUP)
    world.party("shop", "Company")
    for day in (-5, 5):
        world.attribute(world.pay("shop", "boss", 100, days(day)), GROUP, "backward", 100)
    result = world.assess()
    assert value(result, "exposed.paid.direct.after", "amount") == (0.0, 0.5, 1.0)
    assert value(result, "exposed.paid.direct.before", "amount") == (1.0, 1.5, 2.0)
    assert value(result, "exposed.after", "parties") == (0.0, 0.5, 1.0)
    (row,) = rows_of(result, effect="exposed", subject_kind="party")
    assert row["before"] is None
    assert row["after"] is None
    assert "effective day is not known" in row["reason"]


def test_people_behind_a_pooled_account_are_not_counted(boss, value, days):
    boss.party("agent", "Company", "home", pooled=True)
    boss.attribute(boss.pay("boss", "agent", 500, days(1)), GROUP, "forward", 500)
    result = boss.assess()
    assert value(result, "exposed.pooled", "accounts") == (1.0, 1.0, 1.0)
    assert value(result, "exposed.total", "accounts") == (0.0, 0.0, 0.0)
    assert value(result, "exposed.total", "parties") == (0.0, 0.0, 0.0)
    (row,) = rows_of(result, effect="exposed", subject_id="a-agent")
    assert "not counted" in row["reason"]


def test_foreign_institutions_and_the_secondary_sanctions_question(boss, value, days):
    boss.party("shop", "Company", "home")
    boss.party("stray", "Company", "nowhere")
    boss.attribute(boss.pay("shop", "boss", 100, days(-5)), GROUP, "backward", 100)
    boss.attribute(boss.pay("stray", "boss", 300, days(5)), GROUP, "backward", 300)
    result = boss.assess()
    for side in ("domestic", "foreign", "unknown"):
        assert value(result, f"exposed.{side}.direct", "institutions") == (1.0, 1.0, 1.0)
    assert value(result, "exposed.secondary sanctions question", "institutions") == (1.0, 1.0, 1.0)
    assert value(result, "exposed.secondary sanctions question", "amount") == (3.0, 3.0, 3.0)
    reasons = {r["subject_id"]: r["reason"] for r in rows_of(result, subject_kind="institution")}
    assert "question for a person" in reasons["away"]
    assert "question for a person" not in reasons["home"]
    assert "country not given" in reasons["nowhere"]
    without = boss.assess(authorities=["FTO"])
    assert "exposed.secondary sanctions question" not in without.outcomes.column("measure").to_pylist()


def test_a_payment_text_that_names_the_group(boss, value, days):
    for name in ("shop", "maker"):
        boss.party(name, "Company", "home")
    key = boss.pay("shop", "maker", 700, days(1))
    boss.match("shop", GROUP, 0.8)
    boss.match_rows[-1] |= {"party_id": None, "transfer_id": key}
    result = boss.assess()
    assert value(result, "exposed.named in a payment text", "amount") == pytest.approx((0.0, 5.6, 7.0))
    found = rows_of(result, role="payment names a listed entity")
    assert {r["subject_id"] for r in found} == {"a-shop", "a-maker"}
    assert value(result, "blocked.listed", "parties") == (1.0, 1.0, 1.0)


def test_an_account_nobody_holds_and_a_transfer_after_the_day(boss, value, days):
    boss.transfer_rows.append(
        {
            "transfer_id": "x1",
            "time": datetime.combine(days(1), time(0), UTC),
            "payer_account": "unheard of",
            "payee_account": "a-boss",
            "amount": 100,
            "currency": "USD",
            "amount_base": 100,
        }
    )
    boss.attribute("x1", GROUP, "backward", 100)
    boss.attribute(boss.pay("boss", "boss", 100, days(300)), GROUP, "forward", 100)
    result = boss.assess()
    assert value(result, "exposed.paid.direct.total", "amount") == (1.0, 1.0, 1.0)
    assert rows_of(result, subject_id="unheard of")


def test_attributions_of_another_ledger_are_refused(boss, days):
    boss.pay("boss", "boss", 100, days(1))
    boss.attribute("t99999", GROUP, "forward", 1)
    with pytest.raises(InputError, match="t99999") as error:
        boss.assess()
    assert error.value.file == "attributions"


def test_only_the_proportional_method_will_do(boss, days):
    boss.attribute(boss.pay("boss", "boss", 100, days(1)), GROUP, "forward", 1)
    boss.attribution_rows[-1]["method"] = "poison"
    with pytest.raises(InputError, match="proportional") as error:
        boss.assess()
    assert error.value.field == "method"


def test_material_exposure_is_a_share_of_turnover(boss, value, days):
    for name, direct, turnover in (
        ("small", 1, 1_000),
        ("some", 200, 1_000),
        ("most", 900, 1_000),
        ("none", 1, 100_000),
    ):
        boss.party(name)
        boss.pay(name, "boss", 1, days(1))
        boss.exposure_rows.append(
            {
                "account_id": f"a-{name}", "group_id": GROUP, "direction": "forward", "method": "proportional",
                "direct": direct, "indirect": 9 if name == "small" else 0, "held": 100, "turnover": turnover,
                "unexplained": 0, "first": datetime(2025, 1, 1, tzinfo=UTC), "last": datetime(2025, 1, 2, tzinfo=UTC),
                "hops": 1,
            }
        )  # fmt: skip
    result = boss.assess()
    assert value(result, "exposed.materially", "accounts") == (1.0, 2.0, 3.0)
    assert value(result, "exposed.held", "amount") == (4.0, 4.0, 4.0)


def test_an_undated_listing_beside_a_dated_one_blurs_only_what_could_be_read(boss, value, days):
    boss.lists.add("old entry", GROUP, authorities=("TCO",), effective=None)
    boss.party("shop", "Company", "home")
    for day in (-5, 5):
        boss.attribute(boss.pay("shop", "boss", 100, days(day)), GROUP, "backward", 100)
    result = boss.assess()
    assert value(result, "exposed.paid.direct.before", "amount") == (1.0, 1.0, 1.0)
    assert value(result, "exposed.paid.direct.after", "amount") == (1.0, 1.0, 1.0)
    assert value(result, "exposed.could have known", "amount") == (1.0, 1.5, 2.0)
    assert value(result, "exposed.could not have known from the list", "amount") == (0.0, 0.5, 1.0)


def test_institutions_by_what_they_could_have_known_and_correspondents_at_risk(world, value, days):
    """The boss banks abroad; a shop at home pays before, a client after, over a bank between; another only before."""
    for name, country in (("home", "us"), ("other home", "us"), ("between", "us"), ("away", "ve")):
        world.bank(name, country)
    world.party("boss", bank="away")
    world.match("boss", "los-inventados")
    for name, bank in (("shop", "home"), ("client", "home"), ("late", "other home")):
        world.party(name, bank=bank)
    keys = [
        world.pay("shop", "boss", 100, days(-5)),
        world.pay("client", "boss", 100, days(5)),
        world.pay("late", "boss", 100, days(-9)),
    ]
    world.transfer_rows[1]["via"] = ["between", "unheard of"]
    for key in keys:
        world.attribute(key, "los-inventados", "backward", 100)
    result = world.assess()
    assert value(result, "exposed.domestic.direct", "institutions") == (2.0, 2.0, 2.0)
    assert value(result, "exposed.domestic.direct.after", "institutions") == (1.0, 1.0, 1.0)
    assert value(result, "exposed.domestic.could have known", "institutions") == (1.0, 1.0, 1.0)
    assert value(result, "exposed.foreign.could have known", "institutions") == (1.0, 1.0, 1.0)
    assert value(result, "exposed.correspondent accounts at risk", "accounts") == (2.0, 2.0, 2.0)
    assert value(result, "exposed.correspondents at home", "institutions") == (2.0, 2.0, 2.0)
    without = world.assess(authorities=["TCO"], effective="designation")
    assert not any("correspondent" in r["measure"] for r in without.outcomes.to_pylist())
