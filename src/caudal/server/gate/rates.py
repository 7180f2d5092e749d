"""How often a key may ask, counted over all processes of the server.

The counting is that of the `limits` library (fixed windows: a key may spend two windows' worth around their border);
what it counts in is a small file that all processes map, because a client that keeps its connection stays with one of
them and would otherwise get only that one's share.
"""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from threading import Lock

from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from caudal.server.gate.keys import rates_of
from caudal.server.problems import Problem

_SLOT = struct.Struct("<8sdQ")  # what is counted, when its window ends, how many
_SLOTS = 4096
_REACH = 32


class SharedCounters(Storage):
    """Counters in a mapped file, for the rate limits of `limits`."""

    STORAGE_SCHEME = None

    def __init__(self, path: Path) -> None:
        super().__init__()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.ftruncate(self._handle, _SLOTS * _SLOT.size)
        self._map = mmap.mmap(self._handle, _SLOTS * _SLOT.size)
        self._threads = Lock()

    @property
    def base_exceptions(self) -> type[Exception]:
        """What goes wrong below."""
        return OSError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count `amount` more in the window of a key, or begin one of `expiry` seconds."""
        now = time.time()
        with self._held():
            tag, at, until, count = self._find(key, now)
            if until <= now:
                until, count = now + expiry, 0
            _SLOT.pack_into(self._map, at, tag, until, count + amount)
        return count + amount

    def get(self, key: str) -> int:
        """How many there are in the window of a key."""
        now = time.time()
        with self._held():
            _, _, until, count = self._find(key, now)
        return count if until > now else 0

    def get_expiry(self, key: str) -> float:
        """When the window of a key ends, in seconds of the epoch."""
        now = time.time()
        with self._held():
            _, _, until, _ = self._find(key, now)
        return max(until, now)

    def check(self) -> bool:
        """Whether it works."""
        return not self._map.closed

    def reset(self) -> int | None:
        """Forget all."""
        with self._held():
            self._map[:] = bytes(len(self._map))
        return None

    def clear(self, key: str) -> None:
        """Forget one key."""
        with self._held():
            tag, at, _, _ = self._find(key, time.time())
            _SLOT.pack_into(self._map, at, tag, 0.0, 0)

    def close(self) -> None:
        """Let go of the file."""
        self._map.close()
        os.close(self._handle)

    @contextmanager
    def _held(self) -> Iterator[None]:
        with self._threads:
            fcntl.lockf(self._handle, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._handle, fcntl.LOCK_UN)

    def _find(self, key: str, now: float) -> tuple[bytes, int, float, int]:
        """The slot of a key: its own, else one that is free, else the one whose window ends first."""
        tag = hashlib.blake2b(key.encode(), digest_size=8).digest()
        first, free = int.from_bytes(tag, "little") % _SLOTS, (float("inf"), 0)
        for step in range(_REACH):
            at = (first + step) % _SLOTS * _SLOT.size
            held, until, count = _SLOT.unpack_from(self._map, at)
            if held == tag:
                return tag, at, until, count
            free = min(free, (until if until > now else 0.0, at))
        return tag, free[1], 0.0, 0


class Rates:
    """Rate limits of keys.

    Args:
        path: the file of the counters.
        usual: the rate of a key that names none.
    """

    def __init__(self, path: Path, usual: str) -> None:
        self._usual = usual
        self._limiter = FixedWindowRateLimiter(SharedCounters(path))

    def spend(self, ident: str, rate: str) -> None:
        """Count one request of a key.

        Raises:
            Problem: 429, with the seconds after which to ask again.
        """
        for item in rates_of(rate or self._usual):
            if not self._limiter.hit(item, ident):
                wait = self._limiter.get_window_stats(item, ident).reset_time - time.time()
                raise Problem(f"This key may ask {item}.", 429, {"retry-after": str(max(1, ceil(wait)))})
