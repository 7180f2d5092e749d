"""The United Nations Security Council consolidated list (official XML), streamed.

External and internal entities are never expanded, nothing is fetched, and a document type declaration is refused. The
day of listing (LISTED_ON) is the day it was announced and took effect for the Council; `dateGenerated` is the version.
Address: https://scsanctions.un.org/resources/xml/en/consolidated.xml
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import cast

from lxml import etree

from caudal.errors import InputError
from caudal.register.countries import country_code
from caudal.register.dates import iso_parts, whole_day
from caudal.register.entry import Designation, Draft, Entity, Link, NameKind
from caudal.register.naming import has_legal_form, script_of
from caudal.register.rejects import Rejects
from caudal.register.sources import ListVersion, ReadList, dated_version

DATASET = "un_sc"
SOURCE_URL = "https://scsanctions.un.org/resources/xml/en/consolidated.xml"
ROOT = "CONSOLIDATED_LIST"
AUTHORITY = {
    "Al-Qaida": "UN-SC1267",
    "Taliban": "UN-SC1988",
    "DPRK": "UN-SC1718",
    "Iran": "UN-SC1737",
    "Iraq": "UN-SC1518",
    "DRC": "UN-SC1533",
    "Libya": "UN-SC1970",
    "Somalia": "UN-SC751",
    "CAR": "UN-SC2127",
    "Haiti": "UN-SC2653",
    "Yemen": "UN-SC2140",
    "GB": "UN-SC2048",
    "Sudan": "UN-SC1591",
    "SouthSudan": "UN-SC2206",
}
"""List type as published to the resolution of its regime; any other type keeps its own name after `UN-`."""
_KIND: dict[str, NameKind] = {"low": "weak", "f.k.a.": "former"}
_NUMBERED = "Reference number "
_REFERENCE = re.compile(r"\(([A-Z]{2}[ie]\.\d{3})\)")
_SENTENCE = re.compile(r"(?<=[.;])\s+(?=[A-Z])")
_NAME_PARTS = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
_ADDRESS_PARTS = ("STREET", "CITY", "STATE_PROVINCE", "ZIP_CODE", "COUNTRY")
Complain = Callable[[str, str, str], None]


def read_un(path: Path, published: date | None = None) -> ReadList:
    """Read the consolidated list.

    Raises:
        InputError: the file is missing, no well-formed XML, another kind of XML, or gives no usable entry.
    """
    rejects = Rejects()
    entities: list[Entity] = []
    seen: dict[str, int] = {}
    day, words, source = published, "", ""
    for element in _elements(path):
        if element.tag == ROOT:
            generated = whole_day(element.get("dateGenerated", ""))
            if published is None and generated is not None:
                day, words = generated, element.get("dateGenerated", "")
            else:
                day, words = dated_version(path, published)
            source = f"UN Security Council consolidated list, version {words}"
            continue
        entity = _entity(element, source, day, str(path), rejects, seen)
        if entity is not None:
            entities.append(entity)
    if not entities or day is None:
        raise InputError("it holds no usable entry of the UN consolidated list", file=str(path))
    version = ListVersion(DATASET, words, day, str(path), len(entities))
    return ReadList(version, entities, rejects, _links(entities))


def _links(entities: list[Entity]) -> list[Link]:
    """Ties that the notes name by reference number, such as `Anto Belar (XXi.001) is the leader of it`."""
    ids = {
        n.removeprefix(_NUMBERED): e.id
        for e in entities
        for n in e.properties.get("notes", [])
        if n.startswith(_NUMBERED)
    }
    links = []
    for entity in entities:
        for note in entity.properties.get("notes", []):
            for sentence in _SENTENCE.split(note):
                others = {ids.get(r) for r in _REFERENCE.findall(sentence)} - {None, entity.id}
                links += [Link(entity.id, other, sentence, mutual=True) for other in sorted(filter(None, others))]
    return links


def _elements(path: Path) -> Iterator[etree._Element]:
    """The root (as it opens), then each entry when it is whole; every entry is dropped after its turn."""
    try:
        events = etree.iterparse(
            str(path),
            events=("start", "end"),
            tag=(ROOT, "INDIVIDUAL", "ENTITY"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
        )
        opened = False
        for event, element in events:
            if not opened:
                if element.getroottree().docinfo.doctype:
                    raise InputError("it declares a document type, which no list does; refused", file=str(path))
                if element.tag != ROOT:
                    raise InputError(f"its root is {element.tag}, not {ROOT}", file=str(path), row=element.sourceline)
                opened = True
                yield element
            elif event == "end" and element.tag != ROOT:
                yield element
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise InputError(f"it is no well-formed XML ({error.msg})", file=str(path), row=error.lineno) from error
    except OSError as error:
        raise InputError(f"it cannot be read ({error})", file=str(path)) from error


def _text(element: etree._Element, tag: str) -> str:
    """The child's text with white space tidied; empty where there is none."""
    return " ".join((element.findtext(tag) or "").split())


