"""A members list: one's own CSV of people and firms said to belong to a group (a private list, or a generated world's).

Columns, with a header: entity_id, schema, name, and, where known, aliases, birth_date, countries, identifiers (each
several, parted by `;`), group, authority, programme, effective, source. A row without an authority names no
designation: it says that somebody belongs to a group, no more.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from caudal.errors import InputError
from caudal.register.countries import country_code, is_country_code
from caudal.register.dates import iso_parts, whole_day
from caudal.register.entry import SCHEMAS, Designation, Draft, Entity
from caudal.register.naming import script_of
from caudal.register.readers.table import csv_rows
from caudal.register.rejects import Rejects
from caudal.register.sources import ListVersion, ReadList, dated_version

DATASET = "members"
"""The dataset of a file called members.csv; another file adds its own name."""
REQUIRED = ("entity_id", "schema", "name")
OPTIONAL = (
    *("aliases", "birth_date", "countries", "identifiers", "group"),
    *("authority", "programme", "effective", "source"),
)
_ID = re.compile(r"[\w.:-]+$")


def read_members(path: Path, published: date | None = None) -> ReadList:
    """Read a members list.

    Raises:
        InputError: the file is missing, lacks a required column, has one that is not known, or gives no usable row.
    """
    rows = csv_rows(path)
    header_row, header = next(rows, (1, []))
    columns = [c.strip() for c in header]
    for needed in REQUIRED:
        if needed not in columns:
            raise InputError("the column is missing", file=str(path), row=header_row, field=needed)
    for column in columns:
        if column not in REQUIRED + OPTIONAL or columns.count(column) > 1:
            reason = "the column is not known" if columns.count(column) == 1 else "the column is there twice"
            raise InputError(reason, file=str(path), row=header_row, field=column)
    dataset = DATASET if path.stem == DATASET else f"{DATASET}-{path.stem}"
    day, words = dated_version(path, published)
    rejects = Rejects()
    entities: list[Entity] = []
    groups: dict[str, str] = {}
    seen: dict[str, int] = {}
    for number, row in rows:
        if len(row) != len(columns):
            rejects.add(str(path), number, None, f"{len(columns)} columns expected, {len(row)} found", row)
            continue
        record = {column: value.strip() for column, value in zip(columns, row, strict=True)}
        fault = _fault(record, seen)
        if fault:
            rejects.add(str(path), number, fault[0], fault[1], record)
            continue
        seen[record["entity_id"]] = number
        entities.append(_entity(record, dataset, f"{path.name}, version {words}", day))
        if record.get("group"):
            groups[record["entity_id"]] = record["group"]
    if not entities:
        raise InputError("it holds no usable row of a members list", file=str(path))
    return ReadList(ListVersion(dataset, words, day, str(path), len(entities)), entities, rejects, groups=groups)


def _several(text: str | None) -> list[str]:
    return [v for raw in (text or "").split(";") if (v := raw.strip())]


def _country(text: str) -> str | None:
    return text.casefold() if is_country_code(text.casefold()) else country_code(text)


def _fault(record: dict[str, str], seen: dict[str, int]) -> tuple[str, str] | None:
    """The field and the reason why a row cannot be used, or None."""
    uid = record["entity_id"]
    if not _ID.match(uid):
        return "entity_id", "the id is empty or holds other signs than letters, digits, . _ : -"
    if uid in seen:
        return "entity_id", f"the id {uid} is taken by row {seen[uid]}"
    if record["schema"] not in SCHEMAS:
        return "schema", f"the schema {record['schema']!r} is not one of {', '.join(sorted(SCHEMAS))}"
    if not any(map(str.isalnum, record["name"])):
        return "name", "the entry has no name"
    for birth in _several(record.get("birth_date")):
        if not iso_parts(birth):
            return "birth_date", f"{birth!r} is no date"
    for country in _several(record.get("countries")):
        if _country(country) is None:
            return "countries", f"the country {country!r} is not known"
    if record.get("effective") and whole_day(record["effective"]) is None:
        return "effective", f"{record['effective']!r} is no day (YYYY-MM-DD)"
    if record.get("effective") and not record.get("authority"):
        return "authority", "a day of effect without an authority"
    return None


def _entity(record: dict[str, str], dataset: str, source: str, day: date) -> Entity:
    schema, name = record["schema"], record["name"]
    draft = Draft(record["entity_id"], schema)
    draft.name(name, "primary", script_of(name))
    for alias in _several(record.get("aliases")):
        draft.name(alias, "alias", script_of(alias))
    for birth in _several(record.get("birth_date")):
        for iso in iso_parts(birth):
            draft.add(_date_property(schema), iso)
    for country in _several(record.get("countries")):
        draft.add("country", _country(country))
    for number in _several(record.get("identifiers")):
        draft.add("registrationNumber" if schema in {"Vessel", "Airplane"} else "idNumber", number)
    designations = []
    authority = record.get("authority")
    if authority:
        effective = record.get("effective")
        programme = record.get("programme") or authority
        draft.add("program", programme)
        words = "; ".join(v for v in (record.get("source"), source) if v)
        designations.append(
            Designation(authority, programme, effective=whole_day(effective) if effective else None, source=words)
        )
    return draft.finish(name, designations, dataset, day)


def _date_property(schema: str) -> str:
    return {"Person": "birthDate", "Vessel": "buildDate", "Airplane": "buildDate"}.get(schema, "incorporationDate")
