"""Input that is wrong, too much or meant badly, against the whole server on the made-up lists."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from caudal.server import Settings, create_app
from caudal.server.gate.checking import verify
from caudal.server.gate.secret import derived
from caudal.server.settings import Bounds
from caudal.server.snapshot import Current, Snapshot

LISTED = "Orlan Vestrikov"
JSON = {"content-type": "application/json"}


def batch(*names: Any, schema: str = "Person") -> dict[str, Any]:
    """Queries by name."""
    return {"queries": {f"q{n}": {"schema": schema, "properties": {"name": [name]}} for n, name in enumerate(names)}}


def told(answer: Any) -> str:
    """The one line that says what is wrong, or the faults of shape."""
    detail = answer.json()["detail"]
    assert isinstance(detail, str | list)
    if isinstance(detail, str):
        assert "\n" not in detail
        assert "/" not in detail or "text/" in detail or "application/" in detail, f"a path of the inside? {detail}"
    return str(detail)


def test_a_good_batch_is_answered(client: TestClient) -> None:
    got = client.post("/match/default", json=batch(LISTED, "Nobody Anywhere"))
    assert got.status_code == 200
    assert [r["id"] for r in got.json()["responses"]["q0"]["results"]] == ["n-1"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"null", 422),
        (b"[]", 422),
        (b"3", 422),
        (b'"text"', 422),
        (b"{}", 422),
        (b'{"queries": {', 422),
        (b'{"queries": []}', 422),
        (b'{"queries": {}}', 400),
        (b'{"queries": {"a": NaN}}', 400),
        (b'{"queries": {"a": {"schema": "Person", "properties": {"name": [Infinity]}}}}', 400),
        (b"[" * 100_000, 400),
        (b'{"queries":' * 5_000, 400),
        (b"[" * 40 + b"]" * 40, 400),
        (b'{"queries": {"a": {"schema": "Person", "properties": {"name": ["\\ud800"]}}}}', 422),
        (b'{"queries": {"a": "\xff\xfe"}}', 422),
        (b"\xef\xbb\xbf{}", 422),
        (b"\x00" * 1000, 422),
        (json.dumps(batch("a" * 1_000_000)).encode(), 400),
        (json.dumps(batch(*[f"Name {n}" for n in range(10_000)])).encode(), 400),
        (
            json.dumps(
                {"queries": {"a": {"schema": "Person", "properties": {"name": [f"Name {n}" for n in range(10_000)]}}}}
            ).encode(),
            400,
        ),
        (json.dumps({"queries": {"k" * 20_000: None}}).encode(), 400),
        (b" " * (8 * 1024 * 1024 + 1), 413),
        (json.dumps(batch("a", schema="Nonsense")).encode(), 400),
        (json.dumps(batch("a", schema="Interval")).encode(), 400),
        (json.dumps({"queries": {"a": {"schema": "Person", "properties": "name"}}}).encode(), 422),
    ],
    ids=lambda value: repr(value[:30]) if isinstance(value, bytes) else str(value),
)
def test_bodies_that_are_no_batch(client: TestClient, body: bytes, status: int) -> None:
    got = client.post("/match/default", content=body, headers=JSON)
    assert got.status_code == status, got.text[:300]
    assert told(got)
    assert "responses" not in got.json()


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "x", ""])
def test_json_that_is_called_something_else(client: TestClient, kind: str) -> None:
    got = client.post("/match/default", content=json.dumps(batch(LISTED)), headers={"content-type": kind})
    assert (got.status_code, "responses" in got.json()) == (422, False)


def test_what_is_packed_is_not_unpacked(client: TestClient) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    got = client.post("/match/default", content=bomb, headers={**JSON, "content-encoding": "gzip"})
    assert got.status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/search/default?q=" + "a" * 8_000,
        "/search/default?q=" + "(" * 2_000,
        "/search/default?q=" + "a*" * 2_000,
        "/search/default?q=" + "a AND " * 1_000,
        '/search/default?q="',
        "/search/default?q=%00%ff%fe",
        "/search/default?q=' OR 1=1; --",
        "/search/default?q=name:NEAR(",
        "/search/default?filter=:",
        "/search/default?filter=a",
        "/search/default?filter=name:%00",
        "/search/default?sort=;drop",
        "/search/default?limit=-1",
        "/search/default?offset=-1",
        "/search/default?limit=99999999999999999999",
        "/search/default?changed_since=0000-00-00",
        "/search/default?changed_since=2025-02-30",
        "/search/%00",
        "/search/..%2f..%2fetc%2fpasswd",
        "/entities/%00",
        "/entities/" + "a" * 5_000,
        "/entities/..%2f..%2fsecret",
        "/entities/n-1/adjacent/nothing",
        "/entities/n-1/adjacent?limit=x",
        "/law?on=0",
        "/law?on=99999-01-01",
        "/exposure/%f0%9f%92%a9",
        "/impact/..",
        "/reconcile/default?queries={",
        "/reconcile/default?queries=" + "[" * 3_000,
        "/reconcile/default?queries=NaN",
        "/reconcile/default/suggest/entity?prefix=%00",
    ],
    ids=lambda path: path[:40],
)
def test_addresses_that_are_wrong_are_no_fault_of_the_server(client: TestClient, path: str) -> None:
    got = client.get(path)
    assert got.status_code < 500, got.text[:300]
    if got.status_code >= 400:
        assert told(got)


@pytest.mark.parametrize(
    "queries", ["", "{", "[]", "NaN", '{"a": NaN}', "[" * 50_000, '{"a": 1}', '{"a": {"query": 3}}']
)
def test_reconciliation_queries_that_are_none(client: TestClient, queries: str) -> None:
    got = client.post("/reconcile/default", data={"queries": queries})
    assert 400 <= got.status_code < 500, got.text[:300]
    assert told(got)


def test_methods_that_a_route_does_not_know(client: TestClient) -> None:
    for path in ("/match/default", "/search/default", "/healthz", "/entities/n-1"):
        for method in ("PUT", "PATCH", "DELETE", "TRACE", "BREW"):
            got = client.request(method, path)
            assert got.status_code == 405, (method, path)
            assert got.headers["allow"]


def test_an_answer_past_its_time_is_no_answer(snapshot: Snapshot, tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path, bounds=Bounds(seconds=0.0001)), Current(snapshot))
    with TestClient(app, base_url="http://localhost") as client:
        got = client.post("/match/default", json=batch(*[LISTED] * 100))
        while app.state.caudal.life.busy:  # the work that nobody waits for any more
            time.sleep(0.01)
    assert (got.status_code, "responses" in got.json()) == (504, False)


def test_lists_that_change_under_a_request_do_not_change_its_answer(
    client: TestClient, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request goes on with the state of the lists it began with, whole, and says which."""
    other = Snapshot("other", snapshot.catalogue, snapshot.store, snapshot.screener, snapshot.facts, snapshot.legal)
    current = client.app.state.caudal.current
    inside, go = threading.Event(), threading.Event()
    real = type(snapshot.store).many

    def slow(store: Any, ids: Any) -> Any:
        inside.set()
        assert go.wait(30)
        return real(store, ids)

    monkeypatch.setattr(type(snapshot.store), "many", slow)
    got: list[Any] = []
    asking = threading.Thread(target=lambda: got.append(client.post("/match/default", json=batch(LISTED))))
    asking.start()
    assert inside.wait(30)
    current.put(other)
    go.set()
    asking.join(30)
    assert got[0].status_code == 200
    assert got[0].headers["x-index-version"] == snapshot.version
    assert client.post("/match/default", json=batch(LISTED)).headers["x-index-version"] == "other"


