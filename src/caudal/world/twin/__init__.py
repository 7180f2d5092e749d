"""A twin of a made-up world: the same seed, the same intentions, and a measure in force from a day on.

Every payment of the base world is an intention. The measure blocks accounts, institutions and customers react, the
group adapts; everybody else does what they did. So the truth of what a measure stops is exact.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from caudal.world.economy import World
from caudal.world.group import Group
from caudal.world.stage import Payments
from caudal.world.streams import Ints
from caudal.world.twin.blocks import block, start_of
from caudal.world.twin.effects import effects
from caudal.world.twin.fates import MADE, Fates
from caudal.world.twin.kinds import HELD, kinds
from caudal.world.twin.measure import Adaptation, Customers, Freeze, Institutions, Measure
from caudal.world.twin.ordinary import block_payments, money_did_not_come
from caudal.world.twin.play import play
from caudal.world.twin.senders import react, remitted
from caudal.world.twin.settling import settle_again
from caudal.world.twin.stand_ins import StandIns, stand_ins

__all__ = ["Adaptation", "Customers", "Freeze", "Institutions", "Measure", "Twin", "twin"]


@dataclass(frozen=True)
class Twin:
    """The twin's payments in order of time, and the table `truth_effects`."""

    paid: Payments
    effects: pa.Table


def twin(world: World, group: Group, paid: Payments, ids: pa.Array, measure: Measure) -> Twin:
    """Run the world again with a measure in force; recruits of the group are marked in the book.

    Args:
        world: a linked world.
        group: its planted group.
        paid: all its payments in order of time.
        ids: ids of its accounts.
        measure: what is done, and the rules of the reactions.

    Raises:
        InputError: the measure's day lies outside the window, or it names an account or party that is not there.
    """
    begin = start_of(world, measure)
    usd = world.money.usd(paid.amount, paid.currency.astype(np.int64), world.calendar.day_of(paid.time))
    blocks = block(world, group, paid, ids, measure)
    fates, sent = Fates.as_intended(paid), remitted(world, paid)
    kind = kinds(world, paid, sent)
    block_payments(world, paid, HELD[kind], sent, blocks, begin, measure, fates)
    react(world, paid, sent, blocks, begin, measure, fates)
    money_did_not_come(world, paid, begin, fates)
    plan = stand_ins(world, group, paid, usd, blocks, begin, measure)
    planted = (paid.label[sent.first] >= 0) & (sent.second >= 0)
    seconds = dict(zip(sent.first[planted].tolist(), sent.second[planted].tolist(), strict=True))
    play(world, paid, usd, blocks, plan, begin, measure, fates, seconds)
    settle_again(world, paid, begin, fates)
    _mark_recruits(world, plan, fates)
    made, number = _as_made(paid, fates)
    return Twin(made, effects(world, paid, fates, kind, number, ids, blocks))


def _mark_recruits(world: World, plan: StandIns, fates: Fates) -> None:
    """Whoever money went through in the place of a blocked account worked for the group."""
    took = np.zeros(world.book.accounts, dtype=bool)
    took[fates.payee[fates.in_books & (fates.outcome != MADE)]] = True
    for account, recruit in plan.recruit.items():
        if took[recruit]:
            world.book.account_group[recruit] = True
            world.book.account_role[recruit] = world.book.account_role[account]


def _as_made(paid: Payments, fates: Fates) -> tuple[Payments, Ints]:
    """The twin's payments in order of time, and the place of every intended payment among them (-1: none)."""
    rows = np.flatnonzero(fates.in_books)
    rows = rows[np.argsort(fates.time[rows], kind="stable")]
    number = np.full(len(paid), -1)
    number[rows] = np.arange(len(rows))
    changed = replace(paid, time=fates.time, payer=fates.payer, payee=fates.payee, amount=fates.amount)
    return changed.take(rows), number
