from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from caudal.errors import InputError
from caudal.register import Register, law
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
    basis, *rest = law.effects("RUSSIA-EO14024")
    assert basis.topic == "basis"
    assert "86 FR 20249" in basis.source
    assert {"blocks", "reporting", "records"} <= {e.topic for e in rest}
    assert law.effects("RUSSIA-EO14024", date(2021, 4, 14)) == []
    assert law.established("UKRAINE-EO13662") == date(2014, 3, 20)
    assert law.established("IRAN-CON-ARMS-EO") == date(2020, 9, 21)
    assert law.established("FTO") == date(1996, 4, 24)
    assert law.established("CA-LTE") is None


def test_every_blocking_tag_has_the_rules_common_to_them() -> None:
    for tag in law.blocking_tags():
        assert law.held(tag)
        assert {"blocks", "reporting", "records"} <= topics(tag), tag
    assert {e.deadline for e in law.effects("IFSR", date(2026, 1, 1))} >= {
        "10 business days",
        "30 September",
        "10 years",
    }
    assert "NS-PLC" not in law.blocking_tags()
    assert not law.held("NO-SUCH")


@pytest.mark.parametrize("authority", sorted(law.authorities()))
def test_every_required_topic_has_a_line_or_a_gap(authority: str) -> None:
    held = law.authority(authority)
    assert held.unanswered() == []
    for gap in held.gap:
        assert gap.text
        assert "memory" not in gap.text


@pytest.mark.real
def test_every_authority_of_the_designations_is_held(shared_data: Path) -> None:
    with (shared_data.parent / "domain" / "designations.csv").open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if "unverified" not in r["source"]]
    tags = {t for r in rows for t in r["programme_tags"].split(";") if t and not t.startswith("(")}
    assert {"FTO", "SDGT", "CA-LTE", "UN-SC2653", "EU-HTI", "EU-TERR", "AR-REPET", "PY-DECREE", "TCO"} <= tags
    assert tags <= set(law.authorities())
    assert {"FINCEN-2313A", "FINCEN-311", "GB-SANCTIONS", "GB-MIGR", "GB-PROSCRIBED"} <= set(law.authorities())


def test_the_orders_of_2313a_begin_when_they_do() -> None:
    assert "blocks" not in topics("FINCEN-2313A", date(2025, 10, 19))
    assert "blocks" in topics("FINCEN-2313A", date(2025, 10, 20))
    assert topics("FINCEN-2313A", date(2025, 6, 24)) == set()


def test_regimes_without_a_text_of_their_own_are_answered_for() -> None:
    assert law.authority("GB-AQD").id == "GB-SANCTIONS"
    assert law.authority("GB-MIGR").id == "GB-MIGR"
    assert law.authority("EU-SYR").id == "EU-SANCTIONS"
    assert law.authority("UN-SC1267").id == "UN-SANCTIONS"
    assert law.held("GB-AQD")
    assert "screening" in topics("EU-SYR")
    assert not law.answers("IFSR")


@pytest.mark.real
def test_every_tag_of_the_list_has_its_law(real_register: Register) -> None:
    found = {d.authority for e in real_register for d in e.designations if e.dataset == "us_ofac_sdn"}
    assert {t for t in found if not law.held(t)} == {"NS-PLC"}


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
