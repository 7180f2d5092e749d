"""The parties to be screened, read a column at a time: a party becomes an object only where somebody asks for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.screening.births import read_birth
from caudal.screening.dated import as_number, runs
from caudal.screening.encoded import EncodedNames, Encoder
from caudal.screening.names import PERSON, ParsedName, kind_of, parse, surname_tokens
from caudal.screening.plain import PlainNames, read_plain
from caudal.screening.properties import search_bits
from caudal.screening.subjects import Subject, from_parties, subject
from caudal.screening.text import disguise
from caudal.tables import PARTIES

ROWS = 16_384
"""Rows of a parties table turned into text at a time."""
REMEMBERED = 4_096
"""Names and parties kept as objects; when there are more, all are forgotten."""


class Parties(Protocol):
    """Parties in their order."""

    kinds: np.ndarray
    """Kind per party (int8)."""
    cuts: bool
    """Whether their names may be cut."""

    def __len__(self) -> int: ...

    def __getitem__(self, i: int) -> Subject: ...

    def some(self, rows: list[int]) -> list[Subject]:
        """Several of them."""
        ...

    def plain(self) -> PlainNames | None:
        """The names of parties that have one plain name only (see `plain`), where they can be read at once."""
        ...

    def names(self, without: np.ndarray | None = None) -> Iterator[tuple[int, list[tuple[str, str]], tuple[str, ...]]]:
        """Every party: its index, its (name, kind of name) pairs as in its Subject, its surnames.

        Args:
            without: parties to be passed over, ascending.
        """
        ...

    def search_bits(self, floor: float) -> np.ndarray:
        """Bits that the names of each party must reach for the rest to be looked at (see `properties.search_bits`).

        Shape (parties, 2): where birth dates are not looked at, and where they are.
        """
        ...

    def births(self) -> tuple[np.ndarray, np.ndarray]:
        """Birth dates of the parties (see `dated.runs`)."""
        ...

    def identifiers(self) -> tuple[list[int], list[str]]:
        """Indices of parties, ascending, and their identifiers."""
        ...


class Subjects:
    """Parties that are objects already."""

    def __init__(self, parties: Sequence[Subject], *, cuts: bool = False) -> None:
        self.parties = parties
        self.cuts = cuts
        self.kinds = np.fromiter((party.kind for party in parties), np.int8, len(parties))

    @classmethod
    def of(cls, parties: Sequence[Mapping[str, Any]]) -> Subjects:
        """Parties from FollowTheMoney dictionaries; one without an id is known by its position.

        Raises:
            InputError: one is no entity, or two have one id: their matches could not be told apart.
        """
        found = [subject(party) for party in parties]
        named = [s if s.id else Subject(**{**s.__dict__, "id": str(i)}) for i, s in enumerate(found)]
        repeated = [who for who, n in Counter(s.id for s in named).items() if n > 1]
        if repeated:
            raise InputError(f"the id {repeated[0]!r} occurs twice", file="parties", field="id")
        return cls(named)

    def __len__(self) -> int:
        return len(self.parties)

    def __getitem__(self, i: int) -> Subject:
        return self.parties[i]

    def some(self, rows: list[int]) -> list[Subject]:
        """See Parties."""
        return [self.parties[i] for i in rows]

    def plain(self) -> PlainNames | None:
        """See Parties."""
        return None

    def names(self, without: np.ndarray | None = None) -> Iterator[tuple[int, list[tuple[str, str]], tuple[str, ...]]]:
        """See Parties."""
        passed = set() if without is None else set(without.tolist())
        for i, party in enumerate(self.parties):
            if i in passed:
                continue
            yield i, list(party.names), party.surnames

    def search_bits(self, floor: float) -> np.ndarray:
        """See Parties."""
        bare = [replace(party, births=()) for party in self.parties]
        return np.stack([search_bits(bare, floor), search_bits(self.parties, floor)], axis=1)

    def births(self) -> tuple[np.ndarray, np.ndarray]:
        """See Parties."""
        return runs(party.births for party in self.parties)

    def identifiers(self) -> tuple[list[int], list[str]]:
        """See Parties."""
        pairs = [(i, text) for i, party in enumerate(self.parties) for text in sorted(party.identifiers)]
        return [i for i, _ in pairs], [text for _, text in pairs]


class PartiesTable:
    """The rows of a parties table.

    Raises:
        InputError: a column is missing, or an id occurs twice.
    """

    cuts = True

    def __init__(self, table: pa.Table) -> None:
        self.table = PARTIES.check(table).combine_chunks()
        if pc.count_distinct(self.table["party_id"]).as_py() < len(self):
            raise InputError("an id occurs twice", file="parties", field="party_id")
        self._known: dict[int, Subject] = {}
        coded = self._column("schema").dictionary_encode()
        kinds = np.array([kind_of(schema) for schema in coded.dictionary.to_pylist()], np.int8)
        self.kinds = kinds[coded.indices.to_numpy(zero_copy_only=False)] if len(self) else np.zeros(0, np.int8)

    def _column(self, name: str) -> Any:
        column = self.table.column(name)
        return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __getitem__(self, i: int) -> Subject:
        found = self._known.get(i)
        if found is None:
            if len(self._known) > REMEMBERED:
                self._known.clear()
            found = self._known[i] = from_parties(self.table.slice(i, 1))[0]
        return found

    def plain(self) -> PlainNames | None:
        """See Parties."""
        alone = pc.list_value_length(self._column("aliases")).fill_null(0).to_numpy(zero_copy_only=False) == 0
        return read_plain(self._column("name"), alone & (self.kinds == PERSON), cuts=self.cuts) if len(self) else None

    def some(self, rows: list[int]) -> list[Subject]:
        """See Parties."""
        found = from_parties(self.table.take(pa.array(rows, pa.int64())))
        if len(self._known) + len(rows) > 2 * REMEMBERED:
            self._known.clear()
        self._known.update(zip(rows, found, strict=True))
        return found

    def names(self, without: np.ndarray | None = None) -> Iterator[tuple[int, list[tuple[str, str]], tuple[str, ...]]]:
        """See Parties."""
        rows = np.arange(len(self))
        if without is not None:
            rows = np.delete(rows, without)
        names, aliases = self._column("name"), self._column("aliases")
        for low in range(0, rows.size, ROWS):
            some = rows[low : low + ROWS]
            at = pa.array(some)
            others = aliases.take(at)
            more = others.to_pylist() if len(others.flatten()) else [()] * len(others)
            for i, name, also in zip(some.tolist(), names.take(at).to_pylist(), more, strict=True):
                pairs = [(name, "primary")] if name.strip() else []
                if also:
                    pairs += [(alias, "alias") for alias in also if alias.strip()]
                    pairs = list(dict.fromkeys(pairs))
                yield i, pairs, ()

    def search_bits(self, floor: float) -> np.ndarray:
        """See Parties."""
        placed = pc.fill_null(pc.greater(pc.utf8_length(pc.utf8_trim_whitespace(self._column("address"))), 0), False)
        hidden = np.zeros(len(self), np.bool_)
        sample = ""
        for i, text in self._foreign():
            if not hidden[i] and disguise(text):
                hidden[i], sample = True, text
        # What counts is which of these are known, so one party of each sort stands for all.
        bare = Subject("", "", 0, ())
        sorts = [
            replace(bare, births=("1900",) * d, addresses=("x",) * p, names=((sample, "primary"),) * h)
            for d in (0, 1)
            for p in (0, 1)
            for h in (0, 1)
        ]
        sort = 2 * placed.to_numpy(zero_copy_only=False) + hidden
        found: np.ndarray = search_bits(sorts, floor).reshape(2, 4).T[sort]
        return found

    def births(self) -> tuple[np.ndarray, np.ndarray]:
        """See Parties."""
        coded = self._column("birth_date").dictionary_encode()
        read = [read_birth(text) if text else "" for text in coded.dictionary.to_pylist()]
        numbers = np.array([as_number(text) if text else 0 for text in read] + [0], np.int32)
        found = numbers[coded.indices.fill_null(len(read)).to_numpy(zero_copy_only=False)]
        counts = (found > 0).astype(np.int64)
        told = {i: self[i].births for i in self._numbered.tolist()}  # a number may tell a birth date
        counts[list(told)] = [len(births) for births in told.values()]
        start = np.zeros(len(self) + 1, np.int64)
        np.cumsum(counts, out=start[1:])
        held = np.zeros(int(start[-1]), np.int32)
        given = np.flatnonzero(found > 0)
        given = given[counts[given] > 0]
        held[start[given]] = found[given]
        for i, births in told.items():
            held[start[i] : start[i + 1]] = [as_number(birth) for birth in births]
        return start, held

    @cached_property
    def _numbered(self) -> np.ndarray:
        """Rows with a number."""
        return np.flatnonzero(pc.list_value_length(self._column("identifiers")).to_numpy(zero_copy_only=False) > 0)

    def _foreign(self) -> Iterator[tuple[int, str]]:
        """Rows and their names that are not plain ASCII."""
        names, aliases = self._column("name"), self._column("aliases")
        others = aliases.flatten()
        for texts, rows in ((names, None), (others, pc.list_parent_indices(aliases))):
            at = np.flatnonzero(~pc.string_is_ascii(texts).to_numpy(zero_copy_only=False))
            found = at if rows is None else rows.to_numpy()[at]
            yield from zip(found.tolist(), texts.take(pa.array(at)).to_pylist(), strict=True)

    def identifiers(self) -> tuple[list[int], list[str]]:
        """See Parties."""
        pairs = [(i, text) for i in self._numbered.tolist() for text in sorted(self[i].identifiers)]
        return [i for i, _ in pairs], [text for _, text in pairs]


class Parsed(Sequence[ParsedName]):
    """Names taken apart where they are asked for: name n is name which[n] of party owner[n]."""

    def __init__(self, parties: Any, owner: np.ndarray, which: np.ndarray, *, cuts: bool) -> None:
        self._parties, self._owner, self._which, self._cuts = parties, owner, which, cuts
        self._known: dict[int, ParsedName] = {}

    def __len__(self) -> int:
        return len(self._owner)

    def __getitem__(self, n: Any) -> Any:
        found = self._known.get(int(n))
        if found is None:
            if len(self._known) > REMEMBERED:
                self._known.clear()
            who: Subject = self._parties[int(self._owner[n])]
            raw = who.names[int(self._which[n])][0]
            found = parse(raw, who.kind, cuts=self._cuts, surnames=surname_tokens(who.surnames))
            self._known[int(n)] = found
        return found


def encode_parties(
    parties: Parties, against: EncodedNames | None = None, again: Sequence[Subject] | None = None, *,
    apart: bool = False,
) -> tuple[EncodedNames, list[str], np.ndarray]:  # fmt: skip
    """All names of all parties as arrays, the kind of every name, and which of its party's names each is.

    Names of one party that fold to the same tokens are kept once.

    Args:
        against: the other side, where it is known (see Encoder.finish).
        again: gives the same parties later, when a name is to be explained; where it is not `parties` itself.
        apart: read every party as if it were the only one (see Encoder.finish).
    """
    encoder = Encoder()
    kinds: list[str] = []
    which: list[int] = []
    owners: list[int] = []
    party_kinds = parties.kinds.tolist()
    cuts = parties.cuts
    nobody: frozenset[str] = frozenset()
    plain = parties.plain()
    for owner, names, surnames in parties.names(None if plain is None else plain.rows):
        kind = party_kinds[owner]
        known = surname_tokens(surnames) if surnames else nobody
        seen: set[tuple[str, ...]] = set()
        for k, (raw, how) in enumerate(names):
            name = parse(raw, kind, cuts=cuts, surnames=known)
            if len(names) > 1:
                if name.tokens in seen:
                    continue
                seen.add(name.tokens)
            encoder.add(owner, kind, how == "weak", name)
            owners.append(owner)
            kinds.append(how)
            which.append(k)
    places = np.array(which, np.int32)
    if plain is not None:
        encoder.add_plain(parties.kinds, plain)
        # As the encoder does: the names of all in the order of their owners.
        order = np.argsort(np.concatenate([np.array(owners, np.int64), plain.rows]), kind="stable")
        more = plain.rows.size
        places = np.concatenate([places, np.zeros(more, np.int32)])[order]
        kinds = np.array(kinds + ["primary"] * more, object)[order].tolist()
    encoded = encoder.finish(lambda own: Parsed(again or parties, own, places, cuts=cuts), against, apart=apart)
    return encoded, kinds, places
