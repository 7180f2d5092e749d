"""From the books to the network: what came to the group, what became of it, and who loses what with each account.

**Income and use.** Of a transfer of x, tracing attributes f forward (it came from the group) and b backward (it ends
with the group). Money that left the group and comes back to it would be in both, so the *use* part is f and the
*income* part is b * (1 - f / x): what ends with the group and did not come from it. A transfer between the group's own
accounts belongs to it whole. Parts are added up over the transfers of a pair of accounts from the measure's day on.

**Nodes.** Income reaches the group's accounts, uses leave them. An account on both sides gets a node on each, so that
no path can turn from income to use without passing the group: a shop that pays extortion and sells to the group does
not hand its customers' money to its suppliers for the group. Two kinds of accounts have one node, where money may
turn: the group's own, and those of whose turnover at least the share `mostly` is the group's (its mules, shells and
collectors under whatever name). Freezing the own accounts alone thus leaves what these others can still carry.

**Source and sink.** An account that brings more than it got has an arc from the source for the difference: money that
enters there. One that got more than it passed on has an arc to the sink: money used there. Nodes of income alone have
no arc to the sink (what has not reached the group yet is no use), nodes of use alone none from the source (what lay
there on the day never was income of this period). The traced money itself is then a flow that fills every arc from the
source, as far as it arrives, so the largest flow of the untouched network is the group's money through it.

**Harm.** Either the *lawful flow* of an account, all payments to and from it less the parts above, or the *people* who
have such payments with it, its holder included. A pooled account carries its customers' payments, so it costs what all
of them lose. An own account costs what it moves times the chance that it is not the group's. Where an account has two
nodes they share its cost as they share the group's money.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from math import ceil
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.impact import kernels_coded
from caudal.impact.coded import Coded, coded
from caudal.impact.exposed import METHOD
from caudal.impact.faces import LedgerLike
from caudal.impact.frontier.grouping import added, paired
from caudal.impact.frontier.network import NEVER, Codes, Flags, Ints, Network, merged, on_the_way, summed
from caudal.tables import ACCOUNTS, ATTRIBUTIONS

COSTS = ("lawful flow", "people")
"""What harm counts: payments in minor units, or people."""

GRAINS = {"lawful flow": 1, "people": 1000}
"""How many parts a unit of harm has in the network, so that two nodes of one account can share a few people."""

MOSTLY = 0.5
"""An account of whose turnover at least this share is the group's may turn its income into use."""


@dataclass(frozen=True)
class Meetings:
    """Who pays whom, so that people can be counted where they are asked for.

    Attributes:
        payer, payee: account numbers, shape (transfers,).
        chosen: transfers that count, shape (transfers,).
        legal: transfers of which some part is not the group's, shape (transfers,).
        holder: number of the holder of every account, shape (accounts,).
        counts: accounts that stand for people: neither pooled nor the group's own, shape (accounts,).
    """

    payer: Codes
    payee: Codes
    chosen: Flags
    legal: Flags
    holder: Ints
    counts: Flags

    @cached_property
    def _both(self) -> tuple[Ints, Ints]:
        found: tuple[Ints, Ints] = kernels_coded.people(
            self.payer, self.payee, self.chosen, self.legal, self.holder, self.counts, len(self.holder)
        )
        return found

    @property
    def lawful(self) -> Ints:
        """How many different people an account has payments with that are not all the group's, shape (accounts,)."""
        return self._both[0]

    @property
    def met(self) -> Ints:
        """How many different people an account has payments with, shape (accounts,)."""
        return self._both[1]


