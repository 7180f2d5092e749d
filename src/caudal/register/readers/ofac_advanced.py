"""OFAC's advanced XML: SDN_ADVANCED.XML and CONS_ADVANCED.XML (the sanctions model of the United Nations), streamed.

Beyond the other formats it gives names in parts and in their own script, the day an entry was listed and on what legal
basis, and the relations between entries. Its parties refer to places, documents and entries that stand elsewhere in the
file, so a short record of each is held until the file is read; the XML itself is dropped element by element.

Ids, primary names, aliases and programmes are those of the CSV files of the same list. An entry's day of listing is the
day its programme took effect only where it has one programme and one day; else it is the day before which none did.
Layout: https://ofac.treasury.gov/sdn-list-data-formats-data-schemas/frequently-asked-questions-on-advanced-sanctions-list-standard
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from caudal.errors import InputError
from caudal.register.countries import country_code
from caudal.register.dates import iso_part, whole_day
from caudal.register.entry import Draft, Entity, Link
from caudal.register.readers.ofac_entry import (
    CONSOLIDATED,
    SCHEMA,
    SDN,
    address,
    captioned,
    started,
    vessel,
    which_list,
)
from caudal.register.readers.ofac_listing import DATED_FEATURES, Listing, designations, read_listing
from caudal.register.readers.ofac_names import Names, read_names
from caudal.register.readers.ofac_references import (
    Document,
    Place,
    References,
    date_span,
    period_words,
)
from caudal.register.readers.ofac_relations import TYPES, Relation, link, said, stake, table
from caudal.register.readers.ofac_remarks import Complain, read_labelled
from caudal.register.readers.xml import Element, Space, elements, local, row_of, tidy, whole
from caudal.register.rejects import Rejects
from caudal.register.sources import ListVersion, ReadList, dated_version

ROOT = "Sanctions"
_NAMESPACE = re.compile(r"(?:https?://(?:www\.)?un\.org/sanctions/1\.0|https?://\S+/exports/ADVANCED_XML)?$")
"""Namespaces the schema has had; another one is another schema."""
_PARTS = (
    *("DateOfIssue", "ReferenceValueSets", "Location", "IDRegDocument", "DistinctParty"),
    *("ProfileRelationship", "SanctionsEntry"),
)
_PLAIN = {
    "birthdate": "DOB",
    "place of birth": "POB",
    "nationality country": "nationality",
    "nationality": "nationality",
    "citizenship country": "citizen",
    "citizenship": "citizen",
}
"""Features that the other formats call otherwise."""
_VESSEL = ("vessel call sign", "vessel type", "vessel tonnage", "vessel gross registered tonnage", "vessel flag",
           "vessel owner")  # fmt: skip


@dataclass(slots=True)
class _Party:
    """A party as read, before places, documents and entries are joined to it."""

    names: Names
    kind: str
    identities: list[str]
    notes: list[str]
    features: list[tuple[str, str, str | None]] = field(default_factory=list)
    """Label, words, id of a location."""
    faults: list[tuple[str, str, str]] = field(default_factory=list)
    row: int | None = None


def read_ofac_advanced(path: Path, published: date | None = None) -> ReadList:
    """Read SDN_ADVANCED.XML or CONS_ADVANCED.XML.

    Raises:
        InputError: the file is missing, no well-formed XML, of another schema, or gives no usable entry.
    """
    return _Reader(path, published).read()


class _Reader:
    def __init__(self, path: Path, published: date | None) -> None:
        self.path, self.file, self.published = path, str(path), published
        self.rejects = Rejects()
        self.references = References()
        self.places: dict[str, Place] = {}
        self.documents: dict[str, list[Document]] = {}
        self.parties: dict[str, _Party] = {}
        self.listings: dict[str, list[Listing]] = {}
        self.relations: list[Relation] = []
        self.links: list[Link] = []
        self.issued: date | None = None

    def read(self) -> ReadList:
        found = elements(self.path, ROOT, _PARTS)
        root = next(found)
        self.space = Space(root.nsmap.get(root.prefix))
        if not _NAMESPACE.match(self.space.namespace):
            raise InputError(f"its schema {self.space.namespace} is not known", file=self.file)
        take = {
            "DateOfIssue": self._issue,
            "ReferenceValueSets": self.references.read,
            "Location": self._location,
            "IDRegDocument": self._document,
            "DistinctParty": self._party,
            "ProfileRelationship": self._relation,
            "SanctionsEntry": self._entry,
        }
        for element in found:
            take[local(element)](element)
        day, words = dated_version(self.path, self.published or self.issued)
        self.day = day
        lists = {one.list_name.casefold() for held in self.listings.values() for one in held if one.list_name}
        self.listing = which_list(self.path) if not lists else SDN if "sdn list" in lists else CONSOLIDATED
        self.source = f"{self.listing.title}, {self.path.name}, version {words}"
        entities = self._finish()
        if not entities:
            raise InputError("it holds no usable entry of an OFAC list", file=self.file)
        version = ListVersion(self.listing.dataset, words, day, self.file, len(entities))
        stakes = table(self._related({e.id: e for e in entities}))
        return ReadList(version, entities, self.rejects, self.links, ownership=stakes)

    def _reject(self, element: Element, field: str, reason: str) -> None:
        self.rejects.add(self.file, row_of(element), field, reason, whole(element))

    def _issue(self, element: Element) -> None:
        span = date_span(element, self.space)
        if span is None or span.low != span.high:
            self._reject(element, "DateOfIssue", "it is no date; the version takes the file's modification day")
        else:
            self.issued = span.low

    def _location(self, element: Element) -> None:
        number = element.get("ID")
        if number:
            self.places[number] = self.references.place(element, self.space)

    def _document(self, element: Element) -> None:
        document = self.references.document(element, self.space)
        if document.kind and document.number and element.get("IdentityID"):
            self.documents.setdefault(element.get("IdentityID", ""), []).append(document)
        elif document.kind or document.number or not element.get("IdentityID"):
            what = "number" if not document.number else "known kind" if not document.kind else "identity"
            self._reject(element, "IDRegDocument", f"document {element.get('ID')} has no {what}")

    def _party(self, element: Element) -> None:
        space = self.space
        profile = element.find(space("Profile"))
        uid = "" if profile is None else profile.get("ID", "")
        uid = uid or element.get("FixedRef", "")
        if profile is None or not (uid.isascii() and uid.isdigit()):
            return self._reject(element, "FixedRef", "the party has no number")
        if uid in self.parties:
            taken = f"the number {uid} is taken by the party in row {self.parties[uid].row}"
            return self._reject(element, "FixedRef", taken)
        names = read_names(profile, self.references, space)
        if not names.primary:
            return self._reject(element, "Alias", f"entry {uid} has no name")
        kind = self.references.party_type(profile.get("PartySubTypeID")).casefold()
        if not kind or kind not in SCHEMA:
            return self._reject(element, "PartySubTypeID", f"entry {uid}: the type {kind or 'it gives'} is not known")
        identities = [i.get("ID", "") for i in space.all(profile, "Identity")]
        party = _Party(names, kind, identities, space.texts(element, "Comment"), row=row_of(element))
        for feature in (*space.all(profile, "Feature"), *space.all(element, "Feature")):
            self._feature(feature, party)
        self.parties[uid] = party
        return None

    def _feature(self, feature: Element, party: _Party) -> None:
        space = self.space
        label = self.references("FeatureType", feature.get("FeatureTypeID"))
        if not label:
            number = feature.get("FeatureTypeID")
            party.faults.append(("FeatureTypeID", "no such reference value; the feature is not used", number or ""))
            return
        for version in space.all(feature, "FeatureVersion"):
            party.notes += [f"{label}: {comment}" for comment in space.texts(version, "Comment")]
            words: list[str] = []
            for detail in space.all(version, "VersionDetail"):
                text = tidy(detail.text) or self.references("DetailReference", detail.get("DetailReferenceID"))
                words += [text] if text else []
            for period in space.all(version, "DatePeriod"):
                dated = period_words(period, space)
                words += [dated] if dated else []
                if dated is None and len(period):
                    digits = tidy(" ".join(map(str, period.itertext())))
                    party.faults.append((label, "it is no date; not used", digits))
            places = [v.get("LocationID") for v in space.all(version, "VersionLocation")]
            for place in places or [None]:
                if words or place:
                    party.features.append((label, ", ".join(words), place))

    def _relation(self, element: Element) -> None:
        space = self.space
        kind = element.get("RelationTypeID", "")
        period = element.find(space("DatePeriod"))
        relation = Relation(
            kind,
            self.references("RelationType", kind),
            element.get("From-ProfileID", ""),
            element.get("To-ProfileID", ""),
            element.get("Former", "").casefold() == "true",
            self._edge(period, "Start/From"),
            self._edge(period, "End/To"),
            space.text(element, "Comment"),
            row_of(element),
        )
        if kind not in TYPES:
            words = f"the relation type {kind} ({relation.words or 'without a name'}) is not known"
            self._reject(element, "RelationTypeID", f"{words}; taken as a tie only")
        self.relations.append(relation)

    def _edge(self, period: Element | None, path: str) -> date | None:
        """The whole day at one edge of a period, where there is one."""
        span = None if period is None else date_span(period.find(self.space(path)), self.space)
        return span.low if span is not None and span.low == span.high else None

    def _entry(self, element: Element) -> None:
        profile = element.get("ProfileID", "")
        listing, faults = read_listing(element, self.references, self.space)
        for field_, reason in faults:
            self._reject(element, field_, f"entry {profile}: {reason}")
        self.listings.setdefault(profile, []).append(listing)

    def _finish(self) -> list[Entity]:
        entities = []
        for uid in list(self.parties):
            party = self.parties.pop(uid)
            content = {"uid": uid, "name": party.names.primary}
            listings = self.listings.pop(uid, None)
            if listings is None:
                reason = f"party {uid} has no entry on the list"
                self.rejects.add(self.file, party.row, "SanctionsEntry", reason, content)
                continue

            def complain(
                field: str, reason: str, text: str, content: dict[str, str] = content, row: int | None = party.row
            ) -> None:
                reason = f"entry {content['uid']}: {text!r}: {reason}"
                self.rejects.add(self.file, row, field, reason, content)

            for fault in party.faults:
                complain(*fault)
            for word in party.names.unknown:
                complain("AliasTypeID", "the type is not known; taken as a.k.a.", word)
            entities.append(self._entity(uid, party, listings, complain))
        for profile in self.listings:
            reason = f"the entry is of profile {profile}, which is no usable party of the file"
            self.rejects.add(self.file, None, "ProfileID", reason, {"ProfileID": profile})
        for identity, documents in self.documents.items():
            for document in documents:
                reason = f"the document is of identity {identity}, which no usable party of the file has"
                self.rejects.add(self.file, None, "IdentityID", reason, document._asdict())
        return entities

    def _entity(self, uid: str, party: _Party, listings: list[Listing], complain: Complain) -> Entity:
        programmes = list(dict.fromkeys(p.tag for one in listings for p in one.programmes))
        draft = started(uid, party.names.primary, party.kind, programmes)
        caption, natural = captioned(draft, party.names.primary, "")
        party.names.add_to(draft)
        for label, words, place in party.features:
            self._apply(label, words, place, draft, complain)
        for identity in party.identities:
            for document in self.documents.pop(identity, ()):
                kind, number, country, days, more = document
                read_labelled(kind, number, draft, self.links, complain, country=country, days=days)
                draft.add("notes", f"{kind} {number}: {more}" if more else None)
        for note in party.notes:
            draft.add("notes", note)
        for programme in programmes:
            draft.add("program", programme)
        said_days: dict[str, dict[str, date]] = {}
        for label, words, _ in party.features:
            tag, what = DATED_FEATURES.get(label.casefold(), ("", ""))
            day = whole_day(iso_part(words) or "") if tag else None
            if day is not None:
                said_days.setdefault(tag, {})[what] = day
        found = designations(listings, self.source, self.listing.source_url, said_days)
        return draft.finish(caption, found, self.listing.dataset, self.day, extra=natural)

    def _apply(self, label: str, words: str, place_id: str | None, draft: Draft, complain: Complain) -> None:
        """Put one feature on the entity, as the other formats put the same fact."""
        place = self.places.get(place_id) if place_id else None
        if place_id and place is None:
            complain(label, "no such location", place_id)
        folded = label.casefold()
        if folded == "location" and place is not None:
            address(draft, list(place.lines), place.country)
            draft.add("notes", f"Location: {words}" if words else None)
            return
        text = ", ".join(t for t in (place.words if place else "", words) if t)
        if not text:
            return
        if folded == "title":
            captioned_title = "position" if draft.schema == "Person" else "notes"
            draft.add(captioned_title, text if draft.schema == "Person" else f"title: {text}")
        elif folded in _VESSEL:
            given = dict.fromkeys(_VESSEL, "") | {folded: text}
            vessel(draft, *given.values())
            if draft.schema != "Vessel" and folded != "vessel owner":
                draft.add("notes", f"{label} {text}")
        elif folded in {"registration country", "nationality of registration"}:
            code = country_code(place.country if place and place.country else text)
            prop = "jurisdiction" if draft.schema in {"Company", "Organization", "LegalEntity", "Person"} else "country"
            draft.add(prop if code else "notes", code or f"{label} {text}")
        else:
            read_labelled(_PLAIN.get(folded, label), text, draft, self.links, complain)

    def _related(self, by_id: dict[str, Entity]) -> list[dict[str, Any]]:
        rows = []
        for relation in self.relations:
            first, second = by_id.get(f"ofac-{relation.from_id}"), by_id.get(f"ofac-{relation.to_id}")
            if first is None or second is None or first is second:
                two = f"{relation.from_id} to {relation.to_id}"
                reason = f"the relation of {two} is not between two entries of the file"
                self.rejects.add(self.file, relation.row, "ProfileRelationship", reason, relation._asdict())
                continue
            notes = first.properties.setdefault("notes", [])
            words = said(relation, second)
            if words not in notes:
                notes.append(words)
            row, tie = stake(relation, first, second, self.source), link(relation, first, second)
            rows += [row] if row else []
            self.links += [tie] if tie else []
        return rows
