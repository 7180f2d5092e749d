"""Personal names as `rigour` knows them, read from the data that the installed library carries.

Asked about its first word, `rigour` makes one automaton of all its names: over six seconds and 250 MB in every process.
Of a single word of plain letters it can only say which of its names are written so, and the names stand in the library
file, as compressed texts (zstd): the aliases of every name with its id, and a few names more in a file of symbols. What
is read from there was compared with what `rigour` says, word by word, for the versions in `COMPARED`; another version
is compared before it is believed, and where anything differs there is no reading and `rigour` is asked.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from string import ascii_lowercase
from unicodedata import category
from zlib import crc32

import pyarrow as pa
from rigour import _core
from rigour.names import NameTypeTag, analyze_names, tokenize_name

FORM = 1 << 40
"""Keys of known personal names begin here."""
COMPARED = {("2.6.1", "304f2cfdff6ed83fd8c94644ed713910")}
"""Versions of `rigour` whose names were read and compared (see the test), each with the fingerprint of their texts."""
ALTERED = 100_000
"""Words that are in no text, of which `rigour` must say nothing."""

_MAGIC = b"\x28\xb5\x2f\xfd"
_LINE = re.compile(r"(.+) => ([QX]\d+)")
_BEYOND = re.compile(r"[^\W\d_\x00-\x7f]")
_SYMBOLS, _PARTS = "person_symbols", "person_name_parts"

Names = dict[str, frozenset[int]]
"""A word, and the keys of the names that it is a form of."""


def asked(word: str) -> frozenset[int]:
    """Keys of the personal names that a word is a form of, from `rigour` itself."""
    found = analyze_names(NameTypeTag.PER, [word], phonetics=False, consolidate=False)
    return frozenset(
        _key(str(span.symbol.id)) for name in found for span in name.spans if span.symbol.category.value == "NAME"
    )


def readable(word: str) -> bool:
    """Whether a word is one of those that are looked up: two plain letters and more."""
    return len(word) > 1 and word.isascii() and word.isalpha()


def names() -> Names | None:
    """Every word that is a form of a personal name; None where the library's data is not as it should be."""
    texts = list(_texts(Path(_core.__file__)))
    found = _read(texts)
    if found is None:
        return None
    known = (version("rigour"), fingerprint(texts)) in COMPARED
    return found if known or not differing(found, texts) else None


def fingerprint(texts: Iterable[bytes]) -> str:
    """What tells the data of one version from another's."""
    digest = blake2b(digest_size=16)
    for text in texts:
        digest.update(blake2b(text).digest())
    return digest.hexdigest()


def differing(found: Names, texts: Iterable[bytes], altered: int | None = None) -> list[str]:
    """Words of which `rigour` says something else: of all that were read, of all others in the texts, and of some that
    are none of these."""
    others = {word for text in texts for word in tokenize_name(text.decode().casefold()) if readable(word)}
    rng, whole = random.Random(1), sorted(found)  # noqa: S311
    for word in rng.choices(whole, k=ALTERED if altered is None else altered):
        at = rng.randrange(len(word))
        others.add(word[:at] + rng.choice(ascii_lowercase) + word[at + rng.randrange(2) :])
    nothing: frozenset[int] = frozenset()
    return [word for word in (*whole, *others) if asked(word) != found.get(word, nothing)]


def _read(texts: list[bytes]) -> Names | None:
    """The names of two of the texts: lines of aliases with the id of a name, and the symbols of people's names."""
    found: dict[str, set[int]] = {}
    lists = [text.decode() for text in texts if _LINE.match(text[:10_000].decode(errors="ignore"))]
    symbols = [held for held in map(_json, texts) if isinstance(held, dict) and _SYMBOLS in held]
    if len(lists) != 1 or len(symbols) != 1:
        return None
    for ident, aliases in symbols[0].get(_PARTS, {}).items():
        for alias in aliases:
            _add(found, _plain(alias), _key(ident.upper()))
    for line in filter(None, map(str.strip, lists[0].split("\n"))):
        match = _LINE.fullmatch(line)
        if match is None:
            return None
        forms = set(map(_plain, match[1].split(", "))) - {""}
        if len(forms) > 1:  # a name that is written in one way only says nothing, and is left out
            key = _key(match[2])
            for form in forms:
                _add(found, form, key)
    return {word: frozenset(keys) for word, keys in found.items()}


def _add(found: dict[str, set[int]], word: str, key: int) -> None:
    if readable(word):
        found.setdefault(word, set()).add(key)


def _plain(alias: str) -> str:
    """A name as it is compared: folded, words apart by one space; the letter alone of one that no plain word can be."""
    folded = alias.casefold()
    if folded.isascii() and folded.isalpha():
        return folded
    beyond = _BEYOND.search(folded)
    if beyond is not None and category(beyond[0]) in ("Ll", "Lo"):  # what only modifies letters is left out of words
        return beyond[0]
    return " ".join(tokenize_name(folded))


def _key(ident: str) -> int:
    return FORM | (int(ident[1:]) if ident[1:].isdigit() else crc32(ident.encode()))


def _json(text: bytes) -> object:
    try:
        return json.loads(text) if text[:1] == b"{" else None
    except ValueError:
        return None


def _texts(path: Path) -> Iterator[bytes]:
    """The texts that were compressed into a file of a library."""
    try:
        held = path.read_bytes()
    except OSError:
        return
    for match in re.finditer(re.escape(_MAGIC), held):
        end = _end(held, match.start())
        if end is not None:
            try:
                yield pa.CompressedInputStream(pa.BufferReader(held[match.start() : end]), "zstd").read()
            except OSError:  # four bytes that only look like a beginning
                continue


def _end(held: bytes, at: int) -> int | None:
    """Where the zstd frame at a place ends (RFC 8878, 3.1.1); None where none begins there."""
    if at + 5 > len(held):
        return None
    told = held[at + 4]
    whole = told >> 5 & 1
    size = 1 << (told >> 6) if told >> 6 else whole
    place = at + 5 + (1 - whole) + (0, 1, 2, 4)[told & 3] + size
    while place + 3 <= len(held):
        block = int.from_bytes(held[place : place + 3], "little")
        last, kind, length = block & 1, block >> 1 & 3, block >> 3
        place += 3 + (1 if kind == 1 else length)
        if kind == 3:
            return None
        if last:
            place += 4 * (told >> 2 & 1)
            return place if place <= len(held) else None
    return None
