"""Keeps a server's lists: every process follows the snapshot in force, and one of them sees that it is renewed.

`follow` and `keep` are companions of a process of the server. Building is the work of a process of its own
(`python -m caudal.server.data.keeping SETTINGS`), so that nobody who asks waits for it; what it says comes back as
lines of JSON. Whoever holds `keeper.lock` starts it; when that process ends another takes its place.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import PurePath
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog

from caudal.errors import CaudalError, InputError
from caudal.server.data.folder import Snapshots
from caudal.server.settings import Settings
from caudal.storage import write_text

if TYPE_CHECKING:
    from caudal.server.snapshot import Snapshot
    from caudal.server.state import State

LOOK = 1.0
"""Seconds between two looks at which snapshot is in force."""
AGAIN = 60.0
"""Seconds after which a renewal that failed is tried again, where nothing is in force."""
log = structlog.get_logger("caudal")


class Requests:
    """Requests to renew the snapshot, between processes: a file names the last one, another says how it went."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.data / "snapshots"

    def ask(self, *, force: bool) -> int:
        """Ask for a renewal; the number by which `outcome` tells of it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "requests.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            number = self.last[0] + 1
            write_text(json.dumps([number, force]), self._folder / "requested")
        return number

    @property
    def kept(self) -> bool:
        """Whether a process looks at them."""
        try:
            with (self._folder / "keeper.lock").open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    @property
    def last(self) -> tuple[int, bool]:
        """The last request's number, and whether all is to be built anew."""
        with suppress(OSError, ValueError, TypeError):
            number, force = json.loads((self._folder / "requested").read_bytes())
            return int(number), bool(force)
        return 0, False

    @property
    def outcome(self) -> dict[str, Any]:
        """What the last renewal came to: `number` (requests up to which it answers), `failed` (the reason, or null),
        `at` (seconds since 1970), `busy` (what is being done now, or null), `versions` (of the datasets, as their
        sources name them)."""
        with suppress(OSError, ValueError):
            told = json.loads((self._folder / "outcome").read_bytes())
            if isinstance(told, dict):
                return told
        return {"number": 0, "failed": None, "at": 0.0, "busy": None, "versions": {}}

    def tell(self, **told: Any) -> None:
        """Say what it came to; on a full disk only the log tells."""
        with suppress(OSError):
            write_text(json.dumps({**self.outcome, **told, "at": time.time()}), self._folder / "outcome")


async def follow(state: State) -> None:
    """Answer from the snapshot in force: open it, and put it in the place of the one before.

    The one before stays open for as long as a request may take.
    """
    from caudal.server.data.opening import open_snapshot  # noqa: PLC0415 - the screener takes its time to load

    snapshots, requests = Snapshots(state.settings.data), Requests(state.settings)
    opened: str | None = None
    bad: set[str] = set()
    while True:
        version = snapshots.current
        if version is not None and version != opened and version not in bad:
            try:
                snapshot = await asyncio.to_thread(open_snapshot, snapshots, version)
            except (CaudalError, OSError, ValueError) as error:
                bad.add(version)
                log.error("snapshot", version=version, reason=str(error))
                requests.ask(force=False)
                if not state.current.ready:
                    state.current.failed("The lists on disk are damaged and are built anew.")
            else:
                before = state.current.put(snapshot)
                log.info("snapshot", version=version, before=opened)
                opened = version
                if before is not None:
                    asyncio.get_running_loop().call_later(state.settings.bounds.seconds + 5.0, _closing(before))
        elif not state.current.ready and not bad:
            told = requests.outcome
            reason = told["failed"] or (f"The lists are being read: {told['busy']}." if told["busy"] else None)
            state.current.failed(reason or "The lists are being read.")
        await asyncio.sleep(LOOK)


def _closing(snapshot: Snapshot) -> Callable[[], None]:
    def close() -> None:
        snapshot.close()

    return close


async def keep(state: State) -> None:
    """See that the snapshot is renewed: at the start, every `refresh_seconds`, and when asked.

    One process of a server does so at a time.
    """
    snapshots, requests = Snapshots(state.settings.data), Requests(state.settings)
    snapshots.folder.mkdir(parents=True, exist_ok=True)
    with (snapshots.folder / "keeper.lock").open("ab") as lock:
        await _locked(lock)
        due, failed = time.monotonic(), False
        while True:
            number, force = requests.last
            asked = number > requests.outcome["number"]
            if asked or time.monotonic() >= due:
                failed = await _renew(state.settings, requests, number, force=asked and force)
                wait = state.settings.refresh_seconds or float("inf")
                if failed and not state.current.ready:
                    wait = min(wait, AGAIN)
                due = time.monotonic() + wait
            await asyncio.sleep(LOOK / 2)


async def _locked(lock: IO[bytes]) -> None:
    """Wait to be the one who keeps."""
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            await asyncio.sleep(LOOK)


async def _renew(settings: Settings, requests: Requests, number: int, *, force: bool) -> bool:
    """Renew the snapshot in a process of its own; whether it failed."""
    words = [sys.executable, "-m", "caudal.server.data.keeping", settings.model_dump_json(), *(["--force"] * force)]
    process = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None  # noqa: S101 - asked for above
    failed: str | None = "Reading the lists ended without a word; the log may say why."
    try:
        async for line in process.stdout:
            with suppress(ValueError):
                told = json.loads(line)
                if "done" in told:
                    failed = None
                elif "failed" in told:
                    failed = told["failed"]
                    log.error("lists", reason=told["detail"])
                elif "versions" in told:
                    requests.tell(versions=told["versions"])
                else:
                    requests.tell(busy=told["doing"])
                    log.info("lists", doing=told["doing"])
        await process.wait()
    except asyncio.CancelledError:
        with suppress(ProcessLookupError):
            process.terminate()
        raise
    requests.tell(number=number, failed=failed, busy=None)
    return failed is not None


def main(words: list[str]) -> int:
    """Renew the snapshot of a server: its settings as JSON, and `--force` to build it in any case.

    Writes lines of JSON: `doing` and `versions` as it goes, `done` with the version or `failed` with the reason.
    """
    from caudal.server.data.building import refresh  # noqa: PLC0415 - so that `follow` starts without it

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was begun is cleared away
    settings = Settings.model_validate_json(words[0])
    try:
        version = refresh(
            settings,
            force="--force" in words,
            tell=lambda text: _say(doing=text),
            wanted=lambda versions: _say(versions=versions),
        )
    except InputError as error:
        # Whoever asks learns what is wrong, not where the file lies.
        where = f"{PurePath(urlsplit(error.file).path).name}: " if error.file else ""
        _say(failed=f"The lists cannot be read: {where}{error.reason}", detail=str(error))
        return 2
    except (OSError, sqlite3.Error) as error:
        why = getattr(error, "strerror", None) or str(error)
        _say(failed=f"The lists cannot be written ({why}); what was in force stays so.", detail=repr(error))
        return 1
    _say(done=version)
    return 0


def _say(**told: Any) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
