"""One remittance from its legs: sender to a transmitter's account, and one of its accounts to the receiver.

A ledger shows both as transfers of their own. They are put together where both texts bear the same reference number of
six digits or more, no third leg does, and the second follows the first within 30 days. A remittance whose second leg
is not found counts with the first alone; where it goes and how it is paid out are then not known. One straight from
account to account has a single leg.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from caudal.impact.coded import Codes, Flags, Ints
from caudal.impact.database import Database

Reals = npt.NDArray[np.float64]

LINKED = (
    "legs of one remittance are put together by the reference number in both texts; where none is found the receiving "
    "country and the way it is paid out are not known"
)

LONGEST = 30 * 86_400 * 1_000_000
"""The second leg follows within 30 days, in microseconds."""

ENDS = ("low", "mid", "high")


@dataclass(frozen=True)
class _Step:
    """Transfers as legs, by their places among the entries: the chance that each stops, and who likeliest does it.

    Attributes:
        ends: low, mid and high, 3 x legs; via: account code.
        with_blocked: whether a person to be blocked is on either side.
    """

    ends: Reals
    via: Codes
    with_blocked: Flags


def prepare(db: Database) -> None:
    """Table `remit`: every remittance once, with its sender and receiver where the books show them.

    Columns: r and r2 (its legs), payer, sender, receiver (account codes, empty behind a pool), time, amount and the
    lawful part of it, low, mid and high chance that it stops (a licence spares as far as it is used), via (the
    account most likely to stop it), with_blocked,
    cash (paid out in cash; empty where not known), sending and receiving (countries of the accounts).
    """
    entries, pooled = db.entries, db.holders.pooled
    first, second = linked(entries.remit, entries.cash, entries.ref, entries.time, *(
        pooled[side] for side in (entries.payer, entries.payee)
    ))  # fmt: skip
    follows = np.full(len(entries.r), -1, np.int64)
    follows[first] = second
    is_second = np.zeros(len(entries.r), np.bool_)
    is_second[second] = True
    a = np.flatnonzero(entries.remit & ~is_second)
    b = follows[a]
    has = b >= 0
    other = b[has]
    chances = _Chances(db)
    one, two = chances.of(a), chances.of(other)
    attributed = db.attributed.by_payment(len(db.book.time))
    own = np.zeros(len(db.book.time), np.int64)
    own[attributed[0]] = attributed[1]
    taken = own[entries.r[a]]
    taken[has] = np.maximum(taken[has], own[entries.r[other]])
    ends, via, with_blocked = one.ends.copy(), one.via.copy(), one.with_blocked.copy()
    later = two.ends[2] > one.ends[2, has]
    via[has] = np.where(later, two.via, one.via[has])
    ends[:, has] = np.maximum(one.ends[:, has], two.ends)
    with_blocked[has] |= two.with_blocked
    blocked = np.zeros(entries.size, np.bool_)
    blocked[db.arrow("SELECT DISTINCT code FROM bacct").column("code").to_numpy()] = True
    payer, payee = entries.payer[a], entries.payee[a]
    with_blocked |= blocked[payer]
    from_pool, to_pool = pooled[payer], pooled[payee]
    last, last_pool = payee.copy(), to_pool.copy()
    last[has], last_pool[has] = entries.payee[other], pooled[entries.payee[other]]
    cash = np.zeros(len(a), np.bool_)
    cash[has] = entries.cash[other]
    r2 = np.zeros(len(a), np.int32)
    r2[has] = entries.r[other]
    country = db.arrow("SELECT country FROM acct ORDER BY code").column("country")
    table = pa.table(
        {
            "r": entries.r[a],
            "r2": pa.array(r2, mask=~has),
            "payer": payer,
            "sender": pa.array(payer, mask=from_pool),
            "receiver": pa.array(last, mask=last_pool),
            "time": entries.time[a],
            "amount": entries.amount[a],
            "lawful": np.maximum(entries.amount[a] - taken, 0),
            **{name: ends[n] for n, name in enumerate(ENDS)},
            "via": via,
            "with_blocked": with_blocked,
            "cash": pa.array(cash, mask=~has & to_pool),
            "sending": _places(country, payer, ~from_pool),
            "receiving": _places(country, last, has | ~to_pool),
        }
    )
    with db.lent(remit_in=table):
        db.run("CREATE TABLE remit AS FROM remit_in")


def linked(remit: Flags, cash: Flags, ref: Codes, time: Ints, from_pool: Flags, to_pool: Flags) -> tuple[Ints, Ints]:
    """First and second legs of one remittance, by their places among payments.

    Args:
        ref: the number of the reference in the text; -1 where there is none.
        from_pool, to_pool: whether the account on that side is pooled.
    """
    first = _alone(np.flatnonzero(remit & (ref >= 0) & to_pool & ~from_pool), ref)
    taken = np.zeros(len(ref), np.bool_)
    taken[first] = True
    second = _alone(np.flatnonzero((remit | cash) & (ref >= 0) & from_pool & ~taken), ref)
    by_ref = np.full(int(ref.max(initial=-1)) + 1, -1, np.int64)
    by_ref[ref[second]] = second
    follows = by_ref[ref[first]] if len(first) else first
    first, follows = first[follows >= 0], follows[follows >= 0]
    gap = time[follows] - time[first]
    near = (gap >= 0) & (gap <= LONGEST)
    return first[near], follows[near]


def _alone(places: Ints, ref: Codes) -> Ints:
    """Those of some payments of whose reference there is no other."""
    if not len(places):
        return places
    alone: Ints = places[np.bincount(ref[places])[ref[places]] == 1]
    return alone


class _Chances:
    """How likely each account, and each payment, is to stop what passes."""

    def __init__(self, db: Database) -> None:
        self._entries = db.entries
        size, many = db.entries.size, len(db.book.time)
        self._carrier = np.zeros((3, size))
        self._person = np.zeros(size, np.bool_)
        carrier = db.arrow("SELECT code, low, mid, high, person_blocked FROM carrier")
        code = carrier.column("code").to_numpy()
        for n, name in enumerate(ENDS):
            self._carrier[n, code] = carrier.column(name).to_numpy()
        self._person[code] = carrier.column("person_blocked").to_numpy(zero_copy_only=False)
        refused = db.arrow("SELECT r, wl, wm, wh FROM refused")
        self._refused = np.zeros((3, many)) if refused.num_rows else None
        if self._refused is not None:
            for n, name in enumerate(("wl", "wm", "wh")):
                self._refused[n, refused.column("r").to_numpy()] = refused.column(name).to_numpy()
        self._spared = np.zeros(many, np.bool_)
        self._spared[db.arrow("SELECT DISTINCT r FROM spared").column("r").to_numpy()] = True
        self._unused = db.row("SELECT low::DOUBLE, mid::DOUBLE, high::DOUBLE FROM unused")

    def of(self, places: Ints) -> _Step:
        """Payments by their places among the entries."""
        entries = self._entries
        payer, payee, r = entries.payer[places], entries.payee[places], entries.r[places]
        come, gone = self._carrier[:, payer], self._carrier[:, payee]
        ends = np.maximum(come, gone)
        if self._refused is not None:
            ends = np.maximum(ends, self._refused[:, r])
        spared = self._spared[r]
        if spared.any():
            for n, left in enumerate(self._unused):
                ends[n] = np.where(spared, ends[n] * left, ends[n])
        via = np.where(come[2] >= gone[2], payer, payee)
        return _Step(ends, via, self._person[payer] | self._person[payee])


def _places(country: pa.ChunkedArray, account: Codes, known: Flags) -> pa.ChunkedArray:
    """The countries of accounts where they are known."""
    return country.take(pa.array(account, mask=~known))
