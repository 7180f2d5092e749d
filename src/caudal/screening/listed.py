"""The register as the matcher sees it: every listed name encoded, indexed and counted."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.screening import stored
from caudal.screening.addresses import AddressWords
from caudal.screening.dated import runs
from caudal.screening.encoded import EncodedNames
from caudal.screening.names import kind_of
from caudal.screening.near import Reference, Side
from caudal.screening.population import Population
from caudal.screening.screened import REMEMBERED, Parsed, Parties, encode_parties
from caudal.screening.spelling import Forms, Lexicon, Personal
from caudal.screening.subjects import Subject, from_properties, listed_ids


class RegisterLike(Protocol):
    """What screening needs of a register."""

    def tables(self) -> Mapping[str, pa.Table]:
        """At least `entities` and `names`."""
        ...


class Roll(Sequence[Subject]):
    """Everyone on the lists, in the order of `entities`, as an object only where somebody asks for it.

    Args:
        entities: entity_id, schema, caption, properties, dataset, of whoever is on a list for a reason.
        names: owner (row of `entities`, ascending), name, kind.
    """

    def __init__(self, entities: pa.Table, names: pa.Table) -> None:
        self.entities, self.names = entities.combine_chunks(), names.combine_chunks()
        self._start = np.searchsorted(self.names["owner"].to_numpy(), np.arange(len(self) + 1)).tolist()
        self._known: dict[int, Subject] = {}
        self._ids = _whole(self.entities["entity_id"])

    @classmethod
    def of(cls, tables: Mapping[str, pa.Table]) -> Roll:
        """From the register's tables.

        Where `designations` is given too, whoever is neither designated nor tied to a group by a list is left out: an
        ownership register names many people who are only owners.
        """
        entities = tables["entities"].select(["entity_id", "schema", "caption", "properties", "dataset"])
        listed = listed_ids(tables)
        if listed is not None:
            entities = entities.filter(pc.is_in(entities["entity_id"], value_set=pa.array(sorted(listed), pa.string())))
        names = tables["names"].select(["entity_id", "name", "kind"])
        owner = pc.index_in(names["entity_id"], value_set=_whole(entities["entity_id"]))
        names = pa.table({"owner": owner.cast(pa.int32()), "name": names["name"], "kind": names["kind"]})
        names = names.filter(names["owner"].is_valid())
        # One without any name goes by its caption.
        nameless = np.setdiff1d(np.arange(entities.num_rows), names["owner"].to_numpy())
        captions = entities["caption"].take(pa.array(nameless, pa.int64()))
        more = pa.table(
            {
                "owner": pa.array(nameless, pa.int32()),
                "name": captions.cast(names["name"].type),
                "kind": pa.array(["primary"] * len(nameless)).cast(names["kind"].type),
            }
        )
        names = pa.concat_tables([names, more])
        order = np.argsort(names["owner"].to_numpy(), kind="stable")
        return cls(entities, names.take(pa.array(order)))

    def __len__(self) -> int:
        return int(self.entities.num_rows)

    def id(self, i: int) -> str:
        """The entity's id."""
        return str(self._ids[i].as_py())

    def dataset(self, i: int) -> str:
        """The list the entity comes from."""
        return str(self.entities["dataset"][i].as_py())

    def caption(self, entity_id: str) -> str:
        """What an entity is called on its list.

        Raises:
            KeyError: nobody has that id.
        """
        at = pc.index(self._ids, entity_id).as_py()
        if at < 0:
            raise KeyError(entity_id)
        return str(self.entities["caption"][at].as_py())

    def rows(self, ids: Collection[str]) -> np.ndarray:
        """Indices of the entities with these ids, ascending; ids that nobody has are passed over."""
        found = pc.is_in(self._ids, value_set=pa.array(sorted(ids), pa.string()))
        return np.flatnonzero(found.to_numpy(zero_copy_only=False))

    def __getitem__(self, i: Any) -> Any:
        found = self._known.get(i)
        if found is None:
            if not -len(self) <= i < len(self):
                raise IndexError(i)
            if len(self._known) > REMEMBERED:
                self._known.clear()
            found = self._known[i] = next(self._made(i % len(self), i % len(self) + 1))
        return found

    def __iter__(self) -> Iterator[Subject]:
        for low in range(0, len(self), REMEMBERED):
            yield from self._made(low, min(low + REMEMBERED, len(self)))

    def _made(self, low: int, high: int) -> Iterator[Subject]:
        first = self._start[low]
        part = self.names.slice(first, self._start[high] - first)
        names, kinds = part["name"].to_pylist(), part["kind"].to_pylist()
        rows = self.entities.slice(low, high - low).to_pydict()
        for k, i in enumerate(range(low, high)):
            a, b = self._start[i] - first, self._start[i + 1] - first
            own = list(zip(names[a:b], kinds[a:b], strict=True))
            text = rows["properties"][k]
            properties = json.loads(text) if text else {}
            yield from_properties(rows["entity_id"][k], rows["schema"][k], own, properties, rows["dataset"][k])


