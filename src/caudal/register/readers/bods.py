"""Beneficial ownership statements (BODS 0.4) as JSON lines: entities, people, and who owns or controls whom.

The last statement of a record counts; statements before it are superseded. A shareholding is kind `owns`; voting
rights, board appointments and any other interest are `controls`. A shareholding said to be indirect is `controls` too:
OFAC's rule works on direct stakes, and an indirect one is already counted in the stakes it runs through.
Schema: https://standard.openownership.org/en/0.4.0/
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

from caudal.errors import InputError
from caudal.register.countries import country_code, is_country_code
from caudal.register.dates import iso_part, whole_day
from caudal.register.entry import Draft, Entity, NameKind
from caudal.register.naming import script_of
from caudal.register.readers.bods_interests import stakes_of
from caudal.register.readers.json_lines import get, items, json_lines, word
from caudal.register.readers.properties import put
from caudal.register.rejects import Rejects
from caudal.register.sources import ListVersion, ReadList, dataset_of, dated_version
from caudal.tables import OWNERSHIP

PREFIX = "bods-"
_ID = re.compile(r"[^\s\x00-\x1f]{1,250}$")
_KINDS = ("entity", "person", "relationship")
_SCHEMA = {"registeredEntity": "Company", "state": "Organization", "stateBody": "Organization"}
_NAME_KIND: dict[str, NameKind] = {"former": "former", "birth": "former"}
Statement = tuple[int, dict[str, Any]]


def read_bods(path: Path, published: date | None = None, *, prefix: str = PREFIX) -> ReadList:
    """Read statements. The latest `publicationDate` is the version where none is given.

    `prefix` stands before every record's id.

    Raises:
        InputError: the file is missing, is no JSON lines, is of another version, or gives no usable statement.
    """
    rejects = Rejects()
    records: dict[tuple[str, str], Statement] = {}
    latest: date | None = None
    for number, statement in json_lines(path, rejects):
        fault = _fault(statement)
        if fault:
            rejects.add(str(path), number, fault[0], fault[1], statement)
            continue
        key = (statement["recordType"], word(statement["recordId"]))
        held = records.get(key)
        if held is None or word(statement.get("statementDate")) >= word(held[1].get("statementDate")):
            records[key] = (number, statement)
        issued = whole_day(word(get(statement, "publicationDetails", "publicationDate")))
        latest = max(filter(None, (latest, issued)), default=None)
    day, words = dated_version(path, published or latest)
    dataset = dataset_of("bods", path)
    entities: list[Entity] = []
    stakes: list[dict[str, Any]] = []
    for (kind, _), (number, statement) in records.items():
        if kind == "relationship":
            stakes += stakes_of(statement, number, str(path), prefix, rejects)
            continue
        entity = _party(
            statement, number, f"{prefix}{word(statement['recordId'])}", kind, str(path), dataset, day, rejects
        )
        if entity is not None:
            entities.append(entity)
    if not entities and not stakes:
        raise InputError("it holds no usable statement of beneficial ownership (BODS 0.4)", file=str(path))
    version = ListVersion(dataset, words, day, str(path), len(entities))
    table = OWNERSHIP.build(stakes) if stakes else OWNERSHIP.empty()
    return ReadList(version, entities, rejects, ownership=table)


def _fault(statement: dict[str, Any]) -> tuple[str, str] | None:
    version = word(get(statement, "publicationDetails", "bodsVersion"))
    if version and not version.startswith("0.4"):
        return "publicationDetails.bodsVersion", f"version {version} of the standard is not read here; 0.4 is"
    if statement.get("recordType") not in _KINDS:
        return "recordType", f"the record type {statement.get('recordType')!r} is not one of {', '.join(_KINDS)}"
    if not _ID.match(word(statement.get("recordId"))):
        return "recordId", "the statement names no record"
    if not isinstance(statement.get("recordDetails"), dict):
        return "recordDetails", "the statement has no details"
    return None


def _party(
    statement: dict[str, Any], row: int, uid: str, kind: str, file: str, dataset: str, day: date, rejects: Rejects
) -> Entity | None:
    details = statement["recordDetails"]
    schema = "Person" if kind == "person" else _SCHEMA.get(word(get(details, "entityType", "type")), "LegalEntity")
    draft = Draft(uid, schema)
    names = _person_names(details) if kind == "person" else _entity_names(details)
    if not names:
        rejects.add(file, row, "name", "the party has no name; its relationships are kept", statement)
        return None
    caption = names[0][0]
    for at, (name, name_kind) in enumerate(names):
        draft.name(name, "primary" if at == 0 else name_kind, script_of(name))

    def complain(field: str, reason: str, text: str) -> None:
        rejects.add(file, row, field, f"{text!r}: {reason}", statement)

    for key, prop in (
        ("foundingDate", "incorporationDate"),
        ("dissolutionDate", "dissolutionDate"),
        ("birthDate", "birthDate"),
        ("deathDate", "deathDate"),
    ):
        text = word(details.get(key))
        iso = iso_part(text[:10]) if text else None
        if text and iso is None:
            complain(key, "it is no date; kept in the notes only", text)
            draft.add("notes", f"{key}: {text}")
        put(draft, prop, iso)
    _places(details, draft)
    for identifier in items(details.get("identifiers")):
        _identifier(identifier, draft)
    draft.add("legalForm", word(get(details, "entityType", "details")) if kind == "entity" else None)
    for uri in items(details.get("uri")):
        put(draft, "website", word(uri))
    if statement.get("recordStatus") == "closed":
        draft.add("notes", f"The record was closed on {word(statement.get('statementDate')) or 'an unknown day'}")
    draft.add("sourceUrl", word(get(statement, "source", "url")))
    return draft.finish(caption, [], dataset, day)


def _entity_names(details: dict[str, Any]) -> list[tuple[str, NameKind]]:
    names: list[tuple[str, NameKind]] = [(word(details.get("name")), "alias")]
    names += [(word(n), "alias") for n in items(details.get("alternateNames"))]
    return [(n, k) for n, k in names if any(map(str.isalnum, n))]


def _person_names(details: dict[str, Any]) -> list[tuple[str, NameKind]]:
    found: list[tuple[str, NameKind]] = []
    for name in items(details.get("names")):
        full = word(get(name, "fullName")) or " ".join(
            v for k in ("givenName", "patronymicName", "familyName") if (v := word(get(name, k)))
        )
        kind = word(get(name, "type"))
        if any(map(str.isalnum, full)):
            found.insert(0 if kind == "legal" else len(found), (full, _NAME_KIND.get(kind, "alias")))
    return found


def _code(country: Any) -> str | None:
    code = word(get(country, "code")).casefold().partition("-")[0]
    return code if is_country_code(code) else country_code(word(get(country, "name")))


def _places(details: dict[str, Any], draft: Draft) -> None:
    jurisdiction = details.get("incorporatedInJurisdiction") or details.get("jurisdiction")
    put(draft, "jurisdiction", _code(jurisdiction))
    for nationality in items(details.get("nationalities")):
        put(draft, "nationality", _code(nationality))
    for residency in items(details.get("taxResidencies")):
        draft.add("country", _code(residency))
    birth = details.get("placeOfBirth")
    for place in (p for p in (*items(details.get("addresses")), birth) if isinstance(p, dict)):
        parts = [word(place.get("address")), word(place.get("postCode")), word(get(place, "country", "name"))]
        text = ", ".join(p for p in parts if p)
        if place is birth:
            put(draft, "birthPlace", text)
            put(draft, "birthCountry", _code(place.get("country")))
        elif word(place.get("type")) == "placeOfBirth":
            put(draft, "birthPlace", text)
        else:
            draft.add("address", text if parts[0] or parts[1] else None)
            draft.add("country", _code(place.get("country")))


def _identifier(identifier: Any, draft: Draft) -> None:
    number, scheme = word(get(identifier, "id")), word(get(identifier, "scheme")).upper()
    if not number:
        return
    if scheme == "XI-LEI":
        put(draft, "leiCode", number)
    elif draft.schema == "Person":
        draft.add("passportNumber" if "PASSPORT" in scheme else "idNumber", number)
    elif "VAT" in scheme or "TAX" in scheme:
        put(draft, "taxNumber", number)
    else:
        draft.add("registrationNumber", number)
