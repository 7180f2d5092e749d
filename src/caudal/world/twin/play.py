"""The group's own payments in the twin, played one after the other: what fails, waits, or goes through somebody else.

The group is under one account in a hundred, so its payments are few: they are played as events in order of time, each
with the money that really arrived, not by a formula over flows.
"""

from __future__ import annotations

import bisect
import heapq
from dataclasses import dataclass

import numpy as np

from caudal.world.calendar import SECOND
from caudal.world.economy import World
from caudal.world.group import LABELS
from caudal.world.stage import Payments
from caudal.world.streams import Ints, Reals
from caudal.world.twin.blocks import Blocks
from caudal.world.twin.fates import (
    DELAYED,
    EXISTING,
    LARGER,
    LATE_MONEY,
    LATER,
    MADE,
    NEVER,
    NO_MONEY,
    RECRUIT,
    REROUTED,
    SMALLER,
    Fates,
)
from caudal.world.twin.measure import Measure
from caudal.world.twin.stand_ins import MONTH, StandIns

EXTORTION = LABELS.index("extortion")
TRIES = 3
"""How often a payment that waits is tried again."""

LEAST = 0.01
"""USD below which nothing is paid."""


Event = tuple[int, int, int, float, int, int]
"""Time, payment, tries so far, USD set aside at the first try (-1: not yet), the account that holds them, and whom the
agent is to pay (-1: as intended)."""


@dataclass
class _Fund:
    """Money on its way: USD of the base world, and of the twin on the intended account and on the one in its place."""

    base: float = 0.0
    here: float = 0.0
    elsewhere: float = 0.0
    where: int = -1
    first_drawn: int = NEVER


