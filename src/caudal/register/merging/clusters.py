"""Joining pairs into sets without ever joining two that must stay apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable

Forbid = Callable[[str, str], str | None]
"""Says why two ids may not be one, or None."""


class Clusters:
    """Sets of ids, grown by `join`, which refuses what `forbid` forbids between any two members."""

    def __init__(self, forbid: Forbid) -> None:
        self._forbid = forbid
        self._of: dict[str, list[str]] = {}

    def of(self, one: str) -> list[str]:
        """All ids of its set, itself included."""
        return self._of.get(one, [one])

    def join(self, one: str, two: str) -> tuple[str, str, str] | None:
        """Join the sets of two ids; or give the first two members that forbid it, and why, and change nothing."""
        mine, theirs = self.of(one), self.of(two)
        if mine is theirs or one == two:
            return None
        for a in sorted(mine):
            for b in sorted(theirs):
                reason = self._forbid(a, b)
                if reason is not None:
                    return a, b, reason
        both = mine + theirs
        for member in both:
            self._of[member] = both
        return None

    def start(self, ids: list[str]) -> None:
        """Begin with a set that nothing may forbid."""
        for member in ids:
            self._of[member] = ids

    def sets(self) -> Iterable[list[str]]:
        """Every set of two or more, each once."""
        return {id(ids): ids for ids in self._of.values()}.values()
