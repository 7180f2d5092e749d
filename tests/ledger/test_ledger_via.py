"""The institutions between payer's and payee's bank come along, in order of payment."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from caudal.errors import InputError
from caudal.ledger import Ledger, Mapping
from caudal.tables import TEXTS

TODAY = date(2024, 6, 30)
MAPPING = {
    "time": {"column": "day"},
    "payer": {"account": "from"},
    "payee": {"account": "to"},
    "amount": {"column": "amount", "currency": {"value": "USD"}, "sign": "swap"},
    "id": "id",
    "empty": ["-"],
    "via": ["first", "second"],
}
ROWS = """id,day,from,to,amount,first,second
t1,2024-01-02,A1,B1,10,BANKA,BANKB
t2,2024-01-03,A1,B1,-10,BANKA,BANKB
t3,2024-01-04,A1,B1,10,,BANKB
t4,2024-01-05,A1,B1,10,-,
t5,2024-01-06,A1,B1,bad,BANKA,BANKB
t6,2024-01-07,A1,B1,10,BANKC,
"""


def test_columns_become_one_list_in_order_of_payment(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(ROWS, encoding="utf-8")
    ledger = Ledger.open(tmp_path / "t.csv", Mapping.of(MAPPING), as_of=TODAY)
    assert dict(zip(*(ledger.transfers[c].to_pylist() for c in ("transfer_id", "via")), strict=True)) == {
        "t1": ["BANKA", "BANKB"],
        "t2": ["BANKB", "BANKA"],  # it went from payee to payer
        "t3": ["BANKB"],
        "t4": [],
        "t6": ["BANKC"],
    }
    pq.write_table(ledger.transfers, tmp_path / "transfers.parquet")
    again = Ledger.open(tmp_path / "transfers.parquet", as_of=TODAY)
    assert again.transfers["via"].to_pylist() == ledger.transfers["via"].to_pylist()


def test_a_ledger_without_them_has_none(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(ROWS, encoding="utf-8")
    mapping = Mapping.of({name: value for name, value in MAPPING.items() if name != "via"})
    ledger = Ledger.open(tmp_path / "t.csv", mapping, as_of=TODAY)
    assert ledger.transfers["via"].type == TEXTS
    assert set(ledger.transfers["via"].to_pylist()) == {None}


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(ROWS, encoding="utf-8")
    with pytest.raises(InputError, match=r"no column 'third' \(mapping via.1\)"):
        Ledger.open(tmp_path / "t.csv", Mapping.of({**MAPPING, "via": ["first", "third"]}), as_of=TODAY)


def test_a_parquet_column_of_another_type_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(ROWS, encoding="utf-8")
    table = Ledger.open(tmp_path / "t.csv", Mapping.of(MAPPING), as_of=TODAY).transfers
    text = pa.array(["BANKA"] * table.num_rows)
    pq.write_table(table.set_column(table.column_names.index("via"), "via", text), tmp_path / "t.parquet")
    with pytest.raises(InputError, match="its type is string"):
        Ledger.open(tmp_path / "t.parquet", as_of=TODAY)
