"""Makes the environment of nomenklatura's yente enricher, where there is none, and runs it against a server.

    python -m benchmarks.enricher

The environment is the one of the peers (see `benchmarks.screening.peers`): nomenklatura holds DuckDB below 2.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.screening.peers import environment


def main() -> int:
    """The exit status of the tests."""
    print(f"  environment: {environment()}")
    here = Path(__file__).resolve().parents[1]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/server/test_enricher.py"], cwd=here, check=False
    ).returncode


if __name__ == "__main__":
    raise SystemExit(main())
