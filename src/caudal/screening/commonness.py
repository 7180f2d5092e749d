"""Which personal names are common in their own population, and which spellings belong to one name.

The table `data/name_frequencies.txt` gives rough shares per name culture. It is used in one direction only: to say that
a name which many bear tells few people apart, in Shanghai or Cairo as in Ohio. It is never evidence of who somebody is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.resources import files

from caudal.screening.phrases import common_people

SHORTEST_KEY = 4
"""Letters a token must have to be recognised by its sound-alike key rather than by its letters."""
UNCOUNTED = frozenset({"abd"})
"""Half of a compound (Abd al-Rahman): common, and no name of its own."""

_DOUBLED = re.compile(r"(.)\1+")
_ARABIC = (("ou", "u"), ("oo", "u"), ("ee", "i"), ("kh", "x"), ("gh", "g"), ("dh", "d"), ("th", "t"), ("ph", "f"))
_VOWELS = str.maketrans({"o": "u", "e": "a", "y": "i", "q": "k", "j": "g"})
_SLAVIC_ENDINGS = (
    ("skaya", "sky"), ("skaia", "sky"), ("skiy", "sky"), ("skii", "sky"), ("skyi", "sky"), ("skyy", "sky"),
    ("ski", "sky"), ("ska", "sky"), ("ova", "ov"), ("eva", "ev"), ("ina", "in"), ("off", "ov"), ("eff", "ev"),
    ("of", "ov"), ("ef", "ev"),
    ("ovitch", "ovich"), ("evitch", "evich"),
    ("ow", "ov"), ("yev", "ev"), ("iev", "ev"), ("iy", "y"), ("ii", "y"), ("ij", "y"), ("ei", "y"), ("ey", "y"),
)  # fmt: skip
_SLAVIC_LETTERS = (("ks", "x"), ("kh", "h"), ("ie", "e"), ("ye", "e"), ("yo", "e"), ("ya", "a"), ("ia", "a"))


def arabic_key(token: str) -> str:
    """One key for the usual Latin spellings of an Arabic name: `hussein` and `husayn` are `husain`."""
    for written, key in _ARABIC:
        token = token.replace(written, key)
    return _DOUBLED.sub(r"\1", token.translate(_VOWELS))


def slavic_key(token: str) -> str:
    """One key for the usual Latin spellings and both genders of a Slavic name: `ivanov` and `ivanova` are `ivanov`."""
    for ending, key in _SLAVIC_ENDINGS:
        if token.endswith(ending) and len(token) > len(ending) + 2:
            token = token[: -len(ending)] + key
            break
    for written, key in _SLAVIC_LETTERS:
        token = token.replace(written, key)
    return _DOUBLED.sub(r"\1", token)


_IBERIAN = (
    (re.compile("kh|x|j|g(?=[ei])"), "h"), (re.compile("gu(?=[ei])"), "g"), (re.compile("qu"), "k"),
    (re.compile("c(?=[ei])|z"), "s"), (re.compile("c(?!h)"), "k"), (re.compile("ll|li(?=[aou])|l'"), "l"),
    (re.compile("v|w"), "b"), (re.compile("y"), "i"),
)  # fmt: skip


def iberian_key(token: str) -> str:
    """One key for a Spanish name and what other scripts make of its sounds: `jorge` and `khorkhe` are `horhe`."""
    for written, key in _IBERIAN:
        token = written.sub(key, token)
    return _DOUBLED.sub(r"\1", token)


_BARE = re.compile("^a?[^aeiou]{2,}|[^aeiou]{3,}")
_BONES = re.compile("[aeiouyw]")
"""Letters that Arabic leaves out, or may."""


def unvowelled(token: str) -> str:
    """The consonants of a name as Arabic writes it: `mhmd` of `muhammad`; empty where they tell too little."""
    bones = _DOUBLED.sub(r"\1", _BONES.sub("", token))
    return bones if len(bones) >= 2 else ""


def is_unvowelled(token: str) -> bool:
    """Whether a token looks like a name transliterated from a script that leaves vowels out."""
    return not any(vowel in token for vowel in "eiou") and _BARE.search(token) is not None


@cache
def _unvowelled_shares() -> dict[str, float]:
    """Share of people by the consonants of their name, of names that Arabic letters write."""
    found: dict[str, float] = {}
    _, arabic, _ = frequencies()
    for name, share in arabic.items():
        if bones := unvowelled(name):
            found[bones] = max(share, found.get(bones, 0.0))
    return found


@cache
def frequencies() -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """Shares by exact token, by Arabic key and by Slavic key."""
    exact: dict[str, float] = {}
    arabic: dict[str, float] = {}
    slavic: dict[str, float] = {}
    keyed, share = exact, 0.0
    key_of: Callable[[str], str] = str
    text = (files("caudal.screening") / "data" / "name_frequencies.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("["):
            culture = line.strip("[]").split()[0]
            keyed, key_of = {
                "Arabic": (arabic, arabic_key),
                "Persian": (arabic, arabic_key),
                "Slavic": (slavic, slavic_key),
            }.get(culture, (exact, str))
        elif line.startswith("1/"):
            share = 1 / int(line[2:])
        else:
            for token in line.replace("=", " ").split():
                exact[token] = max(share, exact.get(token, 0.0))
                if len(token) >= SHORTEST_KEY and keyed is not exact:
                    key = key_of(token)
                    keyed[key] = max(share, keyed.get(key, 0.0))
    return exact, arabic, slavic


@lru_cache(maxsize=1 << 18)
def commonness(token: str) -> int:
    """0 for a name that is not known to be common, 1 for a common one, 2 for half of a compound."""
    if token in UNCOUNTED:
        return 2
    return int(token in common_people() or frequency(token) > 0)


@lru_cache(maxsize=1 << 18)
def frequency(token: str) -> float:
    """Share of people of its own population who bear a name, in any of its usual spellings; 0 where it is not known."""
    exact, arabic, slavic = frequencies()
    found = exact.get(token, 0.0)
    if len(token) >= SHORTEST_KEY and token.isascii():
        found = max(found, arabic.get(arabic_key(token), 0.0), slavic.get(slavic_key(token), 0.0))
    if len(token) >= 3 and token.isascii() and is_unvowelled(token):
        found = max(found, _unvowelled_shares().get(unvowelled(arabic_key(token)), 0.0))
    return found
