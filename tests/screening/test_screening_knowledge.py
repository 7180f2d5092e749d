"""What is known of names and of firms' words: initials, fathers' names, Arabic letters, words of other languages."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from caudal.screening import Evidence, Screener, phrases
from caudal.screening.aligning import fathers_name
from caudal.screening.alike import WIDTH, alike
from caudal.screening.commonness import commonness, frequency, is_unvowelled
from caudal.screening.names import ORGANISATION, PERSON, parse
from caudal.screening.spelling import Lexicon


def compared(screener: Screener, a: str, b: str, schema: str = "Person") -> Evidence:
    one, other = ({"schema": schema, "properties": {"name": [name]}} for name in (a, b))
    return screener.compare(one, other)


def test_initials_written_together_come_apart() -> None:
    assert parse("N.Z. Ballesteros", PERSON).tokens == ("n", "z", "ballesteros")
    assert parse("N. Z. Ballesteros", PERSON).tokens == ("n", "z", "ballesteros")


def _father(a: str, b: str) -> bool:
    words = Lexicon.of([a, b])
    letters, length = words.letters(WIDTH), words.lengths
    return bool(fathers_name(letters[0], length[0], letters[1], length[1]))


@pytest.mark.parametrize(
    ("given", "patronymic"),
    [
        ("oleg", "olegovich"),
        ("petr", "petrovna"),
        ("oleksandr", "oleksandrovych"),
        ("sergei", "sergeevich"),
        ("mykhailo", "mykhailivna"),
    ],
)
def test_a_fathers_name_is_not_the_name(given: str, patronymic: str) -> None:
    assert _father(given, patronymic)
    assert _father(patronymic, given)


@pytest.mark.parametrize(
    ("a", "b"), [("petrovich", "petrovich"), ("petr", "petrov"), ("ana", "anna"), ("ivan", "olegovich")]
)
def test_other_words_are_no_fathers_names(a: str, b: str) -> None:
    assert not _father(a, b)


def test_a_son_who_is_named_after_his_father_s_first_name_only_contradicts(screener: Screener) -> None:
    assert compared(screener, "Oleksandr Zubirretko", "Vadym Oleksandrovych Zubirretko").bits <= 5
    assert compared(screener, "Vadym Zubirretko", "Vadym Oleksandrovych Zubirretko").alert


@pytest.mark.parametrize(
    ("arabic", "latin"),
    [
        ("\u0639\u0628\u062f \u0627\u0644\u0631\u062d\u0645\u0646", ("abd", "al", "rhmn")),
        ("\u0639\u0645\u0631", ("amr",)),
    ],
)
def test_arabic_letters(arabic: str, latin: tuple[str, ...]) -> None:
    assert parse(arabic, PERSON).tokens == latin


@pytest.mark.parametrize("token", ["mhmd", "hsyn", "ahmdy", "rhmn"])
def test_common_names_without_their_vowels_are_common(token: str) -> None:
    assert is_unvowelled(token)
    assert commonness(token) == 1
    assert frequency(token) > 0


@pytest.mark.parametrize("token", ["zbrt", "qrwshny", "vrksh", "trnk", "zubirreta"])
def test_no_vowels_alone_make_no_name_common(token: str) -> None:
    assert not is_unvowelled(token) or frequency(token) == 0


def test_words_of_letters_that_cannot_be_transliterated_are_compared_letter_by_letter() -> None:
    words = Lexicon.of(
        ["\u1798\u17b6\u178e\u17b6\u178f", "\u1798\u17b6\u178e\u17c2\u178f", "\u1780\u1781\u1782\u1783\u1784"]
    )
    letters, length = words.letters(WIDTH), words.lengths
    assert length.tolist() == [5, 5, 5]
    near, far = (alike(letters[0], 5, letters[i], 5) for i in (1, 2))
    assert near == pytest.approx(0.8)
    assert far < 0.3
    nothing = np.zeros(WIDTH, np.uint8)
    assert alike(nothing, 5, nothing, 5) == 0.0


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Banco Zubirreta", "Bank Zubirreta"),
        ("Zubirreta Intl Holdings", "Zubirreta International Holding"),
        ("U.S. Zubirreta Foundation", "United States Zubirreta Foundation"),
        ("Universidad de Zubirreta", "University of Zubirreta"),
    ],
)
def test_words_of_firms_in_other_languages_and_in_short(screener: Screener, a: str, b: str) -> None:
    def told(name: str) -> list[str]:
        parsed = parse(name, ORGANISATION)
        return [t for t, role in zip(parsed.tokens, parsed.roles, strict=True) if role != phrases.PARTICLE]

    assert told(a) == told(b)
    assert not [r for r in compared(screener, a, b, "Company").reasons if r.feature in ("contradiction", "missing")]


def test_synonyms_are_of_trades_only() -> None:
    for word in ("zubirreta", "sierra", "alfa", "norte"):
        assert phrases.plain_word(word) == word
    assert phrases.plain_word("banque") == "bank"


def test_a_bank_is_found_in_a_text_in_another_language(make_register: Any, make_entity: Any) -> None:
    screener = Screener(make_register([make_entity("b", "Company", "Banco Zubirreta Qorvashani")]))
    table = {"transfer_id": ["t"], "purpose": ["PAGO A BANCO ZUBIRRETA QORVASHANI REF 7"]}
    assert screener.match_texts(pa.table({**table, "payer_account": ["a"], "payee_account": ["b"]})).num_rows == 1
