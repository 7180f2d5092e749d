"""How fast tracing is, beside the bare loops that do no more than they must, and beside other programs.

    python benchmarks/tracing.py                          # 10 M transfers over 1 M accounts, 100 M over 10 M
    python benchmarks/tracing.py --sizes 1000000:100000   # any transfers:accounts
    python benchmarks/tracing.py --making                 # how long an index takes, too
    python benchmarks/tracing.py --peers                  # networkx, igraph and raphtory too, in a venv of their own
    python benchmarks/tracing.py --stream 300000000:10000000
    python benchmarks/tracing.py --data DIR               # where the made ledgers lie meanwhile (24 bytes a transfer)

Transfers are random: payer and payee uniform, amounts log-normal around 400.00, times rising over 90 days. A group is
ten random accounts. Every figure is the processor time of the quickest of three runs (two of a large ledger) on one
core, in one process for all that is compared with each other; "wall" is beside it where two threads work or a disk may
wait. Peak memory is the kernel's figure for a process of its own.

The bare loops are yardsticks: one group, 64-bit floats or flags, arithmetic only where the sender's taint flag is set;
no turnover, no attributions, no first, last or hops, no check of anything. Bare fifo keeps every lot of every account.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from caudal.tracing import StoredIndex, TransferIndex, prepare, reached, run_trace
from caudal.tracing.kernels import compiled
from caudal.tracing.preparing import Rows, _Writer
from caudal.tracing.reach import _pass_over
from caudal.tracing.sweep import sweep

STEP = 1 << 20
MANY = 20_000_000
SIZED = {"bare flags", "bare proportional", "bare fifo", "proportional, 8 groups", "reached, 8 groups"}
HERE = Path(__file__).resolve()


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


@compiled
def bare_fifo(payer, payee, amount, own, head, tail, left, flag, after, spare):
    """Lots as linked lists in flat arrays, 0 for none; a lot joins the last one where both are alike."""
    for i in range(payer.size):
        p, q, x = payer[i], payee[i], amount[i]
        while x > 0:
            lot = head[p]
            size = x if lot == 0 else min(x, left[lot])
            tainted = own[p] or (lot != 0 and flag[lot])
            if lot != 0:
                left[lot] -= size
                if left[lot] == 0:
                    head[p] = after[lot]
                    if after[lot] == 0:
                        tail[p] = 0
                    after[lot] = spare[0]
                    spare[0] = lot
            x -= size
            last = tail[q]
            if last != 0 and flag[last] == tainted:
                left[last] += size
            else:
                new = spare[0]
                if new != 0:
                    spare[0] = after[new]
                else:
                    new = spare[1]
                    spare[1] += 1
                left[new], flag[new], after[new] = size, tainted, 0
                if last != 0:
                    after[last] = new
                else:
                    head[q] = new
                tail[q] = new
    return spare[1]


# ---- made ledgers


def names_of(accounts: int) -> pa.Array:
    return pa.array(np.char.add("A", np.char.zfill(np.arange(accounts).astype("U9"), 9)))


def parts(transfers: int, accounts: int, seed: int = 1) -> Iterator[Rows]:
    """A random ledger, a part at a time, by time; no two transfers share an instant. Ids are left out."""
    rng = np.random.default_rng(seed)
    begin, pace = 1_735_689_600_000_000, max(2, 90 * 86_400_000_000 // transfers)
    for first in range(0, transfers, STEP):
        count = min(STEP, transfers - first)
        payer = rng.integers(0, accounts, count, dtype=np.int32)
        payee = ((payer.astype(np.int64) + rng.integers(1, accounts, count)) % accounts).astype(np.int32)
        moment = begin + pace * np.arange(first, first + count) + rng.integers(0, pace, count)
        amount = np.maximum(1, rng.lognormal(np.log(40_000), 1.2, count)).astype(np.int64)
        yield Rows(moment, payer, payee, amount, pa.repeat("-", count))


def made(folder: Path, transfers: int, accounts: int) -> Path:
    """The ledger as a stored index, written as `prepare` writes it."""
    folder.mkdir(parents=True)
    writer = _Writer(folder, names_of(accounts), "made")
    for rows in parts(transfers, accounts):
        writer.add(rows)
    writer.close({"source": None, "sorted": False})
    return folder


def table_of(transfers: int, accounts: int) -> pa.Table:
    """The ledger as a `transfers` table of the columns tracing reads, with ids."""
    names = names_of(accounts)
    columns = [
        np.concatenate(column) for column in zip(*(rows[:4] for rows in parts(transfers, accounts)), strict=True)
    ]
    moment, payer, payee, amount = columns
    return pa.table(
        {
            "transfer_id": pa.array([f"T{number:010d}" for number in range(transfers)]),
            "time": pa.array(moment).cast(pa.timestamp("us", tz="UTC")),
            "payer_account": names.take(pa.array(payer)),
            "payee_account": names.take(pa.array(payee)),
            "amount_base": amount,
        }
    )


def own_accounts(accounts: int, group: int = 0, count: int = 10) -> np.ndarray:
    return np.sort(np.random.default_rng(7 + group).choice(accounts, count, replace=False)).astype(np.int32)


def group_names(accounts: int, groups: int) -> dict[str, list[str]]:
    return {f"group-{g}": [f"A{code:09d}" for code in own_accounts(accounts, g)] for g in range(groups)}


# ---- what is measured; each function runs in a process of its own


def best(work: dict[str, Callable[[], Any]], times: int = 3) -> dict[str, float]:
    """Processor seconds of the quickest run of each, run in turn so that a busy machine slows all alike."""
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(times):
        for name, run in work.items():
            began = time.process_time()
            run()
            seconds[name].append(time.process_time() - began)
    return {name: min(taken) for name, taken in seconds.items()}


def kernels(folder: str) -> dict[str, Any]:
    """Bare loops and passes over arrays in memory."""
    _compile()
    stored = StoredIndex.open(folder)
    index = stored.load()
    index.__dict__["turnover"] = stored.turnover
    accounts, count = len(index.accounts), len(index)
    first = own_accounts(accounts)
    own = np.zeros(accounts, np.bool_)
    own[first] = True
    nowhere = np.zeros(accounts, np.bool_)
    p, q, x = index.payer, index.payee, index.amount

    def fifo() -> None:
        room = count // 2 + 2 * accounts
        ends = (np.zeros(accounts, np.int64), np.zeros(accounts, np.int64))
        lots = (np.zeros(room, np.int64), np.zeros(room, np.bool_), np.zeros(room, np.int64))
        bare_fifo(p, q, x, own, *ends, *lots, np.array([0, 1]))

    def bare(own: np.ndarray) -> None:
        bare_proportional(p, q, x, own, own.copy(), np.zeros(accounts), np.zeros(accounts, np.int64))

    def passed(method: str, seeds: list[np.ndarray]) -> Callable[[], Any]:
        return lambda: sweep(index, seeds, nowhere, [(method, False)], False)

    groups = [own_accounts(accounts, g) for g in range(64)]
    wide = own_accounts(accounts, 99, accounts // 100)
    of_wide = np.zeros(accounts, np.bool_)
    of_wide[wide] = True
    work: dict[str, Callable[[], Any]] = {
        "bare flags": lambda: bare_poison(p, q, own.copy()),
        "reached, 1 group": lambda: _pass_over(index, groups[:1], nowhere, False, 1),
        "reached, 8 groups": lambda: _pass_over(index, groups[:8], nowhere, False, 1),
        "reached, 64 groups": lambda: _pass_over(index, groups, nowhere, False, 1),
        "bare proportional": lambda: bare(own),
        "bare fifo": fifo,
        "bare proportional, 1% of accounts the group's": lambda: bare(of_wide),
        "proportional, 1% of accounts the group's": passed("proportional", [wide]),
        "fifo, 1% of accounts the group's": passed("fifo", [wide]),
    }
    for method in ("proportional", "fifo", "poison"):
        for number in (1, 4, 8):
            work[f"{method}, {number} group{'s' if number > 1 else ''}"] = passed(method, groups[:number])
    if count > MANY:  # a large ledger answers the questions of size only
        work = {name: run for name, run in work.items() if name.endswith("1 group") or name in SIZED}
    return {"transfers": count, "seconds": best(work, 3 if count <= MANY else 2)}


def bare_from_file(folder: str) -> dict[str, Any]:
    """Reading the four columns, and reading them with the bare loop: what end to end is compared with."""
    _compile()
    accounts = json.loads((Path(folder) / "index.json").read_text())["accounts"]
    own = np.zeros(accounts, np.bool_)
    own[own_accounts(accounts)] = True

    def read(work: Callable[..., Any] | None, checked: bool) -> None:
        with pq.ParquetFile(Path(folder) / "flow.parquet", page_checksum_verification=checked) as file:
            for group in range(file.num_row_groups):
                table = file.read_row_group(group, use_threads=False)
                if work is not None:
                    work(*(table.column(name).chunk(0).to_numpy() for name in ("payer", "payee", "amount")))

    def with_bare() -> None:
        state = (own, own.copy(), np.zeros(accounts), np.zeros(accounts, np.int64))
        read(lambda p, q, x: bare_proportional(p, q, x, *state), False)

    return timed({"read": lambda: read(None, False), "read, sums checked": lambda: read(None, True), "bare": with_bare})


def from_file(folder: str, method: str, groups: str) -> dict[str, Any]:
    """From the folder on disk to the table of exposures."""
    _compile()

    def ask() -> None:
        index = StoredIndex.open(folder)
        chosen = group_names(index.note["accounts"], int(groups))
        if method == "reached":
            reached(index, chosen)
        else:
            run_trace(index, chosen, [method], ["forward"], attribute=())

    return timed({"ask": ask})


def timed(work: dict[str, Callable[[], Any]], times: int = 3) -> dict[str, Any]:
    """Processor and wall seconds of the quickest run of each."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in work}
    for _ in range(times):
        for name, run in work.items():
            wall, core = time.perf_counter(), time.process_time()
            run()
            found[name].append((time.process_time() - core, time.perf_counter() - wall))
    return {name: {"core": min(c for c, _ in taken), "wall": min(w for _, w in taken)} for name, taken in found.items()}


