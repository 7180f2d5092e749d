"""Firms: what they do, how large they are, whom they buy from, who owns them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.world.book import COMPANY, ORGANIZATION, Book
from caudal.world.countries import COUNTRIES, country_index
from caudal.world.institutions import Places
from caudal.world.naming import addresses, documents, firm_names
from caudal.world.streams import Flags, Ints, Reals, share_out, stream

KINDS = (
    "shop",
    "restaurant",
    "wholesaler",
    "manufacturer",
    "importer",
    "landlord",
    "dealer",
    "school",
    "processor",
    "payroll",
    "shell",
)
SHOP, RESTAURANT, WHOLESALER, MANUFACTURER, IMPORTER, LANDLORD, DEALER, SCHOOL, PROCESSOR, PAYROLL, SHELL = range(11)
GOVERNMENT, UTILITY = 11, 12
ROLES = (*KINDS, "government", "utility")

SHARE = {
    SHOP: 0.52,
    RESTAURANT: 0.13,
    WHOLESALER: 0.11,
    MANUFACTURER: 0.09,
    IMPORTER: 0.04,
    LANDLORD: 0.09,
    DEALER: 0.02,
}
"""How the ordinary firms divide into kinds."""

FIRMS_SHARE = 0.135
"""Ordinary firms among all accounts."""

COST = np.array([0.6, 0.35, 0.8, 0.5, 0.85, 0.1, 0.75, 0.1, 0.0, 0.0, 0.0, 0.0, 0.3])
"""What each kind spends on supplies, of its sales."""


@dataclass(frozen=True)
class Firms:
    """Firms as arrays of shape (firms,).

    Attributes:
        kind: place in ROLES; size: relative size, heavy-tailed (Pareto, as city and firm sizes are).
        biweekly: pays wages every second Friday; fortnightly: on the 15th and the last day; else monthly.
        owned: false for governments, utilities and firms abroad, whose owners are not in this world.
    """

    party: Ints
    account: Ints
    country: Ints
    city: Ints
    bank: Ints
    kind: Ints
    size: Reals
    biweekly: Flags
    fortnightly: Flags
    owned: Flags

    def __len__(self) -> int:
        return len(self.account)

    def of(self, *kinds: int) -> Ints:
        """The firms of the given kinds."""
        return np.flatnonzero(np.isin(self.kind, kinds))


def build_firms(seed: int, book: Book, places: Places, size: int, shells: int, lookalikes: int) -> Firms:
    """Found the firms for a world of `size` accounts, `shells` of them empty shells, `lookalikes` of each odd kind.

    Every city has at least two shops and a landlord, every country one firm of each ordinary kind, a government and a
    utility.
    """
    rng = stream(seed, "firms")
    country, city, kind = _layout(rng, places, size)
    extra_city, extra_kind = _odd_ones(rng, places, lookalikes)
    country = np.concatenate([country, places.city_country[extra_city]])
    city, kind = np.concatenate([city, extra_city]), np.concatenate([kind, extra_kind])
    count = len(kind)
    bank = places.choose_bank(rng, country)
    party = _register(rng, book, places, country, city, kind)
    roles = np.array([book.role(name) for name in ROLES])
    account = book.add_accounts(party, bank, city, country, roles[kind])
    sizes = np.minimum((1 - rng.random(count)) ** (-1 / 1.25), 60.0)
    luck = rng.random(count)

    rng = stream(seed, "shells")
    shell_country, shell_city, shell_bank = _shell_seats(rng, places, shells)
    shell_kind = np.full(shells, SHELL)
    shell_party = _register(rng, book, places, shell_country, shell_city, shell_kind)
    shell_account = book.add_accounts(shell_party, shell_bank, shell_city, shell_country, "shell")
    country, kind = np.concatenate([country, shell_country]), np.concatenate([kind, shell_kind])
    luck = np.concatenate([luck, np.ones(shells)])
    return Firms(
        party=np.concatenate([party, shell_party]),
        account=np.concatenate([account, shell_account]),
        country=country,
        city=np.concatenate([city, shell_city]),
        bank=np.concatenate([bank, shell_bank]),
        kind=kind,
        size=np.concatenate([sizes, np.ones(shells)]),
        biweekly=(country == 0) & (luck < 0.7),
        fortnightly=(country != 0) & (luck < 0.75),
        owned=(kind < GOVERNMENT) & (country != country_index("hk")) & (kind != SHELL) & (kind != SCHOOL),
    )


def _register(rng: np.random.Generator, book: Book, places: Places, country: Ints, city: Ints, kind: Ints) -> Ints:
    """Enter firms in the book under made-up names; governments and utilities are named for what they are."""
    names = firm_names(
        rng, KINDS, np.where(kind < GOVERNMENT, kind, SHELL), country, rng.integers(0, 1 << 20, len(kind))
    )
    public = kind >= GOVERNMENT
    names = pc.if_else(pa.array(public), pa.array(_public_names(country, kind), pa.string()), names)
    schema = pc.if_else(pa.array(public | (kind == SCHOOL)), ORGANIZATION, COMPANY)
    papers = documents(rng, country, 0.93)
    return book.add_parties(
        schema, names, country, city, documents=papers, addresses=addresses(rng, country, places.city_names(city), 0.96)
    )


def _layout(rng: np.random.Generator, places: Places, size: int) -> tuple[Ints, Ints, Ints]:
    """Country, city and kind of the ordinary firms, governments and utilities, sorted by kind."""
    rows: list[tuple[int, int, int]] = []
    homes = [code for code, c in enumerate(COUNTRIES) if c.share > 0]
    shares = share_out(int(size * FIRMS_SHARE), np.array([COUNTRIES[c].share for c in homes]))
    for code, firms in zip(homes, shares, strict=True):
        cities = places.cities_of(code)
        for kind, share in SHARE.items():
            least = 2 * len(cities) if kind == SHOP else len(cities) if kind == LANDLORD else 1
            number = max(least, round(int(firms) * share))
            sites = np.concatenate(
                [np.tile(cities, -(-least // len(cities)))[:least], _spread(rng, cities, number - least)]
            )
            rows += [(code, int(site), kind) for site in sites]
        rows += [(code, int(cities[0]), GOVERNMENT), (code, int(cities[0]), UTILITY)]
    abroad = country_index("hk")
    rows += [(abroad, int(places.cities_of(abroad)[0]), MANUFACTURER)] * max(2, round(size * 0.0015))
    table = np.array(rows)
    table = table[np.lexsort((table[:, 1], table[:, 2]))]
    return table[:, 0], table[:, 1], table[:, 2]


def _spread(rng: np.random.Generator, cities: Ints, number: int) -> Ints:
    weights = 1 / np.arange(1, len(cities) + 1) ** 0.7
    return rng.choice(cities, number, p=weights / weights.sum())


def _odd_ones(rng: np.random.Generator, places: Places, each: int) -> tuple[Ints, Ints]:
    """City and kind of schools and churches, payment processors and payroll firms."""
    homes = np.flatnonzero(places.city_country != country_index("hk"))
    kinds = np.repeat([SCHOOL, PROCESSOR, PAYROLL], [2 * each, each, each])
    return rng.choice(homes, len(kinds)), kinds


def _shell_seats(rng: np.random.Generator, places: Places, shells: int) -> tuple[Ints, Ints, Ints]:
    """Country, city and bank of the shells: the last third are fronts at the foreign bank in Panama."""
    fronts = max(1, shells // 3)
    codes = np.array([country_index(c) for c in ("mx", "co", "us", "cl", "pe", "ec")])
    country = np.concatenate([codes[np.arange(shells - fronts) % len(codes)], np.full(fronts, country_index("pa"))])
    city = np.array([rng.choice(places.cities_of(int(c))) for c in country], dtype=np.int64)
    bank = places.choose_bank(rng, country)
    bank[shells - fronts :] = places.foreign_bank
    return country, city, bank


def _public_names(country: Ints, kind: Ints) -> list[str]:
    """Names of governments' tax offices and of utilities; empty for others."""
    words = {
        "es": ("Tesorería Nacional", "Servicios Públicos"),
        "en": ("State Treasury", "Public Utilities"),
        "pt": ("Tesouro Nacional", "Serviços Públicos"),
    }
    return [
        f"{words[COUNTRIES[c].language][k - GOVERNMENT]} {COUNTRIES[c].code.upper()}" if k >= GOVERNMENT else ""
        for c, k in zip(country.tolist(), kind.tolist(), strict=True)
    ]
