"""How well traced money points at the group, at coerced payers and at its hands, on made-up worlds.

    python benchmarks/tracing_quality.py                  # worlds 201 to 203 of 6,000 accounts: the docs' tables
    python benchmarks/tracing_quality.py 201 202 --accounts 20000

Tracing starts where a run of `caudal run` starts it: from accounts of possible matches with the made-up list. The
truth is used only to count. Worlds 101 to 103 are those the weights of `agents` were set on; 201 to 203 were not looked
at, and the numbers in the docs are theirs. An account counts as found where its larger exposure of either direction
reaches the threshold: an amount, or a share of its turnover. Accounts tracing starts from and pooled ones are left out.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import caudal
from caudal.tracing import METHODS, TransferIndex, agents, run_trace
from caudal.tracing.kernels import keep_balances
from caudal.tracing.path_kernels import look_ahead, reach

HELD_OUT = (201, 202, 203)
SHARES = (0.01, 0.1, 0.25, 0.5)
AMOUNTS = (10, 1_000, 10_000)
CUTS = (0.2, 0.3, 0.4, 0.5, 0.6)
ALIKE = ("payroll", "processor", "landlord", "school", "savings", "cash shop", "namesake", "agent")
"""Roles of innocent look-alikes in the truth; remittance agents' own accounts are pooled and never asked about."""


def world(seed: int, accounts: int, days: int, folder: Path) -> dict[str, pa.Table]:
    """Exposures by every method, agents, and the truth of one made-up world."""
    home = folder / str(seed)
    caudal.generate(home, accounts=accounts, days=days, seed=seed)
    run = caudal.run(home)
    groups = {group: held for group, held in run.context.seeds.accounts.items() if held}
    traced = run_trace(run.context.index, groups, METHODS, pooled=run.context.pooled, attribute=())
    names = ("parties", "ownership", "matches", "memberships")
    hands = agents(
        run.context.index,
        groups,
        traced.exposures,
        run.table("accounts"),
        **{name: run.table(name) for name in names},
        least=min(CUTS),
    )
    out = set(run.context.pooled) | {account for held in groups.values() for account in held}
    truth = pq.read_table(home / "truth" / "accounts.parquet")
    keep = np.array([account not in out for account in truth["account_id"].to_pylist()])
    return {
        "exposures": traced.exposures,
        "agents": hands,
        "truth": truth.filter(pa.array(keep)),
        "recency": recency(
            run.context.index,
            sorted({account for held in groups.values() for account in held}),
            run.context.pooled,
            run.table("attributions"),
        ),
    }


def together(worlds: Iterable[dict[str, pa.Table]]) -> duckdb.DuckDBPyConnection:
    """The tables of all worlds, each row with the number of its world."""
    db = duckdb.connect()
    parts: dict[str, list[pa.Table]] = {}
    for number, tables in enumerate(worlds):
        for name, table in tables.items():
            mark = pa.array(np.full(table.num_rows, number), pa.int64())
            parts.setdefault(name, []).append(table.append_column("world", mark))
    for name, tables in parts.items():
        db.register(name, pa.concat_tables(tables))
    db.execute("""
        create table scored as
        select t.world, t.account_id, t.role, t.group_id is not null as own, t.coerced, m.method,
               coalesce(max(e.direct + e.indirect), 0) as amount,
               coalesce(max((e.direct + e.indirect) / nullif(e.turnover, 0)::double), 0) as share,
               coalesce(max(e.direct + e.indirect) filter (e.direction = 'backward'), 0) as paid,
               coalesce(max((e.direct + e.indirect) / nullif(e.turnover, 0)::double)
                        filter (e.direction = 'backward'), 0) as paid_share
        from truth t cross join (select distinct method from exposures) m
        left join exposures e on e.world = t.world and e.account_id = t.account_id and e.method = m.method
        group by all
    """)
    return db


def line(db: duckdb.DuckDBPyConnection, method: str, where: str, kind: str) -> str:
    """Found, precision and recall as cells of a table."""
    found, right, whole = db.execute(
        f"select count(*) filter ({where}), count(*) filter (({where}) and {kind}), count(*) filter ({kind}) "
        "from scored where method = ?",
        [method],
    ).fetchone()
    precision = f"{right / found:.0%}" if found else "–"
    return f"{found:,} | {precision} | {right / whole:.0%}"


