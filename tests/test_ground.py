from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.errors import CaudalError, InputError
from caudal.storage import aside, file_hash, mapped_table, open_database, read_table, write_table, write_text
from caudal.tables import NAMES, TABLES

ROWS = [{"entity_id": "x-1", "name": "Somebody", "kind": "primary", "script": "Latn"}]


@given(st.text(), st.none() | st.text(), st.none() | st.integers(1, 10**9), st.none() | st.text())
def test_an_error_is_always_one_line(reason, file, row, field):
    line = str(InputError(reason, file=file, row=row, field=field))
    assert "\n" not in line
    assert len(line.splitlines()) <= 1


def test_an_error_names_file_row_field_and_reason():
    error = InputError("no such day", file="pay.csv", row=12, field="date")
    assert str(error) == "pay.csv, row 12, field date: no such day"
    assert isinstance(error, CaudalError)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_table_is_well_formed(name):
    table = TABLES[name]
    columns = [c.name for c in table.columns]
    assert len(set(columns)) == len(columns)
    assert table.doc.endswith(".")
    assert table.check(table.empty()).schema == table.schema


def test_build_fills_what_may_be_empty_and_refuses_what_may_not():
    assert NAMES.build([{**ROWS[0], "script": None}]).column("script").to_pylist() == [None]
    with pytest.raises(InputError, match="field name: 1 empty values"):
        NAMES.build([{**ROWS[0], "name": None}])
    with pytest.raises(InputError, match="no column 'nane'"):
        NAMES.build({"entity_id": ["a"], "nane": ["b"], "kind": ["primary"]})
    with pytest.raises(InputError, match="field kind: the column is missing"):
        NAMES.check(pa.table({"entity_id": ["a"], "name": ["b"]}))


def test_a_file_is_whole_or_not_there(tmp_path: Path):
    path = tmp_path / "deep" / "names.parquet"
    write_table(NAMES.build(ROWS), NAMES, path)
    before = path.read_bytes()

    def break_off():
        with aside(path) as temporary:
            temporary.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    assert read_table(path, "names").to_pylist() == ROWS


def test_a_table_of_another_shape_is_refused_with_its_file(tmp_path: Path):
    path = tmp_path / "names.parquet"
    pq.write_table(pa.table({"entity_id": ["a"]}), path)
    with pytest.raises(InputError, match=r"names\.parquet, field name: the column is missing"):
        read_table(path, NAMES)
    path.write_bytes(b"PAR1 no such thing")
    with pytest.raises(InputError, match="not a readable Parquet file"):
        read_table(path, NAMES)
    with pytest.raises(InputError, match="no such file"):
        read_table(tmp_path / "absent.parquet", NAMES)


def test_a_folder_hash_sees_names_and_bytes(tmp_path: Path):
    (tmp_path / "a").mkdir()
    write_text("one", tmp_path / "a" / "x")
    first = file_hash(tmp_path / "a")
    (tmp_path / "a" / "x").rename(tmp_path / "a" / "y")
    second = file_hash(tmp_path / "a")
    write_text("two", tmp_path / "a" / "y")
    assert len({first, second, file_hash(tmp_path / "a")}) == 3


@given(st.lists(st.lists(st.text(max_size=5), max_size=4), max_size=3), st.data())
def test_a_mapped_table_is_the_one_that_was_written_or_is_refused(tmp_path_factory, batches, data):
    path = tmp_path_factory.mktemp("mapped") / "t.arrow"
    schema = pa.schema({"a": pa.string()}, metadata={"of": "words"})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for batch in batches:
            writer.write_table(pa.table({"a": pa.array(batch, pa.string())}, schema))
    read = mapped_table(path)
    assert read.column("a").to_pylist() == [text for batch in batches for text in batch]
    assert read.schema.equals(schema, check_metadata=True)
    whole = path.read_bytes()
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises((pa.ArrowInvalid, OSError)):
        mapped_table(path)


def test_another_file_is_no_mapped_table(tmp_path):
    with pytest.raises(OSError, match="none"):
        mapped_table(tmp_path / "none.arrow")
    for held in (b"", b"ARROW1", b"ARROW1\0\0" + b"x" * 40 + b"ARROW1"):
        (tmp_path / "t.arrow").write_bytes(held)
        with pytest.raises((pa.ArrowInvalid, OSError)):
            mapped_table(tmp_path / "t.arrow")


def test_a_database_of_the_house_draws_no_bar_and_loads_nothing_by_itself():
    with open_database(memory_limit="50MB") as db:
        said = dict(db.execute("SELECT name, value FROM duckdb_settings()").fetchall())
        assert said["enable_progress_bar"] == "false"
        assert said["autoload_known_extensions"] == "false"
        assert said["autoinstall_known_extensions"] == "false"
        assert said.get("enable_caching_operators", "false") == "false"
        assert db.sql("SELECT 1").fetchall() == [(1,)]
