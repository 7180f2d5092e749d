from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from caudal.errors import InputError
from caudal.register import Register

Write = Callable[[str, str | bytes], Path]
HEAD = "entity_id,schema,name,aliases,birth_date,countries,identifiers,group,authority,programme,effective,source\n"


def test_members_and_their_groups(members_file: Path) -> None:
    register = Register.load(members_file)
    ana = register["m-1"]
    assert [(n.name, n.kind) for n in ana.names] == [
        ("Ana Prueba", "primary"),
        ("Anita", "alias"),
        ("A. Prueba", "alias"),
    ]
    assert ana.properties["country"] == ["co", "pe"]
    assert ana.properties["idNumber"] == ["CC 123", "PP 9"]
    assert ana.properties["birthDate"] == ["1980-05-01"]
    assert (ana.designations[0].authority, ana.designations[0].effective) == ("SDGT", date(2025, 2, 20))
    assert register["m-2"].designations == []
    assert "m-1" in register.group("tren-de-aragua").entity_ids
    fictitious = register.group("Los Ficticios")
    assert (fictitious.id, fictitious.entity_ids) == ("los-ficticios", ["m-2"])
    assert register.designated_on("m-2", date(2025, 1, 1)).status == "no"
    assert register.designated_on("m-1", date(2025, 2, 19)).status == "no"
    assert register.designated_on("m-1", date(2025, 2, 20)).status == "yes"


def test_bad_rows(write: Write) -> None:
    path = write(
        "members.csv",
        HEAD
        + "a,Person,Good One,,,,,,,,,\n"
        + "a,Person,Same Id,,,,,,,,,\n"
        + "b,Robot,Odd,,,,,,,,,\n"
        + "c,Person,...,,,,,,,,,\n"
        + "d,Person,D,,1958-13-01,,,,,,,\n"
        + "e,Person,E,,,Atlantis,,,,,,\n"
        + "f,Person,F,,,,,,FTO,,yesterday,\n"
        + "g,Person,G,,,,,,,,2025-01-01,\n"
        + "h,Person\n"
        + "i j,Person,I,,,,,,,,,\n",
    )
    register = Register.load(path, builtin=False)
    assert [e.id for e in register] == ["a"]
    assert [(r["row"], r["field"]) for r in register.rejected.to_pylist()] == [
        (3, "entity_id"),
        (4, "schema"),
        (5, "name"),
        (6, "birth_date"),
        (7, "countries"),
        (8, "effective"),
        (9, "authority"),
        (10, None),
        (11, "entity_id"),
    ]


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (HEAD.replace("source", "sauce"), "sauce"),
        (HEAD.replace("source", "name"), "name"),
        (HEAD, None),
    ],
)
def test_a_file_without_use_is_an_error(write: Write, content: str, field: str | None) -> None:
    path = write("members.csv", content)
    with pytest.raises(InputError) as caught:
        Register.load(path)
    assert caught.value.field == field
    assert caught.value.file == str(path)


def test_a_folder_of_lists(write: Write, ofac_folder: Path, un_file: Path, members_file: Path, tmp_path: Path) -> None:
    write("README.md", "no list")
    register = Register.load(tmp_path, builtin=False)
    assert sorted(v.dataset for v in register.versions) == ["members", "un_sc", "us_ofac_sdn"]
    assert len(register) == 5 + 2 + 2
    assert [Path(r["file"]).name for r in register.rejected.to_pylist() if r["field"] is None] == ["README.md"]
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(InputError, match="holds no list"):
        Register.load(empty)


def test_an_id_that_another_list_has_taken_is_rejected(write: Write, ofac_folder: Path) -> None:
    path = write("more.csv", HEAD + "ofac-105,Person,Someone Else,,,,,,,,,\nx,Person,X,,,,,,,,,\n")
    register = Register.load([ofac_folder, path], builtin=False)
    assert register["ofac-105"].caption == "ZORVAN CARTEL"
    assert "taken by 'ZORVAN CARTEL'" in register.rejected.to_pylist()[-1]["reason"]
    assert {v.dataset for v in register.versions} == {"us_ofac_sdn", "members-more"}
