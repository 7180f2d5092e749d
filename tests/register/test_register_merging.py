"""One entity from several lists: merged on strong evidence only, explained, and undone by a decision."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.register import ListSource, Register
from caudal.register.entry import Designation, Draft, Entity, NameKind
from caudal.register.merging import Decision, Merging, read_decisions
from caudal.register.merging.identifiers import identifiers, plain

Write = Callable[[str, str | bytes], Path]
DAY = date(2026, 1, 1)
DATASETS = {"un": "un_sc", "ofac": "us_ofac_sdn"}


def entity(
    entity_id: str,
    name: str,
    schema: str = "Person",
    *,
    names: tuple[tuple[str, NameKind], ...] = (),
    dataset: str | None = None,
    **properties: str,
) -> Entity:
    """A made-up entry; its list is the start of its id."""
    draft = Draft(entity_id, schema)
    draft.name(name, "primary", "Latn")
    for other, kind in names:
        draft.name(other, kind, "Latn")
    for prop, values in properties.items():
        for value in values.split("|"):
            draft.add(prop, value)
    designation = Designation("FTO", "FTO", source=f"list of {entity_id}")
    start = entity_id.partition("-")[0]
    return draft.finish(name, [designation], dataset or DATASETS.get(start, start), DAY)


def decided(left: str, right: str, decision: str, day: str = "2026-02-01") -> Decision:
    return Decision.model_validate(
        {"left": left, "right": right, "decision": decision, "by": "R. Ferro", "day": day, "reason": "file 12"}
    )


def sets(merging: Merging) -> set[frozenset[str]]:
    return {frozenset(e.id for e in m.members) for m in merging.merged}


JOINED = {
    "a reference of another list": (
        entity("un-1", "ANTO BELAR", notes="Reference number QDi.901"),
        entity("eu-2", "Velmira Sost", notes="United Nations reference QDi.901"),
    ),
    "a passport under another label": (
        entity("ofac-1", "BELAR, Anto", passportNumber="AB-12 3456", country="xk"),
        entity("eu-1", "Anto Velar", idNumber="Xandrian passport number AB123456", country="xk"),
    ),
    "name turned round and day of birth": (
        entity("ofac-1", "BELAR, Anto Marko", birthDate="1971-03-05"),
        entity("un-1", "Anto Marko Bélar", birthDate="1971-03-05|1972"),
    ),
    "a ship's number whatever its name": (
        entity("ofac-1", "GREEN TIDE", "Vessel", imoNumber="IMO9074729"),
        entity("eu-1", "BLUE EBB", "Vessel", imoNumber="9074729"),
    ),
    "a firm's name, country and address": (
        entity(
            "ofac-1", "OSTRA TRADING L.L.C.", "Company", country="vu", address="12 Palm Quay, Port Harbour, Vanuatu"
        ),
        entity("un-1", "Ostra Trading", "LegalEntity", country="vu", address="Palm Quay 12, Port Harbour"),
    ),
    "a body's two names that share no word": (
        entity("ofac-1", "NORTHERN LANTERN", "LegalEntity", names=(("FANAL DEL NORTE", "alias"),), country="vu"),
        entity("un-1", "Fanal del Norte", "LegalEntity", names=(("Northern Lantern", "alias"),), country="vu"),
    ),
    "a firm's number filed as another kind": (
        entity("ofac-1", "OSTRA PLANT", "Company", taxNumber="7728032882", country="vu"),
        entity("eu-1", "Ostra Works", "LegalEntity", innCode="7728032882"),
    ),
}
APART = {
    "a name alone": (entity("ofac-1", "BELAR, Anto Marko"), entity("un-1", "Anto Marko Belar")),
    "name and nationality": (
        entity("ofac-1", "BELAR, Anto Marko", nationality="vu", birthDate="1971"),
        entity("un-1", "Anto Marko Belar", nationality="vu", birthDate="1971"),
    ),
    "1 January stands for a year": (
        entity("ofac-1", "BELAR, Anto Marko", birthDate="1971-01-01"),
        entity("un-1", "Anto Marko Belar", birthDate="1971-01-01"),
    ),
    "one word is no full name": (
        entity("ofac-1", "BELAR", birthDate="1971-03-05"),
        entity("un-1", "Belar", birthDate="1971-03-05"),
    ),
    "weak names": (
        entity("ofac-1", "Anto Belar", names=(("El Zorro Gris", "weak"),), birthDate="1971-03-05"),
        entity("un-1", "Ivo Sost", names=(("El Zorro Gris", "weak"),), birthDate="1971-03-05"),
    ),
    "two aliases, and neither the main name": (
        entity("ofac-1", "Anto Belar", names=(("Abu Sol", "alias"),), birthDate="1971-03-05"),
        entity("un-1", "Ivo Sost", names=(("Abu Sol", "alias"),), birthDate="1971-03-05"),
    ),
    "one passport number of two countries": (
        entity("ofac-1", "Anto Belar", passportNumber="A1234567", country="vu"),
        entity("un-1", "Anto Belar", passportNumber="A1234567", country="to"),
    ),
    "one passport and nothing of the name": (
        entity("ofac-1", "Anto Belar", passportNumber="A1234567"),
        entity("un-1", "Quill Umbridge", passportNumber="A1234567"),
    ),
    "a number too short": (
        entity("ofac-1", "Anto Belar", idNumber="12345"),
        entity("un-1", "Anto Belar", idNumber="12345"),
    ),
    "a firm's name and country": (
        entity("ofac-1", "OSTRA TRADING", "Company", country="vu"),
        entity("un-1", "Ostra Trading", "Company", country="vu"),
    ),
    "a firm's name and address in another country": (
        entity("ofac-1", "OSTRA TRADING", "Company", country="vu", address="12 Palm Quay, Port Harbour"),
        entity("un-1", "Ostra Trading", "Company", country="to", address="12 Palm Quay, Port Harbour"),
    ),
    "a reference in somebody else's prose": (
        entity("un-1", "ANTO BELAR", notes="Reference number QDi.901"),
        entity("eu-2", "Anto Belar", notes="Brother of Ivo Belar, reference number QDi.901 on the list"),
    ),
    "a person and a firm": (
        entity("ofac-1", "Anto Belar", idNumber="A1234567"),
        entity("eu-1", "Anto Belar", "Company", idNumber="A1234567"),
    ),
    "two entries of one list": (
        entity("eu-1", "Anto Belar", passportNumber="A1234567", birthDate="1971-03-05"),
        entity("eu-2", "Anto Belar", passportNumber="A1234567", birthDate="1971-03-05"),
    ),
    "days of birth that differ": (
        entity("ofac-1", "Anto Belar", passportNumber="A1234567", birthDate="1971-03-05"),
        entity("un-1", "Anto Belar", passportNumber="A1234567", birthDate="1971-05-03"),
    ),
    "company registers' numbers that differ": (
        entity("ofac-1", "Ostra Plant", "Company", leiCode="A" * 18 + "11", taxNumber="7728032882"),
        entity("eu-1", "Ostra Plant", "Company", leiCode="A" * 18 + "22", taxNumber="7728032882"),
    ),
    "genders that differ": (
        entity("ofac-1", "Anto Belar", passportNumber="A1234567", gender="male"),
        entity("eu-1", "Anto Belar", passportNumber="A1234567", gender="female"),
    ),
}


@pytest.mark.parametrize("case", JOINED)
def test_strong_evidence_merges(case: str) -> None:
    one, two = JOINED[case]
    merging = Merging([one, two])
    assert sets(merging) == {frozenset({one.id, two.id})}
    assert merging.explain(one.id, two.id).startswith(f"{one.id} and {two.id} are merged: the same ")
    assert merging.same_as(one.id) == [two.id]


@pytest.mark.parametrize("case", APART)
def test_anything_less_does_not(case: str) -> None:
    one, two = APART[case]
    merging = Merging([one, two])
    assert merging.merged == []
    assert f"{one.id} and {two.id} are not merged: " in merging.explain(one.id, two.id)
    assert merging.same_as(one.id) == []


def test_the_reasons_are_said() -> None:
    def words(case: str) -> str:
        one, two = APART[case]
        return Merging([one, two]).explain(one.id, two.id)

    assert "name alone" in words("a name alone")
    assert "the name anto belar marko, but no whole day of birth" in words("1 January stands for a year")
    assert words("days of birth that differ").endswith(
        "their dates of birth differ (1971-03-05; 1971-05-03), in spite of the same passportNumber A1234567"
    )
    assert "eu lists them as two entries" in words("two entries of one list")
    one, two = JOINED["name turned round and day of birth"]
    assert "same full name (anto belar marko) and day of birth (1971-03-05)" in Merging([one, two]).explain(
        one.id, two.id
    )


def test_numbers_written_alike() -> None:
    assert plain(" ab-12.34 ٥٦") == "AB123456"
    assert identifiers("x-1", {"idNumber": ["000000", "n/a 12", "1234"]}) == {}
    assert identifiers("eu-EU.9901.22", {}) == {"EU reference": {"EU.9901.22"}}
    assert identifiers("x-1", {"notes": ["OFSI Group ID: 16001"]}) == {"OFSI group": {"16001"}}
    noted = ["OFSI group ID 16001", "UN reference number QDi.901"]
    assert identifiers("gb-1", {"notes": noted}) == {"OFSI group": {"16001"}, "UN reference": {"QDi.901"}}


def test_a_namesake_in_the_list_takes_the_name_away() -> None:
    """Where one list has two entries of a name and day of birth, neither is known to be the other list's."""
    first, second = (entity(f"ofac-{i}", "BELAR, Anto Marko", birthDate="1971-03-05") for i in (1, 2))
    other = entity("un-1", "Anto Marko Belar", birthDate="1971-03-05")
    assert Merging([first, second, other]).merged == []


