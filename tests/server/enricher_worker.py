"""Asks a server as nomenklatura's yente enricher does; run by `test_enricher.py` in an environment of its own.

Reads one JSON task from its input: `config` of the enricher, and `entities`. Writes what it found and, request by
request, what it sent.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from followthemoney import Dataset, StatementEntity
from nomenklatura.enrich import make_enricher
from requests import PreparedRequest, Session

MINE = Dataset.make({"name": "mine", "title": "Mine"})


class NoCache:
    """Remembers nothing."""

    def get(self, key: str, max_age: Any = None) -> None:
        """Nothing."""

    def get_json(self, key: str, max_age: Any = None) -> None:
        """Nothing."""

    def set(self, key: str, value: Any) -> None:
        """Nothing is kept."""

    def set_json(self, key: str, value: Any) -> None:
        """Nothing is kept."""

    def preload(self, like: str) -> None:
        """Nothing."""


class Recorder(Session):
    """A session that keeps what was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []

    def send(self, request: PreparedRequest, **kwargs: Any) -> Any:
        """Send it, and keep it."""
        body = json.loads(request.body) if request.body else None
        self.sent.append({"method": request.method, "path": request.path_url, "body": body})
        return super().send(request, **kwargs)


def main() -> None:
    """Do the task."""
    task = json.load(sys.stdin)
    session = Recorder()
    config = {"type": "nomenklatura.enrich.yente:YenteEnricher", "cache_days": 0, **task["config"]}
    enricher = make_enricher(MINE, NoCache(), config, http_session=session)
    found = []
    for data in task["entities"]:
        entity = StatementEntity.from_data(MINE, data, cleaned=False)
        matches = []
        for match in enricher.match_wrapped(entity):
            beside = [(one.id, one.schema.name) for one in enricher.expand_wrapped(entity, match)]
            told = {"id": match.id, "schema": match.schema.name, "source": match.get("sourceUrl"), "beside": beside}
            matches.append(told | {"names": sorted(match.get("name"))})
        found.append(matches)
    json.dump({"found": found, "sent": session.sent}, sys.stdout)


if __name__ == "__main__":
    main()
