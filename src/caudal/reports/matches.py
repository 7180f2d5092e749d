"""Possible matches, each with its evidence, its list entry, and the law on the day of each payment."""

from __future__ import annotations

import json
from typing import Any

from caudal.reports.books import Books, Row
from caudal.reports.exposure import Listing
from caudal.reports.format import day

SHOWN = 60
"""Possible matches shown, alerts first; all of them (up to the cap) are in the CSV."""

BANDS = ("alert", "ask", "below")

ANSWERS = 12
"""Payments shown under a match; the number of all is said."""


def matches(books: Books) -> Listing:
    """The strongest possible matches, each with `reasons`, `entry`, `designations`, `party` and `paid`."""
    rows = books.rows(
        """
        SELECT m.*, count(*) OVER () AS of, p.name AS party_name, p.schema AS party_schema, p.birth_date, p.countries,
               p.identifiers, p.address, t.purpose, e.caption, e.schema AS entity_schema,
                 e.dataset, e.first_seen, e.last_seen, s.state, s.changes, s.decision_id, s.verdict,
               s.reason AS decision, s.decided_by, s.seconded_by, s.decided_at
        FROM matches m LEFT JOIN parties p USING (party_id) LEFT JOIN transfers t ON t.transfer_id = m.transfer_id
                       LEFT JOIN entities e ON e.entity_id = m.entity_id
                       LEFT JOIN standing s ON s.entity_id = m.entity_id AND s.party_id IS NOT DISTINCT FROM m.party_id
                                           AND s.transfer_id IS NOT DISTINCT FROM m.transfer_id
        ORDER BY s.state = 'came back' DESC NULLS LAST, m.alert DESC, m.band = 'ask' DESC NULLS LAST, m.bits DESC,
                 m.party_id, m.transfer_id, m.entity_id LIMIT ?
        """,
        SHOWN,
    )
    entities = sorted({row["entity_id"] for row in rows})
    designations = _by_entity(
        books,
        """SELECT entity_id, authority, programme, announced, signed, effective, ended, source,
          source_url FROM designations
        WHERE entity_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY effective NULLS LAST, authority, programme""",
        entities,
    )
    groups = _by_entity(
        books,
        """SELECT entity_id, group_id, kind, source FROM memberships WHERE entity_id IN (SELECT unnest(?::VARCHAR[]))
        ORDER BY kind DESC, group_id""",
        entities,
    )
    accounts = _accounts(books, [row["party_id"] for row in rows if row["party_id"]])
    for row in rows:
        evidence = _evidence(row["evidence"])
        row["name"] = row["party_name"] or row["purpose"] or row["party_id"] or row["transfer_id"]
        row["listed"] = row["caption"] or evidence.get("listed") or row["entity_id"]
        row["compared"] = (evidence.get("query"), evidence.get("listed"))
        row["kind"] = evidence.get("kind")
        row["reasons"] = _reasons(evidence)
        row["ask"] = _ask(evidence)
        row["band"] = row["band"] if row["band"] in BANDS else "alert" if row["alert"] else "below"
        row["designations"] = designations.get(row["entity_id"], [])
        row["groups"] = groups.get(row["entity_id"], [])
        row["accounts"] = accounts.get(row["party_id"], [])
        row["paid"] = _paid(books, row)
    return Listing(rows, rows[0]["of"] if rows else 0, 0)


def _evidence(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    # evidence that cannot be read is shown as it is rather than dropped
    return found if isinstance(found, dict) else {"reasons": [{"feature": "", "bits": None, "text": text}]}


def _ask(evidence: dict[str, Any]) -> dict[str, str] | None:
    """What to ask the customer for, where the screener says so."""
    ask = evidence.get("ask")
    if not isinstance(ask, dict) or not ask.get("field"):
        return None
    return {"field": str(ask["field"]), "form": str(ask.get("form", ""))}


def _reasons(evidence: dict[str, Any]) -> list[Row]:
    reasons = evidence.get("reasons")
    if not isinstance(reasons, list):
        return []
    return [
        {"feature": str(r.get("feature", "")), "bits": _number(r.get("bits")), "text": str(r.get("text", ""))}
        for r in reasons
        if isinstance(r, dict)
    ]


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _by_entity(books: Books, query: str, entities: list[str]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in books.rows(query, entities):
        found.setdefault(row["entity_id"], []).append(row)
    return found


def _accounts(books: Books, parties: list[str]) -> dict[str, list[Row]]:
    """Accounts of each party with what they paid and received."""
    rows = books.rows(
        """
        WITH mine AS (SELECT * FROM labels WHERE party_id IN (SELECT unnest(?::VARCHAR[]))),
        paid AS (SELECT payer_account AS account_id, sum(amount_base)::BIGINT AS paid, count(*) AS n FROM transfers
                 WHERE payer_account IN (SELECT account_id FROM mine) GROUP BY 1),
        got AS (SELECT payee_account AS account_id, sum(amount_base)::BIGINT AS received, count(*) AS n FROM transfers
                WHERE payee_account IN (SELECT account_id FROM mine) GROUP BY 1)
        SELECT m.party_id, m.account_id, m.institution, m.country, coalesce(p.paid, 0) AS paid,
               coalesce(g.received, 0) AS received, coalesce(p.n, 0) + coalesce(g.n, 0) AS n
        FROM mine m LEFT JOIN paid p USING (account_id) LEFT JOIN got g USING (account_id) ORDER BY m.account_id
        """,
        sorted(set(parties)),
    )
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["party_id"], []).append(row)
    return found


def _paid(books: Books, row: Row) -> Row:
    """The answers to "was it designated when it paid?" for one match: the first `ANSWERS`, and how many of each."""
    mine = [
        answer
        for answer in books.facts.paid_when_designated
        if answer.get("entity") == row["entity_id"]
        and (
            answer.get("party") == row["party_id"] if row["party_id"] else answer.get("transfer") == row["transfer_id"]
        )
    ]
    counts = {status: sum(a.get("status") == status for a in mine) for status in ("yes", "no", "unknown")}
    shown = sorted(mine, key=lambda a: (day(a.get("day")), str(a.get("transfer"))))[:ANSWERS]
    return {"shown": shown, "counts": counts, "total": len(mine)}
