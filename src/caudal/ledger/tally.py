"""Which value goes with a key most often."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tally:
    """Distinct (key, value) pairs with their weight, by key, then weight descending, then value ascending.

    Equal weights fall to the value that sorts first, so that the order of rows never decides.

    Attributes:
        key: int64, shape (pairs,).
        value: string array, shape (pairs,).
        weight: int64, shape (pairs,).
        keys: number of keys.
    """

    key: Ints
    value: pa.Array
    weight: Ints
    keys: int

    @classmethod
    def of(cls, key: Ints, value: pa.Array, weight: Ints, keys: int) -> Tally:
        """Count values by key; empty and null values do not count."""
        value = pc.fill_null(value, "")
        there = np.flatnonzero(pc.not_equal(value, "").to_numpy(zero_copy_only=False))
        if not len(there):
            return cls(np.empty(0, np.int64), pa.array([], pa.string()), np.empty(0, np.int64), keys)
        encoded = value.take(pa.array(there)).dictionary_encode()
        order = pc.sort_indices(encoded.dictionary).to_numpy()
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order))
        code = rank[encoded.indices.to_numpy(zero_copy_only=False)]
        pairs, place = np.unique(key[there] * len(order) + code, return_inverse=True)
        total = np.zeros(len(pairs), dtype=np.int64)
        np.add.at(total, place, weight[there])
        pair_key, pair_code = np.divmod(pairs, len(order))
        by = np.lexsort((pair_code, -total, pair_key))
        values = encoded.dictionary.take(pa.array(order[pair_code[by]]))
        return cls(pair_key[by], values, total[by], keys)

    def _starts(self) -> npt.NDArray[np.bool_]:
        starts = np.ones(len(self.key), dtype=bool)
        starts[1:] = self.key[1:] != self.key[:-1]
        return starts

    def first(self) -> pa.Array:
        """The most frequent value of every key, null where it has none; shape (keys,)."""
        starts = np.flatnonzero(self._starts()) if len(self.key) else np.empty(0, np.int64)
        place = np.full(self.keys, -1, dtype=np.int64)
        place[self.key[starts]] = starts
        return self.value.take(pa.array(place, mask=place < 0))

    def rest(self) -> pa.Array:
        """The other values of every key, most frequent first, as lists; shape (keys,)."""
        return self._lists(~self._starts() if len(self.key) else np.empty(0, bool))

    def all(self) -> pa.Array:
        """All values of every key, most frequent first, as lists; shape (keys,)."""
        return self._lists(np.ones(len(self.key), dtype=bool))

    def _lists(self, keep: npt.NDArray[np.bool_]) -> pa.Array:
        counts = np.bincount(self.key[keep], minlength=self.keys)
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), self.value.filter(pa.array(keep)))
