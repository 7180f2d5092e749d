"""What an assessment needs of the register and the ledger; anything of this shape will do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

import pyarrow as pa

Progress = Callable[[int, int | None], None]


class RegisterLike(Protocol):
    """The register's side: groups (with id, name and entity_ids) by id or name, and its tables."""

    @property
    def groups(self) -> Iterable[Any]:
        """Every group of interest."""
        ...

    def group(self, id_or_name: str, /) -> Any:
        """One group; an `InputError` names it where it is unknown."""
        ...

    def tables(self) -> dict[str, pa.Table]:
        """The tables entities, designations, memberships and ownership, among others."""
        ...


class LedgerLike(Protocol):
    """The ledger's side."""

    @property
    def transfers(self) -> pa.Table:
        """The table `transfers`."""
        ...

    @property
    def parties(self) -> pa.Table:
        """The table `parties`."""
        ...

    @property
    def accounts(self) -> pa.Table:
        """The table `accounts`."""
        ...

    @property
    def institutions(self) -> pa.Table:
        """The table `institutions`."""
        ...

    @property
    def base_currency(self) -> str:
        """The ISO 4217 code of `amount_base`."""
        ...