def streamed(folder: str) -> dict[str, Any]:
    """One pass, once, with its exposures."""
    _compile()

    def ask() -> None:
        index = StoredIndex.open(folder)
        run_trace(index, group_names(index.note["accounts"], 1), ["proportional"], ["forward"], attribute=())

    return timed({"ask": ask}, 1)


def making(transfers: str, accounts: str) -> dict[str, Any]:
    """From a Parquet of text ids to an index: in memory, and on disk, sorted and not."""
    table = table_of(int(transfers), int(accounts))
    found = {}
    with tempfile.TemporaryDirectory(dir=os.environ.get("CAUDAL_BENCH")) as name:
        folder = Path(name)
        shuffled = table.take(pa.array(np.random.default_rng(3).permutation(len(table))))
        days = table.set_column(1, "time", table["time"].cast(pa.date32()).cast(table["time"].type))
        for kind, rows in (("sorted", table), ("shuffled", shuffled), ("of 90 days", days)):
            pq.write_table(rows, folder / "ledger.parquet", compression="zstd", row_group_size=STEP)
            found[f"in memory, {kind}"] = timed({"": lambda rows=rows: TransferIndex.from_transfers(rows)}, 1)[""]
            found[f"on disk, {kind}"] = timed({"": lambda: prepare(folder / "ledger.parquet")}, 1)[""]
        found["loaded from disk"] = timed({"": lambda: StoredIndex.open(folder / "ledger.parquet.index").load()}, 1)[""]
    return found


