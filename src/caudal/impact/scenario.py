"""A scenario: whom a measure hits, under which authorities, from which day, with which licences and assumptions."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from caudal.errors import InputError, first_fault
from caudal.impact.assumptions import Assumption, default_assumptions

Number = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Word = Annotated[str, Field(min_length=1)]
Kind = Literal["remittances", "wages", "everything"]

TARGETS = ("members", "facilitators", "accounts", "institutions", "prosecuted")
"""The keys that name whom the measure hits."""


FRONTIERS = ("frontier", "frontier-before")
"""What `accounts` may be in place of ids: the frontier as the payments from the day on show it, or those before."""


class Span(BaseModel):
    """A scenario's own range for an assumption, low <= mid <= high; shares lie between 0 and 1.

    Attributes:
        low: the low end.
        mid: the middle.
        high: the high end.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    low: Number
    mid: Number
    high: Number

    @model_validator(mode="after")
    def _ordered(self) -> Span:
        if not self.low <= self.mid <= self.high:
            raise ValueError(f"low <= mid <= high does not hold ({self.low:g}, {self.mid:g}, {self.high:g})")
        return self


class Licence(BaseModel):
    """A general licence: payments of a kind, or with someone named, that the measure does not stop.

    Attributes:
        name: what it is called.
        covers: remittances (lawful personal ones, by the channel of the payment), wages (of firms to people), or
            everything (such as a time to wind down).
        parties: payments to and from these parties are licensed too, such as those of an aid organisation.
        accounts: payments to and from these accounts are licensed too.
        authorities: the authorities it is given under; empty: every one of the scenario. A payment stays stopped where
            an authority that freezes is not among them.
        until: first day on which it no longer holds; empty: it goes on.
        source: where it is written.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    name: Word
    covers: tuple[Kind, ...] = ()
    parties: tuple[Word, ...] = ()
    accounts: tuple[Word, ...] = ()
    authorities: tuple[Word, ...] = ()
    since: date | None = Field(
        default=None, alias="from", description="first day on which it holds; empty: the effective day"
    )
    until: date | None = None
    source: Word = "supposed in the scenario"

    @model_validator(mode="after")
    def _makes_sense(self) -> Licence:
        if not (self.covers or self.parties or self.accounts):
            raise ValueError("covers: it covers nothing; name kinds of payment, parties or accounts")
        if self.since and self.until and self.until <= self.since:
            raise ValueError(f"until: it ends on {self.until}, no later than it begins ({self.since})")
        return self


class Scenario(BaseModel):
    """One measure to assess.

    Attributes:
        name: what the scenario is called in every table.
        about: what it stands for, in a sentence.
        groups: ids or names of the groups, ids of listed entities that stand for themselves, or "all".
        authorities: ids of the authorities; "register" (or left out): those the register holds for each group on the
            as-of day; "none": nobody is designated.
        members: entries of the lists that are hit, by id; "all" (or left out): every entry of the groups.
        facilitators: parties of the books or entries of the lists that are named besides, by id.
        accounts: accounts of the books that are named, by id; "frontier": those that cut most of the group's money for
            the harm they cost, within `harm_budget`, chosen by the payments from the measure's day on;
            "frontier-before": chosen by the payments before that day, which is all that can be known on it.
        institutions: institutions with whose accounts nobody may pay or be paid, by id.
        prosecuted: parties or accounts that a court takes hold of, by id, without binding anyone else; "agents": those
            that behave like the group's own hands (table `agents`).
        exempt: parties, accounts, institutions or entries of the lists the measure leaves out, by id.
        harm_budget: with `accounts = "frontier"` or "frontier-before": the most lawful money, in whole units of the
            base currency, that the accounts chosen may carry; empty: as far as the knee of the frontier,
            after which harm rises faster.
        effective: first day with legal effect; "designation": for each group the first day on which any authority of
            the register took effect; empty: the earliest the register gives for each group and authority.
        as_of: the day of the question; empty: the register's own, or the day of the ledger's last transfer.
        home: ISO country (lower case) against which an institution is domestic or foreign.
        licences: general licences.
        assumptions: ranges that replace the defaults, by name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Word
    about: str = ""
    groups: Literal["all"] | tuple[Word, ...] = "all"
    authorities: Literal["register", "none"] | tuple[Word, ...] = "register"
    members: Literal["all"] | tuple[Word, ...] = "all"
    facilitators: tuple[Word, ...] = ()
    accounts: Literal["frontier", "frontier-before"] | tuple[Word, ...] = ()
    institutions: tuple[Word, ...] = ()
    prosecuted: Literal["agents"] | tuple[Word, ...] = ()
    exempt: tuple[Word, ...] = ()
    harm_budget: Number | None = None
    effective: Literal["designation"] | date | None = None
    as_of: date | None = None
    home: Annotated[str, Field(pattern="^[a-z]{2}$")] = "us"
    licences: tuple[Licence, ...] = ()
    assumptions: Mapping[str, Span] = Field(default_factory=dict)

    def __init__(self, **keys: Any) -> None:
        try:
            super().__init__(**keys)
        except ValidationError as error:
            raise first_fault(error) from error

    @field_validator("groups", *TARGETS, "exempt")
    @classmethod
    def _once(cls, names: Any) -> Any:
        if not isinstance(names, str) and len(set(names)) != len(names):
            twice = next(n for place, n in enumerate(names) if n in names[:place])
            raise ValueError(f"{twice!r} is named twice")
        return names

    @field_validator("authorities", mode="before")
    @classmethod
    def _or_register(cls, authorities: Any) -> Any:
        return "register" if authorities is None or authorities in ((), []) else authorities

    @field_validator("assumptions")
    @classmethod
    def _known(cls, assumptions: Mapping[str, Span]) -> Mapping[str, Span]:
        known = default_assumptions()
        for name, span in assumptions.items():
            if name not in known:
                raise ValueError(f"{name}: there is no such assumption; known are {', '.join(known)}")
            for end in ("low", "mid", "high"):
                value = getattr(span, end)
                if not known[name].allows(value):
                    raise ValueError(f"{name}.{end}: {value:g} is no {known[name].kind} ({known[name].bounds})")
        return assumptions

    @model_validator(mode="after")
    def _days(self) -> Scenario:
        if isinstance(self.effective, date) and self.as_of and self.effective > self.as_of:
            raise ValueError(f"effective: {self.effective} lies after as_of {self.as_of}")
        for place, licence in enumerate(self.licences):
            key = f"licences.{place}"
            if isinstance(self.effective, date) and licence.until and licence.until <= self.effective:
                raise ValueError(f"{key}.until: it ends on {licence.until}, before the measure of {self.effective}")
            if self.as_of and licence.since and licence.since > self.as_of:
                raise ValueError(f"{key}.from: {licence.since} lies after as_of {self.as_of}")
            for other, authority in enumerate(licence.authorities):
                if not isinstance(self.authorities, str) and authority not in self.authorities:
                    raise ValueError(f"{key}.authorities.{other}: {authority} is no authority of this scenario")
        return self

    @model_validator(mode="after")
    def _no_contradiction(self) -> Scenario:
        if self.authorities == "none":
            for key in ("facilitators", "accounts", "institutions", "licences"):
                if getattr(self, key):
                    raise ValueError(f"{key}: the scenario acts under no authority (authorities = none)")
            if self.members not in ("all", ()):
                raise ValueError("members: the scenario acts under no authority (authorities = none)")
            if self.effective is not None and not self.prosecuted:
                raise ValueError("effective: a scenario that does nothing has no day of effect")
        named = {n: key for key in TARGETS if not isinstance(names := getattr(self, key), str) for n in names}
        for place, name in enumerate(self.exempt):
            if name in named:
                raise ValueError(f"exempt.{place}: {name!r} is named under {named[name]} and exempted")
        if self.harm_budget is not None and self.accounts not in FRONTIERS:
            raise ValueError('harm_budget: it goes with accounts = "frontier" or "frontier-before"')
        return self

    @property
    def supposed(self) -> tuple[str, ...]:
        """The authorities the scenario names itself."""
        return () if isinstance(self.authorities, str) else self.authorities

    def assumption(self, name: str) -> Assumption:
        """The assumption in force: the default, or the scenario's own range for it."""
        default = default_assumptions()[name]
        span = self.assumptions.get(name)
        return default if span is None else default.within(span.low, span.mid, span.high)

    def but(self, **keys: Any) -> Scenario:
        """The same scenario with some keys changed, checked anew."""
        own = {name: getattr(self, name) for name in self.model_fields_set}
        return Scenario(**{**own, **keys})

    @classmethod
    def load(cls, source: Scenario | Mapping[str, Any] | Path | str) -> Scenario:
        """A scenario from itself, a mapping, or a TOML file.

        Raises:
            InputError: the file is missing or no TOML; a key is unknown or missing; a value, day or range is
                impossible; two keys contradict each other. `field` is the key's path, such as
                `assumptions.match_sure.low`.
        """
        if isinstance(source, Scenario):
            return source
        if isinstance(source, Mapping):
            return cls(**source)
        path = Path(source)
        if not path.is_file():
            raise InputError("there is no such file", file=str(path))
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise InputError(f"it is not readable TOML ({error})", file=str(path)) from error
        return cls.parse(text, str(path))

    @classmethod
    def parse(cls, text: str, file: str) -> Scenario:
        """A scenario from the text of a TOML file; `file` stands in what goes wrong."""
        try:
            return cls(**tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise InputError(f"it is not readable TOML ({error})", file=file) from error
        except InputError as error:
            raise InputError(error.reason, file=file, field=error.field) from error
