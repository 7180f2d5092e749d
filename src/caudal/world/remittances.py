"""Remittances from the United States through money-transfer agents.

Mean ticket about USD 393 (Banxico, 2024) and 49.6% paid out in cash (Banxico, 2025), the rest to accounts. Both legs
are in the ledger: sender to the agent's settlement account, and from the agent's account in the other country to the
recipient's account or to the counter of a bank that pays cash. The reference number in the payment text joins them.
"""

from __future__ import annotations

import numpy as np

from caudal.world.calendar import HOUR, Calendar
from caudal.world.economy import World
from caudal.world.stage import CASH, REMITTANCE, WIRE, Payments, Stage
from caudal.world.streams import Ints, Reals

PAID_IN_CASH = 0.496
SPREAD = 0.012
"""What the agent keeps in the exchange rate."""

SETTLEMENT = "settlement"
"""What the agents' own weekly payments say."""


def send(
    world: World,
    stage: Stage,
    rng: np.random.Generator,
    time: Ints,
    sender: Ints,
    recipient: Ints,
    usd: Reals,
    texts: Ints,
    agent: Ints,
    cash_share: float = PAID_IN_CASH,
    *,
    label: Ints | int = -1,
    scheme: Ints | int = -1,
) -> None:
    """Send remittances of the given USD, one per row, between accounts of two countries.

    `texts` are what the payments say, shape (3,) by language; `agent` chooses the agent of each.
    """
    if not len(time):
        return
    places, count = world.places, len(time)
    settlement = places.settlement[agent % len(places.agents)]
    paying, there = settlement[np.arange(count), world.country(sender)], world.country(recipient)
    paid_from = settlement[np.arange(count), there]
    numbers = rng.integers(10_000_000, 100_000_000, count)
    reference = np.array([world.texts.with_numbers(f"{text} ref", numbers) for text in world.texts.words(texts)])[
        :, None
    ]
    reference = reference + np.arange(count)
    amount = np.maximum(np.rint(usd * 100), 100).astype(np.int64)
    home = world.speak(np.arange(3), sender)
    fund = world.funds.new(count)
    stage.add(
        time, sender, paying, amount, 0, REMITTANCE, reference[home, np.arange(count)], label=label, scheme=scheme,
        feeds=fund,
    )  # fmt: skip
    abroad = world.speak(np.arange(3), recipient)
    counter = world.cash_of(recipient)
    cash = (rng.permutation(count) < cash_share * count) & (counter >= 0)
    delay = np.where(cash, rng.integers(HOUR // 2, 60 * HOUR, count), rng.integers(HOUR // 30, 8 * HOUR, count))
    later = time + delay // 1_000_000 * 1_000_000
    day = world.calendar.day_of(later)
    currency = world.local(recipient)
    paid = world.money.minor(amount / 100 * (1 - SPREAD), currency, day)
    payee = np.where(cash, counter, recipient)
    channel = np.where(cash, CASH, REMITTANCE)
    purpose = reference[abroad, np.arange(count)]
    stage.add(later, paid_from, payee, paid, currency, channel, purpose, label=label, scheme=scheme, draws=fund)


def remittances(world: World) -> Stage:
    """People send home every month or twice a month, round sums near their usual ticket."""
    rng, people, calendar = world.rng("remittances"), world.people, world.calendar
    stage = world.stage()
    senders = np.flatnonzero(people.recipient >= 0)
    agents = len(world.places.agents)
    usual_agent = rng.integers(0, agents, len(people))
    first = rng.integers(1, 15, len(people))
    texts = world.texts.spoken("remesa familiar", "family remittance", "remessa familiar")
    for part in (0, 14):
        who = senders if part == 0 else senders[people.fortnightly[senders]]
        day = calendar.monthly(first[who] + part) + rng.integers(-1, 3, (len(who), calendar.months))
        sent = (rng.random(day.shape) < 0.93) & (day >= 0) & (day < calendar.days)
        row, month = np.nonzero(sent)
        person = who[row]
        usd = people.ticket[person] * rng.lognormal(-0.005, 0.1, len(person))
        usd = np.where(rng.random(len(person)) < 0.7, np.maximum(np.rint(usd / 10) * 10, 10), np.round(usd, 2))
        account, home = people.account[person], people.account[people.recipient[person]]
        time = calendar.at(rng, day[row, month], world.utc(account), 9, 18.9)
        agent = np.where(rng.random(len(person)) < 0.9, usual_agent[person], rng.integers(0, agents, len(person)))
        send(world, stage, rng, time, account, home, usd, texts, agent)
    return stage


def week_ends(calendar: Calendar) -> Ints:
    """The days on which agents settle: the last of every week, and of the window."""
    return np.unique(np.append(np.arange(6, calendar.days, 7), calendar.days - 1))


def settle(world: World, sent: list[Payments]) -> Stage:
    """Agents move money weekly from where it is paid in to where it is paid out, by wire."""
    stage, calendar, places = world.stage(), world.calendar, world.places
    rng = world.rng("settlement")
    ends = week_ends(calendar)
    purpose = world.texts.one(SETTLEMENT)
    for desks in places.settlement:
        hub = int(desks[0])
        for desk in desks[1:][desks[1:] >= 0]:
            due = np.zeros(len(ends))
            for paid in sent:
                rows = paid.payer == desk
                day = calendar.day_of(paid.time[rows])
                usd = world.money.usd(paid.amount[rows], paid.currency[rows].astype(np.int64), day)
                due += np.bincount(np.searchsorted(ends, day), usd, len(ends))
            weeks = np.flatnonzero(due > 1)
            time = calendar.at(rng, ends[weeks], 0, 20, 21)
            world.pay(stage, time, np.full(len(weeks), hub), np.full(len(weeks), int(desk)), due[weeks], WIRE, purpose)
    return stage
