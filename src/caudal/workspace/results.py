"""What a finished run left, read without running anything: whole and of one run, or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from caudal.errors import InputError
from caudal.storage import file_hash, read_table
from caudal.workspace.config import load_config
from caudal.workspace.runner import TABLES_FOLDER
from caudal.workspace.stages import SHAPES, STAGES, Context
from caudal.workspace.state import STATE_NAME, State


class Results(Context):
    """The tables of a workspace as its last run left them, and what follows from them.

    Raises:
        InputError: there is no workspace, no run of it was finished, or its tables are not of one run (one is at work,
            or was broken off).
    """

    def __init__(self, workspace: Path) -> None:
        super().__init__(workspace, workspace / TABLES_FOLDER, load_config(workspace), None)
        self._state = State.load(self.folder)
        missing = [stage.name for stage in STAGES if stage.name not in self._state.stages]
        if missing:
            raise InputError(f"it holds no finished run ({missing[0]} is missing); run it first", file=str(workspace))
        self._hashes = {name: hash_ for stage in self._state.stages.values() for name, hash_ in stage.files.items()}
        for stage in STAGES:
            read = self._state.stages[stage.name].read
            if any(self._hashes.get(f"{name}.parquet") != read.get(f"{name}.parquet") for name in stage.reads):
                raise InputError(
                    f"its tables are of two runs ({stage.name} is older than what it rests on); run it to its end",
                    file=str(workspace),
                )
        self.version = file_hash(self.folder / STATE_NAME)

    def table(self, name: str) -> pa.Table:
        """A table of that run, read once.

        Raises:
            InputError: it was written anew, altered or taken away since.
        """
        if name not in self._tables:
            path = self.folder / f"{name}.parquet"
            if not path.is_file() or file_hash(path) != self._hashes.get(path.name):
                raise InputError("it is no longer as the run left it", file=str(path))
            self.keep({name: read_table(path, SHAPES[name])})
        return self._tables[name]

    def facts(self, stage: str) -> dict[str, Any]:
        """What a stage said beside its tables."""
        return self._state.stages[stage].facts
