"""Chosen points once more in time: the frozen accounts' payments are struck out, and the rest is traced again.

The network adds up a whole period, so it may send money on before it came. Here, from the measure's day on, payments
to and from the frozen accounts are gone; the group's own accounts and those mostly its pay no more than they hold, from
the least that lets them make every payment of the untouched ledger; and what remains is traced anew, payment by
payment, and measured by the largest flow as before. Tracing starts from the own accounts and those mostly the group's,
which stand in for them in the network; it is the same for every point, so shares are compared, not sums. What anyone
would have done otherwise is in neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.impact.exposed import METHOD
from caudal.impact.faces import LedgerLike, Progress
from caudal.impact.frontier.cutting import residual
from caudal.impact.frontier.kernels import funded, least_opening
from caudal.impact.frontier.money import Money, of_books
from caudal.impact.frontier.network import Flags, Ints
from caudal.impact.frontier.points import Point
from caudal.tables import ACCOUNTS, FRONTIER_REPLAYS, TIME, TRANSFERS
from caudal.tracing import TransferIndex, run_trace


@dataclass(frozen=True)
class _Left:
    """What of a ledger is read again."""

    transfers: pa.Table
    accounts: pa.Table


def replayed(
    ledger: LedgerLike,
    books: Money,
    total: int,
    points: Sequence[Point],
    day: date | None,
    *,
    memory_limit: str,
    progress: Progress | None = None,
) -> pa.Table:
    """The table `frontier_replays` of these points.

    Args:
        ledger: the books the frontier was found in.
        books: the network and its accounts.
        total: the group's money through the untouched network, minor units.
        points: what is frozen.
        day: the first day on which it is.
        memory_limit: of the database, in DuckDB's words.
        progress: called with (points done, points in all).
    """
    index = TransferIndex.from_transfers(ledger.transfers)
    since = 0
    if day is not None:
        since = int(np.searchsorted(index.time, (day - date(1970, 1, 1)).days * 86_400_000_000))
    seeds = books.ids(np.flatnonzero(books.own | books.mostly))
    ours = np.zeros(len(index.accounts), np.bool_)
    ours[index.codes(seeds)[0]] = True
    later = index.payer[since:], index.payee[since:], index.amount[since:]
    opening = least_opening(*later, ours)
    accounts = ACCOUNTS.check(ledger.accounts)

    def flowing(frozen: Sequence[str]) -> int:
        stopped = np.zeros(len(index.accounts), np.bool_)
        stopped[index.codes(frozen)[0]] = True
        gone = stopped[later[0]] | stopped[later[1]]
        paid = np.concatenate([index.amount[:since], funded(*later, gone, ours, opening)])
        return _through(_kept(index, paid, paid > 0), accounts, seeds, day, memory_limit)

    before = flowing(())
    rows = []
    for done, point in enumerate(points):
        left = flowing(books.ids(point.accounts))
        static, again = (part / whole if whole else 0.0 for part, whole in ((point.money, total), (left, before)))
        rows.append(
            {
                "cost": books.unit,
                "point": point.name,
                "share_left": static,
                "before": before,
                "left": left,
                "replay_left": again,
                "difference": again - static,
            }
        )
        if progress:
            progress(done + 1, len(points))
    return FRONTIER_REPLAYS.build(rows)


def _kept(index: TransferIndex, paid: Ints, rows: Flags) -> TransferIndex:
    """The transfers that are still made, with what is still paid, in the same order of time."""
    return replace(
        index,
        time=index.time[rows],
        payer=index.payer[rows],
        payee=index.payee[rows],
        amount=paid[rows],
        transfer_ids=index.transfer_ids.filter(pa.array(rows)),
    )


def _through(index: TransferIndex, accounts: pa.Table, seeds: list[str], day: date | None, memory_limit: str) -> int:
    """The largest flow of the seeds' money through these transfers, traced again."""
    pooled = accounts.filter(pc.fill_null(accounts.column("pooled"), False)).column("account_id").to_pylist()
    found = run_trace(index, {"": seeds}, [METHOD], pooled=pooled)
    transfers = TRANSFERS.build(
        {
            "transfer_id": index.transfer_ids.cast(pa.string()),
            "time": pa.array(index.time).cast(TIME),
            "payer_account": index.accounts.take(pa.array(index.payer)),
            "payee_account": index.accounts.take(pa.array(index.payee)),
            "amount": index.amount,
            "currency": pa.repeat("XXX", len(index)),
            "amount_base": index.amount,
        }
    )
    left: Any = _Left(transfers, accounts)
    try:
        net = of_books(left, found.attributions, own=seeds, day=day, memory_limit=memory_limit).network
    except InputError:  # nothing is left to trace
        return 0
    return residual(net, np.zeros(net.nodes, np.bool_))
