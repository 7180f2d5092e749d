"""Numbers for Prometheus: requests, latency, matches by band, refusals, and which state of the lists answers."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from caudal.server.gate.chain import End
from caudal.server.settings import METRICS
from caudal.server.snapshot import Current

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The numbers of one process; with several, each writes its own file and `text` adds them up.

    Args:
        current: holds the state of the lists that answers.
        head: gives the head of the log of look-ups, where there is a log.
    """

    def __init__(self, current: Current, head: Callable[[], End] | None = None) -> None:
        self._head = head
        own = self._own = CollectorRegistry()
        self._current, self._since = current, time.time()
        self.requests = Counter("caudal_requests", "Requests answered", ["route", "method", "status"], registry=own)
        self.seconds = Histogram(
            "caudal_request_seconds", "Time to answer a request", ["route"], buckets=BUCKETS, registry=own
        )
        self.refused = Counter("caudal_refused", "Requests refused before the question", ["reason"], registry=own)
        self.matches = Counter("caudal_matches", "Results of screening by band", ["band"], registry=own)
        self.queries = Counter("caudal_queries", "Queries looked up", ["kind"], registry=own)
        self.reloads = Counter("caudal_reloads", "States of the lists taken into use, by process", registry=own)
        self.faults = Counter("caudal_faults", "Requests that ended in a fault of the server", registry=own)

    def noted(self, kind: str, queries: int, bands: Mapping[str, int]) -> None:
        """Count look-ups."""
        self.queries.labels(kind).inc(queries)
        for band, count in bands.items():
            self.matches.labels(band).inc(count)

    def text(self) -> bytes:
        """All numbers in Prometheus's text format."""
        folder = os.environ.get(METRICS)
        if folder and Path(folder).is_dir():
            shown = CollectorRegistry()
            MultiProcessCollector(shown, folder)  # type: ignore[no-untyped-call]
        else:
            shown = self._own
        return generate_latest(shown) + generate_latest(_Snapshots(self._current, self._head))


class _Snapshots(Collector):
    """The state of the lists; the same in every process but for a second after a reload."""

    def __init__(self, current: Current, head: Callable[[], End] | None) -> None:
        self._current, self._head = current, head

    def collect(self) -> Iterable[Metric]:
        yield from self._log()
        ready = self._current.ready
        yield GaugeMetricFamily("caudal_ready", "Whether a state of the lists is loaded", value=float(ready))
        if ready:
            snapshot = self._current.get()
            version = GaugeMetricFamily("caudal_snapshot", "The state of the lists that answers", labels=["version"])
            version.add_metric([snapshot.version], 1.0)
            yield version
            count = GaugeMetricFamily("caudal_entities", "Entities that can be matched")
            count.add_metric([], float(len(snapshot.facts)))
            yield count
            made = _made(snapshot.version)
            if made is not None:
                yield GaugeMetricFamily(
                    "caudal_snapshot_age_seconds", "Since the lists were indexed", value=time.time() - made
                )

    def _log(self) -> Iterable[Metric]:
        """The head of the log: whoever keeps these two numbers elsewhere can show later what was cut off."""
        try:
            end = self._head() if self._head is not None else End()
        except OSError:
            return
        if end.number:
            yield GaugeMetricFamily("caudal_lookups_lines", "Lines ever logged of look-ups", value=float(end.number))
            yield GaugeMetricFamily(
                "caudal_lookups_chain",
                "First 48 bits of the chain at that line, as a number",
                value=float(int(end.chain[:12], 16)),
            )


def _made(version: str) -> float | None:
    """When a snapshot was made, from the time its version begins with."""
    try:
        return datetime.strptime(version[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None
