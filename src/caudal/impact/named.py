"""The accounts and payments that findings name, by number: their ids are looked up once for each ledger."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.impact.coded import Coded, Codes, Flags, Ints, few_of
from caudal.impact.entries import Entries
from caudal.tables import FINDINGS


@dataclass(frozen=True)
class Named:
    """One entry for each account, and for each payment, that a finding names and the books have.

    Attributes:
        account: codes; `account_finding`: the row of the finding; `role`: the part it plays there.
        payment: places in the ledger; `payment_finding`: the row of the finding.
        first: per finding the code of its first account; -1 where it has none in the books.
        typology, finding_id: per finding.
    """

    account: Codes
    account_finding: Ints
    role: pa.Array
    payment: Ints
    payment_finding: Ints
    first: Ints
    typology: pa.Array
    finding_id: pa.Array

    @classmethod
    def of(cls, book: Coded, findings: pa.Table) -> Named:
        """What a table of findings names; kept as long as the table is."""
        return book.remembered(findings, "named", lambda: cls._made(book, FINDINGS.check(findings)))

    @classmethod
    def _made(cls, book: Coded, findings: pa.Table) -> Named:
        accounts, account_finding = _flat(findings, "accounts")
        roles, _ = _flat(findings, "roles")
        payments, payment_finding = _flat(findings, "transfers")
        code = few_of(accounts, book.accounts)
        place = few_of(payments, book.transfer_ids)
        leads = np.concatenate([[True], account_finding[1:] != account_finding[:-1]])[: len(code)]
        first = np.full(findings.num_rows, -1, np.int64)
        first[account_finding[leads]] = code[leads]
        known, there = np.flatnonzero(code >= 0), np.flatnonzero(place >= 0)
        # Accounts without a role beside them keep none.
        roles = pa.concat_arrays([roles, pa.nulls(max(len(code) - len(roles), 0), pa.string())])
        return cls(
            code[known].astype(np.int32), account_finding[known], roles.take(pa.array(known)), place[there],
            payment_finding[there], first, _one(findings, "typology"), _one(findings, "finding_id"),
        )  # fmt: skip

    def kind(self, typologies: Collection[str]) -> Flags:
        """Per finding, whether it is of one of some typologies."""
        wanted = pa.array(sorted(typologies), pa.string())
        found: Flags = pc.is_in(self.typology, value_set=wanted).to_numpy(zero_copy_only=False)
        return found

    def accounts(self, typology: str) -> pa.Table:
        """The accounts of findings of a typology: finding_id, code, role."""
        chosen = np.flatnonzero(self.kind([typology])[self.account_finding])
        return pa.table(
            {
                "finding_id": self.finding_id.take(pa.array(self.account_finding[chosen])),
                "code": self.account[chosen],
                "role": self.role.take(pa.array(chosen)),
            }
        )

    def payments(self, typology: str, entries: Entries) -> pa.Table:
        """The payments of findings of a typology that lie among the entries: finding_id, r."""
        chosen = self.kind([typology])[self.payment_finding] & (entries.at(self.payment) >= 0)
        return pa.table(
            {
                "finding_id": self.finding_id.take(pa.array(self.payment_finding[chosen])),
                "r": self.payment[chosen].astype(np.int32),
            }
        )


def _one(table: pa.Table, name: str) -> pa.Array:
    return pa.concat_arrays([pa.array([], pa.string()), *table.column(name).chunks])


def _flat(findings: pa.Table, name: str) -> tuple[pa.Array, Ints]:
    """All that a column of lists holds, and the row of each."""
    lists = pa.concat_arrays([pa.array([], pa.list_(pa.string())), *findings.column(name).chunks])
    return pc.list_flatten(lists), pc.list_parent_indices(lists).to_numpy()
