"""The groups of interest Caudal knows by itself: names, dated designations, successors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from pydantic import Field, model_validator

from caudal.register.data import Model, parse, shipped
from caudal.register.entry import Designation, Draft, Entity
from caudal.register.naming import script_of

DATASET = "caudal_groups"
PREFIX = "caudal-"


@dataclass(frozen=True)
class Group:
    """A group of interest.

    Attributes:
        id: slug, such as `tren-de-aragua`; a listed entity outside the groups stands for itself under its own id.
        name: the name shown to people.
        entity_ids: the entities that are the group itself on some list, then those a list ties to it.
        successors: ids of the groups that followed it.
    """

    id: str
    name: str
    entity_ids: list[str]
    successors: list[str]


class DesignationRecord(Model):
    """One designation as written in groups.toml."""

    authority: str = Field(min_length=1)
    programme: str | None = None
    announced: date | None = None
    signed: date | None = None
    effective: date | None = None
    ended: date | None = None
    source: str = Field(min_length=1)
    source_url: str | None = Field(default=None, pattern="^https?://")
    note: str | None = None

    @model_validator(mode="after")
    def _in_order(self) -> DesignationRecord:
        started = self.effective or self.announced or self.signed
        if started and self.ended and self.ended < started:
            raise ValueError("it ends before it begins")
        if self.signed and self.effective and self.effective < self.signed:
            raise ValueError("it takes effect before it is signed")
        if not any((self.announced, self.signed, self.effective, self.ended, self.note)):
            raise ValueError("it has neither a day nor a note that says why not")
        return self

    def record(self) -> Designation:
        """The designation."""
        return Designation(
            self.authority,
            self.programme or self.authority,
            self.announced,
            self.signed,
            self.effective,
            self.ended,
            self.source,
            self.source_url,
            note=self.note,
        )


class GroupRecord(Model):
    """One group as written in groups.toml."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    name: str = Field(min_length=1)
    aliases: tuple[str, ...] = ()
    former_names: tuple[str, ...] = ()
    successors: tuple[str, ...] = ()
    note: str | None = None
    designation: tuple[DesignationRecord, ...] = Field(min_length=1)

    @property
    def entity_id(self) -> str:
        """The id of the entity that stands for the group in the register."""
        return f"{PREFIX}{self.id}"

    def entity(self) -> Entity:
        """The group as an entity of the register."""
        draft = Draft(self.entity_id, "Organization")
        draft.name(self.name, "primary", script_of(self.name))
        for alias in self.aliases:
            draft.name(alias, "alias", script_of(alias))
        for former in self.former_names:
            draft.name(former, "former", script_of(former))
        draft.add("notes", self.note)
        designations = [d.record() for d in self.designation]
        for designation in designations:
            draft.add("program", designation.programme)
        return draft.finish(self.name, designations, DATASET, None)


class GroupFile(Model):
    """All of groups.toml."""

    group: tuple[GroupRecord, ...]

    @model_validator(mode="after")
    def _linked(self) -> GroupFile:
        ids = [g.id for g in self.group]
        for group in self.group:
            if ids.count(group.id) > 1:
                raise ValueError(f"the group {group.id} is there twice")
            for successor in group.successors:
                if successor not in ids or successor == group.id:
                    raise ValueError(f"{group.id} names the successor {successor}, which is no other group")
        return self


@cache
def builtin_groups() -> dict[str, GroupRecord]:
    """The built-in groups by id."""
    text = shipped("builtin", "groups.toml").read_text(encoding="utf-8")
    return {g.id: g for g in parse(GroupFile, text, "groups.toml").group}
