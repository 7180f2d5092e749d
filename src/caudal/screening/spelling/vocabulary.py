"""Distinct tokens as arrays, and the join that finds, for each token, the tokens near it in spelling or sound.

Similarity is worked out once per pair of distinct tokens that share a key, never per pair of names. Keys are every
way of dropping one letter (two from seven letters on), which meets in a common key whenever two tokens are one or
two edits apart, and a consonant skeleton, which meets across transliterations.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from caudal.screening.spelling.kernels import typo_keys
from caudal.screening.variants import PET_KEYS, forms, pets

WIDTH = 20
"""Letters of a token that take part in the typo keys."""
SHORTEST_TYPO = 3
"""From this many letters a token may hold one edit."""
TWO_TYPOS = 7
"""From this many letters a token may hold two edits."""

LONG_SOUND = 8
"""Beyond this many letters tokens that sound alike may be three edits apart."""

EXACT, SOUND, FORM, ONE_EDIT, LOOSE, PET = 0, 1, 2, 3, 4, 5
"""How near: equal; the same consonants by sound, as transliterations are; forms of one known personal name; one edit
(insert, delete, replace, swap); two edits; short, pet and foreign forms of one name."""
LEVELS = 6

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


@dataclass
class Vocabulary:
    """Distinct tokens with their ids; grows by `add`, is turned into arrays by `arrays`."""

    texts: list[str] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)

    def add(self, token: str) -> int:
        """The id of a token, given now if it is new."""
        found = self.ids.get(token)
        if found is None:
            found = self.ids[token] = len(self.texts)
            self.texts.append(token)
        return found

    def __len__(self) -> int:
        return len(self.texts)

    def lengths(self) -> np.ndarray:
        """Letters per token, int32."""
        return np.fromiter(map(len, self.texts), np.int32, len(self.texts))

    def firsts(self) -> np.ndarray:
        """Code of the first letter per token, int32."""
        return np.fromiter((ord(text[0]) for text in self.texts), np.int32, len(self.texts))


def spelling(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Letters (uint8, tokens x WIDTH) and lengths (int32; 0 where a token is not plain ASCII and has no typo keys)."""
    n = len(texts)
    plain = [text if text.isascii() else "" for text in texts]
    joined = np.array([text.encode() for text in plain], dtype=f"S{WIDTH}") if n else np.zeros(0, f"S{WIDTH}")
    letters = joined.view(np.uint8).reshape(n, WIDTH)
    length = np.fromiter((min(len(text), WIDTH) for text in plain), np.int32, n)
    return letters, length


@dataclass(frozen=True)
class _Spelled:
    """A vocabulary's tokens as arrays: what the join compares."""

    texts: Sequence[str]
    length: np.ndarray
    sound: np.ndarray
    digit: np.ndarray
    keys: np.ndarray
    owner: np.ndarray
    form_keys: np.ndarray
    form_owner: np.ndarray


def _spell(texts: Sequence[str]) -> _Spelled:
    letters, length = spelling(texts)
    keys, owner = typo_keys(letters, length, SHORTEST_TYPO, TWO_TYPOS)
    sounds = [skeleton(text) if len(text) >= 4 and text.isascii() else "" for text in texts]
    sound_letters, sound_length = spelling(["~" + sound if sound else "" for sound in sounds])
    sound_keys, sound_owner = typo_keys(sound_letters, sound_length, 1 << 20, 1 << 20)
    sound = np.arange(len(texts), dtype=np.uint64)  # a token without a skeleton sounds like no other
    sound[sound_owner] = sound_keys
    return _Spelled(
        texts,
        np.fromiter(map(len, texts), np.int32, len(texts)),
        sound,
        np.fromiter((text[0].isdigit() for text in texts), np.bool_, len(texts)),
        np.concatenate([keys, sound_keys]),
        np.concatenate([owner, sound_owner]),
        *_form_keys(texts),
    )


