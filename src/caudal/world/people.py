"""People and their households: where they live, what they earn, who sends money to whom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from caudal.world.book import PERSON, Book
from caudal.world.countries import COUNTRIES
from caudal.world.institutions import Places
from caudal.world.names import CULTURES
from caudal.world.naming import addresses, births, documents, people_names, plain
from caudal.world.streams import Flags, Ints, Lottery, Reals, even_lognormal, lognormal, share_out, stream, total

SALARIED, INFORMAL, PENSIONER, DEPENDANT = range(4)
"""How a person lives: a salary, work paid in cash, a pension, or on the family."""

REMITTANCE_MEAN = 393.0
"""Mean remittance in USD: Banxico, 2024 (164.7 million transfers to Mexico)."""

TAXES, UTILITIES = 0.18, 0.06
"""Dues of everybody with an income, of that income. Taxes pay for pensions and public wages."""

SPELT_TWICE = 0.02
"""Share of people whose name the bank holds in two spellings."""

SAVERS = 0.09
"""Share of people with a second account for savings."""


@dataclass(frozen=True)
class People:
    """People as arrays of shape (people,); money in USD a month.

    Attributes:
        account: the person's account; savings: a second one or -1.
        household: number of the household; position: place in it, 0 is its first adult.
        living: SALARIED, INFORMAL, PENSIONER or DEPENDANT.
        wage: income from work or pension; budget: what is left for daily life after rent, dues and family.
        rent, received, family: rent paid, remittances received, and money given (+) or got (-) in the family.
        card: pays shops by card; others take out cash.
        recipient: whom the person sends remittances to, or -1; ticket: the usual amount.
        fortnightly: sends twice a month.
    """

    party: Ints
    account: Ints
    savings: Ints
    country: Ints
    city: Ints
    bank: Ints
    household: Ints
    position: Ints
    living: Ints
    wage: Reals
    budget: Reals
    rent: Reals
    received: Reals
    family: Reals
    card: Flags
    recipient: Ints
    ticket: Reals
    fortnightly: Flags
    surname: Ints

    def __len__(self) -> int:
        return len(self.account)


def build_people(seed: int, book: Book, places: Places, accounts: int) -> People:
    """Settle as many people as fill `accounts` accounts, savings accounts included."""
    savers = int(accounts * SAVERS / (1 + SAVERS))
    count = accounts - savers
    rng = stream(seed, "people")
    country, city, household, position = _households(rng, places, count)
    living = _living(rng, position)
    median = np.array([c.wage for c in COUNTRIES])[country]
    factor = np.array([1.0, 0.75, 0.55, 0.0])[living]
    wage = lognormal(rng, count, median * 1.15, 0.5) * factor

    culture = np.zeros(count, dtype=np.int64)
    for code, place in enumerate(COUNTRIES):
        rows = np.flatnonzero(country == code)
        weights = np.array([w for _, w in place.cultures])
        kinds = np.array([CULTURES.index(name) for name, _ in place.cultures])
        homes = rng.choice(kinds, count, p=weights / weights.sum())[household[rows]]
        culture[rows] = homes
    family_a, family_b = (rng.integers(0, 1 << 20, count)[household] for _ in range(2))
    other = rng.integers(0, 1 << 20, count)
    first = np.where(position == 1, family_b, family_a)
    second = np.where(position <= 1, other, family_b)

    recipient, ticket, fortnightly = _remittances(seed, country, living, position, wage, culture)
    kin = np.flatnonzero((recipient >= 0) & (rng.random(count) < 0.7))
    first[kin], second[kin] = first[recipient[kin]], second[recipient[kin]]
    culture[kin] = culture[recipient[kin]]

    names = people_names(
        culture, rng.random(count) < 0.5, rng.integers(0, 1 << 20, count), first, second, rng.random(count) < 0.25
    )
    bank = places.choose_bank(rng, country)
    party = book.add_parties(
        PERSON,
        names,
        country,
        city,
        births(rng, count, 1945, 2004),
        documents(rng, country),
        addresses(rng, country, places.city_names(city)),
    )
    for row in np.flatnonzero(rng.random(count) < SPELT_TWICE).tolist():
        name = names[row].as_py()
        book.aliases[int(party[row])] = plain(name) if plain(name) != name else name.upper()
    account = book.add_accounts(party, bank, city, country, "household")
    second_account = np.full(count, -1)
    chosen = rng.choice(count, savers, replace=False) if savers else np.empty(0, dtype=np.int64)
    chosen.sort()
    second_account[chosen] = book.add_accounts(party[chosen], bank[chosen], city[chosen], country[chosen], "savings")

    monthly = ticket * np.where(fortnightly, 2, 1)
    received = total(recipient[recipient >= 0], monthly[recipient >= 0], count)
    tenant = (rng.random(count) < 0.5) & (position == 0) & (living != DEPENDANT)
    rent = np.where(tenant, wage * rng.uniform(0.18, 0.3, count), 0.0)
    family = _family_money(household, position, living, wage, received)
    budget = np.maximum(
        wage * (0.98 - TAXES - UTILITIES) - rent - np.where(recipient >= 0, monthly, 0) + received * 0.9 - family, 20.0
    )
    return People(
        party=party,
        account=account,
        savings=second_account,
        country=country,
        city=city,
        bank=bank,
        household=household,
        position=position,
        living=living,
        wage=wage,
        budget=budget,
        rent=rent,
        received=received,
        family=family,
        card=rng.random(count) < np.where(country == 0, 0.92, 0.7),
        recipient=recipient,
        ticket=ticket,
        fortnightly=fortnightly,
        surname=first,
    )


def _households(rng: np.random.Generator, places: Places, count: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Country, city, household and place in it of everyone; people of one household are neighbours in the arrays."""
    shares = share_out(count, np.array([c.share for c in COUNTRIES]))
    country = np.repeat(np.arange(len(COUNTRIES)), shares)
    sizes = rng.choice(np.arange(1, 6), count, p=[0.22, 0.3, 0.22, 0.18, 0.08])
    starts = np.zeros(count, dtype=bool)
    ends = np.cumsum(sizes)
    starts[0] = True
    starts[ends[ends < count]] = True
    starts[np.cumsum(shares)[shares > 0][:-1]] = True  # a household does not straddle a border
    household = np.cumsum(starts) - 1
    position = np.arange(count) - np.flatnonzero(starts)[household]
    city = np.zeros(count, dtype=np.int64)
    luck = rng.random(count)[household]
    for code in range(len(COUNTRIES)):
        rows = country == code
        cities = places.cities_of(code)
        chance = np.cumsum(1 / np.arange(1, len(cities) + 1) ** 0.7)
        city[rows] = cities[np.searchsorted(chance, luck[rows] * chance[-1]).clip(0, len(cities) - 1)]
    return country, city, household, position


