"""The ledger: transfers, and who holds the accounts between which they went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.ledger import canonical, ids
from caudal.ledger.batches import Batch, Reader, Rejects, reject_rows
from caudal.ledger.csv_reader import CsvReader
from caudal.ledger.currencies import minor_unit
from caudal.ledger.holders import holders_of
from caudal.ledger.mapping import Mapping
from caudal.ledger.mentions import Mentions
from caudal.ledger.parquet_reader import ParquetReader
from caudal.ledger.rates import Rates
from caudal.ledger.rows import Part, RowReader, Settings
from caudal.ledger.summary import Reading, Summary, summarise
from caudal.ledger.text import join
from caudal.tables import ACCOUNTS, INSTITUTIONS, PARTIES, REJECTED, TIME, TRANSFERS

Progress = Callable[[int, int | None], None]
"""Called with the rows done and the rows there are, where known."""

SPELLINGS = pa.schema([pa.field("account_id", pa.string()), pa.field("spelling", pa.string())])
"""Columns of `Ledger.spellings`."""


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
    """

    transfers: pa.Table
    parties: pa.Table
    accounts: pa.Table
    institutions: pa.Table
    rejected: pa.Table
    base_currency: str
    summary: Summary
    spellings: pa.Table

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
            path: a CSV, a Parquet file, or a folder with `transfers.parquet` and, as far as there are, `parties`,
                `accounts` and `institutions.parquet`.
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
        reader, is_parquet = _reader(path, mapping)
        if mapping is not None:
            mapping.check_columns(reader.names, reader.file)
            return cls._by_mapping(reader, mapping, settings, progress)
        if not isinstance(reader, ParquetReader) or not is_parquet:
            listed = ", ".join(reader.names[:60])
            raise InputError(f"a CSV needs a mapping of its columns: {listed}", file=reader.file)
        return cls._canonical(reader, path, settings, progress)

    @classmethod
    def from_tables(cls, tables: dict[str, pa.Table], base_currency: str = "USD") -> Ledger:
        """A ledger from tables that were checked before, such as those of an earlier run.

        Args:
            tables: `transfers` and, as far as there are, parties, accounts, institutions, rejected.
            base_currency: the currency of `amount_base`.

        Raises:
            InputError: `transfers` is missing, or a table has another shape.
        """
        if "transfers" not in tables:
            raise InputError("there is no table of transfers", file="ledger")
        transfers = TRANSFERS.check(tables["transfers"])
        times = transfers["time"].cast(pa.int64()).to_numpy()
        names = _whole(transfers["transfer_id"])
        order = ids.order_by_time(times, names, np.arange(len(times)))
        if ids.repeated(names, np.arange(len(times))).any():
            raise InputError("a transfer id occurs twice", file="transfers", field="transfer_id")
        if (order[1:] < order[:-1]).any():
            transfers = transfers.take(pa.array(order))
        accounts, _ = canonical.with_all_accounts(ACCOUNTS.check(tables.get("accounts", ACCOUNTS.empty())), transfers)
        rejected = REJECTED.check(tables.get("rejected", REJECTED.empty()))
        reasons = Counter(
            f"{field}: {reason}" if field else str(reason)
            for field, reason in zip(rejected["field"].to_pylist(), rejected["reason"].to_pylist(), strict=True)
        )
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
        )

    def account(self, number: str) -> str | None:
        """The account id behind a number as it is written in the ledger; None where there is no such account."""
        for table, column in ((self.accounts, "account_id"), (self.spellings, "spelling")):
            at = pc.index(table[column], pa.scalar(number, pa.string())).as_py()
            if at >= 0:
                return str(table["account_id"][at].as_py())
        return None

    @classmethod
    def _by_mapping(cls, reader: Reader, mapping: Mapping, settings: Settings, progress: Progress | None) -> Ledger:
        rejects = Rejects(reader.file)
        rows = RowReader(mapping, settings)
        mentions = Mentions()
        parts: list[pa.Table] = []
        blank = 0
        for batch in _told(reader.batches(), progress):
            rejects.add_broken(batch.broken)
            blank += batch.blank
            part: Part = rows.read(batch, rejects)
            if part.local is None or not part.table.num_rows:
                continue
            sides = [part.table[side].to_numpy() for side in ("payer_account", "payee_account")]
            offset = mentions.add(part.local, *sides)
            for side, codes in zip(("payer_account", "payee_account"), sides, strict=True):
                at = part.table.column_names.index(side)
                part.table = part.table.set_column(at, side, pa.array(codes.astype(np.int64) + offset))
            parts.append(part.table)
        _see_any(sum(p.num_rows for p in parts), rejects)
        table = pa.concat_tables(parts)
        if mapping.id is not None:
            again = ids.repeated(_whole(table["transfer_id"]), table["source_row"].to_numpy())
            if again.any():
                late = table["source_row"].to_numpy()[again]
                reject_rows(reader, late, mapping.id, "the transfer id occurs before", rejects)
                # A description only seen in a repeated row stays among the parties: it was in the ledger.
                table = table.filter(pa.array(~again))
        seen, weight, number = mentions.finish()
        holders = holders_of(seen, weight, mapping, settings.notes)
        payer, payee = (pa.array(number[table[side].to_numpy()]) for side in ("payer_account", "payee_account"))
        made: pa.Array = None
        if mapping.id is None:
            made = ids.content_ids(table, holders.written_of.take(payer), holders.written_of.take(payee))
        table = table.set_column(1, "payer_account", holders.account_of.take(payer))
        table = table.set_column(2, "payee_account", holders.account_of.take(payee))
        transfers = _sorted(table, made, table["source_row"].to_numpy())
        reading = Reading(reader.file, blank, dict(settings.notes), rejects.counts())
        return cls(
            transfers=transfers,
            parties=holders.parties,
            accounts=holders.accounts,
            institutions=holders.institutions,
            rejected=rejects.table(),
            base_currency=settings.base_currency,
            summary=summarise(transfers, len(rejects), settings.base_currency, reading),
            spellings=holders.spellings,
        )

    @classmethod
    def _canonical(cls, reader: ParquetReader, path: Path, settings: Settings, progress: Progress | None) -> Ledger:
        rejects = Rejects(reader.file)
        rows = canonical.CanonicalReader(reader, settings)
        books = canonical.read_books(path) if path.is_dir() else None
        parts = [rows.read(batch, rejects).table for batch in _told(reader.batches(), progress)]
        _see_any(sum(p.num_rows for p in parts), rejects)
        table = pa.concat_tables(parts)
        file_rows = table["file_row"].to_numpy()
        made: pa.Array = None
        if "transfer_id" in reader.names:
            again = ids.repeated(_whole(table["transfer_id"]), file_rows)
            if again.any():
                reject_rows(reader, file_rows[again], "transfer_id", "the transfer id occurs before", rejects)
                table = table.filter(pa.array(~again))
                file_rows = file_rows[~again]
        else:
            made = ids.content_ids(table, _whole(table["payer_account"]), _whole(table["payee_account"]))
        transfers = _sorted(table, made, file_rows)
        parties, accounts, institutions = books or (PARTIES.empty(), ACCOUNTS.empty(), INSTITUTIONS.empty())
        accounts, added = canonical.with_all_accounts(accounts, transfers)
        if added and books is not None:
            settings.notes["accounts: not in accounts.parquet, added without a holder"] += added
        reading = Reading(str(path), 0, dict(settings.notes), rejects.counts())
        return cls(
            transfers=transfers,
            parties=parties,
            accounts=accounts,
            institutions=institutions,
            rejected=rejects.table(),
            base_currency=settings.base_currency,
            summary=summarise(transfers, len(rejects), settings.base_currency, reading),
            spellings=SPELLINGS.empty_table(),
        )


