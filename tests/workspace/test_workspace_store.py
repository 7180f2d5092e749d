"""A run that reads its list from the store gives what a run on the file gives."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import caudal
from caudal.errors import InputError
from caudal.register.store import Store
from caudal.register.store.add import add
from caudal.storage import read_table
from caudal.workspace.config import load_config
from caudal.workspace.stages import SHAPES, _sources

REGISTER = ("entities", "names", "designations", "memberships", "rejected_lists")


def from_store(world: Path, more: str = "", top: str = "") -> Path:
    """The world's list moved into a store, and named there."""
    config = load_config(world)
    published = config.lists[0].published or date(2025, 3, 1)
    store = Store(world / "store")
    outcome = add(store, "members", [str(config.lists[0].path)], published=published, held=date(2025, 4, 1))
    assert outcome is not None
    text = (world / "caudal.toml").read_text(encoding="utf-8")
    before, _, after = text.partition("[[lists]]")
    rest = after[after.index("\n[") :]
    entry = f'[[lists]]\nstore = "members"\npath = "store"\n{more}'
    (world / "caudal.toml").write_text(f"{top}{before}{entry}{rest}", encoding="utf-8")
    return world


def test_the_tables_are_the_same(finished, world: Path) -> None:
    done = caudal.run(from_store(world))
    for name in REGISTER[:4]:
        expected = read_table(finished.workspace / "tables" / f"{name}.parquet", SHAPES[name])
        held = read_table(world / "tables" / f"{name}.parquet", SHAPES[name])
        assert held.num_rows == expected.num_rows
        if name != "entities":
            assert held.equals(expected)
    assert done.table("matches").num_rows == finished.table("matches").num_rows
    assert set(caudal.run(world).reused) >= {"register", "screening"}


def test_only_versions_held_that_day(world: Path) -> None:
    config = load_config(from_store(world, more="history = true\n", top="known_at = 2025-04-01\n"))
    assert [s.published for s in _sources(config)] == [s.published for s in Store(world / "store").sources()]
    text = (world / "caudal.toml").read_text(encoding="utf-8")
    (world / "caudal.toml").write_text(text.replace("2025-04-01", "2025-03-31", 1), encoding="utf-8")
    with pytest.raises(InputError, match="no version of members by 2025-03-31"):
        _sources(load_config(world))


def test_a_list_needs_a_place(world: Path) -> None:
    path = world / "caudal.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "\n[[lists]]\nhistory = true\n", encoding="utf-8")
    with pytest.raises(InputError, match="say where the list is"):
        load_config(world)
    path.write_text(text + '\n[[lists]]\nstore = "absent"\n', encoding="utf-8")
    with pytest.raises(InputError, match="the store has no list 'absent'"):
        _sources(load_config(world))
