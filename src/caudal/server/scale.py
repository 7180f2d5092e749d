"""The score of the API: Caudal's evidence as a number from 0 to 1, in which 0.7 is Caudal's own alert line.

    score = 1 / (1 + 2^-(per_bit (bits - line) + log2(0.7 / 0.3)))

with `line` the bits of the alert line and `per_bit` as calibrated (see `caudal.screening.calibration`). It is the
calibrated probability at that base rate at which an alert on the line is right in seven cases of ten: the odds of every
score are the odds of the probability times one constant. So the score rises with the bits (up to SURE, below), a
threshold of 0.7 asks for as much as an alert of Caudal's does, and what holds of the calibration holds of the score but
for that constant. At the defaults a score of 0.5 lies 1.2 bits below the line, 0.9 lies 2.0 and 0.99 lies 5.5 bits
above it. From SURE on, 37 bits above the line at the defaults, the score is 1, so that whoever asks for 1 still finds
what a name and a number agree on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from caudal.screening import Screener

LINE = 0.7
"""The score of a pair that is just an alert."""
SURE = 37.0
"""Log2 odds from which the score is 1."""


@dataclass(frozen=True)
class Scale:
    """Bits of evidence as scores and back.

    Attributes:
        line: bits of the alert line. per_bit: bits of odds that a bit of evidence is worth.
    """

    line: float
    per_bit: float

    @classmethod
    def of(cls, screener: Screener) -> Scale:
        """The scale of a screener."""
        return cls(screener.threshold_bits, screener.calibration.per_bit)

    def score(self, bits: float) -> float:
        """The score of some evidence."""
        odds = self.per_bit * (bits - self.line) + math.log2(LINE / (1 - LINE))
        return 1.0 if odds >= SURE else float(1.0 / (1.0 + 2.0 ** -max(odds, -1000.0)))

    def bits(self, score: float) -> float:
        """The least evidence of a score; none is too little for 0."""
        if score <= 0.0:
            return -math.inf
        odds = SURE if score >= 1.0 else min(math.log2(score / (1 - score)), SURE)
        return self.line + (odds - math.log2(LINE / (1 - LINE))) / self.per_bit
