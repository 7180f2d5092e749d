"""What each authority does: the law as data, each line with its source and the day it was checked.

Not legal advice. Lines come from `authorities/*.toml`; what no source was held for is listed as a gap, not filled in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

from pydantic import Field, model_validator

from caudal.errors import InputError
from caudal.register.data import Model, parse, shipped

CHECKED = date(2026, 11, 24)
Topic = Literal[
    "basis",
    "takes effect",
    "blocks",
    "binds",
    "ownership",
    "knowledge",
    "secondary sanctions",
    "screening",
    "reporting",
    "records",
    "limitation",
    "exemption",
    "licence",
    "immigration tier",
    "civil liability",
    "penalty",
    "delisting",
]
Power = Literal[
    "freeze",
    "reject",
    "owned",
    "agents",
    "secondary sanctions",
    "material support",
    "civil suit",
    "tier one",
]
POWERS: Mapping[Power, str] = {
    "freeze": "property of whoever is named is held where it is",
    "reject": "payments to and from whoever is named are refused; nothing is held",
    "owned": "OFAC's 50 Percent Rule reaches firms nobody named",
    "agents": "funds of agents nobody named are reached: the institution must judge who is one",
    "secondary sanctions": "a foreign financial institution may lose its correspondent accounts",
    "material support": "support is a crime for whoever knows, also beyond the jurisdiction",
    "civil suit": "victims may sue whoever helped",
    "tier one": "those who gave support are barred from immigrating, without a least amount",
}
"""What a rule does that can be counted, in words; a line of `authorities/*.toml` says which of them it does."""
TOPICS: tuple[str, ...] = Topic.__args__  # type: ignore[attr-defined]
REQUIRED: tuple[Topic, ...] = (
    "blocks",
    "binds",
    "knowledge",
    "secondary sanctions",
    "reporting",
    "records",
    "exemption",
    "licence",
    "immigration tier",
    "penalty",
    "delisting",
)
"""What must be answered for every authority: by a sourced line, or by a gap that says what is not known."""


class Line(Model):
    """One rule, with the days between which it holds where they are known."""

    topic: Topic
    text: str = Field(min_length=1)
    source: str = Field(min_length=1)
    source_url: str = Field(pattern="^https?://")
    checked: date = CHECKED
    since: date | None = Field(default=None, alias="from")
    until: date | None = None
    deadline: str | None = None
    powers: tuple[Power, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Line:
        if self.since and self.until and self.until <= self.since:
            raise ValueError("it ends before it begins")
        return self

    def holds(self, day: date | None) -> bool:
        """True where nothing says that it does not hold on the day."""
        return day is None or not ((self.since and day < self.since) or (self.until and day >= self.until))


class Gap(Model):
    """What is not known here, on which topics, and where the official text may be read."""

    topics: tuple[Topic, ...] = Field(min_length=1)
    text: str = Field(min_length=1)
    see: str | None = Field(default=None, pattern="^https?://")


class Authority(Model):
    """One legal authority.

    Attributes:
        established: the day its legal basis was signed; nothing was designated under it before.
        covers: the beginning of the ids it answers for where they have no text of their own, such as `GB-`.
        gap: what is not known here.
    """

    id: str
    name: str
    jurisdiction: str
    legal_basis: str
    tags: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()
    covers: str | None = None
    established: date | None = None
    established_source: str | None = None
    established_url: str | None = Field(default=None, pattern="^https?://")
    gap: tuple[Gap, ...] = ()
    line: tuple[Line, ...] = Field(min_length=1)

    @property
    def gaps(self) -> tuple[str, ...]:
        """What is not known here, in words."""
        return tuple(g.text for g in self.gap)

    def unanswered(self) -> list[str]:
        """The required topics that have neither a line nor a gap; call it on a whole authority, includes and all."""
        told = {x.topic for x in self.line} | {t for g in self.gap for t in g.topics}
        return [t for t in REQUIRED if t not in told]

    @model_validator(mode="after")
    def _sourced(self) -> Authority:
        if self.established and not self.established_source:
            raise ValueError("the day it was established has no source")
        return self


class _Fragment(Model):
    line: tuple[Line, ...]


class Programme(Model):
    """One programme tag of OFAC's and the day its legal basis was signed."""

    tag: str
    basis: str
    established: date
    citation: str | None = None
    source_url: str = Field(pattern="^https?://")
    carried_over: str | None = None


class _Programmes(Model):
    programme: tuple[Programme, ...]


class _Blocking(Model):
    """Tags that stand on OFAC's SDN list and whose legal basis is not held."""

    tags: tuple[str, ...]
    source: str
    source_url: str = Field(pattern="^https?://")


@dataclass(frozen=True)
class Effect:
    """One thing an authority does, on whose word, checked when."""

    topic: str
    text: str
    source: str
    source_url: str
    checked: date
    deadline: str | None = None


