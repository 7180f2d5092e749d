"""Attributed payments by number against loops over rows: kinds, sums of accounts and institutions, sets, legs."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from caudal.impact.dealt import AFTERS, BEFORES, Attributed, Days, Dealings, Sources, sets_of_kinds
from caudal.impact.legs import LONGEST, linked

ACCOUNTS, PAYMENTS, GROUPS = 5, 6, 2
BLOCKED = {0: 0, 1: 1}
"""Accounts to be blocked, and the group of each."""
UNKNOWN = (0.25, 0.5, 0.75)
KEEPER = [0, 0, 1, -1, 1]

row = st.tuples(
    st.integers(0, PAYMENTS - 1), st.integers(0, GROUPS - 1), st.booleans(), st.integers(1, 9), st.booleans(),
    st.booleans(),
)  # fmt: skip
sides = st.lists(
    st.tuples(st.integers(0, ACCOUNTS - 1), st.integers(0, ACCOUNTS - 1), st.integers(0, 5)),
    min_size=PAYMENTS,
    max_size=PAYMENTS,
)
window = st.tuples(st.integers(0, 5), st.integers(0, 2)).map(lambda w: (w[0], w[0] + w[1]))
windows = st.lists(window, min_size=6, max_size=6)


def made(rows, paid, days):
    """Dealings of rows (payment, group, forward, amount, straight, licensed), and the same as plain dictionaries."""
    r, g, forward, amount, straight, licensed = (np.array([x[n] for x in rows]) for n in range(6))
    payer, payee, time = (np.array([p[n] for p in paid], np.int64) for n in range(3))
    r = r.astype(np.int32)
    me = np.where(forward, payee[r], payer[r]) if len(rows) else np.empty(0, np.int64)
    them = np.where(forward, payer[r], payee[r]) if len(rows) else np.empty(0, np.int64)
    attributed = Attributed(
        r, g.astype(np.int32), forward.astype(np.bool_), amount.astype(np.int64), straight.astype(np.bool_), time[r],
        me.astype(np.int32), them.astype(np.int32),
    )  # fmt: skip
    account = [*BLOCKED, -1, -1, -1, -1]
    group = [*BLOCKED.values(), 0, 0, 1, 1]
    read = np.array([*days[4:6], *[(99, 99)] * 4]).T
    direct = np.array([True, True, True, False, True, False])
    low, mid = np.array([0.5, 0.25, 1.0, 0.375, 1.0, 0.625]), np.array([0.75, 0.5, 1.0, 0.5, 1.0, 0.75])
    sources = Sources(
        np.array(group), np.array(account), direct, low, mid, np.arange(6), np.array([0, 0, 0, 7, 0, 8]), read
    )
    measure, secondary = np.array(days[:2]).T, np.array(days[2:4]).T
    source = sources.of(attributed, GROUPS)
    source[licensed.astype(np.bool_)] = -1
    blocked = np.isin(np.arange(ACCOUNTS), list(BLOCKED))
    found = Dealings(attributed, sources, source, Days(measure, secondary, UNKNOWN), blocked)
    plain = []
    for n, (pay, of, fwd, x, near, spared) in enumerate(rows):
        if spared:
            continue
        matched = BLOCKED.get(int(them[n])) == of
        at = list(BLOCKED).index(int(them[n])) if matched else 2 + 2 * of + (not near)
        when = int(time[pay])
        plain.append(
            {
                "r": pay, "g": of, "fwd": fwd, "amount": x, "me": int(me[n]), "direct": bool(direct[at]),
                "event": at, "factor": [0, 0, 0, 7, 0, 8][at], "low": low[at], "mid": mid[at],
                "later": period(when, days[of]), "asked": period(when, days[2 + of]),
                "readable": period(when, tuple(read[:, at])), "payer": int(payer[pay]), "payee": int(payee[pay]),
            }
        )  # fmt: skip
    return found, plain


def period(time, day):
    return 2 if time >= day[1] else 1 if time >= day[0] else 0


def share(when, case):
    return (0.0, UNKNOWN[case], 1.0)[when]


CASES = settings(deadline=None)


@CASES
@given(st.lists(row, max_size=12), sides, windows)
def test_kinds_and_their_sums_are_those_of_the_rows(rows, paid, days):
    found, plain = made(rows, paid, days)
    kinds = {row.pop("kind"): tuple(row.values()) for row in found.table().to_pylist()}
    seen = defaultdict(lambda: [0, 0])
    ties = set()
    for x in plain:
        read = (AFTERS[x["readable"]], BEFORES[x["readable"]]) if x["direct"] else (None, None)
        key = (
            x["g"], x["direct"], x["event"], x["factor"], AFTERS[x["later"]], BEFORES[x["later"]], *read,
            AFTERS[x["asked"]],
        )  # fmt: skip
        assert key in kinds.values()
        if x["me"] not in BLOCKED:
            ties.add((x["me"], key))
            seen[key, x["fwd"]][0] += x["amount"]
            seen[key, x["fwd"]][1] += 1
    told = defaultdict(lambda: [0, 0])
    for x in found.sums().to_pylist():
        told[kinds[x["kind"]], x["fwd"]][0] += x["amount"]
        told[kinds[x["kind"]], x["fwd"]][1] += x["n"]
    assert dict(told) == dict(seen)
    code, kind = found.pairs
    assert {(c, kinds[k]) for c, k in zip(code.tolist(), kind.tolist(), strict=True)} == ties
    straight = [(x["r"], x["amount"], x["event"]) for x in plain if x["direct"]]
    assert [(x["r"], x["amount"], x["event"]) for x in found.straight().to_pylist()] == straight


@CASES
@given(st.lists(row, max_size=12), sides, windows)
def test_sums_of_accounts_are_those_of_the_rows(rows, paid, days):
    found, plain = made(rows, paid, days)
    told = {(x.pop("code"), x.pop("g")): x for x in found.accounts().to_pylist()}
    mine = defaultdict(list)
    for x in plain:
        if x["me"] not in BLOCKED:
            mine[x["me"], x["g"]].append(x)
    assert told.keys() == mine.keys()
    for key, some in mine.items():
        near = [x for x in some if x["direct"]]
        assert told[key] == {
            "direct": bool(near),
            "total": sum(x["amount"] for x in some),
            "direct_in": sum(x["amount"] for x in near if x["fwd"]),
            "direct_out": sum(x["amount"] for x in near if not x["fwd"]),
            "indirect": sum(x["amount"] for x in some if not x["direct"]),
            "before": sum(x["amount"] for x in some if x["later"] == 0),
            "after": sum(x["amount"] for x in some if x["later"] == 2),
            "readable": sum(x["amount"] for x in near if x["readable"] == 2),
            "al": max(x["low"] * share(x["later"], 0) for x in some),
            "dwm": max((x["mid"] for x in near), default=None),
            "kh": max((share(x["readable"], 2) for x in near), default=0.0),
        }


@CASES
@given(st.lists(row, max_size=12), sides, windows)
def test_an_institution_counts_a_payment_once(rows, paid, days):
    found, plain = made(rows, paid, days)
    table, ties = found.institutions(np.array(KEEPER, np.int32), pa.array(["one", "two"]), PAYMENTS)
    told = {(x.pop("institution_id"), x.pop("g")): x for x in table.to_pylist()}
    once = defaultdict(list)
    kinds = defaultdict(set)
    for x in plain:
        for keeper in {KEEPER[x["payer"]], KEEPER[x["payee"]]} - {-1}:
            name = ("one", "two")[keeper]
            once[name, x["g"], x["r"]].append(x)
            kinds[name].add((x["event"], x["later"], x["asked"], x["readable"]))
    mine = defaultdict(list)
    for (name, g, _), both in once.items():
        mine[name, g].append(
            {
                "amount": max(x["amount"] for x in both), "direct": any(x["direct"] for x in both),
                "low": max(x["low"] for x in both), "mid": max(x["mid"] for x in both),
                "later": both[0]["later"], "asked": both[0]["asked"],
            }
        )  # fmt: skip
    assert told.keys() == mine.keys()
    for key, some in mine.items():
        near = [x for x in some if x["direct"]]
        assert told[key] == {
            "direct": bool(near),
            "total": sum(x["amount"] for x in some),
            "direct_total": sum(x["amount"] for x in near),
            "before": sum(x["amount"] for x in some if x["later"] == 0),
            "after": sum(x["amount"] for x in some if x["later"] == 2),
            "direct_after": sum(x["amount"] for x in near if x["later"] == 2),
            "dm": max((x["mid"] for x in near), default=0.0),
            "al": max((x["low"] * share(x["later"], 0) for x in near), default=0.0),
            "sh": max((share(x["asked"], 2) for x in near), default=0.0),
        }
    for name, some in kinds.items():
        assert sum(x == name for x in ties.column("institution_id").to_pylist()) == len(some)


@CASES
@given(st.sets(st.tuples(st.integers(0, 6), st.integers(0, 4))))
def test_owners_with_the_same_members_share_a_set(pairs):
    owner, member = (np.array([p[n] for p in sorted(pairs)], np.int64) for n in range(2))
    owners, found, table = sets_of_kinds(owner, member)
    of = {o: {m for x, m in pairs if x == o} for o, _ in pairs}
    assert owners.tolist() == sorted(of)
    told = defaultdict(list)
    for x in table.to_pylist():
        told[x["subject"]].append(x["member"])
    for one, at in zip(owners.tolist(), found.tolist(), strict=True):
        assert sorted(told[at]) == sorted(of[one])
    assert len(set(found.tolist())) == len({frozenset(x) for x in of.values()}) == len(told)


leg = st.tuples(
    st.booleans(), st.booleans(), st.integers(-1, 2), st.sampled_from([0, 1, LONGEST, LONGEST + 1]), st.booleans(),
    st.booleans(),
)  # fmt: skip
TWO = [(True, False, 0, 0, False, True), (False, True, 0, 1, True, False)]


@CASES
@given(st.lists(leg, max_size=8))
@example(TWO)
@example([*TWO, (True, False, 0, 2, True, False)])
def test_legs_are_put_together_where_nothing_else_bears_the_reference(rows):
    kinds = (np.bool_, np.bool_, np.int32, np.int64, np.bool_, np.bool_)
    first, second = linked(*(np.array([x[n] for x in rows], kind) for n, kind in enumerate(kinds)))
    one = [n for n, (remit, _, ref, _, a, b) in enumerate(rows) if remit and ref >= 0 and b and not a]
    one = [n for n in one if sum(rows[m][2] == rows[n][2] for m in one) == 1]
    two = [n for n, (remit, cash, ref, _, a, _) in enumerate(rows) if (remit or cash) and ref >= 0 and a]
    two = [n for n in two if n not in one]
    two = [n for n in two if sum(rows[m][2] == rows[n][2] for m in two) == 1]
    pairs = [(a, b) for a in one for b in two if rows[a][2] == rows[b][2] and 0 <= rows[b][3] - rows[a][3] <= LONGEST]
    assert list(zip(first.tolist(), second.tolist(), strict=True)) == pairs


def test_the_example_of_two_legs_is_one():
    first, second = linked(*(np.array([x[n] for x in TWO]) for n in range(6)))
    assert (first.tolist(), second.tolist()) == ([0], [1])


@pytest.mark.parametrize("groups", [0, 1])
def test_nothing_attributed_is_nothing_dealt(groups):
    nothing, some = np.empty(0, np.int64), np.zeros(2 * groups, np.int64)
    rows = Attributed(*(nothing.astype(t) for t in ("i4", "i4", "?", "i8", "?", "i8", "i4", "i4")))
    never = np.full((2, 2 * groups), 99)
    sources = Sources(some, some - 1, some > 0, some * 1.0, some * 1.0, some, some, never)
    days = Days(np.full((2, groups), 9), np.full((2, groups), 9), UNKNOWN)
    found = Dealings(rows, sources, sources.of(rows, groups), days, np.zeros(3, np.bool_))
    table, ties = found.institutions(np.zeros(3, np.int32), pa.array(["one"]), 1)
    assert [t.num_rows for t in (found.table(), found.sums(), found.accounts(), found.straight(), table, ties)] == [
        0
    ] * 6
