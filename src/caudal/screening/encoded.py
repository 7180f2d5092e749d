"""Names as arrays: token ids, roles and joined neighbours, in the shape the kernels read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from caudal.screening.names import ParsedName
from caudal.screening.spelling import Vocabulary, spelling
from caudal.screening.variants import is_known

SHORTEST_JOIN = 5
"""Letters two neighbouring tokens must have together to be tried as one word."""
SHORTEST_PREFIX = 3
"""Letters of a cut token that are needed to compare it with whole ones."""


@dataclass(frozen=True)
class EncodedNames:
    """Many names over one vocabulary.

    Attributes:
        parsed: the names; owner: index of the party each belongs to; kind: kind of that party; weak: weak alias.
        start: token positions of name n are start[n] to start[n+1]-1; tok, role, join: per position, where join is
            the id of this token and the next written together, or -1.
        cut: whether the last token of the name may be cut off.
        vocabulary: tokens 0..real-1 are words of names; from `real` on only joined or cut ones.
        pieces: for joined ids, the ids of the two pieces. prefixes: for ids of cut tokens, their letters.
    """

    parsed: list[ParsedName]
    owner: np.ndarray
    kind: np.ndarray
    weak: np.ndarray
    start: np.ndarray
    tok: np.ndarray
    role: np.ndarray
    join: np.ndarray
    cut: np.ndarray
    vocabulary: Vocabulary
    real: int
    pieces: dict[int, tuple[int, int]]
    prefixes: dict[int, str]

    def __len__(self) -> int:
        return len(self.parsed)

    @cached_property
    def first(self) -> np.ndarray:
        """Code of the first letter per vocabulary id."""
        return self.vocabulary.firsts()

    @cached_property
    def length(self) -> np.ndarray:
        """Letters per vocabulary id."""
        return self.vocabulary.lengths()

    @cached_property
    def letters(self) -> np.ndarray:
        """Letters per vocabulary id, uint8 (ids, WIDTH); zero where a token is not plain ASCII."""
        return spelling(self.vocabulary.texts)[0]

    @cached_property
    def known(self) -> np.ndarray:
        """Per vocabulary id whether it is a known personal name."""
        texts = self.vocabulary.texts
        found = np.zeros(len(texts), np.bool_)
        found[: self.real] = np.fromiter(map(is_known, texts[: self.real]), np.bool_, self.real)
        return found

    @cached_property
    def postings(self) -> tuple[np.ndarray, np.ndarray]:
        """Names by token: names of token v are post_name[post_start[v]:post_start[v+1]], ascending, without repeats."""
        size = len(self.vocabulary)
        name = np.repeat(np.arange(len(self.parsed), dtype=np.int64), np.diff(self.start))
        joined = self.join >= 0
        pairs = np.concatenate(
            [self.tok * len(self.parsed) + name, self.join[joined] * len(self.parsed) + name[joined]]
        )
        pairs = np.unique(pairs)
        token, post_name = pairs // max(len(self.parsed), 1), pairs % max(len(self.parsed), 1)
        post_start = np.searchsorted(token, np.arange(size + 1)).astype(np.int64)
        return post_start, post_name.astype(np.int32)


def encode(names: Sequence[tuple[int, int, bool, ParsedName]]) -> EncodedNames:
    """Arrays for (owner, kind of owner, weak alias, name) rows; names without tokens are kept, empty."""
    vocabulary = Vocabulary()
    ids: list[int] = []
    roles: list[int] = []
    counts: list[int] = []
    for _, _, _, name in names:
        ids.extend(map(vocabulary.add, name.tokens))
        roles.extend(name.roles)
        counts.append(len(name.tokens))
    real = len(vocabulary)
    start = np.zeros(len(names) + 1, np.int64)
    np.cumsum(counts, out=start[1:])
    join = np.full(len(ids), -1, np.int64)
    pieces: dict[int, tuple[int, int]] = {}
    prefixes: dict[int, str] = {}
    cut = np.zeros(len(names), np.bool_)
    at = 0
    for n, (_, _, _, name) in enumerate(names):
        tokens = name.tokens
        for k in range(len(tokens) - 1):
            together = tokens[k] + tokens[k + 1]
            if len(together) >= SHORTEST_JOIN:
                joined = vocabulary.add(together)
                join[at + k] = joined
                pieces.setdefault(joined, (ids[at + k], ids[at + k + 1]))
        if name.cut and tokens:
            cut[n] = True
            if len(tokens[-1]) >= SHORTEST_PREFIX:
                last = vocabulary.add(tokens[-1] + "\u2026")
                prefixes[last] = tokens[-1]
                ids[at + len(tokens) - 1] = last
        at += len(tokens)
    return EncodedNames(
        parsed=[name for _, _, _, name in names],
        owner=np.fromiter((owner for owner, _, _, _ in names), np.int32, len(names)),
        kind=np.fromiter((kind for _, kind, _, _ in names), np.int8, len(names)),
        weak=np.fromiter((weak for _, _, weak, _ in names), np.bool_, len(names)),
        start=start,
        tok=np.asarray(ids, np.int64),
        role=np.asarray(roles, np.int8),
        join=join,
        cut=cut,
        vocabulary=vocabulary,
        real=real,
        pieces=pieces,
        prefixes=prefixes,
    )
