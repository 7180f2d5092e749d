from __future__ import annotations

import itertools
import json
import random
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.screening import Screener
from caudal.tables import MATCHES


def person(name: str, **properties: list[str]) -> dict[str, Any]:
    return {"schema": "Person", "properties": {"name": [name], **properties}}


def firm(name: str, **properties: list[str]) -> dict[str, Any]:
    return {"schema": "Company", "properties": {"name": [name], **properties}}


def alerts(table: pa.Table) -> set[tuple[str, str]]:
    kept = table.filter(table["alert"])
    return set(zip(kept["party_id"].to_pylist(), kept["entity_id"].to_pylist(), strict=True))


PEOPLE = [
    "Nemorio Zubirreta Cervantes",
    "Abdul Mateen Qorvashani",
    "Oleksandr Vrublovsky",
    "Maria Garcia Lopez",
    "Jose Garcia",
]
FIRMS = [
    "VOSTROBORONEXPORT JSC",
    "Tresmares Textil SA de CV",
    "Karadumanlar Import Export",
    "Central Bank of Freedonia",
]


# What must be found.
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Nemorio Zubirreta Cervantes", "p-1"),
        ("ZUBIRRETA CERVANTES NEMORIO", "p-1"),
        ("Némorio Zubirréta Cervantés", "p-1"),
        ("Nemorio Zubireta Cervantes", "p-1"),
        ("Nemorio ZubirretaCervantes", "p-1"),
        ("Nemorio Zubirreta", "p-1"),
        ("N. Zubirreta Cervantes", "p-1"),
        ("Abdul-Matin al-Korvashani", "p-3"),
        ("Александр Врубловский", "p-4"),
        ("Aleksandr Vrublovskiy", "p-4"),
    ],
)
def test_listed_people_are_found(screener: Screener, parties_of: Any, name: str, expected: str) -> None:
    assert ("q0", expected) in alerts(screener.match(parties_of(name)))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("JSC VOSTROBORONEXPORT", "c-1"),
        ("Vostroboroneksport", "c-1"),
        ("KARADUMANLAR LTD", "c-2"),
        ("TRESMARES TEXTIL", "c-5"),
        ("CENTRAL BANK OF FREEDONIA", "c-3"),
    ],
)
def test_listed_firms_are_found(screener: Screener, parties_of: Any, name: str, expected: str) -> None:
    assert ("q0", expected) in alerts(screener.match(parties_of(name, schema="Company")))


def test_a_name_cut_at_35_characters_is_found(
    make_register: Any, make_entity: Any, make_crowd: Any, parties_of: Any
) -> None:
    whole = "Karadumanlar Sogutmaci Isitmaciligi Klimalari Ticaret"
    screener = Screener(make_register([make_entity("c", "Company", whole), *make_crowd(100, 2)]))
    assert ("q0", "c") in alerts(screener.match(parties_of(whole.upper()[:35], schema="Company")))


# What must not alert.
@pytest.mark.parametrize(
    "name", ["Jose Garcia", "Maria Garcia", "Jose Garcia Perez", "Jose Cervantes", "Jose", "Nemorio"]
)
def test_common_or_single_names_never_alert(screener: Screener, parties_of: Any, name: str) -> None:
    assert not alerts(screener.match(parties_of(name)))


@pytest.mark.parametrize(
    "name",
    [
        "BIRLIK IMPORT EXPORT SAN. VE TIC. LTD. STI.",
        "GUANGZHOU HUANYU TRADING CO.,LTD",
        "GENERAL TRADING CO LTD",
        "IMPORT EXPORT",
        "SP. Z O.O.",
        "TEXTIL S.A. DE C.V.",
        "BANK OF FREEDONIAN PLUMBERS",
    ],
)
def test_boilerplate_and_places_never_alert(screener: Screener, parties_of: Any, name: str) -> None:
    found = screener.match(parties_of(name, schema="Company"))
    assert not alerts(found)


