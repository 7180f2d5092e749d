"""A scenario: which groups, under which authorities, from which day, on which assumptions."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from caudal.errors import InputError
from caudal.impact.assumptions import Assumption, default_assumptions

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Word = Annotated[str, Field(min_length=1)]


class Span(BaseModel):
    """A scenario's own range for an assumption: three shares between 0 and 1, low <= mid <= high.

    Attributes:
        low: the low end.
        mid: the middle.
        high: the high end.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    low: Share
    mid: Share
    high: Share

    @model_validator(mode="after")
    def _ordered(self) -> Span:
        if not self.low <= self.mid <= self.high:
            raise ValueError(f"low <= mid <= high does not hold ({self.low:g}, {self.mid:g}, {self.high:g})")
        return self


class Scenario(BaseModel):
    """One designation to assess.

    Attributes:
        name: what the scenario is called in every table.
        groups: ids or names of the groups, ids of listed entities that stand for themselves, or "all".
        authorities: ids of the authorities; empty: those the register holds for each group on the as-of day.
        effective: first day with legal effect; empty: the earliest the register gives for each group and authority.
        as_of: the day of the question; empty: the register's own, or the day of the ledger's last transfer.
        home: ISO country (lower case) against which an institution is domestic or foreign.
        assumptions: ranges that replace the defaults, by name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Word
    groups: Literal["all"] | tuple[Word, ...] = "all"
    authorities: tuple[Word, ...] = ()
    effective: date | None = None
    as_of: date | None = None
    home: Annotated[str, Field(pattern="^[a-z]{2}$")] = "us"
    assumptions: Mapping[str, Span] = Field(default_factory=dict)

    def __init__(self, **keys: Any) -> None:
        try:
            super().__init__(**keys)
        except ValidationError as error:
            raise _first(error) from error

    @field_validator("groups")
    @classmethod
    def _once(cls, groups: Any) -> Any:
        if groups != "all" and len(set(groups)) != len(groups):
            raise ValueError("a group is named twice")
        return groups

    @field_validator("authorities", mode="before")
    @classmethod
    def _or_none(cls, authorities: Any) -> Any:
        return () if authorities is None else authorities

    @field_validator("assumptions")
    @classmethod
    def _known(cls, assumptions: Mapping[str, Span]) -> Mapping[str, Span]:
        known = default_assumptions()
        for name in assumptions:
            if name not in known:
                raise ValueError(f"{name}: there is no such assumption; known are {', '.join(known)}")
        return assumptions

    @model_validator(mode="after")
    def _days(self) -> Scenario:
        if self.effective and self.as_of and self.effective > self.as_of:
            raise ValueError(f"effective: {self.effective} lies after as_of {self.as_of}")
        return self

    def assumption(self, name: str) -> Assumption:
        """The assumption in force: the default, or the scenario's own range for it."""
        default = default_assumptions()[name]
        span = self.assumptions.get(name)
        return default if span is None else default.within(span.low, span.mid, span.high)

    @classmethod
    def load(cls, source: Scenario | Mapping[str, Any] | Path | str) -> Scenario:
        """A scenario from itself, a mapping, or a TOML file.

        Raises:
            InputError: the file is missing or no TOML; a key is unknown or missing; a value, day or range is
                impossible. `field` is the key's path, such as `assumptions.match_sure.low`.
        """
        if isinstance(source, Scenario):
            return source
        if isinstance(source, Mapping):
            return cls(**source)
        path = Path(source)
        if not path.is_file():
            raise InputError("there is no such file", file=str(path))
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError(f"it is not readable TOML ({error})", file=str(path)) from error
        try:
            return cls(**content)
        except InputError as error:
            raise InputError(error.reason, file=str(path), field=error.field) from error


def _first(error: ValidationError) -> InputError:
    """The first fault of a validation as one line with the key's path."""
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
