"""Seconds and peak memory of one assessment on a synthetic ledger.

    python benchmarks/impact.py [transfers] [accounts]

The ledger is random: no structure of a real economy, but sizes and shares of one (1 in 8 payments is a remittance over
a pooled agent, 2,000 alerts, a tenth of all transfers attributed forward and as many backward, 300 findings).
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from caudal.impact import assess
from caudal.register import Register
from caudal.tables import (
    ACCOUNTS,
    ATTRIBUTIONS,
    DESIGNATIONS,
    ENTITIES,
    EXPOSURES,
    FINDINGS,
    INSTITUTIONS,
    MATCHES,
    MEMBERSHIPS,
    NAMES,
    OWNERSHIP,
    PARTIES,
    TRANSFERS,
)

GROUP = "made-up-group"
START = np.datetime64("2025-01-01", "us")


@dataclass
class Books:
    transfers: pa.Table
    parties: pa.Table
    accounts: pa.Table
    institutions: pa.Table
    base_currency: str = "USD"


def ids(prefix: str, numbers: np.ndarray) -> pa.Array:
    return pa.array(np.char.add(prefix, np.char.zfill(numbers.astype("U"), 8)))


def ledger(rng: np.random.Generator, transfers: int, accounts: int) -> Books:
    agents = max(4, accounts // 2000)
    numbers = np.arange(accounts)
    empty = pa.array([[]] * accounts, pa.list_(pa.string()))
    schema = np.where(numbers % 10 == 0, "Company", "Person")
    parties = PARTIES.build(
        {
            "party_id": ids("p", numbers),
            "schema": schema,
            "name": ids("n", numbers),
            "aliases": empty,
            "countries": empty,
            "identifiers": empty,
        }
    )
    books_accounts = ACCOUNTS.build(
        {
            "account_id": ids("a", numbers),
            "party_id": ids("p", numbers),
            "institution_id": ids("i", rng.integers(0, 200, accounts)),
            "pooled": numbers < agents,
        }
    )
    institutions = INSTITUTIONS.build(
        {
            "institution_id": ids("i", np.arange(200)),
            "name": ids("i", np.arange(200)),
            "kind": ["money transfer" if n % 10 == 0 else "bank" for n in range(200)],
            "country": ["us" if n % 3 else "mx" for n in range(200)],
        }
    )
    payer, payee = rng.integers(0, accounts, transfers), rng.integers(0, accounts, transfers)
    remittance = np.arange(transfers) % 8 == 0
    payee = np.where(remittance, rng.integers(0, agents, transfers), payee)
    when = np.sort(START + rng.integers(0, 180 * 86_400, transfers).astype("timedelta64[s]"))
    amount = rng.lognormal(10, 1.2, transfers).astype(np.int64) + 1
    table = TRANSFERS.build(
        {
            "transfer_id": ids("t", np.arange(transfers)),
            "time": pa.array(when).cast(pa.timestamp("us", tz="UTC")),
            "payer_account": ids("a", payer),
            "payee_account": ids("a", payee),
            "amount": amount,
            "currency": pa.array(["USD"] * transfers),
            "amount_base": amount,
            "channel": pa.array(np.where(remittance, "remittance", "transfer")),
        }
    )
    return Books(table, parties, books_accounts, institutions)


def register() -> Register:
    days = {"announced": None, "signed": None, "effective": date(2025, 2, 20), "ended": None, "source": "made up"}
    tables = {
        "entities": ENTITIES.build(
            [{"entity_id": GROUP, "schema": "Organization", "caption": "Made-up", "properties": "{}", "dataset": "x"}]
        ),
        "names": NAMES.build([{"entity_id": GROUP, "name": "Made-up", "kind": "primary"}]),
        "designations": DESIGNATIONS.build(
            [{"entity_id": GROUP, "authority": a, "programme": a, **days} for a in ("FTO", "SDGT")]
        ),
        "ownership": OWNERSHIP.empty(),
        "memberships": MEMBERSHIPS.build(
            [{"group_id": GROUP, "entity_id": GROUP, "kind": "same", "source": "made up"}]
        ),
    }
    return Register.from_tables(tables, as_of=date(2025, 6, 30))


def stages(rng: np.random.Generator, books: Books) -> dict[str, pa.Table]:
    """Matches, attributions, exposures, findings and stakes of a plausible size."""
    accounts, transfers = books.accounts.num_rows, books.transfers.num_rows
    alerts = min(2000, accounts // 10)
    parties = rng.choice(accounts, alerts, replace=False)
    matches = MATCHES.build(
        {
            "party_id": ids("p", parties),
            "entity_id": [GROUP] * alerts,
            "probability": rng.uniform(0.5, 1.0, alerts),
            "bits": np.full(alerts, 20.0),
            "alert": [True] * alerts,
            "evidence": ["{}"] * alerts,
            "list_version": ["made up"] * alerts,
            "screened_at": [datetime(2025, 6, 30, tzinfo=UTC)] * alerts,
        }
    )
    count = transfers // 10
    amount = books.transfers.column("amount_base").to_numpy()
    parts = []
    for direction in ("forward", "backward"):
        chosen = rng.choice(transfers, count, replace=False)
        parts.append(
            ATTRIBUTIONS.build(
                {
                    "transfer_id": ids("t", chosen),
                    "group_id": [GROUP] * count,
                    "direction": [direction] * count,
                    "method": ["proportional"] * count,
                    "amount": np.maximum(1, (amount[chosen] * rng.uniform(0, 1, count)).astype(np.int64)),
                    "hops": rng.integers(1, 6, count),
                }
            )
        )
    held = rng.choice(accounts, accounts // 20, replace=False)
    exposures = EXPOSURES.build(
        {
            "account_id": ids("a", held),
            "group_id": [GROUP] * len(held),
            "direction": ["forward"] * len(held),
            "method": ["proportional"] * len(held),
            **{c: rng.integers(1, 10_000, len(held)) for c in ("direct", "indirect", "held", "turnover")},
            "unexplained": np.zeros(len(held), np.int64),
            "first": [datetime(2025, 1, 1, tzinfo=UTC)] * len(held),
            "last": [datetime(2025, 6, 1, tzinfo=UTC)] * len(held),
            "hops": np.ones(len(held), np.int64),
        }
    )
    payer = books.transfers.column("payer_account").to_pylist()
    payee = books.transfers.column("payee_account").to_pylist()
    findings = []
    for n in range(300):
        rows = rng.choice(transfers, 40, replace=False).tolist()
        members = dict.fromkeys([payee[rows[0]], *(payer[r] for r in rows)])
        findings.append(
            {
                "finding_id": f"f{n}",
                "typology": "extortion collector",
                "accounts": list(members),
                "roles": ["collector"] + ["possible victim"] * (len(members) - 1),
                "transfers": [f"t{r:08d}" for r in rows],
                "amount": 1,
                "first": datetime(2025, 1, 1, tzinfo=UTC),
                "last": datetime(2025, 6, 1, tzinfo=UTC),
                "score": 0.9,
                "reasons": ["made up"],
            }
        )
    owners, assets = rng.choice(parties, 5000), rng.integers(0, accounts // 10, 5000) * 10
    other = owners != assets
    share = rng.integers(100_000, 1_000_001, other.sum())
    stakes = OWNERSHIP.build(
        {
            "owner_id": ids("p", owners[other]),
            "asset_id": ids("p", assets[other]),
            "share_min": share,
            "share_max": share,
            "kind": ["owns"] * len(share),
            "source": [f"s{n}" for n in range(len(share))],
        }
    )
    return {
        "matches": matches,
        "attributions": pa.concat_tables(parts),
        "exposures": exposures,
        "findings": FINDINGS.build(findings),
        "ownership": stakes,
    }


def make(folder: Path, transfers: int, accounts: int) -> None:
    """Write every table, in a process of its own so that its memory is not counted."""
    rng = np.random.default_rng(1)
    books = ledger(rng, transfers, accounts)
    for name in ("transfers", "parties", "accounts", "institutions"):
        pq.write_table(getattr(books, name), folder / f"{name}.parquet")
    for name, table in stages(rng, books).items():
        pq.write_table(table, folder / f"{name}.parquet")


def peak() -> float:
    """Peak resident memory of this process so far, GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main() -> None:
    transfers = int(sys.argv[1]) if len(sys.argv) > 1 else 3_000_000
    accounts = int(sys.argv[2]) if len(sys.argv) > 2 else 300_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        maker = multiprocessing.get_context("spawn").Process(target=make, args=(folder, transfers, accounts))
        maker.start()
        maker.join()
        tables = {path.stem: pq.read_table(path) for path in sorted(folder.glob("*.parquet"))}
    books = Books(*(tables.pop(name) for name in ("transfers", "parties", "accounts", "institutions")))
    lists = register()
    before = peak()
    started, processor = time.perf_counter(), time.process_time()
    last = started

    def said(done: int, total: int | None) -> None:
        nonlocal last
        now = time.perf_counter()
        print(f"  step {done} of {total}: {now - last:.2f} s")
        last = now

    scenario = {"name": "benchmark", "groups": [GROUP], "as_of": date(2025, 6, 30)}
    result = assess(scenario, lists, books, progress=said, **tables)
    seconds, processor = time.perf_counter() - started, time.process_time() - processor
    print(
        f"{transfers:,} transfers, {accounts:,} accounts, {tables['attributions'].num_rows:,} attributions: "
        f"{seconds:.1f} s ({processor:.1f} s of processor); {result.outcomes.num_rows} outcomes, "
        f"{result.affected.num_rows:,} affected; peak {peak():.2f} GiB, {before:.2f} GiB with the tables read"
    )


if __name__ == "__main__":
    main()
