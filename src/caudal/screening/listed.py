"""The register as the matcher sees it: every listed name encoded, indexed and counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

import pyarrow as pa

from caudal.screening.addresses import AddressWords
from caudal.screening.encoded import EncodedNames, encode
from caudal.screening.matcher import Reference
from caudal.screening.names import ParsedName, parse, surname_tokens
from caudal.screening.population import Population
from caudal.screening.subjects import Subject, from_register


class RegisterLike(Protocol):
    """What screening needs of a register."""

    def tables(self) -> Mapping[str, pa.Table]:
        """At least `entities` and `names`."""
        ...


def parsed_names(subject: Subject, *, cuts: bool = False) -> list[tuple[str, ParsedName]]:
    """The names of a subject taken apart: (kind of name, name)."""
    surnames = surname_tokens(subject.surnames)
    return [(how, parse(name, subject.kind, cuts=cuts, surnames=surnames)) for name, how in subject.names]


def encode_subjects(subjects: Sequence[Subject], *, cuts: bool = False) -> tuple[EncodedNames, list[str]]:
    """All names of all subjects as arrays, with the kind of every name; the owner of a name is its subject's index.

    Names of one subject that fold to the same tokens are kept once.
    """
    rows: list[tuple[int, int, bool, ParsedName]] = []
    kinds: list[str] = []
    for owner, subject in enumerate(subjects):
        seen: set[tuple[str, ...]] = set()
        for how, name in parsed_names(subject, cuts=cuts):
            if name.tokens in seen:
                continue
            seen.add(name.tokens)
            rows.append((owner, subject.kind, how == "weak", name))
            kinds.append(how)
    return encode(rows), kinds


def bearers(subjects: Sequence[Subject], names: EncodedNames) -> Iterable[tuple[int, Iterable[str]]]:
    """For every subject its kind and the tokens of all its names."""
    tokens: list[list[str]] = [[] for _ in subjects]
    for owner, name in zip(names.owner.tolist(), names.parsed, strict=True):
        tokens[owner].extend(name.tokens)
    return zip((s.kind for s in subjects), tokens, strict=True)


class Listed:
    """Everyone on the lists, indexed.

    Args:
        register: see RegisterLike; `register.versions` names the list versions where it exists.
    """

    def __init__(self, register: RegisterLike) -> None:
        self.subjects = from_register(register.tables())
        self.by_id = {subject.id: i for i, subject in enumerate(self.subjects)}
        self.names, self.name_kinds = encode_subjects(self.subjects)
        texts = self.names.vocabulary.texts[: self.names.real]
        population = Population(texts)
        population.count(bearers(self.subjects, self.names), others=True)
        self.reference = Reference(texts, population)
        self.by_identifier: dict[str, list[int]] = {}
        for i, subject in enumerate(self.subjects):
            for identifier in subject.identifiers:
                self.by_identifier.setdefault(identifier, []).append(i)
        self.versions = _versions(getattr(register, "versions", None))

    @cached_property
    def address_words(self) -> AddressWords:
        """How rare words are in the listed addresses."""
        return AddressWords(address for subject in self.subjects for address in subject.addresses)

    def version(self, entity: int) -> str:
        """Dataset and version of the list an entity comes from."""
        dataset = self.subjects[entity].dataset
        return self.versions.get(dataset, dataset)


def _versions(versions: Any) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for version in versions or ():
        published = getattr(version, "published", None)
        words = str(version.version)
        if published is not None and str(published) not in words:
            words += f" of {published}"
        found.setdefault(str(version.dataset), []).append(words)
    return {dataset: f"{dataset} {', '.join(dict.fromkeys(words))}" for dataset, words in found.items()}
