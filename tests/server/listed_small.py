"""A few made-up listed entities as a snapshot in memory, for tests of matching."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from caudal.screening import Screener
from caudal.server.data.catalogue import Catalogue, Dataset
from caudal.server.data.facts import ListedFacts, bits_of
from caudal.server.data.legal import Legal
from caudal.server.data.model import SCREENED
from caudal.server.data.numbered import PROPERTIES, numbers_of
from caudal.server.data.store import Entity, Found, Query
from caudal.server.snapshot import Snapshot


def entity(
    uid: str, schema: str, names: Sequence[str], datasets: Sequence[str], changed: str = "2026-03-01T00:00:00",
    referents: Sequence[str] = (), **properties: Any,
) -> Entity:  # fmt: skip
    """An entity as a store keeps it."""
    held = {name: [value] if isinstance(value, str) else list(value) for name, value in properties.items()}
    return {
        "id": uid, "caption": names[0], "schema": schema, "properties": {"name": list(names), **held},
        "datasets": list(datasets), "referents": list(referents), "target": True,
        "first_seen": "2025-01-01T00:00:00", "last_seen": "2026-03-02T00:00:00", "last_change": changed,
    }  # fmt: skip


LISTED = [
    entity("q-1", "Person", ["Tarquino Bellavance Orstedt", "Tarkino Belavans"], ["river"], referents=["old-1"],
           birthDate="1971-04-09", gender="male", nationality="br", topics=["sanction"]),
    entity("q-2", "Person", ["Quintessa Marlowick"], ["river"], birthDate="1980-12-01", topics=["crime"],
           changed="2024-05-05T10:00:00"),
    entity("q-3", "Person", ["Tarquino Bellavance Orstedt"], ["lake"], birthDate="1955-01-30", topics=["role.pep"]),
    entity("c-1", "Company", ["Vermillion Quayside Holdings Ltd"], ["lake"], jurisdiction="pa",
           registrationNumber="PA-778812", topics=["sanction"]),
    entity("o-1", "Organization", ["Ondergrave Brotherhood"], ["river", "lake"], topics=["crime.terror"]),
    entity("v-1", "Vessel", ["Grey Heron of Malvik"], ["lake"], imoNumber="IMO 9074729", topics=["sanction"]),
    entity("a-1", "Airplane", ["YV-3391 Skylark"], ["river"], registrationNumber="YV3391"),
    entity("l-1", "LegalEntity", ["Thessaly Brandt"], ["river"]),
    *(entity(f"m-{k}", "Person", [f"Jose Garcia {other}"], ["lake"])
      for k, other in enumerate(("Ruiz", "Soto", "Vega", "Cano", "Rey", "Gil", "Mora", "Pons", "Roca", "Sala"))),
]  # fmt: skip


class Register:
    """What the screener is made of."""

    def __init__(self, entities: Sequence[Entity]) -> None:
        self.entities = entities

    def tables(self) -> dict[str, pa.Table]:
        """See RegisterLike."""
        rows = [
            (one["id"], one["schema"], one["caption"], json.dumps(one["properties"]), one["datasets"][0])
            for one in self.entities
        ]
        names = [
            (one["id"], name, "primary" if k == 0 else "alias")
            for one in self.entities
            for k, name in enumerate(one["properties"]["name"])
        ]
        return {
            "entities": _table(("entity_id", "schema", "caption", "properties", "dataset"), rows),
            "names": _table(("entity_id", "name", "kind"), names),
        }


def _table(columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> pa.Table:
    cells = zip(*rows, strict=True)
    return pa.table({column: pa.array(cell, pa.string()) for column, cell in zip(columns, cells, strict=True)})


class Store:
    """Entities in memory."""

    def __init__(self, entities: Sequence[Entity]) -> None:
        self.held = {one["id"]: one for one in entities}
        self.referents = {old: one["id"] for one in entities for old in one["referents"]}

    def get(self, entity_id: str) -> Entity | None:
        """See EntityStore."""
        return self.held.get(entity_id)

    def many(self, entity_ids: Sequence[str]) -> dict[str, Entity]:
        """See EntityStore."""
        return {uid: self.held[uid] for uid in entity_ids if uid in self.held}

    def canonical(self, entity_id: str) -> str | None:
        """See EntityStore."""
        return self.referents.get(entity_id)

    def numbered(self, numbers: Sequence[str]) -> list[Entity]:
        """See EntityStore."""
        held = (one for one in self.held.values() if one["schema"] in PROPERTIES)
        return [one for one in held if set(numbers_of(one["schema"], one["properties"])) & set(numbers)]

    def nested(self, entity: Entity) -> Entity:
        """See EntityStore."""
        return entity

    def adjacent(self, entity: Entity, prop: str | None, limit: int, offset: int, sort: Any = ()) -> Any:
        """See EntityStore."""
        return {}

    def search(self, query: Query) -> Found:
        """Entities by words of the caption, asked as `/reconcile` does: whole ones, and the beginning of one."""
        whole = set(re.findall(r'names:"(.+?)"', query.text))
        begun = tuple(re.findall(r"names:(\w+)\*", query.text))
        found = []
        for one in self.held.values():
            words = one["caption"].casefold().split()
            if begun and whole <= set(words) and any(word.startswith(begun) for word in words):
                found += [one] if query.scope & set(one["datasets"]) else []
        return Found(found[query.offset : query.offset + query.limit], len(found), {})


CATALOGUE = Catalogue(
    [
        Dataset("default", "Everything", children=("river", "lake")),
        Dataset("river", "River list", "1"),
        Dataset("lake", "Lake list", "1"),
    ]
)


def facts(entities: Sequence[Entity]) -> ListedFacts:
    """Facts of entities."""
    schemata = tuple(sorted({one["schema"] for one in entities}))
    topics = tuple(sorted({topic for one in entities for topic in one["properties"].get("topics", ())}))
    datasets = tuple(sorted({name for one in entities for name in one["datasets"]}))
    return ListedFacts(
        datasets,
        schemata,
        topics,
        bits_of([one["datasets"] for one in entities], datasets),
        np.array([schemata.index(one["schema"]) for one in entities], np.int16),
        bits_of([one["properties"].get("topics", ()) for one in entities], topics),
        np.array([one["last_change"] for one in entities], "datetime64[s]"),
    )


def snapshot(entities: Sequence[Entity] = LISTED, catalogue: Catalogue = CATALOGUE) -> Snapshot:
    """A snapshot of some entities."""
    compared = [one for one in entities if one["schema"] in SCREENED]
    return Snapshot("small-1", catalogue, Store(entities), Screener(Register(compared)), facts(compared), Legal())


def person(name: str, **properties: Any) -> Mapping[str, Any]:
    """A query for a person."""
    return {"schema": "Person", "properties": {"name": [name], **properties}}
