"""What each observation is worth, in bits: base-two logarithms of how much likelier it is under threat than otherwise.

The weights and base rates are data (`coercion.toml`). Between the values in `at` the bits follow a straight line,
outside them they stay. The typical value is worth nothing, and so is what the ledger does not tell. Bits add up: the
log odds are those of the base rate, what it is worth that nothing stands out (`ordinary`), and the sum over the
observations. The weights were fitted together (`benchmarks/coercion.py`), so that evidence that comes in company is not
counted twice.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from caudal.typologies.books import Reals

SHOWN = 0.15
"""Evidence worth less than this many bits is not among the reasons."""

SHOW: dict[str, Callable[[float], str]] = {
    "percent": lambda value: f"{99 if 0.99 < value < 1 else round(100 * value)}%",
    "number": lambda value: f"{value:.1f}".removesuffix(".0"),
    "power of two": lambda value: f"{2**value:.1f}".removesuffix(".0"),
    "power of ten": lambda value: f"{100 * 10**value:.2g}%",
    "none": lambda _: "",
}
"""How a value is written."""


@dataclass(frozen=True)
class Evidence:
    """One observation: its name, where the bits are known and what they are there, and how it is told.

    `speaks` is "for" where a higher value never makes a threat less probable, else "against". `says` has `{}` for the
    value, written as `shows` says (`SHOW`).
    """

    name: str
    speaks: str
    at: Reals
    bits: Reals
    says: str
    shows: str

    def weigh(self, value: Reals) -> Reals:
        """Bits of every value; 0 where it is NaN."""
        known = ~np.isnan(value)
        weighed: Reals = np.where(known, np.interp(np.where(known, value, self.at[0]), self.at, self.bits), 0.0)
        return weighed

    def tell(self, value: float, bits: float) -> str:
        """The observation in words with what it is worth."""
        return f"{self.says.format(SHOW[self.shows](value))} ({bits:+.1f} bits)"


@dataclass(frozen=True)
class Model:
    """All evidence for one question.

    Attributes:
        base_rate: how often the answer is yes before anything is seen; ordinary: bits of nothing standing out.
    """

    base_rate: float
    ordinary: float
    evidence: tuple[Evidence, ...]

    def weigh(self, observations: Mapping[str, Reals]) -> Reals:
        """Bits of each observation; shape (pieces of evidence, rows)."""
        return np.stack([e.weigh(observations[e.name]) for e in self.evidence])

    def log_odds(self, bits: Reals, base_rate: float | None = None) -> Reals:
        """Log odds of every row from what `weigh` gave, with the model's base rate or another."""
        whole: Reals = odds_in_bits(self.base_rate if base_rate is None else base_rate) + self.total(bits)
        return whole

    def total(self, bits: Reals) -> Reals:
        """The sum of all evidence of every row, in bits."""
        whole: Reals = self.ordinary + bits.sum(axis=0)
        return whole

    def tell(self, observations: Mapping[str, Reals], bits: Reals, row: int) -> list[str]:
        """The evidence of one row in words, the weightiest first."""
        order = np.argsort(-np.abs(bits[:, row]), kind="stable")
        return [
            self.evidence[i].tell(float(observations[self.evidence[i].name][row]), float(bits[i, row]))
            for i in order.tolist()
            if abs(bits[i, row]) >= SHOWN
        ]


def odds_in_bits(probability: float) -> float:
    """A probability as log odds to base two."""
    return float(np.log2(probability / (1 - probability)))


def probability(bits: Reals) -> Reals:
    """Log odds to base two as a probability."""
    result: Reals = 1 / (1 + np.exp2(-np.clip(bits, -60, 60)))
    return result


@cache
def models() -> dict[str, Model]:
    """`collector`: does this account collect under threat? `payer`: if it does, does this payer pay it so?"""
    text = files(__package__).joinpath("coercion.toml").read_text(encoding="utf-8")
    return {name: _model(part) for name, part in tomllib.loads(text).items()}


def _model(part: Mapping[str, Any]) -> Model:
    return Model(
        base_rate=float(part["base_rate"]),
        ordinary=float(part["ordinary"]),
        evidence=tuple(
            Evidence(
                row["name"],
                row["speaks"],
                np.array(row["at"], float),
                np.array(row["bits"], float),
                row["says"],
                row["shows"],
            )
            for row in part["evidence"]
        ),
    )
