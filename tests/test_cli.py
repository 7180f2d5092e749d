from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest


def caudal(*args: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "caudal.cli", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("cli") / "world"
    done = caudal("world", out, "--accounts", 1000, "--days", 60, "--seed", 5)
    assert done.returncode == 0, done.stderr
    assert "caudal run" in done.stdout
    return out


def test_help_loads_no_room():
    code = (
        "import sys; sys.argv = ['caudal', '--help']\n"
        "from caudal.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'numba', 'numpy', 'pyarrow', 'duckdb', 'plotly', 'rigour', 'pydantic', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_run_sums_up_in_a_dozen_lines_and_speaks_json(workspace):
    first = caudal("run", workspace)
    assert first.returncode == 0, first.stderr
    lines = first.stdout.strip().splitlines()
    assert 8 <= len(lines) <= 20
    for word in ("Lists", "Payments", "Parties", "Exposure", "Patterns", "Look first", "Report"):
        assert any(line.startswith(word) for line in lines), word
    assert "\x1b[" not in first.stdout + first.stderr
    second = caudal("run", workspace, "--json", "--check")
    assert second.returncode == 1
    facts = json.loads(second.stdout)
    assert facts["wants_a_person"] is True
    assert facts["ledger"]["accepted"] > 0
    assert len(facts["reused"]) == 9
    assert caudal("report", workspace).stdout.strip().endswith("report.html")


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (("run", "absent"), "caudal: absent: there is no such workspace folder"),
        (("lists", "show", "absent.csv"), "absent.csv"),
        (("trace", "absent.parquet", "--account", "x"), "absent.parquet"),
        (("detect", "absent.parquet"), "absent.parquet"),
        (("world", "out", "--days", "0"), "days"),
        (("run",), "Missing argument"),
        (("nonsense",), "No such command"),
    ],
)
def test_bad_input_is_one_line_and_status_two(args, line, tmp_path):
    done = caudal(*args, cwd=tmp_path)
    assert done.returncode == 2
    assert line in done.stderr
    assert "Traceback" not in done.stderr
    if done.stderr.startswith("caudal:"):
        assert len(done.stderr.strip().splitlines()) == 1


def test_a_world_with_a_measure_is_its_twin(workspace, tmp_path):
    measure = tmp_path / "measure.toml"
    measure.write_text("day = 2025-02-20\n[freeze]\nlisted = true\n")
    size = ("--accounts", 1000, "--days", 60, "--seed", 5)
    done = caudal("world", tmp_path / "twin", *size, "--measure", measure)
    assert done.returncode == 0, done.stderr
    assert pq.read_metadata(tmp_path / "twin/truth/effects.parquet").num_rows > 0
    accounts = "ledger/accounts.parquet"
    assert (tmp_path / "twin" / accounts).read_bytes() == (workspace / accounts).read_bytes()
    measure.write_text('day = 2025-02-20\n[freeze]\naccounts = ["nobody"]\n')
    wrong = caudal("world", tmp_path / "other", *size, "--measure", measure)
    assert wrong.returncode == 2
    assert wrong.stderr.strip().splitlines()[-1].startswith(f"caudal: {measure}, field freeze.accounts: there is no")
    assert not (tmp_path / "other").exists()


def test_lists_show_finds_a_group_with_its_designations():
    done = caudal("lists", "show", "--find", "Tren de Aragua", "--json", "--as-of", "2025-04-01")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["found"]
    assert {"FTO", "SDGT"} <= {d["authority"] for e in found for d in e["designations"]}
    plain = caudal("lists", "show", "--find", "Tren de Aragua", "--groups")
    assert "2025-02-20" in plain.stdout
    assert "tren-de-aragua" in plain.stdout


def test_screen_shows_reasons_and_checks(workspace):
    text = (workspace / "lists" / "members.csv").read_text(encoding="utf-8")
    name = text.splitlines()[1].split(",")[2]
    done = caudal("screen", name, "Nobody Zzyzx Anywhere", "--list", workspace / "lists", "--json", "--check")
    facts = json.loads(done.stdout)
    assert done.returncode == 1
    assert {f["party_id"] for f in facts} == {name}
    assert any(f["alert"] and f["evidence"]["reasons"] for f in facts)
    assert "nothing found" in caudal("screen", "Nobody Zzyzx Anywhere", "--list", workspace / "lists").stdout


def test_trace_and_detect_read_a_ledger(workspace):
    truth = caudal("run", workspace, "--json")
    assert truth.returncode == 0
    exposures = pq.read_table(workspace / "tables" / "exposures.parquet").to_pylist()
    seed = next(e["account_id"] for e in exposures if e["direction"] == "forward")
    rates = workspace / "rates.csv"
    done = caudal("trace", workspace / "ledger", "--rates", rates, "--account", seed, "--json")
    assert done.returncode == 0, done.stderr
    assert isinstance(json.loads(done.stdout), list)
    found = caudal("detect", workspace / "ledger", "--rates", rates, "--top", 3)
    assert found.returncode == 0, found.stderr
    assert "findings; a pattern is not an accusation" in found.stdout


def test_assess_counts_a_scenario_and_names_what_is_wrong_in_it(workspace, tmp_path):
    scenario = tmp_path / "measure.toml"
    scenario.write_text('name = "two laws"\ngroups = ["tren-de-aragua"]\nauthorities = ["FTO", "SDGT"]\n')
    done = caudal("assess", scenario, workspace, "--json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert {r["scenario"] for r in rows} == {"two laws"}
    assert all(r["low"] <= r["mid"] <= r["high"] and r["assumption"] for r in rows)
    assert all(r["low"] <= r["drawn"]["p05"] <= r["drawn"]["p95"] <= r["high"] for r in rows if r["drawn"])
    said = caudal("assess", scenario, workspace, "--draws", 50, "--seed", 3).stdout
    assert "50 random draws" in said
    assert "p95" in said
    assert caudal("assess", scenario, workspace, "--draws", 50, "--seed", 3).stdout == said
    wrong = caudal("assess", scenario, workspace, "--draws", 0)
    assert (wrong.returncode, "field draws" in wrong.stderr) == (2, True)
    scenario.write_text('name = "two laws"\nauthorities = ["FTX"]\n')
    wrong = caudal("assess", scenario, workspace)
    assert wrong.returncode == 2
    assert "measure.toml, field authorities.0" in wrong.stderr


def test_a_list_that_was_never_brought_in_is_no_all_clear(tmp_path):
    added = caudal("lists", "add", "un", "--no-fetch", "--store", tmp_path / "lists")
    assert added.returncode == 0, added.stderr
    done = caudal("screen", "Quintilla Zarzamora", "--list", tmp_path / "lists")
    assert done.returncode == 2
    assert "no version of the list 'un' is held yet" in done.stderr
    assert "nothing found" not in done.stdout
