"""Parallel pass-through: one account pays several, and each of them pays on to one and the same third account.

Also called scatter-gather. It is looked for over links made for it, where payer and payee have no other dealings in the
ledger, so that an employer, the staff and the shop they all buy from do not count. A bank that sees the accounts in the
middle sees ordinary accounts; what tells is that several do the same for the same two.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from caudal.tracing.index import Codes, Ints
from caudal.typologies.books import CARD, Books, Lanes
from caudal.typologies.findings import INNOCENT, Finding, blend, cast, count, hours, money, percent, ramp
from caudal.typologies.kernels import DAY, group_rows, relays
from caudal.typologies.settings import PassThrough

TYPOLOGY = "rapid pass-through"


def detect(books: Books, own: PassThrough) -> Iterator[Finding]:
    """Sets of accounts that pass on in parallel, merged where they share a transfer."""
    ix = books.index
    use = ~books.inner & (books.channel != CARD) & (books.dealings <= own.own_link) & (ix.amount > 0)
    use &= ~books.pooled[ix.payer] & ~books.pooled[ix.payee]
    rows = np.flatnonzero(use)
    time, payer, payee = ix.time[rows], ix.payer[rows], ix.payee[rows]
    links = np.bincount(payer, minlength=books.account_count) + np.bincount(payee, minlength=books.account_count)
    lanes = Lanes(*group_rows(payer, books.account_count))
    pairs = relays(*lanes, time, payer, payee, int(own.parallel_days * DAY), links > own.max_counterparties)
    if not len(pairs):
        return
    ends = payer[pairs[:, 0]].astype(np.int64) * books.account_count + payee[pairs[:, 1]]
    _, place, often = np.unique(ends, return_inverse=True, return_counts=True)
    several = often[place] >= own.min_parallel
    pairs, ends = pairs[several], ends[several]
    if not len(pairs):
        return
    order = np.lexsort((pairs[:, 1], pairs[:, 0], payee[pairs[:, 0]], ends))
    pairs, ends = pairs[order], ends[order]
    middle = payee[pairs[:, 0]]
    fresh = np.append(True, (ends[1:] != ends[:-1]) | (middle[1:] != middle[:-1]))
    start = np.flatnonzero(np.append(True, ends[1:] != ends[:-1]))
    wide = np.flatnonzero(np.add.reduceat(fresh.astype(np.int64), start) >= own.min_parallel)
    stop = np.append(start[1:], len(ends))
    for group in _merged([rows[pairs[start[g] : stop[g]]] for g in wide]):
        finding = _judge(books, own, group)
        if finding is not None and finding.score >= own.parallel_score:
            yield finding


def _merged(groups: list[Ints]) -> list[Ints]:
    """Groups of pairs that share a transfer, as one."""
    merged: dict[int, list[Ints]] = {}
    home: dict[int, int] = {}
    for number, group in enumerate(groups):
        hops = np.unique(group).tolist()
        joined = {home[hop] for hop in hops if hop in home}
        merged[number] = [group]
        for other in joined:
            merged[number] += merged.pop(other)
        for part in merged[number] if joined else [group]:
            home.update(dict.fromkeys(np.unique(part).tolist(), number))
    return [np.concatenate(parts) for parts in merged.values()]


def _judge(books: Books, own: PassThrough, pairs: Ints) -> Finding | None:
    ix = books.index
    into, out = np.unique(pairs[:, 0]), np.unique(pairs[:, 1])
    middle, sources, sinks = (np.unique(side) for side in (ix.payee[into], ix.payer[into], ix.payee[out]))
    came = np.bincount(np.searchsorted(middle, ix.payee[into]), ix.amount[into])
    went = np.bincount(np.searchsorted(middle, ix.payer[out]), ix.amount[out])
    off = np.abs(np.log(np.maximum(went, 1) / np.maximum(came, 1)))
    kept = float(np.median(went / np.maximum(came, 1)))
    wait = (ix.time[pairs[:, 1]] - ix.time[pairs[:, 0]]) / 3.6e9
    typical = float(np.median(wait))
    features = {
        "many in the middle": (ramp(len(middle), 1, 5), 0.25),
        "amounts passed on": (ramp(-float(np.median(off)), -0.7, -0.15), 0.35),
        "little else goes there": (1.0, 0.25),
        "speed": (ramp(-typical, -own.parallel_days * 24, 0), 0.15),
    }
    if blend(features) < own.parallel_score:  # at best; the rest takes longer to count
        return None
    scattered, gathered = _share(books, own, sources, into, books.out), _share(books, own, sinks, out, books.into)
    features["little else goes there"] = (ramp(min(scattered, gathered), 0.1, 0.6), 0.25)
    score = blend(features)
    rows = np.union1d(into, out)
    reasons = [
        f"{count(len(middle), 'account')} each took money from {count(len(sources), 'account')} and sent money on to "
        f"{count(len(sinks), 'same account', 'same accounts')}, {hours(typical)} later in the middle case; "
        f"{money(int(ix.amount[into].sum()), books.base_currency)} went in.",
        f"The middle one of them passed on {percent(kept)} of what it got. None of these payers and payees have "
        "other dealings in this ledger.",
        f"Meanwhile {percent(scattered)} of the new payees of the first accounts and {percent(gathered)} of the new "
        "payers of the last ones belong to it.",
        INNOCENT
        + "a firm whose staff or suppliers pay the same body once, relatives who share a bill, a campaign paid out and "
        "spent in one place, or a refund through several branches can look like this.",
    ]
    first = int(middle[np.argmax(came)])
    others = dict.fromkeys(sinks.tolist(), "receiver") | dict.fromkeys(sources.tolist(), "payer")
    accounts, roles = cast(books, first, "pass-through", others | dict.fromkeys(middle.tolist(), "pass-through"))
    return Finding(TYPOLOGY, accounts, roles, rows, score, reasons)


def _share(books: Books, own: PassThrough, ends: Codes, chosen: Ints, lanes: Lanes) -> float:
    """Of the links without other dealings that these accounts have in the spell of the chosen ones, the chosen part."""
    time = books.index.time
    low = np.searchsorted(time, time[chosen].min())
    high = np.searchsorted(time, time[chosen].max(), side="right")
    number = 0
    for account in ends:
        mine = lanes.of(int(account))
        mine = mine[np.searchsorted(mine, low) : np.searchsorted(mine, high)]  # rows are in the order of time
        number += int(((books.dealings[mine] <= own.own_link) & ~books.inner[mine]).sum())
    return len(chosen) / max(number, 1)
