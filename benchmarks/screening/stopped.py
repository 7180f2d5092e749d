"""Who gets stopped: alerts and questions per 1,000 people of no list, by name culture and in clean files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.screening import cultures
from benchmarks.screening.common import CLEAN_FILES, Setting, outcomes, parties, per_1000, table

from caudal.screening.commonness import commonness

WAYS = ("two names", "with birth date", "third name", "third name, birth date")


def rates(setting: Setting, names: Sequence[str], births: Sequence[str | None] | None = None) -> dict[str, float]:
    """Alerts and asks per 1,000 of names screened as one file."""
    came = list(outcomes(setting.individuals.match(parties(names, births=births))).values())
    return {
        "n": len(names),
        "alerts": per_1000(came.count("alert"), len(names)),
        "asks": per_1000(came.count("ask"), len(names)),
    }


def alone(setting: Setting, names: Sequence[str]) -> dict[str, float]:
    """Alerts and asks per 1,000 of names each screened with no other beside it."""
    came = [list(outcomes(setting.individuals.match(parties([name]))).values()) for name in names]
    return {
        "n": len(names),
        "alerts": per_1000(sum("alert" in c for c in came), len(names)),
        "asks": per_1000(sum("ask" in c and "alert" not in c for c in came), len(names)),
    }


def share_known(names: Sequence[str]) -> float:
    """Share of names whose every word the shipped tables of common names know."""
    return sum(all(commonness(word) > 0 for word in name.lower().split()) for name in names) / max(len(names), 1)


def clean(setting: Setting) -> dict[str, Any]:
    """Clean people, with and without their birth dates."""
    result: dict[str, Any] = {}
    lines = []
    for file in CLEAN_FILES:
        rows = setting.clean_people(file)
        names = [row["full_name"] for row in rows]
        for what, births in (("names only", None), ("with birth dates", [row["date_of_birth"] for row in rows])):
            found = rates(setting, names, births)
            result[f"{file.removesuffix('.csv')}, {what}"] = found
            lines.append((f"{file} {what}", len(names), f"{found['alerts']:.2f}", f"{found['asks']:.2f}"))
    table("clean, unlisted people against OFAC's individuals, per 1,000", ("file", "n", "alerts", "asks"), lines)
    return result


def by_culture(setting: Setting, alone_of: int) -> dict[str, Any]:
    """The culture sets, in one file and alone, with two names, a third and a birth date."""
    result: dict[str, Any] = {}
    for which in ("common", "further"):
        lines = []
        part: dict[str, Any] = {}
        for culture in cultures.CULTURES:
            people = cultures.people(culture, which, setting.half)
            names = cultures.written(people)
            longer = [cultures.third(culture, person, which, setting.half) for person in people]
            births = [cultures.born(culture, person) for person in people]
            part[culture] = found = {
                "known": share_known(names),
                "third": cultures.CULTURES[culture].third,
                WAYS[0]: rates(setting, names),
                WAYS[1]: rates(setting, names, births),
                WAYS[2]: rates(setting, longer),
                WAYS[3]: rates(setting, longer, births),
                "alone": alone(setting, names[:alone_of]),
            }
            cells = [f"{found[way][key]:.1f}" for way in (*WAYS[:3], "alone") for key in ("alerts", "asks")]
            lines.append((culture, len(names), f"{found['known']:.2f}", *cells))
        for way in (*WAYS, "alone"):
            base = part["Anglo"][way]["alerts"]
            for culture in part:
                part[culture][way]["ratio to Anglo"] = ratio(
                    part[culture][way]["alerts"], base, part["Anglo"][way]["n"]
                )
        head = (
            "culture",
            "n",
            "known",
            "alerts",
            "asks",
            "birth: al.",
            "asks",
            "third: al.",
            "asks",
            f"alone ({alone_of}): al.",
            "asks",
        )
        table(f"{which} names of each culture against OFAC's individuals, per 1,000 ({setting.half} half)", head, lines)
        worst = max(part, key=lambda c: part[c][WAYS[0]]["alerts"])
        rate = {culture: part[culture][WAYS[0]]["alerts"] for culture in part}
        times = part["Hispanic"][WAYS[0]]["ratio to Anglo"]
        print(
            f"  alerts on two names: Hispanic {rate['Hispanic']:.1f}, Anglo {rate['Anglo']:.1f} ({times:.1f} times); "
            f"most: {worst} {rate[worst]:.1f}"
        )
        result[which] = part
    return result


def ratio(rate: float, base: float, n: int) -> float:
    """A rate as a multiple of another; where the other is nil, of the half person it may as well be."""
    return rate / max(base, per_1000(0.5, n)) if rate else 0.0


def run(setting: Setting) -> dict[str, Any]:
    """Clean people only."""
    return clean(setting)
