"""Which names a word is a form of, as `rigour`'s tables have it, without having them read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from caudal.screening.spelling import kept, library
from caudal.screening.spelling.lexicon import Lexicon


class Personal:
    """Every word that is a form of a personal name.

    Attributes:
        words: the words; none at all: not known here, so that `rigour` is asked about each word. start, keys: keys of
            word i are keys[start[i]:start[i+1]] (int64, ascending).
    """

    def __init__(self, words: Lexicon, start: np.ndarray, keys: np.ndarray) -> None:
        self.words, self.start, self.keys = words, start, keys

    @classmethod
    def of(cls, names: library.Names) -> Personal:
        """From words and their keys."""
        start = np.zeros(len(names) + 1, np.int64)
        np.cumsum(np.fromiter(map(len, names.values()), np.int64, len(names)), out=start[1:])
        keys = np.fromiter((key for own in names.values() for key in sorted(own)), np.int64, int(start[-1]))
        return cls(Lexicon.of(names), start, keys)

    @classmethod
    def known(cls) -> Personal:
        """As the installed library has them: kept from an earlier process, or read now, which takes two seconds."""
        return _known()

    def find(self, texts: Sequence[str]) -> list[list[int]]:
        """For every text the keys of the names it is a form of, ascending."""
        if not len(self.words):
            return [sorted(library.asked(text)) if library.readable(text) else [] for text in texts]
        plain = [text.lower() if library.readable(text) else "" for text in texts]
        at, start = self.words.find(plain).tolist(), self.start
        return [self.keys[start[i] : start[i + 1]].tolist() if i >= 0 else [] for i in at]


@cache
def _known() -> Personal:
    held = kept.read()
    if held is not None:
        data, at, start, keys = held
        return Personal(Lexicon(data, at), start, keys)
    found = Personal.of(library.names() or {})
    kept.write((found.words.data, found.words.at, found.start, found.keys))
    return found
