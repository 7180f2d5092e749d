from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from caudal.errors import InputError
from caudal.register import ListSource, Register
from caudal.register.readers.detect import detect
from caudal.register.readers.ofac_xml import read_ofac_xml
from caudal.register.readers.table import csv_rows

DATA = Path(__file__).parent / "data"
Write = Callable[[str, str | bytes], Path]
NAMESPACE = "http://tempuri.org/sdnList.xsd"


def entry(uid: str, last: str, more: str = "", kind: str = "Entity", programmes: tuple[str, ...] = ("SDGT",)) -> str:
    tags = "".join(f"<program>{p}</program>" for p in programmes)
    return (
        f"<sdnEntry><uid>{uid}</uid><lastName>{last}</lastName><sdnType>{kind}</sdnType>"
        f"<programList>{tags}</programList>{more}</sdnEntry>"
    )


def listing(*entries: str, day: str = "01/15/2026", count: int | None = None, namespace: str = NAMESPACE) -> str:
    said = len(entries) if count is None else count
    head = (
        f"<publshInformation><Publish_Date>{day}</Publish_Date><Record_Count>{said}</Record_Count></publshInformation>"
    )
    return f'<sdnList xmlns="{namespace}">{head}{"".join(entries)}</sdnList>'


def test_a_person() -> None:
    register = Register.load(DATA / "sdn.xml", builtin=False)
    entity = register["ofac-102"]
    assert (entity.schema, entity.caption) == ("Person", "Erika Anna MUSTERMANN")
    assert [(n.name, n.kind) for n in entity.names] == [
        ("MUSTERMANN, Erika Anna", "primary"),
        ("LA MUESTRA", "weak"),
        ("ERIKA BEISPIEL", "former"),
    ]
    held = entity.properties
    assert held["birthDate"] == ["1958-01-01", "1959-03", "1960"]
    assert (held["nationality"], held["citizenship"], held["gender"]) == (["pe"], ["cl"], ["female"])
    assert (held["birthPlace"], held["birthCountry"]) == (["Springfield, Peru"], ["pe"])
    assert (held["passportNumber"], held["idNumber"], held["position"]) == (["A0000012"], ["4455-K"], ["Chair"])
    assert "Passport A0000012 (Peru) issued 01 Feb 2010 expires 01 Feb 2020" in held["notes"]
    assert entity.designations[0].effective is None


def test_the_version_and_the_count() -> None:
    register = Register.load(DATA / "sdn.xml", builtin=False)
    (version,) = register.versions
    assert (version.dataset, version.published, version.entries) == ("us_ofac_sdn", date(2026, 1, 15), 5)
    assert register.rejected.num_rows == 0
    given = Register.load(ListSource(DATA / "sdn.xml", published=date(2026, 2, 1)), builtin=False)
    assert given.versions[0].published == date(2026, 2, 1)


def test_links_in_brackets_are_links(write: Write) -> None:
    remarks = (
        "<remarks>Founded by two. (Linked To: ZORVAN CARTEL; Linked To: OTHER (NORTH))(Linked To: THIRD)</remarks>"
    )
    register = Register.load(write("sdn.xml", listing(entry("1", "ONE", remarks), entry("2", "ZORVAN CARTEL"))))
    notes = register["ofac-1"].properties["notes"]
    assert {"Linked To: ZORVAN CARTEL", "Linked To: THIRD"} <= set(notes)
    assert any("OTHER (NORTH)" in note for note in notes)


def test_a_weak_alias_and_aliases_that_cannot_be_used(write: Write) -> None:
    akas = (
        "<akaList><aka><type>a.k.a.</type><category>weak</category><lastName>DOS</lastName><firstName>Uno</firstName></aka>"
        "<aka><type>n.k.a.</type><category>strong</category><lastName>NEW ONE</lastName></aka>"
        "<aka><type>b.k.a.</type><category>strong</category><lastName>OTHER ONE</lastName></aka>"
        "<aka><type>a.k.a.</type><category>strong</category><lastName>-</lastName></aka></akaList>"
    )
    register = Register.load(write("sdn.xml", listing(entry("1", "ONE", akas))), builtin=False)
    assert [(n.name, n.kind) for n in register["ofac-1"].names] == [
        ("ONE", "primary"),
        ("DOS, Uno", "weak"),
        ("NEW ONE", "alias"),
        ("OTHER ONE", "alias"),
    ]
    assert [r["field"] for r in register.rejected.to_pylist()] == ["akaList", "akaList"]


