from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.register import Designation, Entity, ListSource, Name, Register
from caudal.register.answer import Held, designated

Write = Callable[[str, str | bytes], Path]
ROW = '{uid},"{name}",-0- ,"{tags}"' + ",-0- " * 8 + "\r\n"
FIRST, SECOND = date(2024, 1, 10), date(2024, 6, 10)


def sdn(write: Write, folder: str, *rows: tuple[int, str, str]) -> Path:
    text = "".join(ROW.format(uid=uid, name=name, tags=tags) for uid, name, tags in rows)
    return write(f"{folder}/sdn.csv", text + "\x1a")


def test_an_exporter_that_paid_before_its_programmes_existed(write: Write) -> None:
    path = sdn(write, "a", (7, "EXPORTADOR EJEMPLO", "UKRAINE-EO13662] [IRAN-CON-ARMS-EO] [RUSSIA-EO14024"))
    register = Register.load(ListSource(path, published=FIRST))
    paid = register.designated_on("ofac-7", date(2012, 9, 20))
    assert paid.status == "no"
    assert paid.since is None
    assert paid.text == (
        "no: its present programmes (UKRAINE-EO13662, IRAN-CON-ARMS-EO, RUSSIA-EO14024) date from 2014-03-20 at the "
        "earliest; what was in force before the first list version held (2024-01-10) is unknown"
    )
    assert register.designated_on("ofac-7", date(2014, 3, 19)).status == "no"
    between = register.designated_on("ofac-7", date(2014, 3, 20))
    assert between.status == "unknown"
    assert "before 2024-01-10, the first list version held" in between.text
    assert register.designated_on("ofac-7", FIRST).status == "yes"


def test_the_age_of_a_tag_says_nothing_where_older_entries_came_under_it_or_it_is_not_known(write: Write) -> None:
    path = sdn(write, "a", (1, "CARRIED OVER", "PAARSSR-EO13894"), (2, "NOT DATED", "RUSSIA-EO14024] [CUBA"))
    register = Register.load(ListSource(path, published=FIRST))
    carried = register.designated_on("ofac-1", date(2000, 1, 1))
    assert carried.status == "unknown"
    assert "carried over" in carried.text
    assert register.designated_on("ofac-2", date(2000, 1, 1)).status == "unknown"


def test_dates_of_the_same_group_elsewhere_count(write: Write) -> None:
    path = sdn(write, "a", (9, "TREN DE ARAGUA", "FTO] [SDGT"), (10, "ARAGUA TRAIN", "BALKANS"))
    register = Register.load(ListSource(path, published=date(2026, 8, 20)))
    assert register.group("tren-de-aragua").entity_ids == ["caudal-tren-de-aragua", "ofac-9"]
    yes = register.designated_on("ofac-9", date(2025, 2, 20))
    assert (yes.status, yes.since) == ("yes", date(2025, 2, 20))
    assert register.designated_on("ofac-9", date(2025, 2, 19)).status == "no"
    assert register.designated_on("ofac-10", date(2025, 2, 20)).status == "unknown"


def test_linked_to_makes_a_member(write: Write) -> None:
    row = '{},"{}","individual","SDGT"' + ",-0- " * 7 + ',"{}"\r\n'
    text = ROW.format(uid=9, name="EL TREN DE ARAGUA", tags="FTO] [SDGT")
    text += row.format(11, "UNO, Ana", "Linked To: TREN DE ARAGUA.") + row.format(12, "DOS, Eva", "Linked To: NOBODY.")
    text += row.format(13, "TRES, Leo", "Linked To: LOS ZETAS; Linked To: EL TREN DE ARAGUA.")
    alt = write("sdn/alt.csv", '9,1,"aka","TREN DE ARAGUA",-0- \r\n\x1a')
    register = Register.load(ListSource(write("sdn/sdn.csv", text), published=FIRST))
    assert alt.is_file()
    assert register.group("tren-de-aragua").entity_ids == ["caudal-tren-de-aragua", "ofac-9", "ofac-11", "ofac-13"]
    assert "ofac-13" in register.group("los-zetas").entity_ids
    members = register.tables()["memberships"].to_pylist()
    assert [(m["kind"], m["source"]) for m in members if m["entity_id"] == "ofac-11"] == [
        ("linked", "us_ofac_sdn: Linked To: TREN DE ARAGUA")
    ]
    assert [(m["group_id"], m["kind"]) for m in members if m["entity_id"] == "ofac-12"] == [("ofac-12", "same")]
    assert {m["entity_id"] for m in members} == {e.id for e in register}
    assert register.group("ofac-12").entity_ids == ["ofac-12"]


