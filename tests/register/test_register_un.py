from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from caudal.errors import InputError
from caudal.register import ListSource, Register

Write = Callable[[str, str | bytes], Path]
BOMB = """<?xml version="1.0"?>
<!DOCTYPE CONSOLIDATED_LIST [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>
<CONSOLIDATED_LIST dateGenerated="2026-01-15"><INDIVIDUALS><INDIVIDUAL><DATAID>1</DATAID>
<FIRST_NAME>&d;&d;&d;</FIRST_NAME></INDIVIDUAL></INDIVIDUALS></CONSOLIDATED_LIST>"""
STOLEN = """<?xml version="1.0"?>
<!DOCTYPE CONSOLIDATED_LIST [<!ENTITY x SYSTEM "file:///etc/hostname">]>
<CONSOLIDATED_LIST dateGenerated="2026-01-15"><INDIVIDUALS><INDIVIDUAL><DATAID>1</DATAID>
<FIRST_NAME>&x;</FIRST_NAME></INDIVIDUAL></INDIVIDUALS></CONSOLIDATED_LIST>"""


def listing(*entries: str, head: str = 'dateGenerated="2026-01-15"') -> str:
    return f"<CONSOLIDATED_LIST {head}><INDIVIDUALS>{''.join(entries)}</INDIVIDUALS></CONSOLIDATED_LIST>"


def person(uid: str, name: str, listed: str = "2012-12-31", more: str = "") -> str:
    return (
        f"<INDIVIDUAL><DATAID>{uid}</DATAID><FIRST_NAME>{name}</FIRST_NAME><UN_LIST_TYPE>DRC</UN_LIST_TYPE>"
        f"<LISTED_ON>{listed}</LISTED_ON>{more}</INDIVIDUAL>"
    )


def test_a_person(un_file: Path) -> None:
    register = Register.load(un_file, builtin=False)
    entity = register["un-501"]
    assert (entity.schema, entity.caption) == ("Person", "ANTO BELAR CORVIN")
    assert [(n.name, n.kind, n.script) for n in entity.names] == [
        ("ANTO BELAR CORVIN", "primary", "Latn"),
        ("Анто Белар", "original script", "Cyrl"),
        ("A. BELAR", "alias", "Latn"),
        ("The Fox", "weak", "Latn"),
    ]
    held = entity.properties
    assert held["birthDate"] == ["1978-04-28", "1973", "1974", "1975"]
    assert (held["birthPlace"], held["birthCountry"]) == (["Goma, Democratic Republic of the Congo"], ["cd"])
    assert (held["nationality"], held["gender"], held["title"]) == (["rw"], ["male"], ["Dr."])
    assert (held["position"], held["passportNumber"], held["idNumber"]) == (["General"], ["OB 0000001"], ["1-78"])
    assert held["address"] == ["1 Road, Kigali, Rwanda"]
    assert "Alias The Fox: Call sign" in held["notes"]
    (designation,) = entity.designations
    assert (designation.authority, designation.programme) == ("UN-SC1533", "DRC")
    assert designation.announced == designation.effective == date(2012, 12, 31)


def test_an_entity_and_the_version(un_file: Path) -> None:
    register = Register.load(un_file, builtin=False)
    entity = register["un-502"]
    assert (entity.schema, entity.designations[0].authority) == ("Company", "UN-SC2653")
    assert ("EXEMPLAR AIR", "former") in [(n.name, n.kind) for n in entity.names]
    (version,) = register.versions
    assert (version.dataset, version.published, version.entries) == ("un_sc", date(2026, 1, 15), 2)
    assert version.version == "2026-01-15T00:00:09.554Z"
    given = Register.load(ListSource(un_file, published=date(2026, 2, 1))).versions[0]
    assert given.published == date(2026, 2, 1)
    assert register.rejected.num_rows == 0


def test_notes_that_name_another_entry_make_a_member(write: Write) -> None:
    leader = person("1", "LEADER ONE", more="<REFERENCE_NUMBER>HTi.901</REFERENCE_NUMBER>")
    rival = person(
        "2",
        "OTHER TWO",
        more="<REFERENCE_NUMBER>HTi.902</REFERENCE_NUMBER><COMMENTS1>Part of it (HTe.902). See (HTi.902).</COMMENTS1>",
    )
    third = person("4", "THIRD", more="<COMMENTS1>Brother of (HTi.901).</COMMENTS1>")
    gang = (
        "<ENTITY><DATAID>3</DATAID><FIRST_NAME>VIV ANSANM</FIRST_NAME><UN_LIST_TYPE>Haiti</UN_LIST_TYPE>"
        "<REFERENCE_NUMBER>HTe.902</REFERENCE_NUMBER><LISTED_ON>2025-07-08</LISTED_ON>"
        "<COMMENTS1>Made up. Leader One (HTi.901) is its leader. Nothing (HTi.999).</COMMENTS1></ENTITY>"
    )
    register = Register.load(write("un.xml", listing(leader, rival, third, gang)))
    assert register.group("viv-ansanm").entity_ids == ["caudal-viv-ansanm", "un-3", "un-2", "un-1"]
    members = {m["entity_id"]: m["source"] for m in register.tables()["memberships"].to_pylist()}
    assert members["un-1"] == "un_sc: Leader One (HTi.901) is its leader."
    assert members["un-2"] == "un_sc: Part of it (HTe.902)."


def test_bad_entries_are_kept_aside(write: Write) -> None:
    born = "<INDIVIDUAL_DATE_OF_BIRTH><DATE>sometime</DATE></INDIVIDUAL_DATE_OF_BIRTH>"
    path = write(
        "un.xml",
        listing(
            person("1", "ONE"),
            person("1", "AGAIN"),
            person("2", " "),
            person("", "NO ID"),
            person("3", "THREE", "2012-02-31"),
            person("4", "FOUR", more=born),
        ),
    )
    register = Register.load(path, builtin=False)
    assert [e.id for e in register] == ["un-1", "un-3", "un-4"]
    assert [r["field"] for r in register.rejected.to_pylist()] == [
        "DATAID",
        "FIRST_NAME",
        "DATAID",
        "LISTED_ON",
        "DATE_OF_BIRTH",
    ]
    assert register["un-3"].designations[0].effective is None
    second = register.rejected.to_pylist()[0]
    assert json.loads(second["content"])["FIRST_NAME"] == ["AGAIN"]
    assert "row 1" in second["reason"]
    assert "Date of birth: sometime" in register["un-4"].properties["notes"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (BOMB, "document type"),
        (STOLEN, "document type"),
        (listing(person("1", "ONE"))[:-40], "well-formed"),
        (listing(), "no usable entry"),
        ("<OTHER><CONSOLIDATED_LIST/></OTHER>", "no usable entry"),
        ("<html><body/></html>", "no XML list known"),
        ('<?xml version="1.0" encoding="UTF-8"?>\n' + listing(person("1", "ON\udcff")), "well-formed"),
        (listing(person("1", "ONE" * 4_000_000)), "well-formed"),
    ],
    ids=["bomb", "external", "truncated", "empty", "inside", "other", "encoding", "huge text"],
)
def test_xml_that_cannot_be_used_is_one_clear_error(write: Write, content: str, words: str) -> None:
    path = write("un.xml", content.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError) as caught:
        Register.load(path)
    assert words in caught.value.reason
    assert caught.value.file == str(path)
    assert "\n" not in str(caught.value)


def test_without_a_date_of_its_own_the_file_gives_the_version(write: Write) -> None:
    path = write("un.xml", listing(person("1", "ONE"), head=""))
    (version,) = Register.load(path).versions
    assert "modification day" in version.version
