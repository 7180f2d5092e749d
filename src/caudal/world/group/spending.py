"""What the group spends on itself: pay of cell members, rent of safe houses, cars."""

from __future__ import annotations

import numpy as np

from caudal.world.calendar import HOUR
from caudal.world.economy import World
from caudal.world.firms import DEALER, LANDLORD
from caudal.world.group.pots import Pots
from caudal.world.group.roster import SPENDING, Roster, Schemes
from caudal.world.stage import TRANSFER, Stage
from caudal.world.streams import Lottery


def pay_cells(world: World, roster: Roster, found: Pots, schemes: Schemes) -> Stage:
    """Collectors pay the members of their cell from what came in that week."""
    rng, stage = world.rng("cell pay"), world.stage()
    scheme = schemes.new(SPENDING, roster.cells)
    account = world.people.account
    cell_of = np.zeros(world.book.accounts, dtype=np.int64)
    for part in ("collector", "successor"):
        cell_of[account[roster.people[part]]] = np.arange(roster.cells)
    members = account[roster.people["cell"]]
    texts = np.array([0, world.texts.one("pago semanal"), world.texts.one("trabajo")])
    for cell in range(roster.cells):
        rows = np.flatnonzero(cell_of[found.account] == cell)
        team = members[np.arange(len(members)) % roster.cells == cell]
        if not len(rows) or not len(team):
            continue
        row, member = np.repeat(rows, len(team)), np.tile(team, len(rows))
        usd = found.usd[row] * 0.28 / len(team) * rng.uniform(0.8, 1.2, len(row))
        time = found.time[row] + rng.integers(3, 40, len(row)) * HOUR
        text = texts[rng.integers(0, 3, len(row))]
        world.pay(
            stage, time, found.account[row], member, usd, TRANSFER, text, note=True, label=SPENDING,
            scheme=int(scheme[cell]), draws=found.fund[row],
        )  # fmt: skip
    return stage


def houses_and_cars(world: World, roster: Roster, schemes: Schemes) -> Stage:
    """A safe house per cell, rented from an honest landlord of the city; now and then a leader buys a car."""
    rng, stage, calendar, firms = world.rng("houses and cars"), world.stage(), world.calendar, world.firms
    scheme = int(schemes.new(SPENDING)[0])
    account = world.people.account
    landlords = firms.of(LANDLORD)
    lottery = Lottery(firms.city[landlords], firms.size[landlords], len(world.places.cities))
    home = firms.account[landlords[lottery.draw(rng, roster.cell_city)]]
    tenant = account[roster.people["cell"]][np.arange(roster.cells) % len(roster.people["cell"])]
    day = calendar.monthly(rng.integers(1, 6, roster.cells))
    currency = world.local(tenant)
    cross = world.country(tenant) != world.country(home)
    currency = np.where(cross, 0, currency)
    amount = world.money.minor(
        rng.uniform(180, 420, roster.cells), currency, np.zeros(roster.cells, dtype=np.int64), True
    )
    time = calendar.at(rng, day, world.utc(tenant)[:, None])
    text = world.speak(world.texts.spoken("renta", "rent", "aluguel"), tenant)[:, None]
    stage.add(
        time, tenant[:, None], home[:, None], amount[:, None], currency[:, None], TRANSFER, text, label=SPENDING,
        scheme=scheme,
    )  # fmt: skip
    leaders = account[roster.people["leader"]]
    number = max(1, len(leaders) * calendar.days // 60)
    buyer = rng.choice(leaders, number)
    dealers = firms.of(DEALER)
    at_home = Lottery(firms.country[dealers], firms.size[dealers], int(firms.country.max()) + 1)
    dealer = firms.account[dealers[at_home.draw(rng, world.country(buyer))]]
    when = calendar.at(rng, rng.integers(0, calendar.days, number), world.utc(buyer), 10, 17)
    words = world.texts.one("anticipo vehículo")
    world.pay(
        stage, when, buyer, dealer, rng.uniform(4000, 16000, number), TRANSFER, words, note=True, label=SPENDING,
        scheme=scheme,
    )  # fmt: skip
    return stage
