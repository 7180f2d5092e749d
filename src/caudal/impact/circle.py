"""The group's circle: accounts known to be the group's, and those whose payments show a pattern that ties them to it.

Tracing starts at the accounts a list leads to. It cannot tell what such an account takes in lawfully from what the
group takes in, nor whether money came from a hand of the group that nobody listed. Patterns are evidence of another
kind (`caudal.typologies`), so both are put together:

1. *Known* are the group's own accounts. *In a pattern* are centres of findings (who collects, gathers cash, passes on)
   that pay to or are paid by the circle with at least a fifth (`TIED`) of what they pay or take in.
2. *In between* are accounts that take at least half (`channel_share`) of their money from the circle and either
   pay at least `TIED` of that back into it or take nearly nothing from anybody else (`ONLY`).
3. Of what comes in from outside counts whole what a finding names, payers of collectors by the probability that they
   pay under threat; what reaches known accounts outside any pattern counts by `plain_is_theirs`, and not at all where
   it is what lawful lives are made of: cards, salaries and pensions of steady sums, trade between firms, transfers
   from banks and agents.
4. Within the circle money is laundered where the payee pays on, and spent where it does not. What leaves is spent in
   the proportion in which the account's money, less what it passed on within the circle, came from the group.

Accounts in patterns or in between count by `pattern_is_theirs`. Everything is read off payments of the circle, so what
is called income, laundering or spending is one payment each, and no payment counts twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa

from caudal.impact.cut_flows import FLOWS, Flags, Ints, Reals
from caudal.impact.database import Database
from caudal.impact.named import Named
from caudal.tables import COERCION

TIED = 0.2
"""Share of what an account in a pattern pays or takes in that ties it to the circle."""

ONLY = 0.9
"""Who takes this share of its money from the circle is in it though it pays nothing back: a front at the end."""

MISSED = 0.1
"""Share of the accounts that gather cash, pass on or collect that the detectors do not find in made-up worlds."""

STEPS = 8
"""How far the circle is followed from the known accounts over others, at most."""

STEADY = 0.1
"""Payments of one payer to one payee are a steady sum when their spread is below this share of their mean."""

COLLECTS, CASH, PASSES, FIRM, ENDS = range(5)
PARTS = ("collects", "gathers cash", "passes on", "firm", "end of the way")
"""The part an account plays; another can take over for it only in the same part."""

PASSING = "rapid pass-through"
TYPOLOGIES = {
    "extortion collector": COLLECTS,
    "funnel account": CASH,
    "structuring": CASH,
    PASSING: PASSES,
}


@dataclass(frozen=True)
class Held:
    """How sure the circle is, in one case: what accounts in patterns, and plain income, count."""

    patterns: float
    plain: float


@dataclass(frozen=True)
class Circle:
    """Payments of the circle, one entry each, and its accounts.

    Attributes:
        payer, payee, time: account codes, and microseconds.
        amount: minor units.
        order: the number (r) of each payment.
        chance: per account how probable its pattern is: 1 for known ones, 0 outside.
        known: per account, whether it is known.
        part: per account the part it plays (a place in `PARTS`).
        taken: per payment from outside what of it the group takes in by a pattern: 0 to 1.
        plain: per payment from outside, whether it is plain income of a known account.
        layered: per payment from outside, whether it came into a pattern of passing on: from a hand nobody found.
        lawful: per payment to the outside, whether it is what lawful lives are made of.
        all_in: per account all it took in.
        overlap: accounts known, in patterns, and both.
    """

    payer: Ints
    payee: Ints
    time: Ints
    amount: Reals
    order: Ints
    chance: Reals
    known: Flags
    part: Ints
    taken: Reals
    plain: Flags
    layered: Flags
    lawful: Flags
    all_in: Reals
    overlap: tuple[int, int, int]

    @property
    def size(self) -> int:
        """How many accounts there are."""
        return len(self.chance)

    @cached_property
    def inside(self) -> Flags:
        """Per account, whether it is in the circle."""
        return self.chance > 0

    @cached_property
    def hidden(self) -> tuple[float, float, float]:
        """Accounts of the group that neither list nor patterns show, for each one that either does: none, mid, most.

        Mid is what the detectors miss in made-up worlds (`MISSED`). The upper end comes from two samples of a
        population, which tell its size by how many they share: (n1 + 1)(n2 + 1) / (m + 1) - 1 (Chapman 1951), if being
        in one does not make it likelier to be in the other. Lists name leaders and firms, patterns show hands: they
        share fewer than chance would have it, so it is too high.
        """
        first, second, both = self.overlap
        seen = first + second - both
        middle = MISSED / (1 - MISSED)
        most = ((first + 1) * (second + 1) / (both + 1) - 1) / seen - 1 if seen else 0.0
        return 0.0, middle, max(middle, most)

    def between(self, start: int, end: int) -> Circle:
        """The same circle with the payments from `start` up to, not including, `end`."""
        kept = (self.time >= start) & (self.time < end)
        names = ("payer", "payee", "time", "amount", "order", "taken", "plain", "layered", "lawful")
        return replace(self, **{name: getattr(self, name)[kept] for name in names})

    def weights(self, held: Held) -> Reals:
        """Per account how sure it is the group's."""
        found: Reals = np.where(self.known, 1.0, self.chance * held.patterns)
        return found

    def mixed(self, held: Held) -> Reals:
        """Per account which share of its money, less what it passed on within the circle, came from the group."""
        into, within, _ = self._ways(held)
        got = _sum(self.payee, into + within, self.size)
        gone = _sum(self.payer, within, self.size)
        left = np.maximum(got - gone, 0.0)
        rest = np.maximum(self.all_in - gone, left)
        found: Reals = np.where(rest > 0, left / np.where(rest > 0, rest, 1.0), 0.0)
        return found

    @cached_property
    def passing(self) -> Flags:
        """Per account, whether it pays on what the circle pays it; a firm eats nothing, so it is never the end."""
        within = self.inside[self.payer] & self.inside[self.payee]
        got = _sum(self.payee, self.amount * within, self.size)
        on = _sum(self.payer, self.amount * within, self.size)
        return (on >= TIED * got) | (self.part <= FIRM)

    def flows(self, held: Held, mixed: Reals) -> dict[str, Reals]:
        """Of each flow the amount of every payment, minor units; `mixed` as the method of that name gives it."""
        into, within, out = self._ways(held)
        layered = into * self.layered
        laundered = np.where(self.passing[self.payee], within, 0.0) + layered
        found = {
            "income": into - layered,
            "laundering": laundered,
            "spending": (within + layered - laundered) + out * mixed[self.payer],
        }
        return {flow: found[flow] for flow in FLOWS}

    def carriers(self) -> dict[str, Ints]:
        """Of each flow the account that carries each payment: who is paid income, who pays the rest."""
        return {"income": self.payee, "laundering": self.payer, "spending": self.payer}

    def _ways(self, held: Held) -> tuple[Reals, Reals, Reals]:
        """Of every payment what comes into the circle, stays within it, and leaves it."""
        weight = self.weights(held)
        a, b = weight[self.payer], weight[self.payee]
        both = self.inside[self.payer] & self.inside[self.payee]
        counts = np.where(self.plain, held.plain, self.taken)
        into = np.where(self.inside[self.payer], 0.0, self.amount * b * counts)
        within = np.where(both, self.amount * np.minimum(a, b), 0.0)
        out = np.where(self.inside[self.payee] | self.lawful, 0.0, self.amount * a)
        return into, within, out


