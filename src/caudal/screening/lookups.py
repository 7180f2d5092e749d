"""What the names of a pair say that was found by a number instead of a name."""

from __future__ import annotations

import numpy as np

from caudal.screening.layout import P_TOTAL
from caudal.screening.matcher import Pairing


def best_names(pairing: Pairing, party: int, entity: int) -> tuple[float, int, int]:
    """The most telling pair of names of two parties: (bits, query name, listed name); names -1 where one has none.

    Names of one owner lie together, in the order of owners.
    """
    spans = []
    for owners, owner in ((pairing.query.owner, party), (pairing.listed.owner, entity)):
        spans.append(range(*np.searchsorted(owners, [owner, owner + 1]).tolist()))
    best = (0.0, -1, -1)
    for a in spans[0]:
        for b in spans[1]:
            if pairing.query.start[a] == pairing.query.start[a + 1] or (
                pairing.listed.start[b] == pairing.listed.start[b + 1]
            ):
                continue
            bits = float(pairing.explain(a, b)[1][P_TOTAL])
            if best[1] < 0 or bits > best[0]:
                best = (bits, a, b)
    return best
