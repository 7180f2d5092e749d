"""Screening again only what changed: a list entry, a customer, or both.

Kept from the last screening are its matches, a fingerprint of every party and every list entry, and the population (see
`frozen`). With the population held still a pair's evidence depends on its two sides alone, so that what must be done is

- every new or changed party against all entries,
- every other party against the new and changed entries,
- and of the matches kept, those of parties or entries that are gone or changed are dropped.

Parties that lost a match and had as many as are kept are screened against all entries besides (the next best moves up).
For that no index of today's entries is built: they are those of the index that was kept, without the ones gone or
changed since, and the ones that are new or changed since. The result is what a full screening with the same population
gives, and a test compares them. A full screening takes the population anew. `Delta.moved` says by how much it has moved
since.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.screening.frozen import INDEX, POPULATION, Frozen, census
from caudal.screening.listed import Listed, RegisterLike, version_words
from caudal.screening.screener import MOST_KEPT, Screener
from caudal.screening.stored import program
from caudal.screening.subjects import listed_ids
from caudal.storage import file_hash, read_table, write_table, write_text
from caudal.tables import ENTITIES, MATCHES, NAMES, PARTIES, SCREENED

STALE_BITS = 0.5
STALE_SHARE = 0.01
"""The population is stale when more than this share of the customers' words moved by more than STALE_BITS."""

STATE, MATCHED, MARKS = "state.json", "matches.parquet", "screened.parquet"
INDEXED = "indexed.parquet"
FILES = (MATCHED, MARKS, INDEXED, POPULATION, INDEX)


@dataclass(frozen=True)
class Delta:
    """What a screening again did.

    Attributes:
        matches: MATCHES of today. full: why everything was screened, or empty.
        parties, entries: new or changed; parties_gone, entries_gone: no longer there.
        again: parties screened against all entries; kept: matches that were left as they are.
        moved: share of the customers' words whose rarity moved by more than STALE_BITS.
        stale: whether that is too many, so that a full screening is due.
    """

    matches: pa.Table
    full: str
    parties: int
    entries: int
    parties_gone: int
    entries_gone: int
    again: int
    kept: int
    moved: float
    stale: bool


Make = Callable[[RegisterLike | Listed, Frozen | None], Screener]
"""Makes a screener over a register or an index, weighed by a day that was kept or by its own."""


def rescreen(
    folder: Path, register: RegisterLike, parties: pa.Table, make: Make, *, refresh: bool = False,
    progress: Callable[[int, int | None], None] | None = None,
) -> Delta:  # fmt: skip
    """Screen a file of parties, only what changed where the folder holds an earlier screening of it.

    Args:
        folder: keeps what the next time needs; written whole or, after an interruption, known to be unfinished.
        register: the lists of the day. parties: the PARTIES table.
        make: makes the screener. refresh: screen everything, and take the population anew.
        progress: as for `Screener.match`.

    Raises:
        InputError: two parties have one id.
    """
    table = PARTIES.check(parties)
    register = _Held(register)
    marks = _marks(register, table)
    before, why = _load(folder, make)
    if refresh:
        before, why = None, "it was asked for"
    if before is None:
        whole = make(register.given, None)
        matches = whole.match(table, progress)
        _save(folder, whole, marks, matches, whole.freeze(table))
        return Delta(
            matches, why, table.num_rows, len(marks["entity"]), 0, 0, table.num_rows, 0, 0.0, False
        )  # fmt: skip
    old, held, frozen, indexed = before
    changed = {kind: {i for i, mark in marks[kind].items() if old[kind].get(i) != mark} for kind in marks}
    gone = {kind: set(old[kind]) - set(marks[kind]) for kind in marks}
    entries = changed["entity"] | gone["entity"]
    again = set(changed["party"])
    if entries:
        again |= _lost(held, entries)
    again &= set(marks["party"])
    drop = pa.array(sorted(again | gone["party"]), pa.string()), pa.array(sorted(entries), pa.string())
    kept = held.filter(pc.invert(pc.or_(pc.is_in(held["party_id"], drop[0]), pc.is_in(held["entity_id"], drop[1]))))
    redone = pc.is_in(table["party_id"], value_set=pa.array(sorted(again), pa.string()))
    found = [kept]
    counts = None
    if changed["entity"]:  # all parties, so that their words are counted by the way
        part = make(_Part(register, changed["entity"]), frozen)
        more, counts = part.match_and_count(table, progress)
        found.append(more)
    if again:
        some = table.filter(redone)
        since = {entity for entity, mark in marks["entity"].items() if indexed.get(entity) != mark}
        left = since | (set(indexed) - set(marks["entity"]))
        found.append(make(frozen.listed, frozen).match_and_count(some, progress, without=left)[0])
        if since - changed["entity"]:
            found.append(make(_Part(register, since - changed["entity"]), frozen).match(some, progress))
    moved = frozen.moved(counts or census(table))
    matches = _of_today(_best(pa.concat_tables(found), marks), register)
    _save(folder, make(Nobody(), frozen), marks, matches, None)
    share = float((moved > STALE_BITS).mean()) if moved.size else 0.0
    return Delta(
        matches, "", len(changed["party"]), len(changed["entity"]), len(gone["party"]), len(gone["entity"]),
        len(again), kept.num_rows, share, share > STALE_SHARE,
    )  # fmt: skip


