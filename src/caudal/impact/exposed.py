"""Exposed: who paid to or received from the group, straight or over others, before and after, and who could have known.

Everything rests on attributions by the proportional method: each attributed transfer has a time, so that an amount can
be split by the effective day. The side further from the group is the exposed one: the payee of money from the group,
the payer of money to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.impact import licences
from caudal.impact.database import Database
from caudal.impact.formulas import formula, over_threshold
from caudal.impact.ranges import COUNTED, Range, Rows
from caudal.impact.scenario import Scenario
from caudal.impact.terms import Terms
from caudal.impact.unknowns import WHOLE, Unknowns
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


WEIGHTS = """
CREATE TABLE factor AS
SELECT att.g, coalesce(sum(amount * coalesce(b.wl, 1)) / nullif(sum(amount), 0), 1) AS fl,
    coalesce(sum(amount * coalesce(b.wm, 1)) / nullif(sum(amount), 0), 1) AS fm
FROM att LEFT JOIN bacct b ON b.code = att.them AND b.g = att.g WHERE hops = 1 GROUP BY att.g;
"""

DEALT = """
CREATE TABLE dealt AS
SELECT a.r, a.g, a.fwd, a.amount, a.time, a.me, a.them, (a.hops = 1 AND g.whole) OR b.code IS NOT NULL AS direct,
    CASE WHEN b.code IS NOT NULL THEN b.wl WHEN a.hops = 1 THEN 1 ELSE coalesce(f.fl, 1) END::DOUBLE AS wl,
    CASE WHEN b.code IS NOT NULL THEN b.wm WHEN a.hops = 1 THEN 1 ELSE coalesce(f.fm, 1) END::DOUBLE AS wm,
    coalesce(b.event, 0)::INTEGER AS event,
    CASE WHEN b.code IS NOT NULL OR a.hops = 1 THEN 0 ELSE coalesce(m.factor, 0) END::INTEGER AS factor,
    CASE WHEN b.code IS NULL THEN 4611686018427387904 ELSE b.earliest END AS read_earliest,
    CASE WHEN b.code IS NULL THEN 4611686018427387904 ELSE b.latest END AS read_latest,
    g.earliest, g.latest
FROM att a JOIN grp g USING (g) LEFT JOIN bacct b ON b.code = a.them AND b.g = a.g LEFT JOIN factor f ON f.g = a.g
    LEFT JOIN mean_of m ON m.g = a.g
WHERE NOT EXISTS (SELECT 1 FROM licensed x WHERE x.r = a.r AND x.g = a.g);
CREATE VIEW deal AS FROM dealt ANTI JOIN bacct ON bacct.code = dealt.me;
CREATE TABLE tie AS
SELECT DISTINCT me AS code, g, direct, event, factor, after_factor(time, earliest, latest) AS later,
    CASE WHEN direct THEN after_factor(time, read_earliest, read_latest) END AS readable
FROM deal;
"""
"""Weights of every attributed transfer, and from when the name on the other side could be read on a list.

`deal` leaves out what blocked accounts did themselves. An account that tracing took for the group's without a match
counts in full, but is no name on a list. `tie` gives the different events and factors of every exposed account: of the
dealing itself, of its lying after the effective day, and after the name could be read. Where a scenario names only some
of a group, dealings with the others are not straight.
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
SELECT a.code, g.g, e.held, coalesce(m.factor, 0) AS factor
FROM exp_in e JOIN grp g ON g.gid = e.group_id JOIN acct a USING (account_id) LEFT JOIN mean_of m ON m.g = g.g
WHERE e.direction = 'forward' AND e.held > 0 AND NOT EXISTS (SELECT 1 FROM bacct b WHERE b.code = a.code)"""
"""The group's money that still lies on other people's accounts."""

MATERIAL = """
CREATE TABLE material AS
SELECT a.code, max((e.direct + e.indirect) / e.turnover) AS share
FROM exp_in e JOIN acct a USING (account_id)
WHERE e.turnover > 0 AND NOT a.pooled
    AND NOT EXISTS (SELECT 1 FROM bacct b WHERE b.code = a.code)
