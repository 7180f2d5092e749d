"""Builds a snapshot of all datasets."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from caudal.errors import InputError
from caudal.screening import Screener
from caudal.server.data import own_lists
from caudal.server.data.catalogue import Catalogue, Dataset
from caudal.server.data.folder import Snapshots
from caudal.server.data.lines import Left, Shape, read_entities
from caudal.server.data.matched import FOLDER as FACTS
from caudal.server.data.matched import Compared, Version, save_facts
from caudal.server.data.opening import CATALOGUE, INDEX, write_catalogue
from caudal.server.data.writer import StoreWriter
from caudal.storage import file_hash

Tell = Callable[[str], None]


@dataclass
class Plan:
    """What a snapshot is made of.

    Attributes:
        datasets: as the manifest says, collections included.
        lists: dataset name to the list files and folders that it is read from.
        exports: dataset name to the FollowTheMoney export that it is read from.
    """

    datasets: list[Dataset]
    lists: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    exports: dict[str, Path] = field(default_factory=dict)


def plan_of_lists(paths: Sequence[Path]) -> Plan:
    """The plan for Caudal's own lists alone: one collection `default` over all."""
    return Plan([Dataset("default", "All lists")], {"default": tuple(paths)})


def state_of(plan: Plan) -> str:
    """A fingerprint of what a snapshot of this plan would hold now."""
    digest = hashlib.blake2b(program().encode(), digest_size=4)
    for dataset in plan.datasets:
        digest.update(f"{dataset}\0".encode())
    for name, paths in plan.lists.items():
        digest.update(f"{name}\0{own_lists.key(paths)}\n".encode())
    for name, path in plan.exports.items():
        digest.update(f"{name}\0{file_hash(path)}\n".encode())
    return digest.hexdigest()


def build(plan: Plan, snapshots: Snapshots, tell: Tell = lambda _: None) -> str:
    """Build a snapshot and put it in its place, not yet in force. Only for the holder of `Snapshots.building`.

    Raises:
        InputError: a source cannot be used.
        OSError: the disk is full, or cannot be written to; what was there before stays as it was.
    """
    began = time.perf_counter()
    version = f"{datetime.now(UTC):%Y%m%d%H%M%S}-{state_of(plan)}"
    work = snapshots.begin(version)
    writer = StoreWriter(work)
    try:
        compared = Compared()
        datasets = list(_loaded(plan, writer, compared, tell))
        tell("indexing entities")
        for entity, listed in writer.finish():
            if listed:
                compared.add(entity)
        catalogue = Catalogue(datasets)
        write_catalogue(catalogue, work / CATALOGUE)
        save_facts(compared.facts(), work / FACTS)
        tell("indexing names")
        Screener(compared).save(work / INDEX, {"snapshot": version})
        snapshots.put(work, version, {"state": state_of(plan), "seconds": round(time.perf_counter() - began, 1)})
    finally:
        writer.abandon()
    return version


def _loaded(plan: Plan, writer: StoreWriter, compared: Compared, tell: Tell) -> Iterator[Dataset]:
    today = datetime.now(UTC).date()
    names: dict[str, Any] = {}
    for dataset in plan.datasets:
        paths = plan.lists.get(dataset.name)
        export = plan.exports.get(dataset.name)
        if export is not None:
            left = Left()
            scope = Catalogue(plan.datasets).scope(dataset.name)
            entities = read_entities(export, Shape(dataset.name, scope), left)
            writer.take(((entity, True) for entity in entities), dataset.name)
            compared.versions.append(Version(dataset.name, dataset.version))
            yield dataset
            continue
        if paths is None:
            yield dataset
            continue
        tell(f"reading {dataset.name}")
        read = own_lists.OwnLists.read(paths)
        names.update(read.names())
        writer.take(read.entries(today), dataset.name)
        compared.versions += [Version(v.dataset, v.version, v.published) for v in read.register.versions]
        yield from read.datasets
        children = dict.fromkeys([*dataset.children, *(d.name for d in read.datasets)])
        yield Dataset(dataset.name, dataset.title, "", False, tuple(children), dataset.more)
    compared.names = names


def program() -> str:
    """A fingerprint of the code that a snapshot is made by."""
    digest = hashlib.blake2b(digest_size=8)
    for package in ("caudal.server.data", "caudal.screening"):
        room = Path(str(files(package)))
        for path in sorted(p for p in room.rglob("*") if p.suffix in (".py", ".txt", ".toml")):
            digest.update(path.relative_to(room).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def make_sure(plan: Plan, snapshots: Snapshots, tell: Tell = lambda _: None) -> str:
    """The version in force, built first where there is none of this plan."""
    with snapshots.building():
        held = snapshots.current
        if held is not None:
            try:
                if snapshots.about(held, check=True)["state"] == state_of(plan):
                    return held
            except InputError as error:
                tell(str(error))
        version = build(plan, snapshots, tell)
        snapshots.switch(version)
        snapshots.clean()
        return version
