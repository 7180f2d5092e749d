"""Exposed: who paid to or received from the group, straight or over others, before and after, and who could have known.

Everything rests on attributions by the proportional method: each attributed transfer has a time, so that an amount can
be split by the effective day. The side further from the group is the exposed one: the payee of money from the group,
the payer of money to it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.impact import kernels_dealt as kernels
from caudal.impact import licences
from caudal.impact.coded import Codes
from caudal.impact.database import Database
from caudal.impact.dealt import Attributed, Days, Dealings, Sources, sets_of_kinds
from caudal.impact.formulas import formula, over_threshold
from caudal.impact.ranges import COUNTED, Range, Rows
from caudal.impact.scenario import Scenario
from caudal.impact.terms import NEVER, GroupTerms, Terms
from caudal.impact.unknowns import WHOLE, Unknowns
from caudal.impact.words import Money
from caudal.tables import ATTRIBUTIONS, EXPOSURES

METHOD = "proportional"
SECONDARY = "secondary sanctions"
"""The power of an authority that is asked about here; the register's law says which authorities have it."""

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


TABLES = """
CREATE TABLE kind AS FROM kind_in;
CREATE TABLE dealsum AS SELECT kind.*, fwd, amount, n FROM sums_in JOIN kind USING (kind);
CREATE TABLE tie_kind AS FROM tied_in;
CREATE VIEW tie AS SELECT code, g, direct, event, factor, later, readable FROM tie_kind JOIN kind USING (kind);
CREATE TABLE expo AS FROM expo_in;
CREATE TABLE dealt AS FROM dealt_in;
"""
"""What attributed payments come to.

- `kind`: what is said of a dealing by its kind (`caudal.impact.dealt`); `dealsum`: the same with the amount and number
  of dealings, those of blocked accounts left out.
- `tie`: the different events and factors of every exposed account: of the dealing itself, of its lying after the
  effective day, and after the name could be read. `expo`: exact sums and weights of every such account.
- `dealt`: straight dealings one by one.

An account that tracing took for the group's without a match counts in full, but is no name on a list. Where a scenario
names only some of a group, dealings with the others are not straight.
"""

HELD = """
CREATE TABLE gheld AS
SELECT a.code, g.g, e.held, coalesce(m.factor, 0) AS factor
FROM exp_in e JOIN grp g ON g.gid = e.group_id JOIN acct a USING (account_id) LEFT JOIN mean_in m ON m.g = g.g
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
    """`Database.attributed`: attributed transfers of some groups seen from the exposed side.

    Transfers that the database does not hold because they lie after its last day are left out.

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
    places = book.rows_of(attributions)
    strange = chosen.to_numpy() & (places < 0)
    if strange.any():
        named = table.column("transfer_id").filter(pa.array(strange))
        raise InputError(
            f"the ledger has no transfer {min(named.to_pylist())!r}", file="attributions", field="transfer_id"
        )
    kept = np.flatnonzero(chosen.to_numpy() & (db.entries.at(places) >= 0))
    rows = places[kept]
    codes = np.array([*groups.values(), -1], np.int32)[pc.fill_null(of_group, len(groups)).to_numpy()[kept]]
    forward = pc.equal(table.column("direction"), "forward").to_numpy()[kept]
    payer, payee = book.payer[rows], book.payee[rows]
    db.attributed = Attributed(
        rows.astype(np.int32),
        codes,
        forward,
        table.column("amount").to_numpy()[kept],
        table.column("hops").to_numpy()[kept] == 1,
        book.time[rows],
        np.where(forward, payee, payer),
        np.where(forward, payer, payee),
    )


def of_scenario(table: pa.Table, terms: Terms, what: str) -> pa.Table:
    """The rows of the scenario's groups, by the proportional method.

    Raises:
        InputError: the table has rows for these groups, but none by that method.
    """
    wanted = pa.array([g.id for g in terms.groups], pa.string())
    of_group = pc.is_in(table.column("group_id"), value_set=wanted)
    chosen = pc.and_(of_group, pc.equal(table.column("method"), METHOD))
    if pc.any(of_group).as_py() and not pc.any(chosen).as_py():
        raise InputError(f"it has no rows by the method {METHOD}", file=what, field="method")
    return table if pc.all(chosen).as_py() else table.filter(chosen)


