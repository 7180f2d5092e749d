"""Ordinary payments in the twin: what a blocked account stops, and what follows for people who are not listed."""

from __future__ import annotations

import numpy as np

from caudal.world.economy import World
from caudal.world.firms import RESTAURANT, SHOP
from caudal.world.stage import CARD, Payments
from caudal.world.streams import Flags, Ints, Lottery, Reals, total
from caudal.world.twin.blocks import Blocks, within
from caudal.world.twin.fates import CLOSED, LATER, MADE, NEVER, NO_MONEY, OTHER_SHOP, Fates
from caudal.world.twin.measure import Measure
from caudal.world.twin.senders import Remitted


def block_payments(
    world: World,
    paid: Payments,
    held: Flags,
    sent: Remitted,
    blocks: Blocks,
    begin: int,
    measure: Measure,
    fates: Fates,
) -> None:
    """Stop, delay or re-route ordinary payments that touch a blocked account.

    `held` says of each whether it is made up once a closed account has a successor.
    """
    late = np.flatnonzero((paid.time >= begin) & (paid.label < 0))
    payer, payee = paid.payer[late].astype(np.int64), paid.payee[late].astype(np.int64)
    time = paid.time[late]
    by_payer, by_payee = blocks.at(payer, time), blocks.at(payee, time)
    hit = by_payer | by_payee
    rows, payer, payee, time = late[hit], payer[hit], payee[hit], time[hit]
    by_payer, by_payee = by_payer[hit], by_payee[hit]
    for_good = (by_payer & (blocks.until[payer] == NEVER)) | (by_payee & (blocks.until[payee] == NEVER))
    which = np.where(by_payer & ((blocks.cause[payer] != CLOSED) | ~by_payee), payer, payee)
    cause = blocks.cause[which]
    fates.stop(rows, cause)

    luck = world.rng("twin ordinary").random((3, len(paid)))
    opens = np.maximum(np.where(by_payer, blocks.until[payer], 0), np.where(by_payee, blocks.until[payee], 0))
    waits = ~for_good & held[rows]
    moved = opens[waits] + within(luck[0][rows[waits]], (0.2, 5.0))
    fates.delay(rows[waits], cause[waits], moved, world.calendar.end, LATER)

    shops = ~by_payer & (paid.channel[rows] == CARD) & (luck[1][rows] < measure.customers.shop_elsewhere)
    _elsewhere(world, paid, rows[shops], cause[shops], luck[2], blocks, fates)
    _whole_remittance(world, paid, sent, fates)


def _elsewhere(
    world: World, paid: Payments, rows: Ints, cause: Ints, luck: Reals, blocks: Blocks, fates: Fates
) -> None:
    """Customers whose card is declined at a blocked shop pay at another of the same city, where there is one."""
    firms, book = world.firms, world.book
    shops = firms.of(SHOP, RESTAURANT)
    shops = shops[blocks.since[firms.account[shops]] == NEVER]
    lottery = Lottery(firms.city[shops], firms.size[shops], len(world.places.cities))
    chosen = lottery.pick(luck[rows], book.account_city[paid.payee[rows]])
    there = chosen >= 0
    rows, cause = rows[there], cause[there]
    fates.payee[rows] = firms.account[shops[chosen[there]]]
    fates.reroute(rows, cause, OTHER_SHOP)


def _whole_remittance(world: World, paid: Payments, sent: Remitted, fates: Fates) -> None:
    """A remittance is one thing: what stops or delays one of its two payments does so to both."""
    whole = sent.second >= 0
    first, second = sent.first[whole], sent.second[whole]
    lawful = paid.label[first] < 0
    first, second = first[lawful], second[lawful]
    for one, other in ((first, second), (second, first)):
        follows = (fates.outcome[one] != MADE) & (fates.outcome[other] == MADE)
        a, b = one[follows], other[follows]
        for name in ("outcome", "cause", "way"):
            getattr(fates, name)[b] = getattr(fates, name)[a]
        fates.time[b] = paid.time[b] + fates.time[a] - paid.time[a]
        fates.in_books[b] = fates.in_books[a] & (fates.time[b] < world.calendar.end)


def money_did_not_come(world: World, paid: Payments, begin: int, fates: Fates) -> None:
    """Ordinary payments out of a fund shrink with what reached it: a payroll firm pays what its client paid in."""
    drawn, fed = (link.astype(np.int64) for link in paid.links)
    ordinary = paid.label < 0
    feeds = np.flatnonzero(ordinary & (fed >= 0))
    draws = np.flatnonzero(ordinary & (drawn >= 0) & (paid.time >= begin) & (fates.outcome == MADE))
    usd = paid.amount[feeds].astype(np.float64)  # all that feeds one such fund is in one currency
    arrived = fates.in_books[feeds] & (fates.payee[feeds] == paid.payee[feeds])
    before = total(fed[feeds], usd, world.funds.count)
    after = total(fed[feeds], np.where(arrived, fates.amount[feeds], 0.0), world.funds.count)
    fund = drawn[draws]
    share = np.where(before[fund] > 0, after[fund] / np.maximum(before[fund], 1), 1.0)
    less = share < 1
    fates.scale(draws[less], share[less], NO_MONEY)
