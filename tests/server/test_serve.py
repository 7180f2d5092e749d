"""`caudal serve` as a program of its own: two workers, keys, a reload, a dead worker, and a stop during a request."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx2
import psutil
import pytest
from tests.server import made_up

from caudal.server.data.folder import IN_USE, Snapshots
from caudal.server.gate.checking import verify
from caudal.server.gate.keys import Keys
from caudal.server.gate.secret import derived

ASK = {"queries": {"q": {"schema": "Person", "properties": {"name": ["Orlan Vestrikov"]}}}}
PATIENCE = 240.0


@dataclass
class Running:
    """A server that runs."""

    process: subprocess.Popen[str]
    url: str
    folder: Path
    token: str

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"ApiKey {self.token}"}

    @property
    def workers(self) -> set[int]:
        """Process ids of those that answer."""
        return self.copied | self.spawned

    @property
    def copied(self) -> set[int]:
        """Of them those that are copies of the main process."""
        return self._children("caudal.cli")

    @property
    def spawned(self) -> set[int]:
        """And those that began on their own."""
        return self._children("spawn_main")

    def _children(self, word: str) -> set[int]:
        found = set()
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.NoSuchProcess):
                if word in " ".join(child.cmdline()):
                    found.add(child.pid)
        return found

    def ask(self, **more: Any) -> httpx2.Response:
        return httpx2.post(f"{self.url}/match/default", json=ASK, headers={**self.headers, **more}, timeout=60)

    def wait(self, what: Any) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with suppress(httpx2.TransportError):
                if what():
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        pytest.fail(f"it did not come: {(self.folder / 'log').read_text()[-3000:]}")


def lists(folder: Path, version: str, more: str | None = None) -> Path:
    """A manifest of one made-up list."""
    entities = made_up.sanctions()
    if more is not None:
        entities.append(made_up.entity("new-1", "Person", ["north_list"], name=more, topics="sanction"))
    made_up.write(folder / "list.json", entities)
    manifest = folder / "manifest.yml"
    manifest.write_text(f"datasets: [{{name: north_list, title: North, version: '{version}', path: list.json}}]\n")
    return manifest


def listens(host: str, port: int) -> bool:
    """Whether anybody takes a connection there."""
    try:
        socket.create_connection((host, port), timeout=5).close()
    except ConnectionError:
        return False
    return True


def free(held: IO[bytes]) -> bool:
    """Whether no process holds a snapshot."""
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "caudal.cli", *map(str, words)]


@contextmanager
def serving(folder: Path, *words: object, workers: int = 2) -> Iterator[Running]:
    """A server over the manifest of a folder, that listens."""
    _, token = Keys(folder / "data").add("test", "admin", rate="100000/minute")
    words = ("--manifest", folder / "manifest.yml", "--data", folder / "data", "--port", 0, *words)
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command("serve", *words, "--workers", workers, "--keys-required", "--json"),
            stdout=subprocess.PIPE, stderr=log, text=True,
        )  # fmt: skip
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert (told["workers"], told["keys"], told["process"]) == (workers, True, process.pid)
        running = Running(process, told["url"], folder, token)
        running.wait(lambda: httpx2.get(f"{running.url}/healthz").status_code == 200)
        yield running
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(60)
            process.kill()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("serve")
    lists(folder, "1")
    with serving(folder, "--purpose", "test") as running:
        # It listens at once and says that it is not ready; then it is.
        running.wait(lambda: httpx2.get(f"{running.url}/readyz").status_code == 200)
        running.wait(lambda: all(httpx2.get(f"{running.url}/readyz").status_code == 200 for _ in range(20)))
        yield running


def test_it_answers_from_two_workers_and_logs_in_one_chain(server: Running) -> None:
    assert len(server.workers) == 2
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda n: server.ask(**{"x-purpose": "test", "x-request-id": f"r{n}"}), range(60)))
    assert {one.status_code for one in got} == {200}
    assert {one.json()["responses"]["q"]["results"][0]["id"] for one in got} == {"n-1"}
    folder = server.data / "lookups"
    count, faults = verify(folder, derived(server.data, "lookups"))
    assert (count, faults) == (61, [])
    text = "".join(p.read_text() for p in folder.glob("*.jsonl"))
    assert all(f'"r{n}"' in text for n in range(60))
    assert "estrikov" not in text
    assert "estrikov" not in (server.folder / "log").read_text()
    found = subprocess.run(
        command("lookups", "orlan VESTRIKOV", "--check", "--data", server.data, "--json"),
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(found.stdout)
    assert (len(told["lookups"]), told["faults"]) == (60, [])
    # The numbers of both workers are added up, whichever is asked.
    numbers = httpx2.get(f"{server.url}/metrics", headers=server.headers).text
    assert 'caudal_requests_total{method="POST",route="/match/{dataset}",status="200"} 60.0' in numbers
    for line in (server.folder / "log").read_text().splitlines():
        assert json.loads(line)["event"]


def test_keys_count_and_end_in_every_worker(server: Running) -> None:
    made = subprocess.run(
        command("keys", "add", "desk", "--scope", "read", "--rate", "10/hour", "--data", server.data, "--json"),
        capture_output=True,
        text=True,
        check=True,
    )
    key = json.loads(made.stdout)

    def ask(_: int) -> int:
        return httpx2.get(f"{server.url}/catalog", headers={"x-api-key": key["token"]}).status_code

    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(ask, range(30)))
    assert (got.count(200), got.count(429)) == (10, 20)
    subprocess.run(command("keys", "revoke", key["id"], "--data", server.data), check=True, capture_output=True)
    assert {ask(n) for n in range(10)} == {401}


def test_lists_are_read_anew_without_dropping_a_request(server: Running) -> None:
    def search() -> dict[str, Any]:
        return httpx2.get(
            f"{server.url}/search/default", params={"q": "Amaranta"}, headers=server.headers, timeout=60
        ).json()

    assert search()["total"]["value"] == 0
    lists(server.folder, "2", "Amaranta Invented")
    stop: list[bool] = []

    def keep_asking(_: int) -> set[tuple[int, str]]:
        seen = set()
        while not stop:
            got = server.ask()
            seen.add((got.status_code, got.json()["responses"]["q"]["results"][0]["id"]))
            time.sleep(0.05)
        return seen

    with ThreadPoolExecutor(3) as pool:
        asking = [pool.submit(keep_asking, n) for n in range(3)]
        try:
            done = httpx2.post(f"{server.url}/updatez?token={server.token}")
            assert done.status_code == 200
            server.wait(lambda: all(search()["total"]["value"] == 1 for _ in range(10)))
        finally:
            stop.append(True)
    assert {one for task in asking for one in task.result()} == {(200, "n-1")}


def test_a_worker_that_dies_is_started_again(server: Running) -> None:
    before = server.workers
    os.kill(min(before), signal.SIGKILL)
    server.wait(lambda: len(server.workers) == 2 and server.workers != before)
    server.wait(lambda: all(httpx2.get(f"{server.url}/readyz").status_code == 200 for _ in range(20)))
    assert {server.ask().status_code for _ in range(10)} == {200}


def test_a_long_address_is_refused_and_not_read_as_a_shorter_one(server: Running) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    for length in (9_000, 65_536 + 40, 200_000):
        with socket.create_connection((host, int(port)), timeout=30) as line:
            line.sendall(b"GET /healthz?a=" + b"b" * length + b" HTTP/1.1\r\nhost: localhost\r\n\r\n")
            assert line.recv(1000).startswith(b"HTTP/1.1 414"), length
    with socket.create_connection((host, int(port)), timeout=30) as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n")
        with suppress(ConnectionError):
            for n in range(2_000):
                line.sendall(b"x-%d: %s\r\n" % (n, b"y" * 1_000))
            assert line.recv(1000).startswith(b"HTTP/1.1 400")


def test_told_to_stop_it_answers_what_it_has_and_ends(server: Running) -> None:
    """The last test of this server: a request of which half has come is still answered."""
    host, port = server.url.removeprefix("http://").split(":")
    body = json.dumps(ASK).encode()
    head = (
        f"POST /match/default HTTP/1.1\r\nhost: localhost\r\nauthorization: ApiKey {server.token}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    ).encode()
    with socket.create_connection((host, int(port)), timeout=60) as line:
        line.sendall(head + body[:10])
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        end = time.monotonic() + 20.0
        while time.monotonic() < end and listens(host, int(port)):
            time.sleep(0.1)
        assert not listens(host, int(port))
        line.sendall(body[10:])
        answer = b""
        while part := line.recv(65_536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert json.loads(answer.split(b"\r\n\r\n", 1)[1])["responses"]["q"]["results"][0]["id"] == "n-1"
    assert server.process.wait(60) == 0
    assert not psutil.pid_exists(server.process.pid) or not server.workers
    assert verify(server.data / "lookups", derived(server.data, "lookups"))[1] == []
    log = (server.folder / "log").read_text()
    assert "Traceback" not in log
    assert '"event":"fault"' not in log


def test_started_again_it_is_ready_as_soon_as_it_listens(server: Running) -> None:
    """After the last test of that server: on what it left, workers begin with the snapshot."""
    with serving(server.folder) as again:
        answers = [httpx2.get(f"{again.url}/readyz").status_code for _ in range(20)]
        assert set(answers) == {200}
        before = again.copied
        assert len(before) == (2 if sys.platform == "linux" else 0)
        with ThreadPoolExecutor(8) as pool:
            got = list(pool.map(lambda _: again.ask(), range(40)))
        assert {(one.status_code, one.json()["responses"]["q"]["results"][0]["id"]) for one in got} == {(200, "n-1")}
        numbers = httpx2.get(f"{again.url}/metrics", headers=again.headers).text
        assert 'caudal_requests_total{method="POST",route="/match/{dataset}",status="200"} 40.0' in numbers
        assert "caudal_reloads_total 2.0" in numbers
        # A copy that dies is followed by a worker that begins on its own, for the main process has threads by now.
        os.kill(max(again.workers), signal.SIGKILL)
        again.wait(lambda: len(again.workers) == 2 and again.spawned)
        again.wait(lambda: all(httpx2.get(f"{again.url}/readyz").status_code == 200 for _ in range(20)))
        assert {again.ask().status_code for _ in range(10)} == {200}
        # New lists reach both, and what the copies began with is let go of.
        snapshots = Snapshots(again.data)
        with (snapshots.path(str(snapshots.current)) / IN_USE).open("rb") as first:
            assert not free(first)
            lists(again.folder, "3", "Amaranta Invented")
            assert httpx2.post(f"{again.url}/updatez?token={again.token}").status_code == 200
            again.wait(lambda: free(first))
        again.process.send_signal(signal.SIGTERM)
        assert again.process.wait(60) == 0
    log = (again.folder / "log").read_text().splitlines()
    assert {json.loads(line)["level"] for line in log} == {"info"}
