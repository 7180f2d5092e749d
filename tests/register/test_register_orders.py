from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.register import orders
from caudal.register.data import parse


def ids(day: date, place: str | None = None) -> list[str]:
    return [o.order.id for o in orders.on(day, place)]


@pytest.mark.parametrize(
    ("day", "held"),
    [
        (date(2025, 4, 13), []),
        (date(2025, 4, 14), ["swb-2025-03"]),
        (date(2025, 9, 9), ["swb-2025-03"]),
        (date(2025, 9, 10), ["swb-2025-09"]),
        (date(2026, 3, 6), ["swb-2025-09"]),
        (date(2026, 3, 7), ["swb-2026-03"]),
        (date(2026, 3, 8), ["swb-2026-03"]),
    ],
)
def test_the_days_around_each_boundary(day: date, held: list[str]) -> None:
    assert ids(day) == held


def test_an_order_without_a_last_day_is_unknown_after_its_first() -> None:
    assert [o.standing for o in orders.on(date(2026, 3, 7))] == ["in force"]
    assert [o.standing for o in orders.on(date(2026, 3, 8))] == ["unknown"]
    assert [o.standing for o in orders.on(date(2027, 1, 1))] == ["unknown"]
    assert [o.standing for o in orders.on(date(2026, 1, 1))] == ["in force"]


def test_limits_and_deadlines_changed() -> None:
    first, second, third = orders.orders()
    assert (first.reports(200), first.reports(Decimal("200.01")), first.reports(10_000)) == (False, True, True)
    assert (second.reports(Decimal("999.99")), second.reports(1_000), second.reports(10_001)) == (False, True, False)
    assert (first.report_days, second.report_days, third.report_days) == (15, 30, None)
    assert "more than USD 200," in first.limits
    assert "USD 1,000 or more" in third.limits


def test_places() -> None:
    spring, autumn, late = date(2025, 5, 1), date(2025, 10, 1), date(2026, 3, 7)

    def applies(day: date, place: str) -> list[str | None]:
        return [o.applies for o in orders.on(day, place)]

    assert applies(spring, "78040") == applies(spring, "92231-0001") == ["yes"]
    assert applies(spring, "10001") == []
    assert applies(spring, "Yuma County, AZ") == []
    assert applies(spring, "Webb, TX") == ["unknown"]  # only some of its ZIP codes
    assert applies(autumn, "Yuma County, AZ") == applies(autumn, "yuma, arizona") == ["yes"]
    assert applies(autumn, "El Paso") == ["yes"]
    assert applies(autumn, "Travis County, TX") == []
    assert applies(autumn, "TX") == applies(autumn, "US-TX") == ["unknown"]
    assert applies(autumn, "NM") == applies(autumn, "NY") == []
    assert applies(autumn, "78040") == ["unknown"]  # may lie in a county that is covered
    assert applies(late, "Luna County, NM") == ["unknown"]
    assert applies(late, "NY") == []
    for nothing in ("", " , ", "..."):
        with pytest.raises(InputError, match="no ZIP code"):
            orders.on(autumn, nothing)


def test_the_first_order_names_thirty_zip_codes() -> None:
    first, second, _ = orders.orders()
    assert sum(len(p.zips) for p in first.place) == len({z for p in first.place for z in p.zips}) == 30
    assert sum(len(p.counties) for p in second.place) == 7
    assert sum(len(p.zips) for p in second.place) == 11


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_never_two_at_once(day: date) -> None:
    assert len(orders.on(day)) <= 1


@given(st.text(max_size=30))
def test_any_place_is_answered_or_refused_in_one_line(place: str) -> None:
    with suppress(InputError):
        assert all(o.applies in {"yes", "unknown"} for o in orders.on(date(2025, 10, 1), place))


def test_a_faulty_order_is_refused() -> None:
    good = """
[[order]]
id = "a"
name = "a"
authority = "x"
first = 2020-01-02
last = 2020-01-03
binds = "b"
currency = "USD"
lower = 1
above = true
upper = 2
complete = true
source = "s"
source_url = "https://x.test"
[[order.place]]
state = "TX"
"""
    assert parse(orders._File, good, "orders.toml")
    for text in (
        good.replace("last = 2020-01-03", "last = 2020-01-01"),
        good.replace("upper = 2", "upper = 1"),
        good.replace('source = "s"\n', ""),
        good.replace('state = "TX"', 'state = "TX"\nzips = ["1"]'),
        good + good,
        good.replace("[[order.place]]", "").replace('state = "TX"', ""),
    ):
        with pytest.raises(InputError):
            parse(orders._File, text, "orders.toml")
