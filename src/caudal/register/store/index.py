"""What `index.json` says of each list: where it comes from and which versions are held."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, Field

from caudal.register.data import Model
from caudal.register.sources import ListSource

NAME = r"^[a-z0-9]+([._-][a-z0-9]+)*$"
"""A list's name: lower case letters, digits, and single dots, hyphens and underscores between them."""


class Source(Model):
    """One address or file path a list comes from.

    `link`: the address is a page, and the file wanted is the one linked there whose path ends so.
    """

    at: str = Field(min_length=1)
    link: str | None = None

    @property
    def is_url(self) -> bool:
        """Whether it is fetched rather than copied."""
        return self.at.startswith(("http://", "https://"))


class StoredFile(Model):
    """One raw file of a version, and what the server said of it."""

    name: str = Field(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]*$")
    hash: str
    size: int
    source: str
    url: str | None = None
    etag: str | None = None
    last_modified: str | None = None


class Version(Model):
    """One version of a list.

    Attributes:
        hash: BLAKE2b of the file, or of the names and bytes of the files where there are several.
        dataset: the dataset its reader gives its entries.
        published: day of publication, as the file says it; else the server's or the file's day of modification.
        fetched_at: when it came into this house.
        accepted_at: when it came into force here; None while it is refused.
        accepted_by: who accepted it: `checks`, or the person who confirmed.
        entries: how many entries could be read.
        rejected: how many rows could not.
    """

    hash: str = Field(pattern="^[0-9a-f]{32}$")
    dataset: str
    published: date
    fetched_at: AwareDatetime
    accepted_at: AwareDatetime | None = None
    accepted_by: str | None = None
    entries: int = Field(ge=1)
    rejected: int = 0
    files: tuple[StoredFile, ...] = Field(min_length=1)


class Refused(Model):
    """A version that was read but waits for a person, and why."""

    reason: str
    version: Version


class Failure(Model):
    """The last update that brought nothing usable."""

    at: AwareDatetime
    reason: str


class ListRecord(Model):
    """One list of the store; `versions` are those accepted, by day of publication and then of acceptance.

    `format` and `mapping` are handed to the reader: the format, and the TOML file that names the columns of a CSV.
    """

    name: str = Field(pattern=NAME)
    sources: tuple[Source, ...] = Field(min_length=1)
    format: str | None = None
    mapping: str | None = None
    every_days: int = Field(1, ge=1)
    checked_at: AwareDatetime | None = None
    failure: Failure | None = None
    versions: tuple[Version, ...] = ()
    refused: Refused | None = None

    def read_as(self, path: Path, published: date | None) -> ListSource:
        """A file or folder of this list as the readers take it."""
        return ListSource(path, self.format, published, Path(self.mapping) if self.mapping else None)

    @property
    def current(self) -> Version | None:
        """The version in force: the last published of those accepted."""
        return self.versions[-1] if self.versions else None

    @property
    def dataset(self) -> str | None:
        """The dataset of the version in force."""
        return self.current.dataset if self.current else None

    def age(self, today: date) -> int | None:
        """Days since the version in force was published."""
        return (today - self.current.published).days if self.current else None

    def missed(self, today: date) -> bool:
        """Whether the publisher was last asked, or the file last looked at, longer ago than `every_days`."""
        return self.checked_at is None or (today - self.checked_at.date()).days > self.every_days

    def held(self, known_at: date | None) -> list[Version]:
        """The versions in force by a day (UTC), one for each day of publication: the last accepted."""
        by_day: dict[date, Version] = {}
        for version in self.versions:
            accepted = version.accepted_at
            if accepted is not None and (known_at is None or accepted.date() <= known_at):
                by_day[version.published] = version
        return [by_day[day] for day in sorted(by_day)]

    def find(self, text: str) -> Version | None:
        """A version by the beginning of its hash, or by its day of publication (the last of that day)."""
        pending = [self.refused.version] if self.refused else []
        found = [v for v in (*pending, *self.versions) if v.published.isoformat() == text]
        if not found and len(text) >= 6:
            found = [v for v in (*pending, *self.versions) if v.hash.startswith(text)]
        return found[-1] if found else None

    def accept(self, version: Version) -> ListRecord:
        """The record with one more version, in its place."""
        others = [v for v in self.versions if v.hash != version.hash or v.published != version.published]
        ordered = sorted([*others, version], key=lambda v: (v.published, v.accepted_at or v.fetched_at))
        waits = self.refused is not None and self.refused.version.published > version.published
        refused = self.refused if waits else None
        return self.model_copy(update={"versions": tuple(ordered), "refused": refused, "failure": None})


class Index(Model):
    """All of `index.json`."""

    caudal_store: Literal[1] = 1
    lists: dict[str, ListRecord] = Field(default_factory=dict)
