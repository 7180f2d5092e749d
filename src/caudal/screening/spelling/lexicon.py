"""Distinct texts in a few flat arrays: found by hashing, read without a Python object per text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np

from caudal.screening.spelling.kernels import fill_slots, find_joined, find_texts, letter_matrix, measure

_CODEC = ("utf-8", "surrogatepass")


class Lexicon:
    """Distinct texts and their ids, 0 to n-1 in the order given.

    Attributes:
        data: UTF-8 of all texts (uint8). at: where each begins, and the end (int64, n + 1).
        slots: open hash table of ids (int32, a power of two; -1 is free).
    """

    def __init__(self, data: np.ndarray, at: np.ndarray, slots: np.ndarray | None = None) -> None:
        self.data, self.at = data, at
        if slots is None:
            slots = np.full(1 << max(2 * len(self), 1).bit_length(), -1, np.int32)
            fill_slots(data, at, slots)
        self.slots = slots

    @classmethod
    def of(cls, texts: Iterable[str]) -> Lexicon:
        """A lexicon of distinct texts."""
        return cls(*_flat(texts))

    def __len__(self) -> int:
        return len(self.at) - 1

    def __getitem__(self, i: int) -> str:
        return self.data[self.at[i] : self.at[i + 1]].tobytes().decode(*_CODEC)

    def pick(self, ids: np.ndarray) -> list[str]:
        """The texts of some ids."""
        return [self[i] for i in ids.tolist()]

    @cached_property
    def texts(self) -> list[str]:
        """All texts."""
        whole, at = self.data.tobytes(), self.at.tolist()
        return [whole[a:b].decode(*_CODEC) for a, b in pairwise(at)]

    @cached_property
    def ids(self) -> dict[str, int]:
        """The id of every text."""
        return {text: i for i, text in enumerate(self.texts)}

    @cached_property
    def _measured(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return measure(self.data, self.at)

    @property
    def lengths(self) -> np.ndarray:
        """Letters per text (int32)."""
        return self._measured[0]

    @property
    def firsts(self) -> np.ndarray:
        """Code point of the first letter per text (int32)."""
        return self._measured[1]

    @property
    def plain(self) -> np.ndarray:
        """Whether a text is all ASCII."""
        return self._measured[2]

    def letters(self, width: int) -> np.ndarray:
        """The first letters of every text, uint8 (texts, width); codes from 128 on stand for letters beyond ASCII."""
        found: np.ndarray = letter_matrix(self.data, self.at, self.plain, width)
        return found

    def find(self, texts: Lexicon | Sequence[str]) -> np.ndarray:
        """The id of every text, or -1 (int64)."""
        data, at = (texts.data, texts.at) if isinstance(texts, Lexicon) else _flat(texts)
        found: np.ndarray = find_texts(data, at, self.data, self.at, self.slots)
        return found

    def find_joined(self, start: np.ndarray, tok: np.ndarray, words: Lexicon, least: int) -> np.ndarray:
        """For every token of names and the next of the same name, the id here of both written together, or -1.

        Args:
            start, tok: names as runs of ids of `words`; least: letters both must have together.
        """
        found: np.ndarray = find_joined(
            start, tok, least, words.data, words.at, words.lengths, self.data, self.at, self.slots
        )
        return found

    def head(self, n: int) -> Lexicon:
        """The first n texts."""
        return self if n == len(self) else Lexicon(self.data[: self.at[n]], self.at[: n + 1])


def _flat(texts: Iterable[str]) -> tuple[np.ndarray, np.ndarray]:
    coded = [text.encode(*_CODEC) for text in texts]
    at = np.zeros(len(coded) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, coded), np.int64, len(coded)), out=at[1:])
    data = np.frombuffer(bytearray(b"".join(coded)), np.uint8)  # a bytearray, so that the array is not read-only
    return data, at
