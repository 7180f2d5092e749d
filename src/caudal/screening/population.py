"""How rare a token is: the share of parties that bear it, from the list, the screened file and a built-in prior.

`share(token) = (bearers + STRENGTH * prior) / (parties + STRENGTH)`, taken among people and among bodies apart; the
larger of the two counts, so that rarity is never overstated. A party counts once for a token, however many aliases
repeat it. The prior knows common names, each by its share in its own population (see `commonness`), and
else goes by length, so that `Garcia` is common even against a list of five names, and an unseen long word is rare.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from caudal.screening.commonness import frequency
from caudal.screening.names import ORGANISATION, PERSON
from caudal.screening.phrases import DOMAIN, LEGAL, PARTICLE, PLACE, TITLE, TRADE, common_names, single_words
from caudal.screening.spelling import EXACT, FORM, LEVELS, LOOSE, ONE_EDIT, PET, SOUND, Near

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


class Population:
    """Counts of bearers per token for a fixed vocabulary, and the shares that follow.

    Args:
        texts: the vocabulary.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self._prior = np.fromiter(map(prior, texts), np.float64, len(texts))
        self._ids = {text: i for i, text in enumerate(texts)}
        self._bearers = np.zeros((2, len(texts)), np.float64)
        self._parties = np.zeros(2, np.float64)
        self._shares: np.ndarray | None = None

    def extended(self, texts: Iterable[str]) -> Population:
        """The same counts with further tokens in the vocabulary, not yet borne by anyone."""
        new = [text for text in dict.fromkeys(texts) if text not in self._ids]
        other = Population.__new__(Population)
        other.texts = [*self.texts, *new]
        other._prior = np.concatenate([self._prior, np.fromiter(map(prior, new), np.float64, len(new))])
        other._ids = {**self._ids, **{text: len(self.texts) + i for i, text in enumerate(new)}}
        other._bearers = np.concatenate([self._bearers, np.zeros((2, len(new)))], axis=1)
        other._parties = self._parties.copy()
        other._shares = None
        return other

    def count(self, parties: Iterable[tuple[int, Iterable[str]]], *, others: bool = False) -> None:
        """Add parties: (kind, the tokens of all its names). One of unknown kind counts as both kinds.

        With `others` a token's first bearer is left out: what counts is how many *other* parties bear it. The one
        listed party that may be meant, and the one screened party that may be it, say nothing of chance.
        """
        ids = self._ids
        people: list[int] = []
        bodies: list[int] = []
        for kind, tokens in parties:
            found = {ids[token] for token in tokens if token in ids}
            if kind != ORGANISATION:
                people.extend(found)
                self._parties[0] += 1
            if kind != PERSON:
                bodies.extend(found)
                self._parties[1] += 1
        for row, found_ids in enumerate((people, bodies)):
            counts = np.bincount(np.asarray(found_ids, np.int64), minlength=len(self.texts))
            self._bearers[row] += np.maximum(counts - 1, 0) if others else counts
        self._shares = None

    def shares(self) -> np.ndarray:
        """Share of parties that bear each token of the vocabulary, 0 to 1."""
        if self._shares is None:
            shares = (self._bearers + STRENGTH * self._prior) / (self._parties[:, None] + STRENGTH)
            self._shares = np.minimum(shares.max(axis=0), 1.0)
        return self._shares

    def share(self, token: str) -> float:
        """Share of one token, in the vocabulary or not."""
        at = self._ids.get(token)
        if at is None:
            return float(STRENGTH * prior(token) / (self._parties.min() + STRENGTH))
        return float(((self._bearers[:, at] + STRENGTH * self._prior[at]) / (self._parties + STRENGTH)).max())

    def share_many(self, tokens: Sequence[str]) -> np.ndarray:
        """Shares of many tokens, in the vocabulary or not."""
        return np.fromiter((min(self.share(token), 1.0) for token in tokens), np.float64, len(tokens))


def neighbourhood(own: np.ndarray, near: Near, right_shares: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Share of parties that bear a token this near or nearer, per token and level: float64 (tokens, LEVELS).

    Args:
        own: share of each left token; near: pairs left to right; right_shares: shares of the right vocabulary;
        lengths: letters per left token.
    """
    n = own.size
    mass = np.zeros((n, LEVELS))
    for level in (SOUND, FORM, ONE_EDIT, LOOSE, PET):
        at = near.level == level
        mass[:, level] = np.bincount(near.left[at], weights=right_shares[near.right[at]], minlength=n)
    # Spellings nobody in the file bears are possible too: the shorter the token, the more of them are names.
    unseen = SHARE_BY_LENGTH[np.minimum(lengths, len(SHARE_BY_LENGTH) - 1)]
    mass[:, EXACT] = own
    mass[:, SOUND] += own + 2 * unseen
    mass[:, FORM] += mass[:, SOUND]
    mass[:, ONE_EDIT] += mass[:, SOUND] + 2 * unseen
    mass[:, LOOSE] += mass[:, ONE_EDIT] + 6 * unseen
    mass[:, PET] += mass[:, FORM]
    return np.minimum(mass, 1.0)
