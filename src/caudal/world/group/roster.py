"""Who works for the group: people and shells picked from the world, each with one part to play."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np

from caudal.world.countries import country_index
from caudal.world.economy import World
from caudal.world.firms import SHELL
from caudal.world.streams import Ints

DESIGNATED = date(2025, 2, 20)
"""Day the first designations of the made-up list take effect: that of Tren de Aragua and seven others in life."""

SHARE = 0.0075
LEAST = 20
"""The group holds this share of all accounts, and at least this many."""

LABELS = (
    "extortion",
    "hand-over",
    "smuggling fee",
    "funnel",
    "structuring",
    "mule layer",
    "trade shell",
    "facilitator fee",
    "goods purchase",
    "group spending",
)
EXTORTION, HAND_OVER, SMUGGLING, FUNNEL, STRUCTURING, LAYER, TRADE_SHELL, FEE, GOODS, SPENDING = range(len(LABELS))

CELL_COUNTRIES = ("co", "pe", "us", "cl", "ec", "mx", "ve")
NETWORK_COUNTRIES = ("mx", "co", "us", "cl", "pe", "ec")


def strength(accounts: int) -> dict[str, int]:
    """How many of each part a group has in a world of `accounts` accounts; at least one of each."""
    total = max(LEAST, round(accounts * SHARE))
    cells = max(2, round(total * 0.05))
    parts = {
        "leader": max(1, round(total * 0.03)),
        "shell": max(4, round(total * 0.11)),
        "facilitator": max(1, round(total * 0.02)),
        "collector": cells,
        "successor": cells,
        "relative": max(1, cells // 2),
        "smuggler": max(1, round(total * 0.04)),
        "funnel": max(1, round(total * 0.07)),
        "structurer": max(1, round(total * 0.05)),
        "mule": max(4, round(total * 0.25)),
    }
    parts["cell"] = max(2, total - sum(parts.values()))
    return parts


@dataclass
class Schemes:
    """The planted schemes; each has a number and an id such as `extortion-0003`."""

    ids: list[str] = field(default_factory=list)

    def new(self, label: int, count: int = 1) -> Ints:
        """Numbers of `count` new schemes of one label."""
        word = LABELS[label].replace(" ", "-")
        first = len(self.ids)
        known = sum(i.startswith(word) for i in self.ids)
        self.ids += [f"{word}-{known + i + 1:04d}" for i in range(count)]
        return np.arange(first, first + count)


@dataclass(frozen=True)
class Roster:
    """The group's accounts by part.

    Attributes:
        people: for each part played by people, their positions in `World.people`.
        cell_city: city of every cell; collector, successor k belong to cell k, member i to cell i modulo cells.
        relative: per cell the account of the collector's relative, or -1.
        shells, fronts: accounts of shells, and of those at the foreign bank.
        network: network of every mule; hop: its place in it, 0 first; depth: hops of every network.
        home: country of every network.
    """

    people: dict[str, Ints]
    cell_city: Ints
    relative: Ints
    shells: Ints
    fronts: Ints
    network: Ints
    hop: Ints
    depth: Ints
    home: Ints

    @property
    def cells(self) -> int:
        """Number of street cells."""
        return len(self.cell_city)


class _Recruiter:
    """Takes people nobody else has taken: ordinary ones with a single account, in an order shuffled once per place."""

    def __init__(self, world: World, rng: np.random.Generator) -> None:
        self.people, self.rng = world.people, rng
        household = world.book.role("household")
        self.free = (world.people.savings < 0) & (world.book.account_role[world.people.account] == household)
        self._queues: dict[tuple[str, int], list[int]] = {}

    def _queue(self, kind: str, place: int) -> list[int]:
        if (kind, place) not in self._queues:
            here = self.free if kind == "anywhere" else self.free & (getattr(self.people, kind) == place)
            self._queues[kind, place] = self.rng.permutation(np.flatnonzero(here)).tolist()
        return self._queues[kind, place]

    def take(self, count: int, *, city: int | None = None, country: str = "us") -> Ints:
        """`count` people of a city or, without one, of a country; from anywhere where there are too few."""
        chosen: list[int] = []
        near = ("city", city) if city is not None else ("country", country_index(country))
        for queue in (self._queue(*near), self._queue("anywhere", 0)):
            while queue and len(chosen) < count:
                person = queue.pop()
                if self.free[person]:
                    self.free[person] = False
                    chosen.append(person)
        return np.array(chosen, dtype=np.int64)

    def take_around(self, count: int, countries: tuple[str, ...]) -> Ints:
        """`count` people, one country after the other."""
        if count == 0:
            return np.empty(0, dtype=np.int64)
        return np.concatenate([self.take(1, country=countries[i % len(countries)]) for i in range(count)])


def recruit(world: World) -> Roster:
    """Pick the group and mark its accounts in the book."""
    rng, parts = world.rng("group roster"), strength(world.book.accounts)
    recruiter = _Recruiter(world, rng)
    cells = parts["collector"]
    cities = [world.places.cities_of(country_index(c)) for c in CELL_COUNTRIES]
    order = [int(c[turn]) for turn in range(max(map(len, cities))) for c in cities if turn < len(c)]
    cell_city = np.array([order[k % len(order)] for k in range(cells)])
    people: dict[str, Ints] = {}
    for part in ("collector", "successor"):
        people[part] = np.concatenate([recruiter.take(1, city=int(c)) for c in cell_city])
    kin_cells = np.sort(rng.choice(cells, parts["relative"], replace=False))
    people["relative"] = np.concatenate([recruiter.take(1, city=int(cell_city[k])) for k in kin_cells])
    relative = np.full(cells, -1)
    relative[kin_cells] = world.people.account[people["relative"]]
    people["cell"] = np.concatenate([recruiter.take(1, city=int(cell_city[i % cells])) for i in range(parts["cell"])])
    people["leader"] = recruiter.take_around(parts["leader"], ("ve", "co", "pe"))
    people["facilitator"] = recruiter.take_around(parts["facilitator"], ("pa", "co", "us"))
    people["smuggler"] = recruiter.take_around(parts["smuggler"], ("mx", "co", "gt", "mx"))
    people["funnel"] = recruiter.take_around(parts["funnel"], ("us", "us", "cl", "us", "co"))
    people["structurer"] = recruiter.take_around(parts["structurer"], ("us", "mx", "us", "pe", "cl"))

    mules = parts["mule"]
    networks = max(1, mules // 6)
    network = np.arange(mules) * networks // mules
    home = np.array([country_index(NETWORK_COUNTRIES[k % len(NETWORK_COUNTRIES)]) for k in range(networks)])
    codes = [NETWORK_COUNTRIES[k % len(NETWORK_COUNTRIES)] for k in range(networks)]
    people["mule"] = np.concatenate(
        [recruiter.take(int((network == k).sum()), country=codes[k]) for k in range(networks)]
    )
    depth = np.array([int(rng.integers(2, 5)) if (network == k).sum() >= 6 else 2 for k in range(networks)])
    place = np.arange(mules) - np.searchsorted(network, np.arange(networks))[network]
    hop = place % depth[network]

    firms = world.firms
    shells = firms.account[firms.of(SHELL)]
    abroad = world.book.account_institution[shells] == world.places.foreign_bank
    roster = Roster(people, cell_city, relative, shells[~abroad], shells[abroad], network, hop, depth, home)
    _mark(world, roster)
    return roster


def _mark(world: World, roster: Roster) -> None:
    role = {"successor": "collector", "smuggler": "smuggling facilitator"}
    for part, who in roster.people.items():
        account = world.people.account[who]
        world.book.account_group[account] = True
        world.book.set_role(account, role.get(part, part))
    world.book.account_group[roster.shells] = True
    world.book.account_group[roster.fronts] = True
    world.book.set_role(roster.fronts, "foreign front")
