"""One remittance from its legs: sender to a transmitter's account, and one of its accounts to the receiver.

A ledger shows both as transfers of their own. They are put together where both texts bear the same reference number of
six digits or more, no third leg does, and the second follows the first within 30 days. A remittance whose second leg
is not found counts with the first alone; where it goes and how it is paid out are then not known. One straight from
account to account has a single leg.
"""

from __future__ import annotations

import pyarrow as pa

from caudal.impact.database import Database

LINKED = (
    "legs of one remittance are put together by the reference number in both texts; where none is found the receiving "
    "country and the way it is paid out are not known"
)

LONGEST = 30 * 86_400 * 1_000_000
"""The second leg follows within 30 days, in microseconds."""

STEP = """
    SELECT t.*, coalesce(own.amount, 0) AS attributed,
        greatest(coalesce(c.low, 0), coalesce(d.low, 0), coalesce(f.wl, 0)) * if(s.r IS NULL, 1, u.low) AS low,
        greatest(coalesce(c.mid, 0), coalesce(d.mid, 0), coalesce(f.wm, 0)) * if(s.r IS NULL, 1, u.mid) AS mid,
        greatest(coalesce(c.high, 0), coalesce(d.high, 0), coalesce(f.wh, 0)) * if(s.r IS NULL, 1, u.high) AS high,
        CASE WHEN coalesce(c.high, 0) >= coalesce(d.high, 0) THEN t.payer ELSE t.payee END AS via,
        coalesce(c.person_blocked, false) OR coalesce(d.person_blocked, false) AS with_blocked,
        p.pooled AS from_pool, q.pooled AS to_pool, p.country AS country, q.country AS to_country
    FROM ({legs}) t JOIN acct p ON p.code = t.payer JOIN acct q ON q.code = t.payee LEFT JOIN own_in own USING (r)
        LEFT JOIN carrier c ON c.code = t.payer LEFT JOIN carrier d ON d.code = t.payee
        LEFT JOIN refused f ON f.r = t.r LEFT JOIN spared s ON s.r = t.r CROSS JOIN unused u"""
"""Transfers as legs: what is attributed of each, its chance to stop, and where it comes from and goes."""

LEGS = f"""
CREATE TABLE leg AS
WITH one AS (
    SELECT t.r, ref, time FROM t JOIN acct p ON p.code = t.payer JOIN acct q ON q.code = t.payee
    WHERE remit AND ref IS NOT NULL AND q.pooled AND NOT p.pooled
    QUALIFY count(*) OVER (PARTITION BY ref) = 1),
two AS (
    SELECT t.r, t.ref, t.time FROM t JOIN acct p ON p.code = t.payer ANTI JOIN one ON one.r = t.r
    WHERE (remit OR cash) AND t.ref IS NOT NULL AND p.pooled
    QUALIFY count(*) OVER (PARTITION BY t.ref) = 1)
SELECT one.r, two.r AS r2 FROM one JOIN two USING (ref) WHERE two.time BETWEEN one.time AND one.time + {LONGEST};
CREATE TABLE remit AS
WITH first AS ({STEP.format(legs="FROM t WHERE remit")}),
second AS ({STEP.format(legs="FROM t SEMI JOIN leg ON leg.r2 = t.r")})
SELECT a.r, b.r AS r2, a.payer, CASE WHEN a.from_pool THEN NULL ELSE a.payer END AS sender,
    CASE WHEN b.r IS NOT NULL THEN CASE WHEN NOT b.to_pool THEN b.payee END
         WHEN NOT a.to_pool THEN a.payee END AS receiver,
    a.time, a.amount, greatest(a.amount - greatest(a.attributed, coalesce(b.attributed, 0)), 0) AS lawful,
    greatest(a.low, coalesce(b.low, 0)) AS low, greatest(a.mid, coalesce(b.mid, 0)) AS mid,
    greatest(a.high, coalesce(b.high, 0)) AS high, CASE WHEN b.high > a.high THEN b.via ELSE a.via END AS via,
    a.with_blocked OR coalesce(b.with_blocked, false) OR EXISTS (SELECT 1 FROM bacct x WHERE x.code = a.payer)
        AS with_blocked,
    CASE WHEN b.r IS NOT NULL THEN b.cash WHEN NOT a.to_pool THEN false END AS cash,
    CASE WHEN NOT a.from_pool THEN a.country END AS sending,
    CASE WHEN b.r IS NOT NULL THEN b.to_country WHEN NOT a.to_pool THEN a.to_country END AS receiving
FROM first a LEFT JOIN leg USING (r) LEFT JOIN second b ON b.r = leg.r2
WHERE NOT EXISTS (SELECT 1 FROM leg WHERE leg.r2 = a.r)
"""


def prepare(db: Database) -> None:
    """Table `remit`: every remittance once, with its sender and receiver where the books show them.

    Columns: r and r2 (its legs), payer, sender, receiver (account codes, empty behind a pool), time, amount and the
    lawful part of it, low, mid and high chance that it stops (a licence spares as far as it is used), via (the
    account most likely to stop it), with_blocked,
    cash (paid out in cash; empty where not known), sending and receiving (countries of the accounts).
    """
    row, amount = db.attributed.by_payment(len(db.book.time))
    with db.lent(own_in=pa.table({"r": row, "amount": amount})):
        db.run(LEGS)
