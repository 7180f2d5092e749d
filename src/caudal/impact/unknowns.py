"""What is not known: uncertain items, and the shares that are assumed.

An *event* either holds or does not: that a party is the listed one, that a firm is owned by such parties, that any of
several events holds. A *factor* is a share between 0 and 1: a product of assumptions `a` or their rests `1 - a`, or the
certainty of a group's straight dealings. Both are known by small codes, so that tables of the database can carry them;
code 0 is the event that always holds, and the factor 1.

Every event and factor has a low, mid and high. Of several events any may hold: its low, mid and high are the largest of
theirs, so that mid counts by the surest. A random draw decides each event by itself (`caudal.impact.draws`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from caudal.impact import kernels
from caudal.impact.assumptions import Assumption
from caudal.impact.database import Database

Reals = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bits = npt.NDArray[np.bool_]

CERTAIN = 0
"""The event that always holds."""

WHOLE = 0
"""The factor 1."""

MATCHED = "possible matches"
"""The kind of everything that hangs on who a party is."""

MATCHES_ERR = "possible matches err together"
"""The key of the draw by which all matches err together."""

NAMED = "names in payment texts"
"""The kind of everything that hangs on whom a payment's text names."""

AFTER = 1
"""The factor `unknown_day`: what of the time in which the day of listing lies came after it."""

BEFORE = 2
"""The rest of `unknown_day`."""


@dataclass(frozen=True)
class Item:
    """One thing that is so or not, by itself, with a chance.

    Attributes:
        key: what it is: the same key is the same draw, in every row and every scenario.
        chance: probability that it holds.
        kind: what sort of thing, in words for a reader: `possible matches`, `patterns`.
        sure: whether it is taken to hold whatever its chance.
        switch: an assumption whose share is taken of the chance, or empty.
    """

    key: str
    chance: float
    kind: str
    sure: bool = False
    switch: str = ""

    @property
    def mid(self) -> float:
        """What it counts in the middle, before the switch."""
        return 1.0 if self.sure else self.chance


class Follows(Protocol):
    """Events that follow from items by a rule of their own, such as ownership."""

    def holds(self, items: Callable[[Sequence[Item]], Bits], shares: Callable[[str], Reals]) -> Bits:
        """Events x draws; `items` gives the draws of items, `shares` those of an assumption."""
        ...

    def middles(self, kinds: Callable[[str], Ints], shares: Callable[[str], Reals]) -> Reals:
        """Events x points: what each counts when items of a kind are taken at low (-1), mid (0) or high (1)."""
        ...

    def items(self) -> Sequence[Item]:
        """All items it may ask for."""
        ...

    def grounds(self) -> list[tuple[frozenset[str], frozenset[str]]]:
        """For each event the assumptions and the kinds of unsure items it hangs on."""
        ...


@dataclass(frozen=True)
class Factor:
    """A product of assumptions, of rests of assumptions, and of means of events (by their places in `means`)."""

    of: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()
    means: tuple[int, ...] = ()


