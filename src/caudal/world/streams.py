"""Random numbers: one independent stream per actor, so that changing one actor does not reshuffle the others."""

from __future__ import annotations

from zlib import crc32

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def stream(seed: int, actor: str) -> np.random.Generator:
    """The stream of `actor` in the world of `seed`; it depends on nothing else."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(crc32(actor.encode()),))))


def even_lognormal(rng: np.random.Generator, count: int, mean: float, sigma: float) -> Reals:
    """`count` lognormal draws with the given mean, one from each of `count` equal slices of probability.

    Stratified sampling keeps the mean of even a small world close to the published figure.
    """
    if count == 0:
        return np.empty(0)
    slices = (rng.permutation(count) + rng.random(count)) / count
    draws: Reals = np.exp(_normal_quantile(slices) * sigma + np.log(mean) - sigma**2 / 2)
    return draws


def lognormal(rng: np.random.Generator, count: int, mean: float | Reals, sigma: float) -> Reals:
    """`count` lognormal draws with the given mean or means."""
    draws: Reals = np.exp(rng.normal(0, sigma, count) - sigma**2 / 2) * mean
    return draws


def _normal_quantile(p: Reals) -> Reals:
    """Quantile of the normal distribution to about 4.5e-4 (Abramowitz and Stegun 26.2.23), good enough for amounts."""
    tail = np.minimum(p, 1 - p).clip(1e-12)
    t = np.sqrt(-2 * np.log(tail))
    value = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
    result: Reals = np.where(p < 0.5, -value, value)
    return result


class Lottery:
    """Draws members of a group with chances in proportion to their weight; all draws of a call at once."""

    def __init__(self, group: Ints, weight: Reals, groups: int) -> None:
        self.order = np.argsort(group, kind="stable")
        self.sums = np.concatenate([[0.0], np.cumsum(np.maximum(weight[self.order], 1e-12))])
        self.edges = np.searchsorted(group[self.order], np.arange(groups + 1))

    def draw(self, rng: np.random.Generator, group: Ints) -> Ints:
        """One member of each of the given groups: its position in the arrays the lottery was made from; -1 if none."""
        return self.pick(rng.random(len(group)), group)

    def pick(self, luck: Reals, group: Ints) -> Ints:
        """As `draw`, with the luck (0 to 1) of each given."""
        low, high = self.edges[group], self.edges[group + 1]
        ticket = self.sums[low] + luck * (self.sums[high] - self.sums[low])
        place = np.searchsorted(self.sums, ticket, side="right") - 1
        member = self.order[np.clip(place, low, np.maximum(high - 1, low)).clip(0, max(len(self.order) - 1, 0))]
        return np.where(high > low, member, -1)


def share_out(total: int, weights: Reals) -> Ints:
    """`total` items shared out in proportion to `weights`, by largest remainder; the parts sum to `total`."""
    exact = weights / weights.sum() * total
    parts: Ints = np.floor(exact).astype(np.int64)
    rest = np.argsort(-(exact - parts), kind="stable")[: total - int(parts.sum())]
    parts[rest] += 1
    return parts


def total(place: Ints, value: Reals | Ints | Flags, size: int) -> Reals:
    """The sum of `value` at each place, 0 to `size` - 1."""
    sums: Reals = np.bincount(place, value.astype(np.float64), size).astype(np.float64)
    return sums
