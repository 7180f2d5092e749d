"""The gate, around an application of a few routes."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, StreamingResponse
from fastapi.testclient import TestClient
from httpx2 import ASGITransport, AsyncClient
from starlette.websockets import WebSocketDisconnect

from caudal.server import Settings, create_app
from caudal.server.gate import access, lookups, noted
from caudal.server.gate.keys import SCOPES
from caudal.server.settings import Bounds

NAME = "Berta Invented"
QUERY = {"schema": "Person", "properties": {"name": [NAME]}}
LOCAL = "http://localhost:8000"


def application(data: Path, **given: Any) -> FastAPI:
    """The server's application with routes that stand in for the real ones."""
    app = create_app(Settings(data=data, **given))
    real = list(app.router.routes)

    @app.post("/match/{dataset}")
    def match(request: Request, dataset: str, body: dict[str, Any]) -> dict[str, Any]:
        noted(request, "match", [body], [["m-1"]], {"alert": 1})
        return {"dataset": dataset, "responses": {}}

    @app.get("/search/{dataset}")
    async def search(dataset: str, q: str = "", limit: int = 3) -> dict[str, Any]:
        return {"q": q}

    @app.get("/entities/{entity_id}")
    def entity(entity_id: str) -> dict[str, Any]:
        raise ValueError(f"no {entity_id}, {NAME}")

    @app.get("/catalog")
    async def catalog() -> StreamingResponse:
        async def parts() -> Any:
            yield b"{"
            if app.state.breaks:
                raise RuntimeError("half way")
            yield b"}"

        return StreamingResponse(parts(), media_type="application/json")

    @app.get("/law")
    def law() -> str:
        app.state.began.set()
        app.state.go.wait(10)
        return "late"

    @app.post("/updatez")
    async def updatez() -> str:
        return "ok"

    @app.get("/")
    async def page() -> HTMLResponse:
        return HTMLResponse("<p>hello</p>")

    app.router.routes[:] = [*(r for r in app.router.routes if r not in real), *real]
    app.state.breaks, app.state.began, app.state.go = False, threading.Event(), threading.Event()
    return app


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    return application(tmp_path)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url=LOCAL) as one:
        yield one


@pytest.fixture
def keyed(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(application(tmp_path, keys_required=True), base_url="https://api.example") as one:
        yield one


def logged(client: TestClient) -> list[dict[str, Any]]:
    """Lines of the log of look-ups."""
    folder = client.app.state.caudal.settings.data / "lookups"
    rows = [json.loads(line) for p in sorted(folder.glob("*.jsonl")) for line in p.read_text().splitlines()]
    return [row for row in rows if row["kind"] != "opened"]


def give(client: TestClient, scope: str, rate: str = "", header: str = "ApiKey {}") -> dict[str, str]:
    """A key's header."""
    _, token = client.app.state.caudal.keys.add("a", scope, rate)
    return {"authorization": header.format(token)}


def test_every_answer_carries_an_id_and_safe_headers(client: TestClient) -> None:
    for path in ("/healthz", "/search/x?q=a", "/nothing", "/search/x?limit=a", "/entities/x"):
        got = client.get(path)
        assert got.headers["x-content-type-options"] == "nosniff"
        assert got.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in got.headers["content-security-policy"]
        assert len(got.headers["x-request-id"]) == 32
        assert "access-control-allow-origin" not in got.headers
        assert got.headers["content-type"] == "application/json"
    page = client.get("/")
    assert "script-src 'self'" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [("job-7.a_B", True), ("", False), ("a b", False), ("x" * 65, False), ("é", False), ("-a", False)],
)
def test_a_request_id_comes_back_if_it_is_one(client: TestClient, given: str, kept: bool) -> None:
    got = client.get("/healthz", headers={"x-request-id": given.encode("latin-1")}).headers["x-request-id"]
    assert (got == given) is kept


