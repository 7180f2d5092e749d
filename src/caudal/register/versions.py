"""Several versions of one list, and several lists, put together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from caudal.errors import InputError
from caudal.register.entry import Entity
from caudal.register.history import rebuilt
from caudal.register.rejects import Rejects
from caudal.register.sources import ListVersion, ReadList


def merge(read: Iterable[ReadList], taken: dict[str, Entity], rejects: Rejects) -> list[Entity]:
    """All entities of the lists: each as its latest version has it, with the days it was first and last seen and
    what the versions say of its designations' days (see `history`).

    An entity whose id another list has taken is rejected; `taken` holds the ids there before.

    Raises:
        InputError: the same version of a list is given twice.
    """
    by_dataset: dict[str, list[ReadList]] = defaultdict(list)
    for one in read:
        same_day = [o for o in by_dataset[one.version.dataset] if o.version.published == one.version.published]
        if same_day:
            version = one.version
            reason = (
                f"the list {version.dataset} of {version.published} is read from {same_day[0].version.file} already"
            )
            raise InputError(reason, file=version.file)
        by_dataset[one.version.dataset].append(one)
    found: dict[str, Entity] = dict(taken)
    for dataset, versions in by_dataset.items():
        for entity in rebuilt(sorted(versions, key=lambda o: o.version.published)):
            entity_id = entity.id
            if entity_id in found:
                reason = f"the id is taken by {found[entity_id].caption!r} of {found[entity_id].dataset}"
                rejects.add(versions[-1].version.file, None, "entity_id", reason, {"id": entity_id, "dataset": dataset})
            else:
                found[entity_id] = entity
    return [entity for entity_id, entity in found.items() if entity_id not in taken]


def versions_of(entities: Iterable[Entity]) -> list[ListVersion]:
    """The versions that the entities' first and last days speak of, where the files are not at hand."""
    count: dict[tuple[str, date], int] = defaultdict(int)
    for entity in entities:
        for day in {entity.first_seen, entity.last_seen}:
            if day is not None:
                count[entity.dataset, day] += 1
    return [ListVersion(dataset, day.isoformat(), day, "", n) for (dataset, day), n in sorted(count.items())]
