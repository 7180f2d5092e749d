"""Numbers that tell entities apart: which there are, how they are written alike, where each is valid."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

UN = "UN reference"
EU = "EU reference"
OFSI = "OFSI group"
REFERENCES = frozenset({UN, EU, OFSI})
"""Numbers that one list gives an entry and others repeat."""
WORLDWIDE = frozenset({*REFERENCES, "imoNumber", "leiCode", "uscCode", "ogrnCode", "dunsCode"})
"""Numbers given once in the world; an entity has one of each, so two different ones contradict."""
NATIONAL = frozenset(
    {
        *("passportNumber", "idNumber", "socialSecurityNumber", "taxNumber", "vatCode", "innCode", "okpoCode"),
        *("registrationNumber", "serialNumber"),
    }
)
"""Numbers that mean something in one country, and that lists file under different labels."""
SHORTEST = 6
FEWEST_DIGITS = 4
"""A national number with fewer signs or digits is no identity."""

_NOTED = re.compile(
    r"(?:(?:UN|United Nations|EU|UK|OFSI|OFSI/UK)\s+)?(?:reference|group id|ofsi group id)(?: number)?:?\s+(\S+)$",
    re.IGNORECASE,
)
_SHAPES = (
    (UN, re.compile(r"([A-Z]{2,3}[ie]\.\d{3})$")),
    (EU, re.compile(r"(EU\.\d+\.\d+)$")),
)
_OFSI = re.compile(r"(?:OFSI )?group id:?\s+(\d{3,6})$", re.IGNORECASE)
_LABEL = re.compile(r"^(?:[^\W\d]{3,}[\s.:#]+)+(?=\S*\d)")
"""Words before a number, such as `Qatari passport number`."""
_IMO = re.compile(r"(?:IMO)?(\d{7})$")


def plain(number: str) -> str:
    """A number without spaces, dashes and case; digits of any script as 0 to 9."""
    signs = []
    for sign in unicodedata.normalize("NFKC", number).upper():
        digit = unicodedata.digit(sign, None)
        if digit is not None:
            signs.append(str(digit))
        elif sign.isalnum():
            signs.append(sign)
    return "".join(signs)


def identifiers(entity_id: str, properties: Mapping[str, Sequence[str]]) -> dict[str, set[str]]:
    """Kind to the entity's numbers of it, written alike; those too short to tell anybody apart are left out.

    References of other lists are taken from notes that are nothing but the reference (`Reference number QDi.001`), not
    from prose, where they name somebody else.
    """
    found: dict[str, set[str]] = {}
    for kind in WORLDWIDE | NATIONAL:
        for value in properties.get(kind, ()):
            number = plain(value)
            if kind == "imoNumber":
                imo = _IMO.match(number)
                number = imo[1] if imo else ""
            if not number or (kind in NATIONAL and not _telling(number)):
                continue
            found.setdefault(kind, set()).add(number)
            bare = plain(_LABEL.sub("", value)) if kind in NATIONAL else ""
            if bare and _telling(bare):
                found[kind].add(bare)
    for note in properties.get("notes", ()):
        group = _OFSI.match(note)
        noted = _NOTED.match(note)
        if group:
            found.setdefault(OFSI, set()).add(group[1])
        elif noted:
            _reference(noted[1], found)
    _reference(entity_id.removeprefix("eu-"), found)
    return found


def _reference(text: str, found: dict[str, set[str]]) -> None:
    for kind, shape in _SHAPES:
        match = shape.match(text.strip(".,;"))
        if match:
            found.setdefault(kind, set()).add(match[1])


def _telling(number: str) -> bool:
    digits = [c for c in number if c.isdigit()]
    return len(number) >= SHORTEST and len(digits) >= FEWEST_DIGITS and len(set(number)) > 2
