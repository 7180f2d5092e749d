"""Licences: payments the measure does not stop, and how far that spares people.

A licence lifts a payment for a group only where it is given under every authority that stops the group's money: what
another one still freezes stays frozen. Payments within its days are neither blocked nor exposed. Harm is taken to go on
as the books show it, so only a licence that still holds after the as-of day spares anyone, and only as far as
institutions carry out what is licensed (`licence_is_used`).
"""

from __future__ import annotations

import pyarrow as pa

from caudal.impact.database import Database
from caudal.impact.ranges import COUNTED, Range, Rows
from caudal.impact.scenario import Licence
from caudal.impact.terms import NEVER, GroupTerms, Terms, moment
from caudal.register import law

SHAPE = pa.schema(
    [
        ("place", pa.int32()),
        ("g", pa.int32()),
        ("kind", pa.string()),
        ("since", pa.int64()),
        ("until", pa.int64()),
        ("lasting", pa.bool_()),
    ]
)

COVERED = """
    SELECT {columns} FROM {source} x JOIN licence l ON {on}
        JOIN acct p ON p.code = x.payer JOIN acct q ON q.code = x.payee
        LEFT JOIN party pp ON pp.party_id = p.party_id LEFT JOIN party qp ON qp.party_id = q.party_id
    WHERE (l.kind = 'everything' OR (l.kind = 'remittances' AND ({paid}))
        OR (l.kind = 'wages' AND is_firm(pp.schema) AND NOT is_firm(qp.schema) AND NOT q.pooled)
        OR (l.kind = 'named' AND EXISTS (
            SELECT 1 FROM licensee e WHERE e.place = l.place AND (e.code = x.payer OR e.code = x.payee))))"""
"""Payments covered by a licence."""

WITHIN = "x.time >= l.since AND x.time < l.until"


def applies(licence: Licence, group: GroupTerms) -> bool:
    """Whether a licence is given under every authority that stops a group's money."""
    stopping = {a for a in group.authorities if law.silent(a, "blocks") or _stops(a)}
    return bool(stopping) and (not licence.authorities or stopping <= set(licence.authorities))


def _stops(authority: str) -> bool:
    return bool({"freeze", "reject"} & law.powers(authority).keys())


def prepare(db: Database, terms: Terms) -> None:
    """Tables `licence`, `licensee` (accounts named in one) and `licensed` (r, g), empty so far."""
    rows, named = [], []
    for place, licence in enumerate(terms.scenario.licences):
        for group in terms.groups:
            if not applies(licence, group):
                continue
            since = moment(licence.since) if licence.since else group.moments[0]
            until = moment(licence.until) if licence.until else NEVER
            kinds = [*licence.covers, *(["named"] if licence.parties or licence.accounts else [])]
            for kind in kinds:
                rows.append(
                    {"place": place, "g": group.code, "kind": kind, "since": since, "until": until,
                     "lasting": until > terms.end}
                )  # fmt: skip
        named += [{"place": place, "party_id": p, "account_id": None} for p in licence.parties]
        named += [{"place": place, "party_id": None, "account_id": a} for a in licence.accounts]
    shape = pa.schema([("place", pa.int32()), ("party_id", pa.string()), ("account_id", pa.string())])
    with db.lent(licence_in=pa.Table.from_pylist(rows, SHAPE), licensee_in=pa.Table.from_pylist(named, shape)):
        db.run(
            """
            CREATE TABLE licence AS FROM licence_in;
            CREATE TABLE licensee AS SELECT DISTINCT l.place, a.code FROM licensee_in l
                JOIN acct a ON a.account_id = l.account_id OR a.party_id = l.party_id;
            CREATE TABLE licensed (r INTEGER, g INTEGER);
            """
        )


def of_blocked(db: Database) -> None:
    """Put the payments of blocked accounts that a licence covers into `licensed`."""
    if db.row("SELECT count(*) FROM licence")[0]:
        near = "(SELECT t.*, b.g FROM t SEMI JOIN bflow USING (r) CROSS JOIN grp b)"
        _cover(db, near)


def of_attributed(db: Database) -> None:
    """Put the attributed payments that a licence covers into `licensed`."""
    if db.row("SELECT count(*) FROM licence")[0]:
        with db.lent(att=db.attributed.table()):
            _cover(db, "(SELECT t.*, a.g FROM t JOIN (SELECT DISTINCT r, g FROM att) a USING (r))")


def _cover(db: Database, source: str) -> None:
    query = COVERED.format(columns="DISTINCT x.r, x.g", source=source, on=f"x.g = l.g AND {WITHIN}", paid="x.remit")
    db.run(f"INSERT INTO licensed {query} AND NOT EXISTS (SELECT 1 FROM licensed d WHERE d.r = x.r AND d.g = x.g)")


def of_remittances(db: Database, terms: Terms) -> None:
    """Table `spared` (r): remittances that a licence covers for every group the measure stops, and goes on to."""
    db.run("CREATE TABLE spared (r INTEGER)")
    stopping = sum(g.stops for g in terms.groups if g.authorities)
    if not db.row("SELECT count(*) FROM licence WHERE lasting")[0]:
        return
    every = "(FROM t WHERE remit OR cash)"
    query = COVERED.format(columns="x.r, l.g", source=every, on="l.lasting", paid="x.remit OR x.cash")
    db.run(f"INSERT INTO spared SELECT r FROM ({query}) GROUP BY r HAVING count(DISTINCT g) >= {stopping}")


def kinds(db: Database) -> set[str]:
    """The kinds of payment that a lasting licence covers for every group with one."""
    return {k for (k,) in db.rows("SELECT DISTINCT kind FROM licence WHERE lasting")}


def report(db: Database, rows: Rows, terms: Terms) -> None:
    """The outcomes `licensed.flows`: what would be blocked or exposed and is licensed; only with a licence."""
    if not terms.scenario.licences:
        return
    row = db.row("SELECT count(*), coalesce(sum(amount), 0) FROM t SEMI JOIN licensed USING (r)")
    words = (
        "payments of accounts to be blocked, or attributed to the group, that a licence covers: "
        f"{'; '.join(f'{x.name} ({x.source})' for x in terms.scenario.licences)}"
    )
    rows.count("licensed.flows", "transfers", Range.exact(row[0]), COUNTED, "scenario, ledger", words)
    rows.amount("licensed.flows", Range.exact(row[1]), COUNTED, "scenario, ledger", words)
