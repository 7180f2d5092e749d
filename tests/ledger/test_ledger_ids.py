from __future__ import annotations

import csv
import hashlib
import io
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.ledger import Ledger, Mapping, ids
from caudal.ledger.ids import arranged, order_by_time, repeated

MAPPING: dict[str, Any] = {
    "time": {"column": "day"},
    "payer": {"account": "from", "name": "payer"},
    "payee": {"account": "to", "name": "payee"},
    "amount": {"column": "amount", "currency": {"value": "USD"}, "base": "base"},
    "purpose": "text",
}
HEADER = ["day", "from", "payer", "to", "payee", "amount", "base", "text"]
row = st.tuples(
    st.sampled_from(["2024-01-01", "2024-01-02"]),
    st.sampled_from(["1", "2", "1 "]),
    st.sampled_from(["ANA", "Ana"]),
    st.sampled_from(["1", "3"]),
    st.just("BEN"),
    st.sampled_from(["5", "5.00", "6"]),
    st.sampled_from(["5", "6"]),
    st.sampled_from(["", "rent", "rent 2"]),
)


def opened(path: Path, rows: list[tuple[str, ...]]) -> Ledger:
    stream = io.StringIO()
    csv.writer(stream).writerows([HEADER, *rows])
    path.write_text(stream.getvalue(), newline="")
    return Ledger.open(path, Mapping.of(MAPPING))


@settings(max_examples=60, deadline=None)
@given(st.lists(row, min_size=1, max_size=25), st.randoms())
def test_ids_do_not_depend_on_the_order_of_rows(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], random: Any
) -> None:
    folder = tmp_path_factory.mktemp("ids")
    one = opened(folder / "a.csv", rows)
    other = opened(folder / "a.csv", random.sample(rows, len(rows)))
    assert len(set(one.transfers["transfer_id"].to_pylist())) == len(rows)
    assert one.transfers.drop_columns(["source_row"]).equals(other.transfers.drop_columns(["source_row"]))
    assert one.parties.equals(other.parties)


def test_an_id_can_be_recomputed_and_stays_when_the_ledger_grows(tmp_path: Path) -> None:
    rows = [("2024-01-02", "221020145685", "ANA", "3", "BEN", "5.5", "5", "rent")]
    said = ["1704153600000000", "221020145685", "3", "550", "USD", "", "rent"]
    wanted = "x" + hashlib.md5("\x1f".join(said).encode(), usedforsecurity=False).hexdigest()[:23]
    assert opened(tmp_path / "a.csv", rows).transfers["transfer_id"].to_pylist() == [wanted]
    # The same account now also comes as an IBAN: the account id changes, the transfer id does not.
    rows.append(("2024-01-03", "EE382200221020145685", "ANA", "3", "BEN", "5.5", "5", "rent"))
    transfers = opened(tmp_path / "a.csv", rows).transfers
    assert transfers["transfer_id"][0].as_py() == wanted
    assert transfers["payer_account"].to_pylist() == ["EE382200221020145685"] * 2


def test_identical_rows_are_counted(tmp_path: Path) -> None:
    rows = [("2024-01-02", "1", "ANA", "3", "BEN", "5", "5", "rent")] * 12
    found = opened(tmp_path / "a.csv", rows).transfers["transfer_id"].to_pylist()
    assert {i.partition("-")[2] for i in found} == {"", *map(str, range(2, 13))}
    assert found == sorted(found)


texts = st.text(alphabet="abé\x00", max_size=11)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), texts.map(lambda t: "same8byt" + t) | texts), min_size=1, max_size=30))
def test_the_order_is_by_time_and_bytes_of_the_id(rows: list[tuple[int, str]]) -> None:
    order = ids.order_by_time(
        np.array([t for t, _ in rows], dtype=np.int64), pa.array([i for _, i in rows]), np.arange(len(rows))
    )
    assert order.tolist() == sorted(range(len(rows)), key=lambda r: (rows[r][0], rows[r][1].encode(), r))


@settings(max_examples=150, deadline=None)
@given(st.lists(texts | st.sampled_from(["t00000001", "t00000002"]), max_size=30), st.randoms())
def test_repeated_ids_are_found(names: list[str], random: Any) -> None:
    rows = list(range(len(names)))
    random.shuffle(rows)
    found = ids.repeated(pa.array(names, pa.string()), np.array(rows, dtype=np.int64)).tolist()
    first = {name: min(r for n, r in zip(names, rows, strict=True) if n == name) for name in names}
    assert found == [row != first[name] for name, row in zip(names, rows, strict=True)]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.text("ab\x00é", max_size=10)), max_size=8))
def test_rows_are_arranged_when_sorting_leaves_them_where_they_are(rows):
    times, texts = np.array([t for t, _ in rows], np.int64), [x for _, x in rows]
    told = arranged(times, pa.array(texts, pa.string()))
    keys = [(t, x.encode()) for t, x in rows]
    in_order = all(a < b for a, b in pairwise(keys))
    assert told == (in_order, in_order and all(a.encode() < b.encode() for a, b in pairwise(texts)))
    if told[0]:
        order = order_by_time(times, pa.array(texts, pa.string()), np.arange(len(rows)))
        assert order.tolist() == list(range(len(rows)))
    if told[1]:
        assert not repeated(pa.array(texts, pa.string()), np.arange(len(rows))).any()