def _whole(element: etree._Element) -> dict[str, list[str]]:
    """All that an entry says, for keeping aside: element name to its texts."""
    said: dict[str, list[str]] = {}
    for part in element.iter():
        text = " ".join((part.text or "").split()) if isinstance(part.tag, str) else ""
        if text:
            said.setdefault(str(part.tag), []).append(text)
    return said


def _values(element: etree._Element, tag: str) -> list[str]:
    return [text for v in element.findall(f"{tag}/VALUE") if (text := " ".join((v.text or "").split()))]


def _entity(
    element: etree._Element, source: str, day: date | None, file: str, rejects: Rejects, seen: dict[str, int]
) -> Entity | None:
    row = cast("int | None", element.sourceline)  # the stubs do not know its type
    uid = _text(element, "DATAID")
    parts = [p for tag in _NAME_PARTS if (p := _text(element, tag))]
    if not uid:
        rejects.add(file, row, "DATAID", "the entry has no id", _whole(element))
        return None
    if uid in seen:
        rejects.add(file, row, "DATAID", f"the id {uid} is taken by the entry in row {seen[uid]}", _whole(element))
        return None
    if not parts:
        rejects.add(file, row, "FIRST_NAME", "the entry has no name", _whole(element))
        return None
    seen[uid] = row or 0

    def complain(field: str, reason: str, text: str) -> None:
        rejects.add(file, row, field, f"{text!r}: {reason}", _whole(element))

    kind = element.tag
    name = " ".join(parts)
    schema = "Person" if kind == "INDIVIDUAL" else "Company" if has_legal_form(name) else "LegalEntity"
    draft = Draft(f"un-{uid}", schema)
    draft.name(name, "primary", script_of(name))
    if schema == "Person":
        draft.add("firstName", parts[0] if len(parts) > 1 else None)
    original = _text(element, "NAME_ORIGINAL_SCRIPT")
    if original:
        draft.name(original, "original script", script_of(original))
    _aliases(element, kind, draft, complain)
    if schema == "Person":
        _person(element, draft, complain)
    _addresses(element, kind, draft)
    reference = _text(element, "REFERENCE_NUMBER")
    draft.add("notes", f"{_NUMBERED}{reference}" if reference else None)
    draft.add("notes", _text(element, "COMMENTS1"))
    regime = _text(element, "UN_LIST_TYPE")
    draft.add("program", regime)
    listed = _text(element, "LISTED_ON")
    listed_on = whole_day(listed)
    if listed_on is None:
        complain("LISTED_ON", "it is no date; the day of listing stays unknown", listed)
    authority = AUTHORITY.get(regime, f"UN-{regime or 'SC'}")
    designation = Designation(
        authority, regime or "UN", announced=listed_on, effective=listed_on, source=source, source_url=SOURCE_URL
    )
    return draft.finish(name, [designation], DATASET, day)


