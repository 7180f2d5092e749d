"""What a measure really did, by comparing a twin with its base world, at every horizon."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

Truth = dict[tuple[str, int], float]
"""(quantity, horizon in days) to its value."""


class Pair:
    """A base world and one of its twins, open for questions."""

    def __init__(self, base: Path, twin: Path, day: date) -> None:
        self.day = datetime(day.year, day.month, day.day, tzinfo=UTC)
        self.con = duckdb.connect()
        self.con.execute("SET timezone = 'UTC'")
        self.con.execute(
            f"""
            CREATE TABLE effects AS FROM '{twin}/truth/effects.parquet';
            CREATE TABLE account AS SELECT a.account_id, a.party_id, t.role, t.group_id IS NOT NULL AS own, t.coerced
                FROM '{base}/ledger/accounts.parquet' a JOIN '{base}/truth/accounts.parquet' t USING (account_id);
            CREATE TABLE planted AS SELECT t.*, x.label FROM '{base}/ledger/transfers.parquet' t
                JOIN '{base}/truth/transfers.parquet' x USING (transfer_id);
            CREATE TABLE rates AS SELECT day::DATE AS day, currency, rate FROM '{base}/rates.csv';
            CREATE TABLE transfers AS SELECT t.*, rate FROM '{base}/ledger/transfers.parquet' t
                JOIN rates ON t.currency = rates.currency AND t.time::DATE = rates.day;
            """
        )

    def one(self, query: str, *values: object) -> float:
        """The single number a query gives; nothing is 0."""
        row = self.con.execute(query, list(values)).fetchone()
        return float(row[0] or 0) if row else 0.0

    def at(self, horizon: int) -> datetime:
        """The end of a horizon."""
        return self.day + timedelta(days=horizon)


# Income reaches the group once: a fee sent through an agent counts when it is sent, not again when it is paid out.
_PAID_OUT = "payer_account IN (SELECT account_id FROM account WHERE role = 'agent')"
_INCOME = f"flow = 'income' AND NOT (kind = 'smuggling fee' AND {_PAID_OUT})"
_LOST = "sum(amount - CASE WHEN moved_at < ? THEN moved ELSE 0 END) / 100"


def cut(pair: Pair, horizons: Iterable[int]) -> Truth:
    """USD of the group's income, laundering and spending that did not happen by each horizon."""
    found: Truth = {}
    for horizon in horizons:
        end = pair.at(horizon)
        for name, test in (
            ("income", _INCOME),
            ("laundering", "flow = 'laundering'"),
            ("spending", "flow = 'spending'"),
        ):
            found[f"cut.{name}", horizon] = pair.one(f"SELECT {_LOST} FROM effects WHERE {test} AND time < ?", end, end)
    return found


def intended(pair: Pair, horizons: Iterable[int]) -> Truth:
    """USD the group meant to take in, launder and spend by each horizon."""
    kinds = {
        "income": "label IN ('extortion', 'smuggling fee') "
        "OR (label IN ('funnel', 'structuring') AND channel = 'cash')",
        "laundering": "label IN ('hand-over', 'mule layer', 'trade shell') OR "
        "(label IN ('funnel', 'structuring') AND channel <> 'cash')",
        "spending": "label IN ('goods purchase', 'facilitator fee', 'group spending')",
    }
    found: Truth = {}
    for horizon in horizons:
        for name, test in kinds.items():
            found[f"intended.{name}", horizon] = pair.one(
                f"""SELECT sum(amount / power(10, {_DECIMALS}) * rate) FROM planted JOIN rates
                    ON planted.currency = rates.currency AND planted.time::DATE = rates.day
                    WHERE ({test}) AND time >= ? AND time < ?
                    AND NOT (label = 'smuggling fee'
                             AND payer_account IN (SELECT account_id FROM account WHERE role = 'agent'))""",
                pair.day,
                pair.at(horizon),
            )
    return found


_DECIMALS = "CASE WHEN planted.currency = 'CLP' THEN 0 ELSE 2 END"


