"""The manifest: which datasets a server loads, from where, and what they are made of.

The file is yente's: `catalogs` (indexes of datasets elsewhere) and `datasets`. One key is Caudal's own: a dataset with
`lists` is read from list files as their publishers make them, and becomes a collection of one dataset per list.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urljoin, urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from caudal.errors import InputError, first_fault
from caudal.server.data.catalogue import Catalogue, Dataset
from caudal.server.data.sources import Lists, Remote, Source, local

Read = Callable[[str, str | None], bytes]
"""Gives the bytes at an address, asked for with a token where one is given."""
T = TypeVar("T", bound=BaseModel)
NAME = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
ALL = "default"
"""The collection over all that is loaded, where the manifest names none of that name."""
_PASSED_ON = ("summary", "description", "url", "publisher", "category", "coverage", "entity_count", "thing_count",
              "last_export", "last_change", "updated_at", "resources", "tags", "index_url")  # fmt: skip


class CatalogEntry(BaseModel):
    """An index of datasets elsewhere.

    Attributes:
        url: address of the index. scope, scopes: the datasets of it that are loaded; all that can be where none is
            named. resource_name, resource_type: which of a dataset's files holds its entities. auth_token: sent as
            `Authorization: Token ...`; `$NAME` takes it from the environment. namespace: give ids a name space.
    """

    model_config = ConfigDict(extra="forbid")

    url: str
    scope: str | None = None
    scopes: tuple[str, ...] = ()
    resource_name: str | None = None
    resource_type: str | None = None
    auth_token: str | None = None
    namespace: bool | None = None


class DatasetEntry(BaseModel):
    """A dataset of the manifest or of a catalogue; what is not named here is passed on to /catalog or ignored."""

    model_config = ConfigDict(extra="allow")

    name: str
    title: str | None = None
    version: str | None = None
    load: bool | None = None
    path: str | None = None
    entities_url: str | None = None
    delta_url: str | None = None
    namespace: bool = False
    children: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    resource_name: str | None = None
    resource_type: str | None = None
    auth_token: str | None = None
    last_export: str | None = None

    @field_validator("name")
    @classmethod
    def _named(cls, name: str) -> str:
        if not NAME.fullmatch(name):
            plain = re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")
            raise ValueError(f"{name!r} is no name for a dataset (try {plain or 'dataset'!r})")
        return name

    @field_validator("version", mode="before")
    @classmethod
    def _text(cls, version: Any) -> Any:
        return str(version) if isinstance(version, int | float) and not isinstance(version, bool) else version


class ManifestFile(BaseModel):
    """The file."""

    model_config = ConfigDict(extra="forbid")

    catalogs: tuple[CatalogEntry, ...] = ()
    datasets: tuple[DatasetEntry, ...] = Field(default=())


class CatalogFile(BaseModel):
    """An index of datasets."""

    model_config = ConfigDict(extra="ignore")

    datasets: tuple[DatasetEntry, ...]


class Plan(BaseModel):
    """What a snapshot is made of.

    Attributes:
        datasets: all of them, collections included.
        sources: those that are loaded, in this order.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, frozen=True)

    datasets: tuple[Dataset, ...]
    sources: tuple[Source, ...]


def plan_of_lists(paths: tuple[Path, ...]) -> Plan:
    """The plan for Caudal's own lists alone: the collection `default` over them.

    Raises:
        InputError: there is no such file or folder, or none is given.
    """
    if not paths:
        raise InputError("name a manifest or lists to serve")
    for path in paths:
        if not path.exists():
            raise InputError("there is no such file or folder", file=str(path))
    return Plan(datasets=(Dataset(ALL, "All lists", load=False),), sources=(Lists(ALL, tuple(paths)),))


def read_manifest(address: str, read: Read) -> Plan:
    """Read a manifest and the catalogues that it names.

    Args:
        address: a file or an http(s) address. Paths in it are seen from its folder; one from elsewhere names none.

    Raises:
        InputError: it or a catalogue cannot be read, is not of the shape, names something twice or nothing to load.
    """
    home = local(address)
    if home is not None:
        address = str(home)
    manifest = _parsed(ManifestFile, read(address, None), address)
    entries: list[tuple[DatasetEntry, str, str | None]] = []
    for catalog in manifest.catalogs:
        entries += _of_catalog(catalog, address, read)
    entries += [(one, address, one.auth_token) for one in manifest.datasets]
    datasets: dict[str, Dataset] = {}
    sources: list[Source] = []
    for entry, base, token in entries:
        if entry.name in datasets:
            raise InputError(f"two datasets are named {entry.name!r}", file=address, field="datasets")
        datasets[entry.name], source = _dataset(entry, base, token)
        if source is not None:
            sources.append(source)
    if not sources:
        raise InputError("it names no dataset that can be loaded", file=address)
    if ALL not in datasets:
        datasets[ALL] = Dataset(ALL, "All datasets", load=False, children=tuple(s.name for s in sources))
    try:
        catalogue = Catalogue(datasets.values())
    except InputError as error:
        raise InputError(error.reason, file=address, field=error.field) from error
    return Plan(datasets=tuple(catalogue.datasets.values()), sources=tuple(sources))


