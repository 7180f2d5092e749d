from __future__ import annotations

import contextlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.ledger import Ledger, Mapping, Rates
from caudal.tables import ACCOUNTS, INSTITUTIONS, PARTIES, TRANSFERS

TODAY = date(2024, 6, 30)
RATES = Rates([(date(2024, 1, 1), "EUR", Decimal("1.1"))], reach=1000)


def transfers(rows: int = 6, **changes: Any) -> pa.Table:
    columns: dict[str, Any] = {
        "transfer_id": [f"t{i}" for i in range(rows)],
        "time": [datetime(2024, 1, 1 + i % 3, tzinfo=UTC) for i in range(rows)],
        "payer_account": [f"a{i % 3}" for i in range(rows)],
        "payee_account": [f"a{(i + 1) % 3}" for i in range(rows)],
        "amount": [100 + i for i in range(rows)],
        "currency": ["USD" if i % 2 else "EUR" for i in range(rows)],
    }
    return pa.table({name: column for name, column in {**columns, **changes}.items() if column is not None})


def opened(path: Path, table: pa.Table, **options: Any) -> Ledger:
    pq.write_table(table, path)
    return Ledger.open(path, rates=RATES, as_of=TODAY, **options)


def test_one_file_is_converted_and_sorted(tmp_path: Path) -> None:
    ledger = opened(tmp_path / "t.parquet", transfers())
    assert ledger.transfers["transfer_id"].to_pylist() == ["t0", "t3", "t1", "t4", "t2", "t5"]
    assert ledger.transfers["amount_base"].to_pylist() == [110, 103, 101, 114, 112, 105]
    assert ledger.transfers["source_row"].to_pylist() == [2, 5, 3, 6, 4, 7]
    assert ledger.accounts["account_id"].to_pylist() == ["a0", "a1", "a2"]
    assert ledger.summary.rows == 6
    assert ledger.summary.first_day == date(2024, 1, 1)


def test_a_folder_with_its_books(tmp_path: Path) -> None:
    table = transfers(amount_base=[1, 2, None, 4, 5, 6], source_row=[9] * 6, purpose=["x"] * 6, channel=["cash"] * 6)
    pq.write_table(table, tmp_path / "transfers.parquet")
    parties = PARTIES.build(
        [{"party_id": "p", "schema": "Person", "name": "ANA", "aliases": [], "countries": []} | {"identifiers": []}]
    )
    accounts = ACCOUNTS.build([{"account_id": a, "party_id": "p", "pooled": False} for a in ("a0", "a1")])
    pq.write_table(parties, tmp_path / "parties.parquet")
    pq.write_table(accounts, tmp_path / "accounts.parquet")
    ledger = Ledger.open(tmp_path, rates=RATES, as_of=TODAY)
    by_id = dict(zip(*(ledger.transfers[c].to_pylist() for c in ("transfer_id", "amount_base")), strict=True))
    assert by_id == {"t0": 1, "t1": 2, "t2": 112, "t3": 4, "t4": 5, "t5": 6}
    assert ledger.parties.equals(parties)
    assert ledger.accounts["account_id"].to_pylist() == ["a0", "a1", "a2"]
    assert ledger.accounts["party_id"].to_pylist() == ["p", "p", None]
    assert ledger.summary.notes == {"accounts: not in accounts.parquet, added without a holder": 1}
    assert ledger.institutions.equals(INSTITUTIONS.empty())
    again = Ledger.from_tables({t: getattr(ledger, t) for t in ("transfers", "accounts", "parties", "rejected")})
    assert again.transfers.equals(ledger.transfers)
    assert again.summary.sums == ledger.summary.sums
    pq.write_table(pa.concat_tables([accounts, accounts]), tmp_path / "accounts.parquet")
    with pytest.raises(InputError, match="an id occurs twice"):
        Ledger.open(tmp_path, rates=RATES)


