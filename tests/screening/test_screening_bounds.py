"""What the search leaves out could not have counted: the bounds hold for any names and any weights."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.screening.test_screening_exact import BODY, FIRM, PERSON, WORD, bits

from caudal.screening import Screener
from caudal.screening.aligning import left_over_bits
from caudal.screening.alike import WIDTH, alike
from caudal.screening.bounds import most_alike, most_left_over, never_adds, signatures
from caudal.screening.names import MAX_TOKENS
from caudal.screening.weights import Weights

TEXT = st.one_of(
    WORD,
    BODY,
    st.text("abehijkmnstuy", min_size=1, max_size=9),
    st.text("aehlnosu", min_size=2, max_size=5).map(lambda text: text + "ovich"),
    st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=25),
)


def letters(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    found = np.zeros((len(texts), WIDTH), np.uint8)
    for i, text in enumerate(texts):
        coded = text.encode()[:WIDTH]
        found[i, : len(coded)] = list(coded)
    return found, np.array([len(text) for text in texts])


@settings(max_examples=1_000, deadline=None)
@given(TEXT, TEXT)
def test_no_two_words_are_more_alike_than_their_letters_allow(a: str, b: str) -> None:
    coded, length = letters([a, b])
    signs = signatures(coded, length)
    m, n = min(len(a), WIDTH), min(len(b), WIDTH)
    assert alike(coded[0], m, coded[1], n) <= most_alike(signs, 0, len(a), signs, 1, len(b))


def test_words_of_other_letters_are_told_apart_without_comparing_them() -> None:
    coded, length = letters(["garcia", "pedro", "pedro"])
    signs = signatures(coded, length)
    assert most_alike(signs, 0, 6, signs, 1, 5) < 0.5
    assert most_alike(signs, 1, 5, signs, 2, 5) >= 1


BITS = st.floats(-8, 8, allow_nan=False)


@settings(max_examples=300, deadline=None)
@given(BITS, BITS, BITS, BITS, st.booleans(), st.booleans(), st.floats(0, 1), st.floats(0, 1))
def test_likeness_adds_no_more_than_is_allowed_for(
    none: float, half: float, near: float, less: float, known: bool, person: bool, one: float, other: float
) -> None:
    weights = replace(Weights(), contradiction=none, alike_half=half, alike_near=near, alike_known=less).array()
    most = most_left_over(max(one, other), known, person, weights)
    assert left_over_bits(min(one, other), known, person, weights) <= most + 1e-9


def _weights(draw: st.DrawFn) -> Weights:
    """Any weights: what takes off takes off more or less, what adds or caps is anything."""
    changed: dict[str, Any] = {}
    for field in fields(Weights):
        value = getattr(Weights(), field.name)
        if field.name == "alert_bits" or not draw(st.booleans()):
            continue
        if field.name == "alike_from":  # without this much that agrees, likeness of letters counts for nothing
            changed[field.name] = draw(st.floats(0.5, 14))
            continue
        if 0 < value < 1 and field.name not in {"common_step", "particle_bits"}:
            changed[field.name] = draw(st.floats(0.01, 0.95))  # a chance
        elif value < 0 and field.name not in ("alike_half", "alike_known", "alike_hard"):
            changed[field.name] = draw(st.floats(-9, 0))
        else:
            changed[field.name] = draw(st.floats(-4, 14))
    return Weights(**changed)


WEIGHTS = st.composite(_weights)()


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.one_of(PERSON, FIRM), min_size=1, max_size=25),
    st.lists(st.one_of(PERSON, FIRM), min_size=1, max_size=10),
    WEIGHTS,
    st.sampled_from([1.0, 4.0, 8.0, 12.0]),
)
def test_whatever_the_weights_nothing_is_left_out_that_comparing_every_pair_finds(
    make_register: Any, make_entity: Any, listed: list[Any], asked: list[Any], weights: Weights, least: float
) -> None:
    screener = Screener(make_register([make_entity(f"e{i}", *one) for i, one in enumerate(listed)]), weights=weights)
    below = screener.threshold_bits - least  # names that share nothing may be worth 0 bits, and are not looked for
    parties = [
        {"id": f"q{i}", "schema": schema, "properties": {"name": [name]}} for i, (schema, name) in enumerate(asked)
    ]
    assert bits(screener.match(parties, below=below)) == bits(screener.match(parties, exhaustive=True, below=below))


def test_an_initial_makes_no_pair_whatever_else_counts_as_alike(make_register: Any, make_entity: Any) -> None:
    """Names that share no word are not searched for, so comparing every pair must not find them either."""
    listed = make_register([make_entity("e", "Person", "garcia garcia garcia garcia j")])
    asked = [{"id": "q", "schema": "Person", "properties": {"name": ["jose jose jose jose jose"]}}]
    screener = Screener(listed, weights=Weights(contradiction=0.0))  # unlike names are then as good as alike ones
    below = screener.threshold_bits - 1.0
    assert bits(screener.match(asked, below=below)) == bits(screener.match(asked, exhaustive=True, below=below)) == {}


def test_weights_the_bound_is_not_made_for_are_told() -> None:
    assert never_adds(Weights().array())
    assert not never_adds(replace(Weights(), weak_alias=1.0).array())
    assert not never_adds(replace(Weights(), alike_from=0.0).array())


def test_the_marks_have_room_for_every_word_of_a_name() -> None:
    assert MAX_TOKENS <= 16
