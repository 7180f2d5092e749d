"""The register of a world: who exists, which accounts they hold, and what each account really is."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.world.streams import Flags, Ints

PERSON, COMPANY, ORGANIZATION = "Person", "Company", "Organization"


@dataclass
class Book:
    """Parties and accounts in order of code. Codes are positions; party 0 is P0000001.

    Columns of parties and accounts grow by chunks and become arrays when `close` is called.
    """

    schemas: list[pa.Array] = field(default_factory=list)
    names: list[pa.Array] = field(default_factory=list)
    births: list[pa.Array] = field(default_factory=list)
    documents: list[pa.Array] = field(default_factory=list)
    addresses: list[pa.Array] = field(default_factory=list)
    aliases: dict[int, str] = field(default_factory=dict)
    renamed: dict[int, str] = field(default_factory=dict)
    roles: list[str] = field(default_factory=list)
    _party: dict[str, list[Ints]] = field(default_factory=lambda: {"country": [], "city": []})
    _account: dict[str, list[Ints]] = field(
        default_factory=lambda: {"party": [], "institution": [], "city": [], "country": [], "role": [], "pooled": []}
    )
    parties: int = 0
    accounts: int = 0

    def role(self, name: str) -> int:
        """The number of a role, new or known."""
        if name not in self.roles:
            self.roles.append(name)
        return self.roles.index(name)

    def add_parties(
        self,
        schema: str | pa.Array,
        names: pa.Array,
        country: Ints,
        city: Ints,
        births: pa.Array | None = None,
        documents: pa.Array | None = None,
        addresses: pa.Array | None = None,
    ) -> Ints:
        """Add parties, of one schema or one each, and return their codes."""
        count = len(names)
        nothing = pa.nulls(count, pa.string())
        self.schemas.append(pa.repeat(schema, count) if isinstance(schema, str) else schema)
        self.names.append(names)
        self.births.append(nothing if births is None else births)
        self.documents.append(nothing if documents is None else documents)
        self.addresses.append(nothing if addresses is None else addresses)
        self._party["country"].append(np.asarray(country, dtype=np.int64))
        self._party["city"].append(np.asarray(city, dtype=np.int64))
        codes = np.arange(self.parties, self.parties + count, dtype=np.int64)
        self.parties += count
        return codes

    def add_accounts(
        self, party: Ints, institution: Ints, city: Ints, country: Ints, role: str | Ints, pooled: bool = False
    ) -> Ints:
        """Add one account per row, with one role or the number of a role each, and return their codes."""
        count = len(party)
        roles = np.full(count, self.role(role)) if isinstance(role, str) else role
        values = (party, institution, city, country, roles, np.full(count, int(pooled)))
        for name, value in zip(self._account, values, strict=True):
            self._account[name].append(np.asarray(value, dtype=np.int64))
        codes = np.arange(self.accounts, self.accounts + count, dtype=np.int64)
        self.accounts += count
        return codes

    def close(self) -> None:
        """Make the columns arrays; after this nobody new is added, but roles may change."""
        columns = {k: np.concatenate(v) for k, v in self._account.items()}
        self.account_party: Ints = columns["party"]
        self.account_institution: Ints = columns["institution"]
        self.account_city: Ints = columns["city"]
        self.account_country: Ints = columns["country"]
        self.account_role: Ints = columns["role"]
        self.account_pooled: Flags = columns["pooled"].astype(bool)
        self.account_group: Flags = np.zeros(self.accounts, dtype=bool)
        self.account_listed: Flags = np.zeros(self.accounts, dtype=bool)
        self.account_coerced: Flags = np.zeros(self.accounts, dtype=bool)
        self.party_country: Ints = np.concatenate(self._party["country"])

    def set_role(self, accounts: Ints, role: str) -> None:
        """What these accounts really are."""
        self.account_role[accounts] = self.role(role)

    def name_column(self) -> pa.Array:
        """The name of every party as the ledger writes it."""
        names = pa.concat_arrays(self.names)
        if not self.renamed:
            return names
        codes = sorted(self.renamed)
        mask = np.zeros(len(names), dtype=bool)
        mask[codes] = True
        return pc.replace_with_mask(names, pa.array(mask), pa.array([self.renamed[c] for c in codes], pa.string()))

    def name_list(self, parties: Ints) -> list[str]:
        """The names of a few parties."""
        names: list[str] = self.name_column().take(pa.array(parties)).to_pylist()
        return names
