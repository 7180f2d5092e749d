"""Tracing agrees with the slow reference on every column, for every method, both directions and several groups."""

from __future__ import annotations

import random
from fractions import Fraction

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.tracing import DIRECTIONS, METHODS, Opening, TransferIndex, run_trace
from caudal.tracing.kernels import FAR


@pytest.fixture(scope="session")
def agree(slow, table, in_order):
    """Asks both for the same and compares all of it."""

    def compare(rows, groups, pooled, dust=0, opening=None, directions=DIRECTIONS):
        how = {"dust": dust, "opening": opening, "directions": directions}
        exposures, attributions, totals, untraced = traced(table, rows, groups, pooled, how)
        wanted, carried, sums = expected(slow, in_order(rows), groups, pooled, how, untraced)
        assert exposures == wanted
        assert attributions == carried
        assert totals == sums

    return compare


def expected(slow, rows, groups, pooled, how, untraced):
    """Exposures, attributions and totals as the reference has them, keyed as the tables are."""
    exposures, attributions, totals = {}, {}, {}
    opening = how["opening"]
    for direction in how["directions"]:
        for method in METHODS:
            for group, own in groups.items():
                if group in untraced:
                    continue
                before = (opening.balance, opening.tainted.get(group, {})) if opening else ({}, {})
                answer = slow(rows, own, method, direction, pooled, how["dust"], before)
                for account, wallet in answer.wallets.items():
                    if wallet.met and account not in own:
                        times = [time for time, _ in wallet.met]
                        exposures[account, group, direction, method] = {
                            "direct": wallet.direct,
                            "indirect": wallet.indirect,
                            "held": wallet.held,
                            "turnover": wallet.received,
                            "unexplained": wallet.unexplained,
                            "first": min(times),
                            "last": max(times),
                            "hops": wallet.hops,
                        }
                for transfer, found in answer.moved.items():
                    attributions[transfer, group, direction, method] = found
                totals[group, direction, method] = (
                    answer.emitted,
                    answer.opening,
                    answer.mixed,
                    answer.returned,
                    answer.dust,
                )
    return exposures, attributions, totals


def traced(table, rows, groups, pooled, how):
    found = run_trace(TransferIndex.from_transfers(table(rows)), groups, pooled=pooled, **how)
    exposures = {}
    for row in found.exposures.to_pylist():
        key = tuple(row.pop(name) for name in ("account_id", "group_id", "direction", "method"))
        row["first"], row["last"] = (round(row[name].timestamp() * 1e6) for name in ("first", "last"))
        exposures[key] = row
    attributions = {
        (row["transfer_id"], row["group_id"], row["direction"], row["method"]): (row["amount"], row["hops"])
        for row in found.attributions.to_pylist()
    }
    assert len(exposures) == found.exposures.num_rows
    assert len(attributions) == found.attributions.num_rows
    totals = {
        (t.group_id, t.direction, t.method): (t.emitted, t.opening, t.mixed, t.returned, t.dust) for t in found.totals
    }
    return exposures, attributions, totals, found.untraced


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_agrees_on_drawn_ledgers(agree, ledgers, group_sets, data):
    rows, groups = data.draw(ledgers), data.draw(group_sets)
    pooled = data.draw(st.lists(st.sampled_from(["acc-a", "acc-d", "acc-g"]), unique=True))
    agree(rows, groups, pooled)


@pytest.mark.parametrize("instants", [1, 4, 1000], ids=["one instant", "few instants", "few ties"])
def test_agrees_on_hundreds_of_random_ledgers(agree, instants):
    rng = random.Random(instants)
    for _ in range(400):
        names = [f"n{number}" for number in range(rng.randint(2, 9))]
        rows = [
            (
                f"t{place:03d}",
                rng.randrange(instants),
                rng.choice(names),
                rng.choice(names),
                int(10 ** rng.uniform(0, 12)),
            )
            for place in range(rng.randint(1, 30))
        ]
        groups = {f"g{number}": rng.sample(names, rng.randint(1, 2)) for number in range(rng.randint(1, 3))}
        agree(rows, groups, rng.sample(names, rng.choice([0, 0, 1])), rng.choice([0, 0, 3, 10**4, 10**9]))


