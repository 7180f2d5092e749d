"""What a dataset is loaded from, brought to this machine."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import orjson

from caudal.errors import InputError
from caudal.register.store.fetch import Limits, fetch, session
from caudal.storage import file_hash

EXPORT = Limits(silence=300, whole=4 * 3600, size=64 << 30)
"""How patient the server is with an export, which may hold millions of entities."""
INDEX = Limits(silence=60, whole=300, size=256 << 20)
"""With a manifest, a catalogue or an index of deltas."""


@dataclass(frozen=True)
class Lists:
    """Caudal's own list files and folders, or a store of lists."""

    name: str
    paths: tuple[Path, ...]


@dataclass(frozen=True)
class Remote:
    """A FollowTheMoney export at an address or in a file.

    Attributes:
        name: the dataset. url: an http(s) address, or a path.
        version: as the manifest says; None: seen from the file itself.
        delta_url: index of the files that lead from version to version.
        namespace: whether ids get a name space of the dataset's own. token: sent along, never written down.
        etag, modified: what the server said of the file when it was fetched. file: where it lies, once fetched.
    """

    name: str
    url: str
    version: str | None = None
    delta_url: str | None = None
    namespace: bool = False
    token: str | None = None
    etag: str | None = None
    modified: str | None = None
    file: Path | None = None


Source = Lists | Remote


def local(address: str) -> Path | None:
    """The path that an address is on this machine; None for one elsewhere.

    Raises:
        InputError: it is neither.
    """
    parts = urlsplit(address)
    if parts.scheme in {"http", "https"}:
        return None
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    if "://" in address:
        raise InputError(f"addresses of the kind {parts.scheme}: cannot be read", file=address)
    return Path(address)


class Fetcher:
    """Fetches files into a folder of its own, which goes when it is done."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, address: str, token: str | None = None) -> bytes:
        """The bytes at an address: a manifest, a catalogue or an index.

        Raises:
            InputError: they cannot be read.
        """
        path = local(address) or self._fetched(address, token, INDEX)
        try:
            return path.read_bytes()
        except FileNotFoundError as error:
            raise InputError("there is no such file", file=address) from error
        except OSError as error:
            raise InputError(f"it cannot be read ({error.strerror})", file=address) from error

    def json(self, address: str, token: str | None = None) -> Any:
        """The JSON at an address.

        Raises:
            InputError: it cannot be read, or is none.
        """
        try:
            return orjson.loads(self.read(address, token))
        except orjson.JSONDecodeError as error:
            raise InputError("it is no JSON", file=address) from error

    def file(self, address: str, token: str | None = None) -> Path:
        """The file at an address, on this machine.

        Raises:
            InputError: it cannot be fetched.
        """
        return local(address) or self._fetched(address, token, EXPORT)

    def seen(self, source: Remote, before: Mapping[str, Any]) -> Remote:
        """A source with its version.

        Where the manifest says none: of a file its day and size, of an address the content's hash; it is fetched
        only if the server does not say that it is the one fetched `before`.

        Raises:
            InputError: it cannot be read.
        """
        if source.version is not None:
            return source
        path = local(source.url)
        if path is not None:
            try:
                found = path.stat()
            except OSError as error:
                raise InputError(f"it cannot be read ({error.strerror})", file=source.url) from error
            mark = hashlib.blake2b(f"{found.st_mtime_ns} {found.st_size}".encode(), digest_size=3).hexdigest()
            return replace(source, version=f"{datetime.fromtimestamp(found.st_mtime, UTC):%Y%m%d%H%M%S}-{mark}")
        asked = {"etag": before.get("etag"), "last_modified": before.get("modified")} if before.get("version") else {}
        with self._session(source.token) as asker:
            got = fetch(asker, source.url, self._place(), limits=EXPORT, **asked)
        if got is None:
            same = {"version": before["version"], "etag": before.get("etag"), "modified": before.get("modified")}
            return replace(source, **same)
        mark = file_hash(got.path)[:8]
        if str(before.get("version", "")).endswith(f"-{mark}"):
            version = before["version"]
        else:
            version = f"{datetime.now(UTC):%Y%m%d%H%M%S}-{mark}"
        return replace(source, version=version, etag=got.etag, modified=got.last_modified, file=got.path)

    def deltas(self, source: Remote, base: str) -> list[str] | None:
        """Addresses of the files that lead from a version to the source's, in order; None where they do not reach.

        Raises:
            InputError: the index cannot be read or is not of the shape.
        """
        if source.delta_url is None or source.version is None or not base < source.version:
            return None
        index = self.json(source.delta_url, source.token)
        versions = index.get("versions") if isinstance(index, dict) else None
        if not isinstance(versions, dict) or not all(isinstance(v, str) for v in versions.values()):
            raise InputError("it is no index of deltas (`versions`: version to address)", file=source.delta_url)
        if not versions or base < min(versions):
            return None
        found = [versions[version] for version in sorted(versions) if base < version <= source.version]
        return [_beside(one, source.delta_url) for one in found]

    def _fetched(self, address: str, token: str | None, limits: Limits) -> Path:
        with self._session(token) as asker:
            got = fetch(asker, address, self._place(), limits=limits)
        if got is None:
            raise InputError("the server sent nothing", file=address)
        return got.path

    def _place(self) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(dir=self.folder))

    @contextmanager
    def _session(self, token: str | None) -> Iterator[Any]:
        with session(EXPORT) as asker:
            if token:
                asker.headers["Authorization"] = f"Token {token}"
            yield asker

    def clear(self) -> None:
        """Remove what was fetched."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _beside(address: str, index: str) -> str:
    """An address as seen from the index that names it."""
    if urlsplit(address).scheme in {"http", "https"}:
        return address
    home = local(index)
    if home is None:
        if urlsplit(address).scheme or Path(address).is_absolute():
            raise InputError("an index from elsewhere cannot name a path of this machine", file=index)
        return urljoin(index, address)
    path = local(address) or Path(address)
    return str(path if path.is_absolute() else home.parent / path)
