"""Arrays that take long to make, kept in the user's cache folder from one process to the next.

The file's name holds a fingerprint of this program and its libraries, and the file a checksum of itself: one that is of
another version, cut or altered is never used and is written anew. Where no file can be written, all works, only slower.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

import numpy as np

from caudal.screening.stored import program
from caudal.storage import aside

SWITCH = "CAUDAL_CACHE"
"""Environment variable: the folder to keep things in; empty: nothing is kept."""
_SUM = 16


def folder() -> Path | None:
    """Where things are kept: what the environment says, or the usual place of the system; None: nowhere."""
    stated = os.environ.get(SWITCH)
    if stated is not None:
        return Path(stated) if stated else None
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
    elif sys.platform == "darwin":
        base = str(Path("~/Library/Caches").expanduser())
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path("~/.cache").expanduser())
    return Path(base) / "caudal" if base and "~" not in base else None


def _file() -> Path | None:
    place = folder()
    return None if place is None else place / f"names-{program()}.bin"


def read() -> list[np.ndarray] | None:
    """What was kept; None where there is no file, or none that can be trusted."""
    path = _file()
    try:
        held = path.read_bytes() if path is not None else b""
    except OSError:
        return None
    if len(held) <= _SUM or blake2b(held[_SUM:], digest_size=_SUM).digest() != held[:_SUM]:
        return None
    source = io.BytesIO(held)
    source.seek(_SUM)
    found = []
    while source.tell() < len(held):
        found.append(np.load(source, allow_pickle=False))
    return found


def write(arrays: Sequence[np.ndarray]) -> None:
    """Keep arrays; older versions' files go. A folder that cannot be written to is passed over."""
    path = _file()
    if path is None:
        return
    made = io.BytesIO()
    for values in arrays:
        np.save(made, values, allow_pickle=False)
    with suppress(OSError):
        with aside(path) as temporary:
            temporary.write_bytes(blake2b(made.getbuffer(), digest_size=_SUM).digest() + made.getbuffer())
        for other in (*path.parent.glob("names-*.bin"), *path.parent.glob("words-*.bin")):
            if other != path:
                other.unlink(missing_ok=True)
