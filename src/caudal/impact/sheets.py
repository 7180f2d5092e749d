"""Numbers that are drawn beside the outcomes, with the same draws: months of what is cut, corridors, the frontier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from caudal.impact.unknowns import Bits, Reals

QUANTILES = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}


class Sheet(Protocol):
    """Rows of a table of their own, each a number in every draw."""

    @property
    def rows(self) -> Sequence[Mapping[str, Any]]:
        """What names each row, and `low` and `high`: the ends that no draw passes."""
        ...

    def totals(self, events: Bits | Reals, factors: Reals) -> Reals:
        """The value of every row in every draw (rows x draws), from the draws of all events and factors."""
        ...


def spread(rows: Sequence[Mapping[str, Any]], values: Reals, seed: int) -> list[dict[str, Any]]:
    """The rows with mean and quantiles of their draws, and what these come from.

    Args:
        rows: each with its ends `low` and `high`.
        values: rows x draws.
        seed: what they were drawn from.
    """
    if not rows:
        return []
    draws = values.shape[1]
    means, quantiles = values.mean(axis=1), np.quantile(values, list(QUANTILES.values()), axis=1)
    found = []
    for n, row in enumerate(rows):
        low, high = row["low"], row["high"]
        # A mean or quantile of equal numbers may differ from them in the last bit.
        known = {name: float(np.clip(q[n], low, high)) for name, q in zip(QUANTILES, quantiles, strict=True)}
        mean = float(np.clip(means[n], low, high))
        found.append({**row, **known, "mean": mean, "draws": draws, "seed": str(seed)})
    return found
