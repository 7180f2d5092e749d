"""What the detectors look for: every number they hang on, with its default and its meaning."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from caudal.errors import InputError

Share = Annotated[float, Field(ge=0, le=1)]
Many = Annotated[int, Field(ge=1, le=1_000_000)]
Hours = Annotated[float, Field(gt=0, le=24 * 366)]
Days = Annotated[float, Field(gt=0, le=3660)]
Money = Annotated[Decimal, Field(ge=0, le=10**12)]


class Part(BaseModel):
    """A group of settings; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Channels(Part):
    """Which words of the ledger's `channel` column mean cash and which mean a card (case and ends are ignored)."""

    cash: tuple[str, ...] = Field(
        default=(
            "cash",
            "currency",
            "cash deposit",
            "cash withdrawal",
            "deposit",
            "withdrawal",
            "atm",
            "efectivo",
            "dinheiro",
        ),
        description="words for notes and coins paid in or out",
    )
    card: tuple[str, ...] = Field(
        default=("card", "card payment", "debit card", "credit card", "pos", "tarjeta", "cartao"),
        description="words for card purchases",
    )


class Threshold(Part):
    """A reporting limit: an amount in whole units of a currency, between two days."""

    id: str = Field(min_length=1, description="its id")
    name: str = Field(min_length=1, description="what it is called in a reason")
    currency: str = Field(pattern="^[A-Z]{3}$", description="ISO 4217 code")
    amount: Annotated[Decimal, Field(gt=0, le=10**12)] = Field(description="the limit in whole units of the currency")
    start: date | None = Field(default=None, alias="from", description="first day it holds; empty where not known")
    until: date | None = Field(default=None, description="first day it no longer holds; empty where not known")
    on: bool = Field(default=True, description="whether it is used")
    source: str = Field(min_length=1, description="where it is written")

    @model_validator(mode="after")
    def _in_order(self) -> Threshold:
        if self.start and self.until and self.start >= self.until:
            raise ValueError("`from` must lie before `until`")
        return self


class Extortion(Part):
    """Extortion collector: many payers to one account that gives nothing back; a calibrated probability.

    What counts as a standing payment and as a shop is set here for the other detectors too.
    """

    min_payers: Many = Field(default=3, description="least number of payers; fewer are nobody's round")
    min_payments: Annotated[int, Field(ge=3, le=1000)] = Field(default=3, description="least payments by each of them")
    min_fixed: Share = Field(
        default=0.7, description="least share of a payer's payments that have the payer's usual amount"
    )
    min_regular: Share = Field(default=0.7, description="least share of the intervals that fit the payer's period")
    shop_customers: Many = Field(
        default=12, description="different people paying an account that make it look like a shop"
    )
    shop_cards: Many = Field(default=15, description="card receipts that make an account look like a shop")
    onset_days: Days = Field(default=21, description="width of the window in which payers count as starting together")
    pass_hours: Hours = Field(default=168, description="money that leaves within this time counts as passed on at once")
    base_rate: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        default=None,
        description="share of the accounts that `min_payers` or more pay that collect under threat, before anything is "
        "seen; the made-up worlds' where it is not given (`coercion.toml`)",
    )
    min_probability: Share = Field(
        default=0.5,
        description="accounts less probable than this to collect under threat are not shown: from here a finding is "
        "more likely right than wrong",
    )
    min_share: Share = Field(
        default=0.5,
        description="payers less probable than this to be one of those who pay under threat, should the account "
        "collect so, are not in its finding",
    )
    min_listed: Share = Field(
        default=0.05,
        description="payers less probable than this to pay under threat are not listed in `coercion`: what is left out "
        "adds up to little",
    )


class Funnel(Part):
    """Funnel account: deposits by many people, then out quickly to few."""

    min_payers: Many = Field(default=8, description="least number of different payers within the window")
    window_days: Days = Field(default=30, description="length of the window")
    pass_hours: Hours = Field(default=96, description="money that leaves within this time counts as passed on")
    min_passed: Share = Field(default=0.7, description="least share of the window's income that is passed on")
    max_payees: Many = Field(default=4, description="most receivers of nine tenths of what leaves")
    max_card: Share = Field(default=0.3, description="most of its income that may be card sales")
    max_regular: Share = Field(default=0.5, description="most of its payers that may pay a fixed amount periodically")
    min_total: Money = Field(
        default=Decimal(0), description="least income in the window, whole units of the base currency"
    )
    min_size: Annotated[float, Field(ge=0, le=1000)] = Field(
        default=0.5,
        description="least income in the window, as a multiple of what the middle account of this ledger receives",
    )
    min_score: Share = Field(default=0.6, description="findings below this score are not shown")


class PassThrough(Part):
    """Rapid pass-through: what comes in leaves within hours to days, again and again."""

    pass_hours: Hours = Field(default=96, description="money that leaves within this time counts as passed on")
    min_passed: Share = Field(default=0.85, description="least share of its income that is passed on in that time")
    max_retained: Share = Field(default=0.15, description="most of its income that may stay, over the whole ledger")
    min_times: Many = Field(default=3, description="least number of different days on which it happens")
    max_counterparties: Many = Field(
        default=60, description="accounts with more counterparties are taken for payment firms"
    )
    min_total: Money = Field(default=Decimal(0), description="least income, whole units of the base currency")
    min_size: Annotated[float, Field(ge=0, le=1000)] = Field(
        default=0.5, description="least income, as a multiple of what the middle account of this ledger receives"
    )
    min_parallel: Annotated[int, Field(ge=2, le=1000)] = Field(
        default=3, description="least accounts that pass on from one account to one other, side by side"
    )
    parallel_days: Days = Field(default=14, description="longest time such an account holds the money")
    own_link: Many = Field(
        default=1, description="most payments ever from payer to payee for a link to count as made for it"
    )
    min_score: Share = Field(default=0.8, description="findings below this score are not shown")
    parallel_score: Share = Field(default=0.7, description="the same for accounts that pass on side by side")


