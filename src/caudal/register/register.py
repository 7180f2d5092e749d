"""The register: every designation held, asked as of any day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from caudal.errors import InputError
from caudal.register.answer import Answer, Held, designated
from caudal.register.entry import Entity, Link
from caudal.register.groups import Group, GroupRecord, builtin_groups
from caudal.register.knowledge import groups_by, in_force, published_by
from caudal.register.lookup import NameIndex
from caudal.register.membership import Membership, memberships
from caudal.register.merging import Decision, Merged, Merging, read_decisions, ties, with_merged
from caudal.register.naming import fold
from caudal.register.readers.detect import read_sources
from caudal.register.rejects import Rejects
from caudal.register.sources import ListSource, ListVersion
from caudal.register.store.where import Store
from caudal.register.tabulate import from_tables, to_tables
from caudal.register.versions import merge as put_together
from caudal.register.versions import versions_of
from caudal.tables import OWNERSHIP

Paths = str | Path | ListSource | Store | Iterable[str | Path | ListSource]


class Register:
    """Who is designated, by whom, under which authority, from when to when, on whose word.

    With `as_of` it shows the law of that day: entities whose designations are all known to be out of force that day are
    not counted, iterated or found, and an entity's `designations` leave out those out of force. A designation without
    days stays, for nothing says that it was not in force. `tables`, `groups`, `designated_on` and look-up by id
    always know everything.
    """

    def __init__(
        self,
        entities: Iterable[Entity],
        members: Iterable[Membership],
        versions: Iterable[ListVersion] = (),
        *,
        ownership: pa.Table | None = None,
        rejected: pa.Table | None = None,
        as_of: date | None = None,
        merge: bool = False,
        decisions: Sequence[Decision] = (),
    ) -> None:
        self.as_of = as_of
        self._merge = merge
        self._decisions = list(decisions)
        self.versions = list(versions)
        self.rejected: pa.Table = Rejects().table() if rejected is None else rejected
        self._all = {e.id: e for e in entities}
        self._members = list(members)
        if merge:
            self._members = with_merged(self._members, self.merging)
        self._ownership = OWNERSHIP.empty() if ownership is None else ownership
        self._group_names = {m.group_id: n for m in self._members if (n := m.named)}

    @classmethod
    def load(
        cls,
        paths: Paths,
        as_of: date | None = None,
        *,
        builtin: bool = True,
        known_at: date | None = None,
        merge: bool = False,
        decisions: str | Path | None = None,
    ) -> Register:
        """Read lists.

        Args:
            paths: one or many of: a file, a folder, or a `ListSource` that says the format or the day of publication.
                In a folder every list known here is read and other files are counted as rejected; of a folder that is
                a store of lists, the versions in force. Or a `caudal.register.store.Store`: every version it holds.
            as_of: show the law of that day.
            builtin: with the built-in register of groups.
            known_at: only what could be known that day. From a store, the versions in force in the house by that day;
                from files, those published by it; of the built-in groups, the designations with a day by then.
            merge: entries of several lists that are one entity are found as one, answer as one, and belong to the same
                groups. Tables and iteration keep the lists' own entries.
            decisions: a file of people's decisions about which entries are the same (see `caudal.register.merging`).

        Raises:
            InputError: a named file is missing, empty, packed, malformed or no list known here; a list is given twice.
        """
        if isinstance(paths, str | Path | ListSource):
            given: list[str | Path | ListSource] = [paths]
        elif isinstance(paths, Store):
            given = list(paths.sources(known_at=known_at))
        else:
            given = list(paths)
        sources = [p if isinstance(p, ListSource) else ListSource(Path(p)) for p in given]
        sources = in_force([replace(s, path=Path(s.path)) for s in sources], known_at)
        rejects = Rejects()
        read = published_by(read_sources(sources, rejects), known_at)
        for one in read:
            rejects.extend(one.rejects)
        groups: dict[str, GroupRecord] = groups_by(builtin_groups(), known_at) if builtin else {}
        own = {g.entity_id: g.entity() for g in groups.values()}
        listed = put_together(read, own, rejects)
        entities = [*own.values(), *listed]
        kept = {e.id for e in listed}
        links: list[Link] = [link for one in read for link in one.links if link.entity_id in kept]
        named = {eid: group for one in read for eid, group in one.groups.items() if eid in kept}
        members = memberships(entities, groups, links, named)
        versions = [one.version for one in read]
        stakes = {
            o.version.dataset: o.ownership for o in sorted(read, key=lambda o: o.version.published) if o.ownership
        }
        ownership = pa.concat_tables(stakes.values()) if stakes else None
        return cls(
            entities,
            members,
            versions,
            ownership=ownership,
            rejected=rejects.table(),
            as_of=as_of,
            merge=merge,
            decisions=read_decisions(decisions) if decisions is not None else (),
        )

    @classmethod
    def from_tables(
        cls,
        tables: Mapping[str, pa.Table],
        as_of: date | None = None,
        *,
        merge: bool = False,
        decisions: str | Path | None = None,
    ) -> Register:
        """The register that `tables` gave (shapes in `caudal.tables`); `merge` and `decisions` as in `load`.

        Raises:
            InputError: a table is missing or has another shape.
        """
        for name in ("entities", "names", "designations", "ownership", "memberships"):
            if name not in tables:
                raise InputError("the table is missing", file=name)
        entities, members, ownership = from_tables(tables)
        decided = read_decisions(decisions) if decisions is not None else ()
        versions = versions_of(entities)
        return cls(entities, members, versions, ownership=ownership, as_of=as_of, merge=merge, decisions=decided)

    def tables(self) -> dict[str, pa.Table]:
        """Entities, names, designations, ownership, memberships: everything held, whatever the day."""
        return to_tables(list(self._all.values()), self._members, self._ownership)

    @cached_property
    def _view(self) -> list[Entity]:
        day = self.as_of
        if day is None:
            return list(self._all.values())
        shown = []
        for entity in self._all.values():
            standing = [d for d in entity.designations if not d.off(day)]
            if len(standing) == len(entity.designations):
                shown.append(entity)
            elif standing:
                shown.append(replace(entity, designations=standing))
        return shown

    @cached_property
    def _index(self) -> NameIndex:
        return NameIndex(self.merging.view(self._view) if self._merge else self._view)

    @cached_property
    def _shown(self) -> dict[str, Entity]:
        return {e.id: e for e in self._view}

    def __len__(self) -> int:
        return len(self._view)

    def __iter__(self) -> Iterator[Entity]:
        return iter(self._view)

    def __contains__(self, entity_id: object) -> bool:
        return entity_id in self._all

    def __getitem__(self, entity_id: str) -> Entity:
        """One entity, in force or not.

        Raises:
            InputError: there is none of that id.
        """
        entity = self._shown.get(entity_id)
        if entity is not None:
            return entity
        held = self._all.get(entity_id)
        if held is None:
            raise InputError(f"the register holds no entity {entity_id!r}", field="entity_id")
        return replace(held, designations=[d for d in held.designations if self.as_of is None or not d.off(self.as_of)])

    def find(self, text: str) -> list[Entity]:
        """Entities of that name; where there is none, those that bear all its words. Built-in groups come first.

        Case, accents and punctuation do not matter.
        """
        return self._index.find(text)

    @cached_property
    def merging(self) -> Merging:
        """Which entries of several lists are one entity; `explain(a, b)` says why, `refused` what was not."""
        return Merging(self._all.values(), self._decisions, ties(self._members))

    @property
    def merged(self) -> list[Merged]:
        """The entities that two or more entries are, each statement with its list."""
        return self.merging.merged

    def same_as(self, entity_id: str) -> list[str]:
        """Ids of the other lists' entries of the same entity.

        Raises:
            InputError: there is no entity of that id.
        """
        return self.merging.same_as(entity_id)

    @cached_property
    def groups(self) -> list[Group]:
        """The groups of interest: the built-in ones and those a members list names."""
        known = builtin_groups()
        held: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for member in self._members:
            if member.group_id not in self._all:
                held[member.group_id].append((member.kind != "same", member.entity_id))
        return [
            Group(
                group_id,
                known[group_id].name if group_id in known else self._group_names.get(group_id, group_id),
                [entity_id for _, entity_id in sorted(ties, key=lambda t: t[0])],
                [s for s in known[group_id].successors if s in held] if group_id in known else [],
            )
            for group_id, ties in held.items()
        ]

    def group(self, id_or_name: str) -> Group:
        """One group, by id, by any of its names, or by the id or name of a listed entity (then its group).

        Raises:
            InputError: there is none; the ids of the known groups are named.
        """
        by_id = {g.id: g for g in self.groups}
        if id_or_name in by_id:
            return by_id[id_or_name]
        folded = fold(id_or_name)
        known = builtin_groups()
        for names in (lambda g: (g.name,), lambda g: g.aliases, lambda g: g.former_names):
            for group_id, group in by_id.items():
                if group_id in known and folded in {fold(n) for n in names(known[group_id])}:
                    return group
        for group in self.groups:
            if fold(group.name) == folded and folded:
                return group
        entity = self._all.get(id_or_name)
        if entity is None:
            same = [e for e in self.find(id_or_name) if folded in {fold(n.name) for n in e.names}]
            entity = same[0] if same else None
        if entity is None:
            raise InputError(f"the group {id_or_name!r} is not known; known: {', '.join(sorted(by_id))}", field="group")
        tie = next((m for m in self._members if m.entity_id == entity.id and m.group_id in by_id), None)
        return by_id[tie.group_id] if tie else Group(entity.id, entity.caption, [entity.id], [])

    def whole(self, entity_id: str) -> Entity:
        """One entity with every record held, whatever `as_of` is.

        Raises:
            InputError: there is none of that id.
        """
        if entity_id not in self._all:
            raise InputError(f"the register holds no entity {entity_id!r}", field="entity_id")
        return self._all[entity_id]

    def ties(self, group_id: str) -> list[Membership]:
        """Which entities are the group of that id on a list (`same`) or tied to it by one (`linked`), on whose word."""
        return [m for m in self._members if m.group_id == group_id]

    def successors(self, id_or_name: str) -> list[Group]:
        """The groups that followed a group.

        Raises:
            InputError: the group is not known.
        """
        return [self.group(s) for s in self.group(id_or_name).successors]

    @cached_property
    def _same(self) -> dict[str, list[str]]:
        """Entity id to all entities that are the same group."""
        by_group: dict[str, list[str]] = defaultdict(list)
        for member in self._members:
            if member.kind == "same":
                by_group[member.group_id].append(member.entity_id)
        return {entity_id: ids for ids in by_group.values() for entity_id in ids}

    @cached_property
    def _days(self) -> dict[str, list[date]]:
        days: dict[str, set[date]] = defaultdict(set)
        for version in self.versions:
            days[version.dataset].add(version.published)
        return {dataset: sorted(found) for dataset, found in days.items()}

    def designated_on(self, entity_id: str, day: date, authority: str | None = None) -> Answer:
        """Whether an entity was designated on a day, by any authority or by one, with the reason in one sentence.

        Dated records of the same group on other lists (the built-in register included) count too, and in a merged
        register those of the same entity. Whatever `as_of` is, all records held are asked.

        Raises:
            InputError: there is no entity of that id.
        """
        if entity_id not in self._all:
            raise InputError(f"the register holds no entity {entity_id!r}", field="entity_id")
        others = [*(self.same_as(entity_id) if self._merge else ()), *self._same.get(entity_id, ())]
        ids = dict.fromkeys([entity_id, *others])
        held = [Held(self._all[i], self._days.get(self._all[i].dataset, [])) for i in ids if i in self._all]
        return designated(held, day, authority)
