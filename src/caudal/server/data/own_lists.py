"""Caudal's own lists as datasets: listed entities, and what the lists say between them as entities of their own.

A designation becomes a `Sanction`; a stake an `Ownership`, `Control` or `Representation`; a tie to a group an
`UnknownLink`; a wallet address that stands in an entry a `CryptoWallet` with the entry as `holder`. Whoever has a
designation that is not known to have ended bears the topic `sanction`, and so do their wallets.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from caudal.register import Designation, Register, law
from caudal.register import Entity as Entry
from caudal.screening.identifiers import plain, wallets
from caudal.screening.subjects import listed_ids
from caudal.server.data.catalogue import Dataset
from caudal.server.data.model import props_of
from caudal.server.data.store import Entity
from caudal.storage import file_hash
from caudal.tables import WHOLE

_TITLES = {
    "us_ofac_sdn": "US OFAC Specially Designated Nationals",
    "un_sc": "UN Security Council Consolidated List",
    "eu_journal_sanctions": "EU sanctions regulations (annexes)",
    "caudal_groups": "Caudal's register of designated groups",
}
_SEEN = ("first_seen", "last_seen")
_STAKES = {
    "owns": ("Ownership", "owner", "asset"),
    "controls": ("Control", "controller", "controlled"),
    "acts for": ("Representation", "agent", "client"),
}


@dataclass(frozen=True)
class OwnLists:
    """Lists as they were read.

    Attributes:
        register: as loaded. datasets: one per list. tables: the register's.
    """

    register: Register
    datasets: list[Dataset]
    tables: dict[str, Any]

    @classmethod
    def read(cls, paths: Iterable[Path]) -> OwnLists:
        """Read list files and folders, or a store of lists.

        Raises:
            InputError: see `Register.load`.
        """
        register = Register.load(list(paths))
        entries: dict[str, int] = defaultdict(int)
        for entry in register:
            entries[entry.dataset] += 1
        versions: dict[str, tuple[date, str]] = {}
        for one in register.versions:
            versions[one.dataset] = max(versions.get(one.dataset, (date.min, "")), (one.published, one.version))
        datasets = [
            Dataset(
                dataset_name(dataset),
                _TITLES.get(dataset, dataset),
                version=version_text(*versions[dataset]) if dataset in versions else "built-in",
                more={"entity_count": count, "list_version": versions.get(dataset, (None, "built-in"))[1]},
            )
            for dataset, count in entries.items()
        ]
        return cls(register, datasets, register.tables())

    def names(self) -> dict[str, list[tuple[str, str]]]:
        """Entity id to names with their kinds."""
        found: dict[str, list[tuple[str, str]]] = {}
        for entry in self.register:
            found[entry.id] = [(name.name, name.kind) for name in entry.names] or [(entry.caption, "primary")]
        return found

    def entries(self, today: date) -> Iterator[tuple[Entity, bool]]:
        """Every entity to keep, with whether it is compared with queries."""
        listed = listed_ids(self.tables)
        for entry in self.register:
            standing = [d for d in entry.designations if not d.off(today)]
            yield _entity(entry, bool(standing)), listed is None or entry.id in listed
            for at, designation in enumerate(entry.designations):
                yield _sanction(entry, designation, at, ended=designation not in standing), False
            for address, currency in wallets(entry.properties.get("notes", ())):
                yield _wallet(entry, address, currency, bool(standing)), False
        lists = {entry.id: entry.dataset for entry in self.register}
        for row in self.tables["ownership"].to_pylist():
            dataset = lists.get(row["owner_id"]) or lists.get(row["asset_id"])
            if dataset is not None:
                yield _stake(row, dataset), False
        for row in self.tables["memberships"].to_pylist():
            group = f"caudal-{row['group_id']}"
            group = group if group in lists else row["group_id"]
            if group in lists and group != row["entity_id"]:
                yield _tie(row, group, lists[row["entity_id"]]), False


def key(paths: Iterable[Path]) -> str:
    """A fingerprint of list files and folders: their names and bytes."""
    digest = hashlib.blake2b(digest_size=16)
    for path in paths:
        digest.update(f"{path.name}\0{file_hash(path) if path.exists() else ''}\n".encode())
    return digest.hexdigest()


def dataset_name(dataset: str) -> str:
    """A list's name as it stands in addresses."""
    return re.sub(r"[^a-z0-9]+", "_", dataset.casefold()).strip("_") or "list"


def version_text(published: date, version: str) -> str:
    """The day of a list's version, ordered as text; with a fingerprint of what the list itself calls it."""
    return f"{published:%Y%m%d}-{hashlib.blake2b(version.encode(), digest_size=2).hexdigest()}"


