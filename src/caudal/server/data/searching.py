"""Search of a store: words, filters, facets and order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from followthemoney.types import registry

from caudal.server.data.model import answering, schema_of
from caudal.server.data.sorting import ordered
from caudal.server.data.store import Found, Query
from caudal.server.data.words import words
from caudal.server.problems import Problem

if TYPE_CHECKING:
    from caudal.server.data.reader import SqliteStore

FACET_VALUES = 1_000
"""Values of a facet that are given, the most frequent."""


def search(store: SqliteStore, query: Query) -> Found:
    """See `EntityStore.search`."""
    keep = filtered(store, query)
    found, score = _worded(store, query)
    rows = np.flatnonzero(keep) if found is None else found[keep[found]]
    if found is not None and score is not None:
        score = score[keep[found]]
        rows = rows[np.lexsort((rows, score))]
    rows = ordered(store, rows, query.sort) if query.sort else rows
    page = store.rows(rows[query.offset : query.offset + query.limit].tolist())
    return Found(page, int(rows.size), {name: facet(store, name, rows) for name in query.facets})


def filtered(store: SqliteStore, query: Query) -> np.ndarray:
    """(n,) bool: the entities that the filters let through."""
    columns = store.columns
    keep: np.ndarray = columns.shown & columns.fields["datasets"].having(query.scope)
    keep &= columns.fields["schema"].having(answering(query.schema))
    for field, values in query.filters.items():
        keep &= having(store, field, values, every=query.every)
    for field, values in query.without.items():
        keep &= ~having(store, field, values)
    if query.changed_since is not None:
        changed = columns.moments["last_change"]
        keep &= np.isnat(changed) | (changed >= np.datetime64(query.changed_since, "s"))
    return keep


def having(store: SqliteStore, field: str, values: Sequence[str], *, every: bool = False) -> np.ndarray:
    """(n,) bool: entities with any (or every one) of these values in a field."""
    columns = store.columns
    if field in columns.fields:
        return columns.fields[field].having(values, every=every)
    if field == "target":
        wanted = {str(value).casefold() == "true" for value in values}
        return np.isin(columns.target, list(wanted))
    known = store.fields.get(field) or store.fields.get(f"properties.{field}")
    if known is None:
        return np.zeros(columns.shown.size, np.bool_)
    code, as_words = known
    parts = []
    for value in values:
        text = " ".join(words(value)) if as_words else value.casefold()
        mask = np.zeros(columns.shown.size, np.bool_)
        mask[[n for (n,) in store.db.execute("SELECT n FROM value WHERE field = ? AND value = ?", (code, text))]] = True
        parts.append(mask)
    if not parts:
        return np.ones(columns.shown.size, np.bool_)
    joined: np.ndarray = (np.logical_and if every else np.logical_or).reduce(parts)
    return joined


def _worded(store: SqliteStore, query: Query) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Rows that the words of a query find and their scores, least best; None for both where it has no words."""
    if not query.text.strip():
        return None, None
    match = " AND ".join(f'"{word}"' for word in words(query.text))
    if not match:
        raise Problem("Invalid query")
    if query.prefix:
        match = f"names : ({match} *)"
    read = store.db.execute("SELECT rowid, bm25(text, 3.0, 1.0) FROM text WHERE text MATCH ?", (match,)).fetchall()
    if not read:
        return np.zeros(0, np.int64), np.zeros(0)
    rows, score = zip(*read, strict=True)
    return np.array(rows, np.int64), np.array(score)


def facet(store: SqliteStore, name: str, rows: np.ndarray) -> list[tuple[str, str, int]]:
    """Values of a field among rows: (value, label, count), most first."""
    column = store.columns.fields.get(name)
    if column is None:
        return []
    return [(value, value_label(name, value), count) for value, count in column.count(rows)[:FACET_VALUES]]


def value_label(field: str, value: str) -> str:
    """What a value of a facet is called; a dataset's title is the catalogue's to say."""
    if field == "schema":
        schema = schema_of(value)
        return value if schema is None else str(schema.plural)
    kind = registry.groups.get(field)
    return (kind.caption(value) if kind is not None else None) or value
