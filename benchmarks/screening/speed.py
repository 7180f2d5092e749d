"""How fast screening is: building and opening the index, a batch, a million customers, single questions, growth.

    python benchmarks/screening/speed.py [--shared FOLDER] [--only batch,million,single,pairs,growth] [--json FILE]

Lists are everything in `../shared/data/lists` (OFAC, UN, EU). Customers are made up from the first and last names of
the clean people there, each of them with one more last name, so that nearly every customer is another; in `million`
one name in five is made of syllables instead, as a large file has many rare names. Times are wall and CPU seconds;
with other work on the machine only CPU seconds mean something. Compiled kernels are warm: the first run after an
installation or a change takes some 30 seconds more.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa

from caudal.register import Register
from caudal.screening import Screener
from caudal.tables import PARTIES

SEED = 20261124
_SYLLABLES = "ba de fi go ku la me ni po ru sa te vi zo bra dre kri ton mur lan der vas qui sol tar nen"


class Clock:
    """Says how long things took and keeps it for the JSON."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def say(self, what: str, value: float, unit: str, digits: int = 2) -> None:
        self.kept[what] = {"value": value, "unit": unit}
        print(f"  {what:62s} {value:12,.{digits}f} {unit}", flush=True)

    def time(self, what: str, work: Callable[[], Any], best_of: int = 1, per: int = 0) -> Any:
        """Run work, say its best wall and CPU seconds and, for `per` parties, the rate; return its result."""
        wall, cpu, result = float("inf"), float("inf"), None
        for _ in range(best_of):
            w, c = time.perf_counter(), time.process_time()
            result = work()
            wall, cpu = min(wall, time.perf_counter() - w), min(cpu, time.process_time() - c)
        self.say(what, wall, "s")
        self.say(f"{what}: CPU", cpu, "s")
        if per:
            self.say(f"{what}: rate", per / wall, "parties/s", 0)
        return result


def table(names: Sequence[str], births: Sequence[str | None] | None = None) -> pa.Table:
    n = len(names)
    nothing = pa.array([[]] * n, pa.list_(pa.string()))
    return PARTIES.build(
        {
            "party_id": [f"q{i}" for i in range(n)],
            "schema": ["Person"] * n,
            "name": list(names),
            "aliases": nothing,
            "birth_date": list(births) if births else [None] * n,
            "countries": nothing,
            "identifiers": nothing,
        }
    )


def customers(data: Path, n: int, *, rare: float = 0.0, dated: bool = False) -> pa.Table:
    """Made-up customers; a share `rare` of the last names is made of syllables."""
    rng = random.Random(SEED)  # noqa: S311
    pool = []
    for file in ("clean_people_us.csv", "clean_people_global.csv"):
        with (data / "names" / file).open(encoding="utf-8") as handle:
            pool += [(row["first_name"], row["last_name"], row["date_of_birth"]) for row in csv.DictReader(handle)]

    def last() -> str:
        if rng.random() < rare:
            return "".join(rng.choices(_SYLLABLES.split(), k=rng.choice((2, 3, 3, 4)))).title()
        return rng.choice(pool)[1]

    names = [f"{rng.choice(pool)[0]} {last()} {last()}" for _ in range(n)]
    return table(names, [rng.choice(pool)[2] for _ in range(n)] if dated else None)


def part(register: Register, share: float) -> Any:
    """The first entities of a register."""
    tables = register.tables()
    entities = tables["entities"].take(
        np.sort(np.random.default_rng(SEED).permutation(len(register))[: int(share * len(register))])
    )
    keep = set(entities["entity_id"].to_pylist())
    names = tables["names"]
    names = names.filter(pa.array([i in keep for i in names["entity_id"].to_pylist()]))
    return SimpleNamespace(tables=lambda: {"entities": entities, "names": names}, versions=register.versions)


def index(clock: Clock, register: Register, folder: Path) -> Screener:
    print("\nThe index")
    tables = register.tables()
    clock.say("entities", len(register), "", 0)
    clock.say("names", tables["names"].num_rows, "", 0)
    screener: Screener = clock.time("built, the first time in a process", lambda: Screener(register))
    screener = clock.time("built, once the tables of names are read", lambda: Screener(register), 3)
    clock.time("written to disk", lambda: screener.save(folder))
    clock.say("size on disk", sum(p.stat().st_size for p in folder.iterdir()) / 2**20, "MiB", 1)
    clock.time("opened, every file checked", lambda: Screener.load(folder), 5)
    clock.time("opened, not checked", lambda: Screener.load(folder, check=False), 5)
    return screener


def batch(clock: Clock, screener: Screener, data: Path, n: int) -> None:
    print(f"\nA batch of {n:,} people")
    plain, dated = customers(data, n), customers(data, n, dated=True)
    screener.match(plain.slice(0, 1000))
    for what, people in (("names only", plain), ("with birth dates", dated)):
        for workers in (1, os.cpu_count() or 1):
            work = lambda people=people, workers=workers: screener.match(people, workers=workers)  # noqa: E731
            clock.time(f"{what}, {workers} core{'s' * (workers > 1)}", work, 2, n)


