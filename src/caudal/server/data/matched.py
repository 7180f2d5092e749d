"""What of a store is compared with queries: the tables the screener is made of, and the facts matches are filtered by.

Row for row both are the entities that are compared, in the order of the store.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from caudal.errors import InputError
from caudal.screening.subjects import NAME_PROPERTIES
from caudal.server.data.facts import ListedFacts, bits_of
from caudal.server.data.model import SCREENED
from caudal.server.data.store import Entity

FOLDER = "facts"
_ARRAYS = ("dataset_bits", "schema", "topic_bits", "changed")


@dataclass(frozen=True)
class Version:
    """One version of a dataset, as the screener names it beside a match."""

    dataset: str
    version: str
    published: Any = None


@dataclass(frozen=True)
class Register:
    """A register as the screener sees it."""

    held: Mapping[str, pa.Table]
    versions: list[Version]

    def tables(self) -> Mapping[str, pa.Table]:
        """`entities` and `names`."""
        return self.held


@dataclass
class Compared:
    """Gathers who is compared.

    Attributes:
        names: (entity id, name, kind) of entities whose names are known with their kinds; of others they are taken
            from the properties.
        versions: of the datasets.
    """

    names: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    versions: list[Version] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._entities: list[tuple[str, str, str, str, str]] = []
        self._names: list[tuple[str, str, str]] = []
        self._datasets: list[list[str]] = []
        self._topics: list[list[str]] = []
        self._schema: list[str] = []
        self._changed: list[str] = []

    def take(self, entities: Iterable[Entity]) -> None:
        """Take in entities, one after another."""
        for entity in entities:
            self.add(entity)

    def add(self, entity: Entity) -> None:
        """Take in the next entity; whatever is neither a party nor a vessel or aircraft is passed over."""
        kind = SCREENED.get(entity["schema"])
        if kind is None:
            return
        uid, properties = entity["id"], entity["properties"]
        known = self.names.get(uid) or _names_of(entity)
        self._names += [(uid, name, how) for name, how in known]
        packed = json.dumps(properties, ensure_ascii=False, separators=(",", ":"))
        self._entities.append((uid, kind, entity["caption"], packed, entity["datasets"][0]))
        self._datasets.append(entity["datasets"])
        self._topics.append(properties.get("topics", []))
        self._schema.append(entity["schema"])
        self._changed.append(entity["last_change"] or "NaT")

    def tables(self) -> dict[str, pa.Table]:
        """`entities` and `names`, as the screener reads them."""
        return {
            "entities": _table(("entity_id", "schema", "caption", "properties", "dataset"), self._entities),
            "names": _table(("entity_id", "name", "kind"), self._names),
        }

    def facts(self) -> ListedFacts:
        """Facts, row for row."""
        datasets, topics = _known(self._datasets), _known(self._topics)
        schemata = tuple(dict.fromkeys(self._schema))
        code = {name: k for k, name in enumerate(schemata)}
        return ListedFacts(
            np.array([one[0] for one in self._entities], np.str_),
            datasets,
            schemata,
            topics,
            bits_of(self._datasets, datasets),
            np.array([code[name] for name in self._schema], np.int16),
            bits_of(self._topics, topics),
            np.array(self._changed, "datetime64[s]"),
        )


def _names_of(entity: Entity) -> list[tuple[str, str]]:
    """Names and their kinds from properties: of several `name`s the caption is the main one, the others aliases."""
    properties = entity["properties"]
    caption = entity["caption"]
    main = properties.get("name", [])
    first = caption if caption in main else next(iter(main), caption)
    found = [(first, "primary")]
    for prop, how in NAME_PROPERTIES:
        found += [(name, "alias" if how == "primary" else how) for name in properties.get(prop, ()) if name != first]
    return [(name, how) for name, how in found if any(map(str.isalnum, name))]


def _known(sets: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for names in sets for name in names))


def _table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> pa.Table:
    cells = list(zip(*rows, strict=True)) or [()] * len(columns)
    return pa.table({name: pa.array(cell, pa.string()) for name, cell in zip(columns, cells, strict=True)})


def save_facts(facts: ListedFacts, folder: Path) -> None:
    """Write facts into a new folder."""
    folder.mkdir()
    np.save(folder / "ids.npy", facts.ids.astype(np.str_))
    for name in _ARRAYS:
        np.save(folder / f"{name}.npy", getattr(facts, name))
    words = {name: getattr(facts, name) for name in ("datasets", "schemata", "topics")}
    (folder / "names.json").write_text(json.dumps(words, ensure_ascii=False), "utf-8")


def load_facts(folder: Path) -> ListedFacts:
    """Open facts, mapped into memory.

    Raises:
        InputError: a file is missing or cannot be read.
    """
    try:
        arrays = {
            name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in ("ids", *_ARRAYS)
        }
        words = json.loads((folder / "names.json").read_bytes())
    except (OSError, ValueError) as error:
        raise InputError("the facts of a snapshot cannot be read", file=str(folder)) from error
    plain: dict[str, Any] = {name: np.asarray(array).view(np.ndarray) for name, array in arrays.items()}
    plain.update((name, tuple(held)) for name, held in words.items())
    return ListedFacts(**plain)
