"""A file of customers as the parties table: Parquet of that table, or a CSV with a header."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pyarrow as pa

from caudal.errors import InputError
from caudal.storage import read_table
from caudal.tables import PARTIES

SINGLE = ("party_id", "schema", "name", "birth_date", "address")
LISTS = ("aliases", "countries", "identifiers")
"""Columns of several values: in a CSV they stand in one cell, apart by semicolons."""


def read_customers(path: Path) -> pa.Table:
    """The PARTIES table of a file.

    Args:
        path: Parquet of the table `parties`, or a CSV whose header names columns of it. Only `name` is needed; without
            `party_id` a row is called by its number in the file, without `schema` it is a LegalEntity.

    Raises:
        InputError: the file is missing or no such table, a column is unknown, a row has another number of fields, or
            two rows have one id.
    """
    if path.suffix.casefold() in (".parquet", ".pq"):
        table = read_table(path, PARTIES)
        _one_each(table["party_id"].to_pylist(), path)
        return table
    if not path.is_file():
        raise InputError("there is no such file", file=str(path))
    rows: list[dict[str, Any]] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [column.strip() for column in next(reader, [])]
            _header(header, path)
            for cells in reader:
                if not cells:
                    continue
                if len(cells) != len(header):
                    raise InputError(
                        f"it has {len(cells)} fields, not {len(header)}", file=str(path), row=reader.line_num
                    )
                given = dict(zip(header, (cell.strip() for cell in cells), strict=True))
                row: dict[str, Any] = {name: given.get(name) or None for name in SINGLE}
                row |= {name: [v.strip() for v in given.get(name, "").split(";") if v.strip()] for name in LISTS}
                row["party_id"] = row["party_id"] or f"row {reader.line_num}"
                row["schema"] = row["schema"] or "LegalEntity"
                row["name"] = row["name"] or ""
                row["countries"] = [country.casefold() for country in row["countries"]]
                rows.append(row)
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"it is not a CSV in UTF-8 ({error})", file=str(path)) from error
    _one_each([row["party_id"] for row in rows], path)
    return PARTIES.build(rows) if rows else PARTIES.empty()


def _header(header: list[str], path: Path) -> None:
    if "name" not in header:
        raise InputError("the column is missing", file=str(path), row=1, field="name")
    known = {*SINGLE, *LISTS}
    for column in header:
        if column not in known:
            words = f"unknown column; known are {', '.join([*SINGLE, *LISTS])}"
            raise InputError(words, file=str(path), row=1, field=column)
        if header.count(column) > 1:
            raise InputError("the column stands there twice", file=str(path), row=1, field=column)


def _one_each(ids: list[str], path: Path) -> None:
    seen: set[str] = set()
    for party in ids:
        if party in seen:
            raise InputError(f"two parties are called {party!r}", file=str(path), field="party_id")
        seen.add(party)