def _of_catalog(catalog: CatalogEntry, address: str, read: Read) -> list[tuple[DatasetEntry, str, str | None]]:
    token = _expanded(catalog.auth_token, address)
    where = _address(catalog.url, address)
    index = _parsed(CatalogFile, read(where, token), where)
    scopes = {*catalog.scopes, *((catalog.scope,) if catalog.scope else ())}
    missing = scopes - {one.name for one in index.datasets}
    if missing:
        raise InputError(f"the catalogue has no dataset {', '.join(sorted(missing))}", file=where, field="scopes")
    found = []
    for one in index.datasets:
        more: dict[str, Any] = {"load": one.name in scopes} if scopes else {}
        for key in ("namespace", "resource_name", "resource_type"):
            if getattr(catalog, key) is not None:
                more[key] = getattr(catalog, key)
        found.append((one.model_copy(update=more), where, token))
    return found


def _dataset(entry: DatasetEntry, base: str, token: str | None) -> tuple[Dataset, Source | None]:
    """A dataset, and where it is loaded from if it is."""
    children = tuple(dict.fromkeys((*entry.children, *entry.datasets)))
    title = entry.title or entry.name
    extra = entry.model_extra or {}
    more = {key: extra[key] for key in _PASSED_ON if extra.get(key) is not None}
    if entry.lists:
        if local(base) is None:
            raise InputError(
                "a manifest from elsewhere cannot name list files of this machine", file=base, field="lists"
            )
        paths = tuple(Path(_address(one, base)) for one in entry.lists)
        return Dataset(entry.name, title, load=False, children=children, more=more), Lists(entry.name, paths)
    url = _entities(entry, extra)
    loaded = url is not None and entry.load is not False
    version = entry.version or _exported(entry.last_export)
    if url is None and entry.load and not children:
        raise InputError(f"the dataset {entry.name!r} says neither path nor entities_url", file=base, field=entry.name)
    if url is not None:
        more["entities_url"] = url if local(url) is None else None
    dataset = Dataset(entry.name, title, version or "", load=loaded, children=children, more=more)
    if not loaded or url is None:
        return dataset, None
    delta = _address(entry.delta_url, base) if entry.delta_url else None
    token = _expanded(token, base)
    return dataset, Remote(entry.name, _address(url, base), version, delta, entry.namespace, token)


def _entities(entry: DatasetEntry, extra: dict[str, Any]) -> str | None:
    """The address of a dataset's entities: as named, or that of the resource asked for."""
    if entry.entities_url or entry.path:
        return entry.entities_url or entry.path
    for resource in extra.get("resources") or ():
        if not isinstance(resource, dict) or not isinstance(resource.get("url"), str):
            continue
        by_name = entry.resource_name is not None and resource.get("name") == entry.resource_name
        by_type = entry.resource_type is not None and resource.get("mime_type") == entry.resource_type
        if by_name or by_type:
            return str(resource["url"])
    return None


def _exported(moment: str | None) -> str | None:
    """A moment as a version: its digits."""
    digits = re.sub(r"\D", "", (moment or "")[:19])
    return digits or None


def _address(text: str, base: str) -> str:
    """An address as seen from the file that names it.

    Raises:
        InputError: a file from elsewhere names one of this machine.
    """
    parts = urlsplit(text)
    if parts.scheme in {"http", "https"}:
        return text
    home = local(base)
    if home is None:
        if parts.scheme or Path(text).is_absolute():
            raise InputError(f"a file from elsewhere cannot name a path of this machine ({text[:200]!r})", file=base)
        return urljoin(base, text)
    path = Path(unquote(parts.path)) if parts.scheme == "file" else Path(text)
    return str(path if path.is_absolute() else (home.parent / path).resolve())


def _expanded(token: str | None, file: str) -> str | None:
    """A token, from the environment where it is written `$NAME`.

    Raises:
        InputError: there is no such variable.
    """
    if token is None or not token.startswith("$"):
        return token
    name = token[1:].strip("{}")
    if not os.environ.get(name):
        raise InputError(f"the environment has no variable {name}", file=file, field="auth_token")
    return os.environ[name]


def _parsed(shape: type[T], data: bytes, file: str) -> T:
    try:
        read = json.loads(data) if file.lower().split("?")[0].endswith(".json") else yaml.safe_load(data)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise InputError(f"it cannot be read ({_why(error)})", file=file) from error
    try:
        return shape.model_validate(read)
    except ValidationError as error:
        fault = first_fault(error)
        raise InputError(fault.reason, file=file, field=fault.field) from error


def _why(error: Exception) -> str:
    """What is wrong and where, without the text itself: it may hold a token."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"line {error.problem_mark.line + 1}: {error.problem}"[:200]
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno}: {error.msg}"
    return "it is neither YAML nor JSON"
