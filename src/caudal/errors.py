"""What goes wrong, said in one line a person can act on."""

from __future__ import annotations

from dataclasses import dataclass


class CaudalError(Exception):
    """The base of every error Caudal raises on purpose; its text is one line."""


@dataclass(eq=False)
class InputError(CaudalError):
    """Input that cannot be used.

    Attributes:
        reason: what is wrong, in plain words, without a final full stop.
        file: the file (or table) it was found in, as the person named it.
        row: 1-based row in that file as a spreadsheet shows it (a header is row 1).
        field: the column, key path or element concerned.
    """

    reason: str
    file: str | None = None
    row: int | None = None
    field: str | None = None

    def __str__(self) -> str:
        where = [str(self.file)] if self.file is not None else []
        if self.row is not None:
            where.append(f"row {self.row}")
        if self.field is not None:
            where.append(f"field {self.field}")
        line = f"{', '.join(where)}: {self.reason}" if where else self.reason
        return " ".join(line.split())
