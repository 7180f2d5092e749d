"""Lists, changes and histories as lines a person reads in a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from caudal.register.entry import Entity
from caudal.register.store.diff import Diff, FieldChange
from caudal.register.store.history import History
from caudal.register.store.index import ListRecord


def record_lines(record: ListRecord, today: date, versions: bool) -> list[str]:
    """A list of the store: its version in force and age, what is wrong, and with `versions` all it holds."""
    current = record.current
    if current is None:
        line = f"{record.name:<18} no version yet"
    else:
        line = (
            f"{record.name:<18} {current.published}, {_count(record.age(today) or 0, 'day')} old"
            f"  {current.entries:>8,} entries  {_count(len(record.versions), 'version')}  {current.dataset}"
        )
    out = [line]
    if record.missed(today):
        asked = f"last looked for on {record.checked_at:%Y-%m-%d}" if record.checked_at else "never looked for"
        out.append(f"    UPDATE MISSED: {asked}")
    if record.failure:
        out.append(f"    LAST UPDATE FAILED on {record.failure.at:%Y-%m-%d}: {record.failure.reason}")
    if record.refused:
        out.append(f"    WAITS for a person: version of {record.refused.version.published}: {record.refused.reason}")
    if versions:
        out += [
            f"    {v.published}  {v.hash[:12]}  {v.entries:>8,} entries  held since {v.accepted_at:%Y-%m-%d}"
            f"  accepted by {v.accepted_by}"
            for v in record.versions
        ]
    return out


def diff_lines(changes: Diff, *, whole: bool) -> list[str]:
    """Counts, then the groups of interest, then, with `whole`, every entry with what changed."""
    counts = f"{len(changes.added):,} added, {len(changes.removed):,} removed, {len(changes.amended):,} amended"
    out = [f"    {counts}"]
    out += [
        f"    {group_id}: {added} added, {removed} removed, {amended} amended"
        for group_id, (added, removed, amended) in changes.by_group().items()
    ]
    if not whole:
        return out

    def words(entity: Entity) -> str:
        groups = changes.groups.get(entity.id, ())
        tied = f"  [{', '.join(groups)}]" if groups else ""
        authorities = ", ".join(dict.fromkeys(d.authority for d in entity.designations))
        return f"{entity.caption} ({entity.id}, {authorities or 'no authority'}){tied}"

    out += [f"+ {words(entity)}" for entity in changes.added]
    out += [f"- {words(entity)}" for entity in changes.removed]
    for amendment in changes.amended:
        out.append(f"~ {words(amendment.new)}")
        out += change_lines(amendment.changes)
    return out


def change_lines(changes: Iterable[FieldChange]) -> list[str]:
    """One line for each field that changed."""
    return [
        f"    {c.field}: " + "; ".join([*(f"+ {v}" for v in c.added), *(f"- {v}" for v in c.removed)]) for c in changes
    ]


def history_lines(one: History) -> list[str]:
    """One entry over the versions held."""
    start = " (the first version held; it may have been there before)" if one.from_start else ""
    end = "still there" if one.listed else f"not in the version of {one.latest_version}"
    out = [
        f"{one.entity.caption} ({one.entity.id}) on {one.name}",
        f"    first seen {one.first_seen}{start}; last seen {one.last_seen}, {end}",
    ]
    for event in one.events:
        out.append(f"    {event.published}  {event.kind}")
        out += [f"    {line}" for line in change_lines(event.changes)]
    return out


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
