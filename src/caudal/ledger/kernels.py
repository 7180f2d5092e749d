"""The hot loops of reading: amounts and times straight from the bytes of an Arrow string array.

Both loops take `data` (uint8, the bytes of all strings one after another) and `offsets` (int32, shape (rows + 1,)), the
two buffers of an Arrow string array, and make no Python object.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

OK, EMPTY, MALFORMED, TOO_LARGE = 0, 1, 2, 3
"""What became of one string."""

ROUNDED = 16
"""Added to `OK` where the amount had more decimals than its currency."""

YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, FRACTION, YEAR2, MONTH_NAME, ZONE = -1, -2, -3, -4, -5, -6, -7, -8, -9, -10
HOUR12, HALF, STOP, GAP, FRACTION_MAYBE, ZONE_MAYBE = -11, -12, -20, -21, -22, -23
"""Steps of a time format: a directive (see `caudal.ledger.times`), or a byte (0 to 127) that must stand there."""

HAS_CLOCK, HAS_ZONE = 1, 2
"""Flags of a parsed time: it said a time of day; it said its distance from UTC."""

_LIMIT = np.int64(9_223_372_036_854_775_807)
_MONTHS = np.frombuffer(b"janfebmaraprmayjunjulaugsepoctnovdec", dtype=np.uint8)
_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.int64)


@njit(cache=True)
def _trim(data: Any, start: int, end: int) -> tuple[int, int]:
    while start < end and (data[start] == 32 or data[start] == 9):
        start += 1
    while end > start and (data[end - 1] == 32 or data[end - 1] == 9):
        end -= 1
    return start, end


@njit(cache=True)
def parse_amounts(data: Any, offsets: Any, minor: Any, mark: int, group: int) -> tuple[Any, Any]:
    """Decimal numbers as integers of the minor unit, exactly, rounded half to even.

    Args:
        data: bytes of the strings.
        offsets: where each string starts.
        minor: int8, shape (rows,): decimals of each row's currency.
        mark: the byte of the decimal mark.
        group: the byte between groups of digits, or -1.

    Returns:
        amounts (int64, signed, shape (rows,)) and status (uint8, shape (rows,)): `OK`, `OK + ROUNDED`, `EMPTY`,
        `MALFORMED` or `TOO_LARGE` (does not fit 64 bits).
    """
    rows = len(offsets) - 1
    amounts = np.zeros(rows, dtype=np.int64)
    status = np.zeros(rows, dtype=np.uint8)
    for row in range(rows):
        start, end = _trim(data, offsets[row], offsets[row + 1])
        if start == end:
            status[row] = EMPTY
            continue
        negative = data[start] == 45
        if negative or data[start] == 43:
            start += 1
        # Walk the digits once to find where the decimal point stands and the exponent.
        digits = before = 0
        seen_mark = False
        bad = False
        at = start
        exponent = 0
        while at < end:
            byte = data[at]
            if 48 <= byte <= 57:
                digits += 1
                if not seen_mark:
                    before += 1
            elif byte == mark and not seen_mark:
                seen_mark = True
            elif byte == group and not seen_mark and before > 0:
                pass
            else:
                break
            at += 1
        stop = at
        if digits == 0:
            bad = True
        elif at < end:
            bad = data[at] != 69 and data[at] != 101
            at += 1
            minus = at < end and data[at] == 45
            if at < end and (data[at] == 45 or data[at] == 43):
                at += 1
            if at == end:
                bad = True
            while at < end and not bad:
                if data[at] < 48 or data[at] > 57:
                    bad = True
                elif exponent < 100000:
                    exponent = exponent * 10 + (data[at] - 48)
                at += 1
            if minus:
                exponent = -exponent
        if bad:
            status[row] = MALFORMED
            continue
        keep = before + exponent + minor[row]  # so many leading digits make up whole minor units
        value = np.int64(0)
        first_cut: Any = 0
        rest = False
        seen = 0
        large = False
        for place in range(start, stop):
            byte = data[place]
            if byte < 48 or byte > 57:
                continue
            digit: Any = np.int64(byte - 48)
            if seen < keep:
                if value > (_LIMIT - digit) // 10:
                    large = True
                    break
                value = value * 10 + digit
            elif seen == keep:
                first_cut = digit
            elif digit != 0:
                rest = True
            seen += 1
        if keep < 0:
            rest = rest or first_cut != 0
            first_cut = 0
        while seen < keep and value != 0 and not large:
            if value > _LIMIT // 10:
                large = True
                break
            value *= 10
            seen += 1
        if large:
            status[row] = TOO_LARGE
            continue
        if first_cut != 0 or rest:
            status[row] = ROUNDED
            if first_cut > 5 or (first_cut == 5 and (rest or value % 2 == 1)):
                if value == _LIMIT:
                    status[row] = TOO_LARGE
                    continue
                value += 1
        amounts[row] = -value if negative else value
    return amounts, status


@njit(cache=True)
def _number(data: Any, at: int, end: int, least: int, most: int) -> tuple[int, int]:
    """The number of `least` to `most` digits at `at`, and where it ends; -1 where there is none."""
    value = 0
    count = 0
    while at < end and count < most and 48 <= data[at] <= 57:
        value = value * 10 + (data[at] - 48)
        at += 1
        count += 1
    if count < least:
        return -1, at
    return value, at


@njit(cache=True)
def parse_times(data: Any, offsets: Any, steps: Any) -> tuple[Any, Any, Any]:
    """Times as microseconds since 1970-01-01, by the steps of a format; calendar and clock are checked.

    Returns:
        times (int64; UTC where the text said its zone, else of the local clock), status (uint8) and flags (uint8:
        `HAS_CLOCK`, `HAS_ZONE`), each of shape (rows,).
    """
    rows = len(offsets) - 1
    times = np.zeros(rows, dtype=np.int64)
    status = np.zeros(rows, dtype=np.uint8)
    flags = np.zeros(rows, dtype=np.uint8)
    for row in range(rows):
        at, end = _trim(data, offsets[row], offsets[row + 1])
        if at == end:
            status[row] = EMPTY
            continue
        year = month = day = 1
        hour = minute = second = micro = 0
        half = -1
        clock = zoned = twelve = False
        shift = 0
        good = True
        for step in steps:
            if step >= 0:
                good = at < end and data[at] == step
                at += 1
            elif step == YEAR:
                year, at = _number(data, at, end, 4, 4)
                good = year >= 1
            elif step == YEAR2:
                year, at = _number(data, at, end, 2, 2)
                good = year >= 0
                year += 1900 if year >= 69 else 2000
            elif step == MONTH:
                month, at = _number(data, at, end, 1, 2)
                good = 1 <= month <= 12
            elif step == MONTH_NAME:
                good = False
                if at + 3 <= end:
                    for m in range(12):
                        if (
                            data[at] | 32 == _MONTHS[3 * m]
                            and data[at + 1] | 32 == _MONTHS[3 * m + 1]
                            and data[at + 2] | 32 == _MONTHS[3 * m + 2]
                        ):
                            month = m + 1
                            good = True
                at += 3
            elif step == DAY:
                day, at = _number(data, at, end, 1, 2)
                good = day >= 1
            elif step in (HOUR, HOUR12):
                hour, at = _number(data, at, end, 1, 2)
                clock = True
                twelve = step == HOUR12
                good = 1 <= hour <= 12 if twelve else 0 <= hour <= 23
            elif step == HALF:
                good = at + 2 <= end and data[at + 1] | 32 == 109 and (data[at] | 32 == 97 or data[at] | 32 == 112)
                if good:
                    half = 1 if data[at] | 32 == 112 else 0
                at += 2
            elif step == MINUTE:
                minute, at = _number(data, at, end, 1, 2)
                good = 0 <= minute <= 59
            elif step == SECOND:
                second, at = _number(data, at, end, 1, 2)
                good = 0 <= second <= 59
            elif step == STOP:
                if at == end:
                    break
            elif step == GAP:
                good = at < end and (data[at] == 84 or data[at] == 116 or data[at] == 32)
                at += 1
            elif step in (FRACTION, FRACTION_MAYBE):
                if step == FRACTION_MAYBE:
                    if at >= end or (data[at] != 46 and data[at] != 44):
                        continue
                    at += 1
                before = at
                micro, at = _number(data, at, end, 1, 6)
                good = micro >= 0
                for _ in range(6 - (at - before)):
                    micro *= 10
                while at < end and 48 <= data[at] <= 57:  # finer than a microsecond: cut
                    at += 1
            elif step in (ZONE, ZONE_MAYBE):
                if at < end and (data[at] == 90 or data[at] == 122):
                    zoned = True
                    at += 1
                elif at < end and (data[at] == 43 or data[at] == 45):
                    sign = -1 if data[at] == 45 else 1
                    hours, at = _number(data, at + 1, end, 2, 2)
                    minutes = 0
                    if at < end and data[at] == 58:
                        minutes, at = _number(data, at + 1, end, 2, 2)
                    elif at < end:
                        minutes, at = _number(data, at, end, 2, 2)
                    good = 0 <= hours <= 15 and 0 <= minutes <= 59
                    shift = sign * (hours * 60 + minutes)
                    zoned = True
                else:
                    good = step == ZONE_MAYBE
            if not good:
                break
        if good and at != end:
            good = False
        leap = (year % 4 == 0 and year % 100 != 0) or year % 400 == 0
        if good and day > _DAYS[month - 1] + (1 if leap and month == 2 else 0):
            good = False
        if twelve and half < 0:
            good = False
        if not good:
            status[row] = MALFORMED
            continue
        if twelve:
            hour = hour % 12 + 12 * half
        # Days since 1970-01-01 in the proleptic Gregorian calendar, counted in eras of 400 years from 1 March.
        y = year - 1 if month <= 2 else year
        era = y // 400
        year_of_era = y - era * 400
        day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
        days = era * 146097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719468
        minutes_all = (days * 24 + hour) * 60 + minute - shift
        times[row] = (minutes_all * 60 + second) * 1_000_000 + micro
        flags[row] = (HAS_CLOCK if clock else 0) | (HAS_ZONE if zoned else 0)
    return times, status, flags
