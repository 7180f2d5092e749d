"""What is known of each group of interest: dated facts, each with its source and how far it can be relied on."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from functools import cache
from typing import Literal

from pydantic import Field, model_validator

from caudal.errors import InputError
from caudal.register.data import Model, parse, shipped
from caudal.register.dossier.criteria import known_criteria
from caudal.register.groups import builtin_groups

Topic = Literal[
    "kind",
    "activity",
    "footprint",
    "control",
    "taxation",
    "finance",
    "armed wing",
    "state tie",
    "succession",
    "listing",
    "context",
]
TOPICS: dict[str, str] = {
    "kind": "What it is called",
    "activity": "What it does",
    "footprint": "Where it is",
    "control": "Territory it controls",
    "taxation": "What it takes from others",
    "finance": "Its finances",
    "armed wing": "Armed wing",
    "state tie": "Ties to states",
    "succession": "Where it comes from and what followed it",
    "listing": "How it was listed",
    "context": "Context",
}
"""Topics in the order of the page, with their headings."""
EXPECTED = ("kind", "activity", "footprint", "control", "taxation", "armed wing", "state tie")
"""Topics a dossier should answer; one without a fact is named as a gap."""
CONFIDENCE: dict[str, str] = {
    "high": "the official text itself",
    "moderate": "a copy of an official text, a court's record as reported, or a law firm's summary",
    "low": "one report",
}
HOW: dict[str, str] = {
    "operates": "operates",
    "cells": "cells",
    "sporadic": "sporadic presence",
}
"""Kinds of presence in a country, the strongest first."""


class Fact(Model):
    """One fact.

    Attributes:
        day: day, month or year of the source, as ISO text of the precision it has.
        about: the time the fact is about, in words, where that is another.
        supports, contradicts: ids of criteria it speaks for or against.
        disagrees: ids of facts of the same group that it is at odds with.
    """

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    topic: Topic
    text: str = Field(min_length=1)
    country: str | None = Field(default=None, pattern="^[a-z]{2}$")
    place: str | None = None
    how: Literal["operates", "cells", "sporadic"] | None = None
    about: str | None = None
    day: str = Field(pattern=r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$")
    confidence: Literal["high", "moderate", "low"]
    source: str = Field(min_length=1)
    source_url: str = Field(pattern="^https?://")
    checked: date = date(2026, 11, 24)
    supports: tuple[str, ...] = ()
    contradicts: tuple[str, ...] = ()
    disagrees: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Fact:
        date.fromisoformat(f"{self.day}-01-01"[:10])
        if self.how and (self.topic != "footprint" or not self.country):
            raise ValueError("it says how the group is present, but not in which country")
        unknown = {*self.supports, *self.contradicts} - known_criteria()
        if unknown:
            raise ValueError(f"it names the criterion {min(unknown)}, which is not known")
        if set(self.supports) & set(self.contradicts):
            raise ValueError("it speaks for and against the same criterion")
        return self

    def known_on(self, day: date) -> bool:
        """True where the source is surely of that day or an earlier one; a month or year counts from its end on.

        From the day the source was checked on it is known in any case.
        """
        if day >= self.checked:
            return True
        year, *rest = (int(part) for part in self.day.split("-"))
        month = rest[0] if rest else 12
        return date(year, month, rest[1] if len(rest) > 1 else monthrange(year, month)[1]) <= day


class GroupFacts(Model):
    """The facts about one group.

    Attributes:
        bacrim: the group's name in the BACRIM 2020 data on alliances and rivalries; None where it is not in it.
    """

    group: str
    bacrim: str | None = None
    fact: tuple[Fact, ...] = ()

    @model_validator(mode="after")
    def _linked(self) -> GroupFacts:
        ids = [f.id for f in self.fact]
        if len(ids) != len(set(ids)):
            raise ValueError("a fact is there twice")
        by_id = {f.id: f for f in self.fact}
        for one in self.fact:
            for other in one.disagrees:
                if other == one.id or other not in by_id or one.id not in by_id[other].disagrees:
                    raise ValueError(f"{one.id} disagrees with {other}, which does not disagree with it")
        return self


@cache
def facts(group_id: str) -> GroupFacts:
    """What is held about a group; nothing for a group outside the built-in register.

    Raises:
        InputError: the file is faulty.
    """
    if group_id not in builtin_groups():
        return GroupFacts(group=group_id)
    name = f"{group_id}.toml"
    found = parse(GroupFacts, shipped("dossiers", name).read_text(encoding="utf-8"), name)
    if found.group != group_id:
        raise InputError(f"it is about {found.group}", file=name, field="group")
    return found
