"""The hot loops over letters: hashes, typo keys, edit distance. Arrays in, arrays out."""

from __future__ import annotations

import numpy as np
from numba import njit

_FNV = np.uint64(14695981039346656037)
_PRIME = np.uint64(1099511628211)
_ONE = np.uint64(1)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
ASCII = 128
LONGEST_WORD = 64
"""Letters of a word that fit the bits of one machine word."""


@njit(cache=True, nogil=True)
def fnv(data: np.ndarray, low: int, high: int, seed: np.uint64) -> np.uint64:
    """FNV-1a of data[low:high], going on from `seed`."""
    h = seed
    for c in range(low, high):
        h = (h ^ np.uint64(data[c])) * _PRIME
    return h


@njit(cache=True, nogil=True)
def _slot(h: np.uint64, size: int) -> np.int64:
    return np.int64((h ^ (h >> np.uint64(29))) & np.uint64(size - 1))


@njit(cache=True, nogil=True)
def fill_slots(data: np.ndarray, at: np.ndarray, slots: np.ndarray) -> None:
    """Enter every text data[at[i]:at[i+1]] in an open hash table of a power of two, emptied to -1 before."""
    for i in range(at.size - 1):
        k = _slot(fnv(data, at[i], at[i + 1], _FNV), slots.size)
        while slots[k] >= 0:
            k = (k + 1) & (slots.size - 1)
        slots[k] = i


@njit(cache=True, nogil=True)
def _equal(a: np.ndarray, low: int, high: int, b: np.ndarray, start: int) -> bool:
    for c in range(high - low):  # noqa: SIM110 - compiled
        if a[low + c] != b[start + c]:
            return False
    return True


@njit(cache=True, nogil=True)
def find_texts(data: np.ndarray, at: np.ndarray, t_data: np.ndarray, t_at: np.ndarray, slots: np.ndarray) -> np.ndarray:
    """For every text of the first table its id in the second, or -1."""
    found = np.full(at.size - 1, -1, np.int64)
    for i in range(at.size - 1):
        low, high = at[i], at[i + 1]
        k = _slot(fnv(data, low, high, _FNV), slots.size)
        while slots[k] >= 0:
            j = slots[k]
            if t_at[j + 1] - t_at[j] == high - low and _equal(data, low, high, t_data, t_at[j]):
                found[i] = j
                break
            k = (k + 1) & (slots.size - 1)
    return found


