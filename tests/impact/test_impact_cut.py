"""What a measure stops of the group's money: a slow reference on networks without cycles, and what must hold."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.impact import cut
from caudal.impact.assumptions import default_assumptions
from caudal.impact.cut_flows import MONTH, Money, busiest, stopped_shares
from caudal.impact.ranges import Range
from caudal.impact.reroute import Adaptation, Stopped, reroute
from caudal.tables import ATTRIBUTIONS, CUT

SIZE = 6
OWN = SIZE - 1
SHARES = (0.0, 0.25, 0.5, 1.0)


def money(rows, own=(OWN,)):
    """Rows (payer, payee, time, income, spending)."""
    columns = [np.array([r[n] for r in rows], np.int64) for n in range(3)]
    amounts = [np.array([r[n] for r in rows], np.float64) for n in (3, 4)]
    mine = np.zeros(SIZE, np.bool_)
    mine[list(own)] = True
    return Money(*columns, *amounts, mine, np.full(SIZE, 1e9))


@st.composite
def downhill(draw):
    """Income that only flows to accounts of a higher number, so that a walk up ends; the last is the group's."""
    pairs = st.tuples(st.integers(0, SIZE - 2), st.integers(1, SIZE - 1)).filter(lambda p: p[0] < p[1])
    rows = [(a, b, 0, draw(st.integers(1, 50)), 0) for a, b in draw(st.lists(pairs, min_size=1, max_size=12))]
    stopped = np.array([draw(st.sampled_from(SHARES)) for _ in range(SIZE)])
    refused = np.array([draw(st.sampled_from(SHARES)) for _ in rows])
    return rows, stopped, refused


def slow_income(rows, stopped, refused):
    """The share of each row that is stopped, by following every unit up to where it began."""
    into = {v: [(n, r) for n, r in enumerate(rows) if r[1] == v] for v in range(SIZE)}
    out = {v: sum(r[3] for r in rows if r[0] == v) for v in range(SIZE)}

    def on(v):
        arrived = sum(r[3] for _, r in into[v])
        begun = max(out[v] - arrived, 0)
        if arrived + begun == 0:
            return 1 - Fraction(stopped[v])
        got = begun + sum(r[3] * (1 - Fraction(refused[n])) * on(r[0]) for n, r in into[v])
        return (1 - Fraction(stopped[v])) * got / (arrived + begun)

    return [
        float(1 - on(r[0]) * (1 - Fraction(stopped[r[1]])) * (1 - Fraction(refused[n]))) for n, r in enumerate(rows)
    ]


@settings(deadline=None)
@given(downhill())
def test_what_is_stopped_is_what_following_every_unit_gives(plan):
    rows, stopped, refused = plan
    # Rows of one pair are refused alike on average: the network adds them up.
    by_pair = {}
    for n, r in enumerate(rows):
        by_pair.setdefault(r[:2], []).append(n)
    for same in by_pair.values():
        refused[same] = refused[same[0]]
    found = stopped_shares(money(rows), stopped, refused)["income"]
    assert found == pytest.approx(slow_income(rows, stopped, refused), abs=1e-7)


@settings(deadline=None)
@given(downhill())
def test_spending_is_the_mirror_of_income(plan):
    rows, stopped, refused = plan
    back = [(b, a, t, 0, x) for a, b, t, x, _ in rows]
    income = stopped_shares(money(rows), stopped, refused)["income"]
    spending = stopped_shares(money(back), stopped, refused)["spending"]
    assert spending == pytest.approx(income, abs=1e-7)


