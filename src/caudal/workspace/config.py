"""`caudal.toml`: what a run reads, as of which day, for which groups."""

from __future__ import annotations

import tomllib
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, field_validator, model_validator

from caudal.errors import InputError

CONFIG_NAME = "caudal.toml"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ListConfig(_Section):
    """One sanctions list, or a list of the house's own."""

    path: Path = Field(
        Path("lists"), description="file or folder of the list, or with `store` the store's folder, in the workspace"
    )
    store: str | None = Field(None, description="name of a list of the store of `caudal lists add`, in place of a file")
    history: bool = Field(
        False, description="with `store`: whether every version held is read, which tells first and last days"
    )
    format: str | None = Field(None, description="format of the list; found out from the content when left out")
    published: date | None = Field(None, description="day the list was published, where the file does not say it")
    mapping: Path | None = Field(
        None, description="TOML file that says what the columns of a CSV of another layout are, in the workspace"
    )

    @model_validator(mode="after")
    def _one_place(self) -> ListConfig:
        if self.store is None and "path" not in self.model_fields_set:
            raise ValueError("say where the list is: path, or store")
        if self.store is not None and self.mapping is not None:
            raise ValueError("a mapping goes with path; a list of the store has its own")
        return self


class LedgerConfig(_Section):
    """The payments."""

    path: Path = Field(
        description="CSV or Parquet file, folder of Parquet tables, or ISO 20022 messages (an XML file or a folder), "
        "relative to the workspace"
    )
    mapping: Path | None = Field(None, description="TOML file that says which CSV column is what")


class RatesConfig(_Section):
    """Exchange rates into the base currency."""

    path: Path = Field(description="CSV with the columns day, currency, rate")


class OwnershipConfig(_Section):
    """Who owns whom."""

    path: Path = Field(description="Parquet or CSV of the table `ownership`, or BODS 0.4 statements as JSON lines")


class CostsConfig(_Section):
    """What going wrong costs, in any one unit; the alert threshold and the ask band follow from the ratios."""

    miss: float = Field(2400.0, gt=0, allow_inf_nan=False, description="a true match that nobody sees")
    false_alert: float = Field(
        1.0, gt=0, allow_inf_nan=False, description="an innocent party held up, and the time of whoever clears it"
    )
    question: float = Field(
        0.72, gt=0, allow_inf_nan=False, description="one question to the customer and the reading of its answer"
    )


class ScreeningConfig(_Section):
    """How parties and payment texts are compared with the lists."""

    threshold: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        None,
        description="probability (under 1) or bits of evidence (1 and more) from which a possible match is an alert; "
        "from the costs when left out",
    )
    costs: CostsConfig | None = Field(
        None, description="stated costs; when they and the base rate are left out the alert line is the shipped one"
    )
    base_rate: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        None, description="share of the parties that are listed, which every probability rests on; 0.001 when left out"
    )
    keep: bool = Field(
        False,
        description="whether only parties and list entries that changed are screened again, weighed by the population "
        "of the last full screening; `--fresh` and a population that moved screen everything",
    )
    texts: bool = Field(True, description="whether payment texts are screened besides parties")


class TracingConfig(_Section):
    """How money is followed."""

    methods: tuple[Literal["poison", "proportional", "fifo"], ...] = Field(
        ("proportional", "poison"), description="methods of attribution to compute; impact is counted by proportional"
    )
    owned: bool = Field(
        True, description="whether accounts of firms owned 50% or more by possible matches count as the group's own"
    )

    dust: int = Field(
        0, ge=0, description="a payment with less of a group's money than this arrives clean; base minor units"
    )
    explain: Annotated[int, Field(ge=0, le=200)] = Field(
        10,
        description="accounts in each direction, the most exposed first, whose exposure the report opens into paths "
        "and transfers; `caudal trace WORKSPACE --explain ACCOUNT` does it for any other",
    )

    @field_validator("methods")
    @classmethod
    def _with_proportional(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "proportional" not in value:
            raise ValueError("proportional is needed: impact is counted by it")
        return value


class RemittancesConfig(_Section):
    """Published volumes of remittances, to scale what the ledger shows of a corridor to the whole of it."""

    path: Path = Field(description="CSV tables of Banco de México's remittances: a folder, or one file")
    places: Path | None = Field(
        None,
        description="CSV with the columns party_id and place (`us-ca`, `mx-mic`): the state parties live in, for "
        "corridors from or to a state",
    )


class ImpactConfig(_Section):
    """The designation whose effects are counted."""

    effective: date | None = Field(
        None, description="day the measure takes effect; the register's earliest for the groups when left out"
    )
    authorities: tuple[str, ...] | None = Field(
        None, description="authorities of the measure; those the register holds for the groups when left out"
    )
    scenarios: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        ("designation",),
        min_length=1,
        description="measures to compare, the main one first: names of ready-made scenarios (`designation`, "
        "`terrorism-framework`, `law-enforcement`, `aimed`, `aimed-before`, `none`, `terrorism-framework-licensed`) "
        "or scenario files in the workspace; `effective` and `authorities` fill in what a ready-made one leaves open",
    )
    draws: int = Field(
        1000,
        ge=1,
        le=1_000_000,
        description="random draws of all that is not known: possible matches, ownership and assumptions",
    )
    seed: int = Field(1, ge=0, lt=2**63, description="seed of the draws; the same seed gives the same numbers")
    remittances: RemittancesConfig | None = Field(
        None, description="published volumes of remittances; nothing is scaled to a corridor when left out"
    )


