"""The kernels against plain Python that does the same by trying everything."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.typologies import kernels
from caudal.typologies.levies import roundness
from caudal.typologies.rhythms import PERIOD_DAYS, SLACK_DAYS

HOUR = 3_600_000_000


def arrays(rows, accounts):
    """Rows (time, payer, payee, amount) sorted by time, as arrays with their lanes."""
    rows = sorted(rows, key=lambda r: r[0])
    time = np.array([r[0] for r in rows], np.int64)
    payer = np.array([r[1] for r in rows], np.int32)
    payee = np.array([r[2] for r in rows], np.int32)
    amount = np.array([r[3] for r in rows], np.int64)
    return time, payer, payee, amount, kernels.group_rows(payee, accounts), kernels.group_rows(payer, accounts)


def payments(accounts=5, most=24, amounts=(80, 100, 90, 300)):
    one = st.tuples(
        st.integers(0, 12).map(lambda h: h * HOUR),
        st.integers(0, accounts - 1),
        st.integers(0, accounts - 1),
        st.sampled_from(amounts),
    )
    return st.lists(one.filter(lambda r: r[1] != r[2]), min_size=1, max_size=most)


@settings(deadline=None)
@given(st.lists(st.integers(0, 6), max_size=40))
def test_group_rows_is_a_stable_sort(keys):
    start, rows = kernels.group_rows(np.array(keys, np.int32), 7)
    assert rows.tolist() == sorted(range(len(keys)), key=lambda i: keys[i])
    assert [sum(k < code for k in keys) for code in range(8)] == start.tolist()


def cycles_by_trying(time, payer, payee, amount, shortest, longest, width, low, high, least, most):
    found = set()
    for size in range(shortest, longest + 1):
        for way in permutations(range(len(time)), size):
            joined = all(payee[a] == payer[b] for a, b in zip(way, (*way[1:], way[0]), strict=True))
            if not joined or len({int(payer[e]) for e in way}) < size:
                continue
            steps = list(pairwise(way))
            if any(time[a] > time[b] for a, b in steps) or time[way[-1]] - time[way[0]] > width:
                continue
            if all(low <= amount[b] / amount[a] <= high for a, b in steps) and all(
                least <= amount[b] / amount[way[0]] <= most for b in way[1:]
            ):
                found.add(way)
    return found


@settings(max_examples=60, deadline=None)
@given(payments(accounts=4, most=9), st.sampled_from([0.5, 0.85]), st.integers(3, 12))
def test_cycles_are_those_that_trying_everything_finds(rows, low, hours):
    time, payer, payee, amount, (in_start, in_rows), (out_start, out_rows) = arrays(rows, 4)
    real = amount.astype(np.float64)
    limits = (hours * HOUR, low, 1 / low, 0.6, 1.4)
    width, *bounds = limits
    alive = kernels.prune(in_start, in_rows, out_start, out_rows, time, payer, payee, real, width, *bounds, 4)
    cycles, choices, cut, full = kernels.find_cycles(
        out_start, out_rows, time, payer, payee, real, alive, 3, 4, width, *bounds, 1e9, 10_000, 5_000
    )
    ways = [tuple(int(e) for e in cycle if e >= 0) for cycle in cycles]
    assert (cut, full) == (0, 0)
    assert len(ways) == len(set(ways))
    assert set(ways) == cycles_by_trying(time, payer, payee, amount, 3, 4, *limits)
    for way, number in zip(ways, choices, strict=True):
        end, by_hand = time[way[0]] + width, 1
        for e in way[:-1]:
            on = (payer == payee[e]) & (time >= time[e]) & (time <= end)
            by_hand *= int((on & (amount >= low * amount[e]) & (amount <= amount[e] / low)).sum())
        assert number == by_hand
    few, fewer, _, _ = kernels.find_cycles(
        out_start, out_rows, time, payer, payee, real, alive, 3, 4, width, *bounds, 2.0, 10_000, 5_000
    )
    assert sorted(fewer) == sorted(number for number in choices if number <= 2)
    assert {tuple(int(e) for e in cycle if e >= 0) for cycle in few} <= set(ways)


def test_search_stops_where_its_limits_are():
    rows = [(h * HOUR, h % 3, (h + 1) % 3, 100) for h in range(30)]
    time, payer, payee, amount, _, (out_start, out_rows) = arrays(rows, 3)
    real, alive = amount.astype(np.float64), np.ones(30, np.uint8)
    bounds = (100 * HOUR, 0.5, 2.0, 0.5, 2.0)
    some, _, cut, full = kernels.find_cycles(
        out_start, out_rows, time, payer, payee, real, alive, 3, 3, *bounds, 1e9, 10_000, 5
    )
    assert (len(some), cut, full) == (5, 0, 1)
    _, _, cut, _ = kernels.find_cycles(
        out_start, out_rows, time, payer, payee, real, alive, 3, 3, *bounds, 1e9, 3, 5_000
    )
    assert cut > 0


@settings(deadline=None)
@given(payments(), st.integers(0, 6), st.integers(0, 31))
def test_relays_are_those_that_trying_every_pair_finds(rows, hours, mask):
    time, payer, payee, _, _, (out_start, out_rows) = arrays(rows, 5)
    busy = np.array([bool(mask >> account & 1) for account in range(5)])
    pairs = kernels.relays(out_start, out_rows, time, payer, payee, hours * HOUR, busy)
    expected = {
        (e, f)
        for e in range(len(time))
        for f in range(len(time))
        if payee[e] == payer[f]
        and not busy[payee[e]]
        and payee[f] != payer[e]
        and 0 <= time[f] - time[e] <= hours * HOUR
    }
    assert len(pairs) == len(expected)
    assert {(int(e), int(f)) for e, f in pairs} == expected


def passed_by_hand(time, payer, payee, amount, account, limit):
    """Last in, first out, one unit at a time."""
    pile, inflow, outflow = [], [0] * len(time), [0] * len(time)
    events = sorted((int(time[e]), 0 if payee[e] == account else 1, e) for e in range(len(time)))
    for now, kind, e in events:
        if kind == 0:
            pile += [e] * int(amount[e])
        elif payer[e] == account:
            for _ in range(int(amount[e])):
                if not pile or now - time[pile[-1]] > limit:
                    break
                inflow[pile.pop()] += 1
                outflow[e] += 1
    return inflow, outflow


@settings(deadline=None)
@given(payments(accounts=3, amounts=(1, 3, 5)), st.integers(0, 6))
def test_passing_on_is_last_in_first_out(rows, hours):
    time, payer, payee, amount, into, out = arrays(rows, 3)
    skip = np.zeros(len(time), bool)
    inflow, outflow, waited = kernels.pass_on(*into, *out, time, amount, skip, hours * HOUR)
    hand_in, hand_out = np.zeros(len(time), int), np.zeros(len(time), int)
    for account in range(3):
        a, b = passed_by_hand(time, payer, payee, amount, account, hours * HOUR)
        hand_in += np.array(a)
        hand_out += np.array(b)
    assert inflow.tolist() == hand_in.tolist()
    assert outflow.tolist() == hand_out.tolist()
    assert inflow.sum() == outflow.sum()
    assert (waited <= inflow.sum() * hours).all()


@settings(deadline=None)
@given(payments(), st.integers(1, 6))
def test_busiest_window_counts_different_payers(rows, hours):
    time, payer, payee, _, into, _ = arrays(rows, 5)
    most, first, last = kernels.busiest_window(*into, time, payer, np.zeros(len(time), bool), hours * HOUR)
    start, order = into
    for account in range(5):
        mine = order[start[account] : start[account + 1]]
        best = max(
            (len({int(payer[r]) for r in mine if 0 <= time[r] - time[s] <= hours * HOUR}) for s in mine), default=0
        )
        assert most[account] == best
        chosen = order[first[account] : last[account]]
        if best:
            assert len(set(payer[chosen].tolist())) == best
            assert time[chosen].max() - time[chosen].min() <= hours * HOUR
            assert set(payee[chosen].tolist()) == {account}


@pytest.mark.parametrize(
    ("days", "kind"),
    [
        ([0, 7, 14, 21, 28], 1),
        ([0, 7, 14, 28, 35], 1),
        ([0, 14, 28, 43], 2),
        ([0, 31, 59, 90], 4),
        ([0, 1, 2, 3], 0),
        ([0, 60, 120], 0),
    ],
)
def test_rhythm_names_the_period(days, kind):
    time = np.array(days, np.int64) * 24 * HOUR
    rows = np.arange(len(days), dtype=np.int32)
    amount, currency = np.full(len(days), 500, np.int64), np.zeros(len(days), np.int32)
    start = np.array([0, len(days)], np.int64)
    usual, fixed, found, regular = kernels.rhythm(start, rows, time, amount, currency, 3, PERIOD_DAYS, SLACK_DAYS)
    assert found[0] == kind
    assert (usual[0], fixed[0]) == (500, 1.0)
    assert regular[0] == (1.0 if kind else 0.0)


def test_rhythm_takes_another_currency_for_another_amount():
    time = np.arange(4, dtype=np.int64) * 7 * 24 * HOUR
    rows, amount = np.arange(4, dtype=np.int32), np.full(4, 500, np.int64)
    start, currency = np.array([0, 4], np.int64), np.array([0, 1, 1, 1], np.int32)
    _, fixed, _, _ = kernels.rhythm(start, rows, time, amount, currency, 3, PERIOD_DAYS, SLACK_DAYS)
    assert fixed[0] == 0.25


def test_round_amounts():
    amounts = np.array([4_000, 25_000, 125_000, 3_000_000, 124_000, 12_345, 1, 99_900])
    assert roundness(amounts).tolist() == [1.0, 0.85, 0.6, 1.0, 0.3, 0.0, 1.0, 0.3]