@njit(cache=True, nogil=True)
def find_joined(
    start: np.ndarray, tok: np.ndarray, least: int, data: np.ndarray, at: np.ndarray, length: np.ndarray,
    t_data: np.ndarray, t_at: np.ndarray, slots: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """For every token and the next one of the same name, the id in the second table of both written together, or -1.

    Args:
        start, tok: names as runs of ids into the first table; least: letters both must have together;
        length: letters per id of the first table.
    """
    found = np.full(tok.size, -1, np.int64)
    for n in range(start.size - 1):
        for p in range(start[n], start[n + 1] - 1):
            a, b = tok[p], tok[p + 1]
            if length[a] + length[b] < least:
                continue
            size = at[a + 1] - at[a]
            h = fnv(data, at[b], at[b + 1], fnv(data, at[a], at[a + 1], _FNV))
            k = _slot(h, slots.size)
            while slots[k] >= 0:
                j = slots[k]
                if (
                    t_at[j + 1] - t_at[j] == size + at[b + 1] - at[b]
                    and _equal(data, at[a], at[a + 1], t_data, t_at[j])
                    and _equal(data, at[b], at[b + 1], t_data, t_at[j] + size)
                ):
                    found[p] = j
                    break
                k = (k + 1) & (slots.size - 1)
    return found


@njit(cache=True, nogil=True)
def measure(data: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Letters (int32), code point of the first letter (int32) and whether all is ASCII, per UTF-8 text."""
    n = at.size - 1
    letters, first, plain = np.zeros(n, np.int32), np.zeros(n, np.int32), np.ones(n, np.bool_)
    for i in range(n):
        for c in range(at[i], at[i + 1]):
            if data[c] & 0xC0 != 0x80:
                letters[i] += 1
            if data[c] >= ASCII:
                plain[i] = False
        if at[i] == at[i + 1]:
            continue
        lead = int(data[at[i]])
        more = 0 if lead < ASCII else 1 if lead < 0xE0 else 2 if lead < 0xF0 else 3
        code = lead if more == 0 else lead & (0x3F >> more)
        for c in range(1, more + 1):
            code = (code << 6) | (int(data[at[i] + c]) & 0x3F)
        first[i] = code
    return letters, first, plain


@njit(cache=True, nogil=True)
def letter_matrix(data: np.ndarray, at: np.ndarray, plain: np.ndarray, width: int) -> np.ndarray:
    """The first letters of every text, uint8 (texts, width), zeros where there are none.

    Letters beyond ASCII, of which a text that is not plain is made, are told from each other by the last byte of their
    UTF-8 alone: enough within one script.
    """
    letters = np.zeros((at.size - 1, width), np.uint8)
    for i in range(at.size - 1):
        if plain[i]:
            for c in range(min(at[i + 1] - at[i], width)):
                letters[i, c] = data[at[i] + c]
        else:
            n = 0
            for c in range(at[i], at[i + 1]):
                last = c + 1 == at[i + 1] or (data[c + 1] & 0xC0) != 0x80
                if last and n < width:
                    letters[i, n] = data[c] if data[c] < ASCII else data[c] | ASCII
                    n += 1
    return letters


@njit(cache=True, nogil=True)
def typo_keys(
    data: np.ndarray, at: np.ndarray, plain: np.ndarray, width: int, short: int, long: int
) -> tuple[np.ndarray, np.ndarray]:
    """Hashes of every token with none, one and, from `long` letters on, two letters dropped.

    Args:
        data, at: the tokens' letters; plain: those that have keys; width: letters that take part.
        short: shortest token that may lose a letter; long: shortest that may lose two.

    Returns:
        keys (uint64) and the token each belongs to (int32), unsorted.
    """
    n = at.size - 1
    total = 0
    for i in range(n):
        m = min(at[i + 1] - at[i], width)
        if m and plain[i]:
            total += 1 + (m if m >= short else 0) + (m * (m - 1) // 2 if m >= long else 0)
    keys = np.empty(total, np.uint64)
    owner = np.empty(total, np.int32)
    count = 0
    for i in range(n):
        m = min(at[i + 1] - at[i], width)
        if m == 0 or not plain[i]:
            continue
        first = 0 if m < short else m
        for a in range(-1, first):
            last = m if (m >= long and a >= 0) else a + 1
            for b in range(a, last):
                h = _FNV
                for c in range(m):
                    if c in (a, b):
                        continue
                    h = (h ^ np.uint64(data[at[i] + c])) * _PRIME
                keys[count] = h
                owner[count] = i
                count += 1
    return keys[:count], owner[:count]


@njit(cache=True, nogil=True)
def _distance(pattern: np.ndarray, m: int, data: np.ndarray, low: int, high: int) -> int:
    """Optimal string alignment distance, bit-parallel (Hyyro 2003), of a pattern of at most 64 letters."""
    vp, vn, d0, before = _ALL, np.uint64(0), np.uint64(0), np.uint64(0)
    last = _ONE << np.uint64(m - 1)
    distance = m
    for c in range(low, high):
        here = pattern[data[c]]
        swap = (((~d0) & here) << _ONE) & before
        d0 = (((here & vp) + vp) ^ vp) | here | vn | swap
        hp = vn | ~(d0 | vp)
        hn = d0 & vp
        if hp & last:
            distance += 1
        if hn & last:
            distance -= 1
        hp = (hp << _ONE) | _ONE
        hn = hn << _ONE
        vp = hn | ~(d0 | hp)
        vn = hp & d0
        before = here
    return distance


@njit(cache=True, nogil=True)
def _long_distance(a: np.ndarray, a_low: int, a_high: int, b: np.ndarray, b_low: int, b_high: int) -> int:
    """The same by the plain table, for longer tokens."""
    m, n = a_high - a_low, b_high - b_low
    older, old, new = np.zeros(n + 1, np.int64), np.arange(n + 1), np.zeros(n + 1, np.int64)
    for i in range(1, m + 1):
        new[0] = i
        for j in range(1, n + 1):
            cost = 0 if a[a_low + i - 1] == b[b_low + j - 1] else 1
            best = min(old[j] + 1, new[j - 1] + 1, old[j - 1] + cost)
            if i > 1 and j > 1 and a[a_low + i - 1] == b[b_low + j - 2] and a[a_low + i - 2] == b[b_low + j - 1]:
                best = min(best, older[j - 2] + 1)
            new[j] = best
        older, old, new = old, new, older
    return int(old[n])


@njit(cache=True, nogil=True)
def near_pairs(
    data: np.ndarray, at: np.ndarray, plain: np.ndarray, sound: np.ndarray,
    t_data: np.ndarray, t_at: np.ndarray, t_sound: np.ndarray,
    keys: np.ndarray, owner: np.ndarray, bucket: np.ndarray, shift: int, stamp: np.ndarray,
    width: int, short: int, long: int, long_sound: int, one: int, two: int, low: int, high: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Pairs of tokens that share a key and are truly near: left, right, level, and whether their sound is to be judged.

    Left tokens are low..high-1. The right side is given by its sorted keys, their owners, and `bucket`, where the keys
    whose upper bits are b begin at bucket[b]. `stamp` is scratch, one number per right token, zero at first and left
    zero. Level is `one` for one edit, `two` for two, -1 where only the sound speaks for the pair; equal tokens are left
    out.
    """
    size = 1024
    left, right = np.empty(size, np.int32), np.empty(size, np.int32)
    level, judge = np.empty(size, np.int8), np.empty(size, np.bool_)
    touched = np.empty(256, np.int32)
    pattern = np.zeros(ASCII, np.uint64)
    count = 0
    for i in range(low, high):
        begin = at[i]
        whole = at[i + 1] - begin
        if whole == 0 or not plain[i] or 48 <= data[begin] <= 57:
            continue
        m = min(whole, width)
        n_touched = 0
        first = 0 if m < short else m
        for a in range(-2, first):
            # -2 stands for the key of the sound, -1 for the whole token.
            last = m if (m >= long and a >= 0) else a + 1
            for b in range(a, last):
                if a == -2:
                    if sound[i] == 0:
                        continue
                    h = sound[i]
                else:
                    h = _FNV
                    for c in range(m):
                        if c in (a, b):
                            continue
                        h = (h ^ np.uint64(data[begin + c])) * _PRIME
                top = np.int64(h >> np.uint64(shift))
                x, y = bucket[top], bucket[top + 1]
                end = y
                while x < y:
                    middle = (x + y) // 2
                    if keys[middle] < h:
                        x = middle + 1
                    else:
                        y = middle
                while x < end and keys[x] == h:
                    t = owner[x]
                    x += 1
                    if stamp[t]:
                        continue
                    stamp[t] = 1
                    if n_touched == touched.size:
                        bigger = np.empty(2 * n_touched, np.int32)
                        bigger[:n_touched] = touched
                        touched = bigger
                    touched[n_touched] = t
                    n_touched += 1
        if n_touched == 0:
            continue
        if whole <= LONGEST_WORD:
            for c in range(whole):
                pattern[data[begin + c]] |= _ONE << np.uint64(c)
        for k in range(n_touched):
            t = touched[k]
            stamp[t] = 0
            other = t_at[t + 1] - t_at[t]
            if 48 <= t_data[t_at[t]] <= 57:
                continue
            shorter = min(whole, other)
            apart = abs(whole - other)
            alike = sound[i] != 0 and sound[i] == t_sound[t] and shorter >= 4
            reach = 2 if shorter >= long - 1 else 1 if shorter >= short else 0
            if apart > reach and not alike:
                continue
            if whole <= LONGEST_WORD:
                distance = _distance(pattern, whole, t_data, t_at[t], t_at[t + 1])
            else:
                distance = _long_distance(data, begin, at[i + 1], t_data, t_at[t], t_at[t + 1])
            how = -1
            if distance == 2 and reach == 2:
                how = two
            elif distance == 1 and reach >= 1:
                how = one
            doubt = alike and 0 < distance <= (4 if shorter + apart > long_sound else 2)
            if how < 0 and not doubt:
                continue
            if count == left.size:
                size = 2 * count
                new_left, new_right = np.empty(size, np.int32), np.empty(size, np.int32)
                new_level, new_judge = np.empty(size, np.int8), np.empty(size, np.bool_)
                new_left[:count], new_right[:count] = left, right
                new_level[:count], new_judge[:count] = level, judge
                left, right, level, judge = new_left, new_right, new_level, new_judge
            left[count], right[count], level[count], judge[count] = i, t, how, doubt
            count += 1
        for c in range(min(whole, LONGEST_WORD)):
            pattern[data[begin + c]] = 0
    return left[:count], right[:count], level[:count], judge[:count]
