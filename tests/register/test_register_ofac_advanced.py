from __future__ import annotations

import tempfile
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.register import Register
from caudal.register.dates import iso_parts
from caudal.register.ownership import blocked
from caudal.register.readers.detect import detect
from caudal.register.readers.ofac_advanced import read_ofac_advanced
from caudal.register.readers.ofac_names import joined
from caudal.register.readers.ofac_references import Span
from caudal.tables import WHOLE

DATA = Path(__file__).parent / "data"
ADVANCED = (DATA / "sdn_advanced.xml").read_text(encoding="utf-8")
Write = Callable[[str, str | bytes], Path]
NAMESPACE = "https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/ADVANCED_XML"


@pytest.fixture(scope="module")
def register() -> Register:
    return Register.load(DATA / "sdn_advanced.xml", builtin=False)


def test_names_in_their_parts_and_scripts(register: Register) -> None:
    entity = register["ofac-102"]
    assert [(n.name, n.kind, n.script) for n in entity.names] == [
        ("MUSTERMANN, Erika Anna", "primary", "Latn"),
        ("Эрика МУСТЕРМАНН", "original script", "Cyrl"),
        ("LA MUESTRA", "weak", "Latn"),
        ("ERIKA BEISPIEL", "former", "Latn"),
    ]
    held = entity.properties
    assert (held["lastName"], held["firstName"], held["middleName"]) == (["MUSTERMANN"], ["Erika"], ["Anna"])


def test_features_documents_and_places(register: Register) -> None:
    person, ship, firm = (register[f"ofac-{n}"].properties for n in (102, 103, 101))
    assert person["birthDate"] == ["1958-01-01", "1959-03", "1960"]
    assert (person["birthPlace"], person["birthCountry"]) == (["Springfield, Peru"], ["pe"])
    assert (person["nationality"], person["citizenship"], person["gender"]) == (["pe"], ["cl"], ["female"])
    assert (person["passportNumber"], person["idNumber"]) == (["A0000012"], ["4455-K"])
    assert "Passport A0000012 (Peru) issued 2010-02-01 expires 2020-02-01" in person["notes"]
    assert (ship["imoNumber"], ship["mmsi"], ship["flag"]) == (["IMO9999993"], ["572000000"], ["pa"])
    assert (ship["type"], ship["tonnage"], ship["buildDate"]) == (["Crude Oil Tanker"], ["318000"], ["1999"])
    assert firm["address"] == ["Calle 1, Ciudad Ejemplo 00000, Mexico"]


def test_days_of_designation_are_those_the_file_gives(register: Register) -> None:
    one = {d.authority: d for d in register["ofac-101"].designations}
    assert one["TCO"].effective == date(2024, 7, 11), "the measure has a day of its own"
    assert (one["SDGT"].effective, one["SDGT"].not_before) == (None, date(2019, 5, 7))
    (alone,) = register["ofac-104"].designations
    assert alone.announced == alone.effective == date(2011, 12, 13)
    assert "Executive Order 13224" in (alone.note or "")
    assert register.designated_on("ofac-104", date(2011, 12, 12)).status == "no"
    assert register.designated_on("ofac-104", date(2011, 12, 13)).status == "yes"
    assert register.designated_on("ofac-105", date(2025, 2, 19)).status == "no"


def test_days_that_features_state_of_a_programme(write: Write) -> None:
    text = ADVANCED.replace(">RUSSIA-EO14024</Comment>", ">CMIC-EO13959</Comment>")
    text = text.replace(">Website<", ">Listing Date (CMIC)<").replace(">Email Address<", ">Effective Date (CMIC)<")
    text = text.replace("erika@examplo.test", "02 Aug 2021")
    one = Register.load(write("a.xml", text), builtin=False)["ofac-102"]
    assert [(d.authority, d.announced, d.effective) for d in one.designations] == [
        ("CMIC-EO13959", None, date(2021, 8, 2)),
    ]


