from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.ledger import kernels
from caudal.ledger.text import buffers
from caudal.ledger.times import read_numbers, read_times, steps_of

LARGEST = 2**63 - 1


def amounts(texts: list[str], minor: int | list[int] = 2, mark: str = ".", group: int = -1):
    units = np.full(len(texts), minor, dtype=np.int8) if isinstance(minor, int) else np.array(minor, dtype=np.int8)
    found, status = kernels.parse_amounts(*buffers(pa.array(texts, pa.string())), units, ord(mark), group)
    return found.tolist(), status.tolist()


def by_decimal(text: str, minor: int) -> int:
    """The same by the standard library, digit for digit."""
    context = Context(prec=2000, Emax=999999, Emin=-999999)
    value = context.scaleb(context.create_decimal(text), minor)
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_EVEN, context=context))


numbers = st.from_regex(r"[+-]?([0-9]{1,22}(\.[0-9]{0,22})?|\.[0-9]{1,22})([eE][+-]?[0-9]{1,2})?", fullmatch=True)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(numbers, st.sampled_from([0, 2, 3, 4])), min_size=1, max_size=20))
def test_amounts_are_exact(rows: list[tuple[str, int]]) -> None:
    found, status = amounts([t for t, _ in rows], [m for _, m in rows])
    for (text, minor), amount, said in zip(rows, found, status, strict=True):
        wanted = by_decimal(text, minor)
        if abs(wanted) > LARGEST:
            assert said == kernels.TOO_LARGE
            continue
        assert said in (kernels.OK, kernels.ROUNDED)
        assert amount == wanted
        exact = Context(prec=2000).scaleb(Decimal(text), minor) == wanted
        assert (said == kernels.OK) == exact


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="0123456789.,-+eE x'n", max_size=12))
def test_what_is_no_number_is_said_to_be_none(text: str) -> None:
    _, (status,) = amounts([text])
    try:
        Decimal(text.strip(" "))
        fine = True
    except ArithmeticError:
        fine = False
    assert (status in (kernels.OK, kernels.ROUNDED, kernels.TOO_LARGE)) == fine
    assert (status == kernels.EMPTY) == (not text.strip(" "))


def test_other_decimal_marks_and_digit_groups() -> None:
    assert amounts(["1.234.567,89", "-1.000", ",5", "12,3,4"], mark=",", group=ord(".")) == (
        [123456789, -100000, 50, 0],
        [kernels.OK, kernels.OK, kernels.OK, kernels.MALFORMED],
    )
    assert amounts(["1 234.50"], group=ord(" "))[0] == [123450]
    assert amounts([".1,5", "1.2"], mark=",")[1] == [kernels.MALFORMED, kernels.MALFORMED]


@pytest.mark.parametrize("text", ["NaN", "inf", "-", "e5", "1e", "1e+", "0x10", "12 USD", "1_000", "--1", "١٢"])
def test_these_are_no_numbers(text: str) -> None:
    assert amounts([text])[1] == [kernels.MALFORMED]


def test_ties_go_to_the_even_digit() -> None:
    texts = ["0.005", "0.015", "0.025", "-0.025", "0.0250001", "0.02499999", "1.5e-2", "2.5e-2", "0.5e-2"]
    found, status = amounts(texts)
    assert found == [0, 2, 2, -2, 3, 2, 2, 2, 0]
    assert found == [by_decimal(text, 2) for text in texts]
    assert set(status) == {kernels.ROUNDED}


def test_r_style_exponents() -> None:
    assert amounts(["-1e+05", "1.2e+07", "5E-1"])[0] == [-10_000_000, 1_200_000_000, 50]


moments = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999))


