"""What was found of one party: listed entities, and the evidence for each."""

from __future__ import annotations

from dataclasses import dataclass

from caudal.screening.evidence import Evidence
from caudal.screening.subjects import Subject


@dataclass(frozen=True)
class Hit:
    """A listed entity, as a row of `listed.subjects`, and the evidence that a party is it."""

    entity: int
    evidence: Evidence


@dataclass(frozen=True)
class Found:
    """What was found of a party.

    Attributes:
        party: as it was read. hits: the best, best first.
        bits: of everyone who came near enough, hits and further ones, not rising.
        more: whether there may be further ones still.
    """

    party: Subject
    hits: tuple[Hit, ...] = ()
    bits: tuple[float, ...] = ()
    more: bool = False