def test_relations_are_stakes_or_ties(register: Register) -> None:
    stakes = register.tables()["ownership"].to_pylist()
    assert [(s["owner_id"], s["asset_id"], s["kind"], s["share_min"], s["share_max"]) for s in stakes] == [
        ("ofac-101", "ofac-105", "acts for", 0, 0),
        ("ofac-101", "ofac-103", "owns", 0, WHOLE),
    ]
    notes = register["ofac-102"].properties["notes"]
    assert "Former: Owned or Controlled By: EXAMPLO HOLDING S.A." in notes
    assert "Family member of: ZORVAN CARTEL" in notes
    read = read_ofac_advanced(DATA / "sdn_advanced.xml")
    assert [(link.entity_id, link.to) for link in read.links] == [("ofac-101", "ofac-105"), ("ofac-103", "ofac-101")]


def test_the_version(register: Register) -> None:
    (version,) = register.versions
    assert (version.dataset, version.published, version.entries) == ("us_ofac_sdn", date(2026, 1, 15), 5)
    assert register.rejected.num_rows == 0
    assert detect(DATA / "sdn_advanced.xml") == "ofac-advanced"


def test_the_consolidated_list_is_known_by_its_entries(write: Write) -> None:
    register = Register.load(write("list.xml", ADVANCED.replace('ListID="1550"', 'ListID="91512"')), builtin=False)
    assert register.versions[0].dataset == "us_ofac_cons"
    assert "Consolidated List" in (register["ofac-104"].designations[0].note or "")


@pytest.mark.parametrize(
    ("type_id", "words", "expected"),
    [
        ("1555", "Associate Of", None),
        ("15001", "Providing support to", None),
        ("15002", "Acting for or on behalf of", ("ofac-101", "ofac-105", "acts for", 0)),
        ("15003", "Owned or Controlled By", ("ofac-105", "ofac-101", "owns", WHOLE)),
        ("15004", "Family member of", None),
        ("91422", "Playing a significant role in", None),
        ("91725", "Leader or official of", None),
        ("91900", "Principal Executive Officer", ("ofac-101", "ofac-105", "controls", 0)),
        ("92019", "Owns, controls, or operates", ("ofac-101", "ofac-105", "owns", WHOLE)),
        ("92122", "Property in the interest of", ("ofac-105", "ofac-101", "owns", WHOLE)),
    ],
)
def test_every_relation_type(
    write: Write, type_id: str, words: str, expected: tuple[str, str, str, int] | None
) -> None:
    start, end = ADVANCED.index("<ProfileRelationships>"), ADVANCED.index("</ProfileRelationships>")
    relation = (
        f'<ProfileRelationship From-ProfileID="101" To-ProfileID="105" RelationTypeID="{type_id}" Former="false">'
        '<DatePeriod CalendarTypeID="1"><Start><From><Year>2020</Year><Month>2</Month><Day>3</Day></From></Start>'
        "</DatePeriod></ProfileRelationship>"
    )
    text = ADVANCED[:start] + "<ProfileRelationships>" + relation + ADVANCED[end:]
    if f'RelationType ID="{type_id}"' not in text:
        given = f'<RelationType ID="{type_id}">{words}</RelationType>'
        text = text.replace("<RelationTypeValues>", f"<RelationTypeValues>{given}")
    register = Register.load(write("a.xml", text), builtin=False)
    stakes = register.tables()["ownership"].to_pylist()
    found = [(s["owner_id"], s["asset_id"], s["kind"], s["share_max"]) for s in stakes]
    assert found == ([expected] if expected else [])
    assert all(s["from"] == date(2020, 2, 3) and s["until"] is None for s in stakes)
    assert any(note.startswith(words) for note in register["ofac-101"].properties["notes"])
    assert register.rejected.num_rows == 0


