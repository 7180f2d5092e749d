"""`caudal screen --index`: the answer is the same, the lists are read only where the index does not fit."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from caudal.cli import cli
from caudal.errors import InputError
from caudal.register import Register
from caudal.screening import Screener, stored

LINE = '{},"{}","individual","SDNTK"' + ",-0- " * 7 + ',"DOB 17 Jul 1966."\r\n'


def caudal(*args: object) -> Result:
    done = CliRunner().invoke(cli, [str(a) for a in args], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    path = tmp_path / "sdn.csv"  # OFAC's layout; the name is invented
    path.write_text(LINE.format(1, "ZUBIRRETA CERVANTES, Nemorio") + "\x1a", encoding="ascii")
    return path


def question(listed: Path, *more: object) -> tuple[list[dict[str, Any]], str]:
    done = caudal("screen", "Nemorio Zubirreta", "Abdulmatin Korvashani", "--list", listed, "--json", *more)
    rows = json.loads(done.stdout)
    for row in rows:
        row.pop("screened_at", None)
    return rows, done.stderr


def test_the_index_is_made_once_and_answers_the_same(
    listed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "kept" / "index"
    plain, said = question(listed)
    assert not said
    assert [row["caption"] for row in plain] == ["Nemorio ZUBIRRETA CERVANTES"]
    made, said = question(listed, "--index", folder)
    assert said == f"index {folder}: there is no index here; built anew\n"
    customers = tmp_path / "customers.csv"
    customers.write_text("party_id,schema,name\na,Person,Nemorio Zubirreta Cervantes\n", encoding="utf-8")
    whole = caudal("screen", "--parties", customers, "--list", listed).stdout

    def fail(*_: Any, **__: Any) -> None:
        raise AssertionError("the lists were read")

    monkeypatch.setattr(Register, "load", fail)
    opened, said = question(listed, "--index", folder)
    assert plain == made == opened
    assert not said
    assert caudal("screen", "--parties", customers, "--list", listed, "--index", folder).stdout == whole
    dearer, said = question(listed, "--index", folder, "--threshold", "40")
    assert not said, "threshold and costs are not of the index"
    assert opened
    assert not any(row["alert"] for row in dearer)


def test_an_index_that_does_not_fit_is_told_and_made_anew(
    listed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "index"
    question(listed, "--index", folder)
    listed.write_text(
        LINE.format(1, "ZUBIRRETA CERVANTES, Nemorio") + LINE.format(2, "KORVASHANI, Abdulmatin") + "\x1a"
    )
    now, said = question(listed, "--index", folder)
    assert said == f"index {folder}: the index was made from other lists; built anew\n"
    assert {row["caption"] for row in now} == {"Nemorio ZUBIRRETA CERVANTES", "Abdulmatin KORVASHANI"}
    os.utime(listed, (0, 0))  # the list goes by the day of its file
    assert "other lists" in question(listed, "--index", folder)[1]
    (folder / "names.owner.npy").write_bytes(b"nothing")
    again, said = question(listed, "--index", folder)
    assert "the index is damaged (names.owner.npy: its checksum differs); built anew" in said
    manifest = folder / stored.MANIFEST
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "program": "older"}))
    assert "another version of this program; built anew" in question(listed, "--index", folder)[1]
    assert question(listed, "--index", folder) == (again, "")
    assert {row["caption"] for row in again} == {row["caption"] for row in now}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index", "sdn.csv"], "nothing is left beside it"


def test_what_cannot_be_kept_is_told_and_the_answer_given(
    listed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(stored.np, "save", full)
    rows, said = question(listed, "--index", tmp_path / "index")
    assert rows
    assert said.endswith("built anew, not kept: it cannot be written (No space left on device)\n")
    assert [path.name for path in tmp_path.iterdir()] == ["sdn.csv"]


def test_bad_use_is_told(listed: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(InputError, match="is no index"):
        question(listed, "--index", tmp_path / "mine")
    with pytest.raises(InputError, match=r"nowhere\.csv"):
        question(tmp_path / "nowhere.csv", "--index", tmp_path / "index")
    with pytest.raises(click.UsageError, match="--index"):
        caudal("screen", "--parties", listed, "--keep", tmp_path / "k", "--index", tmp_path / "index")


def test_an_index_replaced_while_it_is_opened_is_not_used(
    listed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "index"
    question(listed, "--index", folder)
    screener = Screener(Register.load([listed]))
    table = stored.Stored.table

    def slow(self: stored.Stored, name: str) -> Any:
        screener.save(folder, {"lists": "others"})
        return table(self, name)

    monkeypatch.setattr(stored.Stored, "table", slow)
    assert "replaced while it was opened; built anew" in question(listed, "--index", folder)[1]


def test_many_may_write_and_read_at_once(listed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    screener = Screener(Register.load([listed]))

    def write(i: int) -> None:
        screener.save(folder, {"lists": str(i)})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    assert Screener.load(folder).about["lists"] in {str(i) for i in range(40)}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index", "sdn.csv"]
