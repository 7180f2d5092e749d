"""International account numbers: which are well formed, and which domestic numbers they contain."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

SHAPE = r"^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$"
"""Two letters of the country, two check digits, the domestic number (ISO 13616)."""

SHORTEST = 7
"""Domestic numbers shorter than this are too common to be told apart by."""


def is_iban(accounts: pa.Array) -> npt.NDArray[np.bool_]:
    """Which texts are IBANs by shape and check digits (ISO 7064, MOD 97-10); shape (accounts,)."""
    good = np.asarray(pc.match_substring_regex(accounts, SHAPE).to_numpy(zero_copy_only=False), dtype=bool)
    shaped = np.flatnonzero(good)
    if not len(shaped):
        return good
    texts = accounts.take(pa.array(shaped))
    turned = pc.binary_join_element_wise(pc.utf8_slice_codeunits(texts, 4), pc.utf8_slice_codeunits(texts, 0, 4), "")
    padded = pc.utf8_rpad(turned, 34, " ")
    grid = np.frombuffer(join_bytes(padded), dtype=np.uint8).reshape(len(shaped), 34).astype(np.int64)
    rest = np.zeros(len(shaped), dtype=np.int64)
    for place in range(34):
        byte = grid[:, place]
        digit = (byte >= 48) & (byte <= 57)
        letter = (byte >= 65) & (byte <= 90)
        rest = np.where(digit, (rest * 10 + byte - 48) % 97, np.where(letter, (rest * 100 + byte - 55) % 97, rest))
    good[shaped] = rest == 1
    return good


def join_bytes(texts: pa.Array) -> bytes:
    """The bytes of all strings one after another."""
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    raw: Any = texts.buffers()[2]
    return bytes(memoryview(raw)[offsets[0] : offsets[-1]])


def contained(accounts: pa.Array, ibans: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """For every other account the one IBAN that ends in it, -1 where there is none or more than one.

    Args:
        accounts: distinct account numbers without spaces.
        ibans: which of them are IBANs.

    Returns:
        int64, shape (accounts,): an index into `accounts`.
    """
    found = np.full(len(accounts), -1, dtype=np.int64)
    long, short = np.flatnonzero(ibans), np.flatnonzero(~ibans)
    if not len(long) or not len(short):
        return found
    numbers = accounts.take(pa.array(short))
    sizes = pc.utf8_length(numbers).to_numpy(zero_copy_only=False)
    whole = accounts.take(pa.array(long))
    whole_size = pc.utf8_length(whole).to_numpy(zero_copy_only=False)
    for size in np.unique(sizes[(sizes >= SHORTEST) & (sizes <= 30)]).tolist():
        fits = np.flatnonzero(whole_size - 4 >= size)
        tails = pc.utf8_slice_codeunits(whole.take(pa.array(fits)), -size)
        counts = tails.value_counts()
        once = counts.field("values").filter(pc.equal(counts.field("counts"), 1))
        asked = np.flatnonzero(sizes == size)
        wanted = numbers.take(pa.array(asked))
        at = pc.index_in(wanted, value_set=tails).to_numpy(zero_copy_only=False)
        unique = pc.is_in(wanted, value_set=once).to_numpy(zero_copy_only=False)
        hit = np.flatnonzero(unique)
        found[short[asked[hit]]] = long[fits[at[hit].astype(np.int64)]]
    return found
