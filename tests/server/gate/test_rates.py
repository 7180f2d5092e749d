"""Rate limits over several processes."""

from __future__ import annotations

import time
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from limits.storage import MemoryStorage

from caudal.errors import InputError
from caudal.server.gate import rates as module
from caudal.server.gate.keys import rates_of
from caudal.server.gate.rates import Rates, SharedCounters
from caudal.server.problems import Problem


def test_one_too_many_is_told_when_to_come_back(tmp_path: Path) -> None:
    rates = Rates(tmp_path / "rates", "3/hour")
    for _ in range(3):
        rates.spend("a", "")
    with pytest.raises(Problem) as refused:
        rates.spend("a", "")
    assert refused.value.status == 429
    assert 3500 < int(refused.value.headers["retry-after"]) <= 3600
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


keys = st.sampled_from([f"k{n}" for n in range(6)])
moves = st.lists(
    st.one_of(
        st.tuples(st.just("incr"), keys, st.integers(1, 5)),
        st.tuples(st.just("get"), keys, st.just(0)),
        st.tuples(st.just("clear"), keys, st.just(0)),
    ),
    max_size=40,
)


@settings(max_examples=50, deadline=None)
@given(moves)
def test_counters_count_as_the_library_s_own(tmp_path_factory: pytest.TempPathFactory, asked: list) -> None:
    ours, theirs = SharedCounters(tmp_path_factory.mktemp("c") / "c"), MemoryStorage()
    for move, key, amount in asked:
        if move == "incr":
            assert ours.incr(key, 600, amount) == theirs.incr(key, 600, amount=amount)
        elif move == "get":
            assert ours.get(key) == theirs.get(key)
            assert abs(ours.get_expiry(key) - theirs.get_expiry(key)) < 1.0
        else:
            ours.clear(key)
            theirs.clear(key)
    ours.close()


def test_a_window_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr(module.time, "time", lambda: now)
    counters = SharedCounters(tmp_path / "c")
    assert counters.incr("a", 60, 7) == 7
    now += 59
    assert counters.incr("a", 60) == 8
    now += 1
    assert counters.get("a") == 0
    assert counters.incr("a", 60) == 1
    counters.reset()
    assert counters.get("a") == 0


def test_more_keys_than_slots_still_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SLOTS", 8)
    counters = SharedCounters(tmp_path / "c")
    for n in range(100):
        assert counters.incr(f"k{n}", 600) >= 1
    assert counters.incr("k99", 600) == 2


@pytest.mark.parametrize("text", ["", "fast", "10", "10/fortnight", "-1/second"])
def test_what_is_no_rate(text: str) -> None:
    with pytest.raises(InputError, match="is no rate"):
        rates_of(text)
