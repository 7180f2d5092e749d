"""Datasets from addresses: manifests, catalogues, exports and deltas over HTTP, from a server of the test's own."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.server.made_up import entity

from caudal.errors import InputError
from caudal.server import Settings
from caudal.server.data import sources
from caudal.server.data.building import refresh
from caudal.server.data.folder import Snapshots
from caudal.server.data.opening import open_snapshot
from caudal.server.data.store import Query


class Site:
    """Files by path; which were asked for, with what, and what was answered."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str | None, int]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = site.files.get(self.path)
                etag = f'"{hashlib.blake2b(body or b"", digest_size=8).hexdigest()}"'
                status = 404 if body is None else 304 if self.headers.get("If-None-Match") == etag else 200
                site.asked.append((self.path, self.headers.get("Authorization"), status))
                self.send_response(status)
                self.send_header("ETag", etag)
                sent = body if status == 200 and body is not None else b""
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def put(self, path: str, content: Any) -> None:
        lines = "".join(json.dumps(one) + "\n" for one in content) if isinstance(content, list) else None
        self.files[path] = (lines if lines is not None else json.dumps(content)).encode()


@pytest.fixture
def site() -> Iterator[Site]:
    held = Site()
    yield held
    held.server.shutdown()
    held.server.server_close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    soon = sources.Limits(attempts=1, backoff=0, whole=20)
    monkeypatch.setattr(sources, "EXPORT", soon)
    monkeypatch.setattr(sources, "INDEX", soon)


def person(uid: str, name: str) -> dict[str, Any]:
    return entity(uid, "Person", ["one_list"], name=name)


def names(config: Settings) -> list[str]:
    version = Snapshots(config.data).current
    snapshot = open_snapshot(Snapshots(config.data), version or "")
    found = snapshot.store.search(Query("", snapshot.catalogue.scope("default"), sort=[("caption", False)])).entities
    snapshot.close()
    return [e["caption"] for e in found]


def catalogue(site: Site, version: str) -> None:
    site.put(
        "/index.json",
        {
            "datasets": [
                {
                    "name": "all_lists",
                    "title": "All",
                    "version": version,
                    "children": ["one_list"],
                    "delta_url": "deltas.json",
                    "resources": [{"name": "entities.ftm.json", "url": f"{site.address}/entities.ftm.json"}],
                },
                {"name": "one_list", "title": "One"},
            ]
        },
    )


def test_a_catalogue_elsewhere_with_its_deltas(site: Site, tmp_path: Path) -> None:
    catalogue(site, "20250101")
    site.put("/entities.ftm.json", [person("a", "alpha"), person("b", "beta")])
    (tmp_path / "m.yml").write_text(
        f"catalogs: [{{url: '{site.address}/index.json', scope: all_lists, resource_name: entities.ftm.json,"
        " auth_token: s3cret}]",
        "utf-8",
    )
    config = Settings(manifest=str(tmp_path / "m.yml"), data=tmp_path / "data")
    before = refresh(config)
    assert names(config) == ["alpha", "beta"]
    assert {token for _, token, _ in site.asked} == {"Token s3cret"}
    assert refresh(config) == before
    assert [path for path, _, _ in site.asked].count("/entities.ftm.json") == 1
    site.put("/deltas.json", {"versions": {"20250101": "d1.json", "20250102": "d2.json"}})
    site.put("/d2.json", [{"op": "DEL", "entity": {"id": "a"}}, {"op": "ADD", "entity": person("c", "gamma")}])
    catalogue(site, "20250102")
    assert refresh(config) != before
    assert names(config) == ["beta", "gamma"]
    asked = [path for path, _, _ in site.asked]
    assert (asked.count("/entities.ftm.json"), asked.count("/d1.json"), asked.count("/d2.json")) == (1, 0, 1)
    assert "s3cret" not in "".join(p.read_text("utf-8", "replace") for p in (tmp_path / "data").rglob("*.json"))


def test_an_export_without_a_version_is_fetched_when_it_changed(site: Site, tmp_path: Path) -> None:
    site.put("/own.json", [person("a", "alpha")])
    site.files["/own.json"] = gzip.compress(site.files["/own.json"])
    site.files["/m.yml"] = b"datasets: [{name: own, title: Own, entities_url: own.json}]"
    config = Settings(manifest=f"{site.address}/m.yml", data=tmp_path / "data")
    before = refresh(config)
    assert refresh(config) == before
    assert [status for path, _, status in site.asked if path == "/own.json"] == [200, 304]
    site.put("/own.json", [person("a", "alpha"), person("b", "beta")])
    assert refresh(config) != before
    assert names(config) == ["alpha", "beta"]


def test_what_cannot_be_fetched_leaves_what_is_in_force(site: Site, tmp_path: Path) -> None:
    site.put("/own.json", [person("a", "alpha")])
    site.files["/m.yml"] = b"datasets: [{name: own, title: Own, version: 1, entities_url: own.json}]"
    config = Settings(manifest=f"{site.address}/m.yml", data=tmp_path / "data")
    before = refresh(config)
    site.files["/m.yml"] = b"datasets: [{name: own, title: Own, version: 2, entities_url: gone.json}]"
    with pytest.raises(InputError, match="404"):
        refresh(config)
    del site.files["/m.yml"]
    with pytest.raises(InputError, match="404"):
        refresh(config)
    assert Snapshots(config.data).current == before
    assert names(config) == ["alpha"]
