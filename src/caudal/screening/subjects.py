"""Whatever is compared, in one shape: register entities, FollowTheMoney dictionaries, rows of the parties table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from caudal.errors import InputError
from caudal.screening.births import read_birth, rough_years
from caudal.screening.identifiers import OF_PROPERTY, Number, encoded, fits, numbers
from caudal.screening.names import kind_of
from caudal.screening.text import clean, tokens
from caudal.tables import PARTIES

NAME_PROPERTIES = (("name", "primary"), ("alias", "alias"), ("previousName", "former"), ("weakAlias", "weak"))
COUNTRY_PROPERTIES = ("country", "jurisdiction", "mainCountry")
SCOPE_PROPERTIES = (*COUNTRY_PROPERTIES, "nationality", "citizenship", "birthCountry")
"""Countries whose numbers a party may hold; they only ever weaken a number that agrees."""
GENDERS = {"m": "male", "male": "male", "f": "female", "female": "female"}
"""Genders that can contradict each other; anything else says nothing."""


@dataclass(frozen=True)
class Subject:
    """One side of a comparison.

    Attributes:
        id: its id; schema: FollowTheMoney schema as given; kind: what that means (see `names`).
        names: (name, kind of name) pairs, the main one first.
        births: birth dates as ISO text of year, month or day; where none is given, the one that a CURP or RFC encodes.
        rough: years of birth that the list gives as approximate.
        genders: male or female. countries: lower case; scope: those and nationalities, for national numbers.
        identifiers: letters and digits of `numbers`, upper case. numbers: with their kinds (see `identifiers`).
        addresses: as written. surnames: family names where they are given apart.
        dataset: the list it comes from, where it comes from one.
        remarks: what was odd in what was given, in words.
    """

    id: str
    schema: str
    kind: int
    names: tuple[tuple[str, str], ...]
    births: tuple[str, ...] = ()
    genders: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    identifiers: frozenset[str] = frozenset()
    surnames: tuple[str, ...] = ()
    dataset: str = ""
    remarks: tuple[str, ...] = ()
    rough: frozenset[str] = frozenset()
    scope: frozenset[str] = frozenset()
    numbers: tuple[Number, ...] = ()
    addresses: tuple[str, ...] = ()


def _texts(value: Any) -> list[str]:
    """Values of a property: a list of strings, or the single value some people write; nothing where there is none.

    Numbers are taken as they are written; what is nested or not a number (NaN) is no value.
    """
    if isinstance(value, str):
        return [value]
    if value is None or isinstance(value, Mapping | bytes | bool):
        return []
    if isinstance(value, Iterable):
        return [text for item in value if not _holds_more(item) for text in _texts(item)]
    if isinstance(value, float) and not math.isfinite(value):
        return []
    return [str(value)]


def _holds_more(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str)


def _left_out(properties: Mapping[str, Any]) -> bool:
    """Whether a property holds something nested where a text is expected."""
    return any(
        isinstance(value, Mapping)
        or (_holds_more(value) and not isinstance(value, bytes) and any(_holds_more(item) for item in value))
        for value in properties.values()
    )


def from_properties(
    id: str, schema: str, names: Sequence[tuple[str, str]], properties: Mapping[str, Any], dataset: str = ""
) -> Subject:
    """A subject from names and FollowTheMoney properties."""
    kind = kind_of(schema)
    known = tuple(dict.fromkeys((name, how) for name, how in names if name.strip()))
    remarks = ["a nested value was left out"] if _left_out(properties) else []
    raw = [text for text in _texts(properties.get("birthDate")) if text.strip()]
    births = tuple(dict.fromkeys(day for text in raw if (day := read_birth(text))))
    if raw and not births:
        remarks.append("the birth date given is not a date and was left out")
    notes = _texts(properties.get("notes"))
    texts = {prop: _texts(properties[prop]) for prop in OF_PROPERTY if prop in properties}
    held = numbers(texts, notes) if texts or notes else ()
    genders = frozenset(g for text in _texts(properties.get("gender")) if (g := GENDERS.get(text.strip().casefold())))
    if held:
        births, genders = _encoded(held, known, births, genders, remarks)
    countries = _codes(properties, COUNTRY_PROPERTIES)
    return Subject(
        id=id,
        schema=schema,
        kind=kind,
        names=known,
        births=births,
        genders=genders,
        countries=countries,
        identifiers=frozenset(number.text for number in held),
        surnames=tuple(_texts(properties.get("lastName"))),
        dataset=dataset,
        remarks=tuple(remarks),
        rough=rough_years(notes) if births and notes else frozenset(),
        scope=countries | _codes(properties, SCOPE_PROPERTIES),
        numbers=held,
        addresses=tuple(text for text in _texts(properties.get("address")) if text.strip()),
    )


def _codes(properties: Mapping[str, Any], props: Iterable[str]) -> frozenset[str]:
    return frozenset(text.casefold() for prop in props if prop in properties for text in _texts(properties[prop]))


def _encoded(
    held: Iterable[Number], names: Iterable[tuple[str, str]], births: tuple[str, ...], genders: frozenset[str],
    remarks: list[str],
) -> tuple[tuple[str, ...], frozenset[str]]:  # fmt: skip
    """Birth dates and genders, with those that Mexican numbers encode where none are given; contradictions remarked."""
    for number in held:
        told = encoded(number)
        if told is None:
            continue
        words = [word for name, _ in names for word in tokens(clean(name).text)]
        if words and not fits(told.initials, words):
            remarks.append(f"the initials that {number.words} encodes do not fit the name given beside it")
        if not births:
            births = (told.birth,)
        elif not any(told.birth.startswith(birth) or birth == told.birth for birth in births):
            remarks.append(f"{number.words} encodes the birth date {told.birth}, not the one given beside it")
        if told.gender and not genders:
            genders = frozenset({told.gender})
        elif told.gender and told.gender not in genders:
            remarks.append(f"{number.words} encodes another gender than the one given beside it")
    return births, genders


def subject(thing: Any) -> Subject:
    """A subject from a Subject, a register entity or a FollowTheMoney dictionary.

    Raises:
        InputError: it is none of these.
    """
    if isinstance(thing, Subject):
        return thing
    if isinstance(thing, Mapping):
        properties = thing.get("properties", {})
        if not isinstance(properties, Mapping):
            raise InputError("the properties of an entity must be a mapping of names to lists", field="properties")
        names = [(text, how) for prop, how in NAME_PROPERTIES for text in _texts(properties.get(prop))]
        if not any(how == "primary" for _, how in names):
            names = [(text, "primary") for text in _whole_names(properties)] + names
        if not names and thing.get("caption"):
            names = [(str(thing["caption"]), "primary")]
        return from_properties(str(thing.get("id") or ""), str(thing.get("schema") or ""), names, properties)
    if all(hasattr(thing, attribute) for attribute in ("id", "schema", "names", "properties")):
        names = [(name.name, name.kind) for name in thing.names]
        if not names and getattr(thing, "caption", None):
            names = [(str(thing.caption), "primary")]
        dataset = str(getattr(thing, "dataset", "") or "")
        return from_properties(str(thing.id), str(thing.schema), names, thing.properties, dataset)
    raise InputError(
        f"a {type(thing).__name__} cannot be compared; give an entity or a dictionary with schema and properties"
    )


def _whole_names(properties: Mapping[str, Any]) -> list[str]:
    """A name put together from its parts, where no whole name is given."""
    order = ("firstName", "secondName", "middleName", "fatherName", "lastName", "motherName")
    name = " ".join(text for prop in order for text in _texts(properties.get(prop))[:1])
    return [name] if name.strip() else []


def from_parties(parties: pa.Table) -> list[Subject]:
    """Subjects from the parties table."""
    table = PARTIES.check(parties)
    found = []
    for row in table.to_pylist():
        properties: dict[str, Any] = {
            "birthDate": row["birth_date"],
            "country": row["countries"],
            "number": row["identifiers"],
            "address": row["address"],
        }
        names = [(row["name"], "primary"), *((alias, "alias") for alias in row["aliases"] or ())]
        found.append(from_properties(row["party_id"], row["schema"], names, properties))
    return found


def listed_ids(tables: Mapping[str, pa.Table]) -> set[str] | None:
    """Who is on a list for a reason; None where the tables do not say."""
    if "designations" not in tables:
        return None
    listed = set(tables["designations"]["entity_id"].to_pylist())
    if "memberships" in tables:
        ties = tables["memberships"].select(["group_id", "entity_id"]).to_pydict()
        pairs = zip(ties["group_id"], ties["entity_id"], strict=True)
        listed |= {entity for group, entity in pairs if group != entity}
    return listed
