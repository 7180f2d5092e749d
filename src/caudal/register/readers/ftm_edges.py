"""What FollowTheMoney says between entities: sanctions, stakes, ties, addresses and documents."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any, NamedTuple

from caudal.register import law
from caudal.register.countries import is_country_code
from caudal.register.dates import iso_part, whole_day
from caudal.register.entry import Designation, Draft, Link
from caudal.register.readers.json_lines import word
from caudal.register.readers.properties import put
from caudal.register.readers.shares import day_after, fault_of, first_day, share_text
from caudal.register.rejects import Rejects
from caudal.tables import WHOLE

STAKES = {
    "Ownership": ("owner", "asset", "owns"),
    "Control": ("controller", "controlled", "controls"),
    "Directorship": ("director", "organization", "acts for"),
    "Representation": ("agent", "client", "acts for"),
}
"""Schema to its two ends and the kind of stake."""
_TIES = {
    "Associate": ("person", "associate"),
    "Membership": ("member", "organization"),
    "Employment": ("employee", "employer"),
    "UnknownLink": ("subject", "object"),
}
"""Schema to its two ends; a tie is a link between them, no stake."""
_HELD = {
    "Address": "",
    "Identification": "holder",
    "Passport": "holder",
    "CryptoWallet": "holder",
    "Family": "person",
}
EDGES = frozenset({"Sanction", *STAKES, *_TIES, *_HELD})
"""The schemata read here."""
_TAG = re.compile(r"[\[(]([A-Z][A-Z0-9-]{1,40})[\])]")
_SAME_AUTHORITY = {"US-FTO219": "FTO"}
"""OpenSanctions' key of a programme to the authority it is, where the names differ."""


@dataclass
class Resolved:
    """What the edges gave: designations by entity id, stakes (rows of OWNERSHIP), links."""

    designations: dict[str, list[Designation]] = field(default_factory=lambda: defaultdict(list))
    stakes: list[dict[str, Any]] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)


class _Edge(NamedTuple):
    record: dict[str, Any]
    row: int

    def texts(self, prop: str) -> list[str]:
        values = self.record["properties"].get(prop)
        values = values if isinstance(values, list) else [values]
        return list(dict.fromkeys(v for value in values if (v := word(value))))

    def text(self, prop: str) -> str:
        return next(iter(self.texts(prop)), "")


class Edges:
    """Collects edges while a file is read, and joins them to the entities when it is read."""

    def __init__(self, file: str, prefix: str, rejects: Rejects) -> None:
        self._file = file
        self._prefix = prefix
        self._rejects = rejects
        self._edges: dict[str, _Edge] = {}
        self._homes: list[tuple[str, str]] = []

    def add(self, record: dict[str, Any], row: int) -> None:
        """Keep one edge; an edge nested under both its ends comes twice and counts once."""
        self._edges[record["id"]] = _Edge(record, row)

    def live(self, entity_id: str, address_id: str) -> None:
        """Remember that an entity has the address of that id."""
        self._homes.append((entity_id, address_id))

    def resolve(self, drafts: dict[str, Draft], source: str) -> Resolved:
        """All edges joined to their entities; those that lead nowhere are kept aside."""
        found = Resolved()
        addresses = self._addresses()
        for entity_id, address_id in self._homes:
            full, country = addresses.get(address_id, ("", None))
            drafts[entity_id].add("address", full)
            drafts[entity_id].add("country", country)
        for edge in self._edges.values():
            schema = edge.record["schema"]
            if schema == "Sanction":
                self._sanction(edge, drafts, source, found)
            elif schema in STAKES:
                self._stake(edge, source, found)
            elif schema in _TIES:
                self._tie(edge, drafts, found)
            elif schema != "Address":
                self._held(edge, drafts)
        return found

    def _reject(self, edge: _Edge, where: str, reason: str) -> None:
        self._rejects.add(self._file, edge.row, where, reason, edge.record)

    def _sanction(self, edge: _Edge, drafts: dict[str, Draft], source: str, found: Resolved) -> None:
        holders = [h for uid in edge.texts("entity") if (h := f"{self._prefix}{uid}") in drafts]
        if not holders:
            self._reject(edge, "entity", "the sanction leads to no entity of this file")
            return
        for name in ("startDate", "listingDate", "endDate"):
            text = edge.text(name)
            if text and iso_part(text[:10]) is None:
                self._reject(edge, name, f"{text!r}: it is no date; the day stays unknown")
        for designation in designations_of(edge.record, source):
            for holder in holders:
                drafts[holder].add("program", designation.programme)
                if designation not in found.designations[holder]:
                    found.designations[holder].append(designation)

    def _stake(self, edge: _Edge, source: str, found: Resolved) -> None:
        first, second, _ = STAKES[edge.record["schema"]]
        owners, assets = edge.texts(first), edge.texts(second)
        if not owners or not assets:
            self._reject(edge, second if owners else first, "the tie does not say between whom it is")
            return
        text = edge.text("percentage")
        if text and share_text(text) is None:
            self._reject(edge, "percentage", f"{text!r}: it is no share; any share is taken as possible")
        for stake in stakes_of(edge.record, source, self._prefix):
            fault = fault_of(stake)
            if fault:
                self._reject(edge, *fault)
            else:
                found.stakes.append(stake)

    def _tie(self, edge: _Edge, drafts: dict[str, Draft], found: Resolved) -> None:
        first, second = _TIES[edge.record["schema"]]
        role = edge.text("role") or edge.text("relationship") or edge.record["schema"]
        tied = False
        for one in edge.texts(first):
            for other in edge.texts(second):
                ids = f"{self._prefix}{one}", f"{self._prefix}{other}"
                if ids[0] in drafts and ids[1] in drafts and ids[0] != ids[1]:
                    mutual = edge.record["schema"] in {"Associate", "UnknownLink"}
                    found.links.append(Link(*ids, f"{role} ({edge.record['id']})", mutual=mutual))
                    tied = True
        if not tied:
            self._reject(edge, first, "the tie does not lead between two entities of this file")

    def _held(self, edge: _Edge, drafts: dict[str, Draft]) -> None:
        """What belongs to one entity: a document, a wallet, a relative's name."""
        schema = edge.record["schema"]
        holders = [d for uid in edge.texts(_HELD[schema]) if (d := drafts.get(f"{self._prefix}{uid}"))]
        if not holders:
            self._reject(edge, _HELD[schema], "it leads to no entity of this file")
        for draft in holders:
            if schema == "Family":
                self._relative(edge, draft, drafts)
            elif schema == "CryptoWallet":
                draft.add("notes", f"Wallet {edge.text('publicKey')} {edge.text('currency')}".strip())
            else:
                for number in edge.texts("number") + edge.texts("passportNumber"):
                    put(draft, "passportNumber" if schema == "Passport" else "idNumber", number)

    def _relative(self, edge: _Edge, draft: Draft, drafts: dict[str, Draft]) -> None:
        for uid in edge.texts("relative"):
            other = drafts.get(f"{self._prefix}{uid}")
            name = next(iter(other.names.values())).name if other else uid
            draft.add("notes", f"Relative: {name} ({edge.text('relationship') or 'relation not stated'})")

    def _addresses(self) -> dict[str, tuple[str, str | None]]:
        """Address entities by id: the address as written, and its country's code."""
        found = {}
        for edge in self._edges.values():
            if edge.record["schema"] == "Address":
                parts = [edge.text(p) for p in ("street", "city", "postalCode", "region", "country")]
                country = edge.text("country").casefold()
                full = edge.text("full") or ", ".join(p for p in parts if p)
                found[edge.record["id"]] = (full, country if is_country_code(country) else None)
        return found


