from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from caudal.register import ListSource, Register

DATA = Path(__file__).parent / "data"
"""Made-up lists in the publishers' formats."""


@pytest.fixture
def ofac_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "ofac"
    folder.mkdir()
    for name in ("sdn.csv", "alt.csv", "add.csv"):
        shutil.copy(DATA / name, folder / name)
    return folder


@pytest.fixture
def un_file(tmp_path: Path) -> Path:
    return Path(shutil.copy(DATA / "consolidated.xml", tmp_path / "consolidated.xml"))


@pytest.fixture
def members_file(tmp_path: Path) -> Path:
    return Path(shutil.copy(DATA / "members.csv", tmp_path / "members.csv"))


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Write a file of that name and give its path."""

    def _write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return _write


@pytest.fixture(scope="session")
def real_register(shared_data: Path) -> Register:
    """OFAC's list of 2026-08-20, the UN's of its own day, and the built-in groups."""
    lists = shared_data / "lists"
    return Register.load(
        [ListSource(lists / "ofac/sdn.csv", published=date(2026, 8, 20)), lists / "un/consolidated.xml"]
    )
