"""From a name as somebody typed it to folded ASCII tokens, with what was odd about the writing noted."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from rigour.names import tokenize_name
from rigour.text.translit import ascii_text

LONGEST = 400
"""Characters of a name that are read; anything longer is no name and is flagged."""

CONTROL = "control characters removed"
MARKS = "hidden direction or zero-width marks removed"
HOMOGLYPHS = "letters of another script that look alike were used inside a word"
INSIDE = "hidden direction or zero-width marks stand inside a word"
TOO_LONG = f"only the first {LONGEST} characters were read"

# Cyrillic and Greek letters that look Latin in most fonts (the plain ones among Unicode's confusables).
_LOOKALIKE = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u051b\u051d\u0432\u043a\u043c\u043d\u0442\u0433"
    "\u03b1\u03bf\u03c1\u03bd\u03b9\u03ba\u03c4\u03c5\u03c7\u03b2\u03b5\u03b7\u03bc",
    "aeopcyxijshdqwbkmhtraopviktuxbenm",
)
_LOOKALIKE_UPPER = str.maketrans(
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0406\u0408\u0405"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7",
    "ABEKMHOPCTYXIJSABEZHIKMNOPTYX",
)
# The same of Armenian, Cherokee and Lisu.
_OTHER_ALIKE = str.maketrans(
    "\u0585\u057d\u0578\u0570\u0566\u0581\u0575\u0555\u054d\u054f"
    "\u13aa\u13ac\u13a1\u13a2\u13b3\u13b7\u13c0\u13bb\u13c3\u13da\u13de\u13df\u13e2\u13e6\u13f4\u13d9\u13ab\u13a0"
    "\ua4d0\ua4d1\ua4d3\ua4d4\ua4d6\ua4d7\ua4d9\ua4da\ua4dc\ua4dd\ua4df\ua4e0\ua4e1\ua4e2\ua4e3\ua4e6\ua4e7\ua4ea"
    "\ua4eb\ua4ec\ua4ee\ua4f0\ua4f2\ua4f3\ua4f4",
    "ounhqgjOUSAERTWMGHZSLCPKBVJDBPDTGKJCZFMNLSRVHWXYAEIOU",
)
_ALIKE = {**_OTHER_ALIKE, **_LOOKALIKE_UPPER, **_LOOKALIKE}
"""Letter of another script to the Latin one it looks like."""
_CYRILLIC = {latin: other for other, latin in _ALIKE.items() if 0x400 <= other <= 0x52F}
"""The other way: Latin letters that stand in a Cyrillic word."""
_MARKS = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ufffd\ud800-\udfff]+")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_OTHER = re.compile("[\u0370-\u03ff\u0400-\u052f\u0530-\u058f\u13a0-\u13ff\ua4d0-\ua4ff]")
_INSIDE = re.compile("(?<=\\w)[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]+(?=\\w)")
_JOINED = re.compile("[\u0590-\u08ff\u0900-\u0dff]")
"""Scripts whose spelling needs joiners and direction marks."""
_GLUED_DOT = re.compile(r"\.(?=\w{2})|(?<=\w\w)\.")
_BREAKS = re.compile(r"[,;:+/\\|()\[\]{}<>\"=*#_]")
_KEEP = re.compile("[^a-z0-9]+")


@dataclass(frozen=True)
class Cleaned:
    """A text ready for tokenising, and remarks on its writing in words (empty for nearly every name)."""

    text: str
    remarks: tuple[str, ...] = ()


def clean(raw: str, longest: int = LONGEST) -> Cleaned:
    """Remove what cannot be part of a name and undo look-alike letters.

    A word that mixes Latin with Cyrillic or Greek letters is read as Latin: the mixing is how a name is made to slip
    past a filter, so it is undone and remarked on. Whole words in another script are left for transliteration.
    """
    if raw.isascii() and raw.isprintable() and len(raw) <= longest:
        return Cleaned(raw)
    remarks = []
    text = raw
    if len(text) > longest:
        text = text[:longest]
        remarks.append(TOO_LONG)
    if _CONTROL.search(text):
        if _CONTROL.search(text.strip()):
            remarks.append(CONTROL)
        text = _CONTROL.sub(" ", text)
    if _MARKS.search(text):
        text = _MARKS.sub("", text)
        remarks.append(MARKS)
    if text.isascii():
        return Cleaned(text, tuple(remarks))
    text = unicodedata.normalize("NFKC", text)
    if _LATIN.search(text) and _OTHER.search(text):
        words = [_unmask(word) for word in text.split(" ")]
        unmasked = " ".join(words)
        if unmasked != text:
            remarks.append(HOMOGLYPHS)
            text = unmasked
    return Cleaned(text, tuple(remarks))


def _unmask(word: str) -> str:
    """A word in one script, where look-alike letters of another stand in it."""
    if not (_LATIN.search(word) and _OTHER.search(word)):
        return word
    foreign = [sign for sign in word if _OTHER.match(sign)]
    latin = [sign for sign in word if _LATIN.match(sign)]
    if any(ord(sign) not in _ALIKE for sign in foreign) and all(ord(sign) in _CYRILLIC for sign in latin):
        return word.translate(_CYRILLIC)
    return word.translate(_ALIKE)


@lru_cache(maxsize=1 << 16)
def disguise(raw: str) -> str:
    """How a name is written so that it looks like another to people and to filters, in words; empty for nearly all.

    A name wholly in another script is no disguise; neither is a word of it beside Latin ones.
    """
    if raw.isascii():
        return ""
    text = unicodedata.normalize("NFKC", _CONTROL.sub(" ", raw[:LONGEST]))
    if _INSIDE.search(text) and not _JOINED.search(text):
        return INSIDE
    bare = _MARKS.sub("", text)
    for word in bare.split(" "):
        unmasked = _unmask(word)
        if unmasked != word and (unmasked.isascii() or not _LATIN.search(unmasked)):
            return HOMOGLYPHS
    return ""


def open_up(text: str) -> str:
    """Put spaces where a typist left none: `IMP.EXP.CO.,LTD` and `T.YUSUPOV`, while `S.A.` and `B.V.` stay whole."""
    if "." in text:
        text = _GLUED_DOT.sub(". ", text)
    return _BREAKS.sub(" ", text)


DZH = ("dzh", "j")
"""How Cyrillic writes the sound of a Latin `j`, and what is made of it."""


_AYN = str.maketrans({"\u0639": "a", "\u0621": None, "\u0629": "\u0647"})
"""Arabic letters that transliteration gives no Latin one for, or another than names are written with: ayn, hamza, and
the feminine ending."""
_ARTICLE = "\u0627\u0644"
_VOWELLED = re.compile("[\u064b-\u065f\u0670\u0640]")
"""Signs of Arabic that are written or left out: vowels, doubling, the lengthened line."""
_ARABIC = re.compile("[\u0620-\u064a\u0671-\u06d3]")


@lru_cache(maxsize=1 << 18)
def fold(token: str) -> tuple[str, ...]:
    """A token in plain lower-case ASCII; several where its script has no spaces of its own (Han to pinyin), or where
    the Arabic article stands before the name.

    A script that cannot be transliterated keeps its own letters, so that equal spellings still agree.
    """
    if token.isascii():
        plain = _KEEP.sub("", token).replace(*DZH)
        return (plain,) if plain else ()
    if _ARABIC.search(token):
        token = _VOWELLED.sub("", token)
        if token.startswith(_ARTICLE) and len(token) >= 5:
            return ("al", *fold(token[2:]))
        token = token.translate(_AYN) or token
        if token.isascii():
            return fold(token)
    latin = ascii_text(token).casefold().replace(*DZH)
    if "?" in latin or not latin.strip():
        return (token,)
    return tuple(part for piece in latin.split() if (part := _KEEP.sub("", piece)))


def tokens(text: str) -> list[str]:
    """Folded tokens of a cleaned text, in order."""
    found: list[str] = []
    for token in tokenize_name(open_up(text).casefold()):
        found.extend(fold(token))
    return found
