"""A ledger of any size made into a stored index, in memory that grows with its accounts and not with its transfers.

The source is read twice over: once to give every account a number and see whether the rows are in order, then, from a
file of plain numbers, in order, to settle what shares an instant and write. Rows that are not by time and transfer id
are sorted by DuckDB, on disk where they do not fit into memory; the index says so (`sorted`).
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from caudal.errors import InputError
from caudal.storage import open_database
from caudal.tables import TRANSFERS, Table
from caudal.tracing.disk import ACCOUNTS, FLOW, FORMAT, IDS, NOTE, StoredIndex, read_group
from caudal.tracing.flow import Codes, Ints
from caudal.tracing.instants import settle
from caudal.tracing.intern import Interner
from caudal.tracing.kernels import sum_up

ROWS = 1 << 20
"""Transfers in a row group."""

_READ = ("transfer_id", "time", "payer_account", "payee_account", "amount_base")
_SHAPE = Table(TRANSFERS.name, TRANSFERS.key, TRANSFERS.doc, tuple(c for c in TRANSFERS.columns if c.name in _READ))


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema([pa.field(name, kind, nullable=False) for name, kind in columns.items()])


_FLOW = _schema(time=pa.int64(), payer=pa.int32(), payee=pa.int32(), amount=pa.int64())
_IDS = _schema(transfer_id=pa.string())
_BOTH = pa.schema([*_FLOW, *_IDS])
PLAIN: dict[str, Any] = {
    "compression": "none",
    "use_dictionary": False,
    "write_statistics": False,
    "write_page_checksum": True,
}
"""Parquet options that read fastest: no compression, no dictionary; a checksum for every page."""

_SMALL: dict[str, Any] = {"compression": "zstd", "compression_level": 1, "write_page_checksum": True}


class Rows(NamedTuple):
    """Some transfers by time and transfer id; arrays of the same length."""

    time: Ints
    payer: Codes
    payee: Codes
    amount: Ints
    ids: pa.Array

    def take(self, order: Ints) -> Rows:
        """Other rows of it, or in another order."""
        return Rows(
            self.time[order],
            self.payer[order],
            self.payee[order],
            self.amount[order],
            self.ids.take(pa.array(order)),
        )

    def cut(self, begin: int, end: int) -> Rows:
        """The rows from `begin` up to `end`."""
        part = slice(begin, end)
        return Rows(
            self.time[part], self.payer[part], self.payee[part], self.amount[part], self.ids.slice(begin, end - begin)
        )


def prepare(
    source: pa.Table | Path | str,
    folder: Path | str | None = None,
    *,
    memory: str = "2GB",
    progress: Callable[[int, int | None], None] | None = None,
) -> StoredIndex:
    """Make a stored index of a ledger.

    Args:
        source: a `transfers` table, a Parquet file of that shape, or a folder with `transfers.parquet`; other columns
            than those tracing reads are not looked at.
        folder: where to put the index; an index that is there is replaced. By default, for a file, beside it:
            `NAME.index`.
        memory: what sorting may use at most, as DuckDB writes it; the rest goes to disk beside `folder`.
        progress: called with rows read and in all; the second reading counts as well.

    Raises:
        InputError: a column is missing, empty somewhere or of another type, an amount is negative, two transfers have
            the same time and id, an account's payments leave 64 bits, or a row group is damaged.
    """
    path = None if isinstance(source, pa.Table) else _file(Path(source))
    if folder is None:
        if path is None:
            raise InputError("a table has no place of its own: say where the index goes", field="folder")
        folder = path.with_name(path.name + ".index")
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        made = work / "index"
        made.mkdir()
        batches = _of_table(source) if isinstance(source, pa.Table) else _of_file(path)
        name = "transfers" if path is None else str(path)
        first = _number(batches, work / "coded.parquet", name, progress)
        accounts, rank = first.interner.sorted()
        writer = _Writer(made, accounts, name)
        for rows in _in_order(work, first.ordered, rank, memory):
            writer.add(rows)
            if progress is not None:
                progress(first.rows + writer.rows, 2 * first.rows)
        writer.close({"source": _mark(path), "sorted": not first.ordered})
        if progress is not None:
            progress(2 * first.rows, 2 * first.rows)
        old = work / "old"
        if folder.exists():
            folder.rename(old)
        made.rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return StoredIndex.open(folder)


def stored(path: Path | str, folder: Path | str | None = None) -> StoredIndex:
    """The index beside a Parquet ledger; made first where there is none, or where the file changed since.

    Raises:
        InputError: as `prepare`.
    """
    path = _file(Path(path))
    folder = Path(folder) if folder is not None else path.with_name(path.name + ".index")
    try:
        index = StoredIndex.open(folder)
    except InputError:
        return prepare(path, folder)
    return index if index.note.get("source") == _mark(path) else prepare(path, folder)


def _file(path: Path) -> Path:
    path = path / f"{TRANSFERS.name}.parquet" if path.is_dir() else path
    if not path.is_file():
        raise InputError("there is no such file", file=str(path))
    return path


def _mark(path: Path | None) -> dict[str, Any] | None:
    """What tells a file from a later version of it."""
    return None if path is None else {"size": path.stat().st_size, "modified": path.stat().st_mtime_ns}


def _of_table(table: pa.Table) -> Iterator[tuple[pa.Table, int]]:
    for first in range(0, table.num_rows, ROWS):
        yield table.slice(first, ROWS), table.num_rows


def _of_file(path: Path | None) -> Iterator[tuple[pa.Table, int]]:
    try:
        file = pq.ParquetFile(path, page_checksum_verification=True)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(f"it is not a readable Parquet file ({error})", file=str(path)) from error
    with file:
        names = [name for name in file.schema_arrow.names if name in _READ]
        for group in range(file.num_row_groups):
            table = read_group(file, group, names, Path(str(path)))
            try:
                table.validate(full=True)
            except pa.ArrowException as error:
                reason = f"row group {group + 1} of {file.num_row_groups} is damaged ({error})"
                raise InputError(reason, file=str(path)) from error
            for first in range(0, table.num_rows, ROWS):
                yield table.slice(first, ROWS), file.metadata.num_rows


@dataclass(frozen=True)
class _Numbered:
    """What the first reading found: rows, whether they are in order, and the accounts."""

    rows: int
    ordered: bool
    interner: Interner


def _number(
    batches: Iterator[tuple[pa.Table, int]],
    out: Path,
    name: str,
    progress: Callable[[int, int | None], None] | None,
) -> _Numbered:
    """Write the source as plain numbers, accounts in the order they were first seen."""
    interner = Interner()
    rows, ordered = 0, True
    last: Rows | None = None
    with pq.ParquetWriter(out, _BOTH, **PLAIN) as writer:
        for batch, whole in batches:
            table = _checked(batch, name, rows)
            if not table.num_rows:
                continue
            payer, payee = (
                interner.codes(table.column(side).combine_chunks()) for side in ("payer_account", "payee_account")
            )
            time = table.column("time").cast(pa.int64()).combine_chunks()
            ids = table.column("transfer_id").combine_chunks()
            amount = table.column("amount_base").combine_chunks()
            least = pc.min(amount).as_py()
            if least < 0:
                place = pc.index(amount, least).as_py()
                reason = f"the amount of transfer {ids[place].as_py()} is negative"
                raise InputError(reason, file=name, row=rows + place + 2, field="amount_base")
            here = Rows(time.to_numpy(), payer, payee, amount.to_numpy(), ids)
            ordered = ordered and _follows(last, here)
            last = here.cut(len(payer) - 1, len(payer))
            writer.write_table(pa.table([time, payer, payee, amount, ids], schema=_BOTH), row_group_size=ROWS)
            rows += table.num_rows
            if progress is not None:
                progress(rows, 2 * whole)
    return _Numbered(rows, ordered, interner)


def _checked(batch: pa.Table, name: str, before: int) -> pa.Table:
    try:
        return _SHAPE.check(batch)
    except InputError as error:
        where = f" in the rows from {before + 2} on" if "empty" in error.reason else ""
        raise InputError(error.reason + where, file=name, field=error.field) from error


def _follows(last: Rows | None, rows: Rows) -> bool:
    """True where the rows are by time and id, and behind the last one before them."""
    if last is not None:
        rows = Rows(
            np.concatenate([last.time, rows.time]),
            rows.payer,
            rows.payee,
            rows.amount,
            pa.concat_arrays([last.ids, rows.ids]),
        )
    if (rows.time[1:] < rows.time[:-1]).any():
        return False
    tied = np.flatnonzero(rows.time[1:] == rows.time[:-1])
    before, after = rows.ids.take(pa.array(tied)), rows.ids.take(pa.array(tied + 1))
    return pc.all(pc.less_equal(before, after)).as_py() is not False


def _in_order(work: Path, ordered: bool, rank: Codes, memory: str) -> Iterator[Rows]:
    """The numbered rows by time and id, accounts by name."""
    path = work / "coded.parquet"
    if ordered:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            for group in range(file.num_row_groups):
                yield _rows(read_group(file, group, None, path), rank)
        return
    with open_database(memory_limit=memory, temp_directory=str(work / "sorting")) as connection:
        by_time = connection.read_parquet(str(path)).order("time, transfer_id")
        for batch in by_time.to_arrow_reader(ROWS):
            yield _rows(pa.Table.from_batches([batch]), rank)


def _rows(table: pa.Table, rank: Codes) -> Rows:
    time, payer, payee, amount, ids = (table.column(name).combine_chunks() for name in _BOTH.names)
    return Rows(time.to_numpy(), rank[payer.to_numpy()], rank[payee.to_numpy()], amount.to_numpy(), ids)


class _Writer:
    """Writes the files of an index from rows by time and id, an instant never cut in two."""

    def __init__(self, folder: Path, accounts: pa.Array, name: str) -> None:
        self.rows = 0
        self._folder, self._accounts, self._name = folder, accounts, name
        self._received, self._paid = (np.zeros(len(accounts), np.int64) for _ in range(2))
        self._held: list[Rows] = []  # rows of the last instant so far: more of it may come
        self._counts = {"self_transfers": 0, "zero_amounts": 0}
        self._flow = pq.ParquetWriter(folder / FLOW, _FLOW, **PLAIN)
        self._ids = pq.ParquetWriter(folder / IDS, _IDS, use_dictionary=False, **_SMALL)

    def add(self, rows: Rows) -> None:
        """Take in the next rows."""
        if not len(rows.time):
            return
        if self._held and self._held[0].time[0] == rows.time[-1]:
            self._held.append(rows)
            return
        cut = int(np.searchsorted(rows.time, rows.time[-1]))
        self._settle([*self._held, rows.cut(0, cut)])
        self._held = [rows.cut(cut, len(rows.time))]

    def close(self, note: dict[str, Any]) -> None:
        """Write what is left, the accounts and the note."""
        self._settle(self._held)
        self._flow.close()
        self._ids.close()
        accounts = _schema(account_id=self._accounts.type, received=pa.int64(), paid=pa.int64())
        table = pa.table([self._accounts, self._received, self._paid], schema=accounts)
        pq.write_table(table, self._folder / ACCOUNTS, row_group_size=ROWS, **PLAIN)
        said = {"format": FORMAT, "transfers": self.rows, "accounts": len(self._accounts), **self._counts, **note}
        (self._folder / NOTE).write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")

    def _settle(self, parts: list[Rows]) -> None:
        """Put whole instants into their order and write them."""
        if not parts:
            return
        time, amount = (np.concatenate([getattr(part, name) for part in parts]) for name in ("time", "amount"))
        payer, payee = (np.concatenate([getattr(part, name) for part in parts]) for name in ("payer", "payee"))
        if not len(time):
            return
        rows = Rows(time, payer, payee, amount, pa.concat_arrays([part.ids for part in parts]))
        tied = np.flatnonzero(time[1:] == time[:-1])
        if len(tied):
            before, after = rows.ids.take(pa.array(tied)), rows.ids.take(pa.array(tied + 1))
            twice = pc.index(pc.equal(before, after), True).as_py()
            if twice >= 0:
                reason = f"transfer {before[twice].as_py()} occurs twice"
                raise InputError(reason, file=self._name, field="transfer_id")
            codes, local = np.unique(np.concatenate([payer, payee]), return_inverse=True)
            near: Codes = local.astype(np.int32)
            order = settle(time, near[: len(time)], near[len(time) :], amount, len(codes))
            if (order[1:] < order[:-1]).any():
                rows = rows.take(order)
        self._counts["self_transfers"] += int((rows.payer == rows.payee).sum())
        self._counts["zero_amounts"] += int((rows.amount == 0).sum())
        beyond = sum_up(rows.payer, rows.payee, rows.amount, self._received, self._paid)
        if beyond >= 0:
            name = self._accounts[beyond].as_py()
            raise InputError(f"the payments of account {name} add up to more than 64 bits hold", file=self._name)
        self._flow.write_table(pa.table(list(rows[:4]), schema=_FLOW), row_group_size=ROWS)
        self._ids.write_table(pa.table([rows.ids], schema=_IDS), row_group_size=ROWS)
        self.rows += len(rows.time)
