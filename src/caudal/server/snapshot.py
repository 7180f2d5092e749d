"""What answers a request: one state of all datasets, whole and unchanging."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from caudal.server.problems import Unready

if TYPE_CHECKING:
    from caudal.screening import Screener
    from caudal.server.data.catalogue import Catalogue
    from caudal.server.data.facts import ListedFacts
    from caudal.server.data.legal import Legal
    from caudal.server.data.store import EntityStore


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One state of the datasets.

    Attributes:
        version: names this state; it changes when any dataset does, and stands in every answer and log line.
        catalogue: the datasets as the manifest describes them, with versions.
        store: entities, their ties, text search, filters and facets.
        screener: compares queries with every entity that can be matched.
        made: when its lists were read, UTC.
        facts: what a match is filtered by, one row per entity in the screener's order.
        legal: designations with their days, and who owns whom.
    """

    version: str
    catalogue: Catalogue
    store: EntityStore
    screener: Screener
    facts: ListedFacts
    legal: Legal
    made: datetime | None = None
    close: Callable[[], None] = field(default=lambda: None)


class Current:
    """The snapshot in force. A request takes it once and keeps it; a new one is put in its place whole."""

    def __init__(self, snapshot: Snapshot | None = None, why_not: str = "the lists are being read") -> None:
        self._lock = Lock()
        self._snapshot, self._why_not = snapshot, why_not

    def get(self) -> Snapshot:
        """The snapshot in force.

        Raises:
            Unready: there is none yet.
        """
        snapshot = self._snapshot
        if snapshot is None:
            raise Unready(self._why_not)
        return snapshot

    @property
    def ready(self) -> bool:
        """Whether there is one."""
        return self._snapshot is not None

    def put(self, snapshot: Snapshot) -> Snapshot | None:
        """Put another in its place; the one before comes back and stays usable by whoever holds it."""
        with self._lock:
            before, self._snapshot = self._snapshot, snapshot
        return before

    def failed(self, why: str) -> None:
        """Say why there is none."""
        self._why_not = why
