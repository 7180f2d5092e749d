"""Harmed: possible victims of extortion, whose payments become dealings with a listed group on the effective day.

They come from findings of the typology `extortion collector`, in the role *possible victim*. A finding concerns a group
as far as its collector does: a collector to be blocked by how sure that is; one with straight dealings as far as
`tied_by_dealing` goes; one whose payments put it into the group's circle (`caudal.impact.circle`) as far as
`pattern_is_theirs` does; one with any attributed money as far as `tied_by_money` does. By law: from the first day on
which an authority of the measure raises one of the five answers, see `caudal.impact.answers`.
"""

from __future__ import annotations

import pyarrow as pa

from caudal.impact import ends
from caudal.impact.answers import raised
from caudal.impact.coercion import coercion_answers
from caudal.impact.database import Database
from caudal.impact.formulas import formula
from caudal.impact.named import Named
from caudal.impact.ranges import Rows
from caudal.impact.scenario import Scenario
from caudal.impact.terms import Terms, Window
from caudal.impact.unknowns import Unknowns
from caudal.impact.words import Money
from caudal.tables import COERCION

TYPOLOGY = "extortion collector"
COLLECTOR = "collector"
VICTIM = "possible victim"

BY_LAW = ("sanctions", "material support", "civil liability", "local law")
"""Answers counted here; the fifth stands in a table of its own that shows no small group."""


def prepare(db: Database, findings: pa.Table, coercion: pa.Table | None, terms: Terms, unknowns: Unknowns) -> None:
    """Tables of who pays under what looks like threat.

    With the table `coercion` every payer counts as far as its own probability goes (`chance`), else whole.

    - `part`: accounts of such findings and their roles; `ftie`: the ties of each finding's collector to a group.
    - `vpay`: every payment of a possible victim by group; `victim`: the same summed per payer account.
    - `lawday`: from which day each answer arises for each group.
    """
    named = Named.of(db.book, findings)
    with db.lent(part_in=named.accounts(TYPOLOGY), paid_in=named.payments(TYPOLOGY, db.entries)):
        db.run(
            f"""
        CREATE TABLE part AS FROM part_in;
        CREATE TABLE paid AS FROM paid_in;
        CREATE TABLE centre AS SELECT finding_id, code FROM part WHERE role = '{COLLECTOR}';
        """
        )
    tie(db, unknowns, "ftie", "centre")
    _chances(db, coercion)
    db.run(
        f"""
        CREATE TABLE vpay AS
        SELECT DISTINCT t.r, t.payer AS code, f.g, paid.finding_id, t.amount, t.time, chance.p
        FROM paid JOIN t USING (r)
            JOIN part v ON v.finding_id = paid.finding_id AND v.code = t.payer AND v.role = '{VICTIM}'
            JOIN (SELECT DISTINCT finding_id, g FROM ftie) f ON f.finding_id = paid.finding_id
            JOIN chance ON chance.finding_id = paid.finding_id AND chance.code = t.payer
        WHERE NOT EXISTS (SELECT 1 FROM bacct b WHERE b.code = t.payer);
        CREATE TABLE victim AS
        SELECT code, e.g, count(*) AS n, sum(amount)::BIGINT AS amount,
            coalesce(sum(amount) FILTER (time < earliest), 0)::BIGINT AS before,
            coalesce(sum(amount) FILTER (time >= latest), 0)::BIGINT AS after,
            count(*) FILTER (time >= latest) AS n_after
        FROM (SELECT DISTINCT r, code, g, amount, time FROM vpay) e JOIN grp USING (g) GROUP BY code, e.g;
        """
    )
    _days(db, terms)


def _chances(db: Database, coercion: pa.Table | None) -> None:
    """Table `chance` (finding_id, code, p): how probable it is that a payer in a finding pays under threat."""
    if coercion is None:
        db.run(f"CREATE TABLE chance AS SELECT DISTINCT finding_id, code, 1.0 AS p FROM part WHERE role = '{VICTIM}'")
        return
    chosen = COERCION.check(coercion).select(["collector_account", "payer_account", "probability"])
    with db.lent(coercion_in=chosen):
        db.run(
            f"""
        CREATE TABLE chance AS
        SELECT v.finding_id, v.code, coalesce(max(probability), 0) AS p
        FROM part v JOIN centre c USING (finding_id)
            JOIN acct pa ON pa.code = v.code JOIN acct ca ON ca.code = c.code
            LEFT JOIN coercion_in x ON x.payer_account = pa.account_id AND x.collector_account = ca.account_id
        WHERE v.role = '{VICTIM}' GROUP BY v.finding_id, v.code"""
        )


