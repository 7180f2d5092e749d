"""Correspondent accounts at risk: which institutions at home carry payments for those abroad that may lose them.

Secondary sanctions let a foreign financial institution lose its correspondent and payable-through accounts. Books show
no such account, but they show who carried a payment: the institutions of payer and payee, and those the payment names
between (`via`). A correspondent relation is a pair of one abroad and one at home that carried a straight dealing
together on or after the day. Whether it was *knowing* and *significant* is for a person.
"""

from __future__ import annotations

from caudal.impact.database import Database
from caudal.impact.exposed import SECONDARY, WEIGHED
from caudal.impact.formulas import formula
from caudal.impact.ranges import Rows
from caudal.impact.terms import Terms

PAIRS = """
CREATE TABLE correspond AS
WITH chain AS (
    SELECT d.r, d.event, d.factor, after_factor(d.time, s_earliest, s_latest) AS asked,
        list_concat([p.institution_id, q.institution_id], coalesce(x.via, [])) AS every
    FROM dealt d JOIN sday USING (g) JOIN acct p ON p.code = d.me JOIN acct q ON q.code = d.them
        LEFT JOIN route x ON x.r = d.r
    WHERE d.direct AND s_earliest < 4611686018427387904),
named AS (SELECT r, event, factor, asked, unnest(every) AS institution_id FROM chain),
placed AS (SELECT DISTINCT n.*, i.side FROM named n JOIN inst i USING (institution_id))
SELECT DISTINCT a.institution_id AS abroad, h.institution_id AS home, a.event, a.factor, a.asked
FROM placed a JOIN placed h ON h.r = a.r AND h.event = a.event AND h.factor = a.factor
WHERE a.side = 'foreign' AND h.side = 'domestic'"""
"""An institution between that the ledger does not describe has no country here and is left out."""


def report(db: Database, rows: Rows, terms: Terms) -> None:
    """The outcomes `exposed.correspondent accounts at risk` and `exposed.their correspondents at home`."""
    if not any(SECONDARY in g.powers for g in terms.groups):
        return
    db.run(PAIRS)
    home, ties = terms.scenario.home, "SELECT {} AS subject, 1 AS base, event, factor, asked AS also FROM correspond"
    what = (
        f"pairs of an institution outside {home} and one in {home} that carried a straight dealing together on or "
        "after the day of secondary sanctions; books show no correspondent account itself; whether knowingly and "
        "whether significant is a question for a person"
    )
    rule = "EO 13886; OFAC FAQ 812, https://home.treasury.gov/policy-issues/financial-sanctions/faqs/topic/2396"
    for measure, kind, subject, words in (
        ("exposed.correspondent accounts at risk", "accounts", "(abroad, home)", what),
        ("exposed.correspondents at home", "institutions", "home", f"institutions in {home} in such a pair; {what}"),
    ):
        value = formula(db, rows.unknowns, ties.format(subject))
        rows.count(measure, kind, value, f"{words}; {WEIGHED}", rule, words)
