"""`caudal lists`: every command as a person types it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from caudal.cli import cli
from caudal.errors import CaudalError

HEAD = "entity_id,schema,name,aliases,birth_date,countries,identifiers,group,authority,programme,effective,source\n"
Run = Callable[..., Result]


def rows(numbers: range, alias: str = "") -> str:
    return HEAD + "".join(f"m-{n},Person,Name Number {n},{alias},,,,tren-de-aragua,SDGT,,,\n" for n in numbers)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `caudal lists ...` in an empty folder; the exit status as the command gives it."""
    monkeypatch.chdir(tmp_path)

    def _run(*args: object) -> Result:
        return CliRunner().invoke(cli, ["lists", *map(str, args)], standalone_mode=False)

    return _run


@pytest.fixture
def house(run: Run) -> Path:
    path = Path("house.csv")
    path.write_text(rows(range(20)), encoding="utf-8")
    done = run("add", "house", path, "--published", "2026-01-05")
    assert done.exception is None
    assert done.output == "house: new, 2026-01-05, 20 entries\n"
    return path


def test_show_lists_versions_ages_and_what_is_in_them(run: Run, house: Path) -> None:
    plain = run("show", "--versions")
    assert plain.output.startswith("house              2026-01-05, ")
    assert "accepted by checks" in plain.output
    facts = json.loads(run("show", "--json", "--find", "Name Number 3").output)
    assert facts["lists"][0]["age_days"] > 0
    assert facts["lists"][0]["missed"] is False
    assert [e["id"] for e in facts["found"]] == ["m-3"]
    named = json.loads(run("show", "house", "--json").output)
    assert [v["entries"] for v in named["versions"]] == [20]
    assert json.loads(run("show", house, "--json").output)["versions"][0]["entries"] == 20
    early = json.loads(run("show", "house", "--json", "--known-at", "2026-01-01").output)
    assert early["versions"] == []


def test_update_diff_confirm_and_history(run: Run, house: Path) -> None:
    house.write_text(rows(range(1, 12), alias="Also"), encoding="utf-8")
    waiting = run("update", "--check")
    assert waiting.return_value == 1
    assert "house: WAITS for a person: it lacks 9 of 20 entries" in waiting.output
    assert "tren-de-aragua: 0 added, 9 removed, 11 amended" in waiting.output
    assert "WAITS for a person" in run("show").output
    changes = json.loads(run("diff", "house", "--json").output)
    assert [len(changes[k]) for k in ("added", "removed", "amended")] == [0, 9, 11]
    plain = run("diff", "house", "--group", "Tren de Aragua", "--check")
    assert plain.return_value == 1
    assert "- Name Number 0 (m-0, SDGT)  [tren-de-aragua]" in plain.output
    assert "    alias: + Also" in plain.output
    assert isinstance(run("update", "--confirm", "house").exception, CaudalError)
    assert isinstance(run("update", "--by", "Ana").exception, CaudalError)
    confirmed = run("update", "--confirm", "house", "--by", "Ana Prueba")
    assert ", confirmed by Ana Prueba" in confirmed.output
    told = run("history", "m-0").output
    assert "last seen 2026-01-05, not in the version of" in told
    assert "gone" in told
    facts = json.loads(run("history", "name number 5", "--json").output)
    assert [e["kind"] for e in facts[0]["events"]] == ["first seen", "amended"]
    by_day = json.loads(run("diff", "house@2026-01-05", "house", "--json").output)
    assert len(by_day["removed"]) == 9
    assert json.loads(run("diff", "house", house, "--json").output)["amended"] == []


def test_a_list_that_cannot_be_updated_is_status_two(run: Run, house: Path) -> None:
    house.write_text("<html>", encoding="utf-8")
    failed = run("update", "--json")
    assert failed.return_value == 2
    assert "house is not updated" in failed.stderr
    assert json.loads(failed.stdout)[0]["status"] == "failed"
    assert "LAST UPDATE FAILED" in run("show").output


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (("update",), "holds no list yet"),
        (("update", "nowhere"), "no list 'nowhere'"),
        (("history", "x"), "no version held"),
        (("diff", "absent"), "no list 'absent'"),
        (("diff", "a.csv", "b.csv"), "no such file"),
        (("add", "house"), "say where the list 'house' comes from"),
        (("add", "house", "absent.csv"), "no such file"),
        (("show", "absent.csv"), "no such file"),
    ],
)
def test_bad_input_is_one_clear_error(run: Run, args: tuple[str, ...], reason: str) -> None:
    if args == ("update", "nowhere"):
        run("add", "un", "--no-fetch")
    error = run(*args).exception
    assert isinstance(error, CaudalError)
    assert reason in str(error)


def test_no_fetch_only_writes_down(run: Run) -> None:
    assert "written down" in run("add", "un", "--no-fetch").output
    shown = run("show").output
    assert "no version yet" in shown
    assert "never looked for" in shown


def test_help_of_every_command_loads_no_room() -> None:
    code = (
        "import sys\nfrom caudal.cli import cli\n"
        "for name in ('add', 'update', 'show', 'diff', 'history'):\n"
        "    try: cli.main(['lists', name, '--help'])\n"
        "    except SystemExit: pass\n"
        "heavy = {'numpy', 'pyarrow', 'pydantic', 'requests', 'lxml', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_list_read_by_a_mapping(run: Run) -> None:
    mapping = """
dataset = "zz_national"
title = "National list"
[id]
prefix = "zz-"
column = "Number"
[party]
column = "Type"
words = { individual = "Person" }
[names]
primary = "Name"
"""
    Path("national.toml").write_text(mapping, encoding="utf-8")
    old, new = Path("old.csv"), Path("new.csv")
    old.write_text("Number,Type,Name\n1,individual,Ana Prueba\n2,individual,Ben Prueba\n", encoding="utf-8")
    new.write_text("Number,Type,Name\n1,individual,Ana Maria Prueba\n2,individual,Ben Prueba\n", encoding="utf-8")
    done = run("add", "national", old, "--mapping", "national.toml", "--published", "2026-01-05")
    assert done.exception is None, done.exception
    assert "2 entries" in done.output
    changes = json.loads(run("diff", "national", new, "--mapping", "national.toml", "--json").output)
    assert changes["amended"][0]["changes"] == [
        {"field": "primary name", "added": ["Ana Maria Prueba"], "removed": ["Ana Prueba"]}
    ]
