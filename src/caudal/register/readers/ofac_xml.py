"""OFAC's legacy XML: SDN.XML and CONSOLIDATED.XML (schema sdnList), streamed.

Weak aliases are marked (`category`); dates of birth, places, nationalities and numbered documents have elements of
their own; the file says when it was published and how many entries it holds. It gives no day of listing.
Ids, names and programmes are those that the CSV files of the same list give.
Layout: https://ofac.treasury.gov/sdn-list/sdn-list-data-formats-data-schemas
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from caudal.errors import InputError
from caudal.register.dates import iso_part
from caudal.register.entry import Designation, Draft, Entity, Link
from caudal.register.naming import script_of
from caudal.register.readers.ofac_entry import (
    SCHEMA,
    SIGNS,
    OfacList,
    address,
    alias_kind,
    captioned,
    place_line,
    started,
    vessel,
    which_list,
)
from caudal.register.readers.ofac_remarks import read_labelled, read_remarks
from caudal.register.readers.xml import Element, Space, elements, local, row_of, whole
from caudal.register.rejects import Rejects
from caudal.register.sources import ListVersion, ReadList, dated_version

ROOT = "sdnList"
_NAMESPACE = re.compile(r"(?:https?://tempuri\.org/sdnList\.xsd|https?://\S+/exports/XML)?$")
"""Namespaces the schema has had; another one is another schema."""
_PUBLISHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})$", re.ASCII)


def read_ofac_xml(path: Path, published: date | None = None) -> ReadList:
    """Read SDN.XML or CONSOLIDATED.XML.

    Raises:
        InputError: the file is missing, no well-formed XML, of another schema, or gives no usable entry.
    """
    reader = _Reader(path, published)
    return reader.read()


class _Reader:
    def __init__(self, path: Path, published: date | None) -> None:
        self.path, self.file, self.published = path, str(path), published
        self.rejects = Rejects()
        self.entities: list[Entity] = []
        self.links: list[Link] = []
        self.seen: dict[str, int | None] = {}
        self.count: str | None = None
        self.given: date | None = None

    def read(self) -> ReadList:
        elements_ = elements(self.path, ROOT, ("publshInformation", "sdnEntry"))
        root = next(elements_)
        self.space = Space(root.nsmap.get(root.prefix))
        if not _NAMESPACE.match(self.space.namespace):
            raise InputError(f"its schema {self.space.namespace} is not known", file=self.file)
        self.listing = which_list(self.path)
        self._entries(elements_)
        if not self.entities:
            raise InputError("it holds no usable entry of an OFAC list", file=self.file)
        total = len(self.seen) + self._unnumbered
        if self.count is not None and self.count != str(total):
            reason = f"the file says that it holds {self.count} entries; it holds {total}"
            self.rejects.add(self.file, None, "Record_Count", reason, {"Record_Count": self.count})
        version = ListVersion(self.listing.dataset, self.words, self.day, self.file, len(self.entities))
        return ReadList(version, self.entities, self.rejects, self.links)

    def _entries(self, found: Iterator[Element]) -> None:
        self._unnumbered = 0
        self._version()
        for element in found:
            if local(element) == "publshInformation":
                self._publication(element)
                continue
            entity = self._entity(element)
            if entity is not None:
                self.entities.append(entity)

    def _version(self) -> None:
        self.day, self.words = dated_version(self.path, self.published or self.given)
        self.source = f"{self.listing.title}, {self.path.name}, version {self.words}"

    def _publication(self, element: Element) -> None:
        self.count = self.space.text(element, "Record_Count") or None
        text = self.space.text(element, "Publish_Date")
        found = _PUBLISHED.match(text)
        try:
            self.given = date(int(found[3]), int(found[1]), int(found[2])) if found else None
        except ValueError:
            self.given = None
        if self.given is None:
            self.rejects.add(self.file, row_of(element), "Publish_Date", f"{text!r} is no date", whole(element))
        self._version()

    def _entity(self, element: Element) -> Entity | None:
        space, row = self.space, row_of(element)
        uid = space.text(element, "uid")
        name = _name(space, element)
        kind = space.text(element, "sdnType").casefold()
        fault: tuple[str, str] | None = None
        if not (uid.isascii() and uid.isdigit()):
            self._unnumbered += 1
            fault = "uid", "the entry has no number"
        elif uid in self.seen:
            self._unnumbered += 1
            fault = "uid", f"the number {uid} is taken by the entry in row {self.seen[uid]}"
        elif not SIGNS.search(name):
            fault = "lastName", f"entry {uid} has no name"
        elif kind not in SCHEMA:
            fault = "sdnType", f"entry {uid}: the type {kind!r} is not known"
        if fault is None or fault[0] != "uid":
            self.seen[uid] = row
        if fault is not None:
            self.rejects.add(self.file, row, fault[0], fault[1], whole(element))
            return None

        def complain(field: str, reason: str, text: str) -> None:
            self.rejects.add(self.file, row, field, f"entry {uid}: {text!r}: {reason}", {"uid": uid, "name": name})

        programmes = list(dict.fromkeys(space.texts(element, "programList/program")))
        draft = started(uid, name, kind, programmes)
        self._aliases(element, draft, complain)
        caption, natural = captioned(draft, name, space.text(element, "title"))
        self._vessel(element, draft)
        for place in space.all(element, "addressList/address"):
            lines = [space.text(place, f"address{n}") for n in (1, 2, 3)]
            city = place_line(*(space.text(place, tag) for tag in ("city", "stateOrProvince", "postalCode")))
            address(draft, [*lines, city], space.text(place, "country"))
        self._person(element, draft, complain)
        self._documents(element, draft, complain)
        remarks = space.text(element, "remarks")
        if remarks:
            read_remarks(_without_brackets(remarks), draft, self.links, complain)
        for programme in programmes:
            draft.add("program", programme)
        return draft.finish(caption, self._designations(programmes), self.listing.dataset, self.day, extra=natural)

    def _designations(self, programmes: list[str]) -> list[Designation]:
        listing: OfacList = self.listing
        return [Designation(p, p, source=self.source, source_url=listing.source_url) for p in programmes]

    def _aliases(self, element: Element, draft: Draft, complain: Callable[[str, str, str], None]) -> None:
        for aka in self.space.all(element, "akaList/aka"):
            text, kind = _name(self.space, aka), self.space.text(aka, "type")
            found = alias_kind(kind, weak=self.space.text(aka, "category").casefold() == "weak")
            if not SIGNS.search(text):
                complain("akaList", "the alias has no name", text)
            elif found is None:
                complain("akaList", f"the type {kind!r} is not known; taken as a.k.a.", text)
            if SIGNS.search(text):
                draft.name(text, found or "alias", script_of(text))

    def _vessel(self, element: Element, draft: Draft) -> None:
        tags = ("callSign", "vesselType", "tonnage", "grossRegisteredTonnage", "vesselFlag", "vesselOwner")
        vessel(draft, *(self.space.text(element, f"vesselInfo/{tag}") for tag in tags))

    def _person(self, element: Element, draft: Draft, complain: Callable[[str, str, str], None]) -> None:
        for label, path in (
            ("DOB", "dateOfBirthList/dateOfBirthItem/dateOfBirth"),
            ("POB", "placeOfBirthList/placeOfBirthItem/placeOfBirth"),
            ("nationality", "nationalityList/nationality/country"),
            ("citizen", "citizenshipList/citizenship/country"),
        ):
            for text in self.space.texts(element, path):
                read_labelled(label, text, draft, self.links, complain)

    def _documents(self, element: Element, draft: Draft, complain: Callable[[str, str, str], None]) -> None:
        for document in self.space.all(element, "idList/id"):
            kind, number, country, issued, expires = (
                self.space.text(document, tag)
                for tag in ("idType", "idNumber", "idCountry", "issueDate", "expirationDate")
            )
            for field, text in (("issueDate", issued), ("expirationDate", expires)):
                if text and iso_part(text) is None:
                    complain(field, f"it is no date; kept in the notes of {kind} {number}", text)
            days = [f"{word} {text}" for word, text in (("issued", issued), ("expires", expires)) if text]
            read_labelled(kind, number, draft, self.links, complain, country=country, days=" ".join(days))


def _name(space: Space, element: Element) -> str:
    """`LAST, First` as the CSV files write it, or the one name there is."""
    return ", ".join(p for p in (space.text(element, "lastName"), space.text(element, "firstName")) if p)


_BRACKETED = re.compile(r"\((Linked To: [^()]*(?:\([^()]*\)[^()]*)*)\)")


def _without_brackets(remarks: str) -> str:
    """Remarks with `(Linked To: X)(Linked To: Y)` as parts of their own, as the CSV files have them."""
    return _BRACKETED.sub(lambda found: f"; {found[1]};", remarks)