def test_a_fault_says_nothing_of_the_inside(client: TestClient, capfd: pytest.CaptureFixture[str]) -> None:
    got = client.get("/entities/secret-id", headers={"x-request-id": "r1"})
    assert (got.status_code, got.json()) == (500, {"detail": "Something went wrong here; the request is r1."})
    told = "".join(capfd.readouterr())
    assert "ValueError" in told
    assert NAME not in told
    assert "secret-id" not in told
    assert logged(client)[-1]["status"] == 500


def test_half_an_answer_never_leaves(client: TestClient) -> None:
    assert client.get("/catalog").text == "{}"
    client.app.state.breaks = True
    assert client.get("/catalog").status_code == 500


def test_what_takes_too_long_is_said_to(tmp_path: Path) -> None:
    app = application(tmp_path, bounds=Bounds(seconds=0.2, at_once=1))
    with TestClient(app, base_url=LOCAL) as client:
        late = client.get("/law")
        assert (late.status_code, late.json()) == (504, {"detail": "This took longer than 0.2 seconds."})
        # Its thread still works: with one question at once the next has to wait; the doctor is let in.
        busy = client.get("/search/x?q=a")
        assert (busy.status_code, busy.headers["retry-after"]) == (503, "1")
        assert client.get("/healthz").status_code == 200
        app.state.go.set()
        for _ in range(100):
            if client.get("/search/x?q=a").status_code == 200:
                return
            time.sleep(0.02)
        pytest.fail("the place was never free again")


def test_bounds_of_body_and_address(tmp_path: Path) -> None:
    app = application(tmp_path, bounds=Bounds(body_bytes=1000, url_bytes=500, json_depth=5, value_length=50))
    with TestClient(app, base_url=LOCAL) as client:

        def parts() -> Iterator[bytes]:
            for _ in range(20):
                yield b" " * 100

        asked = {"content-type": "application/json"}
        assert client.post("/match/x", content=b" " * 1001, headers=asked).status_code == 413
        chunked = client.post("/match/x", content=parts(), headers=asked)
        assert "content-length" not in chunked.request.headers
        assert chunked.status_code == 413
        assert client.get("/search/x?q=" + "a" * 500).status_code == 414
        assert client.get("/" + "a" * 500).status_code == 414
        assert client.post("/match/x", content=b"[" * 400 + b"]" * 400, headers=asked).status_code == 400
        assert client.post("/match/x", content=b'{"a":NaN}', headers=asked).status_code == 400
        assert client.post("/match/x", content=b'{"a":', headers=asked).status_code == 422
        assert client.post("/match/x", json={"a": "b" * 51}).status_code == 400
        assert client.post("/match/x", json=QUERY).status_code == 200
        assert (
            client.post("/match/x", content=json.dumps(QUERY), headers={"content-type": "text/csv"}).status_code == 422
        )
        # What never was a question is no look-up.
        assert [row["status"] for row in logged(client)] == [200, 422]


def test_faults_of_shape_do_not_say_what_was_sent(client: TestClient) -> None:
    got = client.post("/match/x", json=[NAME])
    assert got.status_code == 422
    assert NAME not in got.text
    assert set(got.json()["detail"][0]) == {"type", "loc", "msg"}


def test_a_look_up_is_logged_with_all_but_the_name(client: TestClient, capfd: pytest.CaptureFixture[str]) -> None:
    got = client.post("/match/x", json=QUERY, headers={"x-purpose": "onboarding", "x-request-id": "r9"})
    assert got.status_code == 200
    (row,) = logged(client)
    log = client.app.state.caudal.lookups
    assert row["asked"] == [log.digests(QUERY)]
    assert (row["request"], row["key"], row["purpose"], row["kind"]) == ("r9", "anyone", "onboarding", "match")
    assert (row["found"], row["status"], row["route"]) == ([["m-1"]], 200, "/match/{dataset}")
    assert "Berta" not in json.dumps(row) + "".join(capfd.readouterr())
    numbers = client.get("/metrics").text
    end = client.app.state.caudal.lookups.head()
    assert f"caudal_lookups_lines {float(end.number)}" in numbers
    (chain,) = (line.split()[1] for line in numbers.splitlines() if line.startswith("caudal_lookups_chain "))
    assert f"{int(float(chain)):012x}" == end.chain[:12]
    assert 'caudal_matches_total{band="alert"} 1.0' in numbers
    assert 'caudal_queries_total{kind="match"} 1.0' in numbers
    assert 'caudal_requests_total{method="POST",route="/match/{dataset}",status="200"} 1.0' in numbers


