"""What accounts held before the ledger begins: an assumption, clean and unknown unless someone says otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from caudal.errors import InputError
from caudal.tracing.flow import Flow
from caudal.tracing.kernels import Codes, Ints

LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Opening:
    """Balances at the start of a pass: before the first transfer forward, after the last one backward.

    Attributes:
        balance: minor units of the base currency on each account; an account that is not named has an unknown balance:
            what it pays beyond its receipts is taken as clean money that was there before (`unexplained`).
        tainted: for each group the part of those balances that is the group's (backward: that went to it later), at
            most the balance. For the group's own accounts it says nothing: all they pay is the group's. Under first
            in, first out this part is paid first.
    """

    balance: Mapping[str, int]
    tainted: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Start:
    """An `Opening` in the codes of a flow.

    Attributes:
        balance: shape (accounts,).
        accounts: for each group of a pass, the accounts that hold money of it, sorted.
        amounts: how much, in the same order.
    """

    balance: Ints
    accounts: list[Codes]
    amounts: list[Ints]


def started(flow: Flow, opening: Opening | None, groups: Sequence[str], seeds: Sequence[Codes]) -> Start:
    """The state before the first transfer of a pass.

    Raises:
        InputError: an amount is negative, a group's part exceeds the balance, or a balance and the account's payments
            together leave 64 bits.
    """
    balance = np.zeros(len(flow.accounts), np.int64)
    none = Start(balance, [np.empty(0, np.int32) for _ in groups], [np.empty(0, np.int64) for _ in groups])
    if opening is None:
        return none
    codes, amounts = _coded(flow, opening.balance)
    balance[codes] = amounts
    most = np.maximum(*flow.turnover)[codes]
    if (most > LARGEST - amounts).any():
        name = flow.accounts[int(codes[int(np.argmax(most > LARGEST - amounts))])].as_py()
        raise InputError(f"the balance and payments of account {name} are more than 64 bits hold", field="opening")
    start = Start(balance, [], [])
    for group, own in zip(groups, seeds, strict=True):
        held, amounts = _coded(flow, opening.tainted.get(group, {}))
        over = amounts > balance[held]
        if over.any():
            name = flow.accounts[int(held[int(np.argmax(over))])].as_py()
            raise InputError(f"more than the balance of account {name} is of group {group}", field="opening")
        use = (amounts > 0) & ~np.isin(held, own)
        start.accounts.append(held[use])
        start.amounts.append(amounts[use])
    return start


def _coded(flow: Flow, amounts: Mapping[str, int]) -> tuple[Codes, Ints]:
    """Codes and amounts of the accounts that the flow knows, by code."""
    for account, amount in amounts.items():
        if not 0 <= amount <= LARGEST:
            reason = f"the balance of account {account} is {'negative' if amount < 0 else 'more than 64 bits hold'}"
            raise InputError(reason, field="opening")
    codes, unknown = flow.codes(amounts)
    missing = set(unknown)
    names = flow.accounts.take(codes).to_pylist() if len(codes) else []
    assert len(names) + len(missing) == len(amounts)  # noqa: S101 - accounts and codes are one to one
    return codes, np.array([amounts[name] for name in names], dtype=np.int64)