def _compile() -> None:
    """Compile, or load what is compiled."""
    tiny = TransferIndex.from_transfers(table_of(100, 9))
    run_trace(tiny, {"g": ["A000000001"]}, attribute=())
    reached(tiny, {"g": ["A000000001"]})
    nine, real, flag = np.zeros(9, np.int64), np.zeros(9), np.zeros(9, np.bool_)
    bare_poison(tiny.payer, tiny.payee, flag.copy())
    bare_proportional(tiny.payer, tiny.payee, tiny.amount, flag, flag.copy(), real, nine.copy())
    lots = (np.zeros(400, np.int64), np.zeros(400, np.bool_), np.zeros(400, np.int64))
    bare_fifo(tiny.payer, tiny.payee, tiny.amount, flag, nine.copy(), nine.copy(), *lots, np.array([0, 1]))


TASKS = {f.__name__: f for f in (kernels, bare_from_file, from_file, streamed, making)}


def alone(task: str, *arguments: str) -> dict[str, Any]:
    """What a task measured in a process of its own, with the peak memory of that process in GiB."""
    command = [sys.executable, str(HERE), "--task", task, *arguments]
    with tempfile.TemporaryFile() as out:
        if subprocess.run(command, stdout=out, check=False).returncode:
            sys.exit(f"failed: {task} {' '.join(arguments)}")
        out.seek(0)
        return dict(json.loads(out.read()))


def peak() -> float:
    """Peak memory of this process in GiB. (`getrusage` would count what the parent held when it started this one.)"""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 2**20


# ---- the report