def read(
    db: Database,
    known: Iterable[int],
    findings: pa.Table,
    coercion: pa.Table | None,
    channel_share: float,
) -> Circle | None:
    """The circle around known accounts; None where no pattern is tied to them.

    Args:
        db: books that are open (`caudal.impact.books`).
        known: codes of the group's own accounts.
        findings: the `findings` table.
        coercion: the `coercion` table, where there is one.
        channel_share: what share of an account's money makes it one in between.
    """
    size = int(db.row("SELECT count(*) FROM acct")[0])
    pooled = _flags(db, "SELECT code FROM acct WHERE coalesce(agent, false)", size)
    firm = _flags(db, "SELECT code FROM acct JOIN party USING (party_id) WHERE is_firm(schema)", size)
    mine: Flags = np.zeros(size, np.bool_)
    mine[list(known)] = True
    pattern, part, named, layers = _patterns(db, findings, size)
    pattern[pooled] = 0.0
    if not mine.any() or not (pattern > 0).any():
        return None
    inside, in_between = _grown(db, mine, pattern > 0, pooled, channel_share)
    if not (inside & (pattern > 0)).any():
        return None
    chance = np.where(mine, 1.0, np.where(inside & (pattern > 0), pattern, np.where(in_between, 1.0, 0.0)))
    part[(part < 0) & firm] = FIRM
    entries = db.entries
    place = entries.touching(inside)
    order, payer, payee = (column[place].astype(np.int64) for column in (entries.r, entries.payer, entries.payee))
    time, amount = entries.time[place], entries.amount[place].astype(np.float64)
    household, cash = entries.household[place], entries.cash[place]
    all_in = np.where(inside, entries.came, 0).astype(np.float64)
    within = inside[payer] & inside[payee]
    got, on = _sum(payee, amount * within, size), _sum(payer, amount * within, size)
    part[(part < 0) & (on >= TIED * got) & (on > 0)] = PASSES
    part[part < 0] = ENDS
    taken = np.isin(order, named).astype(np.float64)
    pays, asked = _threatened(db, coercion, payer, payee)
    taken = np.where(asked, pays, taken)
    steady = _steady(payer, payee, amount, size)
    ordinary = household | (pooled[payer] & ~cash) | steady | (firm[payer] & firm[payee])
    outside = ~inside[payer] & inside[payee]
    both = int((mine & (pattern > 0)).sum())
    return Circle(
        payer,
        payee,
        time,
        amount,
        order,
        chance,
        mine,
        part,
        np.where(outside, taken, 0.0),
        outside & mine[payee] & (taken == 0) & ~asked & ~ordinary,
        outside & (taken > 0) & np.isin(order, layers) & ~pooled[payer],
        household | pooled[payee],
        all_in,
        (int(mine.sum()), int((inside & (pattern > 0)).sum()), both),
    )


