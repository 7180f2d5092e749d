"""By which way the money came: paths and transfers of explained accounts, chains of institutions, agents."""

from __future__ import annotations

from typing import Any

from caudal.reports.books import Books, Row
from caudal.reports.exposure import EVIDENCE, HOLDERS, TRANSFER

Key = tuple[str, str, str]
"""Direction, group and account."""

CHAINS = 10
AGENTS = 15
MUCH_UNEXPLAINED = 0.1
"""Share of an account's turnover from which what it paid beyond its known receipts is said beside it."""


def ways(books: Books, keys: list[Key]) -> dict[Key, Row]:
    """For each explained account its paths with their steps, the transfers that carry most, and their sums."""
    told = {(f["direction"], f["group_id"], f["account_id"]): f for f in books.facts.explained}
    wanted = [key for key in keys if key in told]
    if not wanted:
        return {}
    columns = [[key[place] for key in wanted] for place in range(3)]
    names = ("direction", "group_id", "account_id")
    asked = "SELECT " + ", ".join(f"unnest(?{place}::VARCHAR[]) AS {name}" for place, name in enumerate(names, start=1))
    steps = books.rows(
        f"""
        SELECT p.direction, p.group_id, p.account_id, p.path, p.amount AS attributed, p.reached, {TRANSFER}
        FROM paths p JOIN ({asked}) USING (direction, group_id, account_id)
        JOIN transfers t USING (transfer_id) {HOLDERS} ORDER BY p.path, p.step
        """,
        *columns,
    )
    carrying = books.rows(
        f"""
        SELECT e.direction, e.group_id, e.account_id, e.reached AS attributed, {TRANSFER}
        FROM evidence e JOIN ({asked}) USING (direction, group_id, account_id)
        JOIN transfers t USING (transfer_id) {HOLDERS} WHERE e.rank <= {EVIDENCE} ORDER BY e.rank
        """,
        *columns,
    )
    found: dict[Key, Row] = {}
    for key in wanted:
        fact = told[key]
        shown, amount = fact.get("shown"), fact["amount"]
        found[key] = {
            "paths": [],
            "share": shown / amount if shown is not None and amount else None,
            "covered": fact["covered"],
            "transfers": fact["transfers"],
            "carrying": [],
        }
    for row in steps:
        paths: list[Row] = found[_key(row)]["paths"]
        if not paths or paths[-1]["number"] != row["path"]:
            paths.append({"number": row["path"], "reached": row["reached"], "steps": []})
        paths[-1]["steps"].append(row)
    for row in carrying:
        found[_key(row)]["carrying"].append(row)
    return found


def splits(books: Books, keys: list[Key]) -> dict[Key, list[Row]]:
    """For each account the amounts before, and on or after, each designation's first day."""
    if not keys:
        return {}
    rows = books.rows(
        """
        SELECT b.direction, b.group_id, b.account_id, b.authority, b.day,
               b.direct_before + b.indirect_before AS before, b.direct_after + b.indirect_after AS after
        FROM before_after b
        JOIN (SELECT unnest(?1::VARCHAR[]) AS direction, unnest(?2::VARCHAR[]) AS group_id,
                     unnest(?3::VARCHAR[]) AS account_id) USING (direction, group_id, account_id)
        WHERE b.method = ?4 ORDER BY b.day, b.authority
        """,
        *([key[place] for key in keys] for place in range(3)),
        books.method,
    )
    found: dict[Key, dict[Any, Row]] = {}
    for row in rows:  # authorities that took effect on one day share a line
        same = found.setdefault(_key(row), {}).setdefault(row["day"], row | {"authorities": []})
        same["authorities"].append(row["authority"])
    return {key: list(days.values()) for key, days in found.items()}


def chains(books: Books) -> list[Row]:
    """The chains of institutions with most attributed money, with names and countries of their links."""
    rows = books.rows(
        """
        SELECT c.*, c.first::DATE AS first_day, c.last::DATE AS last_day, c.last_known::DATE AS last_known_day
        FROM channels c WHERE c.method = ? ORDER BY c.straight DESC, c."over" DESC, c.chain LIMIT ?
        """,
        books.method,
        CHAINS,
    )
    names = {row["institution_id"]: row["name"] for row in books.rows("SELECT institution_id, name FROM institutions")}
    for row in rows:
        row["group"] = books.group_name(row["group_id"])
        row["links"] = [
            {"name": names.get(bank, bank), "country": "" if place == "unknown" else place.upper()}
            for bank, place in zip(row["chain"], row["countries"], strict=True)
        ]
    return rows


def agents(books: Books) -> list[Row]:
    """Accounts that behave like a group's own hands, those with most reasons first."""
    rows = books.rows(
        """
        SELECT a.*, coalesce(l.name, a.account_id) AS name, l.institution, l.country, count(*) OVER () AS of
        FROM agents a LEFT JOIN labels l USING (account_id) ORDER BY a.strength DESC, a.account_id, a.group_id LIMIT ?
        """,
        AGENTS,
    )
    for row in rows:
        row["group"] = books.group_name(row["group_id"])
    return rows


def _key(row: Row) -> Key:
    return row["direction"], row["group_id"], row["account_id"]
