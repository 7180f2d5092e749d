"""From a reader to the tables of a ledger: by a mapping, or from tables that are Caudal's own already."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.ledger import canonical, ids
from caudal.ledger.batches import Batch, Reader, Rejects, reject_rows
from caudal.ledger.canonical import CanonicalReader
from caudal.ledger.holders import holders_of
from caudal.ledger.mapping import Mapping
from caudal.ledger.mentions import Mentions
from caudal.ledger.parquet_reader import ParquetReader
from caudal.ledger.rows import RowReader, Settings
from caudal.ledger.summary import Reading
from caudal.ledger.text import whole
from caudal.tables import ACCOUNTS, INSTITUTIONS, PARTIES, ROLES

Progress = Callable[[int, int | None], None]
"""Called with the rows done and the rows there are, where known."""

SIDES = ("payer_account", "payee_account")
SPELLINGS = pa.schema([pa.field("account_id", pa.string()), pa.field("spelling", pa.string())])
"""Columns of `Ledger.spellings`."""


@dataclass(frozen=True)
class Read:
    """What a reading gave: the tables of a ledger, and what only the reading can say."""

    transfers: pa.Table
    parties: pa.Table
    accounts: pa.Table
    institutions: pa.Table
    rejected: pa.Table
    spellings: pa.Table
    reading: Reading
    roles: pa.Table = field(default_factory=ROLES.empty)


def read_mapped(
    reader: Reader,
    mapping: Mapping,
    settings: Settings,
    progress: Progress | None,
    rename: Callable[[pa.Array], pa.Array] | None = None,
) -> Read:
    """Read rows whose columns a mapping explains.

    Args:
        reader: gives the rows.
        mapping: explains their columns.
        settings: what holds for the whole ledger.
        progress: told after every batch.
        rename: makes the transfers' ids from the distinct ones of the rows.

    Raises:
        InputError: the file cannot be read on, a rate is missing, or no row is usable.
    """
    mapping.check_columns(reader.names, reader.file)
    rejects = Rejects(reader.file)
    rows = RowReader(mapping, settings)
    mentions = Mentions()
    parts: list[pa.Table] = []
    blank = 0
    for batch in _told(reader.batches(), progress):
        rejects.add_broken(batch.broken)
        blank += batch.blank
        table, local = rows.read(batch, rejects)
        if table.num_rows:
            codes = [table[side].to_numpy() for side in SIDES]
            offset = mentions.add(local, *codes)
            parts.append(_with_sides(table, [pa.array(code.astype(np.int64) + offset) for code in codes]))
    _see_any(sum(part.num_rows for part in parts), rejects)
    table = pa.concat_tables(parts)
    parts.clear()
    if mapping.id is not None:
        # A holder named only in a repeated row stays among the parties: the ledger does name it.
        table = _without_repeats(table, reader, mapping.id, table["source_row"].to_numpy(), rejects)
        if rename is not None:
            at = table.column_names.index("transfer_id")
            table = table.set_column(at, "transfer_id", rename(whole(table["transfer_id"])))
    seen, weight, number = mentions.finish()
    holders = holders_of(seen, weight, mapping, settings.notes)
    payer, payee = (pa.array(number[table[side].to_numpy()]) for side in SIDES)
    made = None
    if mapping.id is None:
        made = ids.content_ids(table, holders.written_of.take(payer), holders.written_of.take(payee))
    table = _with_sides(table, [holders.account_of.take(payer), holders.account_of.take(payee)])
    transfers = ids.arrange(table, made, table["source_row"].to_numpy())
    _note_self(transfers, settings)
    return Read(
        transfers,
        holders.parties,
        holders.accounts,
        holders.institutions,
        rejects.table(),
        holders.spellings,
        Reading(reader.file, blank, dict(settings.notes), rejects.counts()),
    )


def read_canonical(reader: ParquetReader, path: Path, settings: Settings, progress: Progress | None) -> Read:
    """Read a `transfers` table of Caudal's own shape, with the tables beside it where `path` is a folder.

    Raises:
        InputError: a file is damaged or has another shape, a rate is missing, or no row is usable.
    """
    rejects = Rejects(reader.file)
    rows = CanonicalReader(reader, settings)
    books = canonical.read_books(path) if path.is_dir() else None
    parts = [rows.read(batch, rejects) for batch in _told(reader.batches(), progress)]
    _see_any(sum(part.num_rows for part in parts), rejects)
    table = pa.concat_tables(parts)
    parts.clear()
    made = None
    if "transfer_id" in reader.names:
        table = _without_repeats(table, reader, "transfer_id", table["file_row"].to_numpy(), rejects)
    else:
        made = ids.content_ids(table, whole(table["payer_account"]), whole(table["payee_account"]))
    transfers = ids.arrange(table, made, table["file_row"].to_numpy())
    parties, accounts, institutions = books or (PARTIES.empty(), ACCOUNTS.empty(), INSTITUTIONS.empty())
    accounts, added = canonical.with_all_accounts(accounts, transfers)
    if added and books is not None:
        settings.notes["accounts: not in accounts.parquet, added without a holder"] += added
    _note_self(transfers, settings)
    return Read(
        transfers,
        parties,
        accounts,
        institutions,
        rejects.table(),
        SPELLINGS.empty_table(),
        Reading(str(path), 0, dict(settings.notes), rejects.counts()),
    )


def _with_sides(table: pa.Table, sides: list[pa.Array]) -> pa.Table:
    for name, values in zip(SIDES, sides, strict=True):
        table = table.set_column(table.column_names.index(name), name, values)
    return table


def _without_repeats(table: pa.Table, reader: Reader, field: str, rows: ids.Ints, rejects: Rejects) -> pa.Table:
    """The table without rows whose transfer id an earlier row has; those are kept aside."""
    again = ids.repeated(whole(table["transfer_id"]), rows)
    if not again.any():
        return table
    reject_rows(reader, rows[again], field, "the transfer id occurs before", rejects)
    return table.filter(pa.array(~again))


def _note_self(transfers: pa.Table, settings: Settings) -> None:
    count = pc.sum(pc.equal(transfers["payer_account"], transfers["payee_account"])).as_py()
    if count:
        settings.notes["payer and payee are one account, kept"] += count


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
    if not len(rejects):
        raise InputError("the file has no rows", file=rejects.file)
    first = rejects.table().slice(0, 1).to_pylist()[0]
    if len(rejects) == 1 and first["field"] is None:
        raise InputError(first["reason"], first["file"])
    reason = f"none of {len(rejects)} rows can be used; this one {first['reason']}"
    raise InputError(reason, first["file"], first["row"], first["field"])
