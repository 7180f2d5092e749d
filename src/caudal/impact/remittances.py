"""Harmed: lawful senders and receivers of remittances whose payments pass through someone blocked or exposed.

Each remittance gets a chance of being stopped, as low, mid and high: the larger of
- the weight of a blocked firm or pooled account on its way,
- the weight of an exposed agent on its way times `agent_is_cut`,
- the weight of an exposed bank on its way times `bank_cuts_customer`.
Money that tracing attributes to a group, and payments of or to blocked people, are not lawful remittances and stay out.
"""

from __future__ import annotations

from caudal.impact import legs, licences, stopping
from caudal.impact.database import Database
from caudal.impact.ranges import Range, Rows
from caudal.impact.scenario import Scenario
from caudal.impact.terms import Terms
from caudal.impact.unknowns import Unknowns
from caudal.impact.words import Money


def prepare(db: Database, terms: Terms, unknowns: Unknowns) -> None:
    """Tables `carrier` (chance per account that a payment over it stops) and `remitter` (per sender or receiver).

    An institution has cause to cut ties only where the law of the scenario reaches it (`GroupTerms.reach`).
    """
    scenario = terms.scenario
    used = scenario.assumption("licence_is_used")
    licences.of_remittances(db, terms)
    db.run(f"CREATE TABLE unused AS SELECT {1 - used.high} AS low, {1 - used.mid} AS mid, {1 - used.low} AS high")
    stopping.prepare(db, terms, unknowns)
    stopping.carriers(db, unknowns)
    legs.prepare(db)
    stopping.ways(db, unknowns)
    db.run(
        """
        CREATE TABLE remitter AS
        SELECT 'remittance sender' AS role, coalesce(a.party_id, a.account_id) AS id, a.party_id IS NOT NULL AS party,
            w.* FROM remit w JOIN acct a ON a.code = w.sender LEFT JOIN party p USING (party_id)
        WHERE NOT is_firm(p.schema) AND w.lawful > 0 AND w.high > 0 AND NOT with_blocked
        UNION ALL
        SELECT 'remittance receiver', coalesce(a.party_id, a.account_id), a.party_id IS NOT NULL,
            w.* FROM remit w JOIN acct a ON a.code = w.receiver LEFT JOIN party p USING (party_id)
        WHERE NOT is_firm(p.schema) AND w.lawful > 0 AND w.high > 0 AND NOT with_blocked
            AND NOT EXISTS (SELECT 1 FROM bacct b WHERE b.code = w.receiver);
        """
    )


