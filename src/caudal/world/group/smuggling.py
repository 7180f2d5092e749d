"""Smuggling fees: families abroad pay for a passage in instalments, most through money-transfer agents.

The payers are customers of a smuggler, not under threat in the sense of extortion: labelled apart, not coerced.
"""

from __future__ import annotations

import numpy as np

from caudal.world.calendar import DAY
from caudal.world.economy import World
from caudal.world.group.roster import SMUGGLING, Roster, Schemes
from caudal.world.people import DEPENDANT
from caudal.world.remittances import send
from caudal.world.stage import TRANSFER, Stage

THROUGH_AGENTS = 0.5


def smuggle(world: World, roster: Roster, schemes: Schemes) -> Stage:
    """Plant the fees of every smuggler: eight to twenty families each, five to nine instalments a family."""
    rng, stage, calendar = world.rng("smuggling"), world.stage(), world.calendar
    people, book = world.people, world.book
    free = (people.country == 0) & (people.living != DEPENDANT) & ~book.account_group[people.account]
    families = np.flatnonzero(free & (book.account_role[people.account] == book.role("household")))
    scheme = schemes.new(SMUGGLING, len(roster.people["smuggler"]))
    texts = world.texts.spoken("ayuda familiar", "family support", "ajuda familiar")
    bland = np.concatenate([[0], world.texts.some(["viaje", "ayuda", "prestamo", "support"])])
    agents = len(world.places.agents)
    for number, who in enumerate(roster.people["smuggler"]):
        customers = rng.choice(families, min(len(families), int(rng.integers(8, 21))), replace=False)
        parts = rng.integers(5, 10, len(customers))
        fee = rng.lognormal(np.log(3800), 0.3, len(customers))
        first = rng.integers(-10, max(1, calendar.days - 10), len(customers))
        row = np.repeat(np.arange(len(customers)), parts)
        turn = np.arange(len(row)) - np.repeat(np.cumsum(parts) - parts, parts)
        day = first[row] + turn * rng.integers(5, 13, len(customers))[row] + rng.integers(0, 5, len(row))
        part = fee[row] / parts[row] * np.where(rng.random(len(row)) < 0.5, 1.0, rng.uniform(0.6, 1.4, len(row)))
        usd = np.maximum(np.rint(part / 50), 1) * 50
        through_agent = (rng.random(len(customers)) < THROUGH_AGENTS)[row]
        sender = people.account[customers[row]]
        smuggler = np.full(len(row), people.account[who])
        time = calendar.at(rng, day, -5, 9, 18.9)
        inside = (time >= calendar.origin) & (time < calendar.origin + calendar.days * DAY)
        a, b = through_agent & inside, ~through_agent & inside
        agent = rng.integers(0, agents, int(a.sum()))
        send(
            world, stage, rng, time[a], sender[a], smuggler[a], usd[a], texts, agent, 0.25,
            label=SMUGGLING, scheme=int(scheme[number]),
        )  # fmt: skip
        world.pay(
            stage,
            time[b],
            sender[b],
            smuggler[b],
            usd[b],
            TRANSFER,
            bland[rng.integers(0, len(bland), int(b.sum()))],
            label=SMUGGLING,
            scheme=int(scheme[number]),
        )
    return stage
