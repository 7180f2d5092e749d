"""The head of the log of look-ups: how many lines there are and where the chain stands, kept apart from the lines.

Two records of a fixed length, written in turn and each with a keyed digest, so that one torn by a crash leaves the one
before. It is written in place under the lock of the log, which costs a few microseconds and needs no room on the disk.
"""

from __future__ import annotations

import hmac
import os
from pathlib import Path

from caudal.server.gate.chain import End

_LONG = 128
_DIGEST = 32


class Head:
    """A head in a file; several processes may write it, under a lock that is not its own.

    Args:
        path: the file; its folder must be there. key: of the digest.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        self._path, self._key = path, key
        self._handle = -1

    def read(self) -> End:
        """The head as it stands, or that of an empty log where there is none that can be believed.

        Raises:
            OSError: the file cannot be opened.
        """
        held = os.pread(self._opened(), 2 * _LONG, 0)
        ends = [self._end(held[at : at + _LONG]) for at in (0, _LONG)]
        return max((end for end in ends if end is not None), key=lambda end: end.number, default=End())

    def write(self, end: End) -> None:
        """Put a head in place of the one before the last.

        Raises:
            OSError: the file cannot be written.
        """
        text = str(end).encode()
        record = (text + b" " + self._digest(text)).ljust(_LONG - 1) + b"\n"
        if os.pwrite(self._opened(), record, _LONG * (end.number % 2)) != _LONG:
            raise OSError("only a part of the head could be written")

    def probe(self) -> None:
        """Write where no record stands.

        Raises:
            OSError: the file cannot be written.
        """
        os.pwrite(self._opened(), b"\n", 2 * _LONG)

    def sync(self) -> None:
        """Bring it to the disk.

        Raises:
            OSError: the disk refuses.
        """
        if self._handle >= 0:
            handle = os.dup(self._handle)  # another thread may close it meanwhile
            try:
                os.fdatasync(handle)
            finally:
                os.close(handle)

    def close(self) -> None:
        """Let go of the file."""
        if self._handle >= 0:
            os.close(self._handle)
        self._handle = -1

    def _opened(self) -> int:
        if self._handle < 0:
            self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        return self._handle

    def _digest(self, text: bytes) -> bytes:
        return hmac.digest(self._key, b"head\0" + text, "sha256")[: _DIGEST // 2].hex().encode()

    def _end(self, record: bytes) -> End | None:
        text, _, digest = record.rstrip().partition(b" ")
        if not text or not hmac.compare_digest(digest, self._digest(text)):
            return None
        return End.read(text.decode())
