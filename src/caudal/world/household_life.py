"""Ordinary life of people: rent, dues, family, cash, and paying shops by card."""

from __future__ import annotations

import numpy as np

from caudal.world.economy import World
from caudal.world.firms import GOVERNMENT, LANDLORD, RESTAURANT, SHOP, UTILITY
from caudal.world.people import DEPENDANT, INFORMAL, PENSIONER, TAXES, UTILITIES
from caudal.world.stage import CARD, CASH, DEBIT, TRANSFER, Stage
from caudal.world.streams import Ints, Lottery, Reals, lognormal

CARD_TICKETS = 6.4
"""Card payments of a person a month."""

AWAY = 0.15
"""Share of card payments made in another city of the same country."""


def rent(world: World) -> Stage:
    """Tenants pay a landlord of their city the same round sum early every month."""
    rng, people, firms, calendar = world.rng("rent"), world.people, world.firms, world.calendar
    stage = world.stage()
    tenants = np.flatnonzero(people.rent > 0)
    landlords = firms.of(LANDLORD)
    lottery = Lottery(firms.city[landlords], firms.size[landlords], len(world.places.cities))
    home = landlords[lottery.draw(rng, people.city[tenants])]
    day = calendar.monthly(rng.integers(1, 7, len(tenants))) + rng.integers(0, 2, (len(tenants), calendar.months))
    payer = people.account[tenants]
    currency = world.local(payer)
    amount = world.money.minor(people.rent[tenants], currency, np.zeros_like(payer), note=True)
    texts = world.texts.by_month("renta", "rent", "aluguel")
    language = world.speak(np.arange(3), payer)
    purpose = texts[language[:, None], calendar.month_names[None, :]]
    time = calendar.at(rng, day, world.utc(payer)[:, None])
    stage.add(time, payer[:, None], firms.account[home][:, None], amount[:, None], currency[:, None], TRANSFER, purpose)
    return stage


def dues(world: World) -> Stage:
    """Taxes and utilities, by direct debit once a month."""
    rng, people, firms, calendar = world.rng("dues"), world.people, world.firms, world.calendar
    stage = world.stage()
    payers = np.flatnonzero(people.living != DEPENDANT)
    for kind, share, texts in (
        (GOVERNMENT, TAXES, world.texts.spoken("impuestos", "taxes", "impostos")),
        (UTILITY, UTILITIES, world.texts.spoken("luz y agua", "utilities", "luz e água")),
    ):
        offices = firms.of(kind)
        office = np.zeros(firms.country.max() + 1, dtype=np.int64)
        office[firms.country[offices]] = firms.account[offices]
        account = people.account[payers]
        day = calendar.working_day(calendar.monthly(rng.integers(3, 27, len(payers))))
        usd = people.wage[payers] * share * rng.uniform(0.8, 1.2, (calendar.months, len(payers)))
        for month in range(calendar.months):
            time = calendar.at(rng, day[:, month], world.utc(account))
            world.pay(
                stage, time, account, office[people.country[payers]], usd[month], DEBIT, world.speak(texts, account)
            )
    return stage


def family(world: World) -> Stage:
    """The head of a household hands money to its dependants every month, in one or two parts."""
    rng, people, calendar = world.rng("family"), world.people, world.calendar
    stage = world.stage()
    head = np.maximum.accumulate(np.where(people.position == 0, np.arange(len(people)), 0))
    getting = np.flatnonzero((people.family < 0) & (people.position > 0))
    texts = np.stack(
        [world.texts.spoken(*t) for t in (("mesada", "allowance", "mesada"), ("gastos de casa", "household", "casa"))]
    )
    for part in range(2):
        day = calendar.monthly(rng.integers(1 + 14 * part, 14 + 14 * part, len(getting)))
        for month in range(calendar.months):
            usd = -people.family[getting] / 2 * rng.uniform(0.85, 1.15, len(getting))
            payer = people.account[head[getting]]
            time = calendar.at(rng, day[:, month], world.utc(payer), 8, 18)
            purpose = np.where(rng.random(len(getting)) < 0.4, 0, world.speak(texts[part], payer))
            world.pay(stage, time, payer, people.account[getting], usd, TRANSFER, purpose, note=True)
    return stage


def cash_budget(world: World) -> Reals:
    """USD a month each person takes out in cash: a fifth of the budget, most of it without a card."""
    people = world.people
    return people.budget * np.where(people.card, 0.18, 0.85)


