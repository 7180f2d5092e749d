"""The tables behind the report as CSV files inside it, compressed; capped, with what was cut said.

Amounts are exact decimals in whole units; texts that a spreadsheet would run as a formula are quoted away.
"""

from __future__ import annotations

import base64
import gzip
import io
from dataclasses import dataclass

import pyarrow as pa
from pyarrow import csv

from caudal.reports.books import Books
from caudal.reports.format import exponent
from caudal.tables import AMOUNT, DAY, TABLES, TEXT, TEXTS, TIME, Table

MOST_ROWS = 20_000
"""Rows of one table at most."""

STAMP = "%Y-%m-%dT%H:%M:%SZ"

BUDGET = 220_000
"""Bytes of one compressed table at most, so that the report stays a file one can mail."""

MONEY = {
    *("direct", "indirect", "held", "turnover", "unexplained", "amount", "before", "after", "amount_base"),
    *("direct_before", "direct_after", "indirect_before", "indirect_after"),
    *("straight", "over", "straight_known", "over_known"),
    *("reached", "carried", "amount_from", "amount_to", "money", "cut", "lawful"),
}
"""Columns in minor units of the base currency, in the tables offered here."""


@dataclass(frozen=True)
class Download:
    """One CSV: its file name, the rows it holds of how many, and its gzip bytes as base64."""

    name: str
    rows: int
    total: int
    data: str


def downloads(books: Books) -> dict[str, Download]:
    """Every table offered, by name; a table without rows is left out."""
    found = {}
    for name, (query, total) in _queries(books).items():
        table = books.connection.sql(f"{query} LIMIT {MOST_ROWS}").to_arrow_table()
        if table.num_rows:
            found[name] = _pack(name, table, total)
    return found


def _pack(name: str, table: pa.Table, total: int) -> Download:
    """Compress, dropping rows from the end until the bytes fit."""
    rows = table.num_rows
    while True:
        data = gzip.compress(_csv(table.slice(0, rows)), 6, mtime=0)
        if len(data) <= BUDGET or rows <= 1:
            break
        rows = max(1, min(rows - 1, int(rows * BUDGET / len(data) * 0.95)))
    return Download(name, rows, max(total, rows), base64.b64encode(data).decode("ascii"))