@dataclass(frozen=True)
class Money:
    """The network of a group's money, with what stands behind its numbers.

    Attributes:
        network: what is cut; account numbers are places in `accounts`.
        accounts: account ids, sorted; a pyarrow string array.
        own: the group's own accounts, shape (accounts,).
        mostly: others of whose turnover most is the group's, shape (accounts,).
        pooled: accounts that mix many people's money, shape (accounts,).
        income: what of the group's income passed an account, minor units, shape (accounts,).
        uses: what of the group's spending passed it, minor units, shape (accounts,).
        turnover: payments to and from an account, minor units, shape (accounts,).
        lawful: the part of its turnover that is not the group's, minor units, shape (accounts,).
        harm: what freezing an account costs in the unit of the question, shape (accounts,).
        fixed: accounts that cannot be frozen, shape (accounts,).
        unit: `lawful flow` or `people`.
        grain: how many units of cost the network has for one of harm.
    """

    network: Network
    accounts: pa.Array
    own: Flags
    mostly: Flags
    pooled: Flags
    income: Ints
    uses: Ints
    turnover: Ints
    lawful: Ints
    harm: Ints
    fixed: Flags
    unit: str
    grain: int
    meetings: Meetings

    @property
    def people(self) -> Ints:
        """People with lawful payments to or from an account, the holder included, shape (accounts,)."""
        return self.meetings.lawful + ~self.own

    def codes(self, ids: Iterable[str]) -> tuple[Ints, list[str]]:
        """Numbers of these accounts, sorted, and those that are not in the books."""
        wanted = pa.array(sorted(set(ids)), pa.string())
        place = pc.index_in(wanted, value_set=self.accounts)
        missing = wanted.filter(pc.is_null(place)).to_pylist()
        return place.drop_null().to_numpy().astype(np.int64), missing

    def places(self, ids: pa.Array) -> Ints:
        """The number of every one of these accounts; -1 where it is not in the books."""
        found: Ints = pc.fill_null(pc.index_in(ids, value_set=self.accounts), -1).to_numpy().astype(np.int64)
        return found

    @cached_property
    def in_network(self) -> Flags:
        """The accounts that have a node, shape (accounts,)."""
        return self.chosen(self.network.owner)

    @cached_property
    def through(self) -> Ints:
        """The most of the group's money that can pass an account, minor units, shape (accounts,)."""
        return summed(self.network.owner, self.network.through, len(self.accounts))

    def chosen(self, codes: Any) -> Flags:
        """These accounts as flags, shape (accounts,)."""
        flags = np.zeros(len(self.accounts), np.bool_)
        flags[codes] = True
        return flags

    def ids(self, codes: Ints) -> list[str]:
        """Ids of these account numbers."""
        found: list[str] = self.accounts.take(pa.array(codes)).to_pylist()
        return found


def of_books(
    ledger: LedgerLike,
    attributions: pa.Table,
    *,
    own: Iterable[str] | None = None,
    groups: Iterable[str] | None = None,
    day: date | None = None,
    cost: str = "lawful flow",
    never: Iterable[str] = (),
    certainty: Mapping[str, float] | None = None,
    harm: Mapping[str, int] | None = None,
    mostly: float = MOSTLY,
) -> Money:
    """The network of a group's money in these books; the arguments are those of `compute`.

    Raises:
        InputError: an argument is impossible, or no transfer from that day on carries the group's money.
    """
    if cost not in COSTS:
        raise InputError(f"there is no cost {cost!r}; known are {', '.join(COSTS)}", field="cost")
    if not 0 < mostly <= 1:
        raise InputError(f"a share lies between 0 and 1, not at {mostly}", field="mostly")
    book = coded(ledger)
    traced = _attributed(book, attributions, groups)
    seeds = traced.own(book) if own is None else _found(book.codes(pa.array(sorted(set(own)), pa.string())))
    books = _read(book, ACCOUNTS.check(ledger.accounts), traced, seeds, day)
    if not len(books.payer):
        since = f" from {day} on" if day else ""
        raise InputError(f"no transfer{since} carries money of the group", file="attributions")
    return _money(books, cost, never, certainty or {}, harm or {}, mostly)


def of_traced(
    book: Coded,
    accounts: pa.Table,
    attributions: pa.Table,
    seeds: pa.Array,
    day: date | None,
    *,
    cost: str = COSTS[0],
    never: Iterable[str] = (),
    certainty: Mapping[str, float] | None = None,
    mostly: float = MOSTLY,
) -> Money | None:
    """The network of the money of some seeds in a coded ledger; None where no transfer carries any."""
    traced = _attributed(book, attributions, None)
    books = _read(book, accounts, traced, _found(book.codes(seeds)), day)
    return _money(books, cost, never, certainty or {}, {}, mostly) if len(books.payer) else None


