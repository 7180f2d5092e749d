"""FollowTheMoney entities as JSON lines, such as an OpenSanctions export.

People, firms, vessels and aircraft become entities; `Sanction` becomes designations; `Ownership`, `Control`,
`Directorship` and `Representation` stakes; other ties links or notes. What else there is (documents, positions...) is
skipped and counted. Ids get the prefix `ftm-`, so that they never clash with those of the list they were made from.
Model: https://followthemoney.tech/docs/
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from caudal.errors import InputError
from caudal.register.countries import is_country_code
from caudal.register.dates import iso_part, whole_day
from caudal.register.entry import Draft, Entity, NameKind
from caudal.register.naming import script_of
from caudal.register.readers.ftm_edges import EDGES, Edges
from caudal.register.readers.json_lines import items, json_lines, word
from caudal.register.readers.properties import COUNTRIES, DATES, KNOWN, NAMES, put
from caudal.register.rejects import Rejects
from caudal.register.sources import ListVersion, ReadList, dataset_of, dated_version
from caudal.tables import OWNERSHIP

PREFIX = "ftm-"
SCHEMA = {
    "Person": "Person",
    "Company": "Company",
    "Organization": "Organization",
    "PublicBody": "Organization",
    "LegalEntity": "LegalEntity",
    "Vessel": "Vessel",
    "Airplane": "Airplane",
}
"""Schema of the export to the one the register holds."""
_ID = re.compile(r"[^\s\x00-\x1f]{1,250}$")
_DEEPEST = 6
_NAME_KIND: dict[str, NameKind] = {"name": "alias", "alias": "alias", "weakAlias": "weak", "previousName": "former"}


def read_ftm(path: Path, published: date | None = None) -> ReadList:
    """Read an export. The latest `last_seen` (else `last_change`) is the version where none is given.

    Raises:
        InputError: the file is missing, is no JSON lines, or gives no usable entity.
    """
    rejects = Rejects()
    edges = Edges(str(path), PREFIX, rejects)
    drafts: dict[str, tuple[Draft, str]] = {}
    lines: dict[str, int] = {}
    skipped: Counter[str] = Counter()
    latest: date | None = None
    for number, line in json_lines(path, rejects):
        for record in _flat(line, 0):
            fault = _fault(record, lines)
            if fault:
                rejects.add(str(path), number, fault[0], fault[1], line)
                continue
            seen = whole_day(word(record.get("last_seen"))) or whole_day(word(record.get("last_change")))
            latest = max(filter(None, (latest, seen)), default=None)
            schema = record["schema"]
            if schema in EDGES:
                edges.add(record, number)
            elif schema in SCHEMA:
                made = _draft(record, number, str(path), rejects)
                if made is not None:
                    lines[record["id"]] = number
                    drafts[made[0].id] = made
                    for address in texts(record, "addressEntity"):
                        edges.live(made[0].id, address)
            else:
                skipped[schema] += 1
    for schema, count in sorted(skipped.items()):
        reason = f"the schema {schema!r} is not read here; {count} entities of it are left out"
        rejects.add(str(path), None, "schema", reason, {"schema": schema, "entities": count})
    day, words = dated_version(path, published or latest)
    dataset = dataset_of("ftm", path)
    found = edges.resolve({key: draft for key, (draft, _) in drafts.items()}, f"{path.name}, version {words}")
    entities: list[Entity] = [
        draft.finish(caption, found.designations.get(key, []), dataset, day) for key, (draft, caption) in drafts.items()
    ]
    if not entities:
        raise InputError("it holds no usable FollowTheMoney entity", file=str(path))
    table = OWNERSHIP.build(found.stakes) if found.stakes else OWNERSHIP.empty()
    version = ListVersion(dataset, words, day, str(path), len(entities))
    return ReadList(version, entities, rejects, found.links, ownership=table)


def _flat(record: Any, depth: int) -> Iterator[dict[str, Any]]:
    """A record, and those nested in its properties (each replaced there by its id)."""
    properties = record.get("properties")
    if isinstance(properties, dict) and depth < _DEEPEST:
        for prop, values in properties.items():
            for at, value in enumerate(values) if isinstance(values, list) else ():
                if isinstance(value, dict) and "schema" in value:
                    values[at] = word(value.get("id"))
                    inner = value.get("properties")
                    if isinstance(inner, dict) and prop in _BACK:
                        inner.setdefault(_BACK[prop], [record.get("id")])
                    yield from _flat(value, depth + 1)
    yield record


_BACK = {"sanctions": "entity", "ownershipOwner": "owner", "ownershipAsset": "asset"}
"""Properties under which an export nests edges, and the edge's property that leads back."""


def _fault(record: dict[str, Any], lines: dict[str, int]) -> tuple[str, str] | None:
    uid = record.get("id")
    if not isinstance(uid, str) or not _ID.match(uid):
        return "id", "the entity has no id"
    if not isinstance(record.get("schema"), str):
        return "schema", "the entity has no schema"
    if not isinstance(record.get("properties"), dict):
        return "properties", "the entity has no properties"
    if uid in lines:
        return "id", f"the id {uid} is taken by the entity in line {lines[uid]}"
    return None


def texts(record: dict[str, Any], prop: str) -> list[str]:
    """The texts of a property, each once."""
    values = record["properties"].get(prop)
    values = values if isinstance(values, list) else [values]
    return list(dict.fromkeys(v for value in values if (v := word(value))))


def _draft(record: dict[str, Any], row: int, file: str, rejects: Rejects) -> tuple[Draft, str] | None:
    draft = Draft(f"{PREFIX}{record['id']}", SCHEMA[record["schema"]])
    names = {prop: [n for n in texts(record, prop) if any(map(str.isalnum, n))] for prop in NAMES}
    caption = word(record.get("caption"))
    first = caption if caption in names["name"] else next((n for prop in NAMES for n in names[prop]), "")
    if not first:
        rejects.add(file, row, "name", "the entity has no name", record)
        return None
    draft.name(first, "primary", script_of(first))
    for prop, held in names.items():
        for name in held:
            if name != first:
                draft.name(name, _NAME_KIND[prop], script_of(name))
    for prop in record["properties"]:
        if prop in NAMES or prop not in KNOWN:
            continue  # names are done; a property of another kind leads to other entities
        for text in texts(record, prop):
            value: str | None = text
            if prop in DATES and prop not in {"createdAt", "modifiedAt", "retrievedAt"}:
                value = iso_part(text[:10])
                if value is None:
                    rejects.add(file, row, prop, f"{text!r}: it is no date; kept in the notes only", record)
                    draft.add("notes", f"{prop}: {text}")
            elif prop in COUNTRIES:
                value = text.casefold() if is_country_code(text.casefold()) else None
                draft.add("notes", None if value else f"{prop}: {text}")
            put(draft, prop, value)
    origins = ", ".join(v for value in items(record.get("datasets")) if (v := word(value)))
    draft.add("notes", f"Datasets: {origins}" if origins else None)
    return draft, first
