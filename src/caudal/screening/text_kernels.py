"""Which listed names may stand in which texts: the inner loop of text screening."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def _worth_in(
    low: int, high: int, token: int, word: np.ndarray, joined: np.ndarray, joined_bits: np.ndarray,
    near_start: np.ndarray, near_tok: np.ndarray, near_bits: np.ndarray,
) -> float:  # fmt: skip
    """The most bits that a word at positions low to high - 1 gives for a listed token; -1000 where none is near it."""
    best = -1000.0
    for p in range(low, high):
        if joined[p] == token and joined_bits[p] > best:
            best = joined_bits[p]
        a, b = near_start[word[p]], near_start[word[p] + 1]
        while a < b:
            middle = (a + b) // 2
            if near_tok[middle] < token:
                a = middle + 1
            else:
                b = middle
        if a < near_start[word[p] + 1] and near_tok[a] == token and near_bits[a] > best:
            best = near_bits[a]
    return best


@njit(cache=True)
def possible(
    start: np.ndarray, word: np.ndarray, joined: np.ndarray, joined_bits: np.ndarray, near_start: np.ndarray,
    near_tok: np.ndarray, near_bits: np.ndarray, anchor_start: np.ndarray, anchor_name: np.ndarray,
    need_start: np.ndarray, need_tok: np.ndarray, reach: np.ndarray, extra: np.ndarray, floor: float, first: int,
    last: int,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Pairs of text and looked-for name that could reach the floor: every needed token stands near the rarest one.

    Args:
        start, word: words of the texts. joined: the listed token that a position and the next make together, or -1;
            joined_bits: its worth.
        near_start, near_tok, near_bits: per word the listed tokens near it, ascending, and the worth of each.
        anchor_start, anchor_name: per listed token the names of which it is the rarest.
        need_start, need_tok: per name the tokens that must all stand there. reach: words it may spread over to either
            side. extra: bits besides those of the tokens that it could still get.
        first, last: texts looked at.

    Returns:
        text and name of each pair, by text; a pair may come several times.
    """
    size, found = 1024, 0
    texts, names = np.empty(size, np.int64), np.empty(size, np.int64)
    for t in range(first, last):
        for p in range(start[t], start[t + 1]):
            a, b = near_start[word[p]], near_start[word[p] + 1]
            more = 1 if joined[p] >= 0 else 0
            for r in range(a, b + more):
                token = near_tok[r] if r < b else joined[p]
                for n in range(anchor_start[token], anchor_start[token + 1]):
                    name = anchor_name[n]
                    low = max(p - reach[name], start[t])
                    high = min(p + reach[name] + 1, start[t + 1])
                    bits = extra[name]
                    for k in range(need_start[name], need_start[name + 1]):
                        bits += _worth_in(
                            low, high, need_tok[k], word, joined, joined_bits, near_start, near_tok, near_bits
                        )
                        if bits < -500.0:
                            break
                    if bits < floor:
                        continue
                    if found == size:
                        size *= 2
                        more_texts, more_names = np.empty(size, np.int64), np.empty(size, np.int64)
                        more_texts[:found], more_names[:found] = texts, names
                        texts, names = more_texts, more_names
                    texts[found], names[found] = t, name
                    found += 1
    return texts[:found], names[:found]
