"""Columns gathered row by row in little memory: what millions of entities say, without an object for each of them."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

BATCH = 16_384
"""Rows that are kept as objects before they are packed."""


class Rows:
    """Rows of texts, as a table of Arrow.

    Args:
        columns: their names.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self._schema = pa.schema([(name, pa.string()) for name in columns])
        self._packed: list[pa.RecordBatch] = []
        self._open: list[tuple[str, ...]] = []

    def add(self, row: tuple[str, ...]) -> None:
        """Take in the next row."""
        self._open.append(row)
        if len(self._open) >= BATCH:
            self._pack()

    def table(self) -> pa.Table:
        """All rows so far."""
        self._pack()
        return pa.Table.from_batches(self._packed, self._schema)

    def _pack(self) -> None:
        if self._open:
            cells = [pa.array(cell, pa.string()) for cell in zip(*self._open, strict=True)]
            self._packed.append(pa.record_batch(cells, schema=self._schema))
            self._open = []


class Coded:
    """Values that come up again and again, as codes.

    Attributes:
        values: what the codes stand for, in order of first use.
    """

    def __init__(self) -> None:
        self._known: dict[Any, int] = {}
        self._codes = array("i")

    @property
    def values(self) -> list[Any]:
        """What the codes stand for, in order of first use."""
        return list(self._known)

    def add(self, value: Hashable) -> None:
        """Take in the next value."""
        self._codes.append(self._known.setdefault(value, len(self._known)))

    def codes(self) -> np.ndarray:
        """(n,) int32."""
        return np.array(self._codes, np.int32)


class Moments:
    """Moments to the second, as arrays."""

    def __init__(self) -> None:
        self._packed: list[np.ndarray] = []
        self._open: list[str] = []

    def add(self, moment: str | None) -> None:
        """Take in the next moment, ISO in UTC."""
        self._open.append(moment or "NaT")
        if len(self._open) >= BATCH:
            self._pack()

    def array(self) -> np.ndarray:
        """(n,) datetime64[s], NaT where there was none."""
        self._pack()
        return np.concatenate(self._packed) if self._packed else np.zeros(0, "datetime64[s]")

    def _pack(self) -> None:
        if self._open:
            self._packed.append(np.array(self._open, "datetime64[s]"))
            self._open = []


def ranks(texts: pa.ChunkedArray) -> np.ndarray:
    """(n,) int32 places in sorted order, from 0; equal texts have equal places and no place is left free."""
    if not len(texts):
        return np.zeros(0, np.int32)
    placed: np.ndarray = pc.rank(texts, sort_keys="ascending", tiebreaker="dense").to_numpy()
    return placed.astype(np.int32) - 1
