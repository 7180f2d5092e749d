"""The law of a day as plain facts: what the command line prints and the server answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from caudal.errors import InputError
from caudal.register import law, orders


def topic_of(text: str) -> str:
    """The topic a word stands for: its name, its beginning, with `-` or `_` for a space.

    Raises:
        InputError: it is none, or the beginning of several.
    """
    asked = text.replace("-", " ").replace("_", " ").casefold()
    found = [t for t in law.TOPICS if t == asked] or [t for t in law.TOPICS if t.startswith(asked)]
    if len(found) != 1:
        raise InputError(f"{text!r} is no effect; known: {', '.join(law.TOPICS)}, orders", field="effect")
    return found[0]


@dataclass(frozen=True)
class AuthorityOnDay:
    """What is held about an authority on a day.

    Attributes:
        authority: the id or programme tag asked for.
        name, legal_basis: of the authority; None for a tag that has only the rules common to all.
        not_before: the day it was established, where the day asked about is earlier; there are no effects then.
        effects: what a designation does, each rule with its source.
        gaps: what is not known here.
    """

    authority: str
    name: str | None
    legal_basis: str | None
    not_before: date | None
    effects: tuple[law.Effect, ...]
    gaps: tuple[law.Gap, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "authority": self.authority,
            "name": self.name,
            "legal_basis": self.legal_basis,
            "not_before": self.not_before,
            "effects": [effect.__dict__ for effect in self.effects],
            "gaps": [gap.model_dump() for gap in self.gaps],
        }


def law_on(day: date, authorities: Sequence[str] = (), topic: str | None = None) -> list[AuthorityOnDay]:
    """What designations do on a day.

    Args:
        day: the day.
        authorities: ids or programme tags; all authorities held where none is given.
        topic: only this one.

    Raises:
        InputError: nothing is held about an authority.
    """
    found = []
    for authority in authorities or tuple(law.authorities()):
        lines = tuple(e for e in law.effects(authority, day) if topic in {None, e.topic})
        held = law.authority(authority) if law.answers(authority) else None
        first = law.established(authority)
        early = first if first is not None and day < first else None
        gaps = () if held is None or early else tuple(g for g in held.gap if topic is None or topic in g.topics)
        name, basis = (held.name, held.legal_basis) if held else (None, None)
        found.append(AuthorityOnDay(authority, name, basis, early, lines, gaps))
    return found


def orders_on(day: date, place: str | None = None) -> list[dict[str, Any]]:
    """FinCEN's border orders on a day, with whether each holds at a place.

    Raises:
        InputError: the place is none.
    """
    return [
        {"standing": found.standing, "applies": found.applies, **found.order.model_dump()}
        for found in orders.on(day, place)
    ]
