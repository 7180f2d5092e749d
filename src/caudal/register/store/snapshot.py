"""One version of a list, read: its entries by id, and the groups of interest each is tied to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from caudal.errors import InputError
from caudal.register.entry import Entity
from caudal.register.groups import builtin_groups
from caudal.register.membership import memberships
from caudal.register.readers.detect import detect, read_sources
from caudal.register.rejects import Rejects
from caudal.register.sources import ListSource, ReadList


@dataclass
class Snapshot:
    """The entries of one version.

    Attributes:
        label: what to call it, such as `un of 2026-08-12`.
        dataset: the dataset of its entries; several with commas between.
        published: day of publication.
        entities: the entries by id.
        rejected: rows that could not be used.
    """

    label: str
    dataset: str
    published: date
    entities: dict[str, Entity]
    rejected: int
    read: list[ReadList]

    @cached_property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """Entity id to the groups of interest it is, or that the list ties it to; only entities with one."""
        known = builtin_groups()
        own = [g.entity() for g in known.values()]
        links = [link for one in self.read for link in one.links if link.entity_id in self.entities]
        named = {eid: group for one in self.read for eid, group in one.groups.items() if eid in self.entities}
        found: dict[str, list[str]] = defaultdict(list)
        for member in memberships([*own, *self.entities.values()], known, links, named):
            if member.entity_id in self.entities and member.group_id != member.entity_id:
                found[member.entity_id].append(member.group_id)
        return {entity_id: tuple(sorted(ids)) for entity_id, ids in found.items()}


def read_snapshot(source: ListSource, label: str | None = None) -> Snapshot:
    """Read one version; every file of a folder must be of a list known here.

    Raises:
        InputError: a file cannot be used, or no entry can be read.
    """
    if source.path.is_dir() and source.format is None and source.mapping is None:
        for path in sorted(p for p in source.path.iterdir() if p.is_file() and not p.name.startswith(".")):
            detect(path)
    rejects = Rejects()
    read = read_sources([source], rejects)
    entities = {entity.id: entity for one in read for entity in one.entities}
    if not entities:
        raise InputError("no entry could be read", file=str(source.path))
    dataset = ", ".join(dict.fromkeys(one.version.dataset for one in read))
    published = max(one.version.published for one in read)
    rejected = len(rejects) + sum(len(one.rejects) for one in read)
    return Snapshot(label or f"{dataset} of {published}", dataset, published, entities, rejected, read)
