"""The stored index: the same answers as in memory, whatever the order and the row groups; damage is named."""

from __future__ import annotations

import json
import random

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.tracing import Opening, StoredIndex, TransferIndex, prepare, preparing, reached, run_trace, stored, trace
from caudal.tracing.intern import Interner

ROWS = [
    ("t2", 5, "b", "c", 20),
    ("t1", 5, "x", "b", 10),
    ("t3", 1, "ñandú", "b", 30),
    ("t4", 9, "b", "b", 40),
    ("t5", 9, "c", "x", 0),
]


@pytest.fixture
def small_groups(monkeypatch):
    """Row groups so small that instants straddle them."""
    monkeypatch.setattr(preparing, "ROWS", 3)


def same(one, other):
    assert one.exposures == other.exposures
    assert one.attributions == other.attributions
    assert (one.totals, one.unknown_seeds, one.untraced) == (other.totals, other.unknown_seeds, other.untraced)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_streamed_is_as_in_memory(table, ledgers, group_sets, tmp_path, small_groups, data):
    rows, groups = data.draw(ledgers), data.draw(group_sets)
    whole = TransferIndex.from_transfers(table(rows))
    index = prepare(table(data.draw(st.permutations(rows))), tmp_path / "index")
    assert index.accounts == whole.accounts
    assert [sums.tolist() for sums in index.turnover] == [sums.tolist() for sums in whole.turnover]
    chunks = list(index.chunks())
    assert sum(len(chunk.time) for chunk in chunks) == len(index) == len(rows)
    for name in ("time", "payer", "payee", "amount"):
        flat = [value for chunk in chunks for value in getattr(chunk, name).tolist()]
        assert flat == getattr(whole, name).tolist()
    assert [chunk.first for chunk in index.chunks(backward=True)] == [chunk.first for chunk in chunks][::-1]
    how = {"pooled": ["acc-b"], "dust": data.draw(st.sampled_from([0, 10]))}
    same(run_trace(index, groups, **how), run_trace(whole, groups, **how))
    known = [name for name in ("acc-c", "acc-d") if name in whole.accounts.to_pylist()]
    opening = Opening(dict.fromkeys(known, 100), {group: dict.fromkeys(known, 7) for group in groups})
    for direction in ("forward", "backward"):
        how = {"directions": [direction], "opening": opening}
        same(run_trace(index, groups, **how), run_trace(whole, groups, **how))
        there, here = reached(index, groups, direction), reached(whole, groups, direction)
        assert [codes.tolist() for codes in there.accounts] == [codes.tolist() for codes in here.accounts]
    loaded = index.load()
    assert loaded.transfer_ids == whole.transfer_ids
    assert loaded.payer.tolist() == whole.payer.tolist()


def test_it_says_what_it_did(table, tmp_path, small_groups):
    path = tmp_path / "ledger.parquet"
    pq.write_table(table(ROWS), path)
    steps = []
    index = prepare(path, progress=lambda *step: steps.append(step))
    assert index.folder == tmp_path / "ledger.parquet.index"
    assert {name: index.note[name] for name in ("transfers", "accounts", "sorted")} == {
        "transfers": 5,
        "accounts": 4,
        "sorted": True,
    }
    assert (index.note["self_transfers"], index.note["zero_amounts"]) == (1, 1)
    assert steps[-1] == (10, 10)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ledger.parquet", "ledger.parquet.index"]
    again = prepare(table(sorted(ROWS, key=lambda row: (row[1], row[0]))), tmp_path / "other")
    assert again.note["sorted"] is False
    assert again.ids_at(np.array([4, 0, 2])).to_pylist() == [
        TransferIndex.from_transfers(table(ROWS)).transfer_ids[place].as_py() for place in (4, 0, 2)
    ]
    assert trace(index, {"g": ["x"]}) == trace(again, {"g": ["x"]})


def test_the_index_beside_a_ledger_is_made_again_when_the_ledger_changed(table, tmp_path):
    path = tmp_path / "transfers.parquet"
    pq.write_table(table(ROWS), path)
    first = stored(tmp_path)
    assert first.folder == tmp_path / "transfers.parquet.index"
    made = (first.folder / "index.json").stat().st_mtime_ns
    assert (stored(path).folder / "index.json").stat().st_mtime_ns == made
    pq.write_table(table(ROWS[:3]), path)
    assert len(stored(path)) == 3


def test_nothing_half_written_is_left(table, tmp_path):
    kept = prepare(table(ROWS), tmp_path / "index")
    with pytest.raises(InputError, match="amount of transfer t9 is negative"):
        prepare(table([*ROWS, ("t9", 3, "a", "b", -5)]), tmp_path / "index")
    assert [p.name for p in tmp_path.iterdir()] == ["index"]
    assert len(StoredIndex.open(kept.folder)) == 5


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [*ROWS, ("t9", 3, "a", "b", -5)],
            "row 7, field amount_base: the amount of transfer t9 is negative",
        ),
        ([*ROWS, ("t9", 3, "a", None, 5)], "field payee_account: 1 empty values in the rows from 5 on"),
        ([*ROWS, ("t1", 5, "a", "b", 5)], "transfer t1 occurs twice"),
        ([("t1", 1, "a", "b", 2**62), ("t2", 2, "a", "c", 2**62)], "payments of account a add up to more than 64 bits"),
    ],
)
def test_bad_transfers_are_named(table, tmp_path, small_groups, rows, said):
    with pytest.raises(InputError, match=said):
        prepare(table(rows), tmp_path / "index")