def shares(pair: Pair, came: Truth, horizons: Iterable[int]) -> Truth:
    """What was cut as a share of what was meant."""
    meant = intended(pair, horizons)
    return {
        (f"share of {part} cut", horizon): came[f"cut.{part}", horizon] / max(meant[f"intended.{part}", horizon], 1)
        for part in ("income", "laundering", "spending")
        for horizon in horizons
    }


def bystanders(pair: Pair, horizons: Iterable[int]) -> Truth:
    """Parties that are not the group's and not frozen, with a payment stopped because the other side is frozen."""
    found: Truth = {}
    for horizon in horizons:
        found["people and firms with a stopped payment", horizon] = pair.one(
            """SELECT count(DISTINCT party_id) FROM (
                 SELECT CASE WHEN blocked = 'payer' THEN payee_account ELSE payer_account END AS account_id FROM effects
                 WHERE flow = 'lawful' AND outcome = 'stopped' AND cause = 'account frozen' AND blocked <> 'both'
                   AND time < ?) JOIN account USING (account_id)
               WHERE NOT own AND role NOT IN ('bank', 'cash', 'agent')""",
            pair.at(horizon),
        )
    return found


def blocked(pair: Pair, accounts: list[str], horizons: Iterable[int]) -> Truth:
    """Accounts frozen on the day, and USD of payments that were to go to or from them."""
    pair.con.register("frozen_in", pa.table({"account_id": pa.array(accounts, pa.string())}))
    found: Truth = {("blocked.accounts", 0): float(len(accounts))}
    for horizon in horizons:
        found["blocked.flows", horizon] = pair.one(
            """SELECT sum(amount) / 100 FROM effects WHERE time < ?
               AND (payer_account IN (FROM frozen_in) OR payee_account IN (FROM frozen_in))""",
            pair.at(horizon),
        )
    return found


def harmed(pair: Pair, horizons: Iterable[int]) -> Truth:
    """People who are not the group's and lost something by each horizon, and how much."""
    own = "IN (SELECT account_id FROM account WHERE own)"
    person = "JOIN account ON account_id = {} WHERE flow = 'lawful' AND time < ?"
    sent = "kind = 'remittance' AND payer_account IN (SELECT account_id FROM account WHERE role <> 'agent')"
    sent = f"{sent} AND blocked IS NULL AND payer_account NOT {own}"
    sender, payee = person.format("payer_account"), person.format("payee_account")
    found: Truth = {}
    for horizon in horizons:
        end = pair.at(horizon)
        stopped = "outcome IN ('stopped', 'delayed') OR (outcome = 're-routed' AND way = 'by hand')"
        for name, test in (
            ("harmed.remittance senders", f"({stopped} OR outcome = 're-routed')"),
            ("harmed.remittance senders.no other channel", "outcome = 'stopped'"),
        ):
            query = f"FROM effects {sender} AND {sent} AND cause <> 'dearer' AND {test}"
            found[name, horizon] = pair.one(f"SELECT count(DISTINCT party_id) {query}", end)
        found["harmed.remittances lost, USD", horizon] = pair.one(
            f"SELECT {_LOST} FROM effects {sender} AND {sent} AND way IS DISTINCT FROM 'by hand'", end, end
        )
        for name, kind in (("employees", "kind = 'wage'"), ("suppliers", "kind = 'trade'")):
            test = f"{kind} AND outcome = 'stopped' AND blocked = 'payer' AND cause = 'account frozen' AND NOT own"
            found[f"harmed.{name} of blocked firms", horizon] = pair.one(
                f"SELECT count(DISTINCT party_id) FROM effects {payee} AND {test}", end
            )
        found["harmed.customers whose account is closed", horizon] = pair.one(
            """SELECT count(DISTINCT party_id) FROM (
                  SELECT CASE blocked WHEN 'payer' THEN payer_account ELSE payee_account END AS account_id, time
                  FROM effects WHERE cause = 'account closed' AND blocked IN ('payer', 'payee'))
                JOIN account USING (account_id) WHERE NOT own AND time < ?""",
            end,
        )
        found["harmed.coerced payers", horizon] = pair.one(
            "SELECT count(DISTINCT payer_account) FROM planted WHERE label = 'extortion' AND time >= ? AND time < ?",
            pair.day,
            end,
        )
    return found
