"""Ids for transfers that have none, and the order of a ledger."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from caudal.ledger.text import digest, join

LENGTH = 24
"""Characters of a made id: `x` and 92 bits, so that among a billion transfers two meet with a chance of 10 ** -10."""


def content_ids(table: pa.Table, payer: pa.Array, payee: pa.Array) -> pa.Array:
    """An id from what each transfer says: `x` and a hash of time, payer, payee, amount, currency, channel and purpose.

    Rows that say the same get the same id here; `number_repeats` tells them apart.

    Args:
        table: time (int64 microseconds), amount, currency, channel, purpose.
        payer: account of each row as the row itself names it.
        payee: the same for the other side.
    """
    said = [
        table["time"].cast(pa.string()),
        payer,
        payee,
        table["amount"].cast(pa.string()),
        table["currency"],
        table["channel"],
        table["purpose"],
    ]
    return pc.binary_join_element_wise("x", digest([_array(c) for c in said], LENGTH - 1), "")


def _array(column: Any) -> pa.Array:
    return join(column.chunks) if isinstance(column, pa.ChunkedArray) else column


def order_by_time(times: npt.NDArray[np.int64], ids: pa.Array, tie: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The order of (time, id, tie). Ids sort by their bytes, as everywhere in Caudal."""
    lead = _leading_bytes(ids)
    order = np.lexsort((tie, lead, times))
    same = (times[order][1:] == times[order][:-1]) & (lead[order][1:] == lead[order][:-1])
    if same.any():  # eight bytes do not tell these apart: compare the whole ids
        table = pa.table({"time": times, "id": ids, "tie": tie})
        keys = [("time", "ascending"), ("id", "ascending"), ("tie", "ascending")]
        order = pc.sort_indices(table, sort_keys=keys).to_numpy().astype(np.int64)
    return order.astype(np.int64)


def _leading_bytes(texts: pa.Array) -> npt.NDArray[np.uint64]:
    """The first eight bytes of each text as a number that sorts as they do."""
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    raw = texts.buffers()[2]
    data = np.frombuffer(raw, dtype=np.uint8) if raw is not None and raw.size else np.zeros(1, np.uint8)
    size = np.diff(offsets)
    lead = np.zeros(len(texts), dtype=np.uint64)
    for place in range(8):
        at = np.minimum(offsets[:-1] + place, len(data) - 1)
        lead = lead << np.uint64(8) | np.where(size > place, data[at], 0).astype(np.uint64)
    return lead


def number_repeats(ids: pa.Array, times: npt.NDArray[np.int64]) -> tuple[pa.Array, bool]:
    """Ids with `-2`, `-3`... behind every further row of the same id. The rows are sorted by time and id.

    Returns:
        the ids, and whether any changed (then the rows want sorting again).
    """
    if len(ids) < 2:
        return ids, False
    same = pc.equal(ids.slice(1), ids.slice(0, len(ids) - 1)).to_numpy(zero_copy_only=False)
    same &= times[1:] == times[:-1]
    if not same.any():
        return ids, False
    starts = np.concatenate([[True], ~same])
    place = np.arange(len(ids))
    turn = place - np.maximum.accumulate(np.where(starts, place, 0)) + 1
    numbered = pc.binary_join_element_wise(ids, pa.array(turn).cast(pa.string()), "-")
    return pc.if_else(pa.array(turn > 1), numbered, ids), True


def repeated(ids: pa.Array, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which ids were used before, in the order of `rows`."""
    encoded = ids.dictionary_encode()
    again = np.zeros(len(ids), dtype=bool)
    if len(encoded.dictionary) == len(ids):
        return again
    code = encoded.indices.to_numpy(zero_copy_only=False)
    by_row = np.argsort(rows, kind="stable")
    _, first = np.unique(code[by_row], return_index=True)
    again[by_row] = True
    again[by_row[first]] = False
    return again
