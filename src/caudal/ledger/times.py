"""Times of a ledger: formats, the vectorised reading of them, and local clocks to UTC."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from caudal.ledger import kernels
from caudal.ledger.text import buffers

Steps = npt.NDArray[np.int16]

DAY_US = 86_400_000_000
"""Microseconds in a day."""

UNITS = {"seconds": (6, 1), "milliseconds": (3, 1), "days": (6, 86_400)}
"""Time formats that are numbers: decimals to read, and microseconds in one unit of the last of them."""

_FIRST, _LAST = -62_135_596_800_000_000, 253_402_300_800_000_000  # the years 1 to 9999
_DIRECTIVES = {
    "Y": kernels.YEAR,
    "y": kernels.YEAR2,
    "m": kernels.MONTH,
    "b": kernels.MONTH_NAME,
    "d": kernels.DAY,
    "H": kernels.HOUR,
    "I": kernels.HOUR12,
    "p": kernels.HALF,
    "M": kernels.MINUTE,
    "S": kernels.SECOND,
    "f": kernels.FRACTION,
    "z": kernels.ZONE,
    "%": ord("%"),
}
_ISO = [
    *(kernels.YEAR, ord("-"), kernels.MONTH, ord("-"), kernels.DAY, kernels.STOP, kernels.GAP),
    *(kernels.HOUR, ord(":"), kernels.MINUTE, kernels.ZONE_MAYBE, kernels.STOP),
    *(ord(":"), kernels.SECOND, kernels.FRACTION_MAYBE, kernels.ZONE_MAYBE),
]


def steps_of(form: str) -> Steps:
    """The steps of a time format: `iso`, or a strptime format of the directives in the mapping's docs.

    Raises:
        ValueError: an unknown directive, or no full date.
    """
    if form == "iso":
        return np.array(_ISO, dtype=np.int16)
    steps: list[int] = []
    at = 0
    while at < len(form):
        if form[at] == "%":
            letter = form[at + 1 : at + 2]
            if letter not in _DIRECTIVES:
                raise ValueError(f"the format has no directive %{letter}; there are %{' %'.join(_DIRECTIVES)}")
            steps.append(_DIRECTIVES[letter])
            at += 2
            continue
        if not form[at].isascii():
            raise ValueError("a format takes ASCII only between its directives")
        steps.append(ord(form[at]))
        at += 1
    for names, options in (("%Y", "Yy"), ("%m", "mb"), ("%d", "d")):
        if not any(_DIRECTIVES[letter] in steps for letter in options):
            raise ValueError(f"the format needs {names}")
    return np.array(steps, dtype=np.int16)


def read_numbers(
    texts: pa.Array, unit: str, origin: date, mark: str
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Times written as numbers of a unit since `origin`: microseconds since 1970-01-01 UTC, and the status of each."""
    decimals, size = UNITS[unit]
    places = np.full(len(texts), decimals, dtype=np.int8)
    numbers, status = kernels.parse_amounts(*buffers(texts), places, ord(mark), -1)
    start = (origin - date(1970, 1, 1)).days * DAY_US
    status = np.where(status == kernels.ROUNDED, kernels.OK, status)
    far = (numbers < (_FIRST - start) // size) | (numbers >= (_LAST - start) // size)
    status = np.where(far | (status == kernels.TOO_LARGE), kernels.MALFORMED, status).astype(np.uint8)
    return np.where(status == kernels.OK, numbers, 0) * size + start, status


def read_times(texts: pa.Array, steps: Steps, zone: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Times as microseconds since 1970-01-01 UTC, and the status of each (`kernels.OK`, `EMPTY`, `MALFORMED`).

    A time of day without its own offset is of the clock of `zone`: an hour that comes twice in autumn is taken as the
    first, one left out in spring as the moment the clock jumped.
    """
    times, status, flags = kernels.parse_times(*buffers(texts), steps)
    local = (flags == kernels.HAS_CLOCK) & (status == kernels.OK)
    if zone != "UTC" and local.any():
        naive: Any = pa.array(times[local]).cast(pa.timestamp("us"))
        aware = pc.assume_timezone(naive, zone, ambiguous="earliest", nonexistent="latest")
        times[local] = aware.cast(pa.int64()).to_numpy()
    return times, status
