"""Pruning loses nothing: what is found through the index is what comparing every pair finds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.screening import Screener
from caudal.screening.births import compare_births, read_birth
from caudal.screening.dated import NOTHING, SAME_DAY, SOMETHING, could_be, most_but_day, runs
from caudal.screening.worth import WORTH

NAMES = """garcia jose maria lopez mohamed muhammad ahmed ali hussein ivanov ivanova sergei sergey zubirreta zubireta
nemorio nemoria qorvashani korvashani vrublovsky vrublovski rublovsky cervantes servantes al abdul abdulmateen mateen
j m z kim yong wei chen zubi zubirretacervantes"""
BODIES = """vostroboron vostroborons eksport export trading general bank of freedonia textil tresmares tresmar 14 15 co
ltd oao star pelusaria import guangzhou holding"""
WORD, BODY = st.sampled_from(NAMES.split()), st.sampled_from(BODIES.split())
PERSON = st.tuples(st.just("Person"), st.lists(WORD, min_size=1, max_size=5).map(" ".join))
FIRM = st.tuples(
    st.sampled_from(["Company", "LegalEntity", "Vessel"]), st.lists(BODY, min_size=1, max_size=6).map(" ".join)
)
BIRTH = st.one_of(
    st.none(),
    st.sampled_from(
        ["1966-07-17", "1966", "1966-07", "1967-07-17", "1966-17-07", "1976-07-17", "1966-01-01", "1990-02-03"]
    ),
)
ONE = st.tuples(st.one_of(PERSON, FIRM), BIRTH)


def bits(table: pa.Table) -> dict[tuple[str, str], float]:
    keys = zip(table["party_id"].to_pylist(), table["entity_id"].to_pylist(), strict=True)
    return dict(zip(keys, table["bits"].to_pylist(), strict=True))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(ONE, min_size=1, max_size=30), st.lists(ONE, min_size=1, max_size=12), st.sampled_from([4.0, 9.0, 12.0])
)
def test_the_index_finds_what_comparing_every_pair_finds(
    make_register: Any, make_entity: Any, listed: list[Any], asked: list[Any], below: float
) -> None:
    entities = [
        make_entity(f"e{i}", schema, name, **({"birthDate": [born]} if born else {}))
        for i, ((schema, name), born) in enumerate(listed)
    ]
    screener = Screener(make_register(entities))
    parties = [
        {"id": f"q{i}", "schema": schema, "properties": {"name": [name], **({"birthDate": [born]} if born else {})}}
        for i, ((schema, name), born) in enumerate(asked)
    ]
    indexed = screener.match(parties, below=below)
    assert bits(indexed) == bits(screener.match(parties, exhaustive=True, below=below))
    assert bits(screener.match(parties, workers=3, below=below)) == bits(indexed)
    for party in parties[:2]:
        assert bits(screener.match([party], below=below)) == bits(screener.match([party], exhaustive=True, below=below))


DATE = st.one_of(
    st.integers(1900, 2010).map(str),
    st.dates().map(str),
    st.sampled_from(["1966-07-17", "1966-07", "1966-01-01", "1967-07-17", "1976-07-17", "1696-07-17", "1866-07-17"]),
)
DATES = st.lists(DATE.map(read_birth).filter(bool), min_size=1, max_size=3, unique=True)


@settings(max_examples=500, deadline=None)
@given(DATES, DATES, st.booleans())
def test_birth_dates_never_add_more_than_is_allowed_for(ours: list[str], theirs: list[str], rough: bool) -> None:
    reason = compare_births(tuple(ours), tuple(theirs), frozenset(d[:4] for d in theirs) if rough else frozenset())
    assert reason is not None
    (a, numbers_a), (b, numbers_b) = runs([ours]), runs([theirs])
    could = could_be(numbers_a, a[0], a[1], numbers_b, b[0], b[1])
    assert reason.bits <= {NOTHING: 0.0, SOMETHING: most_but_day(), SAME_DAY: WORTH.birth_day}[could]


def test_runs_of_births_are_numbers() -> None:
    start, number = runs([("1966-07-17", "1966"), (), ("1966-07",)])
    assert start.tolist() == [0, 2, 2, 3]
    assert number.tolist() == [19660717, 19660000, 19660700]
    assert np.issubdtype(number.dtype, np.integer)
