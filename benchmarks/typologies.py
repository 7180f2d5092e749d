"""Precision, recall and seconds of every typology on the labelled ledgers beside the project.

    python benchmarks/typologies.py [--shared DIR] [--world FOLDER ...] [--only-world] [--held-out] [--rows N]

Recall: the part of the planted patterns with a finding that holds at least half of their transfers, or, where a ledger
labels accounts only, has a labelled account in its centre. Precision: the part of the findings for which half of the
transfers (or the centre) are planted. False alarms are the other findings, per thousand accounts of the ledger.

Patterns are split in two by the parity of a hash of their id. The defaults were chosen on the half `tune` and on the
made-up worlds of seeds 101 to 104; the other half, printed with --held-out only, is `held-out`, and so is a world of
any other seed. Findings that touch a tuning pattern do not count as held-out. The background of a ledger cannot be
split: its false alarms count in both halves. The AMLworld file has no background: every account in it launders, so
precision means nothing there, and recall says only whether the shape is recognised.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import time
import tomllib
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from caudal.tables import ACCOUNTS, TRANSFERS
from caudal.tracing.index import TransferIndex
from caudal.typologies import detect

TODAY = Path(__file__).resolve().parents[2] / "shared"
START = "TIMESTAMPTZ '2025-01-01 00:00:00+00'"

# Units per US dollar in early September 2022, rounded: enough to see whether an amount was kept through an exchange.
PER_USD = {
    "US Dollar": 1, "Euro": 1.0, "Yen": 143, "Yuan": 6.95, "Rupee": 79.7, "UK Pound": 0.86, "Swiss Franc": 0.97,
    "Canadian Dollar": 1.31, "Australian Dollar": 1.47, "Brazil Real": 5.2, "Mexican Peso": 20, "Saudi Riyal": 3.76,
    "Shekel": 3.42, "Ruble": 60.5, "Bitcoin": 1 / 20_000,
}  # fmt: skip

MATCHING = {
    "funnel account": {"fan_in", "gather_scatter", "FAN-IN", "GATHER-SCATTER", "fan-in", "funnel"},
    "rapid pass-through": {
        "stack", "gather_scatter", "scatter_gather", "STACK", "GATHER-SCATTER", "SCATTER-GATHER",
    },
    "cycle": {"cycle", "CYCLE"},
    "extortion collector": {"extortion"},
    "structuring": {"structuring"},
}  # fmt: skip


def ledger(select: str, pooled: tuple[str, ...] = ()) -> SimpleNamespace:
    """A ledger from a query for transfer_id, time, payer_account, payee_account, usd, channel, bank."""
    rows = duckdb.connect().sql(select).to_arrow_table()
    cents = pc.cast(pc.round(pc.multiply(rows["usd"], 100)), pa.int64())
    transfers = {name: rows[name] for name in ("transfer_id", "time", "payer_account", "payee_account", "channel")}
    transfers |= {"amount": cents, "amount_base": cents, "currency": pa.repeat("USD", rows.num_rows)}
    ids = pc.unique(pa.chunked_array([*rows["payer_account"].chunks, *rows["payee_account"].chunks]))
    accounts = {"account_id": ids, "party_id": ids, "pooled": pc.is_in(ids, value_set=pa.array(pooled, pa.string()))}
    return SimpleNamespace(transfers=TRANSFERS.build(transfers), accounts=ACCOUNTS.build(accounts), base_currency="USD")


def amlgentex(folder: Path) -> tuple[SimpleNamespace, dict[str, tuple[str, set[str]]]]:
    log, models = folder / "tx_log.parquet", folder / "alert_models.csv"
    sql = duckdb.connect()
    sql.sql(f"CREATE TABLE t AS SELECT row_number() OVER () AS r, * FROM '{log}'")
    base = sql.sql("SELECT min(patternID) FROM t WHERE isSAR = 1").fetchall()[0][0]
    labels = sql.sql(
        f"SELECT m.type, m.modelID, list('t' || r) FROM t JOIN (SELECT DISTINCT modelID, type FROM '{models}') m "
        f"ON m.modelID = t.patternID - {base} WHERE isSAR = 1 GROUP BY ALL"
    ).fetchall()
    books = ledger(
        f"SELECT 't' || r AS transfer_id, {START} + to_days(step) + to_microseconds(r) AS time, "
        "'a' || nameOrig AS payer_account, 'a' || nameDest AS payee_account, greatest(amount, 0.01) AS usd, "
        f"lower(type) AS channel FROM (SELECT row_number() OVER () AS r, * FROM '{log}') WHERE type <> 'INITALBALANCE'",
        ("a-2", "a-1"),
    )
    return books, {f"{kind} {number}": (kind, set(ids)) for kind, number, ids in labels}


def amlsim(folder: Path) -> tuple[SimpleNamespace, set[str]]:
    books = ledger(
        f"SELECT 't' || r AS transfer_id, {START} + to_days(CAST(time AS INTEGER)) + to_microseconds(r) AS time, "
        "'a' || sourceNodeId AS payer_account, 'a' || targetNodeId AS payee_account, value AS usd, NULL::VARCHAR AS "
        f"channel FROM (SELECT row_number() OVER () AS r, * FROM '{folder / 'transactions.csv.gz'}')"
    )
    marked = duckdb.sql(f"SELECT 'a' || nodeid FROM '{folder / 'nodes.csv.gz'}' WHERE isFraud = 1").fetchall()
    return books, {name for (name,) in marked}


def amlworld(file: Path) -> tuple[SimpleNamespace, dict[str, tuple[str, set[str]]]]:
    rates = ", ".join(f"('{name}', {rate})" for name, rate in PER_USD.items())
    source = f"(SELECT row_number() OVER () AS r, * FROM read_csv('{file}', all_varchar = true))"
    books = ledger(
        "SELECT 't' || r AS transfer_id, CAST(strptime(timestamp, '%Y/%m/%d %H:%M') AS TIMESTAMPTZ) AS time, "
        "from_bank || '-' || from_account AS payer_account, to_bank || '-' || to_account AS payee_account, "
        "greatest(CAST(amount_paid AS DOUBLE) / rate, 0.01) AS usd, lower(payment_format) AS channel "
        f"FROM {source} JOIN (VALUES {rates}) AS q(name, rate) ON name = payment_currency"
    )
    labels = duckdb.sql(f"SELECT family, pattern_id, list('t' || r) FROM {source} GROUP BY ALL").fetchall()
    return books, {f"{family} {name}": (family, set(ids)) for family, name, ids in labels}


def made_up_world(folder: Path) -> tuple[SimpleNamespace, dict[str, tuple[str, set[str]]], dict[str, str]]:
    """A generated world: its ledger in the base currency, planted schemes by label, and the role of every account."""
    sql = duckdb.connect()
    transfers = sql.sql(
        "SELECT t.*, NULL::BIGINT AS source_row, NULL::VARCHAR[] AS via, "
        "CAST(round(t.amount * r.rate * "
        "CASE WHEN t.currency IN ('CLP', 'JPY', 'PYG') THEN 100 ELSE 1 END) AS BIGINT) AS amount_base "
        f"FROM '{folder}/ledger/transfers.parquet' t JOIN read_csv('{folder}/rates.csv') r "
        "ON r.currency = t.currency AND r.day = CAST(t.time AT TIME ZONE 'UTC' AS DATE)"
    ).to_arrow_table()
    labels = sql.sql(f"SELECT label, scheme_id, list(transfer_id) FROM '{folder}/truth/transfers.parquet' GROUP BY ALL")
    roles = sql.sql(f"SELECT account_id, role FROM '{folder}/truth/accounts.parquet'").fetchall()
    accounts = ACCOUNTS.check(pq.read_table(folder / "ledger" / "accounts.parquet"))
    books = SimpleNamespace(transfers=TRANSFERS.check(transfers), accounts=accounts, base_currency="USD")
    schemes = {f"{label} {name}": (label, set(ids)) for label, name, ids in labels.fetchall()}
    return books, schemes, dict(roles)


CENTRES = {
    "funnel account": "funnel", "rapid pass-through": "mule", "extortion collector": "collector",
    "structuring": "structurer",
}  # fmt: skip


class Tally:
    """Sums over several made-up worlds of one size."""

    def __init__(self) -> None:
        self.number: Counter = Counter()
        self.wrong: dict[str, Counter] = {typology: Counter() for typology in MATCHING}
        self.accounts = 0

    def add(self, found: list[dict], patterns: dict[str, tuple[str, set[str]]], roles: dict[str, str]) -> None:
        planted = set().union(*(ids for _, ids in patterns.values()))
        self.accounts += len(roles)
        for typology, kinds in MATCHING.items():
            mine = [(set(f["transfers"]), f["accounts"][0]) for f in found if f["typology"] == typology]
            wanted = {a for a, role in roles.items() if role == CENTRES.get(typology)}
            wrong = [centre for ids, centre in mine if len(planted & ids) * 2 < len(ids)]
            self.wrong[typology].update(roles.get(centre, "?") for centre in wrong)
            self.number[typology, "found"] += len(mine)
            self.number[typology, "wanted"] += len(wanted)
            self.number[typology, "hit"] += len({centre for _, centre in mine} & wanted)
            schemes = [ids for kind, ids in patterns.values() if kind in kinds]
            self.number[typology, "schemes"] += len(schemes)
            self.number[typology, "known"] += sum(any(len(i & f) * 2 >= len(i) for f, _ in mine) for i in schemes)

    def show(self, title: str) -> None:
        print(f"\n{title}: {self.accounts:,} accounts")
        for typology, wrong in self.wrong.items():
            of = {key: self.number[typology, key] for key in ("found", "wanted", "hit", "schemes", "known")}
            print(
                f"  {typology:20} {CENTRES.get(typology, 'no role')} accounts in the centre of a finding "
                f"{ratio(of['hit'], of['wanted'])}, schemes {ratio(of['known'], of['schemes'])}, "
                f"precision {ratio(of['found'] - wrong.total(), of['found'])}, "
                f"{1000 * wrong.total() / max(self.accounts, 1):.3f} false per 1,000 accounts {dict(wrong)}"
            )


def held_out(name: str) -> bool:
    return bool(hashlib.blake2b(name.encode(), digest_size=1).digest()[0] & 1)


def run(name: str, books: SimpleNamespace, settings: dict | None = None) -> list[dict]:
    index = TransferIndex.from_transfers(books.transfers)
    start = time.perf_counter()
    found = detect(books, index, settings).to_pylist()
    seconds = time.perf_counter() - start
    print(f"\n{name}: {books.transfers.num_rows:,} transfers, {len(index.accounts):,} accounts, {seconds:.2f} s")
    return found


def ratio(part: int, whole: int) -> str:
    return f"{part / whole:5.0%} ({part} of {whole})" if whole else "    - (none)"


def report_patterns(
    found: list[dict], patterns: dict[str, tuple[str, set[str]]], accounts: int, both: bool = False
) -> None:
    """Recall by half and kind; a half's precision leaves out the findings that touch a pattern of the other half."""
    planted = set().union(*(ids for _, ids in patterns.values()))
    for typology, kinds in MATCHING.items():
        mine = [(set(f["transfers"]), f) for f in found if f["typology"] == typology]
        for label, want in (("tune", False), ("held-out", True))[: 1 + both]:
            chosen = {n: p for n, p in patterns.items() if p[0] in kinds and want == held_out(n)}
            if not chosen and not mine:
                continue
            other = set().union(*(ids for n, (_, ids) in patterns.items() if want != held_out(n)), set())
            judged = [ids for ids, _ in mine if not ids & other]
            right = sum(len(ids & planted) * 2 >= len(ids) for ids in judged)
            hit = sum(any(len(ids & f) * 2 >= len(ids) for f, _ in mine) for _, ids in chosen.values())
            print(
                f"  {typology:20} {label:9} recall {ratio(hit, len(chosen))}  precision {ratio(right, len(judged))}  "
                f"{1000 * (len(judged) - right) / accounts:.2f} false per 1,000 accounts"
            )
            for kind in sorted({p[0] for p in chosen.values()}):
                of = [ids for k, ids in chosen.values() if k == kind]
                print(
                    f"    of {kind}: {ratio(sum(any(len(i & f) * 2 >= len(i) for f, _ in mine) for i in of), len(of))}"
                )