def test_common_names_stay_weak_against_a_list_of_one(make_register: Any, make_entity: Any, parties_of: Any) -> None:
    screener = Screener(make_register([make_entity("p", "Person", "Garcia, Jose")]))
    assert not alerts(screener.match(parties_of("Jose Garcia")))
    rare = Screener(make_register([make_entity("p", "Person", "Zubirreta, Nemorio")]))
    assert ("q0", "p") in alerts(rare.match(parties_of("Nemorio Zubirreta")))


def test_a_name_many_customers_bear_becomes_weak(
    make_register: Any, make_entity: Any, make_crowd: Any, parties_of: Any
) -> None:
    screener = Screener(make_register([make_entity("p", "Person", "Zubirreta, Nemorio"), *make_crowd(50, 3)]))
    alone = screener.match(parties_of("Nemorio Zubirreta"))
    others = [f"Nemorio Fam{a}{b}" for a, b in itertools.product("abcdefghij", repeat=2)] * 10
    file = [f"{name}{i}" for i, name in enumerate(others)]
    crowded = screener.match(parties_of("Nemorio Zubirreta", *file))
    first = crowded.filter(pa.compute.equal(crowded["party_id"], "q0"))
    assert first["bits"][0].as_py() < alone["bits"][0].as_py() - 2


# Order, case, accents, symmetry, growth of the list.
@pytest.mark.parametrize("name", PEOPLE)
def test_order_case_and_accents_do_not_matter(screener: Screener, name: str) -> None:
    target = person("ZUBIRRETA CERVANTES, Nemorio")
    bits = screener.compare(person(name), target).bits
    for words in itertools.permutations(name.split()):
        assert screener.compare(person(" ".join(words)), target).bits == pytest.approx(bits)
    assert screener.compare(person(name.upper()), target).bits == pytest.approx(bits)
    accented = name.replace("e", "é").replace("a", "á")
    assert screener.compare(person(accented), target).bits == pytest.approx(bits)


@pytest.mark.parametrize(("a", "b"), list(itertools.combinations(PEOPLE, 2)))
def test_comparing_people_is_symmetric(screener: Screener, a: str, b: str) -> None:
    assert screener.compare(person(a), person(b)).bits == pytest.approx(screener.compare(person(b), person(a)).bits)


@pytest.mark.parametrize(("a", "b"), [*itertools.combinations(FIRMS, 2), (FIRMS[0], "Vostroboron Export")])
def test_comparing_firms_is_symmetric(screener: Screener, a: str, b: str) -> None:
    assert screener.compare(firm(a), firm(b)).bits == pytest.approx(screener.compare(firm(b), firm(a)).bits)


@settings(max_examples=5, deadline=None)
@given(st.integers(10, 10_000))
def test_unrelated_entities_on_the_list_never_remove_a_match(
    made_up_listed: Any, make_register: Any, make_crowd: Any, parties_of: Any, seed: int
) -> None:
    parties = parties_of(*PEOPLE)
    before = alerts(Screener(make_register(made_up_listed)).match(parties))
    more = [{**e, "id": f"more-{e['id']}"} for e in make_crowd(60, seed)]
    after = alerts(Screener(make_register([*made_up_listed, *more])).match(parties))
    assert before
    assert before <= after


# Evidence for and against.
TARGET = person(
    "ZUBIRRETA CERVANTES, Nemorio", birthDate=["1966-07-17"], gender=["male"], lastName=["ZUBIRRETA CERVANTES"]
)


def test_a_contradicting_second_surname_subtracts_and_an_omitted_one_hardly(screener: Screener) -> None:
    whole = screener.compare(person("Nemorio Zubirreta Cervantes"), TARGET)
    omitted = screener.compare(person("Nemorio Zubirreta"), TARGET)
    other = screener.compare(person("Nemorio Zubirreta Ballesteros"), TARGET)
    assert whole.bits > omitted.bits > other.bits + 4
    assert omitted.alert
    assert not other.alert
    assert any("no second surname given" in r.text for r in omitted.reasons)
    assert any("BALLESTEROS stands where the list has CERVANTES" in r.text for r in other.reasons)