def test_a_number_of_two_entries_of_a_list_needs_the_whole_name() -> None:
    parent = entity("ofac-1", "OSTRA HOLDING", "Company", taxNumber="7728032882")
    branch = entity("ofac-2", "OSTRA PLANT", "Company", taxNumber="7728032882")
    other = entity("eu-1", "Ostra Plant", "Company", innCode="7728032882")
    assert sets(Merging([parent, branch, other])) == {frozenset({"ofac-2", "eu-1"})}


def test_a_placeholder_is_no_number() -> None:
    held = [entity(f"l{i}-1", "Anto Belar", passportNumber="1234567") for i in range(8)]
    assert Merging(held).merged == []
    assert len(Merging(held[:3]).merged) == 1


CHAIN = [
    entity("un-1", "Anto Marko Belar", birthDate="1971-03-05", passportNumber="A1234567"),
    entity("ofac-1", "BELAR, Anto Marko", passportNumber="A1234567|B7654321"),
    entity("eu-1", "Marko Belar", birthDate="1980-09-09", passportNumber="B7654321"),
]


def test_no_chain_joins_two_that_contradict() -> None:
    merging = Merging(CHAIN)
    assert sets(merging) == {frozenset({"eu-1", "ofac-1"})}
    assert [(r.left, r.right, r.between) for r in merging.refused] == [("ofac-1", "un-1", ("eu-1", "un-1"))]
    assert merging.explain("ofac-1", "un-1") == (
        "ofac-1 and un-1 are not merged in spite of the same passportNumber A1234567: it would join eu-1 and un-1, and "
        "their dates of birth differ (1980-09-09; 1971-03-05)"
    )


