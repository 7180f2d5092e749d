"""The UK Sanctions List as CSV: the first line says the day of the report, the second names the columns.

A designation has as many rows as it takes to write all its names, addresses and numbers beside each other; rows of one
Unique ID are one designation. What its fields become: `uk_entry`.
Address: https://www.gov.uk/government/publications/the-uk-sanctions-list
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from caudal.errors import InputError
from caudal.register.dates import whole_day
from caudal.register.entry import Entity, Link
from caudal.register.readers.table import csv_rows
from caudal.register.readers.uk_entry import DATASET, Listing, entity_of, fault, field_name, uk_date
from caudal.register.readers.uk_xml import put_group
from caudal.register.readers.xml import tidy
from caudal.register.rejects import Rejects
from caudal.register.sources import ListVersion, ReadList, dated_version

REQUIRED = frozenset({"uniqueid", "name6", "nametype", "regimename", "designationtype", "datedesignated"})
"""Columns without which the file is no UK Sanctions List."""
_REPORT = re.compile(r"\s*report date:?\s*(.*?)[\s,]*$", re.IGNORECASE)
_GROUPED = ("name", "address", "location")
_ONE_ONLY = ("designationtype", "datedesignated")


def is_header(row: list[str]) -> bool:
    """True for the line of column names."""
    return {field_name(cell) for cell in row} >= REQUIRED


def read_uk_csv(path: Path, published: date | None = None) -> ReadList:
    """Read the UK Sanctions List.

    Raises:
        InputError: the file is missing, no UTF-8 CSV, lacks a column, or gives no usable designation.
    """
    rejects, links = Rejects(), list[Link]()
    file = str(path)
    listings: dict[str, Listing] = {}
    columns: list[str] = []
    report: date | None = None
    for number, row in csv_rows(path):
        if not columns:
            said = _REPORT.match(" ".join(row))
            if number == 1 and said:
                report = whole_day(uk_date(said[1]) or "")
                if report is None:
                    rejects.add(file, number, "Report Date", f"{said[1]!r} is no date", row)
                continue
            columns = _columns(row, number, file)
            continue
        if len(row) != len(columns):
            rejects.add(file, number, None, f"{len(columns)} columns expected, {len(row)} found", row)
            continue
        given = dict(zip(columns, (tidy(cell) for cell in row), strict=True))
        _row(given, number, row, listings, file, rejects)
    day, words = dated_version(path, published or report)
    entities = _entities(listings, f"UK Sanctions List, {path.name}, version {words}", day, links, file, rejects)
    if not entities:
        raise InputError("it holds no usable designation of the UK Sanctions List", file=file)
    return ReadList(ListVersion(DATASET, words, day, file, len(entities)), entities, rejects, links)


def _columns(row: list[str], number: int, file: str) -> list[str]:
    columns = [field_name(cell) for cell in row]
    missing = sorted(REQUIRED - set(columns))
    if missing:
        raise InputError(f"it has no column {', '.join(missing)}", file=file, row=number)
    return columns


def _row(
    given: dict[str, str], number: int, row: list[str], listings: dict[str, Listing], file: str, rejects: Rejects
) -> None:
    uid = given["uniqueid"]
    if not uid:
        rejects.add(file, number, "Unique ID", "the row has no id", row)
        return
    listing = listings.setdefault(uid, Listing(uid, number))
    for name in _ONE_ONLY:
        before = listing.first(name)
        if before and given[name] and given[name] != before:
            reason = f"designation {uid}: {given[name]!r}, but {before!r} in row {listing.row}; the first is used"
            rejects.add(file, number, name, reason, row)
    for group in _GROUPED:
        put_group(listing, group, given)
    for name, value in given.items():
        listing.add(name, value)


def _entities(
    listings: dict[str, Listing], source: str, day: date, links: list[Link], file: str, rejects: Rejects
) -> list[Entity]:
    entities = []
    for uid in list(listings):
        listing = listings.pop(uid)
        wrong = fault(listing, {})
        if wrong is not None:
            content = {name: list(values) for name, values in listing.values.items()}
            rejects.add(file, listing.row, wrong[0], wrong[1], content)
            continue

        def complain(field: str, reason: str, text: str, listing: Listing = listing) -> None:
            reason = f"designation {listing.uid}: {text!r}: {reason}"
            rejects.add(file, listing.row, field, reason, {"Unique ID": listing.uid, field: text})

        entities.append(entity_of(listing, source, day, links, complain))
    return entities
