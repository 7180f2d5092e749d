"""Entities as they are read, put into one shape, and as they are shown.

`Entity` is what the API shows; two entries of one id are put together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from caudal.server.data.model import caption_props, label, more_specific, props_of, schema_of
from caudal.server.data.store import Entity

DEEPEST = 6
"""Levels of entities nested in entities that are read."""
Sign = Callable[[str], str]
_ID = re.compile(r"[^\s\x00-\x1f\x7f]{1,255}$")
SEEN = ("first_seen", "last_seen", "last_change")


class Fault(Exception):
    """Why one entry cannot be used: the field and the reason."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


def flat(record: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """An entry, and those nested in its properties before it (each replaced there by its id).

    Raises:
        Fault: it is no entity, or nested too deep.
    """
    if not isinstance(record, dict):
        raise Fault("entity", "it is no entity but a plain value")
    if depth > DEEPEST:
        raise Fault("properties", f"entities are nested more than {DEEPEST} deep")
    properties = record.get("properties")
    if isinstance(properties, dict):
        for values in properties.values():
            for at, value in enumerate(values) if isinstance(values, list) else ():
                if isinstance(value, dict):
                    values[at] = value.get("id")
                    yield from flat(value, depth + 1)
    yield record


def shaped(record: Mapping[str, Any], dataset: str, scope: frozenset[str], sign: Sign | None = None) -> Entity:
    """An entry in the shape that is kept.

    Args:
        record: as it was read, flat.
        dataset: the dataset it was loaded for.
        scope: that dataset and all below it; of the datasets the entry names only these count.
        sign: makes ids of ids where the dataset has a name space of its own.

    Raises:
        Fault: it has no id, an unknown schema or no properties.
    """
    uid, schema, given = record.get("id"), record.get("schema"), record.get("properties")
    if not isinstance(uid, str) or not _ID.match(uid):
        raise Fault("id", "the entity has no usable id")
    if not isinstance(schema, str) or schema_of(schema) is None:
        raise Fault("schema", f"{schema!r} is no schema of the FollowTheMoney model")
    if not isinstance(given, dict):
        raise Fault("properties", "the entity has no properties")
    known = props_of(schema)
    properties: dict[str, list[str]] = {}
    for name, values in given.items():
        prop = known.get(name)
        if prop is None:
            continue
        texts = list(dict.fromkeys(_texts(values)))
        if prop.entity and sign is not None:
            texts = [sign(text) for text in texts]
        if texts:
            properties[name] = texts
    datasets = [d for d in dict.fromkeys(_texts(record.get("datasets"))) if d in scope]
    referents = [r for r in dict.fromkeys(_texts(record.get("referents"))) if r != uid]
    target = record.get("target")
    if not isinstance(target, bool):
        target = bool({"sanction", "role.pep", "debarment"}.intersection(properties.get("topics", ())))
    caption = record.get("caption")
    return {
        "id": uid if sign is None else sign(uid),
        "caption": caption if isinstance(caption, str) and caption else caption_of(schema, properties),
        "schema": schema,
        "properties": properties,
        "datasets": datasets or [dataset],
        "referents": referents,
        "target": target,
        **{field: _moment(record.get(field)) for field in SEEN},
    }


def caption_of(schema: str, properties: Mapping[str, list[str]]) -> str:
    """What an entity is called: the first value of the properties its schema goes by, else the schema's label."""
    return next((v for prop in caption_props(schema) for v in properties.get(prop, ())), label(schema))


def put_together(entries: Iterable[Entity]) -> Entity:
    """Entries of one id as one entity: every value once, datasets and referents of all, the days that cover all.

    Where neither schema is a narrower word for the other, the first entry's stands.
    """
    whole: Entity = {}
    for entry in entries:
        if not whole:
            whole = {**entry, "properties": {k: list(v) for k, v in entry["properties"].items()}}
            whole["datasets"], whole["referents"] = list(entry["datasets"]), list(entry["referents"])
            continue
        whole["schema"] = more_specific(whole["schema"], entry["schema"]) or whole["schema"]
        for prop, values in entry["properties"].items():
            held = whole["properties"].setdefault(prop, [])
            held += [v for v in values if v not in held]
        for field in ("datasets", "referents"):
            whole[field] += [v for v in entry[field] if v not in whole[field]]
        whole["target"] = whole["target"] or entry["target"]
        for field, choose in (("first_seen", min), ("last_seen", max), ("last_change", max)):
            moments = [m for m in (whole[field], entry[field]) if m is not None]
            whole[field] = choose(moments) if moments else None
    known = props_of(whole["schema"])
    whole["properties"] = {k: v for k, v in whole["properties"].items() if k in known}
    return whole


def _texts(values: Any) -> Iterator[str]:
    for value in values if isinstance(values, list) else (values,):
        if isinstance(value, str):
            text = value.strip() if value[:1].isspace() or value[-1:].isspace() else value
            if text:
                yield text
        elif isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
            yield str(value)


def _moment(value: Any) -> str | None:
    """A moment as `YYYY-MM-DDTHH:MM:SS` in UTC, or None where it is none."""
    if not isinstance(value, str) or not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="seconds")
