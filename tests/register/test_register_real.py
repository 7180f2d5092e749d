"""The real lists, read in place."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from caudal.register import Register
from caudal.tables import TABLES

pytestmark = pytest.mark.real
PUBLISHED = date(2026, 8, 20)


@pytest.fixture(scope="module")
def lists(shared_data: Path) -> Path:
    return shared_data / "lists"


@pytest.fixture(scope="module")
def register(real_register: Register) -> Register:
    return real_register


def test_every_entry_is_there(register: Register, lists: Path) -> None:
    assert {v.dataset: v.entries for v in register.versions} == {"us_ofac_sdn": 19_249, "un_sc": 1_003}
    assert Counter(e.dataset for e in register) == {"us_ofac_sdn": 19_249, "un_sc": 1_003, "caudal_groups": 27}
    with (lists / "ofac/alt.csv").open(encoding="utf-8", newline="") as file:
        aliases = [row for row in csv.reader(file) if len(row) == 5]
    numbers = {e.id.removeprefix("ofac-") for e in register}
    orphans = [row for row in aliases if row[0] not in numbers]
    rejected = [r for r in register.rejected.to_pylist() if r["file"].endswith("alt.csv")]
    assert len(rejected) == len(orphans) > 0
    held = {(e.id, n.name) for e in register for n in e.names}
    assert all((f"ofac-{row[0]}", row[3].strip()) in held for row in aliases if row[0] in numbers)


def test_only_orphans_are_rejected(register: Register) -> None:
    fields = Counter(r["field"] for r in register.rejected.to_pylist())
    assert set(fields) == {"ent_num"}


def test_programmes_agree_with_another_rendering_of_the_same_list(register: Register, lists: Path) -> None:
    with (lists / "ofac/sdn_compact_2026-08-20.csv").open(encoding="utf-8", newline="") as file:
        rows = {f"ofac-{r['uid']}": r for r in csv.DictReader(file)}
    assert set(rows) == {e.id for e in register if e.dataset == "us_ofac_sdn"}
    differing = [
        entity_id
        for entity_id, row in rows.items()
        if {d.programme for d in register[entity_id].designations} != {p.strip() for p in row["programs"].split(";")}
    ]
    assert differing == []


def test_the_state_arms_exporter_was_not_designated_when_it_paid(register: Register) -> None:
    (exporter,) = register.find("ROSOBORONEKSPORT OAO")
    assert exporter.id == "ofac-18782"
    answer = register.designated_on("ofac-18782", date(2012, 9, 20))
    assert answer.status == "no"
    assert "date from 2014-03-20 at the earliest" in answer.text
    assert f"before the first list version held ({PUBLISHED}) is unknown" in answer.text
    assert register.designated_on("ofac-18782", PUBLISHED).status == "yes"


def test_the_groups_of_interest_are_found_on_the_lists(register: Register) -> None:
    same = {
        "tren-de-aragua": {"ofac-49756"},
        "ms-13": {"ofac-15412"},
        "cartel-de-sinaloa": {"ofac-11440"},
        "cjng": {"ofac-17671"},
        "carteles-unidos": {"ofac-52892"},
        "cartel-del-noreste": {"ofac-11438"},
        "cartel-del-golfo": {"ofac-10386"},
        "la-nueva-familia-michoacana": {"ofac-39376"},
        "la-familia-michoacana": {"ofac-11439"},
        "viv-ansanm": {"ofac-53980", "un-6909350"},
        "gran-grif": {"ofac-53981", "un-6909349"},
        "cartel-de-los-soles": {"ofac-55025"},
        "los-choneros": {"ofac-47286"},
        "los-lobos": {"ofac-49081"},
        "barrio-18": {"ofac-55416"},
        "clan-del-golfo": {"ofac-15871"},
        "comando-vermelho": {"ofac-57817"},
        "primeiro-comando-da-capital": {"ofac-31632"},
        "farc": set(),
        "farc-ep": {"ofac-33983"},
        "segunda-marquetalia": {"ofac-33974"},
        "eln": {"ofac-4706"},
        "shining-path": {"ofac-4715"},
        "los-zetas": set(),
        "cartel-de-santa-rosa-de-lima": {"ofac-55322"},
        "hysa": {"ofac-56265"},
        "5-segond": set(),
    }
    found: dict[str, set[str]] = {g.id: set() for g in register.groups}
    for member in register.tables()["memberships"].to_pylist():
        if member["kind"] == "same" and member["group_id"] in found and not member["entity_id"].startswith("caudal-"):
            found[member["group_id"]].add(member["entity_id"])
    assert found == same
    assert {"ofac-20109", "ofac-20110"} <= set(register.group("CJNG").entity_ids)
    assert "un-6908911" in register.group("Viv Ansanm").entity_ids
    assert {"ofac-15654", "ofac-15655"} <= set(register.group("Los Zetas").entity_ids)
    assert "ofac-7755" not in register.group("ELN").entity_ids  # the Balkan namesake


def test_find_gives_the_dated_record_first(register: Register) -> None:
    found = register.find("Tren de Aragua")
    assert [e.id for e in found] == ["caudal-tren-de-aragua", "ofac-49756"]
    assert found[0].designations[0].effective == date(2025, 2, 20)


def test_the_tables_have_their_shapes_and_give_the_register_back(register: Register) -> None:
    tables = register.tables()
    for name, table in tables.items():
        assert table.schema.equals(TABLES[name].schema)
    again = Register.from_tables(tables)
    assert len(again) == len(register)
    assert again["ofac-18782"] == register["ofac-18782"]
    assert again.designated_on("ofac-18782", date(2012, 9, 20)) == register.designated_on(
        "ofac-18782", date(2012, 9, 20)
    )


def test_the_law_of_a_day_in_2012(lists: Path) -> None:
    register = Register.load(lists / "un/consolidated.xml", as_of=date(2012, 12, 30))
    assert all(d.effective is None or d.effective <= date(2012, 12, 30) for e in register for d in e.designations)
    assert 0 < len(register) < 1_003


def test_original_scripts_and_weak_names(register: Register) -> None:
    kinds = Counter(n.kind for e in register for n in e.names)
    assert kinds["original script"] > 300
    assert kinds["weak"] > 2_000
    assert (
        Counter(n.script for e in register for n in e.names if n.kind == "original script").most_common(1)[0][0]
        == "Arab"
    )
