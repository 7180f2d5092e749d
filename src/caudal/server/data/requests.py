"""Requests to look at the lists again, and what came of it: files that the processes of a server share."""

from __future__ import annotations

import fcntl
import json
import time
from contextlib import suppress
from typing import Any

from caudal.server.settings import Settings
from caudal.storage import write_text


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
