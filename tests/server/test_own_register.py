"""Designations by the day, and the 50 Percent Rule, over HTTP: what the register says, of lists and of exports."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.server import made_up

from caudal.register import Register
from caudal.server import Settings, create_app
from caudal.server.data.building import refresh
from caudal.server.data.folder import Snapshots
from caudal.server.data.legal import DAYS_KEPT, Legal, LegalWriter
from caudal.server.data.opening import open_snapshot
from caudal.server.data.own_lists import OwnLists, dataset_name
from caudal.server.snapshot import Current

MEMBERS = """entity_id,schema,name,group,authority,programme,effective
m-1,Person,Maribel Ostrovén,tren-de-aragua,SDGT,SDGT,2025-03-01
m-2,Company,Tersol Ostrovén SA,tren-de-aragua,SDGT,SDGT,
"""


def owned_export() -> list[dict[str, object]]:
    """One listed by OFAC half-owns a firm, which owns another whole; a third firm it owns with a listed second."""
    one = made_up.entity
    north = ["north"]
    return [
        one("p", "Person", north, name="Orlan Vestrikov"),
        one("q", "Person", north, name="Ilmar Dostrani"),
        one("s-p", "Sanction", north, entity="p", authority="Made up", program="SDGT", startDate="2024-05-01"),
        one("s-q", "Sanction", north, entity="q", program="SDGT", startDate="2024-05-01", endDate="2025-02-01"),
        one("s-b", "Sanction", north, entity="p", program="NORTH-7", startDate="not a day"),
        *(one(f, "Company", north, name=f"Firm {f} Ltd") for f in "abcd"),
        one("o-1", "Ownership", north, owner="p", asset="a", percentage="50", startDate="2020-01-01"),
        one("o-2", "Ownership", north, owner="a", asset="b", percentage="100", startDate="2020-01-01"),
        one("o-3", "Ownership", north, owner="p", asset="c", percentage="30", startDate="2020-01-01"),
        one("o-4", "Ownership", north, owner="q", asset="c", percentage="20", startDate="2020-01-01"),
        one("o-5", "Ownership", north, owner="p", asset="d", startDate="2020-01-01"),
        one("w-1", "CryptoWallet", north, publicKey="1MadeUpPurseOfOrlanV9d7aQ", holder="p", topics="sanction"),
        one("o-6", "Directorship", north, director="p", organization="d"),
    ]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("legal")
    made_up.write(folder / "north.json", owned_export())
    (folder / "manifest.yml").write_text("datasets:\n  - {name: north, title: North, path: north.json}\n", "utf-8")
    with answering(Settings(manifest=str(folder / "manifest.yml"), data=folder)) as client:
        yield client


def answering(settings: Settings) -> TestClient:
    snapshots = Snapshots(settings.data)
    held = open_snapshot(snapshots, refresh(settings))
    return TestClient(create_app(settings, Current(held)), base_url="http://localhost")


def test_designated_on_the_days_its_record_says(client: TestClient) -> None:
    first = client.get("/entities/p/designations", params={"as_of": "2024-05-01", "authority": "SDGT"}).json()
    assert (first["designated"], first["since"]) == ("yes", "2024-05-01")
    (record,) = first["designations"]
    assert (record["in_force"], record["effective"], record["source"]) == ("yes", "2024-05-01", "Made up; north")
    assert first["belongs_to"] == []
    purse = client.get("/entities/w-1/designations", params={"as_of": "2024-05-01"}).json()
    assert (purse["designated"], purse["belongs_to"]) == ("no", ["p"])  # a wallet is not designated: who holds it is
    before = client.get("/entities/p/designations", params={"as_of": "2024-04-30", "authority": "SDGT"}).json()
    assert before["designated"] == "no"
    assert before["designations"][0]["in_force"] == "no"
    ended = client.get("/entities/q/designations", params={"as_of": "2025-02-02"}).json()
    assert ended["designated"] == "no"
    assert client.get("/entities/a/designations").json()["designations"] == []


def test_a_day_that_is_none_stays_unknown(client: TestClient) -> None:
    (record,) = client.get("/entities/p/designations?authority=NORTH-7").json()["designations"]
    assert record["effective"] is None


def test_the_rule_follows_chains_and_adds_up(client: TestClient) -> None:
    told = client.get("/owned/p", params={"as_of": "2024-06-01"}).json()
    assert told["listed"] is True
    assert told["blocked"] is None
    assert {o["entity_id"]: o["status"] for o in told["owns"]} == {
        "a": "yes", "b": "yes", "c": "yes", "d": "cannot tell",
    }  # fmt: skip
    by_id = {o["entity_id"]: o for o in told["owns"]}
    assert (by_id["c"]["share_min"], by_id["c"]["caption"]) == (50.0, "Firm c Ltd")
    assert by_id["b"]["chain"] == [
        "p (listed) owns 50% of a",
        "a (blocked by ownership) owns 100% of b",
    ]
    assert [c["entity_id"] for c in told["controls"]] == ["d"]
    upward = client.get("/owned/b", params={"as_of": "2024-06-01"}).json()
    assert upward["blocked"]["chain"] == by_id["b"]["chain"]
    assert upward["owns"] == []


def test_who_is_no_longer_listed_no_longer_counts(client: TestClient) -> None:
    later = client.get("/owned/p", params={"as_of": "2025-03-01"}).json()
    assert {o["entity_id"] for o in later["owns"]} == {"a", "b", "d"}
    assert client.get("/owned/p", params={"as_of": "2024-04-01"}).json()["owns"] == []


def test_a_few_days_are_kept_and_all_agree(client: TestClient) -> None:
    first = date(2024, 4, 20)
    days = [first + timedelta(days=n) for n in range(2 * DAYS_KEPT)]
    once = [client.get(f"/owned/p?as_of={day}").json()["owns"] for day in days]
    assert once == [client.get(f"/owned/p?as_of={day}").json()["owns"] for day in days]
    assert [bool(owns) for owns in once] == [day >= date(2024, 5, 1) for day in days]


@pytest.mark.parametrize("path", ["/entities/nobody/designations", "/owned/nobody"])
def test_nobody(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404
    assert client.get(path.replace("nobody", "p"), params={"as_of": "soon"}).status_code == 422


def test_old_ids_lead_to_the_new(snapshot, tmp_path: Path) -> None:
    client = TestClient(create_app(Settings(data=tmp_path), Current(snapshot)), base_url="http://localhost")
    for path in ("/entities/old-1/designations", "/owned/old-1"):
        moved = client.get(path, follow_redirects=False)
        assert (moved.status_code, "n-1" in moved.headers["location"]) == (308, True)


def test_of_caudals_own_lists_it_is_what_the_register_says(tmp_path: Path) -> None:
    path = tmp_path / "members.csv"
    path.write_text(MEMBERS, "utf-8")
    client = answering(Settings(lists=(path,), data=tmp_path / "data"))
    register = Register.load([path])
    for day in (date(2025, 2, 1), date(2025, 3, 1), date(2026, 1, 1)):
        for entity in register:
            told = client.get(f"/entities/{entity.id}/designations", params={"as_of": day.isoformat()}).json()
            said = register.designated_on(entity.id, day)
            assert (told["designated"], told["reason"]) == (said.status, said.text), entity.id
            own = [d for d in told["designations"] if d["entity_id"] == entity.id]
            assert [d["authority"] for d in own] == [d.authority for d in register.whole(entity.id).designations]


@pytest.mark.real
def test_real_lists_say_the_same_as_the_register(shared_data: Path, tmp_path: Path) -> None:
    read = OwnLists.read([shared_data / "lists" / "ofac", shared_data / "lists" / "un"])
    writer = LegalWriter()
    writer.take_register(read.tables, read.register.versions, dataset_name)
    writer.save(tmp_path / "legal")
    legal, day = Legal(tmp_path / "legal"), date(2025, 2, 20)
    entities = {e["id"]: e for e, _ in read.entries(day) if e["id"] in read.register}
    some = [*list(entities)[::200], "caudal-tren-de-aragua"]
    for uid in some:
        same = [entities[other] for other in legal.same(uid) if other in entities]
        assert legal.designated([entities[uid], *same], day) == read.register.designated_on(uid, day), uid
    assert len(some) > 80