@st.composite
def tangled(draw):
    account = st.integers(0, SIZE - 1)
    pairs = draw(st.lists(st.tuples(account, account).filter(lambda p: p[0] != p[1]), min_size=1, max_size=15))
    rows = [
        (a, b, draw(st.integers(0, 5)) * MONTH // 2, draw(st.integers(0, 50)), draw(st.integers(0, 50)))
        for a, b in pairs
    ]
    stopped = np.array([draw(st.sampled_from(SHARES)) for _ in range(SIZE)])
    return rows, stopped, draw(st.integers(0, SIZE - 1))


@settings(deadline=None)
@given(tangled())
def test_stopping_one_more_account_never_stops_less_and_nobody_stops_nothing(plan):
    rows, stopped, more = plan
    books, none = money(rows), np.zeros(len(rows))
    further = stopped.copy()
    further[more] = 1.0
    less, least = stopped_shares(books, stopped, none), stopped_shares(books, np.zeros(SIZE), none)
    for flow, share in stopped_shares(books, further, none).items():
        assert (share >= less[flow] - 1e-9).all()
        assert (share <= 1 + 1e-9).all()
        assert least[flow] == pytest.approx(np.zeros(len(rows)), abs=1e-9)


def test_a_channel_is_an_account_that_is_mostly_the_groups():
    books = money([(0, 1, 0, 60, 0), (1, OWN, 0, 60, 0), (2, OWN, 0, 10, 0)])
    turnover = np.zeros(SIZE)
    turnover[[0, 1, 2]] = 1000, 200, 100
    books = Money(books.payer, books.payee, books.time, books.income, books.spending, books.own, turnover)
    assert np.flatnonzero(books.channels(0.5)).tolist() == [1]
    passed, carrier = books.parts(books.channels(0.5))["laundering"]
    assert passed.tolist() == [0, 60, 0]
    assert carrier[1] == 1


def test_the_busiest_month_is_the_most_within_thirty_days_before():
    rows = [(0, OWN, MONTH - 1, 5, 0), (0, OWN, 2 * MONTH - 1, 7, 0), (1, OWN, MONTH, 8, 0), (0, OWN, 3 * MONTH, 99, 0)]
    most = busiest(money(rows), np.zeros(SIZE, np.bool_), 2 * MONTH)
    assert most["income"][OWN] == 15.0


MAY = st.floats(0, 1e6, allow_nan=False)


@st.composite
def cases(draw):
    """Low, mid and high of what a measure stops: more stopped goes with fewer accounts left."""
    amounts, accounts = sorted(draw(st.tuples(MAY, MAY, MAY))), sorted(draw(st.tuples(*[st.floats(0, 50)] * 3)))
    spares = sorted(draw(st.tuples(MAY, MAY, MAY)), reverse=True)
    had = draw(st.floats(50, 100))
    return tuple(Stopped(a, s, n, had) for a, s, n in zip(amounts, spares, accounts, strict=True))


@given(cases(), st.integers(1, 12))
def test_ranges_of_re_routing_are_ranges_and_parts_make_the_whole(three, month):
    done = reroute(1e6, month, three, default_assumptions().__getitem__, 100)
    for value in (done.stopped, done.rerouted, done.net, done.lost, done.cost):
        assert 0 <= value.low <= value.mid + 1e-6
        assert value.mid <= value.high + 1e-6
    assert done.net.mid + done.rerouted.mid == pytest.approx(done.stopped.mid)
    for end in ("low", "mid", "high"):
        assert getattr(done.net, end) <= getattr(done.stopped, end) + 1e-6
        assert getattr(done.lost, end) <= getattr(done.net, end) + 1e-6


def test_nothing_takes_over_before_the_group_notices_and_recruits_come_after_their_delay():
    group = Adaptation(spare=0.0, notice=30, delay=60, recruits=0.1, cost=100, made_good=0.0)
    assert group.heeded(1) == 0.0
    assert group.heeded(2) == 1.0
    assert [group.found(m) for m in (1, 2)] == [0.0, 0.0]
    assert group.found(3) == pytest.approx(0.05)
    assert group.found(4) == pytest.approx(0.15)
    assert group.found(3) == pytest.approx(np.mean([0.1 * d / 30 for d in np.linspace(0, 30, 1001)]), rel=1e-3)


def test_a_group_that_cannot_adapt_loses_all_that_is_stopped():
    assumed = {n: a.within(0, 0, 0) for n, a in default_assumptions().items()}
    three = tuple(Stopped(a, 1e6, 5, 10) for a in (10.0, 20.0, 30.0))
    done = reroute(40.0, 3, three, assumed.__getitem__, 100)
    assert done.net == Range(10.0, 20.0, 30.0) == done.lost
    assert done.cost == done.rerouted == Range(0, 0, 0)


@pytest.fixture
def paid(world, days):
    """A shop pays a mule, the mule the boss, the boss a landlord, every ten days from 60 days before to 59 after."""
    for name in ("shop", "mule", "boss", "landlord", "spare"):
        world.party(name)
    for n in range(-60, 60, 10):
        keys = [
            world.pay("shop", "mule", 10_000, days(n)),
            world.pay("mule", "boss", 10_000, days(n)),
            world.pay("boss", "landlord", 4_000, days(n)),
            world.pay("spare", "shop", 90_000, days(n)),
        ]
        world.attribute(keys[0], "los-inventados", "backward", 10_000, 2)
        world.attribute(keys[1], "los-inventados", "backward", 10_000, 1)
        world.attribute(keys[2], "los-inventados", "forward", 4_000, 1)
    return world


def month(table: pa.Table, flow: str, quantity: str, number: int) -> tuple[float, float, float]:
    (row,) = [r for r in table.to_pylist() if (r["flow"], r["quantity"], r["month"]) == (flow, quantity, number)]
    return row["low"], row["mid"], row["high"]


def attributions(world):
    return ATTRIBUTIONS.build(world.attribution_rows)


def test_predict_by_hand(paid, days):
    """A third of what a month brings is 3 x 100; the mule is the only way, so stopping it stops all of the income."""
    table = cut.predict(paid, attributions(paid), ["a-mule"], days(0))
    assert CUT.check(table).num_rows == 6 * 3 * 7
    assert month(table, "income", "before", 1) == (300.0, 300.0, 300.0)
    assert month(table, "income", "stopped", 2) == (300.0, 300.0, 300.0)
    assert month(table, "laundering", "stopped", 1) == (300.0, 300.0, 300.0)
    assert month(table, "spending", "stopped", 1) == (0.0, 0.0, 0.0)
    rows = [r for r in table.to_pylist() if r["flow"] == "income" and r["quantity"] == "before"]
    assert [r["basis"] for r in rows] == ["books"] * 1 + ["mean after"] * 5
    half = cut.predict(paid, attributions(paid), {"a-mule": 0.5}, days(0))
    assert month(half, "income", "stopped", 1) == (150.0, 150.0, 150.0)


def test_without_a_month_after_the_day_it_is_a_forecast(paid, days):
    table = cut.predict(paid, attributions(paid), ["a-boss"], days(45))
    assert {r["basis"] for r in table.to_pylist()} == {"mean before"}
    assert month(table, "income", "before", 4) == pytest.approx((300.0,) * 3)
    assert month(table, "spending", "stopped", 4) == pytest.approx((120.0,) * 3)


def test_predict_refuses_what_it_cannot_know(paid, days):
    with pytest.raises(InputError, match="no account"):
        cut.predict(paid, attributions(paid), ["a-nobody"], days(0))
    with pytest.raises(InputError, match="no share"):
        cut.predict(paid, attributions(paid), {"a-mule": 1.5}, days(0))


def test_the_assessment_counts_the_cut_of_who_is_blocked(paid, value, days):
    paid.match("boss", "los-inventados")
    result = paid.assess()
    assert month(result.cut, "income", "stopped", 1) == (300.0, 300.0, 300.0)
    low, mid, high = value(result, "cut.income.before re-routing", "amount")
    # Four whole months lie in the books, the last two without a payment; the rest is their mean.
    assert low == mid == high == pytest.approx(300 + 300 + 0 + 0 + 150 + 150)
    assert value(result, "cut.income", "amount")[2] <= high
    none = paid.assess(name="none", authorities="none")
    assert value(none, "cut.income.before re-routing", "amount") == (0.0, 0.0, 0.0)
    assert value(none, "cut.income.in all", "amount") == value(result, "cut.income.in all", "amount")
