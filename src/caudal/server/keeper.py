"""Keeps the lists ready: in the main process a thread builds snapshots, in each worker a task takes them into use.

They meet in the data folder: `snapshots/current` names the version in force, `run/asked` is touched by a worker that
wants the lists looked at now, `run/trouble` is there while they cannot be read.
"""

from __future__ import annotations

import asyncio
import threading
import time
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from caudal.errors import CaudalError
from caudal.server.gate import logs
from caudal.server.settings import Settings
from caudal.server.state import State

if TYPE_CHECKING:
    from caudal.server.data.building import Plan
    from caudal.server.data.folder import Snapshots
    from caudal.server.snapshot import Snapshot

LOOK = 0.5
"""Seconds between two looks at the data folder; one costs a few microseconds."""

log = structlog.get_logger("caudal")


def asked(data: Path) -> Path:
    """The file by which a worker asks for the lists to be looked at."""
    return data / "run" / "asked"


def trouble(data: Path) -> Path:
    """The file that is there while the lists cannot be read."""
    return data / "run" / "trouble"


class Keeper:
    """Builds a snapshot where there is none of the lists as they are, now and whenever they change.

    Args:
        settings: name the lists, and how often to look.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings, self._stop = settings, threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is being built; a snapshot half built is left out and thrown away by the next."""
        self._stop.set()

    def once(self) -> bool:
        """Look at the lists, and build a snapshot if they changed; whether that went well."""
        from caudal.server.data.building import make_sure  # noqa: PLC0415 - the room loads while workers start
        from caudal.server.data.folder import Snapshots  # noqa: PLC0415

        began, snapshots = time.perf_counter(), Snapshots(self._settings.data)
        before = snapshots.current
        try:
            version = make_sure(plan_of(self._settings), snapshots, lambda line: log.info("lists", step=line))
        except CaudalError as error:
            log.error("lists", reason=str(error), kept=before)
        except Exception as error:
            log.error("lists", error=type(error).__name__, where=logs.where(error), kept=before)
        else:
            trouble(self._settings.data).unlink(missing_ok=True)
            if version != before:
                log.info("lists", snapshot=version, seconds=round(time.perf_counter() - began, 2))
            return True
        trouble(self._settings.data).touch()
        return False

    def _run(self) -> None:
        wait = self._settings.refresh_seconds or float("inf")
        while not self._stop.is_set():
            seen = _changed(asked(self._settings.data))
            due = time.monotonic() + (wait if self.once() else min(wait, 60.0))
            while time.monotonic() < due and _changed(asked(self._settings.data)) == seen:
                if self._stop.wait(LOOK):
                    return


def plan_of(settings: Settings) -> Plan:
    """What the settings say a snapshot is made of.

    Raises:
        InputError: the manifest cannot be used.
    """
    from caudal.server.data.building import plan_of_lists  # noqa: PLC0415

    return plan_of_lists(settings.lists)


async def follow(state: State) -> None:
    """Take each snapshot into use as it comes into force. Runs in every worker."""
    from caudal.server.data.folder import Snapshots  # noqa: PLC0415

    data = state.settings.data
    snapshots = Snapshots(data)
    used: str | None = None
    while True:
        version = snapshots.current
        if version is not None and version != used:
            try:
                opened = await asyncio.to_thread(opened_and_warm, snapshots, version)
            except Exception as error:
                reason = str(error) if isinstance(error, CaudalError) else type(error).__name__
                log.error("snapshot", snapshot=version, reason=reason, where=logs.where(error))
                state.current.failed("The lists are being read anew: what was read before is damaged.")
                _touch(asked(data))
                await asyncio.sleep(LOOK * 4)
            else:
                state.current.put(opened)
                state.metrics.reloads.inc()
                log.info("snapshot", snapshot=version, before=used)
                used = version
                del opened
        elif used is None and trouble(data).exists():
            state.current.failed("The lists cannot be read; the server's log says why.")
        await asyncio.sleep(LOOK)


def opened_and_warm(snapshots: Snapshots, version: str) -> Snapshot:
    """A snapshot from disk, ready to answer at full speed. It is let go of when nobody holds it any more."""
    from caudal.server.data.opening import open_snapshot  # noqa: PLC0415
    from caudal.server.matching import warm  # noqa: PLC0415

    snapshot = open_snapshot(snapshots, version, check=False)  # the keeper has looked at every byte
    weakref.finalize(snapshot, snapshot.close)
    warm(snapshot)
    return snapshot


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _touch(path: Path) -> None:
    try:
        path.touch()
    except OSError as error:
        log.error("lists", reason=f"the data folder cannot be written ({error.strerror})")
