from __future__ import annotations

import math
from itertools import pairwise, product

import pytest
from benchmarks.screening.metrics import auc, best_f, cut_for_rate, f_score, reliability, wilson
from hypothesis import given, settings
from hypothesis import strategies as st

scores = st.lists(st.integers(0, 6).map(float), min_size=2, max_size=40)


@given(scores, st.data())
@settings(max_examples=80, deadline=None)
def test_auc_is_the_share_of_pairs_in_the_right_order(values, data):
    labels = data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values)))
    yes = [v for v, y in zip(values, labels, strict=True) if y]
    no = [v for v, y in zip(values, labels, strict=True) if not y]
    if not yes or not no:
        assert math.isnan(auc(values, labels))
        return
    slow = sum(1.0 if a > b else 0.5 if a == b else 0.0 for a, b in product(yes, no)) / (len(yes) * len(no))
    assert auc(values, labels) == pytest.approx(slow)


def test_f_score_by_hand():
    f1, precision, recall = f_score([True, True, False, False], [True, False, True, False])
    assert (f1, precision, recall) == pytest.approx((0.5, 0.5, 0.5))
    assert best_f([3.0, 2.0, 1.0], [True, True, False]) == (1.0, 2.0)


@given(scores, st.integers(40, 60), st.floats(0, 400))
@settings(max_examples=80, deadline=None)
def test_the_cut_lets_no_more_people_through_and_is_the_lowest_that_does(best, people, rate):
    cut = cut_for_rate(best, people, rate)
    assert sum(b >= cut for b in best) <= rate * people / 1000 + 1e-9
    lower = [b for b in set(best) if b < cut]
    if lower:
        assert sum(b >= max(lower) for b in best) > rate * people / 1000 - 1e-9


def test_calibration_error_by_hand():
    said, true = [0.05, 0.05, 0.95, 0.95], [False, False, True, False]
    bins, error = reliability(said, true, bins=10)
    assert [b.pairs for b in bins] == [2, 2]
    assert error == pytest.approx(0.5 * 0.05 + 0.5 * 0.45)
    _, weighted = reliability(said, true, [1, 1, 1, 0], bins=10)
    assert weighted == pytest.approx((2 * 0.05 + 0.05) / 3)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.floats(0.1, 5)), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_bins_hold_everything_once_and_equal_probabilities_stay_together(rows):
    said, true, weights = ([r[i] for r in rows] for i in range(3))
    for how in ("equal width", "equal count"):
        bins, error = reliability(said, true, weights, 10, how)
        assert sum(b.pairs for b in bins) == len(rows)
        assert sum(b.weight for b in bins) == pytest.approx(sum(weights))
        assert -1e-9 <= error <= 1 + 1e-9
    edges = [(b.low, b.high) for b in bins]
    assert all(a[1] < b[0] for a, b in pairwise(edges))


def test_who_says_the_truth_has_no_calibration_error():
    said = [0.25] * 400 + [0.75] * 400
    true = [i % 4 == 0 for i in range(400)] + [i % 4 != 0 for i in range(400)]
    assert reliability(said, true, how="equal count")[1] == pytest.approx(0, abs=1e-9)


def test_interval_of_a_share():
    low, high = wilson(10, 100)
    assert 0.05 < low < 0.1 < high < 0.18
    assert wilson(0, 0) == (0.0, 1.0)
