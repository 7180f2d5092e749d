"""GET /search: words, filters, facets, pages."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from caudal.server.routers.shapes import SearchOut


def ids(client: TestClient, query: str, dataset: str = "default") -> list[str]:
    answer = client.get(f"/search/{dataset}?{query}")
    assert answer.status_code == 200, answer.text
    SearchOut.model_validate(answer.json())
    return [one["id"] for one in answer.json()["results"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=vestrikov", ["n-1"]),
        ("q=ВЕСТРИКОВ", ["n-1"]),
        ("q=westrikow orlan", ["n-1"]),
        ("q=quintaroz", ["s-1", "s-2"]),
        ("q=quintaroz&schema=Vessel", []),
        ("q=quintaroz&topics=role.pep", ["s-1"]),
        ("q=limassol", ["n-addr"]),
        ("q=tersol cia", ["s-4"]),
        ("filter=properties.imoNumber:9000017", ["n-3"]),
        ("filter=birthDate:1984", ["s-1"]),
        ("countries=pa&sort=id:desc", ["s-4", "n-3"]),
        ("countries=co&countries=ve&filter_op=AND", ["n-4"]),
        ("changed_since=2025-03-01&schema=Person&topics=sanction", ["n-1"]),
        ("q=nobody", []),
        ("schema=Sanction&sort=id", ["n-s1", "n-s2"]),
    ],
)
def test_what_is_found(client: TestClient, query: str, found: list[str]) -> None:
    got = ids(client, query)
    assert got == found if "sort" in query else sorted(got) == sorted(found)


def test_a_scope_is_searched_alone(client: TestClient) -> None:
    assert sorted(ids(client, "q=quintaroz", "south_list")) == ["s-1", "s-2"]
    assert ids(client, "q=quintaroz", "north_list") == []
    assert ids(client, "q=vestrikov", "south_list") == ["n-1"]  # both lists name them
    assert ids(client, "q=vestrikov&exclude_dataset=south_list&exclude_dataset=north_list", "sanctions") == []


def test_facets_are_counted_over_all_that_was_found(client: TestClient) -> None:
    told: dict[str, Any] = client.get("/search/default?limit=1").json()
    assert told["total"]["value"] == 12
    assert len(told["results"]) == 1
    assert set(told["facets"]) == {"countries", "topics", "datasets"}
    datasets = {v["name"]: (v["label"], v["count"]) for v in told["facets"]["datasets"]["values"]}
    assert datasets == {"north_list": ("Northern list", 8), "south_list": ("Southern list", 5)}
    assert told["facets"]["countries"]["label"] == "Countries"


@pytest.mark.parametrize(
    ("query", "status"),
    [("schema=Banana", 400), ("filter=nothing", 400), ("limit=501", 422), ("offset=9500", 422), ("limit=-5", 200),
     ("changed_since=lately", 422), ("facets=banana", 422), ("sort=banana", 400)],
)  # fmt: skip
def test_mistakes(client: TestClient, query: str, status: int) -> None:
    assert client.get(f"/search/default?{query}").status_code == status


def test_an_unknown_dataset(client: TestClient) -> None:
    assert client.get("/search/nothing").status_code == 404
