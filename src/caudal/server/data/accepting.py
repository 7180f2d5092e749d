"""Whether a value is what a part of a query asks for: wildcards, near spellings, ranges, days."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz import process
from rapidfuzz.distance import OSA

from caudal.server.data.syntax import Any, Between, Invalid, Node, Wild, Words
from caudal.server.data.words import folded

NEAREST = 50
"""Words that a near spelling may stand for, the nearest."""
_MOMENTS = ("%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%dT%H", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")


def patterns(node: Node) -> list[str]:
    """The words of a wildcard part, folded, each with its * and ?."""
    if not isinstance(node, Wild):
        raise Invalid("this cannot be asked of a field")
    pieces = re.split(r"((?<!\\)[*?])", node.pattern)
    found: list[str] = [""]
    for piece in pieces:
        if piece in {"*", "?"}:
            found[-1] += piece
            continue
        plain = re.sub(r"\\(.)", r"\1", piece)
        inner = folded(plain).split()
        if plain and not plain[0].isalnum() and found[-1] and inner:
            found.append("")
        if inner:
            found[-1] += inner[0]
            found += inner[1:]
        if plain and not plain[-1].isalnum():
            found.append("")
    return [word for word in found if word.strip("*?")]


def regex_of(pattern: str, letter: str) -> str:
    """A whole text of * and ? as a regular expression."""
    out = ""
    for piece in re.split(r"((?<!\\)[*?])", pattern):
        out += f"{letter}*" if piece == "*" else letter if piece == "?" else re.escape(re.sub(r"\\(.)", r"\1", piece))
    return f"^{out}$"


def glob(pattern: str) -> str:
    """A text of * and ? for SQLite's GLOB."""
    return re.sub(r"\\(.)", r"\1", pattern.replace("[", "[[]"))


def anchored(pattern: str) -> str:
    """A regular expression that fits a whole text, whatever its case."""
    return f"^(?:{pattern.casefold()})$" if pattern.isalnum() else f"^(?i:{pattern})$"


def tried(values: pa.Array, pattern: str) -> pa.Array:
    """Which texts a regular expression fits.

    Raises:
        Invalid: it is none.
    """
    try:
        return pc.match_substring_regex(values, pattern)
    except pa.ArrowInvalid as error:
        raise Invalid("a regular expression cannot be read") from error


def fits(values: pa.Array, pattern: str) -> pa.Array:
    """The texts that a regular expression fits."""
    return values.filter(tried(values, pattern))


def nearest(values: pa.Array, text: str, edits: int) -> list[str]:
    """Values within some edits of a text, the nearest first; swapped neighbours are one edit."""
    length = pc.utf8_length(values)
    some = values.filter(pc.and_(pc.greater_equal(length, len(text) - edits), pc.less_equal(length, len(text) + edits)))
    found = process.extract(text, some.to_pylist(), scorer=OSA.distance, score_cutoff=edits, limit=NEAREST)
    return [value for value, _, _ in found]


def between(values: pa.Array, node: Between) -> np.ndarray:
    """Which texts lie between two."""
    mask: np.ndarray = np.ones(len(values), np.bool_)
    for end, compare in (
        (node.low, pc.greater_equal if node.with_low else pc.greater),
        (node.high, pc.less_equal if node.with_high else pc.less),
    ):
        if end is not None:
            mask &= compare(values, end.casefold()).to_numpy(zero_copy_only=False)
    return mask


def moments_of(moments: np.ndarray, node: Node, name: str) -> np.ndarray:
    """A part asked of a moment: one is as long as it is precise, a day or a year."""
    if isinstance(node, Any):
        known: np.ndarray = ~np.isnat(moments)
        return known
    if isinstance(node, Words):
        low, high = span(node.text, name)
        within: np.ndarray = (moments >= low) & (moments < high)
        return within
    if not isinstance(node, Between):
        raise Invalid(f"{name} is asked for by a day or a range of days")
    mask: np.ndarray = ~np.isnat(moments)
    if node.low is not None:
        low, after = span(node.low, name)
        mask &= moments >= (low if node.with_low else after)
    if node.high is not None:
        low, after = span(node.high, name)
        mask &= moments < (after if node.with_high else low)
    return mask


def span(text: str, name: str) -> tuple[np.datetime64, np.datetime64]:
    """The first moment that a text means, and the first after it.

    Raises:
        Invalid: it is no day, month, year or moment.
    """
    for form in _MOMENTS:
        try:
            low = datetime.strptime(text.removesuffix("Z"), form)
        except ValueError:
            continue
        if form == "%Y":
            high = low.replace(year=low.year + 1) if low.year < 9999 else datetime.max
        elif form == "%Y-%m":
            high = (low + timedelta(days=31)).replace(day=1) if (low.year, low.month) < (9999, 12) else datetime.max
        else:
            step = {"d": timedelta(days=1), "H": timedelta(hours=1), "M": timedelta(minutes=1)}
            try:
                high = low + step.get(form[-1], timedelta(seconds=1))
            except OverflowError:
                high = datetime.max
        return np.datetime64(low, "s"), np.datetime64(high, "s")
    raise Invalid(f"{name}: {text[:40]!r} is no day such as 2025-01-31")
