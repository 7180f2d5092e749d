"""Aliases written as one line of free text, parted with care.

A comma parts two names only outside brackets and quotation marks, and not before what belongs to the name before it
(`Ltd`, `Jr.`). Words that introduce (`also known as`, `formerly`) are taken off, and tell the kind of name.
"""

from __future__ import annotations

import re

from caudal.register.countries import country_code
from caudal.register.entry import NameKind
from caudal.register.naming import script_of

_OPEN = {"(": ")", "[": "]", "“": "”", "«": "»"}
_LEAD = re.compile(
    r"^(?:(?:or|and)\s+)?(?:also\s+(?:known|called|referred\s+to|spelled|operating)\s+as|also|a\.?k\.?a\.?|alias(?:es)?"
    r"|known\s+as|including|or|and)\s*:?\s+(?=\S)",
    re.IGNORECASE,
)
_FORMER = re.compile(
    r"^(?:(?:and|or)\s+)?(?:formerly(?:\s+known\s+as)?|previously(?:\s+known\s+as)?|f\.?k\.?a\.?)\s*:?\s+",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"(?:ltd|ltda|limited|inc|llc|llp|corp|co|gmbh|plc|s\.?a\.?|s\.?l\.?|jr|sr|ii|iii|iv)\.?$", re.IGNORECASE
)
_BRACKETED = re.compile(r"^(.*\S)\s*\(([^()]{1,60})\)$")
_LANGUAGE = re.compile(
    r"^(?:in\s+)?(?:arabic|spanish|french|english|persian|farsi|turkish|kurdish|urdu|somali|hebrew|tamil|punjabi|pashto"
    r"|german|portuguese|russian|creole)(?:\s+(?:name|script|acronym))?\s*:\s*",
    re.IGNORECASE,
)
MAX_NAME = 200
"""A part longer than this is prose, not a name."""


def split_names(text: str) -> list[str]:
    """The parts between commas and semicolons that stand outside brackets and quotation marks.

    A bracket that is never closed holds nothing together: it counts as a plain sign.
    """
    parts, start, at = [], 0, 0
    while at < len(text):
        sign = text[at]
        if sign in _OPEN or sign == '"':
            close = text.find(_OPEN.get(sign, '"'), at + 1)
            at = close if close > 0 else at
        elif sign == ";" or (sign == "," and not text[at + 1 : at + 2].isdigit()):
            parts.append(text[start:at])
            start = at + 1
        at += 1
    parts.append(text[start:])
    joined: list[str] = []
    for part in (p.strip() for p in parts):
        if joined and _TAIL.fullmatch(part):
            joined[-1] += f", {part}"
        elif part:
            joined.append(part)
    return joined


def aliases_in(text: str) -> list[tuple[str, NameKind]]:
    """The names in a line of aliases, each once, with its kind; what is no name is left out."""
    found: dict[str, NameKind] = {}
    for part in split_names(text.removesuffix(".") if not _TAIL.search(text) else text):
        former = _FORMER.match(part)
        name = part[former.end() :] if former else _LEAD.sub("", part)
        name = _bare(_LANGUAGE.sub("", name))
        name, inner = bracketed(name)
        inner_former = _FORMER.match(inner)
        inner = _LEAD.sub("", inner[inner_former.end() :] if inner_former else inner)
        if country_code(inner) or (inner.isascii() and inner == inner.lower()):
            inner = ""  # a place or a remark, no name
        for each, is_former in ((name, former), (inner, inner_former or former)):
            clean = _bare(_LANGUAGE.sub("", each))
            if len(clean) <= MAX_NAME and any(map(str.isalnum, clean)):
                other = script_of(clean) not in {"Latn", None}
                found.setdefault(clean, "former" if is_former else "original script" if other else "alias")
    return list(found.items())


def bracketed(name: str) -> tuple[str, str]:
    """A name and the short form or other name in brackets after it; empty where there is none."""
    found = _BRACKETED.match(name)
    return (found[1].strip(), found[2].strip()) if found else (name.strip(), "")


def _bare(name: str) -> str:
    """A name without the quotation marks around it."""
    name = name.strip()
    pairs = {'"': '"', "“": "”", "‘": "’", "«": "»", "'": "'"}
    if len(name) > 2 and pairs.get(name[0]) == name[-1] and name[0] not in name[1:-1]:
        name = name[1:-1].strip()
    return name
