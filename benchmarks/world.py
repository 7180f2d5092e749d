"""How fast the world is made, and in how much memory: `python benchmarks/world.py [accounts] [days] [repeats]`.

Every run is a process of its own, so that peak memory is that of one world. Prints what it measured on which input.
"""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from caudal.world import generate

ONE_RUN = "--one"


def one_run(accounts: int, days: int, seed: int) -> None:
    """Make one world and print seconds, seconds of processor time, transfers, peak MiB and MiB on disk."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "world"
        begin = time.perf_counter()
        generate(out, accounts, days, seed)
        seconds = time.perf_counter() - begin
        transfers = pq.ParquetFile(out / "ledger" / "transfers.parquet").metadata.num_rows
        size = sum(p.stat().st_size for p in out.rglob("*") if p.is_file())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"{seconds:.3f} {used.ru_utime + used.ru_stime:.3f} {transfers} {peak:.0f} {size / 2**20:.1f}")


def main(accounts: int, days: int, repeats: int) -> None:
    """Run the sizes 1%, 10% and 100% of `accounts`, the last `repeats` times."""
    print(
        f"Python {platform.python_version()}, numpy {np.__version__}, pyarrow {pa.__version__}, {os.cpu_count()} cores"
    )
    names = ("accounts", "days", "seed", "seconds", "CPU s", "transfers", "M/s", "peak MiB", "disk MiB")
    print("{:>10} {:>5} {:>5} {:>8} {:>6} {:>11} {:>6} {:>9} {:>9}".format(*names))
    runs = [(max(1000, accounts // 100), 1), (max(1000, accounts // 10), 1)]
    runs += [(accounts, seed) for seed in range(1, repeats + 1)]
    for size, seed in runs:
        command = [sys.executable, __file__, ONE_RUN, str(size), str(days), str(seed)]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        seconds, busy, transfers, peak, disk = (float(word) for word in printed)
        speed = transfers / seconds / 1e6
        print(f"{size:>10,} {days:>5} {seed:>5} {seconds:>8.2f} {busy:>6.2f} {transfers:>11,.0f}", end=" ")
        print(f"{speed:>6.2f} {peak:>9.0f} {disk:>9.1f}")


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if arguments[:1] == [ONE_RUN]:
        one_run(*map(int, arguments[1:4]))
    else:
        given = [int(a) for a in arguments]
        main(*(given + [100_000, 90, 3][len(given) :]))
