"""The EU's consolidated financial sanctions list, XML 1.1, from made-up entries in the published layout."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.register import ListSource, Register
from caudal.register.readers.detect import detect
from caudal.register.readers.eu_fsf import read_eu_fsf

Write = Callable[[str, str | bytes], Path]
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
OPEN = (
    '<export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2026-03-09T14:00:16.479+01:00" '
    'globalFileId="151636">'
)
REGULATION = (
    '<regulation regulationType="amendment" organisationType="council" publicationDate="2018-03-22" '
    'entryIntoForceDate="2018-03-23" numberTitle="2018/468 (OJ L79)" programme="TERR" logicalId="1">'
    "<publicationUrl>https://example.org/OJ/468</publicationUrl></regulation>"
)
PERSON = f"""<sanctionEntity designationDetails="" unitedNationId="QDi.999" euReferenceNumber="EU.27.28" logicalId="13">
  <remark>Made up</remark>{REGULATION}
  <subjectType code="person" classificationCode="P"/>
  <nameAlias firstName="" middleName="" lastName="" wholeName="Анто Белар" function="" gender="M" title=""
    nameLanguage="RU" strong="true" regulationLanguage="en" logicalId="17"/>
  <nameAlias firstName="Anto" middleName="B." lastName="Belar" wholeName="Anto B. Belar" function="General"
    gender="M" title="Dr." nameLanguage="" strong="true" regulationLanguage="en" logicalId="18"/>
  <nameAlias wholeName="The Fox" strong="false" logicalId="19"><remark>Call sign</remark></nameAlias>
  <nameAlias wholeName="A. Corvin" strong="true" logicalId="20"><remark>Low quality alias</remark></nameAlias>
  <nameAlias wholeName="Anto Former" strong="true" logicalId="21"><remark>formerly listed as</remark></nameAlias>
  <birthdate circa="false" calendarType="GREGORIAN" city="Ostra" zipCode="" birthdate="1937-04-28" dayOfMonth="28"
    monthOfYear="4" year="1937" region="" place="near Belsk" countryIso2Code="IQ" countryDescription="IRAQ"/>
  <birthdate circa="true" calendarType="GREGORIAN" year="1939" countryIso2Code="00" countryDescription="UNKNOWN"/>
  <birthdate circa="false" calendarType="ISLAMIC" year="1356"/>
  <birthdate yearRangeFrom="1941" yearRangeTo="1943" calendarType="GREGORIAN"/>
  <citizenship region="" countryIso2Code="IQ" countryDescription="IRAQ"/>
  <citizenship countryIso2Code="00" countryDescription="UNKNOWN"/>
  <address city="Ostra" street="1 Road" zipCode="123" poBox="" place="" region="" countryIso2Code="IQ"
    countryDescription="IRAQ"><contactInfo key="EMAIL" value="a@example.org"/><remark>old</remark></address>
  <identification diplomatic="false" knownExpired="true" knownFalse="false" reportedLost="false" issuedBy="Office"
    number="AD0001" latinNumber="" countryIso2Code="IQ" countryDescription="IRAQ"
    identificationTypeCode="passport" identificationTypeDescription="National passport"/>
  <identification knownFalse="true" number="FAKE1" identificationTypeCode="passport"/>
  <identification number="77" identificationTypeCode="id" identificationTypeDescription="National id"/>
</sanctionEntity>"""
FIRM = """<sanctionEntity designationDate="2014-05-12" euReferenceNumber="EU.99.1" logicalId="99">
  <regulation regulationType="amendment" publicationDate="2022-02-01" entryIntoForceDate="2022-02-02"
    numberTitle="2022/1" programme="HTI"/>
  <regulation regulationType="amendment" publicationDate="2023-02-01" entryIntoForceDate="2023-02-02"
    numberTitle="2023/1" programme="VEN"/>
  <subjectType code="enterprise" classificationCode="E"/>
  <nameAlias wholeName="Inventa Trading Ltd" strong="true" function="Trader"/>
  <identification number="9074729" identificationTypeCode="regnumber"/>
