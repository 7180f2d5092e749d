"""How two nodes of one account share its harm: set anew where a cut froze only one of them.

Whatever the shares, as long as they add up to the account's harm, freezing it whole costs its harm; so every minimum
cut is a lower bound for sets of whole accounts, and the best shares give the best bound (Lagrangian decomposition). The
flow of a cut tells the way: where one node is full and the other is not, the room of the other is harm that it does not
need, and goes to the first. That is done for one weight, a few times; the next sweep shows what it is worth for all.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from caudal.impact.frontier.network import NEVER, Network
from caudal.impact.frontier.parts import Part, passing, solved, whole

STEPS = 3
KEPT = 0.1
"""This part of the room stays, so that rounding and the next weights have some."""


def shared(network: Network, weight: Fraction, part: Part | None = None) -> Network:
    """The network with other shares for accounts that a cut of that weight halves.

    Args:
        part: `whole` of the network (with any harm), where it is at hand.
    """
    part = whole(network) if part is None else part
    first, second = _pairs(network)
    for _ in range(STEPS):
        here = part.with_costs(network.cost)
        cut, flow = solved(here, weight)
        carried = np.zeros(network.nodes)
        carried[here.name] = passing(here, flow)
        frozen = np.zeros(network.nodes, np.bool_)
        frozen[cut.frozen] = True
        room = np.floor((network.cost - carried / float(weight)) * (1 - KEPT)).astype(np.int64)
        cost = network.cost.copy()
        for full, other in ((first, second), (second, first)):
            moves = frozen[full] & ~frozen[other] & (room[other] > 0)
            cost[full[moves]] += room[other[moves]]
            cost[other[moves]] -= room[other[moves]]
        if (cost == network.cost).all():
            return network
        network = replace(network, cost=cost)
    return network


def _pairs(network: Network) -> tuple[np.ndarray, np.ndarray]:
    """Both nodes of every account that has two and can be frozen."""
    order = np.argsort(network.owner, kind="stable")
    same = np.flatnonzero(np.diff(network.owner[order]) == 0)
    first, second = order[same], order[same + 1]
    can = (network.cost[first] != NEVER) & (network.cost[second] != NEVER)
    return first[can], second[can]
