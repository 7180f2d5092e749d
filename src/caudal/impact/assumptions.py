"""The ranges an assessment hangs on, kept as data beside the code."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType

KINDS = {
    "share": "between 0 and 1",
    "factor": "0 or more",
    "days": "0 or more",
    "months": "0 or more",
    "number": "0 or more",
}
"""The kinds of assumption and the numbers they may take."""


@dataclass(frozen=True)
class Assumption:
    """A range, what it means, what kind of number it is, and where it comes from.

    Attributes:
        kind: share (between 0 and 1), or factor, days, months, number (0 or more).
    """

    name: str
    low: float
    mid: float
    high: float
    text: str
    source: str
    kind: str = "share"

    @property
    def words(self) -> str:
        """One line for the `assumption` column of an outcome."""
        unit = f" {self.kind}" if self.kind in ("days", "months") else ""
        span = f"{self.low:g}" if self.low == self.high else f"low {self.low:g}, mid {self.mid:g}, high {self.high:g}"
        span += unit
        return f"{self.text}: {span} (assumption {self.name})"

    @property
    def bounds(self) -> str:
        """The numbers an assumption of this kind may take, in words."""
        return KINDS[self.kind]

    def allows(self, value: float) -> bool:
        """Whether a number is one that an assumption of this kind may take."""
        return 0 <= value <= (1 if self.kind == "share" else float("inf"))

    def within(self, low: float, mid: float, high: float) -> Assumption:
        """The same assumption with a scenario's own range."""
        return replace(self, low=low, mid=mid, high=high, source=f"set in the scenario; default: {self.source}")


@cache
def default_assumptions() -> Mapping[str, Assumption]:
    """Every assumption by name, as `assumptions.toml` gives it."""
    text = files(__package__).joinpath("assumptions.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(text)
    return MappingProxyType({name: Assumption(name=name, **row) for name, row in rows.items()})
