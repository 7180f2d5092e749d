"""Blocked: parties, their accounts, the balances the books show and what moved through them."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from caudal.impact.database import Database
from caudal.impact.formulas import Formula, formula
from caudal.impact.listed import BLOCKED_SCHEMA
from caudal.impact.ranges import Rows
from caudal.impact.terms import Terms
from caudal.impact.unknowns import CERTAIN, WHOLE, Unknowns
from caudal.impact.words import Money

SURE = (
    "possible matches: low counts only the all but sure ones (assumption match_sure), mid the others by their "
    "probability, high every alert"
)
LEAST = "the least balance that keeps the account from being overdrawn: opening balances are not in the books"
FIFTY = f"{SURE}; owned parties by OFAC's 50 Percent Rule, in high also where shares cannot tell"


def prepare(
    db: Database, terms: Terms, listed: list[dict[str, object]], owned: list[dict[str, object]], unknowns: Unknowns
) -> None:
    """Tables `grp` (days of each group), `bparty` (blocked parties) and `bacct` (their accounts, with balances).

    A weak possible match that is surely owned by the group is blocked as owned: the surer reason stands, and the event
    is that either holds.
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
        }
        for g in terms.groups
    ]
    shape = pa.schema(
        [("g", pa.int32()), ("gid", pa.string()), ("gname", pa.string()), ("earliest", pa.int64()),
         ("latest", pa.int64()), ("since", pa.string()), ("known", pa.bool_())]
    )  # fmt: skip
    parties = pa.Table.from_pylist([*listed, *owned], BLOCKED_SCHEMA)
    with db.lent(grp_in=pa.Table.from_pylist(groups, shape), bparty_in=parties):
        db.run(
            """
            CREATE TABLE grp AS FROM grp_in;
            CREATE TABLE bparty AS FROM bparty_in
            QUALIFY row_number() OVER (PARTITION BY party_id, g ORDER BY wl DESC, wm DESC, role) = 1;
            """
        )
    db.run(
        """
        CREATE TABLE bacct AS
        SELECT a.code, b.g, b.role, b.wl, b.wm, b.wh, b.earliest, b.latest, b.party_id, b.event
        FROM bparty b JOIN acct a USING (party_id);
        """
    )
    unknowns.any_by(db, "bevent", "SELECT code AS key, event FROM bacct")
    db.run(
        """
        CREATE TABLE bl AS
        SELECT code, max(wl) AS wl, max(wm) AS wm, max(wh) AS wh, any_value(e.event) AS event
        FROM bacct JOIN bevent e ON e.key = code GROUP BY code
        """
    )
    _moves(db)


def _either(listed: list[dict[str, object]], owned: list[dict[str, object]], unknowns: Unknowns) -> None:
    """Give both rows of someone who may be listed and may be owned the event that either is so."""
    of = {(row["party_id"], row["g"]): row for row in listed}
    both = [(of[key], row) for row in owned if (key := (row["party_id"], row["g"])) in of]
    events = unknowns.any_of([int(str(row["event"])) for row in pair] for pair in both)
    for pair, event in zip(both, events, strict=True):
        for row in pair:
            row["event"] = event


def _moves(db: Database) -> None:
    """`bmove`: what each blocked account received and paid; `bheld`: the least balance it can have.

    The books give no opening balance. The least closing balance that keeps the account from ever being overdrawn is
    its net flow minus the lowest point of the running net flow (or zero).
    """
    db.run(
        """
        CREATE TABLE bflow AS
        SELECT b.code, t.r, t.transfer_id, t.time, t.amount, sign
        FROM (SELECT r, transfer_id, time, amount, payee AS code, 1 AS sign FROM t WHERE payer <> payee
              UNION ALL
              SELECT r, transfer_id, time, amount, payer AS code, -1 AS sign FROM t WHERE payer <> payee) t
        JOIN bl b USING (code);
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
            coalesce(sum(f.amount) FILTER (f.time < g.earliest), 0)::BIGINT AS before,
            coalesce(sum(f.amount) FILTER (f.time >= g.latest), 0)::BIGINT AS after,
            count(f.r) AS transfers
        FROM bacct a JOIN grp g USING (g) LEFT JOIN bflow f USING (code) GROUP BY a.code, a.g;
        """
    )


