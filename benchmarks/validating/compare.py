"""Predictions held against the truth over several worlds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from .truth import Truth


@dataclass(frozen=True)
class Range:
    """A prediction: low, mid, high, and between what nine of ten random draws lie, where there were draws."""

    low: float
    mid: float
    high: float
    p05: float | None = None
    p95: float | None = None

    def times(self, factor: float) -> Range:
        """The range scaled."""
        ends = (None if v is None else v * factor for v in (self.p05, self.p95))
        return Range(self.low * factor, self.mid * factor, self.high * factor, *ends)


Predicted = dict[tuple[str, int], Range]
"""(quantity, horizon in days) to its range."""


@dataclass(frozen=True)
class Case:
    """One prediction and what came of it in one world."""

    seed: int
    measure: str
    level: str
    method: str
    quantity: str
    horizon: int
    truth: float
    low: float
    mid: float
    high: float
    p05: float | None = None
    p95: float | None = None


def cases(seed: int, measure: str, level: str, method: str, predicted: Predicted, truth: Truth) -> list[Case]:
    """Every prediction that the truth has a number for."""
    return [
        Case(seed, measure, level, method, name, horizon, truth[name, horizon], r.low, r.mid, r.high, r.p05, r.p95)
        for (name, horizon), r in predicted.items()
        if (name, horizon) in truth
    ]


def summed_up(found: Iterable[Case]) -> list[dict[str, Any]]:
    """Per measure, adaptation, method, quantity and horizon, over all worlds.

    `bias` is the sum of predictions over the sum of truths, less 1; `error` the mean distance of the middle from the
    truth, as a share of the mean truth; `within` the share of worlds whose truth lies in low to high, `within_90` in
    p05 to p95. Where there is nothing in truth, bias and error are None, and so is `within_90` without draws.
    """
    groups: dict[tuple[str, str, str, str, int], list[Case]] = defaultdict(list)
    for case in found:
        groups[case.measure, case.level, case.method, case.quantity, case.horizon].append(case)
    rows = []
    for (measure, level, method, quantity, horizon), some in groups.items():
        count = len(some)
        truth, mid = sum(c.truth for c in some) / count, sum(c.mid for c in some) / count
        away = sum(abs(c.mid - c.truth) for c in some) / count
        slack = 1e-9
        rows.append(
            {
                "measure": measure,
                "adaptation": level,
                "method": method,
                "quantity": quantity,
                "days": horizon,
                "worlds": count,
                "truth": truth,
                "low": sum(c.low for c in some) / count,
                "mid": mid,
                "high": sum(c.high for c in some) / count,
                "bias": mid / truth - 1 if truth else None,
                "error": away / truth if truth else None,
                "within": sum(c.low - slack <= c.truth <= c.high + slack for c in some) / count,
                "p05": _mean([c.p05 for c in some]),
                "p95": _mean([c.p95 for c in some]),
                "within_90": _mean([_between(c.p05, c.truth, c.p95) for c in some]),
            }
        )
    return rows


def _between(low: float | None, value: float, high: float | None) -> float | None:
    return None if low is None or high is None else float(low - 1e-9 <= value <= high + 1e-9)


def _mean(values: list[float | None]) -> float | None:
    """The mean, or None where any world has none."""
    known = [v for v in values if v is not None]
    return sum(known) / len(known) if known and len(known) == len(values) else None


def as_rows(found: Iterable[Case]) -> list[dict[str, Any]]:
    """The single cases, for looking into."""
    return [asdict(case) for case in found]
