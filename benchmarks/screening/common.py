"""What the probes share: halves, parties, lists, how a party comes out."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from caudal.register import Register
from caudal.screening import Screener
from caudal.tables import PARTIES

SEED = 20260819
BODIES = ("Company", "Organization", "LegalEntity")


def in_half(key: str, half: str) -> bool:
    """Whether something belongs to the half of a probe that is asked for, by a hash of its text."""
    if half == "both":
        return True
    dev = hashlib.blake2b(f"{SEED}|{key}".encode(), digest_size=1).digest()[0] % 2 == 0
    return dev == (half == "dev")


def parties(names: Sequence[str], schema: str = "Person", births: Sequence[str | None] | None = None) -> pa.Table:
    """A parties table of names, ids q0, q1..."""
    n = len(names)
    return PARTIES.build(
        {
            "party_id": [f"q{i}" for i in range(n)],
            "schema": [schema] * n,
            "name": list(names),
            "aliases": [[]] * n,
            "birth_date": list(births) if births else [None] * n,
            "countries": [[]] * n,
            "identifiers": [[]] * n,
        }
    )


class Part:
    """Some of a register's entities, as something a Screener takes."""

    def __init__(self, register: Register, schemas: Sequence[str], most: int | None = None) -> None:
        tables = register.tables()
        kinds = pa.array(list(schemas), pa.string())
        of_kind = pc.is_in(tables["entities"]["schema"].cast(pa.string()), value_set=kinds)
        self._entities = tables["entities"].filter(of_kind).slice(0, most)
        ids = self._entities["entity_id"].combine_chunks()
        self._names = tables["names"].filter(pc.is_in(tables["names"]["entity_id"], value_set=ids))
        self.versions = register.versions

    def tables(self) -> dict[str, pa.Table]:
        """The entities and their names."""
        return {"entities": self._entities, "names": self._names}


@dataclass
class Setting:
    """What a run is about: the data, the half, the threshold; registers and screeners are made on first use."""

    shared: Path
    half: str = "dev"
    threshold: float | None = None
    show: bool = False
    sample: int = 1000

    @property
    def data(self) -> Path:
        """The folder of lists, names and ledgers."""
        return self.shared / "data"

    @cached_property
    def ofac(self) -> Register:
        """OFAC's list."""
        return Register.load([self.data / "lists/ofac"], builtin=False)

    @cached_property
    def ofac_un(self) -> Register:
        """OFAC's and the UN's lists."""
        return Register.load([self.data / "lists/ofac", self.data / "lists/un"], builtin=False)

    def _screener(self, register: Any) -> Screener:
        made = Screener(register, self.threshold)
        made.match(parties(["Warm Up"]))
        return made

    @cached_property
    def individuals(self) -> Screener:
        """Screens against OFAC's individuals."""
        return self._screener(Part(self.ofac, ["Person"]))

    @cached_property
    def bodies(self) -> Screener:
        """Screens against OFAC's companies and organisations."""
        return self._screener(Part(self.ofac, BODIES))

    @cached_property
    def everyone(self) -> Screener:
        """Screens against everyone on OFAC's and the UN's lists."""
        return self._screener(self.ofac_un)

    def clean_people(self, file: str) -> list[dict[str, str]]:
        """The half asked for of a file of clean people."""
        with (self.data / "names" / file).open(encoding="utf-8") as handle:
            return [row for row in csv.DictReader(handle) if in_half(row["full_name"], self.half)]


CLEAN_FILES = ("clean_people_us.csv", "clean_people_global.csv")


def outcomes(matches: pa.Table) -> dict[str, str]:
    """How each party with a match comes out, by its weightiest: "alert", "ask" or "below" (kept, but cleared)."""
    found: dict[str, str] = {}
    rank = {"below": 0, "ask": 1, "alert": 2}
    for party, band in zip(matches["party_id"].to_pylist(), matches["band"].to_pylist(), strict=True):
        if rank[band] > rank.get(found.get(party, ""), -1):
            found[party] = band
    return found


def best_bits(matches: pa.Table) -> dict[str, float]:
    """The best bits of each party that has a match."""
    found: dict[str, float] = {}
    for party, bits in zip(matches["party_id"].to_pylist(), matches["bits"].to_pylist(), strict=True):
        found[party] = max(bits, found.get(party, bits))
    return found


def per_1000(count: float, n: int) -> float:
    """A count as a rate per 1,000."""
    return 1000 * count / max(n, 1)


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table: the first column to the left, the rest to the right."""
    print(f"\n{title}")
    cells = [[str(cell) if not isinstance(cell, float) else f"{cell:.3f}" for cell in row] for row in (head, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    for row in cells:
        print(
            "  " + row[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
        )
