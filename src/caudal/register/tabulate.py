"""The register as tables and back."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

import pyarrow as pa

from caudal.register.entry import Designation, Entity, Name
from caudal.register.membership import Membership
from caudal.tables import DESIGNATIONS, ENTITIES, MEMBERSHIPS, NAMES, OWNERSHIP, Table


def _build(shape: Table, rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(shape.columns)
    return shape.build({c.name: pa.array(v, type=c.type) for c, v in zip(shape.columns, columns, strict=True)})


def to_tables(
    entities: Sequence[Entity], memberships: Sequence[Membership], ownership: pa.Table
) -> dict[str, pa.Table]:
    """Entities, names, designations (all records, of any day), ownership and memberships."""
    packed = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    return {
        "entities": _build(
            ENTITIES,
            [(e.id, e.schema, e.caption, packed(e.properties), e.dataset, e.first_seen, e.last_seen) for e in entities],
        ),
        "names": _build(NAMES, [(e.id, n.name, n.kind, n.script) for e in entities for n in e.names]),
        "designations": _build(
            DESIGNATIONS,
            [(e.id, *_values_of(d)) for e in entities for d in e.designations],
        ),
        "ownership": OWNERSHIP.check(ownership),
        "memberships": _build(MEMBERSHIPS, [(m.group_id, m.entity_id, m.kind, m.source) for m in memberships]),
    }


_values_of = attrgetter(*(f.name for f in fields(Designation)))  # the columns after entity_id, in the same order


def _rows(table: pa.Table) -> list[tuple[Any, ...]]:
    return list(zip(*(c.to_pylist() for c in table.columns), strict=True))


def from_tables(tables: Mapping[str, pa.Table]) -> tuple[list[Entity], list[Membership], pa.Table]:
    """The inverse of `to_tables`.

    Raises:
        InputError: a table has another shape.
    """
    names: dict[str, list[Name]] = defaultdict(list)
    for entity_id, *rest in _rows(NAMES.check(tables["names"])):
        names[entity_id].append(Name(*rest))
    designations: dict[str, list[Designation]] = defaultdict(list)
    for entity_id, *rest in _rows(DESIGNATIONS.check(tables["designations"])):
        designations[entity_id].append(Designation(*rest))
    entities = [
        Entity(entity_id, schema, caption, names[entity_id], json.loads(packed), designations[entity_id], *seen)
        for entity_id, schema, caption, packed, *seen in _rows(ENTITIES.check(tables["entities"]))
    ]
    members = [Membership(*row) for row in _rows(MEMBERSHIPS.check(tables["memberships"]))]
    return entities, members, OWNERSHIP.check(tables["ownership"])
