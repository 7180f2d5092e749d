"""Who is mentioned in a ledger: the distinct descriptions of payers and payees, counted.

A ledger repeats the same few descriptions (account, name, type, country, bank) over and over. They are reduced to
distinct ones batch by batch, so that all later work on names is done once per description and not once per row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from caudal.ledger.batches import Batch
from caudal.ledger.mapping import Side
from caudal.ledger.text import clean, join, one_line

FIELDS = ("account", "name", "type", "country", "bic", "bank", "bank_country")
"""What a mention says, each possibly empty."""

Codes = npt.NDArray[np.int32]
_ROOM = 2**62


def group_codes(columns: list[npt.NDArray[Any]]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Number the distinct rows of some integer columns (not negative).

    Returns:
        the index of the first row of each distinct one, and the number of each row's.
    """
    combined = np.zeros(len(columns[0]), dtype=np.int64)
    size = 1
    for column in columns:
        count = int(column.max(initial=0)) + 1
        if count == 1:
            continue
        if size > _ROOM // count:
            distinct, combined = np.unique(combined, return_inverse=True)
            size = len(distinct)
        combined = combined * count + column
        size *= count
    _, first, place = np.unique(combined, return_index=True, return_inverse=True)
    return first.astype(np.int64), place.astype(np.int64)


def encode(texts: pa.Array) -> npt.NDArray[np.int64]:
    """A number for every distinct text."""
    indices: npt.NDArray[np.int64] = texts.dictionary_encode().indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return indices


@dataclass
class Local:
    """The mentions of one batch.

    Attributes:
        table: the distinct ones, cleaned, columns `FIELDS`.
        payer: number of each row's payer in `table`, shape (rows,).
        payee: the same for the payee.
    """

    table: pa.Table
    payer: Codes
    payee: Codes


def mentions_of(batch: Batch, payer: Side, payee: Side, empty: pa.Array) -> Local:
    """The distinct payers and payees of a batch."""
    rows = len(batch)
    raw: list[pa.Array] = []
    for name in FIELDS:
        halves = []
        for side in (payer, payee):
            cell = getattr(side, name)
            if cell is not None and cell.column is not None:
                halves.append(batch.text(cell.column))
            else:
                halves.append(pa.repeat(pa.scalar(cell.value if cell is not None else "", pa.string()), rows))
        raw.append(join(halves))
    first, place = group_codes([encode(texts) for texts in raw])
    table = pa.table([clean(one_line(texts.take(pa.array(first))), empty) for texts in raw], names=list(FIELDS))
    return Local(table, place[:rows].astype(np.int32), place[rows:].astype(np.int32))


@dataclass
class Mentions:
    """All mentions of a ledger, gathered batch by batch."""

    _tables: list[pa.Table] = field(default_factory=list)
    _counts: list[npt.NDArray[np.int64]] = field(default_factory=list)
    _size: int = 0

    def add(self, local: Local, payer: Codes, payee: Codes) -> int:
        """Take over a batch's mentions, counted over the accepted rows; the offset its numbers got."""
        size = local.table.num_rows
        self._tables.append(local.table)
        self._counts.append(
            np.bincount(payer, minlength=size).astype(np.int64) + np.bincount(payee, minlength=size).astype(np.int64)
        )
        offset = self._size
        self._size += size
        return offset

    def finish(self) -> tuple[pa.Table, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The distinct mentions of accepted rows, how often each occurs, and the number of each gathered one in it.

        Gathered ones that occur in rejected rows only get -1.
        """
        table = pa.concat_tables(self._tables).combine_chunks()
        counts = np.concatenate(self._counts)
        used = np.flatnonzero(counts)
        arrays = [join(table.column(name).chunks).take(pa.array(used)) for name in FIELDS]
        first, place = group_codes([encode(texts) for texts in arrays])
        number = np.full(self._size, -1, dtype=np.int64)
        number[used] = place
        total = np.zeros(len(first), dtype=np.int64)
        np.add.at(total, place, counts[used])
        return pa.table([texts.take(pa.array(first)) for texts in arrays], names=list(FIELDS)), total, number