_Kept = tuple[dict[str, dict[str, str]], pa.Table, Frozen, dict[str, str]]
"""Marks, matches, the lists and customers of the day that was kept, and the marks of its entries."""


class _Held:
    """A register whose tables are made once."""

    def __init__(self, given: RegisterLike) -> None:
        self.given = given
        self.versions = getattr(given, "versions", None)
        self._tables = given.tables()

    def tables(self) -> Mapping[str, pa.Table]:
        return self._tables


class _Part:
    """Some of the entries of a register."""

    def __init__(self, register: RegisterLike, ids: Iterable[str]) -> None:
        wanted = pa.array(sorted(ids), pa.string())
        self._tables = {
            name: table.filter(pc.is_in(table["entity_id"], value_set=wanted))
            for name, table in register.tables().items()
            if "entity_id" in table.column_names
        }
        self.versions = getattr(register, "versions", None)

    def tables(self) -> Mapping[str, pa.Table]:
        return self._tables


def _marks(register: RegisterLike, parties: pa.Table) -> dict[str, dict[str, str]]:
    """Fingerprints of everything that is compared: {"party": {id: mark}, "entity": {id: mark}}."""
    tables = register.tables()
    listed = listed_ids(tables)
    names: dict[str, list[str]] = {}
    columns = (tables["names"][c].to_pylist() for c in ("entity_id", "name", "kind"))
    for entity, name, kind in zip(*columns, strict=True):
        names.setdefault(entity, []).append(f"{kind}\x1f{name}")
    entity_columns = ("entity_id", "schema", "caption", "properties", "dataset")
    entities = {}
    for entity, *rest in zip(*(tables["entities"][c].to_pylist() for c in entity_columns), strict=True):
        if listed is None or entity in listed:
            entities[entity] = _mark([*rest, *names.get(entity, ())])
    table = parties.combine_chunks()
    plain = [c.name for c in PARTIES.columns if c.name != "party_id" and not pa.types.is_list(c.type)]
    lists = [c.name for c in PARTIES.columns if pa.types.is_list(c.type)]
    joined = pc.binary_join_element_wise(
        *(pc.coalesce(table[name], "\x1d") for name in plain),
        *(pc.binary_join(table[name], "\x1e") for name in lists),
        "\x1f",
    ).to_pylist()
    ids = table["party_id"].to_pylist()
    found = {party: _mark([text]) for party, text in zip(ids, joined, strict=True)}
    if len(found) < len(ids):
        twice = next(party for party, n in Counter(ids).items() if n > 1)
        raise InputError(f"two parties are called {twice!r}", file="parties", field="party_id")
    return {"party": found, "entity": entities}


def _mark(texts: list[str | None]) -> str:
    held = "\x1c".join("\x1d" if text is None else text for text in texts)
    return hashlib.blake2b(held.encode("utf-8", "replace"), digest_size=12).hexdigest()


def _lost(matches: pa.Table, entries: set[str]) -> set[str]:
    """Parties that had as many matches as are kept, and lose one of them."""
    counts = Counter(matches["party_id"].to_pylist())
    rows = zip(matches["party_id"].to_pylist(), matches["entity_id"].to_pylist(), strict=True)
    return {party for party, entity in rows if entity in entries and counts[party] >= MOST_KEPT}