def test_an_extra_distinctive_word_in_a_firms_name_subtracts(screener: Screener) -> None:
    same = screener.compare(firm("Tresmares Textil"), firm("Tresmares Textil SA de CV"))
    longer = screener.compare(firm("Tresmares Ballesteros Textil"), firm("Tresmares Textil SA de CV"))
    assert longer.bits < same.bits - 3


@pytest.mark.parametrize(
    ("born", "least", "most"),
    [
        ("1966-07-17", 8, 10),
        ("1966", 2, 4),
        ("1967-01-01", -0.1, 0.1),
        ("1978-07-17", -9, -7),
        ("1966-17-07", None, None),
    ],
)
def test_birth_dates_weigh(screener: Screener, born: str, least: float | None, most: float | None) -> None:
    name = "Nemorio Zubirreta Cervantes"
    change = screener.compare(person(name, birthDate=[born]), TARGET).bits - screener.compare(person(name), TARGET).bits
    if least is not None and most is not None:
        assert least <= change <= most
    else:
        assert abs(change) < 10


def test_a_birth_year_contradiction_says_so(screener: Screener) -> None:
    evidence = screener.compare(person("Nemorio Zubirreta Cervantes", birthDate=["1978-01-05"]), TARGET)
    assert "birth year differs by 12 (1978 and 1966)" in [r.text for r in evidence.reasons]


def test_a_common_name_with_the_same_day_of_birth_alerts(screener: Screener, parties_of: Any) -> None:
    assert ("q0", "p-5") in alerts(screener.match(parties_of("Maria Garcia Lopez", birth_date=["1970-03-02"])))
    assert not alerts(screener.match(parties_of("Maria Garcia Lopez", birth_date=["1950-07-19"])))


COUNTRIES = ["mx", "us", "sy", "cn", "gb"]


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("make", [person, firm])
def test_nationality_adds_nothing(screener: Screener, make: Any, name: str) -> None:
    bare = screener.compare(make(name), make("Nemorio Zubirreta Cervantes")).bits
    for prop in ("country", "nationality", "citizenship", "birthCountry"):
        for country in COUNTRIES:
            both = screener.compare(
                make(name, **{prop: [country]}), make("Nemorio Zubirreta Cervantes", **{prop: [country]})
            )
            assert both.bits == pytest.approx(bare)
            for other in COUNTRIES:
                apart = screener.compare(
                    make(name, **{prop: [country]}), make("Nemorio Zubirreta Cervantes", **{prop: [other]})
                )
                assert apart.bits <= bare + 1e-9


def test_for_people_no_country_counts_at_all(screener: Screener) -> None:
    name = "Nemorio Zubirreta Cervantes"
    apart = screener.compare(person(name, country=["gb"]), person(name, country=["mx"]))
    assert apart.bits == pytest.approx(screener.compare(person(name), person(name)).bits)


def test_an_identifier_is_found_without_the_name(screener: Screener, parties_of: Any) -> None:
    table = parties_of("Somebody Else", identifiers=[["zucn-660717-h"]])
    assert ("q0", "p-1") in alerts(screener.match(table))


def test_a_short_identifier_is_no_evidence(screener: Screener) -> None:
    a, b = person("Abel Tolomei", idNumber=["1234"]), person("Nemorio Zubirreta", idNumber=["1234"])
    assert not any(r.feature == "identifier" for r in screener.compare(a, b).reasons)


def test_weak_aliases_weigh_less(screener: Screener) -> None:
    strong = {"schema": "Person", "properties": {"name": ["Xortalemi"]}}
    weak = {"schema": "Person", "properties": {"name": ["Abel Tolomei"], "weakAlias": ["Xortalemi"]}}
    query = person("Xortalemi")
    assert screener.compare(query, weak).bits == pytest.approx(screener.compare(query, strong).bits - 4)


