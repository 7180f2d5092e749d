"""What the main process loads before it makes workers, and when it may not."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from tests.server.made_up import entity, write

from caudal.server import Settings, early
from caudal.server.data.building import refresh
from caudal.server.data.folder import Snapshots
from caudal.server.data.store import Query
from caudal.server.keeper import follow
from caudal.server.snapshot import Current
from caudal.server.state import State


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    where = tmp_path_factory.mktemp("early")
    write(where / "a.json", [entity("p1", "Person", ["alist"], name="Orlan Vestrikov")])
    (where / "m.yml").write_text("datasets: [{name: alist, path: a.json}]", "utf-8")
    settings = Settings(manifest=str(where / "m.yml"), data=where / "data", refresh_seconds=0)
    refresh(settings)
    return settings


def test_a_snapshot_loaded_early_answers_and_is_in_force_from_the_start(config: Settings) -> None:
    (snapshot,) = early.load(config)
    assert snapshot.version == Snapshots(config.data).current
    scope = snapshot.catalogue.scope("default")
    assert [one["id"] for one in snapshot.store.search(Query("vestrikov", scope)).entities] == ["p1"]
    state = State(config, Current(snapshot))

    async def work() -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(follow(state), 0.2)

    with ThreadPoolExecutor(1) as aside:
        aside.submit(lambda: asyncio.run(work())).result()
    assert state.current.get() is snapshot


def test_where_there_is_no_snapshot_or_a_damaged_one_or_a_large_one_none_is_loaded(
    config: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert early.load(config.model_copy(update={"data": tmp_path})) == []
    with monkeypatch.context() as patched:
        patched.setattr(early, "LARGEST", 1000)
        assert early.load(config) == []
    snapshots = Snapshots(config.data)
    damaged = snapshots.path(str(snapshots.current)) / "store.sqlite"
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:5000])
    try:
        assert early.load(config) == []
        assert "checksum differs" in capsys.readouterr().out
    finally:
        damaged.write_bytes(whole)
    assert len(early.load(config)) == 1


def test_beside_another_thread_no_process_is_copied(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    done = threading.Event()
    other = threading.Thread(target=done.wait)
    other.start()
    try:
        assert not early.alone()
    finally:
        done.set()
        other.join()
    monkeypatch.setattr(early, "_THREADS", tmp_path / "none")
    assert not early.alone()


ALONE = """
import json, os, sys
os.environ["OPENBLAS_NUM_THREADS"] = "1"
from caudal.server import early
from caudal.server.settings import Settings
(snapshot,) = early.load(Settings.model_validate_json(sys.argv[1]))
import pyarrow as pa
print(json.dumps([early.alone(), snapshot.version, "pandas" in sys.modules, pa.array(["a"]).to_pylist(),
                  [m for m in ("duckdb", "ortools", "caudal.ledger") if m in sys.modules]]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_all_that_is_loaded_makes_no_thread_and_leaves_out_what_is_of_no_use(config: Settings) -> None:
    told = subprocess.run(
        [sys.executable, "-c", ALONE, config.model_dump_json()], capture_output=True, text=True, check=True
    )
    assert json.loads(told.stdout.splitlines()[-1]) == [True, Snapshots(config.data).current, False, ["a"], []]