class Structuring(Part):
    """Structuring: repeated cash just under a reporting limit."""

    band: Annotated[float, Field(ge=0.5, lt=1)] = Field(
        default=0.8, description="`just under` starts at this part of the limit"
    )
    min_repeats: Annotated[int, Field(ge=2)] = Field(default=3, description="least cash amounts just under the limit")
    min_days: Annotated[int, Field(ge=1)] = Field(
        default=3, description="or least days whose parts add up to the limit"
    )
    min_part: Share = Field(default=0.2, description="smaller parts of the limit do not count as a part of a day's sum")
    window_days: Days = Field(default=30, description="amounts count together when they lie within this many days")
    own_limits: bool = Field(
        default=True,
        description="in currencies without a limit, take the round amount under which the ledger's own cash bunches",
    )
    min_bunch: Annotated[int, Field(ge=2, le=10**6)] = Field(
        default=8, description="least cash amounts just under such an amount, in the whole ledger"
    )
    bunch_ratio: Annotated[float, Field(ge=1, le=10**6)] = Field(
        default=5, description="how many times as many they must be as those as far above it"
    )
    unknown_channel: bool = Field(
        default=False, description="also look at payments whose channel the ledger does not tell"
    )
    min_score: Share = Field(default=0.72, description="findings below this score are not shown")


class Cycle(Part):
    """Cycle: money back at its origin through other accounts, in time order, roughly whole."""

    min_accounts: Annotated[int, Field(ge=3, le=12)] = Field(default=3, description="fewest accounts on the way round")
    max_accounts: Annotated[int, Field(ge=3, le=12)] = Field(default=6, description="most accounts on the way round")
    window_days: Days = Field(default=30, description="longest time from the first transfer to the last")
    min_hop: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.7, description="least of an amount that goes on each hop"
    )
    max_hop: Annotated[float, Field(ge=1, le=10)] = Field(
        default=1.3, description="most, as a part of the amount before"
    )
    min_back: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.6, description="least of the first amount at every hop"
    )
    max_back: Annotated[float, Field(ge=1, le=10)] = Field(
        default=1.5, description="most of the first amount at every hop"
    )
    own_link: Annotated[int, Field(ge=0, le=1000)] = Field(
        default=1,
        description="most payments ever from payer to payee for a link to count as made for the cycle; 0 for none",
    )
    min_hop_own: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.1, description="least of an amount that goes on each hop where all links are made for the cycle"
    )
    max_hop_own: Annotated[float, Field(ge=1, le=1000)] = Field(default=10, description="most, in the same way")
    min_amount: Money = Field(
        default=Decimal(0), description="smaller transfers are left out, whole units of the base currency"
    )
    max_ways: Annotated[float, Field(ge=1, le=10**9)] = Field(
        default=300, description="most ways the money could have gone by what is alike; beyond, a cycle tells nothing"
    )
    effort: Annotated[int, Field(ge=100, le=10**9)] = Field(
        default=20_000, description="transfers looked at per start, at most"
    )
    max_cycles: Annotated[int, Field(ge=1, le=10**7)] = Field(
        default=200_000, description="most single cycles kept in memory"
    )
    min_score: Share = Field(default=0.52, description="findings below this score are not shown")

    @model_validator(mode="after")
    def _in_order(self) -> Cycle:
        if self.min_accounts > self.max_accounts:
            raise ValueError("min_accounts must not be larger than max_accounts")
        return self


@cache
def shipped_thresholds() -> tuple[Threshold, ...]:
    """The reporting limits that come with Caudal (`thresholds.toml`)."""
    text = files(__package__).joinpath("thresholds.toml").read_text(encoding="utf-8")
    return tuple(Threshold.model_validate(row) for row in tomllib.loads(text)["threshold"])


class Settings(Part):
    """All settings of the typologies, a group per detector."""

    channels: Channels = Field(default=Channels(), description="words of the ledger's channel column")
    thresholds: tuple[Threshold, ...] = Field(
        default_factory=shipped_thresholds, description="reporting limits; giving any replaces the shipped ones"
    )
    extortion: Extortion = Field(default=Extortion(), description="extortion collector")
    funnel: Funnel = Field(default=Funnel(), description="funnel account")
    pass_through: PassThrough = Field(default=PassThrough(), description="rapid pass-through")
    structuring: Structuring = Field(default=Structuring(), description="structuring")
    cycle: Cycle = Field(default=Cycle(), description="cycle")

    @classmethod
    def load(cls, given: Settings | Mapping[str, Any] | Path | str | None = None) -> Settings:
        """Settings from nothing (the defaults), a mapping, or a TOML file; keys that are left out keep their default.

        Raises:
            InputError: the file cannot be read, a key is unknown or a value out of range; `field` is the key's path.
        """
        if isinstance(given, Settings):
            return given
        if given is None:
            return cls()
        name = None
        if isinstance(given, Path | str):
            name, given = str(given), _read_toml(Path(given))
        if not isinstance(given, Mapping):
            raise InputError("the settings are not a table of keys and values", file=name)
        try:
            return cls.model_validate(dict(given))
        except ValidationError as error:
            first = error.errors()[0]
            path = ".".join(str(step) for step in first["loc"]) or None
            raise InputError(first["msg"].removeprefix("Value error, "), file=name, field=path) from error


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise InputError(f"the file cannot be read ({error.strerror})", file=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"it is not TOML ({error})", file=str(path)) from error
