"""The points of the frontier in every random draw: what each cuts and harms when accounts are the group's or are not.

The points stay as they are; what they do is drawn. An own account with an unsure match is the group's in a draw or is
not. If it is not, freezing it costs all that it moves; the money that ended with it or came from it (`mixing`) was not
the group's, so nobody cuts it, and what other frozen accounts moved of it was lawful. So money cut and harm are linear
in who the group's accounts are, and a draw costs a few sums.

Approximated: money that is left beside a frozen set is split by whose it is as if it went on in proportion, while its
sum is the largest flow; accounts that the law takes for owned stay the group's; who is counted by people loses the same
payments in every draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from caudal.impact.frontier.finding import Frontier
from caudal.impact.frontier.mixing import left, whose
from caudal.impact.frontier.network import Flags, Ints, Reals

APART = 6
"""Unsure holders whose money is told apart, those with most of it; the others count as one, by their mean."""

QUANTITIES = ("cut", "share_cut", "harm")


@dataclass(frozen=True)
class Sheet:
    """The table `frontier_draws`.

    Attributes:
        cost: what harm counts.
        points: names of the points, by rising harm, the actual designation last.
        foreseen: those of them that were chosen by the payments before the day.
        holders: who may be someone else: parties with an unsure match.
        events: codes of the events that each of them is the listed one.
        groups: for each class of `money` but the first the unsure holders in it (by place) and their weights.
        money: what each point cuts, by class of whose money it is; class 0 is sure. points x classes.
        flows: the money that flows untouched, by class.
        harm: of each point the harm if everyone unsure is the group's.
        own: how much more it is for each unsure holder who is not: points x holders.
        carried: and for each class's money, that was lawful then: points x classes.
    """

    cost: str
    points: tuple[str, ...]
    foreseen: tuple[str, ...]
    holders: tuple[str, ...]
    events: Ints
    groups: tuple[tuple[Ints, Reals], ...]
    money: Reals
    flows: Reals
    harm: Reals
    own: Reals
    carried: Reals

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """Every point and quantity, with the ends that no draw passes."""
        cut = self.money.sum(axis=1)
        most = self.harm + self.own.sum(axis=1) + self.carried[:, 1:].sum(axis=1)
        found = []
        for n, point in enumerate(self.points):
            for quantity, low, high in (
                ("cut", self.money[n, 0], cut[n]),
                ("share_cut", 0.0, 1.0),
                ("harm", self.harm[n], most[n]),
            ):
                row = {"cost": self.cost, "point": point, "quantity": quantity}
                found.append(row | {"low": float(low), "high": float(high)})
        return found

    def totals(self, events: Any, factors: Any) -> Reals:
        """rows x draws."""
        holds = events[self.events].astype(np.float64)
        parts = [np.ones(holds.shape[1]), *(weight @ holds[some] for some, weight in self.groups)]
        classes = np.stack(parts)
        cut, flows = self.money @ classes, self.flows @ classes
        harm = self.harm[:, None] + self.own @ (1 - holds) + self.carried @ (1 - classes)
        share = np.divide(cut, flows, out=np.zeros_like(cut), where=flows > 0)
        return np.stack([cut, np.clip(share, 0, 1), harm], axis=1).reshape(3 * len(self.points), holds.shape[1])


def sheet(frontier: Frontier, party: Mapping[str, str], event: Mapping[str, int]) -> Sheet:
    """What is drawn of the chosen points and the actual designation.

    Args:
        frontier: with the chance of each unsure account in its harm.
        party: the holder of each own account with an unsure match, by account id.
        event: the code of the event that a holder is the listed one.
    """
    books = frontier.books
    places = zip(party.values(), books.places(pa.array(list(party), pa.string())).tolist(), strict=True)
    of_holder: dict[str, list[int]] = {}
    for holder, code in places:
        if code >= 0 and books.own[code]:
            of_holder.setdefault(holder, []).append(code)
    holders = sorted(of_holder)
    accounts = [np.array(of_holder[holder], np.int64) for holder in holders]
    groups, classes = _grouped(frontier, accounts)
    of = whose(books, classes, 1 + len(groups))
    points = [frontier.point(name) for name in frontier.chosen]
    rest_of = left(books, of, [np.empty(0, np.int64), *(p.accounts for p in points)])
    flows = _scaled(rest_of[0], frontier.total)
    known = np.concatenate([np.empty(0, np.int64), *accounts])
    money, harm, own, carried = [], [], [], []
    for point, split in zip(points, rest_of[1:], strict=True):
        money.append(flows - _scaled(split, point.money, flows))
        rest = np.setdiff1d(point.accounts, known)
        harm.append(float(books.harm[rest].sum()))
        frozen = books.chosen(point.accounts)
        own.append([_moved(frontier, some[frozen[some]], of.account) for some in accounts])
        carried.append(_lawful_then(frontier, rest, of.account))
    shape = (len(points), len(holders))
    return Sheet(
        books.unit,
        tuple(p.name for p in points),
        tuple(p.name for p in points if p.kind == "foreseen"),
        tuple(holders),
        np.array([event[h] for h in holders], np.int64),
        groups,
        np.maximum(np.array(money).reshape(len(points), -1), 0.0),
        flows,
        np.array(harm),
        np.array(own).reshape(shape),
        np.array(carried).reshape(len(points), -1),
    )


def _grouped(frontier: Frontier, accounts: Sequence[Ints]) -> tuple[tuple[tuple[Ints, Reals], ...], Ints]:
    """Classes of unsure holders, and the class of every account."""
    through = np.array([float(frontier.books.through[some].sum()) for some in accounts])
    order = np.argsort(-through, kind="stable")
    parts = [order[n : n + 1] for n in range(min(APART, len(order)))]
    if len(order) > APART:
        parts.append(order[APART:])
    classes = np.zeros(len(frontier.books.accounts), np.int64)
    groups = []
    for n, part in enumerate(parts, 1):
        weight = through[part] if through[part].sum() > 0 else np.ones(len(part))
        groups.append((part, weight / weight.sum()))
        for place in part.tolist():
            classes[accounts[place]] = n
    return tuple(groups), classes


def _scaled(split: Reals, total: float, most: Reals | None = None) -> Reals:
    """A split scaled to this sum, no part of it above the same part of `most`, whose sum is no less."""
    if not split.sum():
        split = most if most is not None and most.sum() else np.append(1.0, np.zeros(len(split) - 1))
    found: Reals = split * (total / split.sum())
    if most is not None:
        found = np.minimum(found, most)
        room = most - found
        found = found + room * (max(total - found.sum(), 0.0) / room.sum() if room.sum() > 0 else 0.0)
    return found


def _moved(frontier: Frontier, codes: Ints, account: Reals) -> float:
    """What is lost with accounts that are not the group's: all they move but what is surely the group's."""
    books = frontier.books
    if books.unit != "lawful flow":
        return float(books.meetings.met[codes].sum())
    theirs = np.maximum(books.turnover[codes] - books.lawful[codes], 0)
    return float(books.turnover[codes].sum() - theirs @ account[codes, 0])


def _lawful_then(frontier: Frontier, codes: Ints, account: Reals) -> Reals:
    """By class what accounts move of the group's money, which is lawful if it was not the group's."""
    books = frontier.books
    if books.unit != "lawful flow":
        return np.zeros(account.shape[1])
    priced = codes[(books.harm[codes] > 0) & ~books.own[codes]]
    theirs = np.maximum(books.turnover[priced] - books.lawful[priced], 0)
    found: Reals = theirs.astype(np.float64) @ account[priced]
    found[0] = 0.0
    return found


def better(cut: Reals, harm: Reals, place: int) -> Flags:
    """In which draws each point is better than the one at `place`: no less cut, no more harm, and one of them so.

    Args:
        cut, harm: points x draws.
    """
    noise = 1e-9 * max(1.0, np.abs(cut).max(initial=0.0)), 1e-9 * max(1.0, np.abs(harm).max(initial=0.0))
    more, less = cut - cut[place], harm[place] - harm
    at_least = (more >= -noise[0]) & (less >= -noise[1])
    found: Flags = at_least & ((more > noise[0]) | (less > noise[1]))
    return found
