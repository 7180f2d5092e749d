"""One designation of the UK Sanctions List, however it was written (XML element or CSV rows), as an entity.

Fields are known by the CSV's column name in lower case without spaces and signs; the XML's elements have the same names
but for those in `XML_FIELDS`. A name is six parts in the order they are said, the sixth being the family name or, for
an entity or ship, the whole name. A date part that is not known is written out: `dd/mm/1962`, `00/00/1975`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from caudal.register.countries import country_code
from caudal.register.dates import iso_part, whole_day
from caudal.register.entry import Designation, Draft, Entity, Link, NameKind
from caudal.register.naming import has_legal_form, script_of
from caudal.register.readers.ofac_entry import SIGNS

DATASET = "gb_sanctions"
SOURCE_URL = "https://www.gov.uk/government/publications/the-uk-sanctions-list"
SCHEMA = {"individual": "Person", "entity": "LegalEntity", "ship": "Vessel"}
NAME_PARTS = ("name1", "name2", "name3", "name4", "name5", "name6")
ADDRESS_PARTS = tuple(f"addressline{n}" for n in range(1, 7))
XML_FIELDS = {
    "individualentityship": "designationtype",
    "nationality": "nationalityies",
    "subsidiary": "subsidiaries",
    "businessregistrationnumber": "businessregistrationnumbers",
    "currentowneroperator": "currentowneroperators",
    "previousowneroperator": "previousowneroperators",
    "previousflag": "previousflags",
    "hullidentificationnumber": "hullidentificationnumberhin",
}
"""Elements of the XML that the CSV calls otherwise."""
Complain = Callable[[str, str, str], None]
_KIND: dict[str, NameKind] = {"primary name": "primary", "primary name variation": "alias", "alias": "alias"}
_DATE = re.compile(r"(\d{1,2}|dd)/(\d{1,2}|mm)/(\d{4})$", re.IGNORECASE | re.ASCII)
_LISTED = re.compile(r"\(\d{1,2}\)\s*")
_IMO = re.compile(r"(?:IMO\s*)?(\d{7})$", re.IGNORECASE)
_REGIME = re.compile(r"([A-Z]{2,4})\d+$")
_MIGRATION = "Irregular Migration"
_NOTES = {
    "otherinformation": "",
    "ukstatementofreasons": "UK statement of reasons: ",
    "unreferencenumber": "UN reference number ",
    "ofsigroupid": "OFSI group ID ",
    "sanctionsimposed": "Sanctions imposed: ",
    "designationsource": "Designated by: ",
    "typeofentity": "Type of entity: ",
    "parentcompany": "Parent company: ",
    "subsidiaries": "Subsidiary: ",
    "currentowneroperators": "Owner or operator: ",
    "previousowneroperators": "Previous owner or operator: ",
    "lengthofship": "Length: ",
    "hullidentificationnumberhin": "Hull identification number (HIN) ",
    "nationalidentifieradditionalinformation": "National identifier: ",
    "passportadditionalinformation": "Passport: ",
}
"""Fields kept as notes, each with the words before it."""
_LINKS = ("parentcompany", "subsidiaries", "currentowneroperators")
_LEGAL = {"phonenumber": "phone", "emailaddress": "email", "website": "website"}
_PERSON = {
    "title": "title",
    "position": "position",
    "passportnumber": "passportNumber",
    "nationalidentifiernumber": "idNumber",
}


@dataclass(slots=True)
class Listing:
    """What was read of one designation: values by field, each once, and groups of values that belong together."""

    uid: str
    row: int | None
    values: dict[str, dict[str, None]] = field(default_factory=dict)
    names: dict[tuple[str, ...], None] = field(default_factory=dict)
    """Parts 1 to 6, type, alias strength."""
    addresses: dict[tuple[str, ...], None] = field(default_factory=dict)
    """Lines 1 to 6, postal code, country."""
    births: dict[tuple[str, str], None] = field(default_factory=dict)
    """Town and country of birth."""

    def add(self, name: str, value: str) -> None:
        """Add a value once; one cell may number several: `(1) A (2) B`."""
        if not value:
            return
        several = [v for piece in _LISTED.split(value) if (v := piece.strip(" ,;"))] if value.startswith("(1)") else []
        for one in several or [value]:
            self.values.setdefault(name, {})[one] = None

    def all(self, name: str) -> list[str]:
        """Every value of a field."""
        return list(self.values.get(name, ()))

    def first(self, name: str) -> str:
        """The first value of a field, or nothing."""
        return next(iter(self.values.get(name, ())), "")


def field_name(words: str) -> str:
    """A column's or element's name without spaces, signs and case: `D.O.B` is `dob`."""
    return re.sub(r"[^a-z0-9]", "", words.casefold())


def uk_date(text: str) -> str | None:
    """A date as the list writes it, in ISO form and of the precision it has; None where it is no date."""
    found = _DATE.match(text.strip())
    if not found:
        iso = whole_day(text)
        return iso.isoformat() if iso else iso_part(text.replace("-", " "))
    day, month = (int(part) if part.isdigit() else 0 for part in found.groups()[:2])
    if month == 0:
        return found[3] if day == 0 and int(found[3]) >= 1000 else None
    return iso_part(f"{found[3]}-{month:02d}" + (f"-{day:02d}" if day else ""))


def fault(listing: Listing, seen: dict[str, int | None]) -> tuple[str, str] | None:
    """The field and the reason why a designation cannot be used, or None."""
    if not listing.uid:
        return "UniqueID", "the designation has no id"
    if listing.uid in seen:
        return "UniqueID", f"the id {listing.uid} is taken by the designation in row {seen[listing.uid]}"
    kind = listing.first("designationtype")
    if kind.casefold() not in SCHEMA:
        return "IndividualEntityShip", f"designation {listing.uid}: the type {kind!r} is not known"
    if not any(SIGNS.search("".join(parts[:6])) for parts in listing.names):
        return "Names", f"designation {listing.uid} has no name"
    return None


def entity_of(listing: Listing, source: str, day: date, links: list[Link], complain: Complain) -> Entity:
    """The entity of a designation without a fault."""
    names = _names(listing, complain)
    primary = next((n for n in names if n[1] == "primary"), None)
    if primary is None:
        complain("NameType", "none of its names is the primary name; the first is taken", names[0][0])
        primary = names[0]
    text = primary[0]
    schema = SCHEMA[listing.first("designationtype").casefold()]
    draft = Draft(f"gb-{listing.uid}", "Company" if schema == "LegalEntity" and has_legal_form(text) else schema)
    draft.name(text, "primary", script_of(text))
    for other, kind, _ in names:
        if other != text:
            draft.name(other, "alias" if kind == "primary" else kind, script_of(other))
    for other in listing.all("namenonlatinscript"):
        draft.name(other, "original script" if script_of(other) != "Latn" else "alias", script_of(other))
    _details(listing, draft, primary[2], complain)
    for column, words in _NOTES.items():
        for value in listing.all(column):
            draft.add("notes", words + value.replace("|", ", "))
    for column in _LINKS:
        links += [Link(draft.id, value, _NOTES[column] + value) for value in listing.all(column)]
    designations = [_designation(listing, regime, source, complain) for regime in listing.all("regimename") or [""]]
    for designation in designations:
        draft.add("program", designation.programme)
    return draft.finish(text, designations, DATASET, day)


def _names(listing: Listing, complain: Complain) -> list[tuple[str, NameKind, tuple[str, ...]]]:
    found = []
    for *parts, kind, strength in listing.names:
        text = " ".join(p for p in parts if p)
        if not SIGNS.search(text):
            continue
        known = _KIND.get(kind.casefold())
        if known is None:
            complain("NameType", "the type of name is not known; taken as an alias", kind or "(empty)")
        weak = strength.casefold().startswith("low") and known != "primary"
        shown: NameKind = "weak" if weak else known or "alias"
        found.append((text, shown, tuple(parts)))
    return found


def _designation(listing: Listing, regime: str, source: str, complain: Complain) -> Designation:
    text = listing.first("datedesignated")
    day = whole_day(uk_date(text) or "")
    if day is None:
        complain("DateDesignated", "it is no date; the day of designation stays unknown", text or "(empty)")
    if not regime:
        complain("RegimeName", "the designation names no regime", "(empty)")
    return Designation(
        authority_of(listing.uid, regime),
        regime or "UK Sanctions List",
        announced=day,
        effective=day,
        source=source,
        source_url=SOURCE_URL,
    )


def authority_of(uid: str, regime: str) -> str:
    """`GB-` and the letters of the publisher's id, which name the regime; migration has a name of its own."""
    if _MIGRATION.casefold() in regime.casefold():
        return "GB-MIGR"
    letters = _REGIME.match(uid)
    return f"GB-{letters[1]}" if letters else "GB-SANCTIONS"


