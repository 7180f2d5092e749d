"""Names as arrays: word ids, roles and joined neighbours, in the shape the kernels read."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from caudal.screening.bounds import signatures
from caudal.screening.names import ParsedName
from caudal.screening.plain import PlainNames
from caudal.screening.spelling import WIDTH, Lexicon

SHORTEST_JOIN = 5
"""Letters two neighbouring tokens must have together to be tried as one word."""
SHORTEST_PREFIX = 3
"""Letters of a cut token that are needed to compare it with whole ones."""


class Spelled(NamedTuple):
    """The words of a name and what each does in it (see `phrases`)."""

    tokens: tuple[str, ...]
    roles: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class EncodedNames:
    """Many names over one vocabulary.

    Ids up to `real` are words of names; then come the beginnings of cut words (`prefixes`), then the words that only
    arise by writing two neighbours together (`joined`).

    Attributes:
        parsed: the names, taken apart again where they are asked for.
        owner: index of the party each belongs to; kind: kind of that party; weak: weak alias.
        start: token positions of name n are start[n] to start[n+1]-1; tok, role, join: per position, where join is
            the id of this token and the next written together, or -1; word: as tok, but the letters of a cut word.
        cut: whether the last token of the name may be cut off.
        words: the real words. prefixes: beginnings of cut ones. joined: joined ones; pieces: the ids of their halves.
    """

    parsed: Sequence[ParsedName]
    owner: np.ndarray
    kind: np.ndarray
    weak: np.ndarray
    start: np.ndarray
    tok: np.ndarray
    word: np.ndarray
    role: np.ndarray
    join: np.ndarray
    cut: np.ndarray
    words: Lexicon
    prefixes: tuple[str, ...]
    joined: Lexicon
    pieces: np.ndarray

    def __len__(self) -> int:
        return len(self.owner)

    @property
    def real(self) -> int:
        """Ids below this are whole words of names."""
        return len(self.words)

    @property
    def first_joined(self) -> int:
        """The id of the first joined word."""
        return self.real + len(self.prefixes)

    @property
    def size(self) -> int:
        """Ids in all."""
        return self.first_joined + len(self.joined)

    @cached_property
    def first(self) -> np.ndarray:
        """Code of the first letter per id."""
        cut = np.array([ord(text[0]) for text in self.prefixes], np.int32)
        return np.concatenate([self.words.firsts, cut, self.joined.firsts])

    @cached_property
    def length(self) -> np.ndarray:
        """Letters per id."""
        cut = np.array([len(text) + 1 for text in self.prefixes], np.int32)
        return np.concatenate([self.words.lengths, cut, self.joined.lengths])

    def spelled(self, n: int) -> Spelled:
        """Words and roles of name n."""
        low, high = int(self.start[n]), int(self.start[n + 1])
        texts = self.words.texts
        return Spelled(tuple(texts[i] for i in self.word[low:high].tolist()), tuple(self.role[low:high].tolist()))

    @cached_property
    def letters(self) -> np.ndarray:
        """Letters per id, uint8 (ids, WIDTH); codes from 128 on beyond ASCII; zero for what is no whole word."""
        more = np.zeros((self.size - self.real, WIDTH), np.uint8)
        return np.concatenate([self.words.letters(WIDTH), more])

    @cached_property
    def signs(self) -> np.ndarray:
        """What bounds how alike words can be, per id (see `bounds.signatures`)."""
        found: np.ndarray = signatures(self.letters, self.length)
        return found

    @cached_property
    def width(self) -> int:
        """Tokens of the longest name."""
        return int(np.diff(self.start).max(initial=0))

    @cached_property
    def short(self) -> np.ndarray:
        """Per name whether a token of it is a single letter, which may be an initial."""
        single = np.concatenate([[0], np.cumsum(self.length[self.tok] == 1)])
        found: np.ndarray = single[self.start[1:]] > single[self.start[:-1]]
        return found

    @cached_property
    def postings(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Names by token: those of token v are post_name[post_start[v]:post_start[v+1]], without repeats.

        The `short` ones come first, up to post_plain[v]; both parts are ascending.
        """
        n = max(len(self), 1)
        name = np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.start))
        joined = self.join >= 0
        pairs = np.concatenate([self.tok.astype(np.int64) * n + name, self.join[joined] * np.int64(n) + name[joined]])
        pairs = np.unique(pairs)
        token, post_name = pairs // n, pairs % n
        post_start = np.searchsorted(token, np.arange(self.size + 1)).astype(np.int64)
        short = self.short[post_name] if len(self) else np.zeros(0, np.bool_)
        post_name = post_name[np.lexsort((post_name, ~short, token))]
        post_plain = post_start[:-1] + np.bincount(token[short], minlength=self.size)[: self.size]
        return post_start, post_name.astype(np.int32), post_plain.astype(np.int64)


