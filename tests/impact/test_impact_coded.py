"""A ledger by number, against dictionaries; and the loops over it, against whole numbers of any size."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.impact.coded import coded, rows_of
from caudal.impact.kernels_coded import AROUND, FAR, people, share
from caudal.tables import ACCOUNTS, TRANSFERS

IDS = st.lists(st.text("ab1é", max_size=4), unique=True, max_size=150)


@settings(deadline=None)
@given(IDS, st.data())
def test_places_of_ids_are_those_of_a_dictionary(ids, data):
    known = [*ids, "zz"]
    asked = data.draw(st.lists(st.sampled_from(known), max_size=200))
    # Cut anywhere into chunks, as tables from files are.
    at = data.draw(st.integers(0, len(asked)))
    wanted = pa.chunked_array([pa.array(asked[:at], pa.string()), pa.array(asked[at:], pa.string())])
    among = pa.chunked_array([pa.array(ids, pa.string())])
    place = {name: n for n, name in enumerate(ids)}
    assert rows_of(wanted, among).tolist() == [place.get(name, -1) for name in asked]


def test_places_are_found_near_and_far():
    ids = [f"T{n:05d}" for n in range(4000)]
    order = np.arange(0, 4000, 3)
    order[::40] = np.arange(len(order[::40])) * 37 % 4000  # some far away
    wanted = pa.chunked_array([pa.array([ids[n] for n in order])])
    assert rows_of(wanted, pa.chunked_array([pa.array(ids)])).tolist() == order.tolist()
    assert rows_of(wanted, pa.chunked_array([pa.array(ids[::-1])])).tolist() == (3999 - order).tolist()


@pytest.mark.parametrize("gap", [1, 7, AROUND + 1, FAR - 1, FAR, FAR + 1])
def test_places_are_found_on_walks_one_after_another(gap):
    ids = [f"T{n:06d}" for n in range(3 * FAR)]
    once = list(range(gap - 1, len(ids), gap))
    asked = [ids[n] for n in [*once, *once, *once[::2]]]
    found = rows_of(pa.chunked_array([pa.array([*asked, "stranger"])]), pa.chunked_array([pa.array(ids)]))
    assert found.tolist() == [*once, *once, *once[::2], -1]


@settings(deadline=None)
@given(st.integers(1, 2**62), st.data())
def test_a_share_of_a_payment_is_exact(x, data):
    b, f = data.draw(st.integers(0, x)), data.draw(st.integers(0, x))
    assert share(np.int64(b), np.int64(f), np.int64(x)) == b * f // x


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.booleans(), st.booleans()), max_size=30),
    st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=6, max_size=6),
)
def test_people_are_counted_once(rows, accounts):
    payer, payee, chosen, legal = (np.array([r[n] for r in rows], t) for n, t in enumerate("iibb"))
    holder, counts = (np.array([a[n] for a in accounts], t) for n, t in enumerate(("i8", "?")))
    lawful, met = people(payer, payee, chosen.astype(bool), legal.astype(bool), holder, counts, 6)
    for me in range(6):
        pairs = [(q if p == me else p, good) for p, q, used, good in rows if used and me in (p, q)]
        pairs += [(p, good) for p, q, used, good in rows if used and p == q == me]
        assert met[me] == len({holder[them] for them, _ in pairs if counts[them]})
        assert lawful[me] == len({holder[them] for them, good in pairs if good and counts[them]})


def books(payers, payees, accounts):
    when = pa.array(range(len(payers)), pa.int64()).cast(pa.timestamp("us", tz="UTC"))
    transfers = TRANSFERS.build(
        {
            "transfer_id": [f"t{n}" for n in range(len(payers))],
            "time": when,
            "payer_account": payers,
            "payee_account": payees,
            "amount": [1] * len(payers),
            "currency": ["USD"] * len(payers),
            "amount_base": [1] * len(payers),
        }
    )
    rows = [{"account_id": a, "party_id": None, "institution_id": None, "pooled": False} for a in accounts]
    return SimpleNamespace(transfers=transfers, accounts=ACCOUNTS.build(rows) if rows else ACCOUNTS.empty())


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde")), max_size=20),
    st.sets(st.sampled_from("cdx")),
)
def test_accounts_that_only_transfers_name_come_last(pairs, known):
    ledger = books([p for p, _ in pairs], [q for _, q in pairs], sorted(known))
    found = coded(ledger)
    ids = found.accounts.to_pylist()
    assert ids[: found.known] == sorted(known)
    assert ids[found.known :] == sorted({a for pair in pairs for a in pair} - known)
    assert [(ids[p], ids[q]) for p, q in zip(found.payer, found.payee, strict=True)] == pairs
    assert coded(ledger) is found
    assert found.codes(pa.array(["nobody", *ids])).tolist() == [-1, *range(len(ids))]


def test_other_tables_are_coded_anew():
    first = books(["a"], ["b"], ["a"])
    one = coded(first)
    other = SimpleNamespace(transfers=first.transfers, accounts=books([], [], ["b", "a"]).accounts)
    assert coded(other).accounts.to_pylist() == ["b", "a"]
    assert one.accounts.to_pylist() == ["a", "b"]


def test_a_table_of_another_shape_is_refused():
    ledger = books(["a"], ["b"], [])
    with pytest.raises(InputError):
        coded(SimpleNamespace(transfers=ledger.accounts, accounts=ledger.accounts))