FULL = """
import json, sys
from pathlib import Path
from fastapi.testclient import TestClient
from caudal.server import Settings, create_app
from caudal.server.data.folder import Snapshots
from caudal.server.data.opening import open_snapshot
from caudal.server.snapshot import Current
data, full, filler = map(Path, sys.argv[1:])
snapshots = Snapshots(data)
app = create_app(Settings(data=full), Current(open_snapshot(snapshots, snapshots.current)))
ask = {"queries": {"q": {"schema": "Person", "properties": {"name": ["Orlan Vestrikov"]}}}}
def all_(client):
    asked = [client.post("/match/default", json=ask)]
    asked += [client.get(p) for p in ("/search/default?q=a", "/entities/n-1", "/readyz", "/catalog")]
    return [one.status_code for one in asked]
with TestClient(app, base_url="http://localhost") as client:
    before = all_(client)
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    for _ in range(200):  # the last block of the log has room for some lines
        if client.get("/search/default?q=a").status_code != 200:
            break
    during = all_(client)
    filler.unlink()
    after = all_(client)
print(json.dumps([before, during, after]))
"""


@pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="mounting a small disk takes root on Linux")
def test_a_disk_that_is_really_full_refuses_look_ups_until_there_is_room(server_data: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        done = subprocess.run(
            [sys.executable, "-c", FULL, server_data, small / "data", small / "filler"],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        before, during, after = json.loads(done.stdout.splitlines()[-1])
        assert before == after == [200, 200, 200, 200, 200]
        assert during == [503, 503, 503, 503, 200]
        lines = b"".join(p.read_bytes() for p in (small / "data" / "lookups").glob("*.jsonl"))
        assert lines.endswith(b"}\n")
        count, faults = verify(small / "data" / "lookups", derived(small / "data", "lookups"))
        assert (count >= 7, faults) == (True, [])  # the chain holds over the gap
    finally:
        subprocess.run(["umount", small], check=True)
