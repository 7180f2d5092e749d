"""Whoever could not be screened is counted and listed, never cleared in silence."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.screening import Screener, unscreened, unscreened_texts
from caudal.tables import MATCHES, UNSCREENED


@pytest.mark.parametrize(
    ("name", "extent"),
    [
        ("", "not"),
        ("   ", "not"),
        ("\u202e\u200f", "not"),
        ("....,,,;;", "not"),
        ("😀 😀", "not"),
        ("N/A", "not"),
        ("Unknown", "not"),
        ("NOT PROVIDED", "not"),
        ("1234567890", "not"),
        ("O", "not"),
        ("x" * 10_000, "partly"),
        ("Nemorio " * 30, "partly"),
        ("ប៉ុល ពត", "partly"),
        ("Nemo\x00rio Zubirreta", "partly"),
    ],
)
def test_what_cannot_be_compared_is_listed_with_its_reason(parties_of: Any, name: str, extent: str) -> None:
    for parties in (parties_of("Nemorio Zubirreta", name), [{"id": "q1", "properties": {"name": [name]}}]):
        rows = unscreened(parties).to_pylist()
        assert [(row["party_id"], row["extent"]) for row in rows] == [("q1", extent)]
        assert rows[0]["reason"]
        assert len(rows[0]["written"]) <= 100


@pytest.mark.parametrize(
    "name", ["Nemorio Zubirreta", "José Peña", "Александр Врубловский", "陈伟", "محمد", "Li", "Banco 7", "Null Trading"]
)
def test_ordinary_names_are_not_listed(parties_of: Any, name: str) -> None:
    assert unscreened(parties_of(name)).num_rows == 0


def test_another_name_or_a_number_stands_in(parties_of: Any) -> None:
    assert unscreened(parties_of("", aliases=[["Nemorio Zubirreta"]])).num_rows == 0
    row = unscreened(parties_of("", identifiers=[["AB1234567"]])).to_pylist()[0]
    assert row["extent"] == "partly"
    assert "only its numbers" in row["reason"]


def test_long_payment_texts_are_listed() -> None:
    table = pa.table({"transfer_id": ["a", "b", "c"], "purpose": ["x" * 3_000, "rent", None]})
    assert unscreened_texts(table)["transfer_id"].to_pylist() == ["a"]


TARGET = {"schema": "Person", "properties": {"name": ["ZUBIRRETA CERVANTES, Nemorio"], "birthDate": ["1966-07-17"]}}
values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30), st.dates(),
    st.just(float("nan")), st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=2),
)  # fmt: skip
props = st.dictionaries(
    st.sampled_from(["name", "alias", "birthDate", "gender", "country", "idNumber", "passportNumber", "address",
                     "notes", "email", "phone", "lastName", "number"]),
    st.one_of(values, st.lists(st.one_of(values, st.lists(values, max_size=2)), max_size=3)),
    max_size=6,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(props, props, st.text(max_size=10))
def test_any_properties_are_compared(screener: Screener, ours: Any, theirs: Any, schema: str) -> None:
    for query, listed in (({"schema": schema, "properties": ours}, TARGET), (TARGET, {"properties": theirs})):
        evidence = screener.compare(query, listed)
        assert evidence.reasons
        assert 0 <= evidence.probability <= 1
        assert evidence.bits == pytest.approx(sum(reason.bits for reason in evidence.reasons))


@settings(max_examples=40, deadline=None)
@given(st.lists(props, max_size=4))
def test_any_batch_of_properties_is_answered_and_listed(screener: Screener, batch: Any) -> None:
    parties = [{"id": f"q{i}", "schema": "Person", "properties": properties} for i, properties in enumerate(batch)]
    assert screener.match(parties).schema == MATCHES.schema
    assert unscreened(parties).schema == UNSCREENED.schema


def test_nan_and_nested_values_are_left_out_and_said(screener: Screener) -> None:
    query = {
        "schema": "Person",
        "properties": {
            "name": ["Nemorio Zubirreta Cervantes", float("nan"), None],
            "birthDate": date(1966, 7, 17),
            "address": [{"street": "x"}],
        },
    }
    evidence = screener.compare(query, TARGET)
    assert evidence.alert
    assert any("born on the same day" in reason.text for reason in evidence.reasons)
    assert any("nested" in reason.text for reason in evidence.reasons)


def test_two_parties_of_one_id_are_refused(screener: Screener, parties_of: Any) -> None:
    with pytest.raises(InputError, match="twice"):
        screener.match([{"id": "a", "properties": {"name": ["A B"]}}, {"id": "a", "properties": {"name": ["C D"]}}])
    with pytest.raises(InputError, match="twice"):
        screener.match(parties_of("A B", "C D", party_id=["a", "a"]))


def test_a_batch_of_ten_thousand_with_nobody_on_it(screener: Screener, parties_of: Any) -> None:
    parties = parties_of(*(f"Nobody Number{i}" if i % 100 else "" for i in range(10_000)))
    assert screener.match(parties).schema == MATCHES.schema
    assert unscreened(parties).num_rows == 100


def test_lists_whose_entries_have_no_readable_name(make_register: Any, make_entity: Any) -> None:
    screener = Screener(make_register([make_entity("a", "Person", ""), make_entity("b", "Person", "...")]))
    assert screener.match([{"id": "q", **TARGET}]).num_rows == 0
