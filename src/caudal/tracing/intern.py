"""Account ids to numbers, a batch at a time, in memory that grows with the accounts and not with the transfers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from caudal.tracing.kernels import Codes, Ints, compiled

Bytes = npt.NDArray[np.uint8]
Hashes = npt.NDArray[np.uint64]


@compiled
def _hash(data: Bytes, begin: int, end: int) -> np.uint64:
    """FNV-1a over the bytes, its high half folded in."""
    mixed = np.uint64(0xCBF29CE484222325)
    for at in range(begin, end):
        mixed = (mixed ^ np.uint64(data[at])) * np.uint64(0x100000001B3)
    return mixed ^ (mixed >> np.uint64(32))


@compiled
def _intern(
    begins: Ints,
    data: Bytes,
    resume: int,
    codes: Codes,
    slots: Codes,
    hashes: Hashes,
    ends: Ints,
    text: Bytes,
    count: int,
) -> tuple[int, int]:
    """Number the texts `resume` and on; a new text gets the next number.

    Args:
        begins: where each text begins in `data`, shape (texts + 1,).
        data: their bytes.
        resume: first text of this call.
        codes: shape (texts,), filled.
        slots: open hash table, 0 where empty, else the number plus one; its size is a power of two.
        hashes: hash of each known text.
        ends: where each known text ends in `text`, shape (room + 1,), the first 0.
        text: bytes of the known texts.
        count: known texts.

    Returns:
        The text it got to (all, or earlier where there is no room for one more), and the known texts.
    """
    mask = np.uint64(slots.size - 1)
    for row in range(resume, codes.size):
        begin, end = begins[row], begins[row + 1]
        key = _hash(data, begin, end)
        slot = key & mask
        while True:
            known = slots[slot] - 1
            if known < 0:
                size = end - begin
                if count == hashes.size or 2 * count >= slots.size or ends[count] + size > text.size:
                    return row, count
                for at in range(size):
                    text[ends[count] + at] = data[begin + at]
                hashes[count] = key
                ends[count + 1] = ends[count] + size
                slots[slot] = count + 1
                codes[row] = count
                count += 1
                break
            if hashes[known] == key and ends[known + 1] - ends[known] == end - begin:
                same = True
                for at in range(end - begin):
                    if text[ends[known] + at] != data[begin + at]:
                        same = False
                        break
                if same:
                    codes[row] = known
                    break
            slot = (slot + np.uint64(1)) & mask
    return codes.size, count


@compiled
def _place_again(hashes: Hashes, count: int, slots: Codes) -> None:
    """Fill an empty hash table."""
    mask = np.uint64(slots.size - 1)
    for known in range(count):
        slot = hashes[known] & mask
        while slots[slot] != 0:
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = known + 1


class Interner:
    """Texts seen so far, numbered in the order they were first seen."""

    def __init__(self) -> None:
        self._count = 0
        self._slots = np.zeros(1 << 16, np.int32)
        self._hashes = np.zeros(1 << 15, np.uint64)
        self._ends = np.zeros((1 << 15) + 1, np.int64)
        self._text = np.zeros(1 << 20, np.uint8)

    def __len__(self) -> int:
        return self._count

    def codes(self, texts: pa.Array) -> Codes:
        """The number of each text, shape (texts,); texts not seen before get the next ones."""
        begins, data = _parts(texts)
        codes = np.empty(len(texts), np.int32)
        at = 0
        while True:
            at, self._count = _intern(
                begins, data, at, codes, self._slots, self._hashes, self._ends, self._text, self._count
            )
            if at == len(codes):
                return codes
            self._grow(int(begins[at + 1] - begins[at]))

    def _grow(self, size: int) -> None:
        """Twice the room where there is none for one more text of this size."""
        if self._count == len(self._hashes):
            self._hashes = np.concatenate([self._hashes, np.zeros_like(self._hashes)])
            self._ends = np.concatenate([self._ends, np.zeros(len(self._ends) - 1, np.int64)])
        if 2 * self._count >= len(self._slots):
            self._slots = np.zeros(2 * len(self._slots), np.int32)
            _place_again(self._hashes, self._count, self._slots)
        if self._ends[self._count] + size > len(self._text):
            self._text = np.concatenate([self._text, np.zeros(len(self._text) + size, np.uint8)])

    def sorted(self) -> tuple[pa.Array, Codes]:
        """The texts in order, and the place of each number among them, shape (texts,)."""
        ends = self._ends[: self._count + 1]
        buffers = [None, pa.py_buffer(ends), pa.py_buffer(self._text[: ends[-1]])]
        texts = pa.Array.from_buffers(pa.large_string(), self._count, buffers)
        order = pc.sort_indices(texts)
        rank = np.empty(self._count, np.int32)
        rank[order.to_numpy()] = np.arange(self._count, dtype=np.int32)
        texts = texts.take(order)
        return (texts.cast(pa.string()) if texts.nbytes < 2**31 else texts), rank


def _parts(texts: Any) -> tuple[Ints, Bytes]:
    """Where each text begins and the bytes of all."""
    texts = texts if pa.types.is_large_string(texts.type) else texts.cast(pa.large_string())
    _, begins, data = texts.buffers()
    offsets = np.frombuffer(begins, np.int64)[texts.offset : texts.offset + len(texts) + 1] if begins else np.zeros(1)
    letters = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)
    return offsets.astype(np.int64, copy=False), letters