def prepare(db: Database, terms: Terms, attributions: pa.Table, exposures: pa.Table, unknowns: Unknowns) -> None:
    """`Database.attributed`, `Database.dealings` and their tables (`TABLES`), `gheld` and `material`.

    Raises:
        InputError: attributions name a transfer that the ledger does not have.
    """
    attribute(db, attributions, {g.id: g.code for g in terms.groups})
    licences.of_attributed(db)
    rows, groups = db.attributed, len(terms.groups)
    sources, source = _sources(db, terms, unknowns)
    licensed = db.arrow("SELECT r, g FROM licensed")
    for g in np.unique(licensed.column("g").to_numpy()).tolist():
        covered = licensed.column("r").to_numpy()[licensed.column("g").to_numpy() == g]
        source[(rows.g == g) & np.isin(rows.r, covered)] = -1
    blocked = np.zeros(db.entries.size, np.bool_)
    blocked[sources.account[sources.account >= 0]] = True
    day = terms.scenario.assumption("unknown_day")
    days = Days(
        np.array([g.moments for g in terms.groups], np.int64).reshape(groups, 2).T,
        np.array([secondary(g) for g in terms.groups], np.int64).reshape(groups, 2).T,
        (day.low, day.mid, day.high),
    )
    db.dealings = dealings = Dealings(rows, sources, source, days, blocked)
    code, kind = dealings.pairs
    tied = pa.table({"code": code.astype(np.int32), "kind": kind.astype(np.int32)})
    lent = {"kind_in": dealings.table(), "sums_in": dealings.sums(), "tied_in": tied}
    with db.lent(**lent, expo_in=dealings.accounts(), dealt_in=dealings.straight()):
        db.run(TABLES)
    with db.lent(
        exp_in=of_scenario(EXPOSURES.check(exposures), terms, "exposures"), mean_in=_means_of(sources, groups)
    ):
        db.run(HELD)
        db.run(MATERIAL)


def secondary(group: GroupTerms) -> tuple[int, int]:
    """From when secondary sanctions on those who deal with a group may follow."""
    return group.powers[SECONDARY].moments if SECONDARY in group.powers else (NEVER, NEVER)


def _sources(db: Database, terms: Terms, unknowns: Unknowns) -> tuple[Sources, Codes]:
    """What is near the group, and which of it every attributed row deals with.

    Dealings over others count by the average of the group's straight ones.
    """
    rows, groups = db.attributed, terms.groups
    blocked = db.arrow(
        "SELECT code::BIGINT AS code, g::BIGINT AS g, event::BIGINT AS event, wl::DOUBLE AS wl, wm::DOUBLE AS wm, "
        "earliest::BIGINT AS earliest, latest::BIGINT AS latest FROM bacct ORDER BY g, code"
    )
    code, of, event, low, mid, earliest, latest = (blocked.column(n).to_numpy() for n in blocked.column_names)
    others = 2 * len(groups)
    whole = terms.scenario.members == "all"
    never, nothing = np.full(others, NEVER), np.zeros(others, np.int64)
    sources = Sources(
        np.concatenate([of, np.repeat([g.code for g in groups], 2)]).astype(np.int64),
        np.concatenate([code, np.full(others, -1)]).astype(np.int64),
        np.concatenate([np.ones(len(code), np.bool_), np.tile([whole, False], len(groups)).astype(np.bool_)]),
        np.concatenate([low, np.ones(others)]),
        np.concatenate([mid, np.ones(others)]),
        np.concatenate([event, nothing]).astype(np.int64),
        np.zeros(len(code) + others, np.int64),
        np.stack([np.concatenate([earliest, never]), np.concatenate([latest, never])]).astype(np.int64),
    )
    source = sources.of(rows, len(groups))
    amount, *weighed = kernels.weighed(
        rows.g, source, rows.straight, rows.amount, sources.low, sources.mid, len(groups)
    )
    total, some = kernels.by_source(source, rows.straight, rows.amount, len(sources.group))
    for group in groups:
        over = len(code) + 2 * groups.index(group) + 1
        if amount[group.code]:
            sources.low[over], sources.mid[over] = (float(w[group.code] / amount[group.code]) for w in weighed)
        by_event: dict[int, int] = {}
        for place in np.flatnonzero(some & (sources.group == group.code)).tolist():
            key = int(sources.event[place])
            by_event[key] = by_event.get(key, 0) + int(total[place])
        if by_event:
            events = sorted(by_event)
            sources.factor[over] = unknowns.mean(events, [by_event[e] for e in events])
    return sources, source


def _means_of(sources: Sources, groups: int) -> pa.Table:
    """Per group the factor that is how sure its straight dealings are on average."""
    over = sources.factor[len(sources.factor) - 2 * groups :][1::2]
    of = sources.group[len(sources.group) - 2 * groups :][1::2]
    return pa.table({"g": of.astype(np.int32), "factor": over.astype(np.int32)})


