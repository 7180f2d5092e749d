"""What speaks for two entities of different lists being one, strong evidence only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from caudal.register.merging.identifiers import NATIONAL, REFERENCES, WORLDWIDE
from caudal.register.merging.names import Key, agree
from caudal.register.merging.traits import Traits

MOST_BEARERS = 6
"""A number more entities bear than this is a placeholder, not an identity."""
DECIDED, TIED, REFERENCE, NUMBER, NATIONAL_NUMBER, BIRTH, BODY = range(7)
"""Kinds of evidence, the strongest first."""


@dataclass(frozen=True, slots=True, order=True)
class Reason:
    """One reason to take two entities for one: its kind (smaller is stronger) and its words."""

    strength: int
    text: str


class Evidence:
    """Looks for reasons among the traits of all entities held."""

    def __init__(self, traits: Mapping[str, Traits]) -> None:
        self._traits = traits
        self._numbers: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        self._names: dict[tuple[str, Key], list[str]] = defaultdict(list)
        for entity_id, t in traits.items():
            for pool, number in {(_pool(k), n) for k, held in t.numbers.items() for n in held}:
                self._numbers[t.nature, pool, number].append(entity_id)
            for key in t.full:
                self._names[t.nature, key].append(entity_id)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every pair of entities of two lists that shares a number or a full name, once, in order."""
        found: set[tuple[str, str]] = set()
        for ids in [*self._numbers.values(), *self._names.values()]:
            if 1 < len(ids) <= 4 * MOST_BEARERS:
                found.update(
                    (a, b)
                    for a, b in combinations(sorted(ids), 2)
                    if self._traits[a].entity.dataset != self._traits[b].entity.dataset
                )
        yield from sorted(found)

    def between(self, one_id: str, two_id: str) -> list[Reason]:
        """All reasons to take the two for one, the strongest first; names alone are none."""
        one, two = self._traits[one_id], self._traits[two_id]
        if one.nature != two.nature:
            return []
        found = [*self._by_number(one, two)]
        if one.nature == "person":
            found += self._by_birth(one, two)
        elif one.nature == "body":
            found += self._as_body(one, two)
        return sorted(found)

    def _by_number(self, one: Traits, two: Traits) -> Iterator[Reason]:
        for kind in sorted(WORLDWIDE & one.numbers.keys() & two.numbers.keys()):
            for number in sorted(one.numbers[kind] & two.numbers[kind]):
                alone = kind in REFERENCES or (kind == "imoNumber" and one.nature == "vessel")
                if self._names_suffice(one, two, kind, number, loose=alone):
                    yield Reason(REFERENCE if kind in REFERENCES else NUMBER, f"the same {kind} {number}")
        if one.scope and two.scope and not one.scope & two.scope:
            return  # a number of one country says nothing about an entity of another
        mine, theirs = ({n: k for k in sorted(NATIONAL & t.numbers.keys()) for n in t.numbers[k]} for t in (one, two))
        for number in sorted(mine.keys() & theirs.keys()):
            if self._names_suffice(one, two, "", number, loose=False):
                kinds = " and ".join(dict.fromkeys((mine[number], theirs[number])))
                yield Reason(NATIONAL_NUMBER, f"the same {kinds} {number}")

    def _names_suffice(self, one: Traits, two: Traits, kind: str, number: str, *, loose: bool) -> bool:
        """Whether the names bear the number out: a little where one entry of each list has it, whole where more do."""
        bearers = self._numbers[one.nature, _pool(kind) if kind else "national", number]
        if len(bearers) > MOST_BEARERS:
            return False
        lists = [self._traits[b].entity.dataset for b in bearers]
        if any(lists.count(t.entity.dataset) > 1 for t in (one, two)):
            return bool(one.full.keys() & two.full.keys())
        return loose or agree(one.words, two.words)

    def _by_birth(self, one: Traits, two: Traits) -> Iterator[Reason]:
        days = sorted(one.days & two.days)
        if not days:
            return
        for key in sorted(one.full.keys() & two.full.keys()):
            if (one.full[key] or two.full[key]) and self._once(one, two, key):
                yield Reason(BIRTH, f"the same full name ({' '.join(key)}) and day of birth ({days[0]})")
                return

    def _as_body(self, one: Traits, two: Traits) -> Iterator[Reason]:
        seats = sorted(one.seat & two.seat)
        if not seats:
            return
        shared = [k for k in sorted(one.full.keys() & two.full.keys()) if self._once(one, two, k)]
        for key in shared:
            if not (one.full[key] or two.full[key]):
                continue
            further = _further(one, two, key, shared)
            if further:
                text = f"the same full name ({' '.join(key)}), the same country ({seats[0]}), and {further}"
                yield Reason(BODY, text)
                return

    def _once(self, one: Traits, two: Traits, key: Key) -> bool:
        """True where no other entry of either list bears the name."""
        lists = [self._traits[b].entity.dataset for b in self._names[one.nature, key]]
        return all(lists.count(t.entity.dataset) == 1 for t in (one, two))


def _pool(kind: str) -> str:
    """National numbers are compared whatever their label, for lists file one number under different ones."""
    return "national" if kind in NATIONAL else kind


def _further(one: Traits, two: Traits, key: Key, shared: Iterable[Key]) -> str | None:
    """A further agreement of two bodies of one name and country, in words."""
    for kind, value in sorted(one.contacts & two.contacts):
        return f"the same {kind} ({value})"
    for other in shared:
        if not set(other) & set(key):
            return f"another full name that shares no word with it ({' '.join(other)})"
    for mine in one.addresses:
        for theirs in two.addresses:
            both = mine & theirs
            numbers = [w for w in both if any(map(str.isdigit, w))]
            words = [w for w in both if len(w) >= 4 and w.isalpha()]
            if numbers and len(words) >= 2:
                return f"one address ({' '.join(sorted(both))})"
    return None
