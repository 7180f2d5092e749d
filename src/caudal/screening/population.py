"""How rare a token is: the share of parties that bear it, from the list, the screened file and a built-in prior.

`share(token) = (bearers + STRENGTH * prior) / (parties + STRENGTH)`, taken among people and among bodies apart; the
larger of the two counts, so that rarity is never overstated. A party counts once for a token, however many aliases
repeat it. The prior knows common names, each by its share in its own population (see `commonness`), and
else goes by length, so that `Garcia` is common even against a list of five names, and an unseen long word is rare.

What counts is how many *other* parties bear a token: of every file a token's first bearer is left out. The one listed
party that may be meant, and the one screened party that may be it, say nothing of chance.
"""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from caudal.errors import InputError
from caudal.screening.commonness import frequency
from caudal.screening.encoded import EncodedNames
from caudal.screening.kernels import count_bearers, hash_parties
from caudal.screening.names import ORGANISATION, PERSON
from caudal.screening.phrases import DOMAIN, LEGAL, PARTICLE, PLACE, TITLE, TRADE, common_names, single_words
from caudal.screening.spelling import EXACT, FORM, LEVELS, LOOSE, ONE_EDIT, PET, SOUND, Lexicon
from caudal.storage import aside

_FACTS = "caudal.population"
STRENGTH = 20_000
"""Weight of the prior, in parties."""

SHARE_BY_LENGTH = np.array([1.0, 0.05, 1 / 150, 1 / 1_500, 1 / 5_000, 1 / 12_000, 1 / 25_000, 1 / 40_000, 1 / 60_000])
"""Prior share of an unseen token by its number of letters (longer ones: halved per 3 letters)."""

_ROLE_SHARE = ((LEGAL, 1 / 3), (TRADE, 1 / 20), (TITLE, 1 / 15), (PARTICLE, 1 / 6), (DOMAIN, 1 / 60), (PLACE, 1 / 80))


def prior(token: str) -> float:
    """Share of parties that bear a token, before any file was read."""
    known: float | None = max(common_names().get(token, 0.0), frequency(token)) or None
    for role, role_share in _ROLE_SHARE:
        if token in single_words(role):
            known = max(known or 0.0, role_share)
    if known is not None:
        return known
    if token.isdigit():
        return float(10.0 ** -min(len(token) * 0.7, 4))
    n = len(token)
    last = len(SHARE_BY_LENGTH) - 1
    return float(SHARE_BY_LENGTH[min(n, last)] * 2.0 ** (-max(n - last, 0) / 3))


class Counts:
    """How many parties of a file bear each word, their first bearer left out.

    Attributes:
        words: the words. bearers: people and bodies that bear each (float64, 2 x words); parties: people and bodies in
        all; one of unknown kind counts as both. size: parties counted.
    """

    def __init__(self, words: Lexicon, bearers: np.ndarray, parties: np.ndarray, size: int) -> None:
        self.words, self.bearers, self.parties, self.size = words, bearers, parties, size

    @classmethod
    def of(cls, kinds: np.ndarray, names: EncodedNames, *, distinct: bool = False) -> Counts:
        """Counts of the parties whose names these are.

        Args:
            kinds: kind per party, in the order of `names.owner`.
            distinct: parties with the same words in the same order count once: one customer in many accounts.
        """
        first = np.searchsorted(names.owner, np.arange(kinds.size + 1)).astype(np.int64)
        counted = np.arange(kinds.size, dtype=np.int64)
        if distinct:
            keys = hash_parties(first, kinds, names.start, names.word, names.real)
            counted = np.unique(keys, return_index=True)[1]
        bearers = count_bearers(counted, first, kinds, names.start, names.word, names.real)
        own = kinds[counted]
        parties = np.array([np.count_nonzero(own != ORGANISATION), np.count_nonzero(own != PERSON)], np.float64)
        return cls(names.words, np.maximum(bearers - 1.0, 0.0), parties, counted.size)

    def shared(self) -> Counts:
        """The same without the words that only one party bears: all that shares need."""
        kept = np.flatnonzero(self.bearers.any(axis=0))
        return Counts(Lexicon.of(self.words.pick(kept)), self.bearers[:, kept], self.parties, self.size)

    def save(self, path: str | Path) -> None:
        """Write the counts as a Parquet file (word, people, bodies), whole or not at all."""
        people, bodies = self.bearers.astype(np.int64)
        table = pa.table({"word": pa.array(self.words.texts, pa.string()), "people": people, "bodies": bodies})
        facts = {"people": int(self.parties[0]), "bodies": int(self.parties[1]), "parties": self.size}
        table = table.replace_schema_metadata({_FACTS: json.dumps(facts)})
        with aside(Path(path)) as temporary:
            pq.write_table(table, temporary, compression="zstd")

    @classmethod
    def load(cls, path: str | Path) -> Counts:
        """Counts written by `save`.

        Raises:
            InputError: the file is missing or is not one of counts.
        """
        if not Path(path).is_file():
            raise InputError("there is no such file", file=str(path))
        try:
            table = pq.read_table(path)
            facts = json.loads((table.schema.metadata or {})[_FACTS.encode()])
            bearers = np.stack([table[name].to_numpy().astype(np.float64) for name in ("people", "bodies")])
            parties = np.array([facts["people"], facts["bodies"]], np.float64)
            texts = table["word"].to_pylist()
            words = Lexicon.of(texts)
        except (pa.ArrowException, OSError, KeyError, ValueError, TypeError, AttributeError) as error:
            raise InputError(f"it is not a file of a population ({error})", file=str(path)) from error
        odd = not np.isfinite(bearers).all() or (bearers < 0).any() or (bearers > parties[:, None]).any()
        if odd or len(set(texts)) != len(texts):
            raise InputError("its counts do not fit together: more bearers of a word than parties", file=str(path))
        return cls(words, bearers, parties, int(facts["parties"]))


