"""Rows about one entity, and files of one list, put together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from caudal.errors import InputError
from caudal.register.entry import Entity
from caudal.register.rejects import Rejects
from caudal.register.sources import UNDATED, ListVersion, ReadList


def together(entities: Iterable[Entity]) -> list[Entity]:
    """Entities of one id as one: names, properties and designations of all, the caption and schema of the first."""
    found: dict[str, Entity] = {}
    for entity in entities:
        held = found.setdefault(entity.id, entity)
        if held is entity:
            continue
        named = {n.name for n in held.names}
        for name in entity.names:
            if name.name not in named:
                held.names.append(replace(name, kind="alias") if name.kind == "primary" else name)
        for prop, values in entity.properties.items():
            kept = held.properties.setdefault("alias" if prop == "name" and "name" in held.properties else prop, [])
            known = {*kept, *held.properties.get("name", ())}
            kept += [v for v in values if v not in known]
        held.properties = {prop: values for prop, values in held.properties.items() if values}
        held.designations += [d for d in entity.designations if d not in held.designations]
    return list(found.values())


def join_parts(read: Iterable[ReadList]) -> list[ReadList]:
    """Lists as they are, and the parts of one list as one list.

    Parts of one day, or all that have only their files' modification days, are one version; its day is that of the
    newest part.

    Raises:
        InputError: a part is there twice, or none of the parts of a list holds a usable row.
    """
    whole: list[ReadList] = []
    parts: dict[tuple[str, date | None], list[ReadList]] = {}
    for one in read:
        if one.part is None:
            whole.append(one)
            continue
        of_day = None if UNDATED in one.version.version else one.version.published
        held = parts.setdefault((one.version.dataset, of_day), [])
        for other in held:
            if other.part == one.part:
                reason = (
                    f"the part {one.part} of the list {one.version.dataset} is read from {other.version.file} already"
                )
                raise InputError(reason, file=one.version.file)
        held.append(one)
    return whole + [_join(held) for held in parts.values()]


def _join(parts: list[ReadList]) -> ReadList:
    newest = max(parts, key=lambda p: p.version.published).version
    rejects = Rejects()
    for part in parts:
        rejects.extend(part.rejects)
    entities = together(entity for part in parts for entity in part.entities)
    if not entities:
        raise InputError(f"no file of the list {newest.dataset} holds a usable row", file=newest.file)
    for entity in entities:
        entity.first_seen = entity.last_seen = newest.published
    file = newest.file if len(parts) == 1 else f"{newest.file} and {len(parts) - 1} more"
    version = ListVersion(newest.dataset, newest.version, newest.published, file, len(entities))
    links = [link for part in parts for link in part.links]
    return ReadList(version, entities, rejects, links)