def _of_today(matches: pa.Table, register: RegisterLike) -> pa.Table:
    """Matches under today's version of their list; where they were kept, it holds the same entry."""
    words = version_words(getattr(register, "versions", None))
    entities = register.tables()["entities"]
    datasets = dict(zip(entities["entity_id"].to_pylist(), entities["dataset"].to_pylist(), strict=True))
    versions = [words.get(datasets[e], datasets[e]) for e in matches["entity_id"].to_pylist()]
    at = matches.schema.get_field_index("list_version")
    return matches.set_column(at, matches.schema.field(at), pa.array(versions, pa.string()))


def _best(matches: pa.Table, marks: Mapping[str, Mapping[str, str]]) -> pa.Table:
    """Best first within a party, parties in their order, as many as are kept; of a pair found twice the first."""
    party = {p: i for i, p in enumerate(marks["party"])}
    entity = {e: i for i, e in enumerate(marks["entity"])}
    columns = (matches[c].to_pylist() for c in ("party_id", "bits", "entity_id"))
    keys = [(party[p], -bits, entity[e]) for p, bits, e in zip(*columns, strict=True)]
    order, seen = [], Counter[int]()
    once = {(p, e): i for i, (p, _, e) in reversed(list(enumerate(keys)))}
    for i in sorted(once.values(), key=keys.__getitem__):
        seen[keys[i][0]] += 1
        if seen[keys[i][0]] <= MOST_KEPT:
            order.append(i)
    return MATCHES.check(matches.take(pa.array(order, pa.int64())))


def _save(folder: Path, screener: Screener, marks: Any, matches: pa.Table, frozen: Frozen | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    state = folder / STATE
    state.unlink(missing_ok=True)  # until everything is written, nothing is
    if frozen is not None:
        frozen.save(folder)
        _write_marks({"entity": marks["entity"]}, folder / INDEXED)
    write_table(matches, MATCHES, folder / MATCHED)
    _write_marks(marks, folder / MARKS)
    hashes = {name: file_hash(folder / name) for name in FILES}
    write_text(json.dumps({"settings": _settings(screener), "files": hashes}, indent=1), state)


def _write_marks(marks: Mapping[str, Mapping[str, str]], path: Path) -> None:
    rows: dict[str, list[str]] = {name: [] for name in ("kind", "id", "fingerprint")}
    for kind, held in marks.items():
        rows["kind"] += [kind] * len(held)
        rows["id"] += held.keys()
        rows["fingerprint"] += held.values()
    write_table(SCREENED.build(rows), SCREENED, path)


def _read_marks(path: Path) -> dict[str, dict[str, str]]:
    marks: dict[str, dict[str, str]] = {"party": {}, "entity": {}}
    rows = read_table(path, SCREENED).to_pydict()
    for kind, id_, mark in zip(rows["kind"], rows["id"], rows["fingerprint"], strict=True):
        marks[kind][id_] = mark
    return marks


def _load(folder: Path, make: Make) -> tuple[_Kept | None, str]:
    """What was kept, or None and why everything must be screened."""
    if not (folder / STATE).is_file():
        return None, "nothing was kept before"
    try:
        held = json.loads((folder / STATE).read_text(encoding="utf-8"))
        whole = all(file_hash(folder / name) == hash_ for name, hash_ in held["files"].items())
        if not whole or set(held["files"]) != set(FILES):
            return None, "what was kept is not whole"
        frozen = Frozen.load(folder, check=False)
        matches = read_table(folder / MATCHED, MATCHES)
        marks, indexed = _read_marks(folder / MARKS), _read_marks(folder / INDEXED)["entity"]
        settings = held["settings"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, InputError):
        return None, "what was kept cannot be read"
    if settings != _settings(make(Nobody(), frozen)):
        return None, "the settings or the program changed"
    return (marks, matches, frozen, indexed), ""


class Nobody:
    """A register of nobody, to make a screener for its settings alone."""

    def tables(self) -> Mapping[str, pa.Table]:
        """No entity and no name."""
        return {"entities": ENTITIES.empty(), "names": NAMES.empty()}


def _settings(screener: Screener) -> dict[str, Any]:
    costs = screener.bands.costs
    return {
        "threshold": screener.threshold,
        "costs": [costs.miss, costs.false_alert, costs.question],
        "weights": repr(screener.weights),
        "calibration": repr(screener.calibration),
        "program": program(),
    }