@dataclass
class Unknowns:
    """Events and factors of one scenario, by code.

    Attributes:
        assumption: gives an assumption of the scenario by its name.
    """

    assumption: Callable[[str], Assumption]
    factors: list[Factor] = field(default_factory=list)
    means: list[tuple[Ints, Reals]] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    item_codes: list[int] = field(default_factory=list)
    unions: list[tuple[Ints, Ints, Ints]] = field(default_factory=list)
    """(codes, starts, members): code i holds when any of members[starts[i] : starts[i + 1]] does; those come first."""
    followers: list[tuple[Ints, Follows]] = field(default_factory=list)
    _ends: list[tuple[float, float, float]] = field(default_factory=lambda: [(1.0, 1.0, 1.0)])
    _codes: dict[object, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for names, rests in (((), ()), (("unknown_day",), ()), ((), ("unknown_day",))):
            self.factor(*names, rest=rests)

    @property
    def size(self) -> int:
        """How many events there are."""
        return len(self._ends)

    def ends(self) -> Reals:
        """Low, mid and high of every event: 3 x events."""
        return np.ascontiguousarray(np.array(self._ends, dtype=np.float64).T)

    def item(self, item: Item) -> int:
        """The code of an item; one that is sure is the event that always holds."""
        if item.sure and not item.switch:
            return CERTAIN
        code = self._codes.get(item)
        if code is None:
            code = self._codes[item] = self._event(*self.item_ends(item))
            self.items.append(item)
            self.item_codes.append(code)
        return code

    def item_ends(self, item: Item) -> tuple[float, float, float]:
        """Low, mid and high of an item: an unsure one may hold, or not, in any draw."""
        if not item.switch:
            return float(item.sure), item.mid, 1.0
        share = self.assumption(item.switch)
        return float(item.sure and share.low >= 1.0), item.mid * share.mid, float(share.high > 0.0)

    def any_of(self, sets: Iterable[Iterable[int]]) -> list[int]:
        """The codes of the events that any of each set holds; a set of one is its only member."""
        chosen: list[int] = []
        codes: list[int] = []
        starts = [0]
        members: list[int] = []
        for one in sets:
            key = tuple(sorted(set(one)))
            if not key:
                raise ValueError("any of nothing never holds")
            if key[0] == CERTAIN or len(key) == 1:
                chosen.append(key[0])
                continue
            code = self._codes.get(key)
            if code is None:
                low, mid, high = (max(self._ends[m][i] for m in key) for i in range(3))
                code = self._codes[key] = self._event(low, mid, high)
                codes.append(code)
                members.extend(key)
                starts.append(len(members))
            chosen.append(code)
        if codes:
            self.unions.append((np.array(codes), np.array(starts), np.array(members)))
        return chosen

    def any_by(self, db: Database, into: str, query: str) -> None:
        """Table `into` (key, event) from a query with rows (key, event): the event that any of a key's events holds."""
        db.run(
            f"""
            CREATE TEMP TABLE sets_of AS
            SELECT key, CASE WHEN min(event) = {CERTAIN} THEN [{CERTAIN}] ELSE list(DISTINCT event ORDER BY event)
                        END AS members
            FROM ({query}) WHERE event IS NOT NULL GROUP BY key;
            CREATE TEMP TABLE sets AS SELECT members FROM sets_of GROUP BY members;
            """
        )
        sets = db.arrow("SELECT members FROM sets ORDER BY members")
        column = sets.column("members").combine_chunks()
        events = pa.array(self.any_of(column.to_pylist()), pa.int32())
        with db.lent(sets_in=pa.table({"members": column, "event": events})):
            db.run(
                f"""
                CREATE TABLE {into} AS SELECT key, event FROM sets_of JOIN sets_in USING (members);
                DROP TABLE sets_of;
                DROP TABLE sets;
                """
            )

    def middles(self, kinds: Callable[[str], Ints], shares: Callable[[str], Reals], points: int) -> Reals:
        """Every event at some points (events x points): items by their chance, or all low or high by kind.

        Args:
            kinds: for a kind of items at each point -1 (only the sure hold), 0 (by their chance) or 1 (all hold).
            shares: an assumption at each point.
        """
        found = np.ones((self.size, points))
        at = {kind: kinds(kind) for kind in {item.kind for item in self.items}}
        known = {name: shares(name) for name in {item.switch for item in self.items} if name}
        for code, item in zip(self.item_codes, self.items, strict=True):
            sign = at[item.kind]
            value: Reals = np.where(sign < 0, float(item.sure), np.where(sign > 0, 1.0, item.mid))
            found[code] = value * known[item.switch] if item.switch else value
        for codes, rule in self.followers:
            found[codes] = rule.middles(kinds, shares)
        for united, start, member in self.unions:
            kernels.unite(united, start, member, found)
        return found

    def keys_of(self, kind: str) -> set[str]:
        """The keys of all items of a kind, those that decide ownership alone too."""
        found = {item.key for item in self.items if item.kind == kind}
        for _, rule in self.followers:
            found |= {item.key for item in rule.items() if item.kind == kind}
        return found | ({MATCHES_ERR, f"whether {MATCHES_ERR}"} if kind == MATCHED else set())

    def grounds(self) -> list[tuple[frozenset[str], frozenset[str]]]:
        """For every event the assumptions and the kinds of unsure items it hangs on."""
        nothing: frozenset[str] = frozenset()
        found = [(nothing, nothing)] * self.size
        for code, item in zip(self.item_codes, self.items, strict=True):
            kinds = nothing if item.sure else frozenset((item.kind,))
            found[code] = (frozenset((item.switch,)) if item.switch else nothing, kinds)
        for codes, rule in self.followers:
            for code, ground in zip(codes.tolist(), rule.grounds(), strict=True):
                found[code] = ground
        for codes, start, member in self.unions:
            for n, code in enumerate(codes.tolist()):
                below = [found[m] for m in member[start[n] : start[n + 1]].tolist()]
                found[code] = (nothing.union(*(b[0] for b in below)), nothing.union(*(b[1] for b in below)))
        return found

    def follow(self, ends: Sequence[tuple[float, float, float]], rule: Follows) -> list[int]:
        """Events that follow from others by a rule, with their low, mid and high."""
        codes = [self._event(*end) for end in ends]
        if codes:
            self.followers.append((np.array(codes), rule))
        return codes

    def factor(self, *names: str, rest: Sequence[str] = ()) -> int:
        """The code of a product of assumptions, and of the rests (one minus it) of others."""
        return self._factor(Factor(tuple(sorted(names)), tuple(sorted(rest))))

    def mean(self, events: Sequence[int], weights: Sequence[float]) -> int:
        """The code of a factor: the mean of events by weights; 1 where there are none."""
        if not sum(weights):
            return WHOLE
        share = np.array(weights, dtype=np.float64) / sum(weights)
        self.means.append((np.array(events, dtype=np.int64), share))
        return self._factor(Factor(means=(len(self.means) - 1,)))

    def product(self, first: int, second: int) -> int:
        """The code of the product of two factors."""
        if WHOLE in (first, second):
            return first or second
        a, b = self.factors[first], self.factors[second]
        return self._factor(
            Factor(tuple(sorted(a.of + b.of)), tuple(sorted(a.rest + b.rest)), tuple(sorted(a.means + b.means)))
        )

    def factor_ends(self) -> Reals:
        """Low, mid and high of every factor: 3 x factors."""
        events = self.ends()
        means = [events[:, codes] @ share for codes, share in self.means]
        found = np.ones((3, len(self.factors)))
        for code, factor in enumerate(self.factors):
            for name in factor.of:
                a = self.assumption(name)
                found[:, code] *= (a.low, a.mid, a.high)
            for name in factor.rest:
                a = self.assumption(name)
                found[:, code] *= (1 - a.high, 1 - a.mid, 1 - a.low)
            for place in factor.means:
                found[:, code] *= means[place]
        return found

    def _factor(self, factor: Factor) -> int:
        code = self._codes.get(factor)
        if code is None:
            for name in factor.of + factor.rest:
                self.assumption(name)
            code = self._codes[factor] = len(self.factors)
            self.factors.append(factor)
        return code

    def _event(self, low: float, mid: float, high: float) -> int:
        self._ends.append((low, mid, high))
        return len(self._ends) - 1
