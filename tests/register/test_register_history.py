"""What appeared or went between two versions of a list did so between their days, and answers say so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.register import ListSource, ListVersion, Register
from caudal.register.entry import Designation, Draft, Entity
from caudal.register.history import rebuilt
from caudal.register.rejects import Rejects
from caudal.register.sources import ReadList

Write = Callable[[str, str | bytes], Path]
DAYS = [date(2026, 1, 10), date(2026, 2, 10), date(2026, 3, 10), date(2026, 4, 10)]
HEADER = "entity_id,schema,name,authority,effective\n"


@dataclass
class Row:
    entity_id: str
    authority: str
    effective: date | None = None


def version(day: date, rows: list[Row]) -> ReadList:
    """A made-up version of a list, `l`."""
    by_id: dict[str, list[Row]] = {}
    for row in rows:
        by_id.setdefault(row.entity_id, []).append(row)
    entities = []
    for entity_id, held in by_id.items():
        draft = Draft(entity_id, "Person")
        draft.name(f"Name of {entity_id}", "primary", "Latn")
        records = [Designation(r.authority, r.authority, effective=r.effective, source=f"l of {day}") for r in held]
        entities.append(draft.finish(entity_id, records, "l", day))
    return ReadList(ListVersion("l", day.isoformat(), day, "l.csv", len(entities)), entities, Rejects())


def members(write: Write, day: date, rows: str) -> ListSource:
    return ListSource(write(f"{day}/members.csv", HEADER + rows), published=day)


@pytest.fixture
def register(write: Write) -> Register:
    """a stays; b goes after the first and comes back in the last; c comes second and gains FTO third, losing SDGT."""
    stays = "a,Person,Anto Belar,SDGT,\n"
    return Register.load(
        [
            members(write, DAYS[0], stays + "b,Person,Ivo Sost,SDGT,\n"),
            members(write, DAYS[1], stays + "c,Person,Quill Umbridge,SDGT,\n"),
            members(write, DAYS[2], stays + "c,Person,Quill Umbridge,FTO,\n"),
            members(write, DAYS[3], stays + "c,Person,Quill Umbridge,FTO,\nb,Person,Ivo Sost,SDGT,\n"),
        ],
        builtin=False,
    )


def spans(entity: Entity) -> list[tuple[str, date | None, date | None, date | None, date | None]]:
    return [(d.authority, d.not_before, d.not_after, d.ended_after, d.ended) for d in entity.designations]


def test_bounds_are_the_days_of_the_versions(register: Register) -> None:
    first, second, third, last = DAYS
    assert spans(register["a"]) == [("SDGT", None, None, None, None)]
    assert spans(register["b"]) == [("SDGT", third, last, None, None), ("SDGT", None, None, first, second)]
    assert spans(register["c"]) == [("FTO", second, third, None, None), ("SDGT", first, second, second, third)]
    assert register["c"].designations[0].note == f"it appeared between members of {second} and of {third}"
    assert register["b"].designations[1].note == f"it went between members of {first} and of {second}"


def statuses(register: Register, entity_id: str, authority: str | None = None) -> list[str]:
    """On the day of each version and ten days after it."""
    days = [d for day in DAYS for d in (day, day + timedelta(days=10))]
    return [register.designated_on(entity_id, d, authority).status for d in days]


def test_answers_keep_the_gaps_unknown(register: Register) -> None:
    assert statuses(register, "a") == ["yes"] * 8
    assert statuses(register, "b") == ["yes", "unknown", "no", "no", "unknown", "unknown", "yes", "yes"]
    assert statuses(register, "c", "SDGT") == ["unknown", "unknown", "yes", "unknown", "no", "no", "no", "no"]
    assert statuses(register, "c", "FTO") == ["no", "no", "unknown", "unknown", "yes", "yes", "yes", "yes"]


def test_answers_name_the_two_versions(register: Register) -> None:
    def text(entity_id: str, day: date, authority: str | None = None) -> str:
        return register.designated_on(entity_id, day, authority).text

    gap = DAYS[1] + timedelta(days=3)
    assert f"it went between members of {DAYS[1]} and of {DAYS[2]}" in text("c", gap, "SDGT")
    assert f"it appeared between members of {DAYS[1]} and of {DAYS[2]}" in text("c", gap, "FTO")
    assert f"it went between members of {DAYS[0]} and of {DAYS[1]}" in text("b", DAYS[0] + timedelta(days=3))
    assert f"ended between {DAYS[1]} and {DAYS[2]}" in text("c", DAYS[3], "SDGT")
    early = text("c", DAYS[0] - timedelta(days=1), "FTO")
    assert f"first designation known to this register is of {DAYS[1]} at the earliest: it appeared between" in early
    assert f"before the first list version held ({DAYS[0]}) is unknown" in early


def test_the_law_of_a_day_leaves_out_what_had_gone(register: Register) -> None:
    def shown(day: date) -> dict[str, list[str]]:
        view = Register.from_tables(register.tables(), as_of=day)
        return {e.id: [d.authority for d in e.designations] for e in view}

    assert shown(DAYS[1]) == {"a": ["SDGT"], "c": ["FTO", "SDGT"]}, "FTO may have come later that day"
    assert shown(DAYS[2]) == {"a": ["SDGT"], "b": ["SDGT"], "c": ["FTO"]}
    assert shown(DAYS[0] + timedelta(days=5)) == {"a": ["SDGT"], "b": ["SDGT"], "c": ["SDGT"]}


def test_tables_carry_the_history(register: Register) -> None:
    again = Register.from_tables(register.tables())
    assert list(again) == list(register)
    for entity_id in "abc":
        assert statuses(again, entity_id) == statuses(register, entity_id)
    rows = register.tables()["designations"].to_pylist()
    assert {(r["ended_after"], r["ended"]) for r in rows if r["entity_id"] == "b"} == {
        (None, None),
        (DAYS[0], DAYS[1]),
    }


def test_days_a_source_gives_stand(write: Write) -> None:
    told = "c,Person,Quill Umbridge,SDGT,2025-12-01\n"
    register = Register.load(
        [members(write, DAYS[0], "a,Person,Anto Belar,SDGT,\n"), members(write, DAYS[1], told)], builtin=False
    )
    (record,) = register["c"].designations
    assert (record.effective, record.not_before, record.not_after, record.note) == (date(2025, 12, 1), None, None, None)
    assert register.designated_on("c", DAYS[0]).since == date(2025, 12, 1)


def test_a_year_alone_is_narrowed_by_the_version_that_names_it() -> None:
    def record(day: date, words: str) -> ReadList:
        one = version(day, [Row("x", "FTO")])
        one.entities[0].designations = [Designation("FTO", "FTO", source=words)]
        return one

    (entity,) = rebuilt([record(DAYS[1], "year only: 2026")])
    assert spans(entity) == [("FTO", date(2026, 1, 1), DAYS[1], None, None)]
    (entity,) = rebuilt([version(DAYS[0], []), record(DAYS[1], "year only: 2026")])
    assert spans(entity) == [("FTO", DAYS[0], DAYS[1], None, None)]
    (entity,) = rebuilt([record(DAYS[1], "year only: 2009")])
    assert spans(entity) == [("FTO", date(2009, 1, 1), date(2009, 12, 31), None, None)]


presences = st.dictionaries(
    st.tuples(st.sampled_from("xyz"), st.sampled_from(["FTO", "SDGT"])),
    st.lists(st.booleans(), min_size=4, max_size=4).filter(any),
    max_size=6,
)


@settings(max_examples=200, deadline=None)
@given(presences)
def test_every_version_is_answered_as_it_stands(there: dict[tuple[str, str], list[bool]]) -> None:
    """Whatever comes and goes: on a version's day each record says what that version says, never the contrary."""
    versions = [
        version(day, [Row(*key) for key, marks in there.items() if marks[place]]) for place, day in enumerate(DAYS)
    ]
    entities = {e.id: e for e in rebuilt(versions)}
    assert set(entities) == {entity_id for entity_id, _ in there}
    for (entity_id, authority), marks in there.items():
        records = [d for d in entities[entity_id].designations if d.authority == authority]
        stints = sum(now and not before for before, now in zip([False, *marks], marks, strict=False))
        assert len(records) == stints
        for place, day in enumerate(DAYS):
            possible = [d for d in records if not d.off(day)]
            if marks[place]:
                sure = [d for d in possible if not d.opening(day) and not d.ending(day)]
                assert len(sure) == 1
            else:
                assert all(d.opening(day) or d.ending(day) for d in possible)
        if marks[-1]:
            assert records[0].ended is None
        else:
            assert all(d.ended is not None and d.ended_after is not None for d in records)


