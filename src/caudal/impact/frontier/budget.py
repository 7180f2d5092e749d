"""The best set within a budget of harm: NP-hard, so a search between supported points, and a bound for all sets.

Even on a star (one payer, many payees, each with its harm) the best set within a budget is a knapsack. The search
starts from the supported points on both sides of the budget: it adds to the cheaper one, and takes from the dearer one
until that fits and then adds again. Every set it tries is measured by its largest flow, so what it says of a set is
exact; only whether there is a better one is open, by at most the distance to the bound.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from caudal.impact.frontier.money import Money
from caudal.impact.frontier.network import Flags, Ints
from caudal.impact.frontier.points import Point, evaluated


def improved(books: Money, points: Sequence[Point], budget: float, tries: int) -> Point:
    """The best set found within a budget.

    Args:
        books: the network and its accounts.
        points: the frontier, by rising harm; the first is within the budget.
        budget: the most harm that may be done.
        tries: how many sets may be measured.
    """
    within = [p for p in points if p.harm <= budget]
    below, above = within[-1], [p for p in points if p.harm > budget][:1]
    search = _Search(books, budget, tries if below.harm < budget and below.money else 0)
    chosen = books.chosen(below.accounts)
    wanted = books.chosen(above[0].accounts) if above else np.ones(len(books.accounts), np.bool_)
    money = search.grown(chosen, below.money, wanted)
    best, least = chosen, money
    if above and search.tries > 0:
        other = wanted.copy()
        search.trimmed(other)
        if search.harm(other) <= budget:
            money = search.grown(other, search.money(other), books.in_network)
            if money < least:
                best, least = other, money
    if least >= below.money:
        return Point(f"budget {budget:g}", "budget", below.money, below.harm, below.accounts, cut=below.cut)
    accounts = np.flatnonzero(best)
    return Point(f"budget {budget:g}", "budget", least, search.harm(best), accounts)


class _Search:
    """Sets of accounts as flags, changed in place, measured while tries are left."""

    def __init__(self, books: Money, budget: float, tries: int) -> None:
        self.books, self.budget, self.tries = books, budget, tries
        # What an account carries for its harm: those first that may cut the most.
        self.worth = books.through / np.maximum(books.harm, 1)
        self.free = books.in_network & ~books.fixed

    def harm(self, chosen: Flags) -> int:
        """Harm of a set."""
        return int(self.books.harm[chosen].sum())

    def money(self, chosen: Flags) -> int:
        """What still flows beside a set."""
        self.tries -= 1
        return evaluated(self.books, np.flatnonzero(chosen))[0]

    def grown(self, chosen: Flags, money: int, wanted: Flags) -> int:
        """Add accounts that fit and help, the wanted ones first; what flows then."""
        left = self.budget - self.harm(chosen)
        for candidates in (wanted, ~wanted):
            for code in self._by_worth(candidates & self.free & ~chosen & (self.books.harm <= left)):
                if self.tries <= 0 or not money:
                    return money
                if self.books.harm[code] > left:
                    continue
                chosen[code] = True
                less = self.money(chosen)
                if less < money:
                    money, left = less, left - int(self.books.harm[code])
                else:
                    chosen[code] = False
        return money

    def trimmed(self, chosen: Flags) -> None:
        """Take away the accounts that carry least for their harm until the set fits."""
        over = self.harm(chosen) - self.budget
        for code in self._by_worth(chosen & (self.books.harm > 0))[::-1]:
            if over <= 0:
                return
            chosen[code] = False
            over -= int(self.books.harm[code])

    def _by_worth(self, flags: Flags) -> Ints:
        codes = np.flatnonzero(flags)
        return codes[np.argsort(-self.worth[codes], kind="stable")]
