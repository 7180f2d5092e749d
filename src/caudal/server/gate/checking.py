"""Reading the log of look-ups: whether it is as it was written, and whose look-ups stand in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from caudal.server.gate.chain import DAYS, End, chain_of, chained
from caudal.server.gate.lookups import Lookups


@dataclass(frozen=True)
class Fault:
    """A line that is not as it was written, or that is missing."""

    file: str
    line: int
    reason: str


def verify(folder: Path, key: bytes, heads: Sequence[End] = ()) -> tuple[int, list[Fault]]:
    """Read a log, follow its chain and its numbers, and hold it to what is known of it.

    What cannot show: whole days taken from the beginning; lines taken from the end of which no head given knows.

    Args:
        heads: ends of the log as they were at some time: of its head file, or written down elsewhere.

    Returns:
        How many lines there are, and what is wrong with them.
    """
    count, faults, last, previous = 0, [], "", None
    number = 0
    wanted = {head.number: head for head in heads if head.number}
    first, file, row = 0, "", 0
    for path in sorted(folder.glob(DAYS)):
        chain = ""
        for row, line in enumerate(path.read_bytes().split(b"\n"), 1):
            if not line:
                continue
            count, file = count + 1, path.name
            held = chain_of(line)
            try:
                entry = orjson.loads(line)
            except orjson.JSONDecodeError:
                entry = None
            if not isinstance(entry, dict) or not held:
                faults.append(Fault(path.name, row, "it is torn or was changed"))
                continue
            if row == 1:
                if entry.get("kind") != "opened":
                    faults.append(Fault(path.name, row, "the beginning of the day is gone"))
                elif previous is not None and entry.get("before") != last:
                    faults.append(Fault(path.name, row, f"it does not follow on the end of {previous}"))
            if chained(key, chain, entry)[0] != line + b"\n":
                faults.append(Fault(path.name, row, "it was changed, or a line before it was taken out"))
            chain = held
            mine = entry.get("n")
            if isinstance(mine, int):
                if number and mine != number + 1:
                    faults.append(Fault(path.name, row, f"it is line {mine:,}, and line {number:,} stands before it"))
                number, first = mine, first or mine
                known = wanted.pop(mine, None)
                if known is not None and not held.startswith(known.chain):
                    faults.append(Fault(path.name, row, "it is another line than the one that the head knows"))
        last, previous = chain, path.name
    faults += [
        Fault(file or "the log", row, f"the log ends at line {number:,}; the head knows line {head.number:,}")
        for head in wanted.values()
        if head.number > number
    ]
    faults += [
        Fault(file or "the log", 1, f"the log begins at line {first:,}; the head is of line {head.number:,}")
        for head in wanted.values()
        if head.number < first
    ]
    return count, faults


def find(folder: Path, lookups: Lookups, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Look-ups that asked for any of these names, oldest first."""
    wanted = {lookups.digest(name) for name in names}
    for path in sorted(folder.glob(DAYS)):
        for line in path.read_bytes().splitlines():
            try:
                entry = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue
            if any(wanted & {*one.get("names", ()), one.get("query")} for one in entry.get("asked", ())):
                yield entry
