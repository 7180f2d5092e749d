"""Writes the entities of a snapshot: SQLite for what is looked up by key and by words, arrays for what is counted.

Entries are taken in as they come (`take`), each for the dataset that it was loaded for, and kept, so that a later
snapshot can start from them. `merge` puts entries of one id together, `index_store` indexes whatever is shown.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from caudal.server.data.columns import FIELDS, ColumnsWriter
from caudal.server.data.entities import put_together
from caudal.server.data.model import props_of
from caudal.server.data.numbered import NUMBERS, PROPERTIES, numbers_of
from caudal.server.data.store import Entity
from caudal.server.data.words import GAP, folded

FILE = "store.sqlite"
COLUMNS = "columns"
TERMS = "terms.arrow"
_ENTRIES = """
CREATE TABLE entity (n INTEGER PRIMARY KEY, loaded TEXT, id TEXT NOT NULL, shown INTEGER NOT NULL,
                     listed INTEGER NOT NULL, json BLOB NOT NULL);
"""
_INDEXES = """
CREATE TABLE referent (id TEXT PRIMARY KEY, canonical TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE edge (target TEXT, prop TEXT, n INTEGER);
CREATE TABLE field (code INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, words INTEGER NOT NULL);
CREATE TABLE value (field INTEGER, value TEXT, n INTEGER);
CREATE VIRTUAL TABLE text USING fts5 (names, body, content='', tokenize='ascii');
CREATE VIRTUAL TABLE term USING fts5vocab ('text', 'row');
"""
_BATCH = 2_000


class StoreWriter:
    """Writes the entries of a store into a folder that is there and empty."""

    def __init__(self, folder: Path) -> None:
        self.count = 0
        self._db = _writing(folder)
        self._db.executescript(f"PRAGMA page_size = 8192; BEGIN; {_ENTRIES}")

    def take(self, entries: Iterable[tuple[Entity, bool]], loaded: str) -> int:
        """Keep entries of a dataset that is loaded; with each goes whether it is compared with queries.

        Returns:
            How many there were.
        """
        return self._insert(loaded, ((entity["id"], listed, orjson.dumps(entity)) for entity, listed in entries))

    def copy(self, folder: Path, loaded: str, without: frozenset[str] = frozenset()) -> int:
        """Take the entries of a dataset over from another store, but for some ids; how many there were."""
        other = _reading(folder)
        try:
            rows = other.execute("SELECT id, listed, json FROM entity WHERE loaded = ? ORDER BY n", (loaded,))
            return self._insert(loaded, (row for row in rows if row[0] not in without))
        finally:
            other.close()

    def _insert(self, loaded: str | None, rows: Iterable[tuple[str, bool, bytes]]) -> int:
        first = self.count

        def numbered() -> Iterator[tuple[Any, ...]]:
            for uid, listed, json in rows:
                yield self.count, loaded, uid, listed, json
                self.count += 1

        self._db.executemany("INSERT INTO entity VALUES (?, ?, ?, 1, ?, ?)", numbered())
        return self.count - first

    def merge(self) -> None:
        """Put entries of one id together: the parts stay, out of sight, and the whole is one entry more."""
        self._db.execute("CREATE INDEX entity_id ON entity (id)")
        twice = [
            r[0] for r in self._db.execute("SELECT id FROM entity GROUP BY id HAVING count(*) > 1 ORDER BY min(n)")
        ]
        for uid in twice:
            parts = self._db.execute("SELECT listed, json FROM entity WHERE id = ? ORDER BY n", (uid,)).fetchall()
            whole = put_together(orjson.loads(json) for _, json in parts)
            self._db.execute("UPDATE entity SET shown = 0 WHERE id = ?", (uid,))
            self._insert(None, [(uid, any(one for one, _ in parts), orjson.dumps(whole))])
        self._db.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def compared_of(folder: Path) -> Iterator[Entity]:
    """Entities of a store that are compared with queries, in order."""
    db = _reading(folder)
    try:
        for (json,) in db.execute("SELECT json FROM entity WHERE shown AND listed ORDER BY n"):
            yield orjson.loads(json)
    finally:
        db.close()


def saying(folder: Path, schemata: Iterable[str], without: Iterable[str]) -> Iterator[Entity]:
    """Entities of a store of some schemata, in order, but for those of the datasets `without`."""
    db = _reading(folder)
    marks = [f'"schema":"{schema}"'.encode() for schema in schemata]
    any_of = " OR ".join("instr(json, ?)" for _ in marks)
    names = list(without)
    not_of = f"(loaded IS NULL OR loaded NOT IN ({','.join('?' for _ in names)}))"
    try:
        rows = db.execute(
            f"SELECT json FROM entity WHERE shown AND {not_of} AND ({any_of}) ORDER BY n", [*names, *marks]
        )
        for (json,) in rows:
            yield orjson.loads(json)
    finally:
        db.close()


def index_store(folder: Path) -> None:
    """Index the entries that are shown: by word, by value, by what leads to what, and as columns."""
    db = _writing(folder)
    try:
        _Indexer(db).run(folder)
    finally:
        db.close()


def _writing(folder: Path) -> sqlite3.Connection:
    db = sqlite3.connect(folder / FILE, isolation_level=None)
    db.executescript(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY;"
    )
    return db


def _reading(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{(folder / FILE).absolute().as_uri()}?mode=ro&immutable=1", uri=True)


Rows = list[tuple[Any, ...]]


def shorter(day: str) -> tuple[str, ...]:
    """A date, and its month and year, so that it is found by them."""
    return tuple(dict.fromkeys((day, day[:7], day[:4])))


class _Indexer:
    """Indexes a store of entries."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._columns = ColumnsWriter()
        self._fields: dict[str, int] = {}
        self._texts: Rows = []
        self._values: Rows = []
        self._edges: Rows = []
        self._referents: Rows = []

    def run(self, folder: Path) -> None:
        """Index all, and write the columns and words beside the store."""
        self._db.executescript(f"BEGIN; {_INDEXES}")
        read = self._db.cursor()
        read.execute("SELECT n, shown, json FROM entity ORDER BY n")
        for n, shown, json in read:
            entity = orjson.loads(json)
            if not shown:
                self._columns.add(entity["id"], "", {}, {}, shown=False, target=False, size=0)
                continue
            self._index(n, entity)
            if len(self._texts) >= _BATCH:
                self._flush()
        self._flush()
        self._db.execute("INSERT INTO text (text) VALUES ('optimize')")
        self._db.execute("DELETE FROM referent WHERE id IN (SELECT id FROM entity WHERE shown)")
        self._db.execute("CREATE UNIQUE INDEX value_key ON value (field, value, n)")
        self._db.execute("CREATE UNIQUE INDEX edge_key ON edge (target, prop, n)")
        terms = pa.table({"term": pa.array([row[0] for row in self._db.execute("SELECT term FROM term")], pa.string())})
        with pa.OSFile(str(folder / TERMS), "wb") as sink, pa.ipc.new_file(sink, terms.schema) as out:
            out.write_table(terms)
        self._db.execute("COMMIT")
        self._db.execute("ANALYZE")
        (folder / COLUMNS).mkdir()
        self._columns.write(folder / COLUMNS)

    def _index(self, n: int, entity: Entity) -> None:
        known = props_of(entity["schema"])
        names: list[str] = []
        body: list[str] = []
        fields: dict[str, dict[str, None]] = {
            "schema": {entity["schema"]: None},
            "datasets": dict.fromkeys(entity["datasets"]),
        }
        size = 0
        held: set[tuple[int, str]] = set()
        for name, given in entity["properties"].items():
            prop = known[name]
            size += len(given)
            code = self._field(f"properties.{name}", words=prop.words)
            if prop.entity:
                if prop.reverse:
                    self._edges += [(target, prop.reverse, n) for target in dict.fromkeys(given)]
                held.update((code, text) for text in given)
                continue
            group = self._field(prop.group, words=prop.words) if prop.group and prop.gathered else -1
            if prop.group in FIELDS and prop.gathered:
                fields.setdefault(prop.group, {}).update(dict.fromkeys(given))
            where = names if prop.group == "names" else body
            for text in given:
                plain = folded(text)
                where += (plain, GAP)
                kept = plain if prop.words else text.casefold()
                for one in shorter(kept) if prop.group == "dates" else (kept,):
                    held.add((code, one))
                    if group >= 0:
                        held.add((group, one))
        if entity["schema"] in PROPERTIES:
            code = self._field(NUMBERS, words=False)
            held.update((code, text) for text in numbers_of(entity["schema"], entity["properties"]))
        self._values += [(code, text, n) for code, text in held if text]
        self._texts.append((n, " ".join(names), " ".join(body)))
        self._referents += [(uid, entity["id"]) for uid in entity["referents"]]
        moments = {name: entity[name] for name in ("first_seen", "last_seen", "last_change")}
        self._columns.add(
            entity["id"], entity["caption"], {k: list(v) for k, v in fields.items()}, moments, shown=True,
            target=entity["target"], size=size,
        )  # fmt: skip

    def _field(self, name: str, *, words: bool) -> int:
        known = self._fields.get(name)
        if known is None:
            known = self._fields[name] = len(self._fields)
            self._db.execute("INSERT INTO field VALUES (?, ?, ?)", (known, name, words))
        return known

    def _flush(self) -> None:
        self._db.executemany("INSERT INTO text (rowid, names, body) VALUES (?, ?, ?)", self._texts)
        self._db.executemany("INSERT INTO value VALUES (?, ?, ?)", self._values)
        self._db.executemany("INSERT INTO edge VALUES (?, ?, ?)", self._edges)
        self._db.executemany("INSERT OR IGNORE INTO referent VALUES (?, ?)", self._referents)
        for rows in (self._texts, self._values, self._edges, self._referents):
            rows.clear()
