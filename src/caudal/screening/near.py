"""Which words of the lists each query word may agree with, and the bits of that agreement."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from caudal.screening.commonness import commonness
from caudal.screening.encoded import EncodedNames
from caudal.screening.kernels import reach_of_words
from caudal.screening.population import Population, neighbourhood
from caudal.screening.spelling import LEVELS, Forms, Lexicon, Near, TokenIndex, sounds
from caudal.screening.weights import Weights

JOIN_BITS = -1.0
"""What writing two words as one, or one as two, takes off."""
CUT_BITS = -1.0
"""What a word cut off at the end of a line takes off the rarity of its letters."""
JOINED_HALF = 0.7
"""Power of the commoner half's share: neighbouring words are not independent (auto parts, good will)."""
FEW = 64
"""Up to so many words are looked up one by one among the words remembered."""
REMEMBERED = 50_000
"""Words whose near ones are remembered; when there are more, all are forgotten."""
PART = 8_192
"""Words joined with the lists' words at a time."""


@dataclass(frozen=True)
class WordFacts:
    """What is known of some words, in one population.

    Attributes:
        share: share of parties that bear each; common: see `commonness` (int8); known: whether it is a known name.
        mass: share of parties that bear a word as near or nearer (words x LEVELS).
        start, tok, level: the lists' words near each, by id, and how near.
    """

    share: np.ndarray
    common: np.ndarray
    known: np.ndarray
    mass: np.ndarray
    start: np.ndarray
    tok: np.ndarray
    level: np.ndarray

    @classmethod
    def together(cls, parts: list[WordFacts]) -> WordFacts:
        """The facts of several runs of words, one after another."""
        sizes = np.concatenate([[0], *(np.diff(part.start) for part in parts)])
        return cls(
            np.concatenate([part.share for part in parts]),
            np.concatenate([part.common for part in parts]),
            np.concatenate([part.known for part in parts]),
            np.concatenate([part.mass for part in parts]),
            np.cumsum(sizes),
            np.concatenate([part.tok for part in parts]),
            np.concatenate([part.level for part in parts]),
        )

    def one(self, i: int) -> WordFacts:
        """The facts of one word."""
        low, high = int(self.start[i]), int(self.start[i + 1])
        return WordFacts(
            self.share[i : i + 1],
            self.common[i : i + 1],
            self.known[i : i + 1],
            self.mass[i : i + 1],
            np.array([0, high - low]),
            self.tok[low:high].copy(),
            self.level[low:high].copy(),
        )


