"""Scores: a monotone map of bits in which 0.7 is the alert line."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.screening.calibration import Calibration
from caudal.server.scale import LINE, SURE, Scale

scales = st.builds(Scale, line=st.floats(2, 30), per_bit=st.floats(0.3, 1.2))


@given(scales, st.floats(-80, 80), st.floats(0.01, 40))
def test_more_evidence_never_scores_less_and_mostly_more(scale: Scale, bits: float, more: float) -> None:
    low, high = scale.score(bits), scale.score(bits + more)
    assert 0.0 <= low <= high <= 1.0
    if low > 0 and high < 1:
        assert low < high


@given(scales, st.floats(1e-6, 1 - 2.0**-SURE, exclude_max=True))
def test_scores_come_back_from_their_bits(scale: Scale, score: float) -> None:
    assert scale.score(scale.bits(score)) == pytest.approx(score, rel=1e-6)


@given(scales)
def test_the_alert_line_is_the_line(scale: Scale) -> None:
    assert scale.bits(LINE) == scale.line
    assert scale.score(scale.line) == pytest.approx(LINE)
    assert scale.score(scale.bits(1.0) + 1e-6) == 1.0
    assert scale.bits(0.0) == -math.inf


@given(st.floats(-5, 30), st.floats(-5, 30))
def test_scores_are_probabilities_at_another_base_rate(a: float, b: float) -> None:
    """The odds of a score are those of the calibrated probability times one constant."""
    calibration = Calibration()
    scale = Scale(12.0, calibration.per_bit)

    def log_odds(p: float) -> float:
        return math.log2(p / (1 - p))

    shift = [log_odds(scale.score(bits)) - log_odds(calibration.probability(bits)) for bits in (a, b)]
    assert shift[0] == pytest.approx(shift[1], abs=1e-4)
