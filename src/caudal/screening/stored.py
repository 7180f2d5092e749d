"""The index of the lists in a folder: plain arrays and Arrow tables, mapped into memory and shared by all who open it.

A manifest says which program and which lists it was made from and holds the checksum of every file, so that an index
that is old, cut or altered is told and never used. Nothing of it is code: only numbers and text are read back.
"""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from caudal.errors import InputError
from caudal.storage import file_hash, mapped_table

FORMAT = 1
MANIFEST = "index.json"
TRIES = 100
"""Times a finished index is put in its place, where other processes put theirs there too."""
_LIBRARIES = ("numpy", "pyarrow", "rapidfuzz", "rigour")


@cache
def program() -> str:
    """A fingerprint of what an index depends on besides the lists: this room's code and data, and libraries."""
    digest = hashlib.blake2b(digest_size=16)
    room = Path(str(files("caudal.screening")))
    for path in sorted(p for p in room.rglob("*") if p.suffix in (".py", ".txt", ".toml")):
        digest.update(path.relative_to(room).as_posix().encode() + b"\0" + path.read_bytes())
    digest.update(";".join(f"{name} {version(name)}" for name in _LIBRARIES).encode())
    return digest.hexdigest()


def write(
    folder: Path, arrays: Mapping[str, np.ndarray], tables: Mapping[str, pa.Table], facts: Mapping[str, Any]
) -> None:
    """Write an index, whole or not at all; one that was there before gives way.

    Raises:
        InputError: there is something else of that name.
    """
    check_place(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".tmp", dir=folder.parent))
    try:
        for name, array in arrays.items():
            np.save(aside / f"{name}.npy", np.ascontiguousarray(array), allow_pickle=False)
        for name, table in tables.items():
            with pa.OSFile(str(aside / f"{name}.arrow"), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
                writer.write_table(table.combine_chunks())
        sums = {path.name: file_hash(path) for path in sorted(aside.iterdir())}
        manifest = {"format": FORMAT, "program": program(), "files": sums, **facts}
        (aside / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False), encoding="utf-8")
        aside.chmod(0o755)
        _put(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def check_place(folder: Path) -> None:
    """Refuse a folder that holds something else than an index.

    Raises:
        InputError: it does.
    """
    for _ in range(TRIES):
        try:
            before, held, after = folder.stat().st_ino, [path.name for path in folder.iterdir()], folder.stat().st_ino
        except FileNotFoundError:
            return
        except NotADirectoryError:
            break
        if not held or MANIFEST in held:
            return
        if before == after:  # else another process has just replaced it, and what was seen is being taken away
            break
    raise InputError("it is there already and is no index; give an empty or a new folder", file=str(folder))


def _put(aside: Path, folder: Path) -> None:
    """Give a finished index its place. Of several that do so at once the last one stays, and each is whole."""
    for left in reversed(range(TRIES)):
        old = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".old", dir=folder.parent))
        try:
            with suppress(FileNotFoundError):  # there was none, or another process is just replacing it
                folder.replace(old)
            aside.replace(folder)
            return
        except OSError as error:  # another process put one there in between
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST) or not left:
                raise
        finally:
            shutil.rmtree(old, ignore_errors=True)


class Stored:
    """An index read from a folder.

    Args:
        folder: where `write` put it. check: compare every file with its checksum.

    Raises:
        InputError: it is no index, was made by another version of this program, or a file is missing or altered.
    """

    def __init__(self, folder: Path, *, check: bool = True) -> None:
        self._folder = folder
        try:
            self._manifest = (folder / MANIFEST).read_bytes()
            self.facts = json.loads(self._manifest)
            sums, made_by, layout = self.facts["files"], self.facts["program"], self.facts["format"]
        except OSError as error:
            raise InputError("there is no index here", file=str(folder)) from error
        except (ValueError, KeyError, TypeError) as error:
            raise self._damaged(MANIFEST, "it cannot be read") from error
        if layout != FORMAT or made_by != program():
            raise InputError("the index was made by another version of this program; build it anew", file=str(folder))
        for name, expected in sums.items():
            path = folder / name
            if not path.is_file():
                raise self._damaged(name, "it is missing")
            if check and file_hash(path) != expected:
                raise self._damaged(name, "its checksum differs")

    def check_same(self) -> None:
        """To be called when everything was opened: that no other index took the place of this one meanwhile.

        Raises:
            InputError: one did.
        """
        try:
            same = (self._folder / MANIFEST).read_bytes() == self._manifest
        except OSError:
            same = False
        if not same:
            raise InputError("the index was replaced while it was opened", file=str(self._folder))

    def _damaged(self, name: str, why: str) -> InputError:
        return InputError(f"the index is damaged ({name}: {why}); build it anew", file=str(self._folder))

    def array(self, name: str) -> np.ndarray:
        """An array, mapped into memory; writing to it would change a copy of the page only."""
        try:
            mapped = np.load(self._folder / f"{name}.npy", mmap_mode="c", allow_pickle=False)
        except (OSError, ValueError) as error:
            raise self._damaged(f"{name}.npy", "it cannot be read") from error
        return np.asarray(mapped).view(np.ndarray)

    def arrays(self, prefix: str) -> dict[str, np.ndarray]:
        """All arrays whose name begins with a prefix, by the rest of their name."""
        names = [name.removesuffix(".npy") for name in self.facts["files"] if name.startswith(prefix)]
        return {name.removeprefix(prefix): self.array(name) for name in names}

    def table(self, name: str) -> pa.Table:
        """A table, mapped into memory."""
        try:
            return mapped_table(self._folder / f"{name}.arrow")
        except (OSError, pa.ArrowInvalid) as error:
            raise self._damaged(f"{name}.arrow", "it cannot be read") from error
