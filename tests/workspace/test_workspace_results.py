"""What a finished run left, read by others: whole and of one run, or refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import caudal
from caudal.errors import InputError
from caudal.storage import read_table, write_table
from caudal.tables import EXPOSURES
from caudal.workspace import Results
from caudal.workspace.state import State


def test_it_reads_what_the_run_wrote(finished) -> None:
    results = Results(finished.workspace)
    for name in ("exposures", "outcomes", "matches", "frontier_points"):
        assert results.table(name).equals(finished.table(name))
    assert results.seeds.accounts == finished.context.seeds.accounts
    assert results.facts("ledger") == finished.facts["ledger"]
    assert results.version == Results(finished.workspace).version


def test_a_world_without_a_run_is_refused(world: Path) -> None:
    with pytest.raises(InputError, match="no finished run"):
        Results(world)


def test_a_run_broken_off_is_refused_until_it_is_run_to_its_end(done: Path) -> None:
    before = Results(done).version
    toml = done / "caudal.toml"
    toml.write_text(toml.read_text() + "\n[tracing]\nexplain = 3\n")
    state = State.load(done / "tables")
    tracing = state.stages["tracing"]
    tracing.files = {**tracing.files, "exposures.parquet": "0" * 32}  # as if it alone had run anew
    state.save()
    with pytest.raises(InputError, match="two runs"):
        Results(done)
    caudal.run(done)
    assert Results(done).version != before


def test_a_table_that_changed_meanwhile_is_told(done: Path) -> None:
    results = Results(done)
    path = done / "tables" / "exposures.parquet"
    write_table(read_table(path, EXPOSURES).slice(1), EXPOSURES, path)
    with pytest.raises(InputError, match="no longer as the run left it"):
        results.table("exposures")


def test_a_state_of_an_earlier_version_is_filled_in_by_the_next_run(done: Path) -> None:
    path = done / "tables" / "state.json"
    raw = json.loads(path.read_text())
    for stage in raw["stages"].values():
        del stage["read"]
    path.write_text(json.dumps(raw))
    with pytest.raises(InputError, match="two runs"):
        Results(done)
    assert "impact" in caudal.run(done).reused
    assert Results(done).table("outcomes").num_rows
