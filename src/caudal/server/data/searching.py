"""Search of a store: words, filters, facets and order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from followthemoney.types import registry

from caudal.server.data.finding import Finder
from caudal.server.data.model import schema_of
from caudal.server.data.sorting import ordered
from caudal.server.data.store import Found, Query
from caudal.server.data.syntax import Invalid, Node, parse, parse_simple
from caudal.server.data.words import folded, words
from caudal.server.problems import Problem

if TYPE_CHECKING:
    from caudal.server.data.reader import SqliteStore

FACET_VALUES = 1_000
"""Values of a facet that are given, the most frequent."""


def search(store: SqliteStore, query: Query) -> Found:
    """See `EntityStore.search`.

    Without an order of its own what was found comes best first: whoever bears the query as a whole name, then by how
    rare and how often its words are (BM25, names count more), then by id.

    Raises:
        Problem: the query does not follow the syntax, or a field to sort by is unknown.
    """
    keep = filtered(store, query)
    try:
        found = Finder(store, None if query.fuzzy or query.simple else 0).find(_tree(query))
    except Invalid as error:
        raise Problem(f"Invalid query: {error}") from error
    ids = store.columns.ranks["id"]
    if found is None:
        rows = np.flatnonzero(keep)
        rows = rows[np.argsort(ids[rows], kind="stable")]
    else:
        rows, score = found
        rows, score = rows[keep[rows]], score[keep[rows]]
        whole = ~np.isin(rows, _bearers(store, query.text))
        rows = rows[np.lexsort((ids[rows], -score.round(9), whole))]
    rows = ordered(store, rows, query.sort) if query.sort else rows
    page = store.rows(rows[query.offset : query.offset + query.limit].tolist())
    return Found(page, int(rows.size), {name: facet(store, name, rows) for name in query.facets})


def _tree(query: Query) -> Node:
    return parse_simple(query.text) if query.simple else parse(query.text)


def _bearers(store: SqliteStore, text: str) -> np.ndarray:
    """Rows that bear a text as a whole name."""
    known = store.field("names")
    name = folded(text)
    if known is None or not name:
        return np.zeros(0, np.int64)
    read = store.db.execute("SELECT n FROM value WHERE field = ? AND value = ?", (known[0], name))
    return np.fromiter((n for (n,) in read), np.int64)


def filtered(store: SqliteStore, query: Query) -> np.ndarray:
    """(n,) bool: the entities that the filters let through."""
    columns = store.columns
    keep: np.ndarray = store.covered(query.scope, query.schema).copy()
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
    known = store.field(field)
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
