"""Keys: who may ask what. A token is shown once; at rest there is a salted, keyed hash of it."""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

import orjson
from limits import parse_many

from caudal.errors import InputError
from caudal.server.gate.secret import derived

SCOPES = ("read", "screen", "decide", "admin")
"""Each holds those before it."""

PREFIX = "caudal"
NAME = "keys.json"


@dataclass(frozen=True)
class Key:
    """A key as it is kept.

    Attributes:
        id: names it in logs; not secret.
        name: whose it is, for people.
        scope: the widest of `SCOPES` it holds.
        rate: requests it may make, such as `600/minute`; empty: as the server is set.
        made, expires, revoked: UTC; None: never.
        salt, digest: of its secret part, in hex.
    """

    id: str
    name: str
    scope: str
    rate: str
    made: datetime
    expires: datetime | None
    revoked: datetime | None
    salt: str
    digest: str

    @property
    def scopes(self) -> frozenset[str]:
        """All it may do."""
        return frozenset(SCOPES[: SCOPES.index(self.scope) + 1])

    def valid(self, now: datetime) -> bool:
        """Whether it opens anything at that time."""
        return self.revoked is None and (self.expires is None or now < self.expires)


class Keys:
    """The keys of a folder.

    The file is small and replaced whole, and looked at (one `stat`) at every request: a key that is revoked opens
    nothing from the next request on, in every process.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / NAME
        self._lock = Lock()
        self._seen: tuple[int, int, int] | None = None
        self._keys: dict[str, Key] = {}
        self._pepper_bytes: bytes | None = None

    def all(self) -> list[Key]:
        """Every key, oldest first.

        Raises:
            InputError: the file cannot be read.
        """
        return sorted(self._current().values(), key=lambda k: (k.made, k.id))

    def usable(self, now: datetime | None = None) -> bool:
        """Whether any key opens anything."""
        moment = now or datetime.now(UTC)
        return any(key.valid(moment) for key in self.all())

    def add(self, name: str, scope: str, rate: str = "", expires: datetime | None = None) -> tuple[Key, str]:
        """Make a key.

        Returns:
            The key as kept, and its token: nobody can show that again.

        Raises:
            InputError: the scope, the rate or the day cannot be, or the file cannot be written.
        """
        now = datetime.now(UTC)
        if scope not in SCOPES:
            raise InputError(f"there is no such scope; there are {', '.join(SCOPES)}", field="scope")
        if not name.strip() or len(name) > 200 or not name.isprintable():
            raise InputError("say in a few words whose key it is", field="name")
        if rate:
            rates_of(rate)
        if expires is not None and expires <= now:
            raise InputError("it would be over before it began", field="expires")
        secret, salt = secrets.token_urlsafe(32), secrets.token_bytes(16)
        with self._writing() as keys:
            while (ident := secrets.token_hex(4)) in keys:
                pass
            key = Key(ident, name.strip(), scope, rate, now, expires, None, salt.hex(), self._digest(secret, salt))
            keys[ident] = key
        return key, f"{PREFIX}_{ident}_{secret}"

    def revoke(self, ident: str) -> Key:
        """End a key; one that was ended before stays as it was.

        Raises:
            InputError: there is none of that id.
        """
        with self._writing() as keys:
            if ident not in keys:
                raise InputError(f"there is no key {ident!r}; see `caudal keys list`", file=str(self.path))
            if keys[ident].revoked is None:
                keys[ident] = replace(keys[ident], revoked=datetime.now(UTC))
            return keys[ident]

    def check(self, token: str, now: datetime | None = None) -> Key | None:
        """The key a token belongs to, if it is valid. Takes as long for a wrong secret as for a right one.

        Raises:
            InputError: the keys cannot be read.
        """
        parts = token.split("_", 2)
        prefix, ident, secret = parts if len(parts) == 3 else ("", "", token)
        key = self._current().get(ident)
        salt, held = (bytes.fromhex(key.salt), key.digest) if key else (bytes(16), "0" * 64)
        same = hmac.compare_digest(self._digest(secret, salt), held)
        if key is None or not same or prefix != PREFIX or not key.valid(now or datetime.now(UTC)):
            return None
        return key

    def _digest(self, secret: str, salt: bytes) -> str:
        """A fast hash is enough: a token is 256 random bits, so that no list of guesses reaches it."""
        if self._pepper_bytes is None:
            self._pepper_bytes = derived(self.folder, "keys")
        return hashlib.blake2b(
            secret.encode("utf-8", "replace"), key=self._pepper_bytes, salt=salt, digest_size=32
        ).hexdigest()

    def _current(self) -> dict[str, Key]:
        try:
            stat = self.path.stat()
            seen = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        except FileNotFoundError:
            seen = None
        except OSError as error:
            raise InputError(f"cannot be read ({error.strerror})", file=str(self.path)) from error
        if seen is None:
            return {}
        if seen != self._seen:
            with self._lock:
                self._keys, self._seen = self._read(), seen
        return self._keys

    def _read(self) -> dict[str, Key]:
        try:
            rows = orjson.loads(self.path.read_bytes())["keys"]
            return {row["id"]: _key(row) for row in rows}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError("cannot be read as keys", file=str(self.path)) from error

    @contextmanager
    def _writing(self) -> Iterator[dict[str, Key]]:
        """The keys to change, written whole when the block ends; one writer at a time."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / f".{NAME}.lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                keys = self._read()
                yield keys
                self._write(keys)
        except OSError as error:
            raise InputError(f"cannot be written ({error.strerror})", file=str(self.path)) from error

    def _write(self, keys: dict[str, Key]) -> None:
        aside = self.path.with_name(f".{NAME}.{os.getpid()}.tmp")
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(orjson.dumps({"keys": [asdict(k) for k in keys.values()]}, option=orjson.OPT_INDENT_2))
                file.flush()
                os.fsync(file.fileno())
            aside.replace(self.path)
        finally:
            aside.unlink(missing_ok=True)


def rates_of(text: str) -> list[Any]:
    """Rates as the library reads them, such as `600/minute` or `20/second;5000/hour`.

    Raises:
        InputError: it is none.
    """
    try:
        return list(parse_many(text))
    except ValueError as error:
        raise InputError(f"{text!r} is no rate; write 600/minute or 20/second;5000/hour", field="rate") from error


def _key(row: dict[str, Any]) -> Key:
    if row["scope"] not in SCOPES:
        raise ValueError(row["scope"])
    days = {name: None if row[name] is None else datetime.fromisoformat(row[name]) for name in ("expires", "revoked")}
    return Key(**{**row, **days, "made": datetime.fromisoformat(row["made"])})
