"""Carry out the stages of a workspace, each only when its inputs changed, and write the report."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from caudal.errors import CaudalError
from caudal.storage import aside, file_hash, write_table
from caudal.workspace.config import Config, load_config
from caudal.workspace.report import REPORT_NAME, report_inputs, write
from caudal.workspace.stages import STAGES, Context, Progress, Stage
from caudal.workspace.state import StageState, State, code_hash, fingerprint, hash_inputs

if sys.platform != "win32":
    import fcntl

TABLES_FOLDER = "tables"


class Reporter(Protocol):
    """Where a run says what it is doing."""

    def start(self, title: str) -> Progress:
        """A stage begins; returns where it reports its progress."""

    def done(self, title: str, seconds: float, reused: bool) -> None:
        """A stage ended; `reused` when its tables were still good."""


@dataclass
class Run:
    """What a run leaves: the workspace's tables, the facts of each stage, and the report."""

    workspace: Path
    config: Config
    report: Path
    context: Context
    facts: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    reused: list[str] = field(default_factory=list)

    def table(self, name: str) -> pa.Table:
        """One of the workspace's tables."""
        return self.context.table(name)


class _Silent:
    def start(self, title: str) -> Progress:
        return lambda done, total: None

    def done(self, title: str, seconds: float, reused: bool) -> None:
        pass


def run(
    workspace: Path | str,
    *,
    fresh: bool = False,
    reporter: Reporter | None = None,
    after: Mapping[str, Callable[[Context], None]] | None = None,
) -> Run:
    """Run register, ledger, screening, tracing, typologies, impact and the report on a workspace.

    Args:
        workspace: folder with a `caudal.toml`.
        fresh: carry out every stage, also those whose inputs did not change.
        reporter: told about the beginning and end of each stage.
        after: by the name of a stage, what is done once it has ended; what it raises ends the run.

    Raises:
        InputError: the configuration or an input cannot be used; tables written before stay as they are.
        CaudalError: another run is at work in the same workspace.
    """
    workspace = Path(workspace)
    config = load_config(workspace)
    folder = workspace / TABLES_FOLDER
    folder.mkdir(exist_ok=True)
    say = reporter or _Silent()
    with _alone(folder):
        for leftover in [*folder.glob(".*.tmp"), *workspace.glob(".*.tmp")]:
            leftover.unlink(missing_ok=True)
        state = State.load(folder)
        context = Context(workspace, folder, config, None)
        context.fresh = fresh
        result = Run(workspace, config, workspace / REPORT_NAME, context)
        for stage in STAGES:
            _carry_out(stage, context, state, result, say, fresh)
            if after and stage.name in after:
                after[stage.name](context)
        _report(context, state, result, say, fresh)
    return result


def _carry_out(stage: Stage, context: Context, state: State, result: Run, say: Reporter, fresh: bool) -> None:
    read = {name: _hash_of(state, name) for name in stage.reads}
    inputs = {
        "code": code_hash(stage.rooms),
        "files": hash_inputs(stage.files(context.config)),
        "settings": stage.settings(context.config),
        "tables": read,
    }
    mark = fingerprint(inputs, context.workspace.resolve())
    began = time.perf_counter()
    read_files = {f"{name}.parquet": hash_ for name, hash_ in read.items()}
    if not fresh and state.holds(stage.name, mark):
        if state.stages[stage.name].read != read_files:  # written by a version that did not keep them
            state.stages[stage.name].read = read_files
            state.save()
        result.reused.append(stage.name)
        result.facts[stage.name] = state.stages[stage.name].facts
        result.seconds[stage.name] = state.stages[stage.name].seconds
        say.done(stage.title, time.perf_counter() - began, reused=True)
        return
    context.progress = say.start(stage.title)
    made = stage.run(context)
    if set(made.tables) != set(stage.writes):
        raise AssertionError(f"stage {stage.name} wrote {sorted(made.tables)}, not {sorted(stage.writes)}")
    hashes = {}
    for name, table in made.tables.items():
        path = context.folder / f"{name}.parquet"
        write_table(table, stage.writes[name], path)
        hashes[path.name] = file_hash(path)
    seconds = time.perf_counter() - began
    state.stages[stage.name] = StageState(mark, hashes, made.facts, seconds, read_files)
    state.save()
    context.keep(made.tables)
    result.facts[stage.name] = made.facts
    result.seconds[stage.name] = seconds
    say.done(stage.title, seconds, reused=False)


def _report(context: Context, state: State, result: Run, say: Reporter, fresh: bool) -> None:
    inputs = report_inputs(context, state)
    mark = fingerprint(inputs, context.workspace.resolve())
    began = time.perf_counter()
    known = state.stages.get("report")
    title = "Writing the report"
    unchanged = known is not None and known.fingerprint == mark and result.report.is_file()
    if not fresh and unchanged and known is not None and file_hash(result.report) == known.files[REPORT_NAME]:
        result.reused.append("report")
        say.done(title, time.perf_counter() - began, reused=True)
        return
    say.start(title)
    with aside(result.report) as temporary:
        write(temporary, context, result.facts, result.seconds)
    seconds = time.perf_counter() - began
    state.stages["report"] = StageState(mark, {REPORT_NAME: file_hash(result.report)}, {}, seconds)
    state.save()
    result.seconds["report"] = seconds
    say.done(title, seconds, reused=False)


def _hash_of(state: State, table: str) -> str:
    name = f"{table}.parquet"
    for stage in state.stages.values():
        if name in stage.files:
            return stage.files[name]
    return "missing"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the workspace for one run at a time; the lock goes with the process, however it ends."""
    if sys.platform == "win32":  # no such lock there; two runs at once then race, but write whole files
        yield
        return
    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CaudalError(f"{folder.parent}: another run is at work in this workspace") from error
        yield