def report_accounts(found: list[dict], marked: set[str], accounts: int) -> None:
    print(f"  labelled accounts: {ratio(len(marked), accounts)}")
    for typology in MATCHING:
        mine = [f for f in found if f["typology"] == typology]
        centres = {f["accounts"][0] for f in mine}
        everyone = set().union(*(f["accounts"] for f in mine), set())
        print(
            f"  {typology:20} {1000 * len(mine) / accounts:.2f} findings per 1,000 accounts, "
            f"centres labelled {ratio(len(centres & marked), len(centres))}, "
            f"labelled accounts in a finding {ratio(len(everyone & marked), len(marked))}"
        )


def noise(rows: int) -> SimpleNamespace:
    """Payments at random over 1 account per 30 of them, half to a few popular accounts: for seconds and memory."""
    random = np.random.default_rng(7)
    accounts = max(rows // 30, 10)
    popular = np.where(random.random(rows) < 0.5, random.zipf(1.6, rows) % accounts, random.integers(0, accounts, rows))
    names = pa.array([f"a{i}" for i in range(accounts)])
    amount = np.exp(random.normal(10, 1.3, rows)).astype(np.int64) + 1
    moment = np.sort(random.integers(0, 90 * 86400, rows)) * 1_000_000 + 1_735_689_600_000_000
    transfers = {
        "transfer_id": pa.array(np.char.add("t", np.arange(rows).astype(str))),
        "time": pa.array(moment).cast(pa.timestamp("us", tz="UTC")),
        "payer_account": names.take(pa.array(random.integers(0, accounts, rows))),
        "payee_account": names.take(pa.array(popular)),
        "amount": amount,
        "amount_base": amount,
        "currency": pa.repeat("USD", rows),
        "channel": pa.array(["transfer", "card", "cash", "wire"]).take(
            pa.array(random.choice(4, rows, p=[0.4, 0.4, 0.15, 0.05]))
        ),
    }
    table = {"account_id": names, "party_id": names, "pooled": pa.repeat(False, accounts)}
    return SimpleNamespace(transfers=TRANSFERS.build(transfers), accounts=ACCOUNTS.build(table), base_currency="USD")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=TODAY, help="folder that holds data/ledgers")
    parser.add_argument("--world", nargs="*", type=Path, default=[], help="folders written by `caudal world`")
    parser.add_argument("--rows", type=int, default=0, help="also this many random transfers, for speed")
    parser.add_argument("--held-out", action="store_true", help="also print the half that nothing was chosen on")
    parser.add_argument("--only-world", action="store_true", help="leave the labelled ledgers out")
    chosen = parser.parse_args()
    ledgers = chosen.shared / "data" / "ledgers"

    start = time.perf_counter()
    detect(noise(1000))
    print(f"first call, compiling or loading the kernels: {time.perf_counter() - start:.1f} s")
    if ledgers.is_dir() and not chosen.only_world:
        books, patterns = amlgentex(ledgers / "amlgentex")
        report_patterns(run("amlgentex", books), patterns, books.accounts.num_rows, chosen.held_out)
        books, patterns = amlworld(ledgers / "amlworld_patterns_dev.csv")
        name = "amlworld patterns (no background: recall of the shape only)"
        report_patterns(run(name, books), patterns, books.accounts.num_rows, chosen.held_out)
        books, marked = amlsim(ledgers / "amlsim")
        report_accounts(run("amlsim", books), marked, books.accounts.num_rows)
    sizes: dict[int, Tally] = {}
    for folder in chosen.world:
        books, patterns, roles = made_up_world(folder)
        settings = tomllib.loads((folder / "caudal.toml").read_text(encoding="utf-8")).get("typologies")
        found = run(f"made-up world {folder.name}", books, settings)
        sizes.setdefault(round(len(roles), -3), Tally()).add(found, patterns, roles)
    for size, tally in sizes.items():
        tally.show(f"made-up worlds of about {size:,} accounts, together")
    if chosen.rows:
        run("random payments", noise(chosen.rows))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
        print(f"peak memory {peak:.2f} GiB, the ledger and everything before included")


if __name__ == "__main__":
    main()
