"""A group against the criteria of each authority: what speaks for, what against, what is missing. Never a score."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from caudal.register.dossier.criteria import Criteria, Criterion, criteria
from caudal.register.dossier.facts import Fact

State = Literal["facts for it", "facts against it", "facts on both sides", "found, facts not held", "no fact held"]


@dataclass(frozen=True)
class Weighed:
    """One criterion with the facts that bear on it.

    Attributes:
        state: which facts there are; `found, facts not held` where only the authority's own designation speaks.
        missing: what a fact would have to show, where none is held for it; else None.
    """

    criterion: Criterion
    supports: tuple[Fact, ...]
    contradicts: tuple[Fact, ...]
    state: State
    missing: str | None


@dataclass(frozen=True)
class Assessment:
    """A group under one authority.

    Attributes:
        status: whether it was designated on the day: yes, no or unknown.
        text: the register's answer in words.
    """

    criteria: Criteria
    name: str
    status: Literal["yes", "no", "unknown"]
    text: str
    weighed: tuple[Weighed, ...]


def weigh(one: Criteria, held: Sequence[Fact], *, designated: bool) -> tuple[Weighed, ...]:
    """Every criterion of an authority with its facts.

    Where the law lets nobody be designated without a finding on each criterion, a designation in force is shown as that
    finding and not as a fact, for the file behind it is not held.
    """
    found = []
    for criterion in one.criterion:
        supports = tuple(f for f in held if criterion.id in f.supports)
        contradicts = tuple(f for f in held if criterion.id in f.contradicts)
        state: State = "no fact held"
        if supports and contradicts:
            state = "facts on both sides"
        elif supports:
            state = "facts for it"
        elif contradicts:
            state = "facts against it"
        elif designated and one.finds:
            state = "found, facts not held"
        found.append(Weighed(criterion, supports, contradicts, state, None if supports else criterion.asks))
    return tuple(found)


def concerned(countries: Iterable[str], designated: Iterable[str]) -> list[Criteria]:
    """The authorities to weigh, those it is designated under first; regimes of one country only where it is there."""
    here, under = set(countries), set(designated)
    shown = [c for c in criteria().values() if c.only_in is None or c.only_in in here or c.id in under]
    return sorted(shown, key=lambda c: c.id not in under)
