"""Rate limits over several processes."""

from __future__ import annotations

import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.server.gate import rates as module
from caudal.server.gate.keys import rates_of
from caudal.server.gate.rates import PARTS, Rates, SharedCounters
from caudal.server.problems import Problem


def test_one_too_many_is_told_when_to_come_back(tmp_path: Path) -> None:
    rates = Rates(tmp_path / "rates", "3/hour")
    for _ in range(3):
        rates.spend("a", "")
    with pytest.raises(Problem) as refused:
        rates.spend("a", "")
    assert refused.value.status == 429
    assert 3600 <= int(refused.value.headers["retry-after"]) <= 3600 + 3600 / PARTS
    rates.spend("b", "")
    rates.spend("a2", "5/minute")


def test_a_key_with_two_rates_keeps_both(tmp_path: Path) -> None:
    rates = Rates(tmp_path / "rates", "1000/minute")
    for _ in range(2):
        rates.spend("a", "5/minute;2/hour")
    with pytest.raises(Problem, match="per 1 hour"):
        rates.spend("a", "5/minute;2/hour")


def _spend(path: str, start: float, out) -> None:
    rates = Rates(Path(path), "50/hour")
    time.sleep(max(0.0, start - time.time()))
    passed = 0
    for _ in range(40):
        try:
            rates.spend("a", "")
            passed += 1
        except Problem:
            pass
    out.put(passed)


def test_processes_share_what_a_key_may_ask(tmp_path: Path) -> None:
    fork = get_context("fork")
    out = fork.Queue()
    start = time.time() + 0.2
    workers = [fork.Process(target=_spend, args=(str(tmp_path / "rates"), start, out)) for _ in range(4)]
    for one in workers:
        one.start()
    passed = [out.get(timeout=60) for _ in workers]
    for one in workers:
        one.join(60)
    assert sum(passed) == 50


steps = st.lists(
    st.tuples(st.sampled_from([0.0, 0.01, 0.4, 1.0, 3.74, 3.75, 7.0, 56.25, 60.0, 63.75, 200.0]), st.booleans()),
    max_size=60,
)


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 6), steps, st.floats(0, 60, allow_nan=False))
def test_in_no_window_more_pass_than_the_rate_says(many: int, asked: list[tuple[float, bool]], begun: float) -> None:
    """Beside a log of every pass: none too many in any minute; whoever is refused spent the rate in little more; and
    they pass when they come back as they were told, and not a sixteenth sooner."""
    now = 1_800_000_000.0 + begun
    (rate,) = rates_of(f"{many}/minute")
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(module.time, "time", lambda: now)
        counters = SharedCounters(Path(folder) / "c")
        passed: list[float] = []
        for wait, patient in asked:
            now += wait
            spent = counters.spend("a", [rate])
            if spent is not None:
                assert spent[0] is rate
                assert 0 < spent[1] <= 60 + 60 / PARTS
                assert sum(now - at <= 60 + 60 / PARTS for at in passed) >= many
                if patient:
                    now += spent[1] - 0.001
                    assert counters.spend("a", [rate]) is not None
                    now += 0.001
                    assert counters.spend("a", [rate]) is None
                    passed.append(now)
            else:
                passed.append(now)
            assert all(sum(at - 60 < one <= at for one in passed) <= many for at in passed)
        counters.close()


def test_at_the_edge_of_a_window_no_second_rate_is_spent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 60.0 * 30_000_000 - 0.5
    monkeypatch.setattr(module.time, "time", lambda: now)
    counters, rates = SharedCounters(tmp_path / "c"), rates_of("10/minute")
    assert [counters.spend("a", rates) for _ in range(10)] == [None] * 10
    now += 1.0
    spent = counters.spend("a", rates)
    assert spent is not None
    assert spent[1] == pytest.approx(60 - 0.5, abs=1e-6)
    assert counters.spend("b", rates) is None
    now -= 3_600  # a clock that is set back
    assert counters.spend("a", rates) is not None


def test_a_request_that_one_rate_refuses_counts_by_none(tmp_path: Path) -> None:
    counters, rates = SharedCounters(tmp_path / "c"), rates_of("1/hour;3/day")
    assert counters.spend("a", rates) is None
    for _ in range(5):
        spent = counters.spend("a", rates)
        assert spent is not None
        assert "hour" in str(spent[0])
    day = [one for one in rates if "day" in str(one)]
    assert [counters.spend("a", day) is None for _ in range(3)] == [True, True, False]


def test_more_keys_than_slots_still_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SLOTS", 8)
    counters, rates = SharedCounters(tmp_path / "c"), rates_of("1/hour")
    for n in range(100):
        assert counters.spend(f"k{n}", rates) is None
    assert counters.spend("k99", rates) is not None


@pytest.mark.parametrize("text", ["", "fast", "10", "10/fortnight", "-1/second"])
def test_what_is_no_rate(text: str) -> None:
    with pytest.raises(InputError, match="is no rate"):
        rates_of(text)