def _csv(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    csv.write_csv(table, sink, csv.WriteOptions(include_header=True, quoting_style="needed"))
    return sink.getvalue()


def _queries(books: Books) -> dict[str, tuple[str, int]]:
    size = books.rows_of
    attributed = books.one("SELECT count(*) AS n FROM flows")["n"]
    exposed = _columns(books, TABLES["exposures"], "e")
    return {
        "matches": (
            f"""SELECT {_text("p.name")} AS party_name, {_text("x.caption")} AS listed_name, {
                _columns(books, TABLES["matches"], "m")
            }
            FROM matches m LEFT JOIN parties p USING (party_id) LEFT JOIN entities x USING (entity_id)
            ORDER BY m.alert DESC, m.bits DESC, m.party_id, m.transfer_id, m.entity_id""",
            size["matches"],
        ),
        "unscreened": _plain(books, "unscreened", "extent, party_id NULLS LAST, transfer_id"),
        "exposures": (
            f"""SELECT {_text("l.name")} AS holder, {_text("l.institution")} AS institution, l.country, {exposed}
            FROM (SELECT * FROM exposures ORDER BY direct + indirect DESC, account_id, group_id, direction, method
                  LIMIT {MOST_ROWS}) e LEFT JOIN labels l USING (account_id)
            ORDER BY e.direct + e.indirect DESC, e.account_id, e.group_id, e.direction, e.method""",
            size["exposures"],
        ),
        "institutions": (_institutions(books), 0),
        "attributed_transfers": (
            f"""SELECT f.group_id, f.direction, f.hops, {_money("f.attributed", books.currency)} AS attributed,
                {_columns(books, TABLES["transfers"], "t")}
            FROM (SELECT * FROM flows ORDER BY attributed DESC, transfer_id, group_id, direction LIMIT {MOST_ROWS}) f
                 JOIN transfers t USING (transfer_id)
            ORDER BY f.attributed DESC, f.transfer_id, f.group_id, f.direction""",
            attributed,
        ),
        "paths": _plain(books, "paths", "account_id, group_id, direction, path, step"),
        "evidence": _plain(books, "evidence", "account_id, group_id, direction, rank"),
        "before_after": _plain(
            books, "before_after", "direct_after + indirect_after DESC, account_id, group_id, direction, day, authority"
        ),
        "channels": _plain(books, "channels", 'straight DESC, "over" DESC, chain'),
        "institution_exposures": _plain(
            books, "institution_exposures", 'straight DESC, "over" DESC, institution_id, part'
        ),
        "agents": _plain(books, "agents", "strength DESC, account_id, group_id"),
        "findings": _plain(books, "findings", "score DESC, amount DESC, finding_id"),
        "outcomes": _plain(books, "outcomes", "scenario, measure, unit", "outcomes_all"),
        "uncertainty": _plain(books, "uncertainty", "scenario, measure, unit"),
        "conclusions": _plain(books, "conclusions", "question, scenario, other"),
        "cut": _plain(books, "cut", "scenario, flow, quantity, month"),
        "cut_draws": _plain(books, "cut_draws", "scenario, flow, quantity, unit, month"),
        "corridor_draws": _plain(books, "corridor_draws", "scenario, sending, receiving, measure, unit, basis"),
        "frontier_draws": _plain(books, "frontier_draws", "cost, point, quantity"),
        "frontier_answers": _plain(books, "frontier_answers", "cost, held DESC, point, other"),
        "coerced_payment": _plain(books, "coerced_payment", "scenario, group_id, law"),
        "corridors": _plain(books, "corridors", "scenario, sending, receiving, measure, unit, basis"),
        "harm_months": _plain(books, "harm_months", "scenario, measure, unit, month"),
        "frontier_replays": _plain(books, "frontier_replays", "cost, point"),
        "coercion": _plain(books, "coercion", "probability DESC, collector_account, payer_account"),
        "tornado": _plain(books, "tornado", "scenario, measure, unit, swing DESC"),
        "assumptions": _plain(books, "assumptions", "scenario, name"),
        "frontier_points": _plain(books, "frontier_points", "cost, harm, money DESC"),
        "frontier_measures": _plain(books, "frontier_measures", "cost, point, money DESC, account_id"),
        "affected": _plain(books, "affected", "scenario, amount DESC, subject_id, effect", "affected_all"),
        "rejected": _plain(books, "rejected", "file, row"),
    }


def _institutions(books: Books) -> str:
    sums = ", ".join(f"{_money(f'sum(e.{name})', books.currency)} AS {name}" for name in ("direct", "indirect", "held"))
    return f"""
        SELECT {_text("l.institution_id")} AS institution_id, {_text("any_value(l.institution)")} AS institution,
               e.group_id, e.direction, e.method, count(*) AS accounts, {sums},
               strftime(min(e.first), '{STAMP}') AS first, strftime(max(e.last), '{STAMP}') AS last
        FROM exposures e JOIN labels l USING (account_id) WHERE l.institution_id IS NOT NULL
        GROUP BY l.institution_id, e.group_id, e.direction, e.method
        ORDER BY sum(e.direct) DESC, l.institution_id, e.group_id, e.direction, e.method"""


def _plain(books: Books, name: str, order: str, of: str | None = None) -> tuple[str, int]:
    shape, of = TABLES[name], of or name
    return f"SELECT {_columns(books, shape, of)} FROM {of} ORDER BY {order}", books.rows_of[name]


def _columns(books: Books, shape: Table, alias: str) -> str:
    parts = []
    for column in shape.columns:
        name = f'{alias}."{column.name}"'
        if shape.name == "transfers" and column.name == "amount":
            value = _money_by_currency(books, name, f"{alias}.currency")
        elif column.type == AMOUNT and column.name in MONEY:
            value = _money(name, books.currency)
        elif column.type == TEXT:
            value = _text(name)
        elif column.type == TEXTS:
            value = _text(f"array_to_string({name}, '; ')")
        elif column.type == TIME:
            value = f"strftime({name}, '{STAMP}')"
        elif column.type == DAY:
            value = f"strftime({name}, '%Y-%m-%d')"
        else:
            value = name
        parts.append(f'{value} AS "{column.name}"')
    return ", ".join(parts)


def _text(value: str) -> str:
    """Text that no spreadsheet takes for a formula: one that starts like a formula gets an apostrophe before it."""
    return f"CASE WHEN regexp_matches({value}, '^[=+@\\t\\r-]') THEN '''' || {value} ELSE {value} END"


def _money(value: str, currency: str) -> str:
    """Exact decimal text of an amount in minor units: decimal arithmetic, never a float."""
    places = exponent(currency)
    if places == 0:
        return f"({value})::VARCHAR"
    return f"(({value})::DECIMAL(19, 0) * {10**-places:.{places}f}::DECIMAL({places + 1}, {places}))::VARCHAR"


def _money_by_currency(books: Books, value: str, currency: str) -> str:
    codes = [row["currency"] for row in books.rows("SELECT DISTINCT currency FROM transfers")]
    by_places: dict[int, list[str]] = {}
    for code in codes:
        by_places.setdefault(exponent(code), []).append("'" + code.replace("'", "''") + "'")
    cases = " ".join(
        f"WHEN {currency} IN ({', '.join(names)}) THEN {_money(value, names[0].strip(chr(39)))}"
        for names in by_places.values()
    )
    return f"CASE {cases} ELSE {value}::VARCHAR END" if cases else f"{value}::VARCHAR"
