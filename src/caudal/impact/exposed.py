"""Exposed: who paid to or received from the group, straight or over others, before and after, and who could have known.

Everything rests on attributions by the proportional method: each attributed transfer has a time, so that an amount can
be split by the effective day. The side further from the group is the exposed one: the payee of money from the group,
the payer of money to it.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.impact.database import Database
from caudal.impact.ranges import COUNTED, Range, Rows
from caudal.impact.scenario import Scenario
from caudal.impact.terms import Terms
from caudal.impact.words import Money
from caudal.tables import ATTRIBUTIONS, EXPOSURES

METHOD = "proportional"
WEIGHED = (
    "straight dealings count by how sure the match on the listed side is (low, mid and high as under blocked); "
    "dealings over others by the average of the group's straight ones"
)
MIXED = "money on an account mixes in proportion (tracing)"
PASSED = f"{MIXED}; the same money counts at each account it passed"
READABLE = (
    "could have known: a straight dealing with a name on the list, on or after the day it could be read there; what "
    "anyone did know is not in these books"
)
KNOWN = f"{READABLE}; {WEIGHED}"


ATTRIBUTED = """
CREATE TABLE att AS
SELECT t.r, g.g, a.direction = 'forward' AS fwd, a.amount, a.hops, t.time,
    CASE WHEN a.direction = 'forward' THEN t.payee ELSE t.payer END AS me,
    CASE WHEN a.direction = 'forward' THEN t.payer ELSE t.payee END AS them
FROM att_in a JOIN grp g ON g.gid = a.group_id JOIN t USING (transfer_id)"""
"""Attributed transfers seen from the exposed side (`me`); `them` is the side nearer to the group."""

WEIGHTS = """
CREATE TABLE factor AS
SELECT att.g, coalesce(sum(amount * coalesce(b.wl, 1)) / nullif(sum(amount), 0), 1) AS fl,
    coalesce(sum(amount * coalesce(b.wm, 1)) / nullif(sum(amount), 0), 1) AS fm
FROM att LEFT JOIN bacct b ON b.code = att.them AND b.g = att.g WHERE hops = 1 GROUP BY att.g;
CREATE TABLE dealt AS
SELECT a.r, a.g, a.fwd, a.amount, a.time, a.me, a.them, a.hops = 1 OR b.code IS NOT NULL AS direct,
    CASE WHEN b.code IS NOT NULL THEN b.wl WHEN a.hops = 1 THEN 1 ELSE coalesce(f.fl, 1) END::DOUBLE AS wl,
    CASE WHEN b.code IS NOT NULL THEN b.wm WHEN a.hops = 1 THEN 1 ELSE coalesce(f.fm, 1) END::DOUBLE AS wm,
    CASE WHEN b.code IS NULL THEN 4611686018427387904 ELSE b.earliest END AS read_earliest,
    CASE WHEN b.code IS NULL THEN 4611686018427387904 ELSE b.latest END AS read_latest,
    g.earliest, g.latest
FROM att a JOIN grp g USING (g) LEFT JOIN bacct b ON b.code = a.them AND b.g = a.g LEFT JOIN factor f ON f.g = a.g;
CREATE VIEW deal AS FROM dealt ANTI JOIN bl ON bl.code = dealt.me;
"""
"""Weights of every attributed transfer, and from when the name on the other side could be read on a list.

`deal` leaves out what blocked accounts did themselves. An account that tracing took for the group's without a match
counts in full, but is no name on a list.
"""

PER_ACCOUNT = """
CREATE TABLE expo AS
SELECT me AS code, deal.g, bool_or(direct) AS direct,
    coalesce(sum(amount) FILTER (direct AND fwd), 0)::BIGINT AS direct_in,
    coalesce(sum(amount) FILTER (direct AND NOT fwd), 0)::BIGINT AS direct_out,
    coalesce(sum(amount) FILTER (NOT direct), 0)::BIGINT AS indirect,
    sum(amount)::BIGINT AS total,
    coalesce(sum(amount) FILTER (time < earliest), 0)::BIGINT AS before,
    coalesce(sum(amount) FILTER (time >= latest), 0)::BIGINT AS after,
    coalesce(sum(amount) FILTER (direct AND time >= read_latest), 0)::BIGINT AS readable,
    max(wl) AS wl, max(wm) AS wm,
    max(wl) FILTER (direct) AS dwl, max(wm) FILTER (direct) AS dwm,
    max(wl * after_share(time, earliest, latest, ul)) AS al,
    max(wm * after_share(time, earliest, latest, um)) AS am,
    max(after_share(time, earliest, latest, uh)) AS ah,
    coalesce(max(wl * after_share(time, read_earliest, read_latest, ul)) FILTER (direct), 0) AS kl,
    coalesce(max(wm * after_share(time, read_earliest, read_latest, um)) FILTER (direct), 0) AS km,
    coalesce(max(after_share(time, read_earliest, read_latest, uh)) FILTER (direct), 0) AS kh
