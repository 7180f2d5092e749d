"""How long the questions of `caudal trace` take on a large ledger: explain, bounds, agents, institutions, days.

    python benchmarks/following.py                 # 3 M transfers over 23 k accounts
    python benchmarks/following.py 1000000

Payers and payees are drawn from a heavy-tailed distribution, so that a few accounts have a large part of all payments:
the hard case, where most of the ledger lies between the group and the account. A group has sixty accounts. Times are
the best of three, processor time and wall.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.tables import ACCOUNTS, INSTITUTIONS
from caudal.tracing import (
    Explainer,
    TransferIndex,
    agents,
    before_after,
    exposure_bounds,
    institution_exposures,
    run_trace,
)


def made(count: int, seed: int = 5) -> pa.Table:
    """A random ledger over 90 days in which few accounts have most payments."""
    rng = np.random.default_rng(seed)
    ends = (rng.pareto(1.1, 2 * count) * 50).astype(np.int64) % 300_000
    start = 1_735_689_600_000_000
    name = pa.array([f"A{code:06d}" for code in range(300_000)])
    return pa.table(
        {
            "transfer_id": pa.array([f"T{number:08d}" for number in range(count)]),
            "time": pa.array(np.sort(rng.integers(start, start + 90 * 86_400_000_000, count))).cast(
                pa.timestamp("us", tz="UTC")
            ),
            "payer_account": name.take(pa.array(ends[:count])),
            "payee_account": name.take(pa.array(ends[count:])),
            "amount_base": pa.array((rng.pareto(1.5, count) * 50_000).astype(np.int64) + 1),
        }
    )


def timed(name: str, work: Callable[[], Any], times: int = 3) -> Any:
    """Run and print the best times."""
    best = (float("inf"), float("inf"))
    for _ in range(times):
        wall, processor = time.perf_counter(), time.process_time()
        answer = work()
        best = min(best, (time.process_time() - processor, time.perf_counter() - wall))
    print(f"{name:<64} {best[0]:7.2f} s processor {best[1]:7.2f} s wall", flush=True)
    return answer


def main() -> None:
    """Time every question."""
    transfers = made(int(sys.argv[1]) if len(sys.argv) > 1 else 3_000_000)
    index = TransferIndex.from_transfers(transfers)
    print(f"{len(index):,} transfers, {len(index.accounts):,} accounts")
    rng = np.random.default_rng(7)
    uses = np.bincount(index.payer, minlength=len(index.accounts))
    rare = np.flatnonzero((uses > 2) & (uses < 40))
    own = index.accounts.take(pa.array(rng.choice(rare, 60, replace=False))).to_pylist()
    groups = {"g": own}
    explainer = timed("explain: what all accounts share, one direction", lambda: Explainer(index, "g", own))
    middle = int(np.argsort(uses)[-1000])
    for name, code in (("the busiest account", int(np.argmax(uses))), ("an account of middling use", middle)):
        account = index.accounts[code].as_py()
        found = timed(f"explain: {name}", lambda account=account: explainer.explain(account, paths=10))
        print(f"    {found.paths['path'].to_pylist()[-1]} paths, {found.transfers.num_rows:,} transfers for 95%")
        timed(f"explain: {name}, widest", lambda account=account: explainer.explain(account, measure="widest"))
    timed("bounds, both directions", lambda: exposure_bounds(index, groups))
    traced = timed("trace, proportional, both directions", lambda: run_trace(index, groups, ["proportional"]))
    accounts = ACCOUNTS.build(
        {
            "account_id": index.accounts,
            "institution_id": pa.array([f"BANK{code % 30:02d}" for code in range(len(index.accounts))]),
            "pooled": [False] * len(index.accounts),
        }
    )
    timed("agents", lambda: agents(index, groups, traced.exposures, accounts))
    some = traced.attributions.filter(pc.equal(traced.attributions["direction"], "forward"))
    print(f"    {some.num_rows:,} attributed transfers forward")
    timed(
        "before and after, one day, forward",
        lambda: before_after(traced.exposures, some, transfers, {"g": {"FTO": date(2025, 2, 20)}}),
        1,
    )
    timed(
        "institutions, forward",
        lambda: institution_exposures(some, transfers, accounts, INSTITUTIONS.empty(), {"g": date(2025, 2, 20)}),
        1,
    )


if __name__ == "__main__":
    main()
