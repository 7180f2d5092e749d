"""Where a list comes from: the file, its version, what was read and what was not."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa

from caudal.register.entry import Entity, Link
from caudal.register.rejects import Rejects


@dataclass(frozen=True)
class ListSource:
    """One list to read.

    Attributes:
        path: the file, or a folder of files.
        format: a key of `readers.detect.READERS`, such as `un` or `mapped`; None to see it from the content.
        published: day this version of the list was published; None to take it from the file.
        mapping: for the format `mapped`, the TOML file that says what the columns mean; None for a shipped one.
    """

    path: Path
    format: str | None = None
    published: date | None = None
    mapping: Path | None = None


@dataclass(frozen=True)
class ListVersion:
    """One version of a list as held: which, from when, from which file, how many entries."""

    dataset: str
    version: str
    published: date
    file: str
    entries: int


@dataclass
class ReadList:
    """What a reader got out of one list."""

    version: ListVersion
    entities: list[Entity]
    rejects: Rejects
    links: list[Link] = field(default_factory=list)
    groups: dict[str, str] = field(default_factory=dict)
    """Entity id to the group the list names for it."""
    ownership: pa.Table | None = None
    """Who owns, controls or acts for whom, where the source says so (shape OWNERSHIP)."""
    part: str | None = None
    """Where a list is published as many files: which of them this is. Parts of one version are put together."""


UNDATED = "(the file's modification day; the list gives none)"
"""How a version says that its day is only that of its file."""
_DAY = re.compile(r"[-_ ]?\d{4}-?\d{2}-?\d{2}(?!\d)")


def dataset_of(prefix: str, path: Path) -> str:
    """The dataset of a file whose content does not name it: its name without endings and without a day in it."""
    stem = path.name.split(".")[0]
    return f"{prefix}-{_DAY.sub('', stem) or stem}"


def modification_day(path: Path) -> date:
    """The day a file was last written, UTC."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).date()


def dated_version(path: Path, published: date | None, note: str = "") -> tuple[date, str]:
    """The day and the words of a version: as given, else the file's modification day, which is then said."""
    day = published or modification_day(path)
    words = day.isoformat() if published else f"{day.isoformat()} {UNDATED}"
    return day, f"{words}{note}"
