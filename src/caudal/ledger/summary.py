"""What a ledger holds, in numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from caudal.ledger.currencies import whole


@dataclass(frozen=True)
class Summary:
    """What was read.

    Attributes:
        file: the file or folder.
        rows: rows read: accepted and rejected.
        accepted: rows that are transfers now.
        rejected: rows kept aside.
        reasons: rows kept aside by `field: reason`, most frequent first.
        blank: empty rows passed over, counted apart.
        notes: what was changed or left out in accepted rows, counted (a row may count for several).
        first_day: day of the first transfer, UTC.
        last_day: day of the last transfer, UTC.
        sums: sum per currency, whole units, exact.
        base_currency: the base currency.
        base_sum: sum of `amount_base`, whole units of the base currency, exact.
    """

    file: str
    rows: int
    accepted: int
    rejected: int
    reasons: dict[str, int]
    blank: int
    notes: dict[str, int]
    first_day: date | None
    last_day: date | None
    sums: dict[str, Decimal]
    base_currency: str
    base_sum: Decimal

    def as_dict(self) -> dict[str, Any]:
        """The summary for JSON: days as ISO text, sums as decimal text."""
        return {
            "file": self.file,
            "rows": self.rows,
            "accepted": self.accepted,
            "rejected": self.rejected,
            "reasons": self.reasons,
            "blank": self.blank,
            "notes": self.notes,
            "first_day": self.first_day.isoformat() if self.first_day else None,
            "last_day": self.last_day.isoformat() if self.last_day else None,
            "sums": {code: str(amount) for code, amount in self.sums.items()},
            "base_currency": self.base_currency,
            "base_sum": str(self.base_sum),
        }


@dataclass
class Reading:
    """What only the reading itself can say; the rest of a summary comes from the tables."""

    file: str = "ledger"
    blank: int = 0
    notes: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)


def exact_sum(amounts: npt.NDArray[np.int64]) -> int:
    """The sum without overflow: halves of 32 bits are summed apart."""
    high = int((amounts >> 32).sum()) if len(amounts) else 0
    low = int((amounts & 0xFFFFFFFF).sum()) if len(amounts) else 0
    return (high << 32) + low


def summarise(transfers: pa.Table, rejected: int, base_currency: str, reading: Reading) -> Summary:
    """The summary of a sorted `transfers` table."""
    amounts = transfers["amount"].to_numpy()
    encoded = transfers["currency"].combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks()
    place = encoded.indices.to_numpy(zero_copy_only=False)
    codes = encoded.dictionary.to_pylist()
    sums = {code: whole(exact_sum(amounts[place == at]), code) for at, code in enumerate(codes)}
    times = transfers["time"].cast(pa.int64())
    days = (
        [date(1970, 1, 1) + timedelta(microseconds=times[at].as_py()) for at in (0, -1)] if len(times) else [None] * 2
    )
    return Summary(
        file=reading.file,
        rows=transfers.num_rows + rejected,
        accepted=transfers.num_rows,
        rejected=rejected,
        reasons=reading.reasons,
        blank=reading.blank,
        notes=reading.notes,
        first_day=days[0],
        last_day=days[1],
        sums=dict(sorted(sums.items())),
        base_currency=base_currency,
        base_sum=whole(exact_sum(transfers["amount_base"].to_numpy()), base_currency),
    )