def test_a_route_that_says_nothing_is_logged_all_the_same(client: TestClient) -> None:
    client.get(f"/search/x?q={NAME}&purpose=a")
    client.get(f"/search/x?purpose=b&q={NAME}")
    client.get("/search/x?q=other")
    first, second, third = logged(client)
    assert first["asked"] == second["asked"] != third["asked"]
    assert [first["purpose"], second["purpose"]] == ["a", "b"]
    assert NAME not in json.dumps(first)


def test_a_look_up_that_cannot_be_logged_is_refused(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/search/x?q=a").status_code == 200

    def full(handle: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    client.app.state.caudal.current.put(_Snapshot())
    assert client.get("/readyz").status_code == 200
    with monkeypatch.context() as patch:
        patch.setattr(lookups.os, "write", full)
        for ask in (lambda: client.get("/search/x?q=a"), lambda: client.post("/match/x", json=QUERY)):
            got = ask()
            assert got.status_code == 503
            assert got.json() == {"detail": "Look-ups cannot be logged at the moment, so none is answered."}
        assert client.get("/readyz").status_code == 503
        assert client.get("/catalog").status_code == 200
        assert 'caudal_refused_total{reason="log"} 2.0' in client.get("/metrics").text
    assert client.get("/search/x?q=a").status_code == 200
    assert client.get("/readyz").status_code == 200


class _Snapshot:
    version = f"{datetime.now(UTC):%Y%m%d%H%M%S}-0a1b2c3d"
    facts = ("m-1", "m-2")


def test_readiness_means_it(client: TestClient) -> None:
    assert client.get("/readyz").json() == {"detail": "the lists are being read"}
    assert "caudal_ready 0.0" in client.get("/metrics").text
    client.app.state.caudal.current.put(_Snapshot())
    assert client.get("/readyz").json() == {"status": "ok"}
    numbers = dict(line.rsplit(" ", 1) for line in client.get("/metrics").text.splitlines() if line[0] != "#")
    assert (numbers["caudal_ready"], numbers["caudal_entities"]) == ("1.0", "2.0")
    assert numbers[f'caudal_snapshot{{version="{_Snapshot.version}"}}'] == "1.0"
    assert 0.0 <= float(numbers["caudal_snapshot_age_seconds"]) < 600.0
    client.app.state.caudal.life.stopping = True
    assert (client.get("/readyz").status_code, client.get("/healthz").status_code) == (503, 200)


@pytest.mark.parametrize("header", ["ApiKey {}", "apikey {}", "Bearer {}", "bearer  {} "])
def test_a_key_opens_in_any_header_clients_send(keyed: TestClient, header: str) -> None:
    assert keyed.post("/match/x", json=QUERY).status_code == 401
    given = give(keyed, "screen", header=header)
    assert keyed.post("/match/x", json=QUERY, headers=given).status_code == 200
    token = given["authorization"].split()[1]
    assert keyed.post("/match/x", json=QUERY, headers={"x-api-key": token}).status_code == 200
    assert keyed.post(f"/match/x?api_key={token}", json=QUERY).status_code == 401  # an address is written down
    assert logged(keyed)[-1]["key"] == token.split("_")[1]


def test_without_a_key_only_the_open_routes_answer(keyed: TestClient) -> None:
    for path, status in [("/healthz", 200), ("/readyz", 503), ("/", 200), ("/openapi.json", 200), ("/metrics", 401)]:
        assert keyed.get(path).status_code == status, path
    refused = keyed.get("/catalog")
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "ApiKey")
    for wrong in ("ApiKey", "ApiKey ", "Basic abc", "ApiKey caudal_a_b", "ApiKey \xff"):
        assert keyed.get("/catalog", headers={"authorization": wrong.encode("latin-1")}).status_code == 401
    assert logged(keyed) == []


@pytest.mark.parametrize(
    ("scope", "allowed"), [("read", "/catalog /search/x"), ("screen", "/match/x"), ("admin", "/updatez")]
)
def test_a_key_does_what_its_scope_says(keyed: TestClient, scope: str, allowed: str) -> None:
    paths = {"/catalog": "read", "/search/x": "read", "/match/x": "screen", "/updatez": "admin"}
    header = give(keyed, scope)
    assert all(path in paths for path in allowed.split())
    for path, needs in paths.items():
        ask = keyed.post if path in {"/match/x", "/updatez"} else keyed.get
        more = {"json": QUERY} if path == "/match/x" else {}
        may = SCOPES.index(needs) <= SCOPES.index(scope)
        assert ask(path, headers=header, **more).status_code == (200 if may else 403), path


def test_a_key_revoked_while_it_runs(keyed: TestClient) -> None:
    header = give(keyed, "read")
    assert keyed.get("/catalog", headers=header).status_code == 200
    keyed.app.state.caudal.keys.revoke(header["authorization"].split("_")[1])
    assert keyed.get("/catalog", headers=header).status_code == 401


def test_a_token_in_the_address_of_updatez_as_its_clients_send_it(keyed: TestClient) -> None:
    token = give(keyed, "admin")["authorization"].split()[1]
    assert keyed.post(f"/updatez?token={token}").status_code == 200
    assert keyed.post("/updatez?token=wrong").status_code == 403
    assert keyed.post("/updatez").status_code == 401


def test_a_key_that_asks_too_often(keyed: TestClient) -> None:
    header, other = give(keyed, "read", "2/hour"), give(keyed, "read")
    assert [keyed.get("/catalog", headers=header).status_code for _ in range(3)] == [200, 200, 429]
    refused = keyed.get("/catalog", headers=header)
    assert 3600 <= int(refused.headers["retry-after"]) <= 3825
    assert keyed.get("/catalog", headers=other).status_code == 200


def test_a_damaged_file_of_keys_opens_nothing(keyed: TestClient) -> None:
    header = give(keyed, "read")
    (keyed.app.state.caudal.settings.data / "keys.json").write_text("{")
    got = keyed.get("/catalog", headers=header)
    assert (got.status_code, got.json()) == (503, {"detail": "Keys cannot be checked at the moment."})


def test_a_purpose_where_one_is_required(tmp_path: Path) -> None:
    app = application(tmp_path, purpose_required=True, purposes=("onboarding", "payments"))
    with TestClient(app, base_url=LOCAL) as client:
        assert client.get("/search/x?q=a").status_code == 400
        assert client.get("/search/x?q=a", headers={"x-purpose": "curiosity"}).status_code == 400
        assert client.get("/search/x?q=a&purpose=onboarding").status_code == 200
        assert client.get("/search/x?q=a", headers={"x-purpose": " payments "}).status_code == 200
        assert client.get("/catalog").status_code == 200
        assert [row["purpose"] for row in logged(client)] == ["onboarding", "payments"]


@pytest.mark.parametrize("purpose", ["x" * 101, "a\x07", "a\x85b"])
def test_a_purpose_is_short_and_printable(client: TestClient, purpose: str) -> None:
    assert client.get("/search/x?q=a", headers={"x-purpose": purpose.encode("latin-1")}).status_code == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"host": "localhost"}, 200),
        ({"host": "127.0.0.1:8000"}, 200),
        ({"host": "127.0.0.2:8000"}, 200),
        ({"host": "[::1]:8000"}, 200),
        ({"host": "attacker.example:8000"}, 403),
        ({"host": "localhost.attacker.example"}, 403),
        ({"host": "127.0.0.1.attacker.example"}, 403),
        ({"host": "[::1"}, 403),
        ({"host": ""}, 403),
        ({"host": "10.0.0.1"}, 403),
        ({"origin": "http://localhost:8000"}, 200),
        ({"origin": "http://localhost:9000"}, 403),
        ({"origin": "https://attacker.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"x-forwarded-for": "1.2.3.4"}, 403),
        ({"via": "1.1 proxy"}, 403),
    ],
)
def test_other_pages_and_proxies_cannot_ask_without_keys(client: TestClient, headers: dict, status: int) -> None:
    assert client.get("/search/x?q=a", headers=headers).status_code == status
    assert client.post("/match/x", json=QUERY, headers=headers).status_code == status


