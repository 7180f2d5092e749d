"""`caudal assess` with several scenarios, on a small made-up workspace."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import caudal
from caudal.cli_assess import INPUTS
from caudal.workspace import run
from caudal.workspace.scenarios import scenarios_of
from caudal.workspace.stages import published_volumes

FOUR = {
    "none": "none",
    "law-enforcement": "law enforcement",
    "terrorism-framework": "terrorism framework",
    "aimed": "aimed",
}
"""What is asked for on the command line, and the name of each scenario in every table."""


def command(*args: object) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "caudal.cli", *map(str, args)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that was never run."""
    out = tmp_path_factory.mktemp("assess") / "world"
    done = command("world", out, "--accounts", 600, "--days", 60, "--seed", 5)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def workspace(fresh: Path) -> Path:
    """The same workspace, run by whatever asks for it first."""
    return Path(shutil.copytree(fresh, fresh.with_name("run")))


@pytest.fixture(scope="module")
def facts(workspace: Path) -> tuple[str, Mapping[str, Any]]:
    """The answer to the four scenarios with 20 draws, as text of JSON and read."""
    done = command("assess", *FOUR, "-w", workspace, "--draws", 20, "--seed", 3, "--json")
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads(done.stdout)


def test_side_by_side_has_a_value_of_every_scenario(facts):
    found = facts[1]
    names = list(FOUR.values())
    assert [s["name"] for s in found["scenarios"]] == names
    outcomes = {(r["scenario"], r["measure"], r["subject_kind"], r["unit"]): r for r in found["outcomes"]}
    told = 0
    for row in found["side_by_side"]:
        assert list(row["values"]) == names
        for name, value in row["values"].items():
            own = outcomes.get((name, row["measure"], row["subject_kind"], row["unit"]))
            assert value == (own and [own["low"], own["mid"], own["high"]])
            told += value is not None
    assert told == len(outcomes) == len(found["outcomes"])


def test_none_blocks_nothing_and_the_others_do(facts):
    rows = [r for r in facts[1]["outcomes"] if r["measure"].startswith("blocked")]
    most = {name: max(r["high"] for r in rows if r["scenario"] == name) for name in FOUR.values()}
    assert most.pop("none") == 0
    assert all(high > 0 for high in most.values()), most
    powers = {s["name"]: {p for g in s["groups"] for p in g["powers"]} for s in facts[1]["scenarios"]}
    assert powers["none"] == set()
    assert "material support" in powers["terrorism framework"]
    assert "material support" not in powers["law enforcement"] | powers["aimed"]


def test_each_says_what_it_says_alone(facts, workspace):
    done = run(workspace)
    inputs = {name: done.table(name) for name in INPUTS}
    inputs |= {"matches": done.context.matches, "published": published_volumes(done.config)}
    for scenario in scenarios_of(done.context, FOUR):
        alone = caudal.assess(scenario, done.context.register, done.context.ledger, **inputs).outcomes.to_pylist()
        rows = [r for r in facts[1]["outcomes"] if r["scenario"] == scenario.name]
        assert [{k: v for k, v in r.items() if k != "drawn"} for r in rows] == json.loads(json.dumps(alone))


def test_the_same_seed_draws_the_same(facts, workspace):
    again = command("assess", *FOUR, "-w", workspace, "--draws", 20, "--seed", 3, "--json")
    assert again.stdout == facts[0]
    drawn = [r["drawn"] for r in facts[1]["outcomes"] if r["drawn"]]
    assert {(d["draws"], d["seed"]) for d in drawn} == {(20, "3")}
    other = json.loads(command("assess", *FOUR, "-w", workspace, "--draws", 20, "--seed", 4, "--json").stdout)
    assert [r["drawn"] for r in other["outcomes"] if r["drawn"]] != drawn
    assert other["side_by_side"] == facts[1]["side_by_side"]


def test_the_text_shows_the_four_as_columns(facts, workspace):
    done = command("assess", *FOUR, "-w", workspace, "--draws", 20, "--seed", 3)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "none: no authority; by law: nothing"
    assert [line.partition(":")[0] for line in lines[:4]] == list(FOUR.values())
    assert lines[4] == ""
    assert lines[5].split() == " ".join(FOUR.values()).split()
    flows = next(line for line in lines if line.startswith("blocked.flows.total, USD"))
    assert flows.removeprefix("blocked.flows.total, USD").split()[0] == "0"
    values = next(r["values"] for r in facts[1]["side_by_side"] if r["measure"] == "blocked.flows.total")
    for name in list(FOUR.values())[1:]:
        assert f" {values[name][1]:,.0f}" in flows
    assert "20 random draws" in lines[-2]


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        (("none", "nonesuch"), "caudal: nonesuch: there is no such file and no ready-made scenario; ready-made: aimed"),
        (("none", "aimed", "none"), "caudal: field name: two scenarios are called 'none'"),
        (("none",), "caudal: field draws"),
    ],
)
def test_what_is_wrong_in_the_question_is_said_before_anything_runs(asked, line, fresh):
    before = contents(fresh)
    done = command("assess", *asked, "-w", fresh, *(("--draws", 0) if len(asked) == 1 else ()))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(line)
    assert len(done.stderr.strip().splitlines()) == 1
    assert contents(fresh) == before


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ('groups = ["los-nadie-inventados"]', "field groups.0: "),
        ('groups = ["tren-de-aragua"]\nauthorities = ["FTX"]\neffective = 2025-02-20', "field authorities.0: "),
        (
            'groups = ["tren-de-aragua"]\nauthorities = ["SDGT"]\neffective = 2025-01-05',
            "field effective: 2025-01-05 lies before the first payment of the ledger, 2025-01-06",
        ),
    ],
)
def test_what_only_the_books_tell_is_said_with_the_file_and_the_key(keys, line, facts, workspace, tmp_path):
    scenario = tmp_path / "measure.toml"
    scenario.write_text(f'name = "made up"\n{keys}\n')
    before = contents(workspace)
    done = command("assess", "none", scenario, "-w", workspace, "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"caudal: {scenario}, {line}")
    assert len(done.stderr.strip().splitlines()) == 1
    assert contents(workspace) == before


@pytest.mark.parametrize(
    ("keys", "line", "written"),
    [
        ('groups = ["tren-de-aragua"]\nauthorities = ["FTX"]\neffective = 2025-02-20', "field authorities.0: ", 0),
        ('groups = ["tren-de-aragua"]\naccounts = ["nobody\'s"]', 'field accounts.0: "nobody\'s" is no account', 1),
    ],
)
def test_a_wrong_name_is_said_before_the_long_stages(keys, line, written, fresh, tmp_path):
    new = Path(shutil.copytree(fresh, tmp_path / "world"))
    scenario = tmp_path / "measure.toml"
    scenario.write_text(f'name = "made up"\n{keys}\n')
    done = command("assess", scenario, "-w", new, "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"caudal: {scenario}, {line}")
    tables = {p.stem for p in (new / "tables").glob("*.parquet")}
    assert "designations" in tables
    assert ("transfers" in tables) == bool(written)
    assert "matches" not in tables
