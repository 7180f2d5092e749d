"""One observation about a pair: what was looked at, what it is worth, and the words for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """One observation: what was looked at, what it is worth in bits, and the words for it."""

    feature: str
    bits: float
    text: str
