"""Lists of a server: building a snapshot, opening it, its memory, and how long searches take.

    python benchmarks/serving_lists.py ../shared/data/lists [--searches 300]

Searches are asked one after another in one process; their times are CPU, beside wall.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

OPEN = """
import json, sys, time
began = time.perf_counter()
from pathlib import Path
from caudal.server.data.folder import Snapshots
from caudal.server.data.opening import open_snapshot
imported = time.perf_counter()
snapshots = Snapshots(Path(sys.argv[1]))
snapshot = open_snapshot(snapshots, snapshots.current)
opened = time.perf_counter()
print(json.dumps({"import": imported - began, "open": opened - imported, "cpu": time.process_time()}))
"""
FACETS = ("countries", "topics", "datasets")
KINDS = (
    "one word",
    "two words",
    "phrase",
    "prefix",
    "near spelling",
    "word and country",
    "field",
    "everything",
    "by id",
)


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of CPU and of wall."""
    began = time.thread_time(), time.perf_counter()
    work()
    return time.thread_time() - began[0], time.perf_counter() - began[1]


def memory() -> dict[str, int]:
    """MiB of this process: all it maps, what it shares with nobody, its part of what is shared."""
    found = dict.fromkeys(("Rss", "Private_Dirty", "Private_Clean", "Pss"), 0)
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name in found:
            found[name] = int(rest.split()[0]) // 1024
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("lists", type=Path)
    parser.add_argument("--searches", type=int, default=300)
    parser.add_argument("--data", type=Path, default=None)
    given = parser.parse_args()
    data = given.data or Path(tempfile.mkdtemp(prefix="serving-lists-"))

    from caudal.server import Settings  # noqa: PLC0415
    from caudal.server.data.folder import Snapshots  # noqa: PLC0415
    from caudal.server.data.reader import SqliteStore  # noqa: PLC0415
    from caudal.server.data.searching import search  # noqa: PLC0415
    from caudal.server.data.store import Query  # noqa: PLC0415

    settings = Settings(lists=(given.lists,), data=data)
    command = [sys.executable, "-m", "caudal.server.data.renewing", settings.model_dump_json()]
    for what in ("first start", "nothing changed"):
        began = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as builder:
            for line in builder.stdout or ():
                print(f"  {time.perf_counter() - began:6.1f}  {line.strip()[:100]}")
        print(f"{what}: {time.perf_counter() - began:.1f} s")
    for _ in range(3):
        out = subprocess.run([sys.executable, "-c", OPEN, str(data)], capture_output=True, text=True, check=True).stdout
        print("open:", {k: round(v, 2) for k, v in json.loads(out).items()})

    snapshots = Snapshots(data)
    folder = snapshots.path(snapshots.current or "")
    sizes = {
        p.name: round(sum(f.stat().st_size for f in (p.rglob("*") if p.is_dir() else [p])) / 2**20, 1)
        for p in folder.iterdir()
    }
    print("MiB on disk:", sizes)
    before = memory()
    store = SqliteStore(folder)
    scope = frozenset(store.columns.fields["datasets"].values)
    rng = random.Random(1)  # noqa: S311 - which entries are asked for
    store.search(Query("bank OR ltd", scope, facets=FACETS))
    after = memory()
    print("MiB of memory the store adds:", {k: after[k] - before[k] for k in before})
    entities = store.search(Query("", scope, limit=9_999)).entities
    times: dict[str, list[tuple[float, float]]] = {kind: [] for kind in KINDS}
    for _ in range(given.searches):
        one = rng.choice(entities)
        name = [w for w in one["caption"].replace('"', "").split() if w.isalnum()] or ["bank"]
        word = max(name, key=len)
        asked = {
            "one word": Query(word, scope, facets=FACETS),
            "two words": Query(" ".join(name[:2]), scope, facets=FACETS),
            "phrase": Query(f'"{one["caption"]}"'.replace("\\", ""), scope, facets=FACETS, simple=True),
            "prefix": Query(f"{word[:4]}*", scope, facets=FACETS),
            "near spelling": Query(f"{word[:-1]}x~", scope, facets=FACETS, fuzzy=True),
            "word and country": Query(word, scope, filters={"countries": ["ru", "ir"]}, facets=FACETS),
            "field": Query(f"birthDate:{rng.randint(1940, 1990)}", scope, facets=FACETS),
            "everything": Query("", scope, facets=FACETS),
        }
        for kind, query in asked.items():
            times[kind].append(timed(lambda query=query: search(store, query)))
        times["by id"].append(timed(lambda one=one: store.nested(store.get(one["id"]) or {})))
    print("milliseconds of CPU: p50, p99, max; of wall: p50, p99")
    for kind, some in times.items():
        cpu, wall = ([pair[k] * 1e3 for pair in some] for k in (0, 1))
        cuts = [statistics.quantiles(one, n=100)[98] for one in (cpu, wall)]
        told = (statistics.median(cpu), cuts[0], max(cpu), statistics.median(wall), cuts[1])
        print(f"  {kind:18} {' '.join(f'{one:7.2f}' for one in told)}")


if __name__ == "__main__":
    main()
