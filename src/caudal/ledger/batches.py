"""What a reader gives: batches of rows as read, each row with its number in the file.

A new format (ISO 20022 messages, say) is one more `Reader`: it yields batches whose columns a mapping names, and says
which rows of the file it could not even take apart. Everything after that is the same for every format.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from caudal.ledger.text import as_text
from caudal.tables import REJECTED

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Broken:
    """A row that cannot be taken apart into columns."""

    row: int
    reason: str
    text: str


@dataclass(frozen=True)
class Batch:
    """Some rows of a file, as read.

    Attributes:
        names: the columns' names as the file gives them.
        raw: the columns, in the same order, of any Arrow type.
        rows: int64, shape (rows,): row numbers in the file as a spreadsheet shows them (a header is row 1).
        broken: rows beside these that could not be taken apart.
        blank: empty rows passed over.
        total: rows the whole file has, as far as is known, for a progress bar.
    """

    names: list[str]
    raw: pa.RecordBatch
    rows: Rows
    broken: list[Broken] = field(default_factory=list)
    blank: int = 0
    total: int | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def text(self, column: str) -> pa.Array:
        """A column as strings without nulls."""
        return as_text(self.raw.column(self.names.index(column)))

    def content(self, index: int) -> str:
        """One row as JSON, column name to value."""
        values = {name or f"column {at + 1}": self.raw.column(at)[index].as_py() for at, name in enumerate(self.names)}
        return json.dumps(values, ensure_ascii=False, default=str)


class Reader(Protocol):
    """One way to read a file: its name, its columns, and its rows from the start each time `batches` is called."""

    file: str
    names: list[str]

    def batches(self) -> Iterator[Batch]:
        """The rows, a batch at a time.

        Raises:
            InputError: the file cannot be read on.
        """
        ...


class Rejects:
    """Rows kept aside, each with its reason; grows to the `rejected` table."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._rows: list[tuple[int, str | None, str, str]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, row: int, field: str | None, reason: str, content: str) -> None:
        """Keep one row."""
        self._rows.append((row, field, reason, content))

    def add_broken(self, broken: Iterable[Broken]) -> None:
        """Keep rows that have no columns."""
        for one in broken:
            self.add(one.row, None, one.reason, json.dumps({"text": one.text}, ensure_ascii=False))

    def counts(self) -> dict[str, int]:
        """Rows per `field: reason`, most frequent first."""
        found: dict[str, int] = {}
        for _, name, reason, _ in self._rows:
            key = f"{name}: {reason}" if name else reason
            found[key] = found.get(key, 0) + 1
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def first(self) -> tuple[int, str | None, str] | None:
        """Row, field and reason of the first kept row."""
        return min(self._rows)[:3] if self._rows else None

    def table(self) -> pa.Table:
        """The `rejected` table, by row."""
        rows = sorted(self._rows, key=lambda r: r[0])
        columns: list[tuple[Any, ...]] = list(zip(*rows, strict=True)) if rows else [(), (), (), ()]
        return REJECTED.build(
            {
                "file": [self.file] * len(rows),
                "row": list(columns[0]),
                "field": list(columns[1]),
                "reason": list(columns[2]),
                "content": list(columns[3]),
            }
        )


class Faults:
    """The first fault found in each row of a batch."""

    def __init__(self, rows: int) -> None:
        self.code = np.zeros(rows, dtype=np.int16)
        self._said: list[tuple[str, str]] = []

    def mark(self, mask: npt.NDArray[np.bool_], field: str, reason: str) -> None:
        """Say that the rows in `mask` are at fault, where nothing was said of them yet."""
        mask = mask & (self.code == 0)
        if mask.any():
            self._said.append((field, reason))
            self.code[mask] = len(self._said)

    def take(self, other: Faults, rows: npt.NDArray[np.bool_]) -> None:
        """Take over the faults of some rows from another record of the same batch."""
        for at, (name, reason) in enumerate(other._said, start=1):
            self.mark(rows & (other.code == at), name, reason)

    @property
    def good(self) -> npt.NDArray[np.bool_]:
        """The rows without a fault."""
        return np.asarray(self.code == 0)

    def move(self, batch: Batch, rejects: Rejects) -> None:
        """Keep the faulty rows aside with their content."""
        for index in np.flatnonzero(self.code):
            name, reason = self._said[self.code[index] - 1]
            rejects.add(int(batch.rows[index]), name, reason, batch.content(int(index)))


def reject_rows(reader: Reader, rows: Rows, field: str, reason: str, rejects: Rejects) -> None:
    """Keep aside rows found faulty only once the whole file was read; reads the file again for their content."""
    wanted = np.sort(rows)
    for batch in reader.batches():
        for index in np.flatnonzero(np.isin(batch.rows, wanted)):
            rejects.add(int(batch.rows[index]), field, reason, batch.content(int(index)))
