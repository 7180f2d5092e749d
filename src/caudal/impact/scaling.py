"""From a sample to a corridor: ratio estimates with the sampling error of the senders in the sample.

A corridor's total of some quantity x is estimated by the ratio T * sum(x) / sum(s): T is the published total of the
corridor (value or number of remittances), s what each sender of the sample sent of it. This is the ratio estimator of
survey sampling (Cochran, Sampling Techniques, 3rd ed. 1977, chapter 6). Its error comes from drawing senders anew
(bootstrap: Efron & Tibshirani, An Introduction to the Bootstrap, 1993, chapter 6); all of a sender's remittances are
drawn together, as they are not independent. More than `BLOCKS` senders are first dealt into that many blocks by chance
and blocks are drawn, which estimates the same variance at a fixed cost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Reals = npt.NDArray[np.float64]

BLOCKS = 2000
"""At most so many units are drawn anew."""

DRAWS = 1000
"""How often they are."""

LEVEL = 0.95
"""The middle share of the draws between the low and the high sampling error."""

LEAST = 10
"""With fewer senders there is no estimate: the draws of so few say little, and a corridor could point to someone."""


@dataclass(frozen=True)
class Estimate:
    """Estimates of several quantities of one corridor, each of shape (quantities,).

    Attributes:
        value: the ratio estimates.
        low: the lower end of the sampling error.
        high: its upper end.
    """

    value: Reals
    low: Reals
    high: Reals


def ratio(quantities: Reals, sizes: Reals, total: float, seed: int, draws: int = DRAWS) -> Estimate:
    """Scale quantities of the senders in a sample, shape (senders, quantities), to a published total.

    Args:
        quantities: what is to be scaled, a row for each sender.
        sizes: what each sender has of the published total, shape (senders,), 0 or more, not all 0.
        total: the published total.
        seed: of the draws; the same seed gives the same numbers.
        draws: how often senders are drawn anew.
    """
    value = total * quantities.sum(axis=0) / sizes.sum()
    rng = np.random.default_rng(seed)
    both = np.column_stack([quantities, sizes])
    if len(both) > BLOCKS:
        block = rng.permutation(len(both)) % BLOCKS
        both = np.stack([np.bincount(block, column, BLOCKS) for column in both.T], axis=1)
    units = len(both)
    weights = rng.multinomial(units, np.full(units, 1 / units), size=draws).astype(np.float64)
    drawn = weights @ both
    # A draw may hold only senders without anything of the published total; it says nothing about a ratio.
    kept = drawn[drawn[:, -1] > 0]
    ratios = total * kept[:, :-1] / kept[:, -1:]
    edge = (1 - LEVEL) / 2
    low, high = np.quantile(ratios, [edge, 1 - edge], axis=0)
    return Estimate(value, np.minimum(low, value), np.maximum(high, value))
