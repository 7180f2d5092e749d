"""Exposed institutions: which bank or payment firm handled the group's dealings, at home or abroad, and when.

An institution handles a transfer when it keeps the account of either side. Secondary sanctions under SDGT ask whether a
foreign financial institution *knowingly* handled a *significant* transaction (EO 13886); neither word can be answered
from books, so the range runs from straight dealings with sure names to all straight dealings after the day.
"""

from __future__ import annotations

import pyarrow as pa

from caudal.impact.database import Database
from caudal.impact.exposed import READABLE, SECONDARY, WEIGHED, secondary
from caudal.impact.formulas import formula
from caudal.impact.ranges import Rows
from caudal.impact.terms import Terms
from caudal.impact.words import Money


def prepare(db: Database, terms: Terms) -> None:
    """Table `iexpo`: per institution and group what it handled, split by straight or not and by the days."""
    days = [(g.code, *secondary(g)) for g in terms.groups]
    columns: list[list[int]] = [list(c) for c in zip(*days, strict=True)] or [[], [], []]
    shape = pa.schema([("g", pa.int32()), ("s_earliest", pa.int64()), ("s_latest", pa.int64())])
    with db.lent(sday_in=pa.table(columns, schema=shape)):
        db.run("CREATE TABLE sday AS FROM sday_in")
    handled, ties = db.dealings.institutions(db.holders.institution, db.holders.institutions, len(db.book.time))
    with db.lent(handled_in=handled, ties_in=ties):
        db.run(
            """
            CREATE TABLE iexpo AS FROM handled_in;
            CREATE TABLE itie AS
            SELECT DISTINCT institution_id, g, direct, event, factor, later, asked, readable
            FROM ties_in JOIN kind USING (kind);
            """
        )
    db.run(
        """
        CREATE TEMP VIEW handled AS
        SELECT d.r, d.g, d.amount, p.institution_id AS payer_inst, q.institution_id AS payee_inst, event, factor, asked
        FROM dealt d JOIN acct p ON p.code = CASE WHEN fwd THEN them ELSE me END
            JOIN acct q ON q.code = CASE WHEN fwd THEN me ELSE them END;
        CREATE TABLE handles AS
        SELECT payer_inst AS institution_id, * EXCLUDE (payer_inst, payee_inst) FROM handled
        WHERE payer_inst IS NOT NULL
        UNION ALL
        SELECT payee_inst, * EXCLUDE (payer_inst, payee_inst) FROM handled
        WHERE payee_inst IS NOT NULL AND payee_inst IS DISTINCT FROM payer_inst;
        CREATE TABLE ikeeps AS
        SELECT a.institution_id, b.g, max(b.wl) wl, max(b.wm) wm, max(b.wh) wh, count(DISTINCT code) AS accounts
        FROM bhit b JOIN acct a USING (code) WHERE a.institution_id IS NOT NULL GROUP BY ALL;
        """
    )


def report(db: Database, rows: Rows, terms: Terms) -> None:
    """The outcomes `exposed.institutions.*` and `exposed.secondary sanctions question`."""
    source = "attributions, institutions of the ledger"
    home, unknowns = terms.scenario.home, rows.unknowns
    tie = """
        SELECT institution_id AS subject, 1 AS base, event, factor, {} AS also
        FROM itie LEFT JOIN inst i USING (institution_id) WHERE coalesce(i.side, 'unknown') = '{}'"""
    for side, place in (("domestic", f"in {home}"), ("foreign", f"outside {home}"), ("unknown", "country not given")):
        every = tie.format(0, side)
        for measure, query, what in (
            (side, every, "any attributed payment"),
            (f"{side}.direct", f"{every} AND direct", "straight dealings"),
            (
                f"{side}.direct.after",
                f"{tie.format('later', side)} AND direct",
                "straight dealings on or after the effective day",
            ),
            (f"{side}.could have known", f"{tie.format('readable', side)} AND direct", READABLE),
        ):
            words = f"{place}; {what}"
            value = formula(db, unknowns, query)
            rows.count(f"exposed.{measure}", "institutions", value, f"{words}; {WEIGHED}", source, words)
    if not any(SECONDARY in g.powers for g in terms.groups):
        return
    question = (
        f"institutions outside {home} that handled straight dealings on or after the day of secondary sanctions; "
        "whether knowingly and whether significant is a question for a person"
    )
    rule = "EO 13886; OFAC FAQ 812, https://home.treasury.gov/policy-issues/financial-sanctions/faqs/topic/2396"
    measure = "exposed.secondary sanctions question"
    value = formula(
        db,
        unknowns,
        """SELECT institution_id AS subject, 1 AS base, event, factor, asked AS also
        FROM itie JOIN inst i USING (institution_id) WHERE i.side = 'foreign' AND direct""",
    )
    rows.count(measure, "institutions", value, f"{question}; {WEIGHED}", rule, question)
    value = formula(
        db,
        unknowns,
        """SELECT (institution_id, r, g) AS subject, max(amount) OVER (PARTITION BY institution_id, r, g) AS base,
            event, factor, asked AS also
        FROM handles JOIN inst i USING (institution_id) WHERE i.side = 'foreign'""",
    )
    twice = f"{question}; a transfer between two foreign institutions counts at both"
    rows.amount(measure, value, f"{twice}; {WEIGHED}", rule, twice)


def affected(terms: Terms, money: Money) -> str:
    """A query for the rows of `affected` for institutions."""
    home = terms.scenario.home
    return f"""
        WITH both_sides AS (
            SELECT institution_id, g, e.direct, coalesce(total, 0) AS total, coalesce(direct_total, 0) AS direct_total,
                coalesce(before, 0) AS before, coalesce(after, 0) AS after, coalesce(direct_after, 0) AS direct_after,
                coalesce(sh, 0) AS sh, coalesce(k.accounts, 0) AS kept
            FROM iexpo e FULL JOIN ikeeps k USING (institution_id, g))
        SELECT 'exposed' AS effect, 'institution' AS subject_kind, institution_id AS subject_id, gid AS group_id,
            CASE WHEN kept > 0 THEN 'keeps accounts to be blocked' WHEN direct THEN 'direct dealings'
                 ELSE 'indirect dealings' END AS role,
            total AS amount, CASE WHEN known THEN before END AS before, CASE WHEN known THEN after END AS after,
            CASE coalesce(i.side, 'unknown') WHEN 'domestic' THEN 'in {home}; '
                WHEN 'foreign' THEN 'in ' || i.country || ', outside {home}; ' ELSE 'country not given; ' END ||
            CASE WHEN kept > 0 THEN 'keeps accounts of possible matches or of firms they own: ' || kept || '; '
                 ELSE '' END ||
            'handled ' || {money.format("total")} || ' of payments attributed to ' || gname || ', ' ||
            {money.format("direct_total")} || ' of it straight' ||
            CASE WHEN known THEN ' (' || {money.format("direct_after")} || ' on or after ' || since || ')'
                 ELSE '' END ||
            CASE WHEN sh > 0 AND i.side = 'foreign'
                 THEN '; secondary sanctions (SDGT): whether it knowingly handled a significant transaction is a ' ||
                      'question for a person' ELSE '' END AS reason
        FROM both_sides JOIN grp USING (g) LEFT JOIN inst i USING (institution_id)"""
