"""Names of people that are read word by word, all at once: nearly all of most customer files.

Where a name has no comma and no control signs, a word of it is read the same whatever stands beside it. So every
distinct word is read once (by `names.person_word`) and names are put together from that. A test holds this to
`names.parse`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numba import njit

from caudal.screening.names import CUT_LENGTHS, MAX_TOKENS, person_word
from caudal.screening.phrases import CORE
from caudal.screening.text import LONGEST

_SPACE, _COMMA, _DELETE = 32, 44, 127
_FNV = np.uint64(14695981039346656037)
_PRIME = np.uint64(1099511628211)


@dataclass(frozen=True, eq=False)
class PlainNames:
    """Names taken apart.

    Attributes:
        rows: the rows that could be read so, ascending. count: words of each name.
        word, role: of all names, one after another; words: the text of each word's number.
    """

    rows: np.ndarray
    count: np.ndarray
    word: np.ndarray
    role: np.ndarray
    words: list[str]


def read_plain(names: pa.Array, asked: np.ndarray, *, cuts: bool) -> PlainNames:
    """Take apart those of some names of people that can be read word by word.

    Args:
        names: as written. asked: which of them to look at (bool).
        cuts: whether names of certain lengths may be cut; those cannot be read so.
    """
    column = names.cast(pa.large_string())
    offsets = np.frombuffer(column.buffers()[1], np.int64)[column.offset : column.offset + len(column) + 1]
    held = column.buffers()[2]
    data = np.frombuffer(held, np.uint8) if held is not None and held.size else np.zeros(1, np.uint8)
    avoid = np.zeros(LONGEST + 1, np.bool_)
    if cuts:
        avoid[sorted(CUT_LENGTHS)] = True
    plain, count = _find_plain(data, offsets, asked, avoid)
    word, low, high = _distinct(data, offsets, plain, int(count.sum()))
    ids: dict[str, int] = {}
    start = np.zeros(low.size + 1, np.int64)
    odd = np.zeros(low.size, np.bool_)
    made: list[int] = []
    roles: list[int] = []
    for i, (a, b) in enumerate(zip(low.tolist(), high.tolist(), strict=True)):
        read = person_word(data[a:b].tobytes().decode("utf-8"))
        if read is None:
            odd[i] = True
        else:
            made += [ids.setdefault(token, len(ids)) for token in read[0]]
            roles += read[1]
        start[i + 1] = len(made)
    rows = np.flatnonzero(plain)
    count = count[rows]
    if odd.any():
        fine = np.bincount(np.repeat(np.arange(rows.size), count), odd[word], rows.size) == 0
        word, rows, count = word[np.repeat(fine, count)], rows[fine], count[fine]
    joined = _put_together(count, word, start, np.array(made, np.int32), np.array(roles, np.int8))
    return PlainNames(rows, *joined, list(ids))


@njit(cache=True, nogil=True)
def _find_plain(
    data: np.ndarray, at: np.ndarray, asked: np.ndarray, avoid: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Which texts can be read word by word, and how many words each has.

    Args:
        avoid: per number of letters up to the longest, whether a name of so many may be cut.
    """
    n = at.size - 1
    plain, count = np.zeros(n, np.bool_), np.zeros(n, np.int32)
    for i in range(n):
        if not asked[i] or at[i + 1] - at[i] >= avoid.size:
            continue
        inside = False
        fine = ascii = True
        words = letters = last = 0
        for c in range(at[i], at[i + 1]):
            byte = data[c]
            if byte < _SPACE or byte in (_COMMA, _DELETE):
                fine = False
                break
            ascii = ascii and byte < _DELETE
            letters += (byte & 0xC0) != 0x80
            if byte == _SPACE:
                inside = False
            else:
                words += not inside
                inside = True
                last = letters
        # Spaces of other scripts at the end do not count, so that any length from here on might be one to avoid.
        if fine and words and not (avoid[last] if ascii else avoid[: letters + 1].any()):
            plain[i], count[i] = True, words
    return plain, count


@njit(cache=True, nogil=True)
def _lower(byte: int) -> int:
    return byte + 32 if 65 <= byte <= 90 else byte


@njit(cache=True, nogil=True)
def _distinct(
    data: np.ndarray, at: np.ndarray, plain: np.ndarray, total: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The words of plain texts as numbers, the same whatever the case of ASCII letters, and where each first stands."""
    size = 1024
    slots = np.full(size, -1, np.int32)
    keys = np.zeros(size // 2, np.uint64)
    low, high = np.empty(size // 2, np.int64), np.empty(size // 2, np.int64)
    word = np.empty(total, np.int32)
    n = filled = 0
    for i in range(plain.size):
        if not plain[i]:
            continue
        c = at[i]
        while c < at[i + 1]:
            if data[c] == _SPACE:
                c += 1
                continue
            first, h = c, _FNV
            while c < at[i + 1] and data[c] != _SPACE:
                h = (h ^ np.uint64(_lower(data[c]))) * _PRIME
                c += 1
            k = np.int64((h ^ (h >> np.uint64(29))) & np.uint64(size - 1))
            while slots[k] >= 0:
                j = slots[k]
                if keys[j] == h and high[j] - low[j] == c - first:
                    same = True
                    for x in range(c - first):
                        if _lower(data[low[j] + x]) != _lower(data[first + x]):
                            same = False
                            break
                    if same:
                        break
                k = (k + 1) & (size - 1)
            if slots[k] < 0:
                if filled == keys.size:
                    size *= 2
                    keys, low, high = _longer(keys), _longer(low), _longer(high)
                    slots = np.full(size, -1, np.int32)
                    for j in range(filled):
                        k = np.int64((keys[j] ^ (keys[j] >> np.uint64(29))) & np.uint64(size - 1))
                        while slots[k] >= 0:
                            k = (k + 1) & (size - 1)
                        slots[k] = j
                    k = np.int64((h ^ (h >> np.uint64(29))) & np.uint64(size - 1))
                    while slots[k] >= 0:
                        k = (k + 1) & (size - 1)
                slots[k] = filled
                keys[filled], low[filled], high[filled] = h, first, c
                filled += 1
            word[n] = slots[k]
            n += 1
    return word, low[:filled], high[:filled]


@njit(cache=True, nogil=True)
def _longer(values: np.ndarray) -> np.ndarray:
    """The same values with as many places again."""
    bigger = np.empty(2 * values.size, values.dtype)
    bigger[: values.size] = values
    return bigger


@njit(cache=True, nogil=True)
def _put_together(
    count: np.ndarray, word: np.ndarray, start: np.ndarray, made: np.ndarray, roles: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tokens per name, tokens and roles: word w becomes the tokens made[start[w]:start[w+1]]."""
    total = 0
    for w in word:
        total += start[w + 1] - start[w]
    counts = np.zeros(count.size, np.int32)
    out, role = np.empty(total, np.int32), np.empty(total, np.int8)
    n = p = 0
    for i in range(count.size):
        first = n
        distinctive = False
        for k in range(p, p + count[i]):
            for m in range(start[word[k]], start[word[k] + 1]):
                distinctive = distinctive or roles[m] == CORE
                if n - first < MAX_TOKENS:
                    out[n], role[n] = made[m], roles[m]
                    n += 1
        p += count[i]
        if not distinctive:
            role[first:n] = CORE
        counts[i] = n - first
    return counts, out[:n], role[:n]
