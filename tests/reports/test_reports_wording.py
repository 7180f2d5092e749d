from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from string import Formatter

import pytest
from markupsafe import Markup

from caudal.errors import InputError
from caudal.reports.wording import Wording

ROOM = Path(str(files("caudal.reports")))
OF_DATA = {
    "nav",
    "measure",
    "typology",
    "role",
    "innocent",
    "effect_word",
    "method_short",
    "csv_name",
    "side",
    "subject",
    "arises",
    "flow_kind",
    "frontier_kind",
    "frontier_side",
}
"""Sections whose keys are words of the data, looked up by a computed key."""


def used() -> set[str]:
    found = set()
    sources = [*ROOM.glob("*.py"), *ROOM.glob("templates/*.j2")]
    for source in sources:
        text = source.read_text(encoding="utf-8")
        found |= set(re.findall(r"""["']([a-z_]+\.[a-z_]+)["']""", text))
    return found


def started() -> set[str]:
    """Starts of keys that code completes, such as `exposure.none_`."""
    found = set()
    for source in [*ROOM.glob("*.py"), *ROOM.glob("templates/*.j2")]:
        text = source.read_text(encoding="utf-8")
        found |= set(re.findall(r"""["']([a-z_]+\.[a-z_]*)["'] [+~]""", text))
        found |= set(re.findall(r"""f["']([a-z_]+\.[a-z_]*)\{""", text))
    return found


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_text_is_used() -> None:
    words, starts = used(), started()
    left = {
        key
        for key in Wording().every_key()
        if key not in words and key.partition(".")[0] not in OF_DATA and not any(key.startswith(s) for s in starts)
    }
    assert not left


def test_every_text_the_code_asks_for_is_there() -> None:
    wording = Wording()
    sections = {key.partition(".")[0] for key in wording.every_key()}
    asked = {key for key in used() if key.partition(".")[0] in sections}
    calls = set()
    for source in [*ROOM.glob("*.py"), *ROOM.glob("templates/*.j2")]:
        text = source.read_text(encoding="utf-8")
        calls |= set(re.findall(r"""(?:\bt|wording|wording\.plain)\(\s*["']([a-z_]+\.[a-z_]+)["'](?! *[+~])""", text))
    assert len(calls) > 150
    assert not {key for key in calls if not wording.has(key)}
    assert asked & calls


def test_one_and_many_take_the_same_fields() -> None:
    wording = Wording()
    for key in wording.every_key():
        one, many = fields(wording.raw(key, 1)), fields(wording.raw(key, 2))
        # a text for one may leave the number out
        assert many - {"n"} == one - {"n"}, key


def test_values_are_escaped_and_markup_is_not() -> None:
    wording = Wording()
    text = wording("look.match", name="<script>", listed=Markup("<b>x</b>"))
    assert "&lt;script&gt;" in text
    assert "<b>x</b>" in text


def test_numbers_have_separators_and_choose_the_form() -> None:
    wording = Wording()
    assert wording.plain("flow.fold", n=1) == "1 other account"
    assert wording.plain("flow.fold", n=12345) == "12,345 other accounts"


def test_a_word_without_a_text_stays_itself() -> None:
    assert Wording().of("typology", "Some New Pattern") == "Some New Pattern"
    assert Wording().of("typology", "rapid pass-through") == "Rapid pass-through"


def test_an_unknown_language_is_named() -> None:
    with pytest.raises(InputError, match="no report texts in this language: tlh"):
        Wording("tlh")


def test_words_that_accuse_do_not_occur() -> None:
    text = (ROOM / "texts" / "en.toml").read_text(encoding="utf-8").lower()
    for word in ("criminal account", "guilty", "criminals", "suspect", "launderer", "terrorist"):
        assert word not in text, word
