"""How birth dates and genders agree among the same people and among others: the counts behind `screening/worth.py`.

    python benchmarks/properties.py [--shared ../shared/data] [--half dev]

The same people: pairs of entries of two lists (OFAC, UN, EU) that share a document number and a name (see
`register/merging`). Others: random pairs of a made-up customer and a listed person. The pairs are cut in two halves by
a hash of their ids; the weights were set looking at the dev half only, `--half held` gives the other.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import fields
from math import log2
from pathlib import Path

from caudal import Register
from caudal.register.merging.evidence import NATIONAL_NUMBER, NUMBER, REFERENCE, Evidence
from caudal.register.merging.traits import traits_of
from caudal.screening.births import compare_births, read_birth, rough_years
from caudal.screening.worth import Worth

DRAWS = 400_000
NAMES = [field.name for field in fields(Worth) if field.name.startswith("birth_")]
PROBE = Worth(**{name: -float(at) for at, name in enumerate(NAMES)})
"""Every level as a number of its own. The levels stand from the most telling on, so the kindest reading is the same."""
Dates = tuple[tuple[str, ...], frozenset[str]]


def level(one: Dates, two: Dates) -> str:
    """The observation two sides make."""
    found = compare_births(one[0], two[0], one[1] | two[1], PROBE)
    return "none" if found is None else NAMES[int(-found.bits)]


def shares(levels: Iterable[str]) -> tuple[dict[str, float], int]:
    """Share of each level, and how many there were."""
    counts = Counter(levels)
    del counts["none"]
    total = sum(counts.values())
    return {name: counts[name] / max(total, 1) for name in NAMES}, total


def half_of(one: str, two: str) -> str:
    """The half a pair belongs to."""
    return "dev" if hashlib.sha256((one + two).encode()).digest()[-1] % 2 == 0 else "held"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared/data"))
    parser.add_argument("--half", choices=["dev", "held"], default="dev")
    options = parser.parse_args()
    lists = options.shared / "lists"
    register = Register.load([lists / "ofac" / "sdn.csv", lists / "un" / "consolidated.xml", lists / "eu"])
    entities = [register[i] for i in register.tables()["entities"]["entity_id"].to_pylist()]
    traits = {entity.id: traits_of(entity) for entity in entities}
    evidence = Evidence(traits)
    people = {i for i, known in traits.items() if known.nature == "person"}
    strong = {REFERENCE, NUMBER, NATIONAL_NUMBER}
    same = [
        (a, b)
        for a, b in evidence.pairs()
        if a in people
        and half_of(a, b) == options.half
        and any(reason.strength in strong for reason in evidence.between(a, b))
    ]
    dates: dict[str, Dates] = {}
    for i in people:
        properties = traits[i].entity.properties
        born = tuple(day for text in properties.get("birthDate", ()) if (day := read_birth(text)))
        if born:
            dates[i] = (born, rough_years(properties.get("notes", ())))
    customers: list[Dates] = []
    for path in sorted((options.shared / "names").glob("clean_people_*.csv")):
        with path.open(encoding="utf-8") as file:
            customers += [((row["date_of_birth"],), frozenset()) for row in csv.DictReader(file)]
    rng = random.Random(1)  # noqa: S311 - a seeded sample
    listed = sorted(dates)
    true, n_true = shares(level(dates[a], dates[b]) for a, b in same if a in dates and b in dates)
    chance, n_chance = shares(level(rng.choice(customers), dates[rng.choice(listed)]) for _ in range(DRAWS))
    print(f"half {options.half}: {n_true} pairs of the same people with dates, {n_chance:,} random pairs")
    print(f"{'observation':24} {'same':>8} {'others':>10} {'bits':>7} {'in use':>7}")
    for name in NAMES:
        m, u = true[name], chance[name]
        bits = f"{log2(m / u):7.1f}" if m and u else f"<{log2(1 / n_true / u):6.1f}" if u else "      -"
        print(f"{name:24} {m:8.4f} {u:10.6f} {bits} {getattr(Worth(), name):7.1f}")
    _genders(same, lambda i: set(traits[i].entity.properties.get("gender", ())))


def _genders(same: list[tuple[str, str]], of: Callable[[str], set[str]]) -> None:
    known = [(of(a), of(b)) for a, b in same if of(a) and of(b)]
    print(f"gender: {sum(bool(a & b) for a, b in known)} of {len(known)} pairs agree")


if __name__ == "__main__":
    main()
