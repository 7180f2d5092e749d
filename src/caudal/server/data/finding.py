"""Finds the entities that a query asks for: its tree (see `syntax`) evaluated over a store.

Parts that ask for words anywhere become one full-text query; parts that ask for a field become arrays of yes and no.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.server.data.accepting import anchored, between, fits, glob, moments_of, nearest, patterns, regex_of, tried
from caudal.server.data.columns import Field
from caudal.server.data.syntax import (
    Any,
    Between,
    Group,
    In,
    Invalid,
    Near,
    Node,
    Occur,
    Regex,
    Wild,
    Words,
)
from caudal.server.data.words import words

if TYPE_CHECKING:
    from caudal.server.data.reader import SqliteStore

NAME_WEIGHT = 3.0
"""How much a word in a name counts beside one elsewhere."""
EXPANDED = 1_024
"""Words that a wildcard or a regular expression may stand for."""
_EVERYWHERE = {"": "", "text": "", "names": "names : ", "caption": "names : "}
_IDS = frozenset({"id", "entity_id", "canonical_id"})


@dataclass(frozen=True)
class Text:
    """A full-text query."""

    match: str


@dataclass(frozen=True)
class Hit:
    """(n,) bool, and the score of each where words were asked for, more is better."""

    mask: np.ndarray
    score: np.ndarray | None = None


class Finder:
    """Evaluates trees over a store.

    Args:
        store: the store. near: letters that may differ in `word~` where it says no number; None: as the length allows.
    """

    def __init__(self, store: SqliteStore, near: int | None) -> None:
        self._store, self._near = store, near
        self._n = store.columns.shown.size

    def find(self, tree: Node) -> tuple[np.ndarray, np.ndarray] | None:
        """Rows and their scores (more is better); None where the query asks for nothing.

        Raises:
            Invalid: a part of it cannot be asked.
        """
        found = self._ask(tree, "")
        if found is None:
            return None
        if isinstance(found, Text):
            return self._sparse(found)
        rows = np.flatnonzero(found.mask)
        return rows, np.zeros(rows.size) if found.score is None else found.score[rows]

    def _sparse(self, text: Text) -> tuple[np.ndarray, np.ndarray]:
        sql = f"SELECT rowid, -bm25(text, {NAME_WEIGHT}, 1.0) FROM text WHERE text MATCH ?"
        try:
            read = self._store.db.execute(sql, (text.match,)).fetchall()
        except sqlite3.OperationalError as error:
            raise Invalid(f"the query cannot be asked ({error})") from error
        if not read:
            return np.zeros(0, np.int64), np.zeros(0)
        rows, score = zip(*read, strict=True)
        return np.array(rows, np.int64), np.array(score)

    def _having_text(self, match: str) -> np.ndarray:
        """Who fulfils a full-text query, without scores: the many words a beginning stands for say little, and cost."""
        return self._rows(n for (n,) in self._store.db.execute("SELECT rowid FROM text WHERE text MATCH ?", (match,)))

    def _hit(self, found: Text | Hit) -> Hit:
        if isinstance(found, Hit):
            return found
        rows, some = self._sparse(found)
        mask, score = np.zeros(self._n, np.bool_), np.zeros(self._n)
        mask[rows], score[rows] = True, some
        return Hit(mask, score)

    def _ask(self, node: Node, name: str) -> Text | Hit | None:
        """A part, asked of a field (`""`: anywhere); None where it has nothing to ask, such as a lone comma."""
        if isinstance(node, In):
            return self._ask(node.part, node.field)
        if isinstance(node, Group):
            return self._group(
                [(occur, found) for occur, part in node.parts if (found := self._ask(part, name)) is not None]
            )
        if name in _EVERYWHERE:
            return self._anywhere(node, _EVERYWHERE[name])
        return self._field(node, name)

    def _group(self, parts: list[tuple[Occur, Text | Hit]]) -> Text | Hit | None:
        must, may, never = (
            [found for occur, found in parts if occur is one] for one in (Occur.MUST, Occur.MAY, Occur.NOT)
        )
        if not parts:
            return None
        needed = must or may
        if needed and all(isinstance(found, Text) for _, found in parts):
            joined = (" AND " if must else " OR ").join(_text(one) for one in needed)
            out = f" NOT ({' OR '.join(_text(one) for one in never)})" if never else ""
            return Text(f"(({joined}){out})")
        texts = [one for one in must if isinstance(one, Text)]
        if len(texts) > 1:  # asked for at once
            must = [
                Text(f"({' AND '.join(one.match for one in texts)})"),
                *(one for one in must if isinstance(one, Hit)),
            ]
            needed = must
        hits = [self._hit(one) for one in needed]
        mask = np.ones(self._n, np.bool_)
        if hits:
            mask = (np.logical_and if must else np.logical_or).reduce([hit.mask for hit in hits])
        for one in never:
            mask = mask & ~self._hit(one).mask
        scored = [hit.score for hit in hits if hit.score is not None]
        return Hit(mask, np.sum(scored, axis=0) if scored else None)

    def _anywhere(self, node: Node, column: str) -> Text | Hit | None:
        if isinstance(node, Words):
            found = words(node.text)
            if not found:
                return None
            if not node.quoted or len(found) == 1:
                return Text(_every(f'{column}"{word}"' for word in found))
            if node.slop:
                near = " ".join(f'"{word}"' for word in found)
                return Text(f"({column}NEAR({near}, {node.slop}))")
            return Text(f'({column}"{" ".join(found)}")')
        if isinstance(node, Any):
            if not column:
                return Hit(np.ones(self._n, np.bool_))
            return Hit(self._any_value("names"))
        if isinstance(node, Between):
            raise Invalid("a range asks for a field, as in birthDate:[1980 TO 1985]")
        if isinstance(node, Near):
            near = _every(self._either(self._near_to(word, node.edits), column) for word in words(node.text))
            return Text(near) if near else None
        if isinstance(node, Regex):
            return self._text_or_none(self._matching(anchored(node.pattern)), column)
        masks: list[np.ndarray] = []
        some: list[str] = []
        for pattern in patterns(node):
            if not re.search(r"[*?]", pattern):
                some.append(f'{column}"{pattern}"')
            elif re.fullmatch(r"\w+\*", pattern):
                masks.append(self._having_text(f'{column}"{pattern[:-1]}" *'))
            else:
                some.append(self._either(self._matching(regex_of(pattern, r"[^ ]")), column))
        if not masks:
            return Text(_every(some)) if some else None
        if some:
            masks.append(self._having_text(_every(some)))
        return Hit(np.logical_and.reduce(masks))

    def _text_or_none(self, terms: list[str], column: str) -> Text | Hit:
        if not terms:
            return Hit(np.zeros(self._n, np.bool_))
        return Text(self._either(terms, column))

    def _either(self, terms: list[str], column: str) -> str:
        """Any of these words; one that nobody has where there are none."""
        return f"({' OR '.join(f'{column}{_quoted(term)}' for term in terms or [_NOWHERE])})"

    def _matching(self, pattern: str) -> list[str]:
        """Words of the store that a regular expression fits whole.

        Raises:
            Invalid: it is none, or stands for too many words.
        """
        found = fits(self._store.terms, pattern)
        if len(found) > EXPANDED:
            raise Invalid(f"a wildcard or regular expression stands for more than {EXPANDED} words")
        terms: list[str] = found.to_pylist()
        return terms

    def _near_to(self, word: str, edits: int | None) -> list[str]:
        return nearest(self._store.terms, word, self._edits(word, edits))

    def _edits(self, word: str, edits: int | None) -> int:
        if edits is None:
            edits = self._near
        return edits if edits is not None else 0 if len(word) < 3 else 1 if len(word) < 6 else 2

    def _field(self, node: Node, name: str) -> Hit | None:
        """A part asked of one field."""
        columns = self._store.columns
        if name in columns.moments:
            return Hit(moments_of(columns.moments[name], node, name))
        if name == "target":
            return Hit(columns.target == (isinstance(node, Words) and node.text.casefold() == "true"))
        if name in columns.fields:
            return Hit(self._column(columns.fields[name], node))
        if name in _IDS:
            return Hit(self._rows(self._ids(node)))
        if name == "referents":
            text = node.text if isinstance(node, Words) else ""
            sql = "SELECT e.n FROM referent r JOIN entity e ON e.id = r.canonical WHERE r.id = ? AND e.shown"
            return Hit(self._rows(n for (n,) in self._store.db.execute(sql, (text,))))
        known = self._store.field(name)
        if known is None:
            return Hit(np.zeros(self._n, np.bool_))
        code, as_words = known
        if isinstance(node, Any):
            return Hit(self._any_value(name))
        return self._wordy(code, node) if as_words else Hit(self._plain(code, node))

    def _rows(self, rows: Iterable[int]) -> np.ndarray:
        mask = np.zeros(self._n, np.bool_)
        mask[list(rows)] = True
        return mask

    def _any_value(self, name: str) -> np.ndarray:
        known = self._store.field(name)
        code = -1 if known is None else known[0]
        return self._rows(n for (n,) in self._store.db.execute("SELECT DISTINCT n FROM value WHERE field = ?", (code,)))

    def _ids(self, node: Node) -> Iterable[int]:
        if isinstance(node, Words):
            sql, asked = "SELECT n FROM entity WHERE shown AND id = ?", node.text
        elif isinstance(node, Wild):
            sql, asked = "SELECT n FROM entity WHERE shown AND id GLOB ?", glob(node.pattern)
        elif isinstance(node, Any):
            return np.flatnonzero(self._store.columns.shown).tolist()
        else:
            raise Invalid("an id is asked for as it is, or with wildcards")
        return (n for (n,) in self._store.db.execute(sql, (asked,)))

    def _column(self, column: Field, node: Node) -> np.ndarray:
        """A part asked of a field that is kept as codes: compared with each value there is."""
        if isinstance(node, Any):
            return column.start[1:] > column.start[:-1]
        values = pa.array([value.casefold() for value in column.values], pa.string())
        kept = np.flatnonzero(self._accepted(values, node))
        return column.having([column.values[k] for k in kept.tolist()])

    def _accepted(self, values: pa.Array, node: Node) -> np.ndarray:
        """Which of these values, each read as a whole, a part accepts."""
        if isinstance(node, Words):
            kept = pc.equal(values, node.text.casefold())
        elif isinstance(node, Wild):
            kept = pc.match_substring_regex(values, regex_of(node.pattern.casefold(), "."))
        elif isinstance(node, Regex):
            kept = tried(values, anchored(node.pattern))
        elif isinstance(node, Near):
            near = nearest(values, node.text.casefold(), self._edits(node.text, node.edits))
            kept = pc.is_in(values, value_set=pa.array(near, pa.string()))
        elif isinstance(node, Between):
            return between(values, node)
        else:
            raise Invalid("this cannot be asked of a field")
        accepted: np.ndarray = kept.to_numpy(zero_copy_only=False).astype(np.bool_)
        return accepted

    def _plain(self, code: int, node: Node) -> np.ndarray:
        """A part asked of a field whose values are kept whole."""
        db = self._store.db
        if isinstance(node, Words):
            asked = (code, node.text.casefold())
            return self._rows(n for (n,) in db.execute("SELECT n FROM value WHERE field = ? AND value = ?", asked))
        rows, values = self._read(code)
        return self._rows(rows[self._accepted(values, node)].tolist())

    def _read(self, code: int) -> tuple[np.ndarray, pa.Array]:
        """All values of a field, and whose each is."""
        read = self._store.db.execute("SELECT n, value FROM value WHERE field = ?", (code,)).fetchall()
        rows = np.fromiter((n for n, _ in read), np.int64, len(read))
        return rows, pa.array([value for _, value in read], pa.string())

    def _wordy(self, code: int, node: Node) -> Hit | None:
        """A part asked of a field whose values are kept as words."""
        if isinstance(node, Words):
            found = words(node.text)
            if not found:
                return None
            if node.quoted and not node.slop:
                return Hit(self._holding(code, [" ".join(found)]))
            masks = [self._holding(code, [word]) for word in found]
            return Hit(np.logical_and.reduce(masks))
        if isinstance(node, Between):
            raise Invalid("a range asks for a field of dates, numbers or codes")
        rows, values = self._read(code)
        if isinstance(node, Near):
            held = pa.array(sorted({word for value in values.to_pylist() for word in value.split()}), pa.string())
            masks = []
            for word in words(node.text):
                near = nearest(held, word, self._edits(word, node.edits)) or [_NOWHERE]
                masks.append(self._holding(code, near))
            return Hit(np.logical_and.reduce(masks)) if masks else None
        if isinstance(node, Regex):
            inner = [anchored(node.pattern)[1:-1]]
        else:
            inner = [regex_of(pattern, r"[^ ]")[1:-1] for pattern in patterns(node)]
        masks = [self._rows(rows[tried(values, f"(?:^| )(?:{one})(?: |$)").to_numpy(zero_copy_only=False)].tolist())
                 for one in inner]  # fmt: skip
        return Hit(np.logical_and.reduce(masks)) if masks else None

    def _holding(self, code: int, texts: list[str]) -> np.ndarray:
        """Entities with one of these texts as words in a row within a value of a field."""
        mask = np.zeros(self._n, np.bool_)
        sql = "SELECT n FROM value WHERE field = ? AND instr(' ' || value || ' ', ?)"
        for text in texts:
            mask[[n for (n,) in self._store.db.execute(sql, (code, f" {text} "))]] = True
        return mask


_NOWHERE = "\ue001"
"""A word that stands nowhere."""


def _text(found: Text | Hit) -> str:
    assert isinstance(found, Text)  # noqa: S101 - looked at by the caller
    return found.match


def _every(parts: Iterable[str]) -> str:
    some = list(parts)
    return some[0] if len(some) == 1 else f"({' AND '.join(some)})" if some else ""


def _quoted(term: str) -> str:
    return '"' + term.replace('"', '""') + '"'
