"""The group's money as flows between accounts, and how much of it gets through when accounts are stopped.

Three flows, each with its own place in the network that tracing attributes to the group:

- *income*: money that ends with the group and did not come from it. Of a transfer of x with f attributed forward (from
  the group) and b backward (to it), that is b * (1 - f / x), as in `frontier.money`.
- *spending*: money that left the group: f. A transfer between two of the group's own accounts is neither.
- *laundering*: both kinds where they are paid out by a channel: an account that is not the group's own and of whose
  turnover at least the share `channel_share` is the group's. The same money counts at each channel it passes.

An account v is stopped by a share s(v). Money mixes on an account in proportion, as in tracing, so what gets through is
linear: the share of the money on v that got there is (1 - s(v)) times the mean, by amount, of what its payers sent on,
where money that begins at v counts as there. The mirror of it holds for what goes on from v to its uses. Both are
iterated from all ones to the fixpoint; each step only lowers them, and more stopped accounts only lower them further.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

FLOWS = ("income", "laundering", "spending")
DAY = 86_400_000_000
MONTH = 30 * DAY
"""30 days, in microseconds."""

CLOSE = 1e-9
STEPS = 500
"""A fixpoint is taken as reached when no share moves by more than CLOSE, or after so many steps."""


@dataclass(frozen=True)
class Money:
    """Transfers that carry the group's money, one entry each.

    Attributes:
        payer, payee: account codes below `size`.
        time: microseconds since 1970-01-01 UTC.
        income, spending: amounts of either kind, minor units.
        own: per account, whether it is the group's own.
        turnover: per account, all it received and paid in the whole ledger, minor units.
    """

    payer: Ints
    payee: Ints
    time: Ints
    income: Reals
    spending: Reals
    own: Flags
    turnover: Reals

    @property
    def size(self) -> int:
        """How many accounts there are."""
        return len(self.own)

    def between(self, start: int, end: int) -> Money:
        """The transfers from `start` up to, not including, `end`."""
        kept = (self.time >= start) & (self.time < end)
        return Money(
            self.payer[kept], self.payee[kept], self.time[kept], self.income[kept], self.spending[kept], self.own,
            self.turnover,
        )  # fmt: skip

    def channels(self, share: float) -> Flags:
        """Accounts that are not the group's own and of whose turnover at least that share is the group's."""
        amount = self.income + self.spending
        moved = _sum(self.payer, amount, self.size) + _sum(self.payee, amount, self.size)
        return ~self.own & (moved > 0) & (moved >= share * self.turnover)

    def parts(self, channels: Flags) -> dict[str, tuple[Reals, Ints]]:
        """Of each flow the amount of every transfer, and the account that carries it.

        Income is carried by the account of the group that is paid, spending by the one that pays, laundering by the
        channel that pays.
        """
        inside = self.own[self.payer] & self.own[self.payee]
        income = np.where(self.own[self.payee] & ~inside, self.income, 0.0)
        spending = np.where(self.own[self.payer] & ~inside, self.spending, 0.0)
        passed = np.where(channels[self.payer], self.income + self.spending, 0.0)
        return {
            "income": (income, self.payee),
            "laundering": (passed, self.payer),
            "spending": (spending, self.payer),
        }


class Payments(Protocol):
    """Payments between accounts with codes below `size`."""

    @property
    def payer(self) -> Ints:
        """Who pays."""
        ...

    @property
    def payee(self) -> Ints:
        """Who is paid."""
        ...

    @property
    def size(self) -> int:
        """How many accounts there are."""
        ...


@dataclass(frozen=True)
class Network:
    """Money of a period summed for each pair of accounts, in one direction."""

    tail: Ints
    head: Ints
    amount: Reals
    let: Reals
    """What of the amount is not refused on the way, whoever pays or is paid."""
    size: int

    @classmethod
    def of(cls, money: Payments, amount: Reals, refused: Reals) -> Network:
        """The network of one kind of amount."""
        some = amount > 0
        key, place = np.unique(money.payer[some] * money.size + money.payee[some], return_inverse=True)
        sums = _sum(place, amount[some], len(key))
        let = _sum(place, (amount * (1.0 - refused))[some], len(key))
        return cls(key // money.size, key % money.size, sums, let, money.size)

    def arrived(self, stopped: Reals) -> Reals:
        """Per account the share of its money that gets to it and may go on, when accounts are stopped by a share."""
        _, tail, head = self._near
        return self._fixpoint(tail, head, stopped)

    def goes_on(self, stopped: Reals) -> Reals:
        """Per account the share of its money that gets to it from its payer and reaches its use."""
        _, tail, head = self._near
        return self._fixpoint(head, tail, stopped)

    @cached_property
    def _near(self) -> tuple[Ints, Ints, Ints]:
        """The accounts that money passes, and both sides of every arc by their places among them."""
        accounts, place = np.unique(np.concatenate([self.tail, self.head]), return_inverse=True)
        return accounts, place[: len(self.tail)], place[len(self.tail) :]

    def _fixpoint(self, tail: Ints, head: Ints, stopped: Reals) -> Reals:
        # An account that none of the money passes keeps what it begins with: only the others are iterated.
        accounts = self._near[0]
        size = len(accounts)
        all_shares: Reals = 1.0 - stopped
        open_ = all_shares[accounts]
        into, out = _sum(head, self.amount, size), _sum(tail, self.amount, size)
        begins = np.maximum(out - into, 0.0)
        base = np.where(into + begins > 0, into + begins, 1.0)
        share = open_
        for _ in range(STEPS):
            new = open_ * np.where(into + begins > 0, (begins + _sum(head, self.let * share[tail], size)) / base, 1.0)
            close = np.abs(new - share).max(initial=0.0) <= CLOSE
            share = new
            if close:
                break
        all_shares[accounts] = share
        return all_shares


def stopped_shares(money: Money, stopped: Reals, refused: Reals) -> dict[str, Reals]:
    """Of each flow the share of every transfer that the stopped accounts stop, in the same order.

    Args:
        money: the transfers; shares are worked out on all of them.
        stopped: per account the share by which it is stopped, 0 to 1.
        refused: per transfer the share that is refused though neither account is stopped.
    """
    income, spending = (Network.of(money, part, refused) for part in (money.income, money.spending))
    come, gone = income.arrived(stopped), spending.goes_on(stopped)
    left = spending.arrived(stopped)
    payer, payee = money.payer, money.payee
    step = (1.0 - stopped[payee]) * (1.0 - refused)
    both = money.income + money.spending
    carried = money.income * come[payer] + money.spending * left[payer]
    onward = np.where(both > 0, carried / np.where(both > 0, both, 1.0), 1.0)
    return {
        "income": 1.0 - come[payer] * step,
        "laundering": 1.0 - onward * step,
        "spending": 1.0 - (1.0 - stopped[payer]) * (1.0 - refused) * gone[payee],
    }


def busiest(money: Money, channels: Flags, before: int) -> dict[str, Reals]:
    """Of each flow the most that every account carried within 30 days that ended before a moment; minor units.

    Where nothing lies before it, all of the transfers are looked at, backwards from the last.
    """
    past = money.between(-(2**62), before)
    if not len(past.time):
        past, before = money, int(money.time.max(initial=0)) + 1
    age = (before - 1 - past.time) // MONTH
    months = int(age.max(initial=0)) + 1
    found = {}
    for flow, (amount, carrier) in past.parts(channels).items():
        some = amount > 0
        key, place = np.unique(carrier[some] * months + age[some], return_inverse=True)
        most = np.zeros(money.size)
        if len(key):
            np.maximum.at(most, key // months, _sum(place, amount[some], len(key)))
        found[flow] = most
    return found


def _sum(place: Ints, amount: Reals, size: int) -> Reals:
    return np.bincount(place, amount, size).astype(np.float64)  # integers where there is nothing to add up