</sanctionEntity>"""
BASIC = """<sanctionEntity euReferenceNumber="" logicalId="7">
  <regulation regulationType="regulation" publicationDate="2020-02-01" entryIntoForceDate="2020-02-02"
    numberTitle="2020/1" programme="XYZ"/>
  <subjectType code="enterprise"/><nameAlias wholeName="Los Inventados" strong="true"/></sanctionEntity>"""


def export(*entries: str) -> str:
    return f"{HEAD}{OPEN}{''.join(entries)}</export>"


def test_a_person(write: Write) -> None:
    path = write("eu.xml", export(PERSON, FIRM))
    assert detect(path) == "eu"
    register = Register.load(path, builtin=False)
    entity = register["eu-EU.27.28"]
    assert (entity.schema, entity.caption, entity.dataset) == ("Person", "Anto B. Belar", "eu_fsf")
    assert [(n.name, n.kind, n.script) for n in entity.names] == [
        ("Anto B. Belar", "primary", "Latn"),
        ("Анто Белар", "original script", "Cyrl"),
        ("The Fox", "weak", "Latn"),
        ("A. Corvin", "weak", "Latn"),
        ("Anto Former", "former", "Latn"),
    ]
    held = entity.properties
    assert held["birthDate"] == ["1937-04-28", "1939", "1941", "1942", "1943"]
    assert (held["birthPlace"], held["birthCountry"]) == (["Ostra, near Belsk, IRAQ"], ["iq"])
    assert (held["citizenship"], held["gender"], held["title"]) == (["iq"], ["male"], ["Dr."])
    assert (held["position"], held["firstName"], held["lastName"]) == (["General"], ["Anto"], ["Belar"])
    assert (held["passportNumber"], held["idNumber"]) == (["AD0001"], ["77"])
    assert (held["address"], held["email"]) == (["1 Road, 123, Ostra, IRAQ"], ["a@example.org"])
    assert any("FAKE1" in note and "knownFalse" in note for note in held["notes"])
    assert any("islamic" in note for note in held["notes"])
    assert {"Made up", "United Nations reference QDi.999", "Date of birth: about 1939"} <= set(held["notes"])


def test_an_amending_act_gives_no_first_day(write: Write) -> None:
    register = Register.load(write("eu.xml", export(PERSON)), builtin=False)
    (designation,) = register["eu-EU.27.28"].designations
    assert (designation.authority, designation.programme) == ("EU-TERR", "TERR")
    assert designation.effective is None
    assert designation.not_after == date(2018, 3, 23)
    assert "Regulation 2018/468 (OJ L79)" in designation.source
    assert designation.source_url == "https://example.org/OJ/468"
    assert register.designated_on("eu-EU.27.28", date(2018, 3, 23)).status == "yes"
    assert register.designated_on("eu-EU.27.28", date(2018, 3, 22)).status == "unknown"


def test_days_of_designation(write: Write) -> None:
    register = Register.load(write("eu.xml", export(FIRM, BASIC)), builtin=False)
    firm = register["eu-EU.99.1"]
    assert (firm.schema, firm.properties["registrationNumber"]) == ("Company", ["9074729"])
    assert [(d.authority, d.effective) for d in firm.designations] == [
        ("EU-HTI", date(2014, 5, 12)),
        ("EU-VEN", date(2014, 5, 12)),
    ]
    assert register.designated_on("eu-EU.99.1", date(2014, 5, 11)).status == "no"
    basic = register["eu-logical-7"].designations[0]
    assert (basic.announced, basic.effective) == (date(2020, 2, 1), date(2020, 2, 2))


def test_the_version(write: Write) -> None:
    path = write("eu.xml", export(FIRM))
    (version,) = Register.load(path).versions
    assert (version.dataset, version.published, version.entries) == ("eu_fsf", date(2026, 3, 9), 1)
    assert version.version == "2026-03-09T14:00:16.479+01:00"
    given_day = Register.load(ListSource(path, published=date(2026, 4, 1))).versions[0]
    assert given_day.published == date(2026, 4, 1)
    undated = write("undated.xml", export(FIRM).replace("generationDate", "made"))
    assert "modification day" in Register.load(undated).versions[0].version


def test_bad_entries_are_kept_aside(write: Write) -> None:
    bad = [
        FIRM,
        FIRM,
        FIRM.replace("EU.99.1", "EU.99.2").replace("Inventa Trading Ltd", "..."),
        FIRM.replace("EU.99.1", "EU 99 3"),
        FIRM.replace("EU.99.1", "EU.99.4").replace('code="enterprise"', 'code="robot"'),
        FIRM.replace("EU.99.1", "EU.99.5").replace("2014-05-12", "soon"),
        FIRM.replace("EU.99.1", "EU.99.6").replace('programme="HTI"', "").replace('programme="VEN"', ""),
        PERSON.replace("1937-04-28", "1937-14-28"),
    ]
    register = Register.load(write("eu.xml", export(*bad)), builtin=False)
    assert [e.id for e in register] == ["eu-EU.99.1", "eu-EU.99.5", "eu-EU.99.6", "eu-EU.27.28"]
    rejected = register.rejected.to_pylist()
    assert [r["field"] for r in rejected] == [
        "euReferenceNumber",
        "nameAlias",
        "euReferenceNumber",
        "subjectType",
        "designationDate",
        "programme",
        "programme",
        "regulation",
        "birthdate",
    ]
    assert "2023/1" in json.loads(rejected[0]["content"])["numberTitle"]
    assert all(r["row"] for r in rejected)
    assert "Date of birth: 1937-14-28" in register["eu-EU.27.28"].properties["notes"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (HEAD + '<!DOCTYPE export [<!ENTITY a "aa">]>' + export(FIRM)[len(HEAD) :], "document type"),
        (export(FIRM)[:-40], "well-formed"),
        (export(), "no usable entry"),
        (HEAD + "<export><other/></export>", "no usable entry"),
        (HEAD + OPEN.replace("export ", "exports ") + "</exports>", "no XML list known"),
        (export(FIRM.replace("Inventa", "Inv\udcffnta")), "well-formed"),
        (export(FIRM.replace("Inventa", "I" * 11_000_000)), "well-formed"),
    ],
    ids=["doctype", "truncated", "empty", "other entries", "other root", "encoding", "huge text"],
)
def test_a_file_without_use_is_one_clear_error(write: Write, content: str, words: str) -> None:
    path = write("eu.xml", content.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError) as caught:
        Register.load(path)
    assert words in caught.value.reason
    assert caught.value.file == str(path)
    assert "\n" not in str(caught.value)


steps = st.lists(st.tuples(st.integers(0, 1 << 14), st.integers(0, 30), st.binary(max_size=6)), max_size=4)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_mangled_files(tmp_path: Path, changes: list[tuple[int, int, bytes]]) -> None:
    raw = export(PERSON, FIRM, BASIC).encode()
    for place, drop, extra in changes:
        at = place % (len(raw) + 1)
        raw = raw[:at] + extra + raw[at + drop :]
    path = tmp_path / "eu.xml"
    path.write_bytes(raw)
    caught, read = None, None
    try:
        read = read_eu_fsf(path)
    except InputError as error:
        caught = error
    if caught is not None:
        assert caught.file == str(path)
        assert "\n" not in str(caught)
    elif read is not None:
        assert len({e.id for e in read.entities}) == len(read.entities)
        assert all(e.names[0].kind == "primary" for e in read.entities)
        read.rejects.table()
