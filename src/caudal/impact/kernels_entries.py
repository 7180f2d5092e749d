"""Single passes over all payments of a ledger."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def turnover(payer: Any, payee: Any, amount: Any, size: int) -> tuple[Any, Any]:
    """What every account received from others and paid to others."""
    came = np.zeros(size, np.int64)
    gone = np.zeros(size, np.int64)
    for n in range(len(amount)):
        if payer[n] != payee[n]:
            came[payee[n]] += amount[n]
            gone[payer[n]] += amount[n]
    return came, gone


@njit(cache=True, nogil=True)
def touching(payer: Any, payee: Any, amount: Any, chosen: Any) -> Any:
    """The places of payments between two accounts, one of them chosen, of more than nothing."""
    count = 0
    for n in range(len(amount)):
        if payer[n] != payee[n] and amount[n] > 0 and (chosen[payer[n]] or chosen[payee[n]]):
            count += 1
    found = np.empty(count, np.int64)
    count = 0
    for n in range(len(amount)):
        if payer[n] != payee[n] and amount[n] > 0 and (chosen[payer[n]] or chosen[payee[n]]):
            found[count] = n
            count += 1
    return found