@pytest.mark.real
def test_the_two_compact_snapshots_of_ofac(shared_data: Path) -> None:
    first, second = date(2026, 7, 25), date(2026, 8, 20)
    folder = shared_data / "lists" / "ofac"
    register = Register.load(
        [ListSource(folder / f"sdn_compact_{day}.csv", published=day) for day in (first, second)], builtin=False
    )
    came = {e.id for e in register if e.first_seen == second}
    went = {e.id for e in register if e.last_seen == first}
    assert (len(came), len(went)) == (103, 108)
    middle = first + timedelta(days=7)
    for entity_id in (min(came), max(came)):
        answers = [register.designated_on(entity_id, d) for d in (middle, second)]
        assert [a.status for a in answers] == ["unknown", "yes"]
        assert f"it appeared between us_ofac_sdn of {first} and of {second}" in answers[0].text
    for entity_id in (min(went), max(went)):
        answers = [register.designated_on(entity_id, d) for d in (first, middle, second)]
        assert [a.status for a in answers] == ["yes", "unknown", "no"]
        assert f"it went between us_ofac_sdn of {first}" in answers[1].text
    assert all(d.ended == second for e in register if e.id in went for d in e.designations)
    today = Register.from_tables(register.tables(), as_of=second)
    assert len(today) == len(register) - 108
