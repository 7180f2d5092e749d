"""Days as lists write them: whole, only a month, only a year, about, or a span."""

from __future__ import annotations

import re
from datetime import date

_MONTHS = {
    m: i
    for i, m in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)  # noqa: SIM905
}
_ONE = re.compile(r"(?:(\d{1,2})\s+)?(?:([A-Za-z]{3,9})\.?,?\s+)?(\d{4})$")
_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$")
_CIRCA = re.compile(r"^(?:circa|c\.|approximately|approx\.?|about|possibly)\s+", re.IGNORECASE)
_SPAN = re.compile(r"(.+?)\s+to\s+(.+)$|(\d{4})\s?-\s?(\d{4})$")
WIDEST_SPAN = 10
"""A span of more years than this tells too little to be taken as a set of possible years."""


def iso_part(text: str) -> str | None:
    """One date as ISO text of the precision it has (`1958-01-31`, `1958-01`, `1958`), or None where it is none."""
    text = text.strip()
    found = _ISO.match(text)
    if found:
        year, month, day = int(found[1]), int(found[2] or 0), int(found[3] or 0)
    else:
        worded = _ONE.match(text)
        if not worded or (worded[1] and not worded[2]):
            return None
        month = _MONTHS.get(worded[2][:3].casefold(), -1) if worded[2] else 0
        year, day = int(worded[3]), int(worded[1] or 0)
    if month < 0 or not 1000 <= year <= 2999:
        return None
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        return None
    if day:
        return f"{year:04d}-{month:02d}-{day:02d}"
    return f"{year:04d}-{month:02d}" if month else f"{year:04d}"


def iso_parts(text: str) -> list[str]:
    """All the dates a phrase stands for: `circa 1951` gives the year, `1951 to 1955` each of its years.

    A span of whole days gives its years, for the day is not known. Empty where the phrase is no date.
    """
    text = _CIRCA.sub("", text.strip())
    span = _SPAN.match(text)
    if span:
        first, last = (iso_part(_CIRCA.sub("", side)) for side in span.groups() if side)
        if first is None or last is None:
            return []
        low, high = int(first[:4]), int(last[:4])
        return [str(year) for year in range(low, high + 1)] if 0 <= high - low <= WIDEST_SPAN else []
    one = iso_part(text)
    return [one] if one else []


def whole_day(text: str) -> date | None:
    """A whole day written in ISO form (a time after it is ignored), or None."""
    found = re.match(r"\s*(\d{4}-\d{2}-\d{2})(?:[T +Z-].*)?$", text)
    if not found:
        return None
    try:
        return date.fromisoformat(found[1])
    except ValueError:
        return None
