"""The three bands follow from the costs: no other action is ever cheaper than the one taken."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.screening import Calibration, Screener, Weights
from caudal.screening.asking import questions
from caudal.screening.bands import ALERT, ASK, BELOW, BIRTH_DAY, Bands, Costs, Question, alert_threshold
from caudal.screening.evidence import KEPT_BELOW
from caudal.screening.subjects import subject

money = st.floats(0.01, 1000)
costs = st.builds(Costs, money, money, money)
asked = st.builds(
    Question, st.just("x"), st.just("y"), same=st.floats(0.3, 1), answered=st.floats(0.2, 1), bits=st.floats(0.5, 25)
)
chance = st.floats(1e-6, 1 - 1e-6)


def simulated(c: Costs, q: Question, p: float, threshold: float, n: int = 40_000) -> tuple[float, float]:
    """Mean cost of clearing and of asking, played out: a slow reference that knows nothing of the formulas."""
    rng = random.Random(5)
    clear = ask = 0.0
    for _ in range(n):
        true = rng.random() < p
        clear += c.miss if true else 0
        ask += c.question
        answered = rng.random() < q.answered
        agrees = rng.random() < (q.same if true else q.same * 2**-q.bits)
        odds = p / (1 - p) * 2**q.bits
        alert = answered and agrees and odds / (1 + odds) >= threshold
        if alert and not true:
            ask += c.false_alert
        if not alert and true:
            ask += c.miss
    return clear / n, ask / n


def test_the_defaults_give_the_threshold_that_stands() -> None:
    calibration = Calibration()
    bands = Bands.of(Costs(), per_bit=calibration.per_bit)
    assert calibration.bits(bands.threshold) == pytest.approx(Weights().alert_bits, abs=0.1)
    assert bands.unsettled == pytest.approx(3.9, abs=0.4)


@pytest.mark.parametrize("p", [0.08, 0.2, 0.45])
@pytest.mark.parametrize("q", [BIRTH_DAY, Question("number", "", 0.6, 0.8, 24.0), Question("year", "", 0.95, 0.9, 3.0)])
def test_what_asking_saves_is_what_playing_it_out_saves(p: float, q: Question) -> None:
    c = Costs(miss=5, false_alert=1, question=0.336)
    clear, ask = simulated(c, q, p, 0.5)
    assert Bands(c, 0.5).saved(p, q) == pytest.approx(clear - ask, abs=0.03)


@given(costs)
def test_at_the_derived_threshold_alert_and_ask_cost_the_same(c: Costs) -> None:
    t = alert_threshold(c)
    plain = c.false_alert / (c.false_alert + c.miss)
    q = BIRTH_DAY
    alert = c.false_alert * (1 - t)
    before = min(alert, c.miss * t)
    after = c.false_alert * q.chance * (1 - t) + c.miss * (1 - q.same) * t
    ask = c.question + (1 - q.answered) * before + q.answered * after
    if t > plain:
        assert alert == pytest.approx(ask, rel=1e-6)
    else:  # asking is never the cheapest
        assert ask >= alert - 1e-9 * max(alert, 1)


@given(costs, asked, chance, st.floats(0.01, 0.99))
def test_a_question_is_asked_exactly_where_it_saves(c: Costs, q: Question, p: float, threshold: float) -> None:
    bands = Bands(c, threshold)
    first = bands.ask_from(q)
    if abs(p - first) < 1e-9 * max(p, first):
        return
    assert (bands.best(p, [q]) is not None) == (first < p < threshold)


@given(costs, st.lists(asked, max_size=4), chance)
def test_the_question_taken_saves_most(c: Costs, some: list[Question], p: float) -> None:
    bands = Bands(c, 0.6)
    best = bands.best(p, some)
    if best is None:
        assert p >= 0.6 or all(bands.saved(p, q) <= 0 for q in some)
    else:
        assert bands.saved(p, best) == max(bands.saved(p, q) for q in some) > 0
    assert bands.band(p, best) == (ALERT if p >= 0.6 else BELOW if best is None else ASK)


@given(costs, chance)
def test_a_dearer_miss_never_asks_or_alerts_less(c: Costs, p: float) -> None:
    dear = Costs(2 * c.miss, c.false_alert, c.question)
    assert alert_threshold(dear) <= alert_threshold(c) + 1e-12
    assert Bands(dear, 0.5).saved(p, BIRTH_DAY) >= Bands(c, 0.5).saved(p, BIRTH_DAY) - 1e-9


@pytest.mark.parametrize("wrong", [{"miss": 0}, {"false_alert": -1}, {"question": float("nan")}, {"miss": "dear"}])
def test_costs_that_are_none_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=f"field costs.{next(iter(wrong))}"):
        Costs(**wrong)


def person(name: str, **properties: list[str]) -> dict[str, Any]:
    return {"schema": "Person", "properties": {"name": [name], **properties}}


LISTED = person("Nemorio Zubirreta Cervantes", birthDate=["1966-07-17"], idNumber=["ZUCN660717H"])
LISTED["properties"]["lastName"] = ["Zubirreta Cervantes"]


def fields(query: dict[str, Any], listed: dict[str, Any], on_list: str = "Nemorio Zubirreta Cervantes") -> list[str]:
    compared = query["properties"]["name"][0], on_list
    return [q.field for q in questions(subject(query), subject(listed), compared)]


def test_only_what_the_list_has_and_the_party_lacks_is_asked_for() -> None:
    number = "number of an identity document or tax number"
    assert fields(person("Nemorio Zubirreta"), LISTED) == ["birth date", number, "second surname"]
    assert fields(person("Nemorio Zubirreta Cervantes"), LISTED) == ["birth date", number]
    assert fields(person("Zubirreta", birthDate=["1966-07-17"], idNumber=["ABCD123456"]), LISTED) == ["full name"]
    assert fields(person("Nemorio Zubirreta Cervantes", birthDate=["1966"]), LISTED) == ["full birth date", number]
    assert fields(person("Nemorio Zubirreta Cervantes"), person("Nemorio Zubirreta Cervantes")) == []
    nobody = {"schema": "Company", "properties": {"name": ["Nemorio Zubirreta"], "gender": ["male"]}}
    assert fields(person("Nemorio Zubirreta"), nobody) == []
    firm = {"schema": "Company", "properties": {"name": ["Zubirreta"], "registrationNumber": ["7654021"]}}
    assert fields({"schema": "Company", "properties": {"name": ["Zubirreta"]}}, firm) == ["registration or tax number"]


def test_a_question_gives_nothing_of_the_listed_person_away(screener: Screener) -> None:
    found = screener.compare(person("Jose Garcia"), person("Jose Garcia", birthDate=["1966-07-17"]))
    assert found.band == ASK
    assert found.question is not None
    assert found.question.field == "birth date"
    text = found.to_json()
    assert json.loads(text)["ask"] == {"field": "birth date", "form": "a full date"}
    assert "1966" not in text
    assert "07-17" not in text


def test_a_pair_no_answer_could_settle_is_below(screener: Screener) -> None:
    found = screener.compare(person("Jose Garcia"), person("Jose Garcia"))
    assert screener.threshold_bits - 4 < found.bits < screener.threshold_bits
    assert found.band == BELOW
    assert not found.ask


def test_bands_stand_in_the_matches(register: Any, parties_of: Any) -> None:
    some = parties_of("Nemorio Zubirreta Cervantes", "Maria Garcia Lopez", "Jose Garcia")
    found = {r["party_id"]: r for r in Screener(register).match(some).to_pylist() if r["entity_id"][:2] in ("p-", "c-")}
    assert found["q0"]["band"] == ALERT
    assert found["q0"]["alert"]
    assert {r["band"] for r in found.values()} <= {ALERT, ASK, BELOW}
    for row in found.values():
        assert row["alert"] == (row["band"] == ALERT)
        assert ("ask" in json.loads(row["evidence"])) == (row["band"] == ASK)


def test_costs_move_the_line_of_a_screener(register: Any) -> None:
    usual = Screener(register)
    assert usual.threshold_bits == pytest.approx(Weights().alert_bits)
    careful = Screener(register, costs=Costs(miss=6000))
    assert careful.threshold < usual.threshold
    assert careful.kept_from() <= careful.threshold_bits - KEPT_BELOW
    assert Screener(register, 0.9, costs=Costs(miss=50)).threshold == 0.9
    assert Screener(register, 14).threshold_bits == pytest.approx(14)


def test_the_rarer_the_listed_the_less_likely_a_pair_and_the_later_an_alert(register: Any) -> None:
    usual, rare = Screener(register, costs=Costs()), Screener(register, base_rate=1e-5)
    pair = person("Nemorio Zubirreta"), LISTED
    assert rare.compare(*pair).bits == usual.compare(*pair).bits
    assert rare.compare(*pair).probability < usual.compare(*pair).probability
    assert rare.threshold == pytest.approx(usual.threshold)
    assert rare.threshold_bits > usual.threshold_bits + 5
