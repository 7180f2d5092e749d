"""Opens a snapshot from disk."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from caudal.screening import Screener
from caudal.server.data.catalogue import Catalogue, Dataset
from caudal.server.data.folder import Snapshots
from caudal.server.data.legal import FOLDER as LEGAL
from caudal.server.data.legal import Legal
from caudal.server.data.matched import FOLDER as FACTS
from caudal.server.data.matched import load_facts
from caudal.server.data.reader import SqliteStore
from caudal.server.snapshot import Snapshot

CATALOGUE = "catalogue.json"
INDEX = "index"


def open_snapshot(snapshots: Snapshots, version: str, *, check: bool = True) -> Snapshot:
    """Open a version, mapped into memory; it is held against removal until `close`.

    Args:
        check: compare every file with its checksum first.

    Raises:
        InputError: there is none, a file is missing or altered, or it was made by another version of this program.
    """
    held = snapshots.hold(version)
    try:
        snapshots.about(version, check=check)
        folder = snapshots.path(version)
        store = SqliteStore(folder)
        screener = Screener.load(folder / INDEX, check=False)
        facts = load_facts(folder / FACTS)
        legal = Legal(folder / LEGAL)
        catalogue = read_catalogue(folder / CATALOGUE)
    except BaseException:
        held.close()
        raise

    def close() -> None:
        store.close()
        held.close()

    made = datetime.strptime(version.partition("-")[0], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return Snapshot(version, catalogue, store, screener, facts, legal, made, close)


def write_catalogue(catalogue: Catalogue, path: Path) -> None:
    """Write the datasets of a snapshot."""
    rows: list[dict[str, Any]] = [
        {"name": d.name, "title": d.title, "version": d.version, "load": d.load, "children": list(d.children),
         "more": dict(d.more)}
        for d in catalogue.datasets.values()
    ]  # fmt: skip
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=1), "utf-8")


def read_catalogue(path: Path) -> Catalogue:
    """Read the datasets of a snapshot."""
    rows = json.loads(path.read_bytes())
    return Catalogue(Dataset(**{**row, "children": tuple(row["children"])}) for row in rows)