class Holders:
    """Who holds which number.

    Attributes:
        numbers: the numbers. start, entity: holders of number i are entity[start[i]:start[i+1]], ascending.
    """

    def __init__(self, numbers: Lexicon, start: np.ndarray, entity: np.ndarray) -> None:
        self.numbers, self.start, self.entity = numbers, start, entity

    @classmethod
    def of(cls, held: Mapping[str, Sequence[int]]) -> Holders:
        """From every number's holders, ascending."""
        start = np.zeros(len(held) + 1, np.int64)
        np.cumsum(np.fromiter(map(len, held.values()), np.int64, len(held)), out=start[1:])
        return cls(Lexicon.of(held), start, np.fromiter(chain.from_iterable(held.values()), np.int32))

    def find(self, numbers: list[str]) -> list[list[int]]:
        """For every number who holds it."""
        if not numbers:
            return []
        at = self.numbers.find(numbers).tolist()
        return [self.entity[self.start[i] : self.start[i + 1]].tolist() if i >= 0 else [] for i in at]


class _Read:
    """Everyone of a roll, read once from front to back: no list of millions of them is made.

    Attributes:
        births, held: birth dates of those read so far; their numbers, with who holds each.
    """

    cuts = False

    def __init__(self, roll: Roll) -> None:
        self._roll = roll
        self.kinds = np.fromiter(map(kind_of, roll.entities["schema"].to_pylist()), np.int8, len(roll))
        self.births: list[tuple[str, ...]] = []
        self.held: dict[str, list[int]] = {}

    def plain(self) -> None:
        """See `screened.Parties`."""

    def names(self, without: Any = None) -> Iterator[tuple[int, list[tuple[str, str]], tuple[str, ...]]]:
        """See `screened.Parties`."""
        for i, who in enumerate(self._roll):
            self.births.append(who.births)
            for number in sorted(who.identifiers):
                self.held.setdefault(number, []).append(i)
            yield i, list(who.names), who.surnames


_PLAIN = ("owner", "kind", "weak", "start", "tok", "word", "role", "join", "cut", "pieces")
"""Fields of EncodedNames that are arrays."""


