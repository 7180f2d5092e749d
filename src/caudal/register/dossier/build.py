"""One group's dossier, put together from the facts, the lists read and, where given, the data on alliances."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from caudal.register.answer import Answer, Status
from caudal.register.dossier.assess import Assessment, concerned, weigh
from caudal.register.dossier.criteria import criteria
from caudal.register.dossier.facts import EXPECTED, HOW, TOPICS, Fact, facts
from caudal.register.dossier.relations import Relation, relations
from caudal.register.entry import Designation, Entity
from caudal.register.groups import Group, builtin_groups
from caudal.register.law import authorities
from caudal.register.naming import fold
from caudal.register.register import Register
from caudal.register.sources import ListVersion

Kind = Literal["people", "firms and organisations", "vessels and aircraft"]
KINDS: dict[str, Kind] = {"Person": "people", "Vessel": "vessels and aircraft", "Airplane": "vessels and aircraft"}

NOT_LISTED = Answer("no", "no: no list read names the group itself")


@dataclass(frozen=True)
class Standing:
    """How the group stands under one authority on the day.

    Attributes:
        text: the register's answer in words.
        records: every record held of it, with its list.
    """

    authority: str
    name: str
    status: Status
    text: str
    since: date | None
    records: tuple[tuple[str, Designation], ...]


@dataclass(frozen=True)
class Listed:
    """A person, firm or vessel that a list ties to the group: the list's word, not a finding made here."""

    entity_id: str
    name: str
    kind: Kind
    authorities: tuple[str, ...]
    dataset: str
    words: str


@dataclass(frozen=True)
class Dossier:
    """What is held about a group on a day.

    Attributes:
        names: its other names, as published.
        topics: facts by topic, in the order of the page; topics without a fact are left out.
        countries: facts on presence, the strongest presence first.
        conflicts: pairs of facts at odds with each other.
        missing: headings of topics that a dossier should answer and for which no fact is held.
        later: number of facts left out because their source is of a later day.
        relations: allies and rivals; None where no data on them was given, or the group is not in it.
    """

    group_id: str
    name: str
    day: date
    names: tuple[str, ...]
    note: str | None
    standings: tuple[Standing, ...]
    topics: dict[str, tuple[Fact, ...]]
    countries: tuple[Fact, ...]
    conflicts: tuple[tuple[Fact, Fact], ...]
    missing: tuple[str, ...]
    later: int
    listed: dict[Kind, tuple[Listed, ...]]
    relations: tuple[Relation, ...] | None
    predecessors: tuple[Group, ...]
    successors: tuple[Group, ...]
    assessments: tuple[Assessment, ...]
    versions: tuple[ListVersion, ...]

    @property
    def in_force(self) -> tuple[Standing, ...]:
        """Authorities under which it is known to be designated that day."""
        return tuple(s for s in self.standings if s.status == "yes")

    @property
    def two_sided(self) -> tuple[str, ...]:
        """Groups that the data on alliances names both as ally and as rival."""
        sides = {k: {r.other for r in self.relations or () if r.kind == k} for k in ("ally", "rival")}
        return tuple(sorted(sides["ally"] & sides["rival"]))

    @property
    def uncertain(self) -> tuple[Standing, ...]:
        """Authorities under which it may be designated that day."""
        return tuple(s for s in self.standings if s.status == "unknown")