def test_ids_are_made_where_there_are_none(tmp_path: Path) -> None:
    table = transfers(transfer_id=None)
    one = opened(tmp_path / "t.parquet", pa.concat_tables([table, table.slice(0, 2)]))
    other = opened(tmp_path / "t.parquet", pa.concat_tables([table.slice(0, 2), table]).take(list(range(7, -1, -1))))
    assert len(set(one.transfers["transfer_id"].to_pylist())) == 8
    assert one.transfers.drop_columns(["source_row"]).equals(other.transfers.drop_columns(["source_row"]))


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"amount": [0, 1, 1, 1, 1, 1]}, "amount", "is zero"),
        ({"amount": [-1, 1, 1, 1, 1, 1]}, "amount", "is negative"),
        ({"amount": [None, 1, 1, 1, 1, 1]}, "amount", "is missing"),
        ({"amount": [10**15, 1, 1, 1, 1, 1]}, "amount", "is too large"),
        ({"currency": ["EURO"] + ["USD"] * 5}, "currency", "is no ISO 4217 currency with a minor unit"),
        ({"payer_account": [None] + ["a"] * 5}, "payer_account", "is missing"),
        ({"payee_account": [""] + ["a"] * 5}, "payee_account", "is missing"),
        ({"transfer_id": [None, "a", "b", "c", "d", "e"]}, "transfer_id", "is missing"),
        ({"time": [None] + [datetime(2024, 1, 1)] * 5}, "time", "is missing"),
        ({"time": [datetime(2024, 7, 1)] + [datetime(2024, 1, 1)] * 5}, "time", "lies in the future"),
        ({"amount_base": [-1, 1, 1, 1, 1, 1]}, "amount_base", "is negative"),
    ],
)
def test_bad_rows_are_kept_aside(tmp_path: Path, changes: dict[str, Any], field: str, reason: str) -> None:
    ledger = opened(tmp_path / "t.parquet", transfers(**changes))
    (kept,) = ledger.rejected.to_pylist()
    assert (kept["row"], kept["field"], kept["reason"]) == (2, field, reason)
    assert json.loads(kept["content"])["payee_account"] in {"a1", ""}
    assert ledger.summary.rows == 6
    assert ledger.transfers.num_rows == 5


