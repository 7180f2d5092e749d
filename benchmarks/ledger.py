"""Reading a ledger: rows a second and peak memory, for a generated CSV with a mapping and the same as Parquet.

    python benchmarks/ledger.py [--rows 2000000] [--accounts 200000]

Each reading runs in a process of its own, so that its peak memory is its own. The file holds three currencies, names on
both sides, a bank each, a payment text and one bad row in a thousand.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from caudal.ledger import Ledger, Mapping, Rates

RATES = (("EUR", Decimal("1.0834")), ("COP", Decimal("0.000255")))
MAPPING = {
    "time": {"column": "booked"},
    "amount": {"column": "amount", "currency": "currency"},
    "types": {"P": "Person", "C": "Company"},
    "purpose": "text",
    **{
        side: {"account": of, **{key: f"{of}_{key}" for key in ("name", "type", "country", "bic")}}
        for side, of in (("payer", "from"), ("payee", "to"))
    },
}


def made_up(rows: int, accounts: int, seed: int = 1) -> pa.Table:
    random = np.random.default_rng(seed)
    number = pa.array(np.arange(accounts))
    account = pc.binary_join_element_wise("77", pc.utf8_lpad(number.cast(pa.string()), 10, "0"), "")
    name = pc.binary_join_element_wise("HOLDER NUMBER", number.cast(pa.string()), " ")
    kind = pa.array(np.where(random.random(accounts) < 0.1, "C", "P"))
    bic = pa.array([f"BNK{chr(65 + i)}COBB" for i in range(26)]).take(pa.array(random.integers(0, 26, accounts)))
    sides = {}
    for side in ("from", "to"):
        at = pa.array((random.pareto(1.2, rows) * 50).astype(np.int64) % accounts)
        sides |= {
            side: account.take(at),
            f"{side}_name": name.take(at),
            f"{side}_type": kind.take(at),
            f"{side}_country": pa.array(["co"] * rows),
            f"{side}_bic": bic.take(at),
        }
    seconds = pa.array(random.integers(1_700_000_000, 1_710_000_000, rows)).cast(pa.timestamp("s"))
    cents = random.lognormal(9, 2, rows).astype(np.int64) + 1
    cent = pa.scalar(Decimal("0.01"), pa.decimal128(3, 2))
    amount = pc.multiply(pa.array(cents).cast(pa.decimal128(19, 0)), cent).cast(pa.string())
    bad = pa.array(random.random(rows) < 0.001)
    texts = pa.array([f"INVOICE {i} PAYMENT FOR GOODS" for i in range(5000)])
    return pa.table(
        {
            "booked": pc.strftime(seconds, "%Y-%m-%dT%H:%M:%S"),
            **sides,
            "amount": pc.if_else(bad, "n/a", amount),
            "currency": pa.array(["USD", "EUR", "COP"]).take(pa.array(random.integers(0, 3, rows))),
            "text": texts.take(pa.array(random.integers(0, 5000, rows))),
        }
    )


def rates() -> list[tuple[date, str, Decimal]]:
    days = [date.fromordinal(date(2023, 11, 1).toordinal() + i) for i in range(150)]
    return [(day, code, rate) for day in days for code, rate in RATES]


def peak_memory() -> int:
    """Peak resident bytes of this process alone (Linux counts the parent's into ru_maxrss)."""
    status = Path("/proc/self/status")
    if status.exists():
        return 1024 * int(next(x for x in status.read_text().splitlines() if x.startswith("VmHWM")).split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def read(path: str) -> None:
    """One reading, in a process of its own."""
    started, busy = time.perf_counter(), time.process_time()
    mapping = None if path.endswith("canonical.parquet") else Mapping.of(MAPPING)
    ledger = Ledger.open(path, mapping, Rates(rates()), as_of=date(2025, 1, 1))
    took = time.perf_counter() - started
    busy = time.process_time() - busy
    peak = peak_memory() / 2**20
    size = sum(t.nbytes for t in (ledger.transfers, ledger.parties, ledger.accounts)) / 2**20
    rows = ledger.summary.rows
    print(
        f"{Path(path).name:24} {rows:>10,} rows  {took:6.2f} s (CPU {busy:5.2f} s)  {rows / took:>10,.0f} rows/s  "
        f"peak {peak:6,.0f} MiB (tables {size:,.0f} MiB)  rejected {ledger.summary.rejected:,}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--accounts", type=int, default=200_000)
    parser.add_argument("--read", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        read(options.read)
        return
    print(f"{os.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB; {options.rows:,} rows made up")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = made_up(options.rows, options.accounts)
        pacsv.write_csv(table, folder / "ledger.csv")
        pq.write_table(table, folder / "ledger.parquet")
        print(f"CSV {(folder / 'ledger.csv').stat().st_size / 2**20:,.0f} MiB")
        pacsv.write_csv(table.slice(0, 1000), folder / "warm.csv")
        del table
        for file in ("warm.csv", "ledger.csv", "ledger.parquet"):
            subprocess.run([sys.executable, __file__, "--read", str(folder / file)], check=True)
        ledger = Ledger.open(folder / "ledger.parquet", Mapping.of(MAPPING), Rates(rates()))
        pq.write_table(ledger.transfers.drop_columns(["amount_base"]), folder / "canonical.parquet", compression="zstd")
        subprocess.run([sys.executable, __file__, "--read", str(folder / "canonical.parquet")], check=True)


if __name__ == "__main__":
    main()