FROM deal, unknown_day GROUP BY me, deal.g"""
"""Exact sums and weights of every exposed account for every group."""

HELD = """
CREATE TABLE gheld AS
SELECT a.code, g.g, e.held, coalesce(f.fl, 1) AS wl, coalesce(f.fm, 1) AS wm
FROM exp_in e JOIN grp g ON g.gid = e.group_id JOIN acct a USING (account_id) LEFT JOIN factor f ON f.g = g.g
WHERE e.direction = 'forward' AND e.held > 0 AND NOT EXISTS (SELECT 1 FROM bl WHERE bl.code = a.code)"""
"""The group's money that still lies on other people's accounts."""

MATERIAL = """
CREATE TABLE material AS
SELECT a.code, max((e.direct + e.indirect) / e.turnover) AS share
FROM exp_in e JOIN acct a USING (account_id)
WHERE e.turnover > 0 AND NOT a.pooled AND NOT EXISTS (SELECT 1 FROM bl WHERE bl.code = a.code) GROUP BY a.code"""
"""The largest share of what an account received (or paid) that is attributed to one group."""


def of_scenario(table: pa.Table, terms: Terms, what: str) -> pa.Table:
    """The rows of the scenario's groups, by the proportional method.

    Raises:
        InputError: the table has rows for these groups, but none by that method.
    """
    wanted = pa.array([g.id for g in terms.groups], pa.string())
    rows = table.filter(pc.is_in(table.column("group_id"), wanted))
    chosen = rows.filter(pc.equal(rows.column("method"), METHOD))
    if rows.num_rows and not chosen.num_rows:
        raise InputError(f"it has no rows by the method {METHOD}", file=what, field="method")
    return chosen


def prepare(db: Database, terms: Terms, attributions: pa.Table, exposures: pa.Table) -> None:
    """Tables `att` (attributed transfers), `deal` (the same with weights), `expo` (per account) and `gheld`.

    Raises:
        InputError: attributions name a transfer that the ledger does not have.
    """
    chosen = of_scenario(ATTRIBUTIONS.check(attributions), terms, "attributions")
    with db.lent(att_in=chosen.select(["transfer_id", "group_id", "direction", "amount", "hops"])):
        db.run(ATTRIBUTED)
        if db.row("SELECT count(*) FROM att")[0] != chosen.num_rows:
            _refuse_unknown(db)
    db.run(WEIGHTS)
    db.run(PER_ACCOUNT)
    with db.lent(exp_in=of_scenario(EXPOSURES.check(exposures), terms, "exposures")):
        db.run(HELD)
        db.run(MATERIAL)


def _refuse_unknown(db: Database) -> None:
    """Every attributed transfer must be in the ledger; those after the as-of day are left out on purpose."""
    query = "SELECT a.transfer_id FROM att_in a ANTI JOIN transfers_in x USING (transfer_id) ORDER BY 1 LIMIT 1"
    for (transfer,) in db.rows(query):
        raise InputError(f"the ledger has no transfer {transfer!r}", file="attributions", field="transfer_id")


def report(db: Database, rows: Rows, scenario: Scenario) -> None:
    """The outcomes `exposed.*` of accounts, parties and amounts."""
    _amounts(db, rows)
    _counts(db, rows, "accounts", "code")
    _counts(db, rows, "parties", "party_id")
    pooled = db.row(
        """SELECT sum(wl), sum(wm), count(*) FROM (
            SELECT code, max(wl) wl, max(wm) wm FROM expo JOIN acct USING (code) WHERE pooled GROUP BY code)"""
    )
    rows.count(
        "exposed.pooled",
        "accounts",
        Range.of(pooled),
        f"{WEIGHED}; the people behind a pooled account are not counted one by one",
        "attributions",
    )
    share = scenario.assumption("material_share")
    row = db.row(
        "SELECT count(*) FILTER (share >= ?), count(*) FILTER (share >= ?), count(*) FILTER (share >= ?) FROM material",
        [share.high, share.mid, share.low],
    )
    words = f"{share.words}; the whole ledger, every alert counted; pooled accounts apart; {MIXED}"
    rows.count("exposed.materially", "accounts", Range.of(row), words, "exposures", words)
    held = db.row("SELECT sum(held * wl), sum(held * wm), sum(held) FROM gheld")
    rows.amount("exposed.held", Range.of(held), f"{MIXED}; {WEIGHED}", "exposures (forward)", MIXED)


def report_groups(db: Database, rows: Rows, terms: Terms) -> None:
    """Amounts before, after and in all for each group; they add up to those of all groups together."""
    if len(terms.groups) < 2:
        return
    found = db.rows(
        """
        SELECT gid, sum(amount * wl * (1 - ah)), sum(amount * wm * (1 - am)), sum(amount * (1 - al)),
            sum(amount * wl * al), sum(amount * wm * am), sum(amount * ah),
            sum(amount * wl), sum(amount * wm), sum(amount)
        FROM (SELECT deal.*,
                after_share(time, earliest, latest, ul) al, after_share(time, earliest, latest, um) am,
                after_share(time, earliest, latest, uh) ah FROM deal, unknown_day) JOIN grp USING (g)
        GROUP BY gid ORDER BY gid"""
    )
    for row in found:
        for start, period in ((1, "before"), (4, "after"), (7, "total")):
            words = f"{PASSED}; {WEIGHED}"
            rows.amount(f"exposed.{period}.{row[0]}", Range.of(row, start), words, "attributions", PASSED)


def _amounts(db: Database, rows: Rows) -> None:
    """Amounts by way (direct, indirect), side (received, paid), period and knowledge."""
    found = db.rows(
        """
        SELECT direct, fwd, count(*), sum(amount * wl), sum(amount * wm), sum(amount),
            sum(amount * wl * al), sum(amount * wm * am), sum(amount * ah),
            sum(amount * wl * (1 - ah)), sum(amount * wm * (1 - am)), sum(amount * (1 - al)),
            sum(amount * wl * kl), sum(amount * wm * km), sum(amount * kh),
            sum(amount * wl * (1 - kh)), sum(amount * wm * (1 - km)), sum(amount * (1 - kl))
        FROM (SELECT deal.*,
                after_share(time, earliest, latest, ul) al, after_share(time, earliest, latest, um) am,
                after_share(time, earliest, latest, uh) ah,
                CASE WHEN direct THEN after_share(time, read_earliest, read_latest, ul) ELSE 0 END kl,
                CASE WHEN direct THEN after_share(time, read_earliest, read_latest, um) ELSE 0 END km,
                CASE WHEN direct THEN after_share(time, read_earliest, read_latest, uh) ELSE 0 END kh
              FROM deal, unknown_day)
        GROUP BY direct, fwd"""
    )
    table = {(bool(r[0]), bool(r[1])): r for r in found}
    nothing = (False, False, 0, *[0.0] * 15)
    known = could_not = Range.exact(0.0)
    for direct, way in ((True, "direct"), (False, "indirect")):
        for forward, side in ((True, "received"), (False, "paid")):
            row = table.get((direct, forward), nothing)
            known, could_not = known + Range.of(row, 12), could_not + Range.of(row, 15)
            name = f"exposed.{side}.{way}"
            words, exactly = (WEIGHED, COUNTED) if direct else (f"{PASSED}; {WEIGHED}", PASSED)
            rows.count(f"{name}.total", "transfers", Range.exact(row[2]), COUNTED, "attributions")
            rows.amount(f"{name}.before", Range.of(row, 9), words, "attributions", exactly)
            rows.amount(f"{name}.after", Range.of(row, 6), words, "attributions", exactly)
            rows.amount(f"{name}.total", Range.of(row, 3), words, "attributions", exactly)
    rows.amount("exposed.could have known", known, KNOWN, "attributions, register", READABLE)
    rows.amount("exposed.could not have known from the list", could_not, KNOWN, "attributions, register", READABLE)


def _counts(db: Database, rows: Rows, kind: str, key: str) -> None:
    """How many accounts or parties: each falls under `after` when any of its dealings does."""
    inside = "WHERE NOT pooled AND party_id IS NOT NULL" if kind == "parties" else "WHERE NOT pooled"
    query = f"""
        SELECT {key}, max(wl) wl, max(wm) wm, 1.0 AS wh, coalesce(max(dwl), 0) dl, coalesce(max(dwm), 0) dm,
            max(direct::INTEGER) dh, max(al) al, max(am) am, max(ah) ah, max(kl) kl, max(km) km, max(kh) kh
        FROM expo JOIN acct USING (code) {inside} GROUP BY {key}"""
    row = db.row(
        f"""
        SELECT sum(wl), sum(wm), sum(wh), sum(dl), sum(dm), sum(dh), sum(al), sum(am), sum(ah),
            sum(least(wl - al, wm - am, wh - ah)), sum(wm - am), sum(greatest(wl - al, wm - am, wh - ah)),
            sum(kl), sum(km), sum(kh),
            sum(least(wl - kl, wm - km, wh - kh)), sum(wm - km), sum(greatest(wl - kl, wm - km, wh - kh))
        FROM ({query})"""
    )
    source = "attributions, register"
    parts = {
        "exposed.total": (0, "any dealing, straight or over others"),
        "exposed.direct": (3, "any straight dealing"),
        "exposed.after": (6, "any dealing on or after the effective day"),
        "exposed.before": (9, "dealings, but none on or after the effective day"),
        "exposed.could have known": (12, READABLE),
        "exposed.could not have known from the list": (15, READABLE),
    }
    for measure, (start, what) in parts.items():
        words = f"{what}; pooled accounts apart"
        rows.count(measure, kind, Range.of(row, start), f"{words}; {WEIGHED}", source, words)


def affected(money: Money) -> str:
    """A query for the rows of `affected` for exposed accounts and the parties that hold them."""
    received, paid, over = money.format("direct_in"), money.format("direct_out"), money.format("indirect")
    reason = f"""
        CASE WHEN direct_in > 0
             THEN 'received ' || {received} || ' straight from accounts taken for those of ' || gname || '; '
             ELSE '' END ||
        CASE WHEN direct_out > 0
             THEN 'paid ' || {paid} || ' straight to accounts taken for those of ' || gname || '; '
             ELSE '' END ||
        CASE WHEN indirect > 0 THEN {over} || ' of its payments attributed over others; ' ELSE '' END ||
        CASE WHEN readable > 0 THEN 'of that ' || {money.format("readable")} ||
                 ' straight with a name that stood on the list that day: could have known'
             WHEN direct AND kh > 0 THEN 'whether the name stood on the list that day is not known'
             ELSE 'could not have known from the list' END ||
        CASE WHEN pooled THEN '; a pooled account: the people behind it are not counted' ELSE '' END ||
        CASE WHEN NOT known THEN '; the effective day is not known (' || since || ')' ELSE '' END"""
    party = """
        SELECT party_id, g, bool_or(e.direct) direct, sum(direct_in)::BIGINT direct_in,
            sum(direct_out)::BIGINT direct_out, sum(indirect)::BIGINT indirect, sum(total)::BIGINT total,
            sum(before)::BIGINT before, sum(after)::BIGINT after, sum(readable)::BIGINT readable, max(kh) kh,
            false AS pooled
        FROM expo e JOIN acct USING (code) WHERE party_id IS NOT NULL AND NOT pooled
            AND NOT EXISTS (SELECT 1 FROM bparty WHERE bparty.party_id = acct.party_id)
        GROUP BY party_id, g"""
    return f"""
        WITH x AS (
            SELECT 'account' AS kind, account_id AS id, g, e.direct, direct_in, direct_out, indirect, total, before,
                after, readable, kh, pooled
            FROM expo e JOIN acct USING (code)
            UNION ALL SELECT 'party', * FROM ({party}))
        SELECT 'exposed' AS effect, kind AS subject_kind, id AS subject_id, gid AS group_id,
            CASE WHEN direct THEN 'direct counterparty' ELSE 'indirect counterparty' END AS role,
            total AS amount, CASE WHEN known THEN before END AS before, CASE WHEN known THEN after END AS after,
            {reason} AS reason
        FROM x JOIN grp USING (g)"""
