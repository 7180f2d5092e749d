"""The tables of a run in DuckDB, with the joins that several sections of the report need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from caudal.errors import InputError
from caudal.reports.facts import ReportFacts
from caudal.reports.format import clean
from caudal.storage import open_database
from caudal.tables import TABLES

Row = dict[str, Any]

BY_SCENARIO = ("outcomes", "affected")
"""Tables that hold every scenario, while most of the report is about one."""

PREFERRED = "proportional"
"""The method shown where a table holds several: it shares money out, where `poison` counts all of it again."""

SIDES = {"forward": ("payee", "payer"), "backward": ("payer", "payee")}
"""Direction to the columns of the account further from the group and the one nearer to it."""


class Books:
    """Every table of a run, empty where it is missing, as DuckDB views of the same name.

    Times are UTC without a zone inside, so that no time zone data is needed to read them.

    Besides the tables there are:
        labels: account_id, name (holder, or the account where the holder is unknown), party_id, country, pooled,
            institution_id, institution.
        flows: the attributions of `method` joined to their transfers.
        own: group_id, account_id of the accounts the groups' money was followed from or to.
        outcomes, affected: of one scenario alone, the one of the facts; `outcomes_all`, `affected_all` hold all.
    """

    def __init__(self, tables: Mapping[str, pa.Table], facts: ReportFacts) -> None:
        unknown = sorted(set(tables) - set(TABLES))
        if unknown:
            raise InputError(f"there is no table {unknown[0]!r}", file="report")
        self.facts = facts
        self.currency = facts.base_currency
        self.connection = open_database()
        self.rows_of: dict[str, int] = {}
        for name, shape in TABLES.items():
            table = shape.check(tables[name]) if name in tables else shape.empty()
            self.rows_of[name] = table.num_rows
            self.connection.register(f"{name}_all" if name in BY_SCENARIO else name, _zoneless(table))
        self.scenario = self._scenario()
        for name in BY_SCENARIO:
            of = "" if facts.scenario is None else " WHERE scenario = '" + facts.scenario.replace("'", "''") + "'"
            self.connection.execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM {name}_all{of}")
        self.method = self._method()
        self._prepare()

    def rows(self, query: str, *values: Any) -> list[Row]:
        """The result of a query as dicts. For results of at most a few thousand rows."""
        cursor = self.connection.execute(query, list(values))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def one(self, query: str, *values: Any) -> Row:
        """The only row of a query."""
        return self.rows(query, *values)[0]

    def close(self) -> None:
        """Release the connection and what it holds."""
        self.connection.close()

    def __enter__(self) -> Books:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def group_name(self, group_id: str) -> str:
        """The name of a group, its id where the facts do not name it."""
        return next((clean(g.name) for g in self.facts.groups if g.id == group_id), clean(group_id))

    def focus(self, limit: int = 3) -> list[str]:
        """The groups with most money moved, largest first, at most `limit`."""
        found = self.rows(
            "SELECT group_id FROM edge GROUP BY group_id ORDER BY sum(attributed) DESC, group_id LIMIT ?", limit
        )
        return [row["group_id"] for row in found]

    def labels(self, accounts: Sequence[str]) -> dict[str, Row]:
        """Who holds these accounts, where."""
        found = self.rows(
            "SELECT * FROM labels WHERE account_id IN (SELECT unnest(?::VARCHAR[]))", sorted(set(accounts))
        )
        known = {row["account_id"]: row for row in found}
        return {account: known.get(account) or _nobody(account) for account in accounts}

    def _scenario(self) -> str | None:
        """The scenario the report is about: the one of the facts, else the only one there is."""
        names = [row["scenario"] for row in self.rows("SELECT DISTINCT scenario FROM outcomes_all")]
        return self.facts.scenario or (names[0] if len(names) == 1 else None)

    def _method(self) -> str:
        found = {
            row["method"]
            for row in self.rows("SELECT DISTINCT method FROM exposures UNION SELECT DISTINCT method FROM attributions")
        }
        return PREFERRED if PREFERRED in found or not found else min(found)

    def _prepare(self) -> None:
        run = self.connection.execute
        run("""
            CREATE TEMP TABLE labels AS
            SELECT a.account_id, coalesce(p.name, a.account_id) AS name, a.party_id,
                   upper(coalesce(a.country, i.country)) AS country, a.pooled,
                   a.institution_id, coalesce(i.name, a.institution_id) AS institution
            FROM accounts a LEFT JOIN parties p USING (party_id)
                            LEFT JOIN institutions i ON i.institution_id = a.institution_id
        """)
        run(
            """
            CREATE TEMP TABLE flows AS
            SELECT a.group_id, a.direction, a.hops, a.amount AS attributed, t.transfer_id, t.time,
                   t.payer_account AS payer, t.payee_account AS payee, t.amount_base
            FROM attributions a JOIN transfers t USING (transfer_id)
            WHERE a.method = ? AND a.amount > 0
            """,
            [self.method],
        )
        run("""
            CREATE TEMP TABLE own AS
            SELECT DISTINCT group_id, CASE direction WHEN 'forward' THEN payer ELSE payee END AS account_id
            FROM flows WHERE hops = 1
        """)
        # money that crosses the edge of a group: what it took in (backward) and gave out (forward), counted once
        run("""
            CREATE TEMP TABLE edge AS
            SELECT group_id, direction, attributed, time, transfer_id,
                   CASE direction WHEN 'forward' THEN payee ELSE payer END AS account_id
            FROM flows f
            WHERE hops = 1 AND NOT EXISTS (
                SELECT 1 FROM own o WHERE o.group_id = f.group_id
                AND o.account_id = CASE f.direction WHEN 'forward' THEN f.payee ELSE f.payer END)
        """)
        # exposures of everyone but the group's own accounts
        run(
            """
            CREATE TEMP TABLE exposed AS
            SELECT e.* FROM exposures e ANTI JOIN own o ON o.group_id = e.group_id AND o.account_id = e.account_id
            WHERE e.method = ? AND e.direct + e.indirect > 0
            """,
            [self.method],
        )


def _nobody(account: str) -> Row:
    return {
        "account_id": account,
        "name": account,
        "party_id": None,
        "country": None,
        "pooled": False,
        "institution_id": None,
        "institution": None,
    }


def _zoneless(table: pa.Table) -> pa.Table:
    for index, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type) and field.type.tz is not None:
            naive = table.column(index).cast(pa.timestamp("us", tz="UTC")).cast(pa.timestamp("us"))
            table = table.set_column(index, pa.field(field.name, pa.timestamp("us"), field.nullable), naive)
    return table
