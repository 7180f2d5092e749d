"""From rows as read to transfers, by a mapping: every row becomes a transfer or is kept aside with its reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from caudal.ledger import kernels
from caudal.ledger.batches import Batch, Faults, Rejects
from caudal.ledger.currencies import minor_unit, minor_units
from caudal.ledger.mapping import Cell, Mapping
from caudal.ledger.mentions import Local, mentions_of
from caudal.ledger.rates import Rates
from caudal.ledger.text import buffers, clean, or_null
from caudal.ledger.times import DAY_US, UNITS, read_numbers, read_times, steps_of
from caudal.tables import TEXTS

LARGEST = 10**15
"""Amounts beyond this many minor units of the base currency are taken for mistakes."""

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass
class Settings:
    """What holds for a whole ledger.

    Attributes:
        base_currency: ISO 4217 code.
        rates: conversion into it.
        as_of: a transfer after this day is a mistake.
        notes: what was changed or left out in rows that were accepted, counted.
    """

    base_currency: str
    rates: Rates
    as_of: date
    notes: Counter[str] = field(default_factory=Counter)

    @property
    def end(self) -> int:
        """The first microsecond that lies in the future."""
        return ((self.as_of - date(1970, 1, 1)).days + 1) * DAY_US


class RowReader:
    """Reads the batches of one ledger by its mapping."""

    def __init__(self, mapping: Mapping, settings: Settings) -> None:
        self._mapping = mapping
        self._settings = settings
        self._steps = None if mapping.time.format in UNITS else steps_of(mapping.time.format)
        self._words = pa.array(mapping.currencies, pa.string())
        self._codes = pa.array(mapping.currencies.values(), pa.string())
        self._iso = steps_of("iso")
        self._empty = pa.array(mapping.empty, pa.string())
        self._base_minor = minor_unit(settings.base_currency)
        self._rounded: dict[str, Mask] = {}  # by column, rows of the batch in hand

    def read(self, batch: Batch, rejects: Rejects) -> tuple[pa.Table, Local]:
        """The transfers of a batch; rows at fault go to `rejects`.

        Returns:
            a table with time (int64 microseconds), amount, currency, amount_base, channel, purpose, source_row,
            transfer_id (null where the ledger has none) and payer_account and payee_account, which are numbers of the
            batch's mentions; and those mentions.
        """
        faults = Faults(len(batch))
        times = self._times(batch, faults)
        local = mentions_of(batch, self._mapping.payer, self._mapping.payee, self._empty)
        self._parties(local, faults)
        currencies = self._currencies(batch, faults)
        amounts, backwards = self._amounts(batch, currencies, faults)
        ids = self._ids(batch, faults)
        bases = self._bases(batch, times, amounts, currencies, faults)
        faults.move(batch, rejects)
        good = faults.good
        for column, mask in self._rounded.items():
            if count := int((mask & good).sum()):
                self._settings.notes[f"{column}: rounded to the currency's minor unit"] += count
        keep = pa.array(good)
        payer = np.where(backwards, local.payee, local.payer)[good]
        payee = np.where(backwards, local.payer, local.payee)[good]
        table = pa.table(
            {
                "time": pa.array(times[good]),
                "payer_account": pa.array(payer),
                "payee_account": pa.array(payee),
                "amount": pa.array(amounts[good]),
                "currency": currencies.filter(keep),
                "amount_base": pa.array(bases[good]),
                "channel": self._optional(batch, self._mapping.channel).filter(keep),
                "purpose": self._optional(batch, self._mapping.purpose).filter(keep),
                "source_row": pa.array(batch.rows[good]),
                "transfer_id": ids.filter(keep),
                "via": self._via(batch, backwards).filter(keep),
            }
        )
        return table, local

    def _text(self, batch: Batch, cell: Cell) -> pa.Array:
        if cell.column is None:
            return pa.repeat(pa.scalar(cell.value, pa.string()), len(batch))
        return batch.text(cell.column)

    def _optional(self, batch: Batch, cell: Cell | None) -> pa.Array:
        if cell is None:
            return pa.nulls(len(batch), pa.string())
        return or_null(clean(self._text(batch, cell), self._empty))

    def _via(self, batch: Batch, backwards: Mask) -> pa.Array:
        """The institutions between both sides as lists, turned round where payer and payee are."""
        cells = self._mapping.via
        if not cells:
            return pa.nulls(len(batch), TEXTS)
        texts = [self._optional(batch, cell) for cell in cells]
        named = np.stack([_mask(pc.is_valid(text)) for text in texts], axis=1)
        row, place = np.nonzero(named)
        order = np.lexsort((np.where(backwards[row], -place, place), row))
        flat = pa.concat_arrays(texts).take(pa.array((place * len(batch) + row)[order]))
        offsets = np.concatenate([[0], np.cumsum(named.sum(axis=1))]).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), flat)

    def _times(self, batch: Batch, faults: Faults) -> Ints:
        spec = self._mapping.time
        typed = batch.raw.schema.field(batch.names.index(spec.column)).type
        # A column that already holds times is written out as ISO 8601, whatever the mapping's format.
        steps = self._iso if pa.types.is_temporal(typed) else self._steps
        texts = batch.text(spec.column)
        if steps is None:
            times, status = read_numbers(texts, spec.format, spec.origin, self._mapping.decimal)
            form = f"number of {spec.format}"
        else:
            times, status = read_times(texts, steps, spec.zone)
            form = "ISO 8601 date or time" if spec.format == "iso" else f"time in the format {spec.format}"
        faults.mark(status == kernels.EMPTY, spec.column, "is missing")
        faults.mark(status == kernels.MALFORMED, spec.column, f"is no {form}")
        faults.mark(times >= self._settings.end, spec.column, "lies in the future")
        return times

    def _parties(self, local: Local, faults: Faults) -> None:
        nothing = [pc.equal(local.table[name], "").to_numpy() for name in ("account", "name")]
        missing = np.asarray(nothing[0] & nothing[1], dtype=bool)
        for side, codes in (("payer", local.payer), ("payee", local.payee)):
            spec = getattr(self._mapping, side)
            cell = spec.account or spec.name
            faults.mark(missing[codes], cell.column or side, f"the {side} is missing")

    def _currencies(self, batch: Batch, faults: Faults) -> pa.Array:
        cell = self._mapping.amount.currency
        encoded = clean(self._text(batch, cell), self._empty).dictionary_encode()
        translated = pc.index_in(encoded.dictionary, value_set=self._words)
        codes = pc.coalesce(self._codes.take(translated), pc.utf8_upper(encoded.dictionary))
        place = encoded.indices.to_numpy(zero_copy_only=False)
        known = np.array([code in minor_units() for code in codes.to_pylist()], dtype=bool)
        blank = pc.equal(codes, "").to_numpy(zero_copy_only=False)
        if len(place):
            field = cell.column or "currency"
            faults.mark(blank[place], field, "is missing")
            faults.mark(~known[place], field, "is no ISO 4217 currency with a minor unit")
        return codes.take(encoded.indices)

    def _amounts(self, batch: Batch, currencies: pa.Array, faults: Faults) -> tuple[Ints, Mask]:
        spec = self._mapping.amount
        encoded = currencies.dictionary_encode()
        units = np.array([minor_units().get(code, 0) for code in encoded.dictionary.to_pylist()], dtype=np.int8)
        place = encoded.indices.to_numpy(zero_copy_only=False)
        minor = units[place] if len(place) else np.empty(0, np.int8)
        amounts = self._decimals(batch, spec.column, minor, faults)
        negative = amounts < 0
        if spec.sign == "positive":
            faults.mark(negative, spec.column, "is negative")
        backwards = negative & (spec.sign == "swap")
        faults.mark(amounts == 0, spec.column, "is zero")
        return np.abs(amounts), backwards

    def _decimals(self, batch: Batch, column: str, minor: npt.NDArray[np.int8], faults: Faults) -> Ints:
        mapping = self._mapping
        group = ord(mapping.group) if mapping.group else -1
        texts = batch.text(column)
        if len(self._empty):
            texts = pc.if_else(pc.is_in(texts, value_set=self._empty), "", texts)
        amounts, status = kernels.parse_amounts(*buffers(texts), minor, ord(mapping.decimal), group)
        faults.mark(status == kernels.EMPTY, column, "is missing")
        faults.mark(status == kernels.MALFORMED, column, "is no number")
        faults.mark(status == kernels.TOO_LARGE, column, "is too large")
        self._rounded[column] = status == kernels.ROUNDED
        return np.asarray(amounts)

    def _ids(self, batch: Batch, faults: Faults) -> pa.Array:
        column = self._mapping.id
        if column is None:
            return pa.nulls(len(batch), pa.string())
        ids = clean(batch.text(column), self._empty)
        faults.mark(_mask(pc.equal(ids, "")), column, "is missing")
        return ids

    def _bases(self, batch: Batch, times: Ints, amounts: Ints, currencies: pa.Array, faults: Faults) -> Ints:
        settings = self._settings
        column = self._mapping.amount.base
        wanted = faults.good
        given = np.zeros(len(batch), dtype=bool)
        bases = np.zeros(len(batch), dtype=np.int64)
        if column is not None:
            given = _mask(pc.not_equal(clean(batch.text(column), self._empty), ""))
            own = Faults(len(batch))
            minor = np.full(len(batch), self._base_minor, dtype=np.int8)
            found = self._decimals(batch, column, minor, own)
            if self._mapping.amount.sign == "positive":
                own.mark(found < 0, column, "is negative")
            found = np.abs(found)
            own.mark(found == 0, column, "is zero")
            own.mark(found > LARGEST, column, "is too large")
            faults.take(own, given)
            bases[given] = found[given]
        convert_rows(bases, wanted & ~given, times, amounts, currencies, settings, faults, self._mapping.amount.column)
        return bases


def convert_rows(
    bases: Ints,
    wanted: Mask,
    times: Ints,
    amounts: Ints,
    currencies: pa.Array,
    settings: Settings,
    faults: Faults,
    field: str,
) -> None:
    """Fill `bases` in the wanted rows: the amount itself in the base currency, else converted at the day's rate.

    Raises:
        InputError: a rate is missing.
    """
    same = _mask(pc.equal(currencies, settings.base_currency))
    bases[wanted & same] = amounts[wanted & same]
    other = np.flatnonzero(wanted & ~same)
    if len(other):
        converted, beyond = settings.rates.convert(
            amounts[other], currencies.take(pa.array(other)), times[other] // DAY_US, LARGEST
        )
        bases[other] = converted
        mask = np.zeros(len(bases), dtype=bool)
        mask[other[beyond]] = True
        faults.mark(mask, field, "is too large")
        vanished = int((converted == 0).sum() - beyond.sum())
        if vanished:
            note = f"{field}: less than half a minor unit of {settings.base_currency}, counted as 0 there"
            settings.notes[note] += vanished
    faults.mark(wanted & (bases > LARGEST), field, "is too large")


def _mask(values: Any) -> Mask:
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=bool)
