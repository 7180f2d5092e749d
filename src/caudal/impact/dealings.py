"""Was it designated when this was paid? One answer for every payment that directly touches a possible match."""

from __future__ import annotations

from datetime import date
from typing import Any, Protocol

import pyarrow as pa

from caudal.storage import open_database
from caudal.tables import DAY, DEALINGS, ROLES, TEXT


class _Answer(Protocol):
    @property
    def status(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def since(self) -> date | None: ...


class _Register(Protocol):
    def designated_on(self, entity_id: str, day: date, /) -> _Answer: ...


_TOUCHED = """
with alerts as (
    select distinct party_id, transfer_id, entity_id from matches where alert
),
held as (
    select account_id, party_id, entity_id from alerts join accounts using (party_id)
)
select transfer_id, entity_id, party_id, 'payer' as part, time
from transfers join held on account_id = payer_account
union all
select transfer_id, entity_id, party_id, 'payee', time
from transfers join held on account_id = payee_account
union all
select transfer_id, entity_id, null, 'named in the text', time
from transfers join alerts using (transfer_id)
union all
select transfer_id, entity_id, party_id, role, time
from transfers join roles using (transfer_id) join (select distinct party_id, entity_id from alerts) using (party_id)
"""


def dealings(
    register: _Register,
    matches: pa.Table,
    transfers: pa.Table,
    accounts: pa.Table,
    roles: pa.Table | None = None,
) -> pa.Table:
    """The `dealings` table: every payment to, from or naming a possible match that is an alert.

    `roles` tells whom payments name beside payer and payee.

    The register is asked once for each pair of listed entity and day, not once for each payment.
    """
    with open_database() as db:
        db.execute("set timezone = 'UTC'")
        db.register("matches", matches)
        db.register("transfers", transfers.select(["transfer_id", "time", "payer_account", "payee_account"]))
        db.register("accounts", accounts.select(["account_id", "party_id"]))
        db.register("roles", ROLES.empty() if roles is None else roles)
        db.execute(f"create temp table touched as select *, cast(time as date) as day from ({_TOUCHED})")
        pairs = db.sql("select distinct entity_id, day from touched order by all").fetchall()
        answers: dict[str, list[Any]] = {"entity_id": [], "day": [], "status": [], "since": [], "reason": []}
        for entity_id, day in pairs:
            answer = register.designated_on(entity_id, day)
            answers["entity_id"].append(entity_id)
            answers["day"].append(day)
            answers["status"].append(answer.status)
            answers["since"].append(answer.since)
            answers["reason"].append(answer.text)
        schema = pa.schema([("entity_id", TEXT), ("day", DAY), ("status", TEXT), ("since", DAY), ("reason", TEXT)])
        db.register("answers", pa.table(answers, schema=schema))
        table = db.sql(
            "select transfer_id, entity_id, party_id, part, day, status, since, reason "
            "from touched join answers using (entity_id, day) order by day, transfer_id, entity_id, part"
        ).to_arrow_table()
    return DEALINGS.check(table)
