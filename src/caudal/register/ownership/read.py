"""Reading stakes from a file: Parquet of the OWNERSHIP shape, a CSV with its columns, or BODS statements."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.register.dates import whole_day
from caudal.register.ownership.stakes import faults
from caudal.register.readers.bods import read_bods
from caudal.register.readers.table import csv_rows
from caudal.register.rejects import Rejects
from caudal.storage import read_table
from caudal.tables import OWNERSHIP

_NEEDED = ("owner_id", "asset_id", "share_min", "share_max", "kind", "source")
_COLUMNS = (*_NEEDED, "from", "until")


class Stakes(NamedTuple):
    """Usable stakes (OWNERSHIP) and the rows that were not (REJECTED)."""

    stakes: pa.Table
    rejected: pa.Table


def read_ownership(path: str | Path) -> Stakes:
    """Read stakes; shares are whole parts per million (500000 is 50%), days ISO, in CSV too.

    Wrong rows (a share over 100% or negative, the least over the largest, self-ownership, an unknown kind, a day that
    is none) are rejected. Row numbers are those of the file; in Parquet the first row is 1.

    Statements of BODS 0.4 (`.json` or `.jsonl`) give their relationships; their parties, which nobody listed, are left
    out here, and ids are those of the records.

    Raises:
        InputError: the file is missing, of another shape, or holds no usable stake.
    """
    path = Path(path)
    rejects = Rejects()
    if path.suffix.casefold() in {".json", ".jsonl"}:
        read = read_bods(path, prefix="")
        if read.ownership is None or not read.ownership.num_rows:
            raise InputError("it holds no usable stake", file=str(path))
        return Stakes(read.ownership, read.rejects.table())
    if path.suffix.casefold() == ".csv":
        table, rows = _csv(path, rejects)
    else:
        table = read_table(path, OWNERSHIP)
        rows = list(range(1, table.num_rows + 1))
    good = pa.array([True] * table.num_rows)
    for field, reason, wrong in faults(table):
        bad = pc.and_(pc.fill_null(wrong, True), good)
        bad = bad.combine_chunks() if isinstance(bad, pa.ChunkedArray) else bad
        for place in pc.indices_nonzero(bad).to_pylist():
            rejects.add(str(path), rows[place], field, reason, table.slice(place, 1).to_pylist()[0])
        good = pc.and_(good, pc.invert(bad))
    stakes = table.filter(good)
    if not stakes.num_rows and len(rejects):
        raise InputError(f"it holds no usable stake; {len(rejects)} rows are wrong", file=str(path))
    return Stakes(stakes, rejects.table())


def _csv(path: Path, rejects: Rejects) -> tuple[pa.Table, list[int]]:
    """The rows of a CSV whose values can be read, and their row numbers."""
    if not path.is_file():
        raise InputError("there is no such file", file=str(path))
    rows = csv_rows(path)
    header_row, header = next(rows, (1, []))
    columns = [c.strip() for c in header]
    for needed in _NEEDED:
        if needed not in columns:
            raise InputError("the column is missing", file=str(path), row=header_row, field=needed)
    kept: list[dict[str, object]] = []
    numbers: list[int] = []
    for number, row in rows:
        if len(row) != len(columns):
            rejects.add(str(path), number, None, f"{len(columns)} columns expected, {len(row)} found", row)
            continue
        record: dict[str, object] = {c: v.strip() for c, v in zip(columns, row, strict=True) if c in _COLUMNS}
        fault = _parse(record)
        if fault:
            rejects.add(str(path), number, fault[0], fault[1], row)
            continue
        kept.append(record)
        numbers.append(number)
    return (OWNERSHIP.build(kept) if kept else OWNERSHIP.empty()), numbers


def _parse(record: dict[str, object]) -> tuple[str, str] | None:
    """Turn a row's shares and days into values, in place; the field and the reason where one is none."""
    for name in ("share_min", "share_max"):
        text = str(record[name])
        if not text.lstrip("+-").isascii() or not text.lstrip("+-").isdigit() or len(text) > 9:
            return name, f"{text!r} is no whole number of parts per million"
        record[name] = int(text)
    for name in ("from", "until"):
        text = str(record.get(name) or "")
        day = whole_day(text) if text else None
        if text and day is None:
            return name, f"{text!r} is no day (YYYY-MM-DD)"
        record[name] = day
    return None
