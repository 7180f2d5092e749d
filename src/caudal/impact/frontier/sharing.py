"""How two nodes of one account share its harm: set anew, for each weight, where a cut froze only one of them.

Whatever the shares, as long as they add up to the account's harm, freezing it whole costs its harm; so every minimum
cut is a lower bound for sets of whole accounts, and the best shares give the best bound (Lagrangian decomposition). The
flow of a cut tells the way: where one node is full and the other is not, the room of the other is harm that it does not
need, and goes to the first. Few accounts are ever halved, and only their shares change; the rest of the network is
collapsed for the weight in question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from caudal.impact.frontier.cutting import Cut
from caudal.impact.frontier.network import NEVER, Flags, Ints, Network
from caudal.impact.frontier.parts import Part, narrowed, passing, solved

KEPT = 0.1
"""This part of the room stays, so that rounding and the next weights have some."""


@dataclass(frozen=True)
class Shared:
    """A cut with other shares: a bound for all sets of whole accounts, and a set to complete.

    Attributes:
        cut: the best set for its weight with these shares.
        nodes: those whose harm differs from the network's, shape (changed,).
        cost: their harm, shape (changed,).
    """

    cut: Cut
    nodes: Ints
    cost: Ints

    def least(self, harm: float) -> float:
        """No set of whole accounts of at most that harm (in units of cost) leaves less money."""
        weight = self.cut.weight or Fraction(0)
        return float(Fraction(self.cut.flow, weight.denominator)) - float(weight) * harm

    def network(self, network: Network) -> Network:
        """The network with these shares."""
        cost = network.cost.copy()
        cost[self.nodes] = self.cost
        return replace(network, cost=cost)


def shared(network: Network, part: Part, cuts: Sequence[Cut], rounds: int) -> list[Shared]:
    """The cuts that halve accounts again, with shares that bound whole accounts better.

    Args:
        network: what the cuts are of.
        part: `whole` of it.
        cuts: minimum cuts, each of another weight.
        rounds: how often shares are set anew for each weight, after a first cut with those of the weight before.
    """
    pairs = _pairs(network)
    halved = [(cut, _halved(network, pairs, cut)) for cut in cuts if cut.weight]
    halved = [(cut, which) for cut, which in halved if which.any()]
    if not halved or rounds < 1:
        return []
    some = np.logical_or.reduce([which for _, which in halved])
    both = tuple(nodes[some] for nodes in pairs)
    free = np.zeros(network.nodes, np.bool_)
    free[np.concatenate(both)] = True
    nodes = np.flatnonzero(free)
    halved.sort(key=lambda pair: -(pair[0].weight or 0))
    part, _ = narrowed(part.with_costs(network.cost), halved[-1][0].weight or Fraction(0), None, free=free)
    found: list[Shared] = []
    cost = network.cost.copy()
    for before, _ in halved:
        weight = before.weight or Fraction(0)
        here, _ = narrowed(part, weight, weight, free=free)
        best: Shared | None = None
        for turn in range(rounds + 1):
            here = here.with_costs(cost)
            cut, flow = solved(here, weight)
            if best is None or cut.flow > best.cut.flow:
                best = Shared(cut, nodes, cost[nodes])
            if turn == rounds:
                break
            carried = np.zeros(network.nodes)
            carried[here.name] = passing(here, flow)
            other = _moved(cost, carried, cut, both)
            if (other == cost).all():
                break
            cost = other
        if best is not None:
            found.append(best)
    return found


def _moved(cost: Ints, carried: np.ndarray, cut: Cut, both: tuple[Ints, ...]) -> Ints:
    """Costs after what one node of a halved account does not need has gone to the other."""
    frozen = np.zeros(len(cost), np.bool_)
    frozen[cut.frozen] = True
    room = np.floor((cost - carried / float(cut.weight or 1)) * (1 - KEPT)).astype(np.int64)
    moved = cost.copy()
    first, second = both
    for full, other in ((first, second), (second, first)):
        moves = frozen[full] & ~frozen[other] & (room[other] > 0)
        moved[full[moves]] += room[other[moves]]
        moved[other[moves]] -= room[other[moves]]
    return moved


def _halved(network: Network, pairs: tuple[Ints, Ints], cut: Cut) -> Flags:
    frozen = np.zeros(network.nodes, np.bool_)
    frozen[cut.frozen] = True
    which: Flags = frozen[pairs[0]] != frozen[pairs[1]]
    return which


def _pairs(network: Network) -> tuple[Ints, Ints]:
    """Both nodes of every account that has two and can be frozen."""
    order = np.argsort(network.owner, kind="stable")
    same = np.flatnonzero(np.diff(network.owner[order]) == 0)
    first, second = order[same], order[same + 1]
    can = (network.cost[first] != NEVER) & (network.cost[second] != NEVER)
    return first[can], second[can]
