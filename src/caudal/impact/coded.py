"""The ledger by numbers: places of accounts and transfers in place of their ids, worked out once for all that counts.

Comparing ids as text is dear with millions of payments, and everything an assessment and a frontier look up goes by
the same few keys. So ids are looked up once for each ledger, and the result is kept as long as its table is.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.impact.faces import LedgerLike
from caudal.impact.kernels_coded import walked
from caudal.tables import ACCOUNTS, TRANSFERS

Codes = npt.NDArray[np.int32]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

T = TypeVar("T")

ROOM = 2**31 - 1
"""Bytes of text that one Arrow array with 32-bit offsets can hold."""

MANY = 0.25
"""Where more ids than this share of the ledger's are not found on walks, the ledger's go into a table of hashes."""


@dataclass(frozen=True)
class Coded:
    """A ledger's accounts and transfers by number.

    Attributes:
        accounts: account ids by code: those of the ledger's accounts in their order, then those that only transfers
            name, sorted.
        known: how many are of the ledger's accounts.
        payer, payee: codes, shape (transfers,).
        time: microseconds since 1970-01-01 UTC, shape (transfers,).
        amount: minor units of the base currency, shape (transfers,).
        transfer_ids: the column of the ledger.
        kept: what was worked out of other tables.
    """

    accounts: pa.Array
    known: int
    payer: Codes
    payee: Codes
    time: Ints
    amount: Ints
    transfer_ids: pa.ChunkedArray | pa.Array
    kept: dict[tuple[int, str], tuple[Any, Any]] = field(default_factory=dict, repr=False)

    def codes(self, ids: pa.Array | pa.ChunkedArray) -> Codes:
        """Codes of some account ids; -1 for one that is not in the books."""
        found: Codes = pc.fill_null(pc.index_in(ids, value_set=self.accounts), -1).to_numpy()
        return found

    def rows_of(self, table: pa.Table) -> Ints:
        """The place in the ledger of every row's `transfer_id`; -1 where it has none. Kept as long as the table is."""
        return self.remembered(table, "rows", lambda: rows_of(table.column("transfer_id"), self.transfer_ids))

    def remembered(self, table: pa.Table, what: str, make: Callable[[], T]) -> T:
        """What is made of a table, such as places of its ids; made once, and kept as long as the table is."""
        key = id(table), what
        kept = self.kept.get(key)
        if kept is None or kept[0]() is not table:
            kept = self.kept[key] = (weakref.ref(table, lambda _: self.kept.pop(key, None)), make())
        found: T = kept[1]
        return found


_KEPT: dict[int, tuple[Any, Any, Coded]] = {}


def coded(ledger: LedgerLike) -> Coded:
    """The ledger by numbers; worked out once as long as its tables are the same.

    Raises:
        InputError: a table has another shape, an account stands twice, or a transfer has no base amount.
    """
    transfers, accounts = ledger.transfers, ledger.accounts
    key = id(transfers)
    kept = _KEPT.get(key)
    if kept is not None and kept[0]() is transfers and kept[1]() is accounts:
        return kept[2]
    made = _of(TRANSFERS.check(transfers), ACCOUNTS.check(accounts))
    _KEPT[key] = (weakref.ref(transfers, lambda _: _KEPT.pop(key, None)), weakref.ref(accounts), made)
    return made


def _of(transfers: pa.Table, accounts: pa.Table) -> Coded:
    ids = one(accounts.column("account_id"))
    columns = [transfers.column(name) for name in ("payer_account", "payee_account")]
    sides = [pc.index_in(column, value_set=ids) for column in columns]
    strays = [column.filter(pc.is_null(side)) for column, side in zip(columns, sides, strict=True)]
    known = len(ids)
    if any(len(s) for s in strays):
        extra = pc.unique(pa.chunked_array([c.cast(ids.type) for s in strays for c in s.chunks], ids.type))
        extra = extra.take(pc.sort_indices(extra))
        more = [pc.index_in(s.cast(ids.type), value_set=extra) for s in strays]
        ids = pa.concat_arrays([ids, extra])
    else:
        more = [None, None]
    payer, payee = (_filled(side, rest, known) for side, rest in zip(sides, more, strict=True))
    time = transfers.column("time").cast(pa.int64()).to_numpy()
    amount = transfers.column("amount_base")
    if amount.null_count:
        raise InputError("a transfer has no amount in the base currency", file="transfers", field="amount_base")
    return Coded(ids, known, payer, payee, time, amount.to_numpy(), transfers.column("transfer_id"))


def _filled(side: pa.ChunkedArray, rest: pa.ChunkedArray | None, known: int) -> Codes:
    """Codes of one side, those of strays put where nothing was found."""
    found: Codes = pc.fill_null(side, -1).to_numpy().astype(np.int32, copy=False)
    if rest is not None and len(rest):
        found = found.copy()
        found[found < 0] = known + rest.to_numpy()
    return found


def rows_of(wanted: pa.ChunkedArray, among: pa.ChunkedArray | pa.Array) -> Ints:
    """The place of every wanted id among others; -1 where it is not there.

    Tables made from a ledger mostly keep its order, a few times over (one way, then the other). So ids are looked for
    on walks through the ledger, as long as a walk finds most of what is left; the rest goes through a table of hashes.
    """
    found: Ints = np.full(len(wanted), -1, np.int64)
    if not len(wanted) or not len(among):
        return found
    texts, keys = one(wanted), one(among)
    missed = np.arange(len(wanted))
    while len(missed):
        hits = walked(*_bytes(texts), *_bytes(keys), missed, found)
        missed = missed[found[missed] < 0]
        if not hits or 4 * hits < len(missed):
            break
    if len(missed) > MANY * len(keys):
        found[missed] = pc.fill_null(pc.index_in(texts.take(pa.array(missed)), value_set=keys), -1).to_numpy()
    elif len(missed):
        found[missed] = few_of(texts.take(pa.array(missed)), keys)
    return found


def few_of(few: pa.Array | pa.ChunkedArray, among: pa.ChunkedArray | pa.Array) -> Ints:
    """The same for a few ids in any order: the table of hashes is of the few, and the many are looked up in it."""
    at: Ints = np.full(len(few), -1, np.int64)
    if not len(few) or not len(among):
        return at
    distinct = pc.unique(few)
    place = pc.index_in(among, value_set=distinct)
    hits = np.flatnonzero(pc.is_valid(place).to_numpy(zero_copy_only=False))
    of: Ints = np.full(len(distinct), -1, np.int64)
    of[place.take(pa.array(hits)).to_numpy()] = hits
    found: Ints = of[pc.index_in(few, value_set=distinct).to_numpy()]
    return found


def _bytes(texts: pa.Array) -> tuple[Any, npt.NDArray[np.uint8]]:
    """Offsets and bytes of an array of text without gaps."""
    _, offsets, data = texts.buffers()
    wide = pa.types.is_large_string(texts.type)
    starts = np.frombuffer(offsets, np.int64 if wide else np.int32)[texts.offset : texts.offset + len(texts) + 1]
    content = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
    return starts, content


def one(texts: pa.ChunkedArray | pa.Array) -> pa.Array:
    """A column of text as one array, with wide offsets where narrow ones do not reach."""
    if texts.nbytes > ROOM:
        texts = texts.cast(pa.large_string())
    if isinstance(texts, pa.Array):
        return texts
    joined = texts.combine_chunks()
    if isinstance(joined, pa.ChunkedArray):  # an empty column has no chunk to combine
        return pa.array([], texts.type)
    return joined