def _rates(rates: Rates | Path | str | None, base_currency: str) -> Rates:
    if rates is None:
        return Rates([], base_currency)
    if isinstance(rates, Rates):
        if rates.base_currency != base_currency:
            reason = f"the rates lead to {rates.base_currency}, the base currency is {base_currency}"
            raise InputError(reason, file=rates.file)
        return rates
    return Rates.read(rates, base_currency)


def _reader(path: Path, mapping: Mapping | None) -> tuple[Reader, bool]:
    """The reader for a path, and whether it is Parquet."""
    if path.is_dir():
        inside = path / "transfers.parquet"
        if not inside.is_file():
            raise InputError("the folder has no transfers.parquet", file=str(path))
        return ParquetReader(inside), True
    if not path.exists():
        raise InputError("there is no such file", file=str(path))
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise InputError(f"the file cannot be read ({error.strerror})", file=str(path)) from error
    if start == b"PAR1" or path.suffix.lower() in {".parquet", ".pq"}:
        return ParquetReader(path), True
    if mapping is None:
        return CsvReader(path), False
    return CsvReader(path, mapping.encoding, mapping.delimiter), False


def _told(batches: Iterator[Batch], progress: Progress | None) -> Iterator[Batch]:
    """The batches, with progress told after each."""
    done = 0
    for batch in batches:
        yield batch
        done += len(batch) + len(batch.broken)
        if progress is not None:
            progress(done, batch.total)
    if progress is not None:
        progress(done, done)


def _see_any(accepted: int, rejects: Rejects) -> None:
    """Raises: InputError: nothing was accepted."""
    if accepted:
        return
    first = rejects.first()
    if first is None:
        raise InputError("the file has no rows", file=rejects.file)
    row, field, reason = first
    raise InputError(f"none of {len(rejects)} rows can be used; the first {reason}", rejects.file, row, field)


def _whole(column: Any) -> pa.Array:
    return join(column.chunks) if column.num_chunks else pa.array([], column.type)


def _sorted(table: pa.Table, made: pa.Array | None, rows: npt.NDArray[np.int64]) -> pa.Table:
    """The `transfers` table in its order; ids are taken from `made` where the ledger has none of its own."""
    names = _whole(table["transfer_id"]) if made is None else made
    times = table["time"].to_numpy()
    tie = np.empty(len(rows), dtype=np.int64)
    # Among rows that say the same, the amount in the base currency decides and only then the row.
    tie[np.lexsort((rows, table["amount_base"].to_numpy()))] = np.arange(len(rows))
    order = ids.order_by_time(times, names, tie)
    if made is not None:
        numbered, changed = ids.number_repeats(names.take(pa.array(order)), times[order])
        if changed:
            again = ids.order_by_time(times[order], numbered, np.arange(len(order)))
            order, numbered = order[again], numbered.take(pa.array(again))
        names = numbered
    elif (order[1:] < order[:-1]).any():
        names = names.take(pa.array(order))
    if (order[1:] < order[:-1]).any():
        table = table.take(pa.array(order))
    columns = {name: table[name] for name in table.column_names if name != "transfer_id"}
    columns["time"] = columns["time"].cast(TIME)
    return TRANSFERS.build({c.name: names if c.name == "transfer_id" else columns[c.name] for c in TRANSFERS.columns})
