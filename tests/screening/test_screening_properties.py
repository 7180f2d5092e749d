"""Birth dates, gender, countries and addresses: each observation by its words, and what can never add."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.screening import Screener
from caudal.screening.addresses import AddressWords, compare_addresses, read_address
from caudal.screening.births import compare_births, read_birth, rough_years
from caudal.screening.properties import property_reasons
from caudal.screening.subjects import subject
from caudal.screening.text import disguise
from caudal.screening.worth import WORTH


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1966-07-17", "1966-07-17"),
        ("1966-07", "1966-07"),
        ("1966", "1966"),
        (" 1966-7-3 ", "1966-07-03"),
        ("1966-07-17T00:00:00Z", "1966-07-17"),
        ("19660717", "1966-07-17"),
        ("17.07.1966", "1966-07-17"),
        ("07/17/1966", "1966-07-17"),
        ("03/04/1966", "1966"),
        ("1966-00-00", "1966"),
        ("1966-13-01", ""),
        ("1966-02-30", ""),
        ("0066-01-01", ""),
        ("yesterday", ""),
        ("", ""),
        ("196", ""),
        ("1966-07-17 or 1967", "1966-07-17"),
    ],
)
def test_dates_are_read_as_far_as_they_are_dates(text: str, expected: str) -> None:
    assert read_birth(text) == expected


@given(st.text(max_size=20))
def test_any_text_is_a_date_of_a_calendar_or_none(text: str) -> None:
    found = read_birth(text)
    assert found == "" or date.fromisoformat((found + "-01-01")[:10])


@pytest.mark.parametrize(
    ("ours", "theirs", "bits"),
    [
        ("1966-07-17", "1966-07-17", WORTH.birth_day),
        ("1966-01-01", "1966-01-01", WORTH.birth_year),
        ("1966-01-01", "1966-07-17", WORTH.birth_year),
        ("1966", "1966-07-17", WORTH.birth_year),
        ("1966-07", "1966-07-17", WORTH.birth_month),
        ("1966-08", "1966-07-17", WORTH.birth_other_day),
        ("1966-07-11", "1966-11-07", WORTH.birth_swapped),
        ("1966-07-18", "1966-07-17", WORTH.birth_slip),
        ("1966-08-17", "1966-07-17", WORTH.birth_slip),
        ("1967-07-17", "1966-07-17", WORTH.birth_slip),
        ("1966-09-30", "1966-07-17", WORTH.birth_other_day),
        ("1986-07-17", "1966-07-17", WORTH.birth_digit),
        ("1866-07-17", "1966-07-17", WORTH.birth_digit),
        ("1967", "1966", WORTH.birth_near),
        ("1967-09-30", "1966-07-17", WORTH.birth_close),
        ("1969-09-30", "1966-07-17", WORTH.birth_close),
        ("1972", "1966-07-17", WORTH.birth_apart),
        ("1980-02-03", "1966-07-17", WORTH.birth_contradiction),
    ],
)
def test_two_dates_agree_as_far_as_they_do(ours: str, theirs: str, bits: float) -> None:
    for a, b in ((ours, theirs), (theirs, ours)):
        found = compare_births((a,), (b,))
        assert found is not None
        assert found.bits == bits


def test_the_kindest_reading_of_several_dates_counts() -> None:
    found = compare_births(("1966-07-17",), ("1980", "1966-07-17", "1950-01-02"))
    assert found is not None
    assert found.bits == WORTH.birth_day
    assert compare_births((), ("1966",)) is None


def test_what_a_list_calls_approximate_is_taken_so() -> None:
    rough = rough_years(["DOB circa 1964", "alt. DOB 1970 to 1972", "DOB 1950", "Date of birth: about 1981", "x 1999"])
    assert rough == {"1964", "1970", "1971", "1972", "1981"}
    found = compare_births(("1966-07-17",), ("1964",), rough)
    assert found is not None
    assert found.bits == WORTH.birth_about
    sure = compare_births(("1966-07-17",), ("1964",))
    assert sure is not None
    assert sure.bits < 0


birth_texts = st.dates(date(1930, 1, 1), date(2010, 12, 31)).flatmap(
    lambda day: st.sampled_from([day.isoformat(), day.isoformat()[:7], day.isoformat()[:4]])
)


@given(birth_texts, birth_texts)
def test_dates_may_change_sides_and_nothing_beats_the_same_day(a: str, b: str) -> None:
    one, other = compare_births((a,), (b,)), compare_births((b,), (a,))
    assert one is not None
    assert other is not None
    assert one.bits == other.bits
    assert one.bits <= WORTH.birth_day
    if abs(int(a[:4]) - int(b[:4])) > 7 and a[4:] != b[4:]:
        assert one.bits == WORTH.birth_contradiction


# Countries


def entity(name: str, schema: str = "Person", **properties: Any) -> dict[str, Any]:
    return {"schema": schema, "properties": {"name": [name], **properties}}


PAIRS = [
    (entity("Nemorio Zubirreta Cervantes"), entity("ZUBIRRETA CERVANTES, Nemorio", birthDate=["1966-07-17"])),
    (
        entity("Nemorio Zubirreta", passportNumber=["AB1234567"], address=["Calle Olmo 12, Guadalajara"]),
        entity("Zubirreta, Nemorio", idNumber=["AB1234567"], address=["Calle Olmo No. 12, Guadalajara, Mexico"]),
    ),
    (entity("Tresmares Textil", "Company"), entity("Tresmares Textil, S.A. de C.V.", "Company")),
    (
        entity("Tresmares", "Company", registrationNumber=["HRB778812"]),
        entity("Tresmares Textil", "Company", registrationNumber=["HRB778812"]),
    ),
]
SETS = [[], ["mx"], ["us"], ["mx", "us"], ["xx"], [""], ["Mexico"]]
PROPS = ("country", "nationality", "citizenship", "jurisdiction", "birthCountry", "mainCountry")


@pytest.mark.parametrize("pair", range(len(PAIRS)))
def test_no_country_on_either_side_ever_adds(screener: Screener, pair: int) -> None:
    query, listed = PAIRS[pair]
    least = screener.compare(query, listed).bits

    def at(side: dict[str, Any], prop: str, codes: list[str]) -> dict[str, Any]:
        return {**side, "properties": {**side["properties"], prop: codes}}

    for prop, other in itertools.product(PROPS, ("country", "nationality")):
        for ours, theirs in itertools.product(SETS, SETS):
            found = screener.compare(at(query, prop, ours), at(listed, other, theirs)).bits
            assert found <= least + 1e-9, (prop, ours, other, theirs)


def test_for_people_without_numbers_no_country_counts_at_all(screener: Screener) -> None:
    query, listed = PAIRS[0]
    least = screener.compare(query, listed).bits
    for prop in PROPS:
        far = screener.compare(
            {**query, "properties": {**query["properties"], prop: ["us"]}},
            {**listed, "properties": {**listed["properties"], prop: ["mx"]}},
        )
        assert far.bits == pytest.approx(least)


def test_gender_only_subtracts_and_only_where_both_are_known() -> None:
    def bits(a: list[str], b: list[str]) -> float:
        one, two = subject(entity("A", gender=a)), subject(entity("B", gender=b))
        return sum(reason.bits for reason in property_reasons(one, two))

    assert bits(["Male"], ["female"]) == WORTH.gender_contradiction
    assert bits(["M"], ["male"]) == 0
    assert bits(["other"], ["male"]) == 0
    assert bits(["male", "female"], ["male"]) == 0
    assert bits([], ["male"]) == 0


# Addresses

STREETS = [f"Calle {word} {n}, Guadalajara, Mexico" for n, word in enumerate(["Olmo", "Roble", "Pino"] * 30)]
RARITY = AddressWords([*STREETS, "Calle Quebrantahuesos 771, Col. Zapotlanejo, Guadalajara, Mexico"])


def address_bits(ours: str, theirs: str) -> float:
    found = compare_addresses((ours,), (theirs,), RARITY)
    return found.bits if found is not None else 0.0


HOME = "Calle Quebrantahuesos No. 771, Zapotlanejo, Guadalajara, Jalisco, Mexico"


def test_addresses_agree_by_street_and_number_and_hardly_by_town() -> None:
    street = address_bits("771 QUEBRANTAHUESOS, COL ZAPOTLANEJO, GUADALAJARA", HOME)
    other_house = address_bits("Calle Quebrantahuesos 12, Zapotlanejo", HOME)
    town = address_bits("Guadalajara", HOME)
    assert 4 < street <= WORTH.address_street
    assert 0 < other_house <= WORTH.address_words < street
    assert 0 < town <= WORTH.address_city
    assert address_bits("Mexico", HOME) == 0
    assert address_bits("771", HOME) == 0
    assert address_bits("", HOME) == 0
    assert address_bits("Freedonia Road 4, Bergen, Norway", HOME) == WORTH.address_contradiction


def test_the_country_of_an_address_adds_nothing() -> None:
    for country in ("Mexico", "Iran (Islamic Republic of)", "United Arab Emirates", "Россия", "North Korea", "Georgia"):
        for ours in ("Calle Quebrantahuesos 771, Zapotlanejo", "Guadalajara", "Elm Street 5, Springfield"):
            without = address_bits(ours, HOME)
            assert address_bits(f"{ours}, {country}", HOME.replace("Mexico", country)) <= without + 1e-9


def test_an_address_of_a_script_of_its_own_is_read() -> None:
    assert "lenina" in read_address("ул. Ленина, д. 17, Москва").words
    assert read_address("ул. Ленина, д. 17, Москва").numbers == {"17"}


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=80), st.text(max_size=80))
def test_any_address_is_answered_within_the_cap(a: str, b: str) -> None:
    assert WORTH.address_contradiction <= address_bits(a, b) <= WORTH.address_street
    assert address_bits(a, b) == pytest.approx(address_bits(b, a))


def test_an_address_lifts_a_pair_in_a_batch(make_register: Any, make_entity: Any, make_crowd: Any) -> None:
    listed = make_entity("p", "Person", "Garcia Lopez, Maria", address=[HOME])
    screener = Screener(make_register([listed, *make_crowd(40, 3)]))
    query = {"id": "q", **entity("Maria Garcia Lopez", address=["Quebrantahuesos 771, Zapotlanejo"])}
    bare = screener.match([{"id": "q", **entity("Maria Garcia Lopez")}]).to_pylist()[0]
    row = screener.match([query]).to_pylist()[0]
    assert row["bits"] > bare["bits"] + 3


# Writing


@pytest.mark.parametrize(
    "name", ["Nemorio Zubirreta", "Александр Врубловский", "ООО Vostok", "José Peña", "نيموريو", ""]
)
def test_another_script_is_no_disguise(name: str) -> None:
    assert not disguise(name)


@pytest.mark.parametrize(
    "name",
    ["N\u0435morio", "Nem\u03bfrio", "N\u0585morio", "Nem\u13a2rio", "Nem\u200borio", "Ал\u0065ксандр Врубловский"],
)
def test_look_alike_letters_and_hidden_marks_inside_a_word_are(name: str) -> None:
    assert disguise(name)


def test_a_cyrillic_name_with_latin_letters_in_it_is_read_as_cyrillic(screener: Screener) -> None:
    listed = entity("Oleksandr Vrublovsky", alias=["Александр Врубловский"])
    plainly = screener.compare(entity("Александр Врубловский"), listed)
    masked = screener.compare(entity("Ал\u0065ксандр Врубл\u006fвский"), listed)
    assert masked.bits == pytest.approx(plainly.bits + WORTH.disguise)


def test_every_weight_has_its_words() -> None:
    rows = WORTH.rows()
    assert len(rows) == len(WORTH.__dataclass_fields__)
    assert all(seen and why for _, seen, _, why in rows)
    assert replace(WORTH, birth_day=1.0).rows()[0][2] == 1.0
