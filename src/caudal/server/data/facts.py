"""What matches are filtered by: plain arrays, one row per entity in the order of the screener's `listed.subjects`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class ListedFacts:
    """Facts of the entities that can be matched; n of them.

    Attributes:
        datasets, schemata, topics: the names that the bits and codes below stand for.
        dataset_bits: (n, ceil(datasets / 64)) uint64; bit k says that the entity is in dataset k.
        schema: (n,) int16, index into `schemata`.
        topic_bits: (n, ceil(topics / 64)) uint64.
        changed: (n,) datetime64[s] UTC of the last change, NaT where unknown.
    """

    datasets: tuple[str, ...]
    schemata: tuple[str, ...]
    topics: tuple[str, ...]
    dataset_bits: np.ndarray
    schema: np.ndarray
    topic_bits: np.ndarray
    changed: np.ndarray

    def __len__(self) -> int:
        return len(self.schema)

    def in_any(self, names: Collection[str]) -> np.ndarray:
        """Rows whose entity is in any of these datasets."""
        return _any(self.dataset_bits, self.datasets, names)

    def of_any(self, names: Collection[str]) -> np.ndarray:
        """Rows whose entity has any of these topics."""
        return _any(self.topic_bits, self.topics, names)

    def of_schema(self, names: Collection[str]) -> np.ndarray:
        """Rows whose schema is one of these."""
        codes = [code for code, name in enumerate(self.schemata) if name in names]
        found: np.ndarray = np.isin(self.schema, np.array(codes, np.int16))
        return found

    def changed_since(self, moment: np.datetime64) -> np.ndarray:
        """Rows changed at a moment or after; one without a known change counts, for nothing says that it did not."""
        since: np.ndarray = (self.changed >= moment) | np.isnat(self.changed)
        return since


def _any(bits: np.ndarray, known: tuple[str, ...], names: Collection[str]) -> np.ndarray:
    asked = np.zeros(bits.shape[1], np.uint64)
    for k, name in enumerate(known):
        if name in names:
            asked[k // 64] |= np.uint64(1) << np.uint64(k % 64)
    return np.asarray((bits & asked).any(axis=1))


def bits_of(sets: Sequence[Collection[str]], known: tuple[str, ...]) -> np.ndarray:
    """Sets of names as rows of bits, as `ListedFacts` keeps them."""
    code = {name: k for k, name in enumerate(known)}
    out = np.zeros((len(sets), max(1, -(-len(known) // 64))), np.uint64)
    for row, names in enumerate(sets):
        for name in names:
            k = code[name]
            out[row, k // 64] |= np.uint64(1) << np.uint64(k % 64)
    return out