def test_bad_entries_are_kept_aside(write: Write) -> None:
    born = "<dateOfBirthList><dateOfBirthItem><dateOfBirth>sometime</dateOfBirth></dateOfBirthItem></dateOfBirthList>"
    document = (
        "<idList><id><idType>Passport</idType><idNumber>A1</idNumber><issueDate>31 Feb 2020</issueDate></id></idList>"
    )
    path = write(
        "sdn.xml",
        listing(
            entry("1", "ONE"),
            entry("1", "AGAIN"),
            entry("2", " "),
            entry("", "NO ID"),
            entry("3", "THREE", kind="Planet"),
            entry("4", "FOUR", born, kind="Individual"),
            entry("5", "FIVE", document, kind="Individual"),
            count=9,
        ),
    )
    register = Register.load(path, builtin=False)
    assert [e.id for e in register] == ["ofac-1", "ofac-4", "ofac-5"]
    rows = register.rejected.to_pylist()
    fields = ["uid", "lastName", "uid", "sdnType", "DOB", "issueDate", "Record_Count"]
    assert [r["field"] for r in rows] == fields
    assert json.loads(rows[0]["content"])["lastName"] == ["AGAIN"]
    assert all(r["file"] == str(path) for r in rows)
    assert "entry 4" in rows[4]["reason"]
    assert "9 entries; it holds 7" in rows[-1]["reason"]
    assert "issued 31 Feb 2020" in " ".join(register["ofac-5"].properties["notes"])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (listing(entry("1", "ONE"))[:-20], "well-formed"),
        (listing(), "no usable entry"),
        (listing(entry("1", "ONE"), namespace="https://example.test/sdnList/2.0"), "schema"),
        (
            "<!DOCTYPE sdnList [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>" + listing(entry("1", "&x;")),
            "document type",
        ),
        (listing(entry("1", "ONE" * 4_000_000)), "well-formed"),
        ("<sdnList>" + "<a>" * 300 + "</a>" * 300 + "</sdnList>", "well-formed"),
    ],
    ids=["truncated", "empty", "schema", "external", "huge text", "deep"],
)
def test_a_file_that_cannot_be_used_is_one_clear_error(write: Write, content: str, words: str) -> None:
    path = write("sdn.xml", content)
    with pytest.raises(InputError) as caught:
        Register.load(path)
    assert words in caught.value.reason
    assert caught.value.file == str(path)
    assert "\n" not in str(caught.value)


def test_a_day_of_publication_that_is_no_date(write: Write) -> None:
    register = Register.load(write("sdn.xml", listing(entry("1", "ONE"), day="02/31/2026")), builtin=False)
    assert "modification day" in register.versions[0].version
    assert [r["field"] for r in register.rejected.to_pylist()] == ["Publish_Date"]


@pytest.mark.parametrize(
    ("name", "programme", "dataset"),
    [
        ("consolidated.xml", "SDGT", "us_ofac_cons"),
        ("list.xml", "CMIC-EO13959", "us_ofac_cons"),
        ("list.xml", "SDGT", "us_ofac_sdn"),
    ],
)
def test_which_of_the_two_lists(write: Write, name: str, programme: str, dataset: str) -> None:
    path = write(name, listing(entry("1", "ONE", programmes=(programme,))))
    assert detect(path) == "ofac-xml"
    register = Register.load(path, builtin=False)
    assert register.versions[0].dataset == register["ofac-1"].dataset == dataset
    assert ("non-SDN" in register["ofac-1"].designations[0].source) == (dataset == "us_ofac_cons")