class Population:
    """The shares that follow from the counts of the lists and, where there is one, of another file.

    Args:
        words: the lists' words; prior: their prior shares; bearers, parties: counts (see Counts).
        more: counts of further parties.
    """

    def __init__(
        self, words: Lexicon, prior: np.ndarray, bearers: np.ndarray, parties: np.ndarray, more: Counts | None = None
    ) -> None:
        self.words, self.prior, self.bearers, self.parties = words, prior, bearers, parties
        self.more = more
        if more is not None:
            self.bearers, self.parties = bearers.copy(), parties + more.parties
            at = words.find(more.words)
            known = np.flatnonzero(at >= 0)
            self.bearers[:, at[known]] += more.bearers[:, known]

    @classmethod
    def of_lists(cls, kinds: np.ndarray, names: EncodedNames) -> Population:
        """The population that the lists themselves are."""
        counts = Counts.of(kinds, names)
        texts = names.words.texts
        return cls(names.words, np.fromiter(map(prior, texts), np.float64, len(texts)), counts.bearers, counts.parties)

    def with_file(self, more: Counts) -> Population:
        """This population of lists, blended with a file."""
        return Population(self.words, self.prior, self.bearers, self.parties, more)

    def shares(self) -> np.ndarray:
        """Share of parties that bear each of the lists' words, 0 to 1."""
        return self._listed_shares

    @cached_property
    def _listed_shares(self) -> np.ndarray:
        return self._blend(self.bearers, self.prior)

    def _blend(self, bearers: np.ndarray, prior: np.ndarray) -> np.ndarray:
        shares = (bearers + STRENGTH * prior) / (self.parties[:, None] + STRENGTH)
        blended: np.ndarray = np.minimum(shares.max(axis=0), 1.0)
        return blended

    def share_many(self, words: Lexicon, at: np.ndarray | None = None) -> np.ndarray:
        """Shares of many words; `at` gives their ids among the lists' words or -1, where known."""
        if at is None:
            at = self.words.find(words)
        shares = np.empty(len(words))
        known = np.flatnonzero(at >= 0)
        shares[known] = self.shares()[at[known]]
        other = np.flatnonzero(at < 0)
        if other.size:
            texts = [words.texts[i] for i in other.tolist()] if other.size > 64 else words.pick(other)
            bearers = np.zeros((2, other.size))
            if self.more is not None:
                place = self.more.words.find(texts)
                counted = np.flatnonzero(place >= 0)
                bearers[:, counted] = self.more.bearers[:, place[counted]]
            shares[other] = self._blend(bearers, np.fromiter(map(prior, texts), np.float64, other.size))
        return shares


def neighbourhood(
    own: np.ndarray, left: np.ndarray, level: np.ndarray, right_shares: np.ndarray, lengths: np.ndarray
) -> np.ndarray:
    """Share of parties that bear a token this near or nearer, per token and level: float64 (tokens, LEVELS).

    Args:
        own: share of each token; left, level, right_shares: for pairs with near words, the token, how near, and the
        share of the word; lengths: letters per token.
    """
    n = own.size
    mass = np.bincount(left * LEVELS + level, weights=right_shares, minlength=n * LEVELS)
    mass = mass.reshape(n, LEVELS).astype(np.float64, copy=False)
    # Spellings nobody in the file bears are possible too: the shorter the token, the more of them are names.
    unseen = SHARE_BY_LENGTH[np.minimum(lengths, len(SHARE_BY_LENGTH) - 1)]
    mass[:, EXACT] = own
    mass[:, SOUND] += own + 2 * unseen
    mass[:, FORM] += mass[:, SOUND]
    mass[:, ONE_EDIT] += mass[:, SOUND] + 2 * unseen
    mass[:, LOOSE] += mass[:, ONE_EDIT] + 6 * unseen
    mass[:, PET] += mass[:, FORM]
    return np.minimum(mass, 1.0)
