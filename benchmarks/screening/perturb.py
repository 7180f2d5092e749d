"""Names written otherwise: a seeded generator of the ways a listed name reaches a payment or a customer file.

    python -m benchmarks.screening.perturb NAMES.csv OUT.csv [--column name] [--schema Person] [--seed N]

NAMES.csv has a column of names (and, where there is one, `schema`); OUT.csv gets `row` (of NAMES.csv, from 0), `kind`,
`name`, `written`. Every line depends on the seed, the kind and the name alone, not on the other names, so that two
people with one list get one file, and another matcher can be measured on it.
"""

from __future__ import annotations

import argparse
import csv
import random
import re
import string
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.screening import romanise

SEED = 20260819
Words = list[str]
Change = Callable[[Words, random.Random, bool], Words | None]

PEOPLE_WORDS = (
    "Junior", "Martin", "Viktor", "Ahmad", "Lee", "Maria", "Ali", "Ivan", "Hassan", "Jose", "Daniel", "Omar", "Anna",
    "Nicolas", "Khan", "Petrov", "Garcia", "Amin",
)  # fmt: skip
BODY_WORDS = (
    "Group", "International", "Trading", "Holding", "Services", "Branch", "General", "Global", "Company", "Limited",
    "Import", "Export", "East",
)  # fmt: skip
LEGAL = (
    ("limited", "ltd"), ("company", "co"), ("corporation", "corp"), ("incorporated", "inc"), ("llc", "l.l.c."),
    ("ooo", "llc"), ("oao", "jsc"), ("ojsc", "jsc"), ("zao", "cjsc"), ("s.a.", "sa"), ("gmbh", "g.m.b.h."),
    ("s.r.l.", "srl"), ("fze", "free zone establishment"), ("jsc", "joint stock company"), ("sarl", "s.a.r.l."),
)  # fmt: skip


def _typo(words: Words, rng: random.Random, count: int) -> Words | None:
    out = list(words)
    for _ in range(count):
        long = [i for i, word in enumerate(out) if len(word) >= 4]
        long = long or [i for i, word in enumerate(out) if len(word) == 3]
        if not long:
            return None
        at = rng.choice(long)
        before = out[at]
        while out[at] == before:
            out[at] = _slip(before, rng)
    return None if out == words else out


def _slip(word: str, rng: random.Random) -> str:
    """One letter left out, put in, swapped with the next or replaced; never the first."""
    at = rng.randrange(1, len(word) - 1)
    how = rng.choice(("drop", "add", "swap", "replace"))
    letter = rng.choice(string.ascii_lowercase)
    letter = letter.upper() if word.isupper() else letter
    if how == "drop":
        return word[:at] + word[at + 1 :]
    if how == "add":
        return word[:at] + letter + word[at:]
    if how == "swap":
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + letter + word[at + 1 :]


def _order(words: Words, rng: random.Random, person: bool) -> Words | None:
    if len(words) < 2:
        return None
    how = rng.choice(("first last", "last first", "any"))
    if how == "first last":
        out = [*words[1:], words[0]]
    elif how == "last first":
        out = [words[-1] + ("," if person and rng.random() < 0.3 else ""), *words[:-1]]
    else:
        out = rng.sample(words, len(words))
    return None if out == words else out


def _dropped(words: Words, rng: random.Random, _: bool) -> Words | None:
    if len(words) < 3:
        return None
    at = rng.randrange(len(words))
    return words[:at] + words[at + 1 :]


def _added(words: Words, rng: random.Random, person: bool) -> Words:
    more = rng.choice(PEOPLE_WORDS if person else BODY_WORDS)
    at = rng.choice((len(words), len(words), 1))
    return [*words[:at], more, *words[at:]]


def _joined(words: Words, rng: random.Random, _: bool) -> Words | None:
    if len(words) < 2:
        return None
    at = rng.randrange(len(words) - 1)
    return [*words[:at], words[at] + words[at + 1].lower(), *words[at + 2 :]]