def test_the_consolidated_list_as_csv(tmp_path: Path) -> None:
    empty = "-0- ,"
    (tmp_path / "CONS_PRIM.CSV").write_text(f'7,"ONE BANK",{empty}"CMIC-EO13959",{empty * 7}"Website one.test."\n\x1a')
    (tmp_path / "CONS_ALT.CSV").write_text('7,70,"aka","BANK ONE",-0- \n')
    (tmp_path / "CONS_ADD.CSV").write_text('7,71,"1 Road","Lima","Peru",-0- \n')
    for given in (tmp_path, tmp_path / "CONS_PRIM.CSV", ListSource(tmp_path, format="ofac")):
        register = Register.load(given, builtin=False)
        entity = register["ofac-7"]
        assert entity.dataset == register.versions[0].dataset == "us_ofac_cons"
        assert [n.name for n in entity.names] == ["ONE BANK", "BANK ONE"]
        assert entity.properties["address"] == ["1 Road, Lima, Peru"]
        assert register.rejected.num_rows == 0
    with pytest.raises(InputError, match=r"cons_prim\.csv"):
        Register.load(tmp_path / "CONS_ALT.CSV")


def test_remarks_that_spill_over_into_the_comments_file(tmp_path: Path) -> None:
    empty = "-0- ,"
    (tmp_path / "sdn.csv").write_text(f'7,"ONE","individual","SDGT",{empty * 7}"DOB 01 Jan 19"\n')
    (tmp_path / "SDN_COMMENTS.CSV").write_text('7,"58; Gender Male; nationality Peru."\n8,"of nobody"\n')
    for given in (tmp_path, [tmp_path / "sdn.csv", tmp_path / "SDN_COMMENTS.CSV"]):
        register = Register.load(given, builtin=False)
        held = register["ofac-7"].properties
        assert (held["birthDate"], held["gender"], held["nationality"]) == (["1958-01-01"], ["male"], ["pe"])
        assert [r["reason"] for r in register.rejected.to_pylist()] == ["no entry 8 in sdn.csv"]


@pytest.mark.real
def test_the_real_list_written_as_xml_gives_the_same(
    shared_data: Path, real_register: Register, tmp_path: Path
) -> None:
    folder = shared_data / "lists/ofac"
    aliases: dict[str, list[tuple[str, str]]] = {}
    for _, row in csv_rows(folder / "alt.csv"):
        aliases.setdefault(row[0], []).append((row[2], row[3]))
    path = tmp_path / "sdn.xml"
    with path.open("w", encoding="utf-8") as file:
        file.write(f'<sdnList xmlns="{NAMESPACE}">')
        for _, row in itertools.islice(csv_rows(folder / "sdn.csv"), 0, None, 4):
            uid, name, kind, tags, title, *_, remarks = ("" if v.strip() == "-0-" else escape(v.strip()) for v in row)
            last, _, first = name.partition(", ") if kind == "individual" else (name, "", "")
            programmes = [f"<program>{p}</program>" for raw in re.split(r"\]\s*\[|;", tags) if (p := raw.strip(" []"))]
            akas = "".join(
                f"<aka><type>{t[0]}.k.a.</type><category>strong</category><lastName>{escape(n)}</lastName></aka>"
                for t, n in aliases.get(uid, ())
            )
            file.write(
                f"<sdnEntry><uid>{uid}</uid><lastName>{last}</lastName><firstName>{first}</firstName>"
                f"<title>{title}</title><sdnType>{kind or 'Entity'}</sdnType><remarks>{remarks}</remarks>"
                f"<programList>{''.join(programmes)}</programList><akaList>{akas}</akaList></sdnEntry>"
            )
        file.write("</sdnList>")
    read = read_ofac_xml(path)
    assert len(read.entities) > 4_800
    left_out = {"address", "country", "notes", "callSign", "type", "tonnage", "grossRegisteredTonnage", "flag"}
    for one in read.entities:
        other = real_register[one.id]
        assert (one.schema, one.caption, one.names) == (other.schema, other.caption, other.names)
        assert [d.authority for d in one.designations] == [d.authority for d in other.designations]
        for prop in (other.properties.keys() | one.properties.keys()) - left_out:
            assert one.properties[prop] == other.properties[prop], (one.id, prop)
    linked = {(link.entity_id, link.to) for link in read.links}
    assert linked == {k for e in read.entities for k in _linked_to(e.id, e.properties.get("notes", []))}


def _linked_to(entity_id: str, notes: list[str]) -> list[tuple[str, str]]:
    return [(entity_id, n.removeprefix("Linked To: ")) for n in notes if n.startswith("Linked To: ")]
