"""How fast tracing is, beside the bare loop that does no more than it must.

    python benchmarks/tracing.py                 # 1 M transfers over 100 k accounts, 10 M over 1 M
    python benchmarks/tracing.py 1000000:100000  # any transfers:accounts

Transfers are random: payer and payee uniform, amounts log-normal around 400.00, times uniform over 90 days. A group is
ten random accounts. Rates are millions of transfers a second on one core, best of three runs; peak memory is the
process's so far. The bare loops keep 64-bit floats, one group, no attributions, no first, last or hops: the yardstick.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from caudal.tracing import TransferIndex, run_trace
from caudal.tracing.kernels import compiled, keep_balances, sum_up
from caudal.tracing.sweep import PART, sweep


@compiled
def bare_poison(payer, payee, touched):
    for i in range(payer.size):
        if touched[payer[i]]:
            touched[payee[i]] = True


@compiled
def bare_proportional(payer, payee, amount, own, touched, taint, balance):
    for i in range(payer.size):
        p, q, x = payer[i], payee[i], amount[i]
        before = max(balance[p], x)
        balance[p] = before - x
        balance[q] += x
        if touched[p]:
            moved = x if own[p] else taint[p] * x / before
            taint[p] -= 0.0 if own[p] else moved
            taint[q] += moved
            touched[q] = True


def made(transfers: int, accounts: int, seed: int = 1) -> pa.Table:
    """A random ledger, sorted by time and id."""
    rng = np.random.default_rng(seed)
    start, span = 1_735_689_600_000_000, 90 * 86_400_000_000
    names = pa.array([f"A{code:09d}" for code in range(accounts)])
    payer = rng.integers(0, accounts, transfers)
    payee = (payer + rng.integers(1, accounts, transfers)) % accounts
    return pa.table(
        {
            "transfer_id": pa.array([f"T{number:010d}" for number in range(transfers)]),
            "time": pa.array(np.sort(rng.integers(start, start + span, transfers))).cast(pa.timestamp("us", tz="UTC")),
            "payer_account": names.take(pa.array(payer)),
            "payee_account": names.take(pa.array(payee)),
            "amount_base": pa.array(np.maximum(1, rng.lognormal(np.log(40_000), 1.2, transfers)).astype(np.int64)),
        }
    )


def best(work: Callable[[], Any], times: int = 3) -> float:
    """Seconds of the quickest run."""
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def peak() -> str:
    return f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB"


def groups_of(index: TransferIndex, count: int) -> dict[str, list[str]]:
    rng = np.random.default_rng(7)
    chosen = rng.choice(len(index.accounts), (count, 10), replace=False)
    return {f"group-{g}": index.accounts.take(pa.array(chosen[g])).to_pylist() for g in range(count)}


def kernels(index: TransferIndex) -> None:
    """Bare loops, then run_trace by method and number of groups, with and without attributions."""
    count, accounts = len(index), len(index.accounts)
    own = np.zeros(accounts, np.bool_)
    own[index.codes(groups_of(index, 1)["group-0"])[0]] = True

    def rate(name: str, work: Callable[[], Any], yardstick: float | None = None) -> float:
        seconds = best(work)
        times = f"  {seconds / yardstick:5.2f} x bare" if yardstick else ""
        print(f"  {name:<58} {count / seconds / 1e6:8.1f} M/s {seconds:8.3f} s{times}  {peak()}")
        return seconds

    def proportional() -> None:
        bare_proportional(
            index.payer, index.payee, index.amount, own, own.copy(), np.zeros(accounts), np.zeros(accounts, np.int64)
        )

    def balances() -> None:
        balance, shown = np.zeros(accounts, np.int64), np.empty(PART, np.int64)
        for start in range(0, count, PART):
            stop = min(start + PART, count)
            keep_balances(index.payer, index.payee, index.amount, 0, 1, start, stop, balance, shown)

    def sums() -> None:
        sum_up(index.payer, index.payee, index.amount, np.zeros(accounts, np.int64), np.zeros(accounts, np.int64))

    bare_poison(index.payer[:9], index.payee[:9], own.copy())
    bare = {
        "poison": rate("bare loop, poison", lambda: bare_poison(index.payer, index.payee, own.copy())),
        "proportional": rate("bare loop, proportional", proportional),
    }
    rate("sums of receipts and payments (once for an index)", sums)
    rate("balances alone (once for all methods of a pass)", balances)
    index.turnover  # noqa: B018
    nowhere = np.zeros(accounts, np.bool_)
    for method, yardstick in bare.items():
        for number in (1, 4):
            groups = groups_of(index, number)
            seeds = [index.codes(own)[0] for own in groups.values()]
            for keep in (False, True):
                rate(
                    f"pass, {method}, {number} group(s){', attributions kept' if keep else ''}",
                    lambda m=method, s=seeds, k=keep: sweep(index, s, nowhere, [(m == "poison", k)], False),
                    yardstick,
                )
            rate(
                f"run_trace {method}, {number} group(s), both tables",
                lambda m=method, g=groups: run_trace(index, g, [m], ["forward"]),
                yardstick,
            )
    rate(
        "run_trace both methods, both directions, 4 groups, exposures",
        lambda: run_trace(index, groups_of(index, 4), attribute=()),
    )


def reachability(table: pa.Table, index: TransferIndex) -> None:
    """Who is reached by time-respecting payments: poison against DuckDB's recursive CTE with USING KEY."""
    seeds = groups_of(index, 1)["group-0"]
    found: list[int] = []

    def ours() -> None:
        exposures = run_trace(index, {"g": seeds}, ["poison"], ["forward"], attribute=()).exposures
        found.append(exposures.num_rows)

    mine = best(ours)
    edges = pa.table({"payer": index.payer, "payee": index.payee, "since": np.arange(len(index))})  # noqa: F841
    own = pa.table({"account": index.codes(seeds)[0]})  # noqa: F841
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        connection.execute("create table edge as select * from edges")
        connection.execute("create table seed as select * from own")
        query = """
            with recursive reached(account, since) using key (account) as (
                select account, -1::bigint from seed
                union
                select payee, min(since) from (
                    select e.payee, e.since from reached r join edge e on e.payer = r.account and e.since > r.since
                    left join recurring.reached k on k.account = e.payee
                    where k.since is null or e.since < k.since
                ) fresh group by payee
            ) select count(*) from reached where account not in (select account from seed)
        """
        began = time.perf_counter()
        answer = connection.execute(query).fetchone()[0]
        seconds = time.perf_counter() - began
    same = "same answer" if answer == found[-1] else f"NOT the same: {answer}"
    print(
        f"  reached {found[-1]:,} accounts: run_trace {mine:.3f} s, DuckDB {duckdb.__version__} {seconds:.3f} s", end=""
    )
    print(f" ({seconds / mine:.0f} times as long, one thread, {same})")


def main() -> None:
    sizes = [tuple(map(int, size.split(":"))) for size in sys.argv[1:]] or [
        (1_000_000, 100_000),
        (10_000_000, 1_000_000),
    ]
    run_trace(TransferIndex.from_transfers(made(1000, 50)), {"g": ["A000000001"]})  # compile, or load what is compiled
    for transfers, accounts in sizes:
        print(f"{transfers:,} transfers over {accounts:,} accounts")
        table = made(transfers, accounts)
        shuffled = table.take(pa.array(np.random.default_rng(3).permutation(transfers)))
        days = table.set_column(1, "time", table.column("time").cast(pa.date32()).cast(table.column("time").type))
        for name, rows in (("sorted", table), ("shuffled", shuffled), ("of days (90 instants)", days)):
            began = time.perf_counter()
            TransferIndex.from_transfers(rows)
            print(f"  index of a {name} table: {time.perf_counter() - began:.2f} s  {peak()}")
        del shuffled, days, rows
        index = TransferIndex.from_transfers(table)
        kernels(index)
        reachability(table, index)


if __name__ == "__main__":
    main()
