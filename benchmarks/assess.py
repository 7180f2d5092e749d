"""One assessment, whole: what a measure blocks, exposes and harms, what it cuts, its frontier and its random draws.

    python benchmarks/assess.py                        # 1 million accounts over 30 days: 10 million transfers
    python benchmarks/assess.py --accounts 100000      # a smaller world
    python benchmarks/assess.py --keep DIR             # keeps the made world and its tables, and takes them from there
    python benchmarks/assess.py --scenario terrorism-framework   # without a frontier

The books are a made-up world; what comes before an assessment (ledger, tracing, typologies) is made by the house, the
possible matches from the truth: listed parties with a high probability, their namesakes with a low one. That is not
counted. Counted is one process that has the tables read, as `caudal assess` has: the scenario with its frontier, all
tables of both, and the draws. CPU is the processor time of all threads; wall is what passed, others' work included.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from caudal.impact import PARTS, compare, ready_made, uncertainty_tables
from caudal.impact.ready import filled
from caudal.ledger import Ledger
from caudal.register import ListSource, Register
from caudal.tables import MATCHES
from caudal.tracing import TransferIndex, run_trace
from caudal.typologies import examine
from caudal.world import generate

START = date(2025, 2, 5)
DAYS = 30
AS_OF = date(2025, 3, 7)
GROUP = "tren-de-aragua"
LEDGER = ("transfers", "parties", "accounts", "institutions", "rejected", "roles")
INPUTS = ("matches", "exposures", "attributions", "findings", "coercion", "ownership")


def matches(books: Ledger, truth: pa.Table, members: pa.Table, seed: int = 1) -> pa.Table:
    """Possible matches of listed parties and of namesakes, with the entries of the list in turn."""
    rng = np.random.default_rng(seed)
    party = dict(zip(*(books.accounts[c].to_pylist() for c in ("account_id", "party_id")), strict=True))
    true = sorted({party[a] for a in truth.filter(truth["listed"])["account_id"].to_pylist()} - {None})
    false = truth.filter(pc.equal(truth["role"], "namesake"))["account_id"].to_pylist()
    doubtful = sorted({party[a] for a in false} - {None, *true})
    chance = np.concatenate([1 - 0.4 * rng.random(len(true)) ** 3, 0.05 + 0.45 * rng.random(len(doubtful))])
    entities = members["entity_id"].to_pylist()
    rows = len(chance)
    return MATCHES.build(
        {
            "party_id": [*true, *doubtful],
            "entity_id": [entities[n % len(entities)] for n in range(rows)],
            "probability": chance,
            "bits": np.log2(chance / np.maximum(1 - chance, 1e-9)),
            "alert": [True] * rows,
            "evidence": ["{}"] * rows,
            "list_version": ["made up"] * rows,
            "screened_at": [datetime(2025, 3, 7, tzinfo=UTC)] * rows,
        }
    )


def make(folder: Path, accounts: int) -> None:
    """The world and every table an assessment reads, in a process of its own."""
    world = folder / "world"
    generate(world, accounts, DAYS, 1, start=START)
    ledger = Ledger.open(world / "ledger", rates=world / "rates.csv", base_currency="USD", as_of=AS_OF)
    truth = pq.read_table(world / "truth" / "accounts.parquet")
    register = lists(world)
    found = {n: getattr(ledger, n) for n in LEDGER}
    found["matches"] = matches(ledger, truth, register.tables()["entities"].filter(_made_up(register)))
    found["ownership"] = pq.read_table(world / "ownership.parquet")
    index = TransferIndex.from_transfers(ledger.transfers)
    own = truth.filter(truth["listed"])["account_id"].to_pylist()
    pooled = ledger.accounts.filter(pc.fill_null(ledger.accounts["pooled"], False))["account_id"].to_pylist()
    traced = run_trace(index, {GROUP: own}, ["proportional"], pooled=pooled)
    found |= {"exposures": traced.exposures, "attributions": traced.attributions}
    found["findings"], found["coercion"] = examine(ledger, index=index)
    (folder / "tables").mkdir()
    for name, table in found.items():
        pq.write_table(table, folder / "tables" / f"{name}.parquet")


def _made_up(register: Register) -> pa.ChunkedArray:
    return pc.starts_with(register.tables()["entities"]["entity_id"], "made-up-")


def lists(world: Path) -> Register:
    """The world's list beside the register of groups that comes with the house."""
    return Register.load([ListSource(world / "lists" / "members.csv", "members", AS_OF)], as_of=AS_OF, builtin=True)


