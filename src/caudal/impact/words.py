"""Amounts in words, inside the database."""

from __future__ import annotations

from dataclasses import dataclass

from caudal.impact.ranges import minor_units


@dataclass(frozen=True)
class Money:
    """Turns a column of minor units into text such as `USD 1,234.56`."""

    currency: str

    def format(self, expression: str) -> str:
        """An SQL expression for the text of an integer expression."""
        minor = minor_units(self.currency)
        digits = len(str(minor)) - 1
        return f"('{self.currency} ' || format('{{:,.{digits}f}}', ({expression}) / {minor}.0))"
