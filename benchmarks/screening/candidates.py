"""Is anything lost before scoring: pairs that exhaustive scoring keeps, and that the index gives too."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
from benchmarks.screening import perturbed
from benchmarks.screening.common import SEED, Setting, parties, table


def _pairs(matches: pa.Table) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    kept: set[tuple[str, str]] = set()
    alerts: set[tuple[str, str]] = set()
    columns = (matches[name].to_pylist() for name in ("party_id", "entity_id", "alert"))
    for party, entity, alert in zip(*columns, strict=True):
        kept.add((party, entity))
        if alert:
            alerts.add((party, entity))
    return kept, alerts


def run(setting: Setting, most: int) -> dict[str, Any]:
    """Share of kept pairs and of alerts of exhaustive scoring that the index gives, against OFAC and UN."""
    rng = random.Random(SEED)  # noqa: S311
    result: dict[str, Any] = {}
    lines = []
    for what in ("people", "bodies"):
        asked = [query for kind in perturbed.queries(setting, what).values() for query in kind]
        asked = rng.sample(asked, min(most, len(asked)))
        names = parties([q.written for q in asked], "Person" if what == "people" else "Company")
        indexed = _pairs(setting.everyone.match(names))
        full = _pairs(setting.everyone.match(names, exhaustive=True))
        kept, alerts = len(full[0]), len(full[1])
        result[what] = {
            "queries": len(asked),
            "kept": kept,
            "kept_recall": len(full[0] & indexed[0]) / max(kept, 1),
            "alerts": alerts,
            "alert_recall": len(full[1] & indexed[1]) / max(alerts, 1),
        }
        lines.append((what, len(asked), kept, result[what]["kept_recall"], alerts, result[what]["alert_recall"]))
    head = ("written names", "queries", "pairs kept", "of them by index", "alerts", "of them by index")
    table("candidates: exhaustive scoring against the index, OFAC and UN", head, lines)
    return result
