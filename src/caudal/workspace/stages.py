"""The stages of a run: what each reads and writes, and the call into its room.

Data flows one way: register and ledger, then screening, tracing, typologies, impact and the report. A stage says
which files and settings it depends on; the runner carries it out again only when one of them changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from caudal import tables as t
from caudal.casebook import Casebook, cleared, standing
from caudal.errors import InputError
from caudal.impact import FRONTIER, PARTS, PROBED, Published, compare, uncertainty_tables
from caudal.impact.dealings import dealings
from caudal.ledger import Ledger
from caudal.register import ListSource, Register
from caudal.register.ownership import read_ownership
from caudal.register.store import Store
from caudal.screening import Costs, Screener, unscreened, unscreened_texts
from caudal.screening.delta import rescreen
from caudal.storage import read_table
from caudal.tracing import run_trace
from caudal.tracing.index import TransferIndex
from caudal.typologies import examine
from caudal.workspace.config import Config
from caudal.workspace.following import follow
from caudal.workspace.scenarios import groups_of, scenarios_of
from caudal.workspace.seeds import Seeds, find_seeds

Progress = Callable[[int, int | None], None]

KEPT = "screened"
"""Folder beside the tables that keeps what screening only changes needs."""


@dataclass
class Result:
    """What a stage gives back: tables by file stem, and small facts that are kept as JSON."""

    tables: dict[str, pa.Table] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Stage:
    """One stage: its name, what it depends on, what it writes, and how it is carried out."""

    name: str
    title: str
    rooms: tuple[str, ...]
    reads: tuple[str, ...]
    writes: Mapping[str, t.Table]
    files: Callable[[Config], list[Path]]
    settings: Callable[[Config], dict[str, Any]]
    run: Callable[[Context], Result]


class Context:
    """What a stage may use: the configuration, the tables written before it, and a progress callback."""

    def __init__(self, workspace: Path, folder: Path, config: Config, progress: Progress | None) -> None:
        self.workspace = workspace
        self.folder = folder
        self.config = config
        self.progress = progress
        self.fresh = False
        self._tables: dict[str, pa.Table] = {}

    def table(self, name: str) -> pa.Table:
        """A table written by an earlier stage, read once."""
        if name not in self._tables:
            self._tables[name] = read_table(self.folder / f"{name}.parquet", SHAPES[name])
        return self._tables[name]

    def keep(self, tables: Mapping[str, pa.Table]) -> None:
        """Remember tables just written, so that the next stages need not read them."""
        self._tables.update(tables)

    @cached_property
    def matches(self) -> pa.Table:
        """The possible matches without those a person has cleared."""
        table, gone = self.table("matches"), cleared(self.table("standing"))
        if not gone:
            return table
        keys = zip(*(table[name].to_pylist() for name in ("party_id", "transfer_id", "entity_id")), strict=True)
        return table.filter(pa.array([key not in gone for key in keys], pa.bool_()))

    @cached_property
    def register(self) -> Register:
        """The register of this run, rebuilt from its tables."""
        names = ("entities", "names", "designations", "ownership", "memberships")
        return Register.from_tables({name: self.table(name) for name in names}, as_of=self.config.as_of)

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger of this run, rebuilt from its tables."""
        names = ("transfers", "parties", "accounts", "institutions", "rejected", "roles")
        return Ledger.from_tables({n: self.table(n) for n in names}, base_currency=self.config.base_currency)

    @cached_property
    def index(self) -> TransferIndex:
        """The transfers as sorted arrays, shared by tracing and the typologies."""
        return TransferIndex.from_transfers(self.table("transfers"))

    @cached_property
    def seeds(self) -> Seeds:
        """The groups' own accounts, from which tracing starts."""
        return find_seeds(
            self.register,
            self.matches,
            self.table("accounts"),
            self.table("ownership"),
            groups=self.group_ids,
            day=self.config.as_of,
            owned=self.config.tracing.owned,
        )

    @cached_property
    def pooled(self) -> list[str]:
        """The accounts where tracing stops."""
        accounts = self.table("accounts")
        return accounts.filter(accounts["pooled"])["account_id"].to_pylist()  # type: ignore[no-any-return]

    @cached_property
    def group_ids(self) -> list[str] | None:
        """The groups of interest by id, or None for all."""
        if self.config.groups == "all":
            return None
        try:
            return [self.register.group(name).id for name in self.config.groups]
        except InputError as error:
            raise InputError(error.reason, file=str(self.workspace / "caudal.toml"), field="groups") from error


def _sources(config: Config) -> list[ListSource]:
    """The lists of a run: files, and what the store holds of the lists named there."""
    found: list[ListSource] = []
    for entry in config.lists:
        if entry.store is None:
            found.append(ListSource(entry.path, entry.format, entry.published, entry.mapping))
            continue
        held = Store(entry.path).sources([entry.store], known_at=config.known_at, history=entry.history)
        if not held:
            by = f" by {config.known_at}" if config.known_at else ""
            raise InputError(f"the store holds no version of {entry.store}{by}", file=str(entry.path))
        found += held
    return found


