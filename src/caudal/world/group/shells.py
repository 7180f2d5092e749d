"""Trade-based laundering: shells pay over-invoiced imports to fronts at the foreign bank, which buy goods for less."""

from __future__ import annotations

import numpy as np

from caudal.world.calendar import HOUR
from caudal.world.countries import country_index
from caudal.world.economy import World
from caudal.world.firms import DEALER, MANUFACTURER, WHOLESALER
from caudal.world.group.pots import Pots
from caudal.world.group.roster import FEE, GOODS, SPENDING, TRADE_SHELL, Roster, Schemes
from caudal.world.stage import TRANSFER, WIRE, Stage

GOODS_TEXTS = ("mobile phones", "textiles", "vehicles", "auto parts", "footwear")


def invoice(world: World, roster: Roster, found: Pots, schemes: Schemes) -> Stage:
    """Shells turn what reached them into invoices of a front, one to three a pot, most of them suspiciously round."""
    rng, stage = world.rng("trade shells"), world.stage()
    if not len(found):
        return stage
    scheme = schemes.new(TRADE_SHELL, len(roster.shells))
    scheme_of = np.zeros(world.book.accounts, dtype=np.int64)
    scheme_of[roster.shells] = scheme
    partner = np.zeros(world.book.accounts, dtype=np.int64)
    partner[roster.shells] = roster.fronts[np.arange(len(roster.shells)) % len(roster.fronts)]
    parts = rng.integers(1, 4, len(found))
    pot = np.repeat(np.arange(len(found)), parts)
    cut = rng.gamma(2.0, 1.0, len(pot))
    usd = found.usd[pot] * rng.uniform(0.86, 0.97, len(found))[pot] * cut / np.bincount(pot, cut)[pot]
    usd = np.where(usd > 2000, np.rint(usd / 500) * 500, usd)
    first = world.texts.numbered("factura importación", 100, 999)
    time = found.time[pot] + rng.integers(5, 90, len(pot)) * HOUR
    shell = found.account[pot]
    purpose = first + rng.integers(0, 899, len(pot))
    world.pay(
        stage, time, shell, partner[shell], usd, WIRE, purpose, label=TRADE_SHELL, scheme=scheme_of[shell],
        draws=found.fund[pot],
    )  # fmt: skip
    return stage


def disguise(world: World, roster: Roster) -> Stage:
    """Shells also trade a little with honest firms, so that they look alive; ordinary payments, not labelled."""
    rng, stage, calendar, firms = world.rng("shell trade"), world.stage(), world.calendar, world.firms
    honest = firms.of(WHOLESALER)
    count = len(roster.shells) * max(1, calendar.days // 9)
    shell = rng.choice(roster.shells, count)
    other = rng.choice(honest, count)
    near = honest[np.searchsorted(firms.country[honest], world.country(shell)).clip(0, len(honest) - 1)]
    other = np.where(firms.country[near] == world.country(shell), near, other)
    usd = rng.lognormal(np.log(900), 0.7, count)
    time = calendar.at(rng, calendar.random_days(rng, count, weekend=0.1), world.utc(shell), 9, 17)
    purpose = world.texts.numbered("factura", 1, 990) + rng.integers(0, 989, count)
    sells = rng.random(count) < 0.55
    payer = np.where(sells, firms.account[other], shell)
    payee = np.where(sells, shell, firms.account[other])
    world.pay(stage, time, payer, payee, usd, TRANSFER, purpose)
    return stage


def fronts(world: World, roster: Roster, found: Pots, schemes: Schemes) -> Stage:
    """What fronts do with the money: goods from lawful merchants, the leaders' share, and the facilitators' fees."""
    rng, stage, firms = world.rng("fronts"), world.stage(), world.firms
    count = len(found)
    if not count:
        return stage
    abroad = country_index("hk")
    makers, dealers = firms.of(MANUFACTURER), firms.of(DEALER)
    merchants = np.concatenate([makers[firms.country[makers] == abroad], dealers, firms.of(WHOLESALER)[:3]])
    favourite = rng.choice(merchants, (len(roster.fronts), 4))
    place = np.searchsorted(np.sort(roster.fronts), found.account)
    goods, own, fees = schemes.new(GOODS)[0], schemes.new(SPENDING)[0], schemes.new(FEE)[0]
    texts = world.texts.some(GOODS_TEXTS)
    for _ in range(2):
        seller = firms.account[favourite[place, rng.integers(0, 4, count)]]
        usd = found.usd * rng.uniform(0.15, 0.28, count)
        time = found.time + rng.integers(20, 200, count) * HOUR
        text = texts[rng.integers(0, len(texts), count)]
        world.pay(stage, time, found.account, seller, usd, WIRE, text, label=GOODS, scheme=int(goods), draws=found.fund)
    people = world.people.account
    leader = people[rng.choice(roster.people["leader"], count)]
    time = found.time + rng.integers(30, 240, count) * HOUR
    words = world.texts.one("dividendos")
    usd = found.usd * rng.uniform(0.18, 0.3, count)
    world.pay(stage, time, found.account, leader, usd, WIRE, words, label=SPENDING, scheme=int(own), draws=found.fund)
    lawyer = people[rng.choice(roster.people["facilitator"], count)]
    time = found.time + rng.integers(48, 300, count) * HOUR
    words = world.texts.one("honorarios profesionales")
    world.pay(
        stage, time, found.account, lawyer, np.maximum(found.usd * 0.02, 250), WIRE, words, label=FEE, scheme=int(fees),
        draws=found.fund,
    )  # fmt: skip
    return stage
