"""Forms of names (see `variants`) of many words at once, with those of the lists' words worked out beforehand.

Working one out needs rigour's tables of names, which take seconds and some 400 MB to read; a word that the table here
holds, or that an earlier process has kept, needs none of it.
"""

from __future__ import annotations

import numpy as np

from caudal.screening.phrases import common_names
from caudal.screening.spelling.kept import MOST_WORDS, WORTH_KEEPING, Kept
from caudal.screening.spelling.lexicon import Lexicon
from caudal.screening.variants import forms, is_known, pet_names, pets


class Forms:
    """The forms of some words, and of any other by asking.

    Attributes:
        words: words worked out. start, keys: keys of word i are keys[start[i]:start[i+1]] (int64). known: whether a
            word is a known personal name.
    """

    def __init__(self, words: Lexicon, start: np.ndarray, keys: np.ndarray, known: np.ndarray) -> None:
        self.words, self.start, self.keys, self.known = words, start, keys, known

    @classmethod
    def of(cls, texts: list[str]) -> Forms:
        """Worked out for some words and for all names and words that this room's files know.

        What an earlier process has worked out and kept is taken from there (see `kept`).
        """
        words = Lexicon.of(dict.fromkeys([*texts, *common_names(), *pet_names()]))
        kept = Kept.read()
        keys, owner, known, new = kept.find(words)
        if new.size:
            more_keys, more_owner, known[new] = _asked(words.pick(new))
            keys, owner = np.concatenate([keys, more_keys]), np.concatenate([owner, new[more_owner]])
            order = np.argsort(owner, kind="stable")
            keys, owner = keys[order], owner[order]
        found = cls(words, np.searchsorted(owner, np.arange(len(words) + 1)).astype(np.int64), keys, known)
        if new.size >= WORTH_KEEPING:
            found._keep(kept)
        return found

    def _keep(self, before: Kept) -> None:
        """Keep these words, beside those that were kept before."""
        other = np.flatnonzero(self.words.find(before.words) < 0)
        texts = [*self.words.texts, *before.words.pick(other)]
        counts = np.diff(before.start)[other]
        offset = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
        keys = before.keys[np.repeat(before.start[other], counts) + offset]
        start = np.concatenate([self.start, self.start[-1] + np.cumsum(counts)])
        if len(texts) > MOST_WORDS:
            Kept(self.words, self.start, self.keys, self.known).write()
            return
        known = np.concatenate([self.known, before.known[other]])
        Kept(Lexicon.of(texts), start, np.concatenate([self.keys, keys]), known).write()

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
            more_keys, more_owner, known[other] = _asked(query.pick(other))
            keys, owner = np.concatenate([keys, more_keys]), np.concatenate([owner, other[more_owner]])
            order = np.argsort(owner, kind="stable")
            keys, owner = keys[order], owner[order]
        return keys, owner.astype(np.int32), known


def _asked(texts: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keys (int64), the text each belongs to, ascending, and which texts are known names."""
    keys: list[int] = []
    owner: list[int] = []
    for i, text in enumerate(texts):
        found = forms(text) + pets(text)
        keys.extend(found)
        owner.extend([i] * len(found))
    known = np.fromiter(map(is_known, texts), np.bool_, len(texts))
    return np.asarray(keys, np.int64), np.asarray(owner, np.int64), known
