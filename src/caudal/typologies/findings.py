"""A finding on its way into the table: scores that never fall when the evidence grows, words with numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import iso4217
import numpy as np
import pyarrow as pa

from caudal.tables import FINDINGS
from caudal.tracing.index import Codes, Ints
from caudal.typologies.books import Books

INNOCENT = "Innocent explanation: "
"""How the reason begins that says what else could look so; every finding has one."""


@dataclass(frozen=True)
class Finding:
    """One pattern.

    Attributes:
        typology: its name.
        accounts: codes of the accounts concerned, the centre first, each once.
        roles: the part each plays, in the same order.
        rows: its transfers as rows of the index.
        score: 0..1, for ordering only.
        reasons: sentences with the numbers, the last one begins with `INNOCENT`.
        probability: where the typology has a calibrated one.
    """

    typology: str
    accounts: Sequence[int]
    roles: Sequence[str]
    rows: Ints | Codes
    score: float
    reasons: Sequence[str]
    probability: float | None = None


def ramp(value: float, low: float, high: float) -> float:
    """0 up to `low`, 1 from `high` on, a straight line between; falling where `low > high`."""
    return float(min(1.0, max(0.0, (value - low) / (high - low))))


def blend(features: Mapping[str, tuple[float, float]]) -> float:
    """Weighted mean of features (value 0..1, weight): never falls when one of them rises."""
    weights = sum(weight for _, weight in features.values())
    return round(sum(value * weight for value, weight in features.values()) / weights, 4)


def cast(books: Books, centre: int, role: str, others: Mapping[int, str]) -> tuple[list[int], list[str]]:
    """The accounts with the centre first and the others by code, and their roles in the same order.

    A pooled account (a till, a bank's own) is named so, whatever it did: it stands for many people.
    """
    rest = sorted(int(code) for code in others if code != centre)
    roles = ["pooled account" if books.pooled[code] else others[code] for code in rest]
    return [int(centre), *rest], [role, *roles]


def table(books: Books, findings: Sequence[Finding]) -> pa.Table:
    """The findings as a table, best score first, ties by id.

    Where two findings of a typology are made of the same transfers (two ends of one pattern), the stronger one stands.
    """
    columns: dict[str, list[Any]] = {column.name: [] for column in FINDINGS.columns}
    ix = books.index
    seen: set[str] = set()
    for finding in sorted(findings, key=lambda one: -one.score):
        rows = np.unique(np.asarray(finding.rows, dtype=np.int64))
        ids = ix.transfer_ids.take(pa.array(rows)).to_pylist()
        name = finding_id(finding.typology, ids)
        if name in seen:
            continue
        seen.add(name)
        columns["finding_id"].append(name)
        columns["typology"].append(finding.typology)
        columns["accounts"].append(ix.accounts.take(pa.array(list(finding.accounts), pa.int64())).to_pylist())
        columns["roles"].append(list(finding.roles))
        columns["transfers"].append(ids)
        columns["amount"].append(int(ix.amount[rows].sum()))
        columns["first"].append(int(ix.time[rows[0]]))
        columns["last"].append(int(ix.time[rows[-1]]))
        columns["score"].append(finding.score)
        columns["reasons"].append(list(finding.reasons))
        columns["probability"].append(finding.probability)
    built = FINDINGS.build(columns)
    return built.sort_by([("score", "descending"), ("finding_id", "ascending")])


def finding_id(typology: str, transfer_ids: Sequence[str]) -> str:
    """The typology and a hash of its transfers, whatever their order."""
    digest = hashlib.blake2b("\x1f".join(sorted(transfer_ids)).encode(), digest_size=10).hexdigest()
    return f"{typology.replace(' ', '-')}-{digest}"


@cache
def minor_digits(currency: str) -> int:
    """Digits of a currency's minor unit (2 where the currency is not known)."""
    try:
        return int(iso4217.Currency(currency).exponent or 0)
    except ValueError:
        return 2


def money(minor: float, currency: str) -> str:
    """An amount in minor units as text: `USD 1,250` or `USD 1,250.50`."""
    digits = minor_digits(currency)
    whole = minor / 10**digits
    return f"{currency} {whole:,.0f}" if round(minor) % 10**digits == 0 else f"{currency} {whole:,.{digits}f}"


def day(microseconds: int) -> str:
    """The day of a time, as ISO text."""
    return datetime.fromtimestamp(int(microseconds) // 1_000_000, UTC).date().isoformat()


def percent(part: float) -> str:
    """A share as a whole percentage; never 100% for less than all."""
    return f"{99 if 0.99 < part < 1 else round(part * 100)}%"


def count(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: `1 payer`, `12 payers`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def hours(value: float) -> str:
    """A time span in hours below two days, in days from there on."""
    return f"{value:.0f} hours" if value < 48 else f"{value / 24:.1f} days".replace(".0 ", " ")
