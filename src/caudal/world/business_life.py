"""Ordinary life of firms: what they sell, buy, bank in cash and pay in wages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from caudal.world.calendar import SECOND
from caudal.world.countries import COUNTRIES, country_index
from caudal.world.economy import World
from caudal.world.firms import (
    COST,
    DEALER,
    GOVERNMENT,
    IMPORTER,
    LANDLORD,
    MANUFACTURER,
    RESTAURANT,
    SCHOOL,
    SHOP,
    UTILITY,
    WHOLESALER,
)
from caudal.world.household_life import cash_budget
from caudal.world.people import DEPENDANT, INFORMAL, SALARIED, TAXES, UTILITIES
from caudal.world.stage import CASH, TRANSFER, WIRE, Stage
from caudal.world.streams import Flags, Ints, Lottery, Reals, lognormal, total

PUBLIC = 0.16
"""Share of salaries paid by the government."""


@dataclass(frozen=True)
class Trade:
    """Expected monthly money of firms, in USD, and who supplies whom.

    Attributes:
        sales, cash_sales, purchases: shape (firms,).
        buyer, supplier, volume: one row per pair of firms that trade.
    """

    sales: Reals
    cash_sales: Reals
    purchases: Reals
    buyer: Ints
    supplier: Ints
    volume: Reals


def plan_trade(world: World) -> Trade:
    """Follow what households spend up the chain: shops, then wholesalers, then makers and importers, then abroad."""
    rng, people, firms = world.rng("trade plan"), world.people, world.firms
    count, cities = len(firms), len(world.places.cities)
    sales: Reals = np.zeros(count)
    shops = firms.of(SHOP, RESTAURANT)
    weight = total(firms.city[shops], firms.size[shops], cities)[firms.city[shops]]
    part = firms.size[shops] / np.maximum(weight, 1e-9)
    by_card = total(people.city, (people.budget - cash_budget(world)) * people.card, cities)
    # Cash taken out comes back through the tills of shops, and as deposits of people who are paid in cash.
    earned = total(people.city, people.wage * (people.living == INFORMAL), cities)
    spent = total(people.city, cash_budget(world), cities)
    in_cash = np.maximum(spent * 1.15 - earned, spent * 0.25)
    cash_sales = np.zeros(count)
    cash_sales[shops] = in_cash[firms.city[shops]] * part
    sales[shops] = by_card[firms.city[shops]] * part + cash_sales[shops]
    landlords = firms.of(LANDLORD)
    rents = total(people.city, people.rent, cities)
    weight = total(firms.city[landlords], firms.size[landlords], cities)
    sales[landlords] = (rents / np.maximum(weight, 1e-9))[firms.city[landlords]] * firms.size[landlords]
    for kind, part_of_wage in ((UTILITY, UTILITIES), (GOVERNMENT, TAXES)):
        offices = firms.of(kind)
        takings = total(
            people.country, people.wage * (people.living != DEPENDANT) * part_of_wage, firms.country.max() + 1
        )
        sales[offices] = takings[firms.country[offices]]
    schools = firms.of(SCHOOL)
    sales[schools] = 2.0 * np.array([c.wage for c in COUNTRIES])[firms.country[schools]]
    edges: list[tuple[Ints, Ints, Reals]] = []
    abroad = country_index("hk")
    chain: tuple[tuple[tuple[int, ...], tuple[int, ...], int], ...] = (
        ((SHOP, RESTAURANT, LANDLORD, UTILITY), (WHOLESALER, DEALER), 3),
        ((WHOLESALER, DEALER), (MANUFACTURER, IMPORTER), 4),
        ((MANUFACTURER,), (MANUFACTURER, IMPORTER, WHOLESALER), 3),
        ((IMPORTER,), (MANUFACTURER,), 3),
    )
    for buyers_kind, sellers_kind, ties in chain:
        importing = buyers_kind == (IMPORTER,)
        buyers = firms.of(*buyers_kind)
        buyers = buyers[firms.country[buyers] != abroad]
        number = 1 + rng.binomial(ties, 0.6, len(buyers))
        buyer = np.repeat(buyers, number)
        share: Reals = rng.gamma(1.2, 1.0, len(buyer)) + 0.05
        share = share / total(buyer, share, count)[buyer]
        sellers = firms.of(*sellers_kind)
        there = firms.country[buyer]
        if importing:  # half of imports come from Asia, the rest from makers in the United States and Mexico
            there = rng.choice([abroad, 0, 1], len(buyer), p=[0.5, 0.35, 0.15])
        supplier = sellers[Lottery(firms.country[sellers], firms.size[sellers], len(COUNTRIES)).draw(rng, there)]
        volume = sales[buyer] * COST[firms.kind[buyer]] * share
        keep = (supplier != buyer) & (volume > 1)
        edges.append((buyer[keep], supplier[keep], volume[keep]))
        sales += total(supplier[keep], volume[keep], count)
    buyer, supplier, volume = (np.concatenate(column) for column in zip(*edges, strict=True))
    return Trade(sales, cash_sales, total(buyer, volume, count), buyer, supplier, volume)


def trade(world: World, plan: Trade) -> Stage:
    """Invoices between firms that know each other; few large and many small, on working days."""
    rng, firms, calendar = world.rng("trade"), world.firms, world.calendar
    stage = world.stage()
    pace = np.clip(rng.lognormal(0.25, 0.6, len(plan.buyer)), 0.4, 8)
    edge = np.repeat(np.arange(len(pace)), rng.poisson(pace * calendar.days / 30.4))
    # Single invoices are skewed, but a pair trades what it plans to: firms do not buy what they cannot sell.
    size = lognormal(rng, len(edge), 1.0, 0.9)
    usd = (plan.volume * calendar.days / 30.4)[edge] * size / total(edge, size, len(pace))[edge]
    payer, payee = firms.account[plan.buyer[edge]], firms.account[plan.supplier[edge]]
    time = calendar.at(rng, calendar.random_days(rng, len(edge), weekend=0.06), world.utc(payer), 8, 17)
    first = np.array([world.texts.numbered(word, 1000, 9000) for word in ("factura", "invoice", "nota fiscal")])
    purpose = world.speak(first, payer) + rng.integers(0, 8000, len(edge))
    cross = world.country(payer) != world.country(payee)
    world.pay(stage, time, payer, payee, usd, np.where(cross, WIRE, TRANSFER), purpose)
    return stage


def tills(world: World, plan: Trade) -> Stage:
    """Shops bring their cash to the bank once or twice a week."""
    rng, firms, calendar = world.rng("tills"), world.firms, world.calendar
    stage = world.stage()
    shops = np.flatnonzero(plan.cash_sales > 0)
    pace = rng.uniform(3, 8, len(shops))
    turn = np.repeat(np.arange(len(shops)), rng.poisson(pace * calendar.days / 30.4))
    account = firms.account[shops[turn]]
    usd = (plan.cash_sales[shops] / pace)[turn] * lognormal(rng, len(turn), 1.0, 0.35)
    day = calendar.random_days(rng, len(turn), weekend=0.2)
    time = calendar.at(rng, day, world.utc(account), 9, 17)
    world.pay(stage, time, world.cash_of(account), account, usd, CASH, world.speak(_takings(world), account), note=True)
    return stage


def _takings(world: World) -> Ints:
    return world.texts.spoken("ventas del día", "daily takings", "vendas do dia")


def hire(world: World, plan: Trade) -> Ints:
    """The employer of every salaried person, in proportion to what firms have left for wages; -1 for others.

    Jobs are dealt along the firms of a country in equal steps, so that a firm's staff fits its means to within one job;
    firms that cannot feed one employee are run by their owners.
    """
    rng, people, firms = world.rng("jobs"), world.people, world.firms
    employer = np.full(len(people), -1)
    left = np.maximum(plan.sales - plan.purchases, 0)
    for country in np.unique(people.country):
        workers = np.flatnonzero((people.living == SALARIED) & (people.country == country))
        rng.shuffle(workers)
        public = round(len(workers) * PUBLIC)
        here = firms.country == country
        employer[workers[:public]] = np.flatnonzero(here & (firms.kind == GOVERNMENT))[0]
        workers = workers[public:]
        private = np.flatnonzero(here & (firms.kind != GOVERNMENT) & (left > 0))
        able = private[left[private] > (people.wage[workers].mean() if len(workers) else 0)]
        able = rng.permutation(able if len(able) else private)
        means = np.cumsum(left[able])
        step = (np.arange(len(workers)) + rng.random()) / max(len(workers), 1) * means[-1]
        employer[workers] = able[np.searchsorted(means, step, side="right").clip(0, len(able) - 1)]
    return employer


def left_after_wages(world: World, plan: Trade, employer: Ints) -> Reals:
    """What each firm expects to keep a month after supplies and wages, USD; shape (firms,)."""
    people = world.people
    jobs = employer >= 0
    return plan.sales - plan.purchases - total(employer[jobs], people.wage[jobs], len(world.firms))


def wages(world: World, employer: Ints, paymaster: Ints) -> Stage:
    """Salaries: every second Friday, twice a month, or monthly; the same sum each time for most.

    `paymaster` is, per firm, the account of the payroll firm that pays in its name (-1: it pays itself). It gets the
    sum and its fee the day before.
    """
    rng, people, firms, calendar = world.rng("wages"), world.people, world.firms, world.calendar
    stage = world.stage()
    months, weeks = calendar.months, calendar.days // 14 + 2
    friday = (4 - calendar.start.weekday()) % 7 - 14
    ends = np.append(calendar.month_first[1:] - 1, calendar.month_first[-1] + 29)
    days_of: tuple[tuple[Flags, Ints, float], ...] = (
        (firms.biweekly, friday + 14 * np.arange(weeks), 12 / 26),
        (
            firms.fortnightly & ~firms.biweekly,
            np.concatenate([calendar.working_day(calendar.month_first + 14), calendar.working_day(ends)]),
            0.5,
        ),
        (~firms.fortnightly & ~firms.biweekly, calendar.working_day(ends), 1.0),
    )
    texts = world.texts.spoken("nómina", "payroll", "salário")
    service = world.texts.spoken("servicio de nómina", "payroll service", "serviço de folha")
    for who_pays, days, part in days_of:
        staff = np.flatnonzero((employer >= 0) & who_pays[np.maximum(employer, 0)])
        firm = employer[staff]
        payer = np.where(paymaster[firm] >= 0, paymaster[firm], firms.account[firm])
        account = people.account[staff]
        currency = world.local(account)
        usual = world.money.minor(people.wage[staff] * part, currency, np.zeros_like(staff))
        extra = np.where(
            rng.random((len(days), len(staff))) < 0.12, rng.uniform(1.02, 1.3, (len(days), len(staff))), 1.0
        )
        amount = np.rint(usual * extra).astype(np.int64)
        opens = rng.integers(0, 5400, len(firms))[firm] * SECOND
        for turn, day in enumerate(days):
            time = calendar.at(rng, np.full(len(staff), day), world.utc(account), 7, 8) + opens
            served = paymaster[firm] >= 0
            clients, place = np.unique(firm[served], return_inverse=True)
            fund = world.funds.new(len(clients))
            draws = np.full(len(staff), -1)
            draws[served] = fund[place]
            stage.add(time, payer, account, amount[turn], currency, TRANSFER, world.speak(texts, account), draws=draws)
            due = total(place, amount[turn][served] * 1.012, len(clients))
            if len(clients) and months:
                when = calendar.at(rng, np.full(len(clients), day - 1), world.utc(firms.account[clients]), 10, 16)
                stage.add(
                    when,
                    firms.account[clients],
                    paymaster[clients],
                    np.maximum(np.rint(due), 1).astype(np.int64),
                    world.local(firms.account[clients]),
                    TRANSFER,
                    world.speak(service, firms.account[clients]),
                    feeds=fund,
                )
    return stage