def test_a_ship_owns_nothing_even_where_the_file_says_so(write: Write) -> None:
    text = ADVANCED.replace('From-ProfileID="103" To-ProfileID="101"', 'From-ProfileID="101" To-ProfileID="103"')
    stakes = Register.load(write("a.xml", text), builtin=False).tables()["ownership"].to_pylist()
    assert ("ofac-101", "ofac-103") in [(s["owner_id"], s["asset_id"]) for s in stakes]


@pytest.mark.parametrize(
    ("before", "after", "field", "words"),
    [
        ('<DistinctParty FixedRef="104"><Comment />\n      <Profile ID="104"',
         '<DistinctParty FixedRef="104"><Comment />\n      <Profile ID="103"', "FixedRef", "103 is taken"),
        ("EP-EXA</NamePartValue>", " </NamePartValue>", "Alias", "104 has no name"),
        ('<Profile ID="104" PartySubTypeID="2">', '<Profile ID="104" PartySubTypeID="9">', "PartySubTypeID", "104"),
        ('ProfileID="104" ListID', 'ProfileID="999" ListID', "SanctionsEntry", "104 has no entry"),
        ("<Year>2011</Year><Month>12</Month>", "<Year>2011</Year><Month>13</Month>", "EntryEvent", "entry 104"),
        ("<Year>1958</Year><Month>1</Month>", "<Year>1958</Year><Month>14</Month>", "Birthdate", "entry 102"),
        ('LocationID="505"', 'LocationID="999"', "Place of Birth", "entry 102"),
        ('FeatureTypeID="44"', 'FeatureTypeID="4444"', "FeatureTypeID", "entry 104"),
        ('IdentityID="4103" ValidityID', 'IdentityID="1" ValidityID', "IdentityID", "identity 1"),
        ('To-ProfileID="105" RelationTypeID="15002"', 'To-ProfileID="1" RelationTypeID="15002"',
         "ProfileRelationship", "101 to 1"),
        ('RelationTypeID="15002"', 'RelationTypeID="7"', "RelationTypeID", "not known"),
        ("<Comment>RUSSIA-EO14024</Comment>", "<Comment />", "SanctionsMeasure", "entry 102"),
        ("<Year>2026</Year><Month>1</Month>", "<Year>20x6</Year><Month>1</Month>", "DateOfIssue", "no date"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named_and_kept_aside(
    write: Write, before: str, after: str, field: str, words: str
) -> None:
    assert before in ADVANCED
    path = write("a.xml", ADVANCED.replace(before, after))
    register = Register.load(path, builtin=False)
    rows = register.rejected.to_pylist()
    assert any(r["field"] == field and words in r["reason"] for r in rows), rows
    assert all(r["file"] == str(path) for r in rows)
    assert len(register) >= 4


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (ADVANCED[:-40], "well-formed"),
        (ADVANCED.replace("ADVANCED_XML", "ADVANCED_XML_9"), "schema"),
        (ADVANCED[: ADVANCED.index("  <SanctionsEntries>")] + "</Sanctions>", "no usable entry"),
        ("<!DOCTYPE Sanctions [<!ENTITY a 'b'>]>" + ADVANCED.split("\n", 1)[1], "document type"),
    ],
    ids=["truncated", "schema", "no entries", "document type"],
)
def test_a_file_that_cannot_be_used_is_one_clear_error(write: Write, content: str, words: str) -> None:
    path = write("a.xml", content)
    with pytest.raises(InputError) as caught:
        Register.load(path)
    assert words in caught.value.reason
    assert caught.value.file == str(path)
    assert "\n" not in str(caught.value)


@dataclass(frozen=True)
class Made:
    """A made-up entry; `akas` are (type, weak, name)."""

    kind: str
    last: str
    first: str
    programmes: tuple[str, ...]
    akas: tuple[tuple[str, bool, str], ...]
    country: str

    @property
    def person(self) -> bool:
        return self.kind == "individual"

    @property
    def name(self) -> str:
        return f"{self.last}, {self.first}" if self.person else self.last


def as_csv(entries: list[Made], folder: Path) -> Path:
    empty, prim, alt, add = "-0- ", [], [], []
    for uid, e in enumerate(entries, start=1):
        kind = empty if e.kind == "entity" else f'"{e.kind}"'
        remarks = "; ".join(f"{t} '{n}'" for t, weak, n in e.akas if weak)
        tags = "] [".join(e.programmes)
        prim.append(f'{uid},"{e.name}",{kind},"{tags}",{",".join([empty] * 7)},"{remarks}."' if remarks else
                    f'{uid},"{e.name}",{kind},"{tags}",{",".join([empty] * 8)}')  # fmt: skip
        alt += [
            f'{uid},{uid}{k},"{t.replace(".", "")}","{n}",{empty}' for k, (t, weak, n) in enumerate(e.akas) if not weak
        ]
        add.append(f'{uid},{uid},{empty},{empty},"{e.country}",{empty}')
    for name, lines in (("sdn.csv", prim), ("alt.csv", alt), ("add.csv", add)):
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "sdn.csv"


def as_xml(entries: list[Made], folder: Path) -> Path:
    text = '<sdnList xmlns="http://tempuri.org/sdnList.xsd">'
    for uid, e in enumerate(entries, start=1):
        first = f"<firstName>{e.first}</firstName>" if e.person else ""
        tags = "".join(f"<program>{p}</program>" for p in e.programmes)
        akas = "".join(
            f"<aka><type>{t}</type><category>{'weak' if weak else 'strong'}</category><lastName>{n}</lastName></aka>"
            for t, weak, n in e.akas
        )
        place = f"<addressList><address><country>{escape(e.country)}</country></address></addressList>"
        text += f"<sdnEntry><uid>{uid}</uid>{first}<lastName>{e.last}</lastName><sdnType>{e.kind.title()}</sdnType>"
        text += f"<programList>{tags}</programList><akaList>{akas}</akaList>{place}</sdnEntry>"
    path = folder / "sdn.xml"
    path.write_text(text + "</sdnList>", encoding="utf-8")
    return path


SUB_TYPES = {"vessel": 1, "aircraft": 2, "entity": 3, "individual": 4}
ALIAS_TYPES = {"a.k.a.": 1400, "f.k.a.": 1401, "n.k.a.": 1402}


def as_advanced(entries: list[Made], folder: Path) -> Path:
    values = ADVANCED[ADVANCED.index("  <ReferenceValueSets>") : ADVANCED.index("  <Locations>")]
    countries = {e.country: n for n, e in enumerate(entries, start=900)}
    named = "".join(f'<Country ID="{n}">{escape(c)}</Country>' for c, n in countries.items())
    text = f'<Sanctions xmlns="{NAMESPACE}">' + values.replace("<CountryValues>", f"<CountryValues>{named}")
    text += "<Locations>"
    for country, n in countries.items():
        text += f'<Location ID="{n}"><LocationCountry CountryID="{n}" /></Location>'
        assert country
    text += "</Locations><DistinctParties>"

    def alias(kind: int, primary: bool, weak: bool, parts: list[tuple[int, str]]) -> str:
        inner = "".join(
            f'<DocumentedNamePart><NamePartValue NamePartGroupID="{g}" ScriptID="215">{t}</NamePartValue>'
            "</DocumentedNamePart>"
            for g, t in parts
        )
        flags = f'Primary="{str(primary).lower()}" LowQuality="{str(weak).lower()}"'
        return f'<Alias AliasTypeID="{kind}" {flags}><DocumentedName>{inner}</DocumentedName></Alias>'

    for uid, e in enumerate(entries, start=1):
        own = [(1, e.last), (2, e.first)] if e.person else [(3, e.last)]
        names = [alias(ALIAS_TYPES[t], False, weak, [(1 if e.person else 3, n)]) for t, weak, n in e.akas]
        groups = "".join(
            f'<MasterNamePartGroup><NamePartGroup ID="{g}" NamePartTypeID="{t}" /></MasterNamePartGroup>'
            for g, t in ((1, 1520), (2, 1521), (3, 1525))
        )
        text += (
            f'<DistinctParty FixedRef="{uid}"><Profile ID="{uid}" PartySubTypeID="{SUB_TYPES[e.kind]}">'
            f'<Identity ID="{uid}" Primary="true" False="false">{"".join([alias(1403, True, False, own), *names])}'
            f"<NamePartGroups>{groups}</NamePartGroups></Identity>"
            f'<Feature FeatureTypeID="25"><FeatureVersion><VersionLocation LocationID="{countries[e.country]}" />'
            f"</FeatureVersion></Feature></Profile></DistinctParty>"
        )
    text += "</DistinctParties><SanctionsEntries>"
    for uid, e in enumerate(entries, start=1):
        measures = "".join(f'<SanctionsMeasure SanctionsTypeID="1"><Comment>{p}</Comment></SanctionsMeasure>'
                           for p in e.programmes)  # fmt: skip
        text += f'<SanctionsEntry ProfileID="{uid}" ListID="1550"><EntryEvent />{measures}</SanctionsEntry>'
    path = folder / "sdn_advanced.xml"
    path.write_text(text + "</SanctionsEntries></Sanctions>", encoding="utf-8")
    return path


word = st.text(alphabet="ABCDEFGHIJKLMNOÁÉÑŽ", min_size=2, max_size=7)
name = st.lists(word, min_size=1, max_size=3).map(" ".join)
akas = st.lists(
    st.tuples(st.sampled_from(sorted(ALIAS_TYPES)), st.booleans(), name), max_size=4, unique_by=lambda a: a[2]
)
made = st.builds(
    Made,
    kind=st.sampled_from(sorted(SUB_TYPES)),
    last=name,
    first=name,
    programmes=st.lists(st.sampled_from(["SDGT", "FTO", "TCO", "CUBA"]), min_size=1, unique=True).map(tuple),
    akas=akas.map(tuple),
    country=st.sampled_from(["Mexico", "Peru", "Chile", "Colombia", "Korea, North"]),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(made, min_size=1, max_size=6))
def test_one_list_in_three_formats_gives_the_same_entities(entries: list[Made]) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        read = [Register.load(write(entries, folder), builtin=False) for write in (as_csv, as_xml, as_advanced)]
    assert [len(r) for r in read] == [len(entries)] * 3
    assert [r.rejected.num_rows for r in read] == [0, 0, 0]
    for uid, entry in enumerate(entries, start=1):
        shown = [r[f"ofac-{uid}"] for r in read]
        assert {e.caption for e in shown} == {f"{entry.first} {entry.last}" if entry.person else entry.last}
        names = [{(n.name, n.kind) for n in e.names if n.name != entry.name} for e in shown]
        assert names[0] == names[1] == names[2]
        assert len({e.schema for e in shown}) == 1
        assert {tuple(d.authority for d in e.designations) for e in shown} == {entry.programmes}
        assert shown[0].properties["country"] == shown[1].properties["country"] == shown[2].properties["country"]


def test_the_made_up_list_in_its_three_files() -> None:
    table, xml, advanced = (
        Register.load(DATA / file, builtin=False) for file in ("sdn.csv", "sdn.xml", "sdn_advanced.xml")
    )
    same = ("birthDate", "birthPlace", "nationality", "passportNumber", "idNumber", "taxNumber", "imoNumber", "mmsi",
            "flag", "pastFlags", "callSign", "address", "country", "website", "email", "registrationNumber",
            "incorporationDate", "position", "gender", "program")  # fmt: skip
    for entity in table:
        for other in (xml[entity.id], advanced[entity.id]):
            assert (other.schema, other.caption) == (entity.schema, entity.caption)
            assert [n for n in other.names if n.kind != "original script"] == entity.names
            assert [d.authority for d in other.designations] == [d.authority for d in entity.designations]
            for prop in same:
                assert other.properties.get(prop) == entity.properties.get(prop), (entity.id, prop)


def test_a_relation_to_a_group_makes_a_member_and_a_family_tie_does_not(write: Write) -> None:
    register = Register.load(write("a.xml", ADVANCED.replace("ZORVAN CARTEL", "TREN DE ARAGUA")))
    ids = register.group("tren-de-aragua").entity_ids
    assert {"ofac-105", "ofac-101"} <= set(ids)
    assert "ofac-102" not in ids
    (tie,) = [m for m in register.tables()["memberships"].to_pylist() if m["entity_id"] == "ofac-101"]
    assert (tie["kind"], tie["source"]) == ("linked", "us_ofac_sdn: Acting for or on behalf of: TREN DE ARAGUA")


def test_a_stake_without_a_share_cannot_be_told(register: Register) -> None:
    owned = blocked(register.tables()["ownership"], ["ofac-101"], None)
    assert [(o.asset_id, o.status, o.share_min, o.share_max) for o in owned] == [("ofac-103", "cannot tell", 0, WHOLE)]


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ({"Last Name": "GUZ", "First Name": "Ana", "Middle Name": "Lia"}, "GUZ, Ana Lia"),
        ({"First Name": "Ana", "Patronymic": "GUZ", "Matronymic": "LOE"}, "GUZ LOE, Ana"),
        ({"Last Name": "PET", "First Name": "Ivo", "Patronymic": "Iljich"}, "PET, Ivo Iljich"),
        ({"First Name": "Ana"}, "Ana"),
        ({"Entity Name": "ONE S.A."}, "ONE S.A."),
        ({"": "WITHOUT A KIND"}, "WITHOUT A KIND"),
        ({}, ""),
    ],
)
def test_names_are_put_together_as_the_csv_has_them(parts: dict[str, str], text: str) -> None:
    assert joined(parts) == text


