"""Keeps the lists ready: the main process has snapshots built, in each worker a task takes them into use.

They meet in the data folder: `snapshots/current` names the version in force, `snapshots/requested` asks for the lists
to be looked at now, `snapshots/outcome` says what came of it.
"""

from __future__ import annotations

import asyncio
import fcntl
import gc
import json
import subprocess
import sys
import threading
import time
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import structlog

from caudal.errors import CaudalError
from caudal.server.data.folder import Snapshots
from caudal.server.data.requests import Requests
from caudal.server.gate import logs
from caudal.server.settings import Settings

if TYPE_CHECKING:
    from caudal.server.snapshot import Snapshot
    from caudal.server.state import State

LOOK = 0.5
"""Seconds between two looks at the data folder; one costs a few microseconds."""
AGAIN = 60.0
"""Seconds after which lists that could not be read are tried again at the latest."""

log = structlog.get_logger("caudal")


class Keeper:
    """Has a snapshot built where there is none of the lists as they are: now, from time to time, and when asked.

    One process of a server does so at a time, others wait to take its place. Building is the work of a process of its
    own (`data.renewing`).

    Args:
        settings: name the lists, and how often to look.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings, self._stop = settings, threading.Event()
        self._requests = Requests(settings)
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._builder: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; a snapshot half built is thrown away."""
        self._stop.set()
        builder = self._builder
        if builder is not None:
            builder.terminate()
        if self._thread.ident is not None:
            self._thread.join(10.0)

    def _run(self) -> None:
        folder = Snapshots(self._settings.data).folder
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "keeper.lock").open("ab") as lock:
            while True:
                with suppress(BlockingIOError):
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                if self._stop.wait(LOOK):
                    return
            due = time.monotonic()
            while not self._stop.is_set():
                number, force = self._requests.last
                asked = number > self._requests.outcome["number"]
                if asked or time.monotonic() >= due:
                    well = self._renew(number, force=asked and force)
                    wait = self._settings.refresh_seconds or float("inf")
                    due = time.monotonic() + (wait if well else min(wait, AGAIN))
                self._stop.wait(LOOK / 2)

    def _renew(self, number: int, *, force: bool) -> bool:
        """Have the lists looked at; whether that went well."""
        began = time.perf_counter()
        words = [sys.executable, "-m", "caudal.server.data.renewing", self._settings.model_dump_json()]
        self._requests.tell(busy="looking at what changed")
        told: dict[str, Any] = {"failed": "Reading the lists ended without a word.", "detail": "see the log"}
        with subprocess.Popen([*words, *(["--force"] * force)], stdout=subprocess.PIPE, text=True) as builder:  # noqa: S603
            self._builder = builder
            if self._stop.is_set():
                builder.terminate()
            assert builder.stdout is not None  # noqa: S101 - asked for above
            for line in builder.stdout:
                with suppress(ValueError):
                    told = self._heard(json.loads(line)) or told
        self._builder = None
        if self._stop.is_set():
            return False
        if "done" in told:
            log.info("lists", snapshot=told["done"], seconds=round(time.perf_counter() - began, 2))
        else:
            log.error("lists", reason=told["detail"], kept=Snapshots(self._settings.data).current)
        self._requests.tell(number=number, failed=told.get("failed"), busy=None)
        return "done" in told

    def _heard(self, told: dict[str, Any]) -> dict[str, Any] | None:
        """Pass on what the builder says; its last word comes back."""
        if "doing" in told:
            self._requests.tell(busy=told["doing"])
            log.info("lists", step=told["doing"])
            return None
        if "versions" in told:
            self._requests.tell(versions=told["versions"])
            return None
        return told


async def follow(state: State) -> None:
    """Take each snapshot into use as it comes into force. Runs in every worker."""
    snapshots, requests = Snapshots(state.settings.data), Requests(state.settings)
    used = state.current.get().version if state.current.ready else None
    bad: str | None = None
    if used is not None:
        # The snapshot came with the process; the application, made since, stays as well.
        await asyncio.to_thread(gc.collect)
        gc.freeze()
        state.metrics.reloads.inc()
        log.info("snapshot", snapshot=used, before=None)
    while True:
        version = snapshots.current
        if version is not None and version not in {used, bad}:
            try:
                opened = await asyncio.to_thread(opened_and_warm, snapshots, version, check=used is None)
            except Exception as error:
                bad = version
                reason = str(error) if isinstance(error, CaudalError) else type(error).__name__
                log.error("snapshot", snapshot=version, reason=reason, where=logs.where(error))
                state.current.failed("The lists are being read anew: what was read before cannot be used.")
                with suppress(OSError):
                    await asyncio.to_thread(lambda: requests.ask(force=False))
            else:
                state.current.put(opened)
                state.metrics.reloads.inc()
                log.info("snapshot", snapshot=version, before=used)
                used = version
                del opened
        elif used is None and bad is None:
            told = await asyncio.to_thread(lambda: requests.outcome)
            doing = f": {told['busy']}" if told["busy"] else ""
            state.current.failed(told["failed"] or f"The lists are being read{doing}.")
        await asyncio.sleep(LOOK)


def opened_and_warm(snapshots: Snapshots, version: str, *, check: bool) -> Snapshot:
    """A snapshot from disk, ready to answer at full speed. It is let go of when nobody holds it any more.

    Args:
        check: compare every byte with its checksum, for it may have lain there long; whoever built it just now did so.
    """
    from caudal.server.data.opening import open_snapshot  # noqa: PLC0415 - loads while the worker starts to listen
    from caudal.server.matching import warm  # noqa: PLC0415

    snapshot = open_snapshot(snapshots, version, check=check)
    weakref.finalize(snapshot, snapshot.close)
    warm(snapshot)
    settle()
    return snapshot


def settle() -> None:
    """Take all there is out of the collector's rounds: a round over a million objects that stay holds up every request
    for a tenth of a second. What was left over since the last time is collected first."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
