"""One coerced payment, five answers: kept apart, each with its rule, its sources, what is settled and what is not."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Source:
    """Where a rule or a case is written."""

    text: str
    url: str


@dataclass(frozen=True)
class Answer:
    """What one body of law says about a payment made under threat.

    Attributes:
        id: sanctions, material support, civil liability, immigration or local law.
        title: its name for people.
        question: what this law asks.
        turns_on: ids of the authorities a designation must rest on for this answer to arise.
        rule: the rule in words.
        knowledge: what the payer must have known.
        duress: what a threat changes.
        amount: whether a small amount changes anything.
        settled_points: what statutes, rules or decisions say, a sentence each.
        open_points: what is not settled, or what no source was found for.
        sources: where it is written.
    """

    id: str
    title: str
    question: str
    turns_on: tuple[str, ...]
    rule: str
    knowledge: str
    duress: str
    amount: str
    settled_points: tuple[str, ...]
    open_points: tuple[str, ...]
    sources: tuple[Source, ...]

    @property
    def settled(self) -> str:
        """What is settled, as one text."""
        return " ".join(self.settled_points)

    @property
    def open(self) -> str:
        """What is not settled, as one text."""
        return " ".join(self.open_points)

    @property
    def source(self) -> str:
        """All sources in words."""
        return "; ".join(s.text for s in self.sources)

    @property
    def source_url(self) -> str:
        """The address of the first source."""
        return self.sources[0].url

    def arises(self, authorities: frozenset[str] | set[str]) -> bool:
        """Whether a designation under these authorities brings this answer up."""
        return bool(set(self.turns_on) & set(authorities))


@cache
def coercion_answers() -> list[Answer]:
    """The five answers, always all and in the same order; they are about rules, never about a person."""
    text = files(__package__).joinpath("coercion.toml").read_text(encoding="utf-8")
    answers = []
    for row in tomllib.loads(text)["answer"]:
        sources = tuple(Source(**s) for s in row.pop("sources"))
        fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
        answers.append(Answer(sources=sources, **fields))
    return answers
