"""Remittances in the twin: agents stop corridors or refuse customers, senders look for another way, fees rise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from caudal.world.calendar import DAY
from caudal.world.countries import CODES, COUNTRIES
from caudal.world.economy import World
from caudal.world.stage import REMITTANCE, Payments
from caudal.world.streams import Flags, Ints
from caudal.world.twin.blocks import Blocks, within
from caudal.world.twin.fates import (
    BY_HAND,
    CORRIDOR,
    DEARER,
    MADE,
    NEVER,
    NO_BANK,
    OTHER_AGENT,
    REFUSED,
    Fates,
)
from caudal.world.twin.measure import Measure


@dataclass(frozen=True)
class Remitted:
    """Remittances of the base world, one row each.

    Attributes:
        first: the payment of the sender to the agent; second: that of the agent, or -1 where it falls after the window.
        agent, country: through whom, and where to.
    """

    first: Ints
    second: Ints
    agent: Ints
    country: Ints


def remitted(world: World, paid: Payments) -> Remitted:
    """Join the two payments of every remittance by the fund between them."""
    draws, feeds = paid.links
    book, places = world.book, world.places
    agent_of = np.full(book.accounts, -1)
    for number, desks in enumerate(places.settlement):
        agent_of[desks[desks >= 0]] = number
    first = np.flatnonzero((paid.channel == REMITTANCE) & (feeds >= 0) & (agent_of[paid.payee] >= 0))
    paying = np.flatnonzero((draws >= 0) & (agent_of[paid.payer] >= 0))
    out_of = np.full(world.funds.count, -1)
    out_of[draws[paying]] = paying
    second = out_of[feeds[first]]
    # Where the second payment falls after the window, the corridor is that of the sender's usual recipient.
    person = np.full(book.accounts, -1)
    person[world.people.account] = np.arange(len(world.people))
    usual = world.people.recipient[person[paid.payer[first]]]
    country = np.where(usual >= 0, world.people.country[usual], -1)
    known = second >= 0
    country[known] = book.account_country[paid.payer[second[known]]]
    return Remitted(first, second, agent_of[paid.payee[first]], country)


def react(
    world: World, paid: Payments, sent: Remitted, blocks: Blocks, begin: int, measure: Measure, fates: Fates
) -> None:
    """Decide the fate of every remittance from `begin` on that no frozen or closed account stops already."""
    rules, habits, places = measure.institutions, measure.customers, world.places
    stops, why = _corridors(world, paid, sent, blocks, begin, measure)
    rng = world.rng("twin senders")
    luck = rng.random((8, world.book.accounts))
    row_luck = rng.random((2, len(paid)))
    rows = np.flatnonzero((paid.time[sent.first] >= begin) & (fates.outcome[sent.first] == MADE) & (sent.country >= 0))
    first, second, agent, country = sent.first[rows], sent.second[rows], sent.agent[rows], sent.country[rows]
    sender, time = paid.payer[first].astype(np.int64), paid.time[first]
    receiver = np.where(second >= 0, paid.payee[np.maximum(second, 0)], sender)
    refused = np.full(len(rows), NEVER)
    for side, chance in ((sender, luck[0][sender]), (receiver, luck[0][receiver])):
        hit = blocks.wary[side] & (chance < rules.refuse_alike)
        refused[hit] = begin + within(luck[1][sender[hit]], rules.reaction_days)
    closing = stops[agent, country]
    cut = np.minimum(closing, refused)
    cause = np.where(refused <= closing, REFUSED, why[agent, country])

    hit = cut <= time
    opens = cut + np.where(hit, within(luck[2][sender], habits.search_days), 0)
    finds = luck[3][sender] < habits.other_channel
    by_hand = ~finds & (luck[4][sender] < habits.informal)
    when = np.maximum(time, opens)
    other = _other_agent(stops, agent, country, when)
    finds &= other >= 0

    now, soon = hit & (time >= opens), hit & (time < opens)
    made_up = row_luck[0][first] < habits.later
    fates.stop(first[hit], cause[hit])  # unless one of the following holds
    for who, late in ((now & (finds | by_hand), False), (soon & (finds | by_hand) & made_up, True)):
        take, hand = np.flatnonzero(who & finds), np.flatnonzero(who & by_hand)
        fates.in_books[first[take]] = True
        fates.payee[first[take]] = places.settlement[other[take], world.country(sender[take])]
        if late:
            moved = when + within(row_luck[1][first], (0.1, 3.0))
            fates.delay(first[take], cause[take], moved[take], world.calendar.end, OTHER_AGENT)
            fates.delay(first[hand], cause[hand], moved[hand], world.calendar.end, BY_HAND)
            fates.in_books[first[hand]] = False
        else:
            fates.reroute(first[take], cause[take], OTHER_AGENT)
            fates.reroute(first[hand], cause[hand], BY_HAND, in_books=False)
    _dearer(paid, first[~hit], luck[5:], begin, measure, fates)
    _second_follows(world, paid, first, second, np.where(hit, other, agent), country, fates)


def _dearer(paid: Payments, first: Ints, luck: np.ndarray, begin: int, measure: Measure, fates: Fates) -> None:
    """Some of those whose way is open find it dearer, and send less."""
    rules, habits = measure.institutions, measure.customers
    sender = paid.payer[first]
    rises = begin + within(luck[2][sender], rules.reaction_days)
    less = (luck[0][sender] < rules.dearer) & (luck[1][sender] < habits.send_less) & (paid.time[first] >= rises)
    rows = first[less]
    fates.scale(rows, np.full(len(rows), 1 - habits.less_by), DEARER)


def _second_follows(
    world: World, paid: Payments, first: Ints, second: Ints, agent: Ints, country: Ints, fates: Fates
) -> None:
    """The agent pays out what it was paid in, by the same way and as much later."""
    changed = (fates.outcome[first] != MADE) & (second >= 0)
    first, second, agent, country = first[changed], second[changed], agent[changed], country[changed]
    for columns in ("outcome", "cause", "way", "in_books"):
        column = getattr(fates, columns)
        column[second] = column[first]
    fates.time[second] = paid.time[second] + fates.time[first] - paid.time[first]
    fates.in_books[second] &= fates.time[second] < world.calendar.end
    share = fates.amount[first] / paid.amount[first]
    fates.amount[second] = np.maximum(np.rint(paid.amount[second] * share), 1).astype(np.int64)
    through = fates.in_books[second]
    fates.payer[second[through]] = world.places.settlement[agent[through], country[through]]


def _corridors(
    world: World, paid: Payments, sent: Remitted, blocks: Blocks, begin: int, measure: Measure
) -> tuple[Ints, Ints]:
    """When every agent stops every corridor (NEVER where not) and why; shape (agents, countries) both."""
    rules, shape = measure.institutions, (len(world.places.agents), len(COUNTRIES))
    carried = _carried(paid, sent, blocks.frozen, begin - int(rules.lookback_days * DAY), begin, shape)
    luck = world.rng("twin agents").random((4, *shape))
    chance = np.where(carried, rules.stop_corridor, rules.stop_other_corridor)
    acts = begin + within(luck[1].ravel(), rules.reaction_days).reshape(shape)
    stops, why = np.where(luck[0] < chance, acts, NEVER), np.full(shape, CORRIDOR)
    named = [CODES.index(c) for c in rules.corridors]
    stops[:, named] = begin
    lost = luck[2][:, 0] < rules.lose_bank
    losing = np.where(lost, begin + within(luck[3][:, 0], rules.reaction_days), NEVER)[:, None]
    why[losing < stops] = NO_BANK
    return np.minimum(stops, losing), why


def _carried(paid: Payments, sent: Remitted, frozen: Flags, low: int, high: int, shape: tuple[int, int]) -> Flags:
    """Which agent carried a payment to or from a frozen account on which corridor between two times."""
    recent = (paid.time[sent.first] >= low) & (paid.time[sent.first] < high) & (sent.country >= 0)
    touched = frozen[paid.payer[sent.first]] | ((sent.second >= 0) & frozen[paid.payee[np.maximum(sent.second, 0)]])
    carried = np.zeros(shape, dtype=bool)
    rows = recent & touched
    carried[sent.agent[rows], sent.country[rows]] = True
    return carried


def _other_agent(stops: Ints, agent: Ints, country: Ints, when: Ints) -> Ints:
    """The next agent whose corridor is open at that time; -1 if none is."""
    agents = len(stops)
    other = np.full(len(agent), -1)
    for step in range(agents - 1, 0, -1):
        candidate = (agent + step) % agents
        other = np.where(stops[candidate, country] > when, candidate, other)
    return other
