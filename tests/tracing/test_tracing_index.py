"""The index: sorted arrays from any transfers table, and what it refuses."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest

from caudal.errors import InputError
from caudal.tracing import TransferIndex

ROWS = [("t2", 5, "b", "c", 20), ("t1", 5, "x", "b", 10), ("t3", 1, "ñandú", "b", 30), ("t4", 9, "b", "b", 40)]


def test_arrays_are_sorted_and_coded(table):
    index = TransferIndex.from_transfers(table(ROWS))
    assert index.transfer_ids.to_pylist() == ["t3", "t1", "t2", "t4"]
    assert index.accounts.to_pylist() == ["b", "c", "x", "ñandú"]
    assert index.time.tolist() == [1, 5, 5, 9]
    assert [index.accounts[code].as_py() for code in index.payer] == ["ñandú", "x", "b", "b"]
    assert [index.accounts[code].as_py() for code in index.payee] == ["b", "b", "c", "b"]
    assert index.amount.tolist() == [30, 10, 20, 40]
    assert len(index) == 4
    assert (index.payer.dtype, index.amount.dtype) == (np.int32, np.int64)
    received, paid = (dict(zip(index.accounts.to_pylist(), sums.tolist(), strict=True)) for sums in index.turnover)
    assert received == {"b": 40, "c": 20, "x": 0, "ñandú": 0}  # a payment to oneself is no turnover
    assert paid == {"b": 20, "c": 0, "x": 10, "ñandú": 30}


def test_chunks_and_dictionaries_make_no_difference(table):
    whole = table(ROWS)
    coded = whole.set_column(2, "payer_account", whole.column("payer_account").dictionary_encode())
    parts = pa.concat_tables([coded.slice(0, 1), coded.slice(1, 2), coded.slice(3)])
    one, other = TransferIndex.from_transfers(whole), TransferIndex.from_transfers(parts)
    assert one.transfer_ids == other.transfer_ids
    assert one.accounts == other.accounts
    assert (one.payer == other.payer).all()


@pytest.mark.parametrize("count", [3, 1000])
def test_codes_of_few_and_of_many_accounts(table, count):
    rng = random.Random(count)
    names = [
        "",
        "Zz",
        "a",
        "ab",
        "é",
        "日本",
        "\U0001f600",
        "\uffff",
        *(f"n{rng.randrange(10**6)}" for _ in range(count)),
    ]
    rows = [(f"t{place:05d}", place, name, rng.choice(names), 1) for place, name in enumerate(names)]
    index = TransferIndex.from_transfers(table(rows))
    place = {name: code for code, name in enumerate(index.accounts.to_pylist())}
    assert list(place) == sorted(place)
    for asked in (
        ["missing", "a", "é", "a", "\uffff"],
        ["\U0001f600", ""],
        [*names, "zzz", ""],
        [],
        ["zzzz"],
        ["\x00"],
    ):
        codes, unknown = index.codes(asked)
        assert codes.dtype == np.int32
        assert codes.tolist() == sorted({place[name] for name in asked if name in place})
        assert unknown == [name for name in asked if name not in place]


def test_an_empty_table(table):
    index = TransferIndex.from_transfers(table([]))
    assert len(index) == len(index.accounts) == 0
    assert index.codes(["a"])[1] == ["a"]
    assert index.codes([])[1] == []


def test_bad_transfers_are_named(table):
    good = table(ROWS)
    with pytest.raises(InputError, match="transfers, field amount_base: the column is missing"):
        TransferIndex.from_transfers(good.drop_columns(["amount_base"]))
    with pytest.raises(InputError, match="field payee_account: 1 empty"):
        TransferIndex.from_transfers(table([*ROWS, ("t5", 1, "a", None, 1)]))
    with pytest.raises(InputError, match="transfer t5 is negative"):
        TransferIndex.from_transfers(table([*ROWS, ("t5", 1, "a", "b", -1)]))
    with pytest.raises(InputError, match="transfer t1 occurs twice"):
        TransferIndex.from_transfers(table([*ROWS, ("t1", 5, "a", "b", 1)]))
    with pytest.raises(InputError, match="field time"):
        TransferIndex.from_transfers(good.set_column(1, "time", pa.array(["x"] * 4)))
