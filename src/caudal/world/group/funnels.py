"""Cash into the banks: funnel accounts fed in many cities, and deposits kept just below the reporting limit."""

from __future__ import annotations

import numpy as np

from caudal.world.calendar import HOUR, SECOND
from caudal.world.economy import World
from caudal.world.group.roster import FUNNEL, STRUCTURING, Roster, Schemes
from caudal.world.money import CASH_LIMIT, SCALE
from caudal.world.stage import CASH, WIRE, Stage
from caudal.world.streams import Ints


def entry_mules(world: World, roster: Roster, rng: np.random.Generator, count: int) -> Ints:
    """`count` accounts of mules that stand first in a network."""
    first = world.people.account[roster.people["mule"][roster.hop == 0]]
    return rng.choice(first, count)


def funnel(world: World, roster: Roster, schemes: Schemes) -> Stage:
    """Deposits by many hands in many cities of a country into one account, wired on to a mule within a day or two."""
    rng, stage, calendar = world.rng("funnels"), world.stage(), world.calendar
    branches = world.texts.some([f"depósito en efectivo {c}" for c in world.places.cities])
    scheme = schemes.new(FUNNEL, len(roster.people["funnel"]))
    for number, who in enumerate(roster.people["funnel"]):
        account = int(world.people.account[who])
        country = int(world.people.country[who])
        desks = world.places.cash[:, world.places.cities_of(country)]
        counters = desks[desks >= 0]
        mule = entry_mules(world, roster, rng, 2)
        # A funnel is used for some weeks, then another takes over.
        opens = int(rng.integers(-10, max(1, calendar.days // 2)))
        active = np.arange(max(0, opens), min(calendar.days, opens + int(rng.integers(30, 90))))
        day = np.repeat(active, rng.poisson(0.6, len(active)))
        if not len(day):
            continue
        currency = world.local(np.full(len(day), account))
        limit = CASH_LIMIT[currency]
        amount = np.rint(rng.uniform(0.06, 0.38, len(day)) * limit / 20) * 20
        amount = np.maximum(amount, 20) * SCALE[currency]
        counter = rng.choice(counters, len(day))
        time = calendar.at(rng, day, world.utc(np.full(len(day), account)), 9, 16)
        text = branches[world.book.account_city[counter]]
        days, place = np.unique(day, return_inverse=True)
        fund = world.funds.new(len(days))
        stage.add(
            time, counter, account, amount.astype(np.int64), currency, CASH, text, label=FUNNEL,
            scheme=int(scheme[number]), feeds=fund[place],
        )  # fmt: skip
        usd = world.money.usd(amount.astype(np.int64), currency, day)
        total, last = np.bincount(place, usd), np.zeros(len(days), dtype=np.int64)
        np.maximum.at(last, place, time)
        later = last + rng.integers(2 * 3600, 40 * 3600, len(days)) * SECOND
        world.pay(
            stage,
            later,
            np.full(len(days), account),
            mule[rng.integers(0, 2, len(days))],
            total * rng.uniform(0.93, 0.985, len(days)),
            WIRE,
            0,
            label=FUNNEL,
            scheme=int(scheme[number]),
            draws=fund,
        )
    return stage


def structure(world: World, roster: Roster, schemes: Schemes) -> Stage:
    """Runs of cash deposits just below the local reporting limit, then one wire of most of it to a mule or shell."""
    rng, stage, calendar = world.rng("structuring"), world.stage(), world.calendar
    scheme = schemes.new(STRUCTURING, len(roster.people["structurer"]))
    texts = np.concatenate([[0], world.texts.some(["ventas", "deposito", "cash deposit"])])
    for number, who in enumerate(roster.people["structurer"]):
        account, home = int(world.people.account[who]), int(world.people.country[who])
        desks = world.places.cash[:, world.places.cities_of(home)]
        counters = desks[desks >= 0]
        runs = np.sort(rng.integers(0, calendar.days, max(1, calendar.days // 24)))
        for start in runs:
            steps = int(rng.integers(3, 7))
            day = start + np.sort(rng.integers(0, 5, steps))
            currency = world.local(np.full(steps, account))
            amount = np.rint(CASH_LIMIT[currency] * rng.uniform(0.88, 0.995, steps) / 10) * 10 * SCALE[currency]
            time = calendar.at(rng, day, world.utc(np.full(steps, account)), 9, 16)
            text = texts[rng.integers(0, len(texts), steps)]
            fund = world.funds.new(1)
            stage.add(
                time, rng.choice(counters, steps), account, amount.astype(np.int64), currency, CASH, text,
                label=STRUCTURING, scheme=int(scheme[number]), feeds=fund,
            )  # fmt: skip
            kept = time < calendar.end
            usd = world.money.usd(amount.astype(np.int64), currency, calendar.day_of(time))[kept].sum()
            if usd <= 0:
                continue
            later = time[kept].max() + rng.integers(4, 50, 1) * HOUR
            payee = rng.choice(roster.shells, 1) if rng.random() < 0.4 else entry_mules(world, roster, rng, 1)
            world.pay(
                stage, later, np.full(1, account), payee, usd * rng.uniform(0.93, 0.98, 1), WIRE, 0,
                label=STRUCTURING, scheme=int(scheme[number]), draws=fund,
            )  # fmt: skip
    return stage
