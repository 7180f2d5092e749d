"""A stage collects the payments of one theme as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from caudal.world.streams import Ints

CHANNELS = ("transfer", "wire", "card", "cash", "remittance", "direct debit")
TRANSFER, WIRE, CARD, CASH, REMITTANCE, DEBIT = range(len(CHANNELS))

UNLABELLED = -1


@dataclass(frozen=True)
class Payments:
    """Payments as parallel arrays of shape (payments,); amounts in minor units of `currency`.

    `label` and `scheme` number the planted activity and its scheme, -1 for ordinary life. `draws` and `feeds` number
    the fund a payment is paid out of and the fund it pays into, -1 for none; a twin follows them to know which payments
    fall away when money does not come. They are kept only in a linked world, None otherwise.
    """

    time: Ints
    payer: npt.NDArray[np.int32]
    payee: npt.NDArray[np.int32]
    amount: Ints
    currency: npt.NDArray[np.int8]
    channel: npt.NDArray[np.int8]
    purpose: npt.NDArray[np.int32]
    label: npt.NDArray[np.int8]
    scheme: npt.NDArray[np.int32]
    coerced: npt.NDArray[np.bool_]
    draws: npt.NDArray[np.int32] | None = None
    feeds: npt.NDArray[np.int32] | None = None

    def __len__(self) -> int:
        return len(self.time)

    def take(self, rows: npt.NDArray[Any]) -> Payments:
        """The given rows (numbers or a mask)."""
        columns = (getattr(self, name) for name in self.__dataclass_fields__)
        taken: list[Any] = [None if column is None else column[rows] for column in columns]
        return Payments(*taken)

    @property
    def links(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """`draws` and `feeds` of a linked world."""
        if self.draws is None or self.feeds is None:
            raise ValueError("these payments are not linked")
        return self.draws, self.feeds


_TYPES = (np.int64, np.int32, np.int32, np.int64, np.int8, np.int8, np.int32, np.int8, np.int32, np.bool_)
_LINKS = (np.int32, np.int32)


@dataclass
class Funds:
    """Numbers for sums of money that payments feed and others draw on; none is kept unless `linked`."""

    linked: bool = False
    count: int = 0

    def new(self, count: int) -> Ints:
        """Numbers of `count` new funds."""
        first = self.count
        self.count += count
        return np.arange(first, first + count)


@dataclass
class Stage:
    """Where one actor writes its payments; those outside `begin` to `end`, or without an account, fall out."""

    begin: int
    end: int
    linked: bool = False
    _chunks: list[Payments] = field(default_factory=list)

    def add(
        self,
        time: Ints,
        payer: Ints | int,
        payee: Ints | int,
        amount: Ints | int,
        currency: Ints | int,
        channel: Ints | int,
        purpose: Ints | int = 0,
        *,
        label: Ints | int = UNLABELLED,
        scheme: Ints | int = UNLABELLED,
        coerced: bool = False,
        draws: Ints | int = -1,
        feeds: Ints | int = -1,
    ) -> None:
        """Add payments; every argument is one value for all or an array like `time` (any shape)."""
        given: tuple[Any, ...] = (time, payer, payee, amount, currency, channel, purpose, label, scheme, coerced)
        types: tuple[Any, ...] = _TYPES
        if self.linked:
            given, types = (*given, draws, feeds), (*types, *_LINKS)
        full = [np.broadcast_to(np.asarray(v), time.shape).reshape(-1) for v in given]
        keep = (full[0] >= self.begin) & (full[0] < self.end)
        keep &= (full[1] != full[2]) & (full[1] >= 0) & (full[2] >= 0)
        columns: list[Any] = [v[keep].astype(t) for v, t in zip(full, types, strict=True)]
        self._chunks.append(Payments(*columns))

    def payments(self) -> Payments:
        """Everything added so far, as one set of arrays; until more is added, the same arrays each time."""
        if len(self._chunks) != 1:
            self._chunks = [join(self._chunks, self.linked)]
        return self._chunks[0]


def join(parts: list[Payments], linked: bool = False) -> Payments:
    """Several sets of payments as one; `linked` says whether an empty one has links."""
    if not parts:
        nothing: list[Any] = [np.empty(0, dtype=t) for t in (*_TYPES, *(_LINKS if linked else ()))]
        return Payments(*nothing)
    names = [n for n in Payments.__dataclass_fields__ if getattr(parts[0], n) is not None]
    columns: list[Any] = [np.concatenate([getattr(p, name) for p in parts]) for name in names]
    return Payments(*columns)
