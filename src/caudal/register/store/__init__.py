"""The list store: every version of every list, kept as it came, and what changed between them.

    store = Store("lists")
    update(store, ["un"])                                   # of caudal.register.store.update
    Register.load(store, known_at=date(2026, 8, 1))         # what was held that day

A folder: `index.json` says what is held, `raw/HASH/` holds the publisher's own files under their BLAKE2b hash.
"""

from caudal.register.store.diff import Amendment, Diff, FieldChange, compare
from caudal.register.store.history import Event, History, history
from caudal.register.store.index import ListRecord, Source, Version
from caudal.register.store.snapshot import Snapshot, read_snapshot
from caudal.register.store.where import DEFAULT_FOLDER, Store

__all__ = [
    "DEFAULT_FOLDER",
    "Amendment",
    "Diff",
    "Event",
    "FieldChange",
    "History",
    "ListRecord",
    "Snapshot",
    "Source",
    "Store",
    "Version",
    "compare",
    "history",
    "read_snapshot",
]
