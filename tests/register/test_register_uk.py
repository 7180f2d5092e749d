from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.register import ListSource, Register
from caudal.register.readers.detect import detect
from caudal.register.readers.uk_entry import authority_of, uk_date

DATA = Path(__file__).parent / "data"
Write = Callable[[str, str | bytes], Path]
FORMATS = ("uk.xml", "uk.csv")
REGIME = "The Example (Sanctions) Regulations 2020"


@pytest.fixture(params=FORMATS)
def uk(request: pytest.FixtureRequest) -> Register:
    return Register.load(DATA / request.param, builtin=False)


def test_a_person(uk: Register) -> None:
    entity = uk["gb-EXA0006"]
    assert (entity.schema, entity.caption, entity.dataset) == ("Person", "ANTO BELAR CORVIN", "gb_sanctions")
    assert [(n.name, n.kind, n.script) for n in entity.names] == [
        ("ANTO BELAR CORVIN", "primary", "Latn"),
        ("Antto Belar Corvin", "alias", "Latn"),
        ("The Fox", "weak", "Latn"),
        ("A. Corvin", "alias", "Latn"),
        ("Анто Белар Корвин", "original script", "Cyrl"),
    ]
    held = entity.properties
    assert (held["firstName"], held["middleName"], held["lastName"]) == (["ANTO"], ["BELAR"], ["CORVIN"])
    assert held["birthDate"] == ["1945", "1946-07", "1958-03-01"]
    assert (held["birthPlace"], held["birthCountry"], held["nationality"]) == (["Goma, Rwanda"], ["rw"], ["rw"])
    assert (held["passportNumber"], held["idNumber"], held["gender"]) == (["P0000001"], ["1-78"], ["male"])
    assert (held["title"], held["position"], held["phone"]) == (["Dr"], ["General"], ["+250 0000"])
    assert held["address"] == ["1 Road, Kigali, 1001, Rwanda"]
    assert held["modifiedAt"] == ["2026-01-14"]
    assert {
        "Made up.",
        "UK statement of reasons: Invented for a test.",
        "UN reference number EXi.902",
        "OFSI group ID 70172",
        "Sanctions imposed: Asset freeze, Travel Ban",
        "Date of birth: 15/08/19yy",
        "Passport: Example passport",
    } <= set(held["notes"])
    (designation,) = entity.designations
    assert (designation.authority, designation.programme) == ("GB-EXA", REGIME)
    assert designation.announced == designation.effective == date(2021, 1, 25)
    (rejected,) = uk.rejected.to_pylist()
    assert rejected["field"] == "DOB"
    assert "EXA0006" in rejected["reason"]
    assert "15/08/19yy" in rejected["reason"]


def test_a_company_and_a_ship(uk: Register) -> None:
    company = uk["gb-IMM0001"]
    assert (company.schema, company.designations[0].authority) == ("Company", "GB-MIGR")
    assert company.properties["registrationNumber"] == ["BR-99-XY"]
    assert company.properties["website"] == ["www.exemplar.test"]
    assert "Parent company: Exemplar Group" in company.properties["notes"]
    ship = uk["gb-EXA0075"]
    held = ship.properties
    assert (ship.schema, held["imoNumber"]) == ("Vessel", ["IMO9999993"])
    assert (held["flag"], held["pastFlags"]) == (["pa"], ["mt"])
    assert (held["type"], held["tonnage"], held["buildDate"]) == (["Bulk Carrier"], ["7078"], ["2011"])
    assert "Owner or operator: Examplo Shipping" in held["notes"]


def test_the_version(uk: Register) -> None:
    (version,) = uk.versions
    assert (version.dataset, version.published, version.entries) == ("gb_sanctions", date(2026, 1, 15), 3)


def test_xml_and_csv_of_one_list_give_the_same() -> None:
    xml, table = (Register.load(DATA / name, builtin=False) for name in FORMATS)
    assert len(xml) == len(table) == 3
    for entity in xml:
        other = table[entity.id]
        assert (entity.schema, entity.names, entity.caption) == (other.schema, other.names, other.caption)
        assert {p: set(v) for p, v in entity.properties.items()} == {p: set(v) for p, v in other.properties.items()}
        assert [(d.authority, d.programme, d.effective) for d in entity.designations] == [
            (d.authority, d.programme, d.effective) for d in other.designations
        ]


def test_the_format_is_seen_from_the_content(write: Write) -> None:
    assert detect(write("list.txt", (DATA / "uk.xml").read_bytes())) == "uk-xml"
    assert detect(write("other.txt", (DATA / "uk.csv").read_bytes())) == "uk-csv"
    without = (DATA / "uk.csv").read_text(encoding="utf-8").split("\n", 1)[1]
    path = write("plain.txt", without)
    assert detect(path) == "uk-csv"
    assert "modification day" in Register.load(path).versions[0].version
    given = Register.load(ListSource(path, published=date(2026, 2, 1)))
    assert given.versions[0].published == date(2026, 2, 1)


PRIMARY = "<Name><Name6>ONE</Name6><NameType>Primary Name</NameType></Name>"


