"""Caudal's own lists as datasets."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from followthemoney import model
from tests.server.made_up import write

from caudal.register import Register
from caudal.screening.subjects import listed_ids
from caudal.server import Settings
from caudal.server.asked import read
from caudal.server.data.building import refresh
from caudal.server.data.folder import Snapshots
from caudal.server.data.opening import open_snapshot
from caudal.server.data.own_lists import OwnLists
from caudal.server.data.reader import SqliteStore
from caudal.server.data.store import Entity, Query
from caudal.server.data.writer import StoreWriter, index_store
from caudal.server.matching import Filters, Wanted, answer

TODAY = date(2026, 6, 1)


def ftm(uid: str, schema: str, **properties: Any) -> dict[str, Any]:
    return {
        "id": uid,
        "schema": schema,
        "properties": {k: v if isinstance(v, list) else [v] for k, v in properties.items()},
        "last_seen": "2026-05-01",
    }


LIST = [
    ftm("g", "Organization", name="Tren de Aragua"),
    ftm("p", "Person", name="Orlan Vestrikov", birthDate="1961-04-12", country="ru"),
    ftm("f", "Company", name="Vestrik Shipping Lines Ltd", jurisdiction="cy"),
    ftm("old", "Person", name="Maribel Quintaroz"),
    ftm("s1", "Sanction", entity="p", authority="Northern Ministry", program="NORTH-7", startDate="2023-02-01"),
    ftm(
        "s2",
        "Sanction",
        entity="g",
        program="Foreign Terrorist Organization",
        programId="US-FTO219",
        startDate="2025-02-20",
    ),
    ftm("s3", "Sanction", entity="old", program="NORTH-7", startDate="2010-01-01", endDate="2015-01-01"),
    ftm("o", "Ownership", owner="p", asset="f", percentage="62.5"),
    ftm("w", "CryptoWallet", holder=["p", "old"], publicKey="1MadeUpPurseOfTwoPeople9d7aQ", currency="XBT"),
    ftm("m", "Membership", member="p", organization="g"),
]


@pytest.fixture
def lists(tmp_path: Path) -> OwnLists:
    return OwnLists.read([write(tmp_path / "made-up.json", LIST)])


def entries(lists: OwnLists) -> dict[str, tuple[Entity, bool]]:
    return {entity["id"]: (entity, listed) for entity, listed in lists.entries(TODAY)}


def test_what_a_list_says_becomes_entities(lists: OwnLists) -> None:
    held = entries(lists)
    person, listed = held["ftm-p"]
    assert listed
    assert (person["target"], person["properties"]["topics"], person["datasets"]) == (
        True,
        ["sanction"],
        ["ftm_made_up"],
    )
    old, listed = held["ftm-old"]
    assert listed  # still compared: a match says that the designation ended
    assert not old["target"]
    assert "topics" not in old["properties"]
    firm, listed = held["ftm-f"]
    assert not listed  # nobody names it but as what somebody owns
    assert not firm["target"]
    by_schema = Counter(entity["schema"] for entity, _ in held.values() if entity["datasets"] == ["ftm_made_up"])
    assert by_schema["Sanction"] == 3
    assert by_schema["Ownership"] == 1
    ended = next(e for e, _ in held.values() if e["properties"].get("entity") == ["ftm-old"])
    assert (ended["properties"]["status"], ended["properties"]["startDate"]) == (["ended"], ["2010-01-01"])
    (wallet,) = (e for e, _ in lists.entries(TODAY) if e["schema"] == "CryptoWallet" and e["target"])
    assert (wallet["caption"], wallet["properties"]) == (
        "1MadeUpPurseOfTwoPeople9d7aQ",
        {
            "publicKey": ["1MadeUpPurseOfTwoPeople9d7aQ"],
            "currency": ["XBT"],
            "holder": ["ftm-p"],
            "topics": ["sanction"],
        },
    )
    stake = next(e for e, _ in held.values() if e["schema"] == "Ownership")
    assert stake["properties"]["percentage"] == ["62.5"]


def test_every_property_is_one_of_the_model(lists: OwnLists) -> None:
    for entity, _ in lists.entries(TODAY):
        schema = model.get(entity["schema"])
        assert schema is not None
        assert set(entity["properties"]) <= set(schema.properties)
        assert all(isinstance(v, str) and v for values in entity["properties"].values() for v in values)


def test_lists_are_served(tmp_path: Path) -> None:
    write(tmp_path / "made-up.json", LIST)
    settings = Settings(lists=(tmp_path / "made-up.json",), data=tmp_path / "data")
    version = refresh(settings)
    snapshot = open_snapshot(Snapshots(settings.data), version)
    try:
        assert snapshot.catalogue.scope("default") >= {"default", "ftm_made_up", "caudal_groups"}
        person = snapshot.store.get("ftm-p")
        assert person is not None
        whole = snapshot.store.nested(person)["properties"]
        assert whole["sanctions"][0]["properties"]["program"] == ["NORTH-7"]
        assert whole["ownershipOwner"][0]["properties"]["asset"][0]["id"] == "ftm-f"
        assert [t["properties"]["object"][0]["id"] for t in whole["unknownLinkTo"]] == ["caudal-tren-de-aragua"]
        beside = snapshot.store.adjacent(person, None, 10, 0)
        assert set(beside) == {"sanctions", "ownershipOwner", "unknownLinkTo", "cryptoWallets"}
        assert "ftm-f" not in {one.id for one in snapshot.screener.listed.subjects}
        (purse,) = snapshot.store.numbered(["1MADEUPPURSEOFTWOPEOPLE9D7AQ"])
        assert purse["properties"]["holder"] == ["ftm-p", "ftm-old"]  # one address, one wallet
        asked = {"q": read(None, "CryptoWallet", {"publicKey": "1madeuppurseoftwopeople9d7aq"}, 100)}
        found = answer(snapshot, asked, Filters("default"), Wanted(5, 0.7, 0.7))["q"]["results"]
        assert [one["id"] for one in found] == [purse["id"], "ftm-p", "ftm-old"]
        matches = snapshot.screener.match(
            [{"id": "q", "schema": "Person", "properties": {"name": ["Orlan Vestrikov"], "birthDate": ["1961-04-12"]}}]
        )
        assert matches["entity_id"].to_pylist() == ["ftm-p"]
        assert matches["list_version"][0].as_py().startswith("ftm_made_up 2026-05-01")
    finally:
        snapshot.close()


@pytest.mark.real
def test_the_un_list_whole(shared_data: Path, tmp_path: Path) -> None:
    paths = [shared_data / "lists" / "un" / "consolidated.xml"]
    read = OwnLists.read(paths)
    (tmp_path / "s").mkdir()
    writer = StoreWriter(tmp_path / "s")
    writer.take(read.entries(TODAY), "un")
    writer.merge()
    writer.close()
    index_store(tmp_path / "s")
    store = SqliteStore(tmp_path / "s")
    register = Register.load(paths)
    scope = frozenset({"un_sc"})
    found = store.search(Query("", scope, facets=("countries", "topics"), limit=9_999))
    on_list = [entry for entry in register if entry.dataset == "un_sc"]
    assert {e["id"] for e in found.entities} == {entry.id for entry in on_list}
    standing = sum(any(not d.off(TODAY) for d in entry.designations) for entry in on_list)
    assert {v: n for v, _, n in found.facets["topics"]}["sanction"] == standing
    listed = listed_ids(register.tables())
    assert listed is not None
    for entry in on_list[::40]:
        got = store.search(Query(json.dumps(entry.caption, ensure_ascii=False), scope)).entities
        assert entry.id in {e["id"] for e in got}
        beside = store.nested(store.get(entry.id) or {})["properties"]
        assert len(beside.get("sanctions", ())) == len(entry.designations)
    store.close()