def _register(context: Context) -> Result:
    config = context.config
    register = Register.load(
        _sources(config), as_of=config.as_of, builtin=config.builtin_register, known_at=config.known_at
    )
    tables = dict(register.tables())
    tables["rejected_lists"] = register.rejected
    if config.ownership:
        read = read_ownership(config.ownership.path)
        tables["ownership"] = pa.concat_tables([tables["ownership"], read.stakes])
        tables["rejected_lists"] = pa.concat_tables([register.rejected, read.rejected])
    versions = [
        {
            "dataset": v.dataset,
            "version": v.version,
            "published": v.published.isoformat() if v.published else None,
            "file": str(v.file),
            "entries": v.entries,
        }
        for v in register.versions
    ]
    return Result(tables, {"versions": versions, "entities": len(register)})


def _ledger(context: Context) -> Result:
    config = context.config
    ledger = Ledger.open(
        config.ledger.path,
        mapping=config.ledger.mapping,
        rates=config.rates.path if config.rates else None,
        base_currency=config.base_currency,
        as_of=config.as_of,
        progress=context.progress,
    )
    names = ("transfers", "parties", "accounts", "institutions", "rejected", "roles")
    tables = {n: getattr(ledger, n) for n in names}
    return Result(tables, {"summary": ledger.summary.as_dict()})


def _screening(context: Context) -> Result:
    config = context.config
    screener = _screener(context)
    matches, delta = _matches(context, screener)
    missed = unscreened(context.table("parties"))
    if config.screening.texts:
        matches = pa.concat_tables([matches, screener.match_texts(context.table("transfers"))])
        missed = pa.concat_tables([missed, unscreened_texts(context.table("transfers"))])
    books = (context.table(name) for name in ("transfers", "accounts", "roles"))
    touched = dealings(context.register, matches, *books)
    costs = screener.bands.costs
    facts = {
        "threshold": screener.threshold,
        "threshold_bits": screener.threshold_bits,
        "base_rate": screener.calibration.base_rate,
        "costs": {"miss": costs.miss, "false_alert": costs.false_alert, "question": costs.question},
        "bands": dict(Counter(matches["band"].to_pylist())),
        "delta": delta,
        "unscreened": dict(Counter(missed["extent"].to_pylist())),
    }
    return Result({"matches": matches, "unscreened": missed, "dealings": touched}, facts)


def _matches(context: Context, screener: Screener) -> tuple[pa.Table, dict[str, Any] | None]:
    """Possible matches of the parties, and what was screened again where only that was."""
    parties = context.table("parties")
    if not context.config.screening.keep:
        return screener.match(parties, progress=context.progress), None

    def make(some: Any, frozen: Any) -> Screener:
        return screener if some is context.register and frozen is None else _screener(context, some, frozen)

    again = partial(rescreen, context.folder / KEPT, context.register, parties, make, progress=context.progress)
    delta = again(refresh=context.fresh)
    if delta.stale:
        delta = replace(again(refresh=True), full="how common names are had moved")
    names = ("full", "parties", "entries", "parties_gone", "entries_gone", "again", "kept", "moved")
    return delta.matches, {name: getattr(delta, name) for name in names}


def _screener(context: Context, over: Any = None, frozen: Any = None) -> Screener:
    """The screener of this run, with the threshold or the costs a person stated."""
    stated = context.config.screening
    costs = Costs(**stated.costs.model_dump()) if stated.costs else None
    register = context.register if over is None else over
    return Screener(register, stated.threshold, costs=costs, base_rate=stated.base_rate, frozen=frozen)


def _decisions(context: Context) -> Result:
    names = ("matches", "parties", "transfers", "entities", "names")
    found = standing(Casebook(context.config.decisions).table(), {name: context.table(name) for name in names})
    return Result({"standing": found}, {"states": dict(Counter(found["state"].to_pylist()))})


def _tracing(context: Context) -> Result:
    config = context.config
    seeds = context.seeds
    groups = {group: held for group, held in seeds.accounts.items() if held}
    trace = run_trace(
        context.index,
        groups,
        methods=config.tracing.methods,
        pooled=context.pooled,
        attribute=["proportional"],  # poison attributes most of a ledger, and what it reaches stands in exposures
        dust=config.tracing.dust,
        progress=context.progress,
    )
    facts = {
        "seed_accounts": seeds.accounts,
        "seed_parties": seeds.parties,
        "unknown_seeds": trace.unknown_seeds,
        "untraced": trace.untraced,
        "totals": [asdict(total) for total in trace.totals],
    }
    return Result({"exposures": trace.exposures, "attributions": trace.attributions}, facts)


def _following(context: Context) -> Result:
    return Result(*follow(context))


def _typologies(context: Context) -> Result:
    settings, progress = context.config.typologies, context.progress
    findings, coercion = examine(context.ledger, index=context.index, settings=settings, progress=progress)
    return Result({"findings": findings, "coercion": coercion})


def published_volumes(config: Config) -> Published | None:
    """The published volumes of remittances a workspace names; None where it names none."""
    given = config.impact.remittances
    return None if given is None else Published.read(given.path, given.places)