def _aliases(element: etree._Element, kind: str, draft: Draft, complain: Complain) -> None:
    for alias in element.findall(f"{kind}_ALIAS"):
        text = _text(alias, "ALIAS_NAME")
        if text:
            draft.name(text, _KIND.get(_text(alias, "QUALITY").casefold(), "alias"), script_of(text))
            note = _text(alias, "NOTE")
            draft.add("notes", f"Alias {text}: {note}" if note else None)
        if kind == "INDIVIDUAL":
            _birth(_text(alias, "DATE_OF_BIRTH"), draft, complain)


def _birth(text: str, draft: Draft, complain: Complain) -> None:
    if not text:
        return
    found = iso_parts(text)
    if not found:
        draft.add("notes", f"Date of birth: {text}")
        complain("DATE_OF_BIRTH", "it is no date; kept in the notes only", text)
    for iso in found:
        draft.add("birthDate", iso)


def _person(element: etree._Element, draft: Draft, complain: Complain) -> None:
    for birth in element.findall("INDIVIDUAL_DATE_OF_BIRTH"):
        span = f"{_text(birth, 'FROM_YEAR')} to {_text(birth, 'TO_YEAR')}" if _text(birth, "FROM_YEAR") else ""
        text = _text(birth, "DATE") or _text(birth, "YEAR") or span
        _birth(text, draft, complain)
        note = _text(birth, "NOTE")
        if note:
            draft.add("notes", f"Date of birth: {note}")
            for iso in iso_parts(note) if not text else []:
                draft.add("birthDate", iso)
    for place in element.findall("INDIVIDUAL_PLACE_OF_BIRTH"):
        country = _text(place, "COUNTRY")
        words = ", ".join(v for tag in ("STREET", "CITY", "STATE_PROVINCE") if (v := _text(place, tag)))
        draft.add("birthPlace", ", ".join(v for v in (words, country, _text(place, "NOTE")) if v))
        draft.add("birthCountry", country_code(country))
    for nationality in _values(element, "NATIONALITY"):
        code = country_code(nationality)
        draft.add("nationality" if code else "notes", code or f"Nationality: {nationality}")
    for position in _values(element, "DESIGNATION"):
        draft.add("position", position)
    for title in _values(element, "TITLE"):
        draft.add("title", title)
    gender = _text(element, "GENDER").casefold()
    draft.add("gender", gender if gender in {"male", "female"} else None)
    for document in element.findall("INDIVIDUAL_DOCUMENT"):
        _document(document, draft)


def _document(document: etree._Element, draft: Draft) -> None:
    number = _text(document, "NUMBER")
    kind = _text(document, "TYPE_OF_DOCUMENT2") or _text(document, "TYPE_OF_DOCUMENT")
    passport = "pas" in kind.casefold() and any(w in kind.casefold() for w in ("passport", "passeport", "pasaporte"))
    draft.add("passportNumber" if passport else "idNumber", number)
    tags = ("ISSUING_COUNTRY", "COUNTRY_OF_ISSUE", "CITY_OF_ISSUE", "DATE_OF_ISSUE", "NOTE")
    detail = ", ".join(v for tag in tags if (v := _text(document, tag)))
    if detail or (kind and not number):
        draft.add("notes", ": ".join(v for v in (f"{kind} {number}".strip(), detail) if v))


def _addresses(element: etree._Element, kind: str, draft: Draft) -> None:
    for address in element.findall(f"{kind}_ADDRESS"):
        parts = [v for tag in _ADDRESS_PARTS if (v := _text(address, tag))]
        country = _text(address, "COUNTRY")
        draft.add("country", country_code(country))
        if len(parts) > bool(country):
            draft.add("address", ", ".join(parts))
        elif country and country_code(country) is None:
            draft.add("address", country)
        draft.add("notes", _text(address, "NOTE"))
