"""Payments by number: single passes against plain loops, and ids that findings name against a dictionary."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.impact.coded import Coded, few_of
from caudal.impact.entries import Entries
from caudal.impact.named import Named
from caudal.tables import FINDINGS

SIZE = 5
PAYMENTS = st.lists(
    st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1), st.integers(0, 9), st.integers(0, 3)), max_size=20
)
DAY = datetime(2025, 3, 1, tzinfo=UTC)


def book(rows) -> Coded:
    payer, payee, time, amount = (np.array([row[n] for row in rows], np.int64) for n in range(4))
    accounts = pa.array([f"a{n}" for n in range(SIZE)])
    names = pa.chunked_array([pa.array([f"t{n}" for n in range(len(rows))], pa.string())])
    return Coded(accounts, SIZE, payer.astype(np.int32), payee.astype(np.int32), time, amount, names)


@settings(deadline=None)
@given(PAYMENTS, st.integers(0, 10), st.sets(st.integers(0, SIZE - 1)))
def test_entries_are_what_loops_over_the_payments_give(rows, end, members):
    none = np.zeros(len(rows), np.bool_)
    found = Entries.before(end, book(rows), none, none, none, np.full(len(rows), -1, np.int32))
    kept = [n for n, row in enumerate(rows) if row[2] < end]
    assert found.r.tolist() == kept
    for code in range(SIZE):
        others = [rows[n] for n in kept if rows[n][0] != rows[n][1]]
        assert found.came[code] == sum(x for _, q, _, x in others if q == code)
        assert found.gone[code] == sum(x for p, _, _, x in others if p == code)
    chosen = np.isin(np.arange(SIZE), list(members))
    touching = [n for n in kept if rows[n][0] != rows[n][1] and rows[n][3] > 0 and members & set(rows[n][:2])]
    assert found.r[found.touching(chosen)].tolist() == touching
    asked = np.arange(-1, len(rows) + 1)
    assert found.at(asked).tolist() == [kept.index(n) if n in kept else -1 for n in asked.tolist()]


@given(
    st.lists(st.sampled_from(["t0", "t1", "t2", "t9"])),
    st.lists(st.sampled_from(["t0", "t1", "t2", "t3"]), unique=True),
)
def test_a_few_ids_are_found_in_any_order(few, among):
    found = few_of(pa.array(few, pa.string()), pa.chunked_array([pa.array(among, pa.string())]))
    assert found.tolist() == [among.index(x) if x in among else -1 for x in few]


LISTS = st.lists(
    st.tuples(
        st.sampled_from(["extortion collector", "funnel account", "cycle"]),
        st.lists(st.tuples(st.sampled_from(["a0", "a1", "stranger"]), st.sampled_from(["hub", "payer"])), max_size=3),
        st.lists(st.sampled_from(["t0", "t1", "t2", "of another ledger"]), max_size=3),
    ),
    max_size=5,
)


@given(LISTS, st.integers(1, 4))
def test_findings_name_what_a_dictionary_finds(rows, end):
    payments = [(0, 1, 1, 5), (1, 0, 2, 5), (0, 2, 3, 5)]
    ledger, none = book(payments), np.zeros(3, np.bool_)
    entries = Entries.before(end, ledger, none, none, none, np.full(3, -1, np.int32))
    findings = FINDINGS.build(
        [
            {
                "finding_id": f"f{n}", "typology": kind, "accounts": [a for a, _ in parts],
                "roles": [r for _, r in parts], "transfers": named, "amount": 1, "first": DAY, "last": DAY,
                "score": 0.5, "reasons": [],
            }
            for n, (kind, parts, named) in enumerate(rows)
        ]
    )  # fmt: skip
    found = Named.of(ledger, findings)
    assert Named.of(ledger, findings) is found
    codes, places = {"a0": 0, "a1": 1}, {"t0": 0, "t1": 1, "t2": 2}
    assert found.first.tolist() == [codes.get(parts[0][0], -1) if parts else -1 for _, parts, _ in rows]
    for kind in ("extortion collector", "funnel account"):
        told = found.accounts(kind).to_pylist()
        assert [tuple(row.values()) for row in told] == [
            (f"f{n}", codes[a], role)
            for n, (k, parts, _) in enumerate(rows)
            if k == kind
            for a, role in parts
            if a in codes
        ]
        told = found.payments(kind, entries).to_pylist()
        assert [tuple(row.values()) for row in told] == [
            (f"f{n}", places[t])
            for n, (k, _, named) in enumerate(rows)
            if k == kind
            for t in named
            if t in places and payments[places[t]][2] < end
        ]
