"""The tools of chance and time that every stage of the world rests on."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.world.calendar import Calendar
from caudal.world.economy import World
from caudal.world.generation import found
from caudal.world.household_life import card, rent
from caudal.world.money import Money
from caudal.world.stage import Stage
from caudal.world.streams import Lottery, even_lognormal, share_out, stream


@given(total=st.integers(0, 10_000), weights=st.lists(st.floats(0.001, 100), min_size=1, max_size=12))
def test_shares_add_up_and_are_fair(total: int, weights: list[float]) -> None:
    parts = share_out(total, np.array(weights))
    assert parts.sum() == total
    assert np.all(np.abs(parts - total * np.array(weights) / sum(weights)) < 1 + 1e-6)


@settings(deadline=None)
@given(
    group=st.lists(st.integers(0, 5), min_size=1, max_size=40),
    asked=st.lists(st.integers(0, 5), max_size=60),
    seed=st.integers(0, 1000),
)
def test_a_lottery_draws_from_the_right_group(group: list[int], asked: list[int], seed: int) -> None:
    member_of = np.array(group)
    drawn = Lottery(member_of, np.ones(len(group)), 6).draw(stream(seed, "x"), np.array(asked, dtype=np.int64))
    for want, got in zip(asked, drawn.tolist(), strict=True):
        assert (got == -1) if want not in group else member_of[got] == want


def test_a_lottery_follows_the_weights() -> None:
    lottery = Lottery(np.array([0, 1, 0, 1]), np.array([1.0, 5.0, 3.0, 5.0]), 2)
    drawn = lottery.draw(stream(1, "x"), np.zeros(40_000, dtype=np.int64))
    assert np.bincount(drawn, minlength=4)[[0, 2]] / 40_000 == pytest.approx([0.25, 0.75], abs=0.01)


@pytest.mark.parametrize("count", [0, 1, 5, 200, 5000])
def test_even_draws_have_the_mean_asked_for(count: int) -> None:
    draws = even_lognormal(stream(2, "x"), count, 393.0, 0.5)
    assert len(draws) == count
    if count >= 200:
        assert draws.mean() == pytest.approx(393, rel=0.02)
        assert np.log(draws).std() == pytest.approx(0.5, rel=0.05)


def test_streams_differ_by_actor_and_seed_and_repeat() -> None:
    assert stream(1, "rent").random(3).tolist() == stream(1, "rent").random(3).tolist()
    seen = {stream(s, a).random() for s in range(20) for a in ("rent", "card", "cash")}
    assert len(seen) == 60


@settings(deadline=None, max_examples=60)
@given(start=st.dates(date(1990, 1, 1), date(2100, 12, 31)), days=st.integers(1, 800))
def test_the_calendar_agrees_with_datetime(start: date, days: int) -> None:
    calendar = Calendar(start, days)
    every = [start + timedelta(n) for n in range(days)]
    assert calendar.weekday.tolist() == [d.weekday() for d in every]
    months = sorted({(d.year, d.month) for d in every})
    assert calendar.months == len(months)
    assert [months[m] for m in calendar.month_of.tolist()] == [(d.year, d.month) for d in every]
    assert [m - 1 for _, m in months] == calendar.month_names.tolist()
    for dom in (1, 15, 28):
        asked = calendar.monthly(np.array([dom]))[0]
        assert [start + timedelta(int(n)) for n in asked] == [date(y, m, dom) for y, m in months]
    assert [every[n].month for n in calendar.month_ends.tolist()] == [m for _, m in months]
    worked = calendar.working_day(np.arange(days))
    assert all((start + timedelta(int(n))).weekday() < 5 for n in worked)
    assert np.all((np.arange(days) - worked >= 0) & (np.arange(days) - worked <= 2))
    for weekday in range(7):
        assert all((start + timedelta(int(n))).weekday() == weekday for n in calendar.weekly(np.array([weekday]))[0])


@given(offset=st.integers(-8, 10), opens=st.floats(0, 12), length=st.floats(0.5, 12), seed=st.integers(0, 99))
def test_times_stay_inside_their_day(offset: int, opens: float, length: float, seed: int) -> None:
    calendar = Calendar(date(2025, 1, 6), 10)
    day = np.arange(10)
    time = calendar.at(stream(seed, "x"), day, offset, opens, opens + length)
    assert calendar.day_of(time).tolist() == day.tolist()
    assert np.all((time >= calendar.origin) & (time < calendar.end))


def test_a_stage_keeps_only_what_the_window_and_the_accounts_allow() -> None:
    stage = Stage(100, 200)
    time = np.array([99, 100, 150, 199, 200, 150, 150])
    payee = np.array([2, 2, 2, 2, 2, 1, -1])
    stage.add(time, 1, payee, 5, 0, 0, 3)
    paid = stage.payments()
    assert paid.time.tolist() == [100, 150, 199]
    assert set(paid.label.tolist()) == {-1}
    assert len(Stage(0, 1).payments()) == 0


@pytest.fixture(scope="module")
def world() -> World:
    return found(900, Calendar(date(2025, 1, 6), 30), 8)


def test_an_actor_does_the_same_whoever_acts_before_it(world: World) -> None:
    first = rent(world).payments()
    card(world)
    again = rent(world).payments()
    assert first.amount.tolist() == again.amount.tolist()
    assert first.time.tolist() == again.time.tolist()


def test_money_goes_to_minor_units_and_back(world: World) -> None:
    money: Money = world.money
    currency, day = np.arange(8), np.full(8, 3)
    amount = money.minor(np.full(8, 1234.5), currency, day)
    assert money.usd(amount, currency, day) == pytest.approx(np.full(8, 1234.5), rel=1e-3)
    assert money.minor(np.full(8, 1e-9), currency, day).tolist() == [1] * 8
    whole = money.minor(np.full(8, 50.0), currency, day, note=True)
    assert all(
        a % n == 0
        for a, n in zip(whole.tolist(), [500, 10_000, 1_000_000, 10_000, 1000, 5000, 2500, 2000], strict=True)
    )