def _grown(db: Database, mine: Flags, pattern: Flags, pooled: Flags, share: float) -> tuple[Flags, Flags]:
    """Who is in the circle, and who of them is in between; both grow until nobody is added."""
    size, entries = len(mine), db.entries
    came, gone = entries.came.astype(np.float64), entries.gone.astype(np.float64)
    some_in, some_out = came > 0, gone > 0
    inside = mine.copy()
    for _ in range(STEPS):
        # Sums of whole amounts are exact, so the payments of a pair need not be put together first.
        place = entries.touching(inside | pattern)
        payer, payee = entries.payer[place].astype(np.int64), entries.payee[place].astype(np.int64)
        amount = entries.amount[place].astype(np.float64)
        grown = inside
        while True:
            from_it = _sum(payee, amount * grown[payer], size)
            to_it = _sum(payer, amount * grown[payee], size)
            tied = pattern & ((some_in & (from_it >= TIED * came)) | (some_out & (to_it >= TIED * gone)))
            # Who collects or gathers cash is tied by whom it pays, which may be another in a pattern.
            fed = some_in & (from_it >= share * came) & ~pooled
            between = fed & ((to_it >= TIED * from_it) | (from_it >= ONLY * came))
            new = grown | tied | between
            if (new == grown).all():
                break
            grown = new
        if (grown == inside).all():
            break
        inside = grown
    return inside, inside & ~mine & ~pattern


def _patterns(db: Database, findings: pa.Table, size: int) -> tuple[Reals, Ints, Ints, Ints]:
    """Per account the probability and the part of its pattern; payments that findings name, and those passed on."""
    chance, part = np.zeros(size), np.full(size, -1)
    named = Named.of(db.book, findings)
    ours = named.kind(TYPOLOGIES)
    kinds, probabilities = named.typology.to_pylist(), findings.column("probability").to_pylist()
    for finding in np.flatnonzero(ours & (named.first >= 0)).tolist():
        code, role, probability = named.first[finding], TYPOLOGIES[kinds[finding]], probabilities[finding]
        chance[code] = max(chance[code], 1.0 if probability is None else probability)
        part[code] = role if part[code] < 0 else min(part[code], role)
    kept = ours[named.payment_finding] & (db.entries.at(named.payment) >= 0)
    order, back = np.unique(named.payment[kept], return_inverse=True)
    passed = np.array([kind == PASSING for kind in kinds], np.bool_)[named.payment_finding[kept]]
    return chance, part, order, order[np.bincount(back, ~passed, len(order)) == 0]


def _threatened(db: Database, coercion: pa.Table | None, payer: Ints, payee: Ints) -> tuple[Reals, Flags]:
    """Per payment the probability that it is made under threat, and whether that was asked of payer and payee."""
    if coercion is None or not coercion.num_rows or not len(payer):
        return np.zeros(len(payer)), np.zeros(len(payer), np.bool_)
    pairs = pa.table({"n": np.arange(len(payer)), "payer": payer, "payee": payee})
    chosen = COERCION.check(coercion).select(["collector_account", "payer_account", "probability"])
    with db.lent(coercion_in=chosen, pairs_in=pairs):
        found = db.arrow(
            """SELECT n, max(probability) AS p FROM coercion_in
               JOIN acct c ON c.account_id = collector_account JOIN acct v ON v.account_id = payer_account
               JOIN pairs_in ON payer = v.code AND payee = c.code GROUP BY n ORDER BY n"""
        )
    chance, asked = np.zeros(len(payer)), np.zeros(len(payer), np.bool_)
    place = found.column("n").to_numpy()
    chance[place], asked[place] = found.column("p").to_numpy(), True
    return chance, asked


def _steady(payer: Ints, payee: Ints, amount: Reals, size: int) -> Flags:
    """Whether a payment is one of three or more of a steady sum between the same two, as wages and pensions are."""
    _, place, count = np.unique(payer * size + payee, return_inverse=True, return_counts=True)
    mean = _sum(place, amount, len(count)) / np.maximum(count, 1)
    spread = np.sqrt(np.maximum(_sum(place, amount**2, len(count)) / np.maximum(count, 1) - mean**2, 0.0))
    found: Flags = ((count >= 3) & (spread <= STEADY * mean))[place]
    return found


def _flags(db: Database, query: str, size: int) -> Flags:
    found: Flags = np.zeros(size, np.bool_)
    found[[code for (code,) in db.rows(query)]] = True
    return found


def _sum(place: Ints, amount: Reals, size: int) -> Reals:
    return np.bincount(place, amount, size).astype(np.float64)
