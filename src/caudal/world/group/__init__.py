"""The designated group: who works for it and what it does, planted and labelled."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from caudal.world.economy import World
from caudal.world.group.extortion import extort
from caudal.world.group.funnels import funnel, structure
from caudal.world.group.layers import Layers
from caudal.world.group.members import Member, list_members, members_csv
from caudal.world.group.pots import pots
from caudal.world.group.roster import LABELS, LAYER, TRADE_SHELL, Roster, Schemes, recruit, strength
from caudal.world.group.shells import disguise, fronts, invoice
from caudal.world.group.smuggling import smuggle
from caudal.world.group.spending import houses_and_cars, pay_cells
from caudal.world.naming import plain
from caudal.world.stage import Payments, join
from caudal.world.streams import Ints

__all__ = ["LABELS", "Group", "Member", "members_csv", "plant", "strength"]

NEVER = 1 << 40


@dataclass(frozen=True)
class Group:
    """The planted group: its roster, its list, its schemes and its payments."""

    roster: Roster
    members: list[Member]
    schemes: Schemes
    paid: Payments


def plant(world: World, listed_move: bool = True) -> Group:
    """Recruit the group, write its list, and let it take in, launder and spend money.

    With `listed_move` it stops using collectors and shells soon after they are listed.
    """
    schemes = Schemes()
    roster = recruit(world)
    members = list_members(world, roster)
    listed_from = _listed_from(world, members if listed_move else [])
    account = world.people.account
    taken_in = [
        extort(world, roster, listed_from, schemes).payments(),
        smuggle(world, roster, schemes).payments(),
        funnel(world, roster, schemes).payments(),
        structure(world, roster, schemes).payments(),
    ]
    collectors = account[np.concatenate([roster.people["collector"], roster.people["successor"]])]
    week = pots(world, taken_in[:1], collectors, 7)
    layers = Layers(world, roster, listed_from, schemes)
    layers.feed(week, 0.55)
    layers.feed(pots(world, taken_in[1:2], account[roster.people["smuggler"]], 7), 0.75)
    layers.pass_on(pots(world, taken_in[2:], account[roster.people["mule"]], 1))
    layered = layers.stage.payments()
    invoiced = invoice(world, roster, pots(world, [layered, taken_in[3]], roster.shells, 10), schemes).payments()
    spent = [
        fronts(world, roster, pots(world, [invoiced], roster.fronts, 14), schemes).payments(),
        pay_cells(world, roster, week, schemes).payments(),
        houses_and_cars(world, roster, schemes).payments(),
    ]
    planted = _name_names(world, join([*taken_in, layered, invoiced, *spent]), members)
    return Group(roster, members, schemes, join([planted, disguise(world, roster).payments()]))


def _listed_from(world: World, members: list[Member]) -> Ints:
    """Per account the day number its holder's listing takes effect; NEVER for everybody else."""
    by_party = np.full(world.book.parties, NEVER)
    for member in members:
        if member.party >= 0:
            by_party[member.party] = world.calendar.day_number(member.effective)
    return by_party[world.book.account_party]


def _name_names(world: World, paid: Payments, members: list[Member]) -> Payments:
    """Let a few payment texts name a listed party: the slips that text screening lives on."""
    rng = world.rng("payment texts")
    likely = np.flatnonzero((paid.label == LAYER) | (paid.label == TRADE_SHELL))
    if not len(likely):
        return paid
    rows = rng.choice(likely, min(len(likely), max(3, len(likely) // 100)), replace=False)
    purpose = paid.purpose.copy()
    for row in rows:
        name = members[int(rng.integers(0, len(members)))].name
        text = plain(name) if rng.random() < 0.5 else name
        purpose[row] = world.texts.one(f"por cuenta de {text}" if rng.random() < 0.7 else f"pago a favor de {text}")
    return replace(paid, purpose=purpose)
