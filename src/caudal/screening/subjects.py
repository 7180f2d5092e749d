"""Whatever is compared, in one shape: register entities, FollowTheMoney dictionaries, rows of the parties table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from caudal.errors import InputError
from caudal.screening.names import kind_of
from caudal.tables import PARTIES

NAME_PROPERTIES = (("name", "primary"), ("alias", "alias"), ("previousName", "former"), ("weakAlias", "weak"))
IDENTIFIER_PROPERTIES = (
    "idNumber",
    "passportNumber",
    "taxNumber",
    "registrationNumber",
    "innCode",
    "ogrnCode",
    "leiCode",
    "vatCode",
    "socialSecurityNumber",
    "swiftBic",
    "imoNumber",
    "mmsi",
    "callSign",
    "publicKey",
    "accountNumber",
    "iban",
    "npiCode",
    "uniqueEntityId",
    "cikCode",
)
COUNTRY_PROPERTIES = ("country", "jurisdiction", "mainCountry")
SHORTEST_IDENTIFIER = 6
"""An identifier of fewer letters and digits is too likely to be somebody else's too."""

_DAY = re.compile(r"^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")
_NOT_ALNUM = re.compile(r"[^0-9A-Za-z]+")


@dataclass(frozen=True)
class Subject:
    """One side of a comparison.

    Attributes:
        id: its id; schema: FollowTheMoney schema as given; kind: what that means (see `names`).
        names: (name, kind of name) pairs, the main one first.
        births: birth dates as ISO text of year, month or day.
        genders, countries: as given, lower case. identifiers: letters and digits only, upper case.
        surnames: family names where they are given apart. dataset: the list it comes from, where it comes from one.
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
    remarks: tuple[str, ...] = field(default=())


def identifier(text: str) -> str:
    """An identifier without its punctuation, or empty where it is too short to tell anyone apart."""
    plain = _NOT_ALNUM.sub("", text).upper()
    return plain if len(plain) >= SHORTEST_IDENTIFIER and any(c.isdigit() for c in plain) else ""


def birth(text: str) -> str:
    """A birth date as far as it is one: `1966-07-17`, `1966-07`, `1966`, or empty."""
    match = _DAY.match(text.strip())
    if not match or not 1850 <= int(match[1]) <= 2100:
        return ""
    return "-".join(part for part in match.groups() if part)


def _texts(value: Any) -> list[str]:
    """Values of a property: a list of strings, or the single string some people write."""
    if value is None:
        return []
    if isinstance(value, str):
        return [value]
    if isinstance(value, Iterable):
        return [str(item) for item in value if item is not None]
    return [str(value)]


def from_properties(
    id: str, schema: str, names: Sequence[tuple[str, str]], properties: Mapping[str, Any], dataset: str = ""
) -> Subject:
    """A subject from names and FollowTheMoney properties."""
    kind = kind_of(schema)
    known = list(dict.fromkeys((name, how) for name, how in names if name.strip()))
    births = [raw for raw in _texts(properties.get("birthDate")) if raw.strip()]
    read = tuple(dict.fromkeys(day for raw in births if (day := birth(raw))))
    ids = (identifier(text) for prop in IDENTIFIER_PROPERTIES for text in _texts(properties.get(prop)))
    return Subject(
        id=id,
        schema=schema,
        kind=kind,
        names=tuple(known),
        births=read,
        genders=frozenset(g.casefold() for g in _texts(properties.get("gender"))),
        countries=frozenset(c.casefold() for prop in COUNTRY_PROPERTIES for c in _texts(properties.get(prop))),
        identifiers=frozenset(text for text in ids if text),
        surnames=tuple(_texts(properties.get("lastName"))),
        dataset=dataset,
        remarks=("the birth date given is not a date and was left out",) if births and not read else (),
    )


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
            "idNumber": row["identifiers"],
        }
        names = [(row["name"], "primary"), *((alias, "alias") for alias in row["aliases"] or ())]
        found.append(from_properties(row["party_id"], row["schema"], names, properties))
    return found


def from_register(tables: Mapping[str, pa.Table]) -> list[Subject]:
    """Subjects from the register's `entities` and `names` tables, in the order of `entities`.

    Where `designations` is given too, whoever is neither designated nor tied to a group by a list is left out: an
    ownership register names many people who are only owners.
    """
    listed = _listed(tables)
    names: dict[str, list[tuple[str, str]]] = {}
    columns = tables["names"].select(["entity_id", "name", "kind"]).to_pydict()
    for entity_id, name, kind in zip(columns["entity_id"], columns["name"], columns["kind"], strict=True):
        names.setdefault(entity_id, []).append((name, kind))
    entities = tables["entities"].select(["entity_id", "schema", "caption", "properties", "dataset"]).to_pydict()
    found = []
    for entity_id, schema, caption, text, dataset in zip(*entities.values(), strict=True):
        if listed is not None and entity_id not in listed:
            continue
        properties = json.loads(text) if text else {}
        known = names.get(entity_id) or [(caption, "primary")]
        found.append(from_properties(entity_id, schema, known, properties, dataset))
    return found


def _listed(tables: Mapping[str, pa.Table]) -> set[str] | None:
    """Who is on a list for a reason; None where the tables do not say."""
    if "designations" not in tables:
        return None
    listed = set(tables["designations"]["entity_id"].to_pylist())
    if "memberships" in tables:
        ties = tables["memberships"].select(["group_id", "entity_id"]).to_pydict()
        pairs = zip(ties["group_id"], ties["entity_id"], strict=True)
        listed |= {entity for group, entity in pairs if group != entity}
    return listed
