"""Builds a snapshot of all datasets, or finds that the one in force is still right."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from functools import cache
from importlib.metadata import version as installed
from importlib.resources import files
from pathlib import Path
from typing import Any

import pyarrow as pa

from caudal.errors import InputError
from caudal.screening import Screener
from caudal.server.data.catalogue import Catalogue
from caudal.server.data.folder import Snapshots
from caudal.server.data.legal import FOLDER as LEGAL
from caudal.server.data.legal import SPEAKING
from caudal.server.data.loading import Base, Loader, Tell, described, sources_seen
from caudal.server.data.manifest import Plan, plan_of_lists, read_manifest
from caudal.server.data.matched import FOLDER as FACTS
from caudal.server.data.matched import Compared, Register, save_facts
from caudal.server.data.opening import CATALOGUE, INDEX, write_catalogue
from caudal.server.data.sources import Fetcher, Lists, Remote
from caudal.server.data.writer import StoreWriter, compared_of, index_store, saying
from caudal.server.settings import Settings


def quiet(_: str) -> None:
    """Tell nobody."""


def plan_of(settings: Settings, fetcher: Fetcher) -> Plan:
    """What the snapshots of a server are made of.

    Raises:
        InputError: the manifest or a catalogue cannot be used, or there is nothing to serve.
    """
    if settings.manifest is not None:
        return read_manifest(settings.manifest, fetcher.read)
    return plan_of_lists(settings.lists)


def refresh(
    settings: Settings,
    *,
    force: bool = False,
    tell: Tell = quiet,
    wanted: Callable[[dict[str, str]], None] | None = None,
    beside: Executor | None = None,
) -> str:
    """See that the snapshot in force is that of today's sources, and build another where it is not.

    One process does this at a time; others wait, and then find it done.

    Args:
        force: build another in any case, from the sources alone.
        tell: called with what is being done. wanted: called with the version of each dataset that its source names.
        beside: a process in which names are indexed at the same time as all else.

    Returns:
        The version in force.

    Raises:
        InputError: a source cannot be used; what is in force stays so.
        OSError: the disk is full, or cannot be written to; what is in force stays so.
    """
    snapshots = Snapshots(settings.data)
    with snapshots.building():
        fetcher = Fetcher(settings.data / "downloads")
        fetcher.clear()
        try:
            held, about = _in_force(snapshots, tell)
            base = _base(snapshots, held, about) if not force else None
            plan = sources_seen(plan_of(settings, fetcher), fetcher, base)
            if wanted is not None:
                wanted({s.name: s.version for s in plan.sources if isinstance(s, Remote) and s.version})
            if held is not None and not force and about["state"] == state_of(plan):
                return held
            version = build(plan, snapshots, fetcher, base, tell, beside)
            snapshots.switch(version)
        finally:
            fetcher.clear()
        snapshots.clean()
        return version


def _in_force(snapshots: Snapshots, tell: Tell) -> tuple[str | None, dict[str, Any]]:
    held = snapshots.current
    if held is None:
        return None, {}
    try:
        return held, snapshots.about(held, check=True)
    except InputError as error:
        tell(f"{error}: it is built anew")
        return None, {}


def _base(snapshots: Snapshots, held: str | None, about: dict[str, Any]) -> Base | None:
    if held is None or about.get("shape") != shape_code():
        return None
    return Base(snapshots.path(held), about["loaded"])


def build(
    plan: Plan,
    snapshots: Snapshots,
    fetcher: Fetcher,
    base: Base | None = None,
    tell: Tell = quiet,
    beside: Executor | None = None,
) -> str:
    """Build a snapshot and put it in its place, not yet in force. Only for the holder of `Snapshots.building`.

    Raises:
        InputError: a source cannot be used.
        OSError: the disk is full, or cannot be written to. Nothing is left behind.
    """
    began = time.perf_counter()
    state = state_of(plan)
    version = snapshots.new_version(state)
    work = snapshots.begin(version)
    if beside is not None:
        beside.submit(get_ready)
    try:
        compared = Compared()
        writer = StoreWriter(work)
        try:
            loader = Loader(plan, writer, fetcher, compared, base, tell)
            loader.run()
            writer.merge()
        finally:
            writer.close()
        catalogue = loader.catalogue()
        write_catalogue(catalogue, work / CATALOGUE)
        tell("indexing")
        compared.take(compared_of(work))
        names = Register(compared.tables(), compared.versions)
        indexed = None if beside is None else beside.submit(index_names, names, work / INDEX, version)
        lists = [source.name for source in plan.sources if isinstance(source, Lists)]
        for entity in saying(work, SPEAKING, lists):
            loader.legal.take_export(entity)
        loader.legal.save(work / LEGAL)
        index_store(work)
        save_facts(compared.facts(), work / FACTS)
        if indexed is None:
            index_names(names, work / INDEX, version)
        else:
            indexed.result()
        about = {
            "state": state,
            "shape": shape_code(),
            "loaded": loader.loaded,
            "entries": writer.count,
            "seconds": round(time.perf_counter() - began, 1),
        }
        snapshots.put(work, version, about)
    except BaseException:
        snapshots.drop(work)
        raise
    tell(f"built {version} in {time.perf_counter() - began:.1f} s")
    return version


def index_names(names: Register, folder: Path, version: str) -> None:
    """Index the names of whoever is compared."""
    Screener(names).save(folder, {"snapshot": version})


def get_ready() -> None:
    """Have everything loaded that indexing names needs the first time."""
    entities = pa.table({name: ["a"] for name in ("entity_id", "schema", "caption", "properties", "dataset")})
    entities = entities.set_column(3, "properties", pa.array(["{}"]))
    names = pa.table(
        {"entity_id": ["a", "a"], "name": ["Warma Invented", "Invented Ltd"], "kind": ["primary", "alias"]}
    )
    Screener(Register({"entities": entities, "names": names}, []))


def state_of(plan: Plan) -> str:
    """A fingerprint of what a snapshot of this plan would hold now."""
    digest = hashlib.blake2b(program().encode(), digest_size=8)
    catalogue = Catalogue(plan.datasets)
    for dataset in plan.datasets:
        digest.update(json.dumps(_plain(dataset.__dict__), sort_keys=True, default=str).encode())
    for source in plan.sources:
        told = {k: v for k, v in described(source, catalogue).items() if k not in {"etag", "modified"}}
        digest.update(json.dumps([source.name, told], sort_keys=True).encode())
    return digest.hexdigest()


def _plain(held: dict[str, Any]) -> dict[str, Any]:
    return {**held, "more": dict(held["more"])}


@cache
def program() -> str:
    """A fingerprint of the code that a snapshot is made by."""
    return _code(("caudal.server.data", "caudal.register", "caudal.screening"))


@cache
def shape_code() -> str:
    """A fingerprint of what the entries kept in a store depend on."""
    return _code(("caudal.server.data",), {"entities.py", "lines.py", "model.py", "writer.py"})


def _code(packages: Iterable[str], only: set[str] | None = None) -> str:
    digest = hashlib.blake2b(installed("followthemoney").encode(), digest_size=8)
    for package in packages:
        room = Path(str(files(package)))
        for path in sorted(p for p in room.rglob("*") if p.suffix in (".py", ".txt", ".toml")):
            if only is None or path.name in only:
                digest.update(path.relative_to(room).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
