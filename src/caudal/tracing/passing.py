"""How quickly an account pays on what it receives: the loop, and what it gives."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from caudal.tracing.index import TransferIndex
from caudal.tracing.kernels import Codes, Flags, Ints, compiled

Reals = npt.NDArray[np.float64]


class Passing(NamedTuple):
    """For every account, each of shape (accounts,); 0 for accounts not asked for.

    Attributes:
        passed: of what it received, paid on within the time given; base minor units.
        stay: mean time that money stayed, weighed by amount; microseconds.
        payers: different accounts that paid it.
        payees: different accounts it paid.
    """

    passed: Reals
    stay: Reals
    payers: Ints
    payees: Ints


def passing(index: TransferIndex, asked: Flags, within: int) -> Passing:
    """How much the asked accounts paid on within `within` microseconds of its arrival.

    A payment is set against the latest receipts that are still there (last in, first out): the question is whether
    money *can* have been handed through that quickly, also where an older balance lies below it.
    """
    passed, time = pass_on(index.payer, index.payee, index.amount, index.time, asked, within)
    stay = np.divide(time, passed, out=np.zeros_like(time), where=passed > 0)
    moving = (index.amount > 0) & (index.payer != index.payee)
    ends = (index.payee, index.payer), (index.payer, index.payee)
    payers, payees = (_partners(mine[moving], other[moving], asked) for mine, other in ends)
    return Passing(passed, stay, payers, payees)


def _partners(mine: Codes, other: Codes, asked: Flags) -> Ints:
    here = asked[mine]
    pairs = np.unique(mine[here].astype(np.int64) << 32 | other[here])
    return np.bincount(pairs >> 32, minlength=len(asked)).astype(np.int64)


@compiled
def pass_on(payer: Codes, payee: Codes, amount: Ints, time: Ints, asked: Flags, within: int) -> tuple[Reals, Reals]:
    """Amounts paid on within `within` of their arrival, and amount times time they stayed.

    Args:
        payer: account codes in order of time, shape (transfers,).
        payee: account codes, shape (transfers,).
        amount: minor units, shape (transfers,).
        time: microseconds, shape (transfers,).
        asked: accounts to measure, shape (accounts,).
        within: microseconds.

    Returns:
        Both of shape (accounts,).
    """
    below = np.full(payer.size, -1, np.int64)  # the receipt under this one on the account's pile
    left = np.zeros(payer.size, np.int64)
    top = np.full(asked.size, -1, np.int64)
    passed, stay = np.zeros(asked.size), np.zeros(asked.size)
    for i in range(payer.size):
        p, q, x = payer[i], payee[i], amount[i]
        if p == q or x == 0:
            continue
        if asked[p]:
            need = x
            while need > 0 and top[p] >= 0:
                lot = top[p]
                took = min(need, left[lot])
                waited = time[i] - time[lot]
                if waited > within:  # what lies below is older still, and will be too old for good
                    top[p] = -1
                    break
                passed[p] += took
                stay[p] += float(took) * float(waited)
                need -= took
                left[lot] -= took
                if left[lot] == 0:
                    top[p] = below[lot]
        if asked[q]:
            left[i] = x
            below[i] = top[q]
            top[q] = i
    return passed, stay
