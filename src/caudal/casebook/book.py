"""The file of decisions: append only, every row sealed with the one before, written whole or not at all.

A CSV of the table `decisions`, so that people can read it with anything. A row's seal is a hash of its content and of
the seal before it: a row changed, dropped or moved later shows when the file is next read.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from caudal.casebook.ground import Ground, Key
from caudal.errors import CaudalError, InputError
from caudal.storage import write_text
from caudal.tables import DECISIONS

if sys.platform != "win32":
    import fcntl

VERDICTS = ("confirmed", "cleared", "more")
"""Confirmed: it is the listed one, to the mind of whoever decides. Cleared: it is not. More: something was asked."""

COLUMNS = [column.name for column in DECISIONS.columns]
MOST = 4000
"""Characters of a reason at most."""


class Casebook:
    """The decisions of one workspace.

    Args:
        path: the CSV file; a missing one is a book without decisions.

    Raises:
        InputError: the file is no such table, or a row of it was changed after it was written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = _read(path)

    def table(self) -> pa.Table:
        """The DECISIONS table, in the order they were made."""
        return DECISIONS.build(self.rows) if self.rows else DECISIONS.empty()

    def decide(
        self, key: Key, verdict: str, *, reason: str, by: str, ground: Ground, list_version: str,
        now: datetime | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Write down what a person decided about one pair.

        Args:
            key: party_id or transfer_id, and entity_id. verdict: one of VERDICTS.
            reason: why; by: the name of the person. ground: what it rests on. now: UTC.

        Returns:
            The row written.

        Raises:
            InputError: the verdict is unknown, or the reason or the name is missing.
        """
        if verdict not in VERDICTS:
            raise InputError(f"the verdict is one of {', '.join(VERDICTS)}, not {verdict!r}", field="verdict")
        return self._append(
            {
                "party_id": key[0],
                "transfer_id": key[1],
                "entity_id": key[2],
                "verdict": verdict,
                "reason": _said(reason, "reason"),
                "decided_by": _said(by, "by"),
                "seconds": None,
                "decided_at": now or datetime.now(UTC),
                "list_version": list_version,
                "fingerprint": ground.fingerprint,
                "rested_on": ground.to_json(),
            }
        )

    def second(
        self, decision_id: str, *, by: str, ground: Ground, reason: str = "", now: datetime | None = None
    ) -> dict[str, Any]:
        """A second person has looked at the same evidence and agrees.

        Raises:
            InputError: there is no such decision, it does not stand any more, it is itself a second one, the same
                person made it, or what it rested on has changed since.
        """
        with _locked(self.path):
            self.rows = _read(self.path)
            first = self._first(decision_id)
            by = _said(by, "by")
            if same_person(by, first["decided_by"]):
                raise InputError(f"the second person must be another than {first['decided_by']}", field="by")
            if changes := Ground.from_json(first["rested_on"]).changes(ground):
                raise InputError(f"what {decision_id} rested on has changed ({'; '.join(changes)}): decide anew")
            copied = {name: first[name] for name in COLUMNS}
            row = {**copied, "seconds": decision_id, "decided_by": by, "decided_at": now or datetime.now(UTC)}
            row["reason"] = " ".join(reason.split())[:MOST] or f"seen and agreed with {decision_id}"
            return self._write(row)

    def _first(self, decision_id: str) -> dict[str, Any]:
        found = next((row for row in self.rows if row["decision_id"] == decision_id), None)
        if found is None:
            raise InputError(f"there is no decision {decision_id!r}", file=str(self.path), field="second")
        if found["seconds"] is not None:
            raise InputError(f"{decision_id} is itself a second pair of eyes", file=str(self.path), field="second")
        latest = [row for row in self.rows if key_of(row) == key_of(found) and row["seconds"] is None][-1]
        if latest is not found:
            raise InputError(
                f"{decision_id} does not stand any more: {latest['decision_id']} followed it", field="second"
            )
        return found

    def _append(self, row: dict[str, Any]) -> dict[str, Any]:
        with _locked(self.path):
            self.rows = _read(self.path)  # somebody else may have written since
            return self._write(row)

    def _write(self, row: dict[str, Any]) -> dict[str, Any]:
        row["decision_id"] = f"d{len(self.rows) + 1}"
        row["seal"] = _seal(row, self.rows[-1]["seal"] if self.rows else "")
        rows = [*self.rows, row]
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([_cell(one[name]) for name in COLUMNS] for one in rows)
        try:
            write_text(out.getvalue(), self.path)
        except OSError as error:
            raise CaudalError(f"{self.path}: nothing was written ({error.strerror}); try again") from error
        self.rows = rows
        return row


def key_of(row: Mapping[str, Any]) -> Key:
    """The pair a decision, a match or a standing is about."""
    return row["party_id"], row["transfer_id"], row["entity_id"]


def same_person(one: str, other: str) -> bool:
    """Whether two names are of one person, as far as spelling tells."""
    return "".join(one.casefold().split()) == "".join(other.casefold().split())


def _said(text: str, field: str) -> str:
    plain = " ".join(str(text).split())
    if not plain:
        what = "a reason" if field == "reason" else "the name of the person who decides"
        raise InputError(f"a decision needs {what}", field=field)
    return plain[:MOST]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def _seal(row: Mapping[str, Any], before: str) -> str:
    held = {name: _cell(row[name]) for name in COLUMNS if name != "seal"}
    text = before + json.dumps(held, ensure_ascii=False, sort_keys=True)
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=16).hexdigest()


def _read(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    csv.field_size_limit(1 << 24)
    rows: list[dict[str, Any]] = []
    before = ""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file, strict=True)
            if next(reader, None) != COLUMNS:
                raise InputError(f"the columns must be {', '.join(COLUMNS)}", file=str(path), row=1)
            for number, cells in enumerate(reader, 2):
                row = _row(cells, path, number)
                if row["seal"] != _seal(row, before):
                    raise InputError(
                        "the row was changed, dropped or moved after it was written; restore the file",
                        file=str(path), row=number, field="seal",
                    )  # fmt: skip
                before = row["seal"]
                rows.append(row)
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"it is not a file of decisions ({error})", file=str(path)) from error
    return rows


def _row(cells: list[str], path: Path, number: int) -> dict[str, Any]:
    if len(cells) != len(COLUMNS):
        raise InputError(f"it has {len(cells)} fields, not {len(COLUMNS)}", file=str(path), row=number)
    row: dict[str, Any] = dict(zip(COLUMNS, cells, strict=True))
    for name in ("party_id", "transfer_id", "seconds"):
        row[name] = row[name] or None
    try:
        row["decided_at"] = datetime.fromisoformat(row["decided_at"])
        Ground.from_json(row["rested_on"])
    except ValueError as error:
        raise InputError(f"it cannot be read ({error})", file=str(path), row=number) from error
    return row


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One writer at a time; the lock goes with the process, however it ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if sys.platform == "win32":  # no such lock there; a lost race shows as a broken seal
        yield
        return
    with path.with_name(f".{path.name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
