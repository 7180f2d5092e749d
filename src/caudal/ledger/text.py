"""Text of a ledger, whole columns at a time: cleaning, comparing, hashing."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.storage import open_database

FEW = 2000
"""Up to so many rows, hashing one by one is quicker than starting a database."""


def buffers(texts: pa.Array) -> tuple[Any, Any]:
    """Bytes (uint8) and offsets (int32) of a string array without nulls, for a kernel."""
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    raw = texts.buffers()[2]
    data = np.frombuffer(raw, dtype=np.uint8) if raw is not None and raw.size else np.zeros(1, dtype=np.uint8)
    return data, offsets


def as_text(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Any column as strings without nulls (empty instead)."""
    values = whole(values)
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if values.type != pa.string():
        values = values.cast(pa.string())
    return pc.fill_null(values, "") if values.null_count else values


def clean(texts: pa.Array, empty: pa.Array | None = None) -> pa.Array:
    """Outer white space off; the words in `empty` become empty."""
    texts = pc.utf8_trim_whitespace(texts)
    if empty is not None and len(empty):
        texts = pc.if_else(pc.is_in(texts, value_set=empty), "", texts)
    return texts


def one_line(texts: pa.Array) -> pa.Array:
    """Runs of white space become one space."""
    return pc.replace_substring_regex(texts, r"\s+", " ")


def or_null(texts: pa.Array) -> pa.Array:
    """Empty strings become null."""
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def normal(names: pa.Array) -> pa.Array:
    """Names for exact comparison: Unicode NFKC, upper case, everything but letters, marks and digits as one space.

    Nothing is transliterated or dropped: `A.B. Ltd` and `AB LIMITED` stay different.
    """
    upper = pc.utf8_upper(pc.utf8_normalize(names, form="NFKC"))
    return pc.utf8_trim_whitespace(pc.replace_substring_regex(upper, r"[^\p{L}\p{M}\p{N}]+", " "))


def digest(columns: list[pa.Array], length: int) -> pa.Array:
    """The first `length` hex digits of the MD5 of each row: the UTF-8 texts of its columns joined by U+001F.

    MD5 stands here for a stable name, not for secrecy; anybody can recompute it.
    """
    if len(columns[0]) > FEW:
        return _digest_many(columns, length)
    rows = zip(*(pc.fill_null(column, "").to_pylist() for column in columns), strict=True)
    made = [hashlib.md5("\x1f".join(row).encode(), usedforsecurity=False).hexdigest()[:length] for row in rows]
    return pa.array(made, pa.string())


def _digest_many(columns: list[pa.Array], length: int) -> pa.Array:
    names = [f"c{i}" for i in range(len(columns))]
    joined = ", chr(31), ".join(f"coalesce({n}, '')" for n in names)
    connection = open_database()
    try:
        connection.register("rows", pa.table(columns, names=names))
        query = f"SELECT left(md5(concat({joined})), {int(length)}) AS id FROM rows"
        result = connection.sql(query).to_arrow_table().column(0)
    finally:
        connection.close()
    return whole(result.cast(pa.string()))


def join(parts: list[pa.Array]) -> pa.Array:
    """Arrays one after another as one array.

    Raises:
        InputError: they hold more than the 2 GiB of text one array can.
    """
    if len(parts) == 1:
        return parts[0]
    try:
        return pa.concat_arrays(parts)
    except pa.ArrowInvalid as error:
        raise InputError(f"a column is too large to be held at once ({error}); split the ledger") from error


def whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """A column as one array."""
    if isinstance(column, pa.ChunkedArray):
        return join(column.chunks) if column.num_chunks else pa.array([], column.type)
    return column
