from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.register import Entity, Name
from caudal.register.countries import country_code
from caudal.register.lookup import NameIndex
from caudal.register.naming import fold, has_legal_form, script_of


@pytest.mark.parametrize(
    ("name", "script"),
    [
        ("EJEMPLO, Ana", "Latn"),
        ("Fòs Revolisyonè", "Latn"),
        ("Анто Белар", "Cyrl"),
        ("القاعدة", "Arab"),
        ("例子", "Hani"),
        ("たなか太郎", "Jpan"),
        ("예시", "Hang"),
        ("Аnto", None),  # a Cyrillic A before Latin letters
        ("2010", None),
        ("", None),
    ],
)
def test_the_script_of_a_name(name: str, script: str | None) -> None:
    assert script_of(name) == script


@pytest.mark.parametrize(
    ("name", "firm"),
    [
        ("EJEMPLO S.A. DE C.V.", True),
        ("OOO PRIMER", True),
        ("Beispiel GmbH & Co. KG", True),
        ("EXAMPLE TRADING L.L.C.", True),
        ("Example Bank", True),
        ("CARTEL DE EJEMPLO", False),
        ("COMANDO EJEMPLO", False),
        ("", False),
    ],
)
def test_a_legal_form_makes_a_firm(name: str, firm: bool) -> None:
    assert has_legal_form(name) is firm


@given(st.text(max_size=30))
def test_folding_twice_is_folding_once(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert once == once.strip()
    assert "  " not in once
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


def test_case_accents_and_punctuation_do_not_matter() -> None:
    assert fold("Cártel de Jalisco-Nueva Generación") == fold("CARTEL DE JALISCO NUEVA GENERACION")
    assert fold("O'HARA") == fold("Ohara") == fold("O’Hara")


def entity(number: int, names: list[str]) -> Entity:
    held = [Name(n, "primary" if i == 0 else "alias", None) for i, n in enumerate(names)]
    return Entity(f"x-{number}", "Person", names[0], held, {}, [], "d")


words = st.text(alphabet="abcdé ÄЖ-", min_size=1, max_size=10)


@given(st.lists(st.lists(words, min_size=1, max_size=3), max_size=6))
def test_everyone_is_found_by_every_name_and_only_by_their_words(names: list[list[str]]) -> None:
    entities = [entity(i, held) for i, held in enumerate(names)]
    index = NameIndex(entities)
    for one in entities:
        for name in one.names:
            if fold(name.name):
                found = index.find(name.name)
                assert one in found
                assert all(any(fold(n.name) == fold(name.name) for n in other.names) for other in found)
                word = fold(name.name).split()[0]
                assert one in index.find(word) or any(fold(n.name) == word for e in index.find(word) for n in e.names)


def test_countries_as_the_publishers_write_them() -> None:
    assert country_code("Korea, North") == country_code("Democratic People's Republic of Korea") == "kp"
    assert country_code(" united states ") == "us"
    assert country_code("Atlantis") is None
