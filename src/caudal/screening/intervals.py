"""Confidence intervals for a share seen in a sample: exact (Clopper and Pearson), also over strata."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

TINY = 1e-300


@dataclass(frozen=True)
class Interval:
    """A share with its confidence interval, all 0 to 1."""

    low: float
    mid: float
    high: float


def exact(hits: float, of: float, confidence: float = 0.95) -> Interval:
    """Clopper-Pearson interval of a share; `hits` and `of` may be effective numbers and so need not be whole."""
    if of <= 0:
        return Interval(0.0, math.nan, 1.0)
    tail = (1 - confidence) / 2
    low = 0.0 if hits <= 0 else beta_quantile(tail, hits, of - hits + 1)
    high = 1.0 if hits >= of else beta_quantile(1 - tail, hits + 1, of - hits)
    return Interval(low, hits / of, high)


def stratified(strata: Sequence[tuple[int, int, int]], confidence: float = 0.95) -> Interval:
    """Interval of a share over all strata of (members, sampled, hits).

    The exact interval at the effective sample size: E. L. Korn and B. I. Graubard, *Confidence intervals for
    proportions with small expected number of positive counts estimated from survey data*, Survey Methodology 24 (1998),
    with the design effect of the weights (Kish 1965), never counted as less than 1. Strata nobody sampled are left out.
    """
    seen = [(members, sampled, hits) for members, sampled, hits in strata if sampled]
    members = sum(n for n, _, _ in seen)
    if not members:
        return exact(0, 0, confidence)
    share = sum(n * hits / sampled for n, sampled, hits in seen) / members
    if len(seen) == 1:
        return exact(seen[0][2], seen[0][1], confidence)
    sample = sum(sampled for _, sampled, _ in seen)
    effect = sample * sum(n * n / sampled for n, sampled, _ in seen) / members**2
    size = sample / max(effect, 1.0)
    return exact(share * size, size, confidence)


def beta_quantile(p: float, a: float, b: float) -> float:
    """The x at which the regularised incomplete beta function I_x(a, b) is p, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(200):
        mid = (low + high) / 2
        if beta_share(mid, a, b) < p:
            low = mid
        else:
            high = mid
        if high - low < 1e-13:
            break
    return (low + high) / 2


def beta_share(x: float, a: float, b: float) -> float:
    """I_x(a, b) by its continued fraction (Lentz's method; Press et al., *Numerical Recipes*, section 6.4)."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x > (a + 1) / (a + b + 2):
        return 1 - front * _fraction(1 - x, b, a) / b
    return front * _fraction(x, a, b) / a


def _fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > TINY else TINY)
    found = d
    for m in range(1, 400):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 + term * d
            c = 1 + term / c
            d = 1 / (d if abs(d) > TINY else TINY)
            c = c if abs(c) > TINY else TINY
            found *= d * c
        if abs(d * c - 1) < 1e-14:
            break
    return found
