"""Which tokens are known names of people, and which of them are forms of one name.

`rigour` knows personal names in their many spellings and languages (`Osama`, `Usama`; `Xi`, `Hsi`; see
`spelling.personal`); names spelt by the same rules share a key here; short and pet forms, and what one name is called
in other languages, are in this room's `nicknames.txt`. All of it says which spellings belong together, nothing of who
bears them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.resources import files
from zlib import crc32

from caudal.screening.commonness import SHORTEST_KEY, arabic_key, commonness, iberian_key, slavic_key

_SPELT = 1 << 41
_PET = 1 << 42
PET_KEYS = _PET
"""Keys from here on are of pet forms and of other languages' forms."""


@lru_cache(maxsize=1 << 18)
def spelt(token: str) -> tuple[int, ...]:
    """Keys of the names that are spelt by the same rules in another way: one key for the usual spellings of an Arabic,
    a Slavic or a Spanish name, whoever bears it."""
    if len(token) < SHORTEST_KEY or not token.isascii() or not token.isalpha():
        return ()
    keys = (f"a {arabic_key(token)}", f"s {slavic_key(token)}", f"i {iberian_key(token)}")
    return tuple(sorted({_SPELT | crc32(key.encode()) for key in keys}))


@cache
def _pets() -> dict[str, tuple[int, ...]]:
    text = (files("caudal.screening") / "data" / "nicknames.txt").read_text(encoding="utf-8")
    groups: dict[str, list[int]] = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            names = line.split()
            for name in names:
                groups.setdefault(name, []).append(_PET | crc32(line.encode()))
    return {name: tuple(dict.fromkeys(keys)) for name, keys in groups.items()}


def pets(token: str) -> tuple[int, ...]:
    """Keys of the names that a token is a short, pet or foreign form of."""
    return _pets().get(token, ())


def pet_names() -> Iterable[str]:
    """Every name in this room's file of short, pet and foreign forms."""
    return _pets()


def is_known(token: str) -> bool:
    """Whether a token is a common personal name: a slip of the pen rarely makes one into another."""
    return commonness(token) == 1
