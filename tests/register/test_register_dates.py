from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.register.dates import iso_part, iso_parts, whole_day


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("01 Jan 1958", ["1958-01-01"]),
        ("1 January 1958", ["1958-01-01"]),
        ("Mar 1959", ["1959-03"]),
        ("1936", ["1936"]),
        ("circa 1951", ["1951"]),
        ("1951 to 1953", ["1951", "1952", "1953"]),
        ("circa 1979-1982", ["1979", "1980", "1981", "1982"]),
        ("01 Feb 1951 to 31 Dec 1952", ["1951", "1952"]),
        ("1958-02-28", ["1958-02-28"]),
        ("Nov. 1973", ["1973-11"]),
        ("31 Feb 1960", []),
        ("1958-13-01", []),
        ("12 1958", []),
        ("1900 to 1999", []),
        ("1960 to 1950", []),
        ("not known", []),
        ("", []),
        ("0000", []),
    ],
)
def test_dates_as_lists_write_them(text: str, expected: list[str]) -> None:
    assert iso_parts(text) == expected


@given(st.dates(date(1000, 1, 1), date(2999, 12, 31)))
def test_every_day_is_read_back_from_ofacs_form(day: date) -> None:
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    assert iso_part(f"{day.day:02d} {months[day.month - 1]} {day.year}") == day.isoformat()
    assert whole_day(day.isoformat()) == day
    assert whole_day(f"{day.isoformat()}T00:00:09.554Z") == day


@given(st.text(max_size=40))
def test_no_text_breaks_the_date_reader(text: str) -> None:
    for part in iso_parts(text):
        assert iso_part(part) == part
    assert whole_day(text) is None or isinstance(whole_day(text), date)
