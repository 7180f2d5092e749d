"""The page at `/` in a real browser: usable with a keyboard, on a phone, and by those who do not see it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi.testclient import TestClient

from caudal.server import Settings, create_app
from caudal.server.snapshot import Current, Snapshot

NAME = "Orlan Vestrikov"


@pytest.fixture(scope="module")
def address(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a server on loopback answers from the made-up lists."""
    app = create_app(Settings(data=tmp_path_factory.mktemp("page")), Current(snapshot))
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(params=[(1280, "light"), (360, "dark")], ids=["wide", "phone"])
def page(request: pytest.FixtureRequest, chromium: Any, address: str) -> Iterator[Any]:
    """The page, opened; whatever the browser complains about or asks elsewhere fails the test."""
    width, scheme = request.param
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    opened = context.new_page()
    complaints: list[str] = []
    # The browser itself remarks on an answer of 503, which one test makes up.
    opened.on("console", lambda message: "status of 503" in message.text or complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("request", lambda asked: asked.url.startswith((address, "data:")) or complaints.append(asked.url))
    opened.goto(address)
    yield opened
    assert complaints == []
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def asked(page: Any, name: str) -> str:
    """The name put into the search box by keyboard alone, and what the page then says."""
    while page.evaluate("document.activeElement.id") != "name":
        page.keyboard.press("Tab")
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    page.wait_for_selector("#found h2")
    return str(page.inner_text("#found"))


@pytest.mark.browser
def test_a_match_is_shown_with_its_evidence(page: Any, address: str) -> None:
    told = asked(page, NAME)
    assert "possible match" in told
    assert "never a finding" in page.inner_text("main")
    reasons = page.locator(".pair").first.locator(".weight li")
    assert reasons.count() > 1
    shown = page.locator(".pair").first.locator(".bits").all_inner_texts()
    assert all(text[0] in "+−" for text in shown)
    assert page.evaluate("document.activeElement.id") == "found"  # a reader of the screen is taken there
    href = page.locator(".pair a").first.get_attribute("href")
    assert page.request.get(f"{address}{href}").json()["caption"] == NAME


@pytest.mark.browser
def test_nobody_and_too_little_are_told_apart(page: Any) -> None:
    assert "comes near" in asked(page, "Zzyvarth Quolmixt")
    assert page.locator(".pair").count() == 0


@pytest.mark.browser
def test_what_the_server_refuses_is_said(page: Any) -> None:
    page.route("**/match/**", lambda route: route.fulfill(status=503, json={"detail": "Not ready: made up."}))
    assert "Not ready: made up." in asked(page, NAME)
    assert page.locator("[role=alert]").count() == 1


@pytest.mark.browser
def test_accessible(page: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    asked(page, NAME)
    found = axe.run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    assert found.response["violations"] == []


@pytest.mark.browser
def test_fields_that_do_not_fit_are_not_shown(page: Any) -> None:
    page.locator("summary").click()
    assert not page.locator("#birth").is_visible()
    page.get_by_label("a person").check()
    assert page.locator("#birth").is_visible()


def test_lists_with_versions_and_every_route(client: TestClient, snapshot: Snapshot) -> None:
    text = client.get("/").text
    for dataset in snapshot.catalogue.datasets.values():
        assert dataset.name in text
    for path in client.get("/openapi.json").json()["paths"]:
        assert path in text
    assert snapshot.version in text


def test_without_lists_it_says_why_and_looks_again(tmp_path: Path) -> None:
    current = Current()
    current.failed("south.json: <malformed>")
    client = TestClient(create_app(Settings(data=tmp_path), current), base_url="http://localhost")
    answer = client.get("/")
    assert answer.status_code == 200
    assert "south.json: &lt;malformed&gt;" in answer.text
    assert 'http-equiv="refresh"' in answer.text


def test_a_key_and_a_purpose_are_asked_for_where_they_are_needed(tmp_path: Path, snapshot: Snapshot) -> None:
    settings = Settings(data=tmp_path, keys_required=True, purpose_required=True)
    client = TestClient(create_app(settings, Current(snapshot)), base_url="http://localhost")
    text = client.get("/").text
    assert 'id="key"' in text
    assert "must be stated" in text


def test_only_its_own_files_are_given(client: TestClient) -> None:
    assert client.get("/static/page.css").headers["content-type"].startswith("text/css")
    for name in ("index.html.j2", "..%2Fapp.py", "nothing"):
        assert client.get(f"/static/{name}").status_code == 404