def _impact(context: Context) -> Result:
    config = context.config
    names = ("matches", "exposures", "attributions", "findings", "coercion", "ownership", "agents")
    inputs = {name: context.table(name) for name in names} | {"matches": context.matches}
    found = compare(
        scenarios_of(context, config.impact.scenarios),
        context.register,
        context.ledger,
        published=published_volumes(config),
        progress=context.progress,
        **inputs,
    )
    probed = uncertainty_tables([r.model for r in found.results], config.impact.draws, config.impact.seed)
    facts = {"groups": groups_of(context), "scenarios": found.names}
    return Result({**found.tables(), **probed}, facts)


def _no_files(_config: Config) -> list[Path]:
    return []


def _shapes(*names: str) -> dict[str, t.Table]:
    return {name: t.TABLES[name] for name in names}


STAGES: tuple[Stage, ...] = (
    Stage(
        "register",
        "Reading the lists",
        rooms=("register",),
        reads=(),
        writes=_shapes("entities", "names", "designations", "ownership", "memberships")
        | {"rejected_lists": t.REJECTED},
        files=lambda c: (
            [path for source in _sources(c) for path in (source.path, source.mapping) if path is not None]
            + ([c.ownership.path] if c.ownership else [])
        ),
        settings=lambda c: {"as_of": c.as_of, "known_at": c.known_at, "builtin": c.builtin_register, "lists": c.lists},
        run=_register,
    ),
    Stage(
        "ledger",
        "Reading the payments",
        rooms=("ledger",),
        reads=(),
        writes=_shapes("transfers", "parties", "accounts", "institutions", "rejected", "roles"),
        files=lambda c: [
            p for p in (c.ledger.path, c.ledger.mapping, c.rates.path if c.rates else None) if p is not None
        ],
        settings=lambda c: {"as_of": c.as_of, "base_currency": c.base_currency},
        run=_ledger,
    ),
    Stage(
        "screening",
        "Screening parties and payment texts",
        rooms=("screening", "register", "impact"),
        reads=(
            *("entities", "names", "designations", "ownership", "memberships"),
            *("parties", "accounts", "transfers", "roles"),
        ),
        writes=_shapes("matches", "unscreened", "dealings"),
        files=_no_files,
        settings=lambda c: {"as_of": c.as_of, "screening": c.screening},
        run=_screening,
    ),
    Stage(
        "decisions",
        "Reading what people decided",
        rooms=("casebook",),
        reads=("matches", "parties", "transfers", "entities", "names"),
        writes=_shapes("standing"),
        files=lambda c: [c.decisions],
        settings=lambda c: {},
        run=_decisions,
    ),
    Stage(
        "tracing",
        "Following the money",
        rooms=("tracing", "register", "workspace"),
        reads=("entities", "designations", "memberships", "ownership", "matches", "standing", "accounts", "transfers"),
        writes=_shapes("exposures", "attributions"),
        files=_no_files,
        settings=lambda c: {"as_of": c.as_of, "groups": c.groups, "tracing": c.tracing},
        run=_tracing,
    ),
    Stage(
        "following",
        "Opening the exposures",
        rooms=("tracing", "register", "workspace"),
        reads=(
            "entities",
            "designations",
            "memberships",
            "ownership",
            "matches",
            "standing",
            "parties",
            "accounts",
            "institutions",
            "transfers",
            "exposures",
            "attributions",
        ),
        writes=_shapes("paths", "evidence", "before_after", "channels", "institution_exposures", "agents"),
        files=_no_files,
        settings=lambda c: {"as_of": c.as_of, "groups": c.groups, "tracing": c.tracing},
        run=_following,
    ),
    Stage(
        "typologies",
        "Looking for patterns",
        rooms=("typologies", "tracing"),
        reads=("transfers", "parties", "accounts", "institutions"),
        writes=_shapes("findings", "coercion"),
        files=_no_files,
        settings=lambda c: {"base_currency": c.base_currency, "typologies": c.typologies},
        run=_typologies,
    ),
    Stage(
        "impact",
        "Counting who is hit",
        rooms=("impact", "register", "workspace"),
        reads=(
            "entities",
            "designations",
            "memberships",
            "ownership",
            "transfers",
            "parties",
            "accounts",
            "institutions",
            "matches",
            "standing",
            "exposures",
            "attributions",
            "findings",
            "coercion",
            "agents",
        ),
        writes=_shapes(*PARTS, *PROBED, *FRONTIER),
        files=lambda c: (
            [c.root / s for s in c.impact.scenarios if (c.root / s).is_file()]
            + (
                [p for p in (c.impact.remittances.path, c.impact.remittances.places) if p is not None]
                if c.impact.remittances
                else []
            )
        ),
        settings=lambda c: {"as_of": c.as_of, "groups": c.groups, "impact": c.impact},
        run=_impact,
    ),
)
"""In the order they run."""

SHAPES: dict[str, t.Table] = {name: shape for stage in STAGES for name, shape in stage.writes.items()}
"""The shape of every table file of a workspace, by stem."""
