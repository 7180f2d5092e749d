"""Low, mid and high of ties inside the database, for what is no outcome of its own: a reason, a corridor, a cell."""

from __future__ import annotations

import pyarrow as pa

from caudal.impact.database import Database
from caudal.impact.unknowns import WHOLE, Unknowns


def prepare(db: Database, unknowns: Unknowns) -> None:
    """Tables `event_end` and `factor_end`: the ends of every event and factor known so far, by code."""
    for name, ends in (("event", unknowns.ends()), ("factor", unknowns.factor_ends())):
        table = pa.table(
            {name: pa.array(range(ends.shape[1]), pa.int32()), "low": ends[0], "mid": ends[1], "high": ends[2]}
        )
        with db.lent(ends_in=table):
            db.run(f"CREATE OR REPLACE TABLE {name}_end AS FROM ends_in")


def multiply(db: Database, unknowns: Unknowns, into: str, query: str, *columns: str) -> None:
    """Table `into`: the rows of a query with one column `factor`, the product of several columns of factor codes.

    A row with an empty factor keeps it empty: the tie never holds.
    """
    db.run(f"CREATE TABLE {into} AS {query}")
    names = ", ".join(columns)
    sets = db.rows(f"SELECT DISTINCT {names} FROM {into} ORDER BY ALL")
    codes = []
    for row in sets:
        product: int | None = WHOLE
        for code in row:
            product = None if code is None or product is None else unknowns.product(product, code)
        codes.append(product)
    given = {c: pa.array([row[n] for row in sets], pa.int32()) for n, c in enumerate(columns)}
    same = " AND ".join(f"t.{c} IS NOT DISTINCT FROM p.{c}" for c in columns)
    with db.lent(products_in=pa.table(given | {"product": pa.array(codes, pa.int32())})):
        db.run(
            f"CREATE OR REPLACE TABLE {into} AS SELECT t.* EXCLUDE ({names}), p.product AS factor "
            f"FROM {into} t JOIN products_in p ON {same}"
        )
