"""Where every possible match stands: open, asked, waiting for a second person, decided, or come back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from caudal.casebook.book import key_of, same_person
from caudal.casebook.ground import Ground, Key, grounds
from caudal.tables import STANDING

SECONDED = frozenset({"confirmed"})
"""Verdicts that want a second person before they count."""


def standing(decisions: pa.Table, tables: Mapping[str, pa.Table]) -> pa.Table:
    """The STANDING table.

    Args:
        decisions: in the order they were made.
        tables: matches, parties, transfers, entities and names of today.

    A decision counts for its own pair alone: nothing carries over to another list entry, however alike, or to another
    party. It counts for as long as `Ground.changes` finds nothing; the latest decision on a pair replaces the others.
    """
    made: dict[Key, list[dict[str, Any]]] = {}
    for row in decisions.to_pylist():
        made.setdefault(key_of(row), []).append(row)
    matches = tables["matches"]
    wants = matches.filter(pc.or_(matches["alert"], pc.fill_null(pc.equal(matches["band"], "ask"), False)))
    open_keys = dict.fromkeys(key_of(row) for row in wants.select(["party_id", "transfer_id", "entity_id"]).to_pylist())
    now = grounds(tables, set(made))
    rows = [_state(key, made.get(key, ()), now.get(key)) for key in dict.fromkeys([*open_keys, *made])]
    return STANDING.build(rows) if rows else STANDING.empty()


def _state(key: Key, made: Sequence[Mapping[str, Any]], now: Ground | None) -> dict[str, Any]:
    row: dict[str, Any] = dict(zip(("party_id", "transfer_id", "entity_id"), key, strict=True))
    row |= {"state": "open", "changes": []}
    if not made:
        return row
    first = [one for one in made if one["seconds"] is None][-1]
    seconds = [one for one in made if one["seconds"] == first["decision_id"]]
    others = [one["decided_by"] for one in seconds if not same_person(one["decided_by"], first["decided_by"])]
    row |= {name: first[name] for name in ("decision_id", "verdict", "reason", "decided_by", "decided_at")}
    row["seconded_by"] = others[0] if others else None
    if now is None:
        return {**row, "state": "gone"}
    changes = Ground.from_json(first["rested_on"]).changes(now)
    if changes:
        return {**row, "state": "came back", "changes": changes}
    if first["verdict"] == "more":
        return {**row, "state": "asked"}
    if first["verdict"] in SECONDED and not others:
        return {**row, "state": "waits"}
    return {**row, "state": "decided"}


def cleared(table: pa.Table) -> set[Key]:
    """The pairs of a STANDING table that a person has cleared, and whose ground has not changed since."""
    rows = table.select(["party_id", "transfer_id", "entity_id", "state", "verdict"]).to_pylist()
    return {key_of(row) for row in rows if row["state"] == "decided" and row["verdict"] == "cleared"}
