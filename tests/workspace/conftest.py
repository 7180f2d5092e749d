from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import caudal


@pytest.fixture(scope="session")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up world, not yet run."""
    out = tmp_path_factory.mktemp("made") / "world"
    caudal.generate(out, accounts=1000, days=60, seed=5)
    return out


@pytest.fixture(scope="session")
def finished(small_world: Path, tmp_path_factory: pytest.TempPathFactory):
    """The same world after a run; tests only read it."""
    folder = tmp_path_factory.mktemp("done") / "world"
    shutil.copytree(small_world, folder)
    return caudal.run(folder)


@pytest.fixture
def world(small_world: Path, tmp_path: Path) -> Path:
    """A copy of the world that a test may change."""
    shutil.copytree(small_world, tmp_path / "world")
    return tmp_path / "world"


@pytest.fixture
def done(finished, tmp_path: Path) -> Path:
    """A copy of the finished workspace that a test may change."""
    shutil.copytree(finished.workspace, tmp_path / "done")
    return tmp_path / "done"
