"""Shares of ownership as sources write them, in parts per million, and stakes as they are read."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from caudal.register.dates import iso_part
from caudal.tables import WHOLE

_NUMBER = r"(\d{1,3}(?:[.,]\d{1,12})?)"
_ONE = re.compile(rf"^{_NUMBER}\s*(?:%|percent|per\s?cent)?$", re.IGNORECASE)
_SPAN = re.compile(rf"^{_NUMBER}\s*%?\s*(?:-|–|to)\s*{_NUMBER}\s*(?:%|percent)?$", re.IGNORECASE)
_OVER = re.compile(rf"^(>=|≥|>|at\s+least|more\s+than|over)\s*{_NUMBER}\s*(?:%|percent)?$", re.IGNORECASE)
_UNDER = re.compile(rf"^(<=|≤|<|at\s+most|less\s+than|under|up\s+to)\s*{_NUMBER}\s*(?:%|percent)?$", re.IGNORECASE)
_MORE = re.compile(rf"^{_NUMBER}\s*%?\s*(?:\+|or\s+more|and\s+more)$", re.IGNORECASE)
Range = tuple[int, int]


def parts_per_million(percent: Any) -> int | None:
    """A percentage as whole parts per million, rounded half to even; None where it is no percentage of 0 to 100."""
    if isinstance(percent, bool) or not isinstance(percent, int | float | str | Decimal):
        return None
    try:
        value = Decimal(str(percent).replace(",", "."))
    except InvalidOperation:
        return None
    if not value.is_finite() or not 0 <= value <= 100:
        return None
    return int((value * (WHOLE // 100)).to_integral_value())


def share_text(text: str) -> Range | None:
    """The range that words such as `51%`, `25-50`, `more than 50%` give; None where they give none."""
    text = text.strip()
    found: tuple[int | None, int | None] = (None, None)
    if one := _ONE.match(text):
        found = (parts_per_million(one[1]),) * 2
    elif span := _SPAN.match(text):
        found = parts_per_million(span[1]), parts_per_million(span[2])
    elif over := _OVER.match(text):
        low = parts_per_million(over[2])
        strict = over[1].casefold() in {">", "over"} or over[1].casefold().startswith("more")
        found = (None if low is None else min(low + strict, WHOLE)), WHOLE
    elif under := _UNDER.match(text):
        high = parts_per_million(under[2])
        strict = under[1].casefold() in {"<", "under"} or under[1].casefold().startswith("less")
        found = 0, (None if high is None else max(high - strict, 0))
    elif more := _MORE.match(text):
        found = parts_per_million(more[1]), WHOLE
    low_, high_ = found
    return None if low_ is None or high_ is None or low_ > high_ else (low_, high_)


def first_day(text: str) -> date | None:
    """A whole day; a year or month alone gives none, for nothing says which day it began."""
    iso = iso_part(text[:10])
    return date.fromisoformat(iso) if iso and len(iso) == 10 else None


def day_after(text: str) -> date | None:
    """The first day something no longer holds: the day itself, or the day after a year or month that ends with it."""
    iso = iso_part(text[:10])
    if iso is None:
        return None
    if len(iso) == 10:
        return date.fromisoformat(iso)
    year, month = int(iso[:4]), int(iso[5:7] or 12)
    return date(year, month, 28) + timedelta(days=_to_next_month(year, month))


def _to_next_month(year: int, month: int) -> int:
    day = date(year, month, 28)
    days = 1
    while (day + timedelta(days=days)).month == month:
        days += 1
    return days


def fault_of(stake: dict[str, Any]) -> tuple[str, str] | None:
    """The field and the reason why a stake cannot be used, or None."""
    if stake["owner_id"] == stake["asset_id"]:
        return "asset_id", "it owns itself"
    if stake["from"] and stake["until"] and stake["until"] <= stake["from"]:
        return "until", "it ends before it begins"
    return None
