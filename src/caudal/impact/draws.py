"""Random draws of everything an assessment does not know, and what its numbers are in each of them.

In one draw every assumption has one share, drawn from a triangular distribution over its low, mid and high; every
possible match either is the listed one or is not, once for all its payments; and what is owned follows its owners.
Matches err together in some draws: one uniform number then decides them all, the surest first. Draws are known by what
they are of: the same assumption and the same party have the same draw in every number and every scenario (common random
numbers), so that two scenarios differ only by what they do. The seed and the key of a thing give a sequence of uniform
numbers of its own (`kernels.uniforms`): more draws or other rows change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt

from caudal.errors import InputError
from caudal.impact import kernels
from caudal.impact.model import Model
from caudal.impact.unknowns import MATCHED, MATCHES_ERR, Bits, Factor, Ints, Item, Reals, Unknowns

Keys = npt.NDArray[np.uint64]

DRAWS = 1000
"""How many draws are made unless told otherwise."""

SEED = 1
"""The seed unless told otherwise."""

MOST_DRAWS = 1_000_000
"""More draws than this are refused."""

BLOCK_BYTES = 64 * 2**20
"""About the memory of one block of draws."""


@dataclass(frozen=True)
class Drawn:
    """The draws of one scenario.

    Attributes:
        model: what was drawn.
        seed: from which seed.
        values: every number in every draw: rows x draws.
        shares: every assumption in every draw, by name.
        sheets: the numbers of every sheet of the model in every draw, by its table: rows x draws.
    """

    model: Model
    seed: int
    values: Reals
    shares: dict[str, Reals] = field(repr=False)
    sheets: dict[str, Reals] = field(default_factory=dict, repr=False)


def checked(draws: int, seed: int) -> None:
    """Refuse numbers that cannot be meant.

    Raises:
        InputError: `draws` is no whole number from 1 to a million, or `seed` none from 0 on.
    """
    for name, value, least in (("draws", draws, 1), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise InputError(f"it must be a whole number of {least} or more, not {value!r}", field=name)
    if draws > MOST_DRAWS:
        raise InputError(f"it must be at most {MOST_DRAWS:,}, not {draws:,}", field="draws")
    if seed >= 2**64:
        raise InputError("it must be below 2^64", field="seed")


def draw(
    model: Model,
    draws: int = DRAWS,
    seed: int = SEED,
    anew: Callable[[str], int] | None = None,
    *,
    sheets: bool = True,
) -> Drawn:
    """Draw all numbers of a scenario.

    Args:
        anew: a further seed for some keys, so that a part is drawn anew and the rest stays (0: it stays).
        sheets: whether those of the model are drawn as well.

    Raises:
        InputError: draws or seed are impossible.
    """
    checked(draws, seed)
    values = np.empty((len(model.rows), draws))
    beside = {name: np.empty((len(s.rows), draws)) for name, s in model.sheets.items()} if sheets else {}
    source = Source(model.unknowns, seed, anew)
    size = max(8, min(draws, BLOCK_BYTES // max(1, model.unknowns.size)))
    for first in range(0, draws, size):
        count = min(size, draws - first)
        events, factors = source.block(first, count)
        for n, formula in enumerate(model.formulas):
            values[n, first : first + count] = formula.totals(events, factors)
        for name, into in beside.items():
            into[:, first : first + count] = model.sheets[name].totals(events, factors)
    shares = {name: source.share(name, 0, draws) for name in model.assumptions}
    return Drawn(model, seed, values, shares, beside)


TOGETHER = 0.5
"""In this share of the draws matches err together: how often a list's names are right is not known for each alone."""


