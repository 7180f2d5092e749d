"""How near tokens are: the join that finds, for each token, the tokens near it in spelling or sound.

Similarity is worked out once per pair of distinct tokens that share a key, never per pair of names. Keys are every
way of dropping one letter (two from seven letters on), which meets in a common key whenever two tokens are one or
two edits apart, and a consonant skeleton, which meets across transliterations.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import cpdist

from caudal.screening.spelling.forms import Forms
from caudal.screening.spelling.kernels import near_pairs, typo_keys
from caudal.screening.spelling.lexicon import Lexicon
from caudal.screening.variants import PET_KEYS

WIDTH = 20
"""Letters of a token that take part in the typo keys."""
SHORTEST_TYPO = 3
"""From this many letters a token may hold one edit."""
TWO_TYPOS = 7
"""From this many letters a token may hold two edits."""

LONG_SOUND = 8
"""Beyond this many letters tokens that sound alike may be four edits apart."""

EXACT, SOUND, FORM, ONE_EDIT, LOOSE, PET = 0, 1, 2, 3, 4, 5
"""How near: equal; the same consonants by sound, as transliterations are; forms of one known personal name; one edit
(insert, delete, replace, swap); two edits; short, pet and foreign forms of one name."""
LEVELS = 6
MOST_BUCKETS = 16
"""Bits of a key that are looked up directly, at most."""

_SOUNDS = str.maketrans(
    {
        **dict.fromkeys("aeiouyhw", ""),
        **dict.fromkeys("cqgx", "k"),
        "z": "s",
        "d": "t",
        "v": "f",
        "p": "b",
        "j": "s",
    }
)
_DIGRAPHS = (
    *(("sch", "s"), ("dzh", "s"), ("sh", "s"), ("ch", "s"), ("zh", "s"), ("tz", "s"), ("ts", "s"), ("dj", "s")),
    *(("ph", "f"), ("kh", "k"), ("gh", "k"), ("ck", "k"), ("ks", "x"), ("w", "v")),
)


def skeleton(token: str) -> str:
    """The consonants of a token by sound class, doubled ones once: `qaddafi` and `gaddafi` are `ktf`."""
    for digraph, sound in _DIGRAPHS:
        if digraph in token:
            token = token.replace(digraph, sound)
    kept = "h" if token[:1] == "h" else token[:1].translate(_SOUNDS) or "-"
    for letter in token[1:].translate(_SOUNDS):
        if letter != kept[-1]:
            kept += letter
    return kept


def sounds(words: Lexicon) -> np.ndarray:
    """Key of the skeleton per word (uint64), 0 where it has none: words under four letters or not plain ASCII."""
    found = np.zeros(len(words), np.uint64)
    which = np.flatnonzero(words.plain & (words.lengths >= 4))
    if which.size:
        texts = words.texts if which.size > 64 else None
        picked = [texts[i] for i in which.tolist()] if texts is not None else words.pick(which)
        spoken = np.array([f"~{skeleton(text)}".encode() for text in picked], f"S{WIDTH}")
        letters = spoken.view(np.uint8).reshape(which.size, WIDTH)
        at = np.zeros(which.size + 1, np.int64)
        np.cumsum((letters > 0).sum(axis=1), out=at[1:])
        flat = letters[letters > 0]
        found[which] = typo_keys(flat, at, np.ones(which.size, np.bool_), WIDTH, 1 << 20, 1 << 20)[0]
    return found


@dataclass(frozen=True)
class Near:
    """Pairs of tokens near each other, by left and then right id: ids on either side and how near (EXACT to PET)."""

    left: np.ndarray
    right: np.ndarray
    level: np.ndarray

    def starts(self, size: int) -> np.ndarray:
        """Where the pairs of each of `size` left tokens begin, and the end."""
        return np.searchsorted(self.left, np.arange(size + 1)).astype(np.int64)


class TokenIndex:
    """The typo and sound keys of distinct words, sorted, ready to be joined with other words.

    Args:
        texts: the words. arrays: `keys`, `owner`, `sound`, `form_keys` and `form_owner` of an index built before.
        forms: the forms of the words.
    """

    def __init__(
        self, texts: Sequence[str] | Lexicon, arrays: dict[str, np.ndarray] | None = None, forms: Forms | None = None
    ) -> None:
        self.forms = forms or Forms.none()
        self.words = texts if isinstance(texts, Lexicon) else Lexicon.of(texts)
        if arrays is None:
            words = self.words
            sound = sounds(words)
            keys, owner = typo_keys(words.data, words.at, words.plain, WIDTH, SHORTEST_TYPO, TWO_TYPOS)
            spoken = np.flatnonzero(sound)
            keys = np.concatenate([keys, sound[spoken]])
            order = np.argsort(keys, kind="stable")
            owner = np.concatenate([owner, spoken.astype(np.int32)])[order]
            form_keys, form_owner, _ = self.forms.find(words)
            order_of_forms = np.argsort(form_keys, kind="stable")
            arrays = {
                "keys": keys[order],
                "owner": owner,
                "sound": sound,
                "form_keys": form_keys[order_of_forms],
                "form_owner": form_owner[order_of_forms],
            }
        self.arrays = arrays
        bits = min(len(arrays["keys"]).bit_length(), MOST_BUCKETS)
        self._shift = 64 - max(bits, 1)
        edges = np.arange(1, 1 << max(bits, 1), dtype=np.uint64) << np.uint64(self._shift)
        self._bucket = np.concatenate([[0], np.searchsorted(arrays["keys"], edges), [len(arrays["keys"])]])
        self._scratch = threading.local()

    def join(self, texts: Sequence[str] | Lexicon) -> Near:
        """Words of `texts` (left) near words of this index (right), equal ones included."""
        query = texts if isinstance(texts, Lexicon) else Lexicon.of(texts)
        return self.join_part(query, 0, len(query), sounds(query), self.words.find(query), self.forms.find(query))

    def join_part(
        self, query: Lexicon, low: int, high: int, sound: np.ndarray, equal: np.ndarray,
        form: tuple[np.ndarray, ...],
    ) -> Near:  # fmt: skip
        """The same for words low..high-1, given their sounds, for each the equal word here or -1, and their forms."""
        words, arrays = self.words, self.arrays
        stamp = getattr(self._scratch, "stamp", None)
        if stamp is None:
            stamp = self._scratch.stamp = np.zeros(len(words), np.uint8)
        left, right, level, judge = near_pairs(
            query.data, query.at, query.plain, sound, words.data, words.at, arrays["sound"],
            arrays["keys"], arrays["owner"], self._bucket, self._shift, stamp,
            WIDTH, SHORTEST_TYPO, TWO_TYPOS, LONG_SOUND, ONE_EDIT, LOOSE, low, high,
        )  # fmt: skip
        if judge.any():
            # Skeletons of short names fall together, so words of one sound must look alike too.
            at = np.flatnonzero(judge)
            alike = cpdist(query.pick(left[at]), words.pick(right[at]), scorer=JaroWinkler.similarity, dtype=np.float32)
            level[at[alike >= 0.8]] = SOUND
            kept = level >= 0
            left, right, level = left[kept], right[kept], level[kept]
        same = np.flatnonzero(equal[low:high] >= 0) + low
        form_left, form_right, form_level = self._forms(form, low, high)
        left = np.concatenate([left, same.astype(np.int32), form_left])
        right = np.concatenate([right, equal[same].astype(np.int32), form_right])
        level = np.concatenate([level, np.zeros(same.size, np.int8), form_level])
        # Every pair once, at the nearest level it was found at.
        pair = left * np.int64(len(words)) + right
        order = np.argsort(pair * LEVELS + level)
        pair = pair[order]
        first = np.ones(order.size, np.bool_)
        first[1:] = pair[1:] != pair[:-1]
        order = order[first]
        return Near(left[order], right[order], level[order])

    def _forms(self, form: tuple[np.ndarray, ...], low: int, high: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Pairs of words that are forms of one name: left, right, level."""
        begin, end = np.searchsorted(form[1], [low, high])
        keys, owner = form[0][begin:end], form[1][begin:end]
        at = np.searchsorted(self.arrays["form_keys"], keys, "left")
        counts = np.searchsorted(self.arrays["form_keys"], keys, "right") - at
        left = np.repeat(owner, counts)
        offset = np.arange(left.size) - np.repeat(np.cumsum(counts) - counts, counts)
        right = self.arrays["form_owner"][np.repeat(at, counts) + offset]
        return left, right, np.where(np.repeat(keys, counts) >= PET_KEYS, PET, FORM).astype(np.int8)


def distinct(tokens: Iterable[str]) -> list[str]:
    """Tokens without repeats, in order of first appearance."""
    return list(dict.fromkeys(tokens))
