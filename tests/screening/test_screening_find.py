"""Questions that have nothing to do with each other: each is answered as if it were the only one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.screening import Found, Screener

WORDS = (
    "ana",
    "maria",
    "anamaria",
    "anna",
    "annamarya",
    "jose",
    "josemaria",
    "garcia",
    "ruiz",
    "bellavance",
    "bella",
    "vance",
    "orstedt",
    "orsted",
    "al",
    "rashidi",
    "alrashidi",
    "abd",
    "rahman",
    "abdrahman",
    "quayside",
    "quay",
    "side",
    "holdings",
    "ltd",
    "trading",
    "marlowick",
    "marlo",
    "wick",
)
names = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join)
schemata = st.sampled_from(["Person", "Company", "Thing"])
births = st.sampled_from([[], ["1971-04-09"], ["1971"], ["1955-01-30"]])


class Lists:
    """A register of made-up names."""

    def __init__(self, people: list[tuple[str, list[str], str]]) -> None:
        self.people = people

    def tables(self) -> dict[str, pa.Table]:
        """See RegisterLike."""
        rows = [(f"e{i}", schema, held[0], text, "d") for i, (schema, held, text) in enumerate(self.people)]
        more = [(f"e{i}", name, "primary") for i, (_, held, _) in enumerate(self.people) for name in held]
        return {
            "entities": _table(("entity_id", "schema", "caption", "properties", "dataset"), rows),
            "names": _table(("entity_id", "name", "kind"), more),
        }


def _table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> pa.Table:
    cells = zip(*rows, strict=True)
    return pa.table({name: pa.array(cell, pa.string()) for name, cell in zip(columns, cells, strict=True)})


def query(schema: str, held: list[str], born: list[str]) -> dict[str, Any]:
    return {"schema": schema, "properties": {"name": held, "birthDate": born}}


queries = st.builds(query, schemata, st.lists(names, min_size=1, max_size=3), births)


@pytest.fixture(scope="module")
def screener() -> Screener:
    rng = np.random.default_rng(5)
    people = []
    for i in range(120):
        held = [" ".join(rng.choice(WORDS, rng.integers(2, 5))) for _ in range(rng.integers(1, 3))]
        text = '{"birthDate": ["1971-04-09"]}' if i % 3 == 0 else "{}"
        people.append((("Person", "Company")[i % 5 == 0], held, text))
    return Screener(Lists(people))


def told(found: Found) -> list[tuple[int, float, str]]:
    return [(hit.entity, hit.evidence.bits, hit.evidence.to_json()) for hit in found.hits]


@settings(max_examples=150, deadline=None)
@given(batch=st.lists(queries, min_size=2, max_size=8))
def test_nobodys_answer_hangs_on_who_else_is_asked_about(screener: Screener, batch: list[dict[str, Any]]) -> None:
    together = screener.find(batch, most=200)
    for one, found in zip(batch, together, strict=True):
        (alone,) = screener.find([one], most=200)
        assert told(alone) == told(found)
        assert alone.bits == found.bits


@settings(max_examples=60, deadline=None)
@given(one=queries, seed=st.integers(0, 1_000))
def test_who_may_be_found_is_decided_before_the_best_are_chosen(
    screener: Screener, one: dict[str, Any], seed: int
) -> None:
    size = len(screener.listed.subjects)
    among = np.random.default_rng(seed).random(size) < 0.3
    (everyone,) = screener.find([one], most=size, below=8.0)
    (some,) = screener.find([one], most=3, among=among, below=8.0)
    if not everyone.more:
        assert told(some) == [hit for hit in told(everyone) if among[hit[0]]][:3]
    assert all(among[hit.entity] for hit in some.hits)
    assert list(some.bits) == sorted(some.bits, reverse=True)


def test_one_question_is_answered_as_one_customer_is_screened(screener: Screener) -> None:
    one = query("Person", ["Ana Maria Bellavance"], ["1971"])
    (found,) = screener.find([one])
    rows = screener.match([one]).to_pylist()
    assert [(screener.listed.subjects.id(hit.entity), hit.evidence.bits) for hit in found.hits] == [
        (row["entity_id"], row["bits"]) for row in rows
    ]
    assert rows


def test_who_may_be_found_must_be_told_of_everyone(screener: Screener) -> None:
    with pytest.raises(InputError, match="for each of the 120"):
        screener.find([query("Person", ["Ana"], [])], among=np.ones(3, np.bool_))
    assert screener.find([]) == []


def test_nobody_is_found_among_nobody(screener: Screener) -> None:
    size = len(screener.listed.subjects)
    numbered = {"schema": "Person", "properties": {"name": ["Ana Maria Bellavance"], "idNumber": ["AB123456"]}}
    assert screener.find([numbered], among=np.zeros(size, np.bool_))[0].hits == ()
