"""Ledgers that already have Caudal's own tables: a Parquet file of transfers, or a folder of Parquet tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal import storage
from caudal.errors import InputError
from caudal.ledger.batches import Batch, Faults, Rejects
from caudal.ledger.currencies import minor_units
from caudal.ledger.parquet_reader import ParquetReader
from caudal.ledger.rows import LARGEST, Settings, convert_rows
from caudal.ledger.text import as_text
from caudal.tables import ACCOUNTS, INSTITUTIONS, PARTIES, TEXTS, TIME, TRANSFERS

NEEDED = ("time", "payer_account", "payee_account", "amount", "currency")
"""Columns a canonical `transfers` must have. The others are made where they are missing."""


class CanonicalReader:
    """Reads and checks batches of a canonical `transfers` Parquet.

    Raises:
        InputError: a needed column is missing, or one has a type that cannot be its.
    """

    def __init__(self, reader: ParquetReader, settings: Settings) -> None:
        self._settings = settings
        self._file = reader.file
        for name in NEEDED:
            if name not in reader.names:
                listed = ", ".join(reader.names) or "none"
                reason = f"the column is missing; there are: {listed}. Columns of other names need a mapping"
                raise InputError(reason, file=reader.file, field=name)
        for name, kind in reader.types.items():
            fits = {
                "time": pa.types.is_timestamp(kind) or pa.types.is_date(kind),
                "amount": pa.types.is_integer(kind),
                "amount_base": pa.types.is_integer(kind),
                "source_row": pa.types.is_integer(kind),
                "via": pa.types.is_list(kind) and _is_text(kind.value_type),
            }.get(name, _is_text(kind))
            if name in {c.name for c in TRANSFERS.columns} and not fits and not pa.types.is_null(kind):
                reason = f"its type is {kind}, which cannot be it (amounts are whole minor units)"
                raise InputError(reason, file=reader.file, field=name)
        self._has = set(reader.names)

    def read(self, batch: Batch, rejects: Rejects) -> pa.Table:
        """The transfers of a batch; rows at fault go to `rejects`.

        Returns:
            the columns of `transfers`, `time` as int64 microseconds, and `file_row`.
        """
        rows = len(batch)
        faults = Faults(rows)
        times = self._numbers(batch, "time", faults)
        faults.mark(times >= self._settings.end, "time", "lies in the future")
        payer, payee = self._filled(batch, "payer_account", faults), self._filled(batch, "payee_account", faults)
        currency = self._filled(batch, "currency", faults)
        encoded = currency.dictionary_encode()
        known = np.array([code in minor_units() for code in encoded.dictionary.to_pylist()], dtype=bool)
        if rows:
            place = encoded.indices.to_numpy(zero_copy_only=False)
            faults.mark(~known[place], "currency", "is no ISO 4217 currency with a minor unit")
        amounts = self._numbers(batch, "amount", faults)
        faults.mark(amounts < 0, "amount", "is negative")
        faults.mark(amounts == 0, "amount", "is zero")
        ids: Any = pa.nulls(rows, pa.string())
        if "transfer_id" in self._has:
            ids = self._filled(batch, "transfer_id", faults)
        bases = np.zeros(rows, dtype=np.int64)
        given = np.zeros(rows, dtype=bool)
        if "amount_base" in self._has:
            given = np.asarray(self._column(batch, "amount_base").is_valid().to_numpy(zero_copy_only=False), dtype=bool)
            own = Faults(rows)
            bases = self._numbers(batch, "amount_base", own).copy()
            faults.mark(given & (bases < 0), "amount_base", "is negative")
            faults.mark(given & (bases > LARGEST), "amount_base", "is too large")
        convert_rows(bases, faults.good & ~given, times, amounts, currency, self._settings, faults, "amount")
        faults.move(batch, rejects)
        keep = pa.array(faults.good)
        own_rows = self._column(batch, "source_row") if "source_row" in self._has else pa.array(batch.rows)
        return pa.table(
            {
                "time": pa.array(times[faults.good]),
                "payer_account": payer.filter(keep),
                "payee_account": payee.filter(keep),
                "amount": pa.array(amounts[faults.good]),
                "currency": currency.filter(keep),
                "amount_base": pa.array(bases[faults.good]),
                "channel": self._optional(batch, "channel").filter(keep),
                "purpose": self._optional(batch, "purpose").filter(keep),
                "source_row": own_rows.cast(pa.int64()).filter(keep),
                "transfer_id": ids.filter(keep),
                "via": self._via(batch).filter(keep),
                "file_row": pa.array(batch.rows[faults.good]),
            }
        )

    def _column(self, batch: Batch, name: str) -> pa.Array:
        return batch.raw.column(batch.names.index(name))

    def _numbers(self, batch: Batch, name: str, faults: Faults) -> np.ndarray[Any, np.dtype[np.int64]]:
        values = self._column(batch, name)
        try:
            if name == "time":
                # Finer than a microsecond is cut; a clock without zone is UTC, as in every table of Caudal.
                finer = pa.types.is_timestamp(values.type) and values.type.unit == "ns"
                values = values.cast(TIME, safe=not finer)
            values = values.cast(pa.int64())
        except pa.ArrowInvalid as error:
            first, last = batch.rows[0], batch.rows[-1]
            reason = f"a value in rows {first} to {last} is out of range ({error})"
            raise InputError(reason, file=self._file, field=name) from error
        faults.mark(np.asarray(values.is_null().to_numpy(zero_copy_only=False), dtype=bool), name, "is missing")
        return np.asarray(pc.fill_null(values, 0).to_numpy(zero_copy_only=False))

    def _filled(self, batch: Batch, name: str, faults: Faults) -> pa.Array:
        texts = as_text(self._column(batch, name))
        faults.mark(np.asarray(pc.equal(texts, "").to_numpy(zero_copy_only=False), dtype=bool), name, "is missing")
        return texts

    def _via(self, batch: Batch) -> pa.Array:
        return self._column(batch, "via").cast(TEXTS) if "via" in self._has else pa.nulls(len(batch), TEXTS)

    def _optional(self, batch: Batch, name: str) -> pa.Array:
        if name not in self._has:
            return pa.nulls(len(batch), pa.string())
        values = self._column(batch, name)
        if pa.types.is_dictionary(values.type):
            values = values.dictionary_decode()
        return values.cast(pa.string())


def _is_text(kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def read_books(folder: Path) -> tuple[pa.Table, pa.Table, pa.Table]:
    """The tables parties, accounts and institutions of a folder, each empty where its file is missing.

    Raises:
        InputError: a file is no such table.
    """
    found = []
    for shape in (PARTIES, ACCOUNTS, INSTITUTIONS):
        path = folder / f"{shape.name}.parquet"
        table = storage.read_table(path, shape) if path.exists() else shape.empty()
        key = table[shape.key[0]]
        if pc.count_distinct(key).as_py() != table.num_rows:
            raise InputError("an id occurs twice", file=str(path), field=shape.key[0])
        found.append(table)
    return found[0], found[1], found[2]


def with_all_accounts(accounts: pa.Table, transfers: pa.Table) -> tuple[pa.Table, int]:
    """`accounts` with every account of the transfers in it, and how many had to be added (without a holder)."""
    used = pa.chunked_array(
        [*transfers["payer_account"].chunks, *transfers["payee_account"].chunks], type=pa.string()
    ).unique()
    missing = used.filter(pc.invert(pc.is_in(used, value_set=accounts["account_id"].combine_chunks())))
    if not len(missing):
        return accounts, 0
    missing = missing.take(pc.sort_indices(missing))
    added = ACCOUNTS.build({"account_id": missing, "pooled": pa.array(np.zeros(len(missing), dtype=bool))})
    return pa.concat_tables([accounts, added]), len(missing)
