"""Who holds and who keeps each account, by number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.impact.coded import Codes, Flags


@dataclass(frozen=True)
class Holders:
    """Per account code: the number of its holder and of its institution (-1: not known), and whether it is pooled.

    `institutions` has the ids of institutions by number.
    """

    party: Codes
    institution: Codes
    pooled: Flags
    institutions: pa.Array

    @classmethod
    def of(cls, accounts: pa.Table) -> Holders:
        """Those of accounts in the order of their codes."""
        party, _ = _numbers(accounts.column("party_id"))
        institution, ids = _numbers(accounts.column("institution_id"))
        pooled = accounts.column("pooled").to_numpy().astype(np.bool_, copy=False)
        return cls(party, institution, pooled, ids)


def _numbers(column: pa.ChunkedArray) -> tuple[Codes, pa.Array]:
    encoded = pc.dictionary_encode(pa.concat_arrays([pa.array([], pa.string()), *column.chunks]))
    codes: Codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    return codes, encoded.dictionary