def million(clock: Clock, folder: Path, data: Path, n: int) -> None:
    """In a process of its own, so that its memory is its own."""
    print(f"\n{n:,} customers")
    code = (
        "import json, resource, sys, time\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\n"
        "from speed import customers\n"
        "from caudal.screening import Screener\n"
        "people = customers(Path(sys.argv[3]), int(sys.argv[4]), rare=0.2, dated=sys.argv[5] == 'dated')\n"
        "screener = Screener.load(sys.argv[2])\n"
        "screener.match(people.slice(0, 1000))\n"
        "wall, cpu = time.perf_counter(), time.process_time()\n"
        "found = screener.match(people)\n"
        "wall, cpu = time.perf_counter() - wall, time.process_time() - cpu\n"
        "peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20\n"
        "print(json.dumps([wall, cpu, peak, found.num_rows]))\n"
    )
    for what in ("plain", "dated"):
        here = str(Path(__file__).resolve().parent)
        arguments = [sys.executable, "-c", code, here, str(folder), str(data), str(n), what]
        out = subprocess.run(arguments, capture_output=True, text=True, check=True, env=os.environ)
        wall, cpu, peak, found = json.loads(out.stdout.splitlines()[-1])
        words = "with birth dates" if what == "dated" else "names only"
        clock.say(f"{words}, all cores", wall, "s")
        clock.say(f"{words}, all cores: CPU", cpu, "s")
        clock.say(f"{words}, all cores: rate", n / wall, "parties/s", 0)
        clock.say(f"{words}: most memory, the customers' own table included", peak, "GiB")
        clock.say(f"{words}: pairs kept", found, "", 0)


def single(clock: Clock, screener: Screener, data: Path, n: int) -> None:
    print(f"\n{n:,} single questions, one after another, each another person")
    for what, people in (
        ("names only", customers(data, n + 200)),
        ("with birth dates", customers(data, n + 200, dated=True)),
    ):
        asked = people.slice(200, n).to_pylist()
        dictionaries = [
            {
                "id": row["party_id"],
                "schema": "Person",
                "properties": {
                    "name": [row["name"]],
                    **({"birthDate": [row["birth_date"]]} if row["birth_date"] else {}),
                },
            }
            for row in asked
        ]
        for row in dictionaries[:200]:
            screener.match([row])
        took = []
        for row in dictionaries:
            start = time.perf_counter()
            screener.match([row])
            took.append(1000 * (time.perf_counter() - start))
        for p in (50, 95, 99):
            clock.say(f"{what}: p{p}", float(np.percentile(took, p)), "ms", 3)


def pairs(clock: Clock, screener: Screener, data: Path) -> None:
    print("\nPairs compared one by one")
    with (data / "names/name_pairs_dev.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    made = [
        tuple({"schema": row["schema"], "properties": {"name": [row[side]]}} for side in ("name1", "name2"))
        for row in rows
    ]
    for what in ("names not seen before", "the same again"):
        start = time.perf_counter()
        for a, b in made:
            screener.compare(a, b)
        clock.say(what, len(made) / (time.perf_counter() - start), "pairs/s", 0)


def growth(clock: Clock, register: Register, screener: Screener, data: Path, n: int) -> None:
    print("\nGrowth with the list")
    people = customers(data, n // 4)
    for share in (0.25, 0.5, 1.0):
        smaller = screener if share == 1.0 else Screener(part(register, share))
        smaller.match(people.slice(0, 500))
        clock.time(
            f"{len(smaller.listed.subjects):,} entities, {n // 4:,} people",
            lambda smaller=smaller: smaller.match(people, workers=1),
            2,
            n // 4,
        )
    print("\nGrowth with the customers")
    for size in (n // 16, n // 4, n):
        many = customers(data, size, rare=0.2)
        clock.time(f"{size:,} people", lambda many=many: screener.match(many), 2, size)


def main() -> None:
    here = Path(__file__).resolve().parents[3] / "shared"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("CAUDAL_SHARED", here)))
    parser.add_argument("--only", default="batch,million,single,pairs,growth")
    parser.add_argument("--people", type=int, default=100_000, help="size of the batch")
    parser.add_argument("--million", type=int, default=1_000_000, help="size of the large file")
    parser.add_argument("--json", type=Path, help="write the numbers here")
    options = parser.parse_args()
    data, only = options.shared / "data", set(options.only.split(","))
    clock = Clock()
    lists = data / "lists"
    register = Register.load([lists / "ofac", lists / "un", lists / "eu"], builtin=False)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "index"
        screener = index(clock, register, folder)
        if "batch" in only:
            batch(clock, screener, data, options.people)
        if "million" in only:
            million(clock, folder, data, options.million)
        if "single" in only:
            single(clock, screener, data, 5_000)
        if "pairs" in only:
            pairs(clock, screener, data)
        if "growth" in only:
            growth(clock, register, screener, data, options.people)
    clock.say("most memory of this process", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, "GiB")
    if options.json:
        options.json.write_text(json.dumps(clock.kept, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
