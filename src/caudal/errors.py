"""What goes wrong, said in one line a person can act on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError


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


def first_fault(error: ValidationError) -> InputError:
    """The first fault of a validated file as one line with the key's path.

    A validator that says `key: reason` names the key below the one it stands on.
    """
    faults = error.errors(include_url=False)
    # A union gives a fault per branch, with the branch in the location: the deepest says most, without the branch.
    fault = max((f for f in faults if f["loc"][:1] == faults[0]["loc"][:1]), key=lambda f: len(f["loc"]))
    path = [str(p) for p in fault["loc"] if not str(p).startswith(("tuple[", "literal["))]
    reason = str(fault["msg"])
    if fault["type"] == "extra_forbidden":
        reason = "there is no such key"
    elif fault["type"] == "missing":
        reason = "the key is missing"
    elif fault["type"] == "value_error":
        reason = reason.removeprefix("Value error, ")
        head, colon, rest = reason.partition(": ")
        if colon and " " not in head:
            path, reason = [*path, head], rest
    return InputError(reason[:1].lower() + reason[1:], field=".".join(path) or None)