def _money(
    books: _Books,
    cost: str,
    never: Iterable[str],
    certainty: Mapping[str, float],
    harm: Mapping[str, int],
    mostly: float,
) -> Money:
    """Harm and the network of what was read."""
    price = books.lawful + 0 if cost == "lawful flow" else books.meetings.lawful + ~books.own
    moved = books.turnover if cost == "lawful flow" else books.meetings.met
    for code, chance in _by_code(books.accounts, certainty).items():
        if not 0 <= chance <= 1:
            raise InputError(f"a chance lies between 0 and 1, not at {chance}", field="certainty")
        if books.own[code]:
            price[code] = ceil((1 - Fraction(chance)) * int(moved[code]))
    for code, amount in _by_code(books.accounts, harm).items():
        if amount < 0:
            raise InputError(f"harm is not negative, as {amount} is", field="harm")
        price[code] = amount
    fixed = ~books.known
    fixed[list(_by_code(books.accounts, dict.fromkeys(never, True)))] = True
    size = len(books.accounts)
    income, uses = (_passed(books, part, size) for part in (books.income, books.uses))
    most = ~books.own & ~books.pooled & (income + uses > 0) & (income + uses >= np.ceil(mostly * books.turnover))
    network = _network(books, price * GRAINS[cost], fixed, books.own | most, income, uses)
    return Money(
        network, books.accounts, books.own, most, books.pooled, income, uses, books.turnover, books.lawful,
        price, fixed, cost, GRAINS[cost], books.meetings,
    )  # fmt: skip


@dataclass(frozen=True)
class _Books:
    """Everything about accounts by number, in the order of their ids, and the parts by pair of accounts."""

    accounts: pa.Array
    known: Flags
    pooled: Flags
    own: Flags
    turnover: Ints
    lawful: Ints
    meetings: Meetings
    payer: Ints
    payee: Ints
    income: Ints
    uses: Ints


@dataclass(frozen=True)
class _Traced:
    """Attributions in use: the place of each transfer in the ledger (-1: not there), and what is said of it."""

    rows: Ints
    forward: Flags
    amount: Ints
    straight: Flags

    def own(self, book: Coded) -> Ints:
        """The group's own accounts: payers of what it paid straight, payees of what was paid to it straight."""
        here = self.straight & (self.rows >= 0)
        paid, got = self.rows[here & self.forward], self.rows[here & ~self.forward]
        return np.unique(np.concatenate([book.payer[paid], book.payee[got]])).astype(np.int64)


def _attributed(book: Coded, attributions: pa.Table, groups: Iterable[str] | None) -> _Traced:
    """The rows of these groups by the method in use."""
    rows = ATTRIBUTIONS.check(attributions)
    chosen = pc.equal(rows.column("method"), METHOD)
    if groups is not None:
        named = pc.is_in(rows.column("group_id"), value_set=pa.array(sorted(set(groups)), pa.string()))
        some, chosen = pc.any(named).as_py(), pc.and_(named, chosen)
    else:
        some = rows.num_rows > 0
    if some and not pc.any(chosen).as_py():
        raise InputError(f"it has no rows by the method {METHOD}", file="attributions", field="method")
    kept: Flags = chosen.to_numpy()
    direction = pc.equal(rows.column("direction"), "forward").to_numpy()
    return _Traced(
        book.rows_of(attributions)[kept],
        direction[kept],
        rows.column("amount").to_numpy()[kept],
        rows.column("hops").to_numpy()[kept] == 1,
    )


def _found(codes: Codes) -> Ints:
    return codes[codes >= 0].astype(np.int64)


def _read(book: Coded, accounts: pa.Table, traced: _Traced, seeds: Ints, day: date | None) -> _Books:
    """What of every transfer is income and use, added up by account and by pair of accounts."""
    size, transfers = len(book.accounts), len(book.time)
    rank, order = _ranks(book.accounts)
    payer, payee = rank[book.payer], rank[book.payee]
    own = np.zeros(size, np.bool_)
    own[rank[seeds]] = True
    chosen: Flags = (book.time >= start_of(day)) & (book.amount > 0)
    chosen &= payer != payee
    if float(book.amount.sum(dtype=np.float64)) >= 2.0**62:
        raise InputError("the payments add up to more than 62 bits hold", file="transfers", field="amount_base")
    turnover, lawful = np.zeros(size, np.int64), np.zeros(size, np.int64)
    f, b = kernels_coded.attributed(traced.rows, traced.forward, traced.amount, transfers)
    uses, income = kernels_coded.parts(payer, payee, book.amount, chosen, f, b, own, turnover, lawful)
    carrying = np.flatnonzero(income + uses > 0)
    # The order of pairs is that of the ledger; `merged` sorts the arcs that become of them.
    each = np.arange(size, dtype=np.int32)
    from_, to, place = paired(size, -1, -1, each, payer[carrying], payee[carrying])
    sums = [added(place, part[carrying], len(from_)) for part in (income, uses)]
    pooled = np.zeros(size, np.bool_)
    pooled[rank[: book.known]] = pc.fill_null(accounts.column("pooled"), False).to_numpy()
    meetings = Meetings(
        payer, payee, chosen, book.amount > income + uses, _holders(accounts, book)[order], ~pooled & ~own
    )
    return _Books(
        book.accounts.take(pa.array(order)), order < book.known, pooled, own, turnover, lawful, meetings,
        from_.astype(np.int64), to.astype(np.int64), *sums,
    )  # fmt: skip


