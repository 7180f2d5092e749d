"""Which entries of several lists are one entity, and why."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from caudal.errors import InputError
from caudal.register.entry import Entity
from caudal.register.merging.clusters import Clusters
from caudal.register.merging.contradictions import contradiction
from caudal.register.merging.decisions import Decision, in_force
from caudal.register.merging.evidence import DECIDED, TIED, Evidence, Reason
from caudal.register.merging.merged import Merged
from caudal.register.merging.traits import traits_of


@dataclass(frozen=True, slots=True)
class Tie:
    """A built-in group and a list's entry of its name under the same authority, with the words that say so."""

    group_entity: str
    entity_id: str
    words: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Two entries that evidence would join, and the two entries whose contradiction forbids it."""

    left: str
    right: str
    reasons: list[Reason]
    between: tuple[str, str]
    contradiction: str


class Merging:
    """Merges entries of different lists.

    Pairs are taken in order of the strength of their evidence, then of their ids, so the order of the lists does not
    matter. A pair that would bring two contradicting entries together, itself or through others, is refused.

    Args:
        entities: all entries.
        decisions: what people decided; it goes before all evidence and all contradiction.
        ties: groups and the entries that are the same group.

    Raises:
        InputError: decisions contradict each other (a is b, b is c, a is not c).
    """

    def __init__(
        self, entities: Iterable[Entity], decisions: Sequence[Decision] = (), ties: Iterable[Tie] = ()
    ) -> None:
        self._entities = {e.id: e for e in entities}
        self._traits = {e.id: traits_of(e) for e in self._entities.values()}
        self._evidence = Evidence(self._traits)
        self._decided = in_force(decisions)
        self._ties = {_pair(t.group_entity, t.entity_id): t for t in ties}
        self.unused = [d for d in self._decided.values() if not {d.left, d.right} <= self._entities.keys()]
        """Decisions about entries that no list held names."""
        self.refused: list[Refused] = []
        """What evidence would have joined and a contradiction forbade."""
        self._joined: dict[tuple[str, str], list[Reason]] = {}
        self._clusters = Clusters(self._forbids)
        self._decide()
        self._join()

    def _decide(self) -> None:
        """First what people decided to be the same."""
        for pair, decision in sorted(self._decided.items()):
            if decision.decision == "same" and set(pair) <= self._entities.keys():
                stop = self._clusters_of_decisions.join(*pair)
                if stop:
                    raise InputError(
                        f"decisions contradict each other: {pair[0]} and {pair[1]} are the same, but "
                        f"{stop[0]} and {stop[1]}, which others join to them, are not: {stop[2]}",
                        file="decisions",
                    )
        for ids in self._clusters_of_decisions.sets():
            self._clusters.start(ids)
        for pair, decision in self._decided.items():
            if decision.decision == "same" and set(pair) <= self._entities.keys():
                self._joined[pair] = [Reason(DECIDED, decision.words)]

    @cached_property
    def _clusters_of_decisions(self) -> Clusters:
        def different(one: str, two: str) -> str | None:
            decision = self._decided.get(_pair(one, two))
            return decision.words if decision and decision.decision == "different" else None

        return Clusters(different)

    def _join(self) -> None:
        found = [(reasons, pair) for pair in self._evidence.pairs() if (reasons := self._evidence.between(*pair))]
        for pair, tie in self._ties.items():
            if set(pair) <= self._entities.keys():
                found.append(([Reason(TIED, tie.words)], pair))
        for reasons, pair in sorted(found, key=lambda f: (f[0][0].strength, f[1])):
            stop = self._clusters.join(*pair)
            if stop:
                self.refused.append(Refused(*pair, reasons, (stop[0], stop[1]), stop[2]))
            else:
                self._joined.setdefault(pair, []).extend(reasons)

    def _forbids(self, one: str, two: str) -> str | None:
        decision = self._decided.get(_pair(one, two))
        if decision is not None:
            return decision.words if decision.decision == "different" else None
        return contradiction(self._traits[one], self._traits[two])

    @cached_property
    def merged(self) -> list[Merged]:
        """Every entity that two or more entries are, in order of their canonical ids."""
        found = [Merged.of([self._entities[i] for i in ids]) for ids in self._clusters.sets()]
        return sorted(found, key=lambda m: m.id)

    @cached_property
    def _merged(self) -> dict[str, Merged]:
        return {e.id: m for m in self.merged for e in m.members}

    def of(self, entity_id: str) -> Merged | None:
        """The merged entity that an entry belongs to; None where it stands alone.

        Raises:
            InputError: there is no entity of that id.
        """
        self._check(entity_id)
        return self._merged.get(entity_id)

    def same_as(self, entity_id: str) -> list[str]:
        """Ids of the other entries of the same entity, the canonical one first.

        Raises:
            InputError: there is no entity of that id.
        """
        merged = self.of(entity_id)
        return [e.id for e in merged.members if e.id != entity_id] if merged else []

    def view(self, entities: Iterable[Entity]) -> list[Entity]:
        """The entries, those of one entity put together, each in the place of its first."""
        together: dict[str, list[Entity]] = defaultdict(list)
        for entity in entities:
            merged = self._merged.get(entity.id)
            together[merged.id if merged else entity.id].append(entity)
        return [held[0] if len(held) == 1 else Merged.of(held).entity() for held in together.values()]

    def explain(self, one: str, two: str) -> str:
        """Why two entries were merged or not, in words.

        Raises:
            InputError: there is no entity of one of the ids.
        """
        self._check(one)
        self._check(two)
        if one == two:
            return f"{one} is one entry"
        pair = _pair(one, two)
        if two in self._clusters.of(one):
            through = "" if pair in self._joined else " through others"
            return f"{one} and {two} are merged{through}: {self.why(one, two)}"
        decision = self._decided.get(pair)
        if decision is not None:
            return f"{one} and {two} are not merged: {decision.words}"
        tie = self._ties.get(pair)
        reasons = [Reason(TIED, tie.words)] if tie else self._evidence.between(one, two)
        forbidden = contradiction(self._traits[one], self._traits[two])
        if forbidden:
            despite = f", in spite of {_words(reasons)}" if reasons else ""
            return f"{one} and {two} are not merged: {forbidden}{despite}"
        for refused in self.refused:
            if _pair(refused.left, refused.right) == pair:
                left, right = refused.between
                return (
                    f"{one} and {two} are not merged in spite of {_words(reasons)}: it would join {left} and {right}, "
                    f"and {refused.contradiction}"
                )
        return f"{one} and {two} are not merged: {self._missing(one, two)}"

    def why(self, one: str, two: str) -> str:
        """The evidence that joins two entries of one entity, in words; step by step where they are joined by others."""
        pair = _pair(one, two)
        if pair in self._joined:
            return _words(self._joined[pair])
        return "; ".join(f"{a} and {b} by {_words(self._joined[_pair(a, b)])}" for a, b in self._path(one, two))

    def _missing(self, one: str, two: str) -> str:
        first, second = self._traits[one], self._traits[two]
        names = sorted(first.full.keys() & second.full.keys())
        if names and first.births and second.births:
            return f"they share the name {' '.join(names[0])}, but no whole day of birth (1 January is none)"
        if names:
            return f"they share the name {' '.join(names[0])}, but a name alone, or one with a country, is no evidence"
        return "they share neither an identifier nor a full name"

    def _path(self, one: str, two: str) -> list[tuple[str, str]]:
        """The fewest joined pairs that lead from one to the other."""
        beside: dict[str, list[str]] = defaultdict(list)
        for a, b in sorted(self._joined):
            beside[a].append(b)
            beside[b].append(a)
        came = {one: one}
        queue = deque([one])
        while queue and two not in came:
            here = queue.popleft()
            for there in beside[here]:
                if there not in came:
                    came[there] = here
                    queue.append(there)
        steps = []
        while two != one:
            steps.append((came[two], two))
            two = came[two]
        return steps[::-1]

    def _check(self, entity_id: str) -> None:
        if entity_id not in self._entities:
            raise InputError(f"the register holds no entity {entity_id!r}", field="entity_id")


def _pair(one: str, two: str) -> tuple[str, str]:
    return (one, two) if one <= two else (two, one)


def _words(reasons: Iterable[Reason]) -> str:
    return "; ".join(dict.fromkeys(r.text for r in reasons))
