"""GET /entities: one, and those beside it."""

from __future__ import annotations

from fastapi.testclient import TestClient

from caudal.server.routers.shapes import AdjacentAll, AdjacentOut, CatalogOut, EntityOut


def test_an_entity_with_those_beside_it(client: TestClient) -> None:
    told = client.get("/entities/n-1").json()
    EntityOut.model_validate(told)
    assert [s["id"] for s in told["properties"]["sanctions"]] == ["n-s1"]
    assert "entity" not in told["properties"]["sanctions"][0]["properties"]
    (owned,) = told["properties"]["ownershipOwner"]
    assert owned["properties"]["asset"][0]["caption"] == "Vestrik Shipping Lines Ltd"
    plain = client.get("/entities/n-1?nested=false").json()
    assert "sanctions" not in plain["properties"]


def test_an_entity_that_goes_by_another_id(client: TestClient) -> None:
    moved = client.get("/entities/older-1?nested=false", follow_redirects=False)
    assert (moved.status_code, moved.headers["location"]) == (308, "/entities/n-1?nested=false")
    beside = client.get("/entities/old-1/adjacent/sanctions", follow_redirects=False)
    assert beside.headers["location"] == "/entities/n-1/adjacent/sanctions"


def test_no_such_entity(client: TestClient) -> None:
    assert client.get("/entities/none").json() == {"detail": "No such entity!"}
    assert client.get("/entities/none/adjacent").status_code == 404
    assert client.get("/entities/n-1/adjacent/name").json() == {"detail": "No such property!"}


def test_adjacent(client: TestClient) -> None:
    told = client.get("/entities/n-2/adjacent").json()
    AdjacentAll.model_validate(told)
    assert set(told["adjacent"]) == {"sanctions", "addressEntity", "ownershipAsset", "ownedVehicles", "securities"}
    (owner,) = told["adjacent"]["ownershipAsset"]["results"]
    assert owner["properties"]["owner"][0]["id"] == "n-1"
    one = client.get("/entities/n-2/adjacent/ownershipAsset?limit=0").json()
    AdjacentOut.model_validate(one)
    assert (one["total"]["value"], one["results"]) == (1, [])


def test_the_catalogue(client: TestClient) -> None:
    answer = client.get("/catalog")
    told = answer.json()
    CatalogOut.model_validate(told)
    assert told["current"] == ["sanctions", "south_list"]
    assert told["snapshot"] == answer.headers["x-index-version"]
    again = client.get("/catalog", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
