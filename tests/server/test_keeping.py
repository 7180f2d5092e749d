"""Processes that follow the snapshot in force, and the one that renews it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.server.made_up import entity, write

from caudal.server import Settings, keeper
from caudal.server.data.building import refresh
from caudal.server.data.folder import Snapshots
from caudal.server.data.requests import Requests
from caudal.server.data.store import Query
from caudal.server.keeper import Keeper, follow
from caudal.server.problems import Unready
from caudal.server.snapshot import Current
from caudal.server.state import State


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "LOOK", 0.02)


@pytest.fixture
def config(tmp_path: Path) -> Settings:
    numbered(tmp_path, 1)
    return Settings(manifest=str(tmp_path / "m.yml"), data=tmp_path / "data", refresh_seconds=0)


def numbered(where: Path, k: int, many: int = 3) -> None:
    """A list whose entities all say that they are of version k."""
    write(where / "a.json", [entity(f"p{i}", "Person", ["alist"], name=f"edition{k} person") for i in range(many)])
    (where / "m.yml").write_text(f"datasets: [{{name: alist, version: '{k}', path: a.json}}]", "utf-8")


async def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.01)


def beside(state: State, work: Callable[[], Awaitable[None]], *companions: Callable[[State], Awaitable[None]]) -> None:
    async def run() -> None:
        tasks = [asyncio.ensure_future(one(state)) for one in companions]
        try:
            await work()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    # In a thread of its own: a browser opened by tests before leaves an event loop running in this one.
    with ThreadPoolExecutor(1) as aside:
        aside.submit(lambda: asyncio.run(run())).result()


def edition(state: State) -> str:
    snapshot = state.current.get()
    (first, *_) = snapshot.store.search(Query("", snapshot.catalogue.scope("default"))).entities
    return str(first["caption"])


def test_a_server_without_lists_says_why_and_answers_when_they_are_there(config: Settings, tmp_path: Path) -> None:
    state = State(config, Current())

    async def work() -> None:
        await asyncio.sleep(0.1)
        with pytest.raises(Unready, match="being read"):
            state.current.get()
        await asyncio.to_thread(refresh, config)
        await until(lambda: state.current.ready)
        assert edition(state) == "edition1 person"
        before = state.current.get()
        numbered(tmp_path, 2)
        await asyncio.to_thread(refresh, config)
        await until(lambda: state.current.get() is not before)
        assert edition(state) == "edition2 person"
        assert before.store.get("p0") is not None  # whoever still holds it can go on

    beside(state, work, follow)


def test_a_damaged_snapshot_is_not_answered_from(config: Settings) -> None:
    version = refresh(config)
    damaged = Snapshots(config.data).path(version) / "store.sqlite"
    damaged.write_bytes(damaged.read_bytes()[:5000])
    state = State(config, Current())

    async def work() -> None:
        await until(lambda: Requests(config).last[0] == 1)
        with pytest.raises(Unready, match="read anew"):
            state.current.get()
        await asyncio.to_thread(refresh, config)
        await until(lambda: state.current.ready)

    beside(state, work, follow)


def test_renewal_in_a_process_of_its_own(config: Settings, tmp_path: Path) -> None:
    state, requests = State(config, Current()), Requests(config)

    keeper = Keeper(config)

    async def work() -> None:
        await until(lambda: state.current.ready, 120)
        assert requests.kept
        (tmp_path / "m.yml").write_text("datasets: [{name: alist, path: gone.json}]", "utf-8")
        number = requests.ask(force=False)
        await until(lambda: requests.outcome["number"] >= number, 120)
        assert requests.outcome["failed"] == (
            "The lists cannot be read: gone.json: it cannot be read (No such file or directory)"
        )
        assert edition(state) == "edition1 person"

    keeper.start()
    try:
        beside(state, work, follow)
    finally:
        keeper.stop()
    assert not requests.kept


def test_whoever_asks_during_reloads_sees_one_version(config: Settings, tmp_path: Path) -> None:
    refresh(config)
    state = State(config, Current())
    stop = threading.Event()
    wrong: list[str] = []
    seen: set[str] = set()

    def ask() -> None:
        while not stop.is_set():
            snapshot = state.current.get()
            scope = snapshot.catalogue.scope("default")
            kind = snapshot.catalogue.get("alist").version
            found = snapshot.store.search(Query("person", scope, facets=("datasets",)))
            texts = {e["properties"]["name"][0] for e in found.entities}
            texts |= {e["caption"] for e in snapshot.store.many([f"p{i}" for i in range(9)]).values()}
            many = {found.total, len(snapshot.facts), len(snapshot.store.many([f"p{i}" for i in range(9)]))}
            if texts != {f"edition{kind} person"} or many != {int(kind) + 2}:
                wrong.append(f"{kind}: {texts} {many}")
            seen.add(kind)

    async def work() -> None:
        await until(lambda: state.current.ready)
        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            for k in (2, 3, 4):
                numbered(tmp_path, k, many=k + 2)
                version = await asyncio.to_thread(refresh, config)
                await until(lambda version=version: state.current.get().version == version)  # type: ignore[misc]
        finally:
            await until(lambda: "4" in seen or bool(wrong))
            stop.set()
            for thread in threads:
                await asyncio.to_thread(thread.join)

    beside(state, work, follow)
    assert not wrong
    assert seen >= {"1", "4"}
