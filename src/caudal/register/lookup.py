"""Finding an entity by name: the whole name first, then all of its words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from caudal.register.entry import Entity
from caudal.register.groups import DATASET
from caudal.register.naming import fold

_RANK = {"primary": 0, "alias": 1, "original script": 1, "former": 2, "weak": 3}


class NameIndex:
    """Folded names and their words, to the places of their entities."""

    def __init__(self, entities: Iterable[Entity]) -> None:
        self._entities = list(entities)
        self._whole: dict[str, dict[int, int]] = defaultdict(dict)
        self._words: dict[str, set[int]] = defaultdict(set)
        for place, entity in enumerate(self._entities):
            for name in entity.names:
                self._enter(name.name, place, _RANK[name.kind])
            if entity.schema == "Person":
                self._enter(entity.caption, place, 0)

    def _enter(self, name: str, place: int, rank: int) -> None:
        folded = fold(name)
        held = self._whole[folded]
        held[place] = min(rank, held.get(place, 9))
        for word in folded.split():
            self._words[word].add(place)

    def find(self, text: str) -> list[Entity]:
        """Entities that bear the whole name (built-in groups first, then by kind of name), else all of its words."""
        folded = fold(text)
        whole = self._whole.get(folded)
        if whole:
            return [self._entities[p] for p in sorted(whole, key=lambda p: (not self._own(p), whole[p], p))]
        words = folded.split()
        if not words:
            return []
        places = set.intersection(*(self._words.get(w, set()) for w in words))
        return [self._entities[p] for p in sorted(places, key=lambda p: (not self._own(p), p))]

    def _own(self, place: int) -> bool:
        return self._entities[place].dataset == DATASET
