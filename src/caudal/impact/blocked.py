"""Blocked: parties, their accounts, the balances the books show and what moved through them."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from caudal.impact.database import Database
from caudal.impact.listed import BLOCKED_SCHEMA
from caudal.impact.ranges import Range, Rows
from caudal.impact.terms import Terms
from caudal.impact.words import Money

SURE = (
    "possible matches: low counts only the all but sure ones (assumption match_sure), mid the others by their "
    "probability, high every alert"
)
LEAST = "the least balance that keeps the account from being overdrawn: opening balances are not in the books"
FIFTY = f"{SURE}; owned parties by OFAC's 50 Percent Rule, in high also where shares cannot tell"


def prepare(db: Database, terms: Terms, listed: list[dict[str, object]], owned: list[dict[str, object]]) -> None:
    """Tables `grp` (days of each group), `bparty` (blocked parties) and `bacct` (their accounts, with balances).

    A weak possible match that is surely owned by the group is blocked as owned: the surer reason stands.
    """
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
        SELECT a.code, b.g, b.role, b.wl, b.wm, b.wh, b.earliest, b.latest, b.party_id
        FROM bparty b JOIN acct a USING (party_id);
        CREATE TABLE bl AS
        SELECT code, max(wl) AS wl, max(wm) AS wm, max(wh) AS wh FROM bacct GROUP BY code;
        """
    )
    _moves(db)


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
    for role in ("listed", "owned"):
        value = _sum(
            db, f"SELECT max(wl) wl, max(wm) wm, max(wh) wh FROM bparty WHERE role = '{role}' GROUP BY party_id"
        )
        rows.count(f"blocked.{role}", "parties", value, SURE if role == "listed" else FIFTY, source)
    rows.count(
        "blocked",
        "parties",
        _sum(db, "SELECT max(wl) wl, max(wm) wm, max(wh) wh FROM bparty GROUP BY party_id"),
        FIFTY,
        source,
    )
    rows.count("blocked", "accounts", _sum(db, "SELECT wl, wm, wh FROM bl"), FIFTY, source)
    held = "SELECT wl * held AS wl, wm * held AS wm, wh * held AS wh FROM bl JOIN bheld USING (code)"
    rows.amount(
        "blocked.held",
        _sum(db, held),
        f"{LEAST}; {FIFTY}",
        "ledger",
        LEAST,
    )
    for period, test in (("before", "before"), ("after", "after"), ("total", "total")):
        rows.amount(f"blocked.flows.{period}", _flows(db, test), FIFTY, f"ledger, {terms.as_of} back to its start")
    mistaken = db.row(
        """
        WITH p AS (SELECT party_id, max(wl) wl, max(wm) wm FROM bparty WHERE role = 'listed' GROUP BY party_id)
        SELECT 0, sum(1 - wm), count(*) FROM p WHERE wl < 1"""
    )
    rows.count(
        "harmed.possible matches that are someone else",
        "parties",
        Range.of(mistaken),
        "possible matches that are not all but sure (assumption match_sure): mid counts one minus each probability, "
        "high all of them",
        "matches",
    )


def accounts(db: Database, groups: Iterable[int]) -> Range:
    """How many accounts are to be blocked for some groups, by their codes."""
    codes = ", ".join(str(g) for g in sorted(groups))
    return _sum(db, f"SELECT max(wl) wl, max(wm) wm, max(wh) wh FROM bacct WHERE g IN ({codes}) GROUP BY code")


def _sum(db: Database, query: str) -> Range:
    return Range.of(db.row(f"SELECT sum(wl), sum(wm), sum(wh) FROM ({query})"))


def _flows(db: Database, period: str) -> Range:
    """Money in and out of blocked accounts; a transfer between two of them counts once."""
    share = {
        "total": ("1", "1", "1"),
        "after": ("lo", "mi", "hi"),
        "before": ("1 - hi", "1 - mi", "1 - lo"),
    }[period]
    query = f"""
        WITH w AS (
            SELECT f.r, any_value(f.amount) AS amount, max(b.wl) wl, max(b.wm) wm, max(b.wh) wh,
                min(g.earliest) AS e, min(g.latest) AS l, any_value(f.time) AS time
            FROM bflow f JOIN bacct b USING (code) JOIN grp g USING (g) GROUP BY f.r),
        s AS (SELECT *, after_share(time, e, l, ul) lo, after_share(time, e, l, um) mi,
                after_share(time, e, l, uh) hi FROM w, unknown_day)
        SELECT sum(amount * wl * ({share[0]})), sum(amount * wm * ({share[1]})), sum(amount * wh * ({share[2]}))
        FROM s"""
    return Range.of(db.row(query))


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