def test_a_chain_is_explained_step_by_step() -> None:
    middle = entity("ofac-1", "BELAR, Anto Marko", passportNumber="A1234567|B7654321")
    first = entity("un-1", "Anto Belar", passportNumber="A1234567")
    last = entity("eu-1", "Marko Belar", passportNumber="B7654321")
    merging = Merging([first, last, middle])
    assert len(merging.merged) == 1
    assert merging.explain("un-1", "eu-1") == (
        "un-1 and eu-1 are merged through others: un-1 and ofac-1 by the same passportNumber A1234567; ofac-1 and eu-1 "
        "by the same passportNumber B7654321"
    )
    assert "one entry" in merging.explain("un-1", "un-1")


def test_each_statement_keeps_its_list() -> None:
    one = entity("ofac-1", "BELAR, Anto Marko", birthDate="1971-03-05", passportNumber="A1234567")
    two = entity("un-1", "Anto Marko Belar", birthDate="1971-03-05|1972", gender="male")
    (merged,) = Merging([one, two]).merged
    assert (merged.id, merged.caption, [e.id for e in merged.members]) == (
        "un-1",
        "Anto Marko Belar",
        ["un-1", "ofac-1"],
    )
    assert merged.said("birthDate") == {"1971-03-05": ["un_sc", "us_ofac_sdn"], "1972": ["un_sc"]}
    assert merged.said("name") == {"Anto Marko Belar": ["un_sc"], "BELAR, Anto Marko": ["us_ofac_sdn"]}
    assert {(x.designation.source, x.entity_id) for x in merged.listings} == {
        ("list of un-1", "un-1"),
        ("list of ofac-1", "ofac-1"),
    }
    assert {(s.value, s.dataset) for s in merged.statements if s.prop == "passportNumber"} == {
        ("A1234567", "us_ofac_sdn")
    }
    whole = merged.entity()
    assert (whole.id, len(whole.names), len(whole.designations)) == ("un-1", 2, 2)
    assert whole.properties["birthDate"] == ["1971-03-05", "1972"]
    assert len(two.names) == 1, "the list's own entry is left as it was"


