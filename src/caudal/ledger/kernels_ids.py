"""Loops over the bytes of ids, without an array between."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def eight_bytes(data: Any, offsets: Any, last: bool) -> Any:
    """The first, or the last, eight bytes of each text as a number; bytes beyond its end are zero."""
    found = np.zeros(len(offsets) - 1, np.uint64)
    for n in range(len(found)):
        begin, end = np.int64(offsets[n]), np.int64(offsets[n + 1])
        if last:
            begin = max(end - 8, begin)
        taken = np.uint64(0)
        for place in range(8):
            byte = np.uint64(data[begin + place]) if begin + place < end else np.uint64(0)
            taken = taken << np.uint64(8) | byte
        found[n] = taken
    return found


@njit(cache=True, nogil=True)
def _larger(data: Any, begin: Any, middle: Any, end: Any) -> Any:
    """Whether the text from `middle` to `end` is larger by its bytes than the one before it, from `begin` on."""
    one, other = middle - begin, end - middle
    for place in range(min(one, other)):
        if data[begin + place] != data[middle + place]:
            return data[middle + place] > data[begin + place]
    return other > one


@njit(cache=True, nogil=True)
def arranged_rows(times: Any, data: Any, offsets: Any) -> tuple[bool, bool]:
    """Whether rows are in the order of (time, id), and whether every id is larger than the one before it."""
    rising = True
    for n in range(1, len(times)):
        if times[n] < times[n - 1]:
            return False, False
        if rising or times[n] == times[n - 1]:
            larger = _larger(data, np.int64(offsets[n - 1]), np.int64(offsets[n]), np.int64(offsets[n + 1]))
            rising = rising and larger
            if not larger and times[n] == times[n - 1]:
                return False, False
    return True, rising
