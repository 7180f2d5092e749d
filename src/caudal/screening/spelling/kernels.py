"""The hot loop of the typo keys: arrays in, arrays out."""

from __future__ import annotations

import numpy as np
from numba import njit

_FNV = np.uint64(14695981039346656037)
_PRIME = np.uint64(1099511628211)


@njit(cache=True)
def typo_keys(letters: np.ndarray, length: np.ndarray, short: int, long: int) -> tuple[np.ndarray, np.ndarray]:
    """Hashes of every token with none, one and, from `long` letters on, two letters dropped.

    Args:
        letters: uint8 (tokens, width), ASCII codes; length: letters used per token (0: no keys).
        short: shortest token that may lose a letter; long: shortest that may lose two.

    Returns:
        keys (uint64) and the token each belongs to (int32), unsorted, without repeats inside one token's run of
        equal neighbours.
    """
    n = length.size
    total = 0
    for i in range(n):
        m = length[i]
        if m:
            total += 1
            if m >= short:
                total += m
            if m >= long:
                total += m * (m - 1) // 2
    keys = np.empty(total, np.uint64)
    owner = np.empty(total, np.int32)
    at = 0
    for i in range(n):
        m = length[i]
        if m == 0:
            continue
        first = -1 if m < short else m
        for a in range(-1, max(first, 0)):
            last = m if (m >= long and a >= 0) else a + 1
            for b in range(a, last):
                h = _FNV
                for c in range(m):
                    if c in (a, b):
                        continue
                    h = (h ^ np.uint64(letters[i, c])) * _PRIME
                keys[at] = h
                owner[at] = i
                at += 1
    return keys[:at], owner[:at]