class Reference:
    """The words of the lists: their typo index, and what is known of any word against them.

    Args:
        words: the lists' words; population: the one that the lists are.
        arrays: those of an index built before: of TokenIndex, and `near_left`, `near_right`, `near_level`, `common`,
            `known`. forms: forms of the words.
    """

    def __init__(
        self, words: Lexicon, population: Population, arrays: dict[str, np.ndarray] | None = None,
        forms: Forms | None = None,
    ) -> None:  # fmt: skip
        self.words = words
        self.forms = forms or Forms.of(words.texts)
        self.tokens = TokenIndex(words, arrays, self.forms)
        self.population = population
        if arrays is None:
            near = self.tokens.join(words)
            arrays = {
                **self.tokens.arrays,
                "near_left": near.left,
                "near_right": near.right,
                "near_level": near.level,
                "common": np.fromiter(map(commonness, words.texts), np.int8, len(words)),
                "known": self.forms.find(words)[2],
            }
        self.arrays = arrays
        self._mass: tuple[Population, np.ndarray] | None = None
        self._remembered: tuple[Population, dict[str, WordFacts]] = (population, {})

    @property
    def texts(self) -> list[str]:
        """The lists' words."""
        return self.words.texts

    @property
    def common(self) -> np.ndarray:
        """Commonness per word (int8)."""
        return self.arrays["common"]

    @property
    def known(self) -> np.ndarray:
        """Whether a word is a known personal name."""
        return self.arrays["known"]

    @cached_property
    def alphabetical(self) -> tuple[np.ndarray, list[str]]:
        """The ids of the words in alphabetical order, and the words in that order."""
        order = sorted(range(len(self.words)), key=self.words.texts.__getitem__)
        return np.array(order, np.int64), [self.words.texts[i] for i in order]

    def mass(self, population: Population) -> np.ndarray:
        """Share of parties that bear a word as near or nearer, per word of the lists and level."""
        known = self._mass
        if known is None or known[0] is not population:
            near, shares = self.arrays, population.shares()
            found = neighbourhood(
                shares, near["near_left"], near["near_level"], shares[near["near_right"]], self.words.lengths
            )
            known = self._mass = (population, found)
        return known[1]

    def facts(self, words: Lexicon, population: Population, *, keep: bool, workers: int = 1) -> WordFacts:
        """What is known of some words.

        Args:
            keep: remember them; for the population that single questions are asked against.
        """
        if not keep or not 0 < len(words) <= FEW:
            return self._facts(words, population, workers)
        if self._remembered[0] is not population:
            self._remembered = (population, {})
        known = self._remembered[1]
        texts = words.texts
        found = [known.get(text) for text in texts]
        if any(facts is None for facts in found):
            new = [text for text, facts in zip(texts, found, strict=True) if facts is None]
            fresh = self._facts(Lexicon.of(new), population, 1)
            if len(known) > REMEMBERED:
                known.clear()
            made = {text: fresh.one(i) for i, text in enumerate(new)}
            known.update(made)
            found = [facts or made[text] for text, facts in zip(texts, found, strict=True)]
        return WordFacts.together([facts for facts in found if facts is not None])

    def _facts(self, words: Lexicon, population: Population, workers: int) -> WordFacts:
        at = self.words.find(words)
        share = population.share_many(words, at)
        sound, form = sounds(words), self.forms.find(words)
        shares = population.shares()

        def part(low: int) -> tuple[Near, np.ndarray]:
            high = min(low + PART, len(words))
            near = self.tokens.join_part(words, low, high, sound, at, form)
            mass = neighbourhood(
                share[low:high], near.left - low, near.level, shares[near.right], words.lengths[low:high]
            )
            return near, mass

        lows = range(0, len(words), PART)
        if workers > 1 and len(lows) > 1:
            words.plain  # noqa: B018 - measured once, before threads ask for it
            with ThreadPoolExecutor(workers) as pool:
                parts = list(pool.map(part, lows))
        else:
            parts = [part(low) for low in lows]
        left = np.concatenate([near.left for near, _ in parts]) if parts else np.zeros(0, np.int32)
        start = np.searchsorted(left, np.arange(len(words) + 1)).astype(np.int64)
        common = np.zeros(len(words), np.int8)
        # Whether a name is common matters only where it has something to agree with: in the lists, or in another party.
        asked = np.flatnonzero(np.diff(start)) if len(words) > FEW else np.arange(len(words))
        texts = words.texts
        common[asked] = np.fromiter((commonness(texts[i]) for i in asked.tolist()), np.int8, asked.size)
        return WordFacts(
            share,
            common,
            form[2],
            np.concatenate([mass for _, mass in parts]) if parts else np.zeros((0, LEVELS)),
            start,
            np.concatenate([near.right for near, _ in parts]) if parts else left,
            np.concatenate([near.level for near, _ in parts]) if parts else np.zeros(0, np.int8),
        )


@dataclass(frozen=True, eq=False)
class Side:
    """Names and what is known of their words: shares, neighbourhoods, commonness, whether they are known names."""

    names: EncodedNames
    share: np.ndarray
    mass: np.ndarray
    common: np.ndarray
    known: np.ndarray

    @cached_property
    def known_ids(self) -> np.ndarray:
        """Per id of the names whether it is a known personal name."""
        found = np.zeros(self.names.size, np.bool_)
        found[: self.names.real] = self.known
        return found

    @cached_property
    def bits(self) -> np.ndarray:
        """Rarity of every id of the names, in bits; of joined words none."""
        found = np.zeros(self.names.size)
        found[: self.names.real] = -np.log2(self.share)
        return found

    @cached_property
    def joined_share(self) -> np.ndarray:
        """Share of the joined words: of those who bear the rarer half, more bear the other than of all parties."""
        first, second = self.share[self.names.pieces.T]
        found: np.ndarray = np.minimum(first, second) * np.maximum(first, second) ** JOINED_HALF
        return found

    @cached_property
    def joined_common(self) -> np.ndarray:
        """Commonness of the joined words: that both halves are common names."""
        pieces = self.names.pieces
        both: np.ndarray = (self.common[pieces[:, 0]] > 0) & (self.common[pieces[:, 1]] > 0)
        return both.astype(np.int8)


@dataclass(frozen=True, eq=False)
class NearTable:
    """For every query id the listed ids it may agree with, sorted, and the bits of that agreement.

    Attributes:
        start: entries of query id v are start[v] to start[v+1]-1. tok: listed ids; bits, level, share, common: of the
            agreement. most, names: per query id, see `kernels.reach_of_words`.
        query_bits, listed_bits: rarity per id. query_known, listed_known: known names, per id.
    """

    start: np.ndarray
    tok: np.ndarray
    bits: np.ndarray
    level: np.ndarray
    share: np.ndarray
    common: np.ndarray
    query_bits: np.ndarray
    listed_bits: np.ndarray
    query_known: np.ndarray
    listed_known: np.ndarray
    most: np.ndarray
    names: np.ndarray


