"""Findings of the typologies: what was seen, which part each account plays, and what else it could be."""

from __future__ import annotations

from caudal.reports.books import Books, Row
from caudal.reports.exposure import Listing, transfers
from caudal.reports.wording import Wording

SHOWN = 40
PER_TYPOLOGY = 12
"""Findings shown in all and per typology, strongest first; all of them (up to the cap) are in the CSV."""

TRANSFERS = 10
ACCOUNTS = 14


def findings(books: Books, wording: Wording) -> Listing:
    """The strongest findings, each with named `parts`, `evidence` and `innocent`, the explanation that fits as well."""
    rows = books.rows(
        f"""
        WITH ranked AS (
            SELECT *, count(*) OVER () AS of,
                   row_number() OVER (PARTITION BY typology ORDER BY score DESC, amount DESC, finding_id) AS place
            FROM findings
        )
        SELECT finding_id, typology, accounts[1:{ACCOUNTS}] AS accounts, roles[1:{ACCOUNTS}] AS roles,
               transfers[1:{TRANSFERS}] AS transfers, len(accounts) AS account_count,
               len(list_filter(roles, lambda r: r = 'possible victim')) AS victims, len(transfers) AS transfer_count,
               amount, first::DATE AS first_day, last::DATE AS last_day, score, reasons, of
        FROM ranked WHERE place <= ? ORDER BY score DESC, amount DESC, finding_id LIMIT ?
        """,
        PER_TYPOLOGY,
        SHOWN,
    )
    labels = books.labels([account for row in rows for account in row["accounts"]])
    known = transfers(books, [transfer for row in rows for transfer in row["transfers"]])
    for row in rows:
        row["title"] = wording.of("typology", row["typology"])
        row["innocent"] = wording.of("innocent", row["typology"])
        if row["innocent"] == row["typology"]:
            row["innocent"] = wording.raw("innocent.other")
        row["parts"] = [
            {"role": wording.of("role", role), **labels[account]}
            for account, role in zip(row["accounts"], row["roles"], strict=False)
        ]
        row["evidence"] = [known[transfer] for transfer in row["transfers"] if transfer in known]
    return Listing(rows, rows[0]["of"] if rows else 0, 0)


def tally(books: Books, wording: Wording) -> list[Row]:
    """Number and amount of findings per typology."""
    rows = books.rows("""
        SELECT typology, count(*) AS n, sum(amount)::BIGINT AS amount, min(first)::DATE AS first,
          max(last)::DATE AS last
        FROM findings GROUP BY 1 ORDER BY n DESC, 1
    """)
    return [{**row, "title": wording.of("typology", row["typology"])} for row in rows]
