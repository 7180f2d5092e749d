"""FollowTheMoney entities as JSON lines: made-up ones in the shape of an OpenSanctions export."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.register import Register
from caudal.register.ownership.stakes import check_stakes
from caudal.register.readers.detect import detect
from caudal.register.readers.ftm_json import read_ftm
from caudal.register.readers.properties import PROPERTIES
from caudal.register.readers.shares import day_after, share_text
from caudal.tables import WHOLE

Write = Callable[[str, str | bytes], Path]


def thing(uid: str, schema: str, **properties: Any) -> dict[str, Any]:
    held = {k.rstrip("_"): v if isinstance(v, list) else [v] for k, v in properties.items()}
    caption = held.get("name", [uid])[0]
    return {
        "id": uid,
        "caption": caption,
        "schema": schema,
        "properties": held,
        "referents": [],
        "datasets": ["zz_made_up"],
        "first_seen": "2023-04-20T10:41:16",
        "last_seen": "2026-02-03T06:10:02",
        "last_change": "2025-01-01T00:00:00",
        "target": True,
    }


ANA = thing(
    "NK-1",
    "Person",
    name=["Ana Prueba", "PRUEBA, Ana"],
    alias="Анна",
    weakAlias="La A.",
    previousName="Ana Antes",
    birthDate=["1980-05-01", "1980"],
    nationality=["co"],
    country=["co", "zz"],
    topics="sanction",
    addressEntity="addr-1",
    ownershipOwner=["own-1"],
    passportNumber="PP9",
)
FIRM = thing("NK-2", "Company", name="Inventa S.A.", registrationNumber="77", jurisdiction="co")
BODY = thing("NK-3", "PublicBody", name="Ministry of Inventions")
EDGES = [
    thing("addr-1", "Address", full="1 Calle, Ciudad", country="co"),
    thing(
        "sanc-1",
        "Sanction",
        entity="NK-1",
        authority="Office of Inventions",
        program="SDGT",
        startDate="2025-02-20",
        listingDate="2025-02-19",
        sourceUrl="https://example.org/1",
        reason="Made up",
    ),
    thing("sanc-2", "Sanction", entity="NK-2", program="Venezuela regime", programId="ZZ-VEN", startDate="2021"),
    thing("sanc-3", "Sanction", entity="NK-2", program="Specially Designated (TCO)", endDate="2024-01-01"),
    thing("own-1", "Ownership", owner="NK-1", asset="NK-2", percentage="50.5%", startDate="2020-01-01", role="owner"),
    thing("dir-1", "Directorship", director="NK-1", organization="NK-2", role="director", endDate="2024"),
    thing("rep-1", "Representation", agent="NK-1", client="NK-3"),
    thing("as-1", "Associate", person="NK-1", associate="NK-4", relationship="partner"),
    thing("fam-1", "Family", person="NK-1", relative="NK-4", relationship="sister"),
    thing("pass-1", "Passport", holder="NK-1", number="PP10", country="co"),
    thing("wallet-1", "CryptoWallet", holder="NK-1", publicKey="bc1made", currency="BTC"),
]
FRIEND = thing("NK-4", "Person", name="Bea Ficticia")


def lines(*records: Any) -> str:
    return "".join(f"{json.dumps(r, ensure_ascii=False)}\n" for r in records)


@pytest.fixture
def export(write: Write) -> Path:
    # Edges stand before the entities they join, documents nobody reads among them.
    return write("zz.ftm.json", lines(*EDGES, thing("d", "Document"), thing("e", "Document"), ANA, FIRM, BODY, FRIEND))


def test_entities(export: Path) -> None:
    assert detect(export) == "ftm"
    register = Register.load(export, builtin=False)
    ana = register["ftm-NK-1"]
    assert (ana.schema, ana.caption, ana.dataset) == ("Person", "Ana Prueba", "ftm-zz")
    assert [(n.name, n.kind, n.script) for n in ana.names] == [
        ("Ana Prueba", "primary", "Latn"),
        ("PRUEBA, Ana", "alias", "Latn"),
        ("Анна", "alias", "Cyrl"),
        ("La A.", "weak", "Latn"),
        ("Ana Antes", "former", "Latn"),
    ]
    assert ana.properties["birthDate"] == ["1980-05-01", "1980"]
    assert (ana.properties["country"], ana.properties["address"]) == (["co"], ["1 Calle, Ciudad"])
    assert ana.properties["passportNumber"] == ["PP9", "PP10"]
    assert {"country: zz", "Datasets: zz_made_up", "Relative: Bea Ficticia (sister)", "Wallet bc1made BTC"} <= set(
        ana.properties["notes"]
    )
    assert "addressEntity" not in ana.properties
    assert "ownershipOwner" not in ana.properties
    assert register["ftm-NK-3"].schema == "Organization"
    (version,) = register.versions
    assert (version.published, version.entries) == (date(2026, 2, 3), 4)
    assert ana.first_seen == ana.last_seen == date(2026, 2, 3)


def test_sanctions_become_designations(export: Path) -> None:
    register = Register.load(export, builtin=False)
    (held,) = register["ftm-NK-1"].designations
    assert (held.authority, held.programme, held.announced, held.effective) == (
        "SDGT",
        "SDGT",
        date(2025, 2, 19),
        date(2025, 2, 20),
    )
    assert "Office of Inventions; zz.ftm.json" in held.source
    assert (held.source_url, held.note) == ("https://example.org/1", "Made up")
    venezuela, tco = register["ftm-NK-2"].designations
    assert (venezuela.authority, venezuela.effective) == ("ZZ-VEN", None)
    assert (venezuela.not_before, venezuela.not_after) == (date(2021, 1, 1), date(2021, 12, 31))
    assert (tco.authority, tco.programme, tco.ended) == ("TCO", "Specially Designated (TCO)", date(2024, 1, 1))
    assert (tco.not_before, tco.not_after) == (None, date(2023, 4, 20))
    assert register.designated_on("ftm-NK-1", date(2025, 2, 18)).status == "no"
    assert register.designated_on("ftm-NK-2", date(2020, 12, 31), "ZZ-VEN").status == "no"
    assert register.designated_on("ftm-NK-2", date(2023, 4, 20), "TCO").status == "yes"


def test_edges_become_stakes_and_ties(export: Path) -> None:
    register = Register.load(export, builtin=False)
    stakes = check_stakes(register.tables()["ownership"]).to_pylist()
    assert [(s["owner_id"], s["asset_id"], s["kind"], s["share_min"], s["share_max"], s["until"]) for s in stakes] == [
        ("ftm-NK-1", "ftm-NK-2", "owns", 505_000, 505_000, None),
        ("ftm-NK-1", "ftm-NK-2", "acts for", 0, 0, date(2025, 1, 1)),
        ("ftm-NK-1", "ftm-NK-3", "acts for", 0, 0, None),
    ]
    assert "own-1 (owner)" in stakes[0]["source"]
    read = read_ftm(export)
    assert [(link.entity_id, link.to, link.mutual) for link in read.links] == [("ftm-NK-1", "ftm-NK-4", True)]
    (skipped,) = register.rejected.to_pylist()
    assert "'Document' is not read here; 2 entities" in skipped["reason"]


def test_a_member_of_a_known_group(write: Write) -> None:
    group = thing("g", "Organization", name="Tren de Aragua")
    listed = thing("s", "Sanction", entity="g", program="FTO", startDate="2025-02-20")
    member = thing("m", "Membership", member="NK-4", organization="g", role="member")
    register = Register.load(write("g.json", lines(group, listed, FRIEND, member)))
    assert {"ftm-g", "ftm-NK-4"} <= set(register.group("tren-de-aragua").entity_ids)


def test_a_nested_export(write: Write) -> None:
    nested = json.loads(json.dumps(ANA))
    sanction = json.loads(json.dumps(EDGES[1]))
    del sanction["properties"]["entity"]
    nested["properties"]["sanctions"] = [sanction, sanction]
    nested["properties"]["addressEntity"] = [EDGES[0]]
    nested["properties"]["ownershipOwner"] = [json.loads(json.dumps(EDGES[4]))]
    nested["properties"]["ownershipOwner"][0]["properties"]["asset"] = [FIRM]
    register = Register.load(write("n.json", lines(nested)), builtin=False)
    assert [e.id for e in register] == ["ftm-NK-2", "ftm-NK-1"]
    ana = register["ftm-NK-1"]
    assert [d.authority for d in ana.designations] == ["SDGT"]
    assert ana.properties["address"] == ["1 Calle, Ciudad"]
    assert register.tables()["ownership"].num_rows == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("51%", (510_000, 510_000)),
        ("51,5", (515_000, 515_000)),
        ("100.00 %", (WHOLE, WHOLE)),
        ("25-50%", (250_000, 500_000)),
        ("25% to 50%", (250_000, 500_000)),
        (">50%", (500_001, WHOLE)),
        (">= 50", (500_000, WHOLE)),
        ("more than 25 percent", (250_001, WHOLE)),
        ("at least 10%", (100_000, WHOLE)),
        ("less than 10%", (0, 99_999)),
        ("up to 5", (0, 50_000)),
        ("50% or more", (500_000, WHOLE)),
        ("120%", None),
        ("50-25", None),
        ("majority", None),
        ("", None),
    ],
)
def test_shares_in_words(text: str, expected: tuple[int, int] | None) -> None:
    assert share_text(text) == expected


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-05-06", date(2024, 5, 6)),
        ("2024-02", date(2024, 3, 1)),
        ("2024-12", date(2025, 1, 1)),
        ("2023", date(2024, 1, 1)),
        ("soon", None),
        ("", None),
    ],
)
def test_the_first_day_after_an_end(text: str, day: date | None) -> None:
    assert day_after(text) == day


def test_bad_records_are_kept_aside(write: Write) -> None:
    path = write(
        "bad.json",
        lines(
            ANA,
            ANA,
            {**FIRM, "id": ""},
            {**FIRM, "id": 7},
            {**FIRM, "schema": None},
            {**FIRM, "properties": []},
            thing("x", "Person", alias=["..."]),
            thing("y", "Person", name="Y", birthDate="spring"),
            thing("s1", "Sanction", entity="nobody", startDate="2020-01-01"),
            thing("s2", "Sanction", entity="y", startDate="soon", program="SDGT"),
            thing("o1", "Ownership", owner="y"),
            thing("o2", "Ownership", owner="y", asset="y"),
            thing("o3", "Ownership", owner="y", asset="NK-1", percentage="most"),
            thing("a1", "Associate", person="y", associate="nobody"),
            thing("p1", "Passport", holder="nobody"),
        ),
    )
    register = Register.load(path, builtin=False)
    assert [e.id for e in register] == ["ftm-NK-1", "ftm-y"]
    assert [(r["row"], r["field"]) for r in register.rejected.to_pylist()] == [
        (2, "id"),
        (3, "id"),
        (4, "id"),
        (5, "schema"),
        (6, "properties"),
        (7, "name"),
        (8, "birthDate"),
        (9, "entity"),
        (10, "startDate"),
        (11, "asset"),
        (12, "asset_id"),
        (13, "percentage"),
        (14, "person"),
        (15, "holder"),
    ]
    (stake,) = register.tables()["ownership"].to_pylist()
    assert (stake["share_min"], stake["share_max"]) == (0, WHOLE)
    assert register["ftm-y"].designations[0].effective is None


def test_a_file_without_use_is_one_clear_error(write: Write) -> None:
    path = write("e.json", lines(EDGES[1]))
    with pytest.raises(InputError, match="no usable FollowTheMoney entity"):
        Register.load(path)
    with pytest.raises(InputError, match="no JSON lines known here"):
        Register.load(write("f.json", '{"a": 1}\n'))


steps = st.lists(st.tuples(st.integers(0, 1 << 13), st.integers(0, 30), st.binary(max_size=6)), max_size=4)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
anything = st.recursive(
    scalars, lambda s: st.lists(s, max_size=2) | st.dictionaries(st.text(max_size=3), s, max_size=2)
)


def _reads(path: Path) -> None:
    caught, read = None, None
    try:
        read = read_ftm(path)
    except InputError as error:
        caught = error
    if caught is not None:
        assert caught.file == str(path)
        assert "\n" not in str(caught)
    elif read is not None:
        read.rejects.table()
        assert read.ownership is not None
        check_stakes(read.ownership)
        assert all(e.names and e.caption and e.properties for e in read.entities)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_mangled_files(tmp_path: Path, changes: list[tuple[int, int, bytes]]) -> None:
    raw = lines(*EDGES, ANA, FIRM, BODY, FRIEND).encode()
    for place, drop, extra in changes:
        at = place % (len(raw) + 1)
        raw = raw[:at] + extra + raw[at + drop :]
    path = tmp_path / "f.json"
    path.write_bytes(raw)
    _reads(path)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([ANA, FIRM, *EDGES]), st.data())
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
    path = tmp_path / "f.json"
    path.write_text(lines(copy, ANA, FIRM, FRIEND), encoding="utf-8")
    _reads(path)


def test_the_properties_are_those_of_the_model() -> None:
    followthemoney = pytest.importorskip("followthemoney", reason="followthemoney is not installed")
    for schema, properties in PROPERTIES.items():
        model = followthemoney.model.get(schema)
        missing = {p for p in properties if model.get(p) is None or model.get(p).type.name == "entity"}
        assert missing == set(), schema


def test_files_of_two_days_are_versions_of_one_list(write: Write) -> None:
    later = {**ANA, "last_seen": "2026-03-03T00:00:00"}
    stake = thing("own-1", "Ownership", owner="NK-1", asset="NK-2", percentage="20")
    first = write("a/export-2026-02-03.ftm.json", lines(ANA, FIRM, EDGES[4]))
    second = write("b/export_20260303.ftm.json", lines(later, FRIEND, stake))
    register = Register.load([second, first], builtin=False)
    assert [(v.dataset, v.published) for v in register.versions] == [
        ("ftm-export", date(2026, 3, 3)),
        ("ftm-export", date(2026, 2, 3)),
    ]
    assert register["ftm-NK-1"].first_seen == date(2026, 2, 3)
    assert register["ftm-NK-2"].last_seen == date(2026, 2, 3)
    (held,) = register.tables()["ownership"].to_pylist()  # as the latest version has it
    assert held["share_min"] == 200_000
    assert register.rejected.num_rows == 0
