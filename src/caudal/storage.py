"""Files written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from caudal.errors import InputError
from caudal.tables import TABLES, Table

if TYPE_CHECKING:
    import duckdb

READ_FAST = {"compression": "zstd", "compression_level": 1, "write_statistics": True}
"""Parquet options for tables between rooms: small enough to keep, quick to read."""


@contextmanager
def aside(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` that takes its name only when the block ends without an error.

    The rename is atomic on one file system, so a reader sees the old file or the new one, never half of one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_table(table: pa.Table, shape: Table, path: Path) -> None:
    """Check `table` against its shape and write it as Parquet, whole or not at all."""
    checked = shape.check(table)
    with aside(path) as temporary:
        pq.write_table(checked, temporary, **READ_FAST)


def write_text(text: str, path: Path) -> None:
    """Write UTF-8 text, whole or not at all."""
    with aside(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def read_table(path: Path, shape: Table | str) -> pa.Table:
    """Read a Parquet file of the given shape.

    Raises:
        InputError: the file is missing, is no Parquet, or has another shape.
    """
    shape = TABLES[shape] if isinstance(shape, str) else shape
    if not path.is_file():
        raise InputError("there is no such file", file=str(path))
    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"it is not a readable Parquet file ({error})", file=str(path)) from error
    try:
        return shape.check(table)
    except InputError as error:
        raise InputError(error.reason, file=str(path), field=error.field) from error


_MAGIC = b"ARROW1"


def mapped_table(path: Path) -> pa.Table:
    """An Arrow file, mapped into memory.

    What lies between the marks at its beginning and end is a stream, and is read as one: the reader of files would make
    threads, beside which a process cannot safely be forked.

    Raises:
        OSError, pa.ArrowInvalid: it cannot be read, or is no Arrow file.
    """
    with pa.memory_map(str(path)) as source:
        held = source.read_buffer()
    if held.size < 4 * len(_MAGIC) or any(bytes(held[at : at + len(_MAGIC)]) != _MAGIC for at in (0, held.size - 6)):
        raise pa.ArrowInvalid("it is no whole Arrow file")
    with pa.ipc.open_stream(held.slice(8)) as stream:
        return stream.read_all()


def open_database(**settings: Any) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory, with what every room needs set; nothing is ever installed or loaded into it by itself.

    Args:
        settings: DuckDB's own, such as memory_limit.
    """
    import duckdb  # noqa: PLC0415 - most of what imports this room needs no database

    given = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false", **settings}
    connection = duckdb.connect(":memory:", config=given)
    # DuckDB 2.0 ends with an internal error where a join's text columns change their dictionary on the way through
    # the operators that gather small chunks (seen from half a million transfers on); older ones lack the setting.
    with suppress(duckdb.CatalogException):
        connection.execute("SET enable_caching_operators = false")
    # In a terminal DuckDB would draw a bar of its own into ours.
    connection.execute("SET enable_progress_bar = false")
    return connection


def file_hash(path: Path) -> str:
    """BLAKE2b of a file's bytes, in hex; for a folder, of the names and bytes of all files below it."""
    digest = hashlib.blake2b(digest_size=16)
    if path.is_dir():
        for child in sorted(p for p in path.rglob("*") if p.is_file()):
            digest.update(child.relative_to(path).as_posix().encode())
            digest.update(bytes.fromhex(file_hash(child)))
        return digest.hexdigest()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
