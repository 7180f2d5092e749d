"""Blocked: parties, their accounts, the balances the books show and what moved through them."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from caudal.impact.database import Database
from caudal.impact.formulas import Formula, formula
from caudal.impact.listed import BLOCKED_SCHEMA
from caudal.impact.ranges import Rows
from caudal.impact.targets import ACCOUNT_SCHEMA, Targets
from caudal.impact.terms import NEVER, GroupTerms, Terms
from caudal.impact.unknowns import CERTAIN, WHOLE, Unknowns
from caudal.impact.words import Money

SURE = (
    "possible matches: low counts only the all but sure ones (assumption match_sure), mid the others by their "
    "probability, high every alert"
)
LEAST = "the least balance that keeps the account from being overdrawn: opening balances are not in the books"
FIFTY = f"{SURE}; owned parties by OFAC's 50 Percent Rule, in high also where shares cannot tell"


FOLLOWS = (
    "an institution abroad is bound by the law of its own country: it stops the account by the share assumed "
    "(foreign_bank_follows, with secondary sanctions or material support foreign_bank_follows_threat)"
)


def prepare(
    db: Database,
    terms: Terms,
    listed: list[dict[str, object]],
    owned: list[dict[str, object]],
    targets: Targets,
    unknowns: Unknowns,
) -> None:
    """Tables of who is hit.

    - `grp`: the days of each group, and what the law does there.
    - `bparty`: parties on a list, owned by them or named, also where nothing stops them; `bstopped`: those of them
      whose group the measure stops. A weak possible match that is surely owned by the group is there as owned: the
      surer reason stands, and the event is that either holds.
    - `bacct`: their accounts and accounts named one by one, with how sure that is.
    - `bhit`: every reason for which an account is stopped: the event, and the factor by which its institution follows.
    - `bl`: the accounts of `bhit`, each once, with its strongest reason.
    """
    _either(listed, owned, unknowns)
    groups = [
        {
            "g": g.code,
            "gid": g.id,
            "gname": g.name,
            "earliest": g.moments[0],
            "latest": g.moments[1],
            "since": g.window.words if g.window else "never",
            "known": g.window is not None and g.window.day is not None,
            "m_earliest": g.measure.moments[0] if g.measure else NEVER,
            "m_latest": g.measure.moments[1] if g.measure else NEVER,
            "whole": terms.scenario.members == "all",
            "stops": g.stops,
            "holds": g.holds or g.seized is not None,
            "factor": _silent(g, unknowns),
        }
        for g in terms.groups
    ]
    shape = pa.schema(
        [("g", pa.int32()), ("gid", pa.string()), ("gname", pa.string()), ("earliest", pa.int64()),
         ("latest", pa.int64()), ("since", pa.string()), ("known", pa.bool_()), ("m_earliest", pa.int64()),
         ("m_latest", pa.int64()), ("whole", pa.bool_()), ("stops", pa.bool_()), ("holds", pa.bool_()),
         ("factor", pa.int32())]
    )  # fmt: skip
    found = [r for r in (*listed, *owned) if r["party_id"] not in targets.exempt_parties]
    parties = pa.Table.from_pylist(found, BLOCKED_SCHEMA)
    with db.lent(grp_in=pa.Table.from_pylist(groups, shape), bparty_in=parties):
        db.run(
            """
            CREATE TABLE grp AS FROM grp_in;
            CREATE TABLE bparty AS FROM bparty_in
            QUALIFY row_number() OVER (PARTITION BY party_id, g ORDER BY wl DESC, wm DESC, role) = 1;
            """
        )
    exempt = pa.table({"account_id": pa.array(sorted(targets.exempt_accounts), pa.string())})
    hit = _shares(targets.accounts, unknowns)
    follow = _follow(terms, unknowns)
    products = _products(hit.column("factor"), follow.column("factor"), unknowns)
    with db.lent(hit_in=hit, exempt_in=exempt, follow_in=follow, product_in=products):
        db.run(
            f"""
            CREATE TEMP TABLE every AS
            SELECT a.code, b.g, b.role, b.wl, b.wm, b.wh, b.earliest, b.latest, b.party_id, b.event, {WHOLE} AS factor,
                '' AS reason
            FROM bparty b JOIN acct a USING (party_id)
            WHERE a.account_id NOT IN (SELECT account_id FROM exempt_in)
            UNION ALL
            SELECT a.code, h.g, h.role, h.wl, h.wm, h.wh, CASE WHEN h.role = 'named' THEN grp.earliest ELSE {NEVER} END,
                CASE WHEN h.role = 'named' THEN grp.latest ELSE {NEVER} END, a.party_id, {CERTAIN},
                h.factor, h.reason
            FROM hit_in h JOIN acct a USING (account_id) JOIN grp USING (g)
            WHERE a.account_id NOT IN (SELECT account_id FROM exempt_in);
            CREATE TABLE bhit AS
            SELECT e.code, e.g, e.role, e.event, p.code AS factor,
                e.wl * f.fl AS wl, e.wm * f.fm AS wm, e.wh * f.fh AS wh,
                e.party_id, e.reason
            FROM every e JOIN acct a USING (code) LEFT JOIN inst i USING (institution_id) JOIN grp ON grp.g = e.g
                JOIN follow_in f ON f.g = e.g AND f.court = (e.role = 'prosecuted')
                    AND f.side = CASE WHEN i.side = 'domestic' OR a.institution_id IS NULL THEN 'home' ELSE 'away' END
                JOIN product_in p ON p.one = e.factor AND p.other = f.factor
            WHERE grp.stops OR e.role = 'prosecuted';
            CREATE TEMP TABLE named AS FROM every WHERE role IN ('listed', 'owned', 'named');
            """
        )
    unknowns.any_by(db, "bevent", "SELECT (code, g) AS key, event FROM named")
    db.run(
        """
        CREATE TABLE bacct AS
        SELECT n.* EXCLUDE (event, factor, reason, wl, wm, wh), max(wl) OVER w AS wl, max(wm) OVER w AS wm,
            max(wh) OVER w AS wh, b.event
        FROM named n JOIN bevent b ON b.key = (n.code, n.g)
        WINDOW w AS (PARTITION BY n.code, n.g)
        QUALIFY row_number() OVER (PARTITION BY n.code, n.g ORDER BY n.wl DESC, n.wm DESC, n.wh DESC, n.role) = 1;
        CREATE TABLE bl AS
        SELECT code, max(wl) OVER w AS wl, max(wm) OVER w AS wm, max(wh) OVER w AS wh, event, factor
        FROM bhit WINDOW w AS (PARTITION BY code)
        QUALIFY row_number() OVER (PARTITION BY code ORDER BY wm DESC, wl DESC, wh DESC, role, g) = 1;
        CREATE VIEW bstopped AS
        SELECT b.*, grp.factor FROM bparty b JOIN grp USING (g) WHERE grp.stops;
        DROP TABLE every;
        DROP TABLE named;
        """
    )
    _moves(db)


def _silent(group: GroupTerms, unknowns: Unknowns) -> int:
    """The factor of a listing under authorities of which nothing is held: 1 under any other."""
    return unknowns.factor("silent_law_blocks") if group.silent else WHOLE


def _shares(accounts: pa.Table, unknowns: Unknowns) -> pa.Table:
    """Accounts hit one by one, with weights and the factor that is the share of such accounts that are hit."""
    rows = []
    for row in accounts.to_pylist():
        name = row.pop("assumption")
        factor = unknowns.factor(name) if name else WHOLE
        low, mid, high = unknowns.factor_ends()[:, factor].tolist()
        rows.append(row | {"wl": low, "wm": mid, "wh": high, "factor": factor})
    weights = [(name, pa.float64()) for name in ("wl", "wm", "wh")]
    own = [f for f in ACCOUNT_SCHEMA if f.name != "assumption"]
    return pa.Table.from_pylist(rows, pa.schema([*own, *weights, ("factor", pa.int32())]))


def _follow(terms: Terms, unknowns: Unknowns) -> pa.Table:
    """How far an institution stops an account that is hit, by group, side, and whether a court at home asks for it."""
    rows = []
    for group in terms.groups:
        for court in (False, True):
            threat = not court and ("secondary sanctions" in group.powers or "material support" in group.powers)
            abroad = "foreign_bank_follows_threat" if threat else "foreign_bank_follows"
            silent = WHOLE if court else _silent(group, unknowns)
            for side, factor in (("home", WHOLE), ("away", unknowns.factor(abroad))):
                code = unknowns.product(silent, factor)
                low, mid, high = unknowns.factor_ends()[:, code].tolist()
                rows.append(
                    {"g": group.code, "court": court, "side": side, "factor": code, "fl": low, "fm": mid, "fh": high}
                )
    shape = [("g", pa.int32()), ("court", pa.bool_()), ("side", pa.string()), ("factor", pa.int32()),
             ("fl", pa.float64()), ("fm", pa.float64()), ("fh", pa.float64())]  # fmt: skip
    return pa.Table.from_pylist(rows, pa.schema(shape))


def _either(listed: list[dict[str, object]], owned: list[dict[str, object]], unknowns: Unknowns) -> None:
    """Give both rows of someone who may be listed and may be owned the event that either is so."""
    of = {(row["party_id"], row["g"]): row for row in listed}
    both = [(of[key], row) for row in owned if (key := (row["party_id"], row["g"])) in of]
    events = unknowns.any_of([int(str(row["event"])) for row in pair] for pair in both)
    for pair, event in zip(both, events, strict=True):
        for row in pair:
            row["event"] = event


def _products(one: pa.ChunkedArray, other: pa.ChunkedArray, unknowns: Unknowns) -> pa.Table:
    """The codes of the products of two sets of factors, and of 1 with the second."""
    pairs = [(a, b) for a in sorted({WHOLE, *one.to_pylist()}) for b in sorted(set(other.to_pylist()))]
    rows = [{"one": a, "other": b, "code": unknowns.product(a, b)} for a, b in pairs]
    return pa.Table.from_pylist(rows, pa.schema([(name, pa.int32()) for name in ("one", "other", "code")]))


def _moves(db: Database) -> None:
    """`bmove`: what each blocked account received and paid; `bheld`: the least balance it can have.

    The books give no opening balance. The least closing balance that keeps the account from ever being overdrawn is
    its net flow minus the lowest point of the running net flow (or zero).
    """
    db.run(
        """
        CREATE TEMP TABLE flow AS
        SELECT r, time, amount, payee AS code, 1 AS sign FROM t SEMI JOIN bl ON bl.code = t.payee WHERE payer <> payee
        UNION ALL
        SELECT r, time, amount, payer AS code, -1 AS sign FROM t SEMI JOIN bl ON bl.code = t.payer
        WHERE payer <> payee"""
    )
    rows = db.arrow("SELECT DISTINCT r FROM flow ORDER BY r").column("r")
    names = db.book.transfer_ids.take(rows)
    with db.lent(name_of=pa.table({"r": rows, "transfer_id": names})):
        db.run(
            """
            CREATE TABLE bflow AS
            SELECT f.code, f.r, n.transfer_id, f.time, f.amount, sign FROM flow f JOIN name_of n USING (r);
            DROP TABLE flow;
            """
        )
    db.run(
        """
        CREATE TABLE bheld AS
        WITH run AS (
            SELECT code, sum(sign * amount) OVER (PARTITION BY code ORDER BY time, transfer_id
                                                  ROWS UNBOUNDED PRECEDING) AS level,
                   row_number() OVER (PARTITION BY code ORDER BY time DESC, transfer_id DESC) AS back
            FROM bflow)
        SELECT code, (max(level) FILTER (back = 1) - least(0, min(level)))::BIGINT AS held FROM run GROUP BY code;
        CREATE TABLE bmove AS
        SELECT a.code, a.g,
            coalesce(sum(f.amount), 0)::BIGINT AS total,
            coalesce(sum(f.amount) FILTER (f.time < g.m_earliest), 0)::BIGINT AS before,
            coalesce(sum(f.amount) FILTER (f.time >= g.m_latest), 0)::BIGINT AS after,
            count(f.r) AS transfers
        FROM (SELECT DISTINCT code, g FROM bhit) a JOIN grp g USING (g) LEFT JOIN bflow f USING (code)
        GROUP BY a.code, a.g;
        """
    )


def report(db: Database, rows: Rows, terms: Terms) -> None:
    """The outcomes `blocked.*`."""
    source = "matches, register, ledger"
    unknowns = rows.unknowns
    for role in ("listed", "owned", *(["named"] if terms.scenario.facilitators else [])):
        query = f"SELECT party_id AS subject, 1 AS base, event, factor FROM bstopped WHERE role = '{role}'"
        words = FIFTY if role == "owned" else SURE
        rows.count(f"blocked.{role}", "parties", formula(db, unknowns, query), words, source)
    query = "SELECT party_id AS subject, 1 AS base, event, factor FROM bstopped"
    rows.count("blocked", "parties", formula(db, unknowns, query), FIFTY, source)
    hit = "SELECT code AS subject, 1 AS base, event, factor FROM bhit"
    for role, words in _one_by_one(terms).items():
        value = formula(db, unknowns, f"{hit} WHERE role = '{role}'")
        rows.count(f"blocked.{role}", "accounts", value, f"{words}; {FOLLOWS}", "scenario, agents", words)
    rows.count("blocked", "accounts", formula(db, unknowns, hit), f"{FIFTY}; {FOLLOWS}", source)
    query = """
        SELECT code AS subject, held AS base, event, h.factor
        FROM bhit h JOIN bheld USING (code) JOIN grp USING (g) WHERE holds"""
    rows.amount("blocked.held", formula(db, unknowns, query), f"{LEAST}; {FIFTY}; {FOLLOWS}", "ledger", LEAST)
    for period in ("before", "after", "total"):
        value = _flows(db, unknowns, period)
        where = f"ledger, {terms.as_of} back to its start"
        rows.amount(f"blocked.flows.{period}", value, f"{FIFTY}; {FOLLOWS}", where)
    listed = "SELECT party_id, max(wl) AS wl FROM bstopped WHERE role = 'listed' GROUP BY party_id HAVING max(wl) < 1"
    mistaken = formula(
        db,
        unknowns,
        f"""
        SELECT party_id AS subject, 1 AS base, {CERTAIN} AS event, false AS against FROM ({listed})
        UNION ALL
        SELECT party_id, 1, event, true FROM ({listed}) JOIN bstopped USING (party_id) WHERE role = 'listed'""",
    )
    rows.count(
        "harmed.possible matches that are someone else",
        "parties",
        mistaken,
        "possible matches that are not all but sure (assumption match_sure): mid counts one minus each probability, "
        "high all of them",
        "matches",
    )


def _one_by_one(terms: Terms) -> dict[str, str]:
    """The roles of accounts that are hit one by one under the scenario, with what they are."""
    scenario, found = terms.scenario, {}
    if scenario.accounts:
        found["named"] = "accounts the scenario names"
    if scenario.prosecuted == "agents":
        share = scenario.assumption("agent_is_proved")
        found["prosecuted"] = f"accounts that behave like the group's own hands; {share.words}"
    elif scenario.prosecuted:
        found["prosecuted"] = "accounts of those the scenario names as prosecuted"
    if any("agents" in g.powers for g in terms.groups):
        found["agent"] = f"accounts that behave like agents; {scenario.assumption('agent_is_judged').words}"
    return found


def accounts(db: Database, unknowns: Unknowns, groups: Iterable[int]) -> Formula:
    """How many accounts are to be blocked for some groups, by their codes."""
    chosen = f"g IN ({', '.join(str(g) for g in sorted(groups))}) AND role <> 'prosecuted'"
    return formula(db, unknowns, f"SELECT code AS subject, 1 AS base, event, factor FROM bhit WHERE {chosen}")


def _flows(db: Database, unknowns: Unknowns, period: str) -> Formula:
    """Money in and out of blocked accounts; a transfer between two of them counts once."""
    also = {"total": str(WHOLE), "after": "after_factor(time, e, l)", "before": "before_factor(time, e, l)"}[period]
    query = f"""
        SELECT r AS subject, amount AS base, event, factor, {also} AS also
        FROM (SELECT f.r, f.amount, f.time, b.event, b.factor, min(g.m_earliest) OVER w AS e,
                  min(g.m_latest) OVER w AS l
              FROM bflow f JOIN bhit b USING (code) JOIN grp g USING (g)
              WHERE NOT EXISTS (SELECT 1 FROM licensed x WHERE x.r = f.r AND x.g = b.g)
              WINDOW w AS (PARTITION BY f.r))"""
    return formula(db, unknowns, query)


def affected(money: Money) -> str:
    """A query for the rows of `affected` for blocked parties and accounts; `amount` is all that moved through them."""
    return f"""
        WITH one AS (
            FROM bhit
            QUALIFY row_number() OVER (PARTITION BY code, g ORDER BY wm DESC, wl DESC, wh DESC, role) = 1),
        a AS (SELECT b.*, m.total, m.before, m.after, m.transfers, coalesce(h.held, 0) AS held, acct.account_id
                   FROM one b JOIN bmove m USING (code, g) LEFT JOIN bheld h USING (code) JOIN acct USING (code))
        SELECT 'blocked' AS effect, 'party' AS subject_kind, b.party_id AS subject_id, g.gid AS group_id, b.role,
            coalesce(sum(a.total), 0)::BIGINT AS amount,
            CASE WHEN any_value(g.known) THEN coalesce(sum(a.before), 0)::BIGINT END AS before,
            CASE WHEN any_value(g.known) THEN coalesce(sum(a.after), 0)::BIGINT END AS after,
            any_value(b.reason) || '; accounts here: ' || count(a.code) || ', on them at least ' ||
                {money.format("coalesce(sum(a.held), 0)")} AS reason
        FROM bstopped b JOIN grp g USING (g) LEFT JOIN a ON a.party_id = b.party_id AND a.g = b.g AND a.reason = ''
        GROUP BY b.party_id, g.gid, b.role
        UNION ALL
        SELECT 'blocked', 'account', a.account_id, g.gid,
            CASE WHEN a.reason = '' THEN 'account of ' || a.role || ' party' ELSE a.role || ' account' END, a.total,
            CASE WHEN g.known THEN a.before END, CASE WHEN g.known THEN a.after END,
            CASE WHEN a.reason <> '' THEN a.reason ELSE 'held by ' || a.party_id || ', a possible match or owned by one'
                END || '; transfers: ' || a.transfers ||
                '; on it at least ' || {money.format("a.held")}
        FROM a JOIN grp g USING (g)"""
