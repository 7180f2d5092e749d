"""Who takes the place of a blocked account of the group: existing accounts with room to spare, then a recruit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from caudal.world.calendar import DAY
from caudal.world.economy import World
from caudal.world.group import Group
from caudal.world.stage import Payments
from caudal.world.streams import Ints, Reals, total
from caudal.world.twin.blocks import Blocks, within
from caudal.world.twin.fates import NEVER
from caudal.world.twin.measure import Measure

MONTH = 30 * DAY
CANDIDATES = 6
"""How many existing accounts the group tries before it waits."""


@dataclass(frozen=True)
class StandIns:
    """Per account of the group that gets blocked, by account.

    Attributes:
        notices: when the group knows.
        existing: accounts that can carry its payments, nearest first.
        recruit: the account that takes its place, -1 where none does; starts: from when.
        spare: per account, USD of others' payments it can carry in 30 days.
    """

    notices: dict[int, int]
    existing: dict[int, list[int]]
    recruit: dict[int, int]
    starts: dict[int, int]
    spare: Reals


def stand_ins(
    world: World, group: Group, paid: Payments, usd: Reals, blocks: Blocks, begin: int, measure: Measure
) -> StandIns:
    """Plan who takes over. Luck belongs to the account, so that freezing others too does not change it."""
    book, rules = world.book, measure.group
    luck = world.rng("twin adaptation").random((3, book.accounts))
    part, place, country = _parts(world, group)
    busiest = _busiest(paid, usd, begin, world)
    typical = np.array([_median(busiest[part == p]) for p in range(int(part.max()) + 1)])
    idle = (busiest == 0) & (part >= 0)
    busiest[idle] = typical[part[idle]]
    blocked = np.flatnonzero((part >= 0) & (blocks.since < NEVER))
    everyone = np.flatnonzero(part >= 0)
    notices = {int(a): int(blocks.since[a] + within(luck[0][a : a + 1], rules.notice_days)[0]) for a in blocked}
    existing: dict[int, list[int]] = {}
    for a in blocked.tolist():
        same = everyone[(part[everyone] == part[a]) & (everyone != a)]
        # A place differs from another by cell or network first, by country next; luck decides among equals.
        far = 2.0 * (place[same] != place[a]) + (country[same] != country[a]) + luck[1][same] * 0.5
        existing[a] = same[np.argsort(far, kind="stable")][:CANDIDATES].tolist()
    recruit, starts = _recruits(world, blocks, everyone, blocked, busiest, luck[2], begin, measure)
    return StandIns(notices, existing, recruit, starts, busiest * rules.spare)


def _parts(world: World, group: Group) -> tuple[Ints, Ints, Ints]:
    """Per account: the part it plays (-1: none), its place in it (cell, or network and hop), its country."""
    roster, account = group.roster, world.people.account
    part, place = np.full(world.book.accounts, -1), np.full(world.book.accounts, -1)
    # A relative takes payments for the collector, and a successor is a collector in waiting: one part.
    same = {"successor": "collector", "relative": "collector"}
    names = sorted({same.get(p, p) for p in roster.people})
    cells = np.arange(roster.cells)
    for name, who in roster.people.items():
        part[account[who]] = names.index(same.get(name, name))
        place[account[who]] = {
            "collector": cells,
            "successor": cells,
            "mule": roster.network * 8 + roster.hop,
            "cell": np.arange(len(who)) % max(1, roster.cells),
        }.get(name, np.zeros(len(who), dtype=np.int64) if name != "relative" else np.flatnonzero(roster.relative >= 0))
    part[roster.shells], part[roster.fronts] = len(names), len(names) + 1
    return part, place, world.book.account_country


def _busiest(paid: Payments, usd: Reals, begin: int, world: World) -> Reals:
    """The most planted USD each account took in within 30 days that ended before the measure."""
    size = world.book.accounts
    rows = np.flatnonzero((paid.label >= 0) & (paid.time < begin))
    months = (begin - 1 - paid.time[rows]) // MONTH
    count = int(months.max()) + 1 if len(rows) else 1
    sums = total(months * size + paid.payee[rows], usd[rows], count * size)
    most: Reals = sums.reshape(count, size).max(axis=0)
    return most


def _median(values: Reals) -> float:
    busy = values[values > 0]
    return float(np.median(busy)) if len(busy) else 0.0


def _recruits(
    world: World,
    blocks: Blocks,
    everyone: Ints,
    blocked: Ints,
    busiest: Reals,
    luck: Reals,
    begin: int,
    measure: Measure,
) -> tuple[dict[int, int], dict[int, int]]:
    """A recruit for every blocked account, the busiest first, at most so many a month."""
    book, people, rules = world.book, world.people, measure.group
    rng = world.rng("twin recruits")
    ordinary = (people.savings < 0) & (book.account_role[people.account] == book.role("household"))
    ordinary &= ~book.account_coerced[people.account] & ~book.account_group[people.account]
    queues = {
        int(c): rng.permutation(np.flatnonzero(ordinary & (people.country == c))) for c in np.unique(people.country)
    }
    turn = dict.fromkeys(queues, 0)
    promised: dict[int, int] = {}
    for a in everyone.tolist():  # promised to every account of the group, blocked or not: the same in every twin
        country = int(book.account_country[a])
        queue = queues.get(country, np.empty(0, dtype=np.int64))
        if turn.get(country, 0) < len(queue):
            promised[a] = int(people.account[queue[turn[country]]])
            turn[country] += 1
    recruit: dict[int, int] = {}
    starts: dict[int, int] = {}
    if rules.recruits_per_month <= 0:
        return recruit, starts
    a_month = rules.recruits_per_month * len(everyone)
    ready = blocks.since[blocked] + within(luck[blocked], rules.recruit_days)
    order = np.lexsort((blocked, -busiest[blocked], (blocks.since[blocked] - begin) // MONTH))
    for number, row in enumerate(order.tolist()):
        a = int(blocked[row])
        if a in promised and blocks.since[promised[a]] == NEVER:
            recruit[a] = promised[a]
            starts[a] = max(int(ready[row]), begin + int((number + 1) / a_month * MONTH))
    return recruit, starts
