"""The mapping of a list: a few lines of TOML that say what the columns of a CSV mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator, model_validator

from caudal.errors import InputError
from caudal.register.data import Model, parse, shipped
from caudal.register.entry import SCHEMAS
from caudal.register.readers.date_text import Order
from caudal.register.readers.properties import KNOWN, NAMES

_COLUMN = re.compile(r"\{([^{}]+)\}")
_WORD = re.compile(r"[A-Za-z0-9][\w.:-]*$")


def _many(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Columns = Annotated[tuple[str, ...], BeforeValidator(_many)]
"""One column, or several."""


def columns_in(template: str) -> list[str]:
    """The columns a template such as `annex {annex}` names."""
    return _COLUMN.findall(template)


def fill(template: str, record: dict[str, str]) -> str:
    """A template with each `{column}` replaced by the row's value, white space tidied."""
    return " ".join(_COLUMN.sub(lambda found: record.get(found[1], ""), template).split())


class IdMapping(Model):
    """How an entry gets an id that stays the same from version to version."""

    prefix: str = Field(description="what every id of this list begins with, such as `ofac-`")
    column: str | None = Field(None, description="column of the list's own ids; an id there twice is rejected")
    keys: tuple[tuple[str, ...], ...] = Field(
        (),
        description="where the list has no ids: sets of columns, of which the first that is filled makes the id; rows "
        "alike in it are one entry with several designations",
    )

    @field_validator("prefix")
    @classmethod
    def _prefix(cls, value: str) -> str:
        if not _WORD.match(value):
            raise ValueError("a prefix has letters, digits, . _ : -")
        return value

    @model_validator(mode="after")
    def _one_of_them(self) -> IdMapping:
        if (self.column is None) == (not self.keys):
            raise ValueError("give either a column or keys")
        if any(not key for key in self.keys):
            raise ValueError("a key needs a column")
        return self


class PartyMapping(Model):
    """What kind of party a row is."""

    column: str | None = Field(None, description="column that says it")
    value: str | None = Field(None, description="FollowTheMoney schema of every row, where no column says it")
    words: dict[str, str] = Field(
        default_factory=dict, description="the column's words to FollowTheMoney schemata, such as `individual`"
    )
    company_by_name: bool = Field(
        False, description="whether a LegalEntity whose name carries a legal form (Ltd, S.A.) is a Company"
    )

    @model_validator(mode="after")
    def _schemata(self) -> PartyMapping:
        if (self.column is None) == (self.value is None):
            raise ValueError("give either a column or a value")
        for schema in (*self.words.values(), *([self.value] if self.value is not None else [])):
            if schema not in SCHEMAS:
                raise ValueError(f"{schema!r} is not one of {', '.join(sorted(SCHEMAS))}")
        return self


class NamesMapping(Model):
    """Which columns hold names."""

    primary: str = Field(description="column of the name shown; a row without one is rejected")
    alias: Columns = Field((), description="columns of other names")
    weak: Columns = Field((), description="columns of names that alone say little")
    former: Columns = Field((), description="columns of names of the past")
    inverted: bool = Field(
        False, description="whether people are written `LAST, First`; the natural order is added for comparison"
    )


class DesignationMapping(Model):
    """One designation that a row makes. Texts may hold columns in braces, such as `annex {annex}`."""

    when: dict[str, str] = Field(
        default_factory=dict, description="columns and the values they must have; the first that fits is taken"
    )
    each: str | None = Field(None, description="column of several values, each of which makes a designation")
    authority: str = Field(description="id of the legal authority, such as `{programme}`")
    programme: str | None = Field(None, description="programme as published; the authority when left out")
    announced: str | None = Field(None, description="column of the day it was announced")
    signed: str | None = Field(None, description="column of the day it was signed")
    effective: str | None = Field(None, description="column of the first day of its effect")
    ended: str | None = Field(None, description="column of the first day without effect")
    source: str | None = Field(None, description="words for where it is written, set before the file and its version")
    source_url: str | None = Field(None, description="address of that source")

    def columns(self) -> Iterator[str]:
        """Every column it names."""
        yield from self.when
        yield from filter(None, (self.each, self.announced, self.signed, self.effective, self.ended))
        for template in (self.authority, self.programme, self.source, self.source_url):
            yield from columns_in(template or "")


