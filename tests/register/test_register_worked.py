"""Worked examples of the law of the day: what was said of a group on a day, and what was not known."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from caudal.register import Register, law

SOLES, CV, CDN, ZETAS, FARC = (
    f"caudal-{g}" for g in ("cartel-de-los-soles", "comando-vermelho", "cartel-del-noreste", "los-zetas", "farc")
)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def register() -> Register:
    return Register.load([])


def status(register: Register, entity: str, day: date, authority: str | None = None) -> str:
    return register.designated_on(entity, day, authority).status


@pytest.mark.parametrize(
    ("entity", "authority", "first"),
    [
        (FARC, "FTO", date(1997, 10, 8)),
        (SOLES, "SDGT", date(2025, 7, 25)),
        (SOLES, "FTO", date(2025, 11, 24)),
        (CDN, "FTO", date(2025, 2, 20)),
        (CDN, "SDGT", date(2025, 2, 20)),
        (CV, "FTO", date(2026, 6, 5)),
    ],
)
def test_the_day_before_and_the_first_day(register: Register, entity: str, authority: str, first: date) -> None:
    before, on = (register.designated_on(entity, d, authority) for d in (first - DAY, first))
    assert (before.status, on.status, on.since) == ("no", "yes", first)


def test_the_farc_ended_and_its_successors_were_announced_only(register: Register) -> None:
    assert status(register, FARC, date(2021, 11, 29), "FTO") == "yes"
    assert status(register, FARC, date(2021, 11, 30), "FTO") == "no"
    assert status(register, FARC, date(2021, 11, 30)) == "unknown"  # Canada's listing has no day
    for group in ("farc-ep", "segunda-marquetalia"):
        assert status(register, f"caudal-{group}", date(2021, 11, 29), "FTO") == "no"
        assert status(register, f"caudal-{group}", date(2022, 1, 1), "FTO") == "unknown"
    assert [g.id for g in register.successors("FARC")] == ["farc-ep", "segunda-marquetalia"]


def test_the_farc_as_sdgt_began_in_a_year_that_is_all_that_is_known(register: Register) -> None:
    assert status(register, FARC, date(2000, 12, 31), "SDGT") == "no"
    assert status(register, FARC, date(2001, 10, 1), "SDGT") == "unknown"
    assert status(register, FARC, date(2002, 1, 1), "SDGT") == "yes"
    assert status(register, FARC, date(2021, 11, 30), "SDGT") == "no"


def test_los_zetas_were_followed_by_cartel_del_noreste_and_the_label_is_not_inherited(register: Register) -> None:
    assert [g.id for g in register.successors("Los Zetas")] == ["cartel-del-noreste"]
    assert status(register, ZETAS, date(2012, 1, 1), "TCO") == "yes"
    assert status(register, ZETAS, date(2025, 2, 20), "FTO") == "no"
    assert status(register, CDN, date(2025, 2, 20), "FTO") == "yes"
    assert register.group("Los Zetas").id != register.group("Cartel del Noreste").id


def test_cartel_de_los_soles_had_the_effects_of_an_sdgt_four_months_before_those_of_an_fto(register: Register) -> None:
    day = date(2025, 9, 1)
    under = [a for a in ("SDGT", "FTO") if status(register, SOLES, day, a) == "yes"]
    assert under == ["SDGT"]
    topics = {e.topic for a in under for e in law.effects(a, day)}
    assert "secondary sanctions" in topics
    assert "civil liability" not in topics  # 18 USC 2333 as told under FTO
    assert not any("Tier I of" in e.text for a in under for e in law.effects(a, day))
    assert any("Tier I of" in e.text for e in law.effects("FTO", date(2025, 11, 24)))
    decree = [
        status(register, SOLES, d, "PY-DECREE") for d in (date(2025, 7, 31), date(2025, 8, 15), date(2025, 8, 31))
    ]
    assert decree == ["no", "unknown", "yes"]


def test_comando_vermelho_as_sdgt_has_no_day_that_a_source_gives(register: Register) -> None:
    assert status(register, CV, date(2026, 6, 4), "SDGT") == "unknown"
    assert status(register, CV, date(2026, 12, 1), "SDGT") == "unknown"
    assert status(register, CV, date(2025, 10, 29), "PY-DECREE") == "no"
    assert status(register, CV, date(2025, 11, 1), "PY-DECREE") == "unknown"
    assert "not seen" in register.designated_on(CV, date(2026, 6, 4), "SDGT").text
