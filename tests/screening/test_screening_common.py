"""Common names are weak in every culture, ask for more instead of alerting, and trade words survive typing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from caudal.screening import Screener, phrases
from caudal.screening.commonness import commonness, frequencies, frequency
from caudal.screening.names import ORGANISATION, parse
from caudal.screening.repair import misspelt, split

COMMON = [
    "Jose Garcia",
    "James Smith",
    "Mohammed Hussein",
    "Ahmed Khalil",
    "Igor Popov",
    "Andrey Pavlov",
    "Wei Chen",
    "Jing Song",
    "Kim Yong",
    "Nguyen Minh",
]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("mohammed", "muhammad"),
        ("hussein", "husayn"),
        ("hussein", "houssein"),
        ("ivanov", "ivanova"),
        ("kuznetsov", "kuznetsova"),
        ("chen", "chan"),
        ("yousef", "yusuf"),
        ("sergey", "sergei"),
        ("garcia", "garcia"),
    ],
)
def test_spellings_of_one_name_are_equally_common(a: str, b: str) -> None:
    assert frequency(a) == frequency(b) > 0


def test_rare_names_are_not_taken_for_common_ones() -> None:
    for name in ("zubirreta", "qorvashani", "vrublovsky", "nemorio", "tolomei"):
        assert commonness(name) == 0


def test_the_table_holds_shares_of_folded_names() -> None:
    for table in frequencies():
        assert all(key.isascii() and key == key.casefold() and 0 < share < 0.1 for key, share in table.items())


@pytest.mark.parametrize("name", COMMON)
def test_a_whole_common_name_is_an_alert_or_a_question_and_a_birth_date_settles_it(
    make_register: Any, make_entity: Any, parties_of: Any, name: str
) -> None:
    listed = make_entity("p", "Person", name, birthDate=["1970-03-02"])
    screener = Screener(make_register([listed]))
    row = screener.match(parties_of(name)).to_pylist()[0]
    assert row["entity_id"] == "p"
    reasons = json.loads(row["evidence"])["reasons"]
    asked = [r for r in reasons if r["feature"] == "ask" and "birth date" in r["text"] and r["bits"] == 0]
    assert row["alert"] or asked, "the whole listed name, and nothing against it: never simply cleared"
    born = screener.match(parties_of(name, birth_date=["1970-03-02"])).to_pylist()[0]
    assert born["alert"], "the field it asks for settles it"
    assert not [r for r in json.loads(born["evidence"])["reasons"] if r["feature"] == "ask"]
    assert screener.match(parties_of(name, birth_date=["1950-07-19"])).num_rows == 0


@pytest.mark.parametrize("name", COMMON)
def test_a_common_name_that_is_only_part_of_the_listed_one_does_not_alert(
    make_register: Any, make_entity: Any, parties_of: Any, name: str
) -> None:
    screener = Screener(make_register([make_entity("p", "Person", f"{name} Zubirretagoi")]))
    assert not any(screener.match(parties_of(name))["alert"].to_pylist())


@pytest.mark.parametrize("name", COMMON)
def test_another_second_surname_clears_a_common_name(
    make_register: Any, make_entity: Any, parties_of: Any, name: str
) -> None:
    screener = Screener(make_register([make_entity("p", "Person", f"{name} Zubirretagoi")]))
    assert screener.match(parties_of(f"{name} Ballesteros")).num_rows == 0


def test_common_names_weigh_alike_whatever_their_culture(make_register: Any, make_entity: Any, parties_of: Any) -> None:
    screener = Screener(make_register([make_entity(f"p{i}", "Person", name) for i, name in enumerate(COMMON)]))
    bits = [screener.match(parties_of(name))["bits"][0].as_py() for name in COMMON]
    assert max(bits) - min(bits) < 3
    assert min(bits) >= screener.threshold_bits - screener.weights.common_under - 1e-9


def test_a_rare_part_beside_a_common_one_still_alerts(make_register: Any, make_entity: Any, parties_of: Any) -> None:
    screener = Screener(make_register([make_entity("p", "Person", "Zubirretagoi, Mohammed")]))
    for name in ("Mohammed Zubirretagoi", "Muhammad Zubirretagoi", "Mohammde Zubirretagoi"):
        assert screener.match(parties_of(name))["alert"].to_pylist() == [True]


def test_a_contradicted_pair_is_not_asked_about(screener: Screener) -> None:
    a = {"schema": "Person", "properties": {"name": ["Nemorio Zubirreta Ballesteros"]}}
    b = {"schema": "Person", "properties": {"name": ["Nemorio Zubirreta Cervantes"], "birthDate": ["1966"]}}
    assert not screener.compare(a, b).ask


@pytest.mark.parametrize("word", ["limtied", "comapny", "tradnig", "corportion", "aktsionrenoe"])
def test_misspelt_trade_words_keep_their_role(word: str) -> None:
    assert misspelt(word) in (phrases.LEGAL, phrases.TRADE)


@pytest.mark.parametrize("word", ["expert", "karadumanlar", "alvio", "severstal", "company", "tresmares"])
def test_other_words_are_left_alone(word: str) -> None:
    assert misspelt(word) == phrases.CORE
    assert split(word) == ()


@pytest.mark.parametrize("name", ["COMPANYKARADUMANLAR", "Karadumanlar TradingLimited", "KARADUMANLAROOO"])
def test_glued_trade_words_come_apart(name: str) -> None:
    parsed = parse(name, ORGANISATION)
    assert [t for t, role in zip(parsed.tokens, parsed.roles, strict=True) if role == phrases.CORE] == ["karadumanlar"]


def test_the_last_distinctive_word_stays() -> None:
    assert phrases.CORE in parse("Limtied Ltd", ORGANISATION).roles
