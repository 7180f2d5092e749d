"""Datasets and what they are made of; facts as bits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.server.data.catalogue import Catalogue, Dataset
from caudal.server.data.facts import ListedFacts, bits_of
from caudal.server.problems import NotFound


def test_a_collection_covers_all_below_it() -> None:
    catalogue = Catalogue(
        [
            Dataset("all", "All", children=("lists", "own")),
            Dataset("lists", "Lists", children=("a", "b")),
            *(Dataset(name, name) for name in ("a", "b", "own")),
        ]
    )
    assert catalogue.scope("all") == {"all", "lists", "a", "b", "own"}
    assert catalogue.scope("b") == {"b"}
    with pytest.raises(NotFound):
        catalogue.scope("c")


@pytest.mark.parametrize(
    ("datasets", "why"),
    [
        ([Dataset("a", ""), Dataset("a", "")], "two datasets"),
        ([Dataset("a", "", children=("b",))], "no dataset here"),
        ([Dataset("a", "", children=("b",)), Dataset("b", "", children=("a",))], "holds itself"),
    ],
)
def test_what_cannot_be(datasets: list[Dataset], why: str) -> None:
    with pytest.raises(InputError, match=why):
        Catalogue(datasets)


NAMES = tuple(f"d{k}" for k in range(130))


@settings(deadline=None)
@given(st.lists(st.frozensets(st.sampled_from(NAMES)), min_size=1, max_size=8), st.frozensets(st.sampled_from(NAMES)))
def test_bits_say_what_sets_say(sets: list[frozenset[str]], asked: frozenset[str]) -> None:
    n = len(sets)
    bits = bits_of(list(sets), NAMES)
    facts = ListedFacts(
        NAMES, ("Person",), NAMES, bits, np.zeros(n, np.int16), bits, np.full(n, "NaT", "datetime64[s]")
    )
    assert facts.in_any(asked).tolist() == [bool(one & asked) for one in sets]
    assert facts.of_any(asked).tolist() == facts.in_any(asked).tolist()
    assert facts.changed_since(np.datetime64("2025-01-01")).all()
    assert facts.of_schema({"Person"}).all()
    assert not facts.of_schema({"Company"}).any()
