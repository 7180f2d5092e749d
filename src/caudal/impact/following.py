"""Owned parties in a random draw: the 50 Percent Rule run anew for whoever is the listed one in that draw.

If a possible match is not the listed person, all that is blocked because of that person falls out together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from caudal.impact.unknowns import MATCHED, Bits, Ints, Item, Reals
from caudal.register import ownership as fifty

LISTS = "ties of the lists"
OPEN_SHARES = "open_shares_reach_half"
ELSEWHERE = "half_rule_elsewhere"


def linked_item(entity: str) -> Item:
    """That an entity a list only ties to a group is blocked as the group is."""
    return Item(f"entity {entity}", 1.0, LISTS, True, "linked_is_blocked")


def open_item(asset: str) -> Item:
    """That the largest share stakes may have in something is the true one."""
    return Item(f"shares in {asset}", 1.0, LISTS, True, OPEN_SHARES)


_OTHER_LAW = Item("the rule elsewhere", 1.0, LISTS, True, ELSEWHERE)


@dataclass(frozen=True)
class Target:
    """An owned party whose owners are not sure.

    Attributes:
        level: how sure those owners are whose stakes suffice.
        open_shares: whether the shares leave open if it is half.
        american: whether OFAC's rule is law for the group.
    """

    asset: str
    group: int
    level: float
    open_shares: bool
    american: bool

    @property
    def switches(self) -> tuple[str, ...]:
        """The assumptions it hangs on besides."""
        return (OPEN_SHARES,) * self.open_shares + (ELSEWHERE,) * (not self.american)


@dataclass(frozen=True)
class Root:
    """Someone who may be listed: the item that decides it, None where it is certain; and whether for the group."""

    party: str
    item: Item | None
    groups: frozenset[int]


@dataclass(frozen=True)
class Ownership:
    """The rule over the stakes that matter for some owned parties.

    Stakes are arrays by asset, ascending; `target` holds the codes of the targets, -1 for one that owns or is owned
    by nobody here.
    """

    owner: Ints
    asset: Ints
    low: Ints
    high: Ints
    parties: int
    roots: tuple[tuple[int, Root], ...]
    target: Ints
    targets: tuple[Target, ...]
    names: tuple[str, ...]

    @classmethod
    def over(cls, stakes: pa.Table, roots: Sequence[Root], targets: Sequence[Target]) -> Ownership:
        """The rule over checked stakes held on the day; what no target hangs on is left out."""
        index = fifty.StakeIndex.build(stakes)
        names = index.parties.to_pylist()
        code = {name: n for n, name in enumerate(names)}
        target = np.array([code.get(asset, -1) for asset in (t.asset for t in targets)], dtype=np.int64)
        above = np.zeros(len(names), np.bool_)
        above[target[target >= 0]] = True
        while True:
            more = np.unique(index.owner[above[index.asset]])
            if above[more].all():
                break
            above[more] = True
        chosen = np.flatnonzero(above[index.asset])
        chosen = chosen[np.argsort(index.asset[chosen], kind="stable")]
        kept = np.flatnonzero(above)
        place = np.full(len(names), -1, np.int64)
        place[kept] = np.arange(len(kept))
        inside = [(int(place[code[r.party]]), r) for r in roots if r.party in code and above[code[r.party]]]
        return cls(
            place[index.owner[chosen]],
            place[index.asset[chosen]],
            index.low[chosen].astype(np.int64),
            index.high[chosen].astype(np.int64),
            len(kept),
            tuple(inside),
            np.where(target >= 0, place[target], -1),
            tuple(targets),
            tuple(names[k] for k in kept),
        )

    def holds(self, items: Callable[[Sequence[Item]], Bits], shares: Callable[[str], Reals]) -> Bits:
        """For each target, whether it is owned in each draw: targets x draws."""
        decided = items([r.item for _, r in self.roots if r.item])
        draws = len(shares(OPEN_SHARES))
        listed = np.zeros((self.parties, draws), np.bool_)
        reached = {group: np.zeros((self.parties, draws), np.bool_) for group in {t.group for t in self.targets}}
        n = 0
        for party, root in self.roots:
            held: npt.NDArray[np.bool_] | bool = True
            if root.item:
                held, n = decided[n], n + 1
            listed[party] |= held
            for group in root.groups & reached.keys():
                reached[group][party] |= held
        if len(self.owner):
            starts = np.flatnonzero(np.diff(self.asset, prepend=-1))
            self._spread(listed, reached, starts, self._shares(items, draws))
        nowhere = np.zeros(draws, np.bool_)
        places = zip(self.target.tolist(), self.targets, strict=True)
        found = np.array([reached[t.group][place] if place >= 0 else nowhere for place, t in places])
        foreign = [n for n, t in enumerate(self.targets) if not t.american]
        if foreign:
            found[foreign] &= items([_OTHER_LAW])[0]
        return found

    def middles(self, kinds: Callable[[str], Ints], shares: Callable[[str], Reals]) -> Reals:
        """For each target what it counts at points where matches are taken at low, mid or high: targets x points."""
        at = kinds(MATCHED)
        found = np.empty((len(self.targets), len(at)))
        for n, target in enumerate(self.targets):
            found[n] = np.select([at < 0, at > 0], [float(target.level >= 1.0), 1.0], target.level)
            for switch in target.switches:
                found[n] *= shares(switch)
        return found

    def items(self) -> list[Item]:
        """Everything it may ask to be drawn."""
        found = [root.item for _, root in self.roots if root.item]
        return [*found, _OTHER_LAW, *(open_item(name) for name in self.names)]

    def grounds(self) -> list[tuple[frozenset[str], frozenset[str]]]:
        """For each target the assumptions it hangs on, and the kinds of unsure items."""
        return [(frozenset(t.switches), frozenset((MATCHED,) if t.level < 1.0 else ())) for t in self.targets]

    def _shares(self, items: Callable[[Sequence[Item]], Bits], draws: int) -> Ints:
        """The share of every stake in every draw: the least, or the largest where open shares are taken to reach."""
        wide = np.flatnonzero(self.low != self.high)
        if not len(wide):
            return np.broadcast_to(self.low[:, None], (len(self.low), draws))
        share = np.repeat(self.low[:, None], draws, axis=1)
        assets = np.unique(self.asset[wide])
        open_ones = items([open_item(self.names[a]) for a in assets])
        most = open_ones[np.searchsorted(assets, self.asset[wide])]
        share[wide] = np.where(most, self.high[wide][:, None], self.low[wide][:, None])
        return share

    def _spread(self, blocked: Bits, reached: dict[int, Bits], starts: Ints, share: Ints) -> None:
        """Run to the fixpoint: who is blocked, and which of them stand below a group's own."""
        assets = self.asset[starts]
        while True:
            total = np.add.reduceat(np.where(blocked[self.owner], share, 0), starts, axis=0)
            more = (total >= fifty.THRESHOLD) & ~blocked[assets]
            if not more.any():
                break
            blocked[assets] |= more
        for below in reached.values():
            while True:
                owned = np.logical_or.reduceat(below[self.owner] & (share > 0), starts, axis=0)
                more = owned & blocked[assets] & ~below[assets]
                if not more.any():
                    break
                below[assets] |= more


def held_that_day(stakes: pa.Table, day: object) -> pa.Table:
    """The stakes of kind `owns` held on a day."""
    rows = stakes.filter(pc.equal(stakes.column("kind"), "owns"))
    when = pa.scalar(day, pa.date32())
    begun = pc.fill_null(pc.less_equal(rows.column("from"), when), True)
    return rows.filter(pc.and_(begun, pc.fill_null(pc.greater(rows.column("until"), when), True)))