def near_table(
    query: Side, listed: Side, start: np.ndarray, tok: np.ndarray, level: np.ndarray, reference: Reference,
    population: Population, weights: Weights, beginning: Callable[[str], float] | None = None,
) -> NearTable:  # fmt: skip
    """Weigh every pair of query and listed words that are near enough to agree.

    Args:
        start, tok, level: for every query word the listed words near it, by id, and how near.
        reference, population: the lists' words and their shares, for the prefixes of cut words.
        beginning: share of parties with a word that begins so, where that is not to be taken from `listed`.
    """
    q, t = query.names, listed.names
    left = np.repeat(np.arange(q.real), np.diff(start))
    share = np.maximum(query.mass[left, level], listed.mass[tok, level])
    length = np.minimum(q.words.lengths[left], t.words.lengths[tok])
    bits = weights.agreement(level, share, length, query.known[left] & listed.known[tok])
    common = np.maximum(query.common[left], listed.common[tok])

    # Words that the list writes in two: they come after all real words, so they go to the end of their row.
    other = t.joined.find(q.words) if len(t.joined) else np.full(q.real, -1, np.int64)
    rows = np.flatnonzero(other >= 0)
    if rows.size:
        there = other[rows]
        extra = np.maximum(query.share[rows], listed.joined_share[there])
        at = start[rows + 1]
        tok = np.insert(tok, at, t.first_joined + there)
        bits = np.insert(bits, at, _exact(extra, JOIN_BITS, weights))
        level = np.insert(level, at, 0)
        share = np.insert(share, at, extra)
        common = np.insert(common, at, np.maximum(query.common[rows], listed.joined_common[there]))
        start = start + np.searchsorted(rows, np.arange(start.size))
    toks, all_bits, levels, shares, commons = [tok], [bits], [level], [share], [common]
    counts = [np.diff(start)]
    query_bits = query.bits

    if q.prefixes:
        prefix_share = population.share_many(Lexicon.of([f"{letters}\u2026" for letters in q.prefixes]))
        query_bits = query_bits.copy()
        query_bits[q.real : q.first_joined] = -np.log2(prefix_share)
        for letters in q.prefixes:
            found = words_beginning(letters, t, reference)
            total = float(listed.share[found].sum()) if beginning is None else beginning(letters)
            part = np.maximum(min(total, 1.0), listed.share[found])
            toks.append(found)
            all_bits.append(_exact(part, CUT_BITS, weights))
            levels.append(np.zeros(found.size, np.int8))
            shares.append(part)
            commons.append(listed.common[found])
            counts.append(np.array([found.size]))
    if len(q.joined):
        there = t.words.find(q.joined)
        hit = np.flatnonzero(there >= 0)
        there = there[hit]
        part = np.maximum(listed.share[there], query.joined_share[hit])
        toks.append(there)
        all_bits.append(_exact(part, JOIN_BITS, weights))
        levels.append(np.zeros(hit.size, np.int8))
        shares.append(part)
        commons.append(np.maximum(query.joined_common[hit], listed.common[there]))
        counts.append(np.bincount(hit, minlength=len(q.joined)))
    if len(counts) > 1:
        start = np.zeros(q.size + 1, np.int64)
        np.cumsum(np.concatenate(counts), out=start[1:])
        tok, bits, level = np.concatenate(toks), np.concatenate(all_bits), np.concatenate(levels)
        share, common = np.concatenate(shares), np.concatenate(commons)
    tok = tok.astype(np.int32, copy=False)
    most, names = reach_of_words(start, tok, bits, t.postings[0])
    return NearTable(
        start, tok, bits, level, share, common, query_bits, listed.bits, query.known_ids, listed.known_ids, most, names
    )


def _exact(share: np.ndarray, taken: float, weights: Weights) -> np.ndarray:
    """Bits of words that agree exactly once they are joined or cut."""
    level = np.zeros(share.size, np.int8)
    return np.maximum(weights.agreement(level, share, level) + taken, 0.0)


def words_beginning(letters: str, names: EncodedNames, reference: Reference) -> np.ndarray:
    """Ids of the words that begin with some letters, ascending."""
    if names.words is not reference.words:
        return np.array([i for i, text in enumerate(names.words.texts) if text.startswith(letters)], np.int64)
    order, ordered = reference.alphabetical
    low, high = bisect_left(ordered, letters), bisect_left(ordered, letters + "\uffff")
    return np.sort(order[low:high])
