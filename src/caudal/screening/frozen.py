"""The lists and customers of the day of a full screening, kept, so that what is screened later is weighed alike.

What a pair is worth depends on the pair and on how rare its words are: among the lists and the customers of that day.
With that held still, screening one pair again gives the same answer whoever else came or went, and so only what changed
need be screened again (see `delta`).
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa

from caudal.screening.encoded import EncodedNames
from caudal.screening.listed import Listed
from caudal.screening.near import Side, WordFacts, words_beginning
from caudal.screening.population import Counts, Population
from caudal.screening.screened import PartiesTable, encode_parties
from caudal.screening.spelling import LEVELS, Lexicon

INDEX, POPULATION = "index", "population.parquet"


class Frozen:
    """One day's lists and customers.

    Args:
        listed: the lists. counts: of the customers.
    """

    def __init__(self, listed: Listed, counts: Counts) -> None:
        self.listed, self.counts = listed, counts

    @cached_property
    def population(self) -> Population:
        """Shares by the lists and the customers."""
        return self._with(self.counts)

    def _with(self, counts: Counts) -> Population:
        lists = self.listed.reference.population
        return lists.with_file(counts) if counts.size > 1 else lists  # one customer alone says nothing, as in screening

    def query_side(self, names: EncodedNames, near: WordFacts, workers: int) -> Side:
        """What was known of the words of parties; of how many come near, for those that are near a listed word."""
        share = self.population.share_many(names.words)
        mass = np.zeros((len(names.words), LEVELS))
        asked = np.flatnonzero(np.diff(near.start))
        if asked.size:
            words = Lexicon.of(names.words.pick(asked))
            mass[asked] = self.listed.reference.facts(words, self.population, keep=False, workers=workers).mass
        return Side(names, share, mass, near.common, near.known)

    def listed_side(self, listed: Listed) -> Side:
        """What was known of the words of lists, of that day's or of others."""
        words, reference = listed.names.words, self.listed.reference
        share = self.population.share_many(words)
        mass = np.zeros((len(words), LEVELS))
        at = reference.words.find(words)
        mass[at >= 0] = reference.mass(self.population)[at[at >= 0]]
        new = np.flatnonzero(at < 0)
        if new.size:
            mass[new] = reference.facts(Lexicon.of(words.pick(new)), self.population, keep=False).mass
        return Side(listed.names, share, mass, listed.reference.common, listed.reference.known)

    def beginning(self, letters: str) -> float:
        """Share of parties with a word of that day's lists that begins so."""
        found = words_beginning(letters, self.listed.names, self.listed.reference)
        return float(self.population.shares()[found].sum())

    def moved(self, counts: Counts) -> np.ndarray:
        """Bits by which the rarity of each word of today's customers differs from that day's, shape (words,)."""
        now, then = self._with(counts).share_many(counts.words), self.population.share_many(counts.words)
        found: np.ndarray = np.abs(np.log2(now) - np.log2(then))
        return found

    def save(self, folder: Path) -> None:
        """Write it to a folder, each of its two parts whole or not at all."""
        self.listed.save(folder / INDEX, {})
        self.counts.save(folder / POPULATION)

    @classmethod
    def load(cls, folder: Path, *, check: bool = True) -> Frozen:
        """Read what `save` wrote; the index is mapped into memory.

        Raises:
            InputError: a part is missing or altered, or was made by another version of this program.
        """
        return cls(Listed.load(folder / INDEX, check=check)[0], Counts.load(folder / POPULATION))


def census(parties: pa.Table) -> Counts:
    """How many parties of a table bear each word; those alike in all their words count once."""
    who = PartiesTable(parties)
    names, _, _ = encode_parties(who)
    return Counts.of(who.kinds, names, distinct=True)
