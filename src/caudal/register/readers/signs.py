"""Signs by which the content of a file tells its format."""

from __future__ import annotations

import re

_STATEMENT = re.compile(r'"(?:recordType|statementId|recordDetails)"\s*:')
_ENTITY = re.compile(r'"schema"\s*:\s*"[A-Z]')
_PROPERTIES = re.compile(r'"properties"\s*:\s*\{')
_CANADA = re.compile(r"publicsafety\.gc\.ca|securitepublique\.gc\.ca|listed (?:terrorist )?entities", re.IGNORECASE)


def json_kind(text: str) -> str | None:
    """`bods` or `ftm` for the beginning of JSON lines of that kind, or None."""
    line = text.partition("\n")[0]
    if len(_STATEMENT.findall(line)) >= 2:
        return "bods"
    return "ftm" if _ENTITY.search(line) and _PROPERTIES.search(line) else None


def is_canada(text: str) -> bool:
    """True for the beginning of Public Safety Canada's feed; other Atom feeds are no list."""
    return _CANADA.search(text) is not None
