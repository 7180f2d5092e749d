"""Which accounts are blocked from when: frozen by the measure, or closed by a bank that would rather be safe."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.world.calendar import DAY
from caudal.world.economy import World
from caudal.world.group import Group
from caudal.world.stage import Payments
from caudal.world.streams import Flags, Ints, Reals
from caudal.world.twin.fates import CLOSED, FROZEN, NEVER
from caudal.world.twin.measure import Measure
from caudal.world.writer import party_ids

ALIKE = ("namesake", "savings circle", "cash shop")
"""Roles that look like the group to a bank, and are not."""

NEVER_CLOSED = ("government", "utility")


@dataclass(frozen=True)
class Blocks:
    """Per account: blocked from `since` until `until` (NEVER where not, or for good), and the cause.

    `frozen` is true where the measure itself does it; `wary` where the holder looks suspicious to an institution:
    a look-alike, or somebody who dealt with a frozen account.
    """

    since: Ints
    until: Ints
    cause: Ints
    frozen: Flags
    wary: Flags

    def at(self, account: Ints, time: Ints) -> Flags:
        """Whether each account is blocked at each time."""
        return (self.since[account] <= time) & (time < self.until[account])


def start_of(world: World, measure: Measure) -> int:
    """The first microsecond of the measure.

    Raises:
        InputError: its day is not in the window.
    """
    day = world.calendar.day_number(measure.day)
    if not 0 <= day < world.calendar.days:
        last = world.calendar.end // DAY - world.calendar.origin // DAY - 1
        raise InputError(
            f"{measure.day} is not among the days of the world, {world.calendar.start} and the {last} after it",
            field="day",
        )
    return world.calendar.origin + day * DAY


def block(world: World, group: Group, paid: Payments, ids: pa.Array, measure: Measure) -> Blocks:
    """Freeze what the measure names and let banks close what frightens them."""
    book, begin = world.book, start_of(world, measure)
    since = _frozen_since(world, group, ids, measure, begin)
    frozen = since < NEVER
    exposed = _exposed(world, paid, frozen, begin, measure.institutions.lookback_days)
    rng, rules = world.rng("twin closures"), measure.institutions
    luck = rng.random((4, book.accounts))
    roles = [book.role(r) for r in ALIKE]
    alike = np.isin(book.account_role, roles)
    safe = book.account_pooled | np.isin(book.account_role, [book.role(r) for r in NEVER_CLOSED])
    closes = (exposed & (luck[0] < rules.close_exposed)) | (alike & (luck[1] < rules.close_alike))
    closes &= ~safe & ~frozen
    closed = np.flatnonzero(closes)
    until = np.full(book.accounts, NEVER)
    since[closed] = begin + within(luck[2][closed], rules.reaction_days)
    # Whoever works for the group finds no other bank: the group has to replace the account.
    lawful = closed[~book.account_group[closed]]
    until[lawful] = since[lawful] + within(luck[3][lawful], rules.reopen_days)
    return Blocks(since, until, np.where(frozen, FROZEN, CLOSED), frozen, alike | exposed)


def within(luck: Reals, days: tuple[float, float]) -> Ints:
    """Microseconds: as many days as `luck` (0 to 1) picks between the two, to the second."""
    seconds = (days[0] + luck * (days[1] - days[0])) * 86_400
    return seconds.astype(np.int64) * 1_000_000


def _frozen_since(world: World, group: Group, ids: pa.Array, measure: Measure, begin: int) -> Ints:
    book, freeze = world.book, measure.freeze
    since = np.full(book.accounts, NEVER)
    if freeze.listed:
        for member in group.members:
            if member.party >= 0:
                day = world.calendar.origin + world.calendar.day_number(member.effective) * DAY
                since[book.account_party == member.party] = max(begin, day)
    accounts = _places(ids, freeze.accounts, "freeze.accounts", "account")
    parties = _places(party_ids(np.arange(book.parties)), freeze.parties, "freeze.parties", "party")
    held = np.flatnonzero(np.isin(book.account_party, parties))
    both = sorted(set(accounts.tolist()) & set(held.tolist()))
    if both:
        raise InputError(f"{ids[both[0]].as_py()} is frozen already, by its party", field="freeze.accounts")
    named = np.concatenate([accounts, held]).astype(np.int64)
    pooled = named[book.account_pooled[named]]
    if len(pooled):
        reason = f"{ids[int(pooled[0])].as_py()} is a pooled account of many customers; stop a corridor instead"
        raise InputError(reason, field="freeze")
    since[named] = begin
    return since


def _places(ids: pa.Array, wanted: tuple[str, ...], field: str, word: str) -> Ints:
    found = pc.index_in(pa.array(wanted, pa.string()), value_set=ids)
    if found.null_count:
        missing = wanted[found.is_null().to_numpy(zero_copy_only=False).argmax()]
        raise InputError(f"there is no {word} {missing} in this world", field=field)
    places: Ints = found.to_numpy(zero_copy_only=False).astype(np.int64)
    return places


def _exposed(world: World, paid: Payments, frozen: Flags, begin: int, lookback: float) -> Flags:
    """Accounts that dealt with a frozen one directly in the days before the measure."""
    low = np.searchsorted(paid.time, begin - int(lookback * DAY))
    recent = slice(int(low), int(np.searchsorted(paid.time, begin)))
    exposed = np.zeros(world.book.accounts, dtype=bool)
    payer, payee = paid.payer[recent], paid.payee[recent]
    exposed[payee[frozen[payer]]] = True
    exposed[payer[frozen[payee]]] = True
    return exposed & ~frozen
