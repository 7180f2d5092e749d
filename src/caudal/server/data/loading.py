"""Brings the entities of each dataset into a store: read whole, taken over as they were, or changed by deltas."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from followthemoney.namespace import Namespace

from caudal.errors import InputError
from caudal.server.data import own_lists
from caudal.server.data.catalogue import Catalogue, Dataset
from caudal.server.data.legal import LegalWriter
from caudal.server.data.lines import Left, Shape, read_delta, read_entities
from caudal.server.data.manifest import Plan
from caudal.server.data.matched import Compared, Version
from caudal.server.data.sources import Fetcher, Lists, Remote
from caudal.server.data.store import Entity
from caudal.server.data.writer import StoreWriter

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Base:
    """A snapshot that a new one may start from: where it lies, and what of each dataset it was loaded from."""

    folder: Path
    loaded: Mapping[str, Mapping[str, Any]]


@dataclass
class Loader:
    """Loads datasets one after another.

    Attributes:
        loaded: of each dataset so far, what it was loaded from: enough to know whether a later snapshot may start
            from it. datasets: as they stand after loading, with versions and counts. legal: what lists say in law.
    """

    plan: Plan
    writer: StoreWriter
    fetcher: Fetcher
    compared: Compared
    base: Base | None = None
    tell: Tell = lambda _: None
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    loaded: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.legal = LegalWriter()
        self.datasets = {one.name: one for one in self.plan.datasets}
        self._catalogue = Catalogue(self.plan.datasets)

    def run(self) -> None:
        """Load all.

        Raises:
            InputError: a source cannot be used.
        """
        for source in self.plan.sources:
            if isinstance(source, Lists):
                self._lists(source)
            else:
                self._export(source)

    def _lists(self, source: Lists) -> None:
        self.tell(f"reading the lists of {source.name}")
        read = own_lists.OwnLists.read(source.paths)
        self.compared.names.update(read.names())
        self.compared.versions += [
            Version(own_lists.dataset_name(v.dataset), v.version, v.published) for v in read.register.versions
        ]
        self.legal.take_register(read.tables, read.register.versions, own_lists.dataset_name)
        self.writer.take(read.entries(self.today), source.name)
        for one in read.datasets:
            if one.name in self.datasets:
                raise InputError(f"two datasets are named {one.name!r}", field=source.name)
            self.datasets[one.name] = one
        whole = self.datasets[source.name]
        children = tuple(dict.fromkeys([*whole.children, *(one.name for one in read.datasets)]))
        self.datasets[source.name] = Dataset(whole.name, whole.title, "", False, children, whole.more)
        self.loaded[source.name] = described(source, self._catalogue)

    def _export(self, source: Remote) -> None:
        told = described(source, self._catalogue)
        shape = self.shape(source)
        left = Left()
        count = self._again(source, told, shape, left)
        if count is None:
            self.tell(f"reading {source.name}")
            path = source.file or self.fetcher.file(source.url, source.token)
            entities = read_entities(path, shape, left)
            count = self.writer.take(((one, True) for one in entities), source.name)
        self.loaded[source.name] = told
        for name in sorted(self._catalogue.scope(source.name)):
            own = source.version if name == source.name else self.datasets[name].version
            self.compared.versions.append(Version(name, own or f"in {source.name} {source.version}"))
        one = self.datasets[source.name]
        more: dict[str, Any] = {**one.more, "entity_count": count}
        if left.count:
            more["left_out"] = dict(left.count)
            more["left_out_first"] = left.first
        self.datasets[source.name] = Dataset(one.name, one.title, source.version or "", True, one.children, more)

    def shape(self, source: Remote) -> Shape:
        """How entities of a source are taken in."""
        sign = None
        if source.namespace:
            space = Namespace(source.name)

            def sign(uid: str) -> str:
                return str(space.sign(uid))

        return Shape(source.name, self._catalogue.scope(source.name), sign)

    def _again(self, source: Remote, told: dict[str, Any], shape: Shape, left: Left) -> int | None:
        """Start from the base, where it holds the same version or one that deltas lead from; how many entities."""
        if self.base is None:
            return None
        before = self.base.loaded.get(source.name)
        if before is None or any(before.get(key) != told[key] for key in ("kind", "url", "namespace", "scope")):
            return None
        if before["version"] == source.version:
            self.tell(f"taking over {source.name}")
            return self.writer.copy(self.base.folder, source.name)
        try:
            deltas = self.fetcher.deltas(source, before["version"])
            if deltas is None:
                return None
            self.tell(f"applying {len(deltas)} deltas to {source.name}")
            changed = self._changed(deltas, source, shape, left)
        except InputError as error:
            left.add(0, "delta", f"the deltas cannot be used and it was read whole ({error})"[:300])
            return None
        count = self.writer.copy(self.base.folder, source.name, frozenset(changed))
        new = ((one, True) for one in changed.values() if one is not None)
        return count + self.writer.take(new, source.name)

    def _changed(self, deltas: list[str], source: Remote, shape: Shape, left: Left) -> dict[str, Entity | None]:
        """Id to the entity as the deltas leave it; None for those removed."""
        changed: dict[str, Entity | None] = {}
        for address in deltas:
            for op, entity in read_delta(self.fetcher.file(address, source.token), shape, left):
                changed.pop(entity["id"], None)  # what comes later stands later, as in the export itself
                changed[entity["id"]] = None if op == "DEL" else entity
        return changed

    def catalogue(self) -> Catalogue:
        """The datasets as they were loaded.

        Raises:
            InputError: see `Catalogue`.
        """
        return Catalogue(self.datasets.values())


def described(source: Lists | Remote, catalogue: Catalogue) -> dict[str, Any]:
    """What a dataset is loaded from, without tokens."""
    if isinstance(source, Lists):
        return {"kind": "lists", "version": own_lists.key(source.paths)}
    kept = asdict(source)
    plain = {key: kept[key] for key in ("url", "version", "namespace", "etag", "modified")}
    return {"kind": "export", "scope": sorted(catalogue.scope(source.name)), **plain}


def sources_seen(plan: Plan, fetcher: Fetcher, base: Base | None) -> Plan:
    """The plan with the version of every source.

    Raises:
        InputError: one cannot be reached.
    """

    def seen() -> Iterator[Lists | Remote]:
        for source in plan.sources:
            if isinstance(source, Lists):
                yield source
            else:
                yield fetcher.seen(source, (base.loaded if base else {}).get(source.name, {}))

    return Plan(datasets=plan.datasets, sources=tuple(seen()))
