"""Innocent look-alikes: honest patterns that resemble the planted ones, so that false alarms can be measured."""

from __future__ import annotations

import numpy as np

from caudal.world.calendar import HOUR, SECOND
from caudal.world.economy import World
from caudal.world.firms import LANDLORD, PAYROLL, PROCESSOR, SCHOOL, SHOP, WHOLESALER
from caudal.world.money import CASH_LIMIT, SCALE
from caudal.world.people import DEPENDANT
from caudal.world.stage import CARD, CASH, TRANSFER, Stage
from caudal.world.streams import Ints, Reals, total


def how_many(accounts: int) -> int:
    """How many of each look-alike a world of this size has."""
    return max(1, round(accounts / 6000))


def fixed_fees(world: World) -> Stage:
    """Schools and churches: many families pay one account the same small sum every month or week."""
    rng, people, firms, calendar = world.rng("fees"), world.people, world.firms, world.calendar
    stage = world.stage()
    fees = world.texts.spoken("mensualidad", "tuition", "mensalidade")
    gifts = world.texts.spoken("diezmo", "offering", "dízimo")
    for number, school in enumerate(firms.of(SCHOOL)):
        near = np.flatnonzero(
            (people.city == firms.city[school]) & (people.position == 0) & (people.living != DEPENDANT)
        )
        families = rng.choice(near, min(len(near), int(rng.integers(25, 90))), replace=False)
        account = people.account[families]
        currency, wage = (
            world.local(account),
            np.full(len(families), people.wage[families].mean() if len(families) else 0),
        )
        church = number % 2 == 1
        part = 0.015 if church else rng.uniform(0.04, 0.08)
        amount = world.money.minor(wage * part, currency, np.zeros_like(families), note=True)
        if church:
            day = calendar.weekly(np.full(len(families), 6)) + rng.integers(
                0, 2, (len(families), calendar.days // 7 + 1)
            )
        else:
            day = calendar.monthly(rng.integers(1, 8, len(families)))
        paid = rng.random(day.shape) < (0.8 if church else 0.97)
        row, turn = np.nonzero(paid)
        time = calendar.at(rng, day[row, turn], world.utc(account[row]), 8, 18)
        text = world.speak(gifts if church else fees, account[row])
        stage.add(time, account[row], int(firms.account[school]), amount[row], currency[row], TRANSFER, text)
    return stage


def residence(world: World) -> Stage:
    """A landlord whose many tenants of a student residence pay the same rent on the same days."""
    rng, people, firms, calendar = world.rng("residence"), world.people, world.firms, world.calendar
    stage = world.stage()
    texts = world.texts.spoken("residencia", "dorm rent", "república")
    landlords = firms.of(LANDLORD)
    largest = landlords[np.argsort(-firms.size[landlords], kind="stable")][: how_many(world.book.accounts)]
    for landlord in largest:
        near = np.flatnonzero((people.city == firms.city[landlord]) & (people.position >= 1))
        tenants = rng.choice(near, min(len(near), int(rng.integers(15, 50))), replace=False)
        account = people.account[tenants]
        currency = world.local(account)
        amount = world.money.minor(np.full(len(tenants), 90.0), currency, np.zeros_like(tenants), note=True)
        day = calendar.monthly(rng.integers(1, 4, len(tenants)))
        time = calendar.at(rng, day, world.utc(account)[:, None])
        stage.add(
            time,
            account[:, None],
            int(firms.account[landlord]),
            amount[:, None],
            currency[:, None],
            TRANSFER,
            world.speak(texts, account)[:, None],
        )
    return stage


def processors(world: World) -> Stage:
    """Payment processors: take many small payments for shops and pass them on within hours, less a fee."""
    rng, people, firms, calendar = world.rng("processors"), world.people, world.firms, world.calendar
    stage = world.stage()
    orders = world.texts.spoken("pedido en línea", "online order", "pedido online")
    payouts = world.texts.spoken("liquidación comercio", "merchant payout", "repasse lojista")
    shops = firms.of(SHOP)
    for processor in firms.of(PROCESSOR):
        hub, country = int(firms.account[processor]), int(firms.country[processor])
        near = np.flatnonzero((people.country == country) & people.card)
        merchants = shops[firms.country[shops] == country]
        merchants = rng.choice(merchants, min(len(merchants), 12), replace=False)
        count = int(calendar.days * rng.uniform(6, 14))
        who, shop = rng.choice(near, count), rng.choice(merchants, count)
        day = calendar.random_days(rng, count)
        account = people.account[who]
        usd: Reals = people.budget[who] * 0.05 * rng.lognormal(0, 0.6, count)
        time = calendar.at(rng, day, world.utc(account), 7, 17)
        slots, place = np.unique(day * len(firms) + shop, return_inverse=True)
        fund = world.funds.new(len(slots))
        world.pay(stage, time, account, np.full(count, hub), usd, CARD, world.speak(orders, account), feeds=fund[place])
        due, last = total(place, usd, len(slots)), np.zeros(len(slots), dtype=np.int64)
        np.maximum.at(last, place, time)
        payee = firms.account[slots % len(firms)]
        later = last + rng.integers(1800, 4 * 3600, len(slots)) * SECOND
        text = world.speak(payouts, payee)
        world.pay(stage, later, np.full(len(slots), hub), payee, due * 0.972, TRANSFER, text, draws=fund)
    return stage


def savings_circles(world: World) -> Stage:
    """Tandas: neighbours pay a fixed sum every week to the member whose turn it is; the money goes round."""
    rng, people, calendar = world.rng("circles"), world.people, world.calendar
    stage = world.stage()
    texts = world.texts.spoken("tanda", "savings circle", "consórcio")
    cities = np.unique(people.city)
    weeks = calendar.days // 7 + 1
    for _ in range(2 * how_many(world.book.accounts)):
        near = np.flatnonzero((people.city == rng.choice(cities)) & (people.living != DEPENDANT) & (people.savings < 0))
        members = rng.choice(near, min(len(near), int(rng.integers(8, 13))), replace=False)
        if len(members) < 3:
            continue
        account = people.account[members]
        world.book.set_role(account, "savings circle")
        currency = world.local(account)
        usd = np.full(len(members), 0.05 * float(np.median(people.wage[members])))
        amount = world.money.minor(usd, currency, np.zeros_like(members), note=True)
        turn = account[(np.arange(weeks) + int(rng.integers(0, 20))) % len(members)]
        day = calendar.weekly(np.full(len(members), 5))
        time = calendar.at(rng, day, world.utc(account)[:, None], 8, 17)
        text = world.speak(texts, account)[:, None]
        stage.add(time, account[:, None], turn[None, :weeks], amount[:, None], currency[:, None], TRANSFER, text)
    return stage


def cash_shops(world: World) -> Stage:
    """Shops that bank their takings in sums just below the reporting limit, because that is what the safe holds."""
    rng, firms, calendar = world.rng("cash shops"), world.firms, world.calendar
    stage = world.stage()
    shops = firms.of(SHOP)
    largest = shops[np.argsort(-firms.size[shops], kind="stable")]
    picked = rng.choice(largest[: max(4, len(largest) // 5)], how_many(world.book.accounts), replace=False)
    wholesalers = firms.of(WHOLESALER)
    texts = world.texts.spoken("ventas del día", "daily takings", "vendas do dia")
    bills = world.texts.spoken("pago proveedor", "supplier payment", "pagamento fornecedor")
    for shop in picked:
        account = np.full(1, firms.account[shop])
        world.book.set_role(account, "cash shop")
        currency = world.local(account)
        day = np.arange(int(rng.integers(0, 4)), calendar.days, int(rng.integers(3, 6)))
        limit = float(CASH_LIMIT[currency[0]])
        amount = np.rint(limit * rng.uniform(0.86, 0.985, len(day)) / 10) * 10 * SCALE[currency[0]]
        time = calendar.at(rng, calendar.working_day(day), world.utc(account), 9, 16)
        stage.add(
            time, world.cash_of(account), account, amount.astype(np.int64), currency, CASH, world.speak(texts, account)
        )
        supplier = firms.account[rng.choice(wholesalers[firms.country[wholesalers] == firms.country[shop]], len(day))]
        later = time + rng.integers(30, 120, len(time)) * HOUR
        spent = (amount * rng.uniform(0.7, 0.95, len(day))).astype(np.int64)
        stage.add(later, account, supplier, spent, currency, TRANSFER, world.speak(bills, account))
    return stage


def on_behalf(world: World) -> Stage:
    """Honest payments that name a third person: `por cuenta de` somebody."""
    rng, people, calendar = world.rng("on behalf"), world.people, world.calendar
    stage = world.stage()
    count = max(3, world.book.accounts // 400)
    payer, payee, named = (rng.integers(0, len(people), count) for _ in range(3))
    payee = np.where(people.country[payee] == people.country[payer], payee, np.minimum(payer + 1, len(people) - 1))
    names = world.book.name_list(people.party[named])
    text = world.texts.some([f"por cuenta de {name}" for name in names])
    account = people.account[payer]
    time = calendar.at(rng, calendar.random_days(rng, count), world.utc(account))
    world.pay(stage, time, account, people.account[payee], rng.lognormal(4, 0.7, count), TRANSFER, text)
    return stage


def paymasters(world: World) -> Ints:
    """Per firm the account of the payroll firm that pays its wages, or -1. About one firm in fifty has one."""
    rng, firms = world.rng("paymasters"), world.firms
    account = np.full(len(firms), -1)
    for payroll in firms.of(PAYROLL):
        near = np.flatnonzero((firms.country == firms.country[payroll]) & firms.owned & (firms.kind != PAYROLL))
        clients = rng.choice(near, min(len(near), int(rng.integers(4, 12))), replace=False)
        account[clients] = firms.account[payroll]
    return account