def microseconds(moment: datetime) -> int:
    return (moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@settings(max_examples=100, deadline=None)
@given(st.lists(moments, min_size=1, max_size=10))
def test_iso_times(when: list[datetime]) -> None:
    texts = [m.isoformat() for m in when] + [m.isoformat(" ") + "Z" for m in when]
    times, status = read_times(pa.array(texts), steps_of("iso"), "UTC")
    assert status.tolist() == [0] * len(texts)
    assert times.tolist() == [microseconds(m) for m in when] * 2


@settings(max_examples=200, deadline=None)
@given(moments, st.sampled_from(["%d.%m.%Y %H:%M:%S", "%Y%m%d%H%M%S", "%d-%b-%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S.%f"]))
def test_formats_agree_with_the_standard_library(moment: datetime, form: str) -> None:
    text = moment.strftime(form.replace("%Y", f"{moment.year:04d}"))
    times, status = read_times(pa.array([text]), steps_of(form), "UTC")
    wanted = datetime.strptime(text, form)
    assert status.tolist() == [0]
    assert times.tolist() == [microseconds(wanted)]


@settings(max_examples=150, deadline=None)
@given(st.from_regex(r"[0-9]{4}-[0-3]?[0-9]-[0-3]?[0-9]", fullmatch=True))
def test_the_calendar_is_checked(text: str) -> None:
    try:
        wanted = microseconds(datetime.strptime(text, "%Y-%m-%d"))
    except ValueError:
        wanted = None
    times, status = read_times(pa.array([text]), steps_of("%Y-%m-%d"), "UTC")
    assert (status[0] == kernels.OK) == (wanted is not None)
    assert wanted is None or times[0] == wanted


@pytest.mark.parametrize(
    "text", ["2024-02-30", "2023-02-29", "2024-13-01", "24-01-01", "2024-01-01T25:00", "2024-01-01T10", "2024-01-01 x"]
)
def test_these_are_no_times(text: str) -> None:
    assert read_times(pa.array([text]), steps_of("iso"), "UTC")[1].tolist() == [kernels.MALFORMED]


def test_zones() -> None:
    texts = ["2024-07-01T12:00", "2024-01-01T12:00", "2024-01-01T12:00+05:30", "2024-01-01", "2024-10-27T03:30"]
    times, status = read_times(pa.array(texts), steps_of("iso"), "Europe/Tallinn")
    zone = ZoneInfo("Europe/Tallinn")
    wanted = [
        microseconds(datetime(2024, 7, 1, 12, tzinfo=zone).astimezone(UTC)),
        microseconds(datetime(2024, 1, 1, 12, tzinfo=zone).astimezone(UTC)),
        microseconds(datetime(2024, 1, 1, 6, 30)),
        microseconds(datetime(2024, 1, 1)),  # a bare day stays that day
        microseconds(datetime(2024, 10, 27, 3, 30, tzinfo=zone, fold=0).astimezone(UTC)),  # twice: the first
    ]
    assert not status.any()
    assert times.tolist() == wanted


@pytest.mark.parametrize("form", ["%Y-%m", "%Q", "%Y-%j", "%d/%m/%Y €"])
def test_formats_that_cannot_be_read_are_refused(form: str) -> None:
    with pytest.raises(ValueError, match="format"):
        steps_of(form)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.decimals(-(10**13), 10**14, places=3), min_size=1, max_size=10),
    st.sampled_from(["seconds", "milliseconds", "days"]),
    st.dates(),
)
def test_times_that_are_numbers(numbers: list[Decimal], unit: str, origin: date) -> None:
    times, status = read_numbers(pa.array([str(n) for n in numbers]), unit, origin, ".")
    size = {"seconds": 10**6, "milliseconds": 10**3, "days": 86_400 * 10**6}[unit]
    first, last = microseconds(datetime(1, 1, 1)), microseconds(datetime(9999, 12, 31, 23, 59, 59, 999999))
    for number, time, said in zip(numbers, times.tolist(), status.tolist(), strict=True):
        wanted = int(number * size) + microseconds(datetime.combine(origin, datetime.min.time()))
        assert (said == kernels.OK) == (first <= wanted <= last)
        assert said or time == wanted
