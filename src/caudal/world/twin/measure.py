"""A measure: who is frozen from which day, how lawful institutions react to it, and how the group adapts."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from caudal.errors import InputError, first_fault
from caudal.world.countries import CODES


def _ordered(span: tuple[float, float]) -> tuple[float, float]:
    if span[0] > span[1]:
        raise ValueError(f"the first number is above the second ({span[0]:g}, {span[1]:g})")
    return span


Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Number = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
Days = Annotated[tuple[Number, Number], AfterValidator(_ordered)]
"""Fewest and most days; each actor draws its own evenly between them."""
Ids = tuple[Annotated[str, Field(min_length=1)], ...]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Freeze(_Part):
    """Whose accounts are frozen. Payments to and from them do not happen; what is on them stays.

    Attributes:
        listed: every account of a listed holder, from the measure's day or the day of the listing, whichever is later.
        accounts: account ids, from the measure's day.
        parties: party ids: all of their accounts, from the measure's day.
    """

    listed: bool = False
    accounts: Ids = ()
    parties: Ids = ()

    @model_validator(mode="after")
    def _once(self) -> Freeze:
        for name in ("accounts", "parties"):
            ids = getattr(self, name)
            for twice in ids:
                if ids.count(twice) > 1:
                    raise ValueError(f"{name}: {twice} is named twice")
        return self


class Institutions(_Part):
    """How banks and money-transfer agents react beyond what the measure asks of them. All zero: they do only that.

    Attributes:
        close_exposed: chance that a bank closes the account of a customer who dealt with a frozen account directly in
            the `lookback_days` before the measure.
        close_alike: chance that it closes the account of a look-alike: a namesake of somebody listed, a member of a
            savings circle, a shop that banks cash below the limit.
        refuse_alike: chance that an agent refuses a sender or receiver who is exposed or a look-alike in that sense.
        stop_corridor: chance that an agent which carried a payment to or from a frozen account stops that corridor.
        stop_other_corridor: the same chance for every other corridor.
        lose_bank: chance that an agent loses its bank, and so every corridor.
        corridors: countries (ISO, lower case) to which every agent stops paying.
        dearer: share of the remaining senders who find it dearer.
        lookback_days: how far back banks look.
        reaction_days: days after the measure until an institution acts.
        reopen_days: days until a lawful customer has an account elsewhere (it keeps its number here).
    """

    close_exposed: Share = 0.0
    close_alike: Share = 0.0
    refuse_alike: Share = 0.0
    stop_corridor: Share = 0.0
    stop_other_corridor: Share = 0.0
    lose_bank: Share = 0.0
    corridors: Ids = ()
    dearer: Share = 0.0
    lookback_days: Number = 90
    reaction_days: Days = (3, 30)
    reopen_days: Days = (20, 75)

    @model_validator(mode="after")
    def _countries(self) -> Institutions:
        for code in self.corridors:
            if code not in CODES or code == "us":
                raise ValueError(f"corridors: {code!r} is no country that remittances go to in the made-up world")
        return self


class Customers(_Part):
    """What lawful customers do when their way is cut.

    Attributes:
        other_channel: share of senders who find another agent, as long as one is open.
        informal: share of the other senders who send by hand, outside the books.
        search_days: days until another way is found.
        later: share of the payments missed meanwhile that are made once a way is found; the others never are.
        send_less: share of senders who meet dearer fees and send less.
        less_by: by how much, of the sum.
        shop_elsewhere: share of card payments at a frozen or closed shop that go to another shop of the city.
    """

    other_channel: Share = 0.75
    informal: Share = 0.3
    search_days: Days = (3, 45)
    later: Share = 0.5
    send_less: Share = 0.5
    less_by: Share = 0.2
    shop_elsewhere: Share = 0.9


class Adaptation(_Part):
    """How the group adapts.

    Attributes:
        notice_days: days until the group notices that an account is frozen; payments to it fail until then.
        spare: what an existing account can carry besides its own, as a share of its busiest 30 days before.
        recruits_per_month: accounts it can put in the place of blocked ones per 30 days, as a share of its own.
        recruit_days: days from the freeze until a recruit can start.
        recruit_cost: USD a recruit keeps of the first money that passes.
        arrears: share of extortion payments missed meanwhile that payers are made to pay later.
        waits: share of its own money that the group holds back until there is a way; the rest is spent or lost.
    """

    notice_days: Days = (1, 6)
    spare: Number = 0.5
    recruits_per_month: Share = 0.03
    recruit_days: Days = (10, 45)
    recruit_cost: Number = 1500.0
    arrears: Share = 0.4
    waits: Share = 0.8


class Measure(_Part):
    """A measure and what follows from it, for a twin of a made-up world.

    Attributes:
        name: what it is called.
        day: the first day on which it holds, from midnight UTC.
        freeze: who is frozen.
        institutions: how lawful institutions react.
        customers: what lawful customers do then.
        group: how the group adapts.
    """

    name: Annotated[str, Field(min_length=1)] = "measure"
    day: date
    freeze: Freeze = Freeze()
    institutions: Institutions = Institutions()
    customers: Customers = Customers()
    group: Adaptation = Adaptation()

    def __init__(self, **keys: Any) -> None:
        try:
            super().__init__(**keys)
        except ValidationError as error:
            raise first_fault(error) from error

    @model_validator(mode="after")
    def _does_something(self) -> Measure:
        if not (self.freeze.listed or self.freeze.accounts or self.freeze.parties or self.institutions.corridors):
            raise ValueError("freeze: the measure freezes nobody and stops no corridor")
        return self

    @classmethod
    def load(cls, source: Measure | Mapping[str, Any] | Path | str) -> Measure:
        """A measure from itself, a mapping, or a TOML file.

        Raises:
            InputError: the file is missing or no TOML, a key is unknown or missing, or a value is impossible;
                `field` is the key's path.
        """
        if isinstance(source, Measure):
            return source
        if isinstance(source, Mapping):
            return cls(**source)
        path = Path(source)
        if not path.is_file():
            raise InputError("there is no such file", file=str(path))
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError(f"it is not readable TOML ({error})", file=str(path)) from error
        try:
            return cls(**content)
        except InputError as error:
            raise InputError(error.reason, file=str(path), field=error.field) from error