def group_and_payers(db: duckdb.DuckDBPyConnection) -> list[str]:
    """Both questions by method and threshold."""
    out = [
        "| method | threshold | exposed | precision, group | recall, group "
        "| paying in | precision, coerced | recall, coerced |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    steps = [("any amount", "amount > 0", "paid > 0")]
    steps += [(f"USD {n:,}", f"amount >= {n * 100}", f"paid >= {n * 100}") for n in AMOUNTS]
    steps += [(f"{s:.0%} of turnover", f"share >= {s}", f"paid_share >= {s}") for s in SHARES]
    for (method,) in db.execute("select distinct method from scored order by 1 desc").fetchall():
        for name, exposed, paying in steps:
            out.append(
                f"| {method} | {name} | {line(db, method, exposed, 'own')} | {line(db, method, paying, 'coerced')} |"
            )
    return out


def hands(db: duckdb.DuckDBPyConnection) -> list[str]:
    """Agents by cut-off: precision, recall among the group's accounts, and which look-alikes are among them."""
    out = ["| strength from | accounts | the group's | precision | recall | of pass-through roles | look-alikes |"]
    out.append("|--:|--:|--:|--:|--:|--:|--:|")
    through = "('mule', 'funnel', 'structurer')"
    whole, passing = db.execute(
        f"select count(*), count(*) filter (role in {through}) from truth where group_id is not null"
    ).fetchone()
    for cut in CUTS:
        n, right, mules, alike = db.execute(
            f"""select count(*), count(*) filter (t.group_id is not null),
                   count(*) filter (t.group_id is not null and role in {through}),
                   count(*) filter (t.group_id is null and role in {ALIKE})
            from agents a join truth t using (world, account_id) where strength >= ?""",
            [cut],
        ).fetchone()
        precision = f"{right / n:.0%}" if n else "–"
        out.append(f"| {cut} | {n} | {right} | {precision} | {right / whole:.0%} | {mules / passing:.0%} | {alike} |")
    count = db.execute(f"select count(*) from truth where role in {ALIKE}").fetchone()[0]
    return [*out, f"\n{whole} accounts of the group and {count:,} innocent look-alikes were there to be found."]


def recency(index: TransferIndex, own: list[str], pooled: list[str], attributions: pa.Table) -> pa.Table:
    """For receipts of accounts that pay the group straight: what backward tracing gives them, and a full accounting.

    The full accounting asks of each receipt which part of it reached the group by the forward rule, the group taken as
    one account where money stops.
    """
    codes = index.codes(own)[0]
    members = np.isin(np.arange(len(index.accounts)), codes)
    one = np.where(members, codes[0], np.arange(len(index.accounts))).astype(np.int32)
    payer, payee = one[index.payer], one[index.payee]
    stops = np.zeros(len(index.accounts), np.bool_)
    stops[index.codes(pooled)[0]] = True
    stops[codes] = True
    nobody = np.zeros(len(index.accounts), np.bool_)
    shown = np.zeros(len(index), np.int64)
    balance, nothing = np.zeros(len(stops), np.int64), np.empty(0, np.int64)
    keep_balances(payer, payee, index.amount, 0, 1, 0, len(index), balance, shown, nothing)
    target = int(codes[0])
    _, rest, onward, _ = look_ahead(payer, payee, index.amount, shown, nobody, stops, target, False)
    full = index.amount * reach(payee, nobody, target, rest, onward, False, False)
    backward = attributions.filter(pc.equal(attributions["direction"], "backward"))
    place = pc.index_in(backward["transfer_id"], value_set=index.transfer_ids).to_numpy()
    given = np.zeros(len(index))
    np.add.at(given, place, backward["amount"].to_numpy())
    lag, nearest = np.full(len(index), -1.0), np.full(len(index.accounts), -1.0)
    for k in range(len(index) - 1, -1, -1):  # the next straight payment of the payee to the group
        p, q = payer[k], payee[k]
        if q == target:
            nearest[p] = index.time[k]
        elif p != target and not stops[q] and nearest[q] >= 0 and shown[k]:
            lag[k] = (nearest[q] - index.time[k]) / 86_400_000_000
    here = lag >= 0
    straight = np.bincount(payer[payee == target], index.amount[payee == target], len(stops))
    mixed = (straight < 0.25 * np.bincount(payer, index.amount, len(stops)))[payee]
    return pa.table({"lag": lag[here], "full": full[here], "given": given[here], "mixed": mixed[here]})


def leaning(parts: list[pa.Table]) -> list[str]:
    """The sums by age of the receipt."""
    table = pa.concat_tables(parts)
    lag, full, given, mixed = (table[name].to_numpy() for name in ("lag", "full", "given", "mixed"))
    out = [
        "| receipt before the next straight payment to the group | receipts | backward, of a full accounting "
        "| the same where under a quarter of the account's payments go to the group |",
        "|---|--:|--:|--:|",
    ]
    edges = [(0, 2, "up to 2 days"), (2, 7, "2 to 7 days"), (7, 30, "7 to 30 days"), (30, 1e9, "over 30 days")]
    for low, high, name in [*edges, (0, 1e9, "all")]:
        some = (lag >= low) & (lag < high)
        both = [given[one].sum() / full[one].sum() for one in (some, some & mixed)]
        out.append(f"| {name} | {int(some.sum()):,} | {both[0]:.0%} | {both[1]:.0%} |")
    return out


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seeds", nargs="*", type=int, default=list(HELD_OUT))
    parser.add_argument("--accounts", type=int, default=6_000)
    parser.add_argument("--days", type=int, default=90)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        worlds = [world(seed, options.accounts, options.days, Path(folder)) for seed in options.seeds]
        db = together(worlds)
        print("\n".join(group_and_payers(db)), "\n")
        print("\n".join(hands(db)), "\n")
        print("\n".join(leaning([tables["recency"] for tables in worlds])))


if __name__ == "__main__":
    main()
