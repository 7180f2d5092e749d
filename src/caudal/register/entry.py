"""What a list says about one person, firm, group or vessel."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

NameKind = Literal["primary", "alias", "weak", "former", "original script"]
SCHEMAS = frozenset({"Person", "Company", "Organization", "LegalEntity", "Vessel", "Airplane"})
"""The FollowTheMoney schemata a listed entity may have."""

PROPERTY_OF_KIND: dict[str, str] = {
    "primary": "name",
    "alias": "alias",
    "weak": "weakAlias",
    "former": "previousName",
    "original script": "alias",
}
"""The FollowTheMoney property that holds names of each kind."""


_PARTIAL = re.compile(r"\b(?:year|month) only: (\d{4})(?:-(0[1-9]|1[0-2]))?\b")
"""How a source's words say that the day is not known, only its year or month."""


@dataclass(frozen=True, slots=True)
class Name:
    """One name as the list writes it; `script` is an ISO 15924 code, or None where scripts mix."""

    name: str
    kind: NameKind
    script: str | None


def bounds(words: str) -> tuple[date, date] | None:
    """First and last day that words such as `year only: 2009` or `month only: 2025-08` leave open."""
    found = _PARTIAL.search(words)
    if not found:
        return None
    year, month = int(found[1]), int(found[2] or 0)
    return date(year, month or 1, 1), date(year, month or 12, monthrange(year, month or 12)[1])


@dataclass(frozen=True, slots=True)
class Designation:
    """One listing under one authority. A day the source does not give is None, never guessed.

    `not_before` and `not_after` bound the first day where it is not known: from a year or month that the source gives
    (taken from `year only: 2009` in its words where the reader does not set them), or from the list versions between
    which it appeared. `ended_after` and `ended` bound the last in the same way: it was still named on the one, no
    longer on the other.
    """

    authority: str
    programme: str
    announced: date | None = None
    signed: date | None = None
    effective: date | None = None
    ended: date | None = None
    source: str = ""
    source_url: str | None = None
    not_before: date | None = None
    not_after: date | None = None
    ended_after: date | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        if self.effective is None and self.not_before is None and self.not_after is None:
            found = bounds(f"{self.source} {self.note}")
            if found:
                object.__setattr__(self, "not_before", found[0])
                object.__setattr__(self, "not_after", found[1])

    @property
    def words(self) -> str:
        """The source and what it says of its days."""
        return f"{self.source}; {self.note}" if self.note else self.source

    @property
    def began(self) -> tuple[date | None, date | None]:
        """Between which days it took effect: not before the first, not after the second; None where nothing is known.

        A day of effect gives both. Where the source gives only a year or a month, or only list versions tell, these
        bounds. Where it was only announced or signed, it was not in force before, and when it came into force is not
        known.
        """
        if self.effective is not None:
            return self.effective, self.effective
        if self.not_before is not None or self.not_after is not None:
            return self.not_before, self.not_after
        days = [d for d in (self.announced, self.signed) if d is not None]
        return (min(days) if days else None), None

    @property
    def dated(self) -> bool:
        """True where anything is known about when it began or ended."""
        return self.began != (None, None) or self.ended is not None

    def on(self, day: date) -> bool:
        """True where the source's own days show that it was in force on `day`."""
        last = self.began[1]
        return last is not None and day >= last and not self.off(day) and not self.ending(day)

    def ending(self, day: date) -> bool:
        """True on the days between the last list version that named it and the first that did not."""
        return self.ended_after is not None and day > self.ended_after and not self.off(day)

    def opening(self, day: date) -> bool:
        """True on the days on which it may have begun, where only bounds of its first day are known."""
        return self.effective is None and self.not_after is not None and day < self.not_after and not self.off(day)

    def off(self, day: date) -> bool:
        """True where the source's own days show that it was not in force on `day`."""
        first = self.began[0]
        return (first is not None and day < first) or (self.ended is not None and day >= self.ended)


@dataclass(slots=True)
class Entity:
    """A listed person, company, organisation, vessel or aircraft.

    Attributes:
        id: the list's prefix and the list's own id, such as `ofac-36`.
        schema: FollowTheMoney schema.
        caption: the name shown to people.
        names: every name as published.
        properties: FollowTheMoney properties, each a list of strings (names included).
        designations: the listings; in a register of a given day, only those not known to be out of force that day.
        dataset: the list it comes from.
        first_seen: day of the earliest list version held that names it.
        last_seen: day of the latest one.
    """

    id: str
    schema: str
    caption: str
    names: list[Name]
    properties: dict[str, list[str]]
    designations: list[Designation]
    dataset: str
    first_seen: date | None = None
    last_seen: date | None = None

    def to_ftm(self) -> dict[str, Any]:
        """The entity as a FollowTheMoney dict."""
        return {"id": self.id, "schema": self.schema, "properties": self.properties}


@dataclass(slots=True)
class Link:
    """A list's word that one entity is tied to another entity or group, known by name or id.

    `mutual` says that the words name the tie without saying which of the two belongs to the other.
    """

    entity_id: str
    to: str
    words: str
    mutual: bool = False


@dataclass(slots=True)
class Draft:
    """An entity while it is being read: names and properties without repeats, in order of reading."""

    id: str
    schema: str
    names: dict[tuple[str, str], Name] = field(default_factory=dict)
    properties: dict[str, dict[str, None]] = field(default_factory=dict)

    def name(self, text: str, kind: NameKind, script: str | None) -> None:
        """Add a name once."""
        self.names.setdefault((text, kind), Name(text, kind, script))

    def add(self, prop: str, value: str | None) -> None:
        """Add a property value once; an empty one is nothing."""
        if value:
            self.properties.setdefault(prop, {})[value] = None

    def finish(
        self,
        caption: str,
        designations: list[Designation],
        dataset: str,
        seen: date | None,
        *,
        extra: str | None = None,
    ) -> Entity:
        """The entity; `extra` is a further `name` for FollowTheMoney, such as the natural order."""
        properties: dict[str, list[str]] = {}
        if extra:
            properties["name"] = [extra]
        for name in self.names.values():
            values = properties.setdefault(PROPERTY_OF_KIND[name.kind], [])
            if name.name not in values:
                values.append(name.name)
        for prop, held in self.properties.items():
            properties[prop] = list(held)
        return Entity(
            self.id, self.schema, caption, list(self.names.values()), properties, designations, dataset, seen, seen
        )
