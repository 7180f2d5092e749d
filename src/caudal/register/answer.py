"""Was it designated that day: yes, no, or unknown, each with its reason in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from caudal.register import law
from caudal.register.entry import Designation, Entity

Status = Literal["yes", "no", "unknown"]


@dataclass(frozen=True)
class Answer:
    """The answer for one entity and day; `since` is the first day of effect where it is known."""

    status: Status
    text: str
    since: date | None = None


@dataclass(frozen=True)
class Held:
    """An entity, and the days of the versions held of its list, earliest first."""

    entity: Entity
    versions: Sequence[date]

    def records(self, authority: str | None) -> list[Designation]:
        """Its designations, or those under one authority."""
        return [d for d in self.entity.designations if authority in (None, d.authority)]


def designated(held: Sequence[Held], day: date, authority: str | None = None) -> Answer:
    """Whether an entity was designated on `day`.

    Args:
        held: the entity asked about first, then entities that are the same group on other lists.
        day: the day asked about.
        authority: ask about this authority only.

    The order of reasons: a dated record in force; a list version held that names it; dated records, all of which
    begin later or have ended; the age of the legal bases of its programmes; else unknown. A record without days does
    not count where another record under the same authority has them.
    """
    every = [d for h in held for d in h.records(authority)]
    dated = {d.authority for d in every if d.dated}
    records = [d for d in every if d.dated or d.authority not in dated]
    running = [d for d in records if d.on(day)]
    if running:
        first = min(running, key=lambda d: d.began[1] or day)
        return Answer(
            "yes",
            f"yes: in force under {_names(running)} since {first.effective or first.began[1]}"
            f"{'' if first.effective else ' at the latest'} ({first.words})",
            first.effective,
        )
    seen = [a for h in held if (a := _on_list(h, day, authority))]
    for status in ("yes", "no", "unknown"):
        for answer in seen:
            if answer.status == status:
                return answer
    standing = [d for d in records if not d.off(day)]
    versions = sorted(v for h in held for v in h.versions)
    if not standing:
        return _not_in_force(records, day, authority, versions)
    moving = [d for d in standing if d.note and (d.opening(day) or d.ending(day))]
    if moving:
        return Answer("unknown", f"unknown: {_names(moving[:1])}: {moving[0].note} ({moving[0].source})")
    begun = [d for d in standing if d.began[0]]
    if begun:
        return _begun(begun[0])
    return _by_age(standing, records, day, versions) or _no_day(standing, records, day, versions)


def _names(records: Sequence[Designation]) -> str:
    return ", ".join(dict.fromkeys(d.authority for d in records))


def _on_list(held: Held, day: date, authority: str | None) -> Answer | None:
    """What the list versions held say by naming the entity or not; None where they do not reach the day."""
    entity, records = held.entity, held.records(authority)
    first, last = entity.first_seen, entity.last_seen
    if first is None or last is None or day < first or not records:
        return None
    later = [v for v in held.versions if v > last]
    if day <= last or not later:
        named = [d for d in records if not (d.off(day) or d.ending(day) or d.opening(day))]
        if not named:
            return None
        latest = "" if day <= last else f"; the latest version held is of {last}"
        days = f"of {first}" if first == last else f"of {first} to {last}"
        return Answer("yes", f"yes: {entity.dataset} {days} names it under {_names(named)}{latest}")
    gone = later[0]
    if day >= gone:
        return Answer("no", f"no: it is gone from {entity.dataset} as published on {gone}")
    return Answer("unknown", f"unknown: it went between {entity.dataset} of {last}, which names it, and of {gone}")


def _not_in_force(records: Sequence[Designation], day: date, authority: str | None, versions: Sequence[date]) -> Answer:
    if not records:
        under = f" under {authority}" if authority else ""
        return Answer("no", f"no: no designation of it{under} is known to this register")
    starts, ended = _to_come(records, day), _ended(records, day)
    if not starts:
        return Answer("no", f"no: {ended}")
    first = min((d for d in records if d.authority in starts and d.began[0]), key=lambda d: d.began[0] or day)
    text = f"no: the first designation known to this register is of {first.began[0]}"
    if first.effective is None and first.not_after is not None and first.note:
        text += f" at the earliest: {first.note}"
        if versions and day < versions[0]:
            text += f"; what was in force before the first list version held ({versions[0]}) is unknown"
    return Answer("no", f"{text}; {ended}" if ended else text)


def _to_come(records: Sequence[Designation], day: date) -> dict[str, date]:
    """Authority to the day before which it was not in force, for those that begin after `day`."""
    return {d.authority: first for d in records if (first := d.began[0]) and day < first}


def _ended(records: Sequence[Designation], day: date) -> str:
    ends = [d for d in records if d.ended and day >= d.ended]
    if not ends:
        return ""
    last = max(ends, key=lambda d: d.ended or day)
    when = f"between {last.ended_after} and {last.ended}" if last.ended_after else f"on {last.ended}"
    return f"{_names(ends)} ended {when}"


def _begun(record: Designation) -> Answer:
    first = record.began[0]
    what = "announced on" if record.announced == first else "signed on" if record.signed == first else "made not before"
    text = f"{record.authority} was {what} {first}, but the first day of its effect is not known ({record.words})"
    return Answer("unknown", f"unknown: {text}")


def _by_age(
    standing: Sequence[Designation], records: Sequence[Designation], day: date, versions: Sequence[date]
) -> Answer | None:
    """`No` where every open record is under a legal basis younger than the day; None where that cannot be said."""
    ages = {d.authority: law.established(d.authority) for d in standing}
    known = [age for age in ages.values() if age is not None]
    if len(known) < len(ages) or day >= min(known):
        return None
    earliest = min([*known, *_to_come(records, day).values()])
    held = f"the first list version held ({versions[0]})" if versions else "the records held"
    names = _names([d for d in records if not d.ended] or standing)
    for tag in ages:
        programme = law.programmes().get(tag)
        if programme and programme.carried_over:
            return Answer(
                "unknown",
                f"unknown before {held}: its present programmes ({names}) date from {earliest} at the earliest, but "
                f"of {tag}: {programme.carried_over}",
            )
    return Answer(
        "no",
        f"no: its present programmes ({names}) date from {earliest} at the earliest; what was in force before "
        f"{held} is unknown",
    )


def _no_day(
    standing: Sequence[Designation], records: Sequence[Designation], day: date, versions: Sequence[date]
) -> Answer:
    young = {d.authority: age for d in standing if (age := law.established(d.authority)) and day < age}
    starts, ended = _to_come(records, day) | young, _ended(records, day)
    rest = f"; {', '.join(starts)} began on {min(starts.values())} or later" if starts else ""
    rest += f"; {ended}" if ended else ""
    names = _names([d for d in standing if d.authority not in young] or standing)
    if versions and day < versions[0]:
        held = f"unknown before {versions[0]}, the first list version held"
        return Answer("unknown", f"{held}: no first day is known for {names}{rest}")
    return Answer("unknown", f"unknown: no first day is known for {names} ({standing[0].words}){rest}")
