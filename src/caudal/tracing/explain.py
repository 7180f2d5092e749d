"""Why an account is exposed: the largest paths of payments, and the transfers that carry most of the money.

Both read the proportional rule without its rounding. Money of the group that came by one path stays apart from the
rest as a *lot*; a payment of the share s of a balance takes s of every lot. All lots that ever arrive add up to the
exposure, so a path has an amount of its own and "these three paths bring 80%" is a statement about the same money.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from caudal.errors import InputError
from caudal.tables import EVIDENCE, PATHS
from caudal.tracing.index import TransferIndex
from caudal.tracing.kernels import Flags, Ints, keep_balances
from caudal.tracing.path_kernels import arriving, carry, largest_paths, look_ahead, reach

MEASURES = ("carried", "widest")
LEAST = 0.5
"""Paths that bring less than this many minor units are not shown: rounded they bring nothing."""


@dataclass(frozen=True)
class Explanation:
    """Why one account is exposed to one group.

    Attributes:
        account_id: the account.
        group_id: the group.
        direction: forward (from the group to the account) or backward (from the account to the group).
        amount: what all paths bring together, base minor units, rounded. The exposure is this up to the rounding of one
            unit a payment.
        shown: what the paths in `paths` bring together; None where they are the widest, which are not parts of a sum.
        covered: the share of `amount` that arrives over the transfers of `transfers` alone, 0 to 1.
        paths: PATHS.
        transfers: EVIDENCE.
    """

    account_id: str
    group_id: str
    direction: str
    amount: int
    shown: int | None
    covered: float
    paths: pa.Table
    transfers: pa.Table


class Explainer:
    """Explains accounts of one ledger for one group in one direction; what all of them share is computed once.

    Args:
        index: the transfers.
        group_id: what the group is called.
        own: the group's accounts; those that no transfer names are passed over.
        direction: forward or backward.
        pooled: accounts where tracing stops.

    Raises:
        InputError: the direction is not known, none of the group's accounts occurs in a transfer, or an account's sums
            leave 64 bits.
    """

    def __init__(
        self,
        index: TransferIndex,
        group_id: str,
        own: Iterable[str],
        direction: str = "forward",
        pooled: Iterable[str] = (),
    ) -> None:
        if direction not in ("forward", "backward"):
            raise InputError(f"there is no direction {direction!r}; known are forward, backward", field="direction")
        self._index, self._group, self._direction = index, group_id, direction
        self._own = _flags(index, own)
        if not self._own.any():
            raise InputError(f"no account of {group_id} occurs in a transfer", field="groups")
        self._pooled = _flags(index, pooled)
        self._backward = direction == "backward"
        _ = index.turnover  # names the account whose sums leave 64 bits
        way = slice(None, None, -1) if self._backward else slice(None)
        ends = (index.payee, index.payer) if self._backward else (index.payer, index.payee)
        self._payer, self._payee = (np.ascontiguousarray(codes[way]) for codes in ends)
        self._amount = np.ascontiguousarray(index.amount[way])
        count, accounts = len(index), len(index.accounts)
        self._shown = np.zeros(count, np.int64)
        balance, nothing = np.zeros(accounts, np.int64), np.empty(0, np.int64)
        keep_balances(self._payer, self._payee, self._amount, 0, 1, 0, count, balance, self._shown, nothing)
        self._moved = carry(
            self._payer, self._payee, self._amount, self._shown, self._own, self._pooled, np.zeros(accounts)
        )

    def explain(self, account: str, *, paths: int = 5, share: float = 0.95, measure: str = "carried") -> Explanation:
        """The largest paths between the group and an account, and the transfers that carry `share` of its exposure.

        Args:
            account: the account; one without exposure has no paths and no transfers.
            paths: paths at most.
            share: of the exposure, above 0 and at most 1.
            measure: carried (the group's money that took the path) or widest (the least payment on it: how much one
                unbroken chain of payments could have brought, whatever else was on the accounts).

        Raises:
            InputError: the account is not in the ledger or is the group's own, or an argument is out of its range.
        """
        if measure not in MEASURES:
            raise InputError(f"there is no measure {measure!r}; known are {', '.join(MEASURES)}", field="measure")
        if not 0 < share <= 1:
            raise InputError("the share of the exposure must be above 0 and at most 1", field="share")
        if paths < 1:
            raise InputError("at least one path must be asked for", field="paths")
        codes, _ = self._index.codes([account])
        if not len(codes):
            raise InputError(f"account {account} occurs in no transfer", field="account")
        target = int(codes[0])
        if self._own[target]:
            raise InputError(f"account {account} is the group's own; it has no exposure to itself", field="account")
        widest = measure == "widest"
        given = self._payer, self._payee, self._amount, self._shown, self._own, self._pooled
        best, rest, onward, later = look_ahead(*given, target, widest)
        brings = self._moved * reach(self._payee, self._own, target, rest, onward, False, widest)
        total = float(self._moved[self._payee == target].sum())
        single = reach(self._payee, self._own, target, best, onward, True, widest)
        ends, steps, values = largest_paths(
            self._payee,
            self._amount,
            self._shown,
            target,
            widest,
            LEAST,
            paths,
            self._starts(single, widest, paths),
            single,
            best,
            onward,
            later,
        )
        table = self._paths(account, measure, ends, steps, values)
        evidence, covered = self._evidence(account, target, share, total, brings, rest, later)
        sizes = values[ends[1:] - 1] if len(ends) > 1 else np.zeros(0)
        return Explanation(
            account_id=account,
            group_id=self._group,
            direction=self._direction,
            amount=round(total),
            shown=None if widest else round(float(sizes.sum())),
            covered=covered,
            paths=table,
            transfers=evidence,
        )

    def _starts(self, single: np.ndarray, widest: bool, most: int) -> Ints:
        """Payments of the group that are worth most for the target: one path each, so `most` of them are enough."""
        places = np.flatnonzero(self._own[self._payer] & ~self._own[self._payee] & (self._shown > 0) & (single > 0))
        amount = self._amount[places].astype(np.float64)
        worth = np.minimum(amount, single[places]) if widest else amount * single[places]
        return places[np.argsort(-worth, kind="stable")[:most]].astype(np.int64)

    def _places(self, steps: Ints) -> Ints:
        """Places in the index of transfers counted along the pass."""
        return len(self._index) - 1 - steps if self._backward else steps

    def _paths(self, account: str, measure: str, ends: Ints, steps: Ints, values: np.ndarray) -> pa.Table:
        lengths = np.diff(ends)
        number = np.repeat(np.arange(1, len(ends)), lengths)
        within = np.arange(len(steps)) - np.repeat(ends[:-1], lengths)
        if self._backward:  # in order of time, as a person reads it
            back = np.repeat(ends[:-1] + ends[1:], lengths) - 1 - np.arange(len(steps))
            steps, values = steps[back], values[back]
        last = values[ends[:-1]] if self._backward else values[ends[1:] - 1]
        return PATHS.build(
            {
                "account_id": [account] * len(steps),
                "group_id": [self._group] * len(steps),
                "direction": [self._direction] * len(steps),
                "measure": [measure] * len(steps),
                "path": number,
                "step": within + 1,
                "transfer_id": self._index.transfer_ids.take(pa.array(self._places(steps))),
                "amount": np.rint(values).astype(np.int64),
                "reached": np.rint(np.repeat(last, lengths)).astype(np.int64),
            }
        )

    def _evidence(
        self,
        account: str,
        target: int,
        share: float,
        total: float,
        brings: np.ndarray,
        rest: np.ndarray,
        later: Ints,
    ) -> tuple[pa.Table, float]:
        """The fewest transfers, taken in order of what they bring, over which alone `share` of the money arrives."""
        carrying = np.flatnonzero(brings > 0)
        order = carrying[np.argsort(-brings[carrying], kind="stable")]
        kept, covered = 0, 0.0
        if total > 0:
            # Only these matter: they carry, or they take money from a lot that would still arrive.
            waiting = np.where(later >= 0, rest[later], 0.0) > 0
            takes = (self._moved > 0) & ~self._own[self._payer] & waiting
            cone = np.flatnonzero((brings > 0) | takes)
            rank = np.full(len(brings), len(order), np.int64)
            rank[order] = np.arange(len(order))
            with np.errstate(divide="ignore", invalid="ignore"):
                part = np.where(self._shown[cone] > 0, self._amount[cone] / self._shown[cone], 0.0)
            given = (
                self._payer[cone],
                self._payee[cone],
                part,
                self._amount[cone],
                self._own,
                target,
                rank[cone],
            )
            low, high = 0, len(order)  # money is not lost by adding a transfer, so bisection finds the first that does
            while high - low > 1:
                middle = (low + high) // 2
                if arriving(*given, middle, np.zeros(len(self._own))) >= share * total * (1 - 1e-12):
                    high = middle
                else:
                    low = middle
            kept = high
            covered = min(1.0, arriving(*given, kept, np.zeros(len(self._own))) / total)
        chosen = order[:kept]
        table = EVIDENCE.build(
            {
                "account_id": [account] * kept,
                "group_id": [self._group] * kept,
                "direction": [self._direction] * kept,
                "rank": np.arange(1, kept + 1),
                "transfer_id": self._index.transfer_ids.take(pa.array(self._places(chosen))),
                "carried": np.rint(self._moved[chosen]).astype(np.int64),
                "reached": np.rint(brings[chosen]).astype(np.int64),
            }
        )
        return table, covered


def _flags(index: TransferIndex, accounts: Iterable[str]) -> Flags:
    flags = np.zeros(len(index.accounts), np.bool_)
    flags[index.codes(accounts)[0]] = True
    return flags
