"""How much of the group was found: only where the truth is known, which is only in a made-up world."""

from __future__ import annotations

from caudal.reports.books import Books, Row
from caudal.reports.format import exponent

STEPS = (0, 10, 100, 1_000, 10_000, 100_000)
"""Attributed amounts from which an account counts as found, in whole units of the base currency; 0 is any amount."""


def known(books: Books) -> bool:
    """Whether the run brought a truth."""
    return books.rows_of["truth_accounts"] > 0


def group_accounts(books: Books) -> list[Row]:
    """Recall and precision of the group's unlisted accounts, by method, direction and least attributed amount.

    The accounts that tracing starts from are left out on both sides: they were given, not found. An account
    counts once, with the larger direction for `either`.
    """
    unit = 10 ** exponent(books.currency)
    return books.rows(
        f"""
        WITH start AS (SELECT DISTINCT account_id FROM own),
        found AS (
            SELECT account_id, method, direction, max(direct + indirect) AS amount FROM exposures
            WHERE account_id NOT IN (SELECT account_id FROM start) GROUP BY ALL
        ),
        every AS (
            SELECT * FROM found UNION ALL SELECT account_id, method, 'either', max(amount) FROM found GROUP BY ALL
        ),
        step AS (SELECT unnest({list(STEPS)}) AS least),
        real AS (
            SELECT account_id, nullif(group_id, '') IS NOT NULL AS belongs FROM truth_accounts
            WHERE account_id NOT IN (SELECT account_id FROM start)
        ),
        whole AS (SELECT count(*) FILTER (belongs) AS n FROM real)
        SELECT e.method, e.direction, s.least, count(*) AS found, count(*) FILTER (r.belongs) AS right,
               any_value(w.n) AS whole,
               count(*) FILTER (r.belongs) / nullif(any_value(w.n), 0)::DOUBLE AS recall,
               count(*) FILTER (r.belongs) / count(*)::DOUBLE AS precision
        FROM every e CROSS JOIN step s CROSS JOIN whole w LEFT JOIN real r USING (account_id)
        WHERE e.amount > 0 AND e.amount >= s.least * {unit} GROUP BY e.method, e.direction, s.least
        ORDER BY e.method DESC, array_position(['either', 'forward', 'backward'], e.direction), s.least
        """
    )


def start(books: Books) -> Row:
    """How many accounts of the group tracing started from, and how many of those are the group's in truth."""
    return books.one("""
        WITH start AS (SELECT DISTINCT account_id FROM own)
        SELECT (SELECT count(*) FROM start) AS given,
               (SELECT count(*) FROM start JOIN truth_accounts USING (account_id)
                WHERE nullif(group_id, '') IS NOT NULL) AS right,
               (SELECT count(*) FROM truth_accounts WHERE nullif(group_id, '') IS NOT NULL) AS whole
    """)


def coerced_payers(books: Books) -> Row:
    """Recall and precision of coerced payers: possible victims of the findings against who pays under threat."""
    row = books.one("""
        WITH named AS (
            SELECT DISTINCT account_id FROM (SELECT unnest(accounts) AS account_id, unnest(roles) AS role FROM findings)
            WHERE role = 'possible victim'
        ),
        real AS (SELECT account_id FROM truth_accounts WHERE coerced)
        SELECT (SELECT count(*) FROM named) AS found, (SELECT count(*) FROM real) AS whole,
               (SELECT count(*) FROM named JOIN real USING (account_id)) AS right
    """)
    row["recall"] = row["right"] / row["whole"] if row["whole"] else None
    row["precision"] = row["right"] / row["found"] if row["found"] else None
    return row


def schemes(books: Books) -> list[Row]:
    """Of each kind of planted activity: the share of its transfers inside a finding, and with traced money."""
    return books.rows("""
        WITH seen AS (SELECT DISTINCT unnest(transfers) AS transfer_id FROM findings),
        traced AS (SELECT DISTINCT transfer_id FROM flows)
        SELECT t.label, count(*) AS transfers, count(DISTINCT t.scheme_id) AS schemes,
               count(s.transfer_id) / count(*)::DOUBLE AS in_findings, count(f.transfer_id) / count(*)::DOUBLE AS traced
        FROM truth_transfers t LEFT JOIN seen s USING (transfer_id) LEFT JOIN traced f USING (transfer_id)
        GROUP BY t.label ORDER BY transfers DESC, t.label
    """)
