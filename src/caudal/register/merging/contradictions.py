"""What forbids two entities to be one, whatever else they share."""

from __future__ import annotations

from caudal.register.merging.identifiers import WORLDWIDE
from caudal.register.merging.traits import Traits


def contradiction(one: Traits, two: Traits) -> str | None:
    """The first thing in which the two contradict each other, in words; None where nothing does.

    Only what both state can contradict. Dates of birth contradict where none of the one fits any of the other at the
    precision given. Of identifiers those contradict of which an entity has but one.
    """
    if one.nature != two.nature:
        return f"one is a {one.nature}, the other a {two.nature}"
    if one.entity.dataset == two.entity.dataset:
        return f"{one.entity.dataset} lists them as two entries"
    if one.births and two.births and not any(_fit(a, b) for a in one.births for b in two.births):
        return f"their dates of birth differ ({_some(one.births)}; {_some(two.births)})"
    if one.gender and two.gender and one.gender != two.gender:
        return f"their genders differ ({one.gender}; {two.gender})"
    for kind in sorted(WORLDWIDE & one.numbers.keys() & two.numbers.keys()):
        if not one.numbers[kind] & two.numbers[kind]:
            return f"their {kind} differ ({_some(one.numbers[kind])}; {_some(two.numbers[kind])})"
    return None


def _fit(one: str, two: str) -> bool:
    shorter = min(len(one), len(two))
    return one[:shorter] == two[:shorter]


def _some(values: set[str]) -> str:
    return ", ".join(sorted(values)[:3])