def _living(rng: np.random.Generator, position: Ints) -> Ints:
    luck = rng.random(len(position))
    adult = np.searchsorted([0.66, 0.89, 1.0], luck, side="right")
    other = np.searchsorted([0.46, 0.64, 0.74, 1.0], luck, side="right")
    return np.where(position == 0, adult, other).clip(0, 3)


def _remittances(
    seed: int, country: Ints, living: Ints, position: Ints, wage: Reals, culture: Ints
) -> tuple[Ints, Reals, Flags]:
    """Who in the United States sends money to whom abroad, how much at a time, and who does so twice a month."""
    rng = stream(seed, "remittance ties")
    count = len(country)
    recipient, ticket = np.full(count, -1), np.zeros(count)
    likely = (country == 0) & (living <= INFORMAL) & (culture != CULTURES.index("english"))
    senders = np.flatnonzero(likely & (rng.random(count) < 0.9))
    remitted = np.array([c.remitted for c in COUNTRIES])
    there = rng.choice(len(COUNTRIES), len(senders), p=remitted / remitted.sum())
    homes = Lottery(country, np.where(position <= 1, 1.0, 0.2), len(COUNTRIES))
    recipient[senders] = homes.draw(rng, there)
    senders = senders[recipient[senders] >= 0]
    tickets = even_lognormal(rng, len(senders), REMITTANCE_MEAN, 0.55)
    ticket[senders[np.argsort(wage[senders] * rng.lognormal(0, 0.5, len(senders)), kind="stable")]] = np.sort(tickets)
    return recipient, ticket, rng.random(count) < 0.3


def _family_money(household: Ints, position: Ints, living: Ints, wage: Reals, received: Reals) -> Reals:
    """What each person gives to the household's dependants a month (+), or gets (-); sums to nothing per household."""
    dependants = total(household, living == DEPENDANT, len(household))[household]
    head = position == 0
    given = np.where(head & (dependants > 0), 0.22 * (wage + received), 0.0)
    pot = total(household, given, len(household))[household]
    got = np.where((living == DEPENDANT) & ~head, pot / np.maximum(dependants, 1), 0.0)
    return given - got
