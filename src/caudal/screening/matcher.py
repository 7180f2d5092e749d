"""Which listed names could be meant by which query names, and how strong the names alone speak for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from caudal.screening import kernels
from caudal.screening.aligning import align
from caudal.screening.bounds import never_adds
from caudal.screening.encoded import EncodedNames
from caudal.screening.layout import N_LINK, N_PARTS
from caudal.screening.near import NearTable

BLOCK = 4_000
"""Query names scored between two reports of progress."""

Progress = Callable[[int, int | None], None]


class Scratch(threading.local):
    """Room for the kernel's sums per listed name, kept from one question to the next, apart per thread."""

    held: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None = None

    def of(self, names: int, words: int) -> tuple[np.ndarray, ...]:
        """Zeroes, and as many free places, one per listed name; twice zeroes, one per listed word."""
        if self.held is None or self.held[0].size != names or self.held[2].size != words:
            self.held = (
                np.zeros(names, np.float32), np.empty(names, np.int32),
                np.zeros(words, np.uint32), np.zeros(words, np.float64),
            )  # fmt: skip
        return self.held


class Births(NamedTuple):
    """Birth dates of the parties on either side: runs of numbers (see `dated.runs`)."""

    query: tuple[np.ndarray, np.ndarray]
    listed: tuple[np.ndarray, np.ndarray]

    @classmethod
    def none(cls) -> Births:
        """Of two parties, not looked at."""
        nobody = np.zeros(2, np.int64), np.zeros(0, np.int32)
        return cls(nobody, nobody)


@dataclass(frozen=True, eq=False)
class Pairing:
    """Everything the kernels need to score query names against listed names."""

    query: EncodedNames
    listed: EncodedNames
    near: NearTable
    weights: np.ndarray
    scratch: Scratch

    def best(
        self, keep: np.ndarray, births: Births, top: int, *, among: np.ndarray | None = None, exhaustive: bool = False,
        progress: Progress | None = None, workers: int = 1,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
        """Per query name the best listed name of each of the `top` best owners: (query, listed, bits) arrays.

        Args:
            keep: least bits per query name, by what birth dates could add (see `kernels.score_names`).
            births: of both sides. top: owners kept per query name.
            among: per listed owner whether it may be found; everyone where it is not said.
            exhaustive: score every pair, not only those that share tokens.
            workers: threads; the answer does not depend on how many.
        """
        exhaustive = exhaustive or not never_adds(self.weights)
        n = len(self.query)
        q, t, near = self.query, self.listed, self.near
        if among is None:
            among = np.ones(births.listed[0].size - 1, np.bool_)
        arrays = (
            q.start, q.tok, q.role, q.join, q.cut, q.kind, near.query_bits, q.first, q.length,
            q.letters, q.signs, near.query_known,
            t.start, t.tok, t.role, t.join, t.kind, t.weak, t.owner, near.listed_bits, t.first, t.length,
            t.letters, t.signs, near.listed_known, t.width,
            t.short, *t.postings, near.start, near.tok, near.bits, near.level, near.common, near.most, near.names,
            self.weights, keep, *births.query, q.owner, *births.listed, among, top,
        )  # fmt: skip

        def block(low: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            found: tuple[np.ndarray, np.ndarray, np.ndarray] = kernels.score_names(
                *arrays, low, min(low + BLOCK, n), exhaustive, *self.scratch.of(len(t), t.size)
            )
            return found

        def told(results: Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> Iterator[tuple[np.ndarray, ...]]:
            for i, result in enumerate(results):
                if progress is not None:
                    progress(min((i + 1) * BLOCK, n), n)
                yield result

        lows = range(0, max(n, 1), BLOCK)
        if workers > 1 and len(lows) > 1:
            with ThreadPoolExecutor(workers) as pool:
                found = list(told(pool.map(block, lows)))
        else:
            found = list(told(map(block, lows)))
        if len(found) == 1:
            return found[0][0], found[0][1], found[0][2]
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
            q.tok[a:b], q.role[a:b], q.join[a:b], near.query_bits, q.first, q.length, q.letters, near.query_known,
            q.cut[query], q.kind[query],
            t.tok[c:d], t.role[c:d], t.join[c:d], near.listed_bits, t.first, t.length, t.letters, near.listed_known,
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
