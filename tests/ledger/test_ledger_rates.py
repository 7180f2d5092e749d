from __future__ import annotations

import contextlib
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.ledger import Rates
from caudal.ledger.currencies import minor_unit

FRIDAY = date(2012, 7, 13)


def days_since_1970(*days: date) -> np.ndarray:
    return np.array([(d - date(1970, 1, 1)).days for d in days], dtype=np.int64)


rate_values = st.builds(
    lambda digits, shift: Decimal(digits).scaleb(-shift), st.integers(1, 10**16), st.integers(2, 14)
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2**63 - 1), st.sampled_from(["EUR", "JPY", "KWD", "USD"])), min_size=1),
    st.fixed_dictionaries({"EUR": rate_values, "JPY": rate_values, "KWD": rate_values}),
    st.sampled_from(["USD", "CLF"]),
)
def test_conversion_is_exact_decimal_arithmetic(
    rows: list[tuple[int, str]], given_rates: dict[str, Decimal], base: str
) -> None:
    given_rates = {**given_rates, "USD": Decimal(1) if base == "USD" else Decimal("0.025")}
    rates = Rates([(FRIDAY, code, rate) for code, rate in given_rates.items()], base)
    limit = 10**15
    found, beyond = rates.convert(
        np.array([a for a, _ in rows], dtype=np.int64),
        pa.array([c for _, c in rows]),
        np.repeat(days_since_1970(FRIDAY), len(rows)),
        limit,
    )
    context = Context(prec=200)
    for (amount, code), got, over in zip(rows, found.tolist(), beyond.tolist(), strict=True):
        factor = context.scaleb(given_rates[code], minor_unit(base) - minor_unit(code))
        wanted = context.multiply(Decimal(amount), factor).quantize(Decimal(1), ROUND_HALF_EVEN, context=context)
        assert over == (wanted > limit)
        assert got == (0 if over else int(wanted))


def test_the_last_earlier_rate_within_reach_counts() -> None:
    rates = Rates([(FRIDAY, "EUR", Decimal("1.22")), (FRIDAY + timedelta(20), "EUR", Decimal("1.30"))])
    assert rates.rate("EUR", FRIDAY) == Decimal("1.22")
    assert rates.rate("EUR", FRIDAY + timedelta(7)) == Decimal("1.22")
    assert rates.rate("EUR", FRIDAY + timedelta(21)) == Decimal("1.30")
    assert rates.rate("USD", FRIDAY) == 1
    with pytest.raises(InputError, match=r"no rate for EUR on 2012-07-21 .*more than 7 days earlier"):
        rates.rate("EUR", FRIDAY + timedelta(8))
    with pytest.raises(InputError, match=r"no rate for EUR on 2012-07-12 .*the first is of 2012-07-13"):
        rates.rate("EUR", FRIDAY - timedelta(1))
    with pytest.raises(InputError, match=r"no rate for GBP on 2012-07-13 .*none for this currency"):
        rates.rate("GBP", FRIDAY)


def test_the_earliest_missing_day_is_named() -> None:
    rates = Rates([(FRIDAY, "EUR", Decimal("1.22"))])
    with pytest.raises(InputError, match=r"no rate for EUR on 2012-08-01"):
        rates.convert(
            np.array([1, 1, 1], dtype=np.int64),
            pa.array(["EUR"] * 3),
            days_since_1970(date(2012, 9, 1), date(2012, 8, 1), FRIDAY),
            10**15,
        )


def written(folder: Path, text: str, name: str = "rates.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_read(tmp_path: Path) -> None:
    rates = Rates.read(written(tmp_path, "\ufeffday,currency,rate\n2012-07-13,EUR,1.2200\n2012-07-13,EUR,1.22\n"))
    assert rates.rate("EUR", FRIDAY) == Decimal("1.22")


@pytest.mark.parametrize(
    ("text", "row", "reason"),
    [
        ("date,currency,rate\n", 1, "there is no column 'day'"),
        ("day,currency,rate\n13.7.2012,EUR,1\n", 2, "is no day"),
        ("day,currency,rate\n2012-07-13,EURO,1\n", 2, "no ISO 4217 currency"),
        ("day,currency,rate\n2012-07-13,EUR,one\n", 2, "is no number"),
        ("day,currency,rate\n2012-07-13,EUR,0\n", 2, "not usable"),
        ("day,currency,rate\n2012-07-13,EUR,-1\n", 2, "not usable"),
        ("day,currency,rate\n2012-07-13,EUR,NaN\n", 2, "not usable"),
        ("day,currency,rate\n2012-07-13,EUR,1.123456789012345\n", 2, "more than 14 decimals"),
        ("day,currency,rate\n2012-07-13,USD,1.1\n", 2, "worth 1"),
        ("day,currency,rate\n2012-07-13,EUR,1.1\n2012-07-13,EUR,1.2\n", 3, "two rates for EUR on 2012-07-13"),
        ("day,currency,rate\n2012-07-13,EUR\n", 2, "2 fields where the header has 3"),
        ('day,currency,rate\n2012-07-13,"EUR,1\n', None, "no CSV"),
    ],
)
def test_bad_rates_are_named(tmp_path: Path, text: str, row: int | None, reason: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError, match=reason) as caught:
        Rates.read(path)
    assert caught.value.file == str(path)
    assert caught.value.row == row


def test_no_file_and_no_text(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        Rates.read(tmp_path / "none.csv")
    (tmp_path / "x.csv").write_bytes(b"day,currency,rate\n\xff\xfe,EUR,1\n")
    with pytest.raises(InputError, match="no CSV in UTF-8"):
        Rates.read(tmp_path / "x.csv")
    with pytest.raises(InputError, match="'DOL' is no ISO 4217"):
        Rates([], "DOL")


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=200))
def test_garbage_is_an_input_error_or_rates(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("rates") / "rates.csv"
    path.write_bytes(b"day,currency,rate\n2012-07-13,EUR,1.2\n" + data)
    with contextlib.suppress(InputError):
        assert Rates.read(path).rate("EUR", FRIDAY) == Decimal("1.2")
