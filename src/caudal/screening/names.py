"""A name taken apart: folded tokens, the role of each, and what is known of the whole.

Roles come from `rigour` (legal forms, trade and place symbols, numbers) and from this room's own phrase file. Rewrites
here are of spelling only; how much a token is worth is decided by the population, not here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rigour.names import NameTypeTag, analyze_names

from caudal.screening.phrases import (
    CORE,
    DOMAIN,
    LEGAL,
    NUMBER,
    PARTICLE,
    PLACE,
    TITLE,
    TRADE,
    mark,
    plain_word,
    single_words,
)
from caudal.screening.repair import repair
from caudal.screening.text import clean, fold, open_up, tokens
from caudal.screening.wade import may_be, pinyin

PERSON, ORGANISATION, THING, UNKNOWN = 0, 1, 2, 3
"""Kinds of party: a person; a company or other body; a vessel or aircraft; not known."""

MAX_TOKENS = 16
"""Tokens of a name that take part; the rest of a longer name is left out."""

CUT_LENGTHS = frozenset({34, 35, 69, 70})
"""Lengths at which payment formats cut a name: 35 characters a line, or one less where a final space was lost."""

_KINDS = {
    "Person": PERSON,
    "Company": ORGANISATION,
    "Organization": ORGANISATION,
    "PublicBody": ORGANISATION,
    "Asset": THING,
    "Vessel": THING,
    "Airplane": THING,
    "Vehicle": THING,
}
_SURNAME_FIRST = re.compile(r"^\s*([^,]{2,60}),\s*\S")
_INITIALS = re.compile(r"\b([^\W\d_])\.(?=[^\W\d_]\.)")
_ABD = re.compile(r"^(?:abd(?:ul|el|al|oul|ol)|abdu)(\w{4,})$")
_ABD_ALONE = frozenset({"abdul", "abdel", "abdal", "abdoul", "abdol", "abdu"})
_FILIATION = {"ibn": "bin", "ben": "bin", "bint": "bin", "bte": "bin", "binti": "bin", "ould": "bin"}
_RIGOUR = {"SYMBOL": DOMAIN, "DOMAIN": DOMAIN, "LOC": PLACE, "ORGCLS": LEGAL}


@dataclass(frozen=True)
class ParsedName:
    """One name ready to compare.

    Attributes:
        raw: as written.
        tokens: folded tokens, at most MAX_TOKENS.
        roles: the role of each token (see `phrases`).
        surname: for each token whether the writing marks it as family name (`LAST, First`).
        cut: whether the last token may be cut off.
        remarks: what was odd about the writing, in words.
    """

    raw: str
    tokens: tuple[str, ...]
    roles: tuple[int, ...]
    surname: tuple[bool, ...]
    cut: bool = False
    remarks: tuple[str, ...] = ()


def kind_of(schema: str | None) -> int:
    """The kind of party a FollowTheMoney schema means; an unknown schema is an unknown kind."""
    return _KINDS.get(schema or "", UNKNOWN)


def surname_tokens(surnames: Iterable[str]) -> frozenset[str]:
    """The tokens of family names that are given apart from the whole name."""
    return frozenset(token for surname in surnames for token in _person(tokens(clean(surname).text))[0])


def parse(raw: str, kind: int, *, cuts: bool = False, surnames: frozenset[str] = frozenset()) -> ParsedName:
    """Take a name apart.

    Args:
        raw: the name as written; may be anything, also empty.
        kind: PERSON, ORGANISATION, THING or UNKNOWN.
        cuts: whether the name comes from payments, where names are cut at 35 characters.
        surnames: tokens known to be family names (see `surname_tokens`).
    """
    cleaned = clean(raw)
    text = cleaned.text
    cut = cuts and len(raw.rstrip()) in CUT_LENGTHS
    if kind == PERSON:
        text = _apart(pinyin(text))
        words, roles = _person(tokens(text))
        first = _surname_first(text)
        surname = [word in surnames if surnames else i < first for i, word in enumerate(words)]
        # Given names first, as people write them: matters where two parts are written together.
        words = words[first:] + words[:first]
        roles = roles[first:] + roles[:first]
        surname = surname[first:] + surname[:first]
    else:
        words, roles = _organisation(text, kind)
        if kind == UNKNOWN and not {LEGAL, TRADE, DOMAIN}.intersection(roles):
            words, roles = _person(tokens(_apart(pinyin(text))))
        surname = [False] * len(words)
    if cut and words and len(words[-1]) < 3 and roles[-1] == CORE:
        roles[-1] = PARTICLE
    if words and all(role > PLACE for role in roles):
        # Nothing distinctive was found, so nothing may be thrown away: a firm called "Trading" is called that.
        roles = [CORE if role == TITLE else role for role in roles]
    return ParsedName(
        raw,
        tuple(words[:MAX_TOKENS]),
        tuple(roles[:MAX_TOKENS]),
        tuple(surname[:MAX_TOKENS]),
        cut and bool(words) and len(words) <= MAX_TOKENS,
        cleaned.remarks,
    )


def _person(found: list[str]) -> tuple[list[str], list[int]]:
    titles, particles = single_words(TITLE), single_words(PARTICLE)
    words: list[str] = []
    roles: list[int] = []
    for word in found:
        if word in _ABD_ALONE:
            words.append("abd")
            roles.append(CORE)
        elif (match := _ABD.match(word)) and not match[1].startswith(("lah", "llah")):
            words += ["abd", match[1]]
            roles += [CORE, CORE]
        else:
            plain = _FILIATION.get(word, word)
            words.append(plain)
            # A single letter is an initial, but for the Spanish "and" between surnames.
            particle = plain in particles and (len(plain) > 1 or plain == "y")
            roles.append(PARTICLE if particle else TITLE if plain in titles else CORE)
    if CORE not in roles:
        roles = [CORE] * len(words)
    return words, roles


_SHORT_PLACES = {
    **dict.fromkeys(("us", "usa"), ("united", "states")),
    "uk": ("united", "kingdom"),
    "uae": ("united", "arab", "emirates"),
}
"""Places that are mostly given by their letters, as they are written out."""
_BESIDE = "qorvashani"
"""A made-up name, so that a word is read as one of several."""


def person_word(written: str) -> tuple[list[str], list[int]] | None:
    """Tokens and roles of one word of a person's name as it is read beside others; None where it holds a comma, or
    may be Wade-Giles, which only the whole name tells.

    A name without a comma is read word by word by `parse`; only where no word of it is distinctive all of them are.
    """
    text = clean(written).text
    if "," in text or may_be(text):
        return None
    words, roles = _person(tokens(f"{_apart(text)} {_BESIDE}"))
    return words[:-1], roles[:-1]


def _apart(text: str) -> str:
    """A person's name with the initials apart that were written together: `V. V.` of `V.V.`."""
    return _INITIALS.sub(r"\1. ", text) if "." in text else text


