"""The index of the lists that `caudal screen --index FOLDER` keeps: opened where it fits, else built anew and kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import caudal
from caudal.errors import InputError

if TYPE_CHECKING:
    from caudal.register import Register
    from caudal.screening import Screener

_NOT_CODE = "__pycache__"


@dataclass(frozen=True)
class HeldVersion:
    """One version of a list that an index was made from."""

    dataset: str
    version: str
    published: date
    entries: int


@dataclass(frozen=True)
class HeldEntry:
    """One entry of the lists."""

    caption: str


class HeldLists:
    """What the command says of the lists, from an index: their versions, and captions by id."""

    def __init__(self, screener: Screener) -> None:
        self._roll = screener.listed.subjects
        self.versions = [
            HeldVersion(**{**said, "published": date.fromisoformat(said["published"])})
            for said in json.loads(screener.about["versions"])
        ]

    def __getitem__(self, entity_id: str) -> HeldEntry:
        return HeldEntry(self._roll.caption(entity_id))


def with_index(
    folder: Path, lists: Sequence[Path], register: Any, stated: dict[str, float | None]
) -> tuple[Register | HeldLists, Screener]:
    """A screener from the index in a folder; where it is not of these lists and this program, it is built and kept.

    Args:
        folder: of the index. lists: the list files and folders. register: reads them, called where that is needed.
        stated: threshold and costs, as for `make_screener`.

    Returns:
        What knows the versions of the lists and the captions of their entries, and the screener.

    Raises:
        InputError: a list cannot be read, or the folder holds something else than an index.
    """
    from caudal.cli_screen_file import make_screener
    from caudal.screening.stored import check_place

    check_place(folder)
    mark = fingerprint(lists)
    try:
        found = make_screener(partial(_opened, folder, mark), **stated)
        return HeldLists(found), found
    except InputError as error:
        if error.file != str(folder):
            raise
        why = error.reason.removesuffix("; build it anew")
    read: Register = register()
    built = make_screener(read, **stated)
    versions = [
        {"dataset": v.dataset, "version": v.version, "published": v.published.isoformat(), "entries": v.entries}
        for v in read.versions
    ]
    said = f"index {folder}: {why}; built anew"
    if mark != fingerprint(lists):
        said += ", not kept: the lists changed while they were read"
    else:
        try:
            built.save(folder, {"lists": mark, "versions": json.dumps(versions)})
        except OSError as error:
            said += f", not kept: it cannot be written ({error.strerror or error})"
    click.echo(said, err=True)
    return read, built


def _opened(folder: Path, mark: str, **settings: Any) -> Screener:
    from caudal.screening import Screener

    found = Screener.load(folder, **settings)
    if found.about.get("lists") != mark:
        raise InputError("the index was made from other lists", file=str(folder))
    return found


def fingerprint(lists: Sequence[Path]) -> str:
    """What reading these lists depends on: names, days and bytes of the files, in order, and the code that reads."""
    from caudal.storage import file_hash

    digest = hashlib.blake2b(digest_size=16)
    room = Path(caudal.__file__).parent / "register"
    code = sorted(p for p in room.rglob("*") if p.is_file() and _NOT_CODE not in p.parts)
    for path in code:
        digest.update(path.relative_to(room).as_posix().encode() + b"\0" + path.read_bytes())
    for given in lists:
        held = sorted(p for p in given.rglob("*") if p.is_file()) if given.is_dir() else [given]
        digest.update(f"\0{len(held)}".encode())
        for path in held:
            if not path.is_file():
                continue  # reading the lists says so
            # A list that does not say when it was published goes by the day of its file.
            day = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
            name = f"{given.name}/{path.relative_to(given).as_posix()}" if path != given else path.name
            digest.update(f"\0{name}\0{day}\0{file_hash(path)}".encode())
    return digest.hexdigest()