def test_original_scripts_false_identities_and_kinds_unknown(write: Write) -> None:
    text = ADVANCED.replace("МУСТЕРМАНН", "王").replace("Эрика", "小明")
    text = text.replace('<AliasType ID="1401">F.K.A.', '<AliasType ID="1401">B.K.A.')
    register = Register.load(write("a.xml", text), builtin=False)
    names = [(n.name, n.kind, n.script) for n in register["ofac-102"].names]
    assert ("王小明", "original script", "Hani") in names
    assert ("ERIKA BEISPIEL", "weak", "Latn") in names
    assert ("GRUPO ZORVAN", "alias", "Latn") in [(n.name, n.kind, n.script) for n in register["ofac-105"].names]
    assert [r["field"] for r in register.rejected.to_pylist()] == ["AliasTypeID", "AliasTypeID"]
    false = ADVANCED.replace(
        'FixedRef="102" Primary="true" False="false"', 'FixedRef="102" Primary="true" False="true"'
    )
    kinds = {n.name: n.kind for n in Register.load(write("b.xml", false), builtin=False)["ofac-102"].names}
    assert kinds["LA MUESTRA"] == "weak"


days = st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31))


@given(days, st.integers(0, 9 * 365))
def test_a_span_in_words_is_read_as_what_it_spans(low: date, length: int) -> None:
    high = low + timedelta(days=length)
    found = iso_parts(Span(low, high).words)
    assert found
    assert found[0][:4] == f"{low.year:04d}"
    assert found[-1][:4] == f"{high.year:04d}"
    if length == 0:
        assert found == [low.isoformat()]


@given(days)
def test_a_whole_month_and_a_whole_year_are_of_that_precision(day: date) -> None:
    month = Span(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))
    assert month.words == f"{day.year:04d}-{day.month:02d}"
    assert Span(date(day.year, 1, 1), date(day.year, 12, 31)).words == f"{day.year:04d}"
