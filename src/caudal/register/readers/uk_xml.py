"""The UK Sanctions List as XML (root Designations), streamed. What its fields become: `uk_entry`.

Since 2026-01-28 it is the only list of the United Kingdom. Address: https://www.gov.uk/government/publications/the-uk-sanctions-list
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from caudal.errors import InputError
from caudal.register.dates import whole_day
from caudal.register.entry import Entity, Link
from caudal.register.readers.uk_entry import (
    ADDRESS_PARTS,
    DATASET,
    NAME_PARTS,
    XML_FIELDS,
    Listing,
    entity_of,
    fault,
    field_name,
    uk_date,
)
from caudal.register.readers.xml import Element, elements, local, row_of, tidy, whole
from caudal.register.rejects import Rejects
from caudal.register.sources import ListVersion, ReadList, dated_version

ROOT = "Designations"


def read_uk_xml(path: Path, published: date | None = None) -> ReadList:
    """Read the UK Sanctions List.

    Raises:
        InputError: the file is missing, no well-formed XML, of another schema, or gives no usable designation.
    """
    rejects, links = Rejects(), list[Link]()
    entities: list[Entity] = []
    seen: dict[str, int | None] = {}
    file = str(path)
    found = elements(path, ROOT, ("DateGenerated", "Designation"))
    root = next(found)
    if root.nsmap.get(root.prefix):
        raise InputError(f"its schema {root.nsmap.get(root.prefix)} is not known", file=file)
    day, words = dated_version(path, published)
    for element in found:
        if local(element) == "DateGenerated":
            text = tidy(element.text)
            generated = whole_day(uk_date(text) or "")
            if generated is None:
                rejects.add(file, row_of(element), "DateGenerated", f"{text!r} is no date", whole(element))
            day, words = dated_version(path, published or generated)
            continue
        listing = listing_of(element)
        wrong = fault(listing, seen)
        if wrong is not None:
            rejects.add(file, listing.row, wrong[0], wrong[1], whole(element))
            continue
        seen[listing.uid] = listing.row

        def complain(field: str, reason: str, text: str, listing: Listing = listing) -> None:
            reason = f"designation {listing.uid}: {text!r}: {reason}"
            rejects.add(file, listing.row, field, reason, {"UniqueID": listing.uid, field: text})

        entities.append(entity_of(listing, f"UK Sanctions List, {path.name}, version {words}", day, links, complain))
    if not entities:
        raise InputError("it holds no usable designation of the UK Sanctions List", file=file)
    return ReadList(ListVersion(DATASET, words, day, file, len(entities)), entities, rejects, links)


def listing_of(element: Element) -> Listing:
    """What a Designation element says."""
    flat: list[tuple[str, str]] = []
    groups: list[tuple[str, dict[str, str]]] = []
    for part in element.iter():
        name = field_name(local(part))
        if name in {"name", "address", "location"}:
            groups.append((name, {field_name(local(child)): tidy(child.text) for child in part}))
        elif not len(part) and (text := tidy(part.text)):
            flat.append((XML_FIELDS.get(name, name), text))
    listing = Listing(next((text for name, text in flat if name == "uniqueid"), ""), row_of(element))
    for name, text in flat:
        listing.add(name, text)
    for name, given in groups:
        put_group(listing, name, given)
    return listing


def put_group(listing: Listing, group: str, given: dict[str, str]) -> None:
    """Put the parts of a name, an address or a place of birth together."""

    def take(*names: str) -> tuple[str, ...]:
        return tuple(given.get(n, "") for n in names)

    if group == "name" and any(take(*NAME_PARTS)):
        listing.names[take(*NAME_PARTS, "nametype", "aliasstrength")] = None
    elif group == "address" and any(take(*ADDRESS_PARTS, "addresspostalcode", "addresscountry")):
        listing.addresses[take(*ADDRESS_PARTS, "addresspostalcode", "addresscountry")] = None
    elif group == "location" and any(take("townofbirth", "countryofbirth")):
        town, country = take("townofbirth", "countryofbirth")
        listing.births[town, country] = None
