"""Harmed: people and suppliers whom blocked firms pay again and again, and who lose that income.

Books do not say who is employed. A payee of a blocked firm counts by how regular the payments are: gaps between them
and, for wages, amounts that vary little. Firms are blocked parties that are not people; pooled payees stay out.
"""

from __future__ import annotations

from dataclasses import dataclass

from caudal.impact.database import Database
from caudal.impact.formulas import formula
from caudal.impact.ranges import Rows
from caudal.impact.scenario import Scenario
from caudal.impact.unknowns import WHOLE
from caudal.impact.words import Money

SOURCE = "ledger; no published rule: thresholds are Caudal's own and stand beside the number"


@dataclass(frozen=True)
class Regular:
    """How regular payments must be: at least so many, and coefficients of variation of gaps and amounts up to this."""

    payments: int
    gaps: float
    amounts: float

    @property
    def words(self) -> str:
        """The rule in words."""
        if self.gaps == float("inf"):
            return f"{self.payments} payments or more"
        return f"{self.payments} or more, gaps varying by {self.gaps:.0%} and amounts by {self.amounts:.0%} at most"

    @property
    def test(self) -> str:
        """The rule as an SQL condition on `n`, `gap_cv` and `amount_cv`."""
        if self.gaps == float("inf"):
            return f"n >= {self.payments}"
        return f"(n >= {self.payments} AND gap_cv <= {self.gaps} AND amount_cv <= {self.amounts})"


WAGES = (Regular(4, 0.25, 0.15), Regular(3, 0.4, 0.3), Regular(2, float("inf"), float("inf")))
"""Low, mid and high rule for wages; each takes in the one before."""

SUPPLIES = (Regular(6, 0.6, 1.0), Regular(4, 1.0, 2.0), Regular(2, float("inf"), float("inf")))
"""Low, mid and high rule for suppliers, whose orders vary more."""


MONTH = 365.25 / 12 * 86_400 * 1_000_000
"""A month in microseconds."""


def prepare(db: Database, scenario: Scenario) -> None:
    """Table `paidby`: per blocked firm's group and payee, how many payments, how regular, and the firm's weights.

    `monthly` is the sum over the time from the first to the last payment and one more gap, a month at least. A lasting
    licence for wages spares people as far as it is used; one for everything suppliers too.
    """
    used = scenario.assumption("licence_is_used")
    covered = (
        "EXISTS (SELECT 1 FROM licence l WHERE l.g = f.g AND l.lasting AND (l.kind = 'everything' OR "
        "(l.kind = 'wages' AND NOT is_firm(q.schema)) OR (l.kind = 'named' AND EXISTS (SELECT 1 FROM licensee e "
        "WHERE e.place = l.place AND e.code IN (t.payer, t.payee))))"
        ")"
    )
    spared = [f"{covered} THEN {1 - share} ELSE 1 END" for share in (used.high, used.mid, used.low)]
    db.run(
        f"""
        CREATE TABLE paidby AS
        WITH firm AS (
            SELECT code, g, b.party_id, max(wl) wl, max(wm) wm, max(wh) wh
            FROM bhit b JOIN party p USING (party_id) WHERE schema <> 'Person' GROUP BY ALL),
        pay AS (
            SELECT f.g, f.party_id AS firm, a.party_id AS payee, f.wl * CASE WHEN {spared[0]} AS wl,
                f.wm * CASE WHEN {spared[1]} AS wm, f.wh * CASE WHEN {spared[2]} AS wh, t.time, t.amount,
                {covered} AS covered
            FROM t JOIN firm f ON f.code = t.payer JOIN acct a ON a.code = t.payee
                LEFT JOIN party q ON q.party_id = a.party_id
            WHERE NOT a.pooled AND a.party_id IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM bacct b WHERE b.code = t.payee)),
        many AS (
            SELECT g, firm, payee, max(wl) wl, max(wm) wm, max(wh) wh, count(*) AS n, sum(amount)::BIGINT AS amount,
                bool_and(covered) AS covered, list_sort(list(time)) AS times, min(time) AS first, max(time) AS last,
                stddev_pop(amount) / avg(amount) AS amount_cv,
                sum(amount) / greatest(1, (max(time) - min(time)) / {MONTH} * count(*) / (count(*) - 1)) AS monthly,
                coalesce(sum(amount) FILTER (time < earliest), 0)::BIGINT AS before,
                coalesce(sum(amount) FILTER (time >= latest), 0)::BIGINT AS after
            FROM pay JOIN grp USING (g) GROUP BY g, firm, payee HAVING count(*) >= 2),
        gaps AS (
            SELECT *, list_transform(list_zip(times[2:], times[:-2]), lambda p: (p[1] - p[2])::DOUBLE) AS gap
            FROM many),
        pair AS (
            SELECT * EXCLUDE (times, gap),
                coalesce(list_stddev_pop(gap) / nullif(list_avg(gap), 0), 0) AS gap_cv
            FROM gaps)
        SELECT pair.*, CASE WHEN is_firm(p.schema) THEN 'supplier' ELSE 'paid like an employee' END AS role,
            CASE WHEN is_firm(p.schema) THEN {SUPPLIES[0].test} ELSE {WAGES[0].test} END AS strict,
            CASE WHEN is_firm(p.schema) THEN {SUPPLIES[1].test} ELSE {WAGES[1].test} END AS usual
        FROM pair JOIN party p ON p.party_id = pair.payee"""
    )


