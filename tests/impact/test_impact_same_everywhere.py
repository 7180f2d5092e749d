"""The same books give the same numbers to the last digit, whichever process counts them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

BOOKS = """
import sys
from datetime import date

sys.path.insert(0, sys.argv[1])
from conftest import World

world = World()
world.lists.add("los-inventados", "los-inventados", authorities=("FTO", "SDGT"))
world.bank("first bank")
bosses = [f"boss {n}" for n in range(7)]
for n, boss in enumerate(bosses):
    world.party(boss, bank="first bank")
    world.match(boss, "los-inventados", 0.1 + n / 9)
for n in range(60):
    firm = world.party(f"firm {n}", "Company", bank="first bank")
    world.own(bosses[n % 7], firm, 0.3 + n / 300)
    world.own(bosses[n * n % 7 - 1], firm, 0.2, 0.3)
    world.pay(firm, f"firm {(n + 7) % 60}" if n > 7 else bosses[0], 3 * n * n + 11, date(2025, 3, 1 + n % 28))
found = world.assess()
for table in (found.outcomes, found.duty_days):
    for row in table.to_pylist():
        print([repr(v) for v in row.values()])
"""


def test_numbers_do_not_hang_on_the_order_of_a_set() -> None:
    told = []
    for seed in ("0", "1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", BOOKS, str(Path(__file__).parent)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        told.append(done.stdout)
    assert "blocked.owned" in told[0]
    assert told[0] == told[1] == told[2]
