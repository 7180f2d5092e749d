from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

import caudal
from caudal.errors import CaudalError, InputError
from caudal.storage import read_table
from caudal.workspace import runner
from caudal.workspace.runner import run
from caudal.workspace.stages import SHAPES, STAGES

ALL = [stage.name for stage in STAGES] + ["report"]


def contents(workspace: Path) -> dict[str, pa.Table]:
    """All tables but the moment of screening, which is the clock's."""
    tables = {name: read_table(workspace / "tables" / f"{name}.parquet", shape) for name, shape in SHAPES.items()}
    tables["matches"] = tables["matches"].drop_columns(["screened_at"])
    return tables


def edit(workspace: Path, old: str, new: str) -> None:
    path = workspace / "caudal.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_run_leaves_every_table_and_the_report(finished):
    assert runner.run is caudal.run
    for name in SHAPES:
        assert (finished.workspace / "tables" / f"{name}.parquet").is_file()
    assert finished.report.stat().st_size > 100_000
    assert finished.reused == []
    assert finished.table("matches").num_rows > 0
    assert finished.table("exposures").num_rows > 0
    assert finished.table("findings").num_rows > 0
    assert finished.table("outcomes").num_rows > 0


def test_every_payment_is_accepted_or_rejected(finished):
    summary = finished.facts["ledger"]["summary"]
    assert summary["accepted"] == finished.table("transfers").num_rows
    assert summary["rows"] == summary["accepted"] + summary["rejected"]


def test_ids_in_later_tables_exist_in_earlier_ones(finished):
    transfers = finished.table("transfers")["transfer_id"]
    accounts = finished.table("accounts")["account_id"]
    for table, column, known in [
        ("attributions", "transfer_id", transfers),
        ("dealings", "transfer_id", transfers),
        ("exposures", "account_id", accounts),
        ("matches", "entity_id", finished.table("entities")["entity_id"]),
    ]:
        values = finished.table(table)[column]
        assert pc.all(pc.is_in(values, value_set=known.combine_chunks())).as_py(), f"{table}.{column}"
    named = pc.list_flatten(finished.table("findings")["transfers"])
    assert pc.all(pc.is_in(named, value_set=transfers.combine_chunks())).as_py()


def test_nothing_changed_nothing_runs(done):
    before = (done / "report.html").read_bytes()
    again = run(done)
    assert again.reused == ALL
    assert (done / "report.html").read_bytes() == before


def test_only_what_depends_on_a_change_runs_again(done):
    edit(done, "as_of", "title = 'Another title'\nas_of") if "title" not in (
        done / "caudal.toml"
    ).read_text() else edit(done, "title = ", "title = 'Another title' # ")
    assert set(ALL) - set(run(done).reused) == {"report"}
    with (done / "caudal.toml").open("a") as file:
        file.write("\n[tracing]\nmethods = ['proportional']\n")
    again = run(done)
    assert {"register", "ledger", "screening", "typologies"} <= set(again.reused)
    assert "tracing" not in again.reused
    assert set(again.table("exposures")["method"].to_pylist()) == {"proportional"}


def test_a_damaged_or_missing_table_is_made_again(done):
    expected = contents(done)
    (done / "tables" / "findings.parquet").write_bytes(b"PAR1")
    (done / "tables" / "accounts.parquet").unlink()
    again = run(done)
    assert "typologies" not in again.reused
    assert "ledger" not in again.reused
    assert "register" in again.reused
    assert contents(done) == expected


def test_a_damaged_state_only_costs_time(done):
    expected = contents(done)
    (done / "tables" / "state.json").write_text("{not json", encoding="utf-8")
    assert run(done).reused == []
    assert contents(done) == expected


def test_same_inputs_same_tables(done, finished):
    run(done, fresh=True)
    assert contents(done) == contents(finished.workspace)


@pytest.mark.parametrize("breaks_at", [1, 4, 9, 14, 17])
def test_a_run_broken_between_tables_goes_on(world, finished, monkeypatch, breaks_at):
    real, count = runner.write_table, 0

    def breaking(table, shape, path):
        nonlocal count
        count += 1
        if count == breaks_at:
            raise KeyboardInterrupt
        real(table, shape, path)

    monkeypatch.setattr(runner, "write_table", breaking)
    with pytest.raises(KeyboardInterrupt):
        run(world)
    assert not (world / "report.html").exists()
    monkeypatch.setattr(runner, "write_table", real)
    run(world)
    assert contents(world) == contents(finished.workspace)
    assert not list((world / "tables").glob(".*.tmp"))


def test_tables_half_replaced_by_a_broken_run_are_not_taken_for_the_old_ones(done, monkeypatch):
    """Inputs change, the run breaks between two tables of a stage, the inputs change back."""
    expected, real, count = contents(done), runner.write_table, 0
    text = (done / "caudal.toml").read_text(encoding="utf-8")

    def breaking(table, shape, path):
        nonlocal count
        count += 1
        if count == 2:
            raise KeyboardInterrupt
        real(table, shape, path)

    (done / "caudal.toml").write_text(text + "\n[tracing]\nmethods = ['proportional']\n", encoding="utf-8")
    monkeypatch.setattr(runner, "write_table", breaking)
    with pytest.raises(KeyboardInterrupt):
        run(done)
    monkeypatch.setattr(runner, "write_table", real)
    (done / "caudal.toml").write_text(text, encoding="utf-8")
    assert "tracing" not in run(done).reused
    assert contents(done) == expected


def test_a_killed_run_goes_on(world, finished):
    """Killed outright at three moments; every table there is readable, and the last run ends as an undisturbed one."""
    command = [sys.executable, "-m", "caudal.cli", "run", str(world)]
    for seconds in (1.5, 2.5, 3.5):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
        for path in (world / "tables").glob("*.parquet"):
            read_table(path, SHAPES[path.stem])
    run(world)
    assert contents(world) == contents(finished.workspace)


def test_a_bad_input_leaves_the_earlier_tables(done):
    expected = contents(done)
    with (done / "caudal.toml").open("a") as file:
        file.write("\n[[lists]]\npath = 'lists/absent.csv'\n")
    with pytest.raises(InputError, match=r"absent\.csv"):
        run(done)
    assert contents(done) == expected


def test_an_unknown_group_is_named(done):
    edit(done, "groups =", "groups = ['no-such-group'] #")
    with pytest.raises(InputError, match=r"caudal\.toml, field groups: .*no-such-group"):
        run(done)


@pytest.mark.skipif(os.name == "nt", reason="there is no such lock on Windows")
def test_two_runs_at_once_are_refused(done):
    with runner._alone(done / "tables"), pytest.raises(CaudalError, match="another run"):
        run(done)


def test_a_moved_workspace_still_works(done, tmp_path):
    moved = tmp_path / "moved"
    shutil.move(done, moved)
    assert run(moved).report == moved / "report.html"
