"""Renews the snapshot of a server, in a process of its own: `python -m caudal.server.data.renewing SETTINGS [--force]`.

So nobody who asks waits for it, what it needed of memory goes with it, and a fault in it ends nothing else.
"""

from __future__ import annotations

import json
import signal
import sqlite3
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import active_children, get_context
from pathlib import PurePath
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from caudal.errors import InputError
from caudal.server.data.building import refresh
from caudal.server.settings import Settings


def main(words: list[str]) -> int:
    """Renew the snapshot of a server: its settings as JSON, and `--force` to build it in any case.

    Writes lines of JSON: `doing` and `versions` as it goes, `done` with the version or `failed` with the reason.
    """
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is told by the process that started it
    settings = Settings.model_validate_json(words[0])
    try:
        with ProcessPoolExecutor(1, get_context("spawn")) as beside:
            version = refresh(
                settings,
                force="--force" in words,
                tell=lambda text: _say(doing=text),
                wanted=lambda versions: _say(versions=versions),
                beside=beside,
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


def _end(number: int, _: FrameType | None) -> None:
    """End at once, but clear away what was begun."""
    for process in active_children():
        process.kill()
    sys.exit(128 + number)


def _say(**told: Any) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
