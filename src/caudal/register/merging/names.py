"""Full names written alike, and whether two entities' names agree at all."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from rapidfuzz import fuzz

from caudal.register.entry import Name
from caudal.register.naming import fold

_FORMS = frozenset(
    """
    ltd ltda limited llc llp inc incorporated corp corporation company co gmbh ag kg bv nv sa sas sarl srl spa sl ooo
    oao zao pao ao jsc pjsc ojsc cjsc plc fze fzc fzco fz dmcc pte pty sdn bhd as doo ad joint stock liability the of
    and public private closed open
    """.split()  # noqa: SIM905
)
_DOTTED = re.compile(r"\b(?:\w\.){2,}")
_ALIKE = 75
"""Letters two spellings of one word have in common, in percent: Mohammed and Muhammad."""
Key = tuple[str, ...]


def person_key(name: str) -> Key | None:
    """A person's full name with its words in order of the alphabet, for lists turn them round; None for one word."""
    words = fold(name).split()
    return tuple(sorted(words)) if len(words) >= 2 and any(len(w) > 2 for w in words) else None


def body_key(name: str) -> Key | None:
    """A body's name without its legal form; None where nothing telling is left."""
    joined = _DOTTED.sub(lambda m: m.group().replace(".", "") + " ", name)
    words = tuple(w for w in fold(joined).split() if w not in _FORMS)
    return words if sum(map(len, words)) >= 5 else None


def words_of(names: Iterable[Name]) -> set[str]:
    """Every word of three letters or more in any of the names."""
    return {w for n in names for w in fold(n.name).split() if len(w) >= 3 and w not in _FORMS}


def agree(one: set[str], two: set[str]) -> bool:
    """True where some word is in both, or nearly so; names without a common script cannot disagree."""
    if one & two:
        return True
    scripts_one, scripts_two = ({_script(w) for w in words} for words in (one, two))
    if not scripts_one & scripts_two:
        return True
    return any(fuzz.ratio(a, b) >= _ALIKE for a in one for b in two if len(a) >= 4 and len(b) >= 4)


def _script(word: str) -> str:
    first = next((c for c in word if c.isalpha()), "")
    return "Latin" if first.isascii() else unicodedata.name(first, "?").split()[0].title()