def report(db: Database, rows: Rows) -> None:
    """The outcomes `harmed.employees of blocked firms` and `harmed.suppliers of blocked firms`."""
    unknowns = rows.unknowns
    fairly, repeated = (unknowns.factor(f"{name}_is_income") for name in ("regular_pay", "repeated_pay"))
    unused = unknowns.factor(rest=["licence_is_used"])
    for role, measure, kind, rules in (
        ("paid like an employee", "harmed.employees of blocked firms", "people", WAGES),
        ("supplier", "harmed.suppliers of blocked firms", "parties", SUPPLIES),
    ):
        words = (
            f"payments of blocked firms to one payee: low {rules[0].words}; mid {rules[1].words}; high "
            f"{rules[2].words}; times the weight of the firm; the ledger's flows are taken to go on"
        )
        lives_by = ("strict", WHOLE), ("usual", fairly), ("true", repeated)
        income = " UNION ALL ".join(
            f"SELECT *, CASE WHEN covered THEN {unknowns.product(factor, unused)} ELSE {factor} END AS also "
            f"FROM paidby WHERE role = '{role}' AND {test}"
            for test, factor in lives_by
        )
        pair = "max({}) OVER (PARTITION BY firm, payee)"
        for subject, base, suffix in (
            ("payee", "1", ""),
            ("(firm, payee)", pair.format("amount"), ""),
            ("(firm, payee)", pair.format("monthly"), ".a month"),
        ):
            value = formula(
                db,
                unknowns,
                f"""SELECT {subject} AS subject, {base} AS base, event, factor, also FROM ({income}) i
                JOIN (SELECT DISTINCT party_id AS firm, g, event, factor FROM bhit) USING (firm, g)""",
            )
            if base == "1":
                rows.count(measure, kind, value, words, SOURCE)
            else:
                rows.amount(f"{measure}{suffix}", value, words + ("; a month while paid" if suffix else ""), SOURCE)


def affected(money: Money) -> str:
    """A query for the rows of `affected` for employees and suppliers."""
    return f"""
        SELECT 'harmed' AS effect, 'party' AS subject_kind, payee AS subject_id, gid AS group_id, p.role,
            sum(p.amount)::BIGINT AS amount, CASE WHEN any_value(known) THEN sum(p.before)::BIGINT END AS before,
            CASE WHEN any_value(known) THEN sum(p.after)::BIGINT END AS after,
            'received ' || sum(n) || ' payments, ' || {money.format("sum(p.amount)")} || ', from ' ||
                string_agg(firm, ', ' ORDER BY firm) || ', to be blocked; ' ||
                CASE WHEN bool_or(strict) THEN 'very regular' WHEN bool_or(usual) THEN 'regular' ELSE 'repeated' END ||
                ': the income would stop' AS reason
        FROM paidby p JOIN grp USING (g) GROUP BY payee, gid, p.role"""
