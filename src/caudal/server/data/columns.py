"""Codes of every entity in a few fields, as plain arrays mapped into memory: for filters, facets and sorting.

Rows are entities in the order of the store (`n` of them). Most entities have a handful of values in a field, so a field
is a run of codes per entity; counting a facet is one `bincount` over the runs of whoever was found.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Collection, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from caudal.server.data.gathering import Moments, Rows, ranks

FIELDS = ("schema", "datasets", "topics", "countries", "genders", "identifiers")
"""Fields kept as codes: those of the facets."""
NONE = np.iinfo(np.int32).max
"""Rank of an entity without a value: after all others."""


class Field:
    """Codes of one field.

    Attributes:
        start: (n + 1,) int64; codes of entity i are code[start[i]:start[i + 1]].
        code: int32, index into `values`, ascending within an entity.
    """

    def __init__(self, start: np.ndarray, code: np.ndarray, values: Path | list[str]) -> None:
        self.start, self.code, self._values = start, code, values

    @cached_property
    def values(self) -> list[str]:
        """What the codes stand for, in order of first use."""
        if isinstance(self._values, list):
            return self._values
        read: list[str] = json.loads(self._values.read_bytes())
        return read

    @cached_property
    def codes(self) -> dict[str, int]:
        """Value to code."""
        return {value: k for k, value in enumerate(self.values)}

    def having(self, values: Collection[str], *, every: bool = False) -> np.ndarray:
        """(n,) bool: entities with any of these values, or with every one of them."""
        n = self.start.size - 1
        if every:
            found = np.ones(n, np.bool_)
            for value in values:
                found &= self.having((value,))
            return found
        found = np.zeros(n, np.bool_)
        wanted = [self.codes[value] for value in values if value in self.codes]
        if wanted:
            at = np.flatnonzero(np.isin(self.code, np.array(wanted, np.int32)))
            found[np.searchsorted(self.start, at, side="right") - 1] = True
        return found

    def count(self, rows: np.ndarray) -> list[tuple[str, int]]:
        """Values of these entities with how many have each, most first; equal ones by their text."""
        low, high = self.start[rows], self.start[rows + 1]
        lengths = high - low
        total = int(lengths.sum())
        if not total:
            return []
        steps = np.arange(total) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        counted = np.bincount(self.code[np.repeat(low, lengths) + steps], minlength=len(self.values))
        some = np.flatnonzero(counted)
        return sorted(((self.values[k], int(counted[k])) for k in some.tolist()), key=lambda one: (-one[1], one[0]))


class Columns:
    """All fields, moments and orders of the entities of a snapshot.

    Attributes:
        moments: `first_seen`, `last_seen`, `last_change` as (n,) datetime64[s], NaT where unknown.
        ranks: `id` and `caption` as (n,) int32 places in sorted order.
        shown: (n,) bool, False for entries that were put together with others of their id.
        target: (n,) bool. size: (n,) int32, values an entity holds.
    """

    def __init__(
        self, fields: dict[str, Field], moments: dict[str, np.ndarray], ranks: dict[str, np.ndarray], shown: np.ndarray,
        target: np.ndarray, size: np.ndarray,
    ) -> None:  # fmt: skip
        self.fields, self.moments, self.ranks = fields, moments, ranks
        self.shown, self.target, self.size = shown, target, size

    @classmethod
    def load(cls, folder: Path) -> Columns:
        """Open what `ColumnsWriter` wrote, mapped into memory."""

        def array(name: str) -> np.ndarray:
            held: np.ndarray = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False).view(np.ndarray)
            return held

        fields = {
            name: Field(array(f"{name}.start"), array(f"{name}.code"), folder / f"{name}.json") for name in FIELDS
        }
        moments = {name: array(name) for name in ("first_seen", "last_seen", "last_change")}
        ranks = {name: array(f"rank.{name}") for name in ("id", "caption")}
        return cls(fields, moments, ranks, array("shown"), array("target"), array("size"))


class ColumnsWriter:
    """Gathers the columns while entities come one by one, in order."""

    def __init__(self) -> None:
        self._codes: dict[str, dict[str, int]] = {name: {} for name in FIELDS}
        self._code = {name: array("i") for name in FIELDS}
        self._start = {name: array("q", [0]) for name in FIELDS}
        self._moments = {name: Moments() for name in ("first_seen", "last_seen", "last_change")}
        self._texts = Rows(("id", "caption"))
        self._shown, self._target, self._size = array("b"), array("b"), array("i")

    def add(
        self, uid: str, caption: str, fields: dict[str, Sequence[str]], moments: dict[str, str | None], *, shown: bool,
        target: bool, size: int,
    ) -> None:  # fmt: skip
        """Take in the next entity; values once each."""
        for name in FIELDS:
            known = self._codes[name]
            mine = self._code[name]
            mine.extend(sorted(known.setdefault(value, len(known)) for value in fields.get(name, ())))
            self._start[name].append(len(mine))
        for name, held in self._moments.items():
            held.add(moments.get(name))
        self._texts.add((uid, caption.casefold()))
        self._shown.append(shown)
        self._target.append(target)
        self._size.append(size)

    def write(self, folder: Path) -> None:
        """Write all columns into a folder that is there."""
        for name in FIELDS:
            np.save(folder / f"{name}.start.npy", np.array(self._start[name], np.int64))
            np.save(folder / f"{name}.code.npy", np.array(self._code[name], np.int32))
            (folder / f"{name}.json").write_text(json.dumps(list(self._codes[name]), ensure_ascii=False), "utf-8")
        for name, held in self._moments.items():
            np.save(folder / f"{name}.npy", held.array())
        texts = self._texts.table()
        for name in ("id", "caption"):
            np.save(folder / f"rank.{name}.npy", ranks(texts[name]))
        np.save(folder / "shown.npy", np.array(self._shown, np.bool_))
        np.save(folder / "target.npy", np.array(self._target, np.bool_))
        np.save(folder / "size.npy", np.array(self._size, np.int32))
