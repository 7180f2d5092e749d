"""Text as the words that are searched: no case, no accents, no punctuation."""

from __future__ import annotations

import re

from caudal.register.naming import fold

GAP = "\ue000"
"""A word that nobody asks for; it stands between values, so that a phrase never runs over their border."""
_LETTERS = str.maketrans({
    "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "æ": "ae",
    "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ı": "i", "ħ": "h", "Ħ": "H", GAP: " ",
})  # fmt: skip
_ALONE = re.compile(r"([\u3040-\u309f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")
"""Signs that are words of their own: Han and Hiragana are written without spaces."""


def folded(text: str) -> str:
    """The words of a text with single spaces between them."""
    if text.isascii():
        return fold(text)
    return " ".join(_ALONE.sub(r" \1 ", fold(text.translate(_LETTERS))).split())


def words(text: str) -> list[str]:
    """The words of a text, in order."""
    return folded(text).split()
