"""What the datasets of a snapshot say in law: designations with their days, stakes, and who is the same group.

Of Caudal's own lists it is what the register holds. Of FollowTheMoney exports it is read from their `Sanction` and
ownership entities, as the register's reader of such exports does.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.register import Answer, Designation, ListVersion, law
from caudal.register import Entity as Entry
from caudal.register.answer import Held, designated
from caudal.register.ownership import Controlled, Owned, blocked, controlled
from caudal.register.readers.ftm_edges import STAKES, designations_of, stakes_of
from caudal.register.readers.shares import fault_of
from caudal.server.data.gathering import BATCH
from caudal.server.data.store import Entity
from caudal.storage import mapped_table
from caudal.tables import DESIGNATIONS, MEMBERSHIPS, OWNERSHIP

FOLDER = "legal"
DAYS_KEPT = 8
"""Days whose ownership is kept ready."""
SPEAKING = ("Sanction", *STAKES)
"""Schemata of exports that say something in law."""
_TABLES = {"designations": DESIGNATIONS, "ownership": OWNERSHIP, "memberships": MEMBERSHIPS}
_VERSIONS = "versions.json"


class LegalWriter:
    """Gathers it while a snapshot is built."""

    def __init__(self) -> None:
        self._tables: dict[str, list[pa.Table]] = {name: [shape.empty()] for name, shape in _TABLES.items()}
        self._rows: list[dict[str, Any]] = []
        self._stakes: list[dict[str, Any]] = []
        self._days: dict[str, set[date]] = {}

    def take_register(
        self, tables: dict[str, pa.Table], versions: Iterable[ListVersion], named: Callable[[str], str]
    ) -> None:
        """Take what a register holds; `named` gives the dataset's name on the server."""
        for name, parts in self._tables.items():
            parts.append(tables[name])
        for version in versions:
            self._days.setdefault(named(version.dataset), set()).add(version.published)

    def take_export(self, entity: Entity) -> None:
        """Take an entity of an export; one that says nothing in law is passed over. Impossible shares are left out."""
        source = ", ".join(entity["datasets"])
        if entity["schema"] == "Sanction":
            for holder in entity["properties"].get("entity", ()):
                self._rows += [{"entity_id": holder, **asdict(d)} for d in designations_of(entity, source)]
        elif entity["schema"] in STAKES:
            self._stakes += [stake for stake in stakes_of(entity, source) if not fault_of(stake)]
        if len(self._rows) + len(self._stakes) >= BATCH:
            self._pack()

    def _pack(self) -> None:
        if self._rows:
            self._tables["designations"].append(DESIGNATIONS.build(self._rows))
        if self._stakes:
            self._tables["ownership"].append(OWNERSHIP.build(self._stakes))
        self._rows, self._stakes = [], []

    def save(self, folder: Path) -> None:
        """Write it into a new folder."""
        folder.mkdir()
        self._pack()
        for name, parts in self._tables.items():
            table = pa.concat_tables(parts).combine_chunks()
            with pa.OSFile(str(folder / f"{name}.arrow"), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
                writer.write_table(table)
        days = {name: sorted(day.isoformat() for day in found) for name, found in sorted(self._days.items())}
        (folder / _VERSIONS).write_text(json.dumps(days), encoding="utf-8")


class Legal:
    """The same of an open snapshot, mapped into memory. Safe to use from several threads.

    Args:
        folder: where `LegalWriter.save` put it; nothing is said in law where there is none.

    Raises:
        InputError: a file is missing or cannot be read.
    """

    def __init__(self, folder: Path | None = None) -> None:
        try:
            found = {
                n: shape.empty() if folder is None else mapped_table(folder / f"{n}.arrow")
                for n, shape in _TABLES.items()
            }
            days = {} if folder is None else json.loads((folder / _VERSIONS).read_bytes())
        except (OSError, ValueError, pa.ArrowInvalid) as error:
            raise InputError("the designations of the snapshot cannot be read", file=str(folder)) from error
        self._designations, self._ownership, self._memberships = (found[name] for name in _TABLES)
        self._days = {name: [date.fromisoformat(day) for day in some] for name, some in days.items()}
        self._lock = Lock()
        self._owning: OrderedDict[date, Owning] = OrderedDict()

    def designations(self, entity_ids: Sequence[str]) -> dict[str, list[Designation]]:
        """Entity id to all records of its designations, whatever the day."""
        found: dict[str, list[Designation]] = {uid: [] for uid in entity_ids}
        for row in _among(self._designations, "entity_id", found).to_pylist():
            found[row.pop("entity_id")].append(Designation(**row))
        return found

    def same(self, entity_id: str) -> list[str]:
        """Ids of other lists' entries of the same group."""
        groups = self._memberships.filter(
            pc.and_(pc.equal(self._memberships["entity_id"], entity_id), pc.equal(self._memberships["kind"], "same"))
        )["group_id"]
        rows = self._memberships.filter(
            pc.and_(
                pc.is_in(self._memberships["group_id"], value_set=groups.combine_chunks()),
                pc.equal(self._memberships["kind"], "same"),
            )
        )
        return sorted({uid for uid in rows["entity_id"].to_pylist() if uid != entity_id})

    def designated(self, entities: Sequence[Entity], day: date, authority: str | None = None) -> Answer:
        """Whether an entity was designated on a day.

        Args:
            entities: the entity asked about first, then those that are the same group on other lists.
            day: the day.
            authority: only under this one.
        """
        records = self.designations([entity["id"] for entity in entities])
        held = [Held(_entry(e, records[e["id"]]), self._versions(e)) for e in entities]
        return designated(held, day, authority)

    def owning(self, day: date) -> Owning:
        """Who owns whom on a day, and what OFAC's 50 Percent Rule makes of it; that of the last few days is kept."""
        with self._lock:
            found = self._owning.pop(day, None)
            if found is None:
                found = Owning(self._ownership, self._reached(day), day)
            self._owning[day] = found
            while len(self._owning) > DAYS_KEPT:
                self._owning.popitem(last=False)
            return found

    def _reached(self, day: date) -> frozenset[str]:
        """Entities designated on a day under an authority whose law reaches what they own by half."""
        rows = self._designations
        authorities = [a for a in pc.unique(rows["authority"]).to_pylist() if "owned" in law.powers(a, day)]
        found: set[str] = set()
        for row in _among(rows, "authority", authorities).to_pylist():
            uid = row.pop("entity_id")
            if uid not in found and not Designation(**row).off(day):
                found.add(uid)
        return frozenset(found)

    def _versions(self, entity: Entity) -> list[date]:
        return sorted({day for name in entity["datasets"] for day in self._days.get(name, ())})


class Owning:
    """Ownership on one day.

    Args:
        stakes: OWNERSHIP. listed: who is designated under a law that reaches what they own. day: the day.
    """

    def __init__(self, stakes: pa.Table, listed: frozenset[str], day: date) -> None:
        self.listed, self._stakes, self._day = listed, stakes, day
        self._by_asset = {one.asset_id: one for one in blocked(stakes, listed, day)} if stakes.num_rows else {}

    def blocked(self, entity_id: str) -> Owned | None:
        """How an entity that is not itself listed is, or may be, blocked because of who owns it."""
        return self._by_asset.get(entity_id)

    def owned_by(self, entity_id: str) -> list[Owned]:
        """What is, or may be, blocked because of this entity, alone or together with others; the sure ones first."""
        below, asked = {entity_id}, [entity_id]
        own = self._stakes.filter(pc.equal(self._stakes["kind"], "owns"))
        while asked:
            assets = set(_among(own, "owner_id", asked)["asset_id"].to_pylist())
            asked = sorted(assets - below)
            below |= assets
        found = [self._by_asset[uid] for uid in sorted(below - {entity_id}) if uid in self._by_asset]
        through = [one for one in found if any(line.startswith(f"{entity_id} (") for line in one.chain)]
        return sorted(through, key=lambda one: (one.status != "yes", one.asset_id))

    def controls(self, entity_id: str) -> list[Controlled]:
        """What it controls or acts for without owning it by half: a warning, no more."""
        return controlled(self._stakes, [entity_id], self._day) if self._stakes.num_rows else []


def _among(table: pa.Table, column: str, values: Iterable[str]) -> pa.Table:
    return table.filter(pc.is_in(table[column], value_set=pa.array(list(values), pa.string())))


def _entry(entity: Entity, designations: list[Designation]) -> Entry:
    first, last = (
        None if (text := entity[key]) is None else date.fromisoformat(text[:10]) for key in ("first_seen", "last_seen")
    )
    dataset = (entity["datasets"] or ["unknown"])[0]
    return Entry(entity["id"], entity["schema"], entity["caption"], [], {}, designations, dataset, first, last)
