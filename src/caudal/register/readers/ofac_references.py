"""What OFAC's advanced XML refers to by number (reference values, places, documents), and its way with dates."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from caudal.register.readers.ofac_entry import place_line
from caudal.register.readers.xml import Element, Space, local, tidy


class Place(NamedTuple):
    """A location: its lines and its country's name, each empty where the file gives none."""

    lines: tuple[str, ...]
    country: str

    @property
    def words(self) -> str:
        """All of it in one line."""
        held = [line for line in self.lines if line]
        if self.country and not (held and held[-1].casefold().endswith(self.country.casefold())):
            held.append(self.country)
        return ", ".join(held)


class Document(NamedTuple):
    """A numbered document of an identity."""

    kind: str
    number: str
    country: str
    days: str
    more: str


class References:
    """The reference value sets: kind of value and id to its text."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str], str] = {}
        self._party_type: dict[str, str] = {}

    def read(self, element: Element) -> None:
        """Take in one ReferenceValueSets element."""
        for values in element:
            for item in values:
                kind, number = local(item), item.get("ID", "")
                text = tidy(item.text)
                if kind == "AreaCode":
                    text = tidy(item.get("Description")) or text
                elif kind == "Country":
                    text = text or item.get("ISO2", "")
                elif kind == "PartySubType":
                    self._party_type[number] = item.get("PartyTypeID", "")
                self._values[kind, number] = text

    def __call__(self, kind: str, number: str | None) -> str:
        """The text of a value, empty where the file has none of that number."""
        return self._values.get((kind, number or ""), "")

    def party_type(self, sub_type: str | None) -> str:
        """`Individual`, `Entity`, `Vessel` or `Aircraft` of a PartySubTypeID; else what the file calls it."""
        text = self("PartySubType", sub_type)
        if text.casefold() in {"", "unknown"}:
            text = self("PartyType", self._party_type.get(sub_type or ""))
        return text

    def place(self, element: Element, space: Space) -> Place:
        """One Location element."""
        countries = [
            *(self("AreaCode", e.get("AreaCodeID")) for e in space.all(element, "LocationAreaCode")),
            *(self("Country", e.get("CountryID")) for e in space.all(element, "LocationCountry")),
        ]
        parts: dict[str, str] = {}
        for part in space.all(element, "LocationPart"):
            kind = self("LocPartType", part.get("LocPartTypeID")).upper()
            texts = space.texts(part, "LocationPartValue/Value")
            if texts:
                parts[kind] = ", ".join(filter(None, (parts.get(kind), *texts)))
        city = place_line(*(parts.pop(kind, "") for kind in ("CITY", "STATE/PROVINCE", "POSTAL CODE")))
        street = [parts.pop(f"ADDRESS{n}", "") for n in (1, 2, 3)]
        lines = tuple(line for line in (*street, *parts.values(), city) if line)
        return Place(lines, next((c for c in countries if c and c.casefold() != "undetermined"), ""))

    def document(self, element: Element, space: Space) -> Document:
        """One IDRegDocument element."""
        days = []
        for dated in space.all(element, "DocumentDate"):
            kind = self("IDRegDocDateType", dated.get("IDRegDocDateTypeID"))
            period = dated.find(space("DatePeriod"))
            words = period_words(period, space) if period is not None else None
            verb = {"issue date": "issued", "expiration date": "expires"}.get(kind.casefold(), kind or "dated")
            days.append(f"{verb} {words or 'on a day that is no date'}")
        validity = self("Validity", element.get("ValidityID"))
        more = [
            *space.texts(element, "IssuingAuthority"),
            *space.texts(element, "Comment"),
            *([validity] if validity.casefold() not in {"", "valid", "unknown"} else []),
        ]
        return Document(
            self("IDRegDocType", element.get("IDRegDocTypeID")),
            space.text(element, "IDRegistrationNo"),
            self("Country", element.get("IssuedBy-CountryID")),
            " ".join(days),
            "; ".join(more),
        )


@dataclass(frozen=True)
class Span:
    """Days a date may be: of `low` no day before, of `high` no day after."""

    low: date
    high: date

    @property
    def words(self) -> str:
        """As Caudal reads dates: a day, a month, a year, or a span of them."""
        low, high = self.low, self.high
        if low == high:
            return low.isoformat()
        if low.day == 1 and (low.year, low.month) == (high.year, high.month) and high.day == _last(high):
            return f"{low.year:04d}-{low.month:02d}"
        if (low.month, low.day, high.month, high.day) == (1, 1, 12, 31):
            return f"{low.year:04d}" if low.year == high.year else f"{low.year:04d} to {high.year:04d}"
        return f"{low.isoformat()} to {high.isoformat()}"


def _last(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def date_span(element: Element | None, space: Space) -> Span | None:
    """Year, Month and Day of an element as the days it may be; None where that is no date."""
    if element is None:
        return None
    said = {child.tag: tidy(child.text) for child in element}
    return _span(*(said.get(space(tag), "") for tag in ("Year", "Month", "Day")))


@lru_cache(maxsize=1 << 14)
def _span(*texts: str) -> Span | None:
    if not texts[0] or not all(not text or (text.isascii() and text.isdigit() and len(text) <= 4) for text in texts):
        return None
    try:
        year, month, day = (int(text) if text else 0 for text in texts)
        low = date(year, month or 1, day or 1)
        high = date(year, month or 12, day or monthrange(year, month or 12)[1])
    except ValueError:
        return None
    return Span(low, high)


def period_span(period: Element, space: Space) -> Span | None:
    """The days a DatePeriod spans: from the first of its start to the last of its end; None where it gives none."""
    spans = [
        span
        for side in ("Start", "End")
        for edges in space.all(period, side)
        for edge in ("From", "To")
        for dated in space.all(edges, edge)
        if (span := date_span(dated, space)) is not None
    ]
    if not spans:
        return None
    return Span(min(s.low for s in spans), max(s.high for s in spans))


def period_words(period: Element, space: Space) -> str | None:
    """A DatePeriod in words, `circa` where the file says that it is approximate; None where it gives no date."""
    span = period_span(period, space)
    if span is None:
        return None
    edges = [e for tag in ("Start", "End") if (e := period.find(space(tag))) is not None]
    about = any(e.get("Approximate", "").casefold() == "true" for e in edges)
    return f"circa {span.words}" if about else span.words
