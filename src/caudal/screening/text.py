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
HOMOGLYPHS = "letters of another script that look like Latin ones were used inside a Latin word"
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
_MARKS = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ufffd\ud800-\udfff]+")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_OTHER = re.compile("[\u0370-\u03ff\u0400-\u052f]")
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
    if _LATIN.search(word) and _OTHER.search(word):
        return word.translate(_LOOKALIKE_UPPER).translate(_LOOKALIKE)
    return word


def open_up(text: str) -> str:
    """Put spaces where a typist left none: `IMP.EXP.CO.,LTD` and `T.YUSUPOV`, while `S.A.` and `B.V.` stay whole."""
    if "." in text:
        text = _GLUED_DOT.sub(". ", text)
    return _BREAKS.sub(" ", text)


@lru_cache(maxsize=1 << 18)
def fold(token: str) -> tuple[str, ...]:
    """A token in plain lower-case ASCII; several where its script has no spaces of its own (Han to pinyin).

    A script that cannot be transliterated keeps its own letters, so that equal spellings still agree.
    """
    if token.isascii():
        plain = _KEEP.sub("", token)
        return (plain,) if plain else ()
    latin = ascii_text(token).casefold()
    if "?" in latin or not latin.strip():
        return (token,)
    return tuple(part for piece in latin.split() if (part := _KEEP.sub("", piece)))


def tokens(text: str) -> list[str]:
    """Folded tokens of a cleaned text, in order."""
    found: list[str] = []
    for token in tokenize_name(open_up(text).casefold()):
        found.extend(fold(token))
    return found