def test_a_decision_undoes_a_merge_and_another_restores_it() -> None:
    pair = JOINED["name turned round and day of birth"]
    plainly = Merging(pair)
    undone = Merging(pair, [decided("un-1", "ofac-1", "different")])
    assert undone.merged == []
    assert "R. Ferro decided on 2026-02-01 that they are different: file 12" in undone.explain("ofac-1", "un-1")
    decisions = [decided("un-1", "ofac-1", "different"), decided("ofac-1", "un-1", "same", "2026-03-01")]
    restored = Merging(pair, decisions)
    assert sets(restored) == sets(plainly)
    assert sets(Merging(pair, decisions[::-1])) == sets(plainly), "the later day holds, wherever it stands"


def test_a_decision_goes_before_evidence_and_contradiction() -> None:
    one, two = APART["days of birth that differ"]
    merging = Merging([one, two], [decided(one.id, two.id, "same")])
    assert len(merging.merged) == 1
    assert "decided" in merging.explain(one.id, two.id)
    chained = Merging(CHAIN, [decided("un-1", "ofac-1", "same")])
    assert sets(chained) == {frozenset({"un-1", "ofac-1"})}, "what was decided comes first; the rest must fit it"
    stray = decided("un-1", "gone-7", "same")
    assert Merging(CHAIN, [stray]).unused == [stray]


def test_decisions_that_contradict_each_other_are_refused() -> None:
    decisions = [decided("a-1", "b-1", "same"), decided("b-1", "c-1", "same"), decided("a-1", "c-1", "different")]
    held = [entity(f"{x}-1", f"Name of {x}") for x in "abc"]
    with pytest.raises(InputError, match="decisions contradict each other"):
        Merging(held, decisions)


