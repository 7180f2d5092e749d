from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.screening import text


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("IMP.EXP.CO.,LTD", ["imp", "exp", "co", "ltd"]),
        ("TIMOR T.YUSAPOV", ["timor", "t", "yusapov"]),
        ("Tresmares, S.A. de C.V.", ["tresmares", "sa", "de", "cv"]),
        ("Société Générale", ["societe", "generale"]),
        ("Врубловский", ["vrublovsky"]),
        ("R+T IMPORT", ["r", "t", "import"]),
        ("", []),
        (" \t\n ", []),
    ],
)
def test_tokens(raw: str, expected: list[str]) -> None:
    assert text.tokens(text.clean(raw).text) == expected


def test_lookalike_letters_inside_a_latin_word_are_undone_and_remarked() -> None:
    cleaned = text.clean("N\u0435m\u043erio")
    assert cleaned.text == "Nemorio"
    assert cleaned.remarks == (text.HOMOGLYPHS,)


def test_a_word_wholly_in_another_script_is_not_a_lookalike() -> None:
    assert text.clean("Ivan \u0418\u0432\u0430\u043d\u043e\u0432").remarks == ()


@pytest.mark.parametrize("mark", ["\u202e", "\u200f", "\u200b", "\u2066", "\ufeff"])
def test_hidden_marks_are_removed_and_remarked(mark: str) -> None:
    cleaned = text.clean(f"Nem{mark}orio")
    assert cleaned.text == "Nemorio"
    assert cleaned.remarks == (text.MARKS,)


def test_control_characters_and_length_are_remarked() -> None:
    assert text.clean("Nemorio\x00Zubirreta").remarks == (text.CONTROL,)
    cleaned = text.clean("x" * 10_000)
    assert len(cleaned.text) == text.LONGEST
    assert cleaned.remarks == (text.TOO_LONG,)


@given(st.text(max_size=80))
def test_any_text_gives_tokens_without_spaces_and_the_same_again(raw: str) -> None:
    found = text.tokens(text.clean(raw).text)
    assert all(token and not any(c.isspace() for c in token) for token in found)
    assert all(token == token.casefold() for token in found if token.isascii())
    plain = " ".join(token for token in found if token.isascii())
    assert text.tokens(plain) == plain.split()
