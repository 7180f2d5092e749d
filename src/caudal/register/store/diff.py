"""What changed between two versions of a list: entries added, removed, amended, and in an amended one which values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from caudal.register.entry import PROPERTY_OF_KIND, Designation, Entity
from caudal.register.store.snapshot import Snapshot

_NAMES = frozenset(PROPERTY_OF_KIND.values())
_DAYS = ("announced", "signed", "effective", "not_before", "not_after", "ended_after", "ended")


@dataclass(frozen=True)
class FieldChange:
    """The values one field gained and lost; order within a field means nothing and is no change."""

    field: str
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True)
class Amendment:
    """An entry that is in both versions and not the same in both."""

    old: Entity
    new: Entity
    changes: tuple[FieldChange, ...]


@dataclass
class Diff:
    """Entries by what became of them, each in the order of its list.

    `groups`: entity id to the groups of interest it is or is tied to in either version.
    """

    old: str
    new: str
    added: list[Entity]
    removed: list[Entity]
    amended: list[Amendment]
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.amended)

    def of_group(self, group_id: str) -> Diff:
        """Only the entries of one group of interest."""
        return Diff(
            self.old,
            self.new,
            [e for e in self.added if group_id in self.groups.get(e.id, ())],
            [e for e in self.removed if group_id in self.groups.get(e.id, ())],
            [a for a in self.amended if group_id in self.groups.get(a.new.id, ())],
            self.groups,
        )

    def by_group(self) -> dict[str, tuple[int, int, int]]:
        """Group of interest to how many of its entries were added, removed and amended."""
        counts: dict[str, list[int]] = {}
        kinds = (self.added, self.removed, [a.new for a in self.amended])
        for at, entities in enumerate(kinds):
            for entity in entities:
                for group_id in self.groups.get(entity.id, ()):
                    counts.setdefault(group_id, [0, 0, 0])[at] += 1
        return {group_id: (n[0], n[1], n[2]) for group_id, n in sorted(counts.items())}

    def as_dict(self) -> dict[str, Any]:
        """The diff in plain values, for JSON."""
        return {
            "old": self.old,
            "new": self.new,
            "added": [self._entry(e) for e in self.added],
            "removed": [self._entry(e) for e in self.removed],
            "amended": [
                {
                    **self._entry(a.new),
                    "changes": [
                        {"field": c.field, "added": list(c.added), "removed": list(c.removed)} for c in a.changes
                    ],
                }
                for a in self.amended
            ],
            "by_group": {
                group_id: {"added": n[0], "removed": n[1], "amended": n[2]} for group_id, n in self.by_group().items()
            },
        }

    def _entry(self, entity: Entity) -> dict[str, Any]:
        authorities = list(dict.fromkeys(d.authority for d in entity.designations))
        groups = list(self.groups.get(entity.id, ()))
        return {
            "id": entity.id,
            "schema": entity.schema,
            "caption": entity.caption,
            "authorities": authorities,
            "groups": groups,
        }


def compare(old: Snapshot, new: Snapshot) -> Diff:
    """What became of each entry, by id, between two versions."""
    added = [e for entity_id, e in new.entities.items() if entity_id not in old.entities]
    removed = [e for entity_id, e in old.entities.items() if entity_id not in new.entities]
    amended = []
    for entity_id, entity in new.entities.items():
        before = old.entities.get(entity_id)
        if before is not None and (changes := field_changes(before, entity)):
            amended.append(Amendment(before, entity, changes))
    touched = {e.id for e in (*added, *removed, *(a.new for a in amended))}
    groups = {
        entity_id: tuple(sorted({*old.groups.get(entity_id, ()), *new.groups.get(entity_id, ())}))
        for entity_id in touched & (old.groups.keys() | new.groups.keys())
    }
    return Diff(old.label, new.label, added, removed, amended, groups)


def field_changes(old: Entity, new: Entity) -> tuple[FieldChange, ...]:
    """The fields in which two versions of an entry differ; what its list version says of itself does not count."""
    before, after = _fields(old), _fields(new)
    changes = []
    for name in dict.fromkeys([*before, *after]):
        was, now = before.get(name, {}), after.get(name, {})
        added = tuple(v for v in now if v not in was)
        removed = tuple(v for v in was if v not in now)
        if added or removed:
            changes.append(FieldChange(name, added, removed))
    return tuple(changes)


def _fields(entity: Entity) -> dict[str, dict[str, None]]:
    fields: dict[str, dict[str, None]] = {"schema": {entity.schema: None}}
    for name in entity.names:
        fields.setdefault(f"{name.kind} name" if name.kind != "alias" else "alias", {})[name.name] = None
    for prop, values in entity.properties.items():
        if prop not in _NAMES:
            fields[prop] = dict.fromkeys(values)
    fields["designation"] = {_words(d): None for d in entity.designations}
    return fields


def _words(designation: Designation) -> str:
    """A designation as text: authority, programme where it says more, and its days."""
    days: list[tuple[str, date | None]] = [(day, getattr(designation, day)) for day in _DAYS]
    programme = f" ({designation.programme})" if designation.programme != designation.authority else ""
    return f"{designation.authority}{programme}" + "".join(
        f", {name.replace('_', ' ')} {day}" for name, day in days if day
    )
