"""Who is reached at all: chains of payments in order of time, flags without amounts.

The accounts are those that poison attributes something to. A flag for each group is all that is kept, so 64 groups go
in one pass, and a pass reads little more than who paid whom.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from caudal.errors import InputError
from caudal.tracing.flow import Flow
from caudal.tracing.kernels import Codes, Flags, Ints, compiled

AT_ONCE = 64
"""Groups in one pass at most: a bit each."""

Bitsets = npt.NDArray[Any]


@compiled
def reach(
    payer: Codes, payee: Codes, amount: Ints, backward: bool, least: int, pooled: Flags, live: Bitsets, met: Bitsets
) -> None:
    """Carry flags over the transfers.

    Args:
        payer: account codes, shape (transfers,).
        payee: account codes, shape (transfers,).
        amount: minor units, shape (transfers,).
        backward: go from the last transfer to the first, from payee to payer.
        least: smallest amount that carries a flag, at least 1.
        pooled: true where flags stop, shape (accounts,), or empty where nothing stops.
        live: bit g is set where an account passes on flag g, shape (accounts,), unsigned, changed in place.
        met: bit g is set where flag g came to a pooled account, shape (accounts,), changed in place; not used where
            nothing stops.
    """
    stops = pooled.size > 0
    if backward:
        for i in range(payer.size - 1, -1, -1):
            bits = live[payee[i]]
            if bits and amount[i] >= least:
                target = payer[i]
                if stops and pooled[target]:
                    met[target] |= bits
                else:
                    live[target] |= bits
    else:
        for i in range(payer.size):
            bits = live[payer[i]]
            if bits and amount[i] >= least:
                target = payee[i]
                if stops and pooled[target]:
                    met[target] |= bits
                else:
                    live[target] |= bits


@dataclass(frozen=True)
class Reached:
    """Accounts reached, by group.

    Attributes:
        groups: group ids.
        accounts: codes of the accounts that a chain of payments leads to (backward: from), for each group, sorted;
            its own accounts are not among them.
        unknown_seeds: for every group the accounts given for it that no transfer names; groups without any left out.
    """

    groups: list[str]
    accounts: list[Codes]
    unknown_seeds: dict[str, list[str]]

    def table(self, flow: Flow) -> pa.Table:
        """Columns account_id and group_id, by group and account."""
        count = [len(codes) for codes in self.accounts]
        codes = np.concatenate([np.empty(0, np.int32), *self.accounts])
        group = np.repeat(np.arange(len(self.groups)), count)
        return pa.table(
            {
                "account_id": flow.accounts.take(pa.array(codes)).cast(pa.string()),
                "group_id": pa.array(self.groups, pa.string()).take(pa.array(group)),
            }
        )


def reached(
    flow: Flow,
    groups: Mapping[str, Iterable[str]],
    direction: str = "forward",
    pooled: Iterable[str] = (),
    dust: int = 0,
) -> Reached:
    """The accounts that chains of payments in order of time lead to from each group (backward: lead from to it).

    Args:
        flow: the transfers.
        groups: the accounts of each group, by group id.
        direction: forward or backward.
        pooled: accounts where tracing stops; they can be reached, but lead nowhere.
        dust: payments below this many minor units lead nowhere.

    Raises:
        InputError: the direction is not known, or a group's accounts are no list.
    """
    if direction not in {"forward", "backward"}:
        raise InputError(f"there is no direction {direction!r}; known are forward, backward", field="direction")
    stops = np.zeros(len(flow.accounts), np.bool_)
    stops[flow.codes(pooled)[0]] = True
    seeds, unknown = [], {}
    for group, accounts in groups.items():
        if isinstance(accounts, str):
            raise InputError(f"the accounts of group {group} must be a list", field="groups")
        own, missing = flow.codes(accounts)
        seeds.append(own)
        if missing:
            unknown[group] = missing
    found: list[Codes] = []
    for begin in range(0, len(seeds), AT_ONCE):
        found += _pass_over(flow, seeds[begin : begin + AT_ONCE], stops, direction == "backward", max(dust, 1))
    return Reached(list(groups), found, unknown)


def _pass_over(flow: Flow, seeds: list[Codes], pooled: Flags, backward: bool, least: int) -> list[Codes]:
    """The accounts each of up to 64 groups reaches."""
    width = next(kind for kind in (np.uint8, np.uint16, np.uint32, np.uint64) if len(seeds) <= 8 * kind().nbytes)
    live: Bitsets = np.zeros(len(pooled), width)
    if not pooled.any():
        pooled = pooled[:0]
    met: Bitsets = np.zeros(len(pooled), width)
    for group, own in enumerate(seeds):
        live[own] |= width(1 << group)
    for chunk in flow.chunks(backward):
        reach(chunk.payer, chunk.payee, chunk.amount, backward, least, pooled, live, met)
    if len(pooled):
        live |= met
    found: list[Codes] = []
    for group, own in enumerate(seeds):
        hit = (live & width(1 << group)) != 0
        hit[own] = False
        found.append(np.flatnonzero(hit).astype(np.int32))
    return found
