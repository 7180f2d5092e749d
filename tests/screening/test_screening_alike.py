"""How alike two tokens are, and which tokens are forms of one name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.screening import Evidence, Screener
from caudal.screening.alike import alike
from caudal.screening.spelling import EXACT, FORM, PET, SOUND, TokenIndex
from caudal.screening.spelling.forms import forms
from caudal.screening.variants import pets
from caudal.screening.weights import Weights

WORDS = st.text(alphabet="abdehiklmnorstuvz", min_size=1, max_size=12)


def likeness(a: str, b: str) -> float:
    left, right = (np.frombuffer(word.encode(), np.uint8) for word in (a, b))
    return float(alike(left, left.size, right, right.size))


def levels(a: str, b: str) -> set[int]:
    return set(TokenIndex([b]).join([a]).level.tolist())


@given(WORDS, WORDS)
@settings(deadline=None)
def test_likeness_lies_between_nothing_and_all_and_does_not_depend_on_the_side(a: str, b: str) -> None:
    assert 0 <= likeness(a, b) <= 1
    assert abs(likeness(a, b) - likeness(b, a)) < 1e-9
    assert likeness(a, a) == 1


def test_slips_of_writing_cost_less_than_other_letters() -> None:
    assert likeness("karim", "kareem") > likeness("karim", "katrum")
    assert likeness("vlado", "wlado") > likeness("vlado", "slado")
    assert likeness("sahra", "sara") > likeness("sahra", "sabra")
    assert likeness("merkan", "merakn") > likeness("merkan", "merolb")
    assert likeness("rawindo", "tikrum") < 0.4


def test_known_forms_of_one_name_meet_and_other_names_do_not() -> None:
    assert levels("usama", "osama") <= {SOUND, FORM}
    assert levels("pepe", "jose") == {PET}
    assert levels("bill", "william") == {PET}
    assert levels("juan", "john") == {PET}
    assert levels("frank", "hassan") == set()
    assert levels("jack", "juan") == set(), "both are forms of John, each on a line of its own"
    assert forms("xi")
    assert not forms("zz9")
    assert pets("lalo")
    assert levels("mukhanoff", "mukhanov") <= {SOUND, FORM}


def test_a_pair_is_found_once_at_its_nearest() -> None:
    near = TokenIndex(["mohammed", "ahmed", "ali"]).join(["mohammed", "mohamed", "ali"])
    pairs = list(zip(near.left.tolist(), near.right.tolist(), strict=True))
    assert len(pairs) == len(set(pairs))
    assert dict(zip(pairs, near.level.tolist(), strict=True))[0, 0] == EXACT


def compared(screener: Screener, a: str, b: str, schema: str = "Person") -> Evidence:
    return screener.compare(*({"schema": schema, "properties": {"name": [name]}} for name in (a, b)))


def features(evidence: Evidence) -> dict[str, float]:
    return {reason.feature: reason.bits for reason in evidence.reasons}


def test_a_part_that_is_another_name_contradicts_by_how_unlike_it_is(screener: Screener) -> None:
    slip = compared(screener, "Qorvashani Zubirreta Melkrano", "Qorvashani Zubirreta Malkeno")
    other = compared(screener, "Qorvashani Zubirreta Tikolosh", "Qorvashani Zubirreta Malkeno")
    assert slip.bits > other.bits + 5
    assert not other.alert
    assert features(other)["contradiction"] == screener.weights.contradiction
    assert other.bits <= screener.weights.contradiction_cap


def test_an_ending_that_many_names_share_is_no_likeness(screener: Screener) -> None:
    assert likeness("hamidovich", "walerovich") < 0.5
    assert likeness("hamidovich", "hamidowich") > 0.8


def test_the_son_of_the_one_is_not_the_father(screener: Screener) -> None:
    same = compared(screener, "Qorvashani bin Zubirreta", "Qorvashani bin Zubirreta")
    crossed = compared(screener, "Qorvashani bin Zubirreta", "Zubirreta bin Qorvashani")
    assert same.alert
    assert not crossed.alert


def test_likeness_needs_something_else_that_agrees(screener: Screener) -> None:
    weak = compared(screener, "Jose Melkrano", "Jose Malkeno")
    assert features(weak).get("alike", 0.0) <= 0


def test_a_firm_of_one_word_a_place_and_other_trade_words(screener: Screener) -> None:
    lone = compared(screener, "Zubirretal Import", "Zubirretal Holding Management", "Company")
    assert features(lone)["lone word"] == screener.weights.lone_word
    assert features(lone)["words of firms"] == screener.weights.body
    assert "lone word" not in features(compared(screener, "Zubirretal Import Ltd", "Zubirretal Import Ltd", "Company"))
    form = compared(screener, "Zubirretal Ltd", "Zubirretal Ltd", "Company")
    assert features(form)["lone word"] == screener.weights.lone_word  # a legal form bears nobody out
    branch = compared(screener, "Zubirretal Qorvash Mexico", "Zubirretal Qorvash", "Company")
    line = screener.weights.alert_bits
    assert branch.bits <= line - screener.weights.place_under < compared(
        screener, "Zubirretal Qorvash", "Zubirretal Qorvash", "Company"
    ).bits  # fmt: skip


def test_names_that_share_an_initial_only_are_two_names(screener: Screener) -> None:
    assert compared(screener, "Z", "Zubirreta").bits <= screener.weights.contradiction


def test_two_common_names_are_worth_more_as_a_whole_than_with_a_part_left_over(
    make_register: Any, make_entity: Any
) -> None:
    screener = Screener(make_register([make_entity("a", "Person", "Ricardo Mendoza Zubirreta")]))
    whole = compared(screener, "Ricardo Mendoza", "Ricardo Mendoza")
    longer = compared(screener, "Ricardo Mendoza", "Ricardo Mendoza Zubirreta")
    line, weights = screener.weights.alert_bits, screener.weights
    assert longer.bits <= max(line - weights.common_under, whole.bits + weights.common_left)
    assert not longer.alert


def test_a_part_nearly_the_same_is_a_second_part(screener: Screener) -> None:
    near = compared(screener, "Ahmed Zubirreta", "Agzmed Zubirreta")
    other = compared(screener, "Ahmed Zubirreta", "Kasper Zubirreta")
    assert near.bits > other.bits
    assert other.bits < screener.weights.alert_bits


def test_the_caps_move_with_the_line(make_register: Any, make_entity: Any) -> None:
    names = ("Qorvashani Zubirreta", "Qorvashani")
    for line in (9.5, 12.0, 14.0):
        weights = Weights(alert_bits=line)
        made = Screener(make_register([make_entity("a", "Person", "X Y")]), weights=weights)
        one = compared(made, *names)
        assert not one.alert
        assert one.bits <= line - weights.single_under + 1e-9
        assert made.threshold_bits == pytest.approx(line)


def test_an_initial_does_not_make_a_firms_name_whole(screener: Screener) -> None:
    pair = "J Qorvash Trading", "Jumbal Qorvash Trading"
    assert "whole name" not in features(compared(screener, *pair, "Company"))
    assert "whole name" in features(compared(screener, pair[1], pair[1], "Company"))
