from __future__ import annotations

from datetime import date

import pytest

from caudal.errors import InputError
from caudal.register import law
from caudal.register.data import parse


def topics(authority: str, day: date | None = None) -> set[str]:
    return {e.topic for e in law.effects(authority, day)}


def test_every_line_has_its_source_and_the_day_it_was_checked() -> None:
    for authority in law.authorities():
        lines = law.effects(authority)
        assert lines
        for line in lines:
            assert line.source
            assert line.source_url.startswith("http")
            assert line.checked == date(2026, 11, 24)
            assert "unverified" not in (line.text + line.source).casefold()


def test_what_the_authorities_do_differs_where_it_should() -> None:
    day = date(2025, 2, 20)
    assert "secondary sanctions" in topics("SDGT", day)
    assert "secondary sanctions" not in topics("TCO", day) | topics("FTO", day)
    assert "immigration tier" in topics("FTO", day)
    assert any("Tier I " in e.text for e in law.effects("FTO", day))
    assert any("do not apply" in e.text for e in law.effects("SDGT", day) if e.topic == "exemption")
    assert {e.deadline for e in law.effects("SDGT", day)} >= {"10 business days", "30 September"}
    assert any("part 590" in e.text for e in law.effects("TCO", day) if e.topic == "licence")


def test_lines_begin_on_their_day() -> None:
    def has(authority: str, words: str, day: date) -> bool:
        return any(words in e.text for e in law.effects(authority, day))

    assert not has("SDGT", "correspondent", date(2019, 9, 9))
    assert has("SDGT", "correspondent", date(2019, 9, 10))
    assert not has("SDGT", "10 years; for blocked", date(2025, 3, 11))
    assert has("SDGT", "10 years; for blocked", date(2025, 3, 12))
    assert not has("FTO", "General licences", date(2022, 12, 20))
    assert has("FTO", "General licences", date(2022, 12, 21))
    assert law.effects("TCO", date(2011, 7, 23)) == []
    assert law.effects("TCO", date(2011, 7, 24))


def test_tags_give_their_legal_basis() -> None:
    (basis,) = law.effects("RUSSIA-EO14024")
    assert "86 FR 20249" in basis.source
    assert law.effects("RUSSIA-EO14024", date(2021, 4, 14)) == []
    assert law.established("UKRAINE-EO13662") == date(2014, 3, 20)
    assert law.established("IRAN-CON-ARMS-EO") == date(2020, 9, 21)
    assert law.established("FTO") == date(1996, 4, 24)
    assert law.established("CA-LTE") is None


def test_both_tables_agree_on_the_day() -> None:
    for tag, programme in law.programmes().items():
        held = law.authorities().get(tag)
        if held is not None:
            assert held.established == programme.established


def test_an_unknown_authority_is_named() -> None:
    with pytest.raises(InputError, match="NO-SUCH"):
        law.effects("NO-SUCH")
    with pytest.raises(InputError, match="NO-SUCH"):
        law.authority("NO-SUCH")


def test_a_faulty_line_is_refused() -> None:
    head = 'id = "X"\nname = "x"\njurisdiction = "us"\nlegal_basis = "b"\n'
    line = '[[line]]\ntopic = "blocks"\ntext = "t"\nsource = "s"\nsource_url = "https://x.test"\n'
    assert parse(law.Authority, head + line, "x.toml").id == "X"
    for text in (
        head,
        head + line.replace("blocks", "frightens"),
        head + line.replace("https://x.test", "x"),
        head + line.replace('source = "s"\n', ""),
        head + line + "from = 2020-01-01\nuntil = 2019-01-01\n",
        head + "established = 2020-01-01\n" + line,
    ):
        with pytest.raises(InputError):
            parse(law.Authority, text, "x.toml")
