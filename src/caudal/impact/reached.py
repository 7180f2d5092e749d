"""The `affected` table: one row per effect, subject and group, merged from what each part of an assessment reaches."""

from __future__ import annotations

import pyarrow as pa

from caudal.impact.database import Database
from caudal.tables import AFFECTED

FIRST_ROLES = ("listed", "owned", "possible victim", "remittance sender", "remittance receiver")
"""The role shown where someone has several; all of them stand in the reason."""

KEYS = """
CREATE TABLE shared AS
SELECT effect, subject_id, group_id FROM reached_in GROUP BY ALL HAVING count(*) > 1"""
"""Only few are reached twice for the same effect and group: their rows alone are merged."""

MERGE = """
CREATE TABLE merged AS
WITH several AS (
    SELECT r.*, CASE subject_kind WHEN 'party' THEN 0 WHEN 'account' THEN 1 ELSE 2 END AS own_kind,
        coalesce(list_position(?::VARCHAR[], role), 99) AS place
    FROM reached_in r SEMI JOIN shared USING (effect, subject_id, group_id)),
kinds AS (SELECT *, min(own_kind) OVER (PARTITION BY effect, subject_id, group_id) AS first_kind FROM several)
SELECT effect, any_value(subject_kind) AS subject_kind, subject_id, group_id,
    arg_min(role, (place, role)) AS role,
    CASE WHEN effect = 'harmed' THEN sum(amount) ELSE max(amount) END::BIGINT AS amount,
    CASE WHEN count(before) < count(*) THEN NULL WHEN effect = 'harmed' THEN sum(before)
         ELSE arg_max(before, (amount, before)) END::BIGINT AS before,
    CASE WHEN count(after) < count(*) THEN NULL WHEN effect = 'harmed' THEN sum(after)
         ELSE arg_max(after, (amount, before)) END::BIGINT AS after,
    CASE WHEN count(*) = 1 THEN any_value(reason)
         ELSE string_agg(role || ': ' || reason, '; ' ORDER BY place, role, reason) END AS reason
FROM kinds WHERE own_kind = first_kind GROUP BY effect, subject_id, group_id
"""

EVERYONE = """
SELECT ?::VARCHAR AS scenario, * FROM (
    FROM merged UNION ALL BY NAME FROM reached_in r ANTI JOIN shared USING (effect, subject_id, group_id))
ORDER BY effect, amount DESC, subject_id, group_id
"""
"""Everyone once, so that the order is one of a key."""


def merged(db: Database, scenario: str, queries: list[str], many: list[str]) -> pa.Table:
    """The rows of all queries; someone reached in two roles gets one row that names both.

    The roles of the harmed rest on different transfers, so their amounts add up; those of the exposed may rest on the
    same ones, so the larger stands. Where a party and an account bear the same id, the party's row stands.

    Args:
        many: further queries, with many rows, that give the same ones on any number of threads.
    """
    db.run(f"CREATE TABLE reached_in AS {' UNION ALL BY NAME '.join(f'({q})' for q in queries)}")
    with db.wide():
        for query in many:
            db.run(f"INSERT INTO reached_in BY NAME {query}")
        db.run(KEYS)
    db.run(MERGE, [list(FIRST_ROLES)])
    with db.wide():
        return AFFECTED.check(db.arrow(EVERYONE, [scenario]))
