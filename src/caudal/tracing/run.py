"""Tracing from end to end: groups and a ledger in, exposures and attributions out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.tables import ATTRIBUTIONS, EXPOSURES, TIME
from caudal.tracing.flow import Flow
from caudal.tracing.index import TransferIndex
from caudal.tracing.kernels import Codes, Flags, Ints
from caudal.tracing.opening import Opening, started
from caudal.tracing.sweep import Attributed, Books, Meetings, batches, sweep

METHODS = ("poison", "proportional", "fifo")
DIRECTIONS = ("forward", "backward")


@dataclass(frozen=True)
class Total:
    """The money of one group in one pass, in minor units of the base currency.

    emitted + opening + mixed = held + returned + dust

    Attributes:
        group_id: the group.
        direction: forward or backward.
        method: poison, proportional or fifo.
        emitted: what the group's accounts paid to others (backward: received from them).
        returned: what came back to the group's accounts.
        held: what other accounts still hold of it, pooled ones included.
        pooled: the part of `held` that stopped at pooled accounts.
        opening: what other accounts held of the group's money before the first transfer, as `Opening` says.
        dust: what arrived clean because the payment carried less of it than the threshold.
    """

    group_id: str
    direction: str
    method: str
    emitted: int
    returned: int
    held: int
    pooled: int
    opening: int = 0
    dust: int = 0

    @property
    def mixed(self) -> int:
        """Clean money that came to be attributed by mixing: 0 for proportional and fifo, the price of poison."""
        return self.held + self.returned + self.dust - self.emitted - self.opening


@dataclass(frozen=True)
class Trace:
    """What a run of tracing found.

    Attributes:
        exposures: EXPOSURES; the groups' own accounts are not in it.
        attributions: ATTRIBUTIONS, transfers in the order they were traced.
        unknown_seeds: for every group the accounts given for it that no transfer names; groups without any left out.
        untraced: groups of which no account occurs in a transfer.
        totals: one for every group traced, direction and method.
    """

    exposures: pa.Table
    attributions: pa.Table
    unknown_seeds: dict[str, list[str]] = field(default_factory=dict)
    untraced: list[str] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)


def run_trace(
    index: Flow,
    groups: Mapping[str, Iterable[str]],
    methods: Sequence[str] = METHODS,
    directions: Sequence[str] = DIRECTIONS,
    pooled: Iterable[str] = (),
    *,
    attribute: Sequence[str] | None = None,
    opening: Opening | None = None,
    dust: int = 0,
    progress: Callable[[int, int | None], None] | None = None,
) -> Trace:
    """Follow the money of all groups by every method in every direction.

    Args:
        index: the transfers, in memory (`TransferIndex`) or on disk (`StoredIndex`).
        groups: the accounts of each group, by group id.
        methods: any of `METHODS`.
        directions: any of `DIRECTIONS`.
        pooled: accounts where many people's money is mixed; tracing stops there.
        attribute: methods whose attributed transfers are kept; all by default. Poison may attribute most of a ledger.
        opening: what accounts held before the ledger begins (backward: what they hold after it ends), so it goes with
            one direction; by default balances are not known, and what was there is clean.
        dust: a payment that carries less than this many minor units of a group's money arrives clean; what is lost
            that way is in `Total.dust`.
        progress: called with transfers passed and in all.

    Raises:
        InputError: a method or direction is not known, a group's accounts are no list, an opening balance cannot be,
            `dust` is negative, an account's sums leave 64 bits, or a part of the ledger cannot be read.
    """
    if dust < 0:
        raise InputError("the threshold is negative", field="dust")
    if opening is not None and len(directions) > 1:
        raise InputError("balances before the first or after the last transfer go with one direction", field="opening")
    for word, asked, allowed in (("method", methods, METHODS), ("direction", directions, DIRECTIONS)):
        for name in asked:
            if name not in allowed:
                raise InputError(f"there is no {word} {name!r}; known are {', '.join(allowed)}", field=word)
    seeds, unknown = _seeds(index, groups)
    stops = np.zeros(len(index.accounts), np.bool_)
    stops[index.codes(pooled)[0]] = True
    names = list(seeds)
    kept = methods if attribute is None else attribute
    exposures, attributions, totals = [], [], []
    passes = [(direction, batch) for direction in directions for batch in batches(len(names))]
    for done, (direction, batch) in enumerate(passes):
        ids = names[batch]
        backward = direction == "backward"
        how = [(method, method in kept) for method in methods]
        own = [seeds[name] for name in ids]
        start = started(index, opening, ids, own)
        told = None if progress is None else partial(_tell, progress, done * len(index), len(passes) * len(index))
        books, states = sweep(index, own, stops, how, backward, start, dust, told)
        opened = [_sum(amounts) for amounts in start.amounts]
        for method, state in zip(methods, states, strict=True):
            met = state.meetings(books, stops, backward)
            exposures.append(_exposures(index, ids, direction, method, met, books))
            totals += _totals(ids, direction, method, met, stops, opened, state.lost)
            if method in kept:
                attributions.append(_attributions(index, ids, direction, method, state.attributed(backward)))
    return Trace(
        exposures=pa.concat_tables([EXPOSURES.empty(), *exposures]),
        attributions=pa.concat_tables([ATTRIBUTIONS.empty(), *attributions]),
        unknown_seeds=unknown,
        untraced=[group for group in groups if group not in seeds],
        totals=totals,
    )


def trace(
    ledger: Any,
    groups: Mapping[str, Iterable[str]],
    method: str = "proportional",
    direction: str = "forward",
) -> pa.Table:
    """The exposure of every account to every group, as an EXPOSURES table.

    Args:
        ledger: anything with `transfers`, and `accounts` where some are pooled (tables of the shapes in `tables`), or
            an index, in memory or stored.
        groups: the accounts of each group, by group id.
        method: proportional (a payment carries the payer's tainted share), fifo (first in, first out) or poison (any
            contact).
        direction: forward (money that came from the group) or backward (money that went to it).

    Raises:
        InputError: nothing remains to trace because no account of any group occurs in a transfer, or as `run_trace`.
    """
    pooled: list[str] = []
    accounts = getattr(ledger, "accounts", None)
    if isinstance(accounts, pa.Table) and "pooled" in accounts.column_names:
        pooled = accounts.filter(pc.fill_null(accounts.column("pooled"), False)).column("account_id").to_pylist()
    index = ledger if hasattr(ledger, "chunks") else TransferIndex.from_transfers(ledger.transfers)
    found = run_trace(index, groups, [method], [direction], pooled, attribute=())
    if len(found.untraced) == len(groups):
        unknown = sorted({account for accounts in found.unknown_seeds.values() for account in accounts})
        said = f" (not in the ledger: {', '.join(unknown[:3])}{', ...' if len(unknown) > 3 else ''})" if unknown else ""
        raise InputError(f"there is nothing to trace: no account of any group occurs in a transfer{said}")
    return found.exposures


def _seeds(index: Flow, groups: Mapping[str, Iterable[str]]) -> tuple[dict[str, Codes], dict[str, list[str]]]:
    """The groups that can be traced with the codes of their accounts, and the accounts that are not in the ledger."""
    seeds, unknown = {}, {}
    for group, accounts in groups.items():
        if isinstance(accounts, str):
            raise InputError(f"the accounts of group {group} must be a list", field="groups")
        codes, missing = index.codes(accounts)
        if len(codes):
            seeds[group] = codes
        if missing:
            unknown[group] = missing
    return seeds, unknown


def _tell(progress: Callable[[int, int | None], None], before: int, whole: int, done: int) -> None:
    progress(before + done, whole)


def _repeat(text: str, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(text, pa.string()), count)


def _exposures(index: Flow, ids: list[str], direction: str, method: str, met: Meetings, books: Books) -> pa.Table:
    others = ~met.own
    account = met.account[others]
    columns = {
        "account_id": index.accounts.take(pa.array(account)),
        "group_id": pa.array(ids, pa.string()).take(pa.array(met.group[others])),
        "direction": _repeat(direction, len(account)),
        "method": _repeat(method, len(account)),
        "direct": met.direct[others],
        "indirect": met.indirect[others],
        "held": met.held[others],
        "turnover": books.turnover[account],
        "unexplained": books.unexplained[account],
        "first": pa.array(met.first[others]).cast(TIME),
        "last": pa.array(met.last[others]).cast(TIME),
        "hops": met.hops[others],
    }
    return EXPOSURES.check(pa.table(columns))


def _attributions(index: Flow, ids: list[str], direction: str, method: str, moved: Attributed) -> pa.Table:
    columns = {
        "transfer_id": index.ids_at(moved.transfer),
        "group_id": pa.array(ids, pa.string()).take(pa.array(moved.group)),
        "direction": _repeat(direction, len(moved.transfer)),
        "method": _repeat(method, len(moved.transfer)),
        "amount": pa.array(moved.amount),
        "hops": pa.array(moved.hops),
    }
    return ATTRIBUTIONS.check(pa.table(columns))


def _totals(
    ids: list[str], direction: str, method: str, met: Meetings, pooled: Flags, opened: list[int], lost: Ints
) -> list[Total]:
    stopped = pooled[met.account]
    totals = []
    for group, name in enumerate(ids):
        here = met.group == group
        straight, later = (int(lost[group, side]) + (int(lost[group, side + 1]) << 32) for side in (0, 2))
        totals.append(
            Total(
                name,
                direction,
                method,
                emitted=_sum(met.direct[here & ~met.own]) + straight,
                returned=_sum(met.indirect[here & met.own]),
                held=_sum(met.held[here]),
                pooled=_sum(met.held[here & stopped]),
                opening=opened[group],
                dust=straight + later,
            )
        )
    return totals


def _sum(values: Ints) -> int:
    """An exact sum of numbers that are not negative: halves are added apart, so no sum leaves 64 bits."""
    return (int((values >> 32).sum()) << 32) + int((values & 0xFFFFFFFF).sum())
