"""Any list as a CSV file, read by a mapping that says what its columns mean."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from caudal.errors import InputError
from caudal.register.dates import iso_part
from caudal.register.entry import SCHEMAS, Draft, Entity
from caudal.register.naming import fold, has_legal_form
from caudal.register.readers.date_text import dates_in
from caudal.register.readers.list_mapping import ListMapping, mapping_of, read_mapping
from caudal.register.readers.mapped_row import add_names, add_properties, designations_of
from caudal.register.readers.parts import together
from caudal.register.readers.table import csv_rows
from caudal.register.rejects import Rejects
from caudal.register.sources import ListVersion, ReadList, dated_version

_ID = re.compile(r"[\w.:-]{1,200}$")
_DAY_IN_NAME = re.compile(r"(?<!\d)(\d{4}-\d{2}-\d{2})(?!\d)")
_KEY_LENGTH = 16


class Row(NamedTuple):
    """One usable row: its number in the file and the entity it makes."""

    number: int
    entity: Entity


def read_mapped(path: Path, published: date | None = None, mapping: Path | ListMapping | None = None) -> ReadList:
    """Read a list by its mapping; without one, by the shipped mapping whose columns the file has.

    The version is the day given, else a day in the file's name (`list_2026-07-25.csv`), else the modification day.
    Rows with one id by `id.keys` are one entity with several designations.

    Raises:
        InputError: the file or the mapping cannot be used, no shipped mapping fits, or there is no usable row.
    """
    if isinstance(mapping, Path):
        mapping = read_mapping(mapping)
    if mapping is None:
        _, header = next(csv_rows(path), (1, []))
        mapping = mapping_of(header)
        if mapping is None:
            raise InputError("no mapping that comes with Caudal fits its columns; name one of your own", file=str(path))
    day, words = _version(path, published)
    rejects = Rejects()
    entities = together(row.entity for row in mapped_rows(path, mapping, day, words, rejects))
    if not entities and not mapping.parts:
        raise InputError(f"it holds no usable row of {mapping.title}", file=str(path))
    version = ListVersion(mapping.dataset, words, day, str(path), len(entities))
    return ReadList(version, entities, rejects, part=path.name if mapping.parts else None)


def day_in_name(path: Path) -> date | None:
    """The day a file's name gives, such as `list_2026-07-25.csv`."""
    named = _DAY_IN_NAME.search(path.name)
    iso = iso_part(named[1]) if named else None
    return date.fromisoformat(iso) if iso else None


def _version(path: Path, published: date | None) -> tuple[date, str]:
    if not path.is_file():
        raise InputError("there is no such file", file=str(path))
    named = day_in_name(path)
    if published is None and named is not None:
        return named, f"{named} (the day in the file's name)"
    return dated_version(path, published)


def mapped_rows(path: Path, mapping: ListMapping, day: date, words: str, rejects: Rejects) -> Iterator[Row]:
    """The usable rows of a file, streamed; every other row is in `rejects`, once, with its number.

    A value that cannot be read (a date that is none) is in `rejects` too, but its row is used.

    Raises:
        InputError: the file is no CSV, or lacks a column the mapping reads.
    """
    rows = csv_rows(path, mapping.delimiter)
    header_row, header = next(rows, (1, []))
    columns = [c.strip() for c in header]
    for column in mapping.check_header(columns, str(path), header_row):
        reason = "the mapping neither reads nor ignores this column"
        rejects.add(str(path), header_row, column, reason, columns)
    source = f"{mapping.title}, {path.name}, version {words}"
    seen: dict[str, int] = {}
    for number, row in rows:
        if len(row) != len(columns):
            rejects.add(str(path), number, None, f"{len(columns)} columns expected, {len(row)} found", row)
            continue
        record = {
            c: "" if (v := " ".join(t.split())) in mapping.empty else v for c, t in zip(columns, row, strict=True)
        }
        found = _identified(record, mapping, seen)
        if isinstance(found, tuple):
            rejects.add(str(path), number, found[0], found[1], record)
            continue
        if mapping.id.column is not None:
            seen[found.id] = number
        natural = add_names(found, record, mapping)
        complaints = add_properties(found, record, mapping)
        designations, more = designations_of(record, mapping, source)
        for field, reason in complaints + more:
            rejects.add(str(path), number, field, reason, record)
        for designation in designations:
            found.add("program", designation.programme)
        caption = natural or record[mapping.names.primary]
        yield Row(number, found.finish(caption, designations, mapping.dataset, day, extra=natural))


def _identified(record: dict[str, str], mapping: ListMapping, seen: dict[str, int]) -> Draft | tuple[str, str]:
    """An empty draft with the row's id and schema, or the field and the reason why the row cannot be used."""
    name = record[mapping.names.primary]
    if not any(map(str.isalnum, name)):
        return mapping.names.primary, "the entry has no name"
    column = mapping.party.column
    given = record[column] if column else mapping.party.value or ""
    schema = mapping.party.words.get(given, given)
    if schema not in SCHEMAS:
        known = ", ".join([*mapping.party.words, *sorted(SCHEMAS)])
        return column or "schema", f"the schema {given!r} is not one of {known}"
    if schema == "LegalEntity" and mapping.party.company_by_name and has_legal_form(name):
        schema = "Company"
    if mapping.id.column is not None:
        uid = f"{mapping.id.prefix}{record[mapping.id.column]}"
        if not record[mapping.id.column] or not _ID.match(uid):
            return mapping.id.column, "the id is empty or holds other signs than letters, digits, . _ : -"
        if uid in seen:
            return mapping.id.column, f"the id {uid} is taken by row {seen[uid]}"
        return Draft(uid, schema)
    for key in mapping.id.keys:
        if all(record[c] for c in key):
            return Draft(f"{mapping.id.prefix}{_key(key, record, mapping)}", schema)
    return mapping.id.keys[-1][0], "no key of the mapping is filled, so that the row has no id"


def _key(columns: tuple[str, ...], record: dict[str, str], mapping: ListMapping) -> str:
    """A short hash of some columns, whatever the case, accents and punctuation, and however a date is written."""
    parts = []
    for column in columns:
        dated = "date" in column.casefold()
        dates = dates_in(record[column], mapping.dates) if dated else []
        parts.append(f"{column}={' '.join(sorted(dates)) or fold(record[column]) or record[column]}")
    return hashlib.sha256("\n".join(parts).encode("utf-8")).hexdigest()[:_KEY_LENGTH]
