from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("CAUDAL_SHARED", Path(__file__).resolve().parents[2] / "shared"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real lists and ledgers beside the project, read in place."""
    data = SHARED / "data"
    if not data.is_dir():
        pytest.skip(f"real data not found at {data} (set CAUDAL_SHARED to its parent)")
    return data
