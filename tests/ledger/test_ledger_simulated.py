"""Ledgers that other programs simulated, read in place: other layouts, other words, numbers for days."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from caudal.ledger import Ledger, Mapping, Rates

pytestmark = pytest.mark.real


def found(folder: Path, name: str) -> Path:
    path = folder / "ledgers" / name
    if not path.is_file():
        pytest.skip(f"no {path}")
    return path


def test_amlworld(shared_data: Path) -> None:
    path = found(shared_data, "amlworld_patterns_dev.csv")
    words = {"US Dollar": "USD", "Euro": "EUR", "Yuan": "CNY", "Ruble": "RUB", "Swiss Franc": "CHF", "Yen": "JPY"}
    mapping = Mapping.of(
        {
            "time": {"column": "timestamp", "format": "%Y/%m/%d %H:%M"},
            "payer": {"account": "from_account", "bank": "from_bank"},
            "payee": {"account": "to_account", "bank": "to_bank"},
            "amount": {"column": "amount_paid", "currency": "payment_currency"},
            "accounts": {"scope": "bank"},
            "channel": "payment_format",
            "currencies": words,
        }
    )
    rates = Rates([(date(2022, 9, 1), code, Decimal("0.5")) for code in set(words.values()) - {"USD"}], reach=60)
    ledger = Ledger.open(path, mapping, rates)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    known = [row for row in rows if row["payment_currency"] in words]
    assert ledger.summary.rows == len(rows)
    assert ledger.summary.accepted == len(known)
    assert set(ledger.summary.reasons) <= {"payment_currency: is no ISO 4217 currency with a minor unit"}
    dollars = sum(Decimal(r["amount_paid"]) for r in known if r["payment_currency"] == "US Dollar")
    assert ledger.summary.sums["USD"] == dollars
    sides = {(r[f"{s}_bank"], r[f"{s}_account"]) for r in known for s in ("from", "to")}
    assert ledger.accounts.num_rows == len(sides)


def test_amlsim(shared_data: Path) -> None:
    path = found(shared_data, "amlsim/transactions.csv.gz")
    mapping = Mapping.of(
        {
            "time": {"column": "time", "format": "days", "origin": date(2017, 1, 1)},
            "payer": {"account": "sourceNodeId"},
            "payee": {"account": "targetNodeId"},
            "amount": {"column": "value", "currency": {"value": "USD"}},
        }
    )
    ledger = Ledger.open(path, mapping)
    with gzip.open(path, "rt", newline="") as file:
        rows = list(csv.DictReader(file))
    good = [row for row in rows if Decimal(row["value"]) > Decimal("0.005")]
    assert ledger.summary.rows == len(rows)
    assert ledger.summary.accepted == len(good)
    paid = Counter(ledger.transfers["payer_account"].to_pylist())
    assert paid == Counter(row["sourceNodeId"] for row in good)
    assert ledger.summary.first_day is not None
    assert (ledger.summary.first_day - date(2017, 1, 1)).days == min(int(row["time"]) for row in good)


def test_amlgentex(shared_data: Path) -> None:
    path = found(shared_data, "amlgentex/tx_log.parquet")
    mapping = Mapping.of(
        {
            "time": {"column": "step", "format": "days", "origin": date(2024, 1, 1)},
            "payer": {"account": "nameOrig", "bank": "bankOrig"},
            "payee": {"account": "nameDest", "bank": "bankDest"},
            "amount": {"column": "amount", "currency": {"value": "USD"}},
            "channel": "type",
        }
    )
    ledger = Ledger.open(path, mapping)
    raw = pq.read_table(path)
    assert ledger.summary.rows == raw.num_rows
    assert ledger.summary.accepted + ledger.summary.rejected == raw.num_rows
    cents = [Decimal(str(v)).quantize(Decimal("0.01"), ROUND_HALF_EVEN) for v in raw["amount"].to_pylist()]
    assert ledger.summary.accepted == sum(1 for v in cents if v > 0)
    assert ledger.summary.base_sum == sum(v for v in cents if v > 0)
    assert {"-2", "2"} <= set(ledger.accounts["account_id"].to_pylist())  # a minus is not spelling
