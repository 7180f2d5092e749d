"""Predicted against twin: what Caudal says on the day of a measure, and what a made-up world then does.

    python benchmarks/validation.py                    # three dev worlds, for looking
    python benchmarks/validation.py --held             # the held-out worlds, into benchmarks/validating/held.json
    python benchmarks/validation.py --seeds 7 --cases  # every single case of one world

Per seed a base world is made. The analyst gets its payments of the ninety days before the day and the list of the day,
screens, traces, detects and assesses. Then the measure is put in force in twins of that world, with the group adapting
in four ways and institutions reacting as drawn per seed, and for each prediction the truth is read off. The rules by
which a twin plays single payments and actors are not the formulas of the prediction.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.validating import truth
from benchmarks.validating.compare import Case, Predicted, as_rows, cases, summed_up
from benchmarks.validating.predicted import METHODS, QUIET, Analyst, cut_in_draws, of_outcomes, stays
from benchmarks.validating.worlds import (
    CUSTOMERS,
    DAY,
    HORIZONS,
    LEVELS,
    WARY,
    base,
    drawn,
    freezing,
    known,
    truly_blocked,
    twin,
)

DEV, HELD = (1, 2, 3), tuple(range(101, 109))
ACCOUNTS = 8_000
MEASURED = Path(__file__).parent / "validating" / "held.json"
WARY_LEVEL = "middle, institutions react"


def one_world(seed: int, accounts: int, folder: Path) -> Iterator[Case]:
    """Every case of one seed."""
    world = base(folder / "base", accounts, seed)
    parties = truly_blocked(world, accounts, seed)
    held = pq.read_table(world / "ledger/accounts.parquet")
    listed = held.filter(pc.is_in(held["party_id"], value_set=pa.array(parties)))["account_id"].to_pylist()
    analyst = Analyst(known(world, folder / "known"))
    monthly = analyst.monthly()
    said = {
        method: of_outcomes(analyst.assess({}, method), HORIZONS, method == "proportional", monthly)
        for method in METHODS
    }
    in_draws = cut_in_draws(analyst.assess({"assumptions": QUIET}))
    hands = [a for a in analyst.hands(len(analyst.seeds)) if a not in listed]
    aimed = analyst.aimed()
    for name, frozen, guessed in (
        ("listed", listed, analyst.seeds),
        ("listed and hands", [*listed, *hands], [*analyst.seeds, *hands]),
        ("aimed", aimed, aimed),
    ):
        forecast = {method: analyst.cut(method, guessed, HORIZONS) for method in METHODS}
        at_first: truth.Truth = {}
        for level in LEVELS:
            made = twin(folder / "twin", accounts, seed, freezing(accounts=frozen, level=level))
            pair = truth.Pair(world, made, DAY)
            came = truth.blocked(pair, frozen, HORIZONS) | truth.cut(pair, HORIZONS)
            if name == "listed" and level == "none":
                came |= truth.harmed(pair, HORIZONS)
                yield from cases(seed, name, level, "any", _some(said["proportional"], "blocked."), came)
                yield from cases(seed, name, level, "draws", in_draws, came)
                for method in METHODS:
                    people = _some(said[method], "harmed.", but=("remit", "closed"))
                    yield from cases(seed, name, level, method, people, came)
            shares = truth.shares(pair, came, HORIZONS)
            at_first = at_first or came  # the first level is the group that does not adapt
            for flow in ("income", "laundering", "spending"):
                for days in HORIZONS:
                    if at_first[f"cut.{flow}", days] > 0:
                        shares[stays(flow), days] = came[f"cut.{flow}", days] / at_first[f"cut.{flow}", days]
            for method, (stopped, net) in forecast.items():
                yield from cases(seed, name, level, method, stopped if level == "none" else net, came | shares)
            if level == "none":
                yield from told(seed, name, level, truth.bystanders(pair, HORIZONS))
                point = {"listed": "actual", "aimed": analyst.frontier.knee().name}.get(name)
                if point:
                    yield from cases(seed, name, level, "frontier", analyst.on_the_frontier(point, HORIZONS), shares)
    rules = {"institutions": drawn(seed, WARY, "institutions"), "customers": drawn(seed, CUSTOMERS, "customers")}
    made = twin(folder / "twin", accounts, seed, freezing(accounts=listed, **rules))
    pair = truth.Pair(world, made, DAY)
    came = truth.blocked(pair, listed, HORIZONS) | truth.harmed(pair, HORIZONS)
    for method in METHODS:
        people = {k: v for k, v in said[method].items() if "remit" in k[0] or "closed" in k[0]}
        yield from cases(seed, "listed", WARY_LEVEL, method, people, came)


def told(seed: int, measure: str, level: str, what: truth.Truth) -> Iterator[Case]:
    """Truths beside which nothing is predicted."""
    for (name, days), value in what.items():
        yield Case(seed, measure, level, "truth", name, days, value, value, value, value)


def _some(predicted: Predicted, start: str, but: tuple[str, ...] = ()) -> Predicted:
    return {k: v for k, v in predicted.items() if k[0].startswith(start) and not any(word in k[0] for word in but)}


def main() -> None:
    """Measure and print or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--held", action="store_true", help="the held-out seeds, written to held.json")
    parser.add_argument("--seeds", type=int, nargs="+", help="seeds to look at instead of the dev seeds")
    parser.add_argument("--accounts", type=int, default=ACCOUNTS)
    parser.add_argument("--cases", action="store_true", help="print every single case as JSON")
    given = parser.parse_args()
    seeds = HELD if given.held else tuple(given.seeds or DEV)
    found: list[Case] = []
    busy = time.process_time()
    for seed in seeds:
        folder = Path(tempfile.mkdtemp(prefix="validation-"))
        try:
            found += one_world(seed, given.accounts, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        print(f"seed {seed}: {len(found)} cases, {time.process_time() - busy:.0f} s of processor", file=sys.stderr)
    rows = summed_up(found)
    if given.cases:
        print("\n".join(json.dumps(row) for row in as_rows(found)))
        return
    for row in rows:
        text = " ".join(
            f"{row[k]:>12,.2f}" if row[k] is not None else f"{'-':>12}"
            for k in ("truth", "low", "mid", "high", "bias", "error", "within", "within_90")
        )
        names = f"{row['measure']:<18}{row['adaptation']:<28}{row['method']:<14}{row['quantity']:<44}"
        print(f"{names}{row['days']:>4} {text}")
    if given.held:
        about = {
            "seeds": list(seeds),
            "accounts": given.accounts,
            "day": DAY.isoformat(),
            "python": platform.python_version(),
            "adaptation": LEVELS,
            "institutions": WARY,
            "customers": CUSTOMERS,
        }
        MEASURED.write_text(as_text(about, _rounded(rows)), encoding="utf-8")


def as_text(about: dict[str, object], rows: list[dict[str, object]]) -> str:
    """The measurement as JSON, a row a line."""
    lines = ",\n".join(json.dumps(row) for row in rows)
    return f'{{"about": {json.dumps(about, indent=1)},\n"rows": [\n{lines}\n]}}\n'


def _rounded(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{k: float(f"{v:.6g}") if isinstance(v, float) else v for k, v in row.items()} for row in rows]


if __name__ == "__main__":
    main()
