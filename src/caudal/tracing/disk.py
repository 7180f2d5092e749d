"""A ledger on disk in the layout that reads fastest, given to a pass a row group at a time.

A stored index is a folder: `flow.parquet` has the transfers in the order of `instants` as plain numbers without
compression (time, codes of payer and payee, amount), `ids.parquet` their ids, `accounts.parquet` the account of every
code, by name, with what it received and paid, and `index.json` what it was made from. Each page carries a checksum, so
damage ends in an error and not in a number. Memory is a few row groups and what is kept for each account.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from caudal.errors import InputError
from caudal.tracing.flow import Chunk, Codes, Ints, codes_of
from caudal.tracing.index import TransferIndex

FORMAT = 1
FLOW, IDS, ACCOUNTS, NOTE = "flow.parquet", "ids.parquet", "accounts.parquet", "index.json"


@dataclass(frozen=True)
class StoredIndex:
    """A stored index, opened; a `Flow` like `TransferIndex`.

    Attributes:
        folder: where it lies.
        note: what `index.json` says: format, transfers, accounts, source, sorted (whether the source had to be sorted),
            self_transfers and zero_amounts (counted, they move nothing).
    """

    folder: Path
    note: dict[str, Any]

    @classmethod
    def open(cls, folder: Path | str) -> StoredIndex:
        """The index in a folder.

        Raises:
            InputError: there is none, it is of another version, or its files do not belong together.
        """
        folder = Path(folder)
        try:
            note = json.loads((folder / NOTE).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise InputError("there is no stored index", file=str(folder)) from None
        except ValueError as error:
            raise InputError(f"it is no stored index ({error})", file=str(folder / NOTE)) from error
        if not isinstance(note, dict) or note.get("format") != FORMAT:
            raise InputError("the stored index is of another version; make it again", file=str(folder / NOTE))
        index = cls(folder, note)
        for name, rows in ((FLOW, "transfers"), (IDS, "transfers"), (ACCOUNTS, "accounts")):
            with _parquet(folder / name) as file:
                if file.metadata.num_rows != note.get(rows):
                    reason = f"it has {file.metadata.num_rows} rows where {NOTE} says {note.get(rows)}; make it again"
                    raise InputError(reason, file=str(folder / name))
        return index

    def __len__(self) -> int:
        return int(self.note["transfers"])

    @cached_property
    def accounts(self) -> pa.Array:
        """Account id of every code, sorted."""
        return self._read_accounts(["account_id"]).column(0).combine_chunks()

    @cached_property
    def turnover(self) -> tuple[Ints, Ints]:
        """What every account received and what it paid, without payments to itself."""
        table = self._read_accounts(["received", "paid"])
        return table.column(0).to_numpy(), table.column(1).to_numpy()

    def codes(self, accounts: Iterable[str]) -> tuple[Codes, list[str]]:
        """The codes of the accounts that occur in a transfer, sorted, and the accounts that do not."""
        return codes_of(self.accounts, accounts)

    def chunks(self, backward: bool = False) -> Iterator[Chunk]:
        """The row groups, in order (backward: the last one first); the next is read while one is used.

        Raises:
            InputError: row groups are damaged, or hold what cannot be; how many, and the rows of the first.
        """
        with _parquet(self.folder / FLOW) as file, ThreadPoolExecutor(1) as reader:
            groups = range(file.num_row_groups)
            first = np.cumsum([0, *(file.metadata.row_group(group).num_rows for group in groups)])
            way = groups[::-1] if backward else groups
            edge = None  # time of the transfer that the next chunk must not be before (backward: not after)
            waiting = [reader.submit(self._chunk, file, group, int(first[group])) for group in way[:1]]
            for place in range(len(way)):
                chunk = waiting.pop().result()
                if place + 1 < len(way):
                    group = way[place + 1]
                    waiting.append(reader.submit(self._chunk, file, group, int(first[group])))
                if edge is not None and (chunk.time[-1] > edge if backward else chunk.time[0] < edge):
                    reason = f"row group {way[place] + 1} of {len(way)} is not in order of time; make the index again"
                    raise InputError(reason, file=str(self.folder / FLOW))
                edge = chunk.time[0] if backward else chunk.time[-1]
                yield chunk

    def ids_at(self, places: Ints) -> pa.Array:
        """The ids of the transfers at these places of the ledger.

        Raises:
            InputError: row groups are damaged.
        """
        order = np.argsort(places, kind="stable")
        found = []
        at = 0
        with _parquet(self.folder / IDS) as file:
            first = 0
            for group in range(file.num_row_groups):
                last = first + file.metadata.row_group(group).num_rows
                until = int(np.searchsorted(places[order], last))
                if until > at:
                    ids = read_group(file, group, ["transfer_id"], self.folder / IDS).column(0)
                    found.append(ids.take(pa.array(places[order[at:until]] - first)).combine_chunks())
                first, at = last, until
        back = np.empty(len(order), np.int64)
        back[order] = np.arange(len(order))
        whole = pa.chunked_array(found, pa.string()).cast(pa.large_string()).combine_chunks()
        whole = whole.take(pa.array(back))
        return whole.cast(pa.string()) if whole.nbytes < 2**31 else whole

    def load(self) -> TransferIndex:
        """All of it in memory, for what needs the arrays whole.

        Raises:
            InputError: row groups are damaged.
        """
        parts = list(self.chunks())
        empty = Chunk(0, np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64))
        _, *columns = zip(*(parts or [empty]), strict=True)
        time, payer, payee, amount = (np.concatenate(column) for column in columns)
        with _parquet(self.folder / IDS) as file:
            groups = [read_group(file, n, ["transfer_id"], self.folder / IDS) for n in range(file.num_row_groups)]
        ids = pa.chunked_array([chunk for group in groups for chunk in group.column(0).chunks], pa.string())
        if ids.nbytes >= 2**31:
            ids = ids.cast(pa.large_string())
        return TransferIndex(time, payer, payee, amount, self.accounts, ids.combine_chunks())

    def _read_accounts(self, names: list[str]) -> pa.Table:
        with _parquet(self.folder / ACCOUNTS) as file:
            groups = [read_group(file, n, names, self.folder / ACCOUNTS) for n in range(file.num_row_groups)]
        return pa.concat_tables(groups).combine_chunks()

    def _chunk(self, file: Any, group: int, first: int) -> Chunk:
        """A row group, checked: compiled code trusts the codes, and must never see one out of range."""
        table = read_group(file, group, None, self.folder / FLOW)
        time, payer, payee, amount = (table.column(place).chunk(0).to_numpy() for place in range(4))
        accounts = int(self.note["accounts"])
        top = max(int(side.view(np.uint32).max()) for side in (payer, payee))
        if top >= accounts or amount.min() < 0 or (time[1:] < time[:-1]).any():
            reason = f"row group {group + 1} of {file.num_row_groups} holds what cannot be; make the index again"
            raise InputError(reason, file=str(self.folder / FLOW))
        return Chunk(first, time, payer, payee, amount)


def read_group(file: Any, group: int, columns: list[str] | None, path: Path) -> pa.Table:
    """One row group of an open Parquet file.

    Raises:
        InputError: it is damaged; how many row groups of these columns are, and the rows of this one.
    """
    try:
        return file.read_row_group(group, columns=columns, use_threads=False)
    except (pa.ArrowException, OSError, ValueError) as error:
        bad, first = 0, 0
        for other in range(file.num_row_groups):
            try:
                file.read_row_group(other, columns=columns, use_threads=False)
            except (pa.ArrowException, OSError, ValueError):
                bad += 1
            if other < group:
                first += file.metadata.row_group(other).num_rows
        last = first + file.metadata.row_group(group).num_rows
        count = f"{bad} of {file.num_row_groups} row groups cannot be read"
        reason = f"row group {group + 1} is damaged (rows {first + 2} to {last + 1}); {count} ({error})"
        raise InputError(reason, file=str(path)) from error


def _parquet(path: Path) -> Any:
    try:
        return pq.ParquetFile(path, page_checksum_verification=True)  # mapped pages would count as memory
    except FileNotFoundError:
        raise InputError("there is no such file", file=str(path)) from None
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(f"it is not a readable Parquet file ({error})", file=str(path)) from error
