"""Extortion of shops (`derecho de piso`): the same round sum every week or month from many payers to one collector.

All payers are coerced. In about 15% of cases the money goes to an account of the collector's relative, who hands it on.
After a listed collector's designation most payers are told to pay somebody else. Some cells raise the
sum for all at once.
"""

from __future__ import annotations

import numpy as np

from caudal.world.calendar import HOUR
from caudal.world.economy import World
from caudal.world.firms import RESTAURANT, SHOP
from caudal.world.group.roster import EXTORTION, HAND_OVER, Roster, Schemes
from caudal.world.people import INFORMAL
from caudal.world.stage import TRANSFER, Stage
from caudal.world.streams import Flags, Ints

THROUGH_RELATIVE = 0.15
MISSED = 0.05
RISES = 0.3
"""Share of cells that raise the sum for everybody on one day."""
BLAND = ("", "pago", "", "servicio", "pago semanal", "", "aporte", "mantenimiento")


def extort(world: World, roster: Roster, listed_from: Ints, schemes: Schemes) -> Stage:
    """Plant the extortion of every cell. `listed_from` is, per account, the day its holder is listed (or far away)."""
    rng, stage, calendar = world.rng("extortion"), world.stage(), world.calendar
    rises = world.rng("levies raised")
    texts = np.array([world.texts.one(t) if t else 0 for t in BLAND])
    scheme = schemes.new(EXTORTION, roster.cells)
    taken = np.zeros(world.book.accounts, dtype=bool)
    collectors = world.people.account[roster.people["collector"]]
    successors = world.people.account[roster.people["successor"]]
    for cell in range(roster.cells):
        payers = _payers(world, rng, int(roster.cell_city[cell]), taken)
        taken[payers] = True
        world.book.account_coerced[payers] = True
        count = len(payers)
        weekly = rng.random() < 0.6 or cell == 0
        currency = world.local(payers)
        usd = rng.lognormal(np.log(40 if weekly else 150), 0.45, count)
        amount = world.money.minor(usd, currency, np.zeros(count, dtype=np.int64), note=True)
        higher = world.money.minor(usd * rises.uniform(1.2, 1.6), currency, np.zeros(count, dtype=np.int64), note=True)
        rise = int(rises.integers(0, calendar.days)) if rises.random() < RISES else 1 << 20
        # Half of the cells were there before the window opens; the others arrive and take a neighbourhood within weeks.
        # A few payers are drawn in later.
        arrives = -30 if cell == 0 or rng.random() < 0.5 else int(rng.integers(0, max(1, calendar.days // 2)))
        late = rng.random(count) < 0.12
        begins = arrives + np.where(late, rng.integers(20, 70, count), rng.integers(0, 18, count))
        begins[0] = arrives
        if weekly:
            day = calendar.weekly(np.full(count, int(rng.integers(0, 6)))) + rng.integers(
                0, 2, (count, calendar.days // 7 + 1)
            )
        else:
            day = calendar.monthly(np.full(count, int(rng.integers(2, 27)))) + rng.integers(
                0, 3, (count, calendar.months)
            )
        paid = (rng.random(day.shape) > MISSED) & (day >= begins[:, None])
        row, turn = np.nonzero(paid)
        day = day[row, turn]
        via_relative = rng.random(count) < THROUGH_RELATIVE
        via_relative[0] = True
        via_relative &= roster.relative[cell] >= 0
        moves = listed_from[collectors[cell]] + rng.integers(3, 21, count)
        stays = rng.random(count) < 0.2
        moved = (day >= moves[row]) & ~stays[row]
        payee = np.where(via_relative[row], roster.relative[cell], collectors[cell])
        payee = np.where(moved, successors[cell], payee)
        words = np.where(rng.random(len(row)) < 0.8, texts[rng.integers(0, len(texts), count)][row], 0)
        time = calendar.at(rng, day, world.utc(payers[row]), 9, 19)
        stage.add(
            time,
            payers[row],
            payee,
            np.where(day >= rise, higher[row], amount[row]),
            currency[row],
            TRANSFER,
            words,
            label=EXTORTION,
            scheme=int(scheme[cell]),
            coerced=True,
        )
    _hand_on(world, rng, roster, stage, collectors, scheme)
    return stage


def _payers(world: World, rng: np.random.Generator, city: int, taken: Flags) -> Ints:
    """Shops and restaurants of the city, then street sellers, eight to thirty unless the city is too small."""
    book, firms, people = world.book, world.firms, world.people
    plain_roles = [book.role(r) for r in ("shop", "restaurant", "household")]
    free = ~taken & ~book.account_group & np.isin(book.account_role, plain_roles)
    kinds = firms.of(SHOP, RESTAURANT)
    shops = firms.account[kinds[firms.city[kinds] == city]]
    shops = shops[free[shops]]
    wanted = int(rng.integers(8, 31))
    chosen = rng.choice(shops, min(len(shops), max(1, min(wanted, round(len(shops) * 0.6)))), replace=False)
    sellers = people.account[(people.city == city) & (people.living == INFORMAL)]
    sellers = sellers[free[sellers]]
    more = min(len(sellers), max(0, min(wanted, 14) - len(chosen)))
    return np.concatenate([chosen, rng.choice(sellers, more, replace=False)])


def _hand_on(
    world: World, rng: np.random.Generator, roster: Roster, stage: Stage, collectors: Ints, scheme: Ints
) -> None:
    """Relatives pass what they received to the collector within three days, most of it."""
    paid = stage.payments()
    for cell in np.flatnonzero(roster.relative >= 0):
        relative = int(roster.relative[cell])
        rows = np.flatnonzero(paid.payee == relative)
        if not len(rows):
            continue
        days, place = np.unique(world.calendar.day_of(paid.time[rows]), return_inverse=True)
        total = np.bincount(place, paid.amount[rows], len(days))
        fund = world.funds.new(len(days))
        if paid.feeds is not None:
            paid.feeds[rows] = fund[place]
        time = world.calendar.at(rng, days, -5, 17, 18.9) + rng.integers(2, 70, len(days)) * HOUR
        stage.add(
            time,
            relative,
            int(collectors[cell]),
            np.maximum((total * rng.uniform(0.85, 1.0, len(days))).astype(np.int64), 1),
            paid.currency[rows[0]],
            TRANSFER,
            0,
            label=HAND_OVER,
            scheme=int(scheme[cell]),
            draws=fund,
        )
