from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.screening import phrases
from caudal.screening.names import MAX_TOKENS, ORGANISATION, PERSON, THING, UNKNOWN, kind_of, parse, surname_tokens


@pytest.mark.parametrize(
    ("raw", "core"),
    [
        ("KARADUMANLAR INS.VE TURIZM SAN VE", ["karadumanlar"]),
        ("Karadumanlar Import Export San. ve Tic. Ltd. Sti.", ["karadumanlar"]),
        ("ALVIO SPOLKA Z OGRANICZONA", ["alvio"]),
        ("OOO TORGOVY DOM ALVIO", ["alvio"]),
        ("Tresmares, S.A. de C.V.", ["tresmares"]),
        ("HANGZHOU JOYVIO IND. AND TRAD. CO.,", ["joyvio"]),
        ("Joyvio Sp. z o.o.", ["joyvio"]),
    ],
)
def test_legal_forms_and_trade_phrases_are_not_distinctive(raw: str, core: list[str]) -> None:
    name = parse(raw, ORGANISATION)
    assert [t for t, role in zip(name.tokens, name.roles, strict=True) if role == phrases.CORE] == core


def test_equivalent_legal_forms_become_the_same_token() -> None:
    a, b = parse("Alvio OAO", ORGANISATION), parse("Alvio Joint Stock Company", ORGANISATION)
    assert a.tokens[-1] == b.tokens[-1]
    assert a.roles[-1] == phrases.LEGAL


def test_numbers_in_words_and_digits_agree() -> None:
    assert parse("Brigade Forty-Four", ORGANISATION).tokens == parse("Brigade 44", ORGANISATION).tokens


def test_person_particles_titles_and_compounds() -> None:
    name = parse("Dr. Abdulmateen bin Omar al-Korvashani", PERSON)
    assert name.tokens == ("dr", "abd", "mateen", "bin", "omar", "al", "korvashani")
    assert name.roles == (
        phrases.TITLE, phrases.CORE, phrases.CORE, phrases.PARTICLE, phrases.CORE, phrases.PARTICLE, phrases.CORE,
    )  # fmt: skip


def test_surnames_come_from_the_comma_or_from_the_list() -> None:
    name = parse("ZUBIRRETA CERVANTES, Nemorio", PERSON)
    assert name.tokens == ("nemorio", "zubirreta", "cervantes")
    assert name.surname == (False, True, True)
    given_apart = parse("Nemorio Zubirreta", PERSON, surnames=surname_tokens(["Zubirreta"]))
    assert given_apart.surname == (False, True)


def test_names_cut_at_a_line_are_known_by_their_length() -> None:
    raw = "KARADUMANLAR SOGUTMA ISITMA KLIMA VE"[:35]
    assert len(raw) == 35
    assert parse(raw, ORGANISATION, cuts=True).cut
    assert not parse(raw, ORGANISATION).cut
    assert not parse(raw[:20], ORGANISATION, cuts=True).cut


def test_schemas_have_kinds() -> None:
    assert kind_of("Person") == PERSON
    assert kind_of("Company") == ORGANISATION
    assert kind_of("Vessel") == THING
    assert kind_of("LegalEntity") == kind_of("NoSuchSchema") == kind_of(None) == UNKNOWN


@given(st.text(max_size=120), st.sampled_from([PERSON, ORGANISATION, THING, UNKNOWN]))
def test_anything_can_be_parsed(raw: str, kind: int) -> None:
    name = parse(raw, kind, cuts=True)
    assert len(name.tokens) == len(name.roles) == len(name.surname) <= MAX_TOKENS


def test_reference_words_are_folded_and_shares_are_shares() -> None:
    assert all(word == word.casefold() and word.isascii() for first in phrases.phrases() for word in first.split())
    shares = phrases.common_names()
    assert all(0 < share < 0.1 for share in shares.values())
    assert shares["garcia"] > shares["villarreal"]