class Encoder:
    """Collects names and turns them into arrays; holds no name longer than it takes to read it."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._owner, self._kind, self._weak, self._cut = array("i"), array("b"), array("b"), array("b")
        self._count, self._word, self._role = array("i"), array("i"), array("b")

    def add(self, owner: int, kind: int, weak: bool, name: ParsedName) -> None:
        """Add one name of a party; one without tokens is kept, empty."""
        ids = self._ids
        self._word.extend([ids.setdefault(token, len(ids)) for token in name.tokens])
        self._role.extend(name.roles)
        self._count.append(len(name.tokens))
        self._owner.append(owner)
        self._kind.append(kind)
        self._weak.append(weak)
        self._cut.append(name.cut and bool(name.tokens))

    def add_plain(self, kinds: np.ndarray, names: PlainNames) -> None:
        """Add names taken apart at once, one to a row and owner; to be called once, after all others were added.

        Args:
            kinds: kind per row.
        """
        ids = self._ids
        known = np.array([ids.setdefault(word, len(ids)) for word in names.words], np.int32)
        owner = np.concatenate([np.frombuffer(self._owner, np.int32), names.rows.astype(np.int32)])
        count = np.concatenate([np.frombuffer(self._count, np.int32), names.count])
        order = np.argsort(owner, kind="stable")
        start = np.cumsum(count) - count
        sizes = count[order]
        place = np.arange(int(sizes.sum())) + np.repeat(start[order] - (np.cumsum(sizes) - sizes), sizes)
        word = np.concatenate([np.frombuffer(self._word, np.int32), known[names.word]])[place]
        role = np.concatenate([np.frombuffer(self._role, np.int8), names.role])[place]
        more = names.rows.size
        kind = np.concatenate([np.frombuffer(self._kind, np.int8), kinds[names.rows]])[order]
        weak, cut = (
            np.concatenate([np.frombuffer(told, np.int8), np.zeros(more, np.int8)])[order]
            for told in (self._weak, self._cut)
        )
        self._owner, self._kind, self._weak, self._cut = (
            _array("i", owner[order]),
            _array("b", kind),
            _array("b", weak),
            _array("b", cut),
        )
        self._count, self._word, self._role = _array("i", sizes), _array("i", word), _array("b", role)

    def finish(
        self, parsed: Callable[[np.ndarray], Sequence[ParsedName]], against: EncodedNames | None = None, *,
        apart: bool = False,
    ) -> EncodedNames:  # fmt: skip
        """The names added.

        Args:
            parsed: given the owner of every name, gives the names again, for explanations.
            against: the other side, where it is known: only joined words that are words there are kept.
            apart: whether every party is read as if it were the only one: the words of another then say nothing of
                which neighbours make a word together.
        """
        words = Lexicon.of(self._ids)
        start = np.zeros(len(self._count) + 1, np.int64)
        np.cumsum(np.frombuffer(self._count, np.int32), out=start[1:])
        word = np.array(self._word, np.int32)
        tok = word.copy()
        cut = np.array(self._cut, np.bool_)
        prefixes: dict[str, int] = {}
        for last in (start[1:][cut] - 1).tolist():
            letters = words[int(word[last])]
            if len(letters) >= SHORTEST_PREFIX:
                tok[last] = len(words) + prefixes.setdefault(letters, len(prefixes))
        owner = np.array(self._owner, np.int32)
        own = np.repeat(owner, np.diff(start)) if apart else None
        join, joined, pieces = _joined(start, word, words, len(words) + len(prefixes), against, own)
        return EncodedNames(
            parsed=parsed(owner),
            owner=owner,
            kind=np.array(self._kind, np.int8),
            weak=np.array(self._weak, np.bool_),
            start=start,
            tok=tok,
            word=word,
            role=np.array(self._role, np.int8),
            join=join,
            cut=cut,
            words=words,
            prefixes=tuple(prefixes),
            joined=joined,
            pieces=pieces,
        )


def _array(code: str, values: np.ndarray) -> array[int]:
    found = array(code)
    found.frombytes(values.astype(np.dtype(code)).tobytes())
    return found


def _joined(
    start: np.ndarray, word: np.ndarray, words: Lexicon, base: int, against: EncodedNames | None,
    own: np.ndarray | None = None,
) -> tuple[np.ndarray, Lexicon, np.ndarray]:  # fmt: skip
    """Ids of neighbours written together, the words that arise only so, and their halves (where they first stand).

    `own`: the party of every word, where the words of another party are not to count.
    """
    if against is not None:
        # Two words are two words, also where somebody else of the file writes them as one.
        join = np.full(word.size, -1, np.int64)
        theirs = against.words.find_joined(start, word, words, SHORTEST_JOIN)
        at = np.flatnonzero((join < 0) & (theirs >= 0))
        size = np.int64(max(len(against.words), 1))
        keys = theirs[at] if own is None else own[at] * size + theirs[at]  # halves may be another party's otherwise
        known, first, which = np.unique(keys, return_index=True, return_inverse=True)
        join[at] = base + which
        texts = against.words.pick(known % size)
        first = at[first]
    else:
        join = words.find_joined(start, word, words, SHORTEST_JOIN)
        if own is not None:
            at = np.flatnonzero(join >= 0)
            size = np.int64(max(len(words), 1))
            held = np.isin(own[at] * size + join[at], own * size + word)
            join[at[~held]] = -1
        inside = np.ones(word.size, np.bool_)
        inside[start[1:][np.diff(start) > 0] - 1] = False
        at = np.flatnonzero(inside)
        at = at[(join[at] < 0) & (words.lengths[word[at]] + words.lengths[word[at + 1]] >= SHORTEST_JOIN)]
        pair = word[at].astype(np.int64) * max(len(words), 1) + word[at + 1]
        _, first, which = np.unique(pair, return_index=True, return_inverse=True)
        left, right = word[at[first]].tolist(), word[at[first] + 1].tolist()
        ids: dict[str, int] = {}
        together = (words.texts[a] + words.texts[b] for a, b in zip(left, right, strict=True))
        found = np.fromiter((ids.setdefault(text, len(ids)) for text in together), np.int64, first.size)
        join[at] = base + found[which]
        texts = list(ids)
        position = np.full(len(ids), word.size)
        np.minimum.at(position, found, at[first])  # two ways to split a word: as the first name that has it
        first = position
    pieces = np.stack([word[first], word[first + 1]], axis=1) if first.size else np.zeros((0, 2), np.int32)
    return join.astype(np.int32), Lexicon.of(texts), pieces
