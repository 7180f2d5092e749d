"""What still flows beside many sets of frozen nodes: measured on one small network made for all of them.

All the sets together freeze few of the nodes. Whatever none of them freezes stays, so the whole network is collapsed
once, with an arc of its own only for nodes that some set freezes: it holds nothing or all that can pass them
(`parts.whole`). A set is then measured by leaving out the arcs of its nodes.
"""

from __future__ import annotations

import numpy as np

from caudal.impact.frontier.grouping import added
from caudal.impact.frontier.network import NEVER, Flags, Network
from caudal.impact.frontier.parts import Part, beside, flowing, whole


class Rest:
    """A network beside sets that freeze some of its nodes at most."""

    def __init__(self, network: Network, some: Flags, part: Part | None = None) -> None:
        """Collapse it.

        Args:
            network: what flows.
            some: nodes that a set may freeze, shape (nodes,).
            part: `whole` of the network, where it is at hand.
        """
        if part is None or (network.cost[some] == NEVER).any():
            self.part = whole(network, some)
        else:
            self.part = beside(part, some)
        self.arcs = self.part.arcs

    def flow(self, frozen: Flags) -> int:
        """The largest flow that is left when these nodes are frozen, minor units; shape (nodes,) of the network."""
        part = self.part
        free = np.where(frozen[part.name], 0, part.most)
        capacity = np.minimum(part.money + added(self.arcs, free, len(part.tail)), part.supply)
        return flowing(part, capacity, part.supply + 1)[0]