@settings(max_examples=200, deadline=None)
@given(data=st.data(), dust=st.sampled_from([1, 2, 5, 100, 10**5, 2**53]), direction=st.sampled_from(DIRECTIONS))
def test_agrees_with_a_threshold_and_balances_before_the_ledger(agree, ledgers, group_sets, data, dust, direction):
    rows, groups = data.draw(ledgers), data.draw(group_sets)
    pooled = data.draw(st.lists(st.sampled_from(["acc-a", "acc-d", "acc-g"]), unique=True))
    names = sorted({name for row in rows for name in row[2:4]})
    size = st.one_of(st.integers(0, 50), st.integers(0, 10**6))
    balance = {name: data.draw(size) for name in names if data.draw(st.booleans())}
    tainted = {
        group: {name: data.draw(st.integers(0, most)) for name, most in balance.items() if data.draw(st.booleans())}
        for group in groups
    }
    opening = Opening(balance, tainted) if balance or data.draw(st.booleans()) else None
    agree(rows, groups, pooled, dust, opening, [direction])


def test_long_queues_of_many_lots_are_as_the_reference_has_them(agree):
    # A few accounts that receive much more often than they pay: thousands of lots, in rings that move as they grow.
    rng = random.Random(8)
    rows = [(f"t{n:05d}", n, rng.choice(["g", "x", "y"]), rng.choice("abc"), rng.randint(1, 9)) for n in range(9000)]
    rows += [
        (f"u{n:05d}", 9000 + n, rng.choice("abc"), rng.choice("abcde"), rng.choice([1, 5, 60, 900])) for n in range(600)
    ]
    rows += [(f"v{n:05d}", 9600 + n, rng.choice("abcde"), "end", 4000) for n in range(20)]
    agree(rows, {"one": ["g"], "two": ["x", "d"]}, ["e"])


def test_over_so_many_accounts_that_memory_is_asked_ahead(table):
    # The same small ledger between accounts that lie far apart among 2**19 others, so that the hints to memory are on.
    rng = random.Random(4)
    names = [f"n{rng.randrange(10**6):06d}" for _ in range(12)]
    rows = [(f"t{n:03d}", n // 3, rng.choice(names), rng.choice(names), rng.randint(0, 99)) for n in range(200)]
    small = TransferIndex.from_transfers(table(rows))
    others = {f"n{number:06d}" for number in range(0, 10**6, 2)} | {f"o{number}" for number in range(10**5)}
    wide = pa.array(sorted(others | set(names)))
    code = pc.index_in(small.accounts, value_set=wide).to_numpy().astype("int32")
    large = TransferIndex(small.time, code[small.payer], code[small.payee], small.amount, wide, small.transfer_ids)
    assert len(wide) > FAR
    for how in ({}, {"dust": 20}):
        groups = {"g": names[:2], "h": names[5:6]}
        one, other = (run_trace(index, groups, pooled=names[7:8], **how) for index in (small, large))
        assert one.exposures == other.exposures
        assert one.attributions == other.attributions
        assert one.totals == other.totals


def exact(in_order, rows, own):
    """Taint held by every account without any rounding."""
    balance, taint = {}, {}
    for _, _, payer, payee, x in in_order(rows):
        if payer == payee or not x:
            continue
        before = max(balance.get(payer, 0), x)
        moved = Fraction(x) if payer in own else taint.get(payer, Fraction(0)) * x / before
        balance[payer], balance[payee] = before - x, balance.get(payee, 0) + x
        if payer not in own:
            taint[payer] = taint.get(payer, Fraction(0)) - moved
        if payee not in own:
            taint[payee] = taint.get(payee, Fraction(0)) + moved
    return taint


@settings(max_examples=100, deadline=None)
@given(data=st.data(), factor=st.sampled_from([1, 7, 1000, 2**20]))
def test_scaled_amounts_approach_the_exact_shares(in_order, table, ledgers, data, factor):
    # A floor leaves less than one unit with the payer, and later payments only pass that on in shares: over all
    # accounts what is held differs from the exact shares by less than two units for each transfer.
    rows = [(*row[:4], min(row[4], 2**40)) for row in data.draw(ledgers)]
    scaled = [(*row[:4], row[4] * factor) for row in rows]
    found = run_trace(
        TransferIndex.from_transfers(table(scaled)), {"g": ["acc-a"]}, ["proportional"], ["forward"]
    ).exposures
    held = dict(zip(found.column("account_id").to_pylist(), found.column("held").to_pylist(), strict=True))
    wanted = exact(in_order, rows, {"acc-a"})
    off = sum(abs(held.get(name, 0) - factor * share) for name, share in wanted.items())
    assert off <= 2 * len(rows)
    assert set(held) <= set(wanted)
