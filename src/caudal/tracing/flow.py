"""What a pass needs of a ledger, wherever it lies: in memory (`index`) or on disk (`disk`)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]


class Chunk(NamedTuple):
    """Some transfers that follow one another; arrays of the same length.

    `first` is the place of the first one in the whole ledger; the others are as in `TransferIndex`.
    """

    first: int
    time: Ints
    payer: Codes
    payee: Codes
    amount: Ints


class Flow(Protocol):
    """Transfers in the order of `instants`, given a chunk at a time."""

    @property
    def accounts(self) -> pa.Array:
        """Account id of every code, sorted; a string array of shape (accounts,)."""

    @property
    def turnover(self) -> tuple[Ints, Ints]:
        """What every account received and what it paid, without payments to itself; each of shape (accounts,)."""

    def __len__(self) -> int: ...

    def chunks(self, backward: bool = False) -> Iterator[Chunk]:
        """All transfers, the first chunk first (backward: the last one); inside a chunk always in order."""

    def codes(self, accounts: Iterable[str]) -> tuple[Codes, list[str]]:
        """The codes of the accounts that occur in a transfer, sorted, and the accounts that do not."""

    def ids_at(self, places: Ints) -> pa.Array:
        """The ids of the transfers at these places of the ledger."""


def codes_of(names: pa.Array, accounts: Iterable[str]) -> tuple[Codes, list[str]]:
    """The codes of the given accounts among sorted names, and the accounts that are not there."""
    asked = list(accounts)
    if len(asked) * 64 > len(names):  # many: a hash table of all accounts pays for itself
        places = pc.index_in(pa.array(asked, names.type), value_set=names).to_pylist()
    else:
        places = [_place(names, account) for account in asked]
    known = {place for place in places if place is not None}
    unknown = [account for account, place in zip(asked, places, strict=True) if place is None]
    return np.array(sorted(known), dtype=np.int32), unknown


def _place(names: pa.Array, account: str) -> int | None:
    """The code of an account by bisection; Arrow sorts text as Python does, by code point."""
    place = bisect_left(range(len(names)), account, key=lambda code: names[code].as_py())
    return place if place < len(names) and names[place].as_py() == account else None