def show_kernels(folder: Path) -> float:
    """Print the kernels of a size; seconds of the proportional pass."""
    found = alone("kernels", str(folder))
    seconds, count = found["seconds"], found["transfers"]
    bare_of = {
        "reached": "bare flags",
        "proportional": "bare proportional",
        "fifo": "bare fifo",
        "poison": "bare flags",
    }
    for name, taken in seconds.items():
        line = f"  {name:<46} {count / taken / 1e6:8.1f} M/s {taken:8.3f} s"
        if not name.startswith("bare"):
            yardstick = bare_of[name.split(",")[0]]
            if "1%" in name:
                yardstick = "bare proportional, 1% of accounts the group's"
            line += f"  {taken / seconds[yardstick]:5.2f} x {yardstick}"
        print(line)
    for method in ("reached", "proportional", "fifo", "poison"):
        if f"{method}, 8 groups" not in seconds:
            continue
        times = seconds[f"{method}, 8 groups"] / seconds[f"{method}, 1 group"]
        print(f"  {method}: 8 groups at once cost {times:.2f} x one")
    print(f"  peak of all that in one process {found['peak']:.2f} GiB (all transfers in memory)")
    return seconds["proportional, 1 group"]


def show_end_to_end(folder: Path) -> None:
    count = json.loads((folder / "index.json").read_text())["transfers"]
    bare = alone("bare_from_file", str(folder))
    for name in ("read", "read, sums checked", "bare"):
        label = "reading and bare proportional" if name == "bare" else f"{name} (four columns)"
        print(f"  {label:<46} {count / bare[name]['core'] / 1e6:8.1f} M/s {bare[name]['core']:8.3f} s core", end="")
        print(f" {bare[name]['wall']:8.3f} s wall")
    print(f"  peak of that {bare['peak']:.2f} GiB")
    for method, groups in (("proportional", 1), ("proportional", 4), ("fifo", 1), ("poison", 1), ("reached", 1)):
        found = alone("from_file", str(folder), method, str(groups))
        ask = found["ask"]
        label = f"end to end, {method}, {groups} group{'s' if groups > 1 else ''}"
        print(f"  {label:<46} {count / ask['core'] / 1e6:8.1f} M/s {ask['core']:8.3f} s core", end="")
        print(f" {ask['wall']:8.3f} s wall  {ask['core'] / bare['bare']['core']:5.2f} x core", end="")
        print(f" {ask['wall'] / bare['bare']['wall']:5.2f} x wall  peak {found['peak']:.2f} GiB")


def show_making(transfers: int, accounts: int) -> None:
    found = alone("making", str(transfers), str(accounts))
    for name, taken in found.items():
        if name != "peak":
            print(f"  index {name:<40} {taken['core']:8.2f} s core {taken['wall']:8.2f} s wall")
    print(f"  peak of all that in one process {found['peak']:.2f} GiB (the table itself included)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", nargs="*", default=["10000000:1000000", "100000000:10000000"])
    parser.add_argument("--stream", nargs="*", default=[], help="sizes that are streamed once, for time and memory")
    parser.add_argument("--making", action="store_true")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--task", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.task:
        found = TASKS[options.task[0]](*options.task[1:])
        print(json.dumps({**found, "peak": peak()}))
        return
    work = Path(tempfile.mkdtemp(prefix="caudal-bench-", dir=options.data))
    os.environ["CAUDAL_BENCH"] = str(work)
    try:
        passes = {}
        for size in options.sizes:
            transfers, accounts = map(int, size.split(":"))
            print(f"{transfers:,} transfers over {accounts:,} accounts", flush=True)
            folder = made(work / size.replace(":", "-"), transfers, accounts)
            passes[transfers] = show_kernels(folder)
            show_end_to_end(folder)
            if transfers <= MANY:
                if options.making:
                    show_making(transfers, accounts)
                from tracing_peers import show_reachability  # noqa: PLC0415 - only where it runs

                show_reachability(folder, work if options.peers else None)
            shutil.rmtree(folder)
        ordered = sorted(passes)
        for small, large in pairwise(ordered):
            print(f"{large // small} times the transfers take {passes[large] / passes[small]:.1f} times as long")
        for size in options.stream:
            transfers, accounts = map(int, size.split(":"))
            folder = made(work / "streamed", transfers, accounts)
            found = alone("streamed", str(folder))
            ask, held = found["ask"], found["peak"]
            print(f"{transfers:,} transfers over {accounts:,} accounts streamed: {ask['core']:.1f} s core,", end="")
            print(f" {ask['wall']:.1f} s wall, peak {held:.2f} GiB")
            shutil.rmtree(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
