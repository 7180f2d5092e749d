"""Dated exchange rates and exact conversion."""

from __future__ import annotations

import bisect
import csv
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Context, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.ledger.currencies import minor_unit, minor_units

REACH = 7
"""Days a rate stays good where no newer one is given: weekends and runs of holidays."""

DECIMALS = 14
"""Most decimals a rate may have."""

_LARGEST = Decimal(10) ** 15
_SCALE = 18
_EXACT = Context(prec=60)
_EPOCH = date(1970, 1, 1).toordinal()


class Rates:
    """Units of the base currency for one unit of a currency, by day.

    The rate of a day is the one given for it, else the last one given before it, at most `reach` days earlier.

    Args:
        rows: (day, currency, rate).
        base_currency: the currency the rates lead to; its own rate is 1.
        reach: days a rate stays good.
        file: where the rates come from, for errors.
    """

    def __init__(
        self,
        rows: Iterable[tuple[date, str, Decimal]],
        base_currency: str = "USD",
        reach: int = REACH,
        file: str | None = None,
    ) -> None:
        minor_unit(base_currency)
        self.base_currency = base_currency
        self.reach = reach
        self.file = file
        found: dict[str, dict[int, Decimal]] = {}
        for at, (day, currency, rate) in enumerate(rows, start=2):
            self._check(currency, rate, at)
            days = found.setdefault(currency, {})
            key = day.toordinal() - _EPOCH
            if days.setdefault(key, rate) != rate:
                reason = f"there are two rates for {currency} on {day}: {days[key]} and {rate}"
                raise InputError(reason, file=file, row=at, field="rate")
        self._days = {currency: sorted(days) for currency, days in found.items()}
        self._rates = {currency: [found[currency][d] for d in days] for currency, days in self._days.items()}

    def _check(self, currency: str, rate: Decimal, row: int) -> None:
        if currency not in minor_units():
            raise InputError(f"{currency!r} is no ISO 4217 currency", file=self.file, row=row, field="currency")
        if not rate.is_finite() or rate <= 0 or rate >= _LARGEST:
            raise InputError(f"a rate of {rate} is not usable", file=self.file, row=row, field="rate")
        exponent = rate.normalize(Context(prec=len(rate.as_tuple().digits))).as_tuple().exponent
        if isinstance(exponent, int) and -exponent > DECIMALS:
            raise InputError(f"the rate has more than {DECIMALS} decimals", file=self.file, row=row, field="rate")
        if currency == self.base_currency and rate != 1:
            reason = f"a unit of the base currency {currency} is worth 1, not {rate}"
            raise InputError(reason, file=self.file, row=row, field="rate")

    @classmethod
    def read(cls, path: Path | str, base_currency: str = "USD", reach: int = REACH) -> Rates:
        """Rates from a CSV with the columns day (ISO), currency (ISO 4217) and rate (decimal point).

        Raises:
            InputError: the file is missing or no such CSV, a value is no day, currency or rate, or a day has two rates.
        """
        file = str(path)
        rows: list[tuple[date, str, Decimal]] = []
        try:
            with Path(path).open(encoding="utf-8-sig", newline="") as stream:
                lines = csv.reader(stream, strict=True)
                header = [name.strip() for name in next(lines, [])]
                for name in ("day", "currency", "rate"):
                    if name not in header:
                        raise InputError(f"there is no column {name!r}", file=file, row=1, field=name)
                for at, line in enumerate(lines, start=2):
                    if not any(line):
                        raise InputError("the row is empty", file=file, row=at)
                    if len(line) != len(header):
                        reason = f"it has {len(line)} fields where the header has {len(header)}"
                        raise InputError(reason, file=file, row=at)
                    row = dict(zip(header, line, strict=True))
                    rows.append((_day(row["day"], file, at), row["currency"].strip(), _rate(row["rate"], file, at)))
        except OSError as error:
            raise InputError(f"the rates cannot be read ({error.strerror})", file=file) from error
        except (UnicodeDecodeError, csv.Error) as error:
            raise InputError(f"the rates are no CSV in UTF-8 ({error})", file=file) from error
        return cls(rows, base_currency, reach, file)

    def rate(self, currency: str, day: date) -> Decimal:
        """The rate of a day.

        Raises:
            InputError: there is none within reach; names currency and day.
        """
        if currency == self.base_currency:
            return Decimal(1)
        key = day.toordinal() - _EPOCH
        days = self._days.get(currency, [])
        at = bisect.bisect_right(days, key) - 1
        if at < 0 or days[at] < key - self.reach:
            raise InputError(f"no rate for {currency} on {day}{self._hint(days, at)}", file=self.file)
        return self._rates[currency][at]

    def _hint(self, days: list[int], at: int) -> str:
        if self.file is None and not self._days:
            return " (the ledger is read without rates)"
        if not days:
            return " (there are none for this currency)"
        if at < 0:
            return f" (the first is of {date.fromordinal(days[0] + _EPOCH)})"
        return f" (the last before it is of {date.fromordinal(days[at] + _EPOCH)}, more than {self.reach} days earlier)"

    def convert(
        self, amounts: npt.NDArray[np.int64], currencies: pa.Array, days: npt.NDArray[np.int64], limit: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Amounts in minor units of the base currency: amount x rate, exact, then rounded half to even.

        Args:
            amounts: minor units of each row's currency, not negative.
            currencies: string array, one code per row.
            days: days since 1970-01-01.
            limit: the largest amount wanted.

        Returns:
            the converted amounts, and a mask of those beyond `limit` (their amount is 0).

        Raises:
            InputError: a rate is missing; names the earliest such day and its currency.
        """
        if not len(amounts):
            return np.empty(0, np.int64), np.empty(0, bool)
        encoded = currencies.dictionary_encode()
        codes: list[str] = encoded.dictionary.to_pylist()
        keys = days * len(codes) + encoded.indices.to_numpy(zero_copy_only=False)
        distinct, place = np.unique(keys, return_inverse=True)
        base = minor_unit(self.base_currency)
        units = minor_units()
        factors = []
        for key in distinct.tolist():
            day, code = divmod(key, len(codes))
            rate = self.rate(codes[code], date(1970, 1, 1) + timedelta(days=day))
            factors.append(rate.scaleb(base - units[codes[code]], _EXACT))
        # 256-bit decimals hold every product of a 64-bit amount and a rate without loss.
        factor: Any = pa.array(factors, type=pa.decimal256(38, _SCALE)).take(pa.array(place))
        product = pc.multiply(pa.array(amounts).cast(pa.decimal256(19, 0)), factor)
        exact = pc.round(product, ndigits=0, round_mode="half_to_even")
        beyond = pc.greater(exact, pa.scalar(Decimal(limit), pa.decimal256(38, 0)))
        zero = pa.scalar(Decimal(0), exact.type)
        kept = pc.if_else(beyond, zero, exact).cast(pa.int64())
        return kept.to_numpy(), beyond.to_numpy(zero_copy_only=False)


def _day(text: str, file: str, row: int) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise InputError(f"{text!r} is no day such as 2024-01-31", file=file, row=row, field="day") from error


def _rate(text: str, file: str, row: int) -> Decimal:
    try:
        return Decimal(text.strip())
    except InvalidOperation as error:
        raise InputError(f"{text!r} is no number", file=file, row=row, field="rate") from error