def designations_of(record: dict[str, Any], source: str) -> list[Designation]:
    """What a `Sanction` says, one designation for each of its programmes; a day that is no date stays unknown.

    Args:
        record: the sanction, with `properties`.
        source: where it was read.
    """
    edge = _Edge(record, 0)
    low, high = _bounds(edge.text("startDate"))
    effective = low if low == high else None
    if effective is None and high is None:
        # A statement was first seen on that day: the listing began on it or before.
        high = whole_day(word(record.get("first_seen")))
    words = "; ".join(v for v in (edge.text("authority"), source) if v)
    note = "; ".join(v for p in ("status", "duration", "provisions", "reason") if (v := edge.text(p)))
    programmes = edge.texts("program") or edge.texts("programId") or edge.texts("authority") or ["unknown"]
    ids = edge.texts("programId")
    return [
        Designation(
            _authority(programme, ids[at] if len(ids) == len(programmes) else ""),
            programme,
            announced=first_day(edge.text("listingDate")),
            effective=effective,
            ended=day_after(edge.text("endDate")),
            source=words,
            source_url=edge.text("sourceUrl") or None,
            not_before=low if effective is None else None,
            not_after=high if effective is None else None,
            note=note or None,
        )
        for at, programme in enumerate(programmes)
    ]


def stakes_of(record: dict[str, Any], source: str, prefix: str = "") -> list[dict[str, Any]]:
    """What an entity of one of `STAKES` says, as rows of OWNERSHIP, unchecked; a share that is none may be any.

    Args:
        record: the entity, with `properties`.
        source: where it was read.
        prefix: put before the ids of both ends.
    """
    edge = _Edge(record, 0)
    first, second, kind = STAKES[record["schema"]]
    text = edge.text("percentage")
    low, high = (share_text(text) if text else None) or ((0, WHOLE) if kind == "owns" else (0, 0))
    said = ", ".join(v for p in ("role", "ownershipType", "status") if (v := edge.text(p)))
    return [
        {
            "owner_id": f"{prefix}{owner}",
            "asset_id": f"{prefix}{asset}",
            "share_min": low,
            "share_max": high,
            "kind": kind,
            "from": first_day(edge.text("startDate")),
            "until": day_after(edge.text("endDate")),
            "source": f"{source}: {record['id']}{f' ({said})' if said else ''}",
        }
        for owner in edge.texts(first)
        for asset in edge.texts(second)
    ]


def _bounds(text: str) -> tuple[date | None, date | None]:
    """First and last day that a whole or partial date leaves open."""
    iso = iso_part(text[:10]) if text else None
    if iso is None:
        return None, None
    if len(iso) == 10:
        return date.fromisoformat(iso), date.fromisoformat(iso)
    after = day_after(iso)
    return date(int(iso[:4]), int(iso[5:7] or 1), 1), after - timedelta(days=1) if after else None


@cache
def _known() -> frozenset[str]:
    return frozenset({*law.authorities(), *law.programmes()})


def _authority(programme: str, key: str) -> str:
    """The authority's id: the programme itself or the tag it carries where known here, else the source's own key."""
    known = _known()
    tagged = _TAG.search(programme)
    for candidate in (programme, tagged[1] if tagged else "", _SAME_AUTHORITY.get(key, ""), key):
        if candidate and candidate in known:
            return candidate
    return key or programme