def tie(db: Database, unknowns: Unknowns, into: str, centres: str) -> None:
    """Table `into` (finding_id, g, event, factor): what ties the account at the centre of a finding to a group."""
    dealing, money = unknowns.factor("tied_by_dealing"), unknowns.factor("tied_by_money")
    pattern = unknowns.factor("pattern_is_theirs")
    # The circle is that of all groups together: where there are several it says of none that it is the one.
    alone = "(SELECT any_value(g) AS g FROM grp HAVING count(*) = 1)"
    money_tie = (
        f"SELECT DISTINCT finding_id, tie.g, event, factor, {money} AS as_far FROM {centres} JOIN tie USING (code)"
    )
    ends.multiply(db, unknowns, "by_money", money_tie, "factor", "as_far")
    db.run(
        f"""
        CREATE TEMP TABLE ties_of AS
        SELECT finding_id, g, event, 0 AS factor FROM {centres} JOIN bacct USING (code)
        UNION SELECT finding_id, tie.g, tie.event, {dealing} FROM {centres} JOIN tie USING (code) WHERE direct
        UNION SELECT finding_id, lone.g, 0, {pattern} FROM {centres} JOIN circled USING (code), {alone} lone
        UNION SELECT finding_id, g, event, factor FROM by_money"""
    )
    # One event for all alike: a collector that deals with fifty members is as tied as with the surest of them.
    unknowns.any_by(db, "tied", "SELECT (finding_id, g, factor) AS key, event FROM ties_of")
    db.run(
        f"""
        CREATE TABLE {into} AS SELECT key[1] AS finding_id, key[2] AS g, event, key[3] AS factor FROM tied;
        DROP TABLE tied; DROP TABLE ties_of; DROP TABLE by_money
        """
    )


def _days(db: Database, terms: Terms) -> None:
    rows = []
    for group in terms.groups:
        for answer in coercion_answers():
            by = raised(answer, group)
            if by:
                earliest, latest = Window.first([w for w in by.values() if w.day] or by.values()).moments
                rows.append({"g": group.code, "law": answer.id, "earliest": earliest, "latest": latest})
    shape = pa.schema([("g", pa.int32()), ("law", pa.string()), ("earliest", pa.int64()), ("latest", pa.int64())])
    with db.lent(days_in=pa.Table.from_pylist(rows, shape)):
        db.run("CREATE TABLE lawday AS FROM days_in")


def report(db: Database, rows: Rows, scenario: Scenario, terms: Terms, weighed: bool) -> None:
    """The outcomes `harmed.possible victims*`; `weighed` where payers have probabilities of their own."""
    share = "coercion_holds" if weighed else "pattern_is_coercion"
    taken = [scenario.assumption(n) for n in (share, "tied_by_dealing", "pattern_is_theirs", "tied_by_money")]
    words = "; ".join(a.words for a in taken)
    source = "; ".join(dict.fromkeys(["findings", *(a.source for a in taken)]))
    payer = """
        SELECT coalesce(a.party_id, a.account_id) AS subject,
            max(v.p) OVER (PARTITION BY coalesce(a.party_id, a.account_id)) AS base, f.event, f.factor, {also} AS also
        FROM vpay v JOIN ftie f USING (finding_id, g) JOIN acct a USING (code) {days}"""
    payment = """
        SELECT v.r AS subject, v.amount * v.p AS base, f.event, f.factor, {also} AS also
        FROM vpay v JOIN ftie f USING (finding_id, g) {days}"""
    later = "after_factor(v.time, d.earliest, d.latest)"
    name = "harmed.possible victims"
    beyond = f"{name}.and those not seen"
    parts = {
        name: ("0", "", ""),
        f"{name}.newly exposed": (later, "JOIN grp d USING (g)", "; with a payment on or after the effective day"),
    }
    for law in BY_LAW:
        if any(raised(a, g) for a in coercion_answers() if a.id == law for g in terms.groups):
            note = (
                f"; with a payment from the day on from which the question of {law} arises; whether anyone answers for "
            )
            days = f"JOIN lawday d ON d.g = v.g AND d.law = '{law}'"
            parts[f"{name}.exposed under {law}"] = (later, days, note + "it is for that law, see coerced_payment")
    if scenario.members != "all":  # only collectors that are named are on a list: a tie alone exposes nobody to the law
        parts = {m: (also, f"{d} WHERE f.factor = 0" if m != name else d, n) for m, (also, d, n) in parts.items()}
    coerced = rows.unknowns.factor(share)
    for measure, (also, days, note) in parts.items():
        for query, kind in ((payer, "parties"), (payment, "amount")):
            value = formula(db, rows.unknowns, query.format(also=also, days=days)).times(rows.unknowns, coerced)
            if kind == "amount":
                rows.amount(measure, value, f"{words}{note}", source)
            else:
                rows.count(measure, kind, value, f"{words}{note}", source)
            if measure == name and kind == "parties":
                more = scenario.assumption("payers_in_all")
                value = value.times(rows.unknowns, rows.unknowns.factor("payers_in_all"))
                rows.count(beyond, kind, value, f"{words}; {more.words}", f"{source}; {more.source}")


def affected(money: Money) -> str:
    """A query for the rows of `affected` for possible victims, each under the group its collector is tied to."""
    return f"""
        SELECT 'harmed' AS effect, CASE WHEN a.party_id IS NULL THEN 'account' ELSE 'party' END AS subject_kind,
            coalesce(a.party_id, a.account_id) AS subject_id, gid AS group_id, '{VICTIM}' AS role,
            sum(v.amount)::BIGINT AS amount, CASE WHEN any_value(known) THEN sum(v.before)::BIGINT END AS before,
            CASE WHEN any_value(known) THEN sum(v.after)::BIGINT END AS after,
            'possible victim: ' || sum(n) || ' payments, ' || {money.format("sum(v.amount)")} ||
                ', to a collector tied to ' || any_value(gname) ||
                ' that look like payments under threat; ' || CASE WHEN any_value(known) THEN
                sum(n_after) || ' of them on or after ' || any_value(since) ||
                ', when they became dealings with a listed group' ELSE 'the effective day is not known' END AS reason
        FROM victim v JOIN grp USING (g) JOIN acct a USING (code) GROUP BY 2, 3, 4"""
