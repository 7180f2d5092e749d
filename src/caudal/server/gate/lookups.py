"""The log of look-ups: who asked when, why, and which state of the lists answered; never about whom in clear.

One line of JSON for each look-up, a file for each day, only ever appended to. Names and identifiers stand in it as
keyed digests: whoever holds the server's secret can find a look-up again by asking for the same name, and nobody can
read names out of it. Each line has a number and carries a keyed digest over itself and the line before (`chain`), so
that a line changed or taken out shows; how many there are and where the chain stands is kept apart (`head`), so that
lines cut off the end show.

An answer leaves only after its line was handed to the operating system, which outlives a crash of the server. The disk
itself is waited for once a second or, with `sync = "each"`, at every line. A look-up whose line cannot be written is
refused.
"""

from __future__ import annotations

import errno
import fcntl
import hmac
import os
import threading
import time
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from starlette.requests import Request

from caudal.server.gate.chain import End, chained, end_of, end_of_log
from caudal.server.gate.head import Head
from caudal.server.problems import Problem

NAMES = frozenset(
    {
        "name",
        "alias",
        "weakAlias",
        "previousName",
        "abbreviation",
        "firstName",
        "secondName",
        "middleName",
        "lastName",
        "fatherName",
        "motherName",
        "query",
    }
)
"""Properties whose values are digested one by one too, so that a person can be told whether they were looked up."""

_PROBE = 4096


@dataclass(frozen=True)
class Noted:
    """What a route says of a look-up; see `noted`."""

    kind: str
    asked: Sequence[Mapping[str, Any] | str]
    found: Sequence[Sequence[str]]
    bands: Mapping[str, int] = field(default_factory=dict)


def noted(
    request: Request,
    kind: str,
    asked: Sequence[Mapping[str, Any] | str],
    found: Sequence[Sequence[str]],
    bands: Mapping[str, int] | None = None,
) -> None:
    """Say what was looked up, for its line in the log and for the metrics.

    A route that does not say so is logged all the same, by a digest of its address or body.

    Args:
        request: the request.
        kind: `match`, `search`, `entity`...
        asked: the queries: a mapping with `schema` and `properties`, or a text.
        found: per query, ids of the listed entities in the answer; nothing of a customer.
        bands: how many results there were in each band of screening (`alert`, `ask`, `below`).
    """
    request.state.noted = Noted(kind, asked, found, bands or {})


class NotLogged(Problem):
    """A look-up that could not be logged, and so was not answered."""

    status = 503

    def __init__(self) -> None:
        super().__init__("Look-ups cannot be logged at the moment, so none is answered.", headers={"retry-after": "5"})


