"""What is held and reported on which day, where the law asks for reports (31 CFR 501.603 and 501.604).

Every payment after the day to or from an account to be blocked is one to block or to reject, with a report of its own
within ten business days; which of the two is for a person: property in which a blocked person has an interest is held,
a payment that is refused without any such interest is rejected. So is a payment whose text names a listed entity while
neither side need be it. What is held on 30 June is reported by 30 September.
"""

from __future__ import annotations

from datetime import date, timedelta

import pyarrow as pa

from caudal.impact import blocked, workdays
from caudal.impact.database import Database
from caudal.impact.formulas import formula
from caudal.impact.ranges import Rows
from caudal.impact.terms import Terms, moment

REPORTED = "10 business days"
"""The deadline by which the register's law tells that blocked and rejected payments are reported."""

RULE = (
    "31 CFR 501.603 and 501.604, https://www.law.cornell.edu/cfr/text/31/501.603; within 10 business days of the "
    "action: OFAC FAQ 49, https://ofac.treasury.gov/faqs/49"
)
CHOICE = (
    "whether to block or to reject is for a person: property in which a blocked person has an interest is held, a "
    "payment refused without such an interest is rejected"
)


def report(db: Database, rows: Rows, terms: Terms, groups: set[int]) -> None:
    """The outcomes `duties.payments since the day*`, `duties.reports*` and `duties.held on 30 June*`.

    Args:
        groups: codes of the groups under an authority that asks for such reports.
    """
    if not groups:
        return
    codes = ", ".join(str(g) for g in sorted(groups))
    with db.lent(due_in=_due(terms)):
        db.run(
            f"""
            CREATE TABLE since AS
            SELECT f.r, f.amount, b.event, b.factor, after_factor(f.time, g.m_earliest, g.m_latest) AS later, d.passed
            FROM bflow f JOIN bhit b USING (code) JOIN grp g USING (g)
                JOIN due_in d ON d.day = f.time // {DAY}
            WHERE b.g IN ({codes}) AND f.time >= g.m_earliest
                AND NOT EXISTS (SELECT 1 FROM licensed x WHERE x.r = f.r AND x.g = b.g)"""
        )
    unknowns = rows.unknowns
    sure = f"{blocked.FIFTY}; {blocked.FOLLOWS}"
    one = "SELECT r AS subject, 1 AS base, event, factor, later AS also FROM since"
    what = f"payments to or from accounts to be blocked, on or after the day; {CHOICE}"
    name = "duties.payments since the day"
    rows.count(name, "transfers", formula(db, unknowns, one), f"{what}; {sure}", RULE, what)
    amount = formula(db, unknowns, one.replace("1 AS base", "amount AS base"))
    rows.amount(name, amount, f"{what}; {sure}", RULE, what)
    for measure, test, words in (
        (
            "duties.reports due by the as-of day",
            "passed",
            f"one report each; due by {terms.as_of} if acted on that day",
        ),
        ("duties.reports still to come", "NOT passed", f"one report each; due after {terms.as_of}"),
    ):
        value = formula(db, unknowns, f"{one} WHERE {test}")
        rows.count(measure, "transfers", value, f"{words}; {sure}", RULE, words)
    naming = f"""
        SELECT n.r AS subject, 1 AS base, n.event, after_factor(n.time, g.m_earliest, g.m_latest) AS also
        FROM named n JOIN grp g USING (g) WHERE n.g IN ({codes})
            AND NOT EXISTS (SELECT 1 FROM bhit b WHERE b.code IN (n.payer, n.payee))"""
    words = f"the text may name a listed entity, neither side is to be blocked; {CHOICE}"
    value = formula(db, unknowns, naming)
    rows.count("duties.payments naming a listed entity since the day", "transfers", value, words, RULE, words)
    for year in range(2000, terms.as_of.year + 1):
        held_on = date(year, 6, 30)
        starts = [g.measure.earliest for g in terms.groups if g.code in groups and g.measure and g.measure.earliest]
        if not starts or not min(starts) <= held_on <= terms.as_of:
            continue
        words = f"{blocked.LEAST}; reported by {year}-09-30 (form TD F 90-22.50, no aggregation)"
        value = formula(db, unknowns, _held(held_on, codes))
        rows.amount(f"duties.held on {held_on}", value, f"{words}; {sure}", RULE, words)


DAY = 86_400 * 1_000_000
"""A day in microseconds."""


def _due(terms: Terms) -> pa.Table:
    """For every day up to the as-of day whether a report of what happened on it was due by then."""
    first = min((g.measure.earliest for g in terms.groups if g.measure and g.measure.earliest), default=terms.as_of)
    days = [first + timedelta(days=n) for n in range((terms.as_of - first).days + 1)]
    # The tenth business day comes later for a later day: the first that is not due yet ends the search.
    passed = [workdays.after(day, 10) <= terms.as_of for day in days]
    since = date(1970, 1, 1)
    return pa.table({"day": pa.array([(d - since).days for d in days], pa.int64()), "passed": passed})


def _held(day: date, codes: str) -> str:
    """A query for the least that each account to be blocked held at the end of a day."""
    end = moment(day + timedelta(days=1))
    return f"""
        WITH run AS (
            SELECT code, time, transfer_id, sum(sign * amount) OVER (PARTITION BY code ORDER BY time, transfer_id
                ROWS UNBOUNDED PRECEDING) AS level
            FROM bflow),
        held AS (
            SELECT code, coalesce(arg_max(level, (time, transfer_id)) FILTER (time < {end}), 0) - least(0, min(level))
                AS amount
            FROM run GROUP BY code)
        SELECT code AS subject, amount::BIGINT AS base, event, h.factor
        FROM bhit h JOIN held USING (code) JOIN grp USING (g)
        WHERE holds AND h.g IN ({codes}) AND m_earliest < {end}"""
