"""What of an entity speaks for or against its being another one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from caudal.register.entry import Entity
from caudal.register.merging.identifiers import identifiers, plain
from caudal.register.merging.names import Key, body_key, person_key, words_of
from caudal.register.naming import fold

_NATURE = {"Person": "person", "Vessel": "vessel", "Airplane": "aircraft"}
_SCOPE = ("country", "jurisdiction", "mainCountry", "nationality", "citizenship", "birthCountry", "flag")
_SEAT = ("jurisdiction", "mainCountry", "country")
_SITE = re.compile(r"^(?:https?://)?(?:www\.)?([^/\s]+)", re.IGNORECASE)
_DAY = 10


@dataclass(slots=True)
class Traits:
    """One entity's traits.

    Attributes:
        nature: person, body, vessel or aircraft.
        numbers: kind of identifier to its numbers, written alike.
        scope: countries a national number may be of.
        seat: countries of registration or seat of a body.
        births: dates of birth as ISO text of whatever precision.
        gender: as published, where there is exactly one.
        full: full names written alike, weak ones aside, each with whether it is the primary name.
        words: every word of its names.
        contacts: mail, web and phone addresses, days of foundation and bank codes of a body, each with its kind.
        addresses: words and numbers of each postal address.
    """

    entity: Entity
    nature: str
    numbers: dict[str, set[str]]
    scope: set[str]
    seat: set[str]
    births: set[str]
    gender: str | None
    full: dict[Key, bool]
    words: set[str]
    contacts: set[tuple[str, str]]
    addresses: list[set[str]]

    @property
    def days(self) -> set[str]:
        """Whole days of birth; 1 January stands for a year in many lists and is none."""
        return {b for b in self.births if len(b) == _DAY and not b.endswith("-01-01")}


def traits_of(entity: Entity) -> Traits:
    """Read the traits off an entity."""
    props = entity.properties
    nature = _NATURE.get(entity.schema, "body")
    genders = props.get("gender", [])
    full: dict[Key, bool] = {}
    key_of = person_key if nature == "person" else body_key
    written = [(n.name, n.kind == "primary") for n in entity.names if n.kind != "weak"]
    for name, primary in [(entity.caption, True), *written]:
        key = key_of(name)
        if key:
            full[key] = full.get(key, False) or primary
    return Traits(
        entity,
        nature,
        identifiers(entity.id, props),
        {c for prop in _SCOPE for c in props.get(prop, ())},
        {c for prop in _SEAT for c in props.get(prop, ())},
        set(props.get("birthDate", ())) if nature == "person" else set(),
        genders[0] if len(genders) == 1 else None,
        full,
        words_of(entity.names),
        set(_contacts(entity)) if nature == "body" else set(),
        [set(fold(a).split()) for a in props.get("address", ())] if nature == "body" else [],
    )


def _contacts(entity: Entity) -> Iterable[tuple[str, str]]:
    props = entity.properties
    for mail in props.get("email", ()):
        yield "e-mail address", mail.strip().casefold()
    for site in props.get("website", ()):
        found = _SITE.match(site.strip())
        if found:
            yield "website", found[1].casefold()
    for phone in props.get("phone", ()):
        digits = "".join(c for c in phone if c.isdigit())
        if len(digits) >= 8:
            yield "phone number", digits[-8:]
    for day in props.get("incorporationDate", ()):
        if len(day) == _DAY:
            yield "day of foundation", day
    for code in props.get("swiftBic", ()):
        yield "bank code", plain(code)[:8]
