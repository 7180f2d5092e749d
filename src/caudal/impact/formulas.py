"""The formula behind a number: what it counts, times what is not known about it.

A formula is a sum of terms. A term is something counted (a party, an amount) times the largest of its ties, each an
event times a factor (`caudal.impact.unknowns`); ties that count against it are taken off. One formula gives the low,
mid and high of an outcome, and its value in every random draw.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from caudal.impact import kernels
from caudal.impact.database import Database
from caudal.impact.unknowns import CERTAIN, WHOLE, Bits, Factor, Ints, Reals, Unknowns

Codes = npt.NDArray[np.int32]

EVENT_BITS, FACTOR_BITS = 31, 15

WHOLE_NUMBERS = ("INTEGER", "BIGINT", "HUGEINT")
"""Types of the database whose sums are exact."""


class Part(Protocol):
    """What a formula is a sum of."""

    def ends(self, events: Reals, factors: Reals) -> Reals:
        """Low, mid and high, from those of all events and factors (3 x codes)."""
        ...

    def totals(self, events: Bits | Reals, factors: Reals) -> Reals:
        """The value in every column, from the columns of all events and factors (codes x columns)."""
        ...

    def scaled(self, divisor: float) -> Part:
        """The same in a larger unit."""
        ...

    @property
    def codes(self) -> tuple[Ints, set[int]]:
        """The codes of its events and of its factors, each once."""
        ...


@dataclass(frozen=True)
class Terms:
    """Terms with one factor before the bracket.

    Attributes:
        base: what each term counts.
        start: where the ties of each term begin, and the end.
        split: where those begin that count against it.
        event, factor: codes of every tie.
        outer: the factor that all are multiplied by.
        scale: a number that all are multiplied by, such as one over the minor units of a currency.
    """

    base: Reals
    start: Ints
    split: Ints
    event: Codes
    factor: Codes
    outer: int = WHOLE
    scale: float = 1.0

    def ends(self, events: Reals, factors: Reals) -> Reals:
        """Low, mid and high, from those of all events and factors."""
        sums: Reals = kernels.ends(self.base, self.start, self.split, self.event, self.factor, events, factors)
        found: Reals = self.scale * sums * factors[:, self.outer]
        return found

    def totals(self, events: Bits | Reals, factors: Reals) -> Reals:
        """The value in every draw, from the draws of all events and factors."""
        sums: Reals = kernels.totals(self.base, self.start, self.split, self.event, self.factor, events, factors)
        found: Reals = self.scale * sums * factors[self.outer]
        return found

    def scaled(self, divisor: float) -> Terms:
        """The same in a larger unit."""
        return replace(self, scale=self.scale / divisor)

    @property
    def codes(self) -> tuple[Ints, set[int]]:
        """The codes of its events and of its factors, each once."""
        return np.unique(self.event.astype(np.int64)), {self.outer, *np.unique(self.factor).tolist()}


@dataclass(frozen=True)
class Steps:
    """How many values reach a threshold that is itself assumed.

    Attributes:
        values: in rising order.
        threshold: code of the factor that is the threshold.
    """

    values: Reals
    threshold: int

    def ends(self, events: Reals, factors: Reals) -> Reals:
        """Low, mid and high: the high threshold gives the low count."""
        return self._reach(factors[::-1, self.threshold])

    def totals(self, events: Bits | Reals, factors: Reals) -> Reals:
        """The count in every draw."""
        return self._reach(factors[self.threshold])

    def scaled(self, divisor: float) -> Steps:
        """A count has no larger unit."""
        raise TypeError("a count over a threshold is not an amount")

    @property
    def codes(self) -> tuple[Ints, set[int]]:
        """No events, and the threshold."""
        return np.empty(0, np.int64), {self.threshold}

    def _reach(self, thresholds: Reals) -> Reals:
        return len(self.values) - np.searchsorted(self.values, thresholds, side="left").astype(np.float64)


@dataclass(frozen=True)
class Formula:
    """A sum of terms of either kind."""

    parts: tuple[Part, ...] = field(default=())

    def __add__(self, other: Formula) -> Formula:
        return Formula(self.parts + other.parts)

    def times(self, unknowns: Unknowns, factor: int) -> Formula:
        """The formula times a factor, such as `unknowns.factor("pattern_is_coercion")`."""
        return Formula(tuple(replace(p, outer=unknowns.product(p.outer, factor)) for p in self._terms()))

    def scaled(self, divisor: float) -> Formula:
        """The formula in a larger unit."""
        return Formula(tuple(p.scaled(divisor) for p in self.parts))

    def _terms(self) -> Iterator[Terms]:
        for part in self.parts:
            if not isinstance(part, Terms):
                raise TypeError("only a sum of terms is multiplied by a factor")
            yield part

    def ends(self, unknowns: Unknowns) -> tuple[float, float, float]:
        """Low, mid and high; no draw lies outside low and high."""
        events, factors = unknowns.ends(), unknowns.factor_ends()
        total = sum((p.ends(events, factors) for p in self.parts), np.zeros(3))
        return float(total[0]), float(total[1]), float(total[2])

    def totals(self, events: Bits | Reals, factors: Reals) -> Reals:
        """The value in every draw, from the draws of all events and factors (rows are codes, columns draws)."""
        return sum((p.totals(events, factors) for p in self.parts), np.zeros(factors.shape[1]))

    @property
    def events(self) -> Ints:
        """The codes of all events in it, each once."""
        return np.unique(np.concatenate([np.empty(0, np.int64), *(p.codes[0] for p in self.parts)]))

    def factors(self, unknowns: Unknowns) -> list[Factor]:
        """The factors in it, each once."""
        return [unknowns.factors[c] for c in sorted({c for p in self.parts for c in p.codes[1]})]


def exactly(value: float) -> Formula:
    """A counted number."""
    one = np.array([0], np.int32)
    return Formula((Terms(np.array([float(value)]), np.array([0, 1]), np.array([1]), one, one),))


def over_threshold(values: Reals, threshold: int) -> Formula:
    """How many of some values reach a threshold that is assumed (the code of a factor)."""
    return Formula((Steps(np.sort(values), threshold),))


def formula(db: Database, unknowns: Unknowns, query: str) -> Formula:
    """The formula of a query with one row per tie.

    Columns:
        base: what is counted, the same in every row of a subject (1 for a party; minor units for an amount).
        event: code of the event; empty: the tie never holds.
        factor: code of the factor; left out: 1; empty: the tie never holds.
        also: code of a second factor, in the same way.
        against: whether the tie counts against the subject. The largest such tie is taken off the largest of the
            others, so in every draw it should be no larger.
        subject: what the tie belongs to: of several ties of one subject the largest counts. Left out: every row is a
            subject of its own.

    Subjects with the same ties are one term, so a formula has as many terms as there are different sets of ties.
    """
    columns = {name: kind for name, kind, *_ in db.rows(f"DESCRIBE {query}")}
    factor, also = ("factor" if "factor" in columns else "0"), ("also" if "also" in columns else "0")
    against = "against::INTEGER" if "against" in columns else "0"
    tie = (
        f"(({against}::BIGINT << {EVENT_BITS} | event::BIGINT) << {FACTOR_BITS} | {factor}::BIGINT) << {FACTOR_BITS}"
        f" | {also}::BIGINT"
    )
    ties = f"SELECT *, {tie} AS tie FROM ({query})"
    if "subject" in columns:
        sets = sets_of(f"FROM ({ties}) WHERE tie IS NOT NULL", "tie", columns["base"] in WHOLE_NUMBERS)
    else:
        sets = f"SELECT base, [tie] AS ties FROM ({ties}) WHERE tie IS NOT NULL"
    table = db.arrow(f"SELECT sum(base)::DOUBLE AS base, ties FROM ({sets}) GROUP BY ties ORDER BY ties")
    ties_column = table.column("ties").combine_chunks()
    start = ties_column.offsets.to_numpy().astype(np.int64)
    start = start - start[0] if len(start) else np.zeros(1, np.int64)
    codes = ties_column.flatten().to_numpy().astype(np.int64)
    return _terms(unknowns, table.column("base").to_numpy(), start, codes)


def sets_of(rows: str, member: str, whole: bool) -> str:
    """A query for `base` and the sorted set of members (`{member}s`) of subjects, from one row per member.

    Args:
        rows: a FROM clause with subject, base and the member.
        whole: `base` is a whole number: sums are exact in any order, so that subjects are put together before their
            members are sorted, which is dear for each alone. Otherwise every subject has a row.
    """
    if not whole:
        return (
            f"SELECT any_value(base) AS base, list(DISTINCT {member} ORDER BY {member}) AS {member}s "
            f"{rows} GROUP BY subject"
        )
    return f"""
        SELECT base, list_sort(list_distinct(raw)) AS {member}s FROM (
            SELECT sum(base) AS base, raw
            FROM (SELECT any_value(base) AS base, list({member}) AS raw {rows} GROUP BY subject) GROUP BY raw)"""


def _terms(unknowns: Unknowns, base: Reals, start: Ints, codes: Ints) -> Formula:
    mask = (1 << FACTOR_BITS) - 1
    event = (codes >> (2 * FACTOR_BITS)) & ((1 << EVENT_BITS) - 1)
    pairs, place = np.unique(codes & ((1 << (2 * FACTOR_BITS)) - 1), return_inverse=True)
    products = [unknowns.product(int(p >> FACTOR_BITS), int(p & mask)) for p in pairs]
    factor = np.array(products, dtype=np.int32)[place] if len(codes) else np.empty(0, np.int32)
    counts_for = np.concatenate([[0], np.cumsum((codes >> (2 * FACTOR_BITS + EVENT_BITS)) == 0)])
    split = start[:-1] + (counts_for[start[1:]] - counts_for[start[:-1]])
    terms = Terms(np.ascontiguousarray(base), start, split, event.astype(np.int32), factor)
    return Formula((_shorter(terms),))


def _shorter(terms: Terms) -> Terms:
    """The same terms; one that surely counts whole, with nothing against it, needs no other tie."""
    whole = np.concatenate([[0], np.cumsum((terms.event == CERTAIN) & (terms.factor == WHOLE))])
    surely = (whole[terms.split] > whole[terms.start[:-1]]) & (terms.split == terms.start[1:])
    if not surely.any():
        return terms
    length = np.where(surely, 1, np.diff(terms.start))
    start = np.concatenate([[0], np.cumsum(length)])
    shift = np.repeat(terms.start[:-1] - start[:-1], length)
    take = np.arange(start[-1]) + shift
    event, factor = terms.event[take], terms.factor[take]
    first = start[:-1][surely]
    event[first], factor[first] = CERTAIN, WHOLE
    split = start[:-1] + np.where(surely, 1, terms.split - terms.start[:-1])
    return Terms(terms.base, start, split, event, factor)
