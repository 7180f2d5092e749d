"""Dates in free text, as tables of annexes and house lists write them."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Literal

from caudal.register.dates import WIDEST_SPAN, iso_part

Order = Literal["iso", "day first", "month first"]
_YEAR = r"(?:1[5-9]|20|21)\d{2}"
_MONTH = r"(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[A-Za-z]{0,6}"
_TOKEN = re.compile(
    rf"""
    (?<![\w.])(?P<iso>{_YEAR}-\d{{2}}(?:-\d{{2}})?)(?![\w-])
    | (?<![\w.])(?P<a>\d{{1,2}})\s?[./-]\s?(?P<b>\d{{1,2}})\s?[./-]\s?(?P<year>{_YEAR})(?!\w)
    | (?<![\w./])(?P<nmonth>\d{{1,2}})[./](?P<nyear>{_YEAR})(?!\w)
    | (?<!\w)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<month>{_MONTH})\.?,?\s*(?P<wyear>{_YEAR})(?!\w)
    | (?<!\w)(?P<mmonth>{_MONTH})\.?\s+(?P<mday>\d{{1,2}}),?\s+(?P<myear>{_YEAR})(?!\w)
    | (?<!\w)(?P<omonth>{_MONTH})\.?,?\s+(?P<oyear>{_YEAR})(?!\w)
    | (?<![\w.])(?P<from>{_YEAR})\s*(?P<how>-|–|to|and)\s*(?P<to>{_YEAR})(?!\w)
    | (?<![\w.])(?P<only>{_YEAR})(?!\w)
    """,
    re.VERBOSE,
)


def dates_in(text: str, order: Order) -> list[str]:
    """Every date of a text as ISO text of the precision it has, in order; a span of years as each of them.

    `order` says what `3.4.2020` and `3/4/2020` mean; with `iso` such a date is none.
    """
    found: dict[str, None] = {}
    for token in _TOKEN.finditer(text):
        for iso in _read({k: v for k, v in token.groupdict().items() if v is not None}, order, text[: token.start()]):
            found[iso] = None
    return list(found)


def _read(token: dict[str, str], order: Order, before: str) -> list[str]:
    iso: str | None = None
    if "iso" in token:
        iso = iso_part(token["iso"])
    elif "year" in token:
        if order == "iso":
            return []
        day, month = (token["a"], token["b"]) if order == "day first" else (token["b"], token["a"])
        iso = iso_part(f"{token['year']}-{month.zfill(2)}-{day.zfill(2)}")
    elif "nyear" in token:
        iso = iso_part(f"{token['nyear']}-{token['nmonth'].zfill(2)}") if order != "iso" else None
    elif "wyear" in token:
        iso = iso_part(f"{token['day']} {token['month']} {token['wyear']}")
    elif "myear" in token:
        iso = iso_part(f"{token['mday']} {token['mmonth']} {token['myear']}") or iso_part(token["myear"])
    elif "oyear" in token:
        iso = iso_part(f"{token['omonth']} {token['oyear']}") or iso_part(token["oyear"])
    elif "from" in token:
        low, high = int(token["from"]), int(token["to"])
        alternatives = token["how"] == "and" and "between" not in before[-12:].casefold()
        if alternatives or not 0 <= high - low <= WIDEST_SPAN:
            return [token["from"], token["to"]] if alternatives else []
        return [str(year) for year in range(low, high + 1)]
    else:
        iso = iso_part(token["only"])
    return [iso] if iso else []


def day_bounds(text: str, order: Order) -> tuple[date, date] | None:
    """First and last day that a text of one date leaves open; None where it has none or several."""
    found = dates_in(text, order)
    if len(found) != 1:
        return None
    year, month, day = (int(p) for p in (found[0] + "-0-0-0").split("-")[:3])
    first = date(year, month or 1, day or 1)
    if day:
        return first, first
    after = date(year + (month in {0, 12}), month % 12 + 1 if month else 1, 1)
    return first, after - timedelta(days=1)
