"""What people decided about the possible matches of a workspace, and where each stands."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from caudal.casebook import Casebook, Ground, grounds, standing
from caudal.errors import InputError
from caudal.storage import read_table
from caudal.tables import TABLES
from caudal.workspace.config import load_config

READS = ("matches", "parties", "transfers", "entities", "names")
"""Tables a standing is worked out from."""

Pair = tuple[str | None, str | None, str]


def decide(
    workspace: Path, *, entity: str, verdict: str, reason: str, by: str, party: str | None = None,
    transfer: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Write down a person's decision about one possible match of the workspace's last run.

    Returns:
        The row of `decisions` written.

    Raises:
        InputError: the workspace has no run, the pair is no possible match of it, or something is missing.
    """
    if (party is None) == (transfer is None):
        raise InputError("say which: a party, or a transfer whose text matched", field="party")
    tables = _tables(workspace)
    key = (party, transfer, entity)
    match = _match(tables["matches"], key)
    book = casebook(workspace)
    return book.decide(
        key, verdict, reason=reason, by=by, ground=_ground(tables, key), list_version=match["list_version"]
    )


def second(workspace: Path, decision: str, *, by: str, reason: str = "") -> dict[str, Any]:
    """Write down that another person has looked at a decision and agrees; arguments and errors as for `decide`."""
    book = casebook(workspace)
    row = next((row for row in book.rows if row["decision_id"] == decision), None)
    if row is None:
        raise InputError(f"there is no decision {decision!r}", file=str(book.path), field="second")
    tables = _tables(workspace)
    key = (row["party_id"], row["transfer_id"], row["entity_id"])
    _match(tables["matches"], key)
    return book.second(decision, by=by, reason=reason, ground=_ground(tables, key))


def stand(workspace: Path) -> list[dict[str, Any]]:
    """Rows of `standing` as of now, each with the names of both sides, what wants a person first."""
    tables = _tables(workspace)
    rows = standing(casebook(workspace).table(), tables).to_pylist()
    names = dict(zip(*(tables["parties"][c].to_pylist() for c in ("party_id", "name")), strict=True))
    captions = dict(zip(*(tables["entities"][c].to_pylist() for c in ("entity_id", "caption")), strict=True))
    matches = {
        (m["party_id"], m["transfer_id"], m["entity_id"]): m
        for m in tables["matches"].select(["party_id", "transfer_id", "entity_id", "band", "bits"]).to_pylist()
    }
    for row in rows:
        found = matches.get((row["party_id"], row["transfer_id"], row["entity_id"]), {"band": None, "bits": None})
        row |= {
            "name": names.get(row["party_id"]) or row["party_id"] or row["transfer_id"],
            "caption": captions.get(row["entity_id"], row["entity_id"]),
            "band": found["band"],
            "bits": found["bits"],
        }
    order = {state: place for place, state in enumerate(ORDER)}
    return sorted(rows, key=lambda r: (order[r["state"]], r["band"] != "alert", -(r["bits"] or 0)))


ORDER = ("came back", "waits", "open", "asked", "decided", "gone")
"""States, what wants a person first."""


def casebook(workspace: Path) -> Casebook:
    """The decisions of a workspace."""
    return Casebook(load_config(workspace).decisions)


def _tables(workspace: Path) -> Mapping[str, pa.Table]:
    folder = workspace / "tables"
    if not (folder / "matches.parquet").is_file():
        raise InputError("nothing was screened here yet; `caudal run` does it", file=str(workspace))
    return {name: read_table(folder / f"{name}.parquet", TABLES[name]) for name in READS}


def _match(matches: pa.Table, key: Pair) -> dict[str, Any]:
    for row in matches.filter(pa.compute.equal(matches["entity_id"], key[2])).to_pylist():
        if (row["party_id"], row["transfer_id"]) == key[:2]:
            return dict(row)
    raise InputError(
        f"{key[0] or key[1]} and {key[2]} are no possible match in the last run", file="matches", field="entity"
    )


def _ground(tables: Mapping[str, pa.Table], key: Pair) -> Ground:
    return grounds(tables, {key})[key]
