"""Everything a stage needs to know of the world, in one place."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from caudal.world.book import Book
from caudal.world.calendar import Calendar
from caudal.world.countries import COUNTRIES, currency_index
from caudal.world.firms import Firms
from caudal.world.institutions import Places
from caudal.world.money import Money
from caudal.world.people import People
from caudal.world.stage import Funds, Stage
from caudal.world.streams import Ints, Reals, stream
from caudal.world.texts import LANGUAGE_OF, Texts

CURRENCY_OF: Ints = np.array([currency_index(c.currency) for c in COUNTRIES])
"""The currency of each country."""

UTC_OF: Ints = np.array([c.utc for c in COUNTRIES])
"""Hours from UTC of each country."""


@dataclass(frozen=True)
class World:
    """The world before anything is paid in it: who is there, where, and the calendar and rates they live by."""

    seed: int
    calendar: Calendar
    money: Money
    places: Places
    book: Book
    people: People
    firms: Firms
    texts: Texts
    funds: Funds = field(default_factory=Funds)

    def rng(self, actor: str) -> np.random.Generator:
        """The random stream of an actor."""
        return stream(self.seed, actor)

    def stage(self) -> Stage:
        """An empty stage for this world's window."""
        return Stage(self.calendar.origin, self.calendar.end, self.funds.linked)

    def country(self, account: Ints) -> Ints:
        """The country of each account."""
        return self.book.account_country[account]

    def utc(self, account: Ints) -> Ints:
        """Hours from UTC where each account is kept."""
        return UTC_OF[self.country(account)]

    def local(self, account: Ints) -> Ints:
        """The currency of each account's country."""
        return CURRENCY_OF[self.country(account)]

    def speak(self, texts: Ints, account: Ints) -> Ints:
        """For each account the text in its country's language; `texts` has shape (3,) from `Texts.spoken`."""
        return texts[LANGUAGE_OF[self.country(account)]]

    def cash_of(self, account: Ints) -> Ints:
        """The cash account of each account's bank in its city; -1 where the bank takes no cash."""
        return self.places.cash[self.book.account_institution[account], self.book.account_city[account]]

    def pay(
        self,
        stage: Stage,
        time: Ints,
        payer: Ints,
        payee: Ints,
        usd: Reals,
        channel: Ints | int,
        purpose: Ints | int = 0,
        *,
        note: bool = False,
        label: Ints | int = -1,
        scheme: Ints | int = -1,
        coerced: bool = False,
        draws: Ints | int = -1,
        feeds: Ints | int = -1,
    ) -> None:
        """Pay amounts given in USD: in the currency of the country if both accounts are there, else in USD.

        All arrays have one dimension; `note` rounds to the handy sum of the currency.
        """
        home = self.country(payer)
        currency = np.where(home == self.country(payee), CURRENCY_OF[home], 0)
        amount = self.money.minor(usd, currency, self.calendar.day_of(time), note)
        stage.add(
            time, payer, payee, amount, currency, channel, purpose, label=label, scheme=scheme, coerced=coerced,
            draws=draws, feeds=feeds,
        )  # fmt: skip