def _details(listing: Listing, draft: Draft, parts: tuple[str, ...], complain: Complain) -> None:
    for column, prop in _LEGAL.items():
        for value in listing.all(column):
            ship = draft.schema == "Vessel"
            draft.add("notes" if ship else prop, f"{prop}: {value}" if ship else value)
    for *lines, code, country in listing.addresses:
        held = [line for line in (*lines, code) if line]
        draft.add("country", country_code(country) if country else None)
        if held:
            draft.add("address", ", ".join([*held, country] if country else held))
        elif country and country_code(country) is None:
            draft.add("address", country)
    updated = uk_date(listing.first("lastupdated"))
    draft.add("modifiedAt", updated)
    if listing.first("lastupdated") and updated is None:
        complain("LastUpdated", "it is no date", listing.first("lastupdated"))
    for value in listing.all("businessregistrationnumbers"):
        draft.add("registrationNumber", value)
    if draft.schema == "Person":
        _person(listing, draft, parts, complain)
    elif draft.schema == "Vessel":
        _ship(listing, draft, complain)


def _person(listing: Listing, draft: Draft, parts: tuple[str, ...], complain: Complain) -> None:
    draft.add("lastName", parts[5] if any(parts[:5]) else None)
    draft.add("firstName", parts[0])
    draft.add("middleName", " ".join(p for p in parts[1:5] if p))
    for column, prop in _PERSON.items():
        for value in listing.all(column):
            draft.add(prop, value)
    for text in listing.all("dob"):
        born = uk_date(text)
        draft.add("birthDate" if born else "notes", born or f"Date of birth: {text}")
        if born is None:
            complain("DOB", "it is no date; kept in the notes only", text)
    for town, country in listing.births:
        draft.add("birthPlace", ", ".join(p for p in (town, country) if p))
        draft.add("birthCountry", country_code(country) if country else None)
    for value in listing.all("nationalityies"):
        code = country_code(value)
        draft.add("nationality" if code else "notes", code or f"Nationality: {value}")
    for value in listing.all("gender"):
        known = value.casefold() in {"male", "female"}
        draft.add("gender" if known else "notes", value.casefold() if known else f"Gender: {value}")


def _ship(listing: Listing, draft: Draft, complain: Complain) -> None:
    for value in listing.all("imonumber"):
        imo = _IMO.match(value)
        draft.add("imoNumber" if imo else "notes", f"IMO{imo[1]}" if imo else f"IMO number: {value}")
    for column, prop in (("currentbelievedflagofship", "flag"), ("previousflags", "pastFlags")):
        for value in listing.all(column):
            code = country_code(value)
            draft.add(prop if code else "notes", code or f"{prop}: {value}")
    for column, prop in (("typeofship", "type"), ("tonnageofship", "tonnage")):
        for value in listing.all(column):
            draft.add(prop, value)
    for value in listing.all("yearbuilt"):
        built = uk_date(value)
        draft.add("buildDate" if built else "notes", built or f"Year built: {value}")
        if built is None:
            complain("YearBuilt", "it is no date; kept in the notes only", value)
