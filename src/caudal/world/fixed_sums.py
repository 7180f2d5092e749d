"""Innocent accounts to which shops, sellers and workers pay the same sum again and again, much as a levy is paid.

A stall landlord without staff, a moneylender, the organiser of a savings club, a trade association, a guard service, a
renter of card terminals, a union and a seller on instalments. Each is an ordinary person of its city besides, as
collectors are, and is paid by the same kind of shops and sellers as these: only what is done can tell them apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from caudal.world.calendar import HOUR
from caudal.world.economy import World
from caudal.world.firms import RESTAURANT, SHOP, WHOLESALER
from caudal.world.money import NOTE, SCALE
from caudal.world.people import DEPENDANT, INFORMAL, SALARIED
from caudal.world.stage import CASH, TRANSFER, Stage
from caudal.world.streams import Ints, Reals

NEW = 0.3
"""Share of landlords, associations and the like that open during the window: everybody then starts together."""


DEARER = 0.15
"""Share of such accounts that ask for more from one day on."""


def how_many(accounts: int) -> int:
    """How many of each kind a world of this size has; as many of all together as collectors of a group, or more."""
    return max(1, round(accounts / 8000))


@dataclass
class _Town:
    """One innocent account, its city and who pays it."""

    world: World
    rng: np.random.Generator
    stage: Stage
    host: int
    city: int
    payers: Ints

    @property
    def currency(self) -> Ints:
        """The currency of each payer."""
        return self.world.local(self.payers)

    def sums(self, usd: Reals | float) -> Ints:
        """Handy sums in each payer's currency."""
        each = np.broadcast_to(np.asarray(usd, dtype=np.float64), self.payers.shape)
        return self.world.money.minor(each, self.currency, np.zeros_like(self.payers), note=True)

    def round_up(self, minor: Reals) -> Ints:
        """Minor units as the next handy sum of each payer's currency."""
        note = (NOTE * SCALE)[self.currency]
        return (np.ceil(minor / note) * note).astype(np.int64)

    def due(
        self, amount: Ints, weekly: bool, begins: Ints, ends: Ints, paid: float, text: int, spread: int = 2
    ) -> Ints:
        """Everybody pays its sum every week or month between two days; returns the days on which anybody paid."""
        calendar, rng = self.world.calendar, self.rng
        count = len(self.payers)
        if weekly:
            day = calendar.weekly(np.full(count, int(rng.integers(0, 6))))
        else:
            day = calendar.monthly(np.full(count, int(rng.integers(2, 26))))
        day = day + rng.integers(0, spread + 1, day.shape)
        row, turn = np.nonzero((rng.random(day.shape) < paid) & (day >= begins[:, None]) & (day < ends[:, None]))
        day = day[row, turn]
        time = calendar.at(rng, day, self.world.utc(self.payers[row]), 9, 19)
        words = np.where(rng.random(len(row)) < 0.7, text, 0)
        if rng.random() < DEARER:
            dearer = self.round_up(np.asarray(amount * rng.uniform(1.05, 1.3), dtype=np.float64))
            amount = np.where(day >= rng.integers(0, calendar.days), dearer[row], amount[row])
        else:
            amount = amount[row]
        self.stage.add(time, self.payers[row], self.host, amount, self.currency[row], TRANSFER, words)
        return np.unique(day[(day >= 0) & (day < calendar.days)])

    def spend(
        self, days: Ints, usd: Reals | float, to: Ints | int, channel: int, text: int = 0, delay: float = 24
    ) -> None:
        """The host pays a sum on the given days, up to `delay` hours later."""
        if not len(days):
            return
        host = np.full(len(days), self.host)
        time = self.world.calendar.at(self.rng, days, self.world.utc(host), 9, 18)
        time = time + (self.rng.random(len(days)) * delay).astype(np.int64) * HOUR
        each = np.broadcast_to(np.asarray(usd, dtype=np.float64), days.shape)
        payee = np.broadcast_to(np.asarray(to, dtype=np.int64), days.shape)
        self.world.pay(self.stage, time, host, payee, each, channel, np.full(len(days), text), note=channel == CASH)

    def cash(self, days: Ints, usd: Reals | float, delay: float = 24) -> None:
        """The host takes out cash."""
        self.spend(days, usd, self.world.cash_of(np.array([self.host]))[0], CASH, delay=delay)

    def onset(self) -> Ints:
        """First day of each payer: long before the window, one by one within it, or all at once where it is new."""
        rng, days, count = self.rng, self.world.calendar.days, len(self.payers)
        if rng.random() < NEW:
            return int(rng.integers(0, max(1, days // 2))) + rng.integers(0, 15, count)
        return np.where(rng.random(count) < 0.25, rng.integers(0, max(1, days), count), -30)

    def leaving(self) -> Ints:
        """Day from which each payer pays no more: a few stop, most go on."""
        return np.where(
            self.rng.random(len(self.payers)) < 0.1,
            self.rng.integers(0, self.world.calendar.days, len(self.payers)),
            1 << 20,
        )


def innocent_dues(world: World) -> Stage:
    """All innocent accounts that take fixed sums."""
    stage = world.stage()
    taken: set[int] = set()
    for role, build, workers in (
        ("stall landlord", _stalls, False),
        ("stall landlord", _stalls, False),
        ("moneylender", _lender, False),
        ("savings club", _club, False),
        ("trade association", _association, False),
        ("guard service", _guards, False),
        ("terminal rental", _terminals, False),
        ("union", _union, True),
        ("instalment seller", _instalments, True),
    ):
        rng = world.rng(f"fixed sums {role} {len(taken)}")
        for _ in range(how_many(world.book.accounts)):
            town = _settle(world, rng, stage, taken, workers)
            if town is not None:
                world.book.set_role(np.array([town.host]), role)
                build(town)
    return stage


def _settle(world: World, rng: np.random.Generator, stage: Stage, taken: set[int], workers: bool) -> _Town | None:
    """A host nobody else has taken, and payers of its city: shops and street sellers, or people with wages."""
    people, firms, book = world.people, world.firms, world.book
    household = book.account_role[people.account] == book.role("household")
    free = np.flatnonzero((people.savings < 0) & household & (people.living <= INFORMAL))
    host = int(rng.choice(free))
    city = int(people.city[host])
    if host in taken:
        return None
    taken.add(host)
    if workers:
        near = np.flatnonzero((people.city == city) & (people.living == SALARIED))
        payers = people.account[rng.choice(near, min(len(near), int(rng.integers(10, 60))), replace=False)]
    else:
        kinds = firms.of(SHOP, RESTAURANT)
        shops = firms.account[kinds[firms.city[kinds] == city]]
        sellers = people.account[(people.city == city) & (people.living == INFORMAL)]
        wanted = int(rng.integers(6, 31))
        some = rng.choice(shops, min(len(shops), max(1, round(wanted * rng.uniform(0.3, 1)))), replace=False)
        more = rng.choice(sellers, min(len(sellers), max(0, wanted - len(some))), replace=False)
        payers = np.concatenate([some, more])
    payers = payers[payers != people.account[host]]
    return _Town(world, rng, stage, int(people.account[host]), city, payers) if len(payers) >= 3 else None


def _stalls(town: _Town) -> None:
    """Rent of market stalls: weekly or monthly, round; the landlord has no staff, pays a bank and takes out cash."""
    rng, world = town.rng, town.world
    weekly = rng.random() < 0.5
    text = world.texts.one(str(rng.choice(["puesto", "local", "mantenimiento", "pago", "alquiler puesto"])))
    tiers = np.rint(rng.lognormal(np.log(45 if weekly else 160), 0.4, 3))
    amount = town.sums(tiers[rng.integers(0, 3, len(town.payers))])
    days = town.due(amount, weekly, town.onset(), town.leaving(), 0.97, text)
    total = float(tiers.mean()) * len(town.payers)
    if rng.random() < 0.5:
        town.cash(days, total * rng.uniform(0.3, 0.8, len(days)), 72)
    months = world.calendar.month_first + 10
    bank = int(world.places.own[world.book.account_institution[town.host]])
    town.spend(months, total * (4 if weekly else 1) * rng.uniform(0.1, 0.4), bank, TRANSFER)


def _lender(town: _Town) -> None:
    """Small loans paid back in equal parts every week (*gota a gota* without a threat); half the loans are in cash."""
    rng, world, calendar = town.rng, town.world, town.world.calendar
    text = world.texts.spoken("abono", "instalment", "parcela")
    loan_text = world.texts.spoken("préstamo", "loan", "empréstimo")
    usd = np.rint(rng.lognormal(np.log(300), 0.5, len(town.payers)) / 20) * 20 + 20
    parts = rng.integers(6, 20, len(town.payers))
    begins = rng.integers(-60, calendar.days, len(town.payers))
    amount = town.sums(usd * 1.2 / parts)
    town.due(amount, True, begins + 3, begins + 7 * parts, 0.93, int(world.speak(text, town.payers[:1])[0]), 1)
    banked = np.flatnonzero((rng.random(len(town.payers)) < 0.5) & (begins >= 0))
    for payer in banked.tolist():
        words = int(world.speak(loan_text, town.payers[:1])[0])
        town.spend(begins[payer : payer + 1], usd[payer], int(town.payers[payer]), TRANSFER, words, 4)
    days = np.arange(5, calendar.days, 7)
    town.cash(days, float((usd * 1.2 / parts).sum()) * rng.uniform(0.4, 0.9, len(days)), 60)


def _club(town: _Town) -> None:
    """A savings club: everybody pays the organiser the same sum every week, and one member after the other draws it."""
    rng, world, calendar = town.rng, town.world, town.world.calendar
    town.payers = town.payers[:14]
    usd = float(np.rint(rng.lognormal(np.log(35), 0.4)))
    text = int(world.speak(world.texts.spoken("tanda", "savings club", "consórcio"), town.payers[:1])[0])
    begins = np.full(len(town.payers), -30 if rng.random() < 0.6 else int(rng.integers(0, calendar.days // 2 + 1)))
    days = town.due(town.sums(usd), True, begins, np.full(len(begins), 1 << 20), 0.96, text, 1)
    weeks = days[np.append(True, np.diff(days) > 3)] if len(days) else days
    turn = rng.permutation(len(town.payers))
    drawn = town.payers[turn[np.arange(len(weeks)) % len(turn)]]
    cash = rng.random(len(weeks)) < 0.25  # some want their pot in notes
    pot = usd * len(town.payers) * 0.97
    town.spend(weeks[~cash] + 2, pot, drawn[~cash], TRANSFER, text, 20)
    town.cash(weeks[cash] + 2, pot, 20)


def _association(town: _Town) -> None:
    """Dues of a trade or neighbourhood association: cleaners' wages, bills, and what is left stays for months."""
    rng, world = town.rng, town.world
    weekly = rng.random() < 0.4
    text = int(world.speak(world.texts.spoken("cuota", "dues", "mensalidade"), town.payers[:1])[0])
    usd = float(np.rint(rng.lognormal(np.log(25 if weekly else 70), 0.4)))
    days = town.due(town.sums(usd), weekly, town.onset(), town.leaving(), 0.94, text)
    _wages(town, usd * len(town.payers) * (4 if weekly else 1) * 0.5, int(rng.integers(0, 3)))
    _bills(town, usd * len(town.payers) * (4 if weekly else 1) * 0.2, len(days))


def _guards(town: _Town) -> None:
    """A lawful guard service: shops pay a fixed sum; guards are paid by transfer or, half of the time, in cash."""
    rng, world = town.rng, town.world
    weekly = rng.random() < 0.6
    text = int(world.speak(world.texts.spoken("vigilancia", "security", "vigilância"), town.payers[:1])[0])
    tiers = np.rint(rng.lognormal(np.log(40 if weekly else 150), 0.4, 2))
    amount = town.sums(tiers[rng.integers(0, 2, len(town.payers))])
    days = town.due(amount, weekly, town.onset(), town.leaving(), 0.95, text)
    total = float(tiers.mean()) * len(town.payers)
    if rng.random() < 0.5:
        _wages(town, total * (4 if weekly else 1) * 0.7, int(rng.integers(2, 5)))
    else:
        town.cash(days, total * 0.7 / max(1.0, len(days) / (12 if weekly else 3)), 72)
    _bills(town, total * 0.15, 2)


def _terminals(town: _Town) -> None:
    """Rent of card terminals or scales: one flat fee a month for all, shops join one by one, a supplier is paid."""
    rng, world = town.rng, town.world
    text = int(
        world.speak(world.texts.spoken("terminal punto de venta", "terminal fee", "maquininha"), town.payers[:1])[0]
    )
    usd = float(np.rint(rng.lognormal(np.log(30), 0.4)))
    begins = rng.integers(-120, world.calendar.days, len(town.payers))
    town.due(town.sums(usd), False, begins, town.leaving(), 0.98, text, 1)
    _bills(town, usd * len(town.payers) * 0.6, 3)


def _union(town: _Town) -> None:
    """Union dues: workers pay a small round sum a month; the union pays an office and passes a share on at once."""
    rng, world = town.rng, town.world
    text = int(
        world.speak(world.texts.spoken("cuota sindical", "union dues", "contribuição sindical"), town.payers[:1])[0]
    )
    usd = float(np.rint(rng.lognormal(np.log(12), 0.3)))
    days = town.due(town.sums(usd), False, town.onset(), town.leaving(), 0.98, text, 3)
    _bills(town, usd * len(town.payers) * 0.5, len(days))


def _instalments(town: _Town) -> None:
    """Goods on instalments: equal parts every month that nobody rounded, for six months from each purchase."""
    rng, world = town.rng, town.world
    text = int(world.speak(world.texts.spoken("abono mueble", "instalment", "parcela loja"), town.payers[:1])[0])
    usd: Reals = rng.lognormal(np.log(40), 0.5, len(town.payers))
    amount = world.money.minor(usd, town.currency, np.zeros_like(town.payers))
    begins = rng.integers(-150, world.calendar.days, len(town.payers))
    town.due(amount, False, begins, begins + 180, 0.95, text, 3)
    _bills(town, float(usd.sum()) * 0.6, 4)


def _wages(town: _Town, usd: float, staff: int) -> None:
    """Pay a few people of the city the same sum every fortnight."""
    people, calendar = town.world.people, town.world.calendar
    near = np.flatnonzero((people.city == town.city) & (people.living != DEPENDANT))
    workers = people.account[town.rng.choice(near, min(len(near), staff), replace=False)]
    days = np.arange(int(town.rng.integers(0, 14)), calendar.days, 14)
    for worker in workers[workers != town.host].tolist():
        town.spend(days, usd / 2 / max(staff, 1), worker, TRANSFER, 0, 3)


def _bills(town: _Town, usd: float, times: int) -> None:
    """Pay invoices of one wholesaler of the country on a few days."""
    world, rng = town.world, town.rng
    firms = world.firms
    there = firms.of(WHOLESALER)
    there = firms.account[there[firms.country[there] == world.book.account_country[town.host]]]
    if not len(there) or times <= 0:
        return
    days = np.sort(rng.choice(world.calendar.days, min(times, world.calendar.days), replace=False))
    number = world.texts.one(f"factura {int(rng.integers(1000, 9000))}")
    supplier = int(rng.choice(there))
    town.spend(days, usd / max(1, times / 3) * rng.uniform(0.7, 1.2, len(days)), supplier, TRANSFER, number)