def _known(schema: str, properties: dict[str, list[str]]) -> dict[str, list[str]]:
    known = props_of(schema)
    return {name: values for name, values in properties.items() if name in known and values}


def _entity(entry: Entry, designated: bool) -> Entity:
    properties = dict(entry.properties)
    topics = [*properties.get("topics", ()), *(["sanction"] if designated else ())]
    if topics:
        properties["topics"] = list(dict.fromkeys(topics))
    return {
        "id": entry.id,
        "caption": entry.caption,
        "schema": entry.schema,
        "properties": _known(entry.schema, properties),
        "datasets": [dataset_name(entry.dataset)],
        "referents": [],
        "target": designated,
        "first_seen": _moment(entry.first_seen),
        "last_seen": _moment(entry.last_seen),
        "last_change": None,
    }


def _moment(day: date | None) -> str | None:
    return None if day is None else f"{day.isoformat()}T00:00:00"


def _made(uid: str, schema: str, caption: str, dataset: str, properties: dict[str, list[Any]]) -> Entity:
    texts = {name: [str(v) for v in values if v not in (None, "")] for name, values in properties.items()}
    return {
        "id": uid,
        "caption": caption,
        "schema": schema,
        "properties": _known(schema, texts),
        "datasets": [dataset_name(dataset)],
        "referents": [],
        "target": False,
        "first_seen": None,
        "last_seen": None,
        "last_change": None,
    }


def _digest(*parts: Any) -> str:
    return hashlib.blake2b("\0".join(map(str, parts)).encode(), digest_size=8).hexdigest()


def _sanction(entry: Entry, d: Designation, at: int, *, ended: bool) -> Entity:
    first, last = d.began
    words = [d.note] if d.note else []
    if d.effective is None and (first or last):
        words.append(f"took effect {f'not before {first}' if first else ''}{' and ' if first and last else ''}"
                     f"{f'by {last}' if last else ''}")  # fmt: skip
    if d.ended_after:
        words.append(f"still named on {d.ended_after}")
    title = _authority(d.authority)
    return _made(
        f"{entry.id}-{_digest(d.authority, d.programme, d.source, at)}",
        "Sanction",
        title,
        entry.dataset,
        {
            "entity": [entry.id],
            "authority": [title],
            "program": [d.programme],
            "programId": [d.authority],
            "listingDate": [d.announced],
            "date": [d.signed],
            "startDate": [d.effective],
            "endDate": [d.ended],
            "status": ["ended" if ended else None],
            "summary": ["; ".join(words) or None],
            "description": [d.source or None],
            "sourceUrl": [d.source_url],
        },
    )


def _wallet(entry: Entry, address: str, currency: str, designated: bool) -> Entity:
    """One address is one entity, however many hold it."""
    wallet = _made(
        f"wallet-{_digest(plain(address))}",
        "CryptoWallet",
        address,
        entry.dataset,
        {
            "publicKey": [address],
            "currency": [currency],
            "holder": [entry.id],
            "topics": ["sanction" if designated else None],
        },
    )
    return {**wallet, "target": designated, **{seen: _moment(getattr(entry, seen)) for seen in _SEEN}}


def _authority(authority: str) -> str:
    return law.authority(authority).name if law.answers(authority) else authority


def _stake(row: dict[str, Any], dataset: str) -> Entity:
    schema, owner, asset = _STAKES[row["kind"]]
    low, high = row["share_min"], row["share_max"]
    shares = f"{_percent(low)}" if low == high else f"{_percent(low)} to {_percent(high)}"
    known = schema == "Ownership" and (low, high) != (0, WHOLE)
    uid = f"stake-{_digest(*row.values())}"
    return _made(
        uid,
        schema,
        schema,
        dataset,
        {
            owner: [row["owner_id"]],
            asset: [row["asset_id"]],
            "percentage": [shares if known else None],
            "startDate": [row["from"]],
            "endDate": [row["until"]],
            "description": [row["source"]],
        },
    )


def _percent(share: int) -> str:
    return f"{share * 100 / WHOLE:g}"


def _tie(row: dict[str, Any], group: str, dataset: str) -> Entity:
    role = "is the group, under another listing" if row["kind"] == "same" else "tied to the group by a list"
    return _made(
        f"tie-{_digest(group, row['entity_id'])}",
        "UnknownLink",
        role,
        dataset,
        {"subject": [row["entity_id"]], "object": [group], "role": [role], "description": [row["source"]]},
    )