def test_decisions_are_read(write: Write) -> None:
    header = "left,right,decision,by,day,reason\n"
    (one,) = read_decisions(write("d.csv", header + 'un-1,ofac-1,different,R. Ferro,2026-02-01,"two, not one"\n'))
    values = {"left": "un-1", "right": "ofac-1", "decision": "different", "by": "R. Ferro", "reason": "two, not one"}
    toml = "[[decision]]\nday = 2026-02-01\n" + "\n".join(f'{key} = "{value}"' for key, value in values.items())
    assert read_decisions(write("d.toml", toml)) == [one]
    assert (one.pair, one.day) == (("ofac-1", "un-1"), date(2026, 2, 1))
    for bad, field in (
        ("un-1,ofac-1,perhaps,R. Ferro,2026-02-01,x\n", "decision"),
        ("un-1,ofac-1,same,R. Ferro,soon,x\n", "day"),
        ("un-1,ofac-1,same,R. Ferro,2026-02-01,\n", "reason"),
        ("un-1,un-1,same,R. Ferro,2026-02-01,x\n", "right"),
    ):
        with pytest.raises(InputError) as caught:
            read_decisions(write("bad.csv", header + bad))
        assert caught.value.field == field
    for text in ("left,right\na,b\n", header + "a,b\n", b"\xff\xfe"):
        with pytest.raises(InputError):
            read_decisions(write("bad.csv", text))
    with pytest.raises(InputError):
        read_decisions(write("bad.toml", "decision = 3"))


# The register.


MEMBERS = "entity_id,schema,name,aliases,birth_date,countries,identifiers,group,authority,effective\n"


def lists(write: Write) -> list[ListSource]:
    first = write("a/one.csv", MEMBERS + "x-1,Person,Anto Marko Belar,Abu Sol,1971-03-05,,,Sost Ring,SDGT,2020-05-01\n")
    second = write(
        "b/two.csv",
        MEMBERS + 'y-1,Person,"BELAR, Anto Marko",,1971-03-05,,,,FTO,\ny-2,Person,Ivo Sost,,,,,,FTO,\n',
    )
    return [ListSource(first, published=DAY), ListSource(second, published=DAY)]


def test_a_merged_register_shows_one_entity_once(write: Write) -> None:
    apart, whole = (Register.load(lists(write), builtin=False, merge=m) for m in (False, True))
    assert [e.id for e in apart.find("Belar Anto Marko")] == ["y-1"]
    assert [e.id for e in whole.find("Belar Anto Marko")] == ["x-1"]
    (found,) = whole.find("Anto Marko Belar")
    assert (found.id, [d.authority for d in found.designations]) == ("x-1", ["SDGT", "FTO"])
    assert [e.id for e in whole.find("Abu Sol")] == ["x-1"]
    assert whole.same_as("y-1") == ["x-1"] == apart.same_as("y-1")
    assert [m.id for m in whole.merged] == ["x-1"]
    assert len(whole) == len(apart) == 3
    assert whole.tables()["entities"] == apart.tables()["entities"]


def test_a_merged_register_answers_for_all_lists_and_shares_groups(write: Write) -> None:
    apart, whole = (Register.load(lists(write), builtin=False, merge=m) for m in (False, True))
    assert apart.designated_on("y-1", date(2021, 1, 1)).status != "yes"
    assert whole.designated_on("y-1", date(2021, 1, 1)).since == date(2020, 5, 1)
    again = Register.from_tables(whole.tables(), merge=True)
    assert again.designated_on("y-1", date(2021, 1, 1)).since == date(2020, 5, 1)


def test_a_decision_file_undoes_a_merge_in_the_register(write: Write) -> None:
    file = write("d.csv", "left,right,decision,by,day,reason\ny-1,x-1,different,R. Ferro,2026-02-01,cousins\n")
    register = Register.load(lists(write), builtin=False, merge=True, decisions=file)
    assert [e.id for e in register.find("Belar Anto Marko")] == ["y-1"]
    assert register.merged == []


def test_an_entry_merged_with_a_group_is_the_group(write: Write) -> None:
    rows = (
        "g-1,Organization,Tren de Aragua,,,ve,A1234567,,FTO,\n",
        "h-1,Organization,El Tren de Aragua,,,ve,A1234567,,OTHER,\n",
    )
    paths = [ListSource(write(f"{i}/list{i}.csv", MEMBERS + row), published=DAY) for i, row in enumerate(rows)]
    apart, whole = (Register.load(paths, merge=m) for m in (False, True))
    assert "h-1" not in apart.group("tren-de-aragua").entity_ids
    assert {"caudal-tren-de-aragua", "g-1", "h-1"} <= set(whole.group("tren-de-aragua").entity_ids)
    assert whole.find("Tren de Aragua")[0].id == "caudal-tren-de-aragua"
    assert {"g-1", "h-1"} == set(whole.same_as("caudal-tren-de-aragua"))
    assert not any(g.id == "h-1" for g in whole.groups)


