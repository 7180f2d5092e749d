"""The search for listed names in texts, plainly: every name at every word of every text, with dictionaries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from caudal.screening.listed import Listed
from caudal.screening.spelling import EXACT, LEVELS
from caudal.screening.text import clean, tokens
from caudal.screening.texts import LONGEST_TEXT, NEAR_LETTERS, SHORTEST_LONE, TEXT_STRENGTH, Mention, TextFinder


def shares_in_texts(read: list[list[str]], relations: Sequence[set[int]]) -> dict[str, float]:
    """Share of payment relations, other than one, whose texts use each word."""
    users: dict[str, set[int]] = {}
    everyone: set[int] = set()
    for words, used_by in zip(read, relations, strict=True):
        for word in words:
            users.setdefault(word, set()).update(used_by)
        if words:
            everyone |= used_by
    return {word: max(len(used) - 1, 0) / (len(everyone) + TEXT_STRENGTH) for word, used in users.items()}


def slow_find(
    finder: TextFinder, listed: Listed, texts: Sequence[str], relations: Sequence[set[int]]
) -> Iterator[Mention]:
    """All mentions, text by text."""
    reference = listed.reference
    read = [tokens(clean(text, LONGEST_TEXT).text) for text in texts]
    vocabulary = list(dict.fromkeys(word for words in read for word in words))
    text_share = shares_in_texts(read, relations)
    near = reference.tokens.join(vocabulary)
    shares = reference.population.shares()
    around = np.zeros((len(vocabulary), LEVELS))
    np.add.at(around, (near.left, near.level), shares[near.right])
    around = np.cumsum(around, axis=1)
    of_word: dict[str, dict[int, tuple[int, float, int]]] = {word: {} for word in vocabulary}
    for w, token, how in zip(near.left.tolist(), near.right.tolist(), near.level.tolist(), strict=True):
        word = vocabulary[w]
        if how in NEAR_LETTERS and len(word) >= NEAR_LETTERS[how]:
            of_word[word][token] = (how, max(float(shares[token]), float(around[w, how]), text_share[word]), 1)
    for at, words in enumerate(read):
        placed = []
        for position, word in enumerate(words):
            here = dict(of_word[word])
            if position + 1 < len(words):
                together = word + words[position + 1]
                token = listed.names.words.ids.get(together, -1)
                if 0 <= token < listed.names.real and len(together) >= SHORTEST_LONE:
                    share = max(float(shares[token]), text_share.get(together, 0.0))
                    here.setdefault(token, (EXACT, share, 2))
            placed.append(here)
        for anchored in finder.wanted:
            rarest = int(listed.names.tok[int(listed.names.start[anchored.name]) + anchored.anchor])
            for position, here in enumerate(placed):
                if rarest in here:
                    mention = finder._verify(at, words, placed, position, anchored)
                    if mention is not None:
                        yield mention
                        break
