"""Entities in the order of fields that a request names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from caudal.server.data.model import is_field
from caudal.server.problems import Problem

if TYPE_CHECKING:
    from caudal.server.data.reader import SqliteStore

_NAMED = {"id": "id", "entity_id": "id", "canonical_id": "id", "caption": "caption"}
LAST = np.iinfo(np.int64).max
"""Key of an entity without a value: it comes last, whichever way the order goes."""


def ordered(store: SqliteStore, rows: np.ndarray, sort: Sequence[tuple[str, bool]]) -> np.ndarray:
    """Rows by one field after another; where all are equal the order given stays.

    Raises:
        Problem: there is no such field.
    """
    for field, descending in reversed(sort):
        keys = _keys(store, rows, field)
        if descending:
            keys = np.where(keys == LAST, LAST, -keys)
        rows = rows[np.argsort(keys, kind="stable")]
    return rows


def _keys(store: SqliteStore, rows: np.ndarray, field: str) -> np.ndarray:
    columns = store.columns
    keys: np.ndarray
    if field in _NAMED:
        keys = columns.ranks[_NAMED[field]][rows].astype(np.int64)
        return keys
    if field in columns.moments:
        moments = columns.moments[field][rows]
        return np.where(np.isnat(moments), LAST, moments.astype(np.int64))
    if field == "target":
        keys = columns.target[rows].astype(np.int64)
        return keys
    if field in columns.fields:
        column = columns.fields[field]
        place = {value: k for k, value in enumerate(sorted(column.values))}
        ranks = np.array([place[value] for value in column.values] or [0], np.int64)
        return np.array(
            [
                ranks[column.code[a:b]].min() if b > a else LAST
                for a, b in zip(column.start[rows], column.start[rows + 1], strict=True)
            ],
            np.int64,
        )
    known = store.field(field)
    if known is None:
        if is_field(field):
            return np.full(rows.size, LAST, np.int64)  # nobody has a value there
        raise Problem(f"Cannot sort by {field[:100]!r}: there is no such field.")
    lowest: dict[int, str] = {}
    for n, value in store.db.execute("SELECT n, value FROM value WHERE field = ? ORDER BY value", (known[0],)):
        before = lowest.get(n)
        if before is None or value.startswith(f"{before}-"):  # a date stands with its year and month: it is the longest
            lowest[n] = value
    rank = {value: at for at, value in enumerate(sorted(set(lowest.values())))}
    return np.fromiter((rank[lowest[n]] if n in lowest else LAST for n in rows.tolist()), np.int64, rows.size)
