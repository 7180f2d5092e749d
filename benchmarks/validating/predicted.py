"""What Caudal says on the day, from what is known on the day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from caudal.impact import Outcomes, assess, frontier
from caudal.ledger import Ledger
from caudal.register import ListSource, Register
from caudal.register.ownership import read_ownership
from caudal.screening import Screener
from caudal.tracing import agents, run_trace
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

    def hands(self, count: int) -> list[str]:
        """The unlisted accounts that most behave like the group's own hands, at most `count`."""
        table = agents(
            self.index, {GROUP: self.seeds}, self.trace.exposures, self.ledger.accounts, parties=self.ledger.parties,
            ownership=self.stakes, matches=self.matches, memberships=self.register.tables()["memberships"],
        )  # fmt: skip
        found: list[str] = table["account_id"].to_pylist()[:count]
        return found

    @cached_property
    def frontier(self) -> frontier.Frontier:
        """The frontier of the history, with the listed accounts as the designation as it was made."""
        return frontier.compute(
            self.ledger, self.attributions("proportional"), own=self.seeds, actual=self.seeds, cost="people",
            never=self.pooled,
        )  # fmt: skip

    def aimed(self) -> list[str]:
        """What the frontier freezes for at most the harm of the designation as it was made."""
        point = self.frontier.at(max(self.frontier.actual.harm, self.frontier.found[0].harm))
        return self.frontier.accounts_of(point.name)

    def parts(self, method: str) -> pa.Table:
        """Per transfer that carries the group's money: payer, payee, and base minor units of income, laundering, use.

        Of a transfer of x with f forward (came from the group) and b backward (ends with it), f*b/x is money of the
        group on its way back to it: laundering. The rest of b is income, the rest of f use.
        """
        con = duckdb.connect()
        con.register("t", self.ledger.transfers.select(["transfer_id", "payer_account", "payee_account", "amount_base"]))
        con.register("a", self.attributions(method))
        return con.execute(
            """
            WITH sides AS (
                SELECT transfer_id, coalesce(sum(amount) FILTER (direction = 'forward'), 0)::DOUBLE AS f,
                    coalesce(sum(amount) FILTER (direction = 'backward'), 0)::DOUBLE AS b
                FROM a GROUP BY transfer_id)
            SELECT payer_account, payee_account, b - f * b / amount_base AS income, f * b / amount_base AS laundering,
                f - f * b / amount_base AS spending
            FROM sides JOIN t USING (transfer_id) WHERE amount_base > 0"""
        ).to_arrow_table()

    def straight(self, method: str, accounts: Sequence[str], horizons: Iterable[int]) -> Predicted:
        """What moved over the accounts in the history, taken to go on and to stop: no re-routing, nothing behind it."""
        table, frozen = self.parts(method), pa.array(accounts, pa.string())
        touched = table.filter(
            pc.or_(*(pc.is_in(table[side], value_set=frozen) for side in ("payer_account", "payee_account")))
        )
        found: Predicted = {}
        for horizon in horizons:
            for name in ("income", "laundering", "spending"):
                usd = float(pc.sum(touched[name]).as_py() or 0) / 100 * horizon / HISTORY
                found[f"cut.{name}", horizon] = Range(usd, usd, usd)
        return found


HARMED = {
    "harmed.remittance senders": "harmed.remittance senders",
    "harmed.remittance senders.no other channel": "harmed.remittance senders.no other channel",
    "harmed.employees of blocked firms": "harmed.employees of blocked firms",
    "harmed.suppliers of blocked firms": "harmed.suppliers of blocked firms",
    "harmed.customers of exposed institutions": "harmed.customers whose account is closed",
    "harmed.possible victims": "harmed.coerced payers",
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
