"""Mule layers: money split over mules, passed on within hours to days, brought together again before a shell.

A mule keeps 3 to 8% of what goes through. Networks have two to four hops; the last hop gathers the parts of one pot.
"""

from __future__ import annotations

import numpy as np

from caudal.world.calendar import HOUR, SECOND
from caudal.world.economy import World
from caudal.world.group.pots import Pots
from caudal.world.group.roster import LAYER, Roster, Schemes
from caudal.world.stage import TRANSFER
from caudal.world.streams import Ints, Reals, total

KEPT = (0.03, 0.08)
BLAND = ("", "", "pago", "transferencia", "prestamo", "compra", "servicio")


class Layers:
    """The networks of mules, and the shell each of them pays into."""

    def __init__(self, world: World, roster: Roster, listed_from: Ints, schemes: Schemes) -> None:
        self.world, self.roster, self.stage = world, roster, world.stage()
        self.rng = world.rng("mule layers")
        self.account = world.people.account[roster.people["mule"]]
        self.scheme = schemes.new(LAYER, len(roster.depth))
        self.texts = np.array([world.texts.one(t) if t else 0 for t in BLAND])
        self.network_of = np.full(world.book.accounts, -1)
        self.network_of[self.account] = roster.network
        home = world.country(roster.shells)
        self.sink = np.empty(len(roster.depth), dtype=np.int64)
        for network, country in enumerate(roster.home):
            near = roster.shells[home == country]
            self.sink[network] = self.rng.choice(near if len(near) else roster.shells)
        unlisted = roster.shells[listed_from[roster.shells] > world.calendar.days]
        spare = unlisted if len(unlisted) else roster.shells
        self.later_sink = self.rng.choice(spare, len(roster.depth))
        self.switch = listed_from[self.sink] + self.rng.integers(2, 11, len(roster.depth))

    def feed(self, found: Pots, share: float) -> None:
        """Send `share` of each pot from its account through a network, always the same: mostly one of its country."""
        rng, roster = self.rng, self.roster
        if not len(found):
            return
        country = self.world.country(found.account)
        choice = found.account % len(roster.depth)
        for home in np.unique(roster.home):
            near = np.flatnonzero(roster.home == home)
            choice = np.where((country == home) & (found.account % 7 < 5), near[found.account % len(near)], choice)
        usd = found.usd * share
        parts = np.where(usd > 60, rng.integers(2, 4, len(found)), 1)
        pot = np.repeat(np.arange(len(found)), parts)
        cut = rng.gamma(3.0, 1.0, len(pot))
        piece = usd[pot] * cut / np.bincount(pot, cut)[pot]
        mule = self._mule(choice[pot], np.zeros(len(pot), dtype=np.int64))
        time = found.time[pot] + rng.integers(2 * 3600, 60 * 3600, len(pot)) * SECOND
        fund = self.world.funds.new(len(pot))
        self._pay(time, found.account[pot], mule, piece, choice[pot], found.fund[pot], fund)
        self._pass_on(time, mule, piece, choice[pot], np.zeros(len(pot), dtype=np.int64), pot, fund)

    def pass_on(self, found: Pots) -> None:
        """Let mules that were paid directly, by funnels and the like, pass it on through their network."""
        if len(found):
            network = self.network_of[found.account]
            hop = np.zeros(len(found), dtype=np.int64)
            self._pass_on(found.time, found.account, found.usd, network, hop, np.arange(len(found)), found.fund)

    def _pass_on(self, time: Ints, mule: Ints, usd: Reals, network: Ints, hop: Ints, pot: Ints, fund: Ints) -> None:
        rng, depth = self.rng, self.roster.depth
        while len(time):
            last = hop + 1 >= depth[network]
            if last.any():
                self._into_shell(time[last], mule[last], usd[last], network[last], fund[last])
            on = ~last
            time, mule, network, hop, pot, fund = (v[on] for v in (time, mule, network, hop, pot, fund))
            usd = usd[on]
            if not len(time):
                return
            # Parts of one pot meet again on the last mule of the network.
            hop = hop + 1
            gathering = hop + 1 >= depth[network]
            payee = self._mule(network, hop)
            firsts, place = np.unique(pot, return_index=True)
            meeting = payee[place][np.searchsorted(firsts, pot)]
            payee = np.where(gathering, meeting, payee)
            usd = usd * (1 - rng.uniform(*KEPT, len(usd)))
            later = time + rng.integers(3 * 3600, 50 * 3600, len(time)) * SECOND
            # What came in parts leaves as one sum: the last mule waits for all of them.
            keys, place = np.unique(np.where(gathering, pot, -1 - np.arange(len(pot))), return_inverse=True)
            gathered_in = self.world.funds.new(len(keys))
            self._pay(later, mule, payee, usd, network, fund, gathered_in[place])
            arrival = np.zeros(len(keys), dtype=np.int64)
            np.maximum.at(arrival, place, later)
            one = np.zeros(len(keys), dtype=np.int64)
            one[place] = np.arange(len(place))
            gathered = total(place, usd, len(keys))
            time, mule, usd = arrival, payee[one], gathered
            network, hop, pot, fund = network[one], hop[one], pot[one], gathered_in

    def _into_shell(self, time: Ints, mule: Ints, usd: Reals, network: Ints, fund: Ints) -> None:
        rng = self.rng
        usd = usd * (1 - rng.uniform(*KEPT, len(usd)))
        later = time + rng.integers(4, 60, len(time)) * HOUR
        day = (later - self.world.calendar.origin) // (24 * HOUR)
        shell = np.where(day >= self.switch[network], self.later_sink[network], self.sink[network])
        self._pay(later, mule, shell, usd, network, fund)

    def _mule(self, network: Ints, hop: Ints) -> Ints:
        """A mule of each network at each hop."""
        luck = self.rng.random(len(network))
        key = self.roster.network * 8 + self.roster.hop
        order = np.argsort(key, kind="stable")
        low = np.searchsorted(key[order], network * 8 + hop)
        high = np.searchsorted(key[order], network * 8 + hop, side="right")
        chosen: Ints = self.account[order[low + (luck * (high - low)).astype(np.int64)]]
        return chosen

    def _pay(
        self, time: Ints, payer: Ints, payee: Ints, usd: Reals, network: Ints, draws: Ints, feeds: Ints | int = -1
    ) -> None:
        self.world.pay(
            self.stage,
            time,
            payer,
            payee,
            np.maximum(usd, 1.0),
            TRANSFER,
            self.texts[self.rng.integers(0, len(self.texts), len(time))],
            label=LAYER,
            scheme=self.scheme[network],
            draws=draws,
            feeds=feeds,
        )
