"""What workers begin with: the code, and the snapshot in force, loaded once by the main process before it makes them.

A worker is then a copy of that process (fork), there in a few milliseconds, and shares its memory. A process may be
copied safely only while it has one thread, for another might be holding a lock that nobody in the copy would ever
release. So nothing here makes a thread, the main process begins to watch the lists only when the workers are made, and
where there is a second thread all the same, or no `/proc` to count them, workers load everything for themselves.
"""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from copy import copy
from importlib.abc import MetaPathFinder
from multiprocessing import get_context
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING

import pyarrow as pa
import structlog
from uvicorn.config import Config
from uvicorn.supervisors.multiprocess import SIGNALS, Process

from caudal.errors import CaudalError
from caudal.server.data.folder import Snapshots
from caudal.server.gate import logs
from caudal.server.keeper import opened_and_warm

if TYPE_CHECKING:
    from caudal.server.settings import Settings
    from caudal.server.snapshot import Snapshot

LARGEST = 2 << 30
"""Bytes of a snapshot that is opened before anybody is answered: a few seconds. With a larger one the workers listen
first, and say that they are not ready."""
MINDED = {"jemalloc_bg_thd"}
"""Threads that mind a process being copied: of Arrow's allocator, which stops and starts its own."""
_THREADS = Path("/proc/self/task")

log = structlog.get_logger("caudal")


def load(settings: Settings) -> list[Snapshot]:
    """Load the code of a worker, and the snapshot in force, warm. In a list, for whoever takes it into use to take out.

    There is none where none is in force, or it cannot be used, which the workers then find and say.
    """
    snapshots = Snapshots(settings.data)
    version = snapshots.current
    if version is None:
        return []  # it will be read for a while: let the workers listen
    gc.disable()  # of what is loaded now, nearly all stays; `settle` has the collector pass it over
    try:
        with ThreadPoolExecutor(1) as beside:
            small = _small(snapshots.path(version))
            checked = beside.submit(snapshots.about, version, check=True) if small else None
            _without_pandas()
            import caudal.server.worker  # noqa: F401, PLC0415
            from caudal.server.data.reader import SqliteStore  # noqa: PLC0415
        if checked is None:
            return []
        checked.result()
        snapshot = opened_and_warm(snapshots, version, check=False)
    except CaudalError as error:
        log.warning("snapshot", snapshot=version, reason=str(error))
        return []
    except Exception as error:
        log.warning("snapshot", snapshot=version, reason=type(error).__name__, where=logs.where(error))
        return []
    finally:
        gc.enable()
    if isinstance(snapshot.store, SqliteStore):
        snapshot.store.close()  # a connection to a database must not be copied
    return [snapshot]


def _without_pandas() -> None:
    """Have Arrow find no pandas, for which it looks once, when it is first given a list: the server has no use for it,
    and loading it takes a quarter of a second and 40 MB."""
    if "pandas" not in sys.modules:
        finder = _NoPandas()
        sys.meta_path.insert(0, finder)
        try:
            pa.array([0])
        finally:
            sys.meta_path.remove(finder)


class _NoPandas(MetaPathFinder):
    """Finds that there is no pandas."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        """Fail for pandas; others may find all else."""
        if fullname == "pandas":
            raise ModuleNotFoundError("not in this process", name=fullname)


def alone() -> bool:
    """Whether this process has one thread."""
    try:
        names = [(thread / "comm").read_text().strip() for thread in _THREADS.iterdir()]
    except OSError:
        return False
    return len(names) - sum(name in MINDED for name in names) == 1


class Copied(Process):
    """A worker that is a copy of this process.

    Args:
        config: of the worker, with its application.
        listening: sockets it answers at.
    """

    def __init__(self, config: Config, listening: list[socket]) -> None:
        super().__init__(config, listening)
        self.process = get_context("fork").Process(target=self.begin, args=(listening,))  # type: ignore[assignment]

    def begin(self, listening: list[socket]) -> None:
        """What the copy does."""
        for number in SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        self.config.configure_logging()
        with suppress(KeyboardInterrupt):
            self.target(listening)


def copies(config: Config, application: Callable[[], object], listening: list[socket], count: int) -> list[Process]:
    """Workers that are copies of this process, and run. Signals for all processes wait until the copies mind them."""
    own = copy(config)
    own.app = application
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        made: list[Process] = [Copied(own, listening) for _ in range(count)]
        for process in made:
            process.start()
            process.config = config
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return made


def _small(folder: Path) -> bool:
    with suppress(OSError):
        return sum(path.stat().st_size for path in folder.rglob("*")) <= LARGEST
    return False