def start_of(day: date | None) -> int:
    """Midnight UTC of a day in microseconds since 1970; before all time where there is none."""
    return -(2**62) if day is None else (day - date(1970, 1, 1)).days * 86_400_000_000


def _ranks(ids: pa.Array) -> tuple[Codes, Ints]:
    """The place of every account in the order of ids, and the accounts in that order."""
    order = pc.sort_indices(ids).to_numpy().astype(np.int64)
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return rank, order


def _holders(accounts: pa.Table, book: Coded) -> Ints:
    """A number for the holder of every account by its code; one of whom no party is known holds itself."""
    own = book.accounts.slice(0, book.known)
    holders = pc.coalesce(accounts.column("party_id").combine_chunks().cast(own.type), own)
    known = pc.dictionary_encode(pa.concat_arrays([holders, book.accounts.slice(book.known)]))
    return known.indices.to_numpy().astype(np.int64)  # type: ignore[no-any-return]


def _by_code(accounts: pa.Array, given: Mapping[str, Any]) -> dict[int, Any]:
    """What is given by account id, by number; accounts that are not in the books fall away."""
    place = pc.index_in(pa.array(list(given), pa.string()), value_set=accounts).to_pylist()
    return {code: value for code, value in zip(place, given.values(), strict=True) if code is not None}


def _passed(books: _Books, part: Ints, size: int) -> Ints:
    """What of one part an account paid and received."""
    return summed(books.payer, part, size) + summed(books.payee, part, size)


def _network(books: _Books, price: Ints, fixed: Flags, one: Flags, income: Ints, uses: Ints) -> Network:
    """Nodes for the accounts and their roles, arcs for the parts, source and sink by what does not add up."""
    size = len(books.accounts)
    touched = income + uses > 0
    both = touched & ~one & (income > 0) & (uses > 0)
    single = np.flatnonzero(touched)
    doubled = np.flatnonzero(both)
    node = np.zeros(size, np.int64)
    node[single] = np.arange(len(single))
    use_node = node.copy()
    use_node[doubled] = len(single) + np.arange(len(doubled))
    owner = np.concatenate([single, doubled])
    nodes = len(owner)
    tail = np.concatenate([node[books.payer], use_node[books.payer]])
    head = np.concatenate([node[books.payee], use_node[books.payee]])
    tail, head, money = merged(tail, head, np.concatenate([books.income, books.uses]), nodes)
    surplus = summed(tail, money, nodes) - summed(head, money, nodes)
    starts, ends = np.ones(nodes, np.bool_), np.ones(nodes, np.bool_)
    plain = ~one[owner]
    second = np.arange(nodes) >= len(single)
    spending = second | (income[owner] == 0)
    starts[plain & spending] = False
    ends[plain & ~spending] = False
    enter, leave = np.flatnonzero(starts & (surplus > 0)), np.flatnonzero(ends & (surplus < 0))
    cost = price[owner]
    part = np.rint(price[doubled] * (income[doubled] / (income[doubled] + uses[doubled]))).astype(np.int64)
    cost[node[doubled]] = part
    cost[use_node[doubled]] = price[doubled] - part
    cost[fixed[owner]] = NEVER
    whole = Network(
        np.concatenate([tail, np.full(len(enter), nodes), leave]).astype(np.int32),
        np.concatenate([head, enter, np.full(len(leave), nodes + 1)]).astype(np.int32),
        np.concatenate([money, surplus[enter], -surplus[leave]]),
        cost,
        owner.astype(np.int32),
    )
    return on_the_way(whole)
