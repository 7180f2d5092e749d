"""Beneficial ownership statements (BODS 0.4): made-up ones, and real ones against the tables made from them."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.register import Register
from caudal.register.ownership import blocked, read_ownership
from caudal.register.ownership.stakes import check_stakes
from caudal.register.readers.bods import read_bods
from caudal.register.readers.bods_interests import share_of
from caudal.register.readers.detect import detect
from caudal.tables import WHOLE

Write = Callable[[str, str | bytes], Path]
PUBLISHED = {"publicationDate": "2026-02-01", "bodsVersion": "0.4", "publisher": {"name": "Made-up Registry"}}


def statement(kind: str, record: str, details: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "statementId": f"s-{record}",
        "recordId": record,
        "recordType": kind,
        "recordStatus": "new",
        "statementDate": "2026-01-01",
        "declarationSubject": "C1",
        "recordDetails": details,
        "publicationDetails": PUBLISHED,
        "source": {"type": ["officialRegister"], "url": "https://example.org/r"},
        **more,
    }


def firm(record: str, name: str = "Inventa Ltd", **more: Any) -> dict[str, Any]:
    details = {"isComponent": False, "entityType": {"type": "registeredEntity", "details": "Ltd"}, "name": name, **more}
    return statement("entity", record, details)


def tie(record: str, owner: Any, asset: Any, *interests: dict[str, Any], **more: Any) -> dict[str, Any]:
    details = {"isComponent": False, "subject": asset, "interestedParty": owner, "interests": list(interests)}
    return statement("relationship", record, details, **more)


def shares(low: float, high: float, **more: Any) -> dict[str, Any]:
    share = {"minimum": low, "maximum": high}
    return {"type": "shareholding", "directOrIndirect": "direct", "share": share, "startDate": "2020-01-01", **more}


PERSON = statement(
    "person",
    "P1",
    {
        "personType": "knownPerson",
        "names": [
            {"type": "former", "fullName": "Ana Antes"},
            {"type": "legal", "fullName": "Ana Prueba", "givenName": "Ana", "familyName": "Prueba"},
            {"type": "translation", "givenName": "Anna", "familyName": "Probe"},
        ],
        "birthDate": "1980-05",
        "nationalities": [{"code": "CO", "name": "Colombia"}],
        "placeOfBirth": {"address": "Lugar", "country": {"name": "Colombia", "code": "CO"}},
        "identifiers": [{"id": "PP 9", "scheme": "COL-PASSPORT"}, {"id": "77", "schemeName": "id"}],
        "addresses": [{"type": "residence", "address": "1 Calle", "postCode": "5", "country": {"code": "CO"}}],
    },
)
FIRM = firm(
    "C1",
    alternateNames=["Inventa"],
    foundingDate="2010-01-31",
    incorporatedInJurisdiction={"name": "United Kingdom", "code": "GB"},
    identifiers=[{"id": "LEI1", "scheme": "XI-LEI"}, {"id": "09", "scheme": "GB-COH"}],
)


def lines(*records: Any) -> str:
    return "".join(f"{json.dumps(r)}\n" for r in records)


def test_parties_and_stakes(write: Write) -> None:
    voting = {"type": "votingRights", "share": {"exact": 60}, "startDate": "2020-01-01"}
    board = {"type": "appointmentOfBoard", "startDate": "2020"}
    path = write("demo.jsonl", lines(FIRM, PERSON, tie("R1", "P1", "C1", shares(50, 75), voting, board)))
    assert detect(path) == "bods"
    register = Register.load(path, builtin=False)
    person, company = register["bods-P1"], register["bods-C1"]
    assert (person.schema, person.caption, company.schema) == ("Person", "Ana Prueba", "Company")
    assert [(n.name, n.kind) for n in person.names] == [
        ("Ana Prueba", "primary"),
        ("Ana Antes", "former"),
        ("Anna Probe", "alias"),
    ]
    assert (person.properties["birthDate"], person.properties["passportNumber"]) == (["1980-05"], ["PP 9"])
    assert (person.properties["idNumber"], person.properties["address"]) == (["77"], ["1 Calle, 5"])
    assert (company.properties["leiCode"], company.properties["registrationNumber"]) == (["LEI1"], ["09"])
    assert (company.properties["jurisdiction"], company.properties["incorporationDate"]) == (["gb"], ["2010-01-31"])
    assert company.designations == []
    stakes = register.tables()["ownership"].to_pylist()
    source = "Made-up Registry, R1: "
    assert [(s["kind"], s["share_min"], s["share_max"], s["from"], s["source"]) for s in stakes] == [
        ("owns", 500_000, 750_000, date(2020, 1, 1), f"{source}shareholding"),
        ("controls", 600_000, 600_000, date(2020, 1, 1), f"{source}votingRights"),
        ("controls", 0, 0, None, f"{source}appointmentOfBoard"),
    ]
    assert {(s["owner_id"], s["asset_id"]) for s in stakes} == {("bods-P1", "bods-C1")}
    assert (register.versions[0].dataset, register.versions[0].published) == ("bods-demo", date(2026, 2, 1))
    assert register.rejected.num_rows == 0
    owned = blocked(register.tables()["ownership"], ["bods-P1"], date(2026, 1, 1))
    assert [(o.asset_id, o.status) for o in owned] == [("bods-C1", "yes")]


def test_statements_as_stakes_alone(write: Write) -> None:
    path = write("demo.jsonl", lines(FIRM, PERSON, tie("R1", "P1", "C1", shares(50, 75)), tie("R2", "P1", "P1")))
    stakes, rejected = read_ownership(path)
    (stake,) = Register.load(path).tables()["ownership"].to_pylist()
    assert stakes.to_pylist() == [{**stake, "owner_id": "P1", "asset_id": "C1"}]
    assert (stakes.num_rows, rejected.num_rows) == (1, 1)
    with pytest.raises(InputError, match="no usable stake"):
        read_ownership(write("none.jsonl", lines(FIRM)))


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (None, None),
        ({}, None),
        ({"exact": 33.3333}, (333_333, 333_333)),
        ({"exact": 50}, (500_000, 500_000)),
        ({"minimum": 25, "maximum": 50}, (250_000, 500_000)),
        ({"minimum": 25}, (250_000, WHOLE)),
        ({"maximum": 10}, (0, 100_000)),
        ({"exclusiveMinimum": 25, "maximum": 50}, (250_001, 500_000)),
        ({"exclusiveMinimum": 50, "exclusiveMaximum": 75}, (500_001, 749_999)),
        ({"minimum": 50, "maximum": 75, "exclusiveMinimum": True, "exclusiveMaximum": True}, (500_001, 749_999)),
        ({"minimum": 50, "maximum": 75, "exclusiveMinimum": False}, (500_000, 750_000)),
    ],
)
def test_bounds_of_a_share(share: Any, expected: Any) -> None:
    assert share_of({"type": "shareholding", "share": share}) == expected


@pytest.mark.parametrize(
    "share", [{"exact": 100.5}, {"exact": -1}, {"minimum": 60, "maximum": 40}, {"exact": "much"}, [1], {"exact": 1e400}]
)
def test_a_share_that_is_none_is_said(share: Any) -> None:
    assert isinstance(share_of({"share": share}), str)


@given(st.decimals(0, 100, places=4), st.decimals(0, 100, places=4))
def test_bounds_keep_their_order(one: Any, other: Any) -> None:
    low, high = sorted((one, other))
    found = share_of({"share": {"minimum": float(low), "maximum": float(high)}})
    assert isinstance(found, tuple)
    assert 0 <= found[0] <= found[1] <= WHOLE
    assert found == (round(low * 10_000), round(high * 10_000))


def test_indirect_shares_do_not_count_as_ownership(write: Write) -> None:
    indirect = shares(60, 60, directOrIndirect="indirect")
    path = write("i.jsonl", lines(FIRM, PERSON, tie("R1", "P1", "C1", indirect)))
    (stake,) = Register.load(path, builtin=False).tables()["ownership"].to_pylist()
    assert (stake["kind"], stake["share_min"]) == ("controls", 600_000)
    assert stake["source"].endswith("shareholding, indirect")


def test_several_interests(write: Write) -> None:
    surplus = {"type": "rightsToSurplusAssetsOnDissolution", "share": {"minimum": 75, "maximum": 100}}
    no_share = {"type": "shareholding"}
    path = write(
        "i.jsonl",
        lines(
            FIRM,
            tie("R1", "A", "C1", shares(20, 20), shares(30, 40)),  # two holdings of one kind add up
            tie("R2", "B", "C1", shares(75, 100), surplus),  # rights beside a shareholding do not
            tie("R3", "C", "C1", surplus),
            tie("R4", "D", "C1", no_share),
            tie("R5", "E", "C1"),
        ),
    )
    found = [
        (s["owner_id"][-1], s["kind"], s["share_min"], s["share_max"])
        for s in Register.load(path, builtin=False).tables()["ownership"].to_pylist()
    ]
    assert found == [
        ("A", "owns", 500_000, 600_000),
        ("B", "owns", 750_000, WHOLE),
        ("B", "controls", 750_000, WHOLE),
        ("C", "owns", 750_000, WHOLE),
        ("D", "owns", 0, WHOLE),
        ("E", "controls", 0, 0),
    ]


def test_the_last_statement_of_a_record_counts(write: Write) -> None:
    first = tie("R1", "P1", "C1", shares(60, 60))
    later = tie("R1", "P1", "C1", shares(40, 40), recordStatus="updated", statementDate="2026-01-15")
    closed = tie("R2", "P1", "C1", shares(10, 10), recordStatus="closed", statementDate="2026-01-20")
    ended = tie("R3", "P1", "C1", shares(5, 5, endDate="2022-03"), recordStatus="closed", statementDate="2026-01-20")
    path = write("t.jsonl", lines(later, FIRM, PERSON, first, closed, ended))
    stakes = Register.load(path, builtin=False).tables()["ownership"].to_pylist()
    assert [(s["share_min"], s["until"]) for s in stakes] == [
        (400_000, None),
        (100_000, date(2026, 1, 20)),
        (50_000, date(2022, 4, 1)),
    ]


def test_bad_statements_are_kept_aside(write: Write) -> None:
    path = write(
        "bad.jsonl",
        lines(
            FIRM,
            {**FIRM, "recordType": "robot"},
            {**FIRM, "recordId": ""},
            {**FIRM, "recordId": "X", "recordDetails": []},
            {**FIRM, "recordId": "Y", "publicationDetails": {"bodsVersion": "0.2"}},
            firm("C2", name="..."),
            firm("C3", foundingDate="soon"),
            tie("R1", {"reason": "subjectUnableToConfirmOrIdentifyBeneficialOwner"}, "C1", shares(1, 1)),
            tie("R2", "C1", "C1", shares(1, 1)),
            tie("R3", "A", "C1", shares(90, 120)),
            tie("R4", "A", "C1", shares(10, 10, startDate="2021-01-01", endDate="2020-01-01")),
            tie("R5", None, "C1", shares(1, 1)),
        )
        + "[1]\n{bad\n"
        + '{"a": "\\ud800"}\n{"a": NaN}\n'
        + "\n"
        + "[" * 100_000
        + "\n",
    )
    register = Register.load(path, builtin=False)
    assert [e.id for e in register] == ["bods-C1", "bods-C3"]
    assert register.tables()["ownership"].num_rows == 0
    rejected = register.rejected.to_pylist()
    assert Counter(r["field"] for r in rejected) == {
        "recordType": 1,
        "recordId": 1,
        "recordDetails": 1,
        "publicationDetails.bodsVersion": 1,
        "name": 1,
        "foundingDate": 1,
        "interestedParty": 2,
        "asset_id": 1,
        "interests.share": 1,
        "until": 1,
        None: 5,
    }
    assert {r["row"] for r in rejected} == set(range(2, 19)) - {17}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (f"[{json.dumps(FIRM)}]", "JSON array"),
        ("[1]\n", "JSON array"),
        (lines({**FIRM, "recordType": "robot"}), "no usable statement"),
        ("", "no usable statement"),
        (b"\xff\xfe\x00", "no usable statement"),
    ],
)
def test_a_file_without_use_is_one_clear_error(write: Write, content: str | bytes, words: str) -> None:
    path = write("b.jsonl", content)
    with pytest.raises(InputError) as caught:
        read_bods(path)
    assert words in caught.value.reason
    assert caught.value.file == str(path)


steps = st.lists(st.tuples(st.integers(0, 1 << 13), st.integers(0, 30), st.binary(max_size=6)), max_size=4)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
anything = st.recursive(
    scalars, lambda s: st.lists(s, max_size=2) | st.dictionaries(st.text(max_size=3), s, max_size=2)
)


def _reads(path: Path) -> None:
    caught, read = None, None
    try:
        read = read_bods(path)
    except InputError as error:
        caught = error
    if caught is not None:
        assert caught.file == str(path)
        assert "\n" not in str(caught)
    elif read is not None:
        read.rejects.table()
        assert read.ownership is not None
        check_stakes(read.ownership)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_mangled_files(tmp_path: Path, changes: list[tuple[int, int, bytes]]) -> None:
    raw = lines(FIRM, PERSON, tie("R1", "P1", "C1", shares(50, 75))).encode()
    for place, drop, extra in changes:
        at = place % (len(raw) + 1)
        raw = raw[:at] + extra + raw[at + drop :]
    path = tmp_path / "b.jsonl"
    path.write_bytes(raw)
    _reads(path)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([FIRM, PERSON, tie("R1", "P1", "C1", shares(50, 75))]), st.data())
def test_any_value_in_any_place(tmp_path: Path, record: dict[str, Any], data: st.DataObject) -> None:
    copy = json.loads(json.dumps(record))
    place: Any = copy
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if isinstance(place[key], dict | list) and place[key] and data.draw(st.booleans()):
            place = place[key]
        else:
            place[key] = data.draw(anything)
            break
    path = tmp_path / "b.jsonl"
    path.write_text(lines(FIRM, copy), encoding="utf-8")
    _reads(path)


@pytest.mark.real
def test_the_real_statements_agree_with_the_tables_made_from_them(shared_data: Path) -> None:
    folder = shared_data / "ownership"
    read = read_bods(folder / "all_demo.jsonl")
    tables: dict[str, list[dict[str, str]]] = {}
    for name in ("owns", "controls", "entity", "person"):
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            tables[name] = list(csv.DictReader(file))
    assert {e.id for e in read.entities} == {f"bods-{r['recordId']}" for n in ("entity", "person") for r in tables[n]}
    assert Counter(e.schema for e in read.entities) == {"Company": 520, "Person": 18}
    assert read.ownership is not None
    stakes = check_stakes(read.ownership).to_pylist()

    def row(kind: str, record: dict[str, str]) -> tuple[Any, ...]:
        low, high = record["shareMinimum"], record["shareMaximum"]
        begin, end = record["startDate"], record["endDate"]
        until = end or (record["statementDate"] if record["recordStatus"] == "closed" else "")
        return (
            f"bods-{record['start_key']}",
            f"bods-{record['end_key']}",
            kind,
            round(float(low or 0) * 10_000),
            round(float(high or 0) * 10_000),
            date.fromisoformat(begin) if begin else None,
            date.fromisoformat(until) if until else None,
            f"{record['publisherName']}, {record['recordId']}: {record['bodsInterestType']}",
        )

    expected = Counter(row("owns", r) for r in tables["owns"]) + Counter(row("controls", r) for r in tables["controls"])
    found = Counter(
        (s["owner_id"], s["asset_id"], s["kind"], s["share_min"], s["share_max"], s["from"], s["until"], s["source"])
        for s in stakes
    )
    left_out = expected - found
    assert found - expected == Counter()
    assert sum(left_out.values()) == len(read.rejects) == 3
    assert all(r[6] is not None and r[5] is not None and r[6] <= r[5] for r in left_out)
    assert sum(found.values()) == 355 + 901 - 3
