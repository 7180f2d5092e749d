"""The entities of a snapshot: by id, by their ties, and by text with filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Entity = dict[str, Any]
"""As the API shows it: id, caption, schema, properties, datasets, referents, target and the days it was seen."""


@dataclass(frozen=True)
class Query:
    """A text search.

    Attributes:
        text: words and, where `simple` is false, the query syntax documented for `/search`.
        scope: datasets that count.
        filters: field (`schema`, `datasets`, `topics`, `countries`, or a property) to values, any of which must hold
            (all of them where `every` is true).
        without: the same, of what must not hold.
        facets: fields to count values of.
        sort: (field, descending) in order.
    """

    text: str
    scope: frozenset[str]
    schema: str = "Thing"
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    without: Mapping[str, Sequence[str]] = field(default_factory=dict)
    changed_since: str | None = None
    every: bool = False
    fuzzy: bool = False
    simple: bool = False
    facets: Sequence[str] = ()
    sort: Sequence[tuple[str, bool]] = ()
    limit: int = 10
    offset: int = 0


@dataclass(frozen=True)
class Found:
    """Entities found, how many there are in all, and per facet (value, label, count)."""

    entities: list[Entity]
    total: int
    facets: dict[str, list[tuple[str, str, int]]]


class EntityStore(Protocol):
    """What a snapshot keeps of its entities. Safe to use from several threads."""

    def get(self, entity_id: str) -> Entity | None:
        """An entity by its id, with plain property values."""
        ...

    def many(self, entity_ids: Sequence[str]) -> dict[str, Entity]:
        """Entities by their ids, those that there are."""
        ...

    def canonical(self, entity_id: str) -> str | None:
        """The id an entity goes by now, where the one given is a referent of it."""
        ...

    def numbered(self, numbers: Sequence[str]) -> list[Entity]:
        """Wallets, securities and other things with one of these numbers (see `numbered`), in the store's order."""
        ...

    def nested(self, entity: Entity) -> Entity:
        """The entity with those beside it in place of their ids, as `/entities/{id}` shows it."""
        ...

    def adjacent(
        self, entity: Entity, prop: str | None, limit: int, offset: int, sort: Sequence[tuple[str, bool]] = ()
    ) -> dict[str, tuple[list[Entity], int]]:
        """Property to entities beside this one (some of them) and how many there are; one property or all."""
        ...

    def search(self, query: Query) -> Found:
        """Entities by text and filters."""
        ...
