"""Any CSV by a mapping; the shipped mappings on the real files."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.register import ListSource, Register
from caudal.register.readers.date_text import dates_in, day_bounds
from caudal.register.readers.detect import detect
from caudal.register.readers.list_mapping import mapping_of, read_mapping, shipped_mappings
from caudal.register.readers.mapped_csv import mapped_rows, read_mapped
from caudal.register.readers.properties import PROPERTIES
from caudal.register.rejects import Rejects

Write = Callable[[str, str | bytes], Path]
MAPPING = """
dataset = "house_list"
title = "House list"
delimiter = ";"
separator = "|"
several = ["other", "land"]
dates = "day first"
empty = ["-"]
ignore = ["memo"]
id = { prefix = "house-", column = "no" }
party = { column = "kind", words = { P = "Person", F = "LegalEntity" }, company_by_name = true }
names = { primary = "name", alias = "other", former = "before", inverted = true }
[properties]
birthDate = "born"
country = "land"
idNumber = ["doc", "doc2"]
[[designation]]
when = { status = "frozen" }
each = "programmes"
authority = "{programmes}"
programme = "{programmes} ({status})"
announced = "told"
effective = "since"
ended = "until"
source = "Gazette {page}"
source_url = "https://example.org/{page}"
"""
COLUMNS = "no;kind;name;other;before;born;land;doc;doc2;status;programmes;told;since;until;page;memo"
ROWS = [
    "1;P;PRUEBA, Ana;Anita|Анна;Ana Antes;1.5.1980;Colombia|pe|Atlantis;CC 1 (Colombia);-"
    ";frozen;A|B|A;1.2.2020;2.2.2020;;9;x",
    "2;F;Inventa S.A.;;;31.1.2010;;;;frozen;A;;2021;;10;",
    "3;F;Libre;;;;;;;open;;;;;;",
]


def table(*rows: str) -> str:
    return "\n".join([COLUMNS, *rows]) + "\n"


@pytest.fixture
def mapping(write: Write) -> Path:
    return write("house.toml", MAPPING)


def test_a_list_of_the_house(write: Write, mapping: Path) -> None:
    path = write("house.csv", table(*ROWS))
    register = Register.load(
        ListSource(path, format="mapped", published=date(2026, 1, 1), mapping=mapping), builtin=False
    )
    ana = register["house-1"]
    assert (ana.schema, ana.caption, ana.dataset) == ("Person", "Ana PRUEBA", "house_list")
    assert [(n.name, n.kind) for n in ana.names] == [
        ("PRUEBA, Ana", "primary"),
        ("Anita", "alias"),
        ("Анна", "original script"),
        ("Ana Antes", "former"),
    ]
    assert ana.properties["name"] == ["Ana PRUEBA", "PRUEBA, Ana"]
    assert (ana.properties["birthDate"], ana.properties["country"]) == (["1980-05-01"], ["co", "pe"])
    assert ana.properties["idNumber"] == ["CC 1"]
    assert {"land: Atlantis", "doc: CC 1 (Colombia)"} <= set(ana.properties["notes"])
    assert [(d.authority, d.programme, d.announced, d.effective) for d in ana.designations] == [
        ("A", "A (frozen)", date(2020, 2, 1), date(2020, 2, 2)),
        ("B", "B (frozen)", date(2020, 2, 1), date(2020, 2, 2)),
    ]
    assert ana.designations[0].source == "Gazette 9; House list, house.csv, version 2026-01-01"
    assert ana.designations[0].source_url == "https://example.org/9"
    firm = register["house-2"]
    assert firm.schema == "Company"
    assert "birthDate: 2010-01-31" in firm.properties["notes"]
    (vague,) = firm.designations
    assert (vague.effective, vague.not_before, vague.not_after) == (None, date(2021, 1, 1), date(2021, 12, 31))
    assert register["house-3"].designations == []
    assert [(r["row"], r["field"]) for r in register.rejected.to_pylist()] == [(4, "designation")]


def test_a_mapping_alone_names_the_format(write: Write, mapping: Path) -> None:
    path = write("in/house.csv", table(*ROWS))
    write("in/readme.txt", "no list")
    assert len(Register.load(ListSource(path, mapping=mapping), builtin=False)) == 3
    assert len(Register.load(ListSource(path.parent, mapping=mapping), builtin=False)) == 3
    with pytest.raises(InputError, match="goes with the format 'mapped'"):
        Register.load(ListSource(path, format="un", mapping=mapping))
    with pytest.raises(InputError, match="name one of your own"):
        Register.load(ListSource(path, format="mapped"))


def test_bad_rows_are_kept_aside(write: Write, mapping: Path) -> None:
    good = ROWS[1]
    path = write(
        "house.csv",
        table(
            good,
            good,
            good.replace("2;F", "a b;F"),
            good.replace("2;F", ";F"),
            good.replace("2;F", "4;Q"),
            good.replace("2;F;Inventa S.A.", "5;F;..."),
            "6;F",
            good.replace("2;F", "7;P").replace("31.1.2010", "unknown"),
            good.replace("2;F", "8;F").replace(";2021;", ";2021 or 2022;"),
            good.replace("2;F", "9;F").replace(";;2021;", ";May 2020;2021;"),
            good.replace("2;F", "10;F").replace(";A;", ";;"),
        ).replace("page;memo", "page;new"),
    )
    register = Register.load(ListSource(path, mapping=mapping), builtin=False)
    assert [e.id for e in register] == [f"house-{n}" for n in (2, 7, 8, 9, 10)]
    assert [(r["row"], r["field"]) for r in register.rejected.to_pylist()] == [
        (1, "new"),
        (3, "no"),
        (4, "no"),
        (5, "no"),
        (6, "kind"),
        (7, "name"),
        (8, None),
        (9, "born"),
        (10, "since"),
        (11, "told"),
        (12, "programmes"),
    ]
    assert "born: unknown" in register["house-7"].properties["notes"]


@pytest.mark.parametrize(
    ("old", "new", "field", "words"),
    [
        ('dataset = "house_list"', "", "dataset", "the key is missing"),
        ('title = "House list"', 'titel = "House list"', "title", "missing"),
        ('ignore = ["memo"]', 'ignored = ["memo"]', "ignored", "no such key"),
        ('dates = "day first"', 'dates = "American"', "dates", "'day first'"),
        ('delimiter = ";"', 'delimiter = ";;"', "delimiter", "one ASCII character"),
        ('"house-"', '"house list "', "id.prefix", "letters, digits"),
        (', column = "no" }', " }", "id", "either a column or keys"),
        (', column = "no" }', ', keys = [["no"], []] }', "id", "a key needs a column"),
        ('P = "Person"', 'P = "Human"', "party", "'Human' is not one of"),
        ('birthDate = "born"', 'birthday = "born"', "properties", "no property"),
        ('birthDate = "born"', 'alias = "born"', "properties", "say it in names"),
        ('authority = "{programmes}"', "authority = 7", "designation.0.authority", "string"),
        ("[properties]", "[properties", None, "no TOML"),
    ],
)
def test_a_wrong_mapping_names_its_key(write: Write, old: str, new: str, field: str | None, words: str) -> None:
    assert old in MAPPING
    path = write("m.toml", MAPPING.replace(old, new))
    with pytest.raises(InputError) as caught:
        read_mapping(path)
    assert caught.value.field == field
    assert words in caught.value.reason
    assert caught.value.file == str(path)
    assert "\n" not in str(caught.value)


def test_a_mapping_that_is_not_there(tmp_path: Path, write: Write) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_mapping(tmp_path / "none.toml")
    with pytest.raises(InputError, match="UTF-8"):
        read_mapping(write("m.toml", b"\xff\xfe"))


@pytest.mark.parametrize(
    ("content", "field", "words"),
    [
        (table(*ROWS).replace(";born;", ";birth;"), "born", "mapping properties.birthDate"),
        (table(*ROWS).replace(";memo", ";memo;memo").replace("x\n", "x;\n"), "memo", "there twice"),
        (table(), None, "no usable row"),
        ("", "no", "missing"),
        (table(ROWS[0]).replace("Anita", '"Anita'), None, "no readable CSV"),
        (table(*ROWS).encode().replace(b"Anita", b"An\xffta"), None, "not UTF-8"),
    ],
)
def test_a_file_without_use_is_one_clear_error(
    write: Write, mapping: Path, content: str | bytes, field: str | None, words: str
) -> None:
    path = write("house.csv", content)
    with pytest.raises(InputError) as caught:
        Register.load(ListSource(path, mapping=mapping))
    assert (caught.value.field, caught.value.file) == (field, str(path))
    assert words in caught.value.reason


KEYED = """
dataset = "acts"
title = "Acts"
parts = true
dates = "day first"
id = { prefix = "act-", keys = [["kind", "name", "birthDate"], ["act", "kind", "name"]] }
party = { column = "kind" }
names = { primary = "name" }
properties = { birthDate = "birthDate", notes = "text" }
designation = [{ authority = "X", effective = "day", source = "{act}" }]
"""


def test_files_of_one_list_are_put_together(write: Write, tmp_path: Path) -> None:
    mapping = write("keyed.toml", KEYED)
    head = "act,kind,name,birthDate,day,text\n"
    write("acts/a.csv", f"{head}a,Person,Ana Prueba,1.5.1980,1.1.2020,one\na,Person,Bea,,1.1.2020,\n")
    write("acts/b.csv", f"{head}b,Person,ANA PRÚEBA,01.05.1980,1.1.2021,two\nb,Person,Bea,,1.1.2021,\n")
    write("acts/c.csv", head)
    register = Register.load(ListSource(tmp_path / "acts", published=date(2026, 1, 1), mapping=mapping), builtin=False)
    assert [(e.caption, [d.effective for d in e.designations]) for e in register] == [
        ("Ana Prueba", [date(2020, 1, 1), date(2021, 1, 1)]),
        ("Bea", [date(2020, 1, 1)]),
        ("Bea", [date(2021, 1, 1)]),  # nothing but the name says that both are one
    ]
    ana = next(iter(register))
    assert [(n.name, n.kind) for n in ana.names] == [("Ana Prueba", "primary"), ("ANA PRÚEBA", "alias")]
    assert (ana.properties["notes"], ana.properties["alias"]) == (["one", "two"], ["ANA PRÚEBA"])
    (version,) = register.versions
    assert version.entries == 3
    assert version.file.endswith("and 2 more")
    one = ListSource(tmp_path / "acts/a.csv", published=date(2026, 1, 1), mapping=mapping)
    with pytest.raises(InputError, match="already"):
        Register.load([one, one])
    with pytest.raises(InputError, match="no file of the list acts"):
        Register.load(ListSource(tmp_path / "acts/c.csv", mapping=mapping))
    # The same files of another day are another version.
    later = ListSource(tmp_path / "acts", published=date(2026, 2, 1), mapping=mapping)
    both = Register.load([ListSource(tmp_path / "acts", published=date(2026, 1, 1), mapping=mapping), later])
    assert [v.published for v in both.versions] == [date(2026, 1, 1), date(2026, 2, 1)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("11.8.1960", ["1960-08-11"]),
        ("11.08. 1960", ["1960-08-11"]),
        ("6.3.1955 or 15.3.1955", ["1955-03-06", "1955-03-15"]),
        ("circa 1965", ["1965"]),
        ("1963; 4 May 1964", ["1963", "1964-05-04"]),
        ("(a) 1.2.1960, (b) 1961", ["1960-02-01", "1961"]),
        ("between 1960 and 1962", ["1960", "1961", "1962"]),
        ("1960 and 1962", ["1960", "1962"]),
        ("1960-1962", ["1960", "1961", "1962"]),
        ("1900-1990", []),
        ("9 Sept. 1975", ["1975-09-09"]),
        ("9 Sept.1975", ["1975-09-09"]),
        ("August 12, 1960", ["1960-08-12"]),
        ("April 1949", ["1949-04"]),
        ("4 MAY 1949", ["1949-05-04"]),
        ("born 1949-1951", ["1949", "1950", "1951"]),
        ("approximately 1949", ["1949"]),
        ("1980-05-01", ["1980-05-01"]),
        ("31.2.1960", []),
        ("9/12/2008", ["2008-12-09"]),
        ("4.2024; 31.4.2024", ["2024-04"]),
        ("13/1999", []),
        ("file 12345678", []),
        ("", []),
    ],
)
def test_dates_in_text(text: str, found: list[str]) -> None:
    assert dates_in(text, "day first") == found


def test_the_order_of_day_and_month() -> None:
    assert dates_in("3/4/2020", "month first") == ["2020-03-04"]
    assert dates_in("3/4/2020", "iso") == []
    assert dates_in("2020-03-04 or 3/4/2021", "iso") == ["2020-03-04"]
    assert day_bounds("Feb 2020", "iso") == (date(2020, 2, 1), date(2020, 2, 29))
    assert day_bounds("December 2020", "iso") == (date(2020, 12, 1), date(2020, 12, 31))
    assert day_bounds("1.1.2020; 2.1.2020", "day first") is None


@given(st.dates(date(1500, 1, 1), date(2199, 12, 31)))
def test_every_day_is_read_back(day: date) -> None:
    iso = [day.isoformat()]
    assert dates_in(f"{day.day}.{day.month}.{day.year}", "day first") == iso
    assert dates_in(f"x {day.month}/{day.day}/{day.year} y", "month first") == iso
    assert dates_in(f"{day:%d %B %Y}", "iso") == dates_in(f"{day:%B %d, %Y}", "iso") == iso
    assert day_bounds(day.isoformat(), "iso") == (day, day)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="0129./-;() abcdJuneMay,to", max_size=30), st.sampled_from(["iso", "day first", "month first"]))
@example("9999-99", "iso")
def test_no_text_breaks_the_dates(text: str, order: str) -> None:
    for iso in dates_in(text, order):  # type: ignore[arg-type]
        assert iso[:4] in text or int(iso[:4]) > 0
    day_bounds(text, order)  # type: ignore[arg-type]


steps = st.lists(st.tuples(st.integers(0, 1 << 11), st.integers(0, 20), st.binary(max_size=5)), max_size=4)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps, st.booleans())
def test_mangled_files(tmp_path: Path, changes: list[tuple[int, int, bytes]], of_mapping: bool) -> None:
    raw = {"m.toml": MAPPING.encode(), "l.csv": table(*ROWS).encode()}
    name = "m.toml" if of_mapping else "l.csv"
    for place, drop, extra in changes:
        at = place % (len(raw[name]) + 1)
        raw[name] = raw[name][:at] + extra + raw[name][at + drop :]
    for file, content in raw.items():
        (tmp_path / file).write_bytes(content)
    caught, read = None, None
    try:
        read = read_mapped(tmp_path / "l.csv", date(2026, 1, 1), tmp_path / "m.toml")
    except InputError as error:
        caught = error
    if caught is not None:
        assert caught.file in {str(tmp_path / "l.csv"), str(tmp_path / "m.toml")}
        assert "\n" not in str(caught)
    elif read is not None:
        read.rejects.table()
        assert len({e.id for e in read.entities}) == len(read.entities)


def test_the_shipped_mappings_are_known_by_their_columns() -> None:
    assert set(shipped_mappings()) == {"eu_journal", "ofac_compact"}
    for mapping in shipped_mappings().values():
        columns = [*mapping.read, *mapping.ignore]
        assert mapping_of(columns[::-1]) is mapping
        assert mapping_of(columns[:-1]) is None
        assert mapping_of([*columns, "more"]) is None


@pytest.mark.real
def test_every_record_of_the_eu_files_is_accounted_for(shared_data: Path) -> None:
    files = sorted((shared_data / "lists/eu").glob("*.csv"))
    assert len(files) == 45
    total = used = rejected = 0
    for path in files:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert detect(path) == "mapped"
        rejects = Rejects()
        numbers = [
            row.number for row in mapped_rows(path, shipped_mappings()["eu_journal"], date(2026, 8, 1), "v", rejects)
        ]
        aside = {r["row"] for r in rejects.table().to_pylist()} - set(numbers)
        assert len(numbers) + len(aside) == len(rows), path.name
        total, used, rejected = total + len(rows), used + len(numbers), rejected + len(aside)
    assert (total, used, rejected) == (8_017, 8_017, 0)


@pytest.fixture(scope="module")
def eu_register(shared_data: Path) -> Register:
    return Register.load(ListSource(shared_data / "lists/eu", published=date(2026, 8, 1)))


@pytest.mark.real
def test_the_eu_files_as_one_list(eu_register: Register, shared_data: Path) -> None:
    listed = [e for e in eu_register if e.dataset == "eu_journal_sanctions"]
    (version,) = eu_register.versions
    assert version.entries == len(listed) == 7_961
    rows = 0
    authorities: Counter[str] = Counter()
    for path in (shared_data / "lists/eu").glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                frozen = row["measure"] == "Asset freeze"
                authorities[row["programKey"] if frozen else f"{row['programKey']} {row['measure']}"] += 1
                rows += 1
    held = Counter(d.authority for e in listed for d in e.designations)
    assert rows - sum(held.values()) == 2  # two rows of one act are there twice, word for word
    assert authorities - held == Counter({"EU-TAQA-EUAQ": 2})
    assert {e.id for e in listed} == {e.id for e in eu_register if e.id.startswith("eu-oj-")}
    for entity in listed:
        assert set(entity.properties) <= PROPERTIES[entity.schema]
    assert len(eu_register.rejected) == 8  # such as a day without its year, or a span of fifteen years
    assert {r["field"] for r in eu_register.rejected.to_pylist()} == {"birthDate", "incorporationDate"}


@pytest.mark.real
def test_the_eln_and_the_shining_path_are_found_in_the_terrorism_regulation(eu_register: Register) -> None:
    for words, group in (("Ejército de Liberación Nacional", "eln"), ("Sendero Luminoso", "shining-path")):
        (entity,) = [e for e in eu_register.find(words) if e.dataset == "eu_journal_sanctions"]
        (designation,) = entity.designations
        assert (designation.authority, entity.schema) == ("EU-TERR", "Organization")
        assert designation.source.startswith("32001R2580, annex II.B")
        assert designation.source_url == "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:32001R2580"
        assert entity.id in eu_register.group(group).entity_ids


@pytest.mark.real
def test_one_person_of_several_acts_is_one_entity(eu_register: Register) -> None:
    (found,) = [e for e in eu_register.find("Viktor Volodymyrovych MEDVEDCHUK") if len(e.designations) > 1]
    assert [(d.authority, d.effective) for d in found.designations] == [
        ("EU-UKR", date(2024, 5, 27)),
        ("EU-RUSDA", date(2025, 5, 20)),
    ]
    both = [e for e in eu_register.find("Choe Chun-Sik") if e.dataset == "eu_journal_sanctions"]
    assert len(both) == 2  # namesakes with other days of birth stay apart


@pytest.mark.real
def test_the_compact_ofac_snapshots(shared_data: Path) -> None:
    folder = shared_data / "lists/ofac"
    files = [folder / "sdn_compact_2026-07-25.csv", folder / "sdn_compact_2026-08-20.csv"]
    rows = []
    for path in files:
        assert detect(path) == "mapped"
        with path.open(encoding="utf-8", newline="") as file:
            rows.append({f"ofac-{r['uid']}": r for r in csv.DictReader(file)})
    register = Register.load(files, builtin=False)
    assert [(v.dataset, v.published, v.entries) for v in register.versions] == [
        ("us_ofac_sdn", date(2026, 7, 25), 19_254),
        ("us_ofac_sdn", date(2026, 8, 20), 19_249),
    ]
    ids = [
        {e.id for e in register if e.first_seen == date(2026, 7, 25)},
        {e.id for e in register if e.last_seen == date(2026, 8, 20)},
    ]
    assert ids == [set(r) for r in rows]
    assert register.rejected.num_rows == 0
    assert (len(ids[1] - ids[0]), len(ids[0] - ids[1])) == (103, 108)
    gone, new = sorted(ids[0] - ids[1])[0], sorted(ids[1] - ids[0])[0]
    assert register.designated_on(gone, date(2026, 7, 25)).status == "yes"
    assert register.designated_on(gone, date(2026, 8, 20)).status == "no"
    assert register.designated_on(new, date(2026, 8, 20)).status == "yes"
    for entity_id, row in rows[1].items():
        held = {d.programme for d in register.whole(entity_id).designations}
        assert held == {p.strip() for p in row["programs"].split(";")}
        names = [n.name for n in register.whole(entity_id).names if n.kind == "primary"]
        assert names == [" ".join(row["name"].split())]


def test_snapshots_beside_the_official_file(ofac_folder: Path) -> None:
    head = "uid,name,type,programs,alternate_names\n"
    for day in ("2026-01-01", "2026-02-01"):
        (ofac_folder / f"compact_{day}.csv").write_text(f"{head}105,ZORVAN CARTEL,entity,TCO,\n", encoding="utf-8")
    register = Register.load(ListSource(ofac_folder, published=date(2026, 2, 1)), builtin=False)
    assert sorted(v.published for v in register.versions) == [date(2026, 1, 1), date(2026, 2, 1)]
    assert register["ofac-105"].first_seen == date(2026, 1, 1)
    (twice,) = [r for r in register.rejected.to_pylist() if "already" in r["reason"]]
    assert Path(twice["file"]).name == "compact_2026-02-01.csv"


@pytest.mark.real
def test_the_properties_of_the_eu_files_are_those_of_the_model(eu_register: Register) -> None:
    followthemoney = pytest.importorskip("followthemoney", reason="followthemoney is not installed")
    checked = 0
    for entity in list(eu_register)[::40]:
        proxy = followthemoney.model.get_proxy({**entity.to_ftm(), "properties": {}})
        for prop in ("birthDate", "country", "nationality", "gender", "incorporationDate"):
            values = entity.properties.get(prop, [])
            if values:
                proxy.add(prop, values)
                assert set(proxy.get(prop)) == set(values)
                checked += 1
    assert checked > 150


def test_the_example_of_the_page_works(write: Write) -> None:
    page = Path(__file__).parents[2] / "docs/how-to/map-a-list.md"
    blocks = page.read_text(encoding="utf-8").split("```")
    content = next(b.removeprefix("csv\n") for b in blocks if b.startswith("csv"))
    text = next(b.removeprefix("toml\n") for b in blocks if b.startswith("toml"))
    path, mapping = write("national.csv", content), write("national.toml", text)
    register = Register.load(ListSource(path, published=date(2026, 1, 31), mapping=mapping), builtin=False)
    ana, firm = register
    assert (ana.id, ana.schema, ana.caption, [n.name for n in ana.names[1:]]) == (
        "zz-17",
        "Person",
        "Ana PRUEBA",
        ["Anita", "Anna"],
    )
    assert (ana.properties["birthDate"], ana.properties["idNumber"]) == (["1980-05-01"], ["CC 123"])
    assert (ana.designations[0].programme, ana.designations[0].effective) == ("Decree 12/2024", date(2024, 4, 3))
    assert (firm.schema, firm.names[1].kind, firm.designations[0].effective) == ("Company", "former", None)
    assert (firm.designations[0].not_before, firm.designations[0].not_after) == (date(2024, 4, 1), date(2024, 4, 30))
    assert register.rejected.num_rows == 0


def test_a_workspace_names_a_mapping(write: Write, tmp_path: Path) -> None:
    from caudal.workspace.config import load_config  # noqa: PLC0415 (only here)
    from caudal.workspace.stages import STAGES  # noqa: PLC0415

    write("lists/house.csv", table(*ROWS))
    write("lists/house.toml", MAPPING)
    text = 'as_of = 2026-01-01\n[ledger]\npath = "p.csv"\n[[lists]]\npath = "lists/house.csv"\n'
    text += 'mapping = "lists/house.toml"\n'
    write("caudal.toml", text)
    config = load_config(tmp_path)
    assert config.lists[0].mapping == tmp_path / "lists/house.toml"
    register = next(stage for stage in STAGES if stage.name == "register")
    assert set(register.files(config)) == {tmp_path / "lists/house.csv", tmp_path / "lists/house.toml"}
    write("caudal.toml", text.replace("[[lists]]\n", '[[lists]]\nstore = "x"\n'))
    with pytest.raises(InputError, match="a mapping goes with path"):
        load_config(tmp_path)