def test_a_repeated_id_keeps_its_first_row(tmp_path: Path) -> None:
    ledger = opened(tmp_path / "t.parquet", transfers(transfer_id=["a", "b", "a", "c", "b", "a"]))
    assert ledger.transfers.sort_by("source_row")["source_row"].to_pylist() == [2, 3, 5]
    assert [(r["row"], r["reason"]) for r in ledger.rejected.to_pylist()] == [
        (row, "the transfer id occurs before") for row in (4, 6, 7)
    ]


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (transfers(amount=None), "field amount: the column is missing; there are: transfer_id, time"),
        (transfers(amount=[1.5] * 6), "field amount: its type is double"),
        (transfers(time=["2024-01-01"] * 6), "field time: its type is string"),
        (transfers(currency=[1] * 6), "field currency: its type is int64"),
        (transfers(0), "the file has no rows"),
        (transfers(amount=pa.array([2**64 - 1] * 6, pa.uint64())), "field amount: a value in rows 2 to 7 is out of"),
    ],
)
def test_files_that_are_no_ledger(tmp_path: Path, table: pa.Table, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        opened(tmp_path / "t.parquet", table)


def test_types_of_other_writers(tmp_path: Path) -> None:
    table = transfers()
    table = table.set_column(1, "time", table["time"].cast(pa.timestamp("ns")))
    table = table.set_column(5, "currency", table["currency"].dictionary_encode())
    table = table.set_column(2, "payer_account", table["payer_account"].cast(pa.large_string()))
    table = table.set_column(4, "amount", table["amount"].cast(pa.int32()))
    plain = opened(tmp_path / "t.parquet", transfers())
    assert opened(tmp_path / "u.parquet", table).transfers.equals(plain.transfers)


def test_parquet_with_a_mapping(tmp_path: Path) -> None:
    table = pa.table(
        {
            "when": pa.array([datetime(2024, 1, 2, 3, 4, 5), datetime(2024, 1, 3)], pa.timestamp("us")),
            "from": pa.array([1, 2]),
            "to": pa.array(["x", "y"]).dictionary_encode(),
            "value": pa.array([12.5, 0.1 + 0.2]),
            "money": pa.array([Decimal("1.10"), None], pa.decimal128(9, 2)),
            "tags": pa.array([["a"], []]),
        }
    )
    mapping = {
        "time": {"column": "when", "format": "%Y/%m/%d", "zone": "America/Bogota"},
        "payer": {"account": "from"},
        "payee": {"account": "to"},
        "amount": {"column": "value", "currency": {"value": "USD"}},
    }
    pq.write_table(table, tmp_path / "m.parquet")
    ledger = Ledger.open(tmp_path / "m.parquet", Mapping.of(mapping), as_of=TODAY)
    rows = ledger.transfers.to_pylist()
    assert [r["amount"] for r in rows] == [1250, 30]
    assert rows[0]["time"] == datetime(2024, 1, 2, 8, 4, 5, tzinfo=UTC)
    assert {r["payer_account"] for r in rows} == {"1", "2"}
    mapping["amount"] = {"column": "money", "currency": {"value": "USD"}}
    ledger = Ledger.open(tmp_path / "m.parquet", Mapping.of(mapping), as_of=TODAY)
    (kept,) = ledger.rejected.to_pylist()
    assert json.loads(kept["content"])["tags"] == []


def test_truncated_and_damaged(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(transfers(5000), path, write_page_checksum=True)
    whole = path.read_bytes()
    for cut in (3, 50, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:cut])
        with pytest.raises(InputError, match="not a readable Parquet"):
            Ledger.open(path)
    broken = bytearray(whole)
    broken[200] ^= 0xFF
    path.write_bytes(bytes(broken))
    with pytest.raises(InputError, match="damaged"):
        Ledger.open(path, rates=RATES)
    path.write_bytes(b"")
    with pytest.raises(InputError, match="the file is empty"):
        Ledger.open(path)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_no_damage_ends_in_another_error(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("damage") / "t.parquet"
    pq.write_table(transfers(50), path, write_page_checksum=True, compression="none")
    raw = bytearray(path.read_bytes())
    for at in data.draw(st.lists(st.integers(0, len(raw) - 1), min_size=1, max_size=4)):
        raw[at] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(raw))
    with contextlib.suppress(InputError):
        ledger = Ledger.open(path, rates=RATES, as_of=TODAY)
        assert ledger.summary.rows == ledger.transfers.num_rows + ledger.rejected.num_rows


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(30)), st.integers(0, 2**32))
def test_the_order_of_rows_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], seed: int
) -> None:
    random = np.random.default_rng(seed)
    table = transfers(30, amount=random.integers(1, 4, 30).tolist(), amount_base=random.integers(1, 3, 30).tolist())
    folder = tmp_path_factory.mktemp("order")
    for changed in (table, table.drop_columns(["transfer_id"])):
        one = opened(folder / "a.parquet", changed).transfers.drop_columns(["source_row"])
        other = opened(folder / "b.parquet", changed.take(order)).transfers.drop_columns(["source_row"])
        assert one.equals(other)


def test_from_tables_wants_a_ledger() -> None:
    with pytest.raises(InputError, match="no table of transfers"):
        Ledger.from_tables({})
    table = TRANSFERS.build(
        [
            {"transfer_id": "a", "time": datetime(2024, 1, 1, tzinfo=UTC), "payer_account": "x"}
            | {"payee_account": "y", "amount": 1, "amount_base": 1, "currency": "USD"}
        ]
        * 2
    )
    with pytest.raises(InputError, match="occurs twice"):
        Ledger.from_tables({"transfers": table})
    assert Ledger.from_tables({"transfers": TRANSFERS.empty()}).summary.first_day is None
