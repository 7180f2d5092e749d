"""OFAC's 50 Percent Rule as a fixpoint over the direct stakes of blocked persons.

An entity is blocked when the direct stakes that blocked persons hold in it come to 50% or more; an entity so blocked
is itself a blocked person. Stakes are added, also across programmes, and never multiplied along a chain (OFAC FAQ 401,
https://ofac.treasury.gov/faqs/401; aggregation since 2014-08-13). Control without ownership does not block (FAQ 398).

Shares are ranges. The rule is run twice: with the least shares over those surely blocked, which gives `yes`, and with
the largest shares over those possibly blocked, which gives `cannot tell` for whoever is only in the second.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.register.ownership.kernels import Codes, Ints, fixpoint, group
from caudal.register.ownership.stakes import StakeIndex, check_stakes, held_on
from caudal.tables import WHOLE

Status = Literal["yes", "cannot tell"]
THRESHOLD = WHOLE // 2
"""50%, in parts per million."""


@dataclass(slots=True, unsafe_hash=True)  # frozen ones take three times as long, and there may be a million
class Owned:
    """An entity that is, or may be, blocked because of who owns it.

    Attributes:
        asset_id: the entity; it is not itself listed.
        status: `yes`, or `cannot tell` where the ranges of the shares leave it open.
        share_min: least sum of the direct stakes of the surely blocked, parts per million.
        share_max: largest sum of the direct stakes of the possibly blocked, at most 100%.
        chains, code: where its chain is looked up when asked for.
    """

    asset_id: str
    status: Status
    share_min: int
    share_max: int
    chains: Chains = field(repr=False, compare=False)
    code: int = field(repr=False, compare=False)

    @property
    def chain(self) -> list[str]:
        """The stakes that lead to it from the listed, in words, one sentence each, owners before what they own."""
        return self.chains.words(self.code)


@dataclass(frozen=True)
class Controlled:
    """An entity that a blocked person controls, or acts for, without that blocking it: a warning, no more."""

    asset_id: str
    controller_id: str
    kind: str
    text: str


def blocked(stakes: pa.Table, listed: Iterable[str], day: date | None = None) -> list[Owned]:
    """Who is blocked by ownership, the sure ones first, each in the order in which the rule reaches it.

    Args:
        stakes: OWNERSHIP; only rows of kind `owns` count.
        listed: ids of the listed (entity or party ids as in `stakes`), each once, whatever the number of programmes.
        day: stakes held on that day; None for those that have no end.

    Raises:
        InputError: a stake is over 100%, negative, has its least over its largest, or is held in itself.
    """
    index = StakeIndex.build(held_on(check_stakes(stakes), day, ("owns",)))
    codes = _codes(index, listed)
    sure, sure_total = fixpoint(index.start, index.asset, index.low, codes, THRESHOLD)
    maybe, maybe_total = fixpoint(index.start, index.asset, index.high, codes, THRESHOLD)
    found: list[Owned] = []
    runs: tuple[tuple[Status, Codes, Codes, Ints], ...] = (
        ("yes", sure, index.low, np.flatnonzero(sure > 0)),
        ("cannot tell", maybe, index.high, np.flatnonzero((maybe > 0) & (sure < 0))),
    )
    for status, order, share, unordered in runs:
        members = unordered[np.argsort(order[unordered], kind="stable")]
        chains = Chains(index, order, share)
        least = np.minimum(sure_total[members], WHOLE).tolist()
        most = np.minimum(maybe_total[members], WHOLE).tolist()
        names = index.parties.take(pa.array(members)).to_pylist()
        for name, low, high, code in zip(names, least, most, members.tolist(), strict=True):
            found.append(Owned(name, status, low, high, chains, code))
    return found


def controlled(stakes: pa.Table, persons: Iterable[str], day: date | None = None) -> list[Controlled]:
    """Entities that one of `persons` (listed, or blocked by ownership) controls or acts for.

    Raises:
        InputError: as for `blocked`.
    """
    table = held_on(check_stakes(stakes), day, ("controls", "acts for"))
    rows = table.filter(pc.is_in(table.column("owner_id"), pa.array(sorted(set(persons)), pa.string())))
    found = []
    for row in rows.select(["owner_id", "asset_id", "kind", "source"]).to_pylist():
        owner, asset, kind = row["owner_id"], row["asset_id"], row["kind"]
        text = (
            f"{owner} {kind} {asset} ({row['source']}); control without ownership does not block, but OFAC urges "
            "caution (FAQ 398)"
        )
        found.append(Controlled(asset, owner, kind, text))
    return found


def _codes(index: StakeIndex, listed: Iterable[str]) -> Codes:
    among = pc.is_in(index.parties, value_set=pa.array(list(listed), pa.string()))
    return np.flatnonzero(among.to_numpy(zero_copy_only=False)).astype(np.int32)


def percent(low: int, high: int) -> str:
    """A share or a range of shares in words, such as `50%` or `25% to 50%`."""
    first, last = (f"{100 * v / WHOLE:.4f}".rstrip("0").rstrip(".") for v in (low, high))
    return f"{first}%" if low == high else f"{first}% to {last}%"


class Chains:
    """Explains one run of the rule: stakes grouped by asset, only those of owners blocked before it."""

    def __init__(self, index: StakeIndex, order: Codes, share: Codes) -> None:
        self._index, self._order, self._share = index, order, share

    @cached_property
    def _by_asset(self) -> tuple[Ints, Ints]:
        start, order = group(self._index.asset, len(self._index.parties))
        return order, start

    def _reasons(self, code: int) -> list[int]:
        """Stakes in one entity whose owners were blocked before it was, the earliest first, until they reach 50%."""
        order, start = self._by_asset
        stakes = [
            int(i)
            for i in order[start[code] : start[code + 1]]
            if 0 <= self._order[self._index.owner[i]] < self._order[code] and self._share[i] > 0
        ]
        return sorted(stakes, key=lambda i: int(self._order[self._index.owner[i]]))

    def words(self, code: int) -> list[str]:
        """The stakes from the listed down to this entity, each once, owners before what they own."""
        index, taken, stack = self._index, {code}, [code]
        while stack:
            for stake in self._reasons(stack.pop()):
                owner = int(index.owner[stake])
                if owner not in taken and self._order[owner] > 0:
                    taken.add(owner)
                    stack.append(owner)
        lines = []
        for entity in sorted(taken, key=lambda c: int(self._order[c])):
            for stake in self._reasons(entity):
                owner = int(index.owner[stake])
                state = "listed" if self._order[owner] == 0 else "blocked by ownership"
                share = percent(int(index.low[stake]), int(index.high[stake]))
                lines.append(f"{index.parties[owner]} ({state}) owns {share} of {index.parties[entity]}")
        return lines
