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
from caudal.impact.books import micros
from caudal.impact.database import Database, connected
from caudal.impact.exposed import METHOD
from caudal.impact.faces import LedgerLike
from caudal.impact.frontier.network import NEVER, Flags, Ints, Network, merged, on_the_way, summed
from caudal.tables import ACCOUNTS, ATTRIBUTIONS, TRANSFERS

COSTS = ("lawful flow", "people")
"""What harm counts: payments in minor units, or people."""

GRAINS = {"lawful flow": 1, "people": 1000}
"""How many parts a unit of harm has in the network, so that two nodes of one account can share a few people."""

MOSTLY = 0.5
"""An account of whose turnover at least this share is the group's may turn its income into use."""

ACCT = """
CREATE TABLE acct AS SELECT (row_number() OVER (ORDER BY account_id) - 1)::INTEGER AS code, account_id,
    coalesce(any_value(party_id), account_id) AS holder, coalesce(bool_or(pooled), false) AS pooled,
    bool_or(known) AS known
FROM (SELECT account_id, party_id, pooled, true AS known FROM accounts_in
      UNION ALL SELECT payer_account, NULL, NULL, false FROM transfers_in
      UNION ALL SELECT payee_account, NULL, NULL, false FROM transfers_in)
GROUP BY account_id"""

PARTS = """
CREATE TABLE a AS SELECT transfer_id, coalesce(sum(amount) FILTER (direction = 'forward'), 0) AS f,
    coalesce(sum(amount) FILTER (direction = 'backward'), 0) AS b FROM att_in GROUP BY transfer_id;
CREATE TABLE t AS
SELECT p.code AS payer, q.code AS payee, x.amount_base AS x, o.code IS NOT NULL AND w.code IS NOT NULL AS inside,
    least(coalesce(a.f, 0), x.amount_base)::HUGEINT AS f, least(coalesce(a.b, 0), x.amount_base)::HUGEINT AS b
FROM transfers_in x JOIN acct p ON p.account_id = x.payer_account JOIN acct q ON q.account_id = x.payee_account
    LEFT JOIN a USING (transfer_id) LEFT JOIN own o ON o.code = p.code LEFT JOIN own w ON w.code = q.code
WHERE p.code <> q.code AND x.amount_base > 0;
CREATE TABLE parts AS
SELECT payer, payee, x, (CASE WHEN inside THEN 0 ELSE b - (b * f) // x END)::BIGINT AS income,
    (CASE WHEN inside THEN x ELSE f END)::BIGINT AS uses FROM t;
"""

PAIRS = """
SELECT payer, payee, sum(income)::BIGINT AS income, sum(uses)::BIGINT AS uses FROM parts
WHERE income + uses > 0 GROUP BY payer, payee ORDER BY payer, payee"""

TURNOVER = """
SELECT code, sum(x)::BIGINT AS turnover, sum(x - income - uses)::BIGINT AS lawful FROM (
    SELECT payer AS code, x, income, uses FROM parts UNION ALL SELECT payee, x, income, uses FROM parts)
GROUP BY code"""

