"""The sanctions entries of OFAC's advanced XML: which list, since when, on what legal basis, which programmes."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from caudal.register.entry import Designation
from caudal.register.readers.ofac_references import References, Span, date_span, period_span
from caudal.register.readers.xml import Element, Space

_CREATED = frozenset({"", "created", "added", "listed", "designated", "unknown"})
"""Words for the event that puts an entry on the list."""


class Programme(NamedTuple):
    """A programme's tag, and from when the file says the measure runs."""

    tag: str
    begins: Span | None


class Event(NamedTuple):
    """The day of an event (None where it is no date) and the legal basis it names."""

    span: Span | None
    basis: str


class Listing(NamedTuple):
    """One SanctionsEntry."""

    list_name: str
    events: list[Event]
    programmes: list[Programme]
    measures: list[str]
    """What is done, beside the programmes, such as `Block`."""


def read_listing(element: Element, references: References, space: Space) -> tuple[Listing, list[tuple[str, str]]]:
    """One SanctionsEntry, with its faults as field and reason."""
    faults: list[tuple[str, str]] = []
    events: list[Event] = []
    for event in space.all(element, "EntryEvent"):
        kind = references("EntryEventType", event.get("EntryEventTypeID"))
        dated = event.find(space("Date"))
        span = date_span(dated, space)
        if dated is not None and span is None:
            said = " ".join("".join(map(str, dated.itertext())).split())
            faults.append(("EntryEvent", f"{said!r} is no date; the day of listing stays unknown"))
        if kind.casefold() not in _CREATED:
            faults.append(("EntryEventTypeID", f"the event {kind!r} is not known; its day is not used"))
            span = None
        basis = references("LegalBasis", event.get("LegalBasisID"))
        events.append(Event(span, "" if basis.casefold() == "unknown" else basis))
    programmes: dict[str, Programme] = {}
    measures: list[str] = []
    for measure in space.all(element, "SanctionsMeasure"):
        kind, comment = references("SanctionsType", measure.get("SanctionsTypeID")), space.text(measure, "Comment")
        if kind.casefold() == "program":
            if not comment:
                faults.append(("SanctionsMeasure", "a programme without a tag"))
                continue
            period = measure.find(space("DatePeriod"))
            programmes.setdefault(comment, Programme(comment, None if period is None else period_span(period, space)))
        elif kind or comment:
            measures.append(f"{kind} ({comment})" if kind and comment else kind or comment)
    if not programmes:
        faults.append(("SanctionsMeasure", "no programme is named, so there is no designation"))
    name = references("List", element.get("ListID"))
    return Listing(name, events, list(programmes.values()), list(dict.fromkeys(measures))), faults


def designations(
    listings: list[Listing], source: str, source_url: str, said: dict[str, dict[str, date]]
) -> list[Designation]:
    """One designation for each programme, with the days that the file gives it.

    `said` holds days that features state of a programme: tag to `announced` and `effective`. They count first, then a
    measure's own period. Where the entry has one programme and one day, that is its day. Where it has
    several, the file does not say which began when: no programme began before the earliest day.
    """
    found: dict[str, Designation] = {}
    for listing in listings:
        spans = [e.span for e in listing.events if e.span is not None]
        words = _words(listing)
        for programme in listing.programmes:
            if programme.tag in found:
                continue
            days: dict[str, date | None] = {}
            if programme.tag in said:
                days = dict(said[programme.tag])
            elif programme.begins is not None:
                days = _days(programme.begins)
            elif len(spans) == 1 and len(listing.programmes) == 1 and len(listings) == 1:
                days = _days(spans[0])
            elif spans:
                days = {"not_before": min(s.low for s in spans)}
            found[programme.tag] = Designation(
                programme.tag, programme.tag, source=source, source_url=source_url, note=words or None, **days
            )
    return list(found.values())


DATED_FEATURES = {
    "listing date (cmic)": ("CMIC-EO13959", "announced"),
    "effective date (cmic)": ("CMIC-EO13959", "effective"),
}
"""Features that state a day of a programme: which, and what happened that day."""


def _days(span: Span) -> dict[str, date | None]:
    if span.low == span.high:
        return {"announced": span.low, "effective": span.low}
    return {"not_before": span.low, "not_after": span.high}


def _words(listing: Listing) -> str:
    events = [
        f"entry of {e.span.words if e.span else 'an unknown day'}{f' under {e.basis}' if e.basis else ''}"
        for e in listing.events
    ]
    other = listing.list_name if listing.list_name.casefold() not in {"", "sdn list"} else ""
    return "; ".join([*([other] if other else []), *events, *listing.measures])
