"""`/match` and `/algorithms`, as yente's clients know them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from listed_small import LISTED, person
from listed_small import snapshot as small

from caudal.server import Settings, create_app
from caudal.server.algorithms import ALIASES, CONFIG, FEATURES
from caudal.server.matching import warm
from caudal.server.settings import Bounds
from caudal.server.snapshot import Current

TARQUINO = "Tarquino Bellavance Orstedt"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    snapshot = small()
    warm(snapshot)
    app = create_app(Settings(data=tmp_path_factory.mktemp("match")), Current(snapshot))
    with TestClient(app, base_url="http://localhost") as held:
        yield held


def ask(client: TestClient, query: Any, dataset: str = "default", **params: Any) -> dict[str, Any]:
    """The answer to one query."""
    answer = client.post(f"/match/{dataset}", json={"queries": {"q": query}}, params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["responses"]["q"]
    return found


def ids(found: dict[str, Any]) -> list[str]:
    return [result["id"] for result in found["results"]]


def test_an_answer_has_the_shape_that_clients_know(client: TestClient) -> None:
    body = {
        "queries": {"a": person(TARQUINO, birthDate=["1971-04-09"], nationality="Brazil"), "b": person("Nobody Known")}
    }
    answer = client.post("/match/default", json=body)
    assert answer.headers["x-batch-size"] == "2"
    assert answer.headers["x-algorithm"] == "caudal"
    whole = answer.json()
    assert set(whole) == {"responses", "matcher", "limit"}
    assert whole["limit"] == 5
    a, b = whole["responses"]["a"], whole["responses"]["b"]
    assert (a["status"], a["total"]) == (200, {"value": 2, "relation": "eq"})
    assert a["query"] == {
        "id": None,
        "schema": "Person",
        "properties": {"name": [TARQUINO], "birthDate": ["1971-04-09"], "nationality": ["br"]},
    }
    first = a["results"][0]
    listed = LISTED[0]
    assert {name: first[name] for name in listed} == listed
    assert first["match"] is True
    assert 0.99 < first["score"] <= 1
    assert first["features"]["birth_date"] == 9.0
    assert first["explanations"]["birth_date"] == {
        "score": 9.0, "detail": "born on the same day, 1971-04-09", "query": None, "candidate": None,
    }  # fmt: skip
    assert sum(first["features"].values()) == pytest.approx(first["evidence"]["bits"], abs=0.02)
    assert first["evidence"]["band"] == "alert"
    assert (b["results"], b["total"]["value"], b["band"], b["warnings"]) == ([], 0, "clear", [])


def test_every_feature_is_documented(client: TestClient) -> None:
    """Whatever the made-up list brings up stands in /algorithms, with a description."""
    queries = {
        "a": person("Tarquino Bellavanse Marlowick", birthDate="1971", gender="female", nationality="mx"),
        "b": {"schema": "Company", "properties": {"name": "Vermillion Quayside Trading SA", "jurisdiction": "us"}},
        "c": person("Thessaly K. Brandt", idNumber="12345678", address="1 Low Street"),
        "d": {"schema": "Thing", "properties": {"name": ["Ondergrave", "Jose Garcia Soto"]}},
        "e": {"schema": "Vessel", "properties": {"name": "Heron of Malvik", "imoNumber": "9074729"}},
        "f": person("Tаrquino Bellavance Orstedt"),  # a Cyrillic letter in a Latin name
    }
    whole = client.post("/match/default", json={"queries": queries}, params={"cutoff": 0, "limit": 50}).json()
    seen = {name for one in whole["responses"].values() for result in one["results"] for name in result["features"]}
    assert len(seen) > 6
    assert seen <= set(FEATURES) == set(whole["matcher"])


def test_ids_of_queries_are_passed_back(client: TestClient) -> None:
    assert ask(client, {"id": "customer-7", **person(TARQUINO)})["query"]["id"] == "customer-7"


def test_values_may_be_texts_or_lists(client: TestClient) -> None:
    one = ask(client, {"schema": "Person", "properties": {"name": TARQUINO, "birthDate": "1971-04-09"}})
    assert one["results"] == ask(client, person(TARQUINO, birthDate=["1971-04-09"]))["results"]


def test_names_may_come_in_parts(client: TestClient) -> None:
    parts = {"schema": "Person", "properties": {"firstName": "Quintessa", "lastName": ["Marlowick"]}}
    assert ids(ask(client, parts)) == ["q-2"]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ["q-1", "q-3"]),
        ({"limit": 1}, ["q-1"]),
        ({"limit": 0}, []),
        ({"include_dataset": "lake"}, ["q-3"]),
        ({"include_dataset": ["lake", "river"]}, ["q-1", "q-3"]),
        ({"exclude_dataset": "river"}, ["q-3"]),
        ({"exclude_dataset": "not_here"}, ["q-1", "q-3"]),
        ({"exclude_schema": "Person"}, []),
        ({"exclude_schema": ["Company", "Vessel"]}, ["q-1", "q-3"]),
        ({"topics": "role.pep"}, ["q-3"]),
        ({"topics": ["role.pep", "sanction"]}, ["q-1", "q-3"]),
        ({"exclude_entity_ids": "q-1"}, ["q-3"]),
        ({"exclude_entity_ids": ["old-1"]}, ["q-3"]),
        ({"changed_since": "2026-03-01"}, ["q-1", "q-3"]),
        ({"changed_since": "2026-03-01T00:00:01"}, []),
        ({"threshold": 0.99999999999, "cutoff": 0.99999999999}, ["q-1"]),
        ({"fuzzy": "false", "algorithm": "best"}, ["q-1", "q-3"]),
    ],
)
def test_filters(client: TestClient, params: dict[str, Any], expected: list[str]) -> None:
    assert ids(ask(client, person(TARQUINO, birthDate="1971-04-09"), **params)) == expected


def test_datasets_scope_the_answer(client: TestClient) -> None:
    query = person(TARQUINO)
    assert ids(ask(client, query, "river")) == ["q-1"]
    assert ids(ask(client, query, "lake")) == ["q-3"]


def test_filters_do_not_take_the_place_of_others(client: TestClient) -> None:
    """Ten namesakes on one list hide nobody on the other."""
    query = person("Jose Garcia Ruiz")
    assert ids(ask(client, query, limit=1)) == ["m-0"]
    some = [f"m-{k}" for k in range(9)]
    left = ask(client, person("Jose Garcia Sala"), exclude_entity_ids=some, limit=1)
    assert ids(left) == ["m-9"]


def test_changed_before_is_left_out(client: TestClient) -> None:
    query = person("Quintessa Marlowick")
    assert ids(ask(client, query, changed_since="2024-05-05")) == ["q-2"]
    assert ids(ask(client, query, changed_since="2024-06")) == []
    assert ids(ask(client, query, changed_since="2025")) == []


@pytest.mark.parametrize(
    ("schema", "name", "expected"),
    [
        ("Company", "Vermillion Quayside Holdings Ltd", ["c-1"]),
        ("LegalEntity", "Vermillion Quayside Holdings Ltd", ["c-1"]),
        ("Thing", "Vermillion Quayside Holdings Ltd", ["c-1"]),
        ("Person", "Vermillion Quayside Holdings Ltd", []),
        ("Vessel", "Grey Heron of Malvik", ["v-1"]),
        ("Airplane", "YV-3391 Skylark", ["a-1"]),
        ("Person", "Thessaly Brandt", ["l-1"]),
    ],
)
def test_schemata_are_compared_as_in_followthemoney(
    client: TestClient, schema: str, name: str, expected: list[str]
) -> None:
    assert ids(ask(client, {"schema": schema, "properties": {"name": name}})) == expected


def test_a_pair_that_cannot_be_told_apart_is_told_with_its_question(client: TestClient) -> None:
    found = ask(client, person("Jose Garcia"))
    assert (found["band"], found["results"], found["total"]["value"]) == ("ask", [], 0)
    assert {one["id"] for one in found["ask"]} <= {f"m-{k}" for k in range(10)}
    assert found["ask"][0]["ask"]["field"] in ("full name", "second surname")
    low = ask(client, person("Jose Garcia"), cutoff=0.1)
    assert low["results"]
    assert all(not one["match"] and one["evidence"]["band"] == "ask" for one in low["results"])
    assert low["results"][0]["evidence"]["ask"]


def test_the_threshold_says_what_is_a_match(client: TestClient) -> None:
    found = ask(client, person(TARQUINO, birthDate="1971-04-09"), threshold=0.99999999999)
    assert [one["match"] for one in found["results"]] == [True, False]
    assert found["total"]["value"] == 1


def test_cutoff_never_hides_a_match(client: TestClient) -> None:
    assert ids(ask(client, person(TARQUINO), threshold=0.7, cutoff=1.0)) == ["q-1", "q-3"]


def test_the_batch_says_nothing_of_how_common_a_name_is(client: TestClient) -> None:
    alone = ask(client, person(TARQUINO, birthDate="1971"))
    many = {f"k{k}": person(f"Tarquino Bellavance {k}") for k in range(90)}
    body = {"queries": {**many, "q": person(TARQUINO, birthDate="1971")}}
    assert client.post("/match/default", json=body).json()["responses"]["q"] == alone


@pytest.mark.parametrize("alias", ALIASES)
def test_other_names_are_answered_and_said_so(client: TestClient, alias: str) -> None:
    body = {"queries": {"q": person(TARQUINO)}}
    answer = client.post("/match/default", json=body, params={"algorithm": alias})
    assert answer.status_code == 200
    assert (answer.headers["x-algorithm"], answer.headers["x-algorithm-alias"]) == ("caudal", alias)
    own = client.post("/match/default", json=body, params={"algorithm": "best"})
    assert "x-algorithm-alias" not in own.headers
    assert own.json() == answer.json()


def test_algorithms(client: TestClient) -> None:
    told = client.get("/algorithms").json()
    assert (told["default"], told["best"]) == ("caudal", "caudal")
    by_name = {one["name"]: one for one in told["algorithms"]}
    assert set(by_name) == {"caudal", *ALIASES}
    assert by_name["caudal"]["alias_of"] is None
    assert {by_name[alias]["alias_of"] for alias in ALIASES} == {"caudal"}
    assert set(by_name["caudal"]["docs"]["config"]) == set(CONFIG)


@pytest.mark.parametrize(
    ("body", "params", "status", "why"),
    [
        ({"queries": {}}, {}, 400, "No queries"),
        ({"queries": {"q": None}}, {}, 400, "No queries"),
        ({"queries": {f"q{k}": person("A B") for k in range(101)}}, {}, 400, "limit: 100"),
        ({"queries": {"q": {"schema": "Banana", "properties": {}}}}, {}, 400, "no schema 'Banana'"),
        ({"queries": {"q": {"schema": "Ownership", "properties": {}}}}, {}, 400, "cannot be matched"),
        ({"queries": {"q": {"properties": {"name": "A"}}}}, {}, 422, "schema"),
        ({"queries": {"q": {"schema": "Person"}}}, {}, 422, "properties"),
        ({"queries": {"q": {"schema": "Person", "properties": {"name": 7}}}}, {}, 422, "properties"),
        ({}, {}, 422, "queries"),
        ({"queries": {"q": person("A")}, "weights": {"name": 0.5}}, {}, 400, "Weights"),
        ({"queries": {"q": person("A")}, "config": {"nm_number_mismatch": 0.4}}, {}, 400, "miss, false_alert"),
        ({"queries": {"q": person("A")}, "config": {"miss": "much"}}, {}, 400, "must be a number"),
        ({"queries": {"q": person("A")}, "config": {"base_rate": 1.5}}, {}, 400, "cannot be used"),
        ({"queries": {"q": person("A")}, "config": {"miss": -1}}, {}, 400, "cannot be used"),
        ({"queries": {"q": person("A")}}, {"algorithm": "magic"}, 400, "logic-v2"),
        ({"queries": {"q": person("A")}}, {"include_dataset": "nowhere"}, 400, "nowhere"),
        ({"queries": {"q": person("A")}}, {"topics": "sanctoin"}, 400, "sanctoin"),
        ({"queries": {"q": person("A")}}, {"changed_since": "yesterday"}, 422, "changed_since"),
        ({"queries": {"q": person("A")}}, {"changed_since": "2026-02-30"}, 400, "calendar"),
        ({"queries": {"q": person("A")}}, {"limit": 501}, 422, "limit"),
        ({"queries": {"q": person("A")}}, {"threshold": "nan"}, 422, "threshold"),
        ({"queries": {"q": person("A")}}, {"threshold": 1.5}, 422, "threshold"),
        ({"queries": {"q": person("A")}}, {"exclude_entity_ids": ["x"] * 51}, 422, "exclude_entity_ids"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered(client: TestClient, body: Any, params: dict[str, Any], status: int, why: str) -> None:
    answer = client.post("/match/default", json=body, params=params)
    assert answer.status_code == status, answer.text
    assert why in answer.text


def test_no_such_dataset(client: TestClient) -> None:
    answer = client.post("/match/nowhere", json={"queries": {"q": person("A")}})
    assert (answer.status_code, answer.json()) == (404, {"detail": "No such dataset."})


def test_stated_costs_move_the_line(client: TestClient) -> None:
    """Whoever fears a miss more is alerted on less; 0.7 stays the line."""

    def first(**config: float) -> dict[str, Any]:
        body = {"queries": {"q": person("Quintessa Marlowyck")}, "config": config}
        answer = client.post("/match/default", json=body, params={"cutoff": 0})
        found: dict[str, Any] = answer.json()["responses"]["q"]["results"][0]
        return found

    plain, bold, rare = first(), first(miss=60_000), first(base_rate=1e-7)
    assert plain["evidence"]["bits"] == bold["evidence"]["bits"] == rare["evidence"]["bits"]
    assert rare["score"] < plain["score"] < bold["score"]
    assert rare["evidence"]["probability"] < plain["evidence"]["probability"]


def test_what_is_not_used_is_told(client: TestClient) -> None:
    query = person(
        TARQUINO, birthDate="the ninth", wings=["two"], country="Nowhereland",
        alias=[{"id": "x"}, 7, None, *(f"Another {k}" for k in range(90))],
    )  # fmt: skip
    told = " | ".join(ask(client, query)["warnings"])
    for words in ("'wings' is no property", "no country", "alias: 1 value(s)"):
        assert words in told


@pytest.mark.parametrize(
    ("name", "band"), [("", "unscreened"), ("---", "unscreened"), ("n/a", "unscreened"), ("Nobody Known", "clear")]
)
def test_a_name_that_says_nothing_clears_nobody(client: TestClient, name: str, band: str) -> None:
    found = ask(client, person(name))
    assert found["band"] == band
    assert bool(found["warnings"]) == (band == "unscreened")


@pytest.mark.parametrize(
    ("query", "params", "why"),
    [
        ({"schema": "CryptoWallet", "properties": {"publicKey": "0x12"}}, {}, "no number that tells one apart"),
        ({"schema": "Address", "properties": {"full": "12 Low Street, Malvik"}}, {}, "nothing of schema Address"),
        (person("Nobody Known"), {"topics": "fin.bank"}, "passes the filters"),
        (person("Nobody Known"), {"exclude_schema": ["Person", "LegalEntity"]}, "that Person is compared with"),
    ],
)
def test_who_is_compared_with_nobody_is_not_clear(
    client: TestClient, query: Any, params: dict[str, Any], why: str
) -> None:
    found = ask(client, query, **params)
    assert (found["results"], found["band"]) == ([], "unscreened")
    assert why in " | ".join(found["warnings"])


@pytest.mark.parametrize(
    "name", ["x" * 10_000, "\u202e" + TARQUINO, TARQUINO + "\0\x07", "\ud83d", "a " * 5_000, "<script>"]
)
def test_odd_names_are_answered(client: TestClient, name: str) -> None:
    body = {"queries": {"q": {"schema": "Person", "properties": {"name": [name.encode("utf-8", "replace").decode()]}}}}
    assert client.post("/match/default", json=body).status_code == 200


def test_too_many_values_are_refused(client: TestClient) -> None:
    query = person("A B", alias=[f"name {k}" for k in range(90)])
    answer = client.post("/match/default", json={"queries": {f"q{k}": query for k in range(60)}})
    assert (answer.status_code, "too many values" in answer.text) == (400, True)


def test_the_size_of_a_batch_is_a_setting(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path, bounds=Bounds(batch=2)), Current(small()))
    with TestClient(app, base_url="http://localhost") as client:
        body = {"queries": {f"q{k}": person("A B") for k in range(3)}}
        assert client.post("/match/default", json=body).status_code == 400