def dossier(register: Register, group_id: str, *, day: date | None = None, alliances: Path | None = None) -> Dossier:
    """The dossier of a group.

    Args:
        register: the lists read.
        group_id: id or any name of a group of interest, or of a listed entity, which then stands for itself.
        day: the day it is asked for; the register's own, else today. Facts whose source is of a later day are left out.
        alliances: folder of the BACRIM 2020 tables, read in place.

    Raises:
        InputError: the group is not known, or a table of alliances cannot be read.
    """
    day = day or register.as_of or date.today()
    group = register.group(group_id)
    held = facts(group.id)
    known = [f for f in held.fact if f.known_on(day)]
    by_topic = {t: tuple(f for f in known if f.topic == t) for t in TOPICS}
    ties = register.ties(group.id)
    own = [m.entity_id for m in ties if m.kind == "same"]
    standings = _standings(register, own, day)
    countries = sorted((f for f in known if f.country), key=lambda f: (list(HOW).index(f.how or "operates"), f.text))
    under = {s.authority for s in standings if s.status == "yes"}
    record = builtin_groups().get(group.id)
    names = {fold(n.name): n.name for i in reversed(own) for n in reversed(register[i].names)}
    names.pop(fold(group.name), None)
    tie = relations(alliances, held.bacrim) if alliances and held.bacrim else None
    return Dossier(
        group.id,
        group.name,
        day,
        tuple(reversed(names.values())),
        record.note if record else None,
        standings,
        {t: fs for t, fs in by_topic.items() if fs},
        tuple(countries),
        _conflicts(known),
        tuple(TOPICS[t] for t in EXPECTED if not by_topic[t]),
        len(held.fact) - len(known),
        _listed(register, [(m.entity_id, m.source) for m in ties if m.kind == "linked"]),
        None if tie is None else tuple(tie),
        tuple(g for g in register.groups if group.id in g.successors),
        tuple(register.group(s) for s in group.successors),
        _assessments(register, own, known, under, day),
        tuple(register.versions),
    )


def _standings(register: Register, own: list[str], day: date) -> tuple[Standing, ...]:
    records: dict[str, list[tuple[str, Designation]]] = {}
    for entity_id in own:
        entity = register.whole(entity_id)
        for designation in entity.designations:
            records.setdefault(designation.authority, []).append((entity.dataset, designation))
    found = []
    for authority, held in records.items():
        answer = register.designated_on(own[0], day, authority)
        found.append(Standing(authority, _name(authority), answer.status, answer.text, answer.since, tuple(held)))
    order, usual = {"yes": 0, "unknown": 1, "no": 2}, list(criteria())
    place = {s.authority: usual.index(s.authority) if s.authority in usual else len(usual) for s in found}
    return tuple(sorted(found, key=lambda s: (order[s.status], place[s.authority], s.authority)))


def _name(authority: str) -> str:
    held = authorities().get(authority)
    return held.name if held else ""


def _assessments(
    register: Register, own: list[str], known: list[Fact], under: set[str], day: date
) -> tuple[Assessment, ...]:
    found = []
    for one in concerned((f.country for f in known if f.country), under):
        answer = register.designated_on(own[0], day, one.id) if own else NOT_LISTED
        weighed = weigh(one, known, designated=answer.status == "yes")
        found.append(Assessment(one, _name(one.id), answer.status, answer.text, weighed))
    return tuple(found)


def _conflicts(known: list[Fact]) -> tuple[tuple[Fact, Fact], ...]:
    by_id = {f.id: f for f in known}
    return tuple((f, by_id[o]) for f in known for o in f.disagrees if o in by_id and f.id < o)


def _listed(register: Register, ties: list[tuple[str, str]]) -> dict[Kind, tuple[Listed, ...]]:
    found: dict[Kind, list[Listed]] = {"people": [], "firms and organisations": [], "vessels and aircraft": []}
    seen = set()
    for entity_id, words in ties:
        if entity_id in seen or not (entity := register[entity_id]).designations:
            continue
        seen.add(entity_id)
        found[_kind(entity)].append(
            Listed(
                entity_id,
                entity.caption,
                _kind(entity),
                tuple(dict.fromkeys(d.authority for d in entity.designations)),
                entity.dataset,
                words,
            )
        )
    return {kind: tuple(sorted(rows, key=lambda x: x.name)) for kind, rows in found.items()}


def _kind(entity: Entity) -> Kind:
    return KINDS.get(entity.schema, "firms and organisations")
