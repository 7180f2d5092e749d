"""The store of a snapshot, open for reading: any number of threads and processes at once."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from caudal.server.data.columns import Columns
from caudal.server.data.model import answering, entity_props, is_edge, props_of
from caudal.server.data.numbered import NUMBERS
from caudal.server.data.searching import search
from caudal.server.data.sorting import ordered
from caudal.server.data.store import Entity, Found, Query
from caudal.server.data.writer import COLUMNS, FILE, TERMS
from caudal.storage import mapped_table

MAPPED = 1 << 33
"""Bytes of the store that are read through the memory that processes share."""
MOST_BESIDE = 9_999
"""Entities beside one that are nested in it."""
_SOME = 500
_REMEMBERED = 64
Sort = Sequence[tuple[str, bool]]


class SqliteStore:
    """An `EntityStore` over what `StoreWriter` wrote.

    Each thread has a connection of its own; the file never changes, so none locks.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.columns = Columns.load(folder / COLUMNS)
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._covered: dict[tuple[frozenset[str], str], np.ndarray] = {}

    @property
    def db(self) -> sqlite3.Connection:
        """This thread's connection."""
        held: sqlite3.Connection | None = getattr(self._local, "db", None)
        if held is None:
            uri = f"{(self.folder / FILE).absolute().as_uri()}?mode=ro&immutable=1"
            held = sqlite3.connect(uri, uri=True, check_same_thread=False)
            held.execute(f"PRAGMA mmap_size = {MAPPED}")
            held.execute("PRAGMA cache_size = -1024")
            self._local.db = held
            with self._lock:
                self._open.append(held)
        return held

    def close(self) -> None:
        """Close every thread's connection; whoever asks the store again opens another."""
        with self._lock:
            for one in self._open:
                one.close()
            self._open.clear()
            self._local = threading.local()

    def covered(self, scope: frozenset[str], schema: str) -> np.ndarray:
        """(n,) bool: entities of a scope that a search for a schema covers; not to be changed."""
        known = self._covered.get((scope, schema))
        if known is None:
            columns = self.columns
            known = columns.shown & columns.fields["datasets"].having(scope)
            known &= columns.fields["schema"].having(answering(schema))
            if len(self._covered) >= _REMEMBERED:
                self._covered.clear()
            self._covered[scope, schema] = known
        return known

    @cached_property
    def terms(self) -> pa.Array:
        """Every word of the store, ascending."""
        return mapped_table(self.folder / TERMS)["term"].combine_chunks()

    @cached_property
    def fields(self) -> dict[str, tuple[int, bool]]:
        """Fields that can be asked for by value: their code, and whether values are kept as words."""
        return {
            name: (code, bool(words)) for code, name, words in self.db.execute("SELECT code, name, words FROM field")
        }

    def field(self, name: str) -> tuple[int, bool] | None:
        """A field by its name, or a property by its own; None where no entity has it."""
        return self.fields.get(name) or self.fields.get(f"properties.{name}")

    def get(self, entity_id: str) -> Entity | None:
        """An entity by its id."""
        row = self.db.execute("SELECT json FROM entity WHERE id = ? AND shown", (entity_id,)).fetchone()
        return None if row is None else orjson.loads(row[0])

    def many(self, entity_ids: Sequence[str]) -> dict[str, Entity]:
        """Entities by their ids, those that there are."""
        found: dict[str, Entity] = {}
        ids = list(dict.fromkeys(entity_ids))
        for low in range(0, len(ids), _SOME):
            some = ids[low : low + _SOME]
            sql = f"SELECT json FROM entity WHERE shown AND id IN ({','.join('?' * len(some))})"
            for (json,) in self.db.execute(sql, some):
                entity = orjson.loads(json)
                found[entity["id"]] = entity
        return {uid: found[uid] for uid in ids if uid in found}

    def rows(self, numbers: Iterable[int]) -> list[Entity]:
        """Entities by their places in the store, in the order given."""
        wanted = list(numbers)
        found: dict[int, Entity] = {}
        for low in range(0, len(wanted), _SOME):
            some = wanted[low : low + _SOME]
            sql = f"SELECT n, json FROM entity WHERE n IN ({','.join('?' * len(some))})"
            found.update((n, orjson.loads(json)) for n, json in self.db.execute(sql, some))
        return [found[n] for n in wanted]

    def canonical(self, entity_id: str) -> str | None:
        """The id an entity goes by now, where the one given is a referent of it."""
        row = self.db.execute("SELECT canonical FROM referent WHERE id = ?", (entity_id,)).fetchone()
        return None if row is None else row[0]

    def numbered(self, numbers: Sequence[str]) -> list[Entity]:
        """Wallets, securities and other things with one of these numbers (see `numbered`), in the store's order."""
        field = self.fields.get(NUMBERS)
        if field is None:
            return []
        found: set[int] = set()
        for low in range(0, len(numbers), _SOME):
            some = numbers[low : low + _SOME]
            sql = f"SELECT n FROM value WHERE field = ? AND value IN ({','.join('?' * len(some))})"
            found.update(n for (n,) in self.db.execute(sql, [field[0], *some]))
        return self.rows(sorted(found))

    def _towards(self, entity_ids: Sequence[str]) -> dict[str, list[tuple[str, int]]]:
        """For entities, the ways back of those that lead to them: (property, place)."""
        found: dict[str, list[tuple[str, int]]] = {}
        for low in range(0, len(entity_ids), _SOME):
            some = entity_ids[low : low + _SOME]
            sql = f"SELECT target, prop, n FROM edge WHERE target IN ({','.join('?' * len(some))}) ORDER BY n"
            for target, prop, n in self.db.execute(sql, some):
                found.setdefault(target, []).append((prop, n))
        return found

    def nested(self, entity: Entity) -> Entity:
        """The entity with those beside it in place of their ids.

        An entity that stands between two, such as an ownership, brings the one at its other end with it. At most
        MOST_BESIDE are nested.
        """
        back = [(prop, n) for prop, n in self._towards([entity["id"]]).get(entity["id"], ()) if n >= 0][:MOST_BESIDE]
        near = dict(zip((n for _, n in back), self.rows(n for _, n in back), strict=True)) if back else {}
        beside = self.many(_led_to(entity)[:MOST_BESIDE])
        beside.update((one["id"], one) for one in near.values())
        beside.update(self._ends(beside.values(), entity["id"]))
        whole = _nest(entity, beside, {entity["id"]})
        for prop, n in back:
            whole["properties"].setdefault(prop, []).append(_nest(near[n], beside, {entity["id"]}))
        return whole

    def _ends(self, entities: Iterable[Entity], root: str) -> dict[str, Entity]:
        """Those that the entities which stand between two lead to."""
        ids = [uid for one in entities if is_edge(one["schema"]) for uid in _led_to(one) if uid != root]
        return self.many(ids[:MOST_BESIDE])

    def adjacent(
        self, entity: Entity, prop: str | None, limit: int, offset: int, sort: Sort = ()
    ) -> dict[str, tuple[list[Entity], int]]:
        """Property to entities beside this one (a page of them) and how many there are; one property or all."""
        wanted = entity_props(entity["schema"]) if prop is None else (prop,)
        towards: dict[str, list[int]] = {}
        for name, n in self._towards([entity["id"]]).get(entity["id"], ()):
            towards.setdefault(name, []).append(n)
        found: dict[str, tuple[list[Entity], int]] = {}
        for name in wanted:
            places = [*self._places(entity["properties"].get(name, ())), *towards.get(name, ())]
            places = ordered(self, np.array(list(dict.fromkeys(places)), np.int64), sort).tolist()
            if not places:
                continue
            page = self.rows(places[offset : offset + limit])
            ends = self._ends(page, entity["id"])
            found[name] = ([_nest(one, ends, {entity["id"]}) for one in page], len(places))
        return found

    def _places(self, entity_ids: Sequence[str]) -> list[int]:
        """Places of entities by their ids, those that there are."""
        found: list[int] = []
        for low in range(0, len(entity_ids), _SOME):
            some = list(entity_ids[low : low + _SOME])
            sql = f"SELECT n FROM entity WHERE shown AND id IN ({','.join('?' * len(some))}) ORDER BY n"
            found += [n for (n,) in self.db.execute(sql, some)]
        return found

    def search(self, query: Query) -> Found:
        """Entities by text and filters."""
        return search(self, query)


def _led_to(entity: Entity) -> list[str]:
    """Ids in an entity's own properties."""
    known = props_of(entity["schema"])
    return [
        uid for name, values in entity["properties"].items() if name in known and known[name].entity for uid in values
    ]


def _nest(entity: Entity, beside: dict[str, Entity], path: set[str]) -> Entity:
    """A copy with the entities beside it in place of their ids; whoever is on the way already is left out."""
    known = props_of(entity["schema"])
    properties: dict[str, list[Any]] = {}
    path = path | {entity["id"]}
    for name, values in entity["properties"].items():
        prop = known.get(name)
        if prop is None or not prop.entity:
            properties[name] = values
            continue
        inner = [
            _nest(beside[uid], beside, path) if uid in beside and len(path) < 4 else uid
            for uid in values
            if uid not in path
        ]
        if inner:
            properties[name] = inner
    return {**entity, "properties": properties}
