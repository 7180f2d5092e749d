"""What of a store is compared with queries: the tables the screener is made of, and the facts matches are filtered by.

Row for row both are the entities that are compared, in the order of the store.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from caudal.errors import InputError
from caudal.screening.subjects import NAME_PROPERTIES
from caudal.server.data.facts import ListedFacts, bits_of
from caudal.server.data.gathering import Coded, Moments, Rows
from caudal.server.data.model import SCREENED
from caudal.server.data.store import Entity

FOLDER = "facts"
ENTITIES = ("entity_id", "schema", "caption", "properties", "dataset")
NAMES = ("entity_id", "name", "kind")
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
        self._entities, self._names = Rows(ENTITIES), Rows(NAMES)
        self._datasets, self._topics, self._schema = Coded(), Coded(), Coded()
        self._changed = Moments()

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
        for name, how in self.names.get(uid) or _names_of(entity):
            self._names.add((uid, name, how))
        packed = json.dumps(properties, ensure_ascii=False, separators=(",", ":"))
        self._entities.add((uid, kind, entity["caption"], packed, entity["datasets"][0]))
        self._datasets.add(tuple(entity["datasets"]))
        self._topics.add(tuple(properties.get("topics", ())))
        self._schema.add(entity["schema"])
        self._changed.add(entity["last_change"])

    def tables(self) -> dict[str, pa.Table]:
        """`entities` and `names`, as the screener reads them."""
        return {"entities": self._entities.table(), "names": self._names.table()}

    def facts(self) -> ListedFacts:
        """Facts, row for row."""
        datasets, topics = _known(self._datasets.values), _known(self._topics.values)
        return ListedFacts(
            datasets,
            tuple(self._schema.values),
            topics,
            bits_of(self._datasets.values, datasets)[self._datasets.codes()],
            self._schema.codes().astype(np.int16),
            bits_of(self._topics.values, topics)[self._topics.codes()],
            self._changed.array(),
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


def save_facts(facts: ListedFacts, folder: Path) -> None:
    """Write facts into a new folder."""
    folder.mkdir()
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
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in _ARRAYS}
        words = json.loads((folder / "names.json").read_bytes())
    except (OSError, ValueError) as error:
        raise InputError("the facts of a snapshot cannot be read", file=str(folder)) from error
    plain: dict[str, Any] = {name: np.asarray(array).view(np.ndarray) for name, array in arrays.items()}
    plain.update((name, tuple(held)) for name, held in words.items())
    return ListedFacts(**plain)
