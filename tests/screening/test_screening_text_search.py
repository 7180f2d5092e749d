"""The fast search in texts finds what a plain one finds, word for word and bit for bit."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slow_texts import slow_find

from caudal.screening import Screener
from caudal.screening.text import clean, tokens
from caudal.screening.text_words import LONGEST_TEXT, Runs, read_texts, runs_of
from caudal.screening.texts import TextFinder

ORDINARY = """
invoice payment to for contract loan goods of the victory fly fast trading co ltd san ve tic dd
""".split()  # noqa: SIM905


def named(mentions: Any) -> list[tuple[int, int, str, float]]:
    return sorted((m.text, m.name, m.words, round(m.bits, 9)) for m in mentions)


def mixed(rng: random.Random, names: list[str]) -> str:
    """A text that holds a listed name, whole, broken, misspelt or in parts, among ordinary words."""
    words = [*rng.choices(ORDINARY, k=rng.randint(0, 6)), str(rng.randint(1, 10**6))]
    held = rng.choice(names).replace(",", " ").split()
    how = rng.randint(0, 5)
    if how == 0:
        rng.shuffle(held)
    elif how == 1:
        at = rng.randrange(len(held))
        cut = rng.randint(1, max(len(held[at]) - 1, 1))
        held[at] = f"{held[at][:cut]} {held[at][cut:]}"
    elif how == 2:
        at = rng.randrange(len(held))
        drop = rng.randrange(len(held[at]))
        held[at] = held[at][:drop] + held[at][drop + 1 :]
    elif how == 3:
        held = held[: rng.randint(1, len(held))]
    elif how == 4:
        held.insert(rng.randint(0, len(held)), rng.choice(ORDINARY))
    at = rng.randint(0, len(words))
    return " ".join(words[:at] + held + words[at:])


@pytest.mark.parametrize("seed", range(3))
def test_the_search_finds_what_a_plain_one_finds(screener: Screener, seed: int) -> None:
    rng = random.Random(seed)
    names = [name.raw for name in screener.listed.names.parsed]
    texts = list(dict.fromkeys(mixed(rng, names) for _ in range(400)))
    relations = [set(rng.choices(range(60), k=rng.randint(1, 3))) for _ in texts]
    finder = TextFinder(screener.listed, screener.weights, 10.0)
    fast = named(finder.find(read_texts(texts), runs_of([sorted(used) for used in relations])))
    slow = named(slow_find(finder, screener.listed, texts, relations))
    assert fast == slow
    assert len(fast) > 30, "the texts hold names"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=8))
def test_words_are_those_of_the_whole_text(texts: list[str]) -> None:
    texts = [text.encode("utf-8", "ignore").decode() for text in texts]
    read = read_texts(texts)
    for n, text in enumerate(texts):
        assert read.text(n) == tokens(clean(text, LONGEST_TEXT).text)


def test_words_of_payment_texts_are_those_of_the_whole_text() -> None:
    texts = [
        "IMP.EXP.CO.,LTD/INV 12",
        "O'NEIL-SMITH  S.A. DE C.V.",
        "T.YUSUPOV",
        "",
        "a\tb\nc",
        "x" * 3_000,
        "Ёлка ООО",
        "C/O A+B=C",
    ]
    read = read_texts(texts)
    for n, text in enumerate(texts):
        assert read.text(n) == tokens(clean(text, LONGEST_TEXT).text), text


@given(st.lists(st.lists(st.integers(0, 4), max_size=4), min_size=5, max_size=5), st.lists(st.lists(st.integers(0, 4))))
def test_ragged_rows_expand_as_lists_do(table: list[list[int]], rows: list[list[int]]) -> None:
    runs = runs_of(table).expand(runs_of(rows))
    assert [runs.row(n).tolist() for n in range(len(runs))] == [[v for r in row for v in table[r]] for row in rows]
    assert runs.rows().tolist() == [n for n, row in enumerate(rows) for r in row for _ in table[r]]
    assert isinstance(Runs(np.zeros(1, np.int64), np.zeros(0, np.int64)), Runs)
