"""A server of a made-up export of a million entities: time and memory of building, disk, opening, and answers.

    python benchmarks/serving_millions.py [--entities 1000000] [--data DIR] [--queries 300] [--changes 1000]

The export has the make-up of a large public collection: of ten entities four people, two firms and other bodies, one
sanction, one stake or tie, one address, and of the rest vessels, wallets and securities. Given names, surnames and
words of firms are drawn from pools in which a few are very common (Zipf), as names are; all are made of syllables.
The builder is a process of its own, whose peak memory is that of its family as the kernel counts it (VmHWM, summed).
Answers are asked one after another in one process that has mapped the snapshot: their times are of CPU and of wall.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import psutil

from serving_lists import memory, timed

SEED = 7
SYLLABLES = [consonant + vowel for consonant in "bdfghklmnprst" for vowel in "aeio"]
ENDS = ("n", "r", "l", "s", "k", "v", "m", "t", "sh", "nd")
KINDS = ("Trading", "Shipping", "Holding", "Invest", "Construction", "Bank", "Energy", "Logistics", "Foods", "Media")
FORMS = ("Ltd", "LLC", "GmbH", "SA", "OOO", "Inc", "PLC", "BV")
COUNTRIES = ("ru", "ir", "sy", "mx", "co", "cn", "us", "ve", "ua", "tr", "ae", "cy", "pa", "by", "kp", "iq")
CHUNK = 50_000


def pool(rng: np.random.Generator, size: int, syllables: int) -> np.ndarray:
    """Made-up words, all different."""
    found: dict[str, None] = {}
    while len(found) < size:
        word = "".join(rng.choice(SYLLABLES, syllables + int(rng.integers(0, 2)))) + str(rng.choice(ENDS))
        found[word.capitalize()] = None
    return np.array(list(found))


def common(rng: np.random.Generator, words: np.ndarray, many: int) -> np.ndarray:
    """Words drawn so that the k-th comes up about 1/k as often as the first."""
    at = np.minimum((words.size ** rng.random(many)).astype(np.int64), words.size - 1)
    return words[at]


def export(path: Path, entities: int) -> None:
    """Write the export; version 1 of it."""
    rng = np.random.default_rng(SEED)
    given, family, trade = pool(rng, 8_000, 2), pool(rng, 60_000, 3), pool(rng, 60_000, 3)
    with path.open("wb") as out:
        for low in range(0, entities, CHUNK):
            many = min(CHUNK, entities - low)
            drawn = rng.random(many)
            first, second, last = (common(rng, words, many) for words in (given, given, family))
            firm, number = common(rng, trade, many), rng.integers(10**8, 10**9, many)
            country, other = rng.integers(0, len(COUNTRIES), many), rng.integers(0, max(low, 1), many)
            year, day = rng.integers(1935, 2005, many), rng.integers(0, 336, many)
            columns = (drawn, first, second, last, firm, number, country, other, year, day)
            for k, row in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
                out.write(orjson.dumps(one(low + k, *row)) + b"\n")


def one(
    k: int, drawn: float, first: str, second: str, last: str, firm: str, number: int, country: int, other: int,
    year: int, day: int,
) -> dict[str, Any]:  # fmt: skip
    """One entity."""
    code = COUNTRIES[country]
    born = f"{year}-{1 + day // 28:02d}-{1 + day % 28:02d}"
    properties: dict[str, list[str]]
    if drawn < 0.4:
        schema = "Person"
        properties = {"name": [f"{first} {second} {last}"], "country": [code], "topics": ["role.pep"]}
        if day % 3:
            properties["alias"] = [f"{last} {first}", f"{first[:1]}. {last}"][: day % 3]
        if day % 2:
            properties["birthDate"] = [born]
        if day % 5 == 0:
            properties["passportNumber"] = [f"{code.upper()}{number}"]
    elif drawn < 0.6:
        schema = "Company" if day % 2 else "Organization"
        properties = {"name": [f"{firm} {KINDS[day % 10]} {FORMS[day % 8]}"], "country": [code]}
        if day % 3 == 0:
            properties |= {"registrationNumber": [str(number)], "topics": ["sanction"]}
    elif drawn < 0.7:
        schema, properties = "Sanction", {"entity": [f"m-{other}"], "program": [f"P-{day}"], "startDate": [born]}
    elif drawn < 0.8:
        schema, properties = "Ownership", {"owner": [f"m-{other}"], "asset": [f"m-{max(k - 1, 0)}"]}
    elif drawn < 0.9:
        schema, properties = "Address", {"full": [f"{number % 300} {firm} Street, {last}"], "country": [code]}
    elif drawn < 0.94:
        schema, properties = "Vessel", {"name": [f"{firm} {first}"], "imoNumber": [str(number)[:7]], "flag": [code]}
    elif drawn < 0.97:
        schema, properties = (
            "CryptoWallet",
            {"publicKey": [f"1{firm}{number}{last}{day}MadeUp"], "holder": [f"m-{other}"]},
        )
    else:
        schema, properties = (
            "Security",
            {"isin": [f"XS{number}0"], "issuer": [f"m-{other}"], "name": [f"{firm} {year}"]},
        )
    return {
        "id": f"m-{k}", "schema": schema, "datasets": ["million"], "properties": properties, "referents": [],
        "first_seen": "2025-01-01T00:00:00", "last_seen": "2026-01-01T00:00:00",
        "last_change": f"2025-{1 + day // 28:02d}-01T00:00:00",
    }  # fmt: skip


def delta(folder: Path, changes: int, entities: int) -> None:
    """Version 2: some entities changed, removed and added, as a delta to version 1."""
    rng = np.random.default_rng(SEED + 1)
    with (folder / "delta.json").open("wb") as out:
        for k, at in enumerate(rng.choice(entities, changes, replace=False).tolist()):
            op = ("MOD", "ADD", "DEL")[k % 3]
            uid = f"new-{k}" if op == "ADD" else f"m-{at}"
            held: dict[str, Any] = {"id": uid}
            if op != "DEL":
                name = {"name": [f"Changed Person{k} Invented"]}
                held |= {"schema": "Person", "datasets": ["million"], "properties": name}
            out.write(orjson.dumps({"op": op, "entity": held}) + b"\n")
    index = {"versions": {"1": "export.json", "2": (folder / "delta.json").as_uri()}}
    (folder / "deltas.json").write_text(json.dumps(index))


def manifest(folder: Path, version: str) -> Path:
    """The manifest of a version."""
    path = folder / "manifest.yml"
    lines = f"name: million, title: Million, version: '{version}', path: export.json"
    path.write_text(f"datasets: [{{{lines}, delta_url: '{(folder / 'deltas.json').as_uri()}'}}]\n")
    return path


def built(settings: Any) -> dict[str, float]:
    """Have a snapshot built by a process of its own: wall and CPU seconds, and peak MiB of it and its children."""
    command = [sys.executable, "-m", "caudal.server.data.renewing", settings.model_dump_json()]
    began, high, cpu = time.perf_counter(), {}, {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as builder:
        assert builder.stdout is not None

        def tell() -> None:
            for line in builder.stdout or ():
                print(f"  {time.perf_counter() - began:7.1f}  {line.strip()[:110]}", flush=True)

        thread = threading.Thread(target=tell)
        thread.start()
        while builder.poll() is None:
            try:
                parent = psutil.Process(builder.pid)
                for process in (parent, *parent.children(recursive=True)):
                    high[process.pid] = max(high.get(process.pid, 0), process.memory_info().rss)
                    times = process.cpu_times()
                    cpu[process.pid] = times.user + times.system
            except psutil.Error:
                pass
            time.sleep(0.2)
        thread.join()
    return {
        "wall": round(time.perf_counter() - began, 1),
        "cpu": round(sum(cpu.values()), 1),
        "peak_mib": round(sum(high.values()) / 2**20),
        "largest_mib": round(max(high.values(), default=0) / 2**20),
    }


def quantiles(name: str, some: list[tuple[float, float]]) -> None:
    """Print a row of milliseconds."""
    cpu, wall = (np.array([pair[k] * 1e3 for pair in some]) for k in (0, 1))
    told = (*np.percentile(cpu, (50, 99)), cpu.max(), *np.percentile(wall, (50, 99)))
    print(f"  {name:28} {' '.join(f'{value:8.2f}' for value in told)}", flush=True)


def asked(rng: np.random.Generator, entities: list[dict[str, Any]]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Kind of query, schema, properties."""
    people = [e for e in entities if e["schema"] == "Person"]
    firms = [e for e in entities if e["schema"] in ("Company", "Organization")]
    wallets = [e for e in entities if e["schema"] == "CryptoWallet"]
    for kind, some in (("listed person", people), ("listed firm", firms), ("listed wallet", wallets)):
        held = some[int(rng.integers(len(some)))]
        plain = {k: v for k, v in held["properties"].items() if k not in ("topics", "holder")}
        yield kind, held["schema"], plain
    a, b = (people[int(rng.integers(len(people)))]["properties"]["name"][0].split() for _ in range(2))
    yield "unlisted, common words", "Person", {"name": [f"{a[0]} {b[-1]}"]}
    yield "unlisted, with birth date", "Person", {"name": [f"{b[0]} {b[1]} {a[-1]}"], "birthDate": ["1971-03-04"]}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--entities", type=int, default=1_000_000)
    parser.add_argument("--data", type=Path, default=None)
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--changes", type=int, default=1_000)
    given = parser.parse_args()
    folder = given.data or Path(tempfile.mkdtemp(prefix="serving-millions-"))
    folder.mkdir(exist_ok=True)

    from caudal.server import Settings  # noqa: PLC0415
    from caudal.server.data.folder import Snapshots  # noqa: PLC0415

    if not (folder / "export.json").exists():
        export(folder / "export.json", given.entities)
    delta(folder, given.changes, given.entities)
    settings = Settings(manifest=str(manifest(folder, "1")), data=folder / "data")
    snapshots = Snapshots(settings.data)
    if snapshots.current is None:
        print("built:", built(settings), flush=True)
    answers(settings, given.queries)
    manifest(folder, "2")
    print(f"delta of {given.changes} changes:", built(settings), flush=True)