def test_a_link_from_elsewhere_may_open_the_page_alone(client: TestClient) -> None:
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert client.get("/", headers=link).status_code == 200
    assert client.get("/search/x?q=a", headers=link).status_code == 403


def test_with_keys_neither_host_nor_proxy_matters(keyed: TestClient) -> None:
    header = give(keyed, "read")
    assert keyed.get("/catalog", headers={**header, "x-forwarded-for": "1.2.3.4"}).status_code == 200


def test_pages_that_were_allowed_may_ask(tmp_path: Path) -> None:
    app = application(tmp_path, origins=("https://desk.example",))
    with TestClient(app, base_url=LOCAL) as client:
        ask = {"origin": "https://desk.example", "sec-fetch-site": "cross-site"}
        got = client.get("/search/x?q=a", headers=ask)
        assert (got.status_code, got.headers["access-control-allow-origin"]) == (200, "https://desk.example")
        before = {**ask, "access-control-request-method": "POST", "access-control-request-headers": "x-purpose"}
        assert client.options("/match/x", headers=before).status_code == 200
        other = {**before, "origin": "https://attacker.example"}
        assert "access-control-allow-origin" not in client.options("/match/x", headers=other).headers


def test_every_route_of_the_server_says_what_it_needs(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path))
    paths = set(app.openapi()["paths"])
    assert {"/healthz", "/readyz", "/metrics"} <= paths
    assert {path for path in paths if access.segment(path) not in access.NEEDS} == set()
    assert access.needed("/anything-new") == "admin"
    assert set(access.NEEDS.values()) - {None} == set(SCOPES)
    assert {segment for segment in access.LOOKUPS if access.NEEDS[segment] is None} == set()


