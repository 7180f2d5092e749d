"""Dates of birth: how far two of them agree, by precision, slip and typo."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from caudal.screening.reason import Reason
from caudal.screening.worth import WORTH, Worth

ABOUT = 2
"""Years around an approximate one that still fit it."""

_ISO = re.compile(r"^\s*(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?(?:[T ].*)?\s*$")
_COMPACT = re.compile(r"^\s*(\d{4})(\d{2})(\d{2})\s*$")
_DAY_FIRST = re.compile(r"^\s*(\d{1,2})[./-](\d{1,2})[./-](\d{4})\s*$")
_NOTE = re.compile(r"^(?:alt\. )?(?:DOB|Date of birth:?)\s+(.*)$", re.IGNORECASE)
_ROUGH = re.compile(r"\b(?:circa|c\.|about|approx\w*\.?|possibly|between|to)\b", re.IGNORECASE)
_YEAR = re.compile(r"\b(1[89]\d\d|20\d\d)\b")


def read_birth(text: str) -> str:
    """A birth date as far as it is one: `1966-07-17`, `1966-07`, `1966`, or empty.

    ISO text, eight digits, or day, month and year with the year last; where month and day can be told apart only by
    guessing (`03/04/1970`), the year alone is kept. A month or day that no calendar has makes it no date.
    """
    match = _ISO.match(text) or _COMPACT.match(text)
    if match is not None:
        parts = [int(part) for part in match.groups() if part]
    else:
        turned = _DAY_FIRST.match(text)
        if turned is None:
            return ""
        first, second, year = int(turned[1]), int(turned[2]), int(turned[3])
        if first > 12 or first == second:
            parts = [year, second, first]
        elif second > 12:
            parts = [year, first, second]
        else:
            parts = [year]
    if not 1850 <= parts[0] <= 2100:
        return ""
    if len(parts) > 1 and parts[1] == 0:
        parts = parts[:1]
    if len(parts) > 2 and parts[2] == 0:
        parts = parts[:2]
    try:
        date(parts[0], *([*parts[1:], 1, 1][:2]))
    except ValueError:
        return ""
    return "-".join(f"{part:02d}" for part in parts)


def rough_years(notes: Iterable[str]) -> frozenset[str]:
    """Years that notes of a list give as approximate, or as the ends of a span: `DOB circa 1959`."""
    found: set[str] = set()
    for note in notes:
        match = _NOTE.match(note)
        if match and len(note) < 120 and _ROUGH.search(match[1]):
            years = _YEAR.findall(match[1])
            found.update(years)
            if len(years) == 2 and 0 <= int(years[1]) - int(years[0]) <= 10:
                found.update(str(year) for year in range(int(years[0]), int(years[1]) + 1))
    return frozenset(found)


def compare_births(
    query: tuple[str, ...], listed: tuple[str, ...], rough: frozenset[str] = frozenset(), worth: Worth = WORTH
) -> Reason | None:
    """The kindest reading of the birth dates both sides give; None where one gives none.

    Args:
        query, listed: ISO texts of year, month or day. rough: years that either side gives as approximate.
    """
    best: Reason | None = None
    for a in query:
        for b in listed:
            reason = _pair(a, b, bool(rough) and (a in rough or b in rough), worth)
            if best is None or reason.bits > best.bits:
                best = reason
    return best


def _pair(a: str, b: str, rough: bool, worth: Worth) -> Reason:
    years = abs(int(a[:4]) - int(b[:4]))
    if rough and min(len(a), len(b)) == 4 and years <= ABOUT:
        return _reason(worth.birth_about, f"birth years {a[:4]} and {b[:4]}, one of them approximate")
    if len(a) == len(b) == 10:
        return _days(a, b, years, worth)
    if years == 0:
        if min(len(a), len(b)) == 7:
            if a[:7] == b[:7]:
                return _reason(worth.birth_month, f"born in the same month, {a[:7]}")
            if not {a[5:], b[5:]} & {"01-01", "01"}:
                return _reason(worth.birth_other_day, f"birth dates {a} and {b} share only the year")
        return _reason(worth.birth_year, f"born in the same year, {a[:4]}")
    if years == 1:
        return _reason(worth.birth_near, f"birth dates {a} and {b} are a year apart")
    return _apart(a, b, years, worth)


def _days(a: str, b: str, years: int, worth: Worth) -> Reason:
    """Two whole days."""
    filler = a.endswith("-01-01") or b.endswith("-01-01")
    if a == b:
        if filler:
            # 1 January is what is written where only the year is known.
            return _reason(worth.birth_year, f"both give {a}, and 1 January stands for a year only")
        return _reason(worth.birth_day, f"born on the same day, {a}")
    if years == 0:
        if filler:
            return _reason(worth.birth_year, f"born in the same year, {a[:4]}; 1 January stands for a year only")
        if (a[5:7], a[8:]) == (b[8:], b[5:7]):
            return _reason(worth.birth_swapped, f"birth dates {a} and {b} differ by a swapped day and month")
        if a[5:7] == b[5:7] or a[8:] == b[8:]:
            return _reason(worth.birth_slip, f"birth dates {a} and {b} differ in one part")
        return _reason(worth.birth_other_day, f"birth dates {a} and {b} share only the year")
    if a[4:] == b[4:] and not filler:
        differ = sum(x != y for x, y in zip(a[:4], b[:4], strict=True))
        if years == 1:
            return _reason(worth.birth_slip, f"birth dates {a} and {b} differ by one in the year")
        if differ == 1 or sorted(a[:4]) == sorted(b[:4]) or years == 100:
            return _reason(worth.birth_digit, f"birth dates {a} and {b} differ in one digit of the year")
    if years == 1:
        if filler:
            return _reason(worth.birth_near, f"birth dates {a} and {b} are a year apart; 1 January stands for a year")
        return _reason(worth.birth_close, f"birth dates {a} and {b} differ, by about a year")
    return _apart(a, b, years, worth)


def _apart(a: str, b: str, years: int, worth: Worth) -> Reason:
    bits = worth.birth_close if years <= 4 else worth.birth_apart if years <= 7 else worth.birth_contradiction
    return _reason(bits, f"birth year differs by {years} ({a[:4]} and {b[:4]})")


def _reason(bits: float, text: str) -> Reason:
    return Reason("birth date", bits, text)
