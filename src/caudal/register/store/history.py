"""One entry over all versions held: when it was first and last seen, and what changed in between."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from caudal.errors import InputError
from caudal.register.entry import Entity
from caudal.register.naming import fold
from caudal.register.store.diff import FieldChange, field_changes
from caudal.register.store.index import ListRecord, Version
from caudal.register.store.snapshot import read_snapshot
from caudal.register.store.where import Store


@dataclass(frozen=True)
class Event:
    """What a version says new of the entry: there for the first time, amended, gone, or back."""

    published: date
    kind: Literal["first seen", "amended", "gone", "back"]
    changes: tuple[FieldChange, ...] = ()


@dataclass(frozen=True)
class History:
    """One entry of one list over the versions held.

    `first_seen` says only that the first version held which names it is of that day: where that is the first version
    held at all (`from_start`), it may have been there before.
    """

    name: str
    entity: Entity
    first_seen: date
    last_seen: date
    latest_version: date
    from_start: bool
    events: tuple[Event, ...]

    @property
    def listed(self) -> bool:
        """Whether the latest version held names it."""
        return self.last_seen == self.latest_version


def history(store: Store, who: str, names: Iterable[str] | None = None) -> list[History]:
    """The history of every entry with that id or name, in each list of the store.

    Args:
        store: the lists.
        who: an entry's id, or any name it bears in any version (case, accents and punctuation do not matter).
        names: only these lists.

    Raises:
        InputError: no version of these lists names it, or a version cannot be read.
    """
    lists = store.lists
    chosen = list(lists) if names is None else list(names)
    found = [one for name in chosen for one in _of_list(store, name, who)]
    if not found:
        raise InputError(f"no version held names {who!r}", file=str(store.folder))
    return found


def _of_list(store: Store, name: str, who: str) -> list[History]:
    """Versions are read one at a time, the newest first, and only the entries asked for are kept.

    A newer version is read again only where it holds an entry that an older one showed to be meant, under a name of
    its own then.
    """
    record = store.record(name)
    versions = record.held(None)
    wanted = fold(who)
    found: list[dict[str, Entity]] = [{} for _ in versions]
    ids: list[frozenset[str]] = [frozenset() for _ in versions]
    meant: dict[str, None] = {}
    for at in reversed(range(len(versions))):
        entities = _entities(store, record, versions[at])
        ids[at] = frozenset(map(sys.intern, entities))
        for entity in entities.values():
            if entity.id == who or (wanted and any(fold(n.name) == wanted for n in entity.names)):
                meant[entity.id] = None
        found[at] = {entity_id: entities[entity_id] for entity_id in meant if entity_id in entities}
    for at, held in enumerate(found):
        missing = [entity_id for entity_id in meant if entity_id in ids[at] and entity_id not in held]
        if missing:
            entities = _entities(store, record, versions[at])
            held.update({entity_id: entities[entity_id] for entity_id in missing})
    days = [version.published for version in versions]
    return [
        _history(name, [(day, held.get(entity_id)) for day, held in zip(days, found, strict=True)], days)
        for entity_id in meant
    ]


def _entities(store: Store, record: ListRecord, version: Version) -> dict[str, Entity]:
    return read_snapshot(store.source(record, version)).entities


def _history(name: str, line: list[tuple[date, Entity | None]], days: list[date]) -> History:
    events: list[Event] = []
    last: Entity | None = None
    there = False
    present = [(day, entity) for day, entity in line if entity is not None]
    for day, entity in line:
        if entity is None:
            if there:
                events.append(Event(day, "gone"))
            there = False
            continue
        changes = field_changes(last, entity) if last is not None else ()
        if last is None:
            events.append(Event(day, "first seen"))
        elif not there:
            events.append(Event(day, "back", changes))
        elif changes:
            events.append(Event(day, "amended", changes))
        last, there = entity, True
    first_day, (last_day, latest) = present[0][0], present[-1]
    return History(name, latest, first_day, last_day, days[-1], first_day == days[0], tuple(events))