GROUP BY a.code"""
"""The largest share of what an account received (or paid) that is attributed to one group."""


def attribute(db: Database, attributions: pa.Table, groups: Mapping[str, int]) -> None:
    """Table `att`: attributed transfers of some groups seen from the exposed side.

    Columns: r, g, fwd, amount, hops, time, me (the exposed account), them (the side nearer to the group). Transfers
    that the database does not hold because they lie after its last day are left out.

    Args:
        groups: code of each group by its id.

    Raises:
        InputError: the table has rows for these groups, but none by the proportional method; or it names a transfer
            that the ledger does not have.
    """
    table, book = ATTRIBUTIONS.check(attributions), db.book
    of_group = pc.index_in(table.column("group_id"), value_set=pa.array(list(groups), pa.string()))
    chosen = pc.and_(pc.is_valid(of_group), pc.equal(table.column("method"), METHOD))
    if pc.any(pc.is_valid(of_group)).as_py() and not pc.any(chosen).as_py():
        raise InputError(f"it has no rows by the method {METHOD}", file="attributions", field="method")
    kept = np.flatnonzero(chosen.to_numpy())
    rows = book.rows_of(attributions)[kept]
    if len(rows) and rows.min() < 0:
        strange = min(table.column("transfer_id").take(pa.array(kept[rows < 0])).to_pylist())
        raise InputError(f"the ledger has no transfer {strange!r}", file="attributions", field="transfer_id")
    codes = np.array([*groups.values(), -1], np.int32)[pc.fill_null(of_group, len(groups)).to_numpy()[kept]]
    forward = pc.equal(table.column("direction"), "forward").to_numpy()[kept]
    payer, payee = book.payer[rows], book.payee[rows]
    columns = {
        "r": rows.astype(np.int32),
        "g": codes,
        "fwd": forward,
        "amount": table.column("amount").to_numpy()[kept],
        "hops": table.column("hops").to_numpy()[kept],
        "time": book.time[rows],
        "me": np.where(forward, payee, payer),
        "them": np.where(forward, payer, payee),
    }
    with db.lent(att_in=pa.table(columns)):
        db.run("CREATE TABLE att AS FROM att_in WHERE time < (SELECT max(time) + 1 FROM t)")


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


def prepare(db: Database, terms: Terms, attributions: pa.Table, exposures: pa.Table, unknowns: Unknowns) -> None:
    """Tables `att` (see `attribute`), `deal` (the same with weights), `expo` (per account) and `gheld`.

    Raises:
        InputError: attributions name a transfer that the ledger does not have.
    """
    attribute(db, attributions, {g.id: g.code for g in terms.groups})
    licences.of_attributed(db)
    db.run(WEIGHTS)
    _means(db, unknowns)
    db.run(DEALT)
    db.run(PER_ACCOUNT)
    with db.lent(exp_in=of_scenario(EXPOSURES.check(exposures), terms, "exposures")):
        db.run(HELD)
        db.run(MATERIAL)


def _means(db: Database, unknowns: Unknowns) -> None:
    """Table `mean_of`: per group the factor that is how sure its straight dealings are on average."""
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    query = """
        SELECT att.g, coalesce(b.event, 0), sum(amount)::BIGINT
        FROM att LEFT JOIN bacct b ON b.code = att.them AND b.g = att.g WHERE hops = 1 GROUP BY ALL ORDER BY ALL"""
    for group, event, amount in db.rows(query):
        found[group].append((event, amount))
    factors = [unknowns.mean([e for e, _ in pairs], [a for _, a in pairs]) for pairs in found.values()]
    shape = pa.schema([("g", pa.int32()), ("factor", pa.int32())])
    with db.lent(mean_in=pa.table([list(found), factors], schema=shape)):
        db.run("CREATE TABLE mean_of AS FROM mean_in")


def report(db: Database, rows: Rows, scenario: Scenario) -> None:
    """The outcomes `exposed.*` of accounts, parties and amounts."""
    _amounts(db, rows)
    _counts(db, rows, "accounts", "code")
    _counts(db, rows, "parties", "party_id")
    unknowns = rows.unknowns
    pooled = "SELECT code AS subject, 1 AS base, event, factor FROM tie JOIN acct USING (code) WHERE pooled"
    rows.count(
        "exposed.pooled",
        "accounts",
        formula(db, unknowns, pooled),
        f"{WEIGHED}; the people behind a pooled account are not counted one by one",
        "attributions",
    )
    share = scenario.assumption("material_share")
    shares = db.arrow("SELECT share FROM material WHERE share IS NOT NULL").column("share").to_numpy()
    words = f"{share.words}; the whole ledger, every alert counted; pooled accounts apart; {MIXED}"
    material = over_threshold(shares, unknowns.factor("material_share"))
    rows.count("exposed.materially", "accounts", material, words, "exposures", words)
    held = formula(db, unknowns, "SELECT held AS base, 0 AS event, factor FROM gheld")
    rows.amount("exposed.held", held, f"{MIXED}; {WEIGHED}", "exposures (forward)", MIXED)


PERIODS = {
    "before": "before_factor(time, earliest, latest)",
    "after": "after_factor(time, earliest, latest)",
    "total": str(WHOLE),
}


def report_groups(db: Database, rows: Rows, terms: Terms) -> None:
    """Amounts before, after and in all for each group; they add up to those of all groups together."""
    if len(terms.groups) < 2:
        return
    for code, group in db.rows("SELECT DISTINCT g, gid FROM deal JOIN grp USING (g) ORDER BY gid"):
        for period, also in PERIODS.items():
            query = f"SELECT amount AS base, event, factor, {also} AS also FROM deal WHERE g = {code}"
            value = formula(db, rows.unknowns, query)
            rows.amount(f"exposed.{period}.{group}", value, f"{PASSED}; {WEIGHED}", "attributions", PASSED)


def _amounts(db: Database, rows: Rows) -> None:
    """Amounts by way (direct, indirect), side (received, paid), period and knowledge."""
    unknowns = rows.unknowns
    for direct, way in ((True, "direct"), (False, "indirect")):
        for forward, side in ((True, "received"), (False, "paid")):
            chosen = f"FROM deal WHERE {'' if direct else 'NOT '}direct AND {'' if forward else 'NOT '}fwd"
            name = f"exposed.{side}.{way}"
            words, exact = (WEIGHED, COUNTED) if direct else (f"{PASSED}; {WEIGHED}", PASSED)
            number = db.row(f"SELECT count(*) {chosen}")[0]
            rows.count(f"{name}.total", "transfers", Range.exact(number), COUNTED, "attributions")
            for period, also in PERIODS.items():
                value = formula(db, unknowns, f"SELECT amount AS base, event, factor, {also} AS also {chosen}")
                rows.amount(f"{name}.{period}", value, words, "attributions", exact)
    query = "SELECT amount AS base, event, factor, {}_factor(time, read_earliest, read_latest) AS also FROM deal"
    known = formula(db, unknowns, f"{query.format('after')} WHERE direct")
    could_not = formula(db, unknowns, f"{query.format('before')} WHERE direct")
    could_not += formula(db, unknowns, "SELECT amount AS base, event, factor FROM deal WHERE NOT direct")
    rows.amount("exposed.could have known", known, KNOWN, "attributions, register", READABLE)
    rows.amount("exposed.could not have known from the list", could_not, KNOWN, "attributions, register", READABLE)


def _counts(db: Database, rows: Rows, kind: str, key: str) -> None:
    """How many accounts or parties: each falls under `after` when any of its dealings does."""
    inside = "WHERE NOT pooled AND party_id IS NOT NULL" if kind == "parties" else "WHERE NOT pooled"
    db.run(
        f"CREATE OR REPLACE TEMP VIEW of_one AS SELECT tie.*, {key} AS subject FROM tie JOIN acct USING (code) {inside}"
    )
    every = "SELECT subject, 1 AS base, event, factor, 0 AS also, false AS against FROM of_one"
    later, readable = (f"SELECT subject, 1, event, factor, {also}, {{}} FROM of_one" for also in ("later", "readable"))
    parts = {
        "exposed.total": (every, "any dealing, straight or over others"),
        "exposed.direct": (f"{every} WHERE direct", "any straight dealing"),
        "exposed.after": (later.format("false"), "any dealing on or after the effective day"),
        "exposed.before": (
            f"{every} UNION ALL {later.format('true')}",
            "dealings, but none on or after the effective day",
        ),
        "exposed.could have known": (readable.format("false"), READABLE),
        "exposed.could not have known from the list": (f"{every} UNION ALL {readable.format('true')}", READABLE),
    }
    for measure, (query, what) in parts.items():
        words = f"{what}; pooled accounts apart"
        value = formula(db, rows.unknowns, f"FROM ({query}) x(subject, base, event, factor, also, against)")
        rows.count(measure, kind, value, f"{words}; {WEIGHED}", "attributions, register", words)


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
