"""The datasets a server offers, and which lists each of them covers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from caudal.errors import InputError
from caudal.server.problems import NotFound


@dataclass(frozen=True)
class Dataset:
    """A list, or a collection of datasets.

    Attributes:
        name: the name in addresses, such as `us_ofac_sdn`.
        title: the name people read.
        version: of its entities, ordered as text; empty for a collection.
        load: whether its entities are loaded as such.
        children: datasets it is made of.
        more: what else its manifest says (summary, url, publisher...), passed on as it is.
    """

    name: str
    title: str
    version: str = ""
    load: bool = True
    children: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)


class Catalogue:
    """Datasets by name.

    Raises:
        InputError: two have one name, a child is unknown, or a collection holds itself.
    """

    def __init__(self, datasets: Iterable[Dataset]) -> None:
        self.datasets: dict[str, Dataset] = {}
        for one in datasets:
            if one.name in self.datasets:
                raise InputError(f"two datasets are named {one.name!r}", field=one.name)
            self.datasets[one.name] = one
        self._under: dict[str, frozenset[str]] = {}
        for name in self.datasets:
            self._scope(name, ())

    def get(self, name: str) -> Dataset:
        """A dataset.

        Raises:
            NotFound: there is none of that name.
        """
        found = self.datasets.get(name)
        if found is None:
            raise NotFound("No such dataset.")
        return found

    def scope(self, name: str) -> frozenset[str]:
        """A dataset and all that it is made of, by name.

        Raises:
            NotFound: there is none of that name.
        """
        return self._under[self.get(name).name]

    def _scope(self, name: str, within: tuple[str, ...]) -> frozenset[str]:
        if name in within:
            raise InputError(f"the collection {name!r} holds itself", field=name)
        if name not in self._under:
            one = self.datasets.get(name)
            if one is None:
                raise InputError(f"{within[-1]!r} holds {name!r}, which is no dataset here", field=within[-1])
            parts = [self._scope(child, (*within, name)) for child in one.children]
            self._under[name] = frozenset({name}.union(*parts))
        return self._under[name]
