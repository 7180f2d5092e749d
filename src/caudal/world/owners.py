"""Who owns the ordinary firms, and how accounts are evened out at the end of a month."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from caudal.world.calendar import HOUR, SECOND
from caudal.world.countries import COUNTRIES
from caudal.world.economy import World
from caudal.world.firms import SHELL
from caudal.world.people import DEPENDANT
from caudal.world.stage import TRANSFER, Payments, Stage
from caudal.world.streams import Ints, Lottery, Reals, total


@dataclass(frozen=True)
class Owners:
    """The owners of ordinary firms.

    Attributes:
        first: the person who owns it or most of it, -1 where it is nobody here; shape (firms,).
        second: a second owner, or -1; share: the first owner's share in parts per million.
    """

    first: Ints
    second: Ints
    share: Ints


def choose_owners(world: World) -> Owners:
    """One owner, or two of one household, for every firm owned by people of this world."""
    rng, people, firms = world.rng("owners"), world.people, world.firms
    likely = np.where((people.position == 0) & (people.living != DEPENDANT), np.maximum(people.wage, 1), 1e-9)
    lottery = Lottery(people.country, likely, int(firms.country.max()) + 1)
    first = np.full(len(firms), -1)
    owned = np.flatnonzero(firms.owned)
    first[owned] = lottery.draw(rng, firms.country[owned])
    neighbour = np.minimum(first + 1, len(people) - 1)
    kin = (first >= 0) & (neighbour != first) & (people.household[neighbour] == people.household[first])
    second = np.where(kin & (rng.random(len(firms)) < 0.4), neighbour, -1)
    share = np.where(second >= 0, rng.choice([500_000, 600_000, 510_000, 750_000], len(firms)), 1_000_000)
    return Owners(first, second, share)


def owners_live_off_firms(world: World, owners: Owners, left: Reals) -> World:
    """The same world with the owners' budgets raised by most of what their firms are expected to leave them."""
    people = world.people
    gains = (owners.first >= 0) & (left > 0)
    gain = total(owners.first[gains], left[gains] * 0.6, len(people))
    modest = np.minimum(gain, 5 * np.array([c.wage for c in COUNTRIES])[people.country])
    return replace(world, people=replace(people, budget=people.budget + modest))


def net_by_month(world: World, paid: Payments) -> Reals:
    """What every account received less what it paid, USD by month; shape (months, accounts)."""
    calendar, size = world.calendar, world.book.accounts
    day = calendar.day_of(paid.time)
    usd = world.money.usd(paid.amount, paid.currency.astype(np.int64), day)
    slot = calendar.month_of[day] * size
    net = total(slot + paid.payee, usd, calendar.months * size)
    net -= total(slot + paid.payer, usd, calendar.months * size)
    return net.reshape(calendar.months, size)


def even_out_firms(world: World, owners: Owners, net: Reals) -> Stage:
    """At the end of a month banks lend firms what is missing; firms repay, then pay their owners, from what is left.

    The ledger of a real bank has both; here they also keep balances from drifting away over a long window.
    """
    rng, firms, calendar = world.rng("profits"), world.firms, world.calendar
    stage = world.stage()
    profit = world.texts.spoken("retiro de utilidades", "owner draw", "distribuição de lucros")
    loan = world.texts.spoken("disposición línea de crédito", "credit line draw", "linha de crédito")
    repay = world.texts.spoken("abono línea de crédito", "credit line repayment", "amortização")
    sweep = world.texts.spoken("excedente de tesorería", "treasury sweep", "excedente de caixa")
    ordinary = firms.kind != SHELL
    bank, account = world.places.own[firms.bank], firms.account
    owner = np.where(owners.first >= 0, world.people.account[owners.first], bank)
    owed, carried = np.zeros(len(firms)), np.zeros(len(firms))
    for month, last in enumerate(calendar.month_ends):
        left = np.where(ordinary, net[month, account] + carried, 0.0)
        evening = calendar.origin + int(last) * 24 * HOUR + 22 * HOUR
        time = evening + rng.integers(0, 3000, len(firms)) * SECOND
        back = np.where(left > 60, np.minimum(owed, left * 0.9), 0.0)
        lent = np.where(left < -60, -left * rng.uniform(0.9, 1.0, len(firms)), 0.0)
        drawn = np.where(left - back > 60, (left - back) * rng.uniform(0.4, 0.7, len(firms)), 0.0)
        owed += lent - back
        carried = left + lent - back - drawn
        text = np.where(owners.first >= 0, world.speak(profit, account), world.speak(sweep, account))
        for usd, payer, payee, words in (
            (back, account, bank, world.speak(repay, account)),
            (lent, bank, account, world.speak(loan, account)),
            (drawn, account, owner, text),
        ):
            rows = np.flatnonzero(usd > 30)
            world.pay(stage, time[rows], payer[rows], payee[rows], usd[rows], TRANSFER, words[rows], note=True)
    return stage


def even_out_people(world: World, net: Reals) -> Stage:
    """At the end of a month people put aside part of what is left; banks lend to those far short."""
    rng, people, calendar = world.rng("savings"), world.people, world.calendar
    stage = world.stage()
    saved = world.texts.spoken("ahorro", "savings", "poupança")
    deposit = world.texts.spoken("depósito a plazo", "term deposit", "aplicação")
    loan = world.texts.spoken("crédito de consumo", "consumer loan", "empréstimo")
    bank = world.places.own[people.bank]
    carried = np.zeros(len(people))
    for month, last in enumerate(calendar.month_ends):
        left = net[month, people.account] + carried
        evening = calendar.origin + int(last) * 24 * HOUR + 23 * HOUR
        time = evening + rng.integers(0, 3000, len(people)) * SECOND
        plenty = np.flatnonzero((left > np.maximum(0.3 * people.budget, 80)) & (rng.random(len(people)) < 0.7))
        to = np.where(people.savings[plenty] >= 0, people.savings[plenty], bank[plenty])
        text = np.where(people.savings[plenty] >= 0, 0, 1)
        words = np.where(
            text == 0, world.speak(saved, people.account[plenty]), world.speak(deposit, people.account[plenty])
        )
        usd = left[plenty] * rng.uniform(0.4, 0.8, len(plenty))
        carried = left.copy()
        carried[plenty] -= usd
        world.pay(stage, time[plenty], people.account[plenty], to, usd, TRANSFER, words, note=True)
        short = np.flatnonzero(left < -np.maximum(0.8 * people.budget, 150))
        usd = -left[short] * rng.uniform(0.6, 0.9, len(short))
        carried[short] += usd
        words = world.speak(loan, people.account[short])
        world.pay(stage, time[short], bank[short], people.account[short], usd, TRANSFER, words, note=True)
    return stage
