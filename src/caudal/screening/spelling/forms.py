"""Forms of names (see `variants`, `personal`) of many words at once; those of the lists' words are worked out first."""

from __future__ import annotations

import numpy as np

from caudal.screening.phrases import common_names
from caudal.screening.spelling.lexicon import Lexicon
from caudal.screening.spelling.personal import Personal
from caudal.screening.variants import is_known, pet_names, pets, spelt


class Forms:
    """The forms of some words, and of any other by asking.

    Attributes:
        words: words worked out. start, keys: keys of word i are keys[start[i]:start[i+1]] (int64). known: whether a
            word is a known personal name. personal: names that any other word may be a form of.
    """

    def __init__(
        self, words: Lexicon, start: np.ndarray, keys: np.ndarray, known: np.ndarray, personal: Personal | None = None
    ) -> None:
        self.words, self.start, self.keys, self.known = words, start, keys, known
        self._personal = personal

    @property
    def personal(self) -> Personal:
        """Names that any other word may be a form of."""
        if self._personal is None:
            self._personal = Personal.known()
        return self._personal

    @classmethod
    def of(cls, texts: list[str]) -> Forms:
        """Worked out for some words and for all names and words that this room's files know."""
        words = Lexicon.of(dict.fromkeys([*texts, *common_names(), *pet_names()]))
        personal = Personal.known()
        keys, owner, known = _asked(words.texts, personal)
        return cls(words, np.searchsorted(owner, np.arange(len(words) + 1)).astype(np.int64), keys, known, personal)

    @classmethod
    def none(cls) -> Forms:
        """Nothing worked out."""
        return cls(Lexicon.of([]), np.zeros(1, np.int64), np.zeros(0, np.int64), np.zeros(0, np.bool_))

    def find(self, query: Lexicon) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Keys of the names that words are forms of, the word each belongs to (ascending), and which are known."""
        at = self.words.find(query)
        here, other = np.flatnonzero(at >= 0), np.flatnonzero(at < 0)
        known = np.zeros(len(query), np.bool_)
        known[here] = self.known[at[here]]
        low, counts = self.start[at[here]], self.start[at[here] + 1] - self.start[at[here]]
        owner = np.repeat(here, counts)
        offset = np.arange(owner.size) - np.repeat(np.cumsum(counts) - counts, counts)
        keys = self.keys[np.repeat(low, counts) + offset]
        if other.size:
            more_keys, more_owner, known[other] = _asked(query.pick(other), self.personal)
            keys, owner = np.concatenate([keys, more_keys]), np.concatenate([owner, other[more_owner]])
            order = np.argsort(owner, kind="stable")
            keys, owner = keys[order], owner[order]
        return keys, owner.astype(np.int32), known


def forms(text: str) -> tuple[int, ...]:
    """Keys of what one word is a form of: known personal names, and names spelt by the same rules in another way."""
    return (*Personal.known().find([text])[0], *spelt(text))


def _asked(texts: list[str], personal: Personal) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keys (int64), the text each belongs to, ascending, and which texts are known names."""
    keys: list[int] = []
    owner: list[int] = []
    for i, (text, names) in enumerate(zip(texts, personal.find(texts), strict=True)):
        found = (*names, *spelt(text), *pets(text))
        keys.extend(found)
        owner.extend([i] * len(found))
    known = np.fromiter(map(is_known, texts), np.bool_, len(texts))
    return np.asarray(keys, np.int64), np.asarray(owner, np.int64), known
