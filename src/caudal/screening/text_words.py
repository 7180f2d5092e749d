"""Many payment texts as arrays of words: each distinct run of signs between spaces is taken apart once.

Words do not reach over a space, so a text's words are those of its runs one after another. A ledger's texts repeat the
same runs over and over; only the runs that are new are read in Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.screening.phrases import plain_word
from caudal.screening.text import clean, tokens

LONGEST_TEXT = 2_000
"""Characters of a payment text that are read."""


@dataclass(frozen=True)
class Runs:
    """Ragged rows of integers: row n is `value[start[n]:start[n + 1]]`."""

    start: np.ndarray
    value: np.ndarray

    def __len__(self) -> int:
        return self.start.size - 1

    def row(self, n: int) -> np.ndarray:
        """One row."""
        found: np.ndarray = self.value[self.start[n] : self.start[n + 1]]
        return found

    def rows(self) -> np.ndarray:
        """The row of every value."""
        found: np.ndarray = np.repeat(np.arange(len(self)), np.diff(self.start))
        return found

    def expand(self, rows: Runs) -> Runs:
        """This one's rows looked up by another's values and joined: row n holds the rows of all values of `rows[n]`."""
        sizes = np.diff(self.start)[rows.value]
        ends = np.concatenate([[0], np.cumsum(sizes)])
        at = np.arange(ends[-1]) - np.repeat(ends[:-1], sizes) + np.repeat(self.start[rows.value], sizes)
        return Runs(ends[rows.start], self.value[at])


def runs_of(values: Sequence[Sequence[int]]) -> Runs:
    """Ragged rows from lists."""
    start = np.zeros(len(values) + 1, np.int64)
    np.cumsum([len(row) for row in values], out=start[1:])
    return Runs(start, np.fromiter((value for row in values for value in row), np.int64, int(start[-1])))


def sorted_distinct(values: np.ndarray) -> np.ndarray:
    """The distinct values, ascending, by sorting: for many integers several times as fast as numpy's own."""
    ordered = np.sort(values)
    first = np.ones(ordered.size, np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    found: np.ndarray = ordered[first]
    return found


def numbered(values: np.ndarray) -> np.ndarray:
    """Each value's place among the distinct ones."""
    found: np.ndarray = np.searchsorted(sorted_distinct(values), values)
    return found


@dataclass(frozen=True)
class TextWords:
    """Texts as words.

    Attributes:
        vocabulary: the distinct words; ids: of each its place there. words: word ids of every text, in order.
        signs: the distinct runs of signs between spaces, as written. held: ids of them per text, in order.
    """

    vocabulary: list[str]
    ids: dict[str, int]
    words: Runs
    signs: list[str]
    held: Runs

    def text(self, n: int) -> list[str]:
        """The words of a text."""
        return [self.vocabulary[word] for word in self.words.row(n).tolist()]


def read_texts(texts: Sequence[str]) -> TextWords:
    """Texts taken apart into words as `text.tokens` does, of the first LONGEST_TEXT characters of each."""
    array = pa.array(list(texts), pa.string())
    plain = pc.and_(pc.match_substring_regex(array, "^[ -~]*$"), pc.less_equal(pc.utf8_length(array), LONGEST_TEXT))
    odd = np.flatnonzero(~plain.to_numpy(zero_copy_only=False))
    if odd.size:
        held = list(texts)
        for at in odd.tolist():
            held[at] = clean(held[at], LONGEST_TEXT).text
        array = pa.array(held, pa.string())
    parts = pc.utf8_split_whitespace(array)
    start = np.asarray(parts.offsets.to_numpy(), dtype=np.int64)
    coded = parts.flatten().dictionary_encode()
    signs = coded.dictionary.to_pylist()
    split = Runs(start - start[0], np.asarray(coded.indices.to_numpy(zero_copy_only=False), dtype=np.int64))
    ids: dict[str, int] = {}

    def add(word: str) -> int:
        return ids.setdefault(plain_word(word), len(ids))

    # Letters and digits alone are a word as they stand.
    plain_run = [run.isascii() and run.isalnum() for run in signs]
    of_signs = runs_of(
        [
            [add(run.lower())] if is_plain else [add(word) for word in tokens(run)]
            for run, is_plain in zip(signs, plain_run, strict=True)
        ]
    )
    return TextWords(list(ids), ids, of_signs.expand(split), signs, split)


def distinct_texts(transfers: pa.Table) -> tuple[list[str], Runs, Runs]:
    """Distinct payment texts, the payment relations that use each, and the rows of the transfers that carry each.

    Raises:
        InputError: a column is missing.
    """
    for column in ("transfer_id", "purpose"):
        if column not in transfers.column_names:
            raise InputError("the column is missing", file="transfers", field=column)
    purposes = transfers.column("purpose").cast(pa.string())
    coded = purposes.combine_chunks().dictionary_encode()
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    texts = coded.dictionary.to_pylist()
    code = np.asarray(coded.indices.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)
    sides = [name for name in ("payer_account", "payee_account") if name in transfers.column_names]
    relation = np.zeros(len(code), np.int64)
    for name in sides:
        side = transfers.column(name).cast(pa.string()).combine_chunks().dictionary_encode()
        relation = relation * (len(side.dictionary) + 1) + side.indices.fill_null(-1).to_numpy(zero_copy_only=False) + 1
    if not sides:
        relation = np.maximum(code, 0)
    relation = numbered(relation)
    order = np.argsort(code, kind="stable")
    each = np.arange(len(texts) + 1)
    width = int(relation.max(initial=0)) + 1
    used = sorted_distinct(code[code >= 0] * width + relation[code >= 0])
    relations = Runs(np.searchsorted(used // width, each), used % width)
    return texts, relations, Runs(np.searchsorted(code[order], each), order)
