"""Everyone reached, once: the same table on any number of threads."""

from __future__ import annotations

import pytest

from caudal.impact import database
from caudal.impact.database import connected
from caudal.impact.reached import merged

MANY = 400_000
"""More rows than one thread takes at once."""

ROWS = """
SELECT 'exposed' AS effect, 'account' AS subject_kind, '{name}' || (n * 7919 % {many}) AS subject_id, 'g' AS group_id,
    '{role}' AS role, (n * 31 % 1000)::BIGINT AS amount, (n % 7)::BIGINT AS before, (n % 5)::BIGINT AS after,
    'because of ' || n AS reason
FROM range({many}) r(n)"""


def test_everyone_reached_is_the_same_on_any_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    few = ROWS.format(name="a", role="payment names a listed entity", many=1000)
    many = ROWS.format(name="a", role="indirect counterparty", many=MANY)
    told = []
    for threads in (1, 2, 4):
        monkeypatch.setattr(database, "WIDE", threads)
        with connected("300MB") as db:
            told.append(merged(db, "s", [few], [many]))
            assert db.row("SELECT current_setting('threads')")[0] == 1
    assert told[0].equals(told[1])
    assert told[0].equals(told[2])
    assert told[0].num_rows == MANY
    both = [row for row in told[0].slice(0, 5000).to_pylist() if "; " in row["reason"]]
    assert all(row["reason"].startswith("indirect counterparty: ") for row in both)
