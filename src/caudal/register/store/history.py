"""One entry over all versions held: when it was first and last seen, and what changed in between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from caudal.errors import InputError
from caudal.register.entry import Entity
from caudal.register.naming import fold
from caudal.register.store.diff import FieldChange, field_changes
from caudal.register.store.snapshot import Snapshot, read_snapshot
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
    """The ids are looked for first, then each version is read once more: one at a time, for memory's sake."""
    ids: dict[str, None] = {}
    wanted = fold(who)
    for snapshot in _versions(store, name):
        for entity in snapshot.entities.values():
            if entity.id == who or (wanted and any(fold(n.name) == wanted for n in entity.names)):
                ids[entity.id] = None
    if not ids:
        return []
    days: list[date] = []
    seen: dict[str, list[tuple[date, Entity | None]]] = {entity_id: [] for entity_id in ids}
    for snapshot in _versions(store, name):
        days.append(snapshot.published)
        for entity_id, line in seen.items():
            line.append((snapshot.published, snapshot.entities.get(entity_id)))
    return [_history(name, line, days) for line in seen.values()]


def _versions(store: Store, name: str) -> Iterator[Snapshot]:
    record = store.record(name)
    for version in record.held(None):
        yield read_snapshot(store.source(record, version))


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
