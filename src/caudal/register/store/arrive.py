"""A version that came in: read, measured against the one before it, and kept, in force or waiting for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

from caudal.register.store.accept import doubts
from caudal.register.store.diff import Diff, compare
from caudal.register.store.gather import Gathered
from caudal.register.store.index import ListRecord, Refused, Version
from caudal.register.store.snapshot import Snapshot, read_snapshot
from caudal.register.store.where import Store

CHECKS = "checks"
"""Who accepted a version that passed all checks."""


@dataclass(frozen=True)
class Outcome:
    """What an update brought for one list.

    Attributes:
        name: the list.
        status: `new` version in force; `unchanged`; `waiting`, a version waits for a person; `failed`, nothing usable
            came. After the last two the version before stays in force.
        reason: why it waits or failed.
        version: the version concerned.
        diff: what it changes against the version before; None for a first version.
    """

    name: str
    status: Literal["new", "unchanged", "waiting", "failed"]
    reason: str | None = None
    version: Version | None = None
    diff: Diff | None = None


def now_utc() -> datetime:
    """Now, in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def read_gathered(
    record: ListRecord, work: Path, got: Gathered, published: date | None = None
) -> tuple[Snapshot, Gathered]:
    """Read the files gathered in `work`.

    Some readers name the dataset after the file. Where a list of one file comes under another name than before, and
    only that makes it another dataset, the file takes the name it had.

    Raises:
        InputError: they cannot be used.
    """
    if len(got.files) > 1:
        return read_snapshot(record.read_as(work, published)), got
    path = work / got.files[0].name
    read = read_snapshot(record.read_as(path, published))
    before = record.current
    if before is None or before.dataset == read.dataset or len(before.files) > 1 or before.files[0].name == path.name:
        return read, got
    steady = path.rename(work / before.files[0].name)
    again = read_snapshot(record.read_as(steady, read.published))
    if again.dataset != before.dataset:
        steady.rename(path)
        return read, got
    return again, Gathered(got.hash, (got.files[0].model_copy(update={"name": steady.name}),))


def read_held(store: Store, record: ListRecord, version: Version | None) -> Snapshot | None:
    """Read a version held; None for none.

    Raises:
        InputError: its file is gone or damaged.
    """
    return read_snapshot(store.source(record, version)) if version else None


def asked(record: ListRecord, now: datetime) -> ListRecord:
    """The record once its publisher gave something usable; an older version from an archive sets nothing back."""
    return record.model_copy(update={"checked_at": max(now, record.checked_at or now), "failure": None})


def arrive(
    store: Store, record: ListRecord, work: Path, got: Gathered, new: Snapshot, before: Version | None, now: datetime
) -> Outcome:
    """Measure a version against the one before it and keep it: in force, or waiting; `now` is when it came.

    Raises:
        InputError: the version before is damaged, or the store cannot be written.
    """
    old = read_held(store, record, before)
    reasons = doubts(new, old)
    version = Version(
        hash=got.hash,
        dataset=new.dataset,
        published=new.published,
        fetched_at=now,
        accepted_at=None if reasons else now,
        accepted_by=None if reasons else CHECKS,
        entries=len(new.entities),
        rejected=new.rejected,
        files=got.files,
    )
    diff = compare(old, new) if old else None
    if reasons:
        waiting = Refused(reason="; ".join(reasons), version=version)
        store.keep(work, version, record.name, lambda r: asked(r, now).model_copy(update={"refused": waiting}))
        return Outcome(record.name, "waiting", waiting.reason, version, diff)
    store.keep(work, version, record.name, lambda r: asked(r, now).accept(version))
    return Outcome(record.name, "new", None, version, diff)
