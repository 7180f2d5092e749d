"""Cycle: money comes back to where it set out through two to five other accounts, in time order, roughly whole.

The search (`kernels.find_cycles`) respects time and amount at every hop. Cycles that share a transfer, or run through
the same accounts, are one finding. A savings circle (*tanda*, *cundina*, rotating savings) makes cycles by design: its
mark is that several members pay the same amount to the same account on the same day.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from caudal.tracing.index import Codes, Ints
from caudal.typologies.books import CARD, Books, Lanes
from caudal.typologies.findings import INNOCENT, Finding, blend, cast, count, hours, minor_digits, money, percent, ramp
from caudal.typologies.kernels import DAY, count_ways, find_cycles, group_rows, prune
from caudal.typologies.settings import Cycle, Settings

TYPOLOGY = "cycle"
log = logging.getLogger(__name__)


class Edges(NamedTuple):
    """The transfers that may lie on a cycle, as arrays of their own; `rows` leads back to the index."""

    rows: Ints
    time: Ints
    payer: Codes
    payee: Codes
    amount: npt.NDArray[np.float64]


def detect(books: Books, settings: Settings) -> Iterator[Finding]:
    """The cycles, merged where they overlap."""
    own = settings.cycle
    edges, cycles, ways = search(books, own)
    for members in _merged(edges, cycles):
        finding = _judge(books, own, edges, cycles[members], ways[members])
        if finding.score >= own.min_score:
            yield finding


def search(books: Books, own: Cycle) -> tuple[Edges, Codes, npt.NDArray[np.float64]]:
    """The edges, every single cycle as positions in them (cycles, max_accounts; -1 at the end), and its other ways."""
    ix = books.index
    width = int(own.window_days * DAY)
    floor = int(own.min_amount * 10 ** minor_digits(books.base_currency))
    use = ~books.inner & (books.channel != CARD) & (ix.amount >= max(floor, 1))
    use &= ~books.pooled[ix.payer] & ~books.pooled[ix.payee]
    edges = _edges(books, np.flatnonzero(use))
    hop = (own.min_hop, own.max_hop)
    back = (own.min_back, own.max_back)
    lanes = Lanes(*group_rows(edges.payer, books.account_count))
    into = Lanes(*group_rows(edges.payee, books.account_count))
    sides = (edges.time, edges.payer, edges.payee, edges.amount)
    alive = prune(into.start, into.rows, lanes.start, lanes.rows, *sides, width, *hop, *back, 4)
    cycles, cut, full = find_cycles(
        *lanes, *sides, alive,
        own.min_accounts, own.max_accounts, width, *hop, *back, own.effort, own.max_cycles,
    )  # fmt: skip
    if cut:
        log.warning("cycle search: %d starts were cut short after %d transfers looked at", cut, own.effort)
    if full:
        log.warning("cycle search: stopped after %d single cycles; raise min_amount or tighten min_hop", own.max_cycles)
    return edges, cycles, count_ways(cycles, *lanes, edges.time, edges.payee, edges.amount, width, *hop)


def _edges(books: Books, rows: Ints) -> Edges:
    ix = books.index
    return Edges(rows, ix.time[rows], ix.payer[rows], ix.payee[rows], ix.amount[rows].astype(np.float64))


def _merged(edges: Edges, cycles: Codes) -> list[list[int]]:
    """Cycles in groups that share a transfer or run through the same accounts."""
    parent = list(range(len(cycles)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    first: dict[object, int] = {}
    for number, cycle in enumerate(cycles):
        hops = cycle[cycle >= 0]
        keys: list[object] = [*hops.tolist(), frozenset(edges.payer[hops].tolist())]
        for key in keys:
            parent[root(number)] = root(first.setdefault(key, number))
    groups: dict[int, list[int]] = {}
    for number in range(len(cycles)):
        groups.setdefault(root(number), []).append(number)
    return list(groups.values())


def _judge(books: Books, own: Cycle, edges: Edges, cycles: Codes, ways: npt.NDArray[np.float64]) -> Finding:
    length = (cycles >= 0).sum(axis=1)
    last = cycles[np.arange(len(cycles)), length - 1]
    kept = np.minimum(1.0, edges.amount[last] / edges.amount[cycles[:, 0]])
    took = (edges.time[last] - edges.time[cycles[:, 0]]) / 3.6e9
    best = int(np.lexsort((cycles[:, 0], took, -kept / ways))[0])
    uneven = float(np.abs(np.diff(np.log(edges.amount[cycles[best, : length[best]]]))).mean())
    hops = np.unique(cycles[cycles >= 0])
    rounds = len({frozenset(c[c >= 0].tolist()) for c in cycles})
    apart = _rounds_apart(cycles)
    circle = _circle(edges, hops, books)
    score = blend(
        {
            "kept": (ramp(float(kept[best]), 0.5, 0.95), 0.10),
            "even": (ramp(-uneven, -0.2, -0.03), 0.15),
            "hardly another way": (ramp(-float(np.log10(ways[best])), -2, 0), 0.30),
            "speed": (ramp(-float(took[best]) / 24, -own.window_days, -2), 0.20),
            "again": (ramp(apart, 0, 4), 0.10),
            "no savings circle": (1 - circle, 0.15),
        }
    )
    if circle > 0.5:
        score = round(score * (1.2 - circle), 4)
    origin = int(edges.payer[cycles[best, 0]])
    way = int(length[best])
    reasons = [
        f"{money(float(edges.amount[cycles[best, 0]]), books.base_currency)} came back to its origin through "
        f"{count(way - 1, 'other account')} in {hours(float(took[best]))}; {percent(float(kept[best]))} of it arrived.",
        f"{count(rounds, 'such way')} over {count(len(hops), 'transfer')} overlap or run through the same accounts; "
        f"{count(apart, 'round shares', 'rounds share')} no transfer with another.",
        f"In amount and time the money could have gone on in {count(int(ways[best]), 'way')} of this length "
        "(1: no account on the way sent anything else alike).",
    ]
    if circle > 0:
        reasons.append(
            f"{percent(circle)} of its transfers are paid alike by three or more accounts to one account within a day, "
            "as members of a savings circle pay."
        )
    reasons.append(
        INNOCENT
        + "a savings circle (tanda, cundina, rotating savings), a loan given and paid back through relatives, firms "
        "of one group that settle with one another, or ordinary trade among neighbours can look like this."
    )
    others = dict.fromkeys(np.union1d(edges.payer[hops], edges.payee[hops]).tolist(), "intermediary")
    accounts, roles = cast(books, origin, "origin", others)
    return Finding(TYPOLOGY, accounts, roles, edges.rows[hops], score, reasons)


def _rounds_apart(cycles: Codes) -> int:
    """How many of the cycles can be picked, earliest first, so that no two share a transfer."""
    taken: set[int] = set()
    apart = 0
    for cycle in cycles[np.lexsort((cycles[:, 0], cycles.max(axis=1)))]:
        hops = set(cycle[cycle >= 0].tolist())
        if not hops & taken:
            taken |= hops
            apart += 1
    return apart


def _circle(edges: Edges, hops: Codes, books: Books) -> float:
    """Share of the transfers that two or more other accounts match: same receiver, same amount, at most a day apart."""
    matched = 0
    for hop in hops:
        rows = books.into.of(int(edges.payee[hop]))
        near = rows[
            (np.abs(books.index.time[rows] - edges.time[hop]) <= DAY)
            & (books.index.amount[rows] == int(edges.amount[hop]))
        ]
        matched += len(set(books.index.payer[near].tolist())) >= 3
    return matched / len(hops)
