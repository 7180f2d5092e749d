"""Numbers of listed parties inside payment texts: an IBAN, a wallet, a passport number.

A text is full of numbers that are somebody's invoices, so what is found counts by how surely it is the number that the
list means: one whose form or check digits give it away, or that the text calls a document, counts whole; one that only
looks the same is at most a question; a short one that nothing names is nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.screening.identifiers import KINDS, SHORTEST, Number, information, plain
from caudal.screening.listed import Listed
from caudal.screening.reason import Reason
from caudal.screening.text_words import TextWords
from caudal.screening.weights import Weights

UNNAMED_BITS = Weights.alert_bits - 1.0
"""The most that a number counts which no form, check digit or word gives away: a question, no alert."""
LONG = 11
"""Digits from which a number that nothing names is looked at, and letters and digits from which a mixed one is."""
MIXED = 8
_BY_FORM = frozenset({"iban", "lei", "curp", "wallet", "bic", "e-mail", "uscc"})
"""Kinds whose form or check digits say what they are."""
_NEVER = frozenset({"phone", "call sign", "account"})
_PIECES = re.compile(r"[0-9A-Za-z]+(?:[-.@_+][0-9A-Za-z]+)*")
_GROUPED = re.compile(r"\b[A-Z]{2}\d{2}(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,4})?\b")
_CALLED = re.compile(
    r"pass|pasap|id\b|card|c[eé]dula|ident|document|carnet|c\.?u\.?r\.?p|r\.?f\.?c|n\.?i\.?t\b|inn\b|инн|паспорт|ogrn|tax|reg|"
    r"d\.?n\.?i|cuit|ruc|vat|ssn|\bimo|mmsi|licen|permit",
    re.IGNORECASE,
)
_BEFORE = 24
"""Characters before a number in which a word may say what it is."""


@dataclass(frozen=True)
class NumberFound:
    """A number of a listed party in a text: which text, which party, the sign as written, and the reason."""

    text: int
    entity: int
    words: str
    reason: Reason


def numbers_in(texts: Sequence[str], read: TextWords, listed: Listed) -> dict[tuple[int, int], NumberFound]:
    """Numbers of listed parties in distinct texts, by (text, party), the most telling of each.

    Args:
        texts, read: the texts as written and taken apart; every distinct run of signs is looked at once.
    """
    held: dict[str, list[int]] = {}  # number as the lists have it: runs that hold it
    for at, run in enumerate(read.signs):
        for piece in _pieces(run):
            held.setdefault(piece, []).append(at)
    in_texts: dict[str, set[int]] = {}
    for number in _on_lists(listed, list(held)):
        in_texts.setdefault(number, set()).update(_texts_with(read, held[number]))
    spaced = pc.match_substring_regex(pa.array(list(texts), pa.string()), r"[A-Z]{2}[0-9]{2} [A-Z0-9]{4} [A-Z0-9]{4}")
    for text in np.flatnonzero(spaced.to_numpy(zero_copy_only=False)).tolist():
        groups = [plain(group) for group in _GROUPED.findall(texts[text])]
        for number in _on_lists(listed, groups):
            in_texts.setdefault(number, set()).add(text)
    best: dict[tuple[int, int], NumberFound] = {}
    for number, holders in sorted(in_texts.items()):
        for entity in listed.holders([number])[0]:
            of_kind = [n for n in listed.subjects[entity].numbers if n.text == number]
            for text in sorted(holders):
                for one in of_kind:
                    reason = _reason(one, texts[text])
                    key = (text, entity)
                    if reason is not None and (key not in best or reason.bits > best[key].reason.bits):
                        best[key] = NumberFound(text, entity, number, reason)
    return best


def _pieces(run: str) -> set[str]:
    """What of a run of signs could be a number of a list, as lists keep it."""
    if len(run) < SHORTEST:
        return set()
    found = set()
    for piece in _PIECES.findall(run):
        if len(piece) < SHORTEST:
            continue
        if "@" in piece:
            found.add(piece.casefold())
            continue
        bare = plain(piece)
        if any(sign.isdigit() for sign in bare):
            found.add(bare)
            found.add(bare.removeprefix("IMO"))
        if len(bare) in (8, 11) and piece.isupper() and bare[:6].isalpha():
            found.add(bare[:8])
    return {piece for piece in found if len(piece) >= SHORTEST}


def _on_lists(listed: Listed, numbers: list[str]) -> list[str]:
    """Those of the numbers that a listed party holds."""
    return [number for number, holders in zip(numbers, listed.holders(numbers), strict=True) if holders]


def _texts_with(read: TextWords, runs: list[int]) -> list[int]:
    """Texts that hold one of some runs of signs."""
    rows = np.flatnonzero(np.isin(read.held.value, runs))
    found: list[int] = np.unique(np.searchsorted(read.held.start, rows, side="right") - 1).tolist()
    return found


def _reason(number: Number, text: str) -> Reason | None:
    """What a listed number that stands in a text is worth; None where it is nothing."""
    kind = KINDS[number.kind]
    if number.kind in _NEVER:
        return None
    if number.kind in _BY_FORM and number.valid is not False:
        return Reason("identifier", kind.bits, f"{number.words} stands in the text")
    bits = min(kind.bits, information(number.text))
    if _named(number, text):
        return Reason("identifier", max(bits, 0.0), f"{number.words} stands in the text, which calls it so")
    digits = number.text.isdigit()
    if (digits and len(number.text) < LONG) or (not digits and len(number.text) < MIXED) or number.kind == "mmsi":
        return None
    said = f"{number.text}, on the list a {kind.words}, stands in the text; nothing there says what it is"
    return Reason("identifier", min(bits, UNNAMED_BITS), said)


def _named(number: Number, text: str) -> bool:
    """Whether a word before the number says that it is a document or a registration."""
    signs = "[^0-9A-Za-z]?".join(map(re.escape, number.text))
    for match in re.finditer(signs, text, re.IGNORECASE):
        if _CALLED.search(text[max(match.start() - _BEFORE, 0) : match.start()]):
            return True
    return False
