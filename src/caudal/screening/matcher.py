"""Which listed names could be meant by which query names, and how strong the names alone speak for it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from caudal.screening import kernels
from caudal.screening.aligning import align
from caudal.screening.commonness import commonness
from caudal.screening.encoded import EncodedNames
from caudal.screening.layout import N_LINK, N_PARTS
from caudal.screening.population import Population, neighbourhood
from caudal.screening.spelling import Near, TokenIndex
from caudal.screening.weights import Weights

JOIN_BITS = -1.0
"""What writing two words as one, or one as two, takes off."""
CUT_BITS = -1.0
"""What a word cut off at the end of a line takes off the rarity of its letters."""
BLOCK = 4_000
"""Query names scored between two reports of progress."""

Progress = Callable[[int, int | None], None]


class Reference:
    """The population the register itself gives: its tokens, their typo index, their shares and neighbourhoods."""

    def __init__(self, texts: list[str], population: Population) -> None:
        self.texts = texts
        self.tokens = TokenIndex(texts)
        self.population = population
        self.lengths = np.fromiter(map(len, texts), np.int32, len(texts))

    @cached_property
    def self_near(self) -> Near:
        """Pairs of the register's own tokens near each other."""
        return self.tokens.join(self.texts)

    @cached_property
    def _own_mass(self) -> np.ndarray:
        shares = self.shares(self.population)
        return neighbourhood(shares, self.self_near, shares, self.lengths)

    def mass(self, population: Population) -> np.ndarray:
        """Neighbourhoods of the register's own tokens in a population whose vocabulary begins with them."""
        if population is self.population:
            return self._own_mass
        shares = self.shares(population)
        return neighbourhood(shares, self.self_near, shares, self.lengths)

    def shares(self, population: Population) -> np.ndarray:
        """Shares of the register's tokens in a population whose vocabulary begins with them."""
        return population.shares()[: len(self.texts)]


@dataclass(frozen=True)
class NearTable:
    """For every query token the listed tokens it may agree with, sorted by id, and the bits of that agreement."""

    start: np.ndarray
    tok: np.ndarray
    bits: np.ndarray
    level: np.ndarray
    share: np.ndarray
    common: np.ndarray
    query_bits: np.ndarray
    listed_bits: np.ndarray


def near_table(
    query: EncodedNames, listed: EncodedNames, listed_index: TokenIndex, reference: Reference,
    population: Population, weights: Weights,
) -> NearTable:  # fmt: skip
    """Weigh every pair of query and listed tokens that are near enough to agree.

    Args:
        query, listed: the names; listed_index: typo index over listed.vocabulary.texts[:listed.real].
        reference: the register's tokens; population: their shares, with those of the batch where there is one.
        weights: the model.
    """
    q_texts, t_texts = query.vocabulary.texts, listed.vocabulary.texts
    q_real, t_real = q_texts[: query.real], t_texts[: listed.real]
    reference_shares = reference.shares(population)
    q_len, t_len = query.length, listed.length
    q_share = _shares(query, population)

    same_list = listed_index is reference.tokens
    t_share = reference_shares if same_list else population.share_many(t_real)
    near = listed_index.join(q_real)
    to_reference = near if same_list else reference.tokens.join(q_real)
    q_mass = neighbourhood(q_share[: query.real], to_reference, reference_shares, q_len[: query.real])
    if same_list:
        t_mass = reference.mass(population)
    else:
        t_mass = neighbourhood(t_share, reference.tokens.join(t_real), reference_shares, t_len[: listed.real])
    share = np.maximum(q_mass[near.left, near.level], t_mass[near.right, near.level])
    length = np.minimum(q_len[near.left], t_len[near.right])
    rows = [near.left.astype(np.int64)]
    cols = [near.right.astype(np.int64)]
    both_known = query.known[near.left] & listed.known[near.right]
    bits = [weights.agreement(near.level, share, length, both_known)]
    levels = [near.level]
    shares = [share]

    def add(pairs: list[tuple[int, int, float]], taken: float) -> None:
        """Exact agreement of joined or cut words: (query id, listed id, share)."""
        if not pairs:
            return
        rows.append(np.array([p[0] for p in pairs], np.int64))
        cols.append(np.array([p[1] for p in pairs], np.int64))
        part = np.array([p[2] for p in pairs], np.float64)
        level = np.zeros(len(pairs), np.int8)
        bits.append(np.maximum(weights.agreement(level, part, level) + taken, 0.0))
        levels.append(level)
        shares.append(part)

    joined: list[tuple[int, int, float]] = []
    for q, text in enumerate(q_real):
        t = listed.vocabulary.ids.get(text, -1)
        if t >= listed.real:
            a, b = listed.pieces[t]
            joined.append((q, t, max(q_share[q], t_share[a] * t_share[b])))
    for q, (a, b) in query.pieces.items():
        t = listed.vocabulary.ids.get(q_texts[q], -1)
        if q >= query.real and 0 <= t < listed.real:
            joined.append((q, t, max(float(t_share[t]), float(q_share[a] * q_share[b]))))
    add(joined, JOIN_BITS)
    if query.prefixes:
        add(_cut_pairs(query, t_real, t_share), CUT_BITS)
    commons = (_common(query), _common(listed))
    return _sorted(rows, cols, bits, levels, shares, commons, q_share, t_share)


def _shares(names: EncodedNames, population: Population) -> np.ndarray:
    """Share of parties per vocabulary id; joined words by their pieces, which are looked up once."""
    texts = names.vocabulary.texts
    found = np.ones(len(texts))
    found[: names.real] = population.share_many(texts[: names.real])
    for prefix in names.prefixes:
        found[prefix] = population.share(texts[prefix])
    for joined, (a, b) in names.pieces.items():
        if joined >= names.real:
            found[joined] = found[a] * found[b]
    return found


