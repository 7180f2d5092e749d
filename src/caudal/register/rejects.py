"""Rows of a list that could not be used, kept whole with the reason."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from caudal.tables import REJECTED


class Rejects:
    """Collects rejected rows and gives them as a `rejected` table."""

    def __init__(self) -> None:
        self._rows: list[dict[str, Any]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(
        self, file: str, row: int | None, field: str | None, reason: str, content: Sequence[str] | dict[str, Any] | str
    ) -> None:
        """Keep one row aside; `content` is what was read."""
        text = json.dumps(content, ensure_ascii=False, default=str)
        self._rows.append({"file": file, "row": row, "field": field, "reason": reason, "content": text})

    def extend(self, other: Rejects) -> None:
        """Take over the rows of another collector."""
        self._rows.extend(other._rows)

    def table(self) -> pa.Table:
        """All of them (shape REJECTED)."""
        return REJECTED.build(self._rows) if self._rows else REJECTED.empty()