@pytest.mark.parametrize(
    ("method", "path", "query", "looks"),
    [
        ("POST", "/match/x", "", True),
        ("GET", "/search/x", "", True),
        ("GET", "/entities/a", "", True),
        ("GET", "/entities/a/adjacent", "", True),
        ("GET", "/exposure/1001/paths", "", True),
        ("GET", "/owned/a", "", True),
        ("GET", "/reconcile/x", "", False),
        ("GET", "/reconcile/x", "queries={}", True),
        ("POST", "/reconcile/x", "", True),
        ("GET", "/reconcile/x/suggest/entity", "prefix=a", True),
        ("GET", "/reconcile/x/suggest/type", "prefix=a", False),
        ("OPTIONS", "/match/x", "", False),
        ("GET", "/catalog", "", False),
    ],
)
def test_which_requests_look_somebody_up(method: str, path: str, query: str, looks: bool) -> None:
    assert access.looks_up(method, path, query) is looks


def test_requests_side_by_side_each_have_their_own_answer_and_line(app: FastAPI) -> None:
    async def all_at_once() -> list[str]:
        async with AsyncClient(transport=ASGITransport(app), base_url=LOCAL) as client:
            asked = [client.get(f"/search/x?q=n{n}", headers={"x-request-id": f"r{n}"}) for n in range(100)]
            return [f"{r.json()['q']} {r.headers['x-request-id']}" for r in await asyncio.gather(*asked)]

    assert asyncio.run(all_at_once()) == [f"n{n} r{n}" for n in range(100)]
    client = TestClient(app, base_url=LOCAL)
    rows = logged(client)
    assert {row["request"] for row in rows} == {f"r{n}" for n in range(100)}
    assert len({row["asked"][0]["query"] for row in rows}) == 100
    assert app.state.caudal.life.busy == 0
    app.state.caudal.close()


def test_a_websocket_is_turned_away(client: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/healthz"):
        pass


def test_head_has_no_body(app: FastAPI) -> None:
    @app.head("/catalog")
    async def head() -> Response:
        return Response(b"text")

    with TestClient(app, base_url=LOCAL) as client:
        assert client.head("/catalog").content == b""