# Properties.

NAMES = ("Anto Belar", "Anto Marko Belar", "Ivo Sost", "Quill Umbridge")
some = st.builds(
    lambda number, dataset, name, born, passport, gender: entity(
        f"{dataset}-{number}",
        name,
        birthDate="|".join(born),
        passportNumber="|".join(passport),
        gender=gender,
        dataset=dataset,
    ),
    st.integers(0, 30),
    st.sampled_from(["un", "ofac", "eu", "gb"]),
    st.sampled_from(NAMES),
    st.lists(st.sampled_from(["1971-03-05", "1971", "1980-09-09", "1980-01-01"]), max_size=2),
    st.lists(st.sampled_from(["A1234567", "B7654321", "C1122334"]), max_size=2),
    st.sampled_from(["", "male", "female"]),
)
populations = st.lists(some, max_size=14, unique_by=lambda e: e.id)


def compatible(one: Entity, two: Entity) -> bool:
    """Written anew: no shared list, no births that exclude each other, no two genders."""
    births = [e.properties.get("birthDate", []) for e in (one, two)]
    fits = not all(births) or any(a.startswith(b) or b.startswith(a) for a in births[0] for b in births[1])
    genders = {g for e in (one, two) for g in e.properties.get("gender", [])}
    return one.dataset != two.dataset and fits and len(genders) < 2


@settings(max_examples=150, deadline=None)
@given(populations, st.randoms(use_true_random=False))
def test_the_order_of_the_lists_does_not_matter(held: list[Entity], chance: random.Random) -> None:
    first = Merging(held)
    mixed = held.copy()
    chance.shuffle(mixed)
    second = Merging(mixed)
    assert sets(first) == sets(second)
    assert [m.id for m in first.merged] == [m.id for m in second.merged]
    for one, two in combinations([e.id for e in held], 2):
        assert first.explain(one, two) == second.explain(one, two)


@settings(max_examples=150, deadline=None)
@given(populations)
def test_nobody_is_merged_with_whom_he_contradicts(held: list[Entity]) -> None:
    merging = Merging(held)
    for merged in merging.merged:
        assert all(compatible(a, b) for a, b in combinations(merged.members, 2))
    members = [e.id for m in merging.merged for e in m.members]
    assert len(members) == len(set(members))
    for one, two in combinations(held, 2):
        together = two.id in merging.same_as(one.id)
        assert (" are merged" in merging.explain(one.id, two.id)) == together


@settings(max_examples=100, deadline=None)
@given(populations)
def test_merging_what_is_merged_changes_nothing(held: list[Entity]) -> None:
    once = Merging(held)
    kept = [decided(a.id, b.id, "same") for m in once.merged for a, b in combinations(m.members, 2)]
    assert sets(Merging(held, kept)) == sets(once)
    assert sets(Merging(held)) == sets(once)


@settings(max_examples=100, deadline=None)
@given(populations)
def test_every_merge_can_be_undone_and_restored(held: list[Entity]) -> None:
    once = Merging(held)
    apart = [decided(a.id, b.id, "different") for m in once.merged for a, b in combinations(m.members, 2)]
    for merged in Merging(held, apart).merged:
        assert not any(frozenset((a.id, b.id)) <= s for a, b in combinations(merged.members, 2) for s in sets(once))
    if not once.refused:
        back = [decided(d.left, d.right, "same", "2026-03-01") for d in apart]
        assert sets(Merging(held, [*apart, *back])) == sets(once)


@pytest.mark.real
def test_real_lists_merge_without_contradiction(real_register: Register) -> None:
    merged = real_register.merged
    assert len(merged) > 300
    for one in merged:
        assert len({e.dataset for e in one.members}) == len(one.members)
    by_hand = real_register.merging.explain("un-112138", "ofac-9758")
    assert "the same passportNumber" in by_hand
