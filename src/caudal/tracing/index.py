"""A ledger as arrays sorted by time: what tracing and the typologies read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.tables import TRANSFERS, Table
from caudal.tracing.flow import Chunk, Codes, Ints, codes_of
from caudal.tracing.instants import settle
from caudal.tracing.kernels import sum_up

__all__ = ["Codes", "Ints", "TransferIndex", "summed"]

_READ = ("transfer_id", "time", "payer_account", "payee_account", "amount_base")
_SHAPE = Table(TRANSFERS.name, TRANSFERS.key, TRANSFERS.doc, tuple(c for c in TRANSFERS.columns if c.name in _READ))
_ROOM = 2**31 - 1  # bytes of text that one Arrow array with 32-bit offsets can hold


@dataclass(frozen=True)
class TransferIndex:
    """Transfers as parallel arrays, sorted by time; transfers of one instant as `instants` says.

    That rule puts receipts before the payments they feed and breaks ties by transfer id. It does not depend on the
    order of rows in a file.

    Attributes:
        time: microseconds since 1970-01-01 UTC, shape (transfers,).
        payer: code of the paying account, shape (transfers,).
        payee: code of the receiving account, shape (transfers,).
        amount: minor units of the base currency, not negative, shape (transfers,).
        accounts: account id of every code, sorted; a pyarrow string array of shape (accounts,).
        transfer_ids: id of every transfer, in the same order as the arrays.
    """

    time: Ints
    payer: Codes
    payee: Codes
    amount: Ints
    accounts: pa.Array
    transfer_ids: pa.Array

    def __len__(self) -> int:
        return len(self.time)

    @classmethod
    def from_transfers(cls, transfers: pa.Table) -> TransferIndex:
        """The index of a `transfers` table (any row order; amounts are taken from `amount_base`).

        Raises:
            InputError: a column is missing, empty somewhere or of another type, an amount is negative, or two
                transfers at the same time have the same id.
        """
        table = _sorted(_SHAPE.check(transfers))
        accounts, payer, payee = _coded(table.column("payer_account"), table.column("payee_account"))
        time = table.column("time").cast(pa.int64()).to_numpy()
        amount = table.column("amount_base").to_numpy()
        ids = _one(table.column("transfer_id"))
        if len(amount) and amount.min() < 0:
            name = ids[int(amount.argmin())].as_py()
            raise InputError(f"the amount of transfer {name} is negative", file="transfers", field="amount_base")
        if (time[1:] == time[:-1]).any():
            order = settle(time, payer, payee, amount, len(accounts))
            if (order[1:] < order[:-1]).any():
                payer, payee, amount, ids = payer[order], payee[order], amount[order], ids.take(pa.array(order))
        return cls(time=time, payer=payer, payee=payee, amount=amount, accounts=accounts, transfer_ids=ids)

    @cached_property
    def turnover(self) -> tuple[Ints, Ints]:
        """What every account received and what it paid, base minor units, each of shape (accounts,).

        Payments from an account to itself are left out.

        Raises:
            InputError: an account's payments add up to more than 64 bits hold.
        """
        return summed(self.accounts, self.chunks())

    def chunks(self, backward: bool = False) -> Iterator[Chunk]:
        """All transfers as one chunk, whichever way a pass goes."""
        yield Chunk(0, self.time, self.payer, self.payee, self.amount)

    def ids_at(self, places: Ints) -> pa.Array:
        """The ids of the transfers at these places of the arrays."""
        return self.transfer_ids.take(pa.array(places))

    def codes(self, accounts: Iterable[str]) -> tuple[Codes, list[str]]:
        """The codes of the accounts that occur in a transfer, sorted, and the accounts that do not."""
        return codes_of(self.accounts, accounts)


def summed(accounts: pa.Array, chunks: Iterable[Chunk]) -> tuple[Ints, Ints]:
    """What every account received and what it paid in some transfers.

    Raises:
        InputError: an account's payments add up to more than 64 bits hold.
    """
    received, paid = np.zeros(len(accounts), np.int64), np.zeros(len(accounts), np.int64)
    for chunk in chunks:
        beyond = sum_up(chunk.payer, chunk.payee, chunk.amount, received, paid)
        if beyond >= 0:
            name = accounts[beyond].as_py()
            raise InputError(f"the payments of account {name} add up to more than 64 bits hold", file="transfers")
    return received, paid


def _sorted(table: pa.Table) -> pa.Table:
    """The rows by time and then transfer id; sorting is skipped where they already are."""
    if not _in_order(table):
        keys = [("time", "ascending"), ("transfer_id", "ascending")]
        table = table.take(pc.sort_indices(table, sort_keys=keys))
        _in_order(table)
    return table


def _in_order(table: pa.Table) -> bool:
    """True where the rows are by time and then transfer id.

    Raises:
        InputError: two neighbours have the same time and id.
    """
    time = table.column("time").cast(pa.int64()).to_numpy()
    tied = np.flatnonzero(time[1:] == time[:-1])
    ordered = not (time[1:] < time[:-1]).any()
    if ordered and len(tied):
        ids = table.column("transfer_id")
        before, after = ids.take(pa.array(tied)), ids.take(pa.array(tied + 1))
        twice = pc.index(pc.equal(before, after), True).as_py()
        if twice >= 0:
            raise InputError(f"transfer {before[twice].as_py()} occurs twice", file="transfers", field="transfer_id")
        ordered = pc.all(pc.less(before, after)).as_py()
    return ordered


def _coded(payer: pa.ChunkedArray, payee: pa.ChunkedArray) -> tuple[pa.Array, Codes, Codes]:
    """Both columns as codes into one sorted array of account ids."""
    both = pa.chunked_array([*payer.chunks, *payee.chunks], type=pa.string())
    encoded = pc.dictionary_encode(both).combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):  # an empty column has no chunk to combine
        encoded = pa.array([], type=pa.string()).dictionary_encode()
    by_name = pc.sort_indices(encoded.dictionary)
    rank = np.empty(len(by_name), dtype=np.int32)
    rank[by_name.to_numpy()] = np.arange(len(by_name), dtype=np.int32)
    codes = rank[encoded.indices.to_numpy()]
    return encoded.dictionary.take(by_name), codes[: len(payer)], codes[len(payer) :]


def _one(ids: pa.ChunkedArray) -> pa.Array:
    """A column of text as one array, with wide offsets where narrow ones do not reach."""
    if ids.nbytes > _ROOM:
        ids = ids.cast(pa.large_string())
    return ids.combine_chunks()