def report(db: Database, rows: Rows, terms: Terms) -> None:
    """The outcomes `blocked.*`."""
    source = "matches, register, ledger"
    unknowns = rows.unknowns
    for role in ("listed", "owned"):
        query = f"SELECT party_id AS subject, 1 AS base, event FROM bparty WHERE role = '{role}'"
        words = SURE if role == "listed" else FIFTY
        rows.count(f"blocked.{role}", "parties", formula(db, unknowns, query), words, source)
    query = "SELECT party_id AS subject, 1 AS base, event FROM bparty"
    rows.count("blocked", "parties", formula(db, unknowns, query), FIFTY, source)
    rows.count("blocked", "accounts", formula(db, unknowns, "SELECT 1 AS base, event FROM bl"), FIFTY, source)
    held = formula(db, unknowns, "SELECT held AS base, event FROM bl JOIN bheld USING (code)")
    rows.amount("blocked.held", held, f"{LEAST}; {FIFTY}", "ledger", LEAST)
    for period in ("before", "after", "total"):
        rows.amount(
            f"blocked.flows.{period}", _flows(db, unknowns, period), FIFTY, f"ledger, {terms.as_of} back to its start"
        )
    listed = "SELECT party_id, max(wl) AS wl FROM bparty WHERE role = 'listed' GROUP BY party_id HAVING max(wl) < 1"
    mistaken = formula(
        db,
        unknowns,
        f"""
        SELECT party_id AS subject, 1 AS base, {CERTAIN} AS event, false AS against FROM ({listed})
        UNION ALL SELECT party_id, 1, event, true FROM ({listed}) JOIN bparty USING (party_id) WHERE role = 'listed'""",
    )
    rows.count(
        "harmed.possible matches that are someone else",
        "parties",
        mistaken,
        "possible matches that are not all but sure (assumption match_sure): mid counts one minus each probability, "
        "high all of them",
        "matches",
    )


def accounts(db: Database, unknowns: Unknowns, groups: Iterable[int]) -> Formula:
    """How many accounts are to be blocked for some groups, by their codes."""
    codes = ", ".join(str(g) for g in sorted(groups))
    return formula(db, unknowns, f"SELECT code AS subject, 1 AS base, event FROM bacct WHERE g IN ({codes})")


def _flows(db: Database, unknowns: Unknowns, period: str) -> Formula:
    """Money in and out of blocked accounts; a transfer between two of them counts once."""
    factor = {"total": str(WHOLE), "after": "after_factor(time, e, l)", "before": "before_factor(time, e, l)"}[period]
    query = f"""
        SELECT r AS subject, amount AS base, event, {factor} AS factor
        FROM (SELECT f.r, f.amount, f.time, b.event, min(g.earliest) OVER w AS e, min(g.latest) OVER w AS l
              FROM bflow f JOIN bacct b USING (code) JOIN grp g USING (g) WINDOW w AS (PARTITION BY f.r))"""
    return formula(db, unknowns, query)


def affected(money: Money) -> str:
    """A query for the rows of `affected` for blocked parties and accounts; `amount` is all that moved through them."""
    return f"""
        WITH a AS (SELECT b.*, m.total, m.before, m.after, m.transfers, coalesce(h.held, 0) AS held, acct.account_id
                   FROM bacct b JOIN bmove m USING (code, g) LEFT JOIN bheld h USING (code) JOIN acct USING (code))
        SELECT 'blocked' AS effect, 'party' AS subject_kind, b.party_id AS subject_id, g.gid AS group_id, b.role,
            coalesce(sum(a.total), 0)::BIGINT AS amount,
            CASE WHEN any_value(g.known) THEN coalesce(sum(a.before), 0)::BIGINT END AS before,
            CASE WHEN any_value(g.known) THEN coalesce(sum(a.after), 0)::BIGINT END AS after,
            any_value(b.reason) || '; accounts here: ' || count(a.code) || ', on them at least ' ||
                {money.format("coalesce(sum(a.held), 0)")} AS reason
        FROM bparty b JOIN grp g USING (g) LEFT JOIN a ON a.party_id = b.party_id AND a.g = b.g
        GROUP BY b.party_id, g.gid, b.role
        UNION ALL
        SELECT 'blocked', 'account', a.account_id, g.gid, 'account of ' || a.role || ' party', a.total,
            CASE WHEN g.known THEN a.before END, CASE WHEN g.known THEN a.after END,
            'held by ' || a.party_id || ', a possible match or owned by one; transfers: ' || a.transfers ||
                '; on it at least ' || {money.format("a.held")}
        FROM a JOIN grp g USING (g)"""
