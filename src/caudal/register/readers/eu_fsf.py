"""The European Union's consolidated financial sanctions list (FSF), XML 1.1, streamed.

Every `regulation` of an entry is one designation. `designationDate` is its first day. Without it an act that amends a
regulation may have added the entry or only changed it: then its entry into force is the last day on which the
designation can have begun, and no first day is made up. `generationDate` is the version.
Address: https://webgate.ec.europa.eu/fsd/fsf (xmlFullSanctionsList_1_1)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

from caudal.errors import InputError
from caudal.register.countries import country_code, is_country_code
from caudal.register.dates import iso_parts, whole_day
from caudal.register.entry import Designation, Draft, Entity, NameKind
from caudal.register.naming import has_legal_form, script_of
from caudal.register.readers.properties import put
from caudal.register.readers.xml import Element, elements, row_of, tidy
from caudal.register.readers.xml_parts import attribute, child_text, children, said
from caudal.register.rejects import Rejects
from caudal.register.sources import ListVersion, ReadList, dated_version

DATASET = "eu_fsf"
SOURCE_URL = "https://webgate.ec.europa.eu/fsd/fsf"
ROOT = "export"
NAMESPACE = "http://eu.europa.ec/fpi/fsd/export"
ENTRY = "sanctionEntity"
Complain = Callable[[str, str, str], None]
_ID = re.compile(r"[\w.:-]+$")
_AMENDING = "amendment"
_GENDER = {"m": "male", "f": "female", "male": "male", "female": "female"}
_DOCUMENT = {
    "passport": "passportNumber",
    "diplopassport": "passportNumber",
    "id": "idNumber",
    "ssn": "socialSecurityNumber",
    "fiscalcode": "taxNumber",
    "tax": "taxNumber",
    "regnumber": "registrationNumber",
    "imo": "imoNumber",
    "swiftbic": "swiftBic",
}
"""Code of an identification to the property that holds its number; any other is an idNumber."""
_DOUBTS = ("knownFalse", "knownExpired", "reportedLost", "revokedByIssuer")
_CONTACT = {"PHONE": "phone", "EMAIL": "email", "WEB": "website"}
_PLACE = ("street", "poBox", "zipCode", "city", "place", "region")


def read_eu_fsf(path: Path, published: date | None = None) -> ReadList:
    """Read the list.

    Raises:
        InputError: the file is missing, no well-formed XML, another kind of XML, or gives no usable entry.
    """
    rejects = Rejects()
    entities: list[Entity] = []
    seen: dict[str, int] = {}
    entries = elements(path, ROOT, (ENTRY,))
    generated = next(entries).get("generationDate", "")
    day = whole_day(generated)
    if published is None and day is not None:
        words = generated
    else:
        day, words = dated_version(path, published)
    source = f"EU consolidated financial sanctions list, version {words}"
    for element in entries:
        entity = _entity(element, source, day, str(path), rejects, seen)
        if entity is not None:
            entities.append(entity)
    if not entities:
        raise InputError("it holds no usable entry of the EU financial sanctions list", file=str(path))
    return ReadList(ListVersion(DATASET, words, day, str(path), len(entities)), entities, rejects)


def _entity(
    element: Element, source: str, day: date, file: str, rejects: Rejects, seen: dict[str, int]
) -> Entity | None:
    row = row_of(element)

    def complain(field: str, reason: str, text: str) -> None:
        rejects.add(file, row, field, f"{text!r}: {reason}", said(element))

    uid = attribute(element, "euReferenceNumber") or f"logical-{attribute(element, 'logicalId')}"
    if uid == "logical-" or not _ID.match(uid):
        rejects.add(file, row, "euReferenceNumber", "the entry has no id", said(element))
        return None
    if uid in seen:
        reason = f"the id {uid} is taken by the entry in row {seen[uid]}"
        rejects.add(file, row, "euReferenceNumber", reason, said(element))
        return None
    names = _names(element)
    if not names:
        rejects.add(file, row, "nameAlias", "the entry has no name", said(element))
        return None
    subject = next((attribute(s, "code") for s in children(element, "subjectType")), "")
    if subject not in {"person", "enterprise"}:
        rejects.add(file, row, "subjectType", f"the subject type {subject!r} is not known", said(element))
        return None
    seen[uid] = row or 0
    caption = names[0][0]
    schema = "Person" if subject == "person" else "Company" if has_legal_form(caption) else "LegalEntity"
    draft = Draft(f"eu-{uid}", schema)
    for name, kind in names:
        draft.name(name, kind, script_of(name))
    for alias in children(element, "nameAlias"):
        _about(alias, draft)
    for birth in children(element, "birthdate"):
        _birth(birth, draft, complain)
    for citizenship in children(element, "citizenship"):
        put(draft, "citizenship" if schema == "Person" else "country", _country(citizenship))
    for address in children(element, "address"):
        _address(address, draft)
    for document in children(element, "identification"):
        _document(document, draft)
    for remark in children(element, "remark"):
        draft.add("notes", tidy(remark.text))
    un = attribute(element, "unitedNationId")
    draft.add("notes", f"United Nations reference {un}" if un else None)
    details = attribute(element, "designationDetails")
    draft.add("notes", details)
    designations = _designations(element, source, draft, complain)
    return draft.finish(caption, designations, DATASET, day)


def _names(element: Element) -> list[tuple[str, NameKind]]:
    """The names, the one shown first: the first strong one in Latin letters, else the first strong, else the first."""
    found: dict[str, NameKind] = {}
    for alias in children(element, "nameAlias"):
        parts = (attribute(alias, part) for part in ("firstName", "middleName", "lastName"))
        name = attribute(alias, "wholeName") or " ".join(p for p in parts if p)
        if not any(map(str.isalnum, name)):
            continue
        remark = child_text(alias, "remark").casefold()
        weak = attribute(alias, "strong").casefold() in {"false", "0"} or "low quality" in remark
        kind: NameKind = "weak" if weak else "former" if "formerly" in remark else "alias"
        if kind == "alias" and script_of(name) not in {"Latn", None}:
            kind = "original script"
        if found.get(name, "weak") == "weak":
            found[name] = kind
    order = {"alias": 0, "original script": 1, "former": 2, "weak": 3}
    first = min(found, key=lambda name: order[found[name]], default=None)
    if first is None:
        return []
    return [(first, "primary"), *((name, kind) for name, kind in found.items() if name != first)]


def _about(alias: Element, draft: Draft) -> None:
    """What a name element says besides the name."""
    if draft.schema == "Person":
        if attribute(alias, "strong").casefold() not in {"false", "0"}:
            for part in ("firstName", "middleName", "lastName"):
                draft.add(part, attribute(alias, part))
        draft.add("title", attribute(alias, "title"))
        draft.add("position", attribute(alias, "function"))
        draft.add("gender", _GENDER.get(attribute(alias, "gender").casefold()))
    else:
        draft.add("notes", attribute(alias, "function"))
    draft.add("notes", child_text(alias, "remark"))


def _country(element: Element) -> str | None:
    """The country by its name, else by its ISO code; `00` and UNKNOWN stand for none."""
    code = country_code(attribute(element, "countryDescription"))
    iso = attribute(element, "countryIso2Code").casefold()
    return code or (iso if is_country_code(iso) else None)


def _country_name(element: Element) -> str:
    name = attribute(element, "countryDescription")
    return "" if name.casefold() == "unknown" else name


def _birth(birth: Element, draft: Draft, complain: Complain) -> None:
    year, month, day = (attribute(birth, k) for k in ("year", "monthOfYear", "dayOfMonth"))
    start, end = attribute(birth, "yearRangeFrom"), attribute(birth, "yearRangeTo")
    text = attribute(birth, "birthdate")
    if not text and year:
        text = "-".join([year, *(p.zfill(2) for p in (month, day if month else "") if p)])
    if not text and start and end:
        text = f"{start} to {end}"
    text = text or start or end
    calendar = attribute(birth, "calendarType").upper()
    if calendar not in {"", "GREGORIAN"}:
        draft.add("notes", f"Date of birth ({calendar.lower()} calendar): {text}" if text else None)
    elif text:
        found = iso_parts(text)
        if not found:
            draft.add("notes", f"Date of birth: {text}")
            complain("birthdate", "it is no date; kept in the notes only", text)
        for iso in found:
            put(draft, "birthDate" if draft.schema == "Person" else "incorporationDate", iso)
    if attribute(birth, "circa").casefold() == "true" and text:
        draft.add("notes", f"Date of birth: about {text}")
    place = ", ".join(v for k in ("city", "place", "region") if (v := attribute(birth, k)))
    place = ", ".join(v for v in (place, _country_name(birth)) if v)
    if draft.schema == "Person":
        draft.add("birthPlace", place)
        draft.add("birthCountry", _country(birth))
    draft.add("notes", child_text(birth, "remark"))


def _address(address: Element, draft: Draft) -> None:
    parts = [v for k in _PLACE if (v := attribute(address, k))]
    country = _country(address)
    draft.add("country", country)
    if parts or (country is None and _country_name(address)):
        draft.add("address", ", ".join([*parts, *([_country_name(address)] if _country_name(address) else [])]))
    contact = attribute(address, "contactInfo")
    draft.add("notes", f"Contact: {contact}" if contact else None)
    for info in children(address, "contactInfo"):
        key, value = attribute(info, "key"), attribute(info, "value")
        put(draft, _CONTACT.get(key.upper(), "notes"), value if key.upper() in _CONTACT else f"{key}: {value}")
    for remark in children(address, "remark"):
        draft.add("notes", tidy(remark.text))


def _document(document: Element, draft: Draft) -> None:
    code = attribute(document, "identificationTypeCode")
    kind = attribute(document, "identificationTypeDescription") or code
    numbers = list(dict.fromkeys(n for k in ("number", "latinNumber") if (n := attribute(document, k))))
    doubts = [word for word in _DOUBTS if attribute(document, word).casefold() == "true"]
    for number in numbers:
        if "knownFalse" not in doubts:
            put(draft, _DOCUMENT.get(code, "idNumber"), number)
    detail = [v for k in ("issuedBy", "issueDate", "nameOnDocument") if (v := attribute(document, k))]
    detail += [v for v in (_country_name(document), *doubts, child_text(document, "remark")) if v]
    if detail or not numbers:
        text = ": ".join(v for v in (f"{kind} {' '.join(numbers)}".strip(), ", ".join(detail)) if v)
        draft.add("notes", text)


def _designations(element: Element, source: str, draft: Draft, complain: Complain) -> list[Designation]:
    def read(holder: Element, field: str) -> date | None:
        text = attribute(holder, field)
        found = whole_day(text) if text else None
        if text and found is None:
            complain(field, "it is no date; the day stays unknown", text)
        return found

    began = read(element, "designationDate")
    found: dict[tuple[str, str], Designation] = {}
    for regulation in children(element, "regulation"):
        programme = attribute(regulation, "programme")
        title = attribute(regulation, "numberTitle")
        if not programme:
            complain("programme", "the regulation names no programme", title)
            continue
        draft.add("program", programme)
        published, in_force = read(regulation, "publicationDate"), read(regulation, "entryIntoForceDate")
        amending = attribute(regulation, "regulationType").casefold() in {_AMENDING, ""}
        known = began is None and not amending
        note = f"published {published}" if published else ""
        note += f"{', ' if note else ''}in force {in_force}" if in_force else ""
        designation = Designation(
            f"EU-{programme}",
            programme,
            announced=published if known else None,
            effective=began or (in_force if known else None),
            source=f"{f'Regulation {title}; ' if title else ''}{source}",
            source_url=child_text(regulation, "publicationUrl")
            or attribute(regulation, "publicationUrl")
            or SOURCE_URL,
            not_after=in_force if began is None and amending else None,
            note=note or None,
        )
        found.setdefault((programme, title), designation)
    if not found:
        complain("regulation", "no regulation is named; the entry has no designation of its own", draft.id)
    return list(found.values())
