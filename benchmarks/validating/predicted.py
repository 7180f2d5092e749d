"""What Caudal says on the day, from what is known on the day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from caudal.impact import Outcomes, assess
from caudal.ledger import Ledger
from caudal.register import ListSource, Register
from caudal.register.ownership import read_ownership
from caudal.screening import Screener
from caudal.tracing import run_trace
from caudal.tracing.index import TransferIndex
from caudal.typologies import detect
from caudal.workspace.seeds import find_seeds

from .worlds import DAY, GROUP, HISTORY

METHODS = ("proportional", "fifo", "poison")


@dataclass(frozen=True)
class Range:
    """A prediction: low, mid, high."""

    low: float
    mid: float
    high: float

    def times(self, factor: float) -> Range:
        """The range scaled."""
        return Range(self.low * factor, self.mid * factor, self.high * factor)


Predicted = dict[tuple[str, int], Range]
"""(quantity, horizon in days) to its range."""


class Analyst:
    """Somebody who has the books until the day, the list of the day, and Caudal."""

    def __init__(self, folder: Path) -> None:
        sources = [ListSource(folder / "lists/members.csv", "members", DAY, None)]
        self.register = Register.load(sources, as_of=DAY)
        self.ledger = Ledger.open(folder / "ledger", rates=folder / "rates.csv", base_currency="USD", as_of=DAY)
        self.stakes = read_ownership(folder / "ownership.parquet").stakes
        self.matches = Screener(self.register).match(self.ledger.parties)
        self.index = TransferIndex.from_transfers(self.ledger.transfers)
        seeds = find_seeds(
            self.register, self.matches, self.ledger.accounts, self.stakes, groups=[GROUP], day=DAY, owned=True
        )
        self.seeds = seeds.accounts.get(GROUP, [])

    @cached_property
    def pooled(self) -> list[str]:
        """Accounts of many customers."""
        accounts = self.ledger.accounts
        pooled: list[str] = accounts.filter(accounts["pooled"])["account_id"].to_pylist()
        return pooled

    @cached_property
    def trace(self) -> Any:
        """The group's money by every method."""
        return run_trace(self.index, {GROUP: self.seeds}, methods=METHODS, pooled=self.pooled, attribute=METHODS)

    @cached_property
    def findings(self) -> pa.Table:
        """Patterns in the books."""
        return detect(self.ledger, index=self.index)

    def attributions(self, method: str) -> pa.Table:
        """The attributions by one method, under the name of the method that impact asks for."""
        table = self.trace.attributions
        table = table.filter(pc.equal(table["method"], method))
        named = pa.array(["proportional"] * table.num_rows, pa.string())
        return table.set_column(table.schema.get_field_index("method"), "method", named)

    def assess(self, scenario: Mapping[str, Any], method: str = "proportional") -> Outcomes:
        """What impact says of a scenario, by a method of tracing."""
        exposures = self.trace.exposures
        exposures = exposures.filter(pc.equal(exposures["method"], method))
        named = pa.array(["proportional"] * exposures.num_rows, pa.string())
        exposures = exposures.set_column(exposures.schema.get_field_index("method"), "method", named)
        return assess(
            {"name": "validation", "groups": [GROUP], "as_of": DAY, **scenario},
            self.register,
            self.ledger,
            matches=self.matches,
            exposures=exposures,
            attributions=self.attributions(method),
            findings=self.findings,
            ownership=self.stakes,
        )

    def carriers(self, method: str, count: int) -> list[str]:
        """The unlisted accounts through which most of the group's money passed, by a method: an aimed measure.

        What passes through is the smaller of what came from the group and what went to it.
        """
        table = self.trace.exposures
        table = table.filter(pc.equal(table["method"], method)).select(["account_id", "direction", "direct", "indirect"])
        sums = table.append_column("amount", pc.add(table["direct"], table["indirect"]))
        by = {d: dict(_pairs(sums.filter(pc.equal(sums["direction"], d)))) for d in ("forward", "backward")}
        out = {*self.pooled, *self.seeds}
        through = {a: min(v, by["backward"].get(a, 0)) for a, v in by["forward"].items() if a not in out}
        return sorted(through, key=lambda a: (-through[a], a))[:count]


def _pairs(table: pa.Table) -> Iterable[tuple[str, int]]:
    return zip(table["account_id"].to_pylist(), table["amount"].to_pylist(), strict=True)


HARMED = {
    "harmed.remittance senders": "harmed.remittance senders",
    "harmed.remittance senders.no other channel": "harmed.remittance senders.no other channel",
    "harmed.employees of blocked firms": "harmed.employees of blocked firms",
    "harmed.suppliers of blocked firms": "harmed.suppliers of blocked firms",
    "harmed.customers of exposed institutions": "harmed.customers whose account is closed",
    "harmed.possible victims": "harmed.coerced payers of frozen collectors",
}
"""Outcomes of impact that count people, and what the twin has beside them."""


def of_outcomes(outcomes: pa.Table, horizons: Iterable[int]) -> Predicted:
    """The predictions among the outcomes: sums per day of the history go on, people are who they are."""
    rows = {(r["measure"], r["unit"]): Range(r["low"], r["mid"], r["high"]) for r in outcomes.to_pylist()}
    kinds = {(r["measure"], r["subject_kind"]): Range(r["low"], r["mid"], r["high"]) for r in outcomes.to_pylist()}
    found: Predicted = {("blocked.accounts", 0): kinds["blocked", "accounts"]}
    for horizon in horizons:
        found["blocked.flows", horizon] = rows["blocked.flows.total", "USD"].times(horizon / HISTORY)
        for theirs, ours in HARMED.items():
            found[ours, horizon] = rows[theirs, "count"]
        lost = rows["harmed.remittance senders", "USD"].times(horizon / HISTORY)
        found["harmed.remittances lost, USD", horizon] = lost
    return found