def test_two_versions_tell_who_came_and_went(write: Write) -> None:
    old = sdn(write, "old", (1, "STAYS", "CUBA"), (2, "GOES", "CUBA"))
    new = sdn(write, "new", (1, "STAYS RENAMED", "CUBA] [SDGT"), (3, "COMES", "CUBA"))
    register = Register.load([ListSource(new, published=SECOND), ListSource(old, published=FIRST)], builtin=False)
    assert [(e.id, e.caption, e.first_seen, e.last_seen) for e in register] == [
        ("ofac-1", "STAYS RENAMED", FIRST, SECOND),
        ("ofac-2", "GOES", FIRST, FIRST),
        ("ofac-3", "COMES", SECOND, SECOND),
    ]
    assert register.designated_on("ofac-1", FIRST).status == "yes"
    assert register.designated_on("ofac-2", FIRST).status == "yes"
    assert register.designated_on("ofac-2", FIRST + timedelta(days=1)).status == "unknown"
    gone = register.designated_on("ofac-2", SECOND)
    assert (gone.status, "gone" in gone.text) == ("no", True)
    before = register.designated_on("ofac-3", FIRST)
    assert before.status == "unknown"
    with pytest.raises(InputError, match="is read from"):
        Register.load([ListSource(new, published=FIRST), ListSource(old, published=FIRST)])


def test_the_law_of_the_day_hides_what_was_not_in_force(un_file: Path) -> None:
    early = Register.load(un_file, as_of=date(2012, 12, 30))
    assert "un-501" not in {e.id for e in early}
    assert early.find("ANTO BELAR CORVIN") == []
    assert early.find("Tren de Aragua") == []
    assert early["un-501"].designations == []
    late = Register.load(un_file, as_of=date(2012, 12, 31))
    assert len(late.find("ANTO BELAR CORVIN")) == 1
    everything = Register.load(un_file)
    assert len(early) < len(late) < len(everything)
    assert early.tables()["entities"].num_rows == everything.tables()["entities"].num_rows
    assert early.group("tren-de-aragua").entity_ids == ["caudal-tren-de-aragua"]
    after = Register.load([], as_of=date(2025, 2, 22))
    assert {d.authority for d in after.find("Tren de Aragua")[0].designations} == {"FTO", "SDGT", "CA-LTE"}


def test_tables_give_the_same_register_back(un_file: Path, ofac_folder: Path, members_file: Path) -> None:
    register = Register.load([un_file, ofac_folder, members_file])
    again = Register.from_tables(register.tables())
    assert list(again) == list(register)
    assert again.tables() == register.tables()
    assert again.groups == register.groups
    for entity in register:
        for day in (date(2012, 1, 1), date(2025, 3, 1), date(2027, 1, 1)):
            assert again.designated_on(entity.id, day) == register.designated_on(entity.id, day)
    early = Register.from_tables(register.tables(), as_of=date(2012, 12, 30))
    assert [e.id for e in early] == [
        e.id for e in Register.load([un_file, ofac_folder, members_file], date(2012, 12, 30))
    ]
    with pytest.raises(InputError, match="missing"):
        Register.from_tables({"entities": register.tables()["entities"]})


days = st.dates(date(2000, 1, 1), date(2000, 1, 12))


@st.composite
def records(draw: st.DrawFn) -> list[Designation]:
    """Designations with whole, partial and no days."""
    found = []
    for number in range(draw(st.integers(0, 4))):
        start = draw(st.none() | days)
        end = draw(st.none() | days)
        if start and end and end < start:
            start, end = end, start
        announced = draw(st.none() | days)
        effective = start
        if announced and start and announced > start:
            announced = start
        found.append(Designation(f"A{number}", f"A{number}", announced, None, effective, end, "s"))
    return found


@given(records(), days)
def test_an_answer_never_contradicts_a_dated_record(held: list[Designation], day: date) -> None:
    entity = Entity("x", "Organization", "X", [Name("X", "primary", "Latn")], {}, held, "d")
    answer = designated([Held(entity, [])], day)
    surely_on = any(d.effective and d.effective <= day and (d.ended is None or day < d.ended) for d in held)
    surely_off = all(
        (d.ended is not None and day >= d.ended)
        or (d.effective is not None and day < d.effective)
        or (d.effective is None and d.announced is not None and day < d.announced)
        for d in held
    )
    assert (answer.status == "yes") == surely_on
    assert (answer.status == "no") == surely_off
    if answer.status == "yes":
        assert answer.since is not None
        assert answer.since <= day
    assert answer.text.startswith(answer.status)
    assert designated([Held(entity, [])], day) == answer