def report(db: Database, rows: Rows, scenario: Scenario) -> None:
    """The outcomes `exposed.*` of accounts, parties and amounts."""
    _amounts(db, rows)
    _counts(db, rows, "accounts")
    _counts(db, rows, "parties")
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
    "before": "earlier",
    "after": "later",
    "total": str(WHOLE),
}


def report_groups(db: Database, rows: Rows, terms: Terms) -> None:
    """Amounts before, after and in all for each group; they add up to those of all groups together."""
    if len(terms.groups) < 2:
        return
    for code, group in db.rows("SELECT DISTINCT g, gid FROM dealsum JOIN grp USING (g) ORDER BY gid"):
        for period, also in PERIODS.items():
            query = f"SELECT amount AS base, event, factor, {also} AS also FROM dealsum WHERE g = {code}"
            value = formula(db, rows.unknowns, query)
            rows.amount(f"exposed.{period}.{group}", value, f"{PASSED}; {WEIGHED}", "attributions", PASSED)


def _amounts(db: Database, rows: Rows) -> None:
    """Amounts by way (direct, indirect), side (received, paid), period and knowledge."""
    unknowns = rows.unknowns
    for direct, way in ((True, "direct"), (False, "indirect")):
        for forward, side in ((True, "received"), (False, "paid")):
            chosen = f"FROM dealsum WHERE {'' if direct else 'NOT '}direct AND {'' if forward else 'NOT '}fwd"
            name = f"exposed.{side}.{way}"
            words, exact = (WEIGHED, COUNTED) if direct else (f"{PASSED}; {WEIGHED}", PASSED)
            number = int(db.row(f"SELECT coalesce(sum(n), 0) {chosen}")[0])
            rows.count(f"{name}.total", "transfers", Range.exact(number), COUNTED, "attributions")
            for period, also in PERIODS.items():
                value = formula(db, unknowns, f"SELECT amount AS base, event, factor, {also} AS also {chosen}")
                rows.amount(f"{name}.{period}", value, words, "attributions", exact)
    query = "SELECT amount AS base, event, factor, {} AS also FROM dealsum WHERE direct"
    known, could_not = (formula(db, unknowns, query.format(name)) for name in ("readable", "unreadable"))
    could_not += formula(db, unknowns, "SELECT amount AS base, event, factor FROM dealsum WHERE NOT direct")
    rows.amount("exposed.could have known", known, KNOWN, "attributions, register", READABLE)
    rows.amount("exposed.could not have known from the list", could_not, KNOWN, "attributions, register", READABLE)


def _counts(db: Database, rows: Rows, kind: str) -> None:
    """How many accounts or parties: each falls under `after` when any of its dealings does.

    Those whose dealings are of the same kinds are counted together.
    """
    subjects, members = _alike(db, of_parties=kind == "parties")
    with db.lent(subjects_in=subjects, members_in=members):
        db.run(
            """
            CREATE OR REPLACE TEMP TABLE of_one AS
            SELECT subject, n, kind.*
            FROM members_in JOIN subjects_in USING (subject) JOIN kind ON kind.kind = member"""
        )
    every = "SELECT subject, n AS base, event, factor, 0 AS also, false AS against FROM of_one"
    later, readable = (f"SELECT subject, n, event, factor, {also}, {{}} FROM of_one" for also in ("later", "readable"))
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


def _alike(db: Database, of_parties: bool) -> tuple[pa.Table, pa.Table]:
    """Accounts, or parties, by the different sets of kinds of their dealings; pooled accounts apart.

    Returns:
        (subject, n): a set and how many have it; (subject, member): the kinds in it.
    """
    code, kind = db.dealings.pairs
    kept = ~db.holders.pooled[code]
    accounts, sets, members = sets_of_kinds(code[kept], kind[kept])
    if of_parties:
        party = db.holders.party[accounts].astype(np.int64)
        known = party >= 0
        pairs = np.unique(np.stack([party[known], sets[known]], axis=1), axis=0)
        _, sets, above = sets_of_kinds(pairs[:, 0], pairs[:, 1])
        # A party has every kind of each of its accounts.
        joined = above.rename_columns(["party_set", "subject"]).join(members, "subject", join_type="inner")
        members = joined.select(["party_set", "member"]).rename_columns(["subject", "member"])
    subject, n = np.unique(sets, return_counts=True)
    return pa.table({"subject": subject, "n": n.astype(np.int64)}), members


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
