"""People's decisions about pairs of entities, in a file they keep: they always win.

CSV with the header `left,right,decision,by,day,reason`, or TOML with the same keys in `[[decision]]` tables. `decision`
is `same` or `different`. Of several decisions about one pair the one of the latest day holds, of one day the last; so
a decision is taken back by adding a line, and the file stays a record of who decided what.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from caudal.errors import InputError
from caudal.register.data import Model, parse
from caudal.register.readers.table import csv_rows

COLUMNS = ("left", "right", "decision", "by", "day", "reason")


class Decision(Model):
    """What a person decided about two entities.

    Attributes:
        left, right: entity ids; their order does not matter.
        decision: `same` or `different`.
        by: who decided.
        day: when.
        reason: why.
    """

    left: str = Field(min_length=1)
    right: str = Field(min_length=1)
    decision: Literal["same", "different"]
    by: str = Field(min_length=1)
    day: date
    reason: str = Field(min_length=1)

    @property
    def pair(self) -> tuple[str, str]:
        """Both ids in order."""
        return (self.left, self.right) if self.left <= self.right else (self.right, self.left)

    @property
    def words(self) -> str:
        """Who decided, when and why."""
        return f"{self.by} decided on {self.day} that they are {self.decision}: {self.reason}"


class _File(Model):
    decision: tuple[Decision, ...] = ()


def read_decisions(path: str | Path) -> list[Decision]:
    """Read a decisions file, TOML by its suffix, else CSV.

    Raises:
        InputError: the file is missing or malformed, a value is missing or wrong, or an entity is paired with itself.
    """
    path = Path(path)
    if path.suffix.casefold() == ".toml":
        try:
            found = list(parse(_File, path.read_text(encoding="utf-8"), str(path)).decision)
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"it cannot be read ({error})", file=str(path)) from error
    else:
        found = _csv(path)
    for decision in found:
        if decision.left == decision.right:
            raise InputError(f"{decision.left} is paired with itself", file=str(path), field="right")
    return found


def _csv(path: Path) -> list[Decision]:
    rows = csv_rows(path)
    header_row, header = next(rows, (1, []))
    columns = [c.strip() for c in header]
    for needed in COLUMNS:
        if columns.count(needed) != 1:
            raise InputError("the column is missing or there twice", file=str(path), row=header_row, field=needed)
    found = []
    for number, row in rows:
        if len(row) != len(columns):
            raise InputError(f"{len(columns)} columns expected, {len(row)} found", file=str(path), row=number)
        record = {c: v.strip() for c, v in zip(columns, row, strict=True) if c in COLUMNS}
        try:
            found.append(Decision.model_validate(record))
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(p) for p in first["loc"])
            raise InputError(first["msg"], file=str(path), row=number, field=field) from error
    return found


def in_force(decisions: Iterable[Decision]) -> dict[tuple[str, str], Decision]:
    """Pair to the decision that holds: the latest day's, of one day the last."""
    latest: dict[tuple[str, str], Decision] = {}
    for decision in decisions:
        held = latest.get(decision.pair)
        if held is None or decision.day >= held.day:
            latest[decision.pair] = decision
    return latest