PEOPLE = """
SELECT me AS code, count(DISTINCT holder) FILTER (lawful) AS lawful, count(DISTINCT holder) AS met
FROM (SELECT payer AS me, payee AS them, bool_or(x > income + uses) AS lawful FROM parts GROUP BY payer, payee
      UNION ALL SELECT payee, payer, bool_or(x > income + uses) FROM parts GROUP BY payer, payee) d
    JOIN acct ON acct.code = d.them
WHERE NOT acct.pooled AND NOT EXISTS (SELECT 1 FROM own WHERE own.code = d.them) GROUP BY me"""


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
        people: people with lawful payments to or from it, the holder included, shape (accounts,).
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
    people: Ints
    harm: Ints
    fixed: Flags
    unit: str
    grain: int

    def codes(self, ids: Iterable[str]) -> tuple[Ints, list[str]]:
        """Numbers of these accounts, sorted, and those that are not in the books."""
        wanted = pa.array(sorted(set(ids)), pa.string())
        place = pc.index_in(wanted, value_set=self.accounts)
        missing = wanted.filter(pc.is_null(place)).to_pylist()
        return place.drop_null().to_numpy().astype(np.int64), missing

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
    memory_limit: str = "600MB",
) -> Money:
    """The network of a group's money in these books; the arguments are those of `compute`.

    Raises:
        InputError: an argument is impossible, or no transfer from that day on carries the group's money.
    """
    if cost not in COSTS:
        raise InputError(f"there is no cost {cost!r}; known are {', '.join(COSTS)}", field="cost")
    if not 0 < mostly <= 1:
        raise InputError(f"a share lies between 0 and 1, not at {mostly}", field="mostly")
    chosen = _attributed(attributions, groups)
    wanted = ["transfer_id", "time", "payer_account", "payee_account", "amount_base"]
    transfers = micros(TRANSFERS.check(ledger.transfers).select(wanted))
    seeds = sorted(set(own)) if own is not None else _own(chosen, transfers)
    if day is not None:
        start = (day - date(1970, 1, 1)).days * 86_400_000_000
        transfers = transfers.filter(pc.greater_equal(transfers.column("time"), start))
    with connected(memory_limit) as db, db.lent(transfers_in=transfers, att_in=chosen):
        with db.lent(
            accounts_in=ACCOUNTS.check(ledger.accounts), own_in=pa.table({"account_id": pa.array(seeds, pa.string())})
        ):
            db.run(ACCT)
            db.run("CREATE TABLE own AS SELECT code FROM own_in JOIN acct USING (account_id)")
        db.run(PARTS)
        books = _read(db)
    if not len(books.payer):
        since = f" from {day} on" if day else ""
        raise InputError(f"no transfer{since} carries money of the group", file="attributions")
    price = books.lawful + 0 if cost == "lawful flow" else books.people + ~books.own
    moved = books.turnover if cost == "lawful flow" else books.met
    for code, chance in _by_code(books.accounts, certainty or {}).items():
        if not 0 <= chance <= 1:
            raise InputError(f"a chance lies between 0 and 1, not at {chance}", field="certainty")
        if books.own[code]:
            price[code] = ceil((1 - Fraction(chance)) * int(moved[code]))
    for code, amount in _by_code(books.accounts, harm or {}).items():
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
        books.people + ~books.own, price, fixed, cost, GRAINS[cost],
    )  # fmt: skip


@dataclass(frozen=True)
class _Books:
    """What the database gives: everything about accounts by number, and the parts by pair of accounts."""

    accounts: pa.Array
    known: Flags
    pooled: Flags
    own: Flags
    turnover: Ints
    lawful: Ints
    people: Ints
    met: Ints
    payer: Ints
    payee: Ints
    income: Ints
    uses: Ints


def _attributed(attributions: pa.Table, groups: Iterable[str] | None) -> pa.Table:
    """The rows of these groups by the method in use."""
    rows = ATTRIBUTIONS.check(attributions)
    if groups is not None:
        rows = rows.filter(pc.is_in(rows.column("group_id"), value_set=pa.array(sorted(set(groups)), pa.string())))
    chosen = rows.filter(pc.equal(rows.column("method"), METHOD))
    if rows.num_rows and not chosen.num_rows:
        raise InputError(f"it has no rows by the method {METHOD}", file="attributions", field="method")
    return chosen.select(["transfer_id", "direction", "amount", "hops"])


def _own(chosen: pa.Table, transfers: pa.Table) -> list[str]:
    """The group's own accounts: payers of what it paid straight, payees of what was paid to it straight."""
    straight = chosen.filter(pc.equal(chosen.column("hops"), 1))
    found: set[str] = set()
    for direction, side in (("forward", "payer_account"), ("backward", "payee_account")):
        ids = straight.filter(pc.equal(straight.column("direction"), direction)).column("transfer_id")
        rows = transfers.filter(pc.is_in(transfers.column("transfer_id"), value_set=ids.combine_chunks()))
        found |= set(pc.unique(rows.column(side)).to_pylist())
    return sorted(found)


def _read(db: Database) -> _Books:
    """Everything out of the database."""
    accounts = db.arrow("SELECT account_id, known, pooled FROM acct ORDER BY code")
    size = accounts.num_rows

    def spread(query: str, *names: str) -> list[Ints]:
        table = db.arrow(query)
        code = table.column("code").to_numpy()
        filled = []
        for name in names:
            values = np.zeros(size, np.int64)
            values[code] = table.column(name).to_numpy()
            filled.append(values)
        return filled

    turnover, lawful = spread(TURNOVER, "turnover", "lawful")
    people, met = spread(PEOPLE, "lawful", "met")
    own = np.zeros(size, np.bool_)
    own[db.arrow("SELECT code FROM own").column("code").to_numpy()] = True
    pairs = db.arrow(PAIRS)
    payer, payee, income, uses = (pairs.column(n).to_numpy() for n in ("payer", "payee", "income", "uses"))
    known, pooled = (accounts.column(n).to_numpy(zero_copy_only=False).copy() for n in ("known", "pooled"))
    ids = accounts.column("account_id").combine_chunks()
    return _Books(ids, known, pooled, own, turnover, lawful, people, met, payer, payee, income, uses)


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
