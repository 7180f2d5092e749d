"""What a reader gives: batches of rows as read, each row with its number in the file.

A format is one `Reader`: it yields batches whose columns a mapping names, and says
which rows of the file it could not even take apart. Everything after that is the same for every format.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from caudal.ledger.text import as_text
from caudal.tables import REJECTED

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Broken:
    """A row that cannot be taken apart into columns; `file` where the reader reads several."""

    row: int
    reason: str
    text: str
    file: str | None = None


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
        places: where the reader reads several files, the file of each row and its number there; `rows` counts through.
    """

    names: list[str]
    raw: pa.RecordBatch
    rows: Rows
    broken: list[Broken] = field(default_factory=list)
    blank: int = 0
    total: int | None = None
    places: list[tuple[str, int]] | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def text(self, column: str) -> pa.Array:
        """A column as strings without nulls."""
        return as_text(self.raw.column(self.names.index(column)))

    def contents(self, indices: Rows) -> list[str]:
        """Some rows as JSON, column name to value."""
        names = [name or f"column {at}" for at, name in enumerate(self.names, start=1)]
        columns = [column.take(pa.array(indices)).to_pylist() for column in self.raw.columns]
        return [
            json.dumps(dict(zip(names, values, strict=True)), ensure_ascii=False, default=str)
            for values in zip(*columns, strict=True)
        ]


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
        self._parts: list[pa.Table] = []
        self._counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return sum(self._counts.values())

    def add(
        self,
        rows: Iterable[int],
        fields: list[str | None],
        reasons: list[str],
        contents: list[str],
        files: list[str] | None = None,
    ) -> None:
        """Keep rows, of the reader's one file where `files` does not name each one's."""
        self._counts.update(said_of(field, reason) for field, reason in zip(fields, reasons, strict=True))
        named = files or [self.file] * len(reasons)
        columns = {"file": named, "row": list(rows), "field": fields, "reason": reasons}
        self._parts.append(REJECTED.build({**columns, "content": contents}))

    def add_broken(self, broken: list[Broken]) -> None:
        """Keep rows that have no columns."""
        if broken:
            contents = [json.dumps({"text": one.text}, ensure_ascii=False) for one in broken]
            files = [one.file or self.file for one in broken]
            reasons = [one.reason for one in broken]
            self.add([one.row for one in broken], [None] * len(broken), reasons, contents, files)

    def add_rows(self, batch: Batch, at: Rows, fields: list[str | None], reasons: list[str]) -> None:
        """Keep some rows of a batch with their content."""
        if batch.places is None:
            self.add(batch.rows[at].tolist(), fields, reasons, batch.contents(at))
            return
        files, rows = zip(*(batch.places[one] for one in at.tolist()), strict=True)
        self.add(rows, fields, reasons, batch.contents(at), list(files))

    def counts(self) -> dict[str, int]:
        """Rows per `field: reason`, most frequent first."""
        return dict(sorted(self._counts.items(), key=lambda item: (-item[1], item[0])))

    def table(self) -> pa.Table:
        """The `rejected` table, by file and row."""
        order = [("file", "ascending"), ("row", "ascending")]
        return pa.concat_tables([REJECTED.empty(), *self._parts]).sort_by(order).combine_chunks()


def said_of(field: str | None, reason: str) -> str:
    """Field and reason in one, as a summary counts them."""
    return f"{field}: {reason}" if field else reason


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
        bad = np.flatnonzero(self.code)
        if len(bad):
            said = [self._said[code - 1] for code in self.code[bad].tolist()]
            fields, reasons = [name for name, _ in said], [reason for _, reason in said]
            rejects.add_rows(batch, bad, list(fields), reasons)


def reject_rows(reader: Reader, rows: Rows, field: str, reason: str, rejects: Rejects) -> None:
    """Keep aside rows found faulty only once the whole file was read; reads the file again for their content."""
    wanted = np.sort(rows)
    for batch in reader.batches():
        found = np.flatnonzero(np.isin(batch.rows, wanted))
        if len(found):
            rejects.add_rows(batch, found, [field] * len(found), [reason] * len(found))
