"""The CSV files inside the page: exact, capped, and harmless in a spreadsheet."""

from __future__ import annotations

import base64
import csv
import gzip
import io
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from caudal.reports import ReportFacts, downloads
from caudal.reports.books import Books
from caudal.reports.wording import Wording
from caudal.tables import TABLES

Tables = dict[str, pa.Table]


def unpack(download: downloads.Download) -> list[dict[str, str]]:
    text = gzip.decompress(base64.b64decode(download.data)).decode()
    return list(csv.DictReader(io.StringIO(text)))


def packed(tables: Tables, facts: ReportFacts) -> dict[str, Any]:
    with Books(tables, facts) as books:
        return downloads.downloads(books)


@pytest.fixture(scope="module")
def files(made_up: Tables, made_up_facts: ReportFacts) -> dict[str, Any]:
    return packed(made_up, made_up_facts)


def test_every_table_of_the_page_has_its_file_with_all_rows(files: dict[str, Any], made_up: Tables) -> None:
    for name in ("matches", "exposures", "findings", "outcomes", "affected", "rejected"):
        assert len(unpack(files[name])) == files[name].rows == files[name].total == made_up[name].num_rows
    assert files["attributed_transfers"].total == made_up["attributions"].num_rows // 2
    assert len(unpack(files["institutions"])) == files["institutions"].total


def test_amounts_in_the_files_are_exact(files: dict[str, Any], made_up: Tables) -> None:
    want = {
        (e["account_id"], e["direction"], e["method"]): (e["direct"], e["indirect"], e["turnover"])
        for e in made_up["exposures"].to_pylist()
    }
    for row in unpack(files["exposures"]):
        found = tuple(row[k] for k in ("direct", "indirect", "turnover"))
        minor = want[row["account_id"], row["direction"], row["method"]]
        assert found == tuple(f"{m // 100}.{m % 100:02}" for m in minor)


def test_an_amount_keeps_its_currencys_places(files: dict[str, Any], made_up: Tables) -> None:
    want = {t["transfer_id"]: t for t in made_up["transfers"].to_pylist()}
    rows = unpack(files["attributed_transfers"])
    assert {row["currency"] for row in rows} == {"USD", "JPY"}
    for row in rows:
        amount = want[row["transfer_id"]]["amount"]
        assert row["amount"] == (str(amount) if row["currency"] == "JPY" else f"{amount // 100}.{amount % 100:02}")


def test_the_largest_amount_there_is_stays_exact(made_up: Tables, made_up_facts: ReportFacts) -> None:
    table = made_up["exposures"].slice(0, 1)
    index = table.schema.get_field_index("turnover")
    table = table.set_column(index, table.schema.field(index), pa.array([2**63 - 1]))
    [row] = unpack(packed({"exposures": table}, made_up_facts)["exposures"])
    assert row["turnover"] == "92233720368547758.07"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_starts_like_a_formula(start: str, made_up: Tables, made_up_facts: ReportFacts) -> None:
    tables = dict(made_up)
    names = pa.array([f'{start}HYPERLINK("http://x","a,b")'] * made_up["parties"].num_rows)
    index = made_up["parties"].schema.get_field_index("name")
    tables["parties"] = made_up["parties"].set_column(index, "name", names)
    purposes = pa.array([f"{start}cmd|x"] * made_up["transfers"].num_rows)
    index = made_up["transfers"].schema.get_field_index("purpose")
    tables["transfers"] = made_up["transfers"].set_column(index, "purpose", purposes)
    for download in packed(tables, made_up_facts).values():
        for row in unpack(download):
            for name, cell in row.items():
                assert not cell.startswith(("=", "+", "@", "\t", "\r")), (name, cell)
                if cell.startswith("-"):
                    float(cell)


def test_a_large_table_is_cut_to_the_budget_and_says_so(made_up_facts: ReportFacts) -> None:
    n = 60_000
    rng = np.random.default_rng(1)
    table = TABLES["exposures"].build(
        {
            "account_id": [f"A{v:x}" for v in rng.integers(0, 2**60, n)],
            "group_id": ["g"] * n,
            "direction": ["forward"] * n,
            "method": ["proportional"] * n,
            **{k: rng.integers(1, 2**40, n) for k in ("direct", "indirect", "held", "turnover", "unexplained")},
            "first": pa.array(np.zeros(n, "i8")).cast(pa.timestamp("us", tz="UTC")),
            "last": pa.array(np.zeros(n, "i8")).cast(pa.timestamp("us", tz="UTC")),
            "hops": np.ones(n, "i8"),
        }
    )
    download = packed({"exposures": table}, made_up_facts)["exposures"]
    rows = unpack(download)
    assert len(rows) == download.rows < download.total == n
    assert len(download.data) * 3 / 4 <= downloads.BUDGET
    # the largest are kept
    totals = np.sort(table["direct"].to_numpy() + table["indirect"].to_numpy())[::-1]
    assert round((float(rows[0]["direct"]) + float(rows[0]["indirect"])) * 100) == totals[0]
    kept = [round(float(r["direct"]) * 100) + round(float(r["indirect"]) * 100) for r in rows]
    assert kept == totals[: len(kept)].tolist()


def test_every_file_has_a_name_to_show(made_up: Tables, made_up_facts: ReportFacts) -> None:
    with Books(made_up, made_up_facts) as books:
        names = list(downloads._queries(books))
    assert [name for name in names if not Wording().has(f"csv_name.{name}")] == []
