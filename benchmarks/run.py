"""The whole job, end to end: seconds and peak memory of `caudal run`.

    python benchmarks/run.py                 # a made-up world of 100,000 accounts over 90 days
    python benchmarks/run.py --shared DIR    # OFAC and UN lists and the real wires below DIR/data

Each run is a process of its own; peak memory is the kernel's figure for it. The first run compiles, the second is warm
(its tables are removed before).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def measured(*command: str) -> tuple[float, float]:
    """Seconds and peak MiB of one command."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"failed: {' '.join(command)}")
    return time.perf_counter() - began, usage.ru_maxrss / 1024


def real_workspace(shared: Path, folder: Path) -> None:
    data = shared.resolve() / "data"
    (folder / "caudal.toml").write_text(
        f"""
        as_of = 2026-08-20
        groups = "all"
        [[lists]]
        path = "{data}/lists/ofac/sdn.csv"
        published = 2026-08-20
        [[lists]]
        path = "{data}/lists/un/consolidated.xml"
        [ledger]
        path = "{data}/ledgers/azerbaijani_laundromat_wires.csv"
        mapping = "{ROOT}/examples/azerbaijani_laundromat/mapping.toml"
        """,
        encoding="utf-8",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=90)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "workspace"
        if options.shared:
            folder.mkdir()
            real_workspace(options.shared, folder)
        else:
            made = measured(
                sys.executable, "-m", "caudal.cli", "world", str(folder),
                "--accounts", str(options.accounts), "--days", str(options.days),
            )  # fmt: skip
            print(f"world of {options.accounts:,} accounts x {options.days} days: {made[0]:.1f} s, {made[1]:,.0f} MiB")
        for label in ("first", "warm", "unchanged"):
            seconds, peak = measured(sys.executable, "-m", "caudal.cli", "run", str(folder))
            print(f"run, {label}: {seconds:.1f} s, peak {peak:,.0f} MiB")
            if label == "first":
                shutil.rmtree(folder / "tables")


if __name__ == "__main__":
    main()
