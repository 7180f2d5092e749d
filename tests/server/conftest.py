"""A snapshot of made-up lists, and a client of a server that answers from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.server import made_up

from caudal.server import Settings, create_app
from caudal.server.data.building import Plan, make_sure
from caudal.server.data.catalogue import Dataset
from caudal.server.data.folder import Snapshots
from caudal.server.data.opening import open_snapshot
from caudal.server.snapshot import Current, Snapshot


@pytest.fixture(scope="session")
def server_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a server whose snapshot of made-up lists is built."""
    folder = tmp_path_factory.mktemp("server")
    files = {
        "sanctions": made_up.write(folder / "sanctions.json", made_up.sanctions()),
        "south_list": made_up.write(folder / "people.json", made_up.people()),
    }
    datasets = [
        Dataset("north_list", "Northern list", load=False),
        Dataset("sanctions", "All sanctions", "20250601", children=("north_list", "south_list")),
        Dataset("south_list", "Southern list", "20250602"),
        Dataset("default", "Everything", load=False, children=("sanctions", "south_list")),
    ]
    make_sure(Plan(datasets, exports=files), Snapshots(folder))
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