class _Play:
    """The state of the play."""

    def __init__(
        self,
        world: World,
        paid: Payments,
        usd: Reals,
        blocks: Blocks,
        plan: StandIns,
        begin: int,
        measure: Measure,
        fates: Fates,
        seconds: dict[int, int],
    ) -> None:
        self.paid, self.usd, self.blocks, self.plan, self.fates = paid, usd, blocks, plan, fates
        self.draws, self.feeds = paid.links
        self.begin, self.end = begin, world.calendar.end
        self.group, self.rules, self.seconds = world.book.account_group, measure.group, seconds
        self.luck = world.rng("twin payments").random((2, len(paid)))
        self.funds: dict[int, _Fund] = {}
        self.queues: dict[int, list[tuple[int, int]]] = {}
        self.used: dict[tuple[int, int], float] = {}
        self.owed: dict[int, float] = {}
        self.why: dict[int, int] = {}
        self._know_funds(np.flatnonzero(paid.label >= 0))

    def _know_funds(self, planted: Ints) -> None:
        """What every fund holds in the base world, what of it came before the measure, and when it is drawn on."""
        for row in planted[self.feeds[planted] >= 0].tolist():
            fund = self.funds.setdefault(int(self.feeds[row]), _Fund())
            fund.base += float(self.usd[row])
            if self.paid.time[row] < self.begin:
                fund.here += float(self.usd[row])
        for row in planted[self.draws[planted] >= 0].tolist():
            number = int(self.draws[row])
            fund = self.funds.setdefault(number, _Fund())
            if fund.first_drawn == NEVER:  # payments stand in order of time
                fund.first_drawn = int(self.paid.time[row])
                self.queues.setdefault(int(self.paid.payer[row]), []).append((fund.first_drawn, number))

    def blocked(self, account: int, time: int) -> bool:
        """Whether an account is blocked at a time."""
        return bool(self.blocks.since[account] <= time < self.blocks.until[account])

    def one(self, time: int, row: int, tries: int, held: float, holder: int, to: int) -> list[Event]:
        """Play one payment; the events that follow from it: its next try, or what the agent pays out."""
        intended = float(self.usd[row]) * float(self.fates.amount[row]) / float(self.paid.amount[row])
        payer, want, cause = (holder, held, 0) if held >= 0 else self._source(time, row, intended)
        if payer < 0 or want < LEAST:
            return self._fail(row, cause)
        if self.blocked(payer, time):
            cause, until = int(self.blocks.cause[payer]), int(self.blocks.until[payer])
            if self.group[payer] or until == NEVER:
                return self._fail(row, cause)
            return self._wait(row, tries, want, payer, until, cause)
        second = self.seconds.get(row, -1)
        # A remittance is sent to the one who gets it, not to the agent: both payments stand or fall together.
        last = second if second >= 0 else row
        goal = int(self.fates.payee[last])
        receiver, way = (to if to >= 0 else goal), 0
        if self.blocked(receiver, time):
            receiver, way = self._instead(time, last, receiver, payer, want)
            cause = int(self.blocks.cause[goal])
            if receiver < 0:
                return self._wait(row, tries, want, payer, self._next_chance(goal, time), cause)
        if second >= 0:
            lag = int(self.fates.time[second] - self.fates.time[row])
            self._settle(time, row, payer, int(self.fates.payee[row]), want, way, cause, tries)
            agent, paid_out = int(self.fates.payer[second]), float(self.usd[second]) * want / float(self.usd[row])
            if self.fates.outcome[row] != MADE and self.fates.outcome[second] == MADE:
                for name in ("outcome", "cause", "way"):
                    getattr(self.fates, name)[second] = getattr(self.fates, name)[row]
            return [(time + lag, second, 0, paid_out, agent, receiver if receiver != goal else -1)]
        self._settle(time, row, payer, receiver, want, way, cause, tries)
        self._arrive(time, row, goal, receiver, want)
        return []

    def _source(self, time: int, row: int, want: float) -> tuple[int, float, int]:
        """Who pays, how much there is to pay, and why it is less; nobody is -1."""
        payer, number = int(self.fates.payer[row]), int(self.draws[row])
        blocked = self.blocked(payer, time) and bool(self.group[payer])
        cause = int(self.blocks.cause[payer]) if blocked else NO_MONEY
        fund = self.funds.get(number) if number >= 0 else None
        if fund is None or fund.base <= 0 or not self.group[payer]:
            if blocked:  # nothing is known of where it came from: somebody else of the group pays it
                payer, _ = self._instead(time, -1, payer, -1, want)
            return payer, want, cause
        if not blocked:
            return payer, want * (fund.here + fund.elsewhere) / fund.base, cause
        return fund.where, want * fund.elsewhere / fund.base, cause

    def _target(self, time: int, row: int, account: int) -> _Fund | None:
        """The fund a payment feeds; money that comes too late for it waits for the account's next one."""
        number = int(self.feeds[row]) if row >= 0 else -1
        fund = self.funds.get(number)
        if fund is None or fund.first_drawn > time:
            return fund
        queue = self.queues.get(account, [])
        place = bisect.bisect_right(queue, (time, 1 << 62))
        return self.funds[queue[place][1]] if place < len(queue) else None

    def _instead(self, time: int, row: int, account: int, payer: int, want: float) -> tuple[int, int]:
        """Who takes a payment in the place of a blocked account of the group, and in what way; -1 if nobody can."""
        plan, month = self.plan, (time - self.begin) // MONTH
        fund = self._target(time, row, account)
        recruit = plan.recruit.get(account, -1)
        if fund is not None and fund.where >= 0 and not self.blocked(fund.where, time):
            return fund.where, RECRUIT if fund.where == recruit else EXISTING
        if recruit >= 0 and plan.starts[account] <= time and not self.blocked(recruit, time):
            return recruit, RECRUIT
        if plan.notices.get(account, NEVER) <= time:
            for other in plan.existing[account]:
                load = self.used.get((other, month), 0.0) + want
                if other != payer and not self.blocked(other, time) and load <= plan.spare[other]:
                    self.used[other, month] = load
                    return other, EXISTING
        return -1, 0

    def _next_chance(self, account: int, time: int) -> int:
        """When a blocked payee can be paid, or somebody in its place; NEVER if nothing is in sight."""
        plan = self.plan
        chances = [int(self.blocks.until[account]), plan.notices.get(account, NEVER), plan.starts.get(account, NEVER)]
        if plan.existing.get(account):
            chances.append(self.begin + ((time - self.begin) // MONTH + 1) * MONTH)
        return min([c for c in chances if c > time], default=NEVER)

    def _wait(self, row: int, tries: int, want: float, payer: int, until: int, cause: int) -> list[Event]:
        """Try again when there is a way; or give up: not all that is missed is ever paid."""
        share = self.rules.arrears if self.paid.label[row] == EXTORTION else self.rules.waits
        if until >= self.end or tries >= TRIES or (tries == 0 and self.luck[0][row] >= share):
            return self._fail(row, cause)
        self.why.setdefault(row, cause)
        time = until + int(self.luck[1][row] * 3 * 86_400) * SECOND
        return [(time, row, tries + 1, want, payer, -1)] if time < self.end else self._fail(row, cause)

    def _fail(self, row: int, cause: int) -> list[Event]:
        rows = np.array([r for r in (row, self.seconds.get(row, -1)) if r >= 0])
        self.fates.stop(rows, cause)
        return []

    def _settle(self, time: int, row: int, payer: int, to: int, want: float, way: int, cause: int, tries: int) -> None:
        """Make the payment and write down how it differs from what was intended."""
        fates, paid = self.fates, self.paid
        share = want / float(self.usd[row])
        if abs(share - 1) > 1e-9:
            fates.amount[row] = max(1, round(int(paid.amount[row]) * share))
        fates.time[row], fates.in_books[row] = time, payer != to and time < self.end
        moved = payer != paid.payer[row] or to != paid.payee[row]
        fates.payer[row], fates.payee[row] = payer, to
        if fates.outcome[row] != MADE:
            return
        if tries:
            fates.outcome[row], fates.cause[row], fates.way[row] = DELAYED, self.why[row], way or LATER
        elif way or moved:
            fates.outcome[row], fates.cause[row], fates.way[row] = REROUTED, cause, way or EXISTING
        elif fates.amount[row] < paid.amount[row]:
            fates.outcome[row], fates.cause[row] = SMALLER, cause or NO_MONEY
        elif fates.amount[row] > paid.amount[row]:
            fates.outcome[row], fates.cause[row] = LARGER, LATE_MONEY

    def _arrive(self, time: int, row: int, account: int, to: int, want: float) -> None:
        """Put what was paid into the fund it feeds; a recruit keeps its price from the first of it."""
        if to != account and to == self.plan.recruit.get(account, -1):
            left = self.owed.setdefault(account, self.rules.recruit_cost)
            self.owed[account] = left - min(left, want)
            want -= min(left, want)
        fund = self._target(time, row, account)
        if fund is None:
            return
        if to == account:
            fund.here += want
        else:
            fund.elsewhere, fund.where = fund.elsewhere + want, to


def play(
    world: World,
    paid: Payments,
    usd: Reals,
    blocks: Blocks,
    plan: StandIns,
    begin: int,
    measure: Measure,
    fates: Fates,
    seconds: dict[int, int],
) -> None:
    """Decide the fate of every planted payment from `begin` on.

    Args:
        world: the world.
        paid: all payments of the base world, linked, in order of time.
        usd: USD of each.
        blocks: who is blocked when.
        plan: who takes over.
        begin: the measure's first microsecond.
        measure: its rules.
        fates: changed in place; what agents did to smuggling fees is in it already.
        seconds: for the first payment of a planted remittance its second one.
    """
    game = _Play(world, paid, usd, blocks, plan, begin, measure, fates, seconds)
    rows = np.flatnonzero((paid.label >= 0) & (paid.time >= begin) & fates.in_books)
    follow = {s for f, s in seconds.items() if paid.time[f] >= begin}  # these are played after their first payment
    events: list[Event] = [(int(fates.time[r]), r, 0, -1.0, -1, -1) for r in rows.tolist() if r not in follow]
    heapq.heapify(events)
    while events:
        for event in game.one(*heapq.heappop(events)):
            heapq.heappush(events, event)
