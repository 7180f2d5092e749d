"""The ranges an assessment hangs on, kept as data beside the code."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType


@dataclass(frozen=True)
class Assumption:
    """A share between 0 and 1 as a range, what it means and where it comes from."""

    name: str
    low: float
    mid: float
    high: float
    text: str
    source: str

    @property
    def words(self) -> str:
        """One line for the `assumption` column of an outcome."""
        span = f"{self.low:g}" if self.low == self.high else f"low {self.low:g}, mid {self.mid:g}, high {self.high:g}"
        return f"{self.text}: {span} (assumption {self.name})"

    def within(self, low: float, mid: float, high: float) -> Assumption:
        """The same assumption with a scenario's own range."""
        return replace(self, low=low, mid=mid, high=high, source=f"set in the scenario; default: {self.source}")


@cache
def default_assumptions() -> Mapping[str, Assumption]:
    """Every assumption by name, as `assumptions.toml` gives it."""
    text = files(__package__).joinpath("assumptions.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(text)
    return MappingProxyType({name: Assumption(name=name, **row) for name, row in rows.items()})
