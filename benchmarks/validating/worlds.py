"""The worlds of the validation: a base world, what an analyst has of it on the day, and its twins."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from caudal.register.ownership import blocked
from caudal.storage import read_table
from caudal.tables import OWNERSHIP
from caudal.world import Measure, generate
from caudal.world.calendar import Calendar
from caudal.world.generation import found, live
from caudal.world.writer import party_ids

DAY = date(2025, 2, 20)
"""Day of the made-up designation, and of the measure."""

BEFORE = date(2025, 2, 19)
"""The last day of which the analyst knows the payments."""

HISTORY, AFTER = 90, 180
"""Days before and from the day on."""

HORIZONS = (30, 90, 180)
GROUP = "tren-de-aragua"

LEVELS: Mapping[str, dict[str, Any]] = {
    "none": {"spare": 0, "recruits_per_month": 0, "arrears": 0, "waits": 0},
    "slow": {
        "notice_days": (3, 14), "spare": 0.1, "recruits_per_month": 0.01, "recruit_days": (30, 90), "arrears": 0.2,
        "waits": 0.5,
    },
    "middle": {},
    "nimble": {
        "notice_days": (1, 3), "spare": 1.0, "recruits_per_month": 0.1, "recruit_days": (5, 20), "arrears": 0.8,
        "waits": 0.95,
    },
}  # fmt: skip
"""How the group adapts in the twin; `none` is the measure before re-routing. What is left out has its default."""

WARY: Mapping[str, tuple[float, float]] = {
    "close_exposed": (0.0, 0.3),
    "close_alike": (0.0, 0.1),
    "refuse_alike": (0.0, 0.5),
    "stop_corridor": (0.0, 0.8),
    "stop_other_corridor": (0.0, 0.2),
    "lose_bank": (0.0, 0.3),
    "dearer": (0.0, 0.5),
}
"""Range from which each seed draws how its institutions react, evenly."""

CUSTOMERS: Mapping[str, tuple[float, float]] = {
    "other_channel": (0.4, 0.95),
    "informal": (0.0, 0.6),
    "later": (0.2, 0.8),
}
"""The same for what customers do then."""


def base(folder: Path, accounts: int, seed: int) -> Path:
    """The world without a measure; the group moves on only where something is frozen."""
    start = date.fromordinal(DAY.toordinal() - HISTORY)
    generate(folder, accounts, HISTORY + AFTER, seed, start, GROUP, listed_move=False)
    return folder


def twin(folder: Path, accounts: int, seed: int, measure: Measure) -> Path:
    """The same world with a measure in force."""
    start = date.fromordinal(DAY.toordinal() - HISTORY)
    generate(folder, accounts, HISTORY + AFTER, seed, start, GROUP, measure=measure, listed_move=False)
    return folder


def known(world: Path, folder: Path) -> Path:
    """What an analyst has on the morning of the day: payments until then, entries of the list in force by then."""
    for name in ("ledger", "lists"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name in ("ledger/accounts.parquet", "ledger/parties.parquet", "ledger/institutions.parquet"):
        shutil.copy(world / name, folder / name)
    transfers = pq.read_table(world / "ledger/transfers.parquet")
    moment = pa.scalar(datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC), transfers["time"].type)
    pq.write_table(transfers.filter(pc.less(transfers["time"], moment)), folder / "ledger/transfers.parquet")
    head, *lines = (world / "lists/members.csv").read_text(encoding="utf-8").splitlines()
    by_now = [line for line in lines if line.split(",")[10] <= DAY.isoformat()]
    (folder / "lists/members.csv").write_text("\n".join([head, *by_now]) + "\n", encoding="utf-8")
    for name in ("ownership.parquet", "rates.csv"):
        shutil.copy(world / name, folder / name)
    return folder


def truly_blocked(world: Path, accounts: int, seed: int) -> list[str]:
    """Parties the law blocks on the day, by the truth: holders listed by then, and firms they own by half or more."""
    calendar = Calendar(date.fromordinal(DAY.toordinal() - HISTORY), HISTORY + AFTER)
    made = found(accounts, calendar, seed)
    members = live(made, lambda: None, listed_move=False)[2].members
    codes = np.array(sorted({m.party for m in members if m.party >= 0 and m.effective <= DAY}), dtype=np.int64)
    listed = party_ids(codes).to_pylist()
    owned = blocked(read_table(world / "ownership.parquet", OWNERSHIP), listed=listed, day=DAY)
    return sorted({*listed, *(firm.asset_id for firm in owned if firm.status == "yes")})


def drawn(seed: int, ranges: Mapping[str, tuple[float, float]], name: str) -> dict[str, float]:
    """One value from every range, by seed."""
    rng = np.random.default_rng([seed, *name.encode()])
    return {key: round(float(rng.uniform(low, high)), 3) for key, (low, high) in ranges.items()}


def freezing(parties: Sequence[str] = (), accounts: Sequence[str] = (), level: str = "middle", **more: Any) -> Measure:
    """A measure of the validation."""
    return Measure(
        name=level,
        day=DAY,
        freeze={"parties": tuple(parties), "accounts": tuple(accounts)},
        group=LEVELS[level],
        **more,
    )