class Lookups:
    """The log of look-ups of a folder; several processes may append to it.

    Args:
        folder: holds one file a day (UTC), `2026-11-24.jsonl`.
        key: of the digests and the chain.
        each: wait for the disk at every line, not once a second.
        head: file of the head; beside the folder where it is not said.
        clock: seconds of the epoch.
        tell: is told in one line of what goes wrong between requests.
    """

    def __init__(
        self,
        folder: Path,
        key: bytes,
        *,
        each: bool = False,
        head: Path | None = None,
        clock: Callable[[], float] = time.time,
        tell: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._folder, self._key, self.each, self._clock, self._tell = folder, key, each, clock, tell
        self._lock = threading.Lock()
        self._handle, self._day, self._size, self._end = -1, "", -1, End()
        self._head = Head(head or head_beside(folder), key)
        self._dirty, self._broken, self._proven = False, False, float("-inf")
        self._stop = threading.Event()
        self._syncing: threading.Thread | None = None

    def head(self) -> End:
        """Where the log ends, by its head.

        Raises:
            OSError: the head cannot be read.
        """
        with self._lock:
            return self._head.read()

    def digest(self, text: str) -> str:
        """The keyed digest of a text, in hex; the same for the same words however they are written."""
        return hmac.digest(self._key, b"text\0" + plain(text).encode(), "sha256")[:16].hex()

    def digests(self, query: Mapping[str, Any] | str) -> dict[str, Any]:
        """A query as it stands in the log: a digest of all of it (`query`), and of each of its names (`names`)."""
        if isinstance(query, str):
            return {"query": self.digest(query), "names": [self.digest(query)]}
        flat = {prop: sorted({plain(v) for v in _texts(values)}) for prop, values in _properties(query).items()}
        flat = {prop: values for prop, values in sorted(flat.items()) if values}
        whole = orjson.dumps([query.get("schema") or "", flat])
        names = sorted({self.digest(v) for prop in flat.keys() & NAMES for v in flat[prop]})
        return {"query": hmac.digest(self._key, b"query\0" + whole, "sha256")[:16].hex(), "names": names}

    def write(self, entry: Mapping[str, Any]) -> None:
        """Append a line; `time` and `chain` are added.

        Raises:
            NotLogged: it could not be written whole; nothing of it stays.
        """
        now = self._clock()
        try:
            with self._lock:
                if self._broken:
                    self._probe()
                self._append(now, {"time": _instant(now), **entry})
                if self.each:
                    os.fdatasync(self._handle)
                else:
                    self._dirty = True
                self._proven = time.monotonic()
        except (OSError, ValueError, TypeError) as error:
            self._fail(error)
            raise NotLogged from error
        if not self.each and self._syncing is None:
            self._begin_syncing()

    def writable(self) -> bool:
        """Whether a line could be written now: proven by one of the last seconds, or by a trial beside the log."""
        with self._lock:
            if not self._broken and time.monotonic() - self._proven < 2.0:
                return True
            try:
                self._probe()
            except OSError as error:
                self._broken = True
                self._tell(
                    f"the log of look-ups cannot be written ({errno.errorcode.get(error.errno or 0, 'OSError')})"
                )
                return False
            self._proven = time.monotonic()
            return True

    def close(self) -> None:
        """Bring all lines to the disk and let go of the file."""
        self._stop.set()
        if self._syncing is not None:
            self._syncing.join(5.0)
            self._syncing = None
        with self._lock:
            self._close()
            self._close_head()

    def _append(self, now: float, entry: Mapping[str, Any]) -> None:
        day = datetime.fromtimestamp(now, UTC).date().isoformat()
        if day != self._day or self._handle < 0 or self._moved():
            self._open(day)
        fcntl.flock(self._handle, fcntl.LOCK_EX)
        try:
            size = os.fstat(self._handle).st_size
            if size != self._size:
                self._end = self._found(day, size)
            (number, chain), lines = (self._end.number, self._end.chain), b""
            if size == 0:
                number += 1
                before = end_of_log(self._folder, day).chain
                opened = {"n": number, "time": _instant(now), "kind": "opened", "day": day, "before": before}
                lines, chain = chained(self._key, "", opened)
            elif os.pread(self._handle, 1, size - 1) != b"\n":
                lines = b"\n"  # the end of a line torn by a crash; it stays, and `verify` tells of it
            line, chain = chained(self._key, chain, {"n": number + 1, **entry})
            self._write_whole(lines + line, size)
            self._size, self._end = size + len(lines) + len(line), End(number + 1, chain)
            self._head.write(self._end)
        except BaseException:
            self._size = -1
            raise
        finally:
            fcntl.flock(self._handle, fcntl.LOCK_UN)

    def _write_whole(self, data: bytes, size: int) -> None:
        """All or nothing: a file system that fills up midway leaves no half line, for the lock keeps others away."""
        written = os.write(self._handle, data)
        if written != len(data):
            os.ftruncate(self._handle, size)
            raise OSError(errno.ENOSPC, "only a part could be written")

    def _open(self, day: str) -> None:
        self._close()
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / f"{day}.jsonl"
        self._handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        self._day, self._size = day, -1

    def _moved(self) -> bool:
        """Whether the file is no longer the one of its name: taken away, or put in its place."""
        try:
            named, held = (self._folder / f"{self._day}.jsonl").stat(), os.fstat(self._handle)
        except FileNotFoundError:
            return True
        return (named.st_ino, named.st_dev) != (held.st_ino, held.st_dev)

    def _close(self) -> None:
        if self._handle >= 0:
            with suppress(OSError):
                os.fdatasync(self._handle)
            os.close(self._handle)
        self._handle, self._dirty = -1, False

    def _close_head(self) -> None:
        with suppress(OSError):
            self._head.sync()
        self._head.close()

    def _found(self, day: str, size: int) -> End:
        """The chain of the last whole line of the day, and the number of the last line that was ever written.

        Where the head knows of more lines than there are, numbers go on from there, so that the gap stays to be seen.
        """
        end = end_of(self._handle, size)
        number = end.number or end_of_log(self._folder).number
        known = self._head.read().number
        if known > number:
            self._tell(f"the log of look-ups ends at line {number}, but {known} were written: lines are missing")
        return End(max(number, known), end.chain)

    def _probe(self) -> None:
        """Write and take back a block beside the log."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / f".probe.{os.getpid()}.{threading.get_ident()}"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            if os.write(handle, bytes(_PROBE)) != _PROBE:
                raise OSError(errno.ENOSPC, "only a part could be written")
            os.fsync(handle)
        finally:
            os.close(handle)
            path.unlink(missing_ok=True)
        self._head.probe()
        self._broken = False

    def _fail(self, error: Exception) -> None:
        with self._lock:
            self._broken = True
            if self._handle >= 0:
                os.close(self._handle)
                self._handle = -1
            self._head.close()
        code = errno.errorcode.get(getattr(error, "errno", 0) or 0, type(error).__name__)
        self._tell(f"a look-up could not be logged ({code}) and was refused")

    def _begin_syncing(self) -> None:
        with self._lock:
            if self._syncing is None:
                self._stop.clear()
                self._syncing = threading.Thread(target=self._sync_each_second, name="lookups", daemon=True)
                self._syncing.start()

    def _sync_each_second(self) -> None:
        while not self._stop.wait(1.0):
            with self._lock:
                handle = os.dup(self._handle) if self._dirty and self._handle >= 0 else -1
                self._dirty = False
            if handle < 0:
                continue
            try:
                os.fdatasync(handle)
                self._head.sync()
            except OSError as error:
                with self._lock:
                    self._broken = True
                self._tell(f"the last second of the log of look-ups may be lost ({errno.errorcode[error.errno or 0]})")
            finally:
                os.close(handle)


def head_beside(folder: Path) -> Path:
    """The file of the head where none is named."""
    return folder.with_name(f"{folder.name}-head")


def plain(text: str) -> str:
    """A text as digests take it: compatibility forms, case, accents, punctuation and spacing do not tell apart."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(" " if not c.isalnum() else c for c in apart if not unicodedata.combining(c))
    return " ".join(letters.split())


def _instant(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _properties(query: Mapping[str, Any]) -> Mapping[str, Any]:
    found = query.get("properties")
    return found if isinstance(found, Mapping) else {k: v for k, v in query.items() if k != "schema"}


def _texts(values: Any) -> list[str]:
    if isinstance(values, str):
        return [values]
    if isinstance(values, (list, tuple, set, frozenset)):
        return [str(v) for v in values if v is not None]
    return [] if values is None else [str(values)]
