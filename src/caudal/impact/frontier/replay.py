"""Chosen points once more in time: the frozen accounts' payments are struck out, and the rest is traced again.

The network adds up a whole period, so it may send money on before it came. Here, from the measure's day on, payments
to and from the frozen accounts are gone; the group's own accounts and those mostly its pay no more than they hold, from
the least that lets them make every payment of the untouched ledger; and what remains is traced anew, payment by
payment, and measured by the largest flow as before, with no more from the source or to the sink at any account than in
the untouched ledger. Tracing starts from the own accounts and those mostly the group's, which stand in for them in the
network. So it also meets money that never touched an own account: the network's own answer is given for that wider
network (`static`), and the difference is between both. What anyone would have done otherwise is in neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.impact.coded import Coded, coded
from caudal.impact.exposed import METHOD
from caudal.impact.faces import LedgerLike, Progress
from caudal.impact.frontier.cutting import residual
from caudal.impact.frontier.kernels import funded, least_opening
from caudal.impact.frontier.money import Money, of_traced, start_of
from caudal.impact.frontier.network import Codes, Flags, Ints, Network, summed
from caudal.impact.frontier.points import Point, evaluated
from caudal.tables import ACCOUNTS, FRONTIER_REPLAYS
from caudal.tracing import TransferIndex, run_trace


def replayed(
    ledger: LedgerLike,
    books: Money,
    total: int,
    points: Sequence[Point],
    day: date | None,
    *,
    progress: Progress | None = None,
) -> pa.Table:
    """The table `frontier_replays` of these points.

    Args:
        ledger: the books the frontier was found in.
        books: the network and its accounts.
        total: the group's money through the untouched network, minor units.
        points: what is frozen.
        day: the first day on which it is.
        progress: called with (points done, points in all).
    """
    index, frame = framed(ledger.transfers, coded(ledger))
    since = int(np.searchsorted(index.time, start_of(day)))
    seeds = books.ids(np.flatnonzero(books.own | books.mostly))
    ours = np.zeros(len(index.accounts), np.bool_)
    ours[index.codes(seeds)[0]] = True
    later = index.payer[since:], index.payee[since:], index.amount[since:]
    opening = least_opening(*later, ours)
    accounts = ACCOUNTS.check(ledger.accounts)

    def remaining(frozen: Sequence[str]) -> Money | None:
        stopped = np.zeros(len(index.accounts), np.bool_)
        stopped[index.codes(frozen)[0]] = True
        gone = stopped[later[0]] | stopped[later[1]]
        paid = np.concatenate([index.amount[:since], funded(*later, gone, ours, opening)])
        rows = paid > 0
        return traced(kept(index, paid, rows), some(frame, paid, rows), accounts, seeds, day)

    untouched = remaining(())
    before = 0 if untouched is None else _flow(untouched.network)
    rows = []
    for done, point in enumerate(points):
        ids = books.ids(point.accounts)
        rest = remaining(ids)
        left, static = 0, 0
        if untouched is not None:
            static = evaluated(untouched, untouched.codes(ids)[0])[0]
            left = 0 if rest is None else _flow(_held_to(rest, untouched))
        rows.append(
            {
                "cost": books.unit,
                "point": point.name,
                "share_left": point.money / total if total else 0.0,
                "before": before,
                "static": static,
                "left": left,
                "difference": (left - static) / before if before else 0.0,
            }
        )
        if progress:
            progress(done + 1, len(points))
    return FRONTIER_REPLAYS.build(rows)


def framed(transfers: pa.Table, book: Coded) -> tuple[TransferIndex, Coded]:
    """Transfers of a coded ledger in order of time, and by number in the same order."""
    index = TransferIndex.from_transfers(transfers)
    code = book.codes(index.accounts)
    frame = replace(
        book, payer=code[index.payer], payee=code[index.payee], time=index.time, amount=index.amount,
        transfer_ids=index.transfer_ids, kept={},
    )  # fmt: skip
    return index, frame


def kept(index: TransferIndex, paid: Ints, rows: Flags) -> TransferIndex:
    """The transfers that are still made, with what is still paid, in the same order of time."""
    return replace(
        index,
        time=index.time[rows],
        payer=index.payer[rows],
        payee=index.payee[rows],
        amount=paid[rows],
        transfer_ids=index.transfer_ids.filter(pa.array(rows)),
    )


def some(book: Coded, paid: Ints, rows: Flags) -> Coded:
    """The coded ledger with some of its transfers and what is still paid."""
    return replace(
        book,
        payer=book.payer[rows],
        payee=book.payee[rows],
        time=book.time[rows],
        amount=paid[rows],
        transfer_ids=book.transfer_ids.filter(pa.array(rows)),
        kept={},
    )


def traced(
    index: TransferIndex, book: Coded, accounts: pa.Table, seeds: list[str], day: date | None, **keys: Any
) -> Money | None:
    """The network of the seeds' money through these transfers, traced again; None where there is nothing to trace.

    Args:
        keys: for `money.of_traced`: what counts as harm, and of whom.
    """
    pooled = accounts.filter(pc.fill_null(accounts.column("pooled"), False)).column("account_id").to_pylist()
    found = run_trace(index, {"": seeds}, [METHOD], pooled=pooled)
    return of_traced(book, accounts, found.attributions, pa.array(seeds, pa.string()), day, **keys)


def _flow(network: Network) -> int:
    return residual(network, np.zeros(network.nodes, np.bool_))


def _held_to(rest: Money, untouched: Money) -> Network:
    """The network that is left, with no more from the source and to the sink at an account than before.

    Who loses a payer does not make up for it, and what an account can no longer pass on is not used there.
    """
    net = rest.network
    place = pc.index_in(rest.accounts, value_set=untouched.accounts).fill_null(-1).to_numpy()
    money = net.money.copy()
    for end, here, whole in (
        (net.tail == net.source, net.head, _ends(untouched, untouched.network.tail, untouched.network.source)),
        (net.head == net.sink, net.tail, _ends(untouched, untouched.network.head, untouched.network.sink)),
    ):
        owner = place[net.owner[here[end]]]
        money[end] = np.minimum(money[end], np.where(owner < 0, 0, whole[owner]))
    return replace(net, money=money)


def _ends(books: Money, side: Codes, end: int) -> Ints:
    """What each account has from the source, or to the sink."""
    net = books.network
    arcs = side == end
    other = net.head if end == net.source else net.tail
    return summed(net.owner[other[arcs]], net.money[arcs], len(books.accounts))
