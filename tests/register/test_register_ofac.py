from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from caudal.errors import InputError
from caudal.register import ListSource, Register
from caudal.register.readers.ofac_csv import read_ofac
from caudal.register.readers.ofac_remarks import parts

EMPTY_ROW = ',"SDGT"' + ",-0- " * 8
Write = Callable[[str, str | bytes], Path]


def entry(uid: object, name: str, kind: str = "-0- ") -> str:
    return f'{uid},"{name}",{kind}{EMPTY_ROW}\r\n'


def test_every_entry_with_its_names_and_programmes(ofac_folder: Path) -> None:
    register = Register.load(ListSource(ofac_folder, published=date(2026, 8, 20)), builtin=False)
    assert len(register) == 5
    zorvan = register["ofac-105"]
    assert zorvan.schema == "Organization"
    assert [(n.name, n.kind, n.script) for n in zorvan.names] == [
        ("ZORVAN CARTEL", "primary", "Latn"),
        ("CARTEL ZORVAN", "alias", "Latn"),
        ("GRUPO ZORVAN", "former", "Latn"),
    ]
    assert [d.authority for d in zorvan.designations] == ["FTO", "SDGT"]
    assert all(d.effective is d.announced is d.ended is None for d in zorvan.designations)
    assert "2026-08-20" in zorvan.designations[0].source
    assert zorvan.properties["country"] == ["co"]
    assert (zorvan.first_seen, zorvan.last_seen) == (date(2026, 8, 20), date(2026, 8, 20))


def test_remarks_of_a_person(ofac_folder: Path) -> None:
    person = Register.load(ofac_folder)["ofac-102"]
    assert person.schema == "Person"
    assert person.caption == "Erika Anna MUSTERMANN"
    assert person.names[0].name == "MUSTERMANN, Erika Anna"
    assert ("LA MUESTRA", "weak") in [(n.name, n.kind) for n in person.names]
    assert ("ERIKA BEISPIEL", "former") in [(n.name, n.kind) for n in person.names]
    held = person.properties
    assert held["name"] == ["Erika Anna MUSTERMANN", "MUSTERMANN, Erika Anna"]
    assert (held["firstName"], held["lastName"]) == (["Erika Anna"], ["MUSTERMANN"])
    assert held["birthDate"] == ["1958-01-01", "1959-03", "1960"]
    assert (held["birthPlace"], held["birthCountry"]) == (["Springfield, Peru"], ["pe"])
    assert (held["nationality"], held["citizenship"]) == (["pe"], ["cl"])
    assert held["gender"] == ["female"]
    assert held["passportNumber"] == ["A0000012"]
    assert held["idNumber"] == ["4455-K"]
    assert held["email"] == ["erika@examplo.test"]
    assert held["position"] == ["Chair"]
    notes = " | ".join(held["notes"])
    for kept in ("issued 01 Feb 2010", "circa 1960", "Secondary sanctions risk: see section 1(b)"):
        assert kept in notes


def test_remarks_of_a_firm_a_vessel_and_an_aircraft(ofac_folder: Path) -> None:
    register = Register.load(ofac_folder)
    firm = register["ofac-101"]
    assert firm.schema == "Company"
    assert firm.properties["taxNumber"] == ["77 12-X", "EXA010203AB1"]
    assert firm.properties["incorporationDate"] == ["2001-02-03"]
    assert firm.properties["website"] == ["www.examplo.test"]
    assert firm.properties["address"] == ["Calle 1, Ciudad Ejemplo 00000, Mexico"]
    assert "Linked To: ZORVAN CARTEL" in firm.properties["notes"]
    vessel = register["ofac-103"].properties
    assert (vessel["imoNumber"], vessel["mmsi"], vessel["callSign"]) == (["IMO9999993"], ["572000000"], ["9XYZ1"])
    assert (vessel["flag"], vessel["pastFlags"], vessel["buildDate"]) == (["pa"], ["mt"], ["1999"])
    assert (vessel["tonnage"], vessel["grossRegisteredTonnage"]) == (["318000"], ["160576"])
    assert "owner: Examplo Shipping" in vessel["notes"]
    aircraft = register["ofac-104"].properties
    assert (aircraft["model"], aircraft["registrationNumber"], aircraft["serialNumber"]) == (
        ["Y-7"],
        ["EP-EXA"],
        ["12345"],
    )


