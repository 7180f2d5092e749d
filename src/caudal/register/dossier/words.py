"""A dossier in plain text, for the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from rigour.territories import get_territory

from caudal.register.dossier.build import Dossier, Listed, Standing
from caudal.register.dossier.facts import HOW, TOPICS, Fact

NEED = {"all": "all criteria must be met", "any": "one criterion suffices"}
NOBODY = "The lists as read name nobody else as tied to it; a list read without its remarks or relations cannot."
DESIGNATED = {"yes": "Designated", "no": "Not designated", "unknown": "Not known whether designated"}
KIND = {
    "people": "person",
    "firms and organisations": "firm or organisation",
    "vessels and aircraft": "vessel or aircraft",
}
WITH_ARTICLE = {"United States", "United States of America", "Netherlands", "Philippines", "Dominican Republic"}
SHOWN = 15
"""Listed people or firms printed in the terminal; the page and --json have all."""


def several(count: int, one: str, many: str | None = None) -> str:
    """A count with its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def number(count: int) -> str:
    """A small count in words."""
    small = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    return small[count] if count < len(small) else f"{count:,}"


def reason(text: str) -> str:
    """The register's answer without the word that begins it, as a sentence."""
    told = text.partition(": ")[2] or text
    return f"{told[:1].upper()}{told[1:]}"


def joined(words: Iterable[str]) -> str:
    """Words as a sentence lists them."""
    *most, last = list(words) or [""]
    return f"{', '.join(most)} and {last}" if most else last


def countries(found: Dossier) -> int:
    """Number of countries it is said to be in."""
    return len({f.country for f in found.countries})


def answer(found: Dossier) -> str:
    """The first sentences of the page: how it stands, where it is, whom the lists tie to it."""
    if found.in_force:
        since: dict[date | None, list[str]] = {}
        for one in found.in_force:
            since.setdefault(one.since, []).append(one.authority)
        under = "; ".join(
            f"{joined(names)} since {written(day)}" if day else f"{joined(names)}, from a day that is not known"
            for day, names in sorted(since.items(), key=lambda x: x[0] or date.max)
        )
        first = f"On {written(found.day)} {found.name} is designated under {under}."
    elif found.uncertain:
        first = f"On {written(found.day)} no designation of {found.name} is known to be in force."
    else:
        first = f"On {written(found.day)} {found.name} is under no designation known here."
    over = ended(found)
    if over:
        first += f" {joined(f'{joined(names)} ended on {written(day)}' for day, names in over.items())}."
    if found.uncertain:
        under = joined(s.authority for s in found.uncertain)
        first += f" Whether it is under {under} that day is not known: no source gives the first day of effect."
    at = countries(found)
    named = joined(dict.fromkeys(country(f.country) for f in found.countries if f.country))
    second = "No source held says where it is."
    if at:
        second = f"Sources place it in {named if at <= 3 else f'{number(at)} countries'}."
    if not found.versions:
        third = "No list was read, so whom the lists tie to it is not shown."
    else:
        parts = [
            f"{number(len(rows))} {KIND[kind] if len(rows) == 1 else kind}"
            for kind, rows in found.listed.items()
            if rows
        ]
        third = (
            f"The lists read tie {joined(parts)} to it." if parts else "The lists read name nobody else as tied to it."
        )
    return f"{first} {second} {third}"


def ended(found: Dossier) -> dict[date, list[str]]:
    """Authorities whose designation had ended by the day, by their last record's end."""
    over: dict[date, list[str]] = {}
    for one in found.standings:
        ends = [d.ended for _, d in one.records if d.ended and d.ended <= found.day]
        if one.status == "no" and ends:
            over.setdefault(max(ends), []).append(one.authority)
    return dict(sorted(over.items()))


def written(day: date) -> str:
    """A day as a person writes it, held together by no-break spaces."""
    return f"{day.day}\u00a0{day:%b}\u00a0{day.year}"


def source(fact: Fact) -> str:
    """Where a fact is from, how far it can be relied on, and when it was looked at."""
    day = "" if fact.day in fact.source else f" ({fact.day})"
    return f"{fact.source}{day}; {fact.confidence} confidence"


def country(code: str) -> str:
    """A country's name."""
    found = get_territory(code)
    name = str(found.name) if found else code.upper()
    return f"the {name}" if name in WITH_ARTICLE else name


def folded(facts: Iterable[Fact]) -> list[tuple[str, Fact]]:
    """Facts as sentences; those that only say in which country, from one source, become one sentence."""
    out: list[tuple[str, Fact]] = []
    places: dict[tuple[str, str, str], list[Fact]] = {}
    for fact in facts:
        if fact.country:
            places.setdefault((fact.source_url, fact.day, fact.confidence), []).append(fact)
        else:
            out.append((fact.text, fact))
    told = []
    for there in places.values():
        parts = []
        for how in HOW:
            names = [
                f"{country(f.country)} ({f.place})" if f.place else country(f.country)
                for f in there
                if f.country and (f.how or "operates") == how
            ]
            if names:
                parts.append(f"{HOW[how]} in {joined(names)}")
        told.append((f"{'; '.join(parts).capitalize()[:1]}{'; '.join(parts)[1:]}.", there[0]))
    return told + out


