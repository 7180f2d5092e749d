from __future__ import annotations

from datetime import date

import pytest

from caudal.errors import InputError
from caudal.register import Register, law
from caudal.register.data import parse
from caudal.register.groups import GroupFile, builtin_groups

DAY = date(2025, 2, 20)
GOOD = """
[[group]]
id = "a"
name = "A"
[[group.designation]]
authority = "FTO"
effective = 2020-01-01
source = "s"
"""


@pytest.fixture(scope="module")
def register() -> Register:
    return Register.load([])


def designations(register: Register, group: str) -> dict[str, object]:
    return {d.authority: d for d in register[f"caudal-{group}"].designations}


def test_every_record_has_a_source_and_a_day_or_a_note(register: Register) -> None:
    assert len(register.groups) == len(builtin_groups()) == 27
    for group in builtin_groups().values():
        for record in group.designation:
            assert record.source
            assert "memory" not in (record.source + (record.note or "")).casefold()
            assert record.note or record.effective, (group.id, record.authority)


def test_one_record_per_authority(register: Register) -> None:
    for group in builtin_groups().values():
        ids = [d.authority for d in group.designation]
        assert len(ids) == len(set(ids)), group.id


@pytest.mark.parametrize(
    "group",
    [
        "tren-de-aragua",
        "ms-13",
        "cartel-de-sinaloa",
        "cjng",
        "carteles-unidos",
        "cartel-del-noreste",
        "cartel-del-golfo",
        "la-nueva-familia-michoacana",
    ],
)
def test_the_eight_of_february_2025(register: Register, group: str) -> None:
    held = designations(register, group)
    for authority in ("FTO", "SDGT"):
        record = held[authority]
        assert (record.announced, record.signed, record.effective) == (DAY, date(2025, 2, 6), DAY)  # type: ignore[attr-defined]
    in_canada = {"cartel-del-noreste", "la-nueva-familia-michoacana"}
    assert ("CA-LTE" in held) == (group not in in_canada)


def test_what_is_only_announced_stays_without_a_day_of_effect(register: Register) -> None:
    for group in ("viv-ansanm", "los-choneros", "los-lobos", "barrio-18", "farc-ep", "segunda-marquetalia"):
        for authority in ("FTO", "SDGT"):
            record = designations(register, group)[authority]
            assert record.announced is not None  # type: ignore[attr-defined]
            assert record.effective is None  # type: ignore[attr-defined]


def test_cartel_de_los_soles_was_sdgt_first_and_fto_months_later(register: Register) -> None:
    entity = "caudal-cartel-de-los-soles"
    assert register.designated_on(entity, date(2025, 7, 24)).status == "no"
    assert register.designated_on(entity, date(2025, 7, 25), "SDGT").since == date(2025, 7, 25)
    assert register.designated_on(entity, date(2025, 11, 23), "FTO").status == "no"
    assert register.designated_on(entity, date(2025, 11, 24), "FTO").status == "yes"


def test_the_farc_was_revoked_and_has_successors(register: Register) -> None:
    assert register.designated_on("caudal-farc", date(1997, 10, 7), "FTO").status == "no"
    assert register.designated_on("caudal-farc", date(2021, 11, 29), "FTO").status == "yes"
    ended = register.designated_on("caudal-farc", date(2021, 11, 30), "FTO")
    assert (ended.status, ended.text) == ("no", "no: FTO ended on 2021-11-30")
    assert [g.id for g in register.successors("FARC")] == ["farc-ep", "segunda-marquetalia"]
    assert [g.id for g in register.successors("los-zetas")] == ["cartel-del-noreste"]


def test_a_year_only_stays_unknown_and_keeps_its_words(register: Register) -> None:
    def status(day: date) -> str:
        return register.designated_on("caudal-los-zetas", day, "SDNTK").status

    assert [status(d) for d in (date(2008, 12, 31), date(2009, 1, 1), date(2009, 12, 30))] == [
        "no",
        "unknown",
        "unknown",
    ]
    assert status(date(2009, 12, 31)) == "yes"
    answer = register.designated_on("caudal-los-zetas", date(2010, 1, 1), "SDNTK")
    assert "year only: 2009" in answer.text
    assert answer.since is None
    soles = register["caudal-cartel-de-los-soles"]
    decree = next(d for d in soles.designations if d.authority == "PY-DECREE")
    assert decree.began == (date(2025, 8, 1), date(2025, 8, 31))


def test_find_and_group_by_any_name(register: Register) -> None:
    assert register.find("Tren de Aragua")[0].designations[0].authority == "FTO"
    assert register.find("TREN DE ARAGUA")[0].id == "caudal-tren-de-aragua"
    assert register.find("cártel de jalisco nueva generación")[0].id == "caudal-cjng"
    assert register.find("G 9")[0].id == "caudal-viv-ansanm"
    assert register.find("Aragua")[0].id == "caudal-tren-de-aragua"
    assert register.find("") == register.find("...") == register.find("No Such Name") == []
    assert register.group("Los Zetas").id == "los-zetas"  # a former name of another group, its own here
    assert register.group("TdA").id == "tren-de-aragua"
    assert register.group("caudal-ms-13").id == "ms-13"
    with pytest.raises(InputError, match="no-such-group"):
        register.group("no-such-group")
    with pytest.raises(InputError, match="caudal-nobody"):
        register["caudal-nobody"]


def test_every_authority_of_the_groups_has_its_law() -> None:
    used = {d.authority for g in builtin_groups().values() for d in g.designation}
    assert used <= set(law.authorities())


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (GOOD.replace('id = "a"', 'id = "A b"'), "group.0.id"),
        (GOOD.replace('source = "s"', ""), "group.0.designation.0.source"),
        (GOOD.replace("2020-01-01", "2020-13-01"), None),
        (GOOD + "ended = 2019-01-01\n", "group.0.designation.0"),
        (GOOD + "signed = 2021-01-01\n", "group.0.designation.0"),
        (GOOD.replace("effective = 2020-01-01", ""), "group.0.designation.0"),
        (GOOD + "colour = 1\n", "group.0.designation.0.colour"),
        (GOOD + GOOD, ""),
        (GOOD.replace('name = "A"', 'name = "A"\nsuccessors = ["b"]'), ""),
    ],
)
def test_a_faulty_group_file_is_refused(text: str, field: str | None) -> None:
    with pytest.raises(InputError) as caught:
        parse(GroupFile, text, "groups.toml")
    assert caught.value.file == "groups.toml"
    assert caught.value.field == field


def test_the_good_group_file_is_read() -> None:
    assert parse(GroupFile, GOOD, "groups.toml").group[0].id == "a"