class TruthConfig(_Section):
    """Known truth of a generated world."""

    accounts: Path = Field(description="Parquet of the table `truth_accounts`")
    transfers: Path = Field(description="Parquet of the table `truth_transfers`")


class Config(_Section):
    """All keys of `caudal.toml`; paths are relative to the workspace."""

    title: str = Field("Exposure to designated groups", description="heading of the report")
    note: str | None = Field(None, description="sentence shown on top of the report, such as where the data is from")
    as_of: date = Field(description="the day whose law is applied; payments after it are set aside")
    base_currency: str = Field("USD", pattern="^[A-Z]{3}$", description="ISO 4217 code amounts are converted to")
    groups: Literal["all"] | tuple[str, ...] = Field("all", description='groups of interest by id or name, or "all"')
    builtin_register: bool = Field(True, description="whether the built-in register of groups is used")
    known_at: date | None = Field(
        None, description="only list versions held, or published, by that day; all when left out"
    )
    lists: tuple[ListConfig, ...] = Field((), description="the lists to screen against")
    ledger: LedgerConfig = Field(description="the payments to follow")
    rates: RatesConfig | None = Field(None, description="exchange rates; needed when a payment has another currency")
    ownership: OwnershipConfig | None = Field(None, description="who owns whom, for the 50 Percent Rule")
    screening: ScreeningConfig = Field(ScreeningConfig(), description="settings of screening")
    tracing: TracingConfig = Field(TracingConfig(), description="settings of tracing")
    typologies: dict[str, Any] = Field({}, description="settings of the typologies, by name")
    impact: ImpactConfig = Field(ImpactConfig(), description="the measure whose effects are counted")
    decisions: Path = Field(
        Path("decisions.csv"), description="file of what people decided about possible matches, see `caudal decide`"
    )
    truth: TruthConfig | None = Field(None, description="known truth, only for a generated world")
    _root: Path = PrivateAttr(Path())

    @property
    def root(self) -> Path:
        """The workspace's folder."""
        return self._root

    @field_validator("groups", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return value if value == "all" or not isinstance(value, str) else (value,)


def load_config(workspace: Path) -> Config:
    """Read `caudal.toml` of a workspace; its paths become absolute.

    Raises:
        InputError: there is no workspace or no `caudal.toml`, it is no TOML, or a key is unknown, missing or wrong.
    """
    path = workspace / CONFIG_NAME
    if not workspace.is_dir():
        raise InputError("there is no such workspace folder", file=str(workspace))
    if not path.is_file():
        raise InputError(f"the workspace has no {CONFIG_NAME}", file=str(workspace))
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"it is not valid TOML: {error}", file=str(path)) from error
    try:
        config = Config.model_validate(raw)
    except ValidationError as error:
        raise _first_problem(error, path) from error
    return _absolute(config, workspace.resolve())


def _first_problem(error: ValidationError, path: Path) -> InputError:
    # A misspelt key is both unknown and missing; the unknown one is what the person wrote.
    problem = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    steps = [str(step) for step in problem["loc"] if not str(step).startswith(("literal[", "tuple["))]
    reason = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        reason = "unknown key"
        near = get_close_matches(steps[-1], _all_keys(), n=1)
        if near:
            reason += f"; did you mean {near[0]!r}?"
    elif problem["type"] == "missing":
        reason = "the key is missing"
    return InputError(reason, file=str(path), field=".".join(steps))


def sections() -> dict[str, type[BaseModel]]:
    """Every section of the file by its key path; "" is the top level."""
    return {
        "": Config,
        "lists": ListConfig,
        "ledger": LedgerConfig,
        "rates": RatesConfig,
        "ownership": OwnershipConfig,
        "screening": ScreeningConfig,
        "screening.costs": CostsConfig,
        "tracing": TracingConfig,
        "impact": ImpactConfig,
        "impact.remittances": RemittancesConfig,
        "truth": TruthConfig,
    }


def _all_keys() -> list[str]:
    return [key for section in sections().values() for key in section.model_fields]


def _absolute(config: Config, root: Path) -> Config:
    def fix(model: Any) -> Any:
        if isinstance(model, BaseModel):
            return model.model_copy(update={name: fix(getattr(model, name)) for name in type(model).model_fields})
        if isinstance(model, tuple):
            return tuple(fix(item) for item in model)
        return root / model if isinstance(model, Path) else model

    fixed: Config = fix(config)
    fixed._root = root
    return fixed
