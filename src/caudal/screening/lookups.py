"""Pairs found by a number instead of a name, and what the names of such a pair say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from caudal.screening.layout import P_TOTAL
from caudal.screening.matcher import Pairing
from caudal.screening.subjects import Subject


def pairs_by_number(
    subjects: Sequence[Subject], by_identifier: Mapping[str, Sequence[int]]
) -> Iterator[tuple[int, int]]:
    """(party, listed entity) pairs that share the letters and digits of a number."""
    for party, who in enumerate(subjects):
        for number in who.identifiers:
            for entity in by_identifier.get(number, ()):
                yield party, entity


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
