"""Which listed entities are a group of interest, and which a list ties to it, each on whose word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from caudal.register.entry import Entity, Link
from caudal.register.groups import DATASET, GroupRecord
from caudal.register.naming import fold

_NO_GROUP = frozenset({"Person", "Vessel", "Airplane"})
_ASSERTED = "members list: group "
_OFFICIAL = frozenset({"us_ofac_sdn", "un_sc"})


@dataclass(frozen=True, slots=True)
class Membership:
    """One entity's tie to a group. kind: `same`, the group itself on a list; `linked`, a list says it is tied to it."""

    group_id: str
    entity_id: str
    kind: Literal["same", "linked"]
    source: str

    @property
    def named(self) -> str | None:
        """The group's name where a members list gives it."""
        return self.source.removeprefix(_ASSERTED) if self.source.startswith(_ASSERTED) else None


def memberships(
    entities: Iterable[Entity],
    groups: dict[str, GroupRecord],
    links: Iterable[Link],
    named: dict[str, str],
) -> list[Membership]:
    """Ties of entities to groups; an entity without a tie is its own group under its own id.

    Args:
        entities: all entities, those of the built-in groups included.
        groups: the built-in groups by id.
        links: the lists' words that one entity is tied to another, by name or id.
        named: entity id to the group that its list names for it (a slug, or a name as found in `groups`).

    A listed entity is the same as a group when one of its names (weak aliases aside) is one of the group's names and
    both have an authority in common that has not ended; where they have none in common, when its primary name is the
    group's own name and has two words or more, so that one short word never suffices.
    """
    entities = list(entities)
    by_name = _names_of_groups(groups)
    same: dict[str, str] = {}
    found: list[Membership] = []
    for entity in entities:
        if entity.dataset == DATASET:
            group_id = entity.id.removeprefix("caudal-")
            if group_id in groups:
                same[entity.id] = group_id
                found.append(Membership(group_id, entity.id, "same", "built-in register of groups"))
            continue
        tie = None if entity.schema in _NO_GROUP else _same(entity, by_name, groups)
        if tie:
            same[entity.id] = tie[0]
            found.append(Membership(tie[0], entity.id, "same", tie[1]))
    found.extend(_linked(entities, by_name, same, links))
    found.extend(_asserted(entities, by_name, named, same))
    tied = {m.entity_id for m in found}
    found.extend(
        Membership(e.id, e.id, "same", f"listed by itself in {e.dataset}") for e in entities if e.id not in tied
    )
    return list({(m.group_id, m.entity_id): m for m in reversed(found)}.values())[::-1]


def _names_of_groups(groups: dict[str, GroupRecord]) -> dict[str, list[str]]:
    """Folded name to the groups that bear it, those that bear it as their own name first."""
    by_name: dict[str, list[str]] = defaultdict(list)
    for names in (lambda g: (g.name,), lambda g: g.aliases, lambda g: g.former_names):
        for group in groups.values():
            for name in names(group):
                if group.id not in by_name[fold(name)]:
                    by_name[fold(name)].append(group.id)
    return dict(by_name)


def _in_force(group: GroupRecord, seen: date | None) -> set[str]:
    return {d.authority for d in group.designation if d.ended is None or (seen is not None and seen < d.ended)}


def _same(entity: Entity, by_name: dict[str, list[str]], groups: dict[str, GroupRecord]) -> tuple[str, str] | None:
    authorities = {d.authority for d in entity.designations}
    for name in entity.names:
        if name.kind == "weak":
            continue
        for group_id in by_name.get(fold(name.name), ()):
            group = groups[group_id]
            shared = authorities & _in_force(group, entity.last_seen)
            if shared:
                return group_id, f"{entity.dataset}: listed as {name.name} under {', '.join(sorted(shared))}"
            own = name.kind == "primary" and fold(name.name) == fold(group.name) and " " in fold(name.name)
            if own and entity.dataset in _OFFICIAL:
                return group_id, f"{entity.dataset}: listed under the group's own name, {name.name}"
    return None


def _linked(
    entities: list[Entity], by_name: dict[str, list[str]], same: dict[str, str], links: Iterable[Link]
) -> list[Membership]:
    """`Linked To: X`, where X is a group or a listed entity that is one; and ties a list names without a direction."""
    to_group = dict(by_name)
    for entity in entities:
        if entity.id in same and entity.dataset != DATASET:
            for name in entity.names:
                if name.kind != "weak":
                    to_group.setdefault(fold(name.name), [same[entity.id]])
    found = []
    dataset = {e.id: e.dataset for e in entities}
    for link in links:
        ties = [(link.entity_id, same[link.to])] if link.to in same else []
        ties += [(link.entity_id, group_id) for group_id in to_group.get(fold(link.to), ())[:1]]
        if link.mutual and link.entity_id in same and link.to not in same:
            ties.append((link.to, same[link.entity_id]))
        for entity_id, group_id in ties:
            if same.get(entity_id) != group_id:
                found.append(Membership(group_id, entity_id, "linked", f"{dataset[link.entity_id]}: {link.words}"))
    return found


def _asserted(
    entities: list[Entity],
    by_name: dict[str, list[str]],
    named: dict[str, str],
    same: dict[str, str],
) -> list[Membership]:
    found = []
    slugs = {group_id for ids in by_name.values() for group_id in ids}
    by_id = {e.id: e for e in entities}
    for entity_id, text in named.items():
        known = by_name.get(fold(text)) or ([text] if text in slugs else [])
        group_id = known[0] if known else fold(text).replace(" ", "-") or text
        if same.get(entity_id) == group_id:
            continue
        itself = not known and fold(by_id[entity_id].caption) == fold(text)
        found.append(Membership(group_id, entity_id, "same" if itself else "linked", f"{_ASSERTED}{text}"))
    return found
