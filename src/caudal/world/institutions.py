"""Cities in use, banks, money-transfer agents, and the accounts they need themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from caudal.world.book import COMPANY, Book
from caudal.world.countries import COUNTRIES, FOREIGN_BANK, TRANSFER_AGENTS, country_index
from caudal.world.naming import addresses, documents
from caudal.world.streams import Ints, stream


@dataclass(frozen=True)
class Places:
    """Cities and institutions of a world, by code.

    Attributes:
        cities: name of every city in use.
        city_country: country of every city, shape (cities,).
        institutions: (id, name, kind, country) of every institution.
        banks: institution codes of every country's retail banks.
        foreign_bank: the institution whose accounts carry much of the group's channel.
        own: a bank's own account, by institution code; -1 for others, shape (institutions,).
        cash: the cash account of every bank in every city, -1 where it has no branch, shape (institutions, cities).
        agents: institution codes of the money-transfer agents.
        settlement: an agent's settlement account in every country, shape (agents, countries).
    """

    cities: tuple[str, ...]
    city_country: Ints
    institutions: tuple[tuple[str, str, str, int], ...]
    banks: tuple[Ints, ...]
    foreign_bank: int
    own: Ints
    cash: Ints
    agents: Ints
    settlement: Ints

    def cities_of(self, country: int) -> Ints:
        """The cities of a country."""
        return np.flatnonzero(self.city_country == country)

    def city_names(self, city: Ints) -> pa.Array:
        """Names of the given cities."""
        return pa.array(self.cities, pa.string()).take(pa.array(city))

    def choose_bank(self, rng: np.random.Generator, country: Ints) -> Ints:
        """A bank of each country; earlier banks of a country are larger."""
        chosen = np.zeros(len(country), dtype=np.int64)
        luck = rng.random(len(country))
        for code, banks in enumerate(self.banks):
            rows = country == code
            chance = np.cumsum(1 / np.arange(1, len(banks) + 1))
            chosen[rows] = banks[np.searchsorted(chance, luck[rows] * chance[-1]).clip(0, len(banks) - 1)]
        return chosen


def build_places(seed: int, book: Book, size: int) -> Places:
    """Found the cities and institutions for a world of `size` accounts and open their own accounts."""
    cities: list[str] = []
    city_country: list[int] = []
    institutions: list[tuple[str, str, str, int]] = []
    banks: list[list[int]] = []
    for code, country in enumerate(COUNTRIES):
        people = country.share * size
        least = 2 if country.code in ("us", "mx") else 1
        used = country.cities[: max(least, round(people / 160))]
        cities += used
        city_country += [code] * len(used)
        names = country.banks[: max(1, round(people / 300))]
        if country.code == "pa":
            names = country.banks
        banks.append(list(range(len(institutions), len(institutions) + len(names))))
        for number, name in enumerate(names):
            institutions.append((f"X{_letters(name)}{country.code.upper()}0{number + 1}", name, "bank", code))
    retail = len(institutions)
    agents = TRANSFER_AGENTS[: max(2, min(len(TRANSFER_AGENTS), round(size / 2500)))]
    for number, name in enumerate(agents):
        institutions.append((f"X{_letters(name)}US9{number + 1}", name, "money transfer", country_index("us")))

    rng = stream(seed, "institutions")
    home = np.array([i[3] for i in institutions])
    first_city = np.array([city_country.index(c) for c in home])
    parties = book.add_parties(
        COMPANY,
        pa.array([i[1] for i in institutions], pa.string()),
        home,
        first_city,
        documents=documents(rng, home, 1.0),
        addresses=addresses(rng, home, pa.array(cities).take(pa.array(first_city)), 1.0),
    )
    own = np.full(len(institutions), -1)
    every = np.arange(retail)
    own[:retail] = book.add_accounts(parties[:retail], every, first_city[:retail], home[:retail], "bank", pooled=True)
    where = np.array(city_country)
    foreign = next(i for i, row in enumerate(institutions) if row[1] == FOREIGN_BANK)
    cash = np.full((len(institutions), len(cities)), -1)
    pairs = np.argwhere(home[:retail, None] == where[None, :])
    pairs = pairs[pairs[:, 0] != foreign]  # the foreign bank has no branches: it holds accounts, it takes no cash
    cash[pairs[:, 0], pairs[:, 1]] = book.add_accounts(
        parties[pairs[:, 0]], pairs[:, 0], pairs[:, 1], where[pairs[:, 1]], "cash", pooled=True
    )
    served = np.array([c.remitted > 0 or c.code == "us" for c in COUNTRIES])
    desks = np.argwhere(np.broadcast_to(served, (len(agents), len(COUNTRIES))))
    settlement = np.full((len(agents), len(COUNTRIES)), -1)
    desk_city = np.array([city_country.index(c) for c in desks[:, 1]])
    settlement[desks[:, 0], desks[:, 1]] = book.add_accounts(
        parties[retail + desks[:, 0]], retail + desks[:, 0], desk_city, desks[:, 1], "agent", pooled=True
    )
    return Places(
        cities=tuple(cities),
        city_country=where,
        institutions=tuple(institutions),
        banks=tuple(np.array(b) for b in banks),
        foreign_bank=foreign,
        own=own,
        cash=cash,
        agents=np.arange(retail, len(institutions)),
        settlement=settlement,
    )


def _letters(name: str) -> str:
    """Three capitals from a name's last word, for an id that looks like a bank's code but starts with X."""
    plain = [c for c in name.rsplit(maxsplit=1)[-1].upper() if "A" <= c <= "Z"]
    return "".join([*plain, "X", "X", "X"][:3])
