"""The most exposed accounts and institutions, each with the transfers behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from caudal.reports.books import SIDES, Books, Row

ACCOUNTS = 25
"""Accounts shown per direction; all of them (up to the cap) are in the CSV."""

INSTITUTIONS = 15

EVIDENCE = 12
"""Transfers shown under an account or institution, the largest attributed first."""


@dataclass(frozen=True)
class Listing:
    """Rows shown, how many there are, and what they add up to."""

    rows: list[Row]
    total: int
    amount: int


def accounts(books: Books, direction: str) -> Listing:
    """The accounts with the largest attributed amounts in one direction, each with its `transfers` and their count."""
    whole = books.one(
        "SELECT count(*) AS n, coalesce(sum(direct), 0)::BIGINT AS direct FROM exposed WHERE direction = ?", direction
    )
    rows = books.rows(
        """
        SELECT e.*, e.direct + e.indirect AS total, e.first::DATE AS first_day, e.last::DATE AS last_day,
               coalesce(l.name, e.account_id) AS name, l.party_id, l.country, coalesce(l.pooled, false) AS pooled,
               l.institution
        FROM exposed e LEFT JOIN labels l USING (account_id) WHERE e.direction = ?
        ORDER BY total DESC, e.account_id, e.group_id LIMIT ?
        """,
        direction,
        ACCOUNTS,
    )
    keys = [(row["group_id"], row["account_id"]) for row in rows]
    evidence = _evidence(books, direction, "account", keys)
    for row in rows:
        row["group"] = books.group_name(row["group_id"])
        row["share"] = min(1.0, row["total"] / row["turnover"]) if row["turnover"] > 0 else None
        row["transfers"] = evidence.get((row["group_id"], row["account_id"]), [])
        row["transfer_count"] = row["transfers"][0]["of"] if row["transfers"] else 0
    return Listing(rows, whole["n"], whole["direct"])


def institutions(books: Books) -> Listing:
    """The institutions whose accounts are exposed, by the money that moved straight between them and a group."""
    rows = books.rows(
        """
        WITH exposure AS (
            SELECT l.institution_id, e.group_id, count(DISTINCT e.account_id) AS accounts,
                   coalesce(sum(e.held) FILTER (e.direction = 'forward'), 0)::BIGINT AS held,
                   coalesce(sum(e.direct + e.indirect) FILTER (e.direction = 'forward'), 0)::BIGINT AS attributed
            FROM exposed e JOIN labels l USING (account_id) WHERE l.institution_id IS NOT NULL GROUP BY ALL
        ),
        moved AS (
            SELECT l.institution_id, e.group_id,
                   coalesce(sum(attributed) FILTER (direction = 'forward'), 0)::BIGINT AS received,
                   coalesce(sum(attributed) FILTER (direction = 'backward'), 0)::BIGINT AS paid,
                   coalesce(sum(attributed) FILTER (time >= ?1), 0)::BIGINT AS after
            FROM edge e JOIN labels l USING (account_id) WHERE l.institution_id IS NOT NULL GROUP BY ALL
        )
        SELECT x.*, coalesce(m.received, 0) AS received, coalesce(m.paid, 0) AS paid, coalesce(m.after, 0) AS after,
               i.name, i.kind, upper(i.country) AS country, count(*) OVER () AS of
        FROM exposure x LEFT JOIN moved m USING (institution_id, group_id)
        LEFT JOIN institutions i USING (institution_id)
        ORDER BY received + paid DESC, attributed DESC, institution_id, group_id LIMIT ?2
        """,
        books.facts.effective,
        INSTITUTIONS,
    )
    keys = [(row["group_id"], row["institution_id"]) for row in rows]
    # what moved straight says most about an institution; one without any shows what came over others
    found = {side: _evidence(books, side, "institution", keys, straight=True) for side in SIDES}
    rest = [key for key in keys if not any(key in found[side] for side in SIDES)]
    for side in SIDES:
        found[side] |= _evidence(books, side, "institution", rest)
    for row in rows:
        key = (row["group_id"], row["institution_id"])
        both = found["forward"].get(key, []) + found["backward"].get(key, [])
        row["group"] = books.group_name(row["group_id"])
        row["name"] = row["name"] or row["institution_id"]
        row["transfers"] = sorted(both, key=lambda t: -t["attributed"])[:EVIDENCE]
        row["transfer_count"] = sum(found[side][key][0]["of"] for side in SIDES if key in found[side])
    return Listing(rows, rows[0]["of"] if rows else 0, sum(row["received"] + row["paid"] for row in rows))


def _evidence(
    books: Books, direction: str, by: str, keys: list[tuple[str, str]], *, straight: bool = False
) -> dict[tuple[str, str], list[Row]]:
    """The largest attributed transfers of each (group, account or institution), with `of`, their number in all."""
    if not keys:
        return {}
    far = SIDES[direction][0]
    subject = f"f.{far}" if by == "account" else "l.institution_id"
    join = "" if by == "account" else f"JOIN labels l ON l.account_id = f.{far}"
    rows = books.rows(
        f"""
        WITH wanted AS (SELECT unnest(?1::VARCHAR[]) AS group_id, unnest(?2::VARCHAR[]) AS subject),
        mine AS (
            SELECT w.subject, f.group_id, f.transfer_id, f.hops, f.attributed,
                   row_number() OVER (
                       PARTITION BY f.group_id, w.subject ORDER BY f.attributed DESC, f.transfer_id) AS rank,
                   count(*) OVER (PARTITION BY f.group_id, w.subject) AS of
            FROM flows f {join} JOIN wanted w ON w.group_id = f.group_id AND w.subject = {subject}
            WHERE f.direction = ?3{" AND f.hops = 1" if straight else ""}
        )
        SELECT m.subject, m.group_id, m.hops, m.attributed, m.of, {TRANSFER}
        FROM mine m JOIN transfers t USING (transfer_id) {HOLDERS}
        WHERE rank <= {EVIDENCE} ORDER BY m.attributed DESC, t.transfer_id
        """,
        [key[0] for key in keys],
        [key[1] for key in keys],
        direction,
    )
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        found.setdefault((row["group_id"], row["subject"]), []).append(row)
    return found


TRANSFER = """t.transfer_id, t.time, t.amount, t.currency, t.amount_base, t.channel, t.purpose,
    t.payer_account, t.payee_account,
    coalesce(a.name, t.payer_account) AS payer, coalesce(b.name, t.payee_account) AS payee"""
"""The columns of a transfer as it is shown."""

HOLDERS = "LEFT JOIN labels a ON a.account_id = t.payer_account LEFT JOIN labels b ON b.account_id = t.payee_account"
"""Who holds the accounts of transfer `t`."""


def transfers(books: Books, ids: list[Any]) -> dict[str, Row]:
    """Transfers by id, with their holders' names."""
    rows = books.rows(
        f"SELECT {TRANSFER} FROM transfers t {HOLDERS} WHERE t.transfer_id IN (SELECT unnest(?::VARCHAR[]))",
        sorted(set(ids)),
    )
    return {row["transfer_id"]: row for row in rows}
