"""Wade-Giles names are read as pinyin, other names are left as they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.screening import Screener
from caudal.screening.names import PERSON, parse
from caudal.screening.wade import may_be, pinyin, syllables

WADE, PINYIN = syllables()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Hsiao Chih-ch'iang", "xiao zhiqiang"),
        ("HSIEH, Tzu-chün", "HSIEH, Tzu-chün"),  # a letter the table does not have: left alone
        ("Ts\u2019ao Hsueh-jen", "cao xueren"),
        ("Chiang, Ts\u00eb-kuo", "Chiang, Ts\u00eb-kuo"),
        ("Hsu Yung-p'ing", "xu yongping"),
    ],
)
def test_wade_giles_is_read_as_pinyin(written: str, read: str) -> None:
    assert pinyin(written) == read


@pytest.mark.parametrize(
    "name",
    [
        "Anne-Marie O'Brien",
        "Pak Yong-chol",
        "Yi Sung-man",
        "Jean-Luc Wang",
        "Li Wei",
        "Abd al-Hs",
        "Lin Wei-li",
        "",
        "-",
    ],
)
def test_other_names_are_left_alone(name: str) -> None:
    assert pinyin(name) == name


def test_the_table_is_one_to_one_where_it_should_be() -> None:
    assert len(WADE) > 380
    assert set(WADE.values()) <= PINYIN
    assert WADE["ch'iang"] == "qiang"
    assert WADE["chiang"] == "jiang"
    assert WADE["hsiung"] == "xiong"
    assert WADE["jih"] == "ri"


@given(st.lists(st.sampled_from(sorted(WADE)), min_size=3, max_size=3))
def test_reading_twice_changes_nothing(parts: list[str]) -> None:
    read = pinyin(f"{parts[0]} {parts[1]}-{parts[2]}")
    assert pinyin(read) == read


@given(st.text(max_size=30))
def test_any_text_is_read_and_one_that_is_none_stays(text: str) -> None:
    if not may_be(text):
        assert pinyin(text) == text
    else:
        assert isinstance(pinyin(text), str)


def test_both_spellings_of_a_name_meet(screener: Screener) -> None:
    assert parse("Hsiao Tse-ch'iang", PERSON).tokens == parse("Xiao Zeqiang", PERSON).tokens
    pair = [{"schema": "Person", "properties": {"name": [name]}} for name in ("Hsiao Chih-ch'iang", "Xiao Zhiqiang")]
    assert screener.compare(*pair).alert
