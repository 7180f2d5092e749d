"""What a decision rests on: the fields of the party and of the list entry, and the evidence a person saw.

The file of decisions keeps them whole, so that later the difference can be said in words. Left out is what says nothing
of who somebody is (`ASIDE`), and small moves of the bits: they follow how common a name is in today's file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

ASIDE = frozenset({"program", "programId", "sourceUrl", "publisher", "modifiedAt", "createdAt", "topics"})
"""Properties of a list entry that do not say who it is: a further programme is no reason to look at it again."""

MOVED = 2.0
"""Bits the evidence may move before a decision comes back."""

Key = tuple[str | None, str | None, str]
"""party_id or transfer_id (the other is None), and entity_id."""


@dataclass(frozen=True)
class Ground:
    """The ground of one decision.

    Attributes:
        party: fields of the party, or `purpose` of the payment; lists sorted, empty ones left out.
        entry: schema, names and properties of the list entry, likewise.
        evidence: band, bits, and the names compared.
    """

    party: Mapping[str, Any]
    entry: Mapping[str, Any]
    evidence: Mapping[str, Any]

    def to_json(self) -> str:
        """The `rested_on` column of the decisions table."""
        held = {"party": self.party, "entry": self.entry, "evidence": self.evidence}
        return json.dumps(held, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Ground:
        """Read `rested_on` back.

        Raises:
            ValueError: it is none.
        """
        held = json.loads(text)
        if not isinstance(held, dict) or not all(isinstance(held.get(k), dict) for k in ("party", "entry", "evidence")):
            raise ValueError("it is not what a decision rests on")
        return cls(held["party"], held["entry"], held["evidence"])

    @property
    def fingerprint(self) -> str:
        """A short hash of everything but the bits."""
        evidence = {name: value for name, value in self.evidence.items() if name != "bits"}
        text = json.dumps([self.party, self.entry, evidence], ensure_ascii=False, sort_keys=True)
        return hashlib.blake2b(text.encode(errors="replace"), digest_size=16).hexdigest()

    def changes(self, now: Ground) -> list[str]:
        """What differs today, each difference in words; empty where the decision still stands on the same ground."""
        out = _changes("party", self.party, now.party) + _changes("list entry", self.entry, now.entry)
        old, new = dict(self.evidence), dict(now.evidence)
        before, after = float(old.pop("bits", 0)), float(new.pop("bits", 0))
        out += _changes("evidence", old, new)
        if abs(after - before) >= MOVED:
            out.append(f"evidence, bits: was {before:.1f}, now {after:.1f}")
        return out


def _changes(what: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    out = []
    for name in sorted({*old, *new}):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        if isinstance(before or [], list) and isinstance(after or [], list):
            gone = [str(x) for x in before or [] if x not in (after or [])]
            came = [str(x) for x in after or [] if x not in (before or [])]
            words = [f"{word} {', '.join(some)}" for word, some in (("lost", gone), ("gained", came)) if some]
            out.append(f"{what}, {name}: {'; '.join(words)}")
        else:
            out.append(f"{what}, {name}: was {_shown(before)}, now {_shown(after)}")
    return out


def _shown(value: Any) -> str:
    return "empty" if value in (None, "", []) else str(value)


def grounds(tables: Mapping[str, pa.Table], keys: set[Key] | None = None) -> dict[Key, Ground]:
    """The ground of every match (of `keys` alone where given), by (party_id, transfer_id, entity_id).

    Args:
        tables: matches, parties, transfers, entities and names.
    """
    matches = tables["matches"].select(["party_id", "transfer_id", "entity_id", "bits", "band", "evidence"]).to_pylist()
    if keys is not None:
        matches = [m for m in matches if (m["party_id"], m["transfer_id"], m["entity_id"]) in keys]
    parties = _rows(tables["parties"], "party_id", {m["party_id"] for m in matches})
    transfers = _rows(
        tables["transfers"].select(["transfer_id", "purpose"]), "transfer_id", {m["transfer_id"] for m in matches}
    )
    wanted = {m["entity_id"] for m in matches}
    entities = _rows(tables["entities"], "entity_id", wanted)
    names: dict[str, list[str]] = {}
    listed = tables["names"].select(["entity_id", "name", "kind"])
    for row in listed.filter(pc.is_in(listed["entity_id"], value_set=_texts(wanted))).to_pylist():
        names.setdefault(row["entity_id"], []).append(f"{row['name']} ({row['kind']})")
    found: dict[Key, Ground] = {}
    for m in matches:
        party = parties.get(m["party_id"], {}) if m["party_id"] else transfers.get(m["transfer_id"], {})
        entity = entities.get(m["entity_id"], {})
        found[m["party_id"], m["transfer_id"], m["entity_id"]] = Ground(
            _plain({k: v for k, v in party.items() if k not in ("party_id", "transfer_id")}),
            _plain({**_properties(entity), "schema": entity.get("schema"), "names": names.get(m["entity_id"], [])}),
            _evidence(m),
        )
    return found


def _texts(values: set[Any]) -> pa.Array:
    return pa.array(sorted(v for v in values if v is not None), pa.string())


def _rows(table: pa.Table, key: str, wanted: set[Any]) -> dict[str, dict[str, Any]]:
    kept = table.filter(pc.is_in(table[key], value_set=_texts(wanted)))
    return {row[key]: row for row in kept.to_pylist()}


def _properties(entity: Mapping[str, Any]) -> dict[str, Any]:
    try:
        held = json.loads(entity.get("properties") or "{}")
    except ValueError:
        return {"properties": entity.get("properties")}
    return {k: v for k, v in held.items() if k not in ASIDE} if isinstance(held, dict) else {}


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Lists in one order, empty fields left out: the order of a file is no change."""
    return {
        name: sorted(map(str, value)) if isinstance(value, list) else value
        for name, value in fields.items()
        if value not in (None, "", [])
    }


def _evidence(match: Mapping[str, Any]) -> dict[str, Any]:
    try:
        held = json.loads(match["evidence"])
    except ValueError:
        held = {}
    held = held if isinstance(held, dict) else {}
    compared = {f"{side} name": held[key] for side, key in (("given", "query"), ("listed", "listed")) if held.get(key)}
    return {"band": match["band"], "bits": round(match["bits"], 2), **compared}
