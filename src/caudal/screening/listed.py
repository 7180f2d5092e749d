"""The register as the matcher sees it: every listed name encoded, indexed and counted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.screening.addresses import AddressWords
from caudal.screening.encoded import EncodedNames
from caudal.screening.near import Reference, Side
from caudal.screening.population import Population
from caudal.screening.screened import REMEMBERED, Subjects, encode_parties
from caudal.screening.spelling import Lexicon
from caudal.screening.subjects import Subject, from_properties, listed_ids


class RegisterLike(Protocol):
    """What screening needs of a register."""

    def tables(self) -> Mapping[str, pa.Table]:
        """At least `entities` and `names`."""
        ...


class Roll(Sequence[Subject]):
    """Everyone on the lists, in the order of `entities`, as an object only where somebody asks for it.

    Args:
        entities: entity_id, schema, properties, dataset, of whoever is on a list for a reason.
        names: owner (row of `entities`, ascending), name, kind.
    """

    def __init__(self, entities: pa.Table, names: pa.Table) -> None:
        self.entities, self.names = entities.combine_chunks(), names.combine_chunks()
        self._start = np.searchsorted(self.names["owner"].to_numpy(), np.arange(len(self) + 1)).tolist()
        self._known: dict[int, Subject] = {}
        self._ids = _whole(self.entities["entity_id"])

    @classmethod
    def of(cls, tables: Mapping[str, pa.Table]) -> Roll:
        """From the register's tables.

        Where `designations` is given too, whoever is neither designated nor tied to a group by a list is left out: an
        ownership register names many people who are only owners.
        """
        entities = tables["entities"].select(["entity_id", "schema", "caption", "properties", "dataset"])
        listed = listed_ids(tables)
        if listed is not None:
            entities = entities.filter(pc.is_in(entities["entity_id"], value_set=pa.array(sorted(listed), pa.string())))
        names = tables["names"].select(["entity_id", "name", "kind"])
        owner = pc.index_in(names["entity_id"], value_set=_whole(entities["entity_id"]))
        names = pa.table({"owner": owner.cast(pa.int32()), "name": names["name"], "kind": names["kind"]})
        names = names.filter(names["owner"].is_valid())
        # One without any name goes by its caption.
        nameless = np.setdiff1d(np.arange(entities.num_rows), names["owner"].to_numpy())
        captions = entities["caption"].take(pa.array(nameless, pa.int64()))
        more = pa.table(
            {
                "owner": pa.array(nameless, pa.int32()),
                "name": captions.cast(names["name"].type),
                "kind": pa.array(["primary"] * len(nameless)).cast(names["kind"].type),
            }
        )
        names = pa.concat_tables([names, more])
        order = np.argsort(names["owner"].to_numpy(), kind="stable")
        return cls(entities.drop_columns(["caption"]), names.take(pa.array(order)))

    def __len__(self) -> int:
        return int(self.entities.num_rows)

    def id(self, i: int) -> str:
        """The entity's id."""
        return str(self._ids[i].as_py())

    def dataset(self, i: int) -> str:
        """The list the entity comes from."""
        return str(self.entities["dataset"][i].as_py())

    def __getitem__(self, i: Any) -> Any:
        found = self._known.get(i)
        if found is None:
            if not -len(self) <= i < len(self):
                raise IndexError(i)
            if len(self._known) > REMEMBERED:
                self._known.clear()
            found = self._known[i] = next(self._made(i % len(self), i % len(self) + 1))
        return found

    def __iter__(self) -> Iterator[Subject]:
        for low in range(0, len(self), REMEMBERED):
            yield from self._made(low, min(low + REMEMBERED, len(self)))

    def _made(self, low: int, high: int) -> Iterator[Subject]:
        first = self._start[low]
        part = self.names.slice(first, self._start[high] - first)
        names, kinds = part["name"].to_pylist(), part["kind"].to_pylist()
        rows = self.entities.slice(low, high - low).to_pydict()
        for k, i in enumerate(range(low, high)):
            a, b = self._start[i] - first, self._start[i + 1] - first
            own = list(zip(names[a:b], kinds[a:b], strict=True))
            text = rows["properties"][k]
            properties = json.loads(text) if text else {}
            yield from_properties(rows["entity_id"][k], rows["schema"][k], own, properties, rows["dataset"][k])


class Listed:
    """Everyone on the lists, indexed.

    Args:
        register: see RegisterLike; `register.versions` names the list versions where it exists.
    """

    def __init__(self, register: RegisterLike) -> None:
        self.subjects = Roll.of(register.tables())
        everyone = list(self.subjects)
        names, self.name_kinds, _ = encode_parties(Subjects(everyone), again=self.subjects)
        self.names: EncodedNames = names
        kinds = np.fromiter((s.kind for s in everyone), np.int8, len(everyone))
        population = Population.of_lists(kinds, self.names)
        self.reference = Reference(self.names.words, population)
        holders: dict[str, list[int]] = {}
        for i, who in enumerate(everyone):
            for identifier in sorted(who.identifiers):
                holders.setdefault(identifier, []).append(i)
        self._identifiers = Lexicon.of(holders)
        self._holders = [np.array(rows, np.int32) for rows in holders.values()]
        self.versions = _versions(getattr(register, "versions", None))
        self._side: tuple[Population, Side] | None = None

    def side(self, population: Population) -> Side:
        """The listed names and what is known of their words in a population."""
        known = self._side
        if known is None or known[0] is not population:
            reference = self.reference
            side = Side(self.names, population.shares(), reference.mass(population), reference.common)
            known = self._side = (population, side)
        return known[1]

    def holders(self, identifiers: list[str]) -> list[list[int]]:
        """For every identifier the entities that hold it."""
        if not identifiers:
            return []
        found = self._identifiers.find(identifiers).tolist()
        return [self._holders[i].tolist() if i >= 0 else [] for i in found]

    @cached_property
    def address_words(self) -> AddressWords:
        """How rare words are in the listed addresses."""
        return AddressWords(address for subject in self.subjects for address in subject.addresses)

    def version(self, entity: int) -> str:
        """Dataset and version of the list an entity comes from."""
        dataset = self.subjects.dataset(entity)
        return self.versions.get(dataset, dataset)


def _whole(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _versions(versions: Any) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for version in versions or ():
        published = getattr(version, "published", None)
        words = str(version.version)
        if published is not None and str(published) not in words:
            words += f" of {published}"
        found.setdefault(str(version.dataset), []).append(words)
    return {dataset: f"{dataset} {', '.join(dict.fromkeys(words))}" for dataset, words in found.items()}