def designation(uid: str, *more: str, name: str = PRIMARY) -> str:
    said = "".join(more)
    listed = "" if "DateDesignated" in said else "<DateDesignated>01/02/2020</DateDesignated>"
    kind = "" if "IndividualEntityShip" in said else "<IndividualEntityShip>Entity</IndividualEntityShip>"
    return (
        f"<Designation><UniqueID>{uid}</UniqueID><Names>{name}</Names><RegimeName>{REGIME}</RegimeName>"
        f"{listed}{kind}{''.join(more)}</Designation>"
    )


def listing(*entries: str) -> str:
    return f"<Designations><DateGenerated>15/01/2026</DateGenerated>{''.join(entries)}</Designations>"


def test_bad_designations_are_kept_aside(write: Write) -> None:
    path = write(
        "uk.xml",
        listing(
            designation("EXA1"),
            designation("EXA1"),
            designation(""),
            designation("EXA2", name="<Name><NameType>Primary Name</NameType></Name>"),
            designation("EXA3", "<IndividualEntityShip>Planet</IndividualEntityShip>"),
            designation("EXA4", "<DateDesignated>31/02/2020</DateDesignated>"),
            designation("EXA5", name="<Name><Name6>ONLY ALIAS</Name6><NameType>Alias</NameType></Name>"),
            designation("EXA6", name="<Name><Name6>SIX</Name6><NameType>Nom</NameType></Name>"),
        ),
    )
    register = Register.load(path, builtin=False)
    assert [e.id for e in register] == ["gb-EXA1", "gb-EXA4", "gb-EXA5", "gb-EXA6"]
    rows = register.rejected.to_pylist()
    assert [r["field"] for r in rows] == [
        "UniqueID",
        "UniqueID",
        "Names",
        "IndividualEntityShip",
        "DateDesignated",
        "NameType",
        "NameType",
        "NameType",
    ]
    assert all(r["file"] == str(path) for r in rows)
    assert all(any(uid in r["reason"] for uid in ("EXA", "no id")) for r in rows)
    assert register["gb-EXA4"].designations[0].effective is None
    assert register["gb-EXA5"].names[0].kind == "primary"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("uk.xml", listing(designation("EXA1"))[:-30], "well-formed"),
        ("uk.xml", listing(), "no usable designation"),
        ("uk.xml", listing(designation("EXA1")).replace("<Designations", '<Designations xmlns="urn:next"'), "urn:next"),
        ("uk.xml", "<!DOCTYPE Designations [<!ENTITY a 'b'>]>" + listing(designation("E1")), "document type"),
        ("uk.xml", listing(designation("EXA1", designation("EXA2"))), "Designation inside a Designation"),
        ("uk.csv", "Report Date: 1-Jan-2026\nUnique ID,Name 6\nA1,ONE\n", "no list known"),
        ("uk.csv", "\n".join((DATA / "uk.csv").read_text(encoding="utf-8").split("\n")[:2]), "no usable designation"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_clear_error(write: Write, name: str, content: str, words: str) -> None:
    path = write(name, content)
    with pytest.raises(InputError) as caught:
        Register.load(path)
    assert words in caught.value.reason
    assert caught.value.file == str(path)
    assert "\n" not in str(caught.value)


def test_bad_rows_of_the_csv(write: Write) -> None:
    lines = (DATA / "uk.csv").read_text(encoding="utf-8").rstrip("\n").split("\n")
    lines[0] = "Report Date: 31-Feb-2026"
    lines += ["14/01/2026,EXA0099", lines[-1].replace("03/10/2017", "04/10/2017"), lines[-1].replace("EXA0075", "")]
    register = Register.load(write("uk.csv", "\n".join(lines)), builtin=False)
    assert len(register) == 3
    assert [r["field"] for r in register.rejected.to_pylist()] == [
        "Report Date",
        None,
        "datedesignated",
        "Unique ID",
        "DOB",
    ]
    assert register["gb-EXA0075"].designations[0].effective == date(2017, 10, 3)


def test_a_cell_that_numbers_its_values(write: Write) -> None:
    text = (DATA / "uk.csv").read_text(encoding="utf-8").replace(",Rwanda,1-78", ",(1) Rwanda (2) Peru,1-78")
    register = Register.load(write("uk.csv", text), builtin=False)
    assert register["gb-EXA0006"].properties["nationality"] == ["rw", "pe"]


@given(st.dates(min_value=date(1000, 1, 1), max_value=date(2999, 12, 31)))
def test_dates_as_the_list_writes_them(day: date) -> None:
    assert uk_date(f"{day:%d/%m}/{day.year:04d}") == f"{day.year:04d}-{day:%m-%d}"
    assert uk_date(f"dd/{day:%m}/{day.year:04d}") == f"{day.year:04d}-{day:%m}"
    assert uk_date(f"00/00/{day.year:04d}") == uk_date(f"dd/mm/{day.year:04d}") == f"{day.year:04d}"


@given(st.text(max_size=12))
def test_any_text_is_a_date_or_none(text: str) -> None:
    found = uk_date(text)
    assert found is None or len(found) in {4, 7, 10}


@pytest.mark.parametrize("text", ["31/02/2020", "15/mm/1962", "15/08/19yy", "", "1/13/2020", "dd/mm/0000", "soon"])
def test_what_is_no_date(text: str) -> None:
    assert uk_date(text) is None


def test_the_authority_names_the_regime() -> None:
    assert authority_of("RUS0001", "The Russia (Sanctions) (EU Exit) Regulations 2019") == "GB-RUS"
    assert authority_of("1", "x") == "GB-SANCTIONS"
