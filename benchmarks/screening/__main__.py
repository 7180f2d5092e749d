"""How well and how fast screening works, on real lists and real names beside the project.

    python -m benchmarks.screening [--half dev|held|both] [--only pairs,perturbed,...] [--json FILE] [--shared DIR]

Run from the root of the repository. Prints one table per probe, of the half asked for. Halves are split by a hash of
the names, of the clean people, of the pairs of common names, of the listed entities. The model is tuned on `dev`;
`held` is run to report. What is not clean about that: a first version was set with both halves of the labelled pairs
in view, the wires have no half, and the names of the culture probe's `common` set are ones that tables of common names
know: its `held` half is other pairs of the same names (the set `further` shares no name between its halves).
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import math
import os
import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.screening.common import Setting

Probe = Callable[[Setting, argparse.Namespace], Any]


def _module(name: str) -> Any:
    return importlib.import_module(f"benchmarks.screening.{name}")


PROBES: dict[str, Probe] = {
    "pairs": lambda setting, _: _module("labelled").run(setting),
    "clean": lambda setting, _: _module("stopped").clean(setting),
    "cultures": lambda setting, options: _module("stopped").by_culture(setting, options.alone),
    "perturbed": lambda setting, _: _module("perturbed").run(setting),
    "candidates": lambda setting, options: _module("candidates").run(setting, options.exhaustive),
    "wires": lambda setting, options: _module("wires").run(setting, options.judged),
    "calibration": lambda setting, _: _module("calibration").run(setting),
    "ranking": lambda setting, _: _module("ranking").run(setting),
    "peers": lambda setting, options: _module("peers").run(setting, *options.peers),
}
if importlib.util.find_spec("benchmarks.screening.speed"):
    PROBES["speed"] = lambda setting, _: _module("speed").run(setting)
SLOW = ("ranking", "peers", "speed")
"""Run when asked for: they make the peers' environment, or take the machine for themselves."""
USUAL = [name for name in PROBES if name not in SLOW]


def machine() -> dict[str, Any]:
    """What the numbers were measured on."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = [
            line.split(":", 1)[1].strip()
            for line in info.read_text(encoding="utf-8").splitlines()
            if "model name" in line
        ]
        model = lines[0] if lines else model
    return {"processor": model, "cores": os.cpu_count(), "python": platform.python_version()}


def plain(value: Any) -> Any:
    """What was measured as JSON has it: numbers that are none become null."""
    if isinstance(value, dict):
        return {key: plain(of) for key, of in value.items()}
    if isinstance(value, list | tuple):
        return [plain(of) for of in value]
    if isinstance(value, float):
        return round(value, 5) if math.isfinite(value) else None
    return value


def main() -> None:
    """Run the probes asked for."""
    here = Path(__file__).resolve().parents[3] / "shared"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("CAUDAL_SHARED", here)))
    parser.add_argument("--only", default=",".join(USUAL), help=f"of {', '.join(PROBES)}, or all; default: %(default)s")
    parser.add_argument("--half", choices=("dev", "held", "both"), default="dev", help="which half of the probes")
    parser.add_argument("--show", action="store_true", help="list the errors on the dev half of the pairs")
    parser.add_argument("--threshold", type=float, default=None)
    parser.add_argument(
        "--sample", type=int, default=1000, help="listed entities of each kind whose names are rewritten"
    )
    parser.add_argument("--alone", type=int, default=50, help="names of each culture that are screened alone as well")
    parser.add_argument("--exhaustive", type=int, default=200, help="queries compared with every listed name")
    parser.add_argument(
        "--judged", type=Path, default=None, help="a file of judgements of the wires' matches (see wires.py)"
    )
    parser.add_argument(
        "--peers", type=int, nargs=3, default=(120, 1000, 150), metavar=("LISTED", "CLEAN", "CULTURE"),
        help="sizes of the peers' samples: listed people, clean people, people per culture",
    )  # fmt: skip
    parser.add_argument("--json", type=Path, default=None, help="write everything measured to this file")
    options = parser.parse_args()
    only = list(PROBES) if options.only == "all" else options.only.split(",")
    unknown = [name for name in only if name not in PROBES]
    if unknown:
        parser.error(f"no such probe: {', '.join(unknown)} (there are {', '.join(PROBES)})")
    setting = Setting(options.shared, options.half, options.threshold, options.show, options.sample)
    measured: dict[str, Any] = {}
    partial = options.json.with_suffix(".partial") if options.json else Path()
    for name in only:
        start, cpu = time.perf_counter(), time.process_time()
        measured[name] = PROBES[name](setting, options)
        took, used = time.perf_counter() - start, time.process_time() - cpu
        print(f"  [{name}: {took:.0f} s, {used:.0f} s of processor]", flush=True)
        if options.json:  # what is measured is kept, should a later probe fail; the file itself is whole or not there
            about = {"date": datetime.now(UTC).date().isoformat(), "half": options.half, "sample": options.sample}
            found = {"about": {**about, **machine()}, "probes": plain(measured)}
            partial.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if options.json:
        partial.replace(options.json)


if __name__ == "__main__":
    main()