@cache
def _authorities() -> dict[str, Authority]:
    texts = {
        file.name.removesuffix(".toml"): file.read_text(encoding="utf-8")
        for file in shipped("authorities").iterdir()
        if file.name.endswith(".toml")
    }
    found = {}
    for name, text in sorted(texts.items()):
        if name.startswith("_"):
            continue
        authority = parse(Authority, text, f"{name}.toml")
        lines = authority.line + _included(authority.includes)
        whole = authority.model_copy(update={"line": lines})
        if whole.unanswered():
            raise InputError(f"neither a line nor a gap for: {', '.join(whole.unanswered())}", file=f"{name}.toml")
        found[authority.id] = whole
    return found


def _included(names: tuple[str, ...]) -> tuple[Line, ...]:
    lines: tuple[Line, ...] = ()
    for name in names:
        text = shipped("authorities", f"{name}.toml").read_text(encoding="utf-8")
        lines += parse(_Fragment, text, f"{name}.toml").line
    return lines


@cache
def common_lines() -> tuple[Line, ...]:
    """The rules of 31 CFR part 501 that hold for every tag of the SDN list."""
    return _included(("_tag", "_ofac"))


@cache
def blocking_tags() -> frozenset[str]:
    """Tags under which OFAC blocks property: those of `programmes`, and SDN list tags whose basis is not known."""
    text = shipped("programmes", "blocking.toml").read_text(encoding="utf-8")
    return frozenset(programmes()) | frozenset(parse(_Blocking, text, "blocking.toml").tags)


def held(authority_id: str) -> bool:
    """True where `effects` has something to say about an authority or tag."""
    return _resolved(authority_id) is not None or authority_id in blocking_tags()


def answers(authority_id: str) -> bool:
    """True where an authority answers for the id; false for tags that have only the rules common to all."""
    return _resolved(authority_id) is not None


def _resolved(authority_id: str) -> Authority | None:
    """The authority of that id, or the one that answers for ids beginning like it."""
    known = _authorities()
    if authority_id in known or authority_id in blocking_tags():
        return known.get(authority_id)
    return next((a for a in known.values() if a.covers and authority_id.startswith(a.covers)), None)


@cache
def programmes() -> dict[str, Programme]:
    """OFAC's programme tags whose legal basis is known here, by tag."""
    text = shipped("programmes", "ofac.toml").read_text(encoding="utf-8")
    return {p.tag: p for p in parse(_Programmes, text, "ofac.toml").programme}


def authorities() -> dict[str, Authority]:
    """The authorities whose effects are held, by id."""
    return dict(_authorities())


def authority(authority_id: str) -> Authority:
    """One authority, or the one that answers for it (`GB-` ids without a text of their own).

    Raises:
        InputError: nothing is held about it; the known ones are named.
    """
    found = _resolved(authority_id)
    if found is None:
        known = ", ".join(_authorities())
        raise InputError(f"the authority {authority_id!r} is not held; known: {known}", field="authority")
    return found


def established(authority_id: str) -> date | None:
    """The day the legal basis of an authority or programme tag was signed, or None where it is not known here."""
    held = _authorities().get(authority_id)
    if held is not None and held.established is not None:
        return held.established
    programme = programmes().get(authority_id)
    return programme.established if programme else None


def effects(authority_id: str, day: date | None = None) -> list[Effect]:
    """What a designation under the authority does on that day (None: by every line held), in the order of the topics.

    A tag of OFAC's that has no text of its own gives its legal basis, where that is known, and the rules that hold for
    every blocking programme (31 CFR part 501). Before the authority was established there is nothing.

    Raises:
        InputError: neither the authority nor the tag is known.
    """
    if not held(authority_id):
        authority(authority_id)
    first = established(authority_id)
    if day is not None and first is not None and day < first:
        return []
    basis: list[Effect] = []
    own = _resolved(authority_id)
    if own is not None:
        lines = own.line
    else:
        lines = common_lines()
        programme = programmes().get(authority_id)
        if programme is not None:
            words = f"{programme.basis}{f', {programme.citation}' if programme.citation else ''}"
            text = (
                f"Programme of OFAC's under {programme.basis}; only the rules common to blocking programmes are held."
            )
            basis = [Effect("basis", text, words, programme.source_url, CHECKED)]
    ordered = sorted((x for x in lines if x.holds(day)), key=lambda x: TOPICS.index(x.topic))
    return basis + [Effect(x.topic, x.text, x.source, x.source_url, x.checked, x.deadline) for x in ordered]


def powers(authority_id: str, day: date | None = None) -> dict[Power, Line]:
    """What a designation under the authority does on that day that can be counted, each with the line that says so.

    A tag of OFAC's without a text of its own does what all blocking programmes do. What no line says is left out; ask
    `silent` whether that is because nothing is held. Empty for an authority nothing is held about.
    """
    first = established(authority_id)
    if day is not None and first is not None and day < first:
        return {}
    own = _resolved(authority_id)
    lines = own.line if own is not None else common_lines() if authority_id in blocking_tags() else ()
    found: dict[Power, Line] = {}
    for line in lines:
        if line.holds(day):
            for power in line.powers:
                found.setdefault(power, line)
    return found


def silent(authority_id: str, topic: Topic) -> bool:
    """True where nothing is held on the topic: no line, and a gap that says so, or no text at all."""
    own = _resolved(authority_id)
    if own is None:
        return authority_id not in blocking_tags()
    return all(line.topic != topic for line in own.line)
