"""Cycle: money comes back to where it set out through two to five other accounts, in time order, roughly whole.

The search (`kernels.find_cycles`) respects time at every hop and goes twice: once where the amount is roughly kept, and
once, whatever the amounts, over links made for it, where payer and payee have no other dealings in the whole ledger.
How much a cycle tells depends on the ledger: `expected` says how many cycles as fast and as even a ledger as busy
would show by chance, and the shape is no sign where everybody has it. Cycles that share a transfer, or run through the
same accounts, are one finding. A savings circle (*tanda*, *cundina*, rotating savings) makes cycles by design: its
mark is that several members pay the same amount to the same account on the same day.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from caudal.tracing.index import Codes, Ints
from caudal.typologies.books import CARD, Books, Flags, Lanes, Reals
from caudal.typologies.findings import INNOCENT, Finding, blend, cast, count, hours, minor_digits, money, percent, ramp
from caudal.typologies.kernels import DAY, find_cycles, group_rows, prune
from caudal.typologies.settings import Cycle, Settings

TYPOLOGY = "cycle"
COMMON = 3.0
"""Where more links than this follow a link within the window, links between strangers are too common to tell."""
log = logging.getLogger(__name__)


class Edges(NamedTuple):
    """The transfers that may lie on a cycle, as arrays of their own; `rows` leads back to the index."""

    rows: Ints
    time: Ints
    payer: Codes
    payee: Codes
    amount: Reals
    own: Flags


class Found(NamedTuple):
    """Single cycles: positions in the edges (found, max_accounts; -1 at the end), and what is known of each.

    `ways` are the other ways of the money (see `kernels.find_cycles`), `chance` how many cycles as fast and as even are
    expected by chance, `others` the cycles of as many other accounts about as unlikely, per thousand accounts.
    """

    cycles: Codes
    ways: Reals
    chance: Reals
    others: Reals


def detect(books: Books, settings: Settings) -> Iterator[Finding]:
    """The cycles, merged where they overlap."""
    own = settings.cycle
    edges, found = search(books, own)
    for members in _merged(edges, found.cycles):
        finding = _judge(
            books,
            own,
            edges,
            Found(found.cycles[members], found.ways[members], found.chance[members], found.others[members]),
        )
        if finding.score >= own.min_score:
            yield finding


def search(books: Books, own: Cycle) -> tuple[Edges, Found]:
    """The edges and every single cycle among them."""
    ix = books.index
    floor = int(own.min_amount * 10 ** minor_digits(books.base_currency))
    use = ~books.inner & (books.channel != CARD) & (ix.amount >= max(floor, 1))
    use &= ~books.pooled[ix.payer] & ~books.pooled[ix.payee]
    edges = _edges(books, np.flatnonzero(use), (books.dealings <= own.own_link)[use])
    kept = _search(books, own, edges, (own.min_hop, own.max_hop), (own.min_back, own.max_back))
    made = np.flatnonzero(edges.own).astype(np.int32)
    wide = (own.min_hop_own, own.max_hop_own)
    links = _edges(books, edges.rows[made], edges.own[made])
    spell = min(own.window_days, float(edges.time[-1] - edges.time[0]) / DAY) if len(edges.rows) else 0.0
    if _onward(books, links)[0] * spell > COMMON:
        made, links = made[:0], _edges(books, edges.rows[:0], edges.own[:0])
    other = _search(books, own, links, wide, wide)
    places = np.where(other.cycles >= 0, made[other.cycles], -1).astype(np.int32) if len(made) else other.cycles
    return edges, Found(
        np.concatenate([kept.cycles, places]),
        np.concatenate([kept.ways, other.ways]),
        np.concatenate([kept.chance, other.chance]),
        np.concatenate([kept.others, other.others]),
    )


def _search(books: Books, own: Cycle, edges: Edges, hop: tuple[float, float], back: tuple[float, float]) -> Found:
    width = int(own.window_days * DAY)
    hop, back = (float(hop[0]), float(hop[1])), (float(back[0]), float(back[1]))  # one kind: one compilation
    lanes = Lanes(*group_rows(edges.payer, books.account_count))
    into = Lanes(*group_rows(edges.payee, books.account_count))
    sides = (edges.time, edges.payer, edges.payee, edges.amount)
    alive = prune(into.start, into.rows, lanes.start, lanes.rows, *sides, width, *hop, *back, 4)
    cycles, ways, cut, full = find_cycles(
        *lanes, *sides, alive, own.min_accounts, own.max_accounts, width, *hop, *back,
        float(own.max_ways), own.effort, own.max_cycles,
    )  # fmt: skip
    if cut:
        log.warning("cycle search: %d starts were cut short after %d transfers looked at", cut, own.effort)
    if full:
        log.warning("cycle search: stopped after %d single cycles; lower max_ways or tighten min_hop", own.max_cycles)
    chance = expected(books, edges, cycles, hop)
    return Found(cycles, ways, chance, _others(edges, cycles, chance, books.account_count))


def expected(books: Books, edges: Edges, cycles: Codes, hop: tuple[float, float]) -> Reals:
    """How many cycles as fast and as even as each of these the ledger would show by chance.

    Were payees drawn at random by how much they receive, a transfer would be followed by `onward` others that leave in
    time and with an amount alike, and one in `1 / home` would lead to the origin. A wait counts as a day at least: a
    ledger of days knows no less, and its order within a day is not told.
    """
    number = len(edges.rows)
    if not len(cycles):
        return np.empty(0)
    per_day, home = _onward(books, edges)
    points = np.quantile(np.log(edges.amount), np.linspace(0, 1, 301))
    spread = np.sort(np.abs(points[:, None] - points).ravel())
    on = cycles[:, 1:] >= 0
    wait = np.where(on, edges.time[cycles[:, 1:]] - edges.time[cycles[:, :-1]], 0).max(axis=1) / DAY
    ratio = np.log(edges.amount[cycles[:, 1:]]) - np.log(edges.amount[cycles[:, :-1]])
    off = np.where(on, np.abs(ratio), 0).max(axis=1)
    alike = np.searchsorted(spread, np.maximum(off, 0.02)) / len(spread) if hop[1] < 3 else np.ones(len(cycles))
    onward = per_day * np.maximum(wait, 1.0) * alike
    chance: Reals = number * home * onward ** on.sum(axis=1)
    return chance


def _onward(books: Books, edges: Edges) -> tuple[float, float]:
    """Transfers that follow a transfer from its payee, per day, and the part of all that lead to a given origin."""
    if not len(edges.rows):
        return 0.0, 0.0
    paid = np.bincount(edges.payer, minlength=books.account_count).astype(np.float64)
    both = float((paid * np.bincount(edges.payee, minlength=books.account_count)).sum())
    days = max(float(edges.time[-1] - edges.time[0]) / DAY, 1.0)
    return both / len(edges.rows) / days, both / len(edges.rows) ** 2


def _others(edges: Edges, cycles: Codes, chance: Reals, accounts: int) -> Reals:
    """How many other account sets of the same size have a cycle about as unlikely (within a factor of 100) or more so.

    One number per cycle, per thousand accounts of the ledger (of which there are a thousand at least).
    """
    around = [tuple(sorted(edges.payer[c[c >= 0]].tolist())) for c in cycles]
    least: dict[tuple[int, ...], float] = {}
    for accounts_of, value in zip(around, chance.tolist(), strict=True):
        least[accounts_of] = min(value, least.get(accounts_of, value))
    by_size: dict[int, list[float]] = {}
    for accounts_of, value in least.items():
        by_size.setdefault(len(accounts_of), []).append(value)
    sizes = np.array([len(a) for a in around], dtype=np.int64)
    others = np.zeros(len(cycles))
    for size, values in by_size.items():
        mine = sizes == size
        others[mine] = np.searchsorted(np.sort(values), 100 * chance[mine], side="right") - 1
    return others * 1000.0 / max(accounts, 1000)


def _edges(books: Books, rows: Ints, own: Flags) -> Edges:
    ix = books.index
    return Edges(rows, ix.time[rows], ix.payer[rows], ix.payee[rows], ix.amount[rows].astype(np.float64), own)


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


def _judge(books: Books, own: Cycle, edges: Edges, found: Found) -> Finding:
    cycles, ways, chance = found.cycles, found.ways, found.chance
    length = (cycles >= 0).sum(axis=1)
    last = cycles[np.arange(len(cycles)), length - 1]
    kept = np.minimum(1.0, edges.amount[last] / edges.amount[cycles[:, 0]])
    took = (edges.time[last] - edges.time[cycles[:, 0]]) / 3.6e9
    best = int(np.lexsort((cycles[:, 0], took, -kept, chance * ways))[0])
    way = int(length[best])
    around = cycles[best, :way]
    uneven = float(np.abs(np.diff(np.log(edges.amount[around]))).mean())
    made = float(edges.own[around].mean())
    alone = float(found.others[best])
    hops = np.unique(cycles[cycles >= 0])
    rounds = len({frozenset(c[c >= 0].tolist()) for c in cycles})
    apart = _rounds_apart(cycles)
    circle = _circle(edges, hops, books)
    score = blend(
        {
            "kept": (ramp(float(kept[best]), 0.5, 0.95), 0.08),
            "even": (ramp(-uneven, -0.4, -0.03), 0.12),
            "hardly chance": (ramp(-float(np.log10(max(chance[best], 1e-9))), 0, 3), 0.30),
            "hardly another way": (ramp(-float(np.log10(ways[best])), -2.5, 0), 0.14),
            "speed": (ramp(-float(took[best]) / 24 / (way - 1), -own.window_days / 3, -1), 0.16),
            "again": (ramp(apart, 0, 4), 0.08),
            "no savings circle": (1 - circle, 0.12),
        }
    )
    score = round(score * (0.5 + 0.5 * ramp(-float(np.log10(max(alone, 0.1))), -0.7, 0)), 4)
    if circle > 0.5:
        score = round(score * (1.2 - circle), 4)
    origin = int(edges.payer[cycles[best, 0]])
    reasons = [
        f"{money(float(edges.amount[cycles[best, 0]]), books.base_currency)} came back to its origin through "
        f"{count(way - 1, 'other account')} in {hours(float(took[best]))}; {percent(float(kept[best]))} of it arrived.",
        f"{count(rounds, 'such way')} over {count(len(hops), 'transfer')} overlap or run through the same accounts; "
        f"{count(apart, 'round shares', 'rounds share')} no transfer with another.",
        f"In amount and time the money could have gone on in {count(int(ways[best]), 'way')} of this length "
        "(1: no account on the way sent anything else alike).",
        f"On {percent(made)} of the hops payer and payee have no other dealings; "
        f"payments as many at random would make about {float(chance[best]):.2g} cycles as fast and as even, "
        f"and {alone:.1f} others about as unlikely come on a thousand accounts of this ledger.",
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
