from __future__ import annotations

import importlib.util
import json
import math
from pathlib import Path

import pytest
from benchmarks.screening import calibration, cultures
from benchmarks.screening.__main__ import plain

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("who_gets_stopped", ROOT / "scripts" / "who_gets_stopped.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_was_measured(script):
    measured = json.loads(script.MEASURED.read_text(encoding="utf-8"))
    text = script.page(measured)
    assert script.PAGE.read_text(encoding="utf-8") == text, "run scripts/who_gets_stopped.py"
    for culture, found in measured["probes"]["cultures"]["common"].items():
        assert f"| {culture} | {found['two names']['n']} | {script.rate(found['two names']['alerts'])} |" in text
    assert measured["about"]["half"] == "held"
    assert set(measured["probes"]["cultures"]["common"]) == set(cultures.CULTURES)


def test_the_page_can_be_written_without_the_peers(script):
    measured = json.loads(script.MEASURED.read_text(encoding="utf-8"))
    for name in ("peers", "ranking"):
        measured["probes"].pop(name, None)
    text = script.page(measured)
    assert "nomenklatura 4" not in text
    assert "| Hispanic |" in text


def test_what_is_no_number_is_null_in_the_json():
    made = plain({"a": (float("nan"), 1.0000001, True), "b": [{"c": float("-inf")}], "d": "x"})
    assert made == {"a": [None, 1.0, True], "b": [{"c": None}], "d": "x"}


def test_the_curve_is_found_again_from_pairs_drawn_by_it():
    rate = calibration.RATES[0]
    given = math.log2(rate / (1 - rate))
    bits, true, share = [], [], []
    for at in range(0, 60):
        odds = 2 ** (0.8 * at - 6.0 + given)
        # one pair that is no match for each bit, so that the matches beside it number as the odds say
        bits += [float(at), float(at)]
        true += [True, False]
        share += [odds, 0.0]
    whole = sum(share)
    people = whole * (1 - rate) / rate
    pairs = calibration.Population(bits, true, [s / whole for s in share], people, 0.0)
    slope, search = calibration.fitted(pairs)
    assert slope == pytest.approx(0.8, abs=0.02)
    assert search == pytest.approx(-6.0, abs=0.2)


def test_a_rate_of_listed_parties_weighs_the_matches_alone():
    pairs = calibration.Population([5.0, 20.0], [False, True], [0.0, 1.0], 999, 0.0)
    assert pairs.weights(0.001) == [1.0, pytest.approx(1.0)]
    assert pairs.weights(0.5) == [1.0, pytest.approx(999.0)]
