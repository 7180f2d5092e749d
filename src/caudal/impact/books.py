"""The books in the database: accounts and transfers with small integer keys, for set-wise work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.impact.coded import Coded, coded
from caudal.impact.database import Database, connected
from caudal.impact.entries import Entries
from caudal.impact.faces import LedgerLike
from caudal.impact.holders import Holders
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
CREATE TABLE acct AS SELECT a.code, a.account_id, a.party_id, a.institution_id, a.pooled,
    (a.pooled OR coalesce(i.kind = 'money transfer', false)) AS agent,
    coalesce(nullif(lower(a.country), ''), i.country) AS country
FROM accounts_in a LEFT JOIN inst i USING (institution_id) ORDER BY a.code"""

HOUSEHOLD = ("card", "direct debit", "remittance")
"""Channels that households use and a group does not."""
REFERENCE = "(?P<ref>[0-9]{6,})"
"""A reference number in the text of a payment."""


@contextmanager
def opened(ledger: LedgerLike, end: int, scenario: Scenario, memory_limit: str) -> Iterator[Database]:
    """A database that holds the ledger up to the moment `end` (microseconds) and the assumption on unknown days.

    Tables: `acct` (code, account_id, party_id, institution_id, pooled, agent, country), `party`, `inst` (with `side`:
    domestic, foreign or unknown, seen from the scenario's home), `t` (r, payer, payee, time, amount, remit, cash,
    household), all amounts in minor units of the base currency; `unknown_day` (ul, um, uh). Ids of transfers stay out
    of it, and `route` (r, via) lies beside it where institutions lie between. An account that only transfers name
    belongs to nobody we know.
    `Database.book` has the ledger by number, r is a transfer's place in it; `Database.entries` has `t` as arrays.

    Raises:
        InputError: the ledger has transfers, but none before `end`.
    """
    transfers = TRANSFERS.check(ledger.transfers)
    book = coded(ledger)
    via = transfers.column("via")
    between = np.flatnonzero(pc.is_valid(via).to_numpy())
    route = pa.table({"r": pa.array(between, pa.int32()), "via": via.take(pa.array(between))})
    accounts = _accounts(ACCOUNTS.check(ledger.accounts), book)
    entries = _transfers(transfers, book, pc.fill_null(accounts.column("pooled"), False), end)
    with connected(memory_limit) as db, db.lent(route=route):
        db.book, db.entries = book, entries
        db.holders = book.remembered(ledger.accounts, "holders", lambda: Holders.of(accounts))
        db.run(MACROS)
        unknown = scenario.assumption("unknown_day")
        db.run(
            "CREATE TABLE unknown_day AS SELECT ?::DOUBLE AS ul, ?::DOUBLE AS um, ?::DOUBLE AS uh",
            [unknown.low, unknown.mid, unknown.high],
        )
        with db.lent(party_in=PARTIES.check(ledger.parties), inst_in=INSTITUTIONS.check(ledger.institutions)):
            db.run("CREATE TABLE party AS SELECT party_id, schema, name FROM party_in")
            db.run(INSTITUTIONS_SQL, [scenario.home])
        with db.lent(accounts_in=accounts):
            db.run(ACCOUNTS_SQL)
        with db.lent(t_in=_table(entries)):
            db.run("CREATE TABLE t AS FROM t_in")
        if transfers.num_rows and not len(entries.r):
            raise InputError("no transfer of the ledger lies on or before this day", field="as_of")
        yield db


def _accounts(accounts: pa.Table, book: Coded) -> pa.Table:
    """The ledger's accounts and those that only transfers name, with their codes."""
    wanted = ["account_id", "party_id", "institution_id", "pooled", "country"]
    known = accounts.select(wanted)
    strays = book.accounts.slice(book.known).cast(pa.string())
    more = {name: pa.nulls(len(strays), known.schema.field(name).type) for name in wanted}
    more |= {"account_id": strays, "pooled": pa.repeat(False, len(strays))}
    both = pa.concat_tables(
        [known, pa.table(more, schema=known.schema.remove_metadata())], promote_options="permissive"
    )
    return both.append_column("code", pa.array(np.arange(both.num_rows, dtype=np.int32)))


def _transfers(transfers: pa.Table, book: Coded, pooled: pa.ChunkedArray, end: int) -> Entries:
    """The transfers before a moment, by number."""
    kinds = pc.dictionary_encode(pc.fill_null(transfers.column("channel"), "")).combine_chunks()
    words, kind = ([], np.empty(0, np.int32)) if isinstance(kinds, pa.ChunkedArray) else (
        [w.lower() for w in kinds.dictionary.to_pylist()], kinds.indices.to_numpy()
    )  # fmt: skip
    sorts = (("remittance",), ("cash",), HOUSEHOLD)
    remit, cash, household = (np.array([w in names for w in words], np.bool_)[kind] for names in sorts)
    pool = pooled.to_numpy()
    ref = np.full(len(kind), -1, np.int32)
    texts = np.flatnonzero((remit | cash) & (pool[book.payer] | pool[book.payee]))
    if len(texts):
        found = pc.extract_regex(transfers.column("purpose").take(pa.array(texts)), REFERENCE)
        numbered = pc.dictionary_encode(pc.struct_field(found, "ref")).combine_chunks().indices
        ref[texts] = pc.fill_null(numbered, -1).to_numpy()
    return Entries.before(end, book, remit, cash, household, ref)


def _table(entries: Entries) -> pa.Table:
    """Entries as the table `t`."""
    names = ("r", "payer", "payee", "time", "amount", "remit", "cash", "household")
    return pa.table({name: getattr(entries, name) for name in names})
