"""Low, mid and high of ties inside the database, for what is no outcome of its own: a reason, a corridor, a cell."""

from __future__ import annotations

import pyarrow as pa

from caudal.impact.database import Database
from caudal.impact.unknowns import Unknowns


def prepare(db: Database, unknowns: Unknowns) -> None:
    """Tables `event_end` and `factor_end`: the ends of every event and factor known so far, by code."""
    for name, ends in (("event", unknowns.ends()), ("factor", unknowns.factor_ends())):
        table = pa.table(
            {name: pa.array(range(ends.shape[1]), pa.int32()), "low": ends[0], "mid": ends[1], "high": ends[2]}
        )
        with db.lent(ends_in=table):
            db.run(f"CREATE OR REPLACE TABLE {name}_end AS FROM ends_in")


def times(db: Database, unknowns: Unknowns, into: str, table: str, factor: int) -> None:
    """Table `into`: a table's rows with its column `factor` multiplied by a factor, by codes."""
    pairs = [f for (f,) in db.rows(f"SELECT DISTINCT factor FROM {table} WHERE factor IS NOT NULL ORDER BY 1")]
    codes = pa.table(
        {
            "factor": pa.array(pairs, pa.int32()),
            "product": pa.array([unknowns.product(f, factor) for f in pairs], pa.int32()),
        }
    )
    with db.lent(codes_in=codes):
        db.run(
            f"CREATE TABLE {into} AS SELECT t.* EXCLUDE (factor), c.product AS factor "
            f"FROM {table} t LEFT JOIN codes_in c USING (factor)"
        )
