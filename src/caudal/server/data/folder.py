"""Where snapshots lie on disk, which one is in force, and who uses which.

snapshots/current            the version in force, replaced whole
snapshots/<version>/         a snapshot; `snapshot.json` holds the checksum of every file
snapshots/<version>/in-use   locked (shared) by every process that has it open
snapshots/building.lock      locked by the one process that builds
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from caudal.errors import InputError
from caudal.storage import file_hash, write_text

MANIFEST = "snapshot.json"
IN_USE = "in-use"
FORMAT = 1
_VERSION = re.compile(r"[0-9]{14}-[0-9a-f]{8}")
_WORK = ".building-"


class Snapshots:
    """The folder of snapshots of one server."""

    def __init__(self, data: Path) -> None:
        self.folder = data / "snapshots"

    def path(self, version: str) -> Path:
        """Where a version lies."""
        return self.folder / version

    @property
    def current(self) -> str | None:
        """The version in force; None where there is none."""
        try:
            text = (self.folder / "current").read_text("utf-8").strip()
        except OSError:
            return None
        return text if _VERSION.fullmatch(text) else None

    def switch(self, version: str) -> None:
        """Put a version in force."""
        write_text(f"{version}\n", self.folder / "current")

    @property
    def versions(self) -> list[str]:
        """Versions on disk, oldest first."""
        with suppress(OSError):
            return sorted(p.name for p in self.folder.iterdir() if _VERSION.fullmatch(p.name))
        return []

    def new_version(self, state: str) -> str:
        """A name for a version, later than all there are: the second it was begun, and the state of its sources."""
        moment = datetime.now(UTC)
        latest = max((version[:14] for version in self.versions), default="")
        while f"{moment:%Y%m%d%H%M%S}" <= latest:
            moment += timedelta(seconds=1)
        return f"{moment:%Y%m%d%H%M%S}-{state[:8]}"

    def begin(self, version: str) -> Path:
        """A new, empty folder to build a version in; `put` gives it its place. What was left of others goes.

        Only for the holder of `building`.
        """
        for left in self.folder.glob(f"{_WORK}*"):
            shutil.rmtree(left, ignore_errors=True)
        work = self.folder / f"{_WORK}{version}"
        work.mkdir(parents=True)
        return work

    def put(self, work: Path, version: str, about: dict[str, Any]) -> Path:
        """Give a finished version its place, with the checksum of every file."""
        sums = {p.relative_to(work).as_posix(): file_hash(p) for p in sorted(work.rglob("*")) if p.is_file()}
        told = {"format": FORMAT, "version": version, "files": sums, **about}
        write_text(json.dumps(told, indent=1, ensure_ascii=False), work / MANIFEST)
        (work / IN_USE).touch()
        for path in (*(p for p in work.rglob("*") if p.is_file()), work):
            _to_disk(path)
        place = self.path(version)
        work.rename(place)
        return place

    def drop(self, work: Path) -> None:
        """Remove what was being built."""
        shutil.rmtree(work, ignore_errors=True)

    def about(self, version: str, *, check: bool = False) -> dict[str, Any]:
        """What is said of a version.

        Args:
            check: compare every file with its checksum.

        Raises:
            InputError: there is none, it is of another format, or a file is missing or altered.
        """
        folder = self.path(version)
        try:
            about = json.loads((folder / MANIFEST).read_bytes())
            sums, layout = dict(about["files"]), about["format"]
        except FileNotFoundError as error:
            raise InputError("there is no such snapshot", file=version) from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"the snapshot is damaged ({MANIFEST} cannot be read)", file=version) from error
        if layout != FORMAT or about.get("version") != version:
            raise InputError("the snapshot is of another format", file=version)
        for name, expected in sums.items():
            path = folder / name
            if not path.is_file():
                raise InputError(f"the snapshot is damaged ({name} is missing)", file=version)
            if check and file_hash(path) != expected:
                raise InputError(f"the snapshot is damaged ({name}: its checksum differs)", file=version)
        return dict(about)

    def hold(self, version: str) -> IO[bytes]:
        """Say that this process uses a version, until the file that comes back is closed.

        Raises:
            InputError: there is no such version (any more).
        """
        path = self.path(version) / IN_USE
        try:
            file = path.open("rb")
        except OSError as error:
            raise InputError("there is no such snapshot", file=version) from error
        fcntl.flock(file, fcntl.LOCK_SH)
        if not path.exists():
            file.close()
            raise InputError("the snapshot was just removed", file=version)
        return file

    def clean(self) -> list[str]:
        """Remove versions that are neither in force nor used by any process; their names."""
        removed = []
        for version in self.versions:
            if version == self.current:
                continue
            folder = self.path(version)
            try:
                with (folder / IN_USE).open("rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    (folder / IN_USE).unlink()
            except BlockingIOError:
                continue
            except FileNotFoundError:
                pass
            shutil.rmtree(folder, ignore_errors=True)
            removed.append(version)
        return removed

    @contextmanager
    def building(self, *, wait: bool = True) -> Iterator[bool]:
        """Be the one process that builds; False where another is and `wait` is not wanted."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "building.lock").open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            yield True


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
