"""The mapping: a few lines of TOML that say which column of a ledger means what."""

from __future__ import annotations

import codecs
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from caudal.errors import InputError
from caudal.ledger.currencies import minor_units
from caudal.ledger.times import UNITS, steps_of


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Cell(_Strict):
    """Where a value comes from: a column of the file (`"name"` for short), or one value for every row.

    Attributes:
        column: the column.
        value: the value, the same for every row.
    """

    column: str | None = None
    value: str | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Cell:
        if (self.column is None) == (self.value is None):
            raise ValueError("give either a column or a value")
        return self


def _short(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


Source = Annotated[Cell, BeforeValidator(_short)]
"""A `Cell`, or the name of a column."""


class Time(_Strict):
    """When a transfer was booked.

    Attributes:
        column: the column.
        format: `iso` (ISO 8601, date alone or with a time of day), a strptime format of the directives %Y %y %m %b %d
            %H %I %p %M %S %f %z, or a unit (`seconds`, `milliseconds`, `days`) where the column holds numbers of it.
        origin: the day from which such numbers count, UTC.
        zone: IANA time zone of times of day that do not say their own; a bare date stays that day's midnight, UTC.
    """

    column: str
    format: str = "iso"
    origin: date = date(1970, 1, 1)
    zone: str = "UTC"

    @field_validator("format")
    @classmethod
    def _format(cls, value: str) -> str:
        if value not in UNITS:
            steps_of(value)
        return value

    @field_validator("zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{value!r} is no IANA time zone") from error
        return value


class Side(_Strict):
    """The columns that describe one side of a transfer; at least `account` or `name`.

    Attributes:
        account: account number or IBAN.
        name: the holder's name as written.
        type: what the holder is; its values are translated by `types`.
        country: the holder's country as ISO 3166 alpha-2 code.
        bic: BIC of the bank.
        bank: name of the bank.
        bank_country: country of the bank as ISO 3166 alpha-2 code.
    """

    account: Source | None = None
    name: Source | None = None
    type: Source | None = None
    country: Source | None = None
    bic: Source | None = None
    bank: Source | None = None
    bank_country: Source | None = None

    @model_validator(mode="after")
    def _known(self) -> Side:
        if self.account is None and self.name is None:
            raise ValueError("name the column of the account or of the name")
        return self


class Amount(_Strict):
    """How much.

    Attributes:
        column: the column, in whole currency units with decimals.
        currency: the currency's column, or `{ value = "USD" }`.
        base: a column that already holds the amount in the base currency, where the ledger has one.
        sign: `positive` (a negative row is rejected), `absolute` (the sign says nothing here, payer and payee are
            columns), `swap` (a negative amount went from payee to payer).
    """

    column: str
    currency: Source
    base: str | None = None
    sign: Literal["positive", "absolute", "swap"] = "positive"


class Accounts(_Strict):
    """How account numbers are read.

    Attributes:
        as_written: true keeps numbers exactly as written (wallet addresses); false takes spaces, dashes, dots and case
            as spelling only.
        scope: `ledger` where a number stands for one account everywhere, `bank` where banks number for themselves.
        join_iban: true joins a domestic number with the IBAN that ends in it, where both are written with one name.
    """

    as_written: bool = False
    scope: Literal["ledger", "bank"] = "ledger"
    join_iban: bool = True


class Pooled(_Strict):
    """Accounts in which many people's money is mixed; tracing stops there.

    Attributes:
        accounts: account numbers.
        names: holders' names.
        types: values of the file's own type column.
    """

    accounts: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


class Mapping(_Strict):
    """What the columns of a ledger mean; see `docs/how-to/map-a-csv.md`.

    Attributes:
        time: when a transfer was booked.
        payer: who paid.
        payee: who was paid.
        amount: how much.
        purpose: the payment text.
        channel: wire, cash, card and the like.
        via: columns of the institutions between the payer's and the payee's (BIC or name), in order of payment: the
            intermediary agents of an ISO 20022 message.
        id: column of the ledger's own transfer ids; ids are made from the content where there is none.
        types: the file's words for what a holder is, to the schema each means.
        currencies: the file's words for currencies, to the ISO 4217 code each means.
        empty: values that stand for nothing.
        encoding: encoding of the file.
        delimiter: character between fields.
        decimal: decimal mark of amounts.
        group: mark between thousands of amounts.
        accounts: how account numbers are read.
        pooled: accounts in which many people's money is mixed.
        institution_kind: what the institutions of this ledger are.
    """

    time: Time
    payer: Side
    payee: Side
    amount: Amount
    purpose: Source | None = None
    channel: Source | None = None
    via: tuple[Source, ...] = ()
    id: str | None = None
    types: dict[str, Literal["Person", "Company", "Organization", "LegalEntity"]] = Field(default_factory=dict)
    currencies: dict[str, str] = Field(default_factory=dict)
    empty: tuple[str, ...] = ()
    encoding: str = "utf-8"
    delimiter: str = ","
    decimal: Literal[".", ","] = "."
    group: Literal["", ",", ".", " ", "'"] = ""
    accounts: Accounts = Accounts()
    pooled: Pooled = Pooled()
    institution_kind: Literal["bank", "money transfer", "exchange", "unknown"] = "bank"

    @field_validator("currencies")
    @classmethod
    def _currencies(cls, value: dict[str, str]) -> dict[str, str]:
        unknown = [code for code in value.values() if code not in minor_units()]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no ISO 4217 currency")
        return value

    @field_validator("encoding")
    @classmethod
    def _encoding(cls, value: str) -> str:
        try:
            info = codecs.lookup(value)
        except (LookupError, ValueError) as error:
            raise ValueError(f"{value!r} is no encoding") from error
        if not getattr(info, "_is_text_encoding", True):
            raise ValueError(f"{value!r} is no text encoding")
        return info.name

    @field_validator("delimiter")
    @classmethod
    def _delimiter(cls, value: str) -> str:
        if len(value) != 1 or not value.isascii() or value in '"\r\n\0':
            raise ValueError("one ASCII character, such as , ; | or a tab")
        return value

    @model_validator(mode="after")
    def _marks(self) -> Mapping:
        if self.decimal == self.group:
            raise ValueError("decimal mark and digit group cannot be the same")
        return self

    @classmethod
    def of(cls, data: dict[str, Any], file: str | None = None) -> Mapping:
        """The mapping written as a dictionary.

        Raises:
            InputError: a key is unknown or missing, or a value does not fit; names the key's path.
        """
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            # A misspelt key is both unknown and missing; the unknown one is what the person wrote.
            first = min(error.errors(), key=lambda problem: problem["type"] != "extra_forbidden")
            path = ".".join(str(part) for part in first["loc"])
            reason = str(first["msg"]).removeprefix("Value error, ")
            if first["type"] == "extra_forbidden":
                known = _known_keys(first["loc"][:-1])
                reason = "there is no such key" + (f"; here are {', '.join(known)}" if known else "")
            raise InputError(f"mapping: {reason}", file=file, field=path or None) from error

    @classmethod
    def read(cls, path: Path | str) -> Mapping:
        """The mapping in a TOML file.

        Raises:
            InputError: there is no such file, it is no TOML, or it is no mapping.
        """
        path = Path(path)
        try:
            data = tomllib.loads(path.read_bytes().decode("utf-8"))
        except OSError as error:
            raise InputError(f"the mapping cannot be read ({error.strerror})", file=str(path)) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError(f"the mapping is no TOML ({error})", file=str(path)) from error
        return cls.of(data, str(path))

    def columns(self) -> list[tuple[str, str]]:
        """Every column the mapping names: (key path, column)."""
        found: list[tuple[str, str]] = [("time.column", self.time.column), ("amount.column", self.amount.column)]
        cells: list[tuple[str, Cell | None]] = [
            ("amount.currency", self.amount.currency),
            ("purpose", self.purpose),
            ("channel", self.channel),
            *((f"via.{place}", cell) for place, cell in enumerate(self.via)),
        ]
        for name, side in (("payer", self.payer), ("payee", self.payee)):
            cells += [(f"{name}.{key}", getattr(side, key)) for key in Side.model_fields]
        found += [(key, cell.column) for key, cell in cells if cell is not None and cell.column is not None]
        found += [(k, c) for k, c in (("amount.base", self.amount.base), ("id", self.id)) if c is not None]
        return found

    def check_columns(self, there: list[str], file: str) -> None:
        """See that every named column is there, once.

        Raises:
            InputError: one is not; names it and the columns there are.
        """
        for key, column in self.columns():
            if column not in there:
                listed = ", ".join(name or "(no name)" for name in there[:60])
                raise InputError(
                    f"there is no column {column!r} (mapping {key}); there are: {listed}", file=file, row=1
                )
            if there.count(column) > 1:
                raise InputError(f"{there.count(column)} columns are called {column!r}", file=file, row=1, field=column)


def _known_keys(path: tuple[Any, ...]) -> list[str]:
    model: Any = Mapping
    for part in path:
        field = model.model_fields.get(part) if hasattr(model, "model_fields") else None
        if field is None:
            return []
        options = [field.annotation, *getattr(field.annotation, "__args__", ())]
        model = next((o for o in options if isinstance(o, type) and issubclass(o, BaseModel)), None)
        if model is None:
            return []
    return list(model.model_fields)
