"""Numbers, amounts, days and addresses as people read them."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from html import escape
from urllib.parse import urlsplit

from iso4217 import Currency
from markupsafe import Markup

STEPS = ((10**12, "tn"), (10**9, "bn"), (10**6, "m"), (10**3, "k"))


@lru_cache(maxsize=256)
def exponent(currency: str) -> int:
    """Decimal places of a currency's minor unit by ISO 4217; 0 for codes that have none or are not in the standard."""
    try:
        places = Currency(currency).exponent
    except ValueError:
        return 0
    return int(places or 0)


def in_units(minor: int, currency: str) -> Decimal:
    """The exact amount in whole units of the currency."""
    return Decimal(int(minor)).scaleb(-exponent(currency))


def exact(minor: int, currency: str) -> str:
    """The exact amount, such as `USD 4,912,345.67`."""
    return f"{currency} {in_units(minor, currency):,.{exponent(currency)}f}"


def human(minor: int, currency: str) -> str:
    """The amount to at most three figures, such as `USD 4.9 m`; half to even, so a sum of many is not biased."""
    return f"{currency} {short(in_units(minor, currency))}"


def short(value: Decimal | float | int) -> str:
    """A number to at most three figures, such as `4.9 m`, `12.3 k`, `393`, `0.25`."""
    number = Decimal(str(value))
    sign, size = ("−" if number < 0 else ""), abs(number)
    for step, word in STEPS:
        # 999.96 thousand must become 1.0 m, not 1,000 k
        if size >= Decimal(step) * Decimal("0.99995"):
            scaled = size / step
            places = 1 if scaled < Decimal("99.95") else 0
            return f"{sign}{scaled.quantize(Decimal(10) ** -places, ROUND_HALF_EVEN):,} {word}"
    places = 0 if size >= 100 or size == size.to_integral_value() else 2
    return f"{sign}{size.quantize(Decimal(10) ** -places, ROUND_HALF_EVEN):,}"


def amount(minor: int | None, currency: str) -> Markup:
    """The amount for people, with the exact value for machines and on hover."""
    if minor is None:
        return Markup("–")
    return Markup('<data class="amount" value="{}" title="{}">{}</data>').format(
        in_units(minor, currency), exact(minor, currency), human(minor, currency).replace(" ", "\u00a0")
    )


def count(value: int | float | None) -> str:
    """A count with thousands separators."""
    return "–" if value is None else f"{round(value):,}"


def share(part: float, whole: float) -> str:
    """A share in whole percent; never 0% for something nor 100% for less than all."""
    return percent(part / whole) if whole else "–"


def percent(fraction: float | None) -> str:
    """A fraction as percent; what is not quite none or all is shown as `<1%` or `>99%`."""
    if fraction is None:
        return "–"
    if 0 < fraction < 0.01:
        return "<1%"
    if 0.99 < fraction < 1:
        return ">99%"
    return f"{fraction:.0%}"


def probability(value: float) -> str:
    """A probability with one decimal place; its ends are shown as bounds, as no evidence is certain."""
    if value > 0.999:
        return ">99.9%"
    if value < 0.001:
        return "<0.1%"
    return f"{value:.1%}"


def bits(value: float) -> str:
    """Weight of evidence with its sign, in bits."""
    return f"{'+' if value >= 0 else '−'}{abs(value):.1f}"


def day(value: date | datetime | None) -> str:
    """A day as ISO text: the one order of day and month nobody misreads."""
    if value is None:
        return "–"
    return (value.date() if isinstance(value, datetime) else value).isoformat()


def safe_url(address: str | None) -> str | None:
    """The address if it leads to the web, else None: a list or a ledger may carry `javascript:`."""
    if not address:
        return None
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return None
    return address.strip() if parts.scheme in {"http", "https"} and parts.netloc else None


def clean(text: object) -> str:
    """Text without control characters and direction overrides, which could make one name look like another."""
    return "".join(
        c if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co"} or c in "\u200c\u200d" else " " for c in str(text)
    )


def cut(text: str, length: int) -> str:
    """The text, ended with an ellipsis where it is longer than `length`."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def chart_text(text: object, length: int = 40) -> str:
    """Text for a chart: the chart library reads a little HTML in its labels, so names are escaped."""
    return escape(cut(clean(text), length), quote=False)
