"""A dossier as one self-contained HTML page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from caudal.register.dossier.build import Dossier, Standing
from caudal.register.dossier.facts import CONFIDENCE, HOW, TOPICS
from caudal.register.dossier.words import (
    KIND,
    NEED,
    NOBODY,
    answer,
    countries,
    country,
    ended,
    folded,
    joined,
    number,
    reason,
    several,
    written,
)

STATUS = {"yes": "in force", "no": "not in force", "unknown": "not known"}
STATES = {
    "facts for it": "for",
    "facts against it": "against",
    "facts on both sides": "both",
    "found, facts not held": "found",
    "no fact held": "none",
}


@dataclass(frozen=True)
class Span:
    """A bar on the time line, in hundredths of its width.

    Attributes:
        sure: whether the first day of effect is known.
        words: what the bar says.
    """

    left: float
    width: float
    sure: bool
    words: str


@cache
def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("caudal.register.dossier"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {"country": country, "folded": folded, "joined": joined, "written": written, "reason": reason}
    found.globals |= {"several": several}
    return found


def html(found: Dossier) -> str:
    """The page; it needs nothing from outside, and every text of a list is escaped."""
    people = sum(len(rows) for rows in found.listed.values())
    years = _years(found)
    return (
        _environment()
        .get_template("dossier.html.j2")
        .render(
            d=found,
            headline=headline(found),
            answer=answer(found),
            countries=countries(found),
            people=people,
            spans={s.authority: _span(s, years, found.day) for s in found.standings},
            years=_marks(years),
            nobody=NOBODY,
            one_of=KIND,
            topics=TOPICS,
            how=HOW,
            need=NEED,
            status=STATUS,
            states=STATES,
            confidence=CONFIDENCE,
        )
    )


def headline(found: Dossier) -> str:
    """The finding in one line."""
    if found.in_force:
        word = "authority" if len(found.in_force) == 1 else "authorities"
        return f"{found.name}: designated under {number(len(found.in_force))} {word}"
    over = [name for names in ended(found).values() for name in names]
    if over:
        rest = f"; {joined(s.authority for s in found.uncertain)} not known" if found.uncertain else ""
        return f"{found.name}: no longer designated under {joined(over)}{rest}"
    if found.uncertain:
        return f"{found.name}: named, but the first day of effect is not known"
    return f"{found.name}: not designated on this day"


def _first(one: Standing) -> date | None:
    given = [d.effective or d.not_before or d.announced or d.signed for _, d in one.records]
    return min((d for d in given if d), default=None)


def _years(found: Dossier) -> tuple[date, date]:
    firsts = [first for s in found.standings if (first := _first(s))]
    start = min([*firsts, found.day])
    return date(start.year, 1, 1), date(found.day.year + 1, 1, 1)


def _at(day: date, years: tuple[date, date]) -> float:
    return round(100 * (day - years[0]).days / (years[1] - years[0]).days, 2)


def _span(one: Standing, years: tuple[date, date], day: date) -> Span | None:
    first = _first(one)
    if first is None or first > day:
        return None
    ended = max((d.ended for _, d in one.records if d.ended), default=None)
    last = min(ended, day) if ended else day
    sure = one.since is not None or any(d.effective for _, d in one.records)
    left = _at(first, years)
    words = f"{'from' if sure else 'first heard of'} {first}" + (f" to {ended}" if ended and ended <= day else "")
    return Span(left, max(_at(last, years) - left, 0.8), sure, words)


def _marks(years: tuple[date, date]) -> list[tuple[float, int]]:
    first, last = years[0].year, years[1].year
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100) if (last - first) / s <= 6)
    marked = range(first + (-first) % step, last, step)
    return [(_at(date(y, 1, 1), years), y) for y in marked]
