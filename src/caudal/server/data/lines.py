"""FollowTheMoney entities as JSON lines, read one by one: an export, or a delta between two versions of one.

A line that cannot be used is counted and the first few are kept with their reason; the good lines go on. A file in
which no line can be used is refused.
"""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import orjson

from caudal.errors import InputError
from caudal.server.data.entities import Fault, Sign, flat, shaped
from caudal.server.data.store import Entity

LONGEST = 64 * 1024 * 1024
"""Bytes of a line that are read."""
OPERATIONS = frozenset({"ADD", "MOD", "DEL"})


@dataclass
class Left:
    """What of a file could not be used.

    Attributes:
        count: lines or entities left out, by reason. first: `line N: field: reason` of the first few.
    """

    count: Counter[str] = field(default_factory=Counter)
    first: list[str] = field(default_factory=list)

    def add(self, row: int, where: str, reason: str) -> None:
        """Count one."""
        self.count[reason if len(reason) < 100 else reason[:100]] += 1
        if len(self.first) < 5:
            self.first.append(f"line {row}: {where}: {reason}")


@dataclass(frozen=True)
class Shape:
    """How the entities of a dataset are taken in (see `entities.shaped`)."""

    dataset: str
    scope: frozenset[str]
    sign: Sign | None = None

    def __call__(self, record: dict[str, Any]) -> Entity:
        """One entry in the shape that is kept."""
        return shaped(record, self.dataset, self.scope, self.sign)


def read_entities(path: Path, shape: Shape, left: Left) -> Iterator[Entity]:
    """The entities of an export.

    Raises:
        InputError: it cannot be read, is no JSON lines, or holds no usable entity.
    """
    found = 0
    for row, record in _records(path, left):
        for entity in _entities(record, shape, row, left):
            found += 1
            yield entity
    if not found:
        raise InputError("it holds no usable FollowTheMoney entity" + (f" ({left.first[0]})" if left.first else ""),
                         file=str(path))  # fmt: skip


def read_delta(path: Path, shape: Shape, left: Left) -> Iterator[tuple[str, Entity]]:
    """The operations of a delta file: ADD and MOD with the entity, DEL with its id alone.

    Raises:
        InputError: it cannot be read, or a line is no operation: half a delta would leave a state that never was.
    """
    for row, record in _records(path, left, strict=True):
        op, entity = (record.get("op"), record.get("entity")) if isinstance(record, dict) else (None, None)
        if op not in OPERATIONS or not isinstance(entity, dict):
            raise InputError("it is no operation (ADD, MOD or DEL with an entity)", file=str(path), row=row)
        if op == "DEL":
            uid = entity.get("id")
            if not isinstance(uid, str) or not uid:
                raise InputError("the entity to be removed has no id", file=str(path), row=row)
            yield "DEL", {"id": uid if shape.sign is None else shape.sign(uid)}
            continue
        try:
            for one in flat(entity):
                yield op, shape(one)
        except Fault as fault:
            raise InputError(fault.reason, file=str(path), row=row, field=fault.field) from fault


def _entities(record: Any, shape: Callable[[dict[str, Any]], Entity], row: int, left: Left) -> Iterator[Entity]:
    try:
        some = list(flat(record))
    except Fault as fault:
        left.add(row, fault.field, fault.reason)
        return
    for one in some:
        try:
            yield shape(one)
        except Fault as fault:
            left.add(row, fault.field, fault.reason)


def _records(path: Path, left: Left, *, strict: bool = False) -> Iterator[tuple[int, Any]]:
    try:
        with _opened(path) as file:
            row = 0
            while line := file.readline(LONGEST + 1):
                row += 1
                if len(line) > LONGEST:
                    raise InputError(f"a line is longer than {LONGEST:,} bytes", file=str(path), row=row)
                if line.isspace():
                    continue
                try:
                    yield row, orjson.loads(line)
                except orjson.JSONDecodeError as error:
                    if strict:
                        raise InputError("it is no JSON", file=str(path), row=row) from error
                    left.add(row, "line", "it is no JSON")
    except FileNotFoundError as error:
        raise InputError("there is no such file", file=str(path)) from error
    except (OSError, EOFError) as error:
        raise InputError(f"it cannot be read ({error})", file=str(path)) from error


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path) if packed else path.open("rb")  # type: ignore[return-value]
