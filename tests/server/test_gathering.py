"""Columns gathered row by row."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.server.data import gathering
from caudal.server.data.gathering import Coded, Moments, Rows, ranks

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=4)


@given(st.lists(texts, max_size=30))
def test_ranks_are_places_in_sorted_order(given: list[str]) -> None:
    order = {text: k for k, text in enumerate(sorted(set(given)))}
    found = ranks(pa.chunked_array([pa.array(given[:3], pa.string()), pa.array(given[3:], pa.string())]))
    assert found.dtype == np.int32
    assert found.tolist() == [order[text] for text in given]


@pytest.mark.parametrize("many", [0, 1, 3, 4, 5, 9])
def test_what_is_packed_in_between_is_what_was_given(monkeypatch: pytest.MonkeyPatch, many: int) -> None:
    monkeypatch.setattr(gathering, "BATCH", 4)
    rows, moments, coded = Rows(("a", "b")), Moments(), Coded()
    given = [(f"a{k}", f"b{k % 2}") for k in range(many)]
    when = [None if k % 3 == 0 else f"2025-01-0{k}T00:00:0{k}" for k in range(many)]
    for row, moment in zip(given, when, strict=True):
        rows.add(row)
        moments.add(moment)
        coded.add((row[1],))
    for _ in range(2):  # asked for twice
        assert [tuple(row.values()) for row in rows.table().to_pylist()] == given
        assert rows.table().column_names == ["a", "b"]
        assert [None if np.isnat(one) else str(one) for one in moments.array()] == when
    assert [coded.values[code] for code in coded.codes()] == [(b,) for _, b in given]
    assert len(coded.values) == min(many, 2)
