"""The folder that keeps the lists: the index, the raw files under their hash, and one writer at a time."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from caudal.errors import InputError
from caudal.register.sources import ListSource
from caudal.register.store.index import Index, ListRecord, Version
from caudal.storage import file_hash, write_text

try:
    import fcntl
except ImportError:  # not on Windows; there the last writer wins, each index whole
    fcntl = None  # type: ignore[assignment]

DEFAULT_FOLDER = Path("lists")
INDEX = "index.json"
RAW = "raw"
_INCOMING = ".incoming-"
_ABANDONED = 86_400
"""Seconds after which the workplace of an update that was killed is cleared away."""


class Store:
    """Every version of every list, in one folder.

    A reader needs no lock: the index is written aside and renamed, and a raw file is in place before the index
    speaks of it and is never changed after.
    """

    def __init__(self, folder: str | Path = DEFAULT_FOLDER) -> None:
        self.folder = Path(folder)

    @property
    def exists(self) -> bool:
        """Whether there is an index."""
        return (self.folder / INDEX).is_file()

    @property
    def index(self) -> Index:
        """What is held now; empty where there is no index yet.

        Raises:
            InputError: the index is damaged or of an unknown version.
        """
        path = self.folder / INDEX
        try:
            return Index.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return Index()
        except OSError as error:
            raise InputError(f"it cannot be read ({error.strerror})", file=str(path)) from error
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(p) for p in first["loc"]) or None
            reason = f"it is no index of a list store ({first['msg']})"
            raise InputError(reason, file=str(path), field=field) from error

    @property
    def lists(self) -> dict[str, ListRecord]:
        """The lists by name."""
        return self.index.lists

    def record(self, name: str) -> ListRecord:
        """One list.

        Raises:
            InputError: there is none of that name; those there are named.
        """
        return self._named(self.lists, name)

    def _named(self, lists: dict[str, ListRecord], name: str) -> ListRecord:
        if name not in lists:
            held = f"it holds {', '.join(lists)}" if lists else "it holds none yet; see `caudal lists add`"
            raise InputError(f"the store has no list {name!r}; {held}", file=str(self.folder))
        return lists[name]

    def put(self, record: ListRecord) -> None:
        """Write a list's record anew."""
        with self._locked():
            self._write({**self.lists, record.name: record})

    def drop(self, name: str) -> None:
        """Forget a list; its raw files stay."""
        with self._locked():
            self._write({n: r for n, r in self.lists.items() if n != name})

    def alter(self, name: str, change: Callable[[ListRecord], ListRecord]) -> ListRecord:
        """Write what `change` makes of a list's record as it stands now.

        Raises:
            InputError: there is none of that name.
        """
        with self._locked():
            lists = self.lists
            record = change(self._named(lists, name))
            self._write({**lists, name: record})
        return record

    def _write(self, lists: dict[str, ListRecord]) -> None:
        index = Index(lists=dict(sorted(lists.items())))
        text = json.dumps(index.model_dump(mode="json", exclude_none=True), indent=1, ensure_ascii=False)
        write_text(text + "\n", self.folder / INDEX)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.folder / ".lock", os.O_CREAT | os.O_RDWR, 0o644)
        except OSError as error:
            raise InputError(f"the store cannot be written ({error.strerror})", file=str(self.folder)) from error
        try:
            if fcntl is not None:
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    @contextmanager
    def workplace(self) -> Iterator[Path]:
        """An empty folder inside the store for files on their way in; gone at the end, whatever happens."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for left in self.folder.glob(f"{_INCOMING}*"):
                with suppress(FileNotFoundError):  # another update may just have cleared its own
                    if time.time() - left.stat().st_mtime > _ABANDONED:
                        shutil.rmtree(left, ignore_errors=True)
            work = Path(tempfile.mkdtemp(prefix=_INCOMING, dir=self.folder))
        except OSError as error:
            raise InputError(f"the store cannot be written ({error.strerror})", file=str(self.folder)) from error
        try:
            yield work
        except OSError as error:
            raise InputError(f"the store cannot be written ({error.strerror})", file=str(self.folder)) from error
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def keep(self, work: Path, version: Version, name: str, change: Callable[[ListRecord], ListRecord]) -> ListRecord:
        """Move a version's files to their place and write `change` into the index; both, or neither."""
        place = self.folder / RAW / version.hash
        there = place.is_dir() and self._whole(version)
        if not there:
            shutil.rmtree(place, ignore_errors=True)
            place.parent.mkdir(parents=True, exist_ok=True)
            for file in version.files:
                with (work / file.name).open("rb") as written:
                    os.fsync(written.fileno())
            work.replace(place)
            place.chmod(0o755)
        try:
            return self.alter(name, change)
        except BaseException:
            if not there:
                shutil.rmtree(place, ignore_errors=True)
            raise

    def path(self, version: Version) -> Path:
        """The file of a version, or its folder where it has several files."""
        folder = self.folder / RAW / version.hash
        return folder / version.files[0].name if len(version.files) == 1 else folder

    def _whole(self, version: Version) -> bool:
        path = self.path(version)
        return path.exists() and file_hash(path) == version.hash

    def source(self, record: ListRecord, version: Version) -> ListSource:
        """A version as the readers take it.

        Raises:
            InputError: its raw file is gone or was changed since it was stored.
        """
        path = self.path(version)
        if not path.exists():
            raise InputError(f"the version of {version.published} of {record.name} is gone", file=str(path))
        if file_hash(path) != version.hash:
            reason = f"the version of {version.published} of {record.name} was changed since it was stored"
            raise InputError(reason, file=str(path))
        return record.read_as(path, version.published)

    def sources(
        self, names: Iterable[str] | None = None, *, known_at: date | None = None, history: bool = True
    ) -> list[ListSource]:
        """The versions of lists as `Register.load` takes them.

        Args:
            names: the lists; all when left out.
            known_at: only versions that were in force here by that day (UTC), by the day of acceptance.
            history: every version, so that first and last days are known; else only the one in force. Reading every
                version takes time and memory for each.

        Raises:
            InputError: there is no list of a name, a list was never brought in (without `known_at`: to leave it out
                unsaid would look like an all-clear), or a raw file is gone or damaged.
        """
        lists = self.lists
        records = [self._named(lists, name) for name in (lists if names is None else names)]
        found = []
        for record in records:
            held = record.held(known_at)
            if not held and known_at is None:
                reason = f"no version of the list {record.name!r} is held yet; run `caudal lists update {record.name}`"
                raise InputError(reason, file=str(self.folder))
            found += [self.source(record, version) for version in (held if history else held[-1:])]
        return found
