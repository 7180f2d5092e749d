"""How much faster it is to screen only what changed: a real change of a list, and 100,000 customers.

    python benchmarks/delta.py [--customers 100000]

The list is the one OFAC published on 2026-07-25, then on 2026-08-20 (103 entries new, 108 gone, 20 changed); the
customers are made up from names beside the project, and 1 in 1,000 changes besides. CPU seconds of this process and of
its threads, wall seconds in brackets. That the matches are the same is checked.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from caudal.register import Register
from caudal.screening import Screener
from caudal.screening.delta import rescreen
from caudal.screening.frozen import Frozen
from caudal.tables import PARTIES

SEED = 20260820


def customers(data: Path, n: int) -> list[dict[str, Any]]:
    """Made-up people with names of real frequency."""
    rng = random.Random(SEED)  # noqa: S311
    pool = []
    for file in ("clean_people_us.csv", "clean_people_global.csv"):
        with (data / "names" / file).open(encoding="utf-8") as handle:
            pool += [(row["first_name"], row["last_name"]) for row in csv.DictReader(handle)]
    return [
        {
            "party_id": f"c{i}", "schema": "Person", "aliases": [], "countries": [], "identifiers": [],
            "name": f"{rng.choice(pool)[0]} {rng.choice(pool)[1]} {rng.choice(pool)[1]}",
        }
        for i in range(n)
    ]  # fmt: skip


def timed(what: str, work: Callable[[], Any]) -> tuple[Any, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(f"  {what:64s} {cpu:7.2f} ({wall:.2f})")
    return result, cpu


def plain(matches: pa.Table) -> list[tuple[Any, ...]]:
    columns = (matches[c].to_pylist() for c in ("party_id", "entity_id", "bits", "band"))
    return sorted((p, e, round(b, 6), band) for p, e, b, band in zip(*columns, strict=True))


def make(register: Any, frozen: Frozen | None) -> Screener:
    return Screener(register, frozen=frozen)


def everything(register: Any, frozen: Frozen, parties: pa.Table) -> pa.Table:
    return make(register, frozen).match(parties)


def main() -> None:
    here = Path(__file__).resolve().parents[2] / "shared"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("CAUDAL_SHARED", here)))
    parser.add_argument("--customers", type=int, default=100_000)
    options = parser.parse_args()
    data = options.shared / "data"
    days = [
        Register.load([data / f"lists/ofac/sdn_compact_{day}.csv", data / "lists/un"], builtin=False)
        for day in ("2026-07-25", "2026-08-20")
    ]
    rows = customers(data, options.customers)
    table = PARTIES.build(rows)
    rng = random.Random(1)  # noqa: S311
    changed = list(rows)
    for i in rng.sample(range(len(rows)), len(rows) // 1000):
        changed[i] = {**rows[i], "birth_date": "1980-01-02"}
    new = PARTIES.build(changed)

    make(days[0], None).match(table.slice(0, 2000))  # kernels warm
    print(f"{len(rows):,} customers, {len(days[0]):,} list entries: CPU seconds (wall)")
    kept = Path(tempfile.mkdtemp()) / "kept"
    timed("everything, the first time, with what is kept", partial(rescreen, kept, days[0], table, make))
    for what, register, parties in (
        ("the list changed", days[1], table),
        (f"{len(rows) // 1000:,} customers changed", days[0], new),
        ("both changed", days[1], new),
        ("nothing changed", days[0], table),
    ):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "kept"
            shutil.copytree(kept, folder)
            frozen = Frozen.load(folder)
            print(what)
            whole = partial(everything, register, frozen, parties)
            only = partial(rescreen, folder, register, parties, make)
            full, slow = timed("everything, with the same population", whole)
            done, fast = timed("only what changed, reading and writing what is kept", only)
            assert plain(full) == plain(done.matches), "the two do not agree"
            print(
                f"  {slow / fast:.1f} times less; {done.entries} entries and {done.parties} parties new or changed, "
                f"{done.entries_gone} gone; {done.again:,} parties against all; {done.matches.num_rows:,} matches"
            )
    shutil.rmtree(kept.parent)


if __name__ == "__main__":
    main()
