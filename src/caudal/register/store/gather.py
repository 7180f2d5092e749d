"""The files of one list, brought together in an empty folder: fetched, copied, or taken over from the version held."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from caudal.errors import InputError
from caudal.register.store.fetch import Limits, fetch, linked, modified, safe_name, session
from caudal.register.store.index import ListRecord, Source, StoredFile
from caudal.register.store.where import Store
from caudal.storage import file_hash


@dataclass(frozen=True)
class Gathered:
    """The files now in the folder, and the hash of the version they make."""

    hash: str
    files: tuple[StoredFile, ...]


def gather(store: Store, record: ListRecord, work: Path, now: datetime, limits: Limits) -> Gathered | None:
    """Bring the files of a list into `work`; None when the publisher says that none of them changed.

    Raises:
        InputError: a file is missing or cannot be fetched.
    """
    held = _held(store, record)
    files: list[StoredFile] = []
    fresh = False
    with session(limits) as asker:
        for source in record.sources:
            if not source.is_url:
                files += copy([Path(source.at)], work, {f.name for f in files})
                fresh = True
                continue
            url = linked(asker, source.at, source.link, limits) if source.link else source.at
            old = held.get(url)
            inbox = work / ".inbox"
            inbox.mkdir(exist_ok=True)
            got = fetch(
                asker,
                url,
                inbox,
                etag=old[0].etag if old else None,
                last_modified=old[0].last_modified if old else None,
                limits=limits,
            )
            if got is None and old is not None:
                shutil.copy2(old[1], work / old[0].name)
                files.append(old[0])
            elif got is not None:
                fresh = True
                name = _free(got.name, {f.name for f in files})
                got.path.replace(work / name)
                day = modified(got.last_modified) or now.timestamp()
                os.utime(work / name, (day, day))
                files.append(_stored(work / name, source.at, url, got.etag, got.last_modified))
            shutil.rmtree(inbox)
    return together(work, files) if fresh else None


def together(work: Path, files: Iterable[StoredFile]) -> Gathered:
    """The files of `work` as one version, under the hash of the file, or of all where there are several."""
    every = tuple(files)
    return Gathered(file_hash(work / every[0].name if len(every) == 1 else work), every)


def copy(paths: Iterable[Path], work: Path, taken: set[str]) -> list[StoredFile]:
    """Copy files, and the visible files of folders, into `work`.

    Raises:
        InputError: one is missing or cannot be read, or a folder is empty.
    """
    found: list[StoredFile] = []
    for path in paths:
        inside = [path]
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
        if not path.exists():
            raise InputError("there is no such file or folder", file=str(path))
        if not inside:
            raise InputError("the folder holds no file", file=str(path))
        for one in inside:
            name = _free(safe_name(one.name), taken | {f.name for f in found})
            try:
                shutil.copy2(one, work / name)
            except OSError as error:
                raise InputError(f"it cannot be read ({error.strerror})", file=str(one)) from error
            (work / name).chmod(0o644)
            found.append(_stored(work / name, str(path)))
    return found


def absolute(source: Source) -> Source:
    """A source whose file path does not hang on the present folder."""
    return source if source.is_url else Source(at=str(Path(source.at).absolute()))


def _stored(
    path: Path, source: str, url: str | None = None, etag: str | None = None, last_modified: str | None = None
) -> StoredFile:
    return StoredFile(
        name=path.name,
        hash=file_hash(path),
        size=path.stat().st_size,
        source=source,
        url=url,
        etag=etag,
        last_modified=last_modified,
    )


def _held(store: Store, record: ListRecord) -> dict[str, tuple[StoredFile, Path]]:
    """By address, the files of the version in force, where they are whole; only for them "unchanged" is of use."""
    current = record.current
    if current is None:
        return {}
    place = store.path(current)
    folder = place.parent if len(current.files) == 1 else place
    return {
        file.url: (file, folder / file.name)
        for file in current.files
        if file.url and (folder / file.name).is_file() and file_hash(folder / file.name) == file.hash
    }


def _free(name: str, taken: set[str]) -> str:
    number, free = 2, name
    while free in taken:
        free = f"{number}_{name}"
        number += 1
    return free
