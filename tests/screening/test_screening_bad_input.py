"""Whatever is put in is answered, refused with one line, or flagged: never a crash, never a silent clear."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.screening import Screener
from caudal.screening.worth import WORTH
from caudal.tables import MATCHES


def person(name: str, **properties: list[str]) -> dict[str, Any]:
    return {"schema": "Person", "properties": {"name": [name], **properties}}


TARGET = person("ZUBIRRETA CERVANTES, Nemorio", birthDate=["1966-07-17"])


def alerts(table: pa.Table) -> set[tuple[str, str]]:
    kept = table.filter(table["alert"])
    return set(zip(kept["party_id"].to_pylist(), kept["entity_id"].to_pylist(), strict=True))


NASTY = [
    "",
    "   ",
    "\x00\x01\x02",
    "x" * 10_000,
    "Nemorio " * 2_000,
    "\u202e\u200f",
    "....,,,;;",
    "\ud800",
    "1234567890",
    "&&&",
    "😀 😀",
    "ប៉ុល ពត",
    "O",
    "'",
]


@pytest.mark.parametrize("name", NASTY)
@pytest.mark.parametrize("schema", ["Person", "Company", "Vessel", "LegalEntity", "Nonsense", ""])
def test_nasty_names_are_answered(screener: Screener, name: str, schema: str) -> None:
    query = {"schema": schema, "properties": {"name": [name]}}
    evidence = screener.compare(query, TARGET)
    assert not evidence.alert
    assert 0 <= evidence.probability <= 1
    assert evidence.reasons, "never a silent clear"
    assert screener.match([query]).schema == MATCHES.schema


def test_an_empty_name_is_no_clearance(screener: Screener) -> None:
    evidence = screener.compare(person(""), TARGET)
    assert "nothing to compare" in evidence.reasons[0].text
    assert evidence.bits == 0


def test_a_name_with_broken_text_in_it_is_still_found(screener: Screener) -> None:
    found = screener.match([{"id": "a", **person("\ud800Nemorio\x00Zubirreta\u202e Cervantes")}])
    assert ("a", "p-1") in alerts(found)
    assert "control characters" in found["evidence"][0].as_py()


def test_lookalike_letters_are_undone_and_given_as_a_reason(screener: Screener) -> None:
    plain = screener.compare(person("Nemorio Zubirreta Cervantes"), TARGET)
    masked = screener.compare(person("N\u0435m\u043erio Zubirr\u0435ta C\u0435rv\u0430ntes"), TARGET)
    assert masked.bits == pytest.approx(plain.bits + WORTH.disguise)
    assert any("another script" in r.text and "disguised" in r.text for r in masked.reasons)


@pytest.mark.parametrize("thing", [None, 3, "a name", {"schema": "Person", "properties": ["x"]}])
def test_what_is_no_entity_is_named(screener: Screener, thing: Any) -> None:
    with pytest.raises(InputError):
        screener.compare(thing, TARGET)


def test_malformed_dates_are_left_out_and_said(screener: Screener) -> None:
    evidence = screener.compare(person("Nemorio Zubirreta Cervantes", birthDate=["yesterday"]), TARGET)
    assert any("not a date" in r.text for r in evidence.reasons)


def test_empty_lists_and_files(make_register: Any, parties_of: Any, screener: Screener) -> None:
    nobody = Screener(make_register([]))
    assert nobody.match(parties_of("Nemorio Zubirreta")).num_rows == 0
    assert nobody.compare(person("Nemorio Zubirreta"), person("Nemorio Zubirreta")).alert
    assert screener.match(parties_of()).num_rows == 0
    assert screener.match([]).num_rows == 0


def test_a_parties_table_without_names_is_refused(screener: Screener) -> None:
    with pytest.raises(InputError, match="column is missing"):
        screener.match(pa.table({"party_id": ["a"]}))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=6), st.lists(st.text(max_size=12), max_size=3))
def test_any_batch_is_answered(screener: Screener, names: list[str], births: list[str]) -> None:
    batch = [{"schema": "Person", "properties": {"name": [n], "birthDate": births}} for n in names]
    found = screener.match(batch)
    assert found.schema == MATCHES.schema
