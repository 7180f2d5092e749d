"""A snapshot of made-up lists, and a client of a server that answers from it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.server import made_up

from caudal.server import Settings, create_app
from caudal.server.data.building import refresh
from caudal.server.data.folder import Snapshots
from caudal.server.data.opening import open_snapshot
from caudal.server.snapshot import Current, Snapshot

MANIFEST = """
datasets:
  - {name: north_list, title: Northern list}
  - {name: sanctions, title: All sanctions, version: 20250601, path: sanctions.json, children: [north_list, south_list]}
  - {name: south_list, title: Southern list, version: 20250602, path: people.json}
  - {name: default, title: Everything, datasets: [sanctions, south_list]}
"""


@pytest.fixture(autouse=True)
def not_to_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of tests need not outlive a power cut, and waiting for the disk takes most of the time."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture(scope="session")
def server_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a server whose snapshot of made-up lists is built."""
    folder = tmp_path_factory.mktemp("server")
    made_up.write(folder / "sanctions.json", made_up.sanctions())
    made_up.write(folder / "people.json", made_up.people())
    (folder / "manifest.yml").write_text(MANIFEST, "utf-8")
    refresh(Settings(manifest=str(folder / "manifest.yml"), data=folder))
    return folder


@pytest.fixture(scope="session")
def snapshot(server_data: Path) -> Iterator[Snapshot]:
    """A snapshot of the made-up lists: datasets `default`, `sanctions`, `north_list`, `south_list`."""
    snapshots = Snapshots(server_data)
    version = snapshots.current
    assert version is not None
    held = open_snapshot(snapshots, version)
    yield held
    held.close()


@pytest.fixture
def client(snapshot: Snapshot, tmp_path: Path) -> Iterator[TestClient]:
    """A client of a server on loopback that answers from `snapshot`."""
    app = create_app(Settings(data=tmp_path), Current(snapshot))
    with TestClient(app, base_url="http://localhost") as held:
        yield held
