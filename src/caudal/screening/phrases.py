"""Words and phrases that tell what kind of thing a name names, read from the data files of this room."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

# What a token does in a name. Order matters: where two sides disagree, the larger number (the weaker role) counts.
CORE = 0
"""A token that tells this party from others."""
NUMBER = 1
"""A number: agreement says something, another number speaks against."""
DOMAIN = 2
"""A line of business or kind of body: bank, ministry, textile."""
PLACE = 3
"""A country, city, region or point of the compass."""
TRADE = 4
"""Trade boilerplate: import export, trading, holding."""
TITLE = 5
"""A title or form of address."""
LEGAL = 6
"""A legal form."""
PARTICLE = 7
"""An article, preposition or filiation particle."""

ROLE_WORDS = ("name", "number", "line of business", "place", "trade phrase", "title", "legal form", "particle")

_SECTIONS = {"legal": LEGAL, "trade": TRADE, "domain": DOMAIN, "place": PLACE, "title": TITLE, "particle": PARTICLE}


def _lines(name: str) -> list[str]:
    text = (files("caudal.screening") / "data" / name).read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


@cache
def phrases() -> dict[str, list[tuple[tuple[str, ...], int]]]:
    """Known phrases by first token, longest first: (tokens, role). The first section that lists a phrase decides."""
    found: dict[tuple[str, ...], int] = {}
    role = LEGAL
    for line in _lines("boilerplate.txt"):
        if line.startswith("["):
            role = _SECTIONS[line.strip("[]")]
            continue
        for phrase in line.split(";"):
            if words := tuple(phrase.split()):
                found.setdefault(words, role)
    by_first: dict[str, list[tuple[tuple[str, ...], int]]] = {}
    for words, role in found.items():
        by_first.setdefault(words[0], []).append((words, role))
    for options in by_first.values():
        options.sort(key=lambda option: -len(option[0]))
    return by_first


@cache
def single_words(role: int) -> frozenset[str]:
    """The one-word phrases of a role."""
    return frozenset(
        words[0] for options in phrases().values() for words, r in options if len(words) == 1 and r == role
    )


@cache
def common_names() -> dict[str, float]:
    """Share of people, or of firms, that bear each common name or word, as the built-in prior states it."""
    return {**_tiers("common_words.txt"), **common_people()}


@cache
def common_people() -> dict[str, float]:
    """Share of people, anywhere, that bear each common personal name."""
    return _tiers("common_names.txt")


@cache
def _synonyms() -> dict[str, str]:
    return {other: words[0] for line in _lines("synonyms.txt") if (words := line.split()) for other in words[1:]}


def plain_word(word: str) -> str:
    """A word of firms' names as it is read: in one language, in full, of one number (`banco` is `bank`)."""
    return _synonyms().get(word, word)


def _tiers(file: str) -> dict[str, float]:
    shares: dict[str, float] = {}
    share = 0.0
    for line in _lines(file):
        if line.startswith("1/"):
            share = 1 / int(line[2:])
            continue
        for name in line.split():
            for part in name.split("-"):
                shares[part] = max(share, shares.get(part, 0.0))
    return shares


def mark(tokens: list[str], roles: list[int]) -> None:
    """Give every token of a known phrase its role, longest phrase first, in place; other roles stay as they are."""
    table = phrases()
    i = 0
    while i < len(tokens):
        for words, role in table.get(tokens[i], ()):
            n = len(words)
            if n == 1 or tuple(tokens[i : i + n]) == words:
                roles[i : i + n] = [role] * n
                i += n
                break
        else:
            i += 1
