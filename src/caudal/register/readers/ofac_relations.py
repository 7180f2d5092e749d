"""The relations between parties in OFAC's advanced XML: stakes of ownership, and ties that are none.

OFAC says that one is "owned or controlled by" another without a share, so the share is put down as anything from 0 to
100%: the 50 Percent Rule then answers that it cannot tell, never that nobody owns it. A former relation, and a family
tie, is kept as a note only. Type ids: the file's RelationTypeValues.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, NamedTuple

import pyarrow as pa

from caudal.register.entry import Entity, Link
from caudal.tables import OWNERSHIP, WHOLE

Kind = Literal["owns", "controls", "acts for", "linked", "family"]


class RelationType(NamedTuple):
    """What a relation type means; `reverse` where the From profile is the owned one and the To profile the owner."""

    kind: Kind
    reverse: bool
    words: str


TYPES: dict[str, RelationType] = {
    "1555": RelationType("linked", False, "Associate of"),
    "15001": RelationType("linked", False, "Providing support to"),
    "15002": RelationType("acts for", False, "Acting for or on behalf of"),
    "15003": RelationType("owns", True, "Owned or controlled by"),
    "15004": RelationType("family", False, "Family member of"),
    "91422": RelationType("linked", False, "Playing a significant role in"),
    "91725": RelationType("linked", False, "Leader or official of"),
    "91900": RelationType("controls", False, "Principal executive officer of"),
    "92019": RelationType("owns", False, "Owns, controls or operates"),
    "92122": RelationType("owns", True, "Property in the interest of"),
}
_THINGS = frozenset({"Vessel", "Airplane"})


class Relation(NamedTuple):
    """One ProfileRelationship as read; `words` is the file's own word for the type, `row` its line."""

    type_id: str
    words: str
    from_id: str
    to_id: str
    former: bool
    begins: date | None
    ends: date | None
    comment: str
    row: int | None


def stake(relation: Relation, first: Entity, second: Entity, source: str) -> dict[str, Any] | None:
    """The row of OWNERSHIP that a relation of `first` to `second` makes, or None where it makes none.

    A vessel or aircraft owns nothing: where the file has it the wrong way round, it is turned.
    """
    known = TYPES.get(relation.type_id)
    if relation.former or known is None or known.kind in {"linked", "family"}:
        return None
    owner, asset = (second, first) if known.reverse else (first, second)
    if owner.schema in _THINGS and asset.schema not in _THINGS:
        owner, asset = asset, owner
    most = WHOLE if known.kind == "owns" else 0
    return {
        "owner_id": owner.id,
        "asset_id": asset.id,
        "share_min": 0,
        "share_max": most,
        "kind": known.kind,
        "from": relation.begins,
        "until": relation.ends,
        "source": f"{source}: {first.caption}: {said(relation, second)}",
    }


def said(relation: Relation, other: Entity) -> str:
    """The relation in words: `Acting for or on behalf of: X`."""
    known = TYPES.get(relation.type_id)
    words = relation.words.strip(" :") or (known.words if known else f"relation of type {relation.type_id}")
    comment = f" ({relation.comment})" if relation.comment else ""
    return f"{'Former: ' if relation.former else ''}{words}: {other.caption}{comment}"


def link(relation: Relation, first: Entity, second: Entity) -> Link | None:
    """The tie that may make `first` a member of the group that `second` is; None for family and what is over."""
    known = TYPES.get(relation.type_id)
    if relation.former or (known is not None and known.kind == "family"):
        return None
    return Link(first.id, second.id, said(relation, second))


def table(rows: list[dict[str, Any]]) -> pa.Table | None:
    """The stakes as a table of shape OWNERSHIP, each once; None where there are none."""
    once = {(r["owner_id"], r["asset_id"], r["kind"], r["from"], r["source"]): r for r in rows}
    return OWNERSHIP.build(list(once.values())) if once else None
