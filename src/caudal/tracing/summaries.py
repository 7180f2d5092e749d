"""Attributed money summed for pictures (who paid whom) and by institution."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa

from caudal.errors import InputError
from caudal.storage import open_database
from caudal.tables import (
    ACCOUNTS,
    AMOUNT,
    ATTRIBUTIONS,
    COUNT,
    EXPOSURES,
    INSTITUTIONS,
    TEXT,
    TIME,
    TRANSFERS,
    Column,
    Table,
)

FLOWS = Table(
    "flows",
    ("group_id", "direction", "method", "payer_account", "payee_account"),
    "Attributed money from account to account: what a Sankey or a network is drawn from.",
    (
        Column("group_id", TEXT, "the group"),
        Column("direction", TEXT, "forward or backward"),
        Column("method", TEXT, "poison, proportional or fifo"),
        Column("payer_account", TEXT, "the account it left"),
        Column("payee_account", TEXT, "the account it reached"),
        Column("amount", AMOUNT, "the attributed parts summed, base minor units"),
        Column("count", COUNT, "transfers that carried it"),
        Column("first", TIME, "first of them"),
        Column("last", TIME, "last of them"),
    ),
)

BY_INSTITUTION = Table(
    "by_institution",
    ("institution_id", "group_id", "direction", "method"),
    "Exposure summed over the accounts of an institution. Money passed on between two of its accounts counts at both.",
    (
        Column(
            "institution_id", TEXT, "the institution; empty for accounts whose institution is not known", nullable=True
        ),
        Column("name", TEXT, "its name", nullable=True),
        Column("country", TEXT, "its country; ISO 3166 alpha-2 code, lower case", nullable=True),
        Column("group_id", TEXT, "the group"),
        Column("direction", TEXT, "forward or backward"),
        Column("method", TEXT, "poison, proportional or fifo"),
        Column("accounts", COUNT, "exposed accounts it keeps"),
        Column("amount", AMOUNT, "direct and indirect exposure of those accounts, base minor units"),
        Column("held", AMOUNT, "the part still on them at the end (backward: at the start), base minor units"),
        Column("first", TIME, "first attributed transfer"),
        Column("last", TIME, "last attributed transfer"),
    ),
)


def flows(attributions: pa.Table, transfers: pa.Table) -> pa.Table:
    """Attributed money for each group, direction, method, payer account and payee account, as a FLOWS table.

    Args:
        attributions: ATTRIBUTIONS.
        transfers: TRANSFERS (or those of its columns that name the transfer, its time and its accounts).

    Raises:
        InputError: an attributed transfer is not among `transfers`, or a sum leaves 64 bits.
    """
    attributed = ATTRIBUTIONS.check(attributions)
    payments = only(TRANSFERS, ("transfer_id", "time", "payer_account", "payee_account")).check(transfers)
    table = asked(
        """
        select group_id, direction, method, payer_account, payee_account, sum(a.amount) as amount, count(*) as count,
            min(epoch_us(t.time)) as first, max(epoch_us(t.time)) as last
        from attributed a left join payments t using (transfer_id)
        group by all
        """,
        "group_id, direction, method, amount desc, payer_account, payee_account",
        FLOWS,
        attributed=attributed,
        payments=payments,
    )
    if table.column("payer_account").null_count:
        raise InputError("an attributed transfer is not among the transfers", file="attributions", field="transfer_id")
    return FLOWS.check(table)


def by_institution(exposures: pa.Table, accounts: pa.Table, institutions: pa.Table) -> pa.Table:
    """Exposure for each institution, group, direction and method, as a BY_INSTITUTION table, largest amounts first.

    Args:
        exposures: EXPOSURES.
        accounts: ACCOUNTS; an exposed account that is not among them, or whose institution is not known, is summed
            in a row without an institution.
        institutions: INSTITUTIONS.

    Raises:
        InputError: a sum leaves 64 bits.
    """
    table = asked(
        """
        select a.institution_id, any_value(i.name) as name, any_value(i.country) as country,
            e.group_id, e.direction, e.method, count(*) as accounts,
            sum(e.direct::hugeint + e.indirect) as amount, sum(e.held) as held,
            min(epoch_us(e.first)) as first, max(epoch_us(e.last)) as last
        from exposed e left join accounts a using (account_id) left join institutions i using (institution_id)
        group by a.institution_id, e.group_id, e.direction, e.method
        """,
        "group_id, direction, method, amount desc, institution_id",
        BY_INSTITUTION,
        exposed=EXPOSURES.check(exposures),
        accounts=ACCOUNTS.check(accounts),
        institutions=INSTITUTIONS.check(institutions),
    )
    return BY_INSTITUTION.check(table)


def only(shape: Table, names: tuple[str, ...]) -> Table:
    """The shape with these columns alone."""
    return Table(shape.name, shape.key, shape.doc, tuple(c for c in shape.columns if c.name in names))


def asked(query: str, order: str, shape: Table, **tables: pa.Table) -> pa.Table:
    """The answer of DuckDB to a query over Arrow tables, amounts back in 64 bits and times in UTC."""
    with open_database() as connection:
        for name, table in tables.items():
            connection.register(name, table)
        whole = (AMOUNT, TIME)
        casts = [f'"{c.name}"::bigint as "{c.name}"' if c.type in whole else f'"{c.name}"' for c in shape.columns]
        try:
            answer: Any = connection.sql(f"select {', '.join(casts)} from ({query}) order by {order}").to_arrow_table()
        except duckdb.ConversionException as error:
            raise InputError("a sum of amounts is more than 64 bits hold", file=shape.name) from error
    return answer
