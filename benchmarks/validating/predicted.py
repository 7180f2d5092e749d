"""What Caudal says on the day, from what is known on the day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.impact import Outcomes, assess, cut, draws, forecast, frontier, uncertainty
from caudal.ledger import Ledger
from caudal.register import ListSource, Register
from caudal.register.ownership import read_ownership
from caudal.screening import Screener
from caudal.tracing import agents, run_trace
from caudal.tracing.index import TransferIndex
from caudal.typologies import examine
from caudal.workspace.seeds import find_seeds

from .compare import Predicted, Range
from .worlds import BEFORE, DAY, GROUP, HISTORY

EVERYWHERE = {name: {"low": 1, "mid": 1, "high": 1} for name in ("foreign_bank_follows", "foreign_bank_follows_threat")}
"""The twin freezes accounts in every country: so does whoever is asked here, or unlike things would be compared."""

QUIET = EVERYWHERE | {name: {"low": 0, "mid": 0, "high": 0} for name in ("bank_cuts_customer", "agent_is_cut")}
"""The same where institutions do only what they must, as in the twin that tells what the measure itself cuts."""

METHODS = ("proportional", "fifo", "poison")


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
    def patterns(self) -> tuple[pa.Table, pa.Table]:
        """Patterns in the books, and how probable it is of each payer that it pays under threat."""
        return examine(self.ledger, index=self.index)

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
            {"name": "validation", "groups": [GROUP], "as_of": DAY, "assumptions": EVERYWHERE, **scenario},
            self.register,
            self.ledger,
            matches=self.matches,
            exposures=exposures,
            attributions=self.attributions(method),
            findings=self.patterns[0],
            coercion=self.patterns[1],
            ownership=self.stakes,
        )

    def monthly(self) -> list[float]:
        """What the accounts known on the day paid and were paid in the months of the history, the last first."""
        table = self.ledger.transfers
        mine = pa.array(self.seeds, pa.string())
        ours = pc.or_(
            pc.is_in(table["payer_account"], value_set=mine), pc.is_in(table["payee_account"], value_set=mine)
        )
        table = table.filter(ours)
        end = int(datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC).timestamp() * 1_000_000)
        age = (end - 1 - table["time"].cast(pa.int64()).to_numpy()) // (30 * 86_400_000_000)
        sums: list[float] = np.bincount(age, table["amount_base"].to_numpy(), HISTORY // 30).tolist()
        return sums

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
            self.ledger, self.attributions("proportional"), own=self.seeds, actual=self.seeds,
            never=self.pooled,
        )  # fmt: skip

    def aimed(self) -> list[str]:
        """What the frontier freezes at its knee, where a little more harm stops cutting much more money."""
        return self.frontier.accounts_of(self.frontier.knee().name)

    def on_the_frontier(self, name: str, horizons: Iterable[int]) -> Predicted:
        """The share of the group's money that a point of the frontier cuts in its network."""
        share = 1 - self.frontier.point(name).money / self.frontier.total
        return {("share of spending cut", horizon): Range(share, share, share) for horizon in horizons}

    def cut(self, method: str, accounts: Sequence[str], horizons: Iterable[int]) -> tuple[Predicted, Predicted]:
        """What stopping these accounts cuts by each horizon, before and after the group re-routes: USD and shares."""
        table = cut.predict(
            self.ledger, self.attributions(method), accounts, DAY, own=self.seeds, groups=[GROUP], as_of=BEFORE,
            findings=self.patterns[0], coercion=self.patterns[1],
        ).to_pylist()  # fmt: skip
        stopped: Predicted = {}
        net: Predicted = {}
        for horizon in horizons:
            for flow in ("income", "laundering", "spending"):
                rows = [r for r in table if r["flow"] == flow and r["month"] * 30 <= horizon]
                # A share is of what is seen and of what is estimated beyond it; the widest that both may be apart.
                whole = {
                    end: sum(r[end] for r in rows if r["quantity"] in ("before", "unseen"))
                    for end in ("low", "mid", "high")
                }
                for found, name in ((stopped, "stopped"), (net, "still")):
                    of = Range(*(_by_then(rows, name, horizon, end) for end in ("low", "mid", "high")))
                    found[f"cut.{flow}", horizon] = of
                    parts = ((of.low, whole["high"]), (of.mid, whole["mid"]), (of.high, whole["low"]))
                    share = (min(1.0, a / b) if b else 0.0 for a, b in parts)
                    found[f"share of {flow} cut", horizon] = Range(*share)
                at_first, left = stopped[f"cut.{flow}", horizon], net[f"cut.{flow}", horizon]
                if at_first.mid > 0:
                    ends = ((left.low, at_first.low), (left.mid, at_first.mid), (left.high, at_first.high))
                    net[stays(flow), horizon] = Range(*sorted(a / b if b else 0.0 for a, b in ends))
        return stopped, net


