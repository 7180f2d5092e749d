"""The query syntax of /search, read into a tree.

It is the one that clients of the API know, Lucene's: words and "phrases", AND, OR, NOT, +, -, brackets, field:value,
wildcards (* and ?), word~ and word~2 for near spellings, "a phrase"~3 for words close to each other, /regular
expressions/, [ranges TO ends], field:>=value, _exists_:field, and a backslash before a sign meant as it is. ^2 is read
and changes nothing. All words must be there unless OR says otherwise. AND, OR and NOT bind their neighbours as they do
there: `a OR b AND c` asks for b and c, and a makes no difference.
Source: https://lucene.apache.org/core/9_11_0/queryparser/org/apache/lucene/queryparser/classic/package-summary.html

The plain syntax for search boxes (`simple`) knows words, "phrases", +, |, -, brackets, a closing * and ~; whatever does
not fit is read as words, so that nothing a person types is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum

LONGEST = 1_000
"""Parts of a query."""
DEEPEST = 32
"""Brackets within brackets."""


class Invalid(Exception):
    """The query does not follow the syntax; the text says where."""


class Occur(Enum):
    """Whether a part must hold, may hold, or must not."""

    MUST = "must"
    MAY = "may"
    NOT = "not"


@dataclass(frozen=True)
class Words:
    """Words of which each must be there; in quotes one after the other, with at most `slop` between."""

    text: str
    quoted: bool = False
    slop: int = 0


@dataclass(frozen=True)
class Wild:
    """A word with * (any letters) or ? (one letter) in it; `\\` before one that is meant as it is."""

    pattern: str


@dataclass(frozen=True)
class Near:
    """A word that may differ by some letters; None: by what the length allows."""

    text: str
    edits: int | None


@dataclass(frozen=True)
class Regex:
    """A regular expression that a whole word fulfils."""

    pattern: str


@dataclass(frozen=True)
class Between:
    """A value between two, each itself included or not; None: no end on that side."""

    low: str | None
    high: str | None
    with_low: bool = True
    with_high: bool = True


@dataclass(frozen=True)
class Any:
    """Every entity, or in a field every entity that has a value there."""


@dataclass(frozen=True)
class In:
    """A part that is asked of one field."""

    field: str
    part: Node


@dataclass(frozen=True)
class Group:
    """Parts with whether each must hold."""

    parts: tuple[tuple[Occur, Node], ...]


Node = Words | Wild | Near | Regex | Between | Any | In | Group

_SPACE = re.compile(r"\s+")
_FIELD = re.compile(r"((?:\\.|[\w.])(?:\\.|[\w.\-])*):")
_WORD = re.compile(r"(?:\\.|[^\s()\[\]{}\"^~:\\])+")
_CLOSE = re.compile(r"~(\d+(?:\.\d+)?)?")
_BOOST = re.compile(r"\^(\d+(?:\.\d+)?)?")
_COMPARED = re.compile(r"(>=|<=|>|<)")
_NUMBER = 9


@dataclass
class _Reader:
    """Reads a query from left to right."""

    text: str
    at: int = 0
    parts: int = 0
    depth: int = field(default=0)

    def fail(self, why: str) -> Invalid:
        return Invalid(f"{why} (at character {self.at + 1})")

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    @property
    def ended(self) -> bool:
        self.take(_SPACE)
        return self.at >= len(self.text)

    def group(self, closing: str = "") -> Node:
        clauses: list[tuple[Occur, Node]] = []
        joined: str | None = None
        while not self.ended:
            if self.text[self.at] == ")":
                if closing:
                    break
                raise self.fail("a bracket is closed that was not opened")
            word = self.operator()
            if word in {"AND", "OR"}:
                if not clauses or joined is not None:
                    raise self.fail(f"{word} stands between two words")
                joined = word
                continue
            forbidden, required = word == "NOT", word == "+"
            if forbidden or required:
                if self.ended or self.text[self.at] == ")":
                    raise self.fail(f"{word} stands before a word")
                if self.operator() is not None:
                    raise self.fail("two operators stand together")
            part = self.clause()
            if part is None:
                joined = None
                continue
            if joined == "AND" and clauses and clauses[-1][0] is not Occur.NOT:
                clauses[-1] = (Occur.MUST, clauses[-1][1])
            if joined == "OR" and clauses and clauses[-1][0] is not Occur.NOT:
                clauses[-1] = (Occur.MAY, clauses[-1][1])
            optional = joined == "OR" and not required
            clauses.append((Occur.NOT if forbidden else Occur.MAY if optional else Occur.MUST, part))
            joined = None
        if joined is not None:
            raise self.fail(f"{joined} stands between two words")
        return clauses[0][1] if len(clauses) == 1 and clauses[0][0] is not Occur.NOT else Group(tuple(clauses))

    def operator(self) -> str | None:
        for sign, word in (("&&", "AND"), ("||", "OR")):
            if self.text.startswith(sign, self.at):
                self.at += 2
                return word
        for word in ("AND", "OR", "NOT"):
            end = self.at + len(word)
            if self.text.startswith(word, self.at) and (end == len(self.text) or self.text[end] in ' \t\n\r("'):
                self.at = end
                return word
        following = self.text[self.at + 1 : self.at + 2]
        if self.text[self.at] in "+-!" and following and not following.isspace():
            self.at += 1
            return "+" if self.text[self.at - 1] == "+" else "NOT"
        return None

    def clause(self) -> Node | None:
        self.parts += 1
        if self.parts > LONGEST:
            raise self.fail(f"the query has more than {LONGEST} parts")
        found = self.take(_FIELD)
        if found is None:
            return self.value()
        name = _plain(found[1])
        if self.at >= len(self.text) or self.text[self.at].isspace():
            raise self.fail(f"{name}: says no value")
        if name == "_exists_":
            word = self.take(_WORD)
            if word is None:
                raise self.fail("_exists_: names no field")
            return In(_plain(word[0]), Any())
        compared = self.take(_COMPARED)
        if compared is not None:
            word = self.take(_WORD)
            if word is None:
                raise self.fail(f"{name}:{compared[0]} says no value")
            text, sign = _plain(word[0]), compared[0]
            low = Between(text, None, with_low=sign == ">=")
            return In(name, low if sign[0] == ">" else Between(None, text, with_high=sign == "<="))
        part = self.value(name)
        return None if part is None else In(name, part)

    def value(self, name: str = "") -> Node | None:
        sign = self.text[self.at]
        if sign == "(":
            if self.depth >= DEEPEST:
                raise self.fail(f"brackets stand more than {DEEPEST} deep")
            self.at += 1
            self.depth += 1
            part = self.group(")")
            self.depth -= 1
            if self.at >= len(self.text):
                raise self.fail("a bracket is not closed")
            self.at += 1
            self.take(_BOOST)
            return None if part == Group(()) else part
        if sign == '"':
            return self.phrase()
        if sign in "[{":
            return self.range()
        if sign == "/":
            end = _closing(self.text, self.at + 1, "/")
            if end < 0:
                raise self.fail("a regular expression is not closed; write \\/ for the sign itself")
            pattern = self.text[self.at + 1 : end]
            self.at = end + 1
            self.take(_BOOST)
            return Regex(pattern)
        word = self.take(_WORD)
        if word is None:
            raise self.fail(f"{sign!r} does not fit here")
        if re.search(r"(?<!\\)/", word[0]):
            raise self.fail("a regular expression is not closed; write \\/ for the sign itself")
        return self.word(word[0], name)

    def word(self, raw: str, name: str) -> Node | None:
        close = self.take(_CLOSE)
        self.take(_BOOST)
        if self.at < len(self.text) and self.text[self.at] == ":":
            raise self.fail("a colon stands after a field's name; write \\: for the sign itself")
        if raw == "*":
            return Any()
        if close is not None:
            return Near(_plain(raw), _edits(close[1]))
        if re.search(r"(?<!\\)[*?]", raw):
            return Wild(raw)
        return Words(_plain(raw))

    def phrase(self) -> Node:
        end = _closing(self.text, self.at + 1, '"')
        if end < 0:
            raise self.fail("a quotation mark is not closed")
        text = _plain(self.text[self.at + 1 : end])
        self.at = end + 1
        close = self.take(_CLOSE)
        self.take(_BOOST)
        return Words(text, quoted=True, slop=int(float(close[1] or 0)) if close else 0)

    def range(self) -> Node:
        opening = self.text[self.at]
        end = min((at for at in (self.text.find("]", self.at), self.text.find("}", self.at)) if at >= 0), default=-1)
        if end < 0:
            raise self.fail("a range is not closed")
        inner = self.text[self.at + 1 : end]
        ends = re.split(r"\s+TO\s+", inner.strip())
        if len(ends) != 2 or not all(ends):
            raise self.fail("a range says [from TO to]")
        low, high = (None if one == "*" else _plain(one.strip('"')) for one in ends)
        closing = self.text[end]
        self.at = end + 1
        self.take(_BOOST)
        return Between(low, high, opening == "[", closing == "]")


def parse(text: str) -> Node:
    """A query as a tree; an empty one asks for everything.

    Raises:
        Invalid: it does not follow the syntax.
    """
    found = _Reader(text).group()
    return Any() if found == Group(()) else found


_SIMPLE = re.compile(r'\s+|(?P<phrase>"(?:\\.|[^"\\])*"(?:~\d{0,3})?)|(?P<sign>[+|()-])|(?P<word>(?:\\.|[^\s|()"])+)|.')


def parse_simple(text: str) -> Node:
    """A query of the plain syntax as a tree; anything can be read."""
    tokens = [m for m in _SIMPLE.finditer(text) if m[0].strip()][:LONGEST]
    node, _ = _simple(tokens, 0, 0)
    return node if node is not None else Any()


def _simple(tokens: list[re.Match[str]], at: int, depth: int) -> tuple[Node | None, int]:
    """A group of the plain syntax from a token on: alternatives (|) of words that must all be there."""
    either: list[list[tuple[Occur, Node]]] = [[]]
    forbidden = False
    while at < len(tokens):
        token = tokens[at]
        at += 1
        sign = token["sign"]
        part: Node | None = None
        if sign == ")":
            if depth:
                break
            continue
        if sign == "(":
            if depth < DEEPEST:
                part, at = _simple(tokens, at, depth + 1)
        elif sign == "|":
            either.append([])
            continue
        elif sign == "-":
            touching = at < len(tokens) and tokens[at].start() == token.end()
            forbidden = forbidden != touching
            continue
        elif sign == "+":
            continue
        elif token["phrase"]:
            body, _, close = token[0].rpartition('"')
            slop = int(close[1:] or 0) if close else 0
            part = Words(_plain(body[1:]), quoted=True, slop=slop)
        elif token["word"]:
            part = _simple_word(token[0])
        if part is not None:
            either[-1].append((Occur.NOT if forbidden else Occur.MUST, part))
        forbidden = False
    groups = [_joined(group) for group in either if group]
    if not groups:
        return None, at
    return (groups[0] if len(groups) == 1 else Group(tuple((Occur.MAY, group) for group in groups))), at


def _simple_word(raw: str) -> Node | None:
    close = re.fullmatch(r"(.+?)~(\d?)", raw)
    if close and not close[1].endswith("\\"):
        return Near(_plain(close[1]), _edits(close[2]))
    if len(raw) > 1 and raw.endswith("*") and not raw.endswith("\\*"):
        return Wild(re.sub(r"[*?]", r"\\\g<0>", _plain(raw[:-1])) + "*")
    return Words(_plain(raw))


def _joined(parts: list[tuple[Occur, Node]]) -> Node:
    return parts[0][1] if len(parts) == 1 and parts[0][0] is Occur.MUST else Group(tuple(parts))


def _edits(text: str | None) -> int | None:
    """How many letters may differ: a number from 1 on as it is (2 at most), nothing as the length allows."""
    if not text:
        return None
    number = float(text[:_NUMBER])
    return min(int(number), 2) if number >= 1 or number == 0 else 2


def _plain(raw: str) -> str:
    """Text without the signs that say that the next is meant as it is."""
    return re.sub(r"\\(.)", r"\1", raw)


def _closing(text: str, at: int, sign: str) -> int:
    """Where a sign stands that is not meant as it is; -1 for nowhere."""
    while at < len(text):
        if text[at] == "\\":
            at += 2
            continue
        if text[at] == sign:
            return at
        at += 1
    return -1
