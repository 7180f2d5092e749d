"""From books and tracing to the network: what is kept, what turns where, what freezing costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import chain, combinations
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.impact import frontier
from caudal.impact.frontier.cutting import residual
from caudal.impact.frontier.kernels import funded, least_opening
from caudal.impact.frontier.money import Money, of_books
from caudal.tables import ACCOUNTS, FRONTIER_DIFFERENCES, FRONTIER_MEASURES, FRONTIER_POINTS, PARTIES, TRANSFERS
from caudal.tracing import TransferIndex, run_trace

START = datetime(2025, 3, 1, tzinfo=UTC)
OWN = ("boss", "till")


@dataclass
class Books:
    """A ledger of single payments, one a minute, and what tracing says of it."""

    paid: list[tuple[str, str, int]]
    own: tuple[str, ...] = OWN
    pooled: frozenset[str] = frozenset()
    people: dict[str, str] = field(default_factory=dict)
    base_currency: str = "USD"

    @property
    def names(self) -> list[str]:
        return sorted({name for row in self.paid for name in row[:2]} | set(self.own))

    @property
    def transfers(self) -> pa.Table:
        return TRANSFERS.build(
            [
                {
                    "transfer_id": f"t{n:04d}",
                    "time": START + timedelta(minutes=n),
                    "payer_account": payer,
                    "payee_account": payee,
                    "amount": amount,
                    "currency": "USD",
                    "amount_base": amount,
                }
                for n, (payer, payee, amount) in enumerate(self.paid)
            ]
        )

    @property
    def accounts(self) -> pa.Table:
        rows = [{"account_id": n, "party_id": self.holder(n), "pooled": n in self.pooled} for n in self.names]
        return ACCOUNTS.build(rows)

    @property
    def parties(self) -> pa.Table:
        holders = sorted({self.holder(n) for n in self.names})
        empty: dict[str, list[str]] = {"aliases": [], "countries": [], "identifiers": []}
        return PARTIES.build([{"party_id": h, "schema": "Person", "name": h.upper(), **empty} for h in holders])

    @property
    def institutions(self) -> Any:
        raise AssertionError("not read")

    def holder(self, account: str) -> str:
        return self.people.get(account, f"p-{account}")

    def traced(self) -> pa.Table:
        index = TransferIndex.from_transfers(self.transfers)
        return run_trace(index, {"G": self.own}, ["proportional"], pooled=self.pooled).attributions

    def money(self, **keys: Any) -> Money:
        return of_books(self, self.traced(), **({"own": self.own} | keys))

    def compute(self, **keys: Any) -> frontier.Frontier:
        return frontier.compute(self, self.traced(), **({"own": self.own, "gap": 0.0} | keys))


def flow(money: Money, *frozen: str) -> int:
    codes, missing = money.codes(frozen)
    assert not missing
    return residual(money.network, money.chosen(codes)[money.network.owner])


SMALL = Books(
    [
        ("guest", "shop", 900),
        ("shop", "boss", 100),
        ("boss", "mule", 95),
        ("mule", "seller", 95),
        ("seller", "maker", 500),
    ]
)


def test_the_money_of_a_chain_is_what_came_to_the_group_and_what_became_of_it():
    money = SMALL.money()
    assert flow(money) == 100
    assert dict(zip(money.accounts.to_pylist(), money.harm.tolist(), strict=True)) == {
        "boss": 0,
        "guest": 800,  # of 900 it paid, 100 went on to the group
        "maker": 405,
        "mule": 0,
        "seller": 405,
        "shop": 800,
        "till": 0,
    }
    assert money.ids(np.flatnonzero(money.mostly)) == ["mule"]


def test_freezing_the_groups_accounts_costs_nothing_and_comes_first():
    found = SMALL.compute()
    assert [(p.harm, p.money, found.accounts_of(p.name)) for p in found.found] == [(0, 0, ["boss"])]


def test_an_account_that_is_perhaps_not_the_groups_costs_what_it_moves_times_that_chance():
    found = SMALL.compute(certainty={"boss": 0.5}, never=["mule"])
    assert [(p.harm, p.money, found.accounts_of(p.name)) for p in found.found] == [(0, 100, []), (98, 0, ["boss"])]


def test_a_customer_of_both_sides_hands_nothing_through():
    """A shop that pays under threat and sells to the group is no way round the group."""
    both = Books([("guest", "shop", 900), ("shop", "boss", 100), ("boss", "shop", 80), ("shop", "maker", 500)])
    money = both.money()
    assert flow(money, "boss") == 0
    assert flow(money) == 100
    nodes = np.bincount(money.network.owner)
    assert nodes[money.codes(["shop"])[0][0]] == 2


def test_an_account_mostly_of_the_group_can_stand_in_for_it():
    """Income that reached the mule can be spent by it: freezing the boss alone leaves that."""
    books = Books(
        [
            ("guest", "shop", 900),
            ("shop", "mule", 100),
            ("mule", "boss", 100),
            ("boss", "mule", 90),
            ("mule", "seller", 90),
        ]
    )
    money = books.money()
    assert money.ids(np.flatnonzero(money.mostly)) == ["mule", "seller"]
    assert flow(money, "boss") == 90
    assert flow(money, "boss", "mule") == 0
    assert flow(books.money(mostly=1.0), "boss") == 90  # all of it is the group's
    mixed = Books([*books.paid, ("job", "mule", 9), ("mule", "home", 9)])
    assert flow(mixed.money(mostly=1.0), "boss") == 0


def test_money_that_goes_out_and_comes_back_is_counted_once():
    books = Books([("shop", "boss", 100), ("boss", "mule", 100), ("mule", "till", 100), ("till", "seller", 100)])
    money = books.money()
    assert flow(money) == 100
    assert flow(money, "mule") == 0


def test_payments_before_the_day_stay_out():
    late = Books([("shop", "boss", 70)] * 2000 + [("boss", "seller", 50)])
    assert flow(late.money(day=date(2025, 3, 1))) == 140_000
    assert flow(late.money(day=date(2025, 3, 2))) == (2000 - 1440) * 70
    with pytest.raises(InputError, match="from 2025-03-03 on"):
        late.money(day=date(2025, 3, 3))


def test_a_pooled_account_costs_what_all_its_customers_lose():
    books = Books(
        [
            ("ana", "agent", 50),
            ("eva", "agent", 70),
            ("boss", "agent", 30),
            ("shop", "boss", 30),
            ("agent", "tia", 140),
        ],
        pooled=frozenset({"agent"}),
    )
    money = books.money()
    code = money.codes(["agent"])[0][0]
    assert money.harm[code] == 50 + 70 + 140
    people = books.money(cost="people")
    assert people.harm[code] == 3 + 1
    assert not people.mostly[code]


def test_people_are_counted_once_and_the_groups_are_not():
    books = Books(
        [("shop", "boss", 30), ("ana", "shop", 50), ("ana2", "shop", 50), ("shop", "eva", 40)],
        people={"ana": "p", "ana2": "p"},
    )
    money = books.money(cost="people")
    assert money.harm[money.codes(["shop"])[0][0]] == 3  # ana, eva and whoever holds the shop


def test_what_cannot_be_frozen_is_left_alone():
    found = SMALL.compute(never=["boss", "mule"])
    assert {"boss", "mule"}.isdisjoint({a for p in found.found for a in found.accounts_of(p.name)})
    assert [(p.harm, p.money) for p in found.found] == [(0, 100), (405, 5), (800, 0)]
    assert found.accounts_of("1") == ["seller"]
    nobody = SMALL.compute(never=SMALL.names)
    assert [(p.harm, p.money) for p in nobody.found] == [(0, 100)]
    assert nobody.hull.floor == 100


def test_the_tables_have_their_shapes_and_open_into_names():
    found = SMALL.compute(actual=["boss", "maker"], never=["mule"], certainty={"boss": 0.9})
    for table, shape in (
        (found.points, FRONTIER_POINTS),
        (found.measures, FRONTIER_MEASURES),
        (found.differences, FRONTIER_DIFFERENCES),
    ):
        assert table.schema.equals(shape.schema)
        assert table.num_rows
    rows = {r["point"]: r for r in found.points.to_pylist()}
    assert (rows["actual"]["harm"], rows["actual"]["money"]) == (20 + 405, 0)
    opened = found.measures_of("1").to_pylist()
    assert [(r["caption"], r["role"], r["actual"]) for r in opened] == [("P-BOSS", "own", True)]
    apart = found.differences.to_pylist()
    assert {(r["account_id"], r["side"]) for r in apart} == {("maker", "only the designation")}
    with pytest.raises(InputError, match="no point"):
        found.point("99")


def test_every_point_is_proven_on_the_whole_network_too():
    found = SMALL.compute(never=["mule"], certainty={"boss": 0.5}, actual=["shop"])
    assert all(found.proven(p.name) for p in found.found)
    with pytest.raises(InputError, match="comes from no cut"):
        found.proven("actual")


def test_a_replay_strikes_the_payments_and_traces_again():
    """Two hands bring the same; one is frozen."""
    ways = [row for hand in ("left", "right") for row in [(f"shop-{hand}", hand, 100), (hand, "boss", 100)] * 720]
    books = Books(ways + [("boss", "seller", 60)] * 720)
    found = books.compute(actual=["left"], mostly=0.9)
    row = found.replay(["actual"]).to_pylist()[0]
    assert (row["before"], row["static"], row["left"]) == (1440 * 100, 720 * 100, 720 * 100)
    assert row["share_left"] == found.actual.money / found.total
    late = books.compute(actual=["left"], mostly=0.9, day=date(2025, 3, 2))  # by then `left` has done its part
    row = late.replay(["actual"]).to_pylist()[0]
    assert (row["left"], row["difference"]) == (row["before"], 0.0)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(1, 50), st.booleans()), max_size=20))
def test_payments_are_made_as_far_as_they_are_funded(rows: list[tuple[int, int, int, bool]]):
    payer, payee = (np.array([r[side] for r in rows], np.int32) for side in (0, 1))
    amount, gone = np.array([r[2] for r in rows], np.int64), np.array([r[3] for r in rows], np.bool_)
    ours = np.array([True, True, False, True, False])
    opening = least_opening(payer, payee, amount, ours)
    assert funded(payer, payee, amount, np.zeros(len(rows), np.bool_), ours, opening).tolist() == amount.tolist()
    held = dict(enumerate(opening.tolist()))
    want = []
    for one, other, much, struck in rows:
        paid = 0 if struck else min(much, held[one]) if ours[one] else much
        held[one] -= paid
        held[other] += paid
        want.append(paid)
    assert funded(payer, payee, amount, gone, ours, opening).tolist() == want
    tight = [v for v in range(5) if opening[v]]
    for v in tight:  # a unit less and a payment fails
        less = opening - (np.arange(5) == v)
        assert funded(payer, payee, amount, np.zeros(len(rows), np.bool_), ours, less).sum() < amount.sum()


def test_without_the_first_payer_there_is_nothing_to_spend_early():
    """One pays before and one after the boss spends: the network does not care, the replay does."""
    paid = [("one", "boss", 50), ("boss", "seller", 50), ("two", "till", 50), ("till", "boss", 50)]
    books = Books([*paid, ("boss", "keeper", 50)])
    found = books.compute(actual=["one", "keeper"], mostly=1.0)
    assert found.actual.money == 50  # the network sends the later money out by the earlier payment
    row = found.replay(["actual"]).to_pylist()[0]
    assert row["before"] == 100
    assert row["left"] <= row["static"] == 50


def test_within_a_budget_the_best_point_and_a_bound():
    found = SMALL.compute(never=["mule"], certainty={"boss": 0.5})
    choice = found.best_within(49)
    assert (choice.point.money, choice.bound, choice.gap) == (100, 50.0, 50.0)
    assert found.best_within(98).gap == 0
    with pytest.raises(InputError, match="not negative"):
        found.best_within(-1)


def test_between_two_supported_points_the_search_finds_a_knapsack():
    """One payer, three payees of like worth: the budget holds two of them, and no supported point has two."""
    books = Books([("payer", "boss", 300), *(("boss", f"payee{n}", 100) for n in range(3))])
    harm = {"payer": 1000} | {f"payee{n}": 10 for n in range(3)}
    found = books.compute(never=["boss"], harm=harm, budgets=[20, 1000])
    assert [(p.harm, p.money) for p in found.found] == [(0, 300), (30, 0)]
    rows = {r["point"]: r for r in found.points.to_pylist()}
    assert (rows["budget 20"]["money"], rows["budget 20"]["harm"], rows["budget 20"]["bound"]) == (100, 20, 100.0)
    assert rows["budget 1000"]["money"] == 0
    assert found.best_within(20, tries=0).point.money == 300
    assert found.measures_of("budget 20").num_rows == 2


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"cost": "tears"}, "no cost 'tears'"),
        ({"mostly": 0}, "between 0 and 1"),
        ({"certainty": {"boss": 1.5}}, "between 0 and 1"),
        ({"harm": {"shop": -1}}, "not negative"),
        ({"groups": ["nobody"]}, "carries money"),
    ],
)
def test_what_cannot_be_meant_is_refused(keys: dict[str, Any], said: str):
    with pytest.raises(InputError, match=said):
        SMALL.money(**keys)


payments = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(1, 1000)), min_size=1, max_size=40)


def random_books(rows: list[tuple[int, int, int]]) -> Books:
    names = [*OWN, "a", "b", "c", "d", "e", "f"]
    return Books([(names[p], names[q], amount) for p, q, amount in rows])


@settings(max_examples=40, deadline=None)
@given(payments, st.sampled_from([0.2, 0.5, 1.0]))
def test_the_groups_money_goes_in_through_and_out(rows: list[tuple[int, int, int]], mostly: float):
    """All that enters passes the group or a stand-in and is used, up to what is still on its way."""
    try:
        money = random_books(rows).money(mostly=mostly)
    except InputError:
        return
    net = money.network
    # What an income node got and did not pass on within the books is on its way; rounding is a unit a payment.
    brought = np.bincount(net.head, net.money, net.nodes + 2) - np.bincount(net.tail, net.money, net.nodes + 2)
    waiting = brought[: net.nodes][brought[: net.nodes] > 0].sum()
    assert net.supply - waiting - len(rows) <= flow(money) <= net.supply
    assert flow(money, *money.ids(np.flatnonzero(money.own | money.mostly))) == 0
    assert (money.lawful >= 0).all()
    assert (money.lawful + money.income + money.uses == money.turnover).all()
    assert (money.harm[money.own] == 0).all()


@settings(max_examples=15, deadline=None)
@given(payments, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_the_names_of_accounts_change_nothing(rows: list[tuple[int, int, int]], random):
    books = random_books(rows)
    try:
        want = books.compute(mostly=0.6)
    except InputError:
        return
    mixed = list(range(len(rows)))
    random.shuffle(mixed)
    shuffled = type("Shuffled", (), {"base_currency": "USD", "accounts": books.accounts, "parties": books.parties})()
    shuffled.transfers = books.transfers.take(mixed)
    found = frontier.compute(shuffled, books.traced(), own=OWN, gap=0.0, mostly=0.6)
    assert found.points.equals(want.points)
    letters = dict(zip("abcdef", random.sample("uvwxyz", 6), strict=True)) | {n: n for n in OWN}
    other = Books([(letters[p], letters[q], amount) for p, q, amount in books.paid])
    assert [(p.harm, p.money) for p in other.compute(mostly=0.6).found] == [(p.harm, p.money) for p in want.found]


@settings(max_examples=30, deadline=None)
@given(payments, st.integers(0, 3000))
def test_no_set_of_whole_accounts_undercuts_the_bound(rows: list[tuple[int, int, int]], budget: int):
    """Accounts with two nodes make the true frontier hard; the points found and the bound hold it between them."""
    try:
        found = random_books(rows).compute(mostly=0.9)
    except InputError:
        return
    money = found.books
    accounts = np.flatnonzero(money.in_network)
    sets = chain.from_iterable(combinations(accounts.tolist(), n) for n in range(len(accounts) + 1))
    best = None
    for chosen in sets:
        codes = np.array(chosen, np.int64)
        if int(money.harm[codes].sum()) <= budget:
            left = residual(money.network, money.chosen(codes)[money.network.owner])
            best = left if best is None else min(best, left)
    plain, choice = found.best_within(budget, tries=0), found.best_within(budget)
    assert choice.bound <= best + 1e-6
    assert choice.point.harm <= budget
    assert best <= choice.point.money <= plain.point.money
    assert choice.point.money == flow(money, *money.ids(choice.point.accounts))
    assert choice.point.harm == money.harm[choice.point.accounts].sum()