def _by_then(rows: list[dict[str, Any]], quantity: str, horizon: int, end: str) -> float:
    """A quantity added up to a horizon. *Still* cut is what is lost, and half of what waits in the last month.

    What waits finds its way within a month, early in it or late: half of the last month's has not at its end.
    """
    if quantity != "still":
        return float(sum(r[end] for r in rows if r["quantity"] == quantity))
    waits = [r for r in rows if r["month"] * 30 == horizon]
    lost, last, lost_last = (
        sum(r[end] for r in some if r["quantity"] == name)
        for some, name in ((rows, "lost"), (waits, "net"), (waits, "lost"))
    )
    return float(lost + (last - lost_last) / 2)


def stays(flow: str) -> str:
    """The quantity: how much of what a measure stops at first is still cut after the group re-routed."""
    return f"share of stopped {flow} that stays cut"


HARMED = {
    "harmed.remittance senders": "harmed.remittance senders",
    "harmed.remittance senders.no other channel": "harmed.remittance senders.no other channel",
    "harmed.employees of blocked firms": "harmed.employees of blocked firms",
    "harmed.suppliers of blocked firms": "harmed.suppliers of blocked firms",
    "harmed.customers of exposed institutions": "harmed.customers whose account is closed",
    "harmed.possible victims.and those not seen": "harmed.coerced payers",
}
"""Outcomes of impact that count people, and what the twin has beside them."""


def of_outcomes(
    assessed: Outcomes, horizons: Iterable[int], drawing: bool = True, monthly: Sequence[float] = ()
) -> Predicted:
    """The predictions among the outcomes: sums of the history go on at its pace, people are who they are.

    With `drawing`, a thousand random draws say where nine of ten lie. `monthly` are the payments of the accounts known
    on the day in the months before it, the last first.
    """
    made = draws.draw(assessed.model) if drawing else None
    drawn = {
        (r["measure"], r["subject_kind"], r["unit"]): (r["p05"], r["p95"])
        for r in (uncertainty.uncertainty(made).to_pylist() if made else ())
    }
    rows, kinds = {}, {}
    for r in assessed.outcomes.to_pylist():
        p05, p95 = drawn.get((r["measure"], r["subject_kind"], r["unit"]), (None, None))
        rows[r["measure"], r["unit"]] = Range(r["low"], r["mid"], r["high"], p05, p95)
        kinds[r["measure"], r["subject_kind"]] = rows[r["measure"], r["unit"]]
    found: Predicted = {("blocked.accounts", 0): kinds["blocked", "accounts"]}
    paces = forecast.paces(np.array(monthly), 6, (0.0, 0.5, 1.0))
    for horizon in horizons:
        flow = rows["blocked.flows.total", "USD"].times(horizon / HISTORY)
        low, mid, high = np.mean(paces[: horizon // 30], axis=0).tolist()
        ends = (None, None) if made is None else _paced(made, horizon / HISTORY, (low, mid, high))
        found["blocked.flows", horizon] = Range(flow.low * low, flow.mid * mid, flow.high * high, *ends)
        for theirs, ours in HARMED.items():
            found[ours, horizon] = rows[theirs, "count"]
        lost = rows["harmed.remittance senders", "USD"].times(horizon / HISTORY)
        found["harmed.remittances lost, USD", horizon] = lost
    return found


def _paced(made: draws.Drawn, scale: float, pace: tuple[float, float, float]) -> tuple[float, float]:
    """5% and 95% of the payments of blocked accounts, when the pace is drawn as assumptions are."""
    flows = made.values[made.model.place(("blocked.flows.total", "amount", "USD"))] * scale
    luck = np.random.default_rng(made.seed).random(len(flows))
    low, high = np.quantile(flows * draws.triangular(luck, *pace), (0.05, 0.95)).tolist()
    return low, high


def cut_in_draws(assessed: Outcomes) -> Predicted:
    """What the measure stops in 180 days before the group re-routes, with 5% and 95% of a thousand draws."""
    table = uncertainty.uncertainty(draws.draw(assessed.model)).to_pylist()
    drawn = {r["measure"]: (r["p05"], r["p95"]) for r in table}
    found: Predicted = {}
    for r in assessed.outcomes.to_pylist():
        for flow in ("income", "laundering", "spending"):
            if r["measure"] == (name := f"cut.{flow}.before re-routing"):
                found[f"cut.{flow}", 180] = Range(r["low"], r["mid"], r["high"], *drawn[name])
    return found