def report(db: Database, rows: Rows, scenario: Scenario) -> None:
    """The outcomes `harmed.remittance*` and `harmed.customers of exposed institutions`."""
    words = f"{scenario.assumption('agent_is_cut').words}; {scenario.assumption('bank_cuts_customer').words}"
    sources = f"{scenario.assumption('agent_is_cut').source}; {scenario.assumption('bank_cuts_customer').source}"
    other, unknowns = scenario.assumption("other_channel"), rows.unknowns
    period = (
        "the flows of the whole ledger up to the as-of day are taken as what would go on; only people seen by name, "
        "not those behind a pooled account"
    )
    dearer, cash = scenario.assumption("dearer"), scenario.assumption("paid_in_cash")
    moved, stuck = unknowns.factor("other_channel"), unknowns.factor(rest=["other_channel"])
    costs, paid = unknowns.factor("other_channel", "dearer"), unknowns.factor("paid_in_cash")
    if_other, if_other_by = f"{other.words}; {words}", f"{other.source}; {sources}"
    for role in ("sender", "receiver"):
        chosen = f"FROM remitter w JOIN waysig USING (r) WHERE role = 'remittance {role}'"
        each = f"SELECT r AS subject, lawful AS base, sig {chosen}"
        people = stopping.by_sets(db, unknowns, f"SELECT id AS subject, 1 AS base, sig {chosen}", "FROM waytie")
        amount = stopping.by_sets(db, unknowns, each, "FROM waytie")
        in_cash = stopping.by_sets(db, unknowns, f"{each} AND cash", "FROM waytie")
        in_cash += stopping.by_sets(db, unknowns, f"{each} AND cash IS NULL", "FROM waytie").times(unknowns, paid)
        reached = db.row("SELECT count(DISTINCT id) FROM remitter WHERE role = ?", [f"remittance {role}"])[0]
        what = f"harmed.remittance {role}s"
        rows.count(f"{what}.reached", "people", Range.exact(reached), "counted", "ledger, attributions")
        rows.count(what, "people", people, f"{words}; {period}", sources)
        rows.amount(what, amount, f"{words}; {period}", sources)
        rows.count(f"{what}.no other channel", "people", people.times(unknowns, stuck), if_other, if_other_by)
        rows.amount(f"{what}.no other channel", amount.times(unknowns, stuck), f"{if_other}; {period}", if_other_by)
        rows.count(f"{what}.delayed: another channel", "people", people.times(unknowns, moved), if_other, if_other_by)
        # Who is paid in cash holds no account here: seen from the receivers there would be none.
        if role == "sender":
            by_cash = f"{legs.LINKED}; {cash.words}; {words}"
            rows.amount(f"{what}.paid out in cash", in_cash, by_cash, f"ledger; {cash.source}; {sources}")
            extra = f"{dearer.words}; {if_other}; {period}"
            source = f"{dearer.source}; {if_other_by}"
            rows.amount(f"{what}.dearer: cost of the other channel", amount.times(unknowns, costs), extra, source)
    customers = """
        SELECT party_id AS subject, 1 AS base, 2 * place + agent::INTEGER AS sig
        FROM acct a JOIN iplace USING (institution_id) JOIN party p USING (party_id)
        WHERE NOT pooled AND NOT is_firm(p.schema) AND NOT EXISTS (SELECT 1 FROM bacct b WHERE b.code = a.code)"""
    rows.count(
        "harmed.customers of exposed institutions",
        "people",
        stopping.by_sets(db, unknowns, customers, "FROM isig"),
        f"low: institutions with straight dealings after the day or accounts to be blocked; mid: any straight dealing; "
        f"high: any exposure; {words}",
        sources,
    )


def affected(money: Money) -> str:
    """A query for the rows of `affected` for senders and receivers, under the group their way is most exposed to."""
    return f"""
        WITH own AS (
            SELECT code, arg_max(g, (weight, total, -g)) AS g FROM (
                SELECT code, g, 2.0 AS weight, 0 AS total FROM bacct
                UNION ALL SELECT e.code, e.g, coalesce(dwm, 0), total FROM expo e JOIN acct USING (code) WHERE agent)
            GROUP BY code),
        keeper AS (
            SELECT institution_id, arg_max(g, (weight, total, -g)) AS g FROM (
                SELECT institution_id, g, dm AS weight, total FROM iexpo
                UNION ALL SELECT institution_id, g, wm, 0 FROM ikeeps) GROUP BY institution_id),
        tied AS (
            SELECT r.*, coalesce(own.g, keeper.g) AS g FROM remitter r JOIN acct a ON a.code = r.via
                LEFT JOIN own ON own.code = r.via LEFT JOIN keeper ON keeper.institution_id = a.institution_id),
        one AS (
            SELECT role, id, party, g, count(*) AS n, sum(r.lawful)::BIGINT AS amount,
                coalesce(sum(r.lawful) FILTER (time < earliest), 0)::BIGINT AS before,
                coalesce(sum(r.lawful) FILTER (time >= latest), 0)::BIGINT AS after,
                arg_max(via, (high, lawful, -via)) AS via, max(low) low, max(high) high,
                any_value(known) AS known, any_value(gid) AS gid, any_value(gname) AS gname
            FROM tied r JOIN grp USING (g) GROUP BY role, id, party, g)
        SELECT 'harmed' AS effect, CASE WHEN party THEN 'party' ELSE 'account' END AS subject_kind, id AS subject_id,
            gid AS group_id, role, amount, CASE WHEN known THEN before END AS before,
            CASE WHEN known THEN after END AS after,
            n || ' lawful remittances, ' || {money.format("amount")} || ', pass over ' ||
                coalesce(i.name, 'account ' || a.account_id) || ', blocked or exposed to ' || gname ||
                '; chance of being stopped ' || round(100 * low)::INTEGER || '% to ' ||
                round(100 * high)::INTEGER || '%' ||
                ' on the assumptions of the scenario' AS reason
        FROM one JOIN acct a ON a.code = one.via LEFT JOIN inst i USING (institution_id)"""