def _form_keys(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Keys of the names each token is a form of (int64) and the token each belongs to, sorted by key."""
    keys: list[int] = []
    owner: list[int] = []
    for i, text in enumerate(texts):
        found = forms(text) + pets(text)
        keys.extend(found)
        owner.extend([i] * len(found))
    key = np.asarray(keys, np.int64)
    order = np.argsort(key, kind="stable")
    return key[order], np.asarray(owner, np.int32)[order]


@dataclass(frozen=True)
class Near:
    """Pairs of tokens near each other: ids on either side and how near (EXACT to LOOSE)."""

    left: np.ndarray
    right: np.ndarray
    level: np.ndarray


class TokenIndex:
    """The typo and sound keys of one vocabulary, sorted, ready to be joined with another."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.spelled = _spell(list(texts))
        order = np.argsort(self.spelled.keys, kind="stable")
        self._keys = self.spelled.keys[order]
        self._owner = self.spelled.owner[order]
        self._by_text = {text: i for i, text in enumerate(texts)}

    def join(self, texts: Sequence[str], block: int = 4_000_000) -> Near:
        """Tokens of `texts` (left) near tokens of this index (right), equal ones included.

        Args:
            texts: distinct tokens.
            block: candidate pairs held in memory at once.
        """
        size = len(self._by_text)
        exact = [(i, found) for i, text in enumerate(texts) if (found := self._by_text.get(text)) is not None]
        lefts = [np.array([pair[0] for pair in exact], np.int32)]
        rights = [np.array([pair[1] for pair in exact], np.int32)]
        levels = [np.zeros(len(exact), np.int8)]
        query = _spell(texts)
        by_key = np.argsort(query.keys, kind="stable")  # looked up in order, for the cache's sake
        keys, owner = query.keys[by_key], query.owner[by_key]
        low = np.searchsorted(self._keys, keys, "left")
        counts = np.searchsorted(self._keys, keys, "right") - low
        hit = np.flatnonzero(counts)
        owner, low, counts = owner[hit], low[hit], counts[hit]
        # Keys of one token stay together, so that a block holds all candidates of its tokens but the sound ones.
        order = np.argsort(owner, kind="stable")
        owner, low, counts = owner[order], low[order], counts[order]
        ends = np.cumsum(counts)
        start = 0
        while start < owner.size:
            base = ends[start - 1] if start else 0
            stop = max(int(np.searchsorted(ends, base + block, "right")), start + 1)
            while stop < owner.size and owner[stop] == owner[stop - 1]:
                stop += 1
            part = slice(start, stop)
            left = np.repeat(owner[part], counts[part])
            offset = np.arange(left.size) - np.repeat(np.cumsum(counts[part]) - counts[part], counts[part])
            right = self._owner[np.repeat(low[part], counts[part]) + offset]
            pair = left.astype(np.int64) * size + right
            pair.sort()
            pair = pair[np.concatenate([[True], pair[1:] != pair[:-1]])]
            left, right = (pair // size).astype(np.int32), (pair % size).astype(np.int32)
            left, right, level = _verify(query, self.spelled, left, right)
            lefts.append(left)
            rights.append(right)
            levels.append(level)
            start = stop
        form_left, form_right, form_level = self._forms(query)
        lefts.append(form_left)
        rights.append(form_right)
        levels.append(form_level)
        return _nearest(np.concatenate(lefts), np.concatenate(rights), np.concatenate(levels), size)

    def _forms(self, query: _Spelled) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Pairs that are forms of one name: left, right, level."""
        own = self.spelled
        low = np.searchsorted(own.form_keys, query.form_keys, "left")
        counts = np.searchsorted(own.form_keys, query.form_keys, "right") - low
        left = np.repeat(query.form_owner, counts)
        offset = np.arange(left.size) - np.repeat(np.cumsum(counts) - counts, counts)
        right = own.form_owner[np.repeat(low, counts) + offset]
        level = np.where(np.repeat(query.form_keys, counts) >= PET_KEYS, PET, FORM).astype(np.int8)
        return left, right, level


def _nearest(left: np.ndarray, right: np.ndarray, level: np.ndarray, size: int) -> Near:
    """Every pair once, at the nearest level it was found at."""
    pair = left.astype(np.int64) * size + right
    order = np.lexsort((level, pair))
    first = np.ones(order.size, np.bool_)
    first[1:] = pair[order][1:] != pair[order][:-1]
    kept = order[first]
    return Near(left[kept], right[kept], level[kept])


def _verify(a: _Spelled, b: _Spelled, left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keep the pairs that are truly near, with their level; equal pairs are left out.

    Edit distance is optimal string alignment (a swap of neighbours is one edit). Equal skeletons count only where the
    tokens also look alike (Jaro-Winkler 0.8, at most two edits, three in long ones), for skeletons of short names fall
    together.
    """
    shorter = np.minimum(a.length[left], b.length[right])
    apart = np.abs(a.length[left] - b.length[right])
    sound = (a.sound[left] == b.sound[right]) & (shorter >= 4)
    reach = np.where(shorter >= TWO_TYPOS - 1, 2, np.where(shorter >= SHORTEST_TYPO, 1, 0))
    wanted = ((apart <= reach) | sound) & ~a.digit[left] & ~b.digit[right]
    left, right, sound, reach = left[wanted], right[wanted], sound[wanted], reach[wanted]
    if not left.size:
        return left, right, np.zeros(0, np.int8)
    distance = cpdist(_pick(a, left), _pick(b, right), scorer=OSA.distance, score_cutoff=3, dtype=np.int32)
    level = np.full(left.size, -1, np.int8)
    level[(distance == 2) & (reach == 2)] = LOOSE
    level[(distance == 1) & (reach >= 1)] = ONE_EDIT
    longer = shorter[wanted] + apart[wanted]
    doubtful = np.flatnonzero(sound & (distance > 0) & (distance <= np.where(longer > LONG_SOUND, 3, 2)))
    if doubtful.size:
        alike = cpdist(
            _pick(a, left[doubtful]), _pick(b, right[doubtful]), scorer=JaroWinkler.similarity, dtype=np.float32
        )
        level[doubtful[alike >= 0.8]] = SOUND
    kept = level >= 0
    return left[kept], right[kept], level[kept]


def _pick(spelled: _Spelled, at: np.ndarray) -> list[str]:
    texts = spelled.texts
    return [texts[i] for i in at.tolist()]


def distinct(tokens: Iterable[str]) -> list[str]:
    """Tokens without repeats, in order of first appearance."""
    return list(dict.fromkeys(tokens))
