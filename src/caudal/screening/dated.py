"""How much birth dates could speak for a pair at most, told from numbers alone, before anybody looks at the pair.

Without it every party with a birth date would have to be compared with whoever shares any part of its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numba import njit

from caudal.screening.births import ABOUT
from caudal.screening.worth import WORTH, Worth

NOTHING, SOMETHING, SAME_DAY = 0, 1, 2
"""What birth dates of a pair could do: add nothing, add up to `most_but_day`, be the same day."""
_CLOSE = max(ABOUT, 1)


def as_number(birth: str) -> int:
    """A birth date of ISO text as one number, yyyymmdd, zeros where month or day are not known."""
    return int(birth.replace("-", "").ljust(8, "0"))


def runs(births: Iterable[Sequence[str]]) -> tuple[np.ndarray, np.ndarray]:
    """Births of many parties: those of party p are number[start[p]:start[p+1]]."""
    listed = [[as_number(birth) for birth in some] for some in births]
    start = np.zeros(len(listed) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, listed), np.int64, len(listed)), out=start[1:])
    return start, np.fromiter((number for some in listed for number in some), np.int32, int(start[-1]))


def most_but_day(worth: Worth = WORTH) -> float:
    """The most bits that birth dates can add which are not the same day."""
    return max(
        worth.birth_swapped, worth.birth_month, worth.birth_year, worth.birth_slip, worth.birth_digit,
        worth.birth_about, worth.birth_other_day, worth.birth_near, worth.birth_close, 0.0,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def could_be(a: np.ndarray, a_low: int, a_high: int, b: np.ndarray, b_low: int, b_high: int) -> int:
    """What the births a[a_low:a_high] and b[b_low:b_high] of two parties could do (see NOTHING)."""
    best = NOTHING
    for i in range(a_low, a_high):
        for j in range(b_low, b_high):
            if a[i] == b[j] and a[i] % 100:
                return SAME_DAY
            years = abs(a[i] // 10_000 - b[j] // 10_000)
            if years <= _CLOSE or a[i] % 10_000 == b[j] % 10_000:
                best = SOMETHING
    return best
