"""Made-up possible matches: every name is invented."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from caudal.tables import ENTITIES, MATCHES, NAMES, PARTIES, TRANSFERS

NOW = datetime(2026, 1, 5, tzinfo=UTC)


class Day:
    """The tables of one day of screening; a test changes what it likes."""

    def __init__(self) -> None:
        self.parties: list[dict[str, Any]] = [
            {"party_id": p, "schema": "Person", "name": f"Zubirreta {p}", "aliases": ["Zubi", "Nemo"],
             "birth_date": None, "countries": ["mx"], "identifiers": [], "address": None}
            for p in ("p1", "p2")
        ]  # fmt: skip
        self.entities: dict[str, dict[str, Any]] = {
            e: {"birthDate": ["1966-07-17"], "program": ["X"], "notes": ["first"]} for e in ("e1", "e2")
        }
        self.names: list[tuple[str, str, str]] = [(e, f"Zubirreta {e}", "primary") for e in ("e1", "e2")]
        self.bits = {(p, e): 16.0 for p in ("p1", "p2") for e in ("e1", "e2")}
        self.band = "alert"
        self.purpose = "for Zubirreta"

    def tables(self) -> dict[str, pa.Table]:
        evidence = json.dumps({"query": "Zubirreta", "listed": "Zubirreta", "kind": "primary", "reasons": []})
        shared = {"probability": 0.8, "evidence": evidence, "list_version": "made up 1", "screened_at": NOW}
        rows = [
            {"party_id": p, "entity_id": e, "bits": bits, "alert": self.band == "alert", "band": self.band, **shared}
            for (p, e), bits in self.bits.items()
        ]
        rows.append({"transfer_id": "t1", "entity_id": "e1", "bits": 15.0, "alert": True, "band": "alert", **shared})
        return {
            "matches": MATCHES.build(rows),
            "parties": PARTIES.build(self.parties),
            "transfers": TRANSFERS.build(
                [{"transfer_id": "t1", "time": NOW, "payer_account": "a", "payee_account": "b", "amount": 1,
                  "currency": "USD", "amount_base": 1, "purpose": self.purpose}]
            ),
            "entities": ENTITIES.build(
                [{"entity_id": e, "schema": "Person", "caption": e, "properties": json.dumps(p), "dataset": "made_up"}
                 for e, p in self.entities.items()]
            ),
            "names": NAMES.build([dict(zip(("entity_id", "name", "kind"), n, strict=True)) for n in self.names]),
        }  # fmt: skip


@pytest.fixture
def day() -> Day:
    return Day()