def cash(world: World) -> Stage:
    """People take out cash; those paid in cash bring some of it to the bank."""
    rng, people, calendar = world.rng("cash"), world.people, world.calendar
    stage = world.stage()
    account = people.account
    notes = world.texts.spoken("retiro de efectivo", "cash withdrawal", "saque")
    monthly = np.where(people.card, 1.4, 2.6)
    who, day = _visits(rng, monthly * calendar.days / 30.4, calendar.days, world)
    usd = cash_budget(world)[who] / monthly[who] * lognormal(rng, len(who), 1.0, 0.35)
    time = calendar.at(rng, day, world.utc(account[who]), 8, 18.5)
    world.pay(
        stage, time, account[who], world.cash_of(account[who]), usd, CASH, world.speak(notes, account[who]), note=True
    )
    earners = np.flatnonzero(people.living == INFORMAL)
    where = [f"depósito en efectivo {c}" for c in world.places.cities]
    texts = world.texts.some(where)
    often = np.full(len(earners), 2.2)
    turn, day = _visits(rng, often * calendar.days / 30.4, calendar.days, world)
    who = earners[turn]
    usd = people.wage[who] / 2.2 * lognormal(rng, len(who), 1.0, 0.3)
    time = calendar.at(rng, day, world.utc(account[who]), 8.5, 17)
    world.pay(stage, time, world.cash_of(account[who]), account[who], usd, CASH, texts[people.city[who]], note=True)
    return stage


def _visits(rng: np.random.Generator, mean: Reals, days: int, world: World) -> tuple[Ints, Ints]:
    """For each person a Poisson number of visits: who, and on which day."""
    who = np.repeat(np.arange(len(mean)), rng.poisson(mean))
    return who, world.calendar.random_days(rng, len(who), weekend=0.7)


def pensions(world: World) -> Stage:
    """Pensions from the treasury, early in the month."""
    rng, people, firms, calendar = world.rng("pensions"), world.people, world.firms, world.calendar
    stage = world.stage()
    treasury = np.zeros(firms.country.max() + 1, dtype=np.int64)
    offices = firms.of(GOVERNMENT)
    treasury[firms.country[offices]] = firms.account[offices]
    old = np.flatnonzero(people.living == PENSIONER)
    account = people.account[old]
    currency = world.local(account)
    amount = world.money.minor(people.wage[old], currency, np.zeros_like(old))
    day = calendar.working_day(calendar.monthly(np.full(len(old), 3)))
    time = calendar.at(rng, day, world.utc(account)[:, None], 8, 10)
    texts = world.speak(world.texts.spoken("pensión", "pension", "aposentadoria"), account)
    payer = treasury[people.country[old]]
    stage.add(time, payer[:, None], account[:, None], amount[:, None], currency[:, None], TRANSFER, texts[:, None])
    return stage


def card(world: World) -> Stage:
    """Card payments at shops and restaurants, mostly in the person's own city, often at the same few places."""
    rng, people, firms, calendar = world.rng("card"), world.people, world.firms, world.calendar
    stage = world.stage()
    shops = firms.of(SHOP, RESTAURANT)
    local = Lottery(firms.city[shops], firms.size[shops], len(world.places.cities))
    national = Lottery(firms.country[shops], firms.size[shops], int(firms.country.max()) + 1)
    pace = CARD_TICKETS * rng.gamma(4, 0.25, len(people)) * people.card
    who = np.repeat(np.arange(len(people)), rng.poisson(pace * calendar.days / 30.4))
    favourites = np.stack([shops[local.draw(rng, people.city)] for _ in range(4)], axis=1)
    place = favourites[who, rng.integers(0, 4, len(who))]
    luck = rng.random(len(who))
    elsewhere = luck < 0.3
    place[elsewhere] = shops[local.draw(rng, people.city[who[elsewhere]])]
    away = luck > 1 - AWAY
    place[away] = shops[national.draw(rng, people.country[who[away]])]
    monthly = people.budget - cash_budget(world)
    usd = lognormal(rng, len(who), (monthly / np.maximum(pace, 1e-9))[who], 0.75)
    day = calendar.random_days(rng, len(who), weekend=1.3)
    payer = people.account[who]
    time = calendar.at(rng, day, world.utc(payer), 8, 21)
    world.pay(stage, time, payer, firms.account[place], usd, CARD, 0)
    return stage
