"""The numbers of one scenario as formulas, and what each hangs on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from caudal.impact.assumptions import Assumption
from caudal.impact.formulas import Formula
from caudal.impact.sheets import Sheet
from caudal.impact.unknowns import MATCHED, NAMED, Unknowns

Row = tuple[str, str, str]
"""A row of `outcomes`: measure, subject kind, unit."""


@dataclass(frozen=True)
class Model:
    """The numbers of one scenario as formulas over what is not known.

    Attributes:
        scenario: its name.
        rows: measure, subject kind and unit of every formula.
        formulas: in the same order.
        unknowns: what their codes mean.
        sheets: further numbers that are drawn with the same draws, by the table they go into.
    """

    scenario: str
    rows: tuple[Row, ...]
    formulas: tuple[Formula, ...]
    unknowns: Unknowns
    sheets: Mapping[str, Sheet] = field(default_factory=dict)

    @cached_property
    def rests(self) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
        """For every row the assumptions, and the kinds of unsure items, that it hangs on."""
        below = self.unknowns.grounds()
        found = []
        for formula in self.formulas:
            names: set[str] = set()
            kinds: set[str] = set()
            events = [formula.events]
            for factor in formula.factors(self.unknowns):
                names |= {*factor.of, *factor.rest}
                events += [self.unknowns.means[place][0] for place in factor.means]
            for code in np.unique(np.concatenate(events)).tolist():
                names |= below[code][0]
                kinds |= below[code][1]
            if kinds & {MATCHED, NAMED}:
                names.add("match_sure")
            found.append((frozenset(names), frozenset(kinds)))
        return tuple(found)

    @cached_property
    def assumptions(self) -> dict[str, Assumption]:
        """Every assumption that some number hangs on, by name."""
        return {name: self.unknowns.assumption(name) for name in sorted({n for names, _ in self.rests for n in names})}

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of unsure items that some number hangs on."""
        return tuple(sorted({kind for _, kinds in self.rests for kind in kinds}))

    @cached_property
    def ends(self) -> tuple[tuple[float, float, float], ...]:
        """Low, mid and high of every row."""
        return tuple(formula.ends(self.unknowns) for formula in self.formulas)

    def place(self, row: Row) -> int | None:
        """Where a row stands; None where the scenario has no such number."""
        return self._places.get(row)

    @cached_property
    def _places(self) -> dict[Row, int]:
        return {row: n for n, row in enumerate(self.rows)}
