"""One coerced payment, five answers: kept apart, each with its rule, its sources, what is settled and what is not."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal

from caudal.register import law

State = Literal["settled", "open", "not verified"]


@dataclass(frozen=True)
class Source:
    """Where a rule or a case is written."""

    text: str
    url: str


@dataclass(frozen=True)
class Point:
    """One statement about a law.

    Attributes:
        state: settled (a rule or decision), open (nothing settles it, or no source was found), or not verified (said
            somewhere, but the official text was not read).
        source: where it is written; None for what was looked for and not found.
        since: the first day it holds, or was so; None: on every day asked about here.
    """

    state: State
    text: str
    source: Source | None = None
    since: date | None = None


@dataclass(frozen=True)
class Answer:
    """What one body of law says about a payment made under threat.

    Attributes:
        id: sanctions, material support, civil liability, immigration or local law.
        title: its name for people.
        question: what this law asks.
        raised_by: which authorities bring it up: `named` those of `turns_on`, `blocking` these and every other tag
            under which OFAC blocks, `abroad` these and every other authority that is not of the United States.
        turns_on: ids of the authorities a designation must rest on for this answer to arise.
        rule: the rule in words.
        rule_source: where the rule is written.
        knowledge: what the payer must have known.
        duress: what a threat changes.
        amount: whether a small amount changes anything.
        before: what it says of a payment before the day of a designation that raises it.
        after: what it says of one from that day on.
        without: what it says where no authority of the measure raises it.
        by_authority: what each authority adds, by its id.
        points: every statement about it, with its state and source.
    """

    id: str
    title: str
    question: str
    raised_by: Literal["named", "blocking", "abroad"]
    turns_on: tuple[str, ...]
    rule: str
    rule_source: Source
    knowledge: str
    duress: str
    amount: str
    before: str
    after: str
    without: str
    by_authority: Mapping[str, str]
    points: tuple[Point, ...]

    def said(self, state: State) -> tuple[str, ...]:
        """The statements of one state, a sentence each."""
        return tuple(p.text for p in self.points if p.state == state)

    @property
    def settled_points(self) -> tuple[str, ...]:
        """What statutes, rules or decisions say, a sentence each."""
        return self.said("settled")

    @property
    def open_points(self) -> tuple[str, ...]:
        """What is not settled or was not found; what is only said and not verified is marked so."""
        return self.said("open") + tuple(f"Not verified: {text}" for text in self.said("not verified"))

    @property
    def settled(self) -> str:
        """What is settled, as one text."""
        return " ".join(self.settled_points)

    @property
    def open(self) -> str:
        """What is not settled, as one text."""
        return " ".join(self.open_points)

    @property
    def sources(self) -> tuple[Source, ...]:
        """Every source once, that of the rule first."""
        return tuple(dict.fromkeys([self.rule_source, *(p.source for p in self.points if p.source)]))

    @property
    def source(self) -> str:
        """All sources in words."""
        return "; ".join(s.text for s in self.sources)

    @property
    def source_url(self) -> str:
        """The address of the first source."""
        return self.sources[0].url

    def on(self, day: date) -> Answer:
        """The same answer with only the statements that held on a day: no decision before it was made."""
        return replace(self, points=tuple(p for p in self.points if p.since is None or p.since <= day))

    def raising(self, authorities: Iterable[str]) -> tuple[str, ...]:
        """Those of some authorities that bring this answer up, in order of their ids."""
        return tuple(a for a in sorted(set(authorities)) if self._raised(a))

    def arises(self, authorities: Iterable[str]) -> bool:
        """Whether a designation under these authorities brings this answer up."""
        return bool(self.raising(authorities))

    def _raised(self, authority: str) -> bool:
        if authority in self.turns_on:
            return True
        if self.raised_by == "blocking":
            return authority in law.blocking_tags()
        abroad = self.raised_by == "abroad" and law.answers(authority)
        return abroad and law.authority(authority).jurisdiction != "us"


@cache
def coercion_answers() -> list[Answer]:
    """The five answers, always all and in the same order; they are about rules, never about a person."""
    text = files(__package__).joinpath("coercion.toml").read_text(encoding="utf-8")
    answers = []
    for row in tomllib.loads(text)["answer"]:
        points = tuple(
            Point(p["state"], p["text"], Source(p["source"], p["url"]) if "url" in p else None, p.get("from"))
            for p in row.pop("point")
        )
        row["turns_on"] = tuple(row["turns_on"])
        rule_source = Source(row.pop("source"), row.pop("source_url"))
        answers.append(Answer(rule_source=rule_source, points=points, **row))
    return answers
