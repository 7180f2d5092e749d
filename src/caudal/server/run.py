"""`caudal serve`: a main process that keeps the lists ready, and workers that answer from them."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from uvicorn.config import STARTUP_FAILURE, Config
from uvicorn.supervisors import Multiprocess

from caudal.errors import CaudalError, InputError
from caudal.server import early
from caudal.server.gate import logs
from caudal.server.gate.keys import Keys, rates_of
from caudal.server.gate.lookups import Lookups
from caudal.server.gate.secret import derived
from caudal.server.keeper import Keeper
from caudal.server.protocol import BoundedProtocol
from caudal.server.settings import METRICS, Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from caudal.server.snapshot import Snapshot

MARGIN = 5.0
"""Seconds a worker has to end after its time to finish requests."""

OFTEN = 5
"""Deaths per worker within a minute after which starting it again helps nobody."""


class CannotServe(CaudalError):
    """The workers do not stay alive."""


def serve(settings: Settings, announce: Callable[[str, int], None]) -> None:
    """Serve until told to stop (SIGTERM, SIGINT).

    Args:
        settings: what to serve, and where.
        announce: called with the address and the port once it listens.

    Raises:
        InputError: it cannot be done as asked.
        CannotServe: the workers do not stay alive.
    """
    check(settings)
    listening = bind(settings.host, settings.port)
    with listening:
        host, port = listening.getsockname()[:2]
        metrics = _fresh(settings.data / "run") / "metrics"
        metrics.mkdir()
        os.environ[METRICS] = str(metrics)
        logs.configure()
        announce(f"[{host}]" if ":" in host else host, port)
        settings = settings.model_copy(update={"port": port})
        config = Config(
            partial(application, settings),
            factory=True,
            workers=settings.workers,
            http=BoundedProtocol,
            ws="none",
            lifespan="on",
            log_config=logs.LOGGING,
            access_log=False,
            server_header=False,
            forwarded_allow_ips="127.0.0.1,::1",
            timeout_graceful_shutdown=max(1, round(settings.stop_seconds)),
            timeout_worker_healthcheck=60,
        )
        workers = Workers(config, listening, settings.drain_seconds + settings.stop_seconds + MARGIN)
        keeper = Keeper(settings)
        workers.make(settings)
        keeper.start()
        workers.run()
        keeper.stop()
    if workers.gave_up:
        raise CannotServe("the workers do not stay alive; the log says why")


def application(settings: Settings, held: list[Snapshot] | None = None) -> FastAPI:
    """The application of a worker. What it begins with is taken out of `held`, so that nobody keeps it who need not."""
    from caudal.server.worker import make  # noqa: PLC0415 - loads in the worker, where it was not loaded early

    return make(settings, held.pop() if held else None)


def check(settings: Settings) -> None:
    """Whether a server can run with these settings, before anything is started.

    Raises:
        InputError: the data folder cannot be written, or keys are needed and there is none.
    """
    data = settings.data
    try:
        data.mkdir(parents=True, exist_ok=True)
        probe = data / f".probe.{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise InputError(f"the data folder cannot be written ({error.strerror})", file=str(data)) from error
    rates_of(settings.rate)
    keys = Keys(data)
    lookups = Lookups(data / "lookups", derived(data, "lookups"), head=settings.log_head)
    if not lookups.writable():
        beside = f" or its head ({settings.log_head})" if settings.log_head is not None else ""
        raise InputError(f"the log of look-ups{beside} cannot be written", file=str(data / "lookups"))
    if settings.needs_keys and not keys.usable():
        why = f"{settings.host} can be reached from elsewhere" if not settings.loopback else "keys are required"
        raise InputError(
            f"{why} and there is no key; make one with `caudal keys add NAME --data {data}`", file=str(keys.path)
        )


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens at an address.

    Raises:
        InputError: it is taken, or not of this machine.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[
            0
        ]
        listening = socket.socket(family, kind)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(2048)
            listening.set_inheritable(True)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        reason = "is taken; choose another with --port" if taken else f"cannot be used ({error.strerror})"
        raise InputError(f"port {port} of {host} {reason}") from error
    return listening


class Workers(Multiprocess):
    """uvicorn's supervisor, with bounds: on how long stopping takes, and on starting again what dies again.

    Args:
        config: of each worker.
        listening: the socket they share.
        patience: seconds a worker has to end before it is killed.
    """

    def __init__(self, config: Config, listening: socket.socket, patience: float) -> None:
        super().__init__(config, [listening])
        self.gave_up = False
        self._patience = patience
        self._deaths: deque[float] = deque(maxlen=OFTEN * config.workers)

    def make(self, settings: Settings) -> None:
        """Make the workers: copies of this process with all that they need, where that can be had; see `early`."""
        held = early.load(settings)
        if early.alone():
            begin = partial(application, settings, held)
            self.processes = early.copies(self.config, begin, self.sockets, self.config.workers)
        while held:
            held.pop().close()

    def init_processes(self) -> None:
        """Start the workers that were not made."""
        if not self.processes:
            super().init_processes()

    def keep_subprocess_alive(self) -> None:
        """Start again what died."""
        from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415 - knows its folder by now

        before = {process.pid: process for process in self.processes}
        super().keep_subprocess_alive()
        for pid in before.keys() - {process.pid for process in self.processes}:
            if pid is not None:
                mark_process_dead(pid)  # type: ignore[no-untyped-call]
            self._deaths.append(time.monotonic())
        often = len(self._deaths) == self._deaths.maxlen and time.monotonic() - self._deaths[0] < 60.0
        if often or any(process.exitcode == STARTUP_FAILURE for process in self.processes):
            self.gave_up = True
            self.should_exit.set()

    def terminate_all(self) -> None:
        """Tell the workers to stop; from now on nobody listens, here neither, or a client would wait for no answer."""
        for listening in self.sockets:
            listening.close()
        super().terminate_all()

    def join_all(self) -> None:
        """Wait for the workers to finish, and end those that do not."""
        end = time.monotonic() + self._patience
        for process in self.processes:
            process.process.join(max(0.1, end - time.monotonic()))
            if process.process.is_alive():
                process.process.kill()
                process.process.join()


def _fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    return folder