def _surname_first(text: str) -> int:
    """How many tokens stand before the comma of `LAST, First`; 0 where there is none."""
    match = _SURNAME_FIRST.match(text)
    return len(_person(tokens(match[1]))[0]) if match else 0


def _organisation(text: str, kind: int) -> tuple[list[str], list[int]]:
    """Tokens and roles of a company, vessel or unknown name, through rigour's tagger and then our phrases."""
    tag = NameTypeTag.OBJ if kind == THING else NameTypeTag.ORG
    analysed = analyze_names(tag, [open_up(text)], phonetics=False, consolidate=False)
    if not analysed:
        return (plain := tokens(text)), [CORE] * len(plain)
    name = next(iter(analysed))
    role_at: dict[int, int] = {}
    form_at: dict[int, str] = {}
    number_at: dict[int, tuple[str, int]] = {}
    for span in name.spans:
        category = span.symbol.category.value
        first = span.parts[0].index
        if category == "NUM":
            if first not in number_at or number_at[first][1] < len(span.parts):
                number_at[first] = (span.symbol.id, len(span.parts))
        elif (role := _RIGOUR.get(category)) is not None:
            for part in span.parts:
                role_at.setdefault(part.index, role)
                if role == LEGAL:
                    form_at[part.index] = span.symbol.id.casefold()
    words: list[str] = []
    roles: list[int] = []
    skip = 0
    for part in name.parts:
        if skip:
            skip -= 1
            continue
        if part.index in number_at:
            number, span_length = number_at[part.index]
            words.append(number)
            roles.append(NUMBER)
            skip = span_length - 1
            continue
        tag_name = part.tag.value
        role = LEGAL if tag_name == "LEGAL" else PARTICLE if tag_name == "STOP" else role_at.get(part.index, CORE)
        if role == PLACE and part.form in _SHORT_PLACES:
            words += _SHORT_PLACES[part.form]
            roles += [PLACE] * len(_SHORT_PLACES[part.form])
            continue
        for piece in fold(form_at[part.index] if role == LEGAL and part.index in form_at else part.form):
            words.append(piece if role == LEGAL else plain_word(piece))
            roles.append(role)
    mark(words, roles)
    repair(words, roles)
    if CORE not in roles and kind == THING:
        roles = [CORE if role in (DOMAIN, PLACE, TITLE) else role for role in roles]
    return words, roles
