"""The labelled ledgers beside the project."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

import duckdb
import pyarrow as pa
import pytest

from caudal.tables import ACCOUNTS, TRANSFERS
from caudal.typologies import Settings, detect

pytestmark = pytest.mark.real

# Units per US dollar in September 2022, rounded; only the currencies of the cycles are needed.
PER_USD = {
    "US Dollar": 1, "Euro": 1, "Yen": 143, "Yuan": 6.95, "Rupee": 79.7, "UK Pound": 0.86, "Swiss Franc": 0.97,
    "Canadian Dollar": 1.31, "Australian Dollar": 1.47, "Brazil Real": 5.2, "Mexican Peso": 20, "Saudi Riyal": 3.76,
    "Shekel": 3.42, "Ruble": 60.5,
}  # fmt: skip


def ledger(rows):
    transfers = [
        {
            "transfer_id": f"t{i}", "time": time, "payer_account": payer, "payee_account": payee,
            "amount": cents, "amount_base": cents, "currency": "USD",
        }
        for i, (time, payer, payee, cents) in enumerate(rows)
    ]  # fmt: skip
    return SimpleNamespace(transfers=TRANSFERS.build(transfers), accounts=ACCOUNTS.empty(), base_currency="USD")


def is_cycle(rows, own):
    """Whether a pattern's payments, in time order, are one cycle that the settings describe."""
    rows = sorted(rows)
    amounts = [cents for *_, cents in rows]
    return (
        own.min_accounts <= len(rows) <= own.max_accounts
        and all(a[2] == b[1] for a, b in zip(rows, rows[1:] + rows[:1], strict=True))
        and len({payer for _, payer, *_ in rows}) == len(rows)
        and all(own.min_hop <= b / a <= own.max_hop for a, b in pairwise(amounts))
        and all(own.min_back <= b / amounts[0] <= own.max_back for b in amounts)
        and min(amounts) >= own.min_amount * 100
    )


def test_every_cycle_of_the_patterns_file_that_keeps_its_amounts_is_found(shared_data):
    read = duckdb.sql(
        "SELECT pattern_id, epoch_us(strptime(timestamp, '%Y/%m/%d %H:%M')), from_bank || from_account, "
        "to_bank || to_account, CAST(amount_paid AS DOUBLE), payment_currency, family FROM "
        f"read_csv('{shared_data / 'ledgers' / 'amlworld_patterns_dev.csv'}', all_varchar = true)"
    ).fetchall()
    patterns: dict[str, list[tuple[int, str, str, int]]] = {}
    rows = []
    for pattern, time, payer, payee, paid, currency, family in read:
        if currency in PER_USD:
            rows.append((time, payer, payee, max(1, round(paid / PER_USD[currency] * 100))))
            if family == "CYCLE":
                patterns.setdefault(pattern, []).append(rows[-1])
    wanted = {name: found for name, found in patterns.items() if is_cycle(found, Settings().cycle)}
    assert len(wanted) >= 5
    findings = detect(ledger(rows), settings={"cycle": {"min_score": 0}}).to_pylist()
    around = [set(f["accounts"]) for f in findings if f["typology"] == "cycle"]
    missed = [name for name, way in wanted.items() if not any({payer for _, payer, *_ in way} <= a for a in around)]
    assert not missed


def test_simulated_ledger_without_extortion_or_cash_raises_neither(shared_data):
    file = shared_data / "ledgers" / "amlsim" / "transactions.csv.gz"
    read = duckdb.sql(
        "SELECT 't' || row_number() OVER () AS transfer_id, to_timestamp(86400 * (20000 + time)) AS time, "
        "'a' || sourceNodeId AS payer_account, 'a' || targetNodeId AS payee_account, "
        f"CAST(round(value * 100) AS BIGINT) AS amount FROM '{file}'"
    ).to_arrow_table()
    columns = {name: read[name] for name in read.column_names}
    columns |= {"amount_base": read["amount"], "currency": pa.repeat("USD", read.num_rows)}
    books = SimpleNamespace(transfers=TRANSFERS.build(columns), accounts=ACCOUNTS.empty(), base_currency="USD")
    assert not set(detect(books)["typology"].to_pylist()) & {"extortion collector", "structuring"}
