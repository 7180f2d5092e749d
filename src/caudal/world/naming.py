"""Names, birth dates, documents and addresses for many parties at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.world.countries import COUNTRIES
from caudal.world.names import CULTURES, FIRM_NAMES, FIRM_WORDS, GIVEN, STREETS, SURNAMES
from caudal.world.streams import Flags, Ints
from caudal.world.texts import LANGUAGE_OF, LANGUAGES


def plain(text: str) -> str:
    """The text without accents."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def pick(words: Sequence[str], codes: Ints) -> pa.Array:
    """The words at the given places, taken modulo their number."""
    return pa.array(words, pa.string()).take(pa.array(codes % len(words)))


def join(*parts: Any) -> pa.Array:
    """Words joined by a blank; an empty part leaves no blank behind."""
    joined = pc.binary_join_element_wise(*parts, " ", null_handling="skip")
    return pc.utf8_trim_whitespace(joined)


def scatter(count: int, groups: list[tuple[Ints, pa.Array]]) -> pa.Array:
    """One array of `count` strings from pieces, each with the places it goes to."""
    pieces = [(rows, piece) for rows, piece in groups if len(rows)]
    if not pieces:
        return pa.nulls(count, pa.string())
    order = np.argsort(np.concatenate([rows for rows, _ in pieces]), kind="stable")
    return pa.concat_arrays([piece for _, piece in pieces]).take(pa.array(order))


def people_names(culture: Ints, woman: Flags, given: Ints, first: Ints, second: Ints, two_given: Flags) -> pa.Array:
    """Full names. Spanish and Portuguese names have two surnames, the others one.

    `given`, `first` and `second` are large numbers that choose from the culture's lists; shape (people,) each.
    """
    groups: list[tuple[Ints, pa.Array]] = []
    for number, name in enumerate(CULTURES):
        for female in (False, True):
            rows = np.flatnonzero((culture == number) & (woman == female))
            words, surnames = GIVEN[name][0 if female else 1], SURNAMES[name]
            middle = pick(words, given[rows] // len(words) + 1 + given[rows])
            middle = pc.if_else(pa.array(two_given[rows]), middle, None)
            parts = [pick(words, given[rows]), middle, pick(surnames, first[rows])]
            if name in ("spanish", "portuguese"):
                parts.append(pick(surnames, second[rows]))
            groups.append((rows, join(*parts)))
    return scatter(len(culture), groups)


def firm_names(rng: np.random.Generator, kind: Sequence[str], kind_of: Ints, country: Ints, surname: Ints) -> pa.Array:
    """Firm names: what it does, a word or a family's name, sometimes a second word, and the country's legal form.

    `kind_of` numbers the kinds in `kind`; `surname` chooses a family's name.
    """
    count = len(kind_of)
    word, style, extra, form = (rng.integers(0, 1 << 30, count) for _ in range(4))
    has_extra, bare = rng.random(count) < 0.35, rng.random(count) < 0.5
    if "shell" in kind:  # bland, but long enough to tell one from the other
        has_extra |= kind_of == list(kind).index("shell")
    language = LANGUAGE_OF[country]
    groups: list[tuple[Ints, pa.Array]] = []
    for place in range(len(COUNTRIES)):
        forms, lang = COUNTRIES[place].forms, LANGUAGES[LANGUAGE_OF[place]]
        for number, name in enumerate(kind):
            rows = np.flatnonzero((country == place) & (kind_of == number) & (language == LANGUAGE_OF[place]))
            if not len(rows):
                continue
            names = FIRM_NAMES[lang]
            family = pick(SURNAMES["english" if lang == "en" else "spanish"], surname[rows])
            proper = pc.if_else(pa.array(style[rows] % 3 == 0), family, pick(names, style[rows] // 3))
            second = pc.if_else(pa.array(has_extra[rows]), pick(names, extra[rows]), None)
            what = pick(FIRM_WORDS[lang][name], word[rows])
            legal: pa.Array = pick(forms, form[rows])
            if name in ("shop", "restaurant", "school"):  # many small firms trade without a legal form in their name
                legal = pc.if_else(pa.array(bare[rows]), None, legal)
            groups.append(
                (rows, join(proper, second, what, legal) if lang == "en" else join(what, proper, second, legal))
            )
    return scatter(count, groups)


def digits(values: Ints, width: int) -> pa.Array:
    """Whole numbers as text of at least `width` digits."""
    return pc.utf8_lpad(pc.cast(pa.array(values), pa.string()), width, "0")


def births(rng: np.random.Generator, count: int, oldest: int, youngest: int) -> pa.Array:
    """Birth dates as the ledger holds them: seven in ten whole, two only the year, one missing."""
    year = rng.integers(oldest, youngest + 1, count)
    month, day = rng.integers(1, 13, count), rng.integers(1, 29, count)
    kind = rng.random(count)
    whole = pc.binary_join_element_wise(digits(year, 4), digits(month, 2), digits(day, 2), "-")
    dates = pc.if_else(pa.array(kind < 0.7), whole, digits(year, 4))
    return pc.if_else(pa.array(kind < 0.9), dates, None)


def documents(rng: np.random.Generator, country: Ints, share: float = 0.85) -> pa.Array:
    """Invented document numbers such as `CO-CC1029384756`, unique with high odds; missing for the rest."""
    prefix = pa.array([c.document for c in COUNTRIES]).take(pa.array(country))
    number = digits(rng.integers(10**8, 10**10, len(country)), 9)
    text = pc.binary_join_element_wise(prefix, number, "")
    return pc.if_else(pa.array(rng.random(len(country)) < share), text, None)


def addresses(rng: np.random.Generator, country: Ints, city_name: pa.Array, share: float = 0.9) -> pa.Array:
    """Invented addresses: street, number, city; missing for the rest."""
    number, street = rng.integers(1, 980, len(country)), rng.integers(0, 1 << 20, len(country))
    known = rng.random(len(country)) < share
    groups: list[tuple[Ints, pa.Array]] = []
    for code, lang in enumerate(LANGUAGES):
        rows = np.flatnonzero(LANGUAGE_OF[country] == code)
        way, house = pick(STREETS[lang], street[rows]), pc.cast(pa.array(number[rows]), pa.string())
        line = join(house, way) if lang == "en" else join(way, house)
        groups.append((rows, line))
    streets = scatter(len(country), groups)
    whole = pc.binary_join_element_wise(streets, city_name, ", ")
    return pc.if_else(pa.array(known), whole, None)