class Source:
    """The draws of events and factors, in blocks."""

    def __init__(self, unknowns: Unknowns, seed: int, anew: Callable[[str], int] | None = None) -> None:
        self._unknowns, self._seed, self._anew = unknowns, seed, anew or (lambda key: 0)
        self._switches = ["", *sorted({item.switch for item in unknowns.items if item.switch})]
        self._items = _Batch(unknowns.items, self._switches, self._keys)

    def common(self, first: int, count: int) -> Reals:
        """The number that decides all matches in a draw; 2 where each has its own."""
        together, number = kernels.uniforms(self._keys([f"whether {MATCHES_ERR}", MATCHES_ERR]), first, count)
        found: Reals = np.where(together < TOGETHER, number, 2.0)
        return found

    def share(self, name: str, first: int, count: int) -> Reals:
        """An assumption in some draws."""
        given = self._unknowns.assumption(name)
        uniform = kernels.uniforms(self._keys([f"assumption {name}"]), first, count)[0]
        return triangular(uniform, given.low, given.mid, given.high)

    def block(self, first: int, count: int) -> tuple[Bits, Reals]:
        """Events x draws and factors x draws."""
        unknowns = self._unknowns

        def shares(name: str) -> Reals:
            return self.share(name, first, count) if name else np.ones(count)

        common = self.common(first, count)

        def decide(items: Sequence[Item]) -> Bits:
            batch = _Batch(items, ["", *sorted({i.switch for i in items if i.switch})], self._keys)
            found = np.zeros((len(items), count), np.bool_)
            batch.into(found, np.arange(len(items)), shares, common, first, count)
            return found

        events = np.zeros((unknowns.size, count), np.bool_)
        events[0] = True
        self._items.into(events, np.array(unknowns.item_codes, dtype=np.int64), shares, common, first, count)
        for codes, rule in unknowns.followers:
            events[codes] = rule.holds(decide, shares)
        for code, start, member in unknowns.unions:
            kernels.unite(code, start, member, events)
        return events, factors_at(unknowns, events, shares, count)

    def _keys(self, names: Sequence[str]) -> Keys:
        return np.array([key(name, self._seed, self._anew(name)) for name in names], dtype=np.uint64)


class _Batch:
    """Items as arrays."""

    def __init__(self, items: Sequence[Item], switches: list[str], keys: Callable[[Sequence[str]], Keys]) -> None:
        place = {name: n for n, name in enumerate(switches)}
        self._switches = switches
        self._key = keys([item.key for item in items])
        self._chance = np.array([item.mid for item in items], dtype=np.float64)
        self._switch = np.array([place[item.switch] for item in items], dtype=np.int64)
        self._errs = np.array([item.kind == MATCHED and not item.sure for item in items], dtype=np.bool_)

    def into(
        self, found: Bits, place: Ints, shares: Callable[[str], Reals], common: Reals, first: int, count: int
    ) -> None:
        """Write whether each item holds into rows of `found`."""
        table = np.array([shares(name) for name in self._switches])
        kernels.bernoulli(self._key, self._chance, self._switch, table, common, self._errs, first, count, place, found)


def factors_at(unknowns: Unknowns, events: Any, shares: Callable[[str], Reals], count: int) -> Reals:
    """Every factor, factors x columns, from the columns of events and of the shares of assumptions."""
    means = [share @ events[codes] for codes, share in unknowns.means]
    known: dict[str, Reals] = {}
    found = np.ones((len(unknowns.factors), count))

    def value(name: str) -> Reals:
        if name not in known:
            known[name] = shares(name)
        return known[name]

    for code, factor in enumerate(unknowns.factors):
        _multiply(found[code], factor, value, means)
    return found


def _multiply(into: Reals, factor: Factor, value: Callable[[str], Reals], means: Sequence[Reals]) -> None:
    for name in factor.of:
        into *= value(name)
    for name in factor.rest:
        into *= 1 - value(name)
    for place in factor.means:
        into *= means[place]


def key(name: str, seed: int, anew: int = 0) -> int:
    """The start of a thing's own sequence of uniform numbers."""
    salt = seed.to_bytes(8, "little") + anew.to_bytes(8, "little")
    return int.from_bytes(blake2b(name.encode(), digest_size=8, salt=salt).digest(), "little")


def triangular(uniform: Reals, low: float, mid: float, high: float) -> Reals:
    """The triangular distribution with its peak at mid, by its inverse; the one point where low is high.

    It is the plainest one that low, mid and high say nothing against; its mean is (low + mid + high) / 3.
    """
    if low == high:
        return np.full(len(uniform), low)
    peak = (mid - low) / (high - low)
    rising = low + np.sqrt(uniform * (high - low) * (mid - low))
    falling = high - np.sqrt((1 - uniform) * (high - low) * (high - mid))
    found: Reals = np.clip(np.where(uniform < peak, rising, falling), low, high)
    return found
