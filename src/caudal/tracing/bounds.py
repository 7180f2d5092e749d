"""How little and how much of a group's money may sit behind an exposure, whatever was spent first.

No ledger says which of an account's money a payment took, nor what was on the account before the first payment seen.
Proportional and first in, first out are conventions that answer anyway. The bounds hold for every convention that moves
no money twice: an account that has t of the group's money in a balance b and pays x moves at least t - (b - x) of it
(the rest of the balance holds no more) and at most the smaller of t and x. Both are carried on as an interval.

Opening balances. An account must have held at least what it paid beyond its receipts (`unexplained`); that, or the
balance told, is on it from the start and is clean. With `tainted`, that share of it counts as the group's in the upper
bound, for accounts that dealt straight with the group. Hence for every account:

    direct <= low <= proportional and first in, first out (as computed, rounding included) <= high

because a larger clean balance only widens the interval: the default brings the missing money in when it is missed, so
its balances are never larger than those here. More opening money than told would lower `low`, down to `direct`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa

from caudal.errors import InputError
from caudal.tables import EXPOSURE_BOUNDS
from caudal.tracing.index import TransferIndex
from caudal.tracing.kernels import Codes, Flags, Ints, compiled, keep_balances

_WIDEST = 2**62


@compiled
def widen(
    payer: Codes,
    payee: Codes,
    amount: Ints,
    origin: int,
    step: int,
    own: Flags,
    pooled: Flags,
    balance: Ints,
    least: Ints,
    most: Ints,
    low: Ints,
    high: Ints,
) -> None:
    """Carry the interval of every account's part over all transfers of a pass (`origin`, `step` as in `kernels`).

    Args:
        payer: account codes, shape (transfers,).
        payee: account codes, shape (transfers,).
        amount: minor units, shape (transfers,).
        origin: place of the first transfer of the pass.
        step: 1 or -1.
        own: true for the group's accounts, shape (accounts,).
        pooled: true where tracing stops, shape (accounts,).
        balance: opening balances that cover every payment, shape (accounts,), changed in place.
        least: the group's money on every account at least, shape (accounts,), changed in place.
        most: the same at most, shape (accounts,), changed in place.
        low: what arrived at least, shape (accounts,), changed in place.
        high: the same at most, shape (accounts,), changed in place.
    """
    for k in range(payer.size):
        i = origin + step * k
        p, q, x = payer[i], payee[i], amount[i]
        if p == q or x == 0:
            continue
        lower, upper = 0, 0
        if own[p]:
            lower, upper = x, x
        elif not pooled[p]:
            rest = balance[p] - x
            lower, upper = max(0, least[p] - rest), min(x, most[p])
            least[p], most[p] = max(0, least[p] - x), min(most[p], rest)
        balance[p] -= x
        balance[q] += x
        if own[q]:
            continue
        low[q] += lower
        high[q] += upper
        if not pooled[q]:
            least[q] += lower
            most[q] += upper


def exposure_bounds(
    index: TransferIndex,
    groups: Mapping[str, Iterable[str]],
    directions: Sequence[str] = ("forward", "backward"),
    pooled: Iterable[str] = (),
    *,
    opening: Mapping[str, int] | None = None,
    tainted: float = 0.0,
) -> pa.Table:
    """The bounds of every account that may have any of a group's money, as an EXPOSURE_BOUNDS table.

    Args:
        index: the transfers.
        groups: the accounts of each group, by group id.
        directions: forward, backward or both.
        pooled: accounts where tracing stops.
        opening: money known to be on an account before the ledger, base minor units; less than the payments show to
            have been there counts as that. Backward it is the money on the account after the ledger.
        tainted: share of the opening money of accounts that dealt straight with the group that counts as the group's in
            the upper bound, 0 to 1.

    Raises:
        InputError: an argument is out of its range, or balances leave 62 bits.
    """
    if not 0 <= tainted <= 1:
        raise InputError("the tainted share of opening balances must be between 0 and 1", field="tainted")
    count, accounts = len(index), len(index.accounts)
    stops = np.zeros(accounts, np.bool_)
    stops[index.codes(pooled)[0]] = True
    parts = [EXPOSURE_BOUNDS.empty()]
    for direction in directions:
        backward = direction == "backward"
        payer, payee = (index.payee, index.payer) if backward else (index.payer, index.payee)
        origin, step = (count - 1, -1) if backward else (0, 1)
        start = _opening(index, payer, payee, origin, step, backward, opening or {})
        for group, members in groups.items():
            own = np.zeros(accounts, np.bool_)
            own[index.codes(members)[0]] = True
            least, most = np.zeros(accounts, np.int64), np.zeros(accounts, np.int64)
            if tainted:
                near = _near(index, own) & ~stops
                most[near] = np.minimum(start[near], np.floor(start[near] * tainted).astype(np.int64))
            low, high = np.zeros(accounts, np.int64), np.zeros(accounts, np.int64)
            widen(payer, payee, index.amount, origin, step, own, stops, start.copy(), least, most, low, high)
            codes = np.flatnonzero(high > 0)
            parts.append(
                EXPOSURE_BOUNDS.build(
                    {
                        "account_id": index.accounts.take(pa.array(codes)),
                        "group_id": [group] * len(codes),
                        "direction": [direction] * len(codes),
                        "low": low[codes],
                        "high": high[codes],
                        "opening": start[codes],
                    }
                )
            )
    return pa.concat_tables(parts)


def _opening(
    index: TransferIndex,
    payer: Codes,
    payee: Codes,
    origin: int,
    step: int,
    backward: bool,
    told: Mapping[str, int],
) -> Ints:
    """Money on every account before the pass: what is told, and at least what its payments show to have been there."""
    balance = np.zeros(len(index.accounts), np.int64)
    shown, nothing = np.empty(len(index), np.int64), np.empty(0, np.int64)
    keep_balances(payer, payee, index.amount, origin, step, 0, len(index), balance, shown, nothing)
    received, paid = index.turnover
    into, out_of = (paid, received) if backward else (received, paid)
    start = balance - into + out_of
    for account, amount in told.items():
        if not 0 <= amount < _WIDEST:
            raise InputError(f"the opening balance of account {account} must be 0 or more", field="opening")
        codes, _ = index.codes([account])
        start[codes] = np.maximum(start[codes], amount)
    wide = np.flatnonzero((start >= _WIDEST) | (into >= _WIDEST))
    if len(wide):
        raise InputError(
            f"the balances of account {index.accounts[int(wide[0])].as_py()} leave 62 bits", file="transfers"
        )
    return start


def _near(index: TransferIndex, own: Flags) -> Flags:
    """Accounts that dealt straight with the group, in either direction."""
    moving = (index.amount > 0) & (own[index.payer] != own[index.payee])
    near = np.zeros(len(own), np.bool_)
    near[index.payer[moving]] = True
    near[index.payee[moving]] = True
    near &= ~own
    return near
