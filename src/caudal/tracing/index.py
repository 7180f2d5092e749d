"""A ledger as arrays sorted by time: what tracing and the typologies read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]


@dataclass(frozen=True)
class TransferIndex:
    """Transfers as parallel arrays, sorted by (time, transfer id).

    Ties in time are broken by transfer id, which does not depend on the order of rows in a file.

    Attributes:
        time: microseconds since 1970-01-01 UTC, shape (transfers,).
        payer: code of the paying account, shape (transfers,).
        payee: code of the receiving account, shape (transfers,).
        amount: minor units of the base currency, shape (transfers,).
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
        """The index of a `transfers` table (any row order; amounts are taken from `amount_base`)."""
        order = pc.sort_indices(transfers, sort_keys=[("time", "ascending"), ("transfer_id", "ascending")])
        table = transfers.select(["time", "payer_account", "payee_account", "amount_base", "transfer_id"]).take(order)
        count = table.num_rows
        both = pa.chunked_array(
            [*table.column("payer_account").chunks, *table.column("payee_account").chunks], type=pa.string()
        )
        encoded = pc.dictionary_encode(both).combine_chunks()
        dictionary, raw = encoded.dictionary, encoded.indices.to_numpy(zero_copy_only=False)
        by_name = pc.sort_indices(dictionary)
        rank = np.empty(len(dictionary), dtype=np.int32)
        rank[by_name.to_numpy()] = np.arange(len(dictionary), dtype=np.int32)
        codes = rank[raw] if len(raw) else np.empty(0, dtype=np.int32)
        return cls(
            time=table.column("time").cast(pa.int64()).to_numpy(),
            payer=np.ascontiguousarray(codes[:count]),
            payee=np.ascontiguousarray(codes[count:]),
            amount=table.column("amount_base").to_numpy(),
            accounts=dictionary.take(by_name),
            transfer_ids=table.column("transfer_id").combine_chunks(),
        )

    @cached_property
    def _code_of(self) -> dict[str, int]:
        return {account: code for code, account in enumerate(self.accounts.to_pylist())}

    def codes(self, accounts: Iterable[str]) -> tuple[Codes, list[str]]:
        """The codes of the accounts that occur in a transfer, and the accounts that do not."""
        known, unknown = [], []
        for account in accounts:
            code = self._code_of.get(account)
            if code is None:
                unknown.append(account)
            else:
                known.append(code)
        return np.array(sorted(set(known)), dtype=np.int32), unknown
