"""nomenklatura's yente enricher against a running server, and what it sends, written down.

The enricher lives in an environment of its own, which `python -m benchmarks.enricher` makes; where it is not made, what
it was seen to send is put to the server without it.
"""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from benchmarks.screening.peers import HERE, place
from fastapi.testclient import TestClient

from caudal.server import Settings, create_app
from caudal.server.snapshot import Current, Snapshot

MINE = [
    {
        "id": "my-1", "schema": "Person",
        "properties": {"name": ["Orlan Vestrikov"], "birthDate": ["1961-04-12"], "country": ["ru"], "notes": ["ours"]},
    },
    {"id": "my-2", "schema": "Company", "properties": {"name": ["Vestrik Shipping Lines Limited"]}},
    {"id": "my-3", "schema": "Person", "properties": {"name": ["Nobody Known Atall"]}},
    {"id": "my-4", "schema": "Ownership", "properties": {"role": ["partner"]}},
]  # fmt: skip
SENT = [
    {
        "method": "POST", "path": "/match/default?algorithm=best&fuzzy=False",
        "body": {"queries": {"entity": {"schema": "Person", "properties": {
            "birthDate": ["1961-04-12"], "country": ["ru"], "name": ["Orlan Vestrikov"]}}}},
    },
    {"method": "GET", "path": "/entities/n-1?nested=True", "body": None},
    {
        "method": "POST", "path": "/match/default?algorithm=best&fuzzy=False",
        "body": {"queries": {"entity": {"schema": "Company", "properties": {
            "name": ["Vestrik Shipping Lines Limited"]}}}},
    },
    {"method": "GET", "path": "/entities/n-2?nested=True", "body": None},
    {
        "method": "POST", "path": "/match/default?algorithm=best&fuzzy=False",
        "body": {"queries": {"entity": {"schema": "Person", "properties": {"name": ["Nobody Known Atall"]}}}},
    },
]  # fmt: skip
"""What nomenklatura 4.17.4 sends for these, request by request."""


@pytest.fixture
def address(snapshot: Snapshot, tmp_path: Path) -> Iterator[str]:
    """The address of a server that listens on loopback."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        app = create_app(Settings(data=tmp_path), Current(snapshot))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="on"))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        server.should_exit = True
        thread.join(10)


def test_what_the_enricher_sends_is_answered(client: TestClient) -> None:
    answers = []
    for one in SENT:
        answer = client.request(one["method"], one["path"], json=one["body"])
        assert answer.status_code == 200, answer.text
        answers.append(answer.json())
    people, _, firms, _, nobody = answers
    ids = [[r["id"] for r in whole["responses"]["entity"]["results"]] for whole in (people, firms, nobody)]
    assert ids == [["n-1"], ["n-2"], []]
    for whole in (people, firms):
        for result in whole["responses"]["entity"]["results"]:
            assert {"id", "schema", "properties", "datasets", "caption"} <= set(result)
            assert all(isinstance(v, str) for values in result["properties"].values() for v in values)
    beside = answers[1]
    assert beside["id"] == "n-1"
    assert any(isinstance(value, dict) for values in beside["properties"].values() for value in values)


def test_the_enricher_itself(address: str) -> None:
    python = place()
    if not python.exists():
        pytest.skip(
            f"the enricher's environment is not made: python -m benchmarks.enricher (pins in {HERE.name}/peers.txt)"
        )
    task = {"config": {"api": address, "dataset": "default"}, "entities": MINE}
    worker = Path(__file__).parent / "enricher_worker.py"
    ran = subprocess.run(
        [python, worker], input=json.dumps(task), capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    told: dict[str, Any] = json.loads(ran.stdout)
    person, firm, nobody, edge = told["found"]
    assert [one["id"] for one in person] == ["n-1"]
    assert "Orlan Vestrikov" in person[0]["names"]
    assert person[0]["source"] == [f"{address}entities/n-1"]
    beside = {uid for uid, _ in person[0]["beside"]}
    assert {"n-1", "n-own", "n-2", "n-s1"} <= beside
    assert [one["id"] for one in firm] == ["n-2"]
    assert nobody == edge == []
    for one in told["sent"]:
        for query in (one["body"] or {"queries": {}})["queries"].values():
            query["properties"] = dict(sorted(query["properties"].items()))
    assert told["sent"] == SENT


@pytest.mark.parametrize(
    ("params", "count"),
    [({"cutoff": 0.999, "threshold": 0.999}, 1), ({"cutoff": 1.0}, 1), ({"cutoff": 1.0, "threshold": 1.0}, 0)],
)
def test_a_threshold_and_a_cutoff_are_taken(client: TestClient, params: dict[str, float], count: int) -> None:
    asked = {"fuzzy": "False", "algorithm": "logic-v2", **params}
    answer = client.post("/match/default", json=SENT[0]["body"], params=asked)
    assert answer.status_code == 200
    assert len(answer.json()["responses"]["entity"]["results"]) == count