def peak() -> float:
    """Peak resident memory of this process so far, GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


class Clock:
    """Prints what each step took."""

    def __init__(self) -> None:
        self.last = (time.perf_counter(), time.process_time())
        self.first = self.last

    def said(self, what: str, since: tuple[float, float] | None = None) -> None:
        """Time since the last call, or since some other moment."""
        now, before = (time.perf_counter(), time.process_time()), since or self.last
        print(
            f"{what}: {now[0] - before[0]:.1f} s wall, {now[1] - before[1]:.1f} s CPU, peak {peak():.2f} GiB",
            flush=True,
        )
        self.last = now


def measure(folder: Path, scenario: str, draws: int, replay: bool = False) -> None:
    """What is counted."""
    clock = Clock()
    tables = {n: pq.read_table(folder / "tables" / f"{n}.parquet") for n in (*LEDGER, *INPUTS)}
    ledger = Ledger.from_tables({n: tables.pop(n) for n in LEDGER}, base_currency="USD")
    register = lists(folder / "world")
    chosen = filled(ready_made()[scenario], groups=(GROUP,), as_of=AS_OF)
    clock.said("tables read (not counted)")
    print(
        f"  {ledger.transfers.num_rows:,} transfers, {ledger.accounts.num_rows:,} accounts, "
        f"{tables['attributions'].num_rows:,} attributions"
    )
    start = clock.last

    def step(done: int, total: int | None) -> None:
        clock.said(f"  step {done} of {total}")

    found = compare([chosen], register, ledger, progress=step, **tables)
    probed = uncertainty_tables([r.model for r in found.results], draws)
    clock.said(f"  {draws:,} draws")
    edge = found.frontier
    made = {name: found.table(name) for name in PARTS}
    if edge is not None:
        made |= {"points": edge.points, "measures": edge.measures, "differences": edge.differences}
    clock.said("  tables of the frontier")
    clock.said("one assessment in all", start)
    if edge is not None:
        net, hull = edge.books.network, edge.hull
        print(
            f"  frontier of {len(net.money):,} arcs and {net.nodes:,} nodes: {len(hull.points)} points, "
            f"{hull.cuts} cuts and {len(edge.others)} with other shares, {edge.share:.2%} of the area open"
        )
    print(
        f"  {made['outcomes'].num_rows} outcomes, {made['affected'].num_rows:,} affected; bytes {mark(made | probed)}"
    )
    if edge is not None and replay:
        clock.said("  (bytes)")
        replays = edge.replay(edge.chosen)
        clock.said(f"{replays.num_rows} points replayed in time (not counted)")
        print(f"  bytes {mark({'replays': replays})}")


def mark(tables: dict[str, pa.Table]) -> str:
    """A mark that is the same where every table has the same bytes."""
    found = blake2b(digest_size=8)
    for name, table in sorted(tables.items()):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table.combine_chunks())
        found.update(name.encode() + sink.getvalue())
    return found.hexdigest()


def apart(work: Callable[..., Any], *given: Any) -> None:
    """Do it in a process of its own, so that its memory is its own."""
    process = multiprocessing.get_context("spawn").Process(target=work, args=given)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(process.exitcode)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--scenario", default="aimed")
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--replay", action="store_true", help="also re-simulate the chosen points in time")
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = asked.keep or Path(name)
        if not (folder / "tables").is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            apart(make, folder, asked.accounts)
        apart(measure, folder, asked.scenario, asked.draws, asked.replay)


if __name__ == "__main__":
    main()
