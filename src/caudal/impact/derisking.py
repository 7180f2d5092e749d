"""Harmed: accounts that cautious institutions close, by the kind of customer.

Whose accounts they are is told by what the books show of them: payment agents, firms that live on cash, other firms,
people who send remittances, other people. Nobody's nationality is known or used. Accounts to be blocked stay out, and
so do pooled accounts of banks: they have no customer. What makes an institution react is in `stopping`.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from caudal.impact import ends
from caudal.impact.database import Database
from caudal.impact.formulas import formula
from caudal.impact.ranges import Range, Rows
from caudal.impact.scenario import Scenario
from caudal.impact.unknowns import Unknowns

CUTS = {"bank": "bank_cuts_customer", "agent": "agent_is_cut", "cash": "cash_firm_is_cut"}
"""How many customers of each kind an institution cuts that reacts: the assumption by kind."""

REACTS = ("earlier_dealings_count", "indirect_dealings_count", "correspondent_asks")
"""What else decides whether an institution reacts."""

LIVES_ON_CASH = 0.5
"""A firm lives on cash when at least this share of what it received came in cash."""

KINDS = {
    "payment agents": ("agent", "accounts at payment institutions, and the pooled accounts of these"),
    "firms that live on cash": ("cash", f"firms that received {LIVES_ON_CASH:.0%} or more of their money in cash"),
    "other firms": ("bank", "firms that received less in cash"),
    "remittance senders": ("bank", "people who sent a remittance"),
    "other people": ("bank", "people who sent none"),
    "holders not known": ("bank", "accounts whose holder the books do not tell"),
}
"""The kinds, each account of one, with the assumption on how many are cut (`CUTS`) and what they are."""


def prepare(db: Database, unknowns: Unknowns) -> None:
    """Tables of accounts that may be closed.

    - `client` (kind, place, accounts): accounts of customers at institutions that may react.
    - `closing` (cut, place, event, factor): the ties of those institutions, for each kind of cut.

    Needs `iparts`, `isig` and `iplace` of `stopping`.
    """
    cash = unknowns.factor(CUTS["cash"])
    ties = f"SELECT DISTINCT sig // 2 AS place, event, reason, cause, {cash} AS scale FROM iparts WHERE sig % 2 = 0"
    ends.multiply(db, unknowns, "cashtie", ties, "reason", "cause", "scale")
    db.run(
        """
        CREATE TABLE closing AS
        SELECT 'cash' AS cut, place, event, factor FROM cashtie
        UNION ALL SELECT CASE WHEN sig % 2 = 1 THEN 'agent' ELSE 'bank' END, sig // 2, event, factor FROM isig"""
    )
    came, in_cash = db.entries.came, db.entries.came_in_cash
    lives = np.flatnonzero((came > 0) & (in_cash >= LIVES_ON_CASH * came))
    with db.lent(cash_in=pa.table({"code": lives.astype(np.int32)})):
        db.run(CLIENTS)


CLIENTS = """
CREATE TABLE client AS
WITH chosen AS (
    SELECT a.*, x.place FROM acct a JOIN iplace x USING (institution_id)
        SEMI JOIN closing ON closing.place = x.place ANTI JOIN bacct ON bacct.code = a.code),
senders AS (
    SELECT DISTINCT coalesce(b.party_id, b.account_id) AS id FROM remit r JOIN acct b ON b.code = r.sender)
SELECT CASE
        WHEN i.kind = 'money transfer' THEN 'payment agents'
        WHEN p.party_id IS NULL THEN 'holders not known'
        WHEN is_firm(p.schema) THEN CASE WHEN cash.code IS NOT NULL
            THEN 'firms that live on cash' ELSE 'other firms' END
        WHEN senders.id IS NOT NULL THEN 'remittance senders' ELSE 'other people' END AS kind,
    a.place, count(*) AS accounts
FROM chosen a LEFT JOIN inst i USING (institution_id) LEFT JOIN party p USING (party_id)
    LEFT JOIN cash_in cash USING (code) LEFT JOIN senders ON senders.id = coalesce(a.party_id, a.account_id)
WHERE NOT a.pooled OR i.kind = 'money transfer' GROUP BY ALL"""


def report(db: Database, rows: Rows, scenario: Scenario) -> None:
    """The outcomes `harmed.accounts closed.*`, and how many accounts of each kind there are at such institutions."""
    unknowns = rows.unknowns
    for kind, (cut, what) in KINDS.items():
        taken = [scenario.assumption(n) for n in (CUTS[cut], *REACTS)]
        words = f"{what}; {'; '.join(a.words for a in taken)}"
        source = "; ".join(dict.fromkeys(["ledger, attributions", *(a.source for a in taken)]))
        number = db.row(f"SELECT coalesce(sum(accounts), 0) FROM client WHERE kind = '{kind}'")[0]
        at_risk = f"{what}; at institutions that handled the group's money or keep accounts of someone hit"
        rows.count(f"harmed.accounts at risk.{kind}", "accounts", Range.exact(number), "", "ledger", at_risk)
        closed = formula(
            db,
            unknowns,
            f"""SELECT place AS subject, accounts AS base, event, factor
            FROM (SELECT place, accounts FROM client WHERE kind = '{kind}')
                JOIN (SELECT * FROM closing WHERE cut = '{cut}') USING (place)""",
        )
        rows.count(f"harmed.accounts closed.{kind}", "accounts", closed, words, source)