class Listed:
    """Everyone on the lists, indexed.

    Attributes:
        subjects: everyone; names: all their names; name_kinds: the kind of each; which: which of its party's names.
        births: birth dates of everyone (see `dated.runs`). reference: the words of the names. versions: words for the
            version of each list.
    """

    def __init__(
        self, subjects: Roll, names: EncodedNames, name_kinds: Sequence[str], which: np.ndarray, reference: Reference,
        holders: Holders, births: tuple[np.ndarray, np.ndarray], versions: Mapping[str, str],
        address_words: AddressWords | None = None,
    ) -> None:  # fmt: skip
        self.subjects, self.names, self.name_kinds, self.which = subjects, names, name_kinds, which
        self.reference, self.versions = reference, versions
        self.births = births
        self._holders, self._address_words = holders, address_words
        self._side: tuple[Population, Side] | None = None

    @classmethod
    def of(cls, register: RegisterLike) -> Listed:
        """Build the index.

        Args:
            register: see RegisterLike; `register.versions` names the list versions where it exists.
        """
        roll = Roll.of(register.tables())
        everyone = _Read(roll)
        names, name_kinds, which = encode_parties(cast(Parties, everyone), again=roll)
        population = Population.of_lists(everyone.kinds, names)
        return cls(
            roll,
            names,
            name_kinds,
            which,
            Reference(names.words, population),
            Holders.of(everyone.held),
            runs(everyone.births),
            version_words(getattr(register, "versions", None)),
        )

    @property
    def address_words(self) -> AddressWords:
        """How rare words are in the listed addresses."""
        if self._address_words is None:
            self._address_words = AddressWords(address for who in self.subjects for address in who.addresses)
        return self._address_words

    def save(self, folder: Path, about: Mapping[str, str]) -> None:
        """Write the index to a folder (see `stored`)."""
        names, reference, population = self.names, self.reference, self.reference.population
        kinds = list(dict.fromkeys(self.name_kinds))
        code = {kind: i for i, kind in enumerate(kinds)}
        counted, addresses = self.address_words.counts()
        arrays = {
            **{f"names.{name}": getattr(names, name) for name in _PLAIN},
            **{f"names.derived.{name}": getattr(names, name) for name in ("first", "length", "letters")},
            "names.post_start": names.postings[0],
            "names.post_name": names.postings[1],
            "names.post_plain": names.postings[2],
            "names.which": self.which,
            "names.kinds": np.fromiter((code[kind] for kind in self.name_kinds), np.int8, len(self.name_kinds)),
            **{f"reference.{name}": array for name, array in reference.arrays.items()},
            "population.prior": population.prior,
            "population.bearers": population.bearers,
            "population.parties": population.parties,
            "forms.start": reference.forms.start,
            "forms.keys": reference.forms.keys,
            "forms.known": reference.forms.known,
            "personal.start": reference.forms.personal.start,
            "personal.keys": reference.forms.personal.keys,
            "holders.start": self._holders.start,
            "holders.entity": self._holders.entity,
            "births.start": self.births[0],
            "births.number": self.births[1],
            "addresses.count": np.fromiter(counted.values(), np.int64, len(counted)),
        }
        lexicons = {
            "words": names.words,
            "joined": names.joined,
            "forms": reference.forms.words,
            "personal": reference.forms.personal.words,
            "holders": self._holders.numbers,
            "addresses": Lexicon.of(counted),
        }
        for name, lexicon in lexicons.items():
            for part in ("data", "at", "slots"):
                arrays[f"lexicon.{name}.{part}"] = getattr(lexicon, part)
        facts = {"about": dict(about), "versions": dict(self.versions), "kinds": kinds, "addresses": addresses}
        stored.write(folder, arrays, {"entities": self.subjects.entities, "names": self.subjects.names}, facts)

    @classmethod
    def load(cls, folder: Path, *, check: bool = True) -> tuple[Listed, dict[str, str]]:
        """Open an index, and what was said of it when it was written.

        Raises:
            InputError: see `stored.Stored`.
        """
        held = stored.Stored(folder, check=check)

        def lexicon(name: str) -> Lexicon:
            return Lexicon(*(held.array(f"lexicon.{name}.{part}") for part in ("data", "at", "slots")))

        roll = Roll(held.table("entities"), held.table("names"))
        words = lexicon("words")
        plain = {name: held.array(f"names.{name}") for name in _PLAIN}
        which = held.array("names.which")
        names = EncodedNames(
            parsed=Parsed(roll, plain["owner"], which, cuts=False), words=words, prefixes=(), joined=lexicon("joined"),
            **plain,
        )  # fmt: skip
        names.__dict__.update(held.arrays("names.derived."))
        names.__dict__["postings"] = tuple(
            held.array(f"names.{name}") for name in ("post_start", "post_name", "post_plain")
        )
        prior, bearers, parties = (held.array(f"population.{name}") for name in ("prior", "bearers", "parties"))
        population = Population(words, prior, bearers, parties)
        personal = Personal(lexicon("personal"), held.array("personal.start"), held.array("personal.keys"))
        start, keys, known = (held.array(f"forms.{name}") for name in ("start", "keys", "known"))
        forms = Forms(lexicon("forms"), start, keys, known, personal)
        kinds = np.array(held.facts["kinds"] or [""], object)[held.array("names.kinds")]
        listed = cls(
            roll,
            names,
            kinds,
            which,
            Reference(words, population, held.arrays("reference."), forms),
            Holders(lexicon("holders"), held.array("holders.start"), held.array("holders.entity")),
            (held.array("births.start"), held.array("births.number")),
            held.facts["versions"],
            AddressWords.counted(lexicon("addresses"), held.array("addresses.count"), held.facts["addresses"]),
        )
        held.check_same()
        return listed, held.facts["about"]

    def side(self, population: Population) -> Side:
        """The listed names and what is known of their words in a population."""
        known = self._side
        if known is None or known[0] is not population:
            reference = self.reference
            side = Side(self.names, population.shares(), reference.mass(population), reference.common, reference.known)
            known = self._side = (population, side)
        return known[1]

    def holders(self, identifiers: list[str]) -> list[list[int]]:
        """For every identifier the entities that hold it."""
        return self._holders.find(identifiers)

    def version(self, entity: int) -> str:
        """Dataset and version of the list an entity comes from."""
        dataset = self.subjects.dataset(entity)
        return self.versions.get(dataset, dataset)


def _whole(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def version_words(versions: Any) -> dict[str, str]:
    """Dataset to the words for its version, from `versions` of a register."""
    found: dict[str, list[str]] = {}
    for version in versions or ():
        published = getattr(version, "published", None)
        words = str(version.version)
        if published is not None and str(published) not in words:
            words += f" of {published}"
        found.setdefault(str(version.dataset), []).append(words)
    return {dataset: f"{dataset} {', '.join(dict.fromkeys(words))}" for dataset, words in found.items()}
