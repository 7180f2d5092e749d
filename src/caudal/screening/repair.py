"""Trade words that were misspelt or written together with their neighbour: `LIMTIED`, `COMPANYARDAL`, `TRADINGFZE`.

Left alone they would pass for distinctive words that the other side lacks. Only words that look like nothing else are
touched, and never the last distinctive word of a name.
"""

from __future__ import annotations

from functools import cache, lru_cache

from rapidfuzz.distance import OSA

from caudal.screening.phrases import CORE, LEGAL, TRADE, common_names, phrases, single_words

SHORTEST = 6
"""Letters a trade word must have to be recognised with a letter wrong, or inside a longer word."""
TWO_EDITS = 10
"""Letters from which two letters may be wrong."""
SHORTEST_REST = 3
"""Letters that must be left of a word when a trade word is split off."""
_BEFORE = ("ooo", "oao", "ojsc", "pjsc", "jsc", "llc")
_AFTER = ("llc", "ltd", "ooo", "oao", "gmbh", "jsc", "sarl", "fze", "fzco")


@cache
def _words() -> dict[str, int]:
    """Long trade words and legal forms with their roles."""
    found = {word: LEGAL for word in single_words(LEGAL) if len(word) >= SHORTEST}
    for word in single_words(TRADE):
        if len(word) >= SHORTEST:
            found.setdefault(word, TRADE)
    return found


def _shortened(word: str) -> set[str]:
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


@cache
def _by_key() -> dict[str, list[str]]:
    """Trade words by every way of dropping one letter (two from TWO_EDITS letters on)."""
    table: dict[str, list[str]] = {}
    for word in _words():
        keys = _shortened(word)
        if len(word) >= TWO_EDITS:
            keys = {key for once in keys for key in _shortened(once)}
        for key in keys:
            table.setdefault(key, []).append(word)
    return table


@cache
def _starts() -> frozenset[str]:
    return frozenset(words[0] for options in phrases().values() for words, _ in options)


def _known(token: str) -> bool:
    return token in common_names() or token in _starts()


@lru_cache(maxsize=1 << 16)
def misspelt(token: str) -> int:
    """The role of the trade word that a token misspells, or CORE."""
    if len(token) < SHORTEST or not token.isascii() or not token.isalpha() or _known(token):
        return CORE
    table = _by_key()
    keys = _shortened(token)
    if len(token) >= TWO_EDITS:
        keys = {key for once in keys for key in _shortened(once)}
    for key in keys:
        for word in table.get(key, ()):
            if OSA.distance(token, word) <= (2 if min(len(word), len(token)) >= TWO_EDITS else 1):
                return _words()[word]
    return CORE


@lru_cache(maxsize=1 << 16)
def split(token: str) -> tuple[tuple[str, int], ...]:
    """A token as (piece, role) pairs where a trade word was written together with its neighbour, else empty."""
    if not token.isascii() or not token.isalpha() or _known(token):
        return ()
    words = _words()
    for at in range(2, len(token) - 1):
        left, right = token[:at], token[at:]
        for piece, rest, before in ((left, right, True), (right, left, False)):
            role = words.get(piece)
            if role is None and piece in (_BEFORE if before else _AFTER) and len(rest) >= SHORTEST_REST:
                role = LEGAL
            if role is None:
                continue
            rest_role = LEGAL if rest in single_words(LEGAL) else words.get(rest, CORE)
            if rest_role == CORE and (len(rest) < SHORTEST_REST or (len(piece) < SHORTEST and len(rest) < SHORTEST)):
                continue
            pieces = ((piece, role), (rest, rest_role))
            return pieces if before else pieces[::-1]
    return ()


def repair(words: list[str], roles: list[int]) -> None:
    """Give misspelt and glued trade words their role, in place, as long as something distinctive stays."""
    left = roles.count(CORE)
    i = 0
    while i < len(words):
        if roles[i] == CORE:
            pieces = split(words[i])
            rest = sum(role == CORE for _, role in pieces)
            if pieces and left - 1 + rest > 0:
                words[i : i + 1] = [piece for piece, _ in pieces]
                roles[i : i + 1] = [role for _, role in pieces]
                left += rest - 1
                i += 1
            elif left > 1 and (role := misspelt(words[i])) != CORE:
                roles[i] = role
                left -= 1
        i += 1
