"""Attributed payments by number: millions of rows come down to few kinds, and to sums of accounts and institutions.

A row's *source* is what the side nearer to the group is: an account to be blocked (each its own source), or any other,
dealt with straight or over others. Its *kind* is the source and whether the payment lies before or after three days:
the measure's, the day from which the source could be read on a list, and that of secondary sanctions. All that is said
of a row hangs on its kind, so the database looks at kinds alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from caudal.impact import kernels_dealt as kernels
from caudal.impact.coded import Codes, Flags, Ints
from caudal.impact.kernels_coded import attributed
from caudal.impact.unknowns import AFTER, BEFORE, WHOLE

Reals = npt.NDArray[np.float64]

AFTERS: list[int | None] = [None, AFTER, WHOLE]
"""The factor of lying on or after a day, by the period of a payment: before, not known, after."""

BEFORES: list[int | None] = [WHOLE, BEFORE, None]
"""The factor of lying before it."""


@dataclass(frozen=True)
class Attributed:
    """Attributed payments of some groups seen from the exposed side, one entry each.

    Attributes:
        r: places in the ledger; time: microseconds.
        g: the group's code; forward: whether the money comes from it.
        amount: minor units; straight: whether nobody lies between.
        me, them: the exposed account, and the side nearer to the group.
    """

    r: Codes
    g: Codes
    forward: Flags
    amount: Ints
    straight: Flags
    time: Ints
    me: Codes
    them: Codes

    def table(self, chosen: Ints | None = None) -> pa.Table:
        """Some of them as a table: r, g, fwd, amount, time, me, them."""
        columns = {
            "r": self.r, "g": self.g, "fwd": self.forward, "amount": self.amount, "time": self.time, "me": self.me,
            "them": self.them,
        }  # fmt: skip
        return pa.table({name: c if chosen is None else c[chosen] for name, c in columns.items()})

    def payer(self) -> Codes:
        """Who pays."""
        return np.where(self.forward, self.them, self.me)

    def payee(self) -> Codes:
        """Who is paid."""
        return np.where(self.forward, self.me, self.them)

    @cached_property
    def near(self) -> Ints:
        """Accounts that dealt straight on the group's side: its own."""
        return np.unique(self.them[self.straight]).astype(np.int64)

    def by_payment(self, size: int) -> tuple[Codes, Ints]:
        """Payments by their places among so many, and of each the larger of what is attributed either way."""
        most = np.maximum(*attributed(self.r, self.forward, self.amount, size))
        there = np.zeros(size, np.bool_)
        there[self.r] = True
        rows = np.flatnonzero(there)
        return rows.astype(np.int32), most[rows]


@dataclass(frozen=True)
class Sources:
    """What the side nearer to the group is, by number; groups by their codes 0, 1, ...

    Attributes:
        group, account: of each; the account is -1 for all others, dealt with straight or over others.
        direct: whether dealings with it are straight ones.
        low, mid: how sure it is; event, factor: the same in random draws.
        read: from when it could be read on a list (earliest, latest).
    """

    group: Ints
    account: Ints
    direct: Flags
    low: Reals
    mid: Reals
    event: Ints
    factor: Ints
    read: Ints

    def of(self, rows: Attributed, groups: int) -> Codes:
        """The source of every row."""
        found = np.full(len(rows.r), -1, np.int32)
        for g in range(groups):
            mine = np.flatnonzero(rows.g == g)
            at = np.full(int(max(rows.them.max(initial=-1), self.account.max(initial=-1))) + 1, -1, np.int32)
            own = np.flatnonzero((self.group == g) & (self.account >= 0))
            at[self.account[own]] = own
            # The last two of a group are all others: straight, and over others.
            straight, over = np.flatnonzero((self.group == g) & (self.account < 0))
            other = np.where(rows.straight[mine], straight, over)
            known = at[rows.them[mine]]
            found[mine] = np.where(known >= 0, known, other)
        return found