def test_the_final_full_stop_is_not_part_of_the_text() -> None:
    assert parts("DOB 1950; Linked To: HIZB.") == ["DOB 1950", "Linked To: HIZB"]
    assert parts("Linked To: PETROL, S.A.") == ["Linked To: PETROL, S.A."]


def test_orphan_aliases_and_addresses_are_counted(ofac_folder: Path) -> None:
    rejected = Register.load(ofac_folder).rejected.to_pylist()
    assert [(Path(r["file"]).name, r["row"], r["field"]) for r in rejected] == [
        ("alt.csv", 3, "ent_num"),
        ("add.csv", 3, "ent_num"),
    ]
    assert json.loads(rejected[0]["content"])[3] == "NOBODY"


def test_without_aliases_the_version_says_so(ofac_folder: Path) -> None:
    (ofac_folder / "alt.csv").unlink()
    version = read_ofac(ofac_folder / "sdn.csv").version
    assert "without alt.csv" in version.version
    assert "modification day" in version.version
    assert version.entries == 5


def test_bad_rows_are_kept_aside_and_the_good_go_on(write: Write) -> None:
    path = write(
        "sdn.csv",
        entry(1, "GOOD ONE")
        + entry(1, "SAME NUMBER")
        + entry(2, "-0- ")
        + entry("x3", "NO NUMBER")
        + entry(4, "ODD KIND", '"robot"')
        + '5,"TOO SHORT"\r\n'
        + entry(6, "2010", '"vessel"')
        + f'7,"BAD BIRTH, Otto","individual","SDGT"{",-0- " * 7},"DOB 31 Feb 1960."\r\n'
        + "\x1a",
    )
    register = Register.load(path, builtin=False)
    assert [e.id for e in register] == ["ofac-1", "ofac-6", "ofac-7"]
    found = [(r["row"], r["field"], r["reason"]) for r in register.rejected.to_pylist()]
    assert [(row, field) for row, field, _ in found] == [
        (2, "ent_num"),
        (3, "sdn_name"),
        (4, "ent_num"),
        (5, "sdn_type"),
        (6, None),
        (8, "remarks, DOB"),
    ]
    assert "taken by row 1" in found[0][2]
    assert "DOB 31 Feb 1960" in register["ofac-7"].properties["notes"]
    assert "birthDate" not in register["ofac-7"].properties


@pytest.mark.parametrize(
    ("content", "row", "words"),
    [
        (b"", None, "empty"),
        (b"\x1a", None, "empty"),
        (entry(1, "A").encode() + b'2,"\xff\xfe bad"\r\n', 2, "UTF-8"),
        (entry(1, "A").encode("utf-16"), None, "UTF-16"),
        (b'1,"open quote' + EMPTY_ROW.encode(), 1, "list known here"),
        (entry(1, "A").encode() + b'2,"open quote,-0-\r\n3,x\r\n', None, "CSV"),
        (b"hello,world\r\n", None, "list known here"),
        (b"PK\x03\x04rest", None, "ZIP"),
        (b"\x1f\x8brest", None, "gzip"),
        (entry("1", " ").encode(), None, "no usable entry"),
    ],
)
def test_a_file_that_is_no_list_is_one_clear_error(write: Write, content: bytes, row: int | None, words: str) -> None:
    path = write("sdn.csv", content)
    with pytest.raises(InputError) as caught:
        Register.load(path)
    assert words in caught.value.reason
    assert caught.value.file == str(path)
    if row is not None and caught.value.row is not None:
        assert caught.value.row == row
    assert "\n" not in str(caught.value)


def test_the_names_as_ofac_serves_them(ofac_folder: Path) -> None:
    for path in list(ofac_folder.iterdir()):
        path.rename(path.with_name(path.name.upper()))
    for given in (ofac_folder, ofac_folder / "SDN.CSV", [ofac_folder / "SDN.CSV", ofac_folder / "ALT.CSV"]):
        register = Register.load(given, builtin=False)
        assert [n.name for n in register["ofac-105"].names][1:] == ["CARTEL ZORVAN", "GRUPO ZORVAN"]
        assert "without" not in register.versions[0].version


def test_missing_files(tmp_path: Path, ofac_folder: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        Register.load(tmp_path / "nowhere.csv")
    with pytest.raises(InputError, match=r"sdn\.csv it belongs to"):
        Register.load(ofac_folder / "alt.csv")
    both = Register.load([ofac_folder / "sdn.csv", ofac_folder / "alt.csv", ofac_folder / "add.csv"])
    assert len(both.versions) == 1
