"""What each authority's own law asks for before a group may be designated."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Literal

from pydantic import Field, model_validator

from caudal.register.data import Model, parse, shipped


class Criterion(Model):
    """One criterion; `asks` says what a fact would have to show."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    text: str = Field(min_length=1)
    asks: str = Field(min_length=1)


class Criteria(Model):
    """The criteria of one authority: all must be met, or any one suffices.

    `finds` says that a designation cannot be made without finding each of them; where there are other grounds, such as
    acting for one that is designated, a designation alone does not say which ground it stands on.
    """

    id: str
    decides: str
    need: Literal["all", "any"]
    finds: bool = False
    only_in: str | None = Field(default=None, pattern="^[a-z]{2}$")
    source: str = Field(min_length=1)
    source_url: str = Field(pattern="^https?://")
    checked: date = date(2026, 11, 24)
    note: str | None = None
    criterion: tuple[Criterion, ...] = Field(min_length=1)


class _File(Model):
    authority: tuple[Criteria, ...]

    @model_validator(mode="after")
    def _apart(self) -> _File:
        ids = [c.id for a in self.authority for c in a.criterion]
        names = [a.id for a in self.authority]
        if len(ids) != len(set(ids)) or len(names) != len(set(names)):
            raise ValueError("an authority or a criterion is there twice")
        return self


@cache
def criteria() -> dict[str, Criteria]:
    """The criteria held, by authority."""
    text = shipped("criteria.toml").read_text(encoding="utf-8")
    return {a.id: a for a in parse(_File, text, "criteria.toml").authority}


def known_criteria() -> frozenset[str]:
    """Ids of all criteria."""
    return frozenset(c.id for a in criteria().values() for c in a.criterion)
