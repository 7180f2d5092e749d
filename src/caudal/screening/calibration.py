"""From bits of evidence to a probability that holds: of the pairs called 60%, six in ten are to be the same party.

    log2 odds = per_bit * bits + search + log2 (r / (1 - r))

with r the base rate, the share of the screened parties that are listed. `per_bit` is under 1 because the parts of the
evidence are not independent: two names that agree say less than each of them alone, twice. `search` is what looking
for the best of many costs: a party is compared with a whole list, and some entry is always the most like it. Both are
fitted by logistic regression (J. Platt, *Probabilistic outputs for support vector machines*, 1999) on the dev half of
benchmarks/screening, `--only calibration`, and judged on the other half.

The base rate cannot be learned from a screening. It is stated, and whoever knows that of their own file states it: it
moves every probability, and with it the line that follows from costs. The order of the pairs it leaves alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from caudal.errors import InputError

BASE_RATE = 0.001
"""One party in a thousand. No published figure was found; of the alerts of today's systems 5 to 15% are said to be
true, and an open matcher gives some six false ones per thousand people, which together come to about as much."""


@dataclass(frozen=True)
class Calibration:
    """How evidence becomes a probability.

    Attributes:
        per_bit: bits of odds that one bit of evidence is worth.
        search: bits of odds lost to the search among many entries.
        base_rate: share of the screened parties that are listed, between 0 and 1.

    Raises:
        InputError: the base rate is not between 0 and 1.
    """

    per_bit: float = 0.98
    search: float = -8.1
    base_rate: float = BASE_RATE

    def __post_init__(self) -> None:
        rate = self.base_rate
        if not (isinstance(rate, int | float) and 0 < rate < 1):
            raise InputError(
                f"the share of parties that are listed lies between 0 and 1, not {rate!r}", field="base_rate"
            )

    def at(self, base_rate: float | None) -> Calibration:
        """The same for another base rate; None: as it is."""
        return self if base_rate is None else replace(self, base_rate=base_rate)

    @property
    def offset(self) -> float:
        """Log2 odds of a pair with no evidence."""
        return self.search + math.log2(self.base_rate / (1 - self.base_rate))

    def probability(self, bits: float) -> float:
        """Probability that both are the same party."""
        odds = min(max(self.per_bit * bits + self.offset, -50.0), 50.0)
        return float(1.0 / (1.0 + 2.0**-odds))

    def bits(self, probability: float) -> float:
        """Bits of evidence at which `probability` (between 0 and 1) is reached."""
        return (math.log2(probability / (1 - probability)) - self.offset) / self.per_bit
