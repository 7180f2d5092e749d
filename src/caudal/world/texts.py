"""Payment texts, each kept once; transfers carry its number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.world.countries import COUNTRIES
from caudal.world.names import words
from caudal.world.streams import Ints

MONTHS = {
    "es": words("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
    "en": words("January February March April May June July August September October November December"),
    "pt": words("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"),
}
LANGUAGES = ("es", "en", "pt")
LANGUAGE_OF: Ints = np.array([LANGUAGES.index(c.language) for c in COUNTRIES])
"""The language of payment texts in each country."""


class Texts:
    """All payment texts of a world, in order of number; number 0 is an empty text."""

    def __init__(self) -> None:
        self._chunks: list[pa.Array] = [pa.array([None], pa.string())]
        self._count = 1
        self._known: dict[str, int] = {}

    def _append(self, texts: pa.Array) -> int:
        first = self._count
        self._chunks.append(texts)
        self._count += len(texts)
        return first

    def one(self, text: str) -> int:
        """The number of one text."""
        if text not in self._known:
            self._known[text] = self._append(pa.array([text], pa.string()))
        return self._known[text]

    def some(self, texts: Sequence[str]) -> Ints:
        """The numbers of several texts."""
        return np.array([self.one(t) for t in texts], dtype=np.int64)

    def spoken(self, spanish: str, english: str, portuguese: str) -> Ints:
        """The numbers of a text in each language; shape (3,)."""
        return self.some([spanish, english, portuguese])

    def by_month(self, spanish: str, english: str, portuguese: str) -> Ints:
        """The numbers of a text followed by the month's name; shape (3, 12)."""
        terms = {"es": spanish, "en": english, "pt": portuguese}
        return np.array([self.some([f"{terms[lang]} {month}" for month in MONTHS[lang]]) for lang in LANGUAGES])

    def numbered(self, word: str, low: int, high: int) -> int:
        """The number of "`word` `low`"; those up to `high` - 1 follow it."""
        return self.with_numbers(word, np.arange(low, high))

    def with_numbers(self, word: str, numbers: Ints) -> int:
        """The number of "`word` `numbers[0]`"; the others follow it in order."""
        return self._append(pc.binary_join_element_wise(word, pc.cast(pa.array(numbers), pa.string()), " "))

    @property
    def count(self) -> int:
        """How many texts there are."""
        return self._count

    def known(self, text: str) -> int | None:
        """The number of a text added by itself, or None."""
        return self._known.get(text)

    def words(self, codes: Ints) -> list[str]:
        """The given texts as words, only for those added one by one."""
        known = {number: text for text, number in self._known.items()}
        return [known[int(code)] for code in codes]

    def all(self) -> pa.Array:
        """Every text in order of number."""
        return pa.concat_arrays(self._chunks)
