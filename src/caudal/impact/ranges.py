"""Ranges, and the rows of the `outcomes` table they end up in."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pyarrow as pa
from iso4217 import Currency

from caudal.impact.formulas import Formula, exactly
from caudal.impact.model import Model, Row
from caudal.impact.sheets import Sheet
from caudal.impact.unknowns import Unknowns
from caudal.tables import OUTCOMES

COUNTED = "counted"
"""What stands in the `assumption` column where a number is exact."""


@dataclass(frozen=True)
class Range:
    """Low, mid and high of one quantity; low <= mid <= high."""

    low: float
    mid: float
    high: float

    @classmethod
    def of(cls, row: Any, start: int = 0) -> Range:
        """Three neighbouring values of a database row; empty ones are zero."""
        low, mid, high = (float(v or 0) for v in row[start : start + 3])
        return cls(low, mid, high)

    @classmethod
    def exact(cls, value: float) -> Range:
        """A counted quantity."""
        return cls(value, value, value)

    @property
    def is_exact(self) -> bool:
        """Whether the three are one."""
        return self.low == self.high

    def scaled(self, divisor: float) -> Range:
        """The range in a larger unit."""
        return Range(self.low / divisor, self.mid / divisor, self.high / divisor)

    def __add__(self, other: Range) -> Range:
        return Range(self.low + other.low, self.mid + other.mid, self.high + other.high)


def minor_units(currency: str) -> int:
    """How many minor units make one unit of an ISO 4217 currency: 100 for USD, 1 for JPY."""
    exponent: int = Currency(currency).exponent or 0
    return int(10**exponent)


@dataclass
class Rows:
    """Collects the outcomes of one scenario."""

    scenario: str
    currency: str
    unknowns: Unknowns
    rows: list[dict[str, Any]] = field(default_factory=list)
    formulas: list[Formula | None] = field(default_factory=list)
    sheets: dict[str, Sheet] = field(default_factory=dict)

    def count(
        self, measure: str, kind: str, value: Range | Formula, assumption: str, source: str, exactly: str = COUNTED
    ) -> None:
        """A number of parties, accounts, institutions, transfers or people.

        `assumption` stands beside a range; `exactly` beside a number whose low, mid and high agree. A range without a
        formula cannot be drawn anew: give the formula wherever something is not known.
        """
        self._add(measure, kind, "count", value, assumption, source, exactly)

    def amount(
        self, measure: str, value: Range | Formula, assumption: str, source: str, exactly: str = COUNTED
    ) -> None:
        """An amount given in minor units of the base currency, shown in whole units of it."""
        value = value.scaled(minor_units(self.currency))
        self._add(measure, "amount", self.currency, value, assumption, source, exactly)

    def table(self) -> pa.Table:
        """The `outcomes` table."""
        rests = {row: sorted(names) for row, (names, _) in zip(self.model.rows, self.model.rests, strict=True)}
        return OUTCOMES.build([{**row, "rests_on": rests.get(_key(row), [])} for row in self.rows])

    @cached_property
    def model(self) -> Model:
        """Every row that has a formula; to be asked for when all rows are in."""
        known = [(_key(row), f) for row, f in zip(self.rows, self.formulas, strict=True) if f]
        keys, formulas = tuple(key for key, _ in known), tuple(f for _, f in known)
        return Model(self.scenario, keys, formulas, self.unknowns, self.sheets)

    def _add(
        self, measure: str, kind: str, unit: str, given: Range | Formula, assumption: str, source: str, words: str
    ) -> None:
        value = given if isinstance(given, Range) else Range(*given.ends(self.unknowns))
        formula = given if isinstance(given, Formula) else exactly(value.mid) if value.is_exact else None
        noise = 1e-9 * max(1.0, abs(value.high))
        if value.low > value.mid + noise or value.mid > value.high + noise:
            raise ValueError(f"{measure} ({kind}): {value} is no range")
        # Sums of the same numbers in another order may differ in the last bit; the range stays a range.
        low, high = min(value.low, value.mid), max(value.mid, value.high)
        self.rows.append(
            {
                "scenario": self.scenario,
                "measure": measure,
                "subject_kind": kind,
                "unit": unit,
                "low": low,
                "mid": value.mid,
                "high": high,
                "assumption": words if low == high else assumption,
                "source": source,
            }
        )
        self.formulas.append(formula)


def _key(row: dict[str, Any]) -> Row:
    return row["measure"], row["subject_kind"], row["unit"]