@dataclass(frozen=True)
class Days:
    """Of each group, by code, the earliest and the latest first moment: of the measure, and of secondary sanctions."""

    measure: Ints
    secondary: Ints
    unknown: tuple[float, float, float]
    """How far a payment on a day that is not known counts as after it: low, mid, high."""


class Dealings:
    """The kinds of attributed payments, and sums over them.

    Attributes:
        rows: the payments.
        kind: the number of each one's kind; -1 where a licence covers it.
        sources: what is near the group.
    """

    def __init__(self, rows: Attributed, sources: Sources, source: Codes, days: Days, blocked: Flags) -> None:
        self.rows, self.sources, self._days, self._blocked = rows, sources, days, blocked
        self.groups = days.measure.shape[1]
        whole = np.empty(len(rows.r), np.int64)
        kernels.kinds(rows.g, source, rows.time, days.measure, sources.read, days.secondary, whole)
        # Only kinds that occur get a number.
        seen = np.zeros(27 * len(sources.group) + 1, np.bool_)
        seen[whole] = True
        seen[-1] = False
        self._kinds = np.flatnonzero(seen)
        number = np.full(len(seen), -1, np.int32)
        number[self._kinds] = np.arange(len(self._kinds), dtype=np.int32)
        self.kind: Codes = number[whole]
        self._source, periods = np.divmod(self._kinds, 27)
        self._later, self._readable, self._asked = periods // 9, periods // 3 % 3, periods % 3

    @property
    def direct(self) -> Flags:
        """Per kind, whether the dealing is a straight one."""
        return self.sources.direct[self._source]

    def table(self) -> pa.Table:
        """What is said of each kind: kind, g, direct, event, factor, and the factors of its periods."""
        read = [self._readable[n] if d else None for n, d in enumerate(self.direct.tolist())]
        codes = {
            "later": [AFTERS[p] for p in self._later],
            "earlier": [BEFORES[p] for p in self._later],
            "readable": [None if p is None else AFTERS[p] for p in read],
            "unreadable": [None if p is None else BEFORES[p] for p in read],
            "asked": [AFTERS[p] for p in self._asked],
        }
        return pa.table(
            {
                "kind": np.arange(len(self._kinds), dtype=np.int32),
                "g": self.sources.group[self._source].astype(np.int32),
                "direct": self.direct,
                "event": self.sources.event[self._source].astype(np.int32),
                "factor": self.sources.factor[self._source].astype(np.int32),
                **{name: pa.array(values, pa.int32()) for name, values in codes.items()},
            }
        )

    def sums(self) -> pa.Table:
        """Per kind and way what was dealt with accounts that are not to be blocked: kind, fwd, amount, n."""
        rows = self.rows
        total, count = kernels.by_kind(self.kind, rows.forward, rows.amount, rows.me, self._blocked, len(self._kinds))
        kind, side = np.nonzero(count)
        return pa.table(
            {
                "kind": kind.astype(np.int32),
                "fwd": side == 1,
                "amount": total[kind, side],
                "n": count[kind, side],
            }
        )

    @cached_property
    def pairs(self) -> tuple[Ints, Ints]:
        """Accounts that are not to be blocked and the kinds of their dealings: every pair once, sorted."""
        some = (self.kind >= 0) & ~self._blocked[self.rows.me]
        many = max(len(self._kinds), 1)
        key = np.unique(self.rows.me[some].astype(np.int64) * many + self.kind[some])
        return key // many, key % many

    def accounts(self) -> pa.Table:
        """Exact sums and weights of every exposed account for every group."""
        low, _, high = self._days.unknown
        tops = np.array([self.sources.low[self._source] * _share(low)[self._later]])
        straight_tops = np.array([self.sources.mid[self._source], _share(high)[self._readable]])
        names = ("total", "direct_in", "direct_out", "indirect", "before", "after", "readable")
        parts = []
        for g in range(max(self.groups, 1)):
            sums, top, straight_top, state = kernels.by_account(
                np.flatnonzero(self.rows.g == g), self.kind, self.rows.forward, self.rows.amount, self.rows.me,
                self._blocked, self.direct, self._later, self._readable, tops, straight_tops, len(self._blocked),
            )  # fmt: skip
            there = np.flatnonzero(state)
            straight = state[there] == 2
            parts.append(
                pa.table(
                    {
                        "code": there.astype(np.int32),
                        "g": np.full(len(there), g, np.int32),
                        "direct": straight,
                        **{name: sums[n, there] for n, name in enumerate(names)},
                        "al": top[0, there],
                        "dwm": pa.array(straight_top[0, there], mask=~straight),
                        "kh": straight_top[1, there],
                    }
                )
            )
        return pa.concat_tables(parts)

    def institutions(self, institution: Codes, ids: pa.Array, payments: int) -> tuple[pa.Table, pa.Table]:
        """What institutions handled: exact sums and weights per group, and the kinds of payments of each.

        Args:
            institution: the number of the one that keeps each account, -1 where it is not known; ids: theirs by number.
            payments: how many payments the ledger has.
        """
        low, _, high = self._days.unknown
        tops = np.array(
            [
                self.sources.mid[self._source],
                self.sources.low[self._source] * _share(low)[self._later],
                _share(high)[self._asked],
            ]
        )
        payer, payee = self.rows.payer(), self.rows.payee()
        first = np.full(payments, -1, np.int32)
        names = ("total", "direct_total", "before", "after", "direct_after")
        parts = []
        for g in range(max(self.groups, 1)):
            sums, top, state = kernels.by_institution(
                np.flatnonzero(self.rows.g == g), self.rows.r, self.kind, self.rows.amount, payer, payee, institution,
                self.direct, self._later, tops, first, len(ids),
            )  # fmt: skip
            there = np.flatnonzero(state)
            parts.append(
                pa.table(
                    {
                        "institution_id": ids.take(pa.array(there)),
                        "g": np.full(len(there), g, np.int32),
                        "direct": state[there] == 2,
                        **{name: sums[n, there] for n, name in enumerate(names)},
                        "dm": top[0, there],
                        "al": top[1, there],
                        "sh": top[2, there],
                    }
                )
            )
        many, keys = max(len(self._kinds), 1), []
        for side in (payer, payee):
            keeper = institution[side]
            some = (self.kind >= 0) & (keeper >= 0)
            keys.append(np.unique(keeper[some].astype(np.int64) * many + self.kind[some]))
        key = np.unique(np.concatenate(keys))
        ties = pa.table({"institution_id": ids.take(pa.array(key // many)), "kind": (key % many).astype(np.int32)})
        return pa.concat_tables(parts), ties

    def straight(self) -> pa.Table:
        """The straight dealings one by one, with what is said of their kinds."""
        chosen = np.flatnonzero(self.kind >= 0)  # there may be no kind at all
        chosen = chosen[self.direct[self.kind[chosen]]]
        found = self.rows.table(chosen)
        said = self.table().drop_columns(["kind", "g", "direct"])
        for name in said.column_names:
            found = found.append_column(name, said.column(name).take(pa.array(self.kind[chosen])))
        return found.append_column("direct", pa.array(np.ones(len(chosen), np.bool_)))


def _share(unknown: float) -> Reals:
    """How far a payment counts as after a day, by its period."""
    return np.array([0.0, unknown, 1.0])


def sets_of_kinds(owner: Ints, member: Ints) -> tuple[Ints, Ints, pa.Table]:
    """Different sets of members, from pairs that are sorted and unique.

    Returns:
        owners, the number of each one's set, and a table (subject, member) of the sets that are somebody's.
    """
    owners, found, before, adds = kernels.sets(owner, member)
    used = np.unique(found)
    subject, members = [used], [adds[used]] if len(used) else [np.empty(0, np.int64)]
    at, of = before[used] if len(used) else used, used
    while len(at):
        kept = at >= 0
        at, of = at[kept], of[kept]
        subject.append(of)
        members.append(adds[at])
        at = before[at]
    return owners, found, pa.table({"subject": np.concatenate(subject), "member": np.concatenate(members)})
