"""How alike two tokens are letter by letter, for tokens that no typo or sound key brings together.

A weighted edit distance in which the slips of typing and transliteration are cheap: one vowel for another, a letter for
one of the same sound, an `h` or a doubled letter more or less, two neighbours swapped. The measure is only used to say
how much two left-over parts of a name contradict each other: `Merkur` beside `Merkel` far less than `Rawi` beside
`Tikriti`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

WIDTH = 20
"""Letters of a token that take part."""

_CLASSES = ("aeiouy", "bpfvw", "cgjkqx", "dt", "sz", "lr", "mn")


def _classes() -> np.ndarray:
    found = np.zeros(128, np.int8)
    for code, letters in enumerate(_CLASSES, 1):
        for letter in letters:
            found[ord(letter)] = code
    return found


CLASS = _classes()
"""Class of sound per ASCII code, 0 for none."""
_H = ord("h")
VOWEL = 0.5
"""Cost of one vowel for another."""
KINDRED = 0.5
"""Cost of a letter for one of the same sound."""
LIGHT = 0.4
"""Cost of an `h`, a vowel beside a vowel or a doubled letter more or less."""
SWAP = 0.8
"""Cost of two neighbours swapped."""
ENDING = 4
"""Letters from which a common ending is taken for one that many names have (`-ullah`, `-ovich`, `-dottir`)..."""
LONG = 7
"""...in tokens of at least so many letters: what stands before it tells them apart."""


@njit(cache=True)
def letter_gap(letters: np.ndarray, at: int) -> float:
    """Cost of a letter that only one side has."""
    letter = letters[at]
    if letter == _H or (at > 0 and letters[at - 1] == letter):
        return LIGHT
    return 0.8 if letter < 128 and CLASS[letter] == 1 else 1.0


@njit(cache=True)
def alike(a: np.ndarray, m: int, b: np.ndarray, n: int) -> float:
    """Likeness of two tokens, 0 (nothing in common) to 1 (the same letters).

    Args:
        a, b: uint8 codes of their letters, zero where they are not known; m, n: how many are used. Of letters that are
            not known the likeness is 0.
    """
    if m == 0 or n == 0 or a[0] == 0 or b[0] == 0:
        return 0.0
    if m >= LONG and n >= LONG:
        ending = 0
        while ending < min(m, n) - 2 and a[m - 1 - ending] == b[n - 1 - ending]:
            ending += 1
        if ending >= ENDING:
            m, n = m - ending, n - ending
    rows = np.empty((4, n + 1))  # three rows of the distance, and the cost of every letter of b alone
    gap = rows[3]
    rows[0, 0] = 0.0
    for j in range(n):
        gap[j] = letter_gap(b, j)
        rows[0, j + 1] = rows[0, j] + gap[j]
    before, last, now = 2, 0, 1
    for i in range(m):
        x = a[i]
        gap_a = letter_gap(a, i)
        kind = CLASS[x] if x < 128 else 0
        kindred = VOWEL if kind == 1 else KINDRED
        corner = rows[last, 0]
        left = corner + gap_a
        rows[now, 0] = left
        for j in range(n):
            y = b[j]
            up = rows[last, j + 1]
            best = min(up + gap_a, left + gap[j])
            if x == y:
                best = min(best, corner)
            else:
                best = min(best, corner + (kindred if kind > 0 and y < 128 and CLASS[y] == kind else 1.0))
                if i > 0 and j > 0 and x == b[j - 1] and a[i - 1] == y:
                    best = min(best, rows[before, j - 1] + SWAP)
            corner = up
            left = best
            rows[now, j + 1] = best
        before, last, now = last, now, before
    likeness: float = max(0.0, 1.0 - rows[last, n] / max(m, n))
    return likeness
