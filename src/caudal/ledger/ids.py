"""Ids for transfers that have none, and the order of a ledger."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from caudal.ledger.kernels_ids import arranged_rows, eight_bytes
from caudal.ledger.text import buffers, digest, whole
from caudal.tables import TIME, TRANSFERS

Ints = npt.NDArray[np.int64]

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
    return pc.binary_join_element_wise("x", digest([whole(c) for c in said], LENGTH - 1), "")


def order_by_time(times: Ints, ids: pa.Array, tie: Ints) -> Ints:
    """The order of (time, id, tie); shape (rows,). Ids sort by their bytes, as everywhere in Caudal."""
    order: Ints = np.argsort(times, kind="stable")
    among = _in_runs(times[order])
    if not len(among):
        return order
    rows = order[among]
    lead = _eight_bytes(ids.take(pa.array(rows)), 0)
    rows = rows[np.lexsort((tie[rows], lead, times[rows]))]
    # Runs keep their places as whole runs, so sorting within them leaves everything else where it is.
    order[among] = rows
    lead = _eight_bytes(ids.take(pa.array(rows)), 0)
    unclear = among[_in_runs(times[rows], lead)]
    if len(unclear):
        rows = order[unclear]
        table = pa.table({"time": times[rows], "id": ids.take(pa.array(rows)), "tie": tie[rows]})
        keys = [("time", "ascending"), ("id", "ascending"), ("tie", "ascending")]
        order[unclear] = rows[pc.sort_indices(table, sort_keys=keys).to_numpy()]
    return order


def _in_runs(*columns: npt.NDArray[Any]) -> Ints:
    """Places whose neighbour before or behind is equal in all columns."""
    same = np.ones(max(len(columns[0]) - 1, 0), dtype=bool)
    for column in columns:
        same &= column[1:] == column[:-1]
    member = np.zeros(len(columns[0]), dtype=bool)
    member[1:] |= same
    member[:-1] |= same
    return np.flatnonzero(member)


def _eight_bytes(texts: pa.Array, skip: int) -> npt.NDArray[np.uint64]:
    """Eight bytes of each text as a number that sorts as they do; `skip` -1 takes the last eight, 0 the first."""
    taken: npt.NDArray[np.uint64] = eight_bytes(*buffers(texts), skip != 0)
    return taken


def arranged(times: Ints, ids: pa.Array) -> tuple[bool, bool]:
    """Whether rows are in the order of (time, id), and whether every id is larger than the one before it.

    Most tables are read in the order in which they were written; then nothing need be sorted, and where ids rise none
    occurs twice.
    """
    in_order, rising = arranged_rows(times, *buffers(ids))
    return bool(in_order), bool(rising)


def number_repeats(ids: pa.Array, times: Ints) -> tuple[pa.Array, bool]:
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


def repeated(ids: pa.Array, rows: Ints) -> npt.NDArray[np.bool_]:
    """Which ids were used before, in the order of `rows`; shape (ids,)."""
    again = np.zeros(len(ids), dtype=bool)
    # A 64-bit key of both ends first: only ids that share it need to be compared whole.
    key = _eight_bytes(ids, 0) * np.uint64(0x9E3779B97F4A7C15) ^ _eight_bytes(ids, -1)
    by_key = np.argsort(key, kind="stable")
    asked = by_key[_in_runs(key[by_key])]
    if not len(asked):
        return again
    asked = asked[np.argsort(rows[asked], kind="stable")]
    code = ids.take(pa.array(asked)).dictionary_encode().indices.to_numpy(zero_copy_only=False)
    _, first = np.unique(code, return_index=True)
    again[asked] = True
    again[asked[first]] = False
    return again


def arrange(table: pa.Table, made: pa.Array | None, rows: Ints) -> pa.Table:
    """The `transfers` table in its order.

    Args:
        table: its columns, `time` in microseconds.
        made: ids from `content_ids` where the ledger has none of its own.
        rows: row of each in the file.
    """
    names = whole(table["transfer_id"]) if made is None else made
    times = table["time"].to_numpy()
    tie = np.empty(len(rows), dtype=np.int64)
    # Among rows that say the same, the amount in the base currency decides and only then the row.
    tie[np.lexsort((rows, table["amount_base"].to_numpy()))] = np.arange(len(rows))
    order = order_by_time(times, names, tie)
    if made is not None:
        numbered, changed = number_repeats(names.take(pa.array(order)), times[order])
        if changed:
            again = order_by_time(times[order], numbered, np.arange(len(order)))
            order, numbered = order[again], numbered.take(pa.array(again))
        names = numbered
    elif (order[1:] < order[:-1]).any():
        names = names.take(pa.array(order))
    if (order[1:] < order[:-1]).any():
        table = table.take(pa.array(order))
    columns = {name: table[name] for name in table.column_names if name != "transfer_id"}
    columns["time"] = columns["time"].cast(TIME)
    return TRANSFERS.build({c.name: names if c.name == "transfer_id" else columns[c.name] for c in TRANSFERS.columns})
