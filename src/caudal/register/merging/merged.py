"""One entity as several lists have it, every statement with its source."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from caudal.register.entry import Designation, Entity

_ORDER = ("caudal_groups", "un_sc", "us_ofac", "eu", "gb", "ca")
_SCHEMA = {"Company": 0, "Organization": 1, "LegalEntity": 2}


def canonical(members: Sequence[Entity]) -> str:
    """The id that stands for all: that of the member which comes first by list, then by id.

    The lists' order is fixed: built-in groups, United Nations, OFAC, EU, United Kingdom, Canada, then others by name.
    So the id does not depend on the order of reading, and changes only when a list that comes earlier begins or ceases
    to name the entity; every member's own id keeps working.
    """
    return min(members, key=_place).id


def _place(entity: Entity) -> tuple[int, str, list[tuple[int, int | str]]]:
    rank = next((i for i, start in enumerate(_ORDER) if entity.dataset.startswith(start)), len(_ORDER))
    parts: list[tuple[int, int | str]] = [(0, int(p)) if p.isdigit() else (1, p) for p in _DIGITS.split(entity.id) if p]
    return rank, entity.dataset if rank == len(_ORDER) else "", parts


_DIGITS = re.compile(r"([0-9]+)")


@dataclass(frozen=True, slots=True)
class Statement:
    """One list's word: the property (FollowTheMoney; names among them), its value, the list and its entry."""

    prop: str
    value: str
    dataset: str
    entity_id: str


@dataclass(frozen=True, slots=True)
class Listing:
    """One designation and the list and entry that hold it."""

    designation: Designation
    dataset: str
    entity_id: str


@dataclass(frozen=True)
class Merged:
    """One entity of several lists.

    Attributes:
        id: the canonical id (see `canonical`).
        members: the lists' own entries, the canonical one first.
    """

    id: str
    members: list[Entity]

    @classmethod
    def of(cls, members: Sequence[Entity]) -> Merged:
        """Entries that are one entity."""
        ordered = sorted(members, key=_place)
        return cls(ordered[0].id, ordered)

    @property
    def caption(self) -> str:
        """The name shown to people: that of the canonical entry."""
        return self.members[0].caption

    @property
    def schema(self) -> str:
        """The most telling schema any list gives."""
        return min((e.schema for e in self.members), key=lambda s: _SCHEMA.get(s, 0))

    @cached_property
    def statements(self) -> list[Statement]:
        """All that the lists say, names and properties, in order of property, then of list."""
        found = [
            Statement(p, v, e.dataset, e.id) for e in self.members for p, held in e.properties.items() for v in held
        ]
        return sorted(found, key=lambda s: s.prop)

    @cached_property
    def listings(self) -> list[Listing]:
        """All designations with the list that holds each."""
        return [Listing(d, e.dataset, e.id) for e in self.members for d in e.designations]

    def said(self, prop: str) -> dict[str, list[str]]:
        """Value of one property to the lists that say it: `{"1970-02-03": ["un_sc", "us_ofac_sdn"]}`."""
        found: dict[str, list[str]] = {}
        for statement in self.statements:
            if statement.prop == prop and statement.dataset not in found.setdefault(statement.value, []):
                found[statement.value].append(statement.dataset)
        return found

    def entity(self) -> Entity:
        """All of it as one entity, for those who do not ask which list says what."""
        properties: dict[str, dict[str, None]] = {}
        for member in self.members:
            for prop, values in member.properties.items():
                properties.setdefault(prop, {}).update(dict.fromkeys(values))
        seen = [d for e in self.members for d in (e.first_seen, e.last_seen) if d is not None]
        return replace(
            self.members[0],
            schema=self.schema,
            names=list({(n.name, n.kind): n for e in self.members for n in e.names}.values()),
            properties={prop: list(values) for prop, values in properties.items()},
            designations=[listing.designation for listing in self.listings],
            first_seen=min(seen, default=None),
            last_seen=max(seen, default=None),
        )
