"""Small facts about a name: its script, its folded form for look-up, its legal form."""

from __future__ import annotations

import re
import unicodedata

from rigour.text.scripts import text_scripts

_SCRIPT_CODES = {
    "Latin": "Latn",
    "Cyrillic": "Cyrl",
    "Arabic": "Arab",
    "Han": "Hani",
    "Hangul": "Hang",
    "Hebrew": "Hebr",
    "Greek": "Grek",
    "Armenian": "Armn",
    "Georgian": "Geor",
    "Thai": "Thai",
    "Myanmar": "Mymr",
    "Ethiopic": "Ethi",
    "Devanagari": "Deva",
    "Bengali": "Beng",
    "Katakana": "Kana",
    "Hiragana": "Hira",
    "Khmer": "Khmr",
    "Lao": "Laoo",
    "Tamil": "Taml",
    "Sinhala": "Sinh",
}
_JAPANESE = {"Han", "Katakana", "Hiragana"}


def script_of(text: str) -> str | None:
    """ISO 15924 code of the one script a name is written in; None where scripts mix or there are no letters."""
    if text.isascii():
        return "Latn" if any(map(str.isalpha, text)) else None
    found = set(text_scripts(text))
    if len(found) == 1:
        return _SCRIPT_CODES.get(found.pop())
    if found and found <= _JAPANESE:
        return "Jpan"
    return None


_GAPS = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """A name for look-up: no accents, no case, no punctuation, single spaces.

    Only accents are taken off; letters of other scripts stay as they are.
    """
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return _GAPS.sub(" ", text.replace("'", "").replace("’", "")).strip().casefold()


_FORM_WORDS = frozenset(
    """
    ltd ltda limited llc llp inc incorporated corp corporation company co gmbh ag kg bv nv sa sas sarl srl spa sl sc
    ooo oao zao pao ao jsc pjsc ojsc cjsc plc fze fzc fzco fz dmcc pte pty sdn bhd ab oy as aps kft doo ad eood ood
    sal joint stock shirkat sherkat holding holdings bank
    """.split()  # noqa: SIM905
)
_DOTTED = re.compile(r"\b(?:[A-Za-z]\.){2,}")


def has_legal_form(name: str) -> bool:
    """True where a name carries a company's legal form (Ltd, S.A., OOO...), so that it is a Company."""
    joined = _DOTTED.sub(lambda m: m.group().replace(".", "") + " ", name)
    words = fold(joined).split()
    return any(w in _FORM_WORDS for w in words[-4:]) or (bool(words) and words[0] in _FORM_WORDS)
