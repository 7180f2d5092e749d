"""DuckDB in memory, with every result fetched whole and Arrow tables lent only as long as they are needed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from caudal.storage import open_database

if TYPE_CHECKING:
    from caudal.impact.coded import Coded
    from caudal.impact.dealt import Attributed, Dealings
    from caudal.impact.entries import Entries
    from caudal.impact.holders import Holders


WIDE = 2
"""Threads of the statements for which their number makes no difference."""


class Database:
    """One connection; results are complete before the next statement.

    Attributes:
        book: the ledger it holds, by number.
        entries: the payments of table `t`, as arrays.
        holders: who holds and keeps each account.
        attributed: what tracing attributes to the groups of a scenario; `dealings`: the same by kinds.
    """

    book: Coded
    entries: Entries
    holders: Holders
    attributed: Attributed
    dealings: Dealings

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def run(self, statements: str, values: Sequence[Any] = ()) -> None:
        """Run one statement, or several without values."""
        self._connection.execute(statements, list(values) or None).fetchall()

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        found: list[tuple[Any, ...]] = self._connection.execute(query, list(values) or None).fetchall()
        return found

    def row(self, query: str, values: Sequence[Any] = ()) -> tuple[Any, ...]:
        """The one row of a query that always has one."""
        return self.rows(query, values)[0]

    def arrow(self, query: str, values: Sequence[Any] = ()) -> pa.Table:
        """The result of a query as an Arrow table."""
        return self._connection.sql(query, params=list(values) or None).to_arrow_table()

    @contextmanager
    def wide(self) -> Iterator[None]:
        """Inside the block statements run on several threads (`WIDE`).

        Only for what has the same result in any order: whole sums, largest values, rows that end up sorted by a key.
        """
        self._connection.execute(f"SET threads = {WIDE}")
        try:
            yield
        finally:
            self._connection.execute("SET threads = 1")

    @contextmanager
    def lent(self, **tables: pa.Table) -> Iterator[None]:
        """Arrow tables that queries may read by name inside the block, without a copy."""
        for name, table in tables.items():
            self._connection.register(name, table)
        try:
            yield
        finally:
            for name in tables:
                self._connection.unregister(name)


@contextmanager
def connected(memory_limit: str) -> Iterator[Database]:
    """A database of its own that spills to a temporary folder beyond `memory_limit` (DuckDB's words, such as 1GB)."""
    with tempfile.TemporaryDirectory(prefix="caudal-impact-") as spill:
        config: dict[str, Any] = {
            "memory_limit": memory_limit,
            "temp_directory": spill,
            "preserve_insertion_order": "false",
            # Sums of fractions depend on their order; one thread keeps it, so that the same books give the same bytes.
            "threads": 1,
        }
        connection = open_database(**config)
        try:
            yield Database(connection)
        finally:
            connection.close()
