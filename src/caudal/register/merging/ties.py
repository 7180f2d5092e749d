"""Merging and groups of interest: each helps the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from caudal.register.groups import PREFIX
from caudal.register.membership import Membership
from caudal.register.merging.merging import Merging, Tie


def ties(members: Iterable[Membership]) -> list[Tie]:
    """The built-in groups and the entries listed under a name of theirs and an authority in common.

    An entry that is a group by its name alone is no tie here: names alone are no evidence.
    """
    return [
        Tie(f"{PREFIX}{m.group_id}", m.entity_id, m.source)
        for m in members
        if m.kind == "same" and ": listed as " in m.source and m.entity_id != m.group_id
    ]


def with_merged(members: Sequence[Membership], merging: Merging) -> list[Membership]:
    """The memberships, with those an entry has because another entry of the same entity has them.

    What is the same as a group's own entry is the group too. An entry that stood for itself only, and now stands for a
    group, is no longer its own group.
    """
    known = {(m.group_id, m.entity_id) for m in members}
    further: dict[tuple[str, str], Membership] = {}
    for member in members:
        if member.kind != "same" or member.group_id == member.entity_id:
            continue
        for other in merging.same_as(member.entity_id):
            if (member.group_id, other) not in known:
                source = f"merged with {member.entity_id}: {merging.why(member.entity_id, other)}"
                further.setdefault((member.group_id, other), Membership(member.group_id, other, "same", source))
    moved = {entity_id for _, entity_id in further}
    kept = [m for m in members if not (m.group_id == m.entity_id and m.entity_id in moved)]
    return kept + list(further.values())
