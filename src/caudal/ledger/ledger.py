"""The ledger: transfers, and who holds the accounts between which they went."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.ledger import ids
from caudal.ledger.batches import said_of
from caudal.ledger.canonical import with_all_accounts
from caudal.ledger.currencies import minor_unit
from caudal.ledger.iso_parties import read_messages
from caudal.ledger.iso_reader import IsoReader
from caudal.ledger.mapping import Mapping
from caudal.ledger.parquet_reader import ParquetReader
from caudal.ledger.rates import Rates
from caudal.ledger.readers import reader_for
from caudal.ledger.reading import SPELLINGS, Progress, read_canonical, read_mapped
from caudal.ledger.rows import Settings
from caudal.ledger.summary import Reading, Summary, summarise
from caudal.ledger.text import whole
from caudal.tables import ACCOUNTS, INSTITUTIONS, PARTIES, REJECTED, ROLES, TRANSFERS


@dataclass(frozen=True, eq=False)
class Ledger:
    """A ledger as read and checked.

    Attributes:
        transfers: `TRANSFERS`, sorted by time and transfer id.
        parties: `PARTIES`.
        accounts: `ACCOUNTS`; every account of a transfer is in it.
        institutions: `INSTITUTIONS`.
        rejected: `REJECTED`; rows read = transfers + rejected.
        base_currency: ISO 4217 code of `amount_base`.
        summary: what was read, in numbers.
        spellings: account_id and spelling: numbers written in another way than the account's id.
        roles: `ROLES`: parties that payments name beside payer and payee.
    """

    transfers: pa.Table
    parties: pa.Table
    accounts: pa.Table
    institutions: pa.Table
    rejected: pa.Table
    base_currency: str
    summary: Summary
    spellings: pa.Table
    roles: pa.Table = field(default_factory=ROLES.empty)

    @classmethod
    def open(
        cls,
        path: Path | str,
        mapping: Mapping | Path | str | None = None,
        rates: Rates | Path | str | None = None,
        base_currency: str = "USD",
        progress: Progress | None = None,
        *,
        as_of: date | None = None,
    ) -> Ledger:
        """Read a ledger.

        Args:
            path: a CSV, a Parquet file, a folder with `transfers.parquet` and, as far as there are, `parties`,
                `accounts` and `institutions.parquet`, or ISO 20022 messages: an XML file of pacs.008, pacs.009,
                pain.001 or camt.053, or a folder of them.
            mapping: what the columns mean; a CSV needs one, a Parquet file where its columns are not those of
                `transfers`.
            rates: exchange rates into the base currency, where the ledger has other currencies and no amounts in it.
            base_currency: ISO 4217 code.
            progress: called with rows done and rows there are.
            as_of: the day of reading; a transfer after it is rejected. Default: today, UTC.

        Raises:
            InputError: the file cannot be read, the mapping does not fit it, a rate is missing, or no row is usable.
        """
        minor_unit(base_currency)
        path = Path(path)
        if isinstance(mapping, Path | str):
            mapping = Mapping.read(mapping)
        settings = Settings(base_currency, _rates(rates, base_currency), as_of or datetime.now(UTC).date(), Counter())
        reader = reader_for(path, mapping)
        if isinstance(reader, IsoReader):
            read = read_messages(reader, settings, progress)
        elif mapping is not None:
            read = read_mapped(reader, mapping, settings, progress)
        elif isinstance(reader, ParquetReader):
            read = read_canonical(reader, path, settings, progress)
        else:
            listed = ", ".join(reader.names[:60])
            raise InputError(f"a CSV needs a mapping of its columns: {listed}", file=reader.file)
        return cls(
            transfers=read.transfers,
            parties=read.parties,
            accounts=read.accounts,
            institutions=read.institutions,
            rejected=read.rejected,
            base_currency=base_currency,
            summary=summarise(read.transfers, read.rejected.num_rows, base_currency, read.reading),
            spellings=read.spellings,
            roles=read.roles,
        )

    @classmethod
    def from_tables(cls, tables: dict[str, pa.Table], base_currency: str = "USD") -> Ledger:
        """A ledger from tables that were checked before, such as those of an earlier run.

        Args:
            tables: `transfers` and, as far as there are, parties, accounts, institutions, rejected, roles.
            base_currency: the currency of `amount_base`.

        Raises:
            InputError: `transfers` is missing, or a table has another shape.
        """
        if "transfers" not in tables:
            raise InputError("there is no table of transfers", file="ledger")
        transfers = TRANSFERS.check(tables["transfers"])
        transfers = _in_order(transfers)
        # What sorting and looking took is given back before anything else is made.
        pa.default_memory_pool().release_unused()
        accounts, _ = with_all_accounts(ACCOUNTS.check(tables.get("accounts", ACCOUNTS.empty())), transfers)
        rejected = REJECTED.check(tables.get("rejected", REJECTED.empty()))
        said = zip(rejected["field"].to_pylist(), rejected["reason"].to_pylist(), strict=True)
        reasons = Counter(said_of(field, reason) for field, reason in said)
        reading = Reading(reasons=dict(reasons.most_common()))
        return cls(
            transfers=transfers,
            parties=PARTIES.check(tables.get("parties", PARTIES.empty())),
            accounts=accounts,
            institutions=INSTITUTIONS.check(tables.get("institutions", INSTITUTIONS.empty())),
            rejected=rejected,
            base_currency=base_currency,
            summary=summarise(transfers, rejected.num_rows, base_currency, reading),
            spellings=SPELLINGS.empty_table(),
            roles=ROLES.check(tables.get("roles", ROLES.empty())),
        )

    def account(self, number: str) -> str | None:
        """The account id behind a number as it is written in the ledger; None where there is no such account."""
        for table, column in ((self.accounts, "account_id"), (self.spellings, "spelling")):
            at = pc.index(table[column], pa.scalar(number, pa.string())).as_py()
            if at >= 0:
                return str(table["account_id"][at].as_py())
        return None


def _in_order(transfers: pa.Table) -> pa.Table:
    """Transfers by time and id.

    Raises:
        InputError: an id occurs twice.
    """
    times = transfers["time"].cast(pa.int64()).to_numpy()
    names = whole(transfers["transfer_id"])
    in_order, rising = ids.arranged(times, names)
    if not rising and ids.repeated(names, np.arange(len(times))).any():
        raise InputError("a transfer id occurs twice", file="transfers", field="transfer_id")
    if in_order:
        return transfers
    return transfers.take(pa.array(ids.order_by_time(times, names, np.arange(len(times)))))


def _rates(rates: Rates | Path | str | None, base_currency: str) -> Rates:
    if rates is None:
        return Rates([], base_currency)
    if isinstance(rates, Rates):
        if rates.base_currency != base_currency:
            reason = f"the rates lead to {rates.base_currency}, the base currency is {base_currency}"
            raise InputError(reason, file=rates.file)
        return rates
    return Rates.read(rates, base_currency)
