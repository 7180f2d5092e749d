"""All detectors over one ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from caudal.tables import COERCION, FINDINGS
from caudal.tracing.index import TransferIndex
from caudal.typologies import cycle, extortion, funnel, passthrough, structuring
from caudal.typologies.books import Books, LedgerLike
from caudal.typologies.findings import Finding, table
from caudal.typologies.settings import Settings

DETECTORS = {module.TYPOLOGY: module.detect for module in (extortion, funnel, structuring, passthrough, cycle)}
"""Every typology's name and its detector."""

Progress = Callable[[int, int | None], None]


def detect(
    ledger: LedgerLike,
    index: TransferIndex | None = None,
    settings: Settings | Mapping[str, Any] | Path | str | None = None,
    progress: Progress | None = None,
) -> pa.Table:
    """Patterns in a ledger that want a person's eyes, as a `findings` table, strongest first.

    `examine` gives the `coercion` table besides.

    Args:
        ledger: anything with `transfers` and `accounts` tables; `base_currency` (else USD) names the unit of amounts.
        index: the transfers' index where one exists already.
        settings: `Settings`, a mapping of some of its keys, or a TOML file; the defaults otherwise.
        progress: called as (done, total) after each step.

    Raises:
        InputError: the settings or a table cannot be used.
    """
    return examine(ledger, index, settings, progress)[0]


def examine(
    ledger: LedgerLike,
    index: TransferIndex | None = None,
    settings: Settings | Mapping[str, Any] | Path | str | None = None,
    progress: Progress | None = None,
) -> tuple[pa.Table, pa.Table]:
    """The `findings` of a ledger as `detect` gives them, and its `coercion` table: possible victims with probabilities.

    Arguments and errors are those of `detect`.
    """
    chosen = Settings.load(settings)
    total = len(DETECTORS) + 1
    books = Books.read(ledger, index, chosen.channels)
    findings: list[Finding] = []
    for done, detector in enumerate(DETECTORS.values(), start=1):
        if progress is not None:
            progress(done, total)
        if len(books):
            findings.extend(detector(books, chosen))
    found = table(books, findings) if findings else FINDINGS.empty()
    victims = extortion.coercion(books, chosen) if len(books) else COERCION.empty()
    if progress is not None:
        progress(total, total)
    return found, victims
