"""What a workspace already holds: which stage ran on which inputs, and the hash of every table it wrote."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

import caudal
from caudal.storage import file_hash, write_text

STATE_NAME = "state.json"


@dataclass
class StageState:
    """One stage that was carried out.

    Attributes:
        fingerprint: of its inputs. files: the hashes of those it wrote. facts: kept with its tables. seconds: it took.
        read: the hashes of the files it read that other stages wrote.
    """

    fingerprint: str
    files: dict[str, str]
    facts: dict[str, Any]
    seconds: float
    read: dict[str, str] = field(default_factory=dict)


@dataclass
class State:
    """The stages carried out in a workspace, by name; saved after each one."""

    folder: Path
    stages: dict[str, StageState] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path) -> State:
        """Read the state; a missing or unreadable one is an empty one, so that everything runs again."""
        try:
            raw = json.loads((folder / STATE_NAME).read_text(encoding="utf-8"))
            stages = {name: StageState(**stage) for name, stage in raw["stages"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            stages = {}
        return cls(folder, stages)

    def save(self) -> None:
        """Write the state, whole or not at all."""
        raw = {"caudal": caudal.__version__, "stages": {name: vars(stage) for name, stage in self.stages.items()}}
        write_text(json.dumps(raw, indent=1, sort_keys=True), self.folder / STATE_NAME)

    def holds(self, stage: str, fingerprint: str) -> bool:
        """Whether the stage ran on exactly these inputs and all its files are still as it wrote them."""
        known = self.stages.get(stage)
        if known is None or known.fingerprint != fingerprint:
            return False
        return all(
            (self.folder / name).is_file() and file_hash(self.folder / name) == hash_
            for name, hash_ in known.files.items()
        )


def fingerprint(parts: Mapping[str, Any], root: Path) -> str:
    """A short hash of settings and hashes; paths count relative to `root`, so that a moved workspace is the same."""

    def plain(value: Any) -> Any:
        if isinstance(value, BaseModel):
            return value.model_dump()
        if isinstance(value, Path):
            return os.path.relpath(value, root)
        return str(value)

    text = json.dumps(parts, sort_keys=True, default=plain)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def hash_inputs(paths: Iterable[Path]) -> list[str]:
    """The content hash of each input file or folder; "missing" where there is none."""
    return [file_hash(path) if path.exists() else "missing" for path in paths]


@cache
def code_hash(rooms: tuple[str, ...]) -> str:
    """A hash of the source of the named rooms and of the ground below them, so that changed code runs again."""
    root = Path(caudal.__file__).parent
    digest = hashlib.blake2b(digest_size=16)
    files = [root / "tables.py", root / "storage.py"]
    for room in rooms:
        files += sorted(p for p in (root / room).rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    for path in files:
        digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()
