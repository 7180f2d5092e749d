"""Harmed: possible victims of extortion, whose payments become dealings with a listed group on the effective day.

They come from findings of the typology `extortion collector`, in the role *possible victim*. A finding concerns a group
as far as its collector does: by the weight of a blocked collector; else, where the collector deals straight with
listed names, by that weight in mid only; else, where any of its money is attributed to the group, in high only.
"""

from __future__ import annotations

import pyarrow as pa

from caudal.impact.assumptions import Assumption
from caudal.impact.database import Database
from caudal.impact.ranges import Range, Rows
from caudal.impact.scenario import Scenario
from caudal.impact.words import Money
from caudal.tables import FINDINGS

TYPOLOGY = "extortion collector"
COLLECTOR = "collector"
VICTIM = "possible victim"


def prepare(db: Database, findings: pa.Table) -> None:
    """Table `victim`: per payer account and group its payments in such findings and the weights of the tie."""
    chosen = FINDINGS.check(findings).select(["finding_id", "typology", "accounts", "roles", "transfers"])
    with db.lent(findings_in=chosen):
        db.run(
            f"""
        CREATE TABLE part AS
        SELECT finding_id, a.code, role FROM (
            SELECT finding_id, unnest(accounts) AS account_id, unnest(roles) AS role FROM findings_in
            WHERE typology = '{TYPOLOGY}') JOIN acct a USING (account_id);
        CREATE TABLE ftie AS
        SELECT finding_id, g, max(low) low, max(mid) mid, max(high) high FROM (
            SELECT finding_id, g, wl AS low, wm AS mid, wh AS high
            FROM part JOIN bacct USING (code) WHERE part.role = '{COLLECTOR}'
            UNION ALL
            SELECT finding_id, g, 0, coalesce(dwm, 0), 1
            FROM part JOIN expo USING (code) WHERE part.role = '{COLLECTOR}')
        GROUP BY finding_id, g;
        CREATE TABLE victim AS
        WITH paid AS (
            SELECT finding_id, unnest(transfers) AS transfer_id FROM findings_in WHERE typology = '{TYPOLOGY}'),
        payment AS (
            SELECT t.r, t.payer AS code, f.g, any_value(t.amount) amount, any_value(t.time) time,
                max(f.low) low, max(f.mid) mid, max(f.high) high
            FROM paid JOIN t USING (transfer_id)
                JOIN part v ON v.finding_id = paid.finding_id AND v.code = t.payer AND v.role = '{VICTIM}'
                JOIN ftie f ON f.finding_id = paid.finding_id
            WHERE NOT EXISTS (SELECT 1 FROM bl WHERE bl.code = t.payer)
            GROUP BY t.r, t.payer, f.g)
        SELECT e.code, e.g, count(*) AS n, sum(amount)::BIGINT AS amount,
            coalesce(sum(amount) FILTER (time < earliest), 0)::BIGINT AS before,
            coalesce(sum(amount) FILTER (time >= latest), 0)::BIGINT AS after,
            count(*) FILTER (time >= latest) AS n_after, max(low) low, max(mid) mid, max(high) high,
            max(low * after_share(time, earliest, latest, ul)) AS al,
            max(mid * after_share(time, earliest, latest, um)) AS am,
            max(high * after_share(time, earliest, latest, uh)) AS ah,
            sum(amount * low) AS sl, sum(amount * mid) AS sm, sum(amount * high) AS sh,
            sum(amount * low * after_share(time, earliest, latest, ul)) AS sal,
            sum(amount * mid * after_share(time, earliest, latest, um)) AS sam,
            sum(amount * high * after_share(time, earliest, latest, uh)) AS sah
        FROM payment e JOIN grp USING (g), unknown_day GROUP BY e.code, e.g;
            """
        )


def report(db: Database, rows: Rows, scenario: Scenario) -> None:
    """The outcomes `harmed.possible victims*`."""
    share = scenario.assumption("pattern_is_coercion")
    tie = (
        "tie to the group: low by collectors that are sure matches or owned, mid by their probability or straight "
        "dealings, high by any attributed money"
    )
    query = """
        SELECT coalesce(a.party_id, a.account_id) AS id, max(low) low, max(mid) mid, max(high) high,
            max(al) al, max(am) am, max(ah) ah, max(sl) sl, max(sm) sm, max(sh) sh,
            max(sal) sal, max(sam) sam, max(sah) sah
        FROM (SELECT code, max(low) low, max(mid) mid, max(high) high, max(al) al, max(am) am, max(ah) ah,
                max(sl) sl, max(sm) sm, max(sh) sh, max(sal) sal, max(sam) sam, max(sah) sah
              FROM victim GROUP BY code)
        JOIN acct a USING (code) GROUP BY 1"""
    row = db.row(
        f"""SELECT sum(low), sum(mid), sum(high), sum(al), sum(am), sum(ah), sum(sl), sum(sm), sum(sh),
            sum(sal), sum(sam), sum(sah) FROM ({query})"""
    )
    for start, measure, note in (
        (0, "harmed.possible victims", ""),
        (3, "harmed.possible victims.newly exposed", "; with a payment on or after the effective day"),
    ):
        rows.count(measure, "parties", _times(Range.of(row, start), share), f"{share.words}; {tie}{note}", share.source)
    rows.amount("harmed.possible victims", _times(Range.of(row, 6), share), f"{share.words}; {tie}", share.source)
    rows.amount(
        "harmed.possible victims.newly exposed",
        _times(Range.of(row, 9), share),
        f"{share.words}; {tie}; payments on or after the effective day",
        share.source,
    )


def _times(value: Range, share: Assumption) -> Range:
    return Range(value.low * share.low, value.mid * share.mid, value.high * share.high)


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
