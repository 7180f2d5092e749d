"""The law of a day over HTTP is what the register holds."""

from __future__ import annotations

from datetime import date

import pytest
from fastapi.testclient import TestClient

from caudal.register import law
from caudal.server import Settings, create_app


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    return TestClient(create_app(Settings(data=tmp_path_factory.mktemp("law"))), base_url="http://localhost")


def test_every_rule_of_an_authority_with_its_source(client: TestClient) -> None:
    answer = client.get("/law", params={"authority": "FTO", "on": "2025-02-20"}).json()
    (fto,) = answer["authorities"]
    held = law.effects("FTO", date(2025, 2, 20))
    assert [(e["topic"], e["text"], e["source"]) for e in fto["effects"]] == [(e.topic, e.text, e.source) for e in held]
    assert held
    assert "Not legal advice" in answer["notice"]


def test_before_it_was_established_there_is_nothing(client: TestClient) -> None:
    (fto,) = client.get("/law", params={"authority": "FTO", "on": "1990-01-01"}).json()["authorities"]
    assert fto["effects"] == []
    assert fto["not_before"] == law.established("FTO").isoformat()


def test_all_authorities_and_one_topic(client: TestClient) -> None:
    answer = client.get("/law", params={"topic": "secondary-sanctions", "on": "2026-01-01"}).json()
    assert {a["authority"] for a in answer["authorities"]} == set(law.authorities())
    assert {e["topic"] for a in answer["authorities"] for e in a["effects"]} == {"secondary sanctions"}


def test_orders_on_a_day_at_a_place(client: TestClient) -> None:
    found = client.get("/law/orders", params={"on": "2025-10-01", "place": "Yuma County, AZ"}).json()["orders"]
    assert found
    assert all(o["applies"] for o in found)
    assert client.get("/law/orders", params={"on": "2001-01-01"}).json()["orders"] == []


@pytest.mark.parametrize(
    ("query", "status"),
    [("authority=NOPE", 404), ("topic=magic", 400), ("on=yesterday", 422), ("topic=" + "x" * 41, 422)],
)
def test_what_is_not_known(client: TestClient, query: str, status: int) -> None:
    assert client.get(f"/law?{query}").status_code == status
