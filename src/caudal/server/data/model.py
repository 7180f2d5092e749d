"""What the FollowTheMoney model says of each schema, kept as plain sets for speed.

Model: https://followthemoney.tech/explorer/
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from followthemoney import model
from followthemoney.schema import Schema
from followthemoney.types import registry

TEXT_GROUPS = frozenset({"names", "addresses"})
"""Groups whose values are read as words, not as one code."""
SCREENED = {
    "Person": "Person",
    "PublicBody": "Organization",
    "Company": "Company",
    "Organization": "Organization",
    "LegalEntity": "LegalEntity",
    "Vessel": "Vessel",
    "Airplane": "Airplane",
}
"""Schemata that are compared with queries, and what the screener takes each for."""


@dataclass(frozen=True, slots=True)
class Prop:
    """A property of a schema.

    Attributes:
        name: its name. group: the field that values of its type share (`countries`, `names`), None where there is none.
        gathered: whether its values count in that field.
        entity: whether it leads to another entity; reverse: the property of the other that leads back, empty if none.
        words: whether its values are read as words.
    """

    name: str
    group: str | None
    gathered: bool
    entity: bool
    reverse: str
    words: bool


@cache
def schema_of(name: str) -> Schema | None:
    """A schema of the model."""
    return model.get(name)


@cache
def props_of(name: str) -> dict[str, Prop]:
    """Properties of a schema that hold values (not the ways back of others); none for an unknown schema."""
    schema = schema_of(name)
    if schema is None:
        return {}
    found = {}
    for prop in schema.properties.values():
        if prop.stub:
            continue
        group = prop.type.group
        found[prop.name] = Prop(
            prop.name,
            group,
            group is not None and not (prop.type.matchable and not prop.matchable),
            prop.type == registry.entity,
            prop.reverse.name if prop.reverse is not None else "",
            group in TEXT_GROUPS or group is None,
        )
    return found


@cache
def entity_props(name: str) -> tuple[str, ...]:
    """Properties of a schema that lead to entities, the ways back included."""
    schema = schema_of(name)
    if schema is None:
        return ()
    return tuple(p.name for p in schema.properties.values() if p.type == registry.entity)


@cache
def is_edge(name: str) -> bool:
    """Whether entities of the schema stand between two others."""
    schema = schema_of(name)
    return schema is not None and (schema.edge or schema.is_a("Interval"))


@cache
def answering(name: str) -> frozenset[str]:
    """Schemata that a search for one covers.

    Those it makes sense to compare with it: itself, what it may be said of more closely or less closely; for one that
    is only a heading, all below it.
    """
    schema = schema_of(name)
    if schema is None:
        return frozenset()
    names = {s.name for s in schema.matchable_schemata} | {name}
    if not schema.matchable:
        names |= {s.name for s in schema.descendants}
    return frozenset(names)


@cache
def caption_props(name: str) -> tuple[str, ...]:
    """Properties that an entity is called by, best first."""
    schema = schema_of(name)
    return () if schema is None else tuple(schema.caption)


@cache
def label(name: str) -> str:
    """What one entity of the schema is called."""
    schema = schema_of(name)
    return name if schema is None else schema.label


def more_specific(a: str, b: str) -> str | None:
    """The narrower of two schemata, one of which is the other or below it; None where neither is."""
    if a == b:
        return a
    one, other = schema_of(a), schema_of(b)
    if one is None or other is None:
        return None
    if one.is_a(other):
        return a
    return b if other.is_a(one) else None


@cache
def _fields() -> frozenset[str]:
    return frozenset(registry.groups) | {name for schema in model for name in schema.properties}


def is_field(name: str) -> bool:
    """Whether some schema has a property, or some values are gathered under a name."""
    return name.removeprefix("properties.") in _fields()
