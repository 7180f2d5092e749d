from __future__ import annotations

import importlib.util
import json
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
    bits, true, weights = [], [], []
    for at in range(0, 40):
        chance = 1 / (1 + 2 ** -(0.8 * (at - 18.0)))
        for matches, weight in ((True, chance), (False, 1 - chance)):
            bits.append(float(at))
            true.append(matches)
            weights.append(100 * weight)
    pairs = calibration.Population(bits, [0.5] * len(bits), true, weights, 0, 0.0, 0.0)
    slope, even = calibration.fitted(pairs)
    assert slope == pytest.approx(0.8, abs=0.02)
    assert even == pytest.approx(18.0, abs=0.2)
