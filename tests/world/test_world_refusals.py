"""What `generate` refuses, and that it never leaves half a workspace or harms somebody else's folder."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.world import MAX_DAYS, MIN_ACCOUNTS, generate


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("accounts", MIN_ACCOUNTS - 1),
        ("accounts", -5),
        ("accounts", 10**9),
        ("accounts", 1000.0),
        ("accounts", True),
        ("days", 0),
        ("days", -1),
        ("days", MAX_DAYS + 1),
        ("days", "30"),
        ("seed", -1),
        ("seed", 1.5),
        ("start", "2025-01-06"),
        ("start", date(1800, 1, 1)),
        ("start", datetime(2025, 1, 6)),
        ("group", ""),
        ("group", "Tren de Aragua"),
        ("group", "a--b"),
        ("group", "../x"),
        ("group", 'a"b'),
    ],
)
def test_bad_arguments_are_named(tmp_path: Path, field: str, value: Any) -> None:
    arguments: dict[str, Any] = {"accounts": 1000, "days": 10, "seed": 1}
    arguments[field] = value
    with pytest.raises(InputError) as caught:
        generate(tmp_path / "w", **arguments)
    assert caught.value.field == field
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_other_folders_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "thesis.txt").write_text("mine")
    (tmp_path / "v").mkdir()
    (tmp_path / "v" / "caudal.toml").write_text('title = "a real case"\n')
    (tmp_path / "f").write_text("a file")
    for name in ("w", "v", "f"):
        with pytest.raises(InputError) as caught:
            generate(tmp_path / name, 700, 3, 1)
        assert caught.value.file == str(tmp_path / name)
    assert (tmp_path / "w" / "thesis.txt").read_text() == "mine"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["f", "v", "w"]


def test_a_place_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("a file")
    with pytest.raises(InputError, match="cannot be made"):
        generate(tmp_path / "f" / "w", 700, 3, 1)


def test_an_earlier_world_is_replaced_and_what_is_beside_it_kept(tmp_path: Path) -> None:
    out = tmp_path / "w"
    out.mkdir()
    generate(out, 700, 3, 1)
    (out / "notes.txt").write_text("mine")
    first = (out / "ledger" / "transfers.parquet").read_bytes()
    generate(out, 700, 3, 2)
    assert (out / "ledger" / "transfers.parquet").read_bytes() != first
    assert "seed 2" in (out / "caudal.toml").read_text(encoding="utf-8")
    assert (out / "notes.txt").read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["w"]


def test_a_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stop(Exception):
        pass

    def stop(*_: Any) -> None:
        raise Stop

    monkeypatch.setattr("caudal.world.generation.members_csv", stop)
    with pytest.raises(Stop):
        generate(tmp_path / "w", 700, 3, 1)
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    accounts=st.integers(MIN_ACCOUNTS, 1600),
    days=st.integers(1, 140),
    seed=st.integers(0, 2**64),
    start=st.dates(date(1990, 1, 1), date(2100, 12, 31)),
)
def test_it_never_fails_on_a_small_world(
    tmp_path_factory: pytest.TempPathFactory, accounts: int, days: int, seed: int, start: date
) -> None:
    out = tmp_path_factory.mktemp("any") / "w"
    generate(out, accounts, days, seed, start)
    assert (out / "caudal.toml").is_file()