def answers(settings: Any, queries: int) -> None:
    """Open the snapshot and ask."""
    from caudal.server.asked import read  # noqa: PLC0415
    from caudal.server.data.folder import Snapshots  # noqa: PLC0415
    from caudal.server.data.opening import open_snapshot  # noqa: PLC0415
    from caudal.server.data.store import Query  # noqa: PLC0415
    from caudal.server.matching import Filters, Wanted, answer, warm  # noqa: PLC0415

    snapshots = Snapshots(settings.data)
    version = snapshots.current or ""
    place = snapshots.path(version)
    sizes = {
        p.name: round(sum(f.stat().st_size for f in (p.rglob("*") if p.is_dir() else [p])) / 2**20)
        for p in place.iterdir()
    }
    print("MiB on disk:", {k: v for k, v in sizes.items() if v}, sum(sizes.values()), flush=True)
    before = memory()
    cpu, wall = timed(lambda: snapshots.about(version, check=True))
    print(f"checksums: {wall:.1f} s ({cpu:.1f} CPU)", flush=True)
    held: list[Any] = []
    cpu, wall = timed(lambda: held.append(open_snapshot(snapshots, version, check=False)))
    print(f"opened: {wall:.1f} s ({cpu:.1f} CPU)", flush=True)
    snapshot = held[0]
    cpu, wall = timed(lambda: warm(snapshot))
    print(f"warm: {wall:.1f} s ({cpu:.1f} CPU)", flush=True)
    rng = np.random.default_rng(1)
    scope = snapshot.catalogue.scope("default")
    sample = snapshot.store.rows(rng.integers(0, len(snapshot.store.columns.size), 20_000).tolist())
    times: dict[str, list[tuple[float, float]]] = {}
    filters, wanted = Filters("default"), Wanted(5, 0.7, 0.7)
    found = {"listed person": 0, "listed firm": 0, "listed wallet": 0}
    for _ in range(queries):
        for kind, schema, properties in asked(rng, sample):
            told: list[Any] = []
            times.setdefault(f"match: {kind}", []).append(
                timed(
                    lambda told=told, s=schema, p=properties: told.append(
                        answer(snapshot, {"q": read(None, s, p, 10_000)}, filters, wanted)
                    )
                )
            )
            if kind in found:
                found[kind] += bool(told[0]["q"]["results"])
    facets = ("countries", "topics", "datasets")
    for _ in range(queries):
        held_one = sample[int(rng.integers(len(sample)))]
        words = held_one["caption"].split()
        for kind, query in {
            "search: one word": Query(words[-1], scope, facets=facets),
            "search: all words": Query(" ".join(words), scope, facets=facets),
            "search: prefix": Query(f"{words[0][:5]}*", scope, facets=facets),
            "search: word and country": Query(words[0], scope, filters={"countries": ["ru"]}, facets=facets),
            "search: near spelling": Query(f"{words[-1]}x~", scope, facets=facets, fuzzy=True),
        }.items():
            times.setdefault(kind, []).append(timed(lambda query=query: snapshot.store.search(query)))
        times.setdefault("entity, nested", []).append(timed(lambda one=held_one: snapshot.store.nested(one)))
    for _ in range(5):
        times.setdefault("search: everything", []).append(
            timed(lambda: snapshot.store.search(Query("", scope, facets=facets)))
        )
    print("milliseconds of CPU: p50, p99, max; of wall: p50, p99")
    for kind, some in times.items():
        quantiles(kind, some)
    print("found:", found, "of", queries)
    after = memory()
    print("MiB of memory that answering adds:", {k: after[k] - before[k] for k in before}, flush=True)
    snapshot.close()


if __name__ == "__main__":
    main()