class ListMapping(Model):
    """What the columns of a list mean; see `docs/how-to/map-a-list.md`."""

    dataset: str = Field(description="name of the list, such as `eu_journal_sanctions`; letters, digits, . _ : -")
    title: str = Field(description="the list in words, for people")
    parts: bool = Field(False, description="whether the list is published as many files that together are one version")
    delimiter: str = Field(",", description="character between fields")
    separator: str = Field(";", min_length=1, description="what parts several values in one field")
    several: tuple[str, ...] = Field((), description="columns whose fields may hold several values")
    dates: Order = Field("iso", description="what 3.4.2020 means; `iso` takes such a date for none")
    empty: tuple[str, ...] = Field((), description="values that stand for nothing")
    id: IdMapping = Field(description="how an entry gets its id")
    party: PartyMapping = Field(description="what kind of party a row is")
    names: NamesMapping = Field(description="which columns hold names")
    properties: dict[str, Columns] = Field(
        default_factory=dict, description="FollowTheMoney properties to the columns that hold them"
    )
    designation: tuple[DesignationMapping, ...] = Field(
        (), description="designations a row makes; without one it names nobody designated"
    )
    ignore: tuple[str, ...] = Field((), description="columns that are left out on purpose")

    @field_validator("dataset")
    @classmethod
    def _dataset(cls, value: str) -> str:
        if not _WORD.match(value):
            raise ValueError("letters, digits, . _ : -")
        return value

    @field_validator("delimiter")
    @classmethod
    def _delimiter(cls, value: str) -> str:
        if len(value) != 1 or not value.isascii() or value in '"\r\n\0':
            raise ValueError("one ASCII character, such as , ; | or a tab")
        return value

    @field_validator("properties")
    @classmethod
    def _properties(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for prop in value:
            if prop in NAMES:
                raise ValueError(f"{prop!r} is a name; say it in names")
            if prop not in KNOWN:
                raise ValueError(f"{prop!r} is no property of a listed entity in FollowTheMoney")
        return value

    @property
    def read(self) -> dict[str, str]:
        """Every column the mapping reads, to the key that names it."""
        found: dict[str, str] = {}
        keys: list[tuple[str, str | None]] = [("id.column", self.id.column), ("party.column", self.party.column)]
        keys += [("id.keys", c) for key in self.id.keys for c in key]
        keys += [("names.primary", self.names.primary)]
        keys += [(f"names.{k}", c) for k in ("alias", "weak", "former") for c in getattr(self.names, k)]
        keys += [(f"properties.{prop}", c) for prop, columns in self.properties.items() for c in columns]
        keys += [(f"designation.{at}", c) for at, one in enumerate(self.designation) for c in one.columns()]
        keys += [("several", c) for c in self.several]
        for key, column in keys:
            if column is not None:
                found.setdefault(column, key)
        return found

    def check_header(self, header: list[str], file: str, row: int) -> list[str]:
        """See that every column it reads is there once; gives the columns it knows nothing of.

        Raises:
            InputError: a column is missing or there twice.
        """
        for column, key in self.read.items():
            if column not in header:
                listed = ", ".join(name or "(no name)" for name in header[:60])
                raise InputError(f"the column is missing (mapping {key}); there are: {listed}", file, row, column)
        known = {*self.read, *self.ignore}
        for column in header:
            if column in known and header.count(column) > 1:
                raise InputError("the column is there twice", file, row, column)
        return [column for column in header if column not in known]


def read_mapping(path: Path) -> ListMapping:
    """A mapping from a TOML file.

    Raises:
        InputError: the file is missing or no TOML, or a key is unknown, missing or wrong; names the key's path.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise InputError(f"the mapping cannot be read ({error.strerror})", file=str(path)) from error
    except UnicodeDecodeError as error:
        raise InputError("the mapping is not UTF-8 text", file=str(path)) from error
    return parse(ListMapping, text, str(path))


@cache
def shipped_mappings() -> dict[str, ListMapping]:
    """The mappings that come with the package, by name."""
    return {
        file.name.removesuffix(".toml"): parse(ListMapping, file.read_text(encoding="utf-8"), file.name)
        for file in sorted(shipped("mappings").iterdir(), key=lambda f: f.name)
        if file.name.endswith(".toml")
    }


def mapping_of(header: list[str]) -> ListMapping | None:
    """The shipped mapping whose columns are those of a file, or None."""
    there = {column.strip() for column in header}
    for mapping in shipped_mappings().values():
        if there == {*mapping.read, *mapping.ignore}:
            return mapping
    return None
