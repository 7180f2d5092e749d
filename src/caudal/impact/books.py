"""The books in the database: accounts and transfers with small integer keys, for set-wise work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from caudal.errors import InputError
from caudal.impact.database import Database, connected
from caudal.impact.faces import LedgerLike
from caudal.impact.scenario import Scenario
from caudal.impact.unknowns import AFTER, BEFORE, WHOLE
from caudal.tables import ACCOUNTS, INSTITUTIONS, PARTIES, TRANSFERS

MACROS = f"""
CREATE MACRO after_share(t, earliest, latest, unknown) AS
    CASE WHEN t >= latest THEN 1.0 WHEN t >= earliest THEN unknown ELSE 0.0 END;
CREATE MACRO after_factor(t, earliest, latest) AS
    CASE WHEN t >= latest THEN {WHOLE} WHEN t >= earliest THEN {AFTER} END;
CREATE MACRO before_factor(t, earliest, latest) AS
    CASE WHEN t < earliest THEN {WHOLE} WHEN t < latest THEN {BEFORE} END;
CREATE MACRO is_firm(schema) AS coalesce(schema IN ('Company', 'Organization'), false);
"""

INSTITUTIONS_SQL = """
CREATE TABLE inst AS SELECT institution_id, name, kind, lower(country) AS country,
    CASE WHEN country IS NULL OR country = '' THEN 'unknown' WHEN lower(country) = ? THEN 'domestic'
         ELSE 'foreign' END AS side
FROM inst_in"""

ACCOUNTS_SQL = """
CREATE TABLE acct AS SELECT (row_number() OVER () - 1)::INTEGER AS code, a.account_id, a.party_id,
    a.institution_id, a.pooled, (a.pooled OR coalesce(i.kind = 'money transfer', false)) AS agent,
    coalesce(nullif(lower(a.country), ''), i.country) AS country
FROM accounts_in a LEFT JOIN inst i USING (institution_id);
INSERT INTO acct
SELECT ((SELECT count(*) FROM acct) + row_number() OVER () - 1)::INTEGER, account_id, NULL, NULL, false, false, NULL
FROM (SELECT DISTINCT account_id FROM (
        SELECT payer_account AS account_id FROM transfers_in UNION ALL SELECT payee_account FROM transfers_in)
      x ANTI JOIN acct USING (account_id));
"""

TRANSFERS_SQL = """
CREATE TABLE t AS SELECT (row_number() OVER ())::INTEGER AS r, transfer_id, p.code AS payer, q.code AS payee,
    time, amount_base AS amount, coalesce(lower(channel) = 'remittance', false) AS remit,
    coalesce(lower(channel) = 'cash', false) AS cash,
    CASE WHEN (p.pooled OR q.pooled) AND lower(channel) IN ('remittance', 'cash')
         THEN nullif(regexp_extract(purpose, '[0-9]{6,}'), '') END AS ref
FROM transfers_in x JOIN acct p ON p.account_id = x.payer_account JOIN acct q ON q.account_id = x.payee_account
WHERE time < ?"""


@contextmanager
def opened(ledger: LedgerLike, end: int, scenario: Scenario, memory_limit: str) -> Iterator[Database]:
    """A database that holds the ledger up to the moment `end` (microseconds) and the assumption on unknown days.

    Tables: `acct` (code, account_id, party_id, institution_id, pooled, agent, country), `party`, `inst` (with `side`:
    domestic, foreign or unknown, seen from the scenario's home), `t` (r, transfer_id, payer, payee, time, amount,
    remit, cash, ref: a reference number in the text of a remittance over a pooled account), all amounts in minor units
    of the base currency; `unknown_day` (ul, um, uh). The whole ledger stays readable as `transfers_in`. An account that
    only transfers name belongs to nobody we know.

    Raises:
        InputError: the ledger has transfers, but none before `end`.
    """
    wanted = ["transfer_id", "time", "payer_account", "payee_account", "amount_base", "channel", "purpose", "via"]
    transfers = micros(TRANSFERS.check(ledger.transfers).select(wanted))
    with connected(memory_limit) as db, db.lent(transfers_in=transfers):
        db.run(MACROS)
        unknown = scenario.assumption("unknown_day")
        db.run(
            "CREATE TABLE unknown_day AS SELECT ?::DOUBLE AS ul, ?::DOUBLE AS um, ?::DOUBLE AS uh",
            [unknown.low, unknown.mid, unknown.high],
        )
        with db.lent(party_in=PARTIES.check(ledger.parties), inst_in=INSTITUTIONS.check(ledger.institutions)):
            db.run("CREATE TABLE party AS SELECT party_id, schema, name FROM party_in")
            db.run(INSTITUTIONS_SQL, [scenario.home])
        with db.lent(accounts_in=ACCOUNTS.check(ledger.accounts)):
            db.run(ACCOUNTS_SQL)
        db.run(TRANSFERS_SQL, [end])
        if transfers.num_rows and not db.row("SELECT count(*) FROM t")[0]:
            raise InputError("no transfer of the ledger lies on or before this day", field="as_of")
        yield db


def micros(table: pa.Table, column: str = "time") -> pa.Table:
    """The table with a time column as int64 microseconds, so that no time zone can enter a comparison."""
    return table.set_column(table.column_names.index(column), column, table.column(column).cast(pa.int64()))
