"""History rebuilt from the versions of a list: what appeared or went between two did so between their days.

A designation that a version does not name and the next one does began on the day of the one (`not_before`: it may have
come later that day) or after, and by the day of the other (`not_after`). One that a version names and the next one does
not ended after the first (`ended_after`) and by the second (`ended`). Days a source gives stand; only what it leaves
open is narrowed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from caudal.register.entry import Designation, Entity
from caudal.register.sources import ListVersion, ReadList

Key = tuple[str, str]
"""Authority and programme: what makes two versions' records one designation."""


def rebuilt(versions: Sequence[ReadList]) -> list[Entity]:
    """The entities of one list, each as its latest version has it, with the days it was first and last seen.

    Args:
        versions: all versions held of the list, the earliest first.

    A designation that a later version no longer has is kept after those in force, once for every time it was there.
    """
    first: dict[str, date | None] = {}
    latest: dict[str, Entity] = {}
    seen: dict[str, dict[int, Entity]] = defaultdict(dict)
    for place, one in enumerate(versions):
        for entity in one.entities:
            first.setdefault(entity.id, entity.first_seen)
            entity.first_seen = first[entity.id]
            latest[entity.id] = entity
            seen[entity.id][place] = entity
    held = [one.version for one in versions]
    for entity_id, entity in latest.items():
        if len(versions) > 1 or any(d.not_after for d in entity.designations):
            entity.designations = _designations(seen[entity_id], held)
    return list(latest.values())


def _designations(seen: dict[int, Entity], held: Sequence[ListVersion]) -> list[Designation]:
    """All designations of one entity, given the versions that name it, by their place."""
    places: dict[Key, dict[int, list[Designation]]] = defaultdict(dict)
    for place, entity in seen.items():
        for record in entity.designations:
            places[record.authority, record.programme].setdefault(place, []).append(record)
    standing: list[Designation] = []
    past: list[Designation] = []
    for by_place in places.values():
        for start, end in _runs(sorted(by_place)):
            records = [_bounded(d, start, end, held) for d in by_place[end]]
            (standing if end == len(held) - 1 else past).extend(records)
    return standing + past


def _runs(places: Sequence[int]) -> list[tuple[int, int]]:
    """First and last of each run of places without a gap."""
    found: list[tuple[int, int]] = []
    for place in places:
        if found and found[-1][1] == place - 1:
            found[-1] = found[-1][0], place
        else:
            found.append((place, place))
    return found


def _bounded(record: Designation, start: int, end: int, held: Sequence[ListVersion]) -> Designation:
    """The record with what the versions say of its days; `start` and `end` are the first and last that name it."""
    not_before, not_after, ended_after, ended = record.not_before, record.not_after, record.ended_after, record.ended
    notes = [record.note] if record.note else []
    if record.effective is None and (start > 0 or not_after is not None):
        named = held[start].published
        not_after = min(not_after or named, named)
        if start > 0:
            absent = held[start - 1].published
            not_before = max(filter(None, (not_before, absent)))
            notes.append(f"it appeared {between(held[start - 1], held[start])}")
        if not_before is not None and not_before > not_after:
            not_before = None  # the source's own bounds and the versions contradict each other: the versions are facts
    if end + 1 < len(held) and ended is None:
        ended_after, ended = held[end].published, held[end + 1].published
        notes.append(f"it went {between(held[end], held[end + 1])}")
    return replace(
        record,
        not_before=not_before,
        not_after=not_after,
        ended_after=ended_after,
        ended=ended,
        note="; ".join(notes) or None,
    )


def between(one: ListVersion, two: ListVersion) -> str:
    """Two versions of a list in words."""
    return f"between {one.dataset} of {one.published} and of {two.published}"
