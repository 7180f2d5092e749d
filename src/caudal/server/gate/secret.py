"""The one secret of a server: a file of random bytes from which a key for each use is derived."""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from pathlib import Path

from caudal.errors import InputError

NAME = "secret"
BYTES = 32


def derived(folder: Path, use: str) -> bytes:
    """The 32-byte key of one use; the secret is made when there is none.

    Whoever reads the secret can tell from a digest in the log of look-ups whether a name they guess was asked for, so
    its file must be readable by its owner alone.

    Raises:
        InputError: the secret cannot be read or made, others may read it, or it has another length.
    """
    return hashlib.blake2b(use.encode(), key=_secret(folder / NAME), digest_size=32).digest()


def _secret(path: Path) -> bytes:
    try:
        if not path.exists():
            _make(path)
        if path.stat().st_mode & 0o077:
            raise InputError("others than its owner may use it; chmod 600 it", file=str(path))
        found = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be used ({error.strerror})", file=str(path)) from error
    if len(found) != BYTES:
        raise InputError(f"it is not a secret of {BYTES} bytes; bring back the file as it was", file=str(path))
    return found


def _make(path: Path) -> None:
    """Written aside and linked, so that of two processes one wins and none reads half a secret."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, secrets.token_bytes(BYTES))
        os.fsync(handle)
        with suppress(FileExistsError):
            path.hardlink_to(aside)
    finally:
        os.close(handle)
        aside.unlink()
