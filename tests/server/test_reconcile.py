"""`/reconcile`: what OpenRefine asks for in one session, by the specification (version 0.2), and what it must not."""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from listed_small import LISTED
from listed_small import entity as listed
from listed_small import snapshot as small

from caudal.server import Settings, create_app
from caudal.server.gate.keys import Keys
from caudal.server.snapshot import Current, Snapshot


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    app = create_app(Settings(data=tmp_path_factory.mktemp("reconcile")), Current(small()))
    with TestClient(app, base_url="http://localhost:8000") as held:
        yield held


def asked(client: TestClient, queries: Any, dataset: str = "default", **params: Any) -> dict[str, Any]:
    answer = client.post(f"/reconcile/{dataset}", data={"queries": json.dumps(queries)}, params=params)
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-batch-size"] == str(len(queries))
    found: dict[str, Any] = answer.json()
    return found


def test_a_session(alone: TestClient) -> None:
    """Service added, type guessed from a sample, column reconciled, a cell searched by hand, columns added."""
    manifest = alone.get("/reconcile/default").json()
    for required in ("versions", "name", "identifierSpace", "schemaSpace"):  # by the specification
        assert manifest[required]
    assert "0.2" in manifest["versions"]
    assert {"Person", "LegalEntity", "Thing", "Vessel"} <= {one["id"] for one in manifest["defaultTypes"]}
    assert all(one["name"] for one in manifest["defaultTypes"])

    # A sample without a type: which types come up?
    sample = {
        f"q{k}": {"query": name, "limit": 3} for k, name in enumerate(("Quintessa Marlowick", "Ondergrave Brotherhood"))
    }
    found = asked(alone, sample)
    assert [found[key]["result"][0]["type"][0]["id"] for key in sample] == ["Person", "Organization"]

    # The types and the properties of further columns, as they are typed.
    suggest = manifest["suggest"]

    def suggestions(part: str, prefix: str) -> list[dict[str, Any]]:
        url = suggest[part]["service_url"] + suggest[part]["service_path"]
        told = alone.get(url, params={"prefix": prefix}).json()
        assert told["prefix"] == prefix
        result: list[dict[str, Any]] = told["result"]
        return result

    assert suggestions("type", "pers")[0]["id"] == "Person"
    (born,) = suggestions("property", "birth d")
    assert born["id"] == "Person:birthDate"

    # The column, with the birth dates of another beside it.
    batch = {
        "q0": {
            "query": "Tarquino Bellavance Orstedt",
            "type": "Person",
            "limit": 5,
            "properties": [{"pid": born["id"], "v": "1971-04-09"}],
            "type_strict": "should",
        },
        "q1": {"query": "Nobody Known", "type": "Person"},
    }
    found = asked(alone, batch)
    first, second = found["q0"]["result"]
    assert (first["id"], first["match"], first["name"]) == ("q-1", True, "Tarquino Bellavance Orstedt")
    assert first["score"] > second["score"]
    assert {"id": "birth_date", "value": 9.0} in first["features"]
    assert "1971-04-09" in first["description"]
    assert found["q1"] == {"result": []}

    # A cell searched by hand.
    assert [one["id"] for one in suggestions("entity", "quintessa marl")] == ["q-2"]

    # Columns added from what was reconciled.
    extend = manifest["extend"]["propose_properties"]
    proposed = alone.get(extend["service_url"] + extend["service_path"], params={"type": "Person", "limit": 200}).json()
    assert {"id": "birthDate", "name": born["name"]} in proposed["properties"]
    wanted = {
        "ids": ["q-1", "v-1", "old-1", "nobody"],
        "properties": [{"id": "nationality"}, {"id": "name", "settings": {"limit": 1}}, {"id": "wings"}],
    }
    told = alone.post("/reconcile/default", data={"extend": json.dumps(wanted)}).json()
    assert {one["id"] for one in told["meta"]} == {"nationality", "name"}
    assert told["rows"]["q-1"] == {
        "nationality": [{"str": "Brazil"}],
        "name": [{"str": "Tarquino Bellavance Orstedt"}],
    }
    assert told["rows"]["old-1"] == told["rows"]["q-1"]
    assert told["rows"]["v-1"]["name"] == [{"str": "Grey Heron of Malvik"}]
    assert told["rows"]["nobody"] == {}


