"""Institutions with whose accounts nobody may pay or be paid, such as under 21 USC 2313a.

What binds at home stops every payment between such an institution and one at home, and all of its own payments where it
is at home itself. Payments between it and institutions abroad stop as far as those follow (`foreign_bank_follows`).
Nothing is held: a refused payment stays with its payer.
"""

from __future__ import annotations

import pyarrow as pa

from caudal.impact.database import Database
from caudal.impact.formulas import formula
from caudal.impact.ranges import Rows
from caudal.impact.targets import Targets
from caudal.impact.terms import NEVER, Terms, Window
from caudal.impact.unknowns import CERTAIN, WHOLE, Unknowns


def prepare(db: Database, terms: Terms, targets: Targets, unknowns: Unknowns) -> None:
    """Tables `refused`: per payment (r) of such an institution's accounts how surely it is refused; `rtie`: by what."""
    db.run("CREATE TABLE refused (r INTEGER, wl DOUBLE, wm DOUBLE, wh DOUBLE, home BOOLEAN, unknown BOOLEAN)")
    follow, at_home = unknowns.factor("foreign_bank_follows"), unknowns.factor("unknown_place_is_home")
    db.run(
        f"""
        CREATE VIEW rtie AS
        SELECT r, {CERTAIN} AS event, CASE WHEN home THEN {WHOLE} ELSE {follow} END AS factor FROM refused
        UNION ALL SELECT r, {CERTAIN}, {at_home} FROM refused WHERE unknown AND NOT home"""
    )
    if not targets.institutions:
        return
    follows = terms.scenario.assumption("foreign_bank_follows")
    closed = pa.table({"institution_id": pa.array(sorted(targets.institutions), pa.string())})
    exempt = pa.table({"account_id": pa.array(sorted(targets.exempt_accounts), pa.string())})
    with db.lent(closed_in=closed, exempt_in=exempt):
        db.run(
            """
            CREATE TEMP TABLE standing AS
            SELECT a.code, a.institution_id IN (SELECT institution_id FROM closed_in)
                    AND a.account_id NOT IN (SELECT account_id FROM exempt_in) AS closed,
                CASE WHEN a.institution_id IS NULL THEN 'unknown' ELSE coalesce(i.side, 'unknown') END AS side
            FROM acct a LEFT JOIN inst i USING (institution_id)"""
        )
    db.run(
        f"""
        INSERT INTO refused
        SELECT r, CASE WHEN home THEN 1 ELSE {follows.low} END, CASE WHEN home THEN 1 ELSE {follows.mid} END,
            CASE WHEN home OR unknown THEN 1 ELSE {follows.high} END, home, unknown
        FROM (SELECT t.r, p.side = 'domestic' OR q.side = 'domestic' AS home,
                p.side = 'unknown' OR q.side = 'unknown' AS unknown
            FROM t JOIN standing p ON p.code = t.payer JOIN standing q ON q.code = t.payee
            WHERE (p.closed OR q.closed) AND t.payer <> t.payee)
        WHERE r NOT IN (SELECT r FROM licensed)"""
    )


def day(terms: Terms) -> tuple[int, int]:
    """The first day of the measure on any group, in microseconds: earliest and latest."""
    windows = [g.window for g in terms.groups if g.window and g.stops]
    return Window.first([w for w in windows if w.day] or windows).moments if windows else (NEVER, NEVER)


def report(db: Database, rows: Rows, terms: Terms) -> None:
    """The outcomes `refused.flows.*` and `harmed.customers of closed institutions`; only where one is named."""
    if not terms.scenario.institutions:
        return
    earliest, latest = day(terms)
    words = (
        "payments between accounts of a named institution and others: refused, not held; between institutions abroad "
        f"as far as they follow; {terms.scenario.assumption('foreign_bank_follows').words}"
    )
    for period, also in (
        ("after", f"after_factor(time, {earliest}, {latest})"),
        ("before", f"before_factor(time, {earliest}, {latest})"),
        ("total", str(WHOLE)),
    ):
        query = f"SELECT r AS subject, amount AS base, event, factor, {also} AS also FROM rtie JOIN t USING (r)"
        value = formula(db, rows.unknowns, query)
        rows.amount(f"refused.flows.{period}", value, words, "scenario, ledger")
    people = """
        SELECT a.party_id AS subject, 1 AS base, x.event, x.factor
        FROM rtie x JOIN t USING (r) JOIN acct a ON a.code = t.payer OR a.code = t.payee
            JOIN party p ON p.party_id = a.party_id
        WHERE NOT a.pooled AND NOT is_firm(p.schema) AND NOT EXISTS (SELECT 1 FROM bacct b WHERE b.code = a.code)"""
    rows.count(
        "harmed.customers of closed institutions",
        "people",
        formula(db, rows.unknowns, people),
        f"people on either side of such a payment, nobody to be blocked among them; {words}",
        "scenario, ledger",
    )
