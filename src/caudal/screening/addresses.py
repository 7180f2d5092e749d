"""Postal addresses: what of them agrees, by the rarity of the words, with a cap, and never by country."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from rigour.addresses import address_fingerprint

from caudal.screening.reason import Reason
from caudal.screening.spelling import Lexicon
from caudal.screening.worth import WORTH, Worth

LONGEST = 300
"""Characters of an address that are read."""
MOST = 12
"""Addresses of a party that are compared."""
COMMON = 200
"""Addresses in which a word that no list has is taken to stand: it may be a common one there where the party lives."""
STREET_SIGNS = frozenset(
    """
    st str street rd road ave av avenue avenida blvd boulevard ln lane dr drive calle cll carrera cra kra rue via ul
    ulitsa no num numero nr apt apartment ste suite floor fl piso local edificio edif bldg building block house dom of
    oficina office col colonia km box po bp mz lote plaza square sq way highway hwy pky the and del las los
    """.split()  # noqa: SIM905
)
"""Words of addresses that tell nothing by themselves."""

_UNIT = re.compile(r"\d")
_TERRITORY = re.compile(r"[a-z]{2}-[a-z0-9]{1,3}$")
"""How a region of a country is written in a fingerprint: `us-ca`; a country is two letters, which no word has."""


@dataclass(frozen=True)
class Place:
    """An address as far as it can agree: its numbers, and its other words without countries and signs like `street`."""

    numbers: frozenset[str]
    words: frozenset[str]


@lru_cache(maxsize=1 << 16)
def read_address(text: str) -> Place:
    """The numbers and words of an address; countries and regions, in any language, are left out."""
    tokens = set((address_fingerprint(text[:LONGEST]) or "").split()) - STREET_SIGNS
    numbers = frozenset(token.lstrip("0") for token in tokens if token[:1].isdigit() or _UNIT.search(token[1:]))
    words = frozenset(token for token in tokens - numbers if len(token) > 2 and not _TERRITORY.match(token))
    return Place(numbers - {""}, words)


class AddressWords:
    """How rare words are in addresses, from the addresses of a register."""

    def __init__(self, addresses: Iterable[str]) -> None:
        self._counts: Counter[str] = Counter()
        self._size = 0
        self._held: tuple[Lexicon, np.ndarray] | None = None
        for address in addresses:
            self._size += 1
            self._counts.update(read_address(address).words)

    @classmethod
    def counted(cls, words: Lexicon, counts: np.ndarray, size: int) -> AddressWords:
        """From counts made before: addresses that hold each word, and addresses in all."""
        found = cls(())
        found._held, found._size = (words, counts), size
        return found

    def counts(self) -> tuple[dict[str, int], int]:
        """Addresses that hold each word, and addresses in all."""
        if self._held is not None:
            return dict(zip(self._held[0].texts, self._held[1].tolist(), strict=True)), self._size
        return self._counts, self._size

    def _count(self, word: str) -> int:
        if self._held is None:
            return self._counts.get(word, 0)
        at = int(self._held[0].find([word])[0])
        return int(self._held[1][at]) if at >= 0 else 0

    def bits(self, word: str) -> float:
        """How rare a word is: log2 of one in how many addresses has it."""
        count = self._count(word) + 1
        return math.log2((self._size + 20_000) / (count + COMMON))


def compare_addresses(
    query: tuple[str, ...], listed: tuple[str, ...], rarity: AddressWords, worth: Worth = WORTH
) -> Reason | None:
    """The best agreement between the addresses of two parties; None where one side gives none that says anything."""
    best: Reason | None = None
    for ours in query[:MOST]:
        for theirs in listed[:MOST]:
            reason = _pair(read_address(ours), read_address(theirs), rarity, worth)
            if reason is not None and (best is None or reason.bits > best.bits):
                best = reason
    return best


def _pair(a: Place, b: Place, rarity: AddressWords, worth: Worth) -> Reason | None:
    words = sorted(a.words & b.words, key=lambda word: (-rarity.bits(word), word))
    numbers = sorted(a.numbers & b.numbers, key=lambda number: (-len(number), number))
    telling = [word for word in words if rarity.bits(word) >= 4.0]
    shown = " ".join([*numbers, *words]).upper()
    total = sum(rarity.bits(word) for word in words) / 2
    if numbers and len(words) >= 2 and telling:
        bits = min(worth.address_street, total + sum(min(len(number), 3) for number in numbers))
        return Reason("address", bits, f"house number and street agree: {shown}")
    if not words:
        if a.numbers and b.numbers and a.words and b.words:
            return Reason("address", worth.address_contradiction, "the addresses have nothing in common; people move")
        return None
    if len(telling) >= 2 and a.numbers and b.numbers and not numbers:
        return Reason("address", min(worth.address_words, total / 4), f"near each other: {shown}, another number")
    if len(telling) >= 2:
        return Reason("address", min(worth.address_words, total / 4), f"words of the address agree: {shown}")
    return Reason("address", min(worth.address_city, total / 8), f"the town agrees: {shown}; many live there")