def _split(words: Words, rng: random.Random, _: bool) -> Words | None:
    long = [i for i, word in enumerate(words) if len(word) >= 6 and word.isalpha()]
    if not long:
        return None
    at = rng.choice(long)
    cut = rng.randrange(3, len(words[at]) - 2)
    return [*words[:at], words[at][:cut], words[at][cut:].capitalize(), *words[at + 1 :]]


def _initials(words: Words, rng: random.Random, person: bool) -> Words | None:
    """One name but the last by its initial, where three or more are given: two words alone would leave nothing."""
    able = [i for i, word in enumerate(words[:-1]) if len(word) >= 3 and word.isalpha()]
    if not person or len(words) < 3 or not able:
        return None
    at = rng.choice(able)
    return [*words[:at], words[at][0] + rng.choice(("", ".")), *words[at + 1 :]]


def _legal(words: Words, rng: random.Random, person: bool) -> Words | None:
    """A firm's legal form written otherwise, or left out."""
    if person:
        return None
    for i, word in enumerate(words):
        low = word.lower().strip(",")
        others = [b if low == a else a for a, b in LEGAL if low in (a, b)]
        if others:
            other = rng.choice([*others, ""])
            return (
                [*words[:i], *([other.upper()] if other else []), *words[i + 1 :]] if len(words) > 2 or other else None
            )
    return None


KINDS: dict[str, Change] = {
    "exact": lambda words, _rng, _person: list(words),
    "one typo": lambda words, rng, _person: _typo(words, rng, 1),
    "two typos": lambda words, rng, _person: _typo(words, rng, 2),
    "transliteration": lambda words, rng, person: romanise.respelled(words, rng) if person else None,
    "order": _order,
    "dropped token": _dropped,
    "added token": _added,
    "joined token": _joined,
    "split token": _split,
    "Cyrillic": lambda words, _rng, person: romanise.cyrillic(words) if person else None,
    "initials": _initials,
    "legal form": _legal,
}
"""How a name may be written: (words, random generator, whether a person) to other words; None where it does not fit."""
CONTRACT = (
    "exact", "one typo", "two typos", "transliteration", "order", "dropped token", "added token", "joined token",
    "Cyrillic",
)  # fmt: skip
"""The kinds the aim is set for; the others are reported beside."""


def words_of(name: str) -> Words:
    """The words of a name as listed: commas away."""
    return re.sub(r"[,\s]+", " ", name).split()


def written(name: str, kind: str, *, person: bool = True, seed: int | str = SEED) -> str | None:
    """A name written otherwise, the same for the same seed, kind and name; None where the kind does not fit it."""
    rng = random.Random(f"{seed}|{kind}|{name}")  # noqa: S311
    words = words_of(name)
    made = KINDS[kind](words, rng, person) if words else None
    return None if made is None else " ".join(made)


def all_written(name: str, *, person: bool = True, seed: int | str = SEED) -> Iterator[tuple[str, str]]:
    """(kind, name written otherwise) for every kind that fits."""
    for kind in KINDS:
        made = written(name, kind, person=person, seed=seed)
        if made is not None:
            yield kind, made


def main() -> None:
    """Write the variants of a file of names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--column", default="name")
    parser.add_argument("--schema", default="Person", help="where the file has no column `schema`")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    with (
        options.names.open(encoding="utf-8", newline="") as source,
        options.out.open("w", encoding="utf-8", newline="") as out,
    ):
        lines = csv.writer(out)
        lines.writerow(("row", "kind", "name", "written"))
        for i, row in enumerate(csv.DictReader(source)):
            name = row[options.column]
            person = (row.get("schema") or options.schema) == "Person"
            lines.writerows((i, kind, name, made) for kind, made in all_written(name, person=person, seed=options.seed))


if __name__ == "__main__":
    main()