def test_sources_that_are_none_are_named(table, tmp_path):
    with pytest.raises(InputError, match="no such file"):
        prepare(tmp_path / "nothing.parquet")
    with pytest.raises(InputError, match="say where the index goes"):
        prepare(table(ROWS))
    (tmp_path / "text.parquet").write_text("no ledger")
    with pytest.raises(InputError, match="not a readable Parquet"):
        prepare(tmp_path / "text.parquet")
    pq.write_table(table(ROWS).drop_columns(["time"]), tmp_path / "short.parquet")
    with pytest.raises(InputError, match="field time: the column is missing"):
        prepare(tmp_path / "short.parquet")
    with pytest.raises(InputError, match="no stored index"):
        StoredIndex.open(tmp_path)


def flip(path, name, group):
    """Change one byte in the middle of a column of a row group."""
    with pq.ParquetFile(path) as file:
        column = file.metadata.row_group(group).column(file.schema_arrow.names.index(name))
        place = (column.dictionary_page_offset or column.data_page_offset) + column.total_compressed_size - 3
    data = bytearray(path.read_bytes())
    data[place] ^= 0x10
    path.write_bytes(data)


def many(table, count=40):
    rng = random.Random(3)
    names = [f"n{number}" for number in range(9)]
    return table([(f"t{n:03d}", n, rng.choice(names), rng.choice(names), rng.randint(1, 99)) for n in range(count)])


@pytest.mark.parametrize("name", ["time", "payer", "payee", "amount"])
def test_a_damaged_row_group_is_named_and_counted(table, tmp_path, small_groups, name):
    index = prepare(many(table), tmp_path / "index")
    flip(index.folder / "flow.parquet", name, 4)
    flip(index.folder / "flow.parquet", name, 7)
    with pytest.raises(InputError, match=r"row group 5 is damaged \(rows 1\d to 1\d\); 2 of 1\d row groups cannot be"):
        run_trace(index, {"g": ["n1"]})
    with pytest.raises(InputError, match=r"row group 8 is damaged"):
        reached(index, {"g": ["n1"]}, "backward")


def test_damage_to_ids_accounts_and_the_source_is_named(table, tmp_path, small_groups):
    index = prepare(many(table), tmp_path / "index")
    flip(index.folder / "ids.parquet", "transfer_id", 0)
    with pytest.raises(InputError, match=r"ids.parquet: row group 1 is damaged"):
        index.ids_at(np.array([0]))
    flip(index.folder / "accounts.parquet", "paid", 0)
    with pytest.raises(InputError, match=r"accounts.parquet: row group 1 is damaged"):
        run_trace(index, {"g": ["n1"]})
    path = tmp_path / "source.parquet"
    pq.write_table(many(table), path, row_group_size=8, write_page_checksum=True, compression="none")
    flip(path, "amount_base", 3)
    with pytest.raises(InputError, match=r"row group 4 is damaged \(rows 26 to 33\); 1 of 5 row groups"):
        prepare(path)


def test_codes_that_cannot_be_never_reach_compiled_code(table, tmp_path):
    index = prepare(many(table), tmp_path / "index")
    flow = pq.read_table(index.folder / "flow.parquet")
    for name, value in (("payer", 9), ("payee", -1), ("amount", -4), ("time", -1)):
        place = flow.column_names.index(name)
        column = flow.column(name).to_numpy().copy()
        column[5] = value
        wrong = flow.set_column(place, flow.schema.field(place), pa.array(column, flow.schema.field(place).type))
        pq.write_table(wrong, index.folder / "flow.parquet", **preparing.PLAIN)
        with pytest.raises(InputError, match="row group 1 of 1 holds what cannot be"):
            run_trace(index, {"g": ["n1"]})


def test_files_that_do_not_belong_together_are_named(table, tmp_path):
    index = prepare(many(table), tmp_path / "index")
    other = prepare(many(table, 7), tmp_path / "other")
    (index.folder / "ids.parquet").write_bytes((other.folder / "ids.parquet").read_bytes())
    with pytest.raises(InputError, match=r"it has 7 rows where index.json says 40"):
        StoredIndex.open(index.folder)
    note = other.folder / "index.json"
    note.write_text(json.dumps({"format": 99}))
    with pytest.raises(InputError, match="another version"):
        StoredIndex.open(other.folder)
    note.write_text("{")
    with pytest.raises(InputError, match="no stored index"):
        StoredIndex.open(other.folder)


def test_names_are_numbered_as_they_come_and_sorted_at_the_end():
    rng = random.Random(5)
    names = ["", "a", "ab", "日本", "x" * 300] + [f"account-{rng.randrange(10**9)}" for _ in range(70_000)]
    interner, seen = Interner(), {}
    for _ in range(8):
        asked = rng.choices(names, k=20_000)
        codes = interner.codes(pa.array(asked))
        for name, code in zip(asked, codes.tolist(), strict=True):
            assert seen.setdefault(name, code) == code
    assert sorted(seen.values()) == list(range(len(interner))) == list(range(len(seen)))
    texts, rank = interner.sorted()
    assert texts.to_pylist() == sorted(seen)
    assert all(texts[int(rank[code])].as_py() == name for name, code in list(seen.items())[:2000])
    sliced = pa.array(["q", *asked, "q"]).slice(1, len(asked))
    assert interner.codes(sliced).tolist() == codes.tolist()
    assert Interner().codes(pa.array([], pa.string())).tolist() == []
