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

    `label` and `scheme` number the planted activity and its scheme, -1 for ordinary life.
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

    def __len__(self) -> int:
        return len(self.time)

    def take(self, rows: npt.NDArray[Any]) -> Payments:
        """The given rows (numbers or a mask)."""
        return Payments(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


_TYPES = (np.int64, np.int32, np.int32, np.int64, np.int8, np.int8, np.int32, np.int8, np.int32, np.bool_)


@dataclass
class Stage:
    """Where one actor writes its payments; those outside `begin` to `end`, or without an account, fall out."""

    begin: int
    end: int
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
    ) -> None:
        """Add payments; every argument is one value for all or an array like `time` (any shape)."""
        given = (time, payer, payee, amount, currency, channel, purpose, label, scheme, coerced)
        full = [np.broadcast_to(np.asarray(v), time.shape).reshape(-1) for v in given]
        keep = (full[0] >= self.begin) & (full[0] < self.end)
        keep &= (full[1] != full[2]) & (full[1] >= 0) & (full[2] >= 0)
        columns: list[Any] = [v[keep].astype(t) for v, t in zip(full, _TYPES, strict=True)]
        self._chunks.append(Payments(*columns))

    def payments(self) -> Payments:
        """Everything added so far, as one set of arrays."""
        return join(self._chunks)


def join(parts: list[Payments]) -> Payments:
    """Several sets of payments as one."""
    if not parts:
        nothing: list[Any] = [np.empty(0, dtype=t) for t in _TYPES]
        return Payments(*nothing)
    columns: list[Any] = [np.concatenate([getattr(p, name) for p in parts]) for name in Payments.__dataclass_fields__]
    return Payments(*columns)