def days(one: Standing) -> list[str]:
    """Each record of a standing in one line: its days as published, and its list."""
    out = []
    for dataset, record in one.records:
        given = [
            f"{word} {day}"
            for word, day in (
                ("signed", record.signed),
                ("announced", record.announced),
                ("in effect from", record.effective),
                ("ended", record.ended),
            )
            if day
        ]
        out.append(f"{', '.join(given) or 'no day given'} ({dataset}: {record.words})")
    return out


def terminal(found: Dossier) -> list[str]:
    """The dossier as lines of text."""
    out = [found.name, "=" * len(found.name), answer(found)]
    if found.names:
        out += ["", f"Also: {', '.join(found.names)}"]
    if found.note:
        out.append(found.note)
    for title, groups in (("Came from", found.predecessors), ("Followed by", found.successors)):
        if groups:
            out.append(f"{title}: {', '.join(g.name for g in groups)}")
    out += _head("Designations")
    for one in found.standings:
        out.append(f"  {one.authority:<24} {one.text}")
        out += [f"      {line}" for line in days(one)]
    for topic, facts in found.topics.items():
        if topic != "footprint":
            out += _head(TOPICS[topic])
            for fact in facts:
                out += _fact(fact)
    if "footprint" in found.topics:
        out += _head(TOPICS["footprint"])
        for text, fact in folded(found.topics["footprint"]):
            out += [f"  {text}", f"      {source(fact)}, {fact.source_url}"]
    if found.relations is not None:
        out += _head("Allies and rivals, 2020")
        for kind, title in (("ally", "allies"), ("rival", "rivals")):
            named = [f"{r.other} ({r.weight})" for r in found.relations if r.kind == kind]
            more = f" and {len(named) - SHOWN} more" if len(named) > SHOWN else ""
            out.append(f"  {title}: {', '.join(named[:SHOWN]) or 'none in the data'}{more}")
        if found.relations:
            out.append(f"      {found.relations[0].source}; in brackets the weight of the tie")
        if found.two_sided:
            out.append(f"  the data names both as ally and as rival: {joined(found.two_sided)}")
    for kind, rows in found.listed.items():
        if rows:
            out += _head(f"Tied to it by a list: {several(len(rows), kind, kind)}")
            out += _rows(rows)
    out += _head("Against the law's own criteria")
    for assessment in found.assessments:
        law = assessment.criteria
        out.append(f"  {law.id}: {NEED[law.need]}. It is for the {law.decides} to decide.")
        told = f" {reason(assessment.text)}." if assessment.status == "no" else ""
        out += [f"      {DESIGNATED[assessment.status]}.{told}", f"      {law.source}, {law.source_url}"]
        for weighed in assessment.weighed:
            out.append(f"    [{weighed.state}] {weighed.criterion.text}")
            out += [f"        for: {text} ({source(f)})" for text, f in folded(weighed.supports)]
            out += [f"        against: {text} ({source(f)})" for text, f in folded(weighed.contradicts)]
            word = "missing" if weighed.missing else "asked for"
            out.append(f"        {word}: {weighed.criterion.asks}")
    if found.conflicts:
        out += _head("Sources at odds")
        for left, right in found.conflicts:
            out += [*_fact(left), *[line.replace("  ", "  but: ", 1) for line in _fact(right)[:1]], _fact(right)[1]]
    out += _head("Not known")
    out.append(f"  {', '.join(found.missing) or 'every topic has a fact'}")
    if found.later:
        out.append(f"  {several(found.later, 'fact')} of a later day left out")
    out += _head("Lists read")
    out += [f"  {v.dataset} {v.version}, {v.entries:,} entries" for v in found.versions] or ["  none"]
    return [*out, "", "No score. A listing is the list's word; a person who bears the same name need not be the one."]


def _head(title: str) -> list[str]:
    return ["", title]


def _fact(fact: Fact) -> list[str]:
    about = f" ({fact.about})" if fact.about else ""
    return [f"  {fact.text}{about}", f"      {source(fact)}, {fact.source_url}"]


def _rows(rows: tuple[Listed, ...]) -> list[str]:
    out = [f"  {r.name} ({r.entity_id}), {', '.join(r.authorities)}; {r.words}" for r in rows[:SHOWN]]
    return [*out, f"  and {len(rows) - SHOWN:,} more"] if len(rows) > SHOWN else out