def test_codes_can_be_had_raw(alone: TestClient) -> None:
    wanted = {"ids": ["q-1"], "properties": [{"id": "nationality", "settings": {"render": "raw"}}]}
    told = alone.post("/reconcile/default", data={"extend": json.dumps(wanted)}).json()
    assert told["rows"]["q-1"] == {"nationality": [{"str": "br"}]}


def test_queries_may_stand_in_the_address(alone: TestClient) -> None:
    queries = {"q": {"query": "Quintessa Marlowick"}}
    told = alone.get("/reconcile/default", params={"queries": json.dumps(queries)}).json()
    assert told == asked(alone, queries)


def test_a_key_in_the_address_is_passed_on(alone: TestClient) -> None:
    manifest = alone.get("/reconcile/river", params={"api_key": "a+b c"}).json()
    assert manifest["suggest"]["entity"]["service_path"] == "/suggest/entity?api_key=a%2Bb+c"
    assert manifest["suggest"]["entity"]["service_url"] == "http://localhost:8000/reconcile/river"


NASTY = '<script>alert("x")</script> & "Sons"'


def test_the_preview_is_one_page_that_runs_nothing(tmp_path: Path) -> None:
    """For OpenRefine's frame: everything escaped, no script, framed by whoever was named and by nobody else."""
    sold = listed("x-1", "Company", [NASTY], ["lake"], address=[f"{k} Low Street" for k in range(11)], country="pa",
                  parent="q-1", referents=["x-0"])  # fmt: skip
    held = small([*LISTED, sold])
    refine = "http://127.0.0.1:3333"
    frame = {"sec-fetch-site": "same-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}
    for origins, status in ((), 403), ((refine,), 200):
        app = create_app(Settings(data=tmp_path, origins=origins), Current(held))
        with TestClient(app, base_url="http://localhost:8000") as client:
            manifest = client.get("/reconcile/default").json()
            assert ("preview" in manifest) == bool(origins)
            got = client.get("/reconcile/default/preview?id=x-1", headers=frame)
            assert got.status_code == status
            # Other routes stay shut to frames, and other methods of this one.
            assert client.get("/entities/x-1", headers=frame).status_code == 403
            assert client.get("/reconcile/default/suggest/entity?prefix=a", headers=frame).status_code == 403
            assert client.get("/reconcile/lake/preview?id=q-1").status_code == 404  # not of that dataset
            assert "Low Street" in client.get("/reconcile/default/preview?id=x-0").text  # by an earlier id
    url = manifest["preview"]["url"].replace("{{id}}", "x-1")
    with TestClient(app, base_url="http://localhost:8000") as client:
        got = client.get(url)
    policy = got.headers["content-security-policy"]
    assert got.headers["content-type"].startswith("text/html")
    assert "x-frame-options" not in got.headers
    assert f"frame-ancestors {refine}" in policy
    assert "script" not in policy
    assert "default-src 'none'" in policy
    style = re.search("<style>(.*?)</style>", got.text)
    assert style is not None
    assert b64encode(sha256(style[1].encode()).digest()).decode() in policy
    assert "<script" not in got.text
    assert html.escape(NASTY, quote=True).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in got.text
    assert "7 Low Street" in got.text
    assert "and 3 more" in got.text
    assert "8 Low Street" not in got.text
    assert "Panama" in got.text


def test_the_preview_carries_the_key_and_is_logged(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path, keys_required=True), Current(small()))
    _, token = Keys(tmp_path).add("refine", "screen")
    with TestClient(app, base_url="http://localhost:8000") as client:
        manifest = client.get("/reconcile/default", params={"api_key": token}).json()
        url = manifest["preview"]["url"].replace("{{id}}", "q-2")
        assert f"api_key={token}" in url
        got = client.get(url, headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"})
        assert (got.status_code, "Quintessa Marlowick" in got.text) == (200, True)
        assert "frame-ancestors *" in got.headers["content-security-policy"]
        assert client.get("/reconcile/default/preview?id=q-2").status_code == 401
    (log,) = (tmp_path / "lookups").glob("*.jsonl")
    last = json.loads(log.read_text().splitlines()[-1])
    assert (last["kind"], last["found"]) == ("preview", [["q-2"]])


def test_near_misses_are_shown_to_choose_from(alone: TestClient) -> None:
    result = asked(alone, {"q": {"query": "Jose Garcia", "type": ["Person"], "limit": 3}})["q"]["result"]
    assert len(result) == 3
    assert not any(one["match"] for one in result)


def test_values_of_properties_come_in_many_shapes(alone: TestClient) -> None:
    for v in ("1971-04-09", ["1971-04-09"], {"id": "x", "name": "1971-04-09"}, 1971):
        query = {"query": "Tarquino Bellavance Orstedt", "type": "Person", "properties": [{"pid": "birthDate", "v": v}]}
        assert asked(alone, {"q": query})["q"]["result"][0]["id"] == "q-1"


def test_an_identifier_alone_finds(alone: TestClient) -> None:
    query = {"type": "Company", "properties": [{"pid": "LegalEntity:registrationNumber", "v": "PA-778812"}]}
    assert asked(alone, {"q": query})["q"]["result"][0]["id"] == "c-1"


def test_datasets_scope_it(alone: TestClient) -> None:
    queries = {"q": {"query": "Quintessa Marlowick"}}
    assert asked(alone, queries, "lake")["q"]["result"] == []
    assert asked(alone, queries, "river", changed_since="2025-01-01")["q"]["result"] == []
    assert alone.get("/reconcile/lake/suggest/entity", params={"prefix": "quint"}).json()["result"] == []
    assert "Airplane" not in {one["id"] for one in alone.get("/reconcile/lake").json()["defaultTypes"]}


@pytest.mark.parametrize("part", ["entity", "type", "property"])
@pytest.mark.parametrize("prefix", ["", "  ", "banana man", '"*', "(", "\u202e"])
def test_nothing_is_suggested_for_nothing(alone: TestClient, part: str, prefix: str) -> None:
    told = alone.get(f"/reconcile/default/suggest/{part}", params={"prefix": prefix})
    assert (told.status_code, told.json()["result"]) == (200, [])


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({}, "No queries"),
        ({"queries": " "}, "No queries"),
        ({"queries": "{"}, "no JSON"),
        ({"queries": "[]"}, "dictionary"),
        ({"queries": '{"q": {"query": 37473874}}'}, "q.query"),
        ({"queries": '{"q": {"query": "A B", "type": "Banana"}}'}, "Banana"),
        ({"queries": '{"q": {"query": "A B", "type": "Sanction"}}'}, "cannot be matched"),
        ({"queries": '{"q": {"query": "A B", "limit": -1}}'}, "q.limit"),
        ({"queries": json.dumps({f"q{k}": {"query": "A"} for k in range(101)})}, "limit: 100"),
        ({"queries": "[" * 100_000}, "no JSON"),
        ({"extend": "{"}, "no JSON"),
        ({"extend": '{"ids": ["a"]}'}, "properties"),
        ({"extend": json.dumps({"ids": ["a"] * 101, "properties": []})}, "limit: 100"),
    ],
)
def test_what_cannot_be_answered(alone: TestClient, form: dict[str, str], why: str) -> None:
    answer = alone.post("/reconcile/default", data=form)
    assert answer.status_code == 400, answer.text
    assert why in answer.json()["detail"]


def test_refusals(alone: TestClient) -> None:
    queries = {"queries": '{"q": {"query": "A B"}}'}
    assert alone.post("/reconcile/nowhere", data=queries).status_code == 404
    assert alone.get("/reconcile/nowhere").status_code == 404
    assert alone.get("/reconcile/nowhere/suggest/entity").status_code == 404
    assert alone.get("/reconcile/default/extend/property", params={"type": "Banana"}).status_code == 400
    answer = alone.post("/reconcile/default", data=queries, params={"algorithm": "magic"})
    assert (answer.status_code, "logic-v2" in answer.text) == (400, True)


def test_entities_are_suggested_from_a_real_store(snapshot: Snapshot, client: TestClient) -> None:
    """By the beginning of the last word, in names only."""
    entity = snapshot.store.get(snapshot.screener.listed.subjects.id(0))
    assert entity is not None
    name = entity["caption"]
    told = client.get("/reconcile/default/suggest/entity", params={"prefix": name[:-2], "limit": 500}).json()
    assert entity["id"] in {one["id"] for one in told["result"]}
    assert client.get("/reconcile/default/suggest/entity", params={"prefix": name, "limit": 0}).json()["result"] == []
