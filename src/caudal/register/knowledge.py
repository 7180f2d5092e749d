"""What could have been known on an earlier day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from caudal.register.groups import GroupRecord
from caudal.register.sources import ListSource, ReadList
from caudal.register.store.where import Store


def in_force(sources: Iterable[ListSource], known_at: date | None) -> list[ListSource]:
    """The sources as they are; a folder that is a store of lists as the versions in force there.

    Raises:
        InputError: a store's index or raw file is damaged.
    """
    found: list[ListSource] = []
    for source in sources:
        store = Store(source.path)
        if source.format is None and store.exists:
            found += store.sources(known_at=known_at, history=False)
        else:
            found.append(source)
    return found


def published_by(read: Iterable[ReadList], known_at: date | None) -> list[ReadList]:
    """The versions published by a day; a file says nothing of when it was fetched, so publication counts."""
    return [one for one in read if known_at is None or one.version.published <= known_at]


def groups_by(groups: dict[str, GroupRecord], known_at: date | None) -> dict[str, GroupRecord]:
    """The built-in groups as a day could know them.

    A designation is known from its earliest day on (announced, signed, effective), its end from the day it ended; one
    without days stays, for nothing says when it was known. A group with no designation known yet is left out.
    """
    if known_at is None:
        return groups
    found = {}
    for group_id, group in groups.items():
        records = []
        for one in group.designation:
            days = [d for d in (one.announced, one.signed, one.effective) if d is not None]
            if days and min(days) > known_at:
                continue
            ended = one.ended if one.ended is not None and one.ended <= known_at else None
            records.append(one.model_copy(update={"ended": ended}))
        if records:
            found[group_id] = group.model_copy(update={"designation": tuple(records)})
    return found
