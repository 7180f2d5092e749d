"""How often a key may ask, counted over all processes of the server.

In no stretch of time as long as the window of a rate does a key pass more often than the rate says. Time is cut into
sixteenths of the window; what counts are the sixteenth that runs and the sixteen before it, which hold every such
stretch that ends now. So nothing is let pass at an edge, and whoever is refused has spent the rate within a window and
a sixteenth. Rates are read by the `limits` library; the counts stand in a small file that all processes map, because a
client that keeps its connection stays with one of them and would otherwise get only that one's share.
"""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from limits import RateLimitItem

from caudal.server.gate.keys import rates_of
from caudal.server.problems import Problem

PARTS = 16
"""Parts of a window, a power of two: so the edges of a window of whole seconds are exact."""
_RING = PARTS + 1
_SLOT = struct.Struct(f"<8sdq{_RING}I")  # what is counted, until when it counts, the last part, counts by part
_SLOTS = 4096
_REACH = 32


class _Slot(NamedTuple):
    at: int
    tag: bytes
    part: int
    counts: list[int]


class SharedCounters:
    """Counts of passes in a mapped file, for any number of threads and processes.

    Args:
        path: the file; it is made where there is none.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.ftruncate(self._handle, _SLOTS * _SLOT.size)
        self._map = mmap.mmap(self._handle, _SLOTS * _SLOT.size)
        self._threads = Lock()

    def spend(self, ident: str, rates: Sequence[RateLimitItem]) -> tuple[RateLimitItem, float] | None:
        """Count one pass of a key by all its rates, or by none where one of them is spent.

        Returns:
            The rate that is spent and the seconds until it lets one pass; None where it passes.
        """
        now = time.time()
        with self._held():
            slots = [self._slot(rate.key_for(ident), now, rate.get_expiry() / PARTS) for rate in rates]
            for rate, slot in zip(rates, slots, strict=True):
                if sum(slot.counts) >= rate.amount:
                    return rate, _free_at(slot, rate) - now
            for rate, slot in zip(rates, slots, strict=True):
                slot.counts[slot.part % _RING] += 1
                until = (slot.part + _RING) * rate.get_expiry() / PARTS
                _SLOT.pack_into(self._map, slot.at, slot.tag, until, slot.part, *slot.counts)
        return None

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

    def _slot(self, key: str, now: float, width: float) -> _Slot:
        """The slot of a key: its own, else one that counts no more, else the one that soonest will not.

        What is older than the window is taken out of its counts. A clock set back does not begin a window anew.
        """
        tag = hashlib.blake2b(key.encode(), digest_size=8).digest()
        first, free = int.from_bytes(tag, "little") % _SLOTS, (float("inf"), 0)
        part = int(now // width)
        for step in range(_REACH):
            at = (first + step) % _SLOTS * _SLOT.size
            held, until, last, *counts = _SLOT.unpack_from(self._map, at)
            if held == tag:
                part = max(part, last)
                for gone in range(last + 1, min(part, last + _RING) + 1):
                    counts[gone % _RING] = 0
                return _Slot(at, tag, part, counts)
            free = min(free, (until if until > now else 0.0, at))
        return _Slot(free[1], tag, part, [0] * _RING)


def _free_at(slot: _Slot, rate: RateLimitItem) -> float:
    """When enough of the counts are older than the window, in seconds of the epoch."""
    left = sum(slot.counts)
    for part in range(slot.part - PARTS, slot.part + 1):
        left -= slot.counts[part % _RING]
        if left < rate.amount:
            return (part + _RING) * rate.get_expiry() / PARTS
    raise AssertionError("a rate lets at least one pass")


class Rates:
    """Rate limits of keys.

    Args:
        path: the file of the counters.
        usual: the rate of a key that names none.
    """

    def __init__(self, path: Path, usual: str) -> None:
        self._usual = usual
        self._counters = SharedCounters(path)

    def spend(self, ident: str, rate: str) -> None:
        """Count one request of a key. A request that is refused counts for nothing.

        Raises:
            Problem: 429, with the seconds after which to ask again.
        """
        spent = self._counters.spend(ident, rates_of(rate or self._usual))
        if spent is not None:
            item, wait = spent
            raise Problem(f"This key may ask {item}.", 429, {"retry-after": str(max(1, ceil(wait)))})
