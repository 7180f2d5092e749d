from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.impact import workdays
from caudal.impact.duties import falls_due

PUBLISHED = {
    2024: ["01-01", "01-15", "02-19", "05-27", "06-19", "07-04", "09-02", "10-14", "11-11", "11-28", "12-25"],
    2025: ["01-01", "01-20", "02-17", "05-26", "06-19", "07-04", "09-01", "10-13", "11-11", "11-27", "12-25"],
    2026: ["01-01", "01-19", "02-16", "05-25", "06-19", "07-03", "09-07", "10-12", "11-11", "11-26", "12-25"],
}


@pytest.mark.parametrize("year", PUBLISHED)
def test_the_holidays_are_those_the_government_published(year):
    expected = {date.fromisoformat(f"{year}-{day}") for day in PUBLISHED[year]}
    assert {d for d in workdays.holidays(year) if d.year == year} == expected


def test_new_year_on_a_saturday_is_kept_in_the_old_year():
    assert date(2021, 12, 31) in workdays.holidays(2021)


@given(st.dates(date(2001, 1, 1), date(2100, 1, 1)), st.integers(1, 30))
def test_between_lie_exactly_so_many_business_days(day, count):
    end = workdays.after(day, count)
    open_days = [
        d
        for d in (day + timedelta(days=n) for n in range(1, (end - day).days + 1))
        if d.isoweekday() <= 5 and d not in workdays.holidays(d.year)
    ]
    assert len(open_days) == count
    assert open_days[-1] == end


@pytest.mark.parametrize(
    ("deadline", "effective", "due"),
    [
        ("10 business days", date(2025, 2, 20), date(2025, 3, 6)),
        ("10 business days", date(2025, 12, 16), date(2025, 12, 31)),
        ("30 September", date(2025, 2, 20), date(2025, 9, 30)),
        ("30 September", date(2025, 6, 30), date(2025, 9, 30)),
        ("30 September", date(2025, 7, 1), date(2026, 9, 30)),
        ("10 years", date(2025, 2, 20), date(2035, 2, 20)),
        ("10 years", date(2024, 2, 29), date(2034, 2, 28)),
        ("", date(2025, 2, 20), None),
        ("soon", date(2025, 2, 20), None),
    ],
)
def test_due_days(deadline, effective, due):
    assert falls_due(deadline, effective) == due


def test_duties_of_a_designation(world, value, days):
    world.party("boss")
    world.match("boss", "los-inventados")
    world.pay("boss", "boss", 1, days(0))
    result = world.assess()
    due = {(d.authority, d.deadline): d.due for d in result.duties if d.due}
    assert due["SDGT", "10 business days"] == date(2025, 3, 6)
    assert due["SDGT", "30 September"] == date(2025, 9, 30)
    assert due["SDGT", "10 years"] == date(2035, 2, 20)
    assert value(result, "duties.SDGT.reporting.10 business days", "accounts") == (1.0, 1.0, 1.0)
    assert {d.topic for d in result.duties} <= {"blocks", "reporting", "records"}
    row = next(r for r in result.outcomes.to_pylist() if r["measure"] == "duties.SDGT.records.10 years")
    assert "10 years" in row["assumption"]
    assert "501.601" in row["source"]


def test_records_were_not_kept_ten_years_before_the_rule(world, days):
    world.party("boss")
    world.match("boss", "los-inventados")
    world.pay("boss", "boss", 1, days(0))
    before_the_rule = world.assess(as_of=date(2025, 3, 1)).duties
    assert not [d for d in before_the_rule if d.topic == "records"]