# The tables.
def test_matches_have_the_declared_shape_and_reasons_that_add_up(screener: Screener, parties_of: Any) -> None:
    found = screener.match(parties_of(*PEOPLE))
    assert found.schema == MATCHES.schema
    assert found.num_rows
    for row in found.to_pylist():
        evidence = json.loads(row["evidence"])
        assert set(evidence) == {"query", "listed", "kind", "reasons"}
        assert sum(r["bits"] for r in evidence["reasons"]) == pytest.approx(row["bits"], abs=0.1)
        assert row["alert"] == (row["probability"] >= screener.threshold)
        assert row["transfer_id"] is None
        assert row["list_version"] == "made_up"


def test_match_and_compare_give_the_same_bits(
    screener: Screener, made_up_listed: list[dict[str, Any]], parties_of: Any
) -> None:
    listed = {e["id"]: e for e in made_up_listed}
    for name in PEOPLE[:3]:
        for row in screener.match(parties_of(name)).to_pylist():
            e = listed[row["entity_id"]]
            names = [n for n, kind in e["names"] if kind != "weak"]
            properties = {k: v for k, v in e.items() if k not in ("id", "schema", "names")}
            target = {"schema": e["schema"], "properties": {"name": names, **properties}}
            assert screener.compare(person(name), target).bits == pytest.approx(row["bits"], abs=0.05)


def test_dictionaries_and_register_entities_are_accepted(screener: Screener) -> None:
    found = screener.match([{"id": "a", **person("Nemorio Zubirreta Cervantes")}, person("Nobody Known")])
    assert ("a", "p-1") in alerts(found)
    name = SimpleNamespace(name="ZUBIRRETA CERVANTES, Nemorio", kind="primary", script="Latn")
    entity = SimpleNamespace(id="p-1", schema="Person", names=[name], properties={"birthDate": ["1966-07-17"]})
    assert screener.compare(person("Nemorio Zubirreta Cervantes"), entity).alert


def test_list_versions_are_named(make_register: Any, made_up_listed: Any, parties_of: Any) -> None:
    register = make_register(made_up_listed)
    register.versions = [SimpleNamespace(dataset="made_up", version="7", published=None)]
    found = Screener(register).match(parties_of(PEOPLE[0]))
    assert set(found["list_version"].to_pylist()) == {"made_up 7"}


def test_the_threshold_decides_alerts_only(register: Any, parties_of: Any) -> None:
    strict, loose = Screener(register, 0.9999), Screener(register, 0.01)
    parties = parties_of(*PEOPLE)
    assert alerts(strict.match(parties)) < alerts(loose.match(parties))
    with pytest.raises(InputError, match="between 0 and 1"):
        Screener(register, 0.0)
    assert Screener(register, 15).threshold_bits == pytest.approx(15)


def test_candidates_lose_nothing_against_scoring_every_pair(screener: Screener, parties_of: Any) -> None:
    rng = random.Random(4)
    listed = [name.raw for name in screener.listed.names.parsed]
    made = []
    for raw in rng.sample(listed, 60):
        words = raw.replace(",", "").split()
        rng.shuffle(words)
        word = words[0]
        at = rng.randrange(max(len(word) - 1, 1))
        words[0] = word[:at] + rng.choice("aeiourst") + word[at + rng.randrange(2) :]
        made.append(" ".join(words[: rng.choice((2, 3, 4))]))
    parties = parties_of(*made, *PEOPLE, *FIRMS, schema="LegalEntity")

    def pairs(table: pa.Table) -> dict[tuple[str, str], float]:
        keys = zip(table["party_id"].to_pylist(), table["entity_id"].to_pylist(), strict=True)
        return dict(zip(keys, table["bits"].to_pylist(), strict=True))

    indexed, everything = pairs(screener.match(parties)), pairs(screener.match(parties, exhaustive=True))
    assert len(everything) > 30
    assert indexed == pytest.approx(everything)


def test_progress_is_reported(screener: Screener, parties_of: Any) -> None:
    seen: list[tuple[int, int | None]] = []
    screener.match(parties_of(*PEOPLE), progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (len(PEOPLE), len(PEOPLE))
