"""Bits become a probability by the stated curve, and back."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.screening import Calibration, Screener
from caudal.screening.calibration import BASE_RATE

rates = st.floats(1e-6, 0.9)
bits = st.floats(-10, 40)


@given(rates, bits)
def test_there_and_back(rate: float, b: float) -> None:
    curve = Calibration(base_rate=rate)
    p = curve.probability(b)
    assert 0 < p <= 1
    if 1e-9 < p < 1 - 1e-9:
        assert curve.bits(p) == pytest.approx(b, abs=1e-4)


@given(rates, bits, st.floats(0.1, 10))
def test_more_evidence_never_means_less(rate: float, b: float, more: float) -> None:
    curve = Calibration(base_rate=rate)
    assert curve.probability(b + more) >= curve.probability(b)
    assert Calibration(base_rate=min(rate * 2, 0.99)).probability(b) >= curve.probability(b)


@given(st.floats(1e-5, 0.3), st.floats(1e-5, 0.3), st.floats(0, 25))
def test_the_base_rate_moves_the_odds_by_its_own_odds(one: float, other: float, b: float) -> None:
    def odds(p: float) -> float:
        return math.log2(p / (1 - p))

    moved = odds(Calibration(base_rate=one).probability(b)) - odds(Calibration(base_rate=other).probability(b))
    assert moved == pytest.approx(odds(one) - odds(other), abs=1e-3)


@pytest.mark.parametrize("wrong", [0, 1, -0.1, 1.5, float("nan"), "few"])
def test_a_base_rate_that_is_none_is_refused(wrong: object) -> None:
    with pytest.raises(InputError, match="field base_rate"):
        Calibration().at(wrong)  # type: ignore[arg-type]


def test_the_screener_says_the_probability_of_its_base_rate(screener: Screener) -> None:
    pair = [{"schema": "Person", "properties": {"name": [name]}} for name in ("Nemorio Zubirreta", "Nemorio Zubirreta")]
    found = screener.compare(*pair)
    assert found.probability == Calibration(base_rate=BASE_RATE).probability(found.bits)
