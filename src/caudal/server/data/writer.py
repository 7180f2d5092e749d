"""Writes the entities of a snapshot: SQLite for what is looked up by key and by words, arrays for what is counted.

Entries are taken in as they come (`take`), each for the dataset that it was loaded for, and kept, so that a later
snapshot can start from them. `finish` puts entries of one id together and indexes whatever is shown.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from caudal.server.data.columns import FIELDS, ColumnsWriter
from caudal.server.data.entities import put_together
from caudal.server.data.model import props_of
from caudal.server.data.store import Entity
from caudal.server.data.words import GAP, folded

FILE = "store.sqlite"
COLUMNS = "columns"
TERMS = "terms.arrow"
_SCHEMA = """
CREATE TABLE entity (n INTEGER PRIMARY KEY, loaded TEXT, id TEXT NOT NULL, shown INTEGER NOT NULL,
                     listed INTEGER NOT NULL, json BLOB NOT NULL);
CREATE TABLE referent (id TEXT PRIMARY KEY, canonical TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE edge (target TEXT, prop TEXT, n INTEGER, PRIMARY KEY (target, prop, n)) WITHOUT ROWID;
CREATE TABLE field (code INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, words INTEGER NOT NULL);
CREATE TABLE value (field INTEGER, value TEXT, n INTEGER, PRIMARY KEY (field, value, n)) WITHOUT ROWID;
CREATE VIRTUAL TABLE text USING fts5 (names, body, content='', tokenize='ascii');
CREATE VIRTUAL TABLE term USING fts5vocab ('text', 'row');
"""
_BATCH = 2_000


class StoreWriter:
    """Writes a store into a folder that is there and empty."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._db = sqlite3.connect(folder / FILE, isolation_level=None)
        self._db.executescript(
            "PRAGMA page_size = 8192; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            "PRAGMA cache_size = -65536; PRAGMA locking_mode = EXCLUSIVE; BEGIN;" + _SCHEMA
        )
        self._n = 0

    def take(self, entries: Iterable[tuple[Entity, bool]], loaded: str) -> int:
        """Keep entries of a dataset that is loaded; with each goes whether it is compared with queries.

        Returns:
            How many there were.
        """
        first = self._n
        self._db.executemany("INSERT INTO entity VALUES (?, ?, ?, 1, ?, ?)", self._rows(entries, loaded))
        return self._n - first

    def _rows(self, entries: Iterable[tuple[Entity, bool]], loaded: str) -> Iterator[tuple[Any, ...]]:
        for entity, listed in entries:
            yield self._n, loaded, entity["id"], listed, orjson.dumps(entity)
            self._n += 1

    def copy(self, store: Path, loaded: str, without: frozenset[str] = frozenset()) -> int:
        """Take the entries of a dataset over from another store, but for some ids; how many there were."""
        other = sqlite3.connect(f"file:{store / FILE}?mode=ro&immutable=1", uri=True)
        try:
            rows = other.execute("SELECT id, listed, json FROM entity WHERE loaded = ? ORDER BY n", (loaded,))
            first = self._n
            self._db.executemany(
                "INSERT INTO entity VALUES (?, ?, ?, 1, ?, ?)",
                ((self._next(), loaded, uid, listed, json) for uid, listed, json in rows if uid not in without),
            )
            return self._n - first
        finally:
            other.close()

    def _next(self) -> int:
        self._n += 1
        return self._n - 1

    def finish(self) -> Iterator[tuple[Entity, bool]]:
        """Index everything; gives every entity that is shown, and whether it is compared with queries, as it goes.

        The store is whole when the last was given.
        """
        self._merge()
        self._columns = ColumnsWriter()
        self._fields: dict[str, int] = {}
        read = self._db.cursor()
        read.execute("SELECT n, shown, listed, json FROM entity ORDER BY n")
        texts: list[tuple[Any, ...]] = []
        values: list[tuple[Any, ...]] = []
        edges: list[tuple[Any, ...]] = []
        referents: list[tuple[Any, ...]] = []
        for n, shown, listed, json in read:
            entity = orjson.loads(json)
            if not shown:
                self._columns.add(entity["id"], "", {}, {}, shown=False, target=False, size=0)
                continue
            self._index(n, entity, texts, values, edges)
            referents += [(uid, entity["id"]) for uid in entity["referents"]]
            if len(texts) >= _BATCH:
                self._flush(texts, values, edges, referents)
            yield entity, bool(listed)
        self._flush(texts, values, edges, referents)
        self._close()

    def _merge(self) -> None:
        """Put entries of one id together: the parts stay, out of sight, and the whole is one entry more."""
        self._db.execute("CREATE INDEX entity_id ON entity (id)")
        twice = [
            r[0] for r in self._db.execute("SELECT id FROM entity GROUP BY id HAVING count(*) > 1 ORDER BY min(n)")
        ]
        for uid in twice:
            parts = self._db.execute("SELECT listed, json FROM entity WHERE id = ? ORDER BY n", (uid,)).fetchall()
            whole = put_together(orjson.loads(json) for _, json in parts)
            self._db.execute("UPDATE entity SET shown = 0 WHERE id = ?", (uid,))
            listed = any(one for one, _ in parts)
            self._db.execute(
                "INSERT INTO entity VALUES (?, NULL, ?, 1, ?, ?)", (self._next(), uid, listed, orjson.dumps(whole))
            )

    def _index(
        self, n: int, entity: Entity, texts: list[tuple[Any, ...]], values: list[tuple[Any, ...]],
        edges: list[tuple[Any, ...]],
    ) -> None:  # fmt: skip
        known = props_of(entity["schema"])
        names: list[str] = []
        body: list[str] = []
        fields: dict[str, dict[str, None]] = defaultdict(dict)
        size = 0
        fields["schema"][entity["schema"]] = None
        fields["datasets"] = dict.fromkeys(entity["datasets"])
        held: set[tuple[int, str]] = set()
        for name, given in entity["properties"].items():
            prop = known[name]
            size += len(given)
            if prop.entity:
                if prop.reverse:
                    edges += [(target, prop.reverse, n) for target in given]
                held.update((self._field(f"properties.{name}", words=False), text) for text in given)
                continue
            code = self._field(f"properties.{name}", words=prop.words)
            group = self._field(prop.group, words=prop.words) if prop.group and prop.gathered else -1
            column = fields[prop.group] if prop.group in FIELDS and prop.gathered else None
            where = names if prop.group == "names" else body
            for text in given:
                plain = folded(text)
                where += (plain, GAP)
                kept = plain if prop.words else text.casefold()
                held.add((code, kept))
                if group >= 0:
                    held.add((group, kept))
                if column is not None:
                    column[text] = None
        values += [(code, text, n) for code, text in held if text]
        texts.append((n, " ".join(names), " ".join(body)))
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

    def _flush(
        self, texts: list[tuple[Any, ...]], values: list[tuple[Any, ...]], edges: list[tuple[Any, ...]],
        referents: list[tuple[Any, ...]],
    ) -> None:  # fmt: skip
        self._db.executemany("INSERT INTO text (rowid, names, body) VALUES (?, ?, ?)", texts)
        self._db.executemany("INSERT INTO value VALUES (?, ?, ?)", values)
        self._db.executemany("INSERT OR IGNORE INTO edge VALUES (?, ?, ?)", edges)
        self._db.executemany("INSERT OR IGNORE INTO referent VALUES (?, ?)", referents)
        for one in (texts, values, edges, referents):
            one.clear()

    def _close(self) -> None:
        self._db.execute("INSERT INTO text (text) VALUES ('optimize')")
        self._db.execute("DELETE FROM referent WHERE id IN (SELECT id FROM entity WHERE shown)")
        terms = pa.array([row[0] for row in self._db.execute("SELECT term FROM term")], pa.string())
        with pa.OSFile(str(self.folder / TERMS), "wb") as sink:
            table = pa.table({"term": terms})
            with pa.ipc.new_file(sink, table.schema) as out:
                out.write_table(table)
        self._db.execute("COMMIT")
        self._db.execute("ANALYZE")
        self._db.close()
        folder = self.folder / COLUMNS
        folder.mkdir()
        self._columns.write(folder)

    def abandon(self) -> None:
        """Let go of the file of a store that will not be finished."""
        self._db.close()