def _common(names: EncodedNames) -> np.ndarray:
    """Per vocabulary id whether it is a common personal name (see `commonness`), int8; both pieces of a joined one."""
    texts = names.vocabulary.texts
    found = np.zeros(len(texts), np.int8)
    found[: names.real] = np.fromiter(map(commonness, texts[: names.real]), np.int8, names.real)
    for joined, (a, b) in names.pieces.items():
        if joined >= names.real:
            found[joined] = 1 if found[a] and found[b] else 0
    return found


def _cut_pairs(query: EncodedNames, t_real: list[str], t_share: np.ndarray) -> list[tuple[int, int, float]]:
    """For every cut last token the listed tokens that begin with its letters, with their shares added up."""
    order = sorted(range(len(t_real)), key=t_real.__getitem__)
    ordered = [t_real[i] for i in order]
    pairs: list[tuple[int, int, float]] = []
    for q, letters in query.prefixes.items():
        low = bisect_left(ordered, letters)
        high = bisect_left(ordered, letters + "\uffff")
        found = [order[i] for i in range(low, high)]
        share = min(float(sum(t_share[t] for t in found)), 1.0)
        pairs.extend((q, t, share) for t in found)
    return pairs


def _sorted(
    rows: list[np.ndarray], cols: list[np.ndarray], bits: list[np.ndarray], levels: list[np.ndarray],
    shares: list[np.ndarray], commons: tuple[np.ndarray, np.ndarray], q_share: np.ndarray, t_share: np.ndarray,
) -> NearTable:  # fmt: skip
    row, col = np.concatenate(rows), np.concatenate(cols)
    bit, level, share = np.concatenate(bits), np.concatenate(levels), np.concatenate(shares)
    # The same pair may be found twice (a word that is also a joined pair): the more telling reading counts.
    order = np.lexsort((-bit, col, row))
    row, col, bit, level, share = row[order], col[order], bit[order], level[order], share[order]
    first = np.ones(row.size, np.bool_)
    first[1:] = (row[1:] != row[:-1]) | (col[1:] != col[:-1])
    row, col, bit, level, share = row[first], col[first], bit[first], level[first], share[first]
    start = np.searchsorted(row, np.arange(q_share.size + 1)).astype(np.int64)
    return NearTable(
        start=start,
        tok=col,
        bits=bit,
        level=level,
        share=share,
        common=np.maximum(commons[0][row], commons[1][col]),
        query_bits=-np.log2(q_share),
        listed_bits=-np.log2(t_share),
    )


@dataclass(frozen=True)
class Pairing:
    """Everything the kernels need to score query names against listed names."""

    query: EncodedNames
    listed: EncodedNames
    near: NearTable
    weights: np.ndarray

    def best(
        self, keep: np.ndarray, top: int, *, exhaustive: bool = False, progress: Progress | None = None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Per query name the best listed name of each of the `top` best owners: (query, listed, bits) arrays.

        Args:
            keep: least bits per query name; top: owners kept per query name.
            exhaustive: score every pair, not only those that share tokens.
        """
        q, t = self.query, self.listed
        n = len(q)
        found = []
        for low in range(0, max(n, 1), BLOCK):
            high = min(low + BLOCK, n)
            found.append(
                kernels.score_names(
                    q.start, q.tok, q.role, q.join, q.cut, q.kind, self.near.query_bits, q.first, q.length,
                    q.letters, q.known,
                    t.start, t.tok, t.role, t.join, t.kind, t.weak, t.owner, self.near.listed_bits, t.first, t.length,
                    t.letters, t.known,
                    *t.postings, self.near.start, self.near.tok, self.near.bits, self.near.level, self.near.common,
                    self.weights, keep, top, low, high, exhaustive,
                )
            )  # fmt: skip
            if progress is not None:
                progress(high, n)
        return (
            np.concatenate([f[0] for f in found]),
            np.concatenate([f[1] for f in found]),
            np.concatenate([f[2] for f in found]),
        )

    def explain(self, query: int, listed: int) -> tuple[np.ndarray, np.ndarray]:
        """The links (see `layout`) and evidence parts of one pair of names."""
        q, t, near = self.query, self.listed, self.near
        a, b = q.start[query], q.start[query + 1]
        c, d = t.start[listed], t.start[listed + 1]
        table = np.empty((2 * (b - a) + 2, 2 * (d - c) + 2))
        links = np.empty((b - a + 1, N_LINK))
        parts = np.empty(N_PARTS)
        count = align(
            q.tok[a:b], q.role[a:b], q.join[a:b], near.query_bits, q.first, q.length, q.letters, q.known,
            q.cut[query], q.kind[query],
            t.tok[c:d], t.role[c:d], t.join[c:d], near.listed_bits, t.first, t.length, t.letters, t.known,
            t.kind[listed], t.weak[listed],
            near.start, near.tok, near.bits, near.level, near.common, self.weights, table, links, parts,
        )  # fmt: skip
        return links[:count], parts

    def nearness(self, query_token: int, listed_token: int) -> tuple[int, float]:
        """How near two tokens are and the share of parties as near; (-1, 1.0) where they agree by initial only."""
        low, high = self.near.start[query_token], self.near.start[query_token + 1]
        at = low + int(np.searchsorted(self.near.tok[low:high], listed_token))
        if at < high and self.near.tok[at] == listed_token:
            return int(self.near.level[at]), float(self.near.share[at])
        return -1, 1.0
